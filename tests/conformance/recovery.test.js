/**
 * Connection state recovery of the library, against an echo with --recovery:
 * who is cut off and comes back in time is the same socket and has heard every
 * event once and in order; whoever may not have that is told so. The client is
 * socket.io-client as it is.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { atEnd, cleanUp } from '../e2e/lib/processes.js';
import { until } from '../e2e/lib/wait.js';
import { CALM, Echo, elapse } from './lib/echo.js';
import { Wire } from './lib/wire.js';

const CUTS = 100;
const CUT_BYTES = 5000; // at most, from one cut to the next
const PACE_MS = 5;
const MUTE_MS = 80;
const BEHIND = 20; // events, when nothing more is asked for
const BRIEF_MS = 400;
const TIMES = { ...CALM, pingInterval: 1000 };

const WAYS = { polling: ['polling'], websocket: ['websocket'],
    upgrade: ['polling', 'websocket'] };

/** @type {Echo} */
let echo, brief;

before(async () => {
    echo = await Echo.start({ ...TIMES, recovery: 'on' });
    brief = await Echo.start({ ...TIMES, recovery: BRIEF_MS });
});
after(async () => {
    try {
        await echo?.stop();
        await brief?.stop();
    } finally {
        await cleanUp();
    }
});

/** A client that keeps what it hears, and how it came. */
async function connect(wire, nsp, transports) {
    const socket = io(`${wire.url}${nsp}`, { transports, forceNew: true,
        reconnectionDelay: 10, reconnectionDelayMax: 30, timeout: 1000 });

    socket.came = [];
    socket.heard = [];
    socket.on('connect', () => socket.came.push(
        { id: socket.id, recovered: socket.recovered }));
    socket.onAny((...args) => socket.heard.push(args));
    atEnd(() => socket.disconnect());
    await comes(socket, 1);
    await hears(socket, 'auth');
    return socket;
}

const comes = (socket, times, ms = 10000) => until(`it comes ${times} times`,
    () => socket.connected && socket.came.length >= times, ms);

const hears = (socket, name) => until(`it hears ${name}`,
    () => socket.heard.some(args => args[0] === name));

const numbers = socket => socket.heard
    .filter(([name]) => name === 'message-back').map(([, number]) => number);

/** Numbers, some of them with bytes. */
function say(socket, number) {
    const bytes = Buffer.alloc(number % 90, number & 255);

    if (number % 3 === 0)
        socket.emit('message', number, { bytes }, bytes);
    else
        socket.emit('message', number, 'x'.repeat(number % 50));
}

function assertWhole([name, number, ...rest]) {
    if (name !== 'message-back')
        return;
    const bytes = Buffer.alloc(number % 90, number & 255);

    assert.deepEqual(rest.slice(0, -1), number % 3 === 0
        ? [{ bytes }, bytes] : ['x'.repeat(number % 50)]);
}

/** What the echo has said and the client has not heard. */
const missing = (socket, wire) => {
    const heard = new Set(numbers(socket));

    return [...wire.said].filter(number => !heard.has(number));
};

/** Every event of one socket, each once, in order, as it was said. */
async function assertHeardAll(socket, wire) {
    await until('it has heard all', () => missing(socket, wire).length === 0);
    await elapse(100); // what is one too many would come now
    const offsets = socket.heard.map(args => args.at(-1));
    const [first] = offsets[0].split('.');
    const heard = numbers(socket);

    assert.deepEqual(offsets, offsets.map((_, i) => `${first}.${i + 1}`));
    assert.deepEqual(heard, [...new Set(heard)].sort((a, b) => a - b));
    socket.heard.forEach(assertWhole);
}

/** It was away once or more, and the same socket all the time. */
function assertNeverAnother(socket) {
    const [{ id }, ...later] = socket.came;

    assert.ok(later.length > 0);
    for (const came of later)
        assert.deepEqual(came, { id, recovered: true });
}

/** The last time it came as somebody new. */
function assertAnother(socket) {
    const [before, last] = socket.came.slice(-2);

    assert.equal(last.recovered, false);
    assert.notEqual(last.id, before.id);
}

/** So much is said by the echo, and lost on its way or before. */
async function loses(socket, wire, count) {
    const { engine } = socket.io;
    const polls = engine.transport.name === 'polling';

    wire.isMute = true;
    for (let i = 1; i <= count; i++)
        say(socket, i);
    // Who polls is told no more until it has asked again.
    await until('the echo says it', () => wire.said.has(polls ? 1 : count));
    await until('all has left', () => engine.writeBuffer.length === 0);
    wire.block();
    await until('it is gone', () => !socket.connected);
    wire.isMute = false;
}

/* --- cuts --- */

/** Numbers go to and fro, and it is cut at random bytes; the last number. */
async function cutAtRandom(socket, wire) {
    let last = 0;
    const talk = setInterval(() => {
        if (missing(socket, wire).length < BEHIND)
            say(socket, ++last);
    }, PACE_MS);

    try {
        for (let i = 0; i < CUTS; i++) {
            const { length } = socket.came;

            wire.isUnnoticed = Math.random() < 0.5;
            // Every third time it has missed more, and is cut while it hears it.
            if (i % 3 === 0) {
                wire.isMute = true;
                await elapse(MUTE_MS);
                wire.isMute = false;
                wire.cut();
            }
            wire.left = 1 + Math.floor(Math.random() * CUT_BYTES);
            await until(`cut ${i}`, () => wire.cuts > i, 30000);
            if (i % 3 !== 2)
                await comes(socket, length, 20000);
        }
    } finally {
        clearInterval(talk);
    }
    return last;
}

async function survives(nsp, transports) {
    const wire = await Wire.open(echo.port);
    const socket = await connect(wire, nsp, transports);
    const end = await cutAtRandom(socket, wire);
    let last = end;

    await until('it hears again', () => {
        say(socket, ++last);
        return numbers(socket).at(-1) > end;
    }, 20000);
    await assertHeardAll(socket, wire);
    assertNeverAnother(socket);
    assert.ok(numbers(socket).length > CUTS);
    socket.disconnect();
}

test(`${CUTS} cuts at random bytes lose nothing and repeat nothing`,
    { timeout: 240000, concurrency: true }, async t => {
        const all = [];

        for (const [way, transports] of Object.entries(WAYS))
            for (const nsp of ['/', '/custom'])
                all.push(t.test(`${way}, ${nsp}`,
                    () => survives(nsp, transports)));
        await Promise.all(all);
    });

for (const [way, transports] of Object.entries(WAYS))
    test(`what was lost on its way is heard before connect: ${way}`,
        async () => {
            const wire = await Wire.open(echo.port);
            const socket = await connect(wire, '/custom', transports);
            let before;

            await loses(socket, wire, 6);
            assert.deepEqual(numbers(socket), []);
            socket.once('connect', () => {
                before = numbers(socket);
            });
            wire.isOpen = true;
            await comes(socket, 2);
            assert.deepEqual(before, [1, 2, 3, 4, 5, 6]);
            say(socket, 7);
            await until('it hears', () => numbers(socket).includes(7));
            await assertHeardAll(socket, wire);
            assertNeverAnother(socket);
        });

/*
 * The client keeps what it hears before the answer, even over the next cut.
 */
test('a cut between what was lost and the answer repeats nothing', async () => {
    const wire = await Wire.open(echo.port);
    const socket = await connect(wire, '/', WAYS.websocket);

    await loses(socket, wire, 40);
    wire.left = 1200; // the handshake and some, but not all
    wire.staysCut = true;
    wire.isOpen = true;
    await until('it is cut', () => wire.cuts === 1);
    await until('it has kept some', () => socket.receiveBuffer.length > 0);
    assert.ok(socket.receiveBuffer.length < 40);
    assert.equal(socket.came.length, 1);
    wire.isOpen = true;
    await until('it hears the last', () => numbers(socket).includes(40));
    await assertHeardAll(socket, wire);
    assertNeverAnother(socket);
});

test('several namespaces of one client come back, each by itself', async () => {
    const wire = await Wire.open(echo.port);
    const main = await connect(wire, '/', WAYS.websocket);
    const custom = await connect(wire, '/custom', WAYS.websocket);

    await loses(main, wire, 3);
    await until('both are gone', () => !custom.connected);
    wire.isOpen = true;
    await comes(main, 2);
    await comes(custom, 2);
    assertNeverAnother(main);
    assertNeverAnother(custom);
    assert.deepEqual(numbers(main), [1, 2, 3]);
    assert.deepEqual(numbers(custom), []);
});

/* --- who starts anew --- */

test('who comes back too late is new, and can come back again', async () => {
    const wire = await Wire.open(brief.port);
    const socket = await connect(wire, '/', WAYS.websocket);

    await loses(socket, wire, 3);
    await elapse(BRIEF_MS + 100); // what is tested is time
    wire.isOpen = true;
    await comes(socket, 2);
    assertAnother(socket);
    await until('it is greeted', () =>
        socket.heard.filter(([name]) => name === 'auth').length === 2);
    assert.deepEqual(numbers(socket), []);
    wire.cut();
    await comes(socket, 3);
    assert.deepEqual(socket.came[2],
        { id: socket.came[1].id, recovered: true });
});

test('who has said goodbye is new', async () => {
    const wire = await Wire.open(echo.port);
    const socket = await connect(wire, '/', WAYS.websocket);

    socket.disconnect();
    socket.connect();
    await comes(socket, 2);
    assertAnother(socket);
});

test('a pid or an offset that nobody knows is no way back', async () => {
    const wire = await Wire.open(echo.port);

    for (const [name, value] of [['_pid', 'A'.repeat(22)], ['_pid', 'x'],
        ['_lastOffset', 'x'], ['_lastOffset', 'AAAAAAAA.1'],
        ['_lastOffset', 'y'.repeat(500)]]) {
        const socket = await connect(wire, '/', WAYS.websocket);

        wire.block();
        await until('it is gone', () => !socket.connected);
        socket[name] = value;
        wire.isOpen = true;
        await comes(socket, 2);
        assertAnother(socket);
        socket.disconnect();
    }
});

/* --- frame by frame --- */

test('what the frames say: offsets, what was missed, the same sid and pid',
    async () => {
        const door = echo.at('/socket.io/');
        const first = await door.connect();

        first.send('40');
        const answer = await first.next();
        const { sid, pid } = JSON.parse(answer.slice(2));
        const offset = i => `"${sid.slice(0, 8)}.${i}"`;

        assert.match(pid, /^[\w-]{22}$/);
        assert.deepEqual(answer, `40${JSON.stringify({ sid, pid })}`);
        assert.equal(await first.next(), `42["auth",{},${offset(1)}]`);
        first.send('42["message",1,"2"]');
        first.send('427["message-with-ack","x"]');
        first.send(`451-["message",{"_placeholder":true,"num":0}]`);
        first.send(Buffer.from([1, 2, 3]));
        const back = await first.count(4);

        assert.deepEqual(back, [`42["message-back",1,"2",${offset(2)}]`,
            '437["x"]',
            `451-["message-back",{"_placeholder":true,"num":0},${offset(3)}]`,
            Buffer.from([1, 2, 3])]);
        first.socket.terminate();

        const second = await door.connect();

        second.send(`40{"pid":"${pid}","offset":${offset(1)}}`);
        assert.deepEqual(await second.count(4),
            [back[0], back[2], back[3], answer]);
        second.send('41');
        second.send(`40{"pid":"${pid}","offset":${offset(3)}}`);
        const anew = JSON.parse((await second.next()).slice(2));

        assert.notEqual(anew.sid, sid);
        assert.notEqual(anew.pid, pid);
    });
