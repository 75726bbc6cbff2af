/**
 * Who comes back to Socket.IO within two minutes has missed nothing: the same
 * socket, the same rooms, and exactly the events in between; whoever may not
 * have that starts anew and is told so. The client is socket.io-client as it
 * is; what it hears is compared with one that was never away.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';
import { Wire } from './lib/wire.js';

const CUTS = 50;
const CUT_BYTES = 6000; // at most, from one cut to the next

/** Each dialect: where it is, who speaks it, and the room that it asks for. */
const FRONTS = {
    kds: { role: 'kitchen', join: ['join:kitchen'] },
    kebab: { role: 'kitchen', join: ['join-room', 'restaurant-kitchen'] },
    flat: { role: 'waiter', nsp: '/events' },
    session: { role: 'manager', path: '/api/socket',
        join: ['join:restaurant', 'main'] },
};

let daemon;
let backend;
const pids = new Set(); // of all that came
const tokens = {};

before(async () => {
    daemon = await Daemon.start({ args: ['--log-level', 'debug'] });
    backend = await daemon.token('backend');
    for (const role of ['kitchen', 'waiter', 'manager', 'user'])
        tokens[role] = await daemon.token(role, '--sub', `${role}-1`);
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** Keeps what a socket hears and how it came; closes it in the end. */
function watch(socket) {
    socket.heard = [];
    // The kitchen is told figures now and then, too.
    socket.orders = () =>
        socket.heard.filter(([name]) => name !== 'kitchen:stats_update');
    socket.came = [];
    socket.onAny((name, ...args) => socket.heard.push([name, ...args]));
    socket.on('connect', () => pids.add(socket._pid));
    socket.on('connect', () => socket.came.push({ id: socket.id,
        recovered: socket.recovered, heard: socket.orders().length }));
    atEnd(() => socket.disconnect());
    return socket;
}

const comes = (socket, times, ms = 10000) => until(`it comes ${times} times`,
    () => socket.connected && socket.came.length >= times, ms);

function start(url, front, options = {}) {
    const { role, nsp = '', path } = FRONTS[front];
    const { token = tokens[role], ...more } = options;

    return watch(io(`${url}${nsp}`, {
        forceNew: true,
        auth: { token, dialect: front },
        reconnectionDelay: 20,
        reconnectionDelayMax: 50,
        timeout: 1000, // it notices no other end before the open packet
        ...path && { path },
        ...more,
    }));
}

/** In its room, which it asks for once and never again. */
async function open(url, front, options) {
    const socket = start(url, front, options);
    const { join } = FRONTS[front];

    await comes(socket, 1);
    if (join)
        assert.strictEqual(
            await within('it is in', socket.emitWithAck(...join)), true);
    return socket;
}

let last = 0;

/** Events that every one of the fronts is told of. */
async function post(count = 1, to = daemon) {
    const events = Array.from({ length: count }, () => ({
        event: 'order.created',
        payload: newOrder(`r${++last}`, String(1 + last % 9)) }));

    for (const answer of await to.post(backend, events))
        assert.ok(answer.seq, JSON.stringify(answer));
}

/** What was heard, without what differs between live and later. */
const story = ({ heard }) => heard.map(([name, payload, offset]) => {
    const { _dw, ...rest } = payload;

    assert.equal(typeof offset, 'string');
    return { name, id: _dw.id, seq: _dw.seq, offset, rest };
});

async function hearsTheSame(socket, control, ms = 20000) {
    await until('both have heard as much',
        () => socket.heard.length >= control.heard.length, ms);
    await pause(200); // one too many would come now
    assert.deepEqual(story(socket).map(({ offset }) => offset),
        story(control).map(({ offset }) => offset));
    assert.deepEqual(story(socket), story(control));
}

/** It was away once or more, and the same socket all the time. */
function wasNeverAnother(socket) {
    const { id } = socket.came[0];

    assert.ok(socket.came.length > 1);
    for (const came of socket.came.slice(1))
        assert.deepEqual([came.id, came.recovered], [id, true]);
}

/** It is told nothing more of what it was in; it is somebody new. */
function isAnother(socket) {
    const [first, second] = socket.came.slice(-2);

    assert.strictEqual(second.recovered, false);
    assert.notEqual(second.id, first.id);
}

/* --- cuts --- */

const ways = { polling: ['polling'], websocket: ['websocket'],
    upgrade: ['polling', 'websocket'] };

test('fifty cuts at random bytes lose nothing and repeat nothing',
    { timeout: 240000 }, async () => {
        const pairs = [];
        let goesOn = true;

        for (const front of Object.keys(FRONTS))
            for (const transports of [ways.polling, ways.websocket]) {
                const wire = await Wire.open(daemon.httpPort);

                pairs.push({ wire, name: `${front} ${transports}`,
                    control: await open(daemon.url, front,
                        { transports: ['websocket'] }),
                    socket: await open(wire.url, front, { transports }) });
            }
        const stream = (async () => {
            while (goesOn) {
                await post(1 + Math.floor(Math.random() * 3));
                await pause(25);
            }
        })();

        await post();
        await Promise.all(pairs.map(async ({ wire, socket, name }) => {
            for (let i = 0; i < CUTS; i++) {
                const { length } = socket.came;

                wire.left = 1 + Math.floor(Math.random() * CUT_BYTES);
                await until(`cut ${i} of ${name}`, () => wire.cuts > i, 30000);
                // Every third time it is cut again before it has all.
                if (i % 3 !== 0)
                    await comes(socket, length, 20000);
            }
        })).finally(() => {
            goesOn = false;
        });
        await stream;
        for (const { socket, control, name } of pairs) {
            await hearsTheSame(socket, control).catch(error => {
                throw new Error(`${name}: ${error.message}`);
            });
            wasNeverAnother(socket);
        }
    });

test('what was missed is heard before connect, and what comes after it',
    async () => {
        for (const [way, transports] of Object.entries(ways)) {
            const wire = await Wire.open(daemon.httpPort);
            const control = await open(daemon.url, 'kds');
            const socket = await open(wire.url, 'kds', { transports });

            await post(2);
            await until(way, () => socket.orders().length === 4);
            wire.block();
            await until('it is gone', () => !socket.connected);
            await post(3);
            wire.isOpen = true;
            await comes(socket, 2);
            assert.deepEqual(socket.came[1],
                { id: socket.came[0].id, recovered: true, heard: 10 });
            await post(1);
            await hearsTheSame(socket, control);
        }
    });

test('cut over and over in the middle of what it missed, it goes on exactly',
    { timeout: 120000 }, async () => {
        for (const transports of [ways.polling, ways.websocket]) {
            const wire = await Wire.open(daemon.httpPort);
            const control = await open(daemon.url, 'kds',
                { transports: ways.websocket });
            const socket = await open(wire.url, 'kds', { transports });

            await post();
            await until('it hears', () => socket.orders().length === 2);
            wire.block();
            await until('it is gone', () => !socket.connected);
            await post(60); // more than all cuts together let through
            wire.staysCut = true;
            for (let i = 0; i < 8; i++) {
                wire.left = 300 + Math.floor(Math.random() * 5000);
                wire.isOpen = true;
                await until(`cut ${i} by ${transports}`,
                    () => wire.cuts > i, 20000);
            }
            assert.ok(socket.heard.length < control.heard.length,
                'the cuts were to be in the middle');
            wire.staysCut = false;
            wire.isOpen = true;
            await comes(socket, 2, 20000);
            await post();
            await hearsTheSame(socket, control);
            wasNeverAnother(socket);
        }
    });

/*
 * The client keeps what it hears before the answer, even over the next cut.
 */
test('a cut between what was missed and the answer repeats nothing',
    async () => {
        const wire = await Wire.open(daemon.httpPort);
        const control = await open(daemon.url, 'kds');
        const socket = await open(wire.url, 'kds',
            { transports: ways.websocket });

        await post();
        await until('it hears', () => socket.orders().length === 2);
        wire.block();
        await until('it is gone', () => !socket.connected);
        await post(8);
        wire.isOpen = true;
        wire.left = 4000; // the handshake and some, but not all
        wire.staysCut = true; // what it has kept, it keeps until it is back
        await until('it is cut', () => wire.cuts === 1);
        await until('it has kept some', () => socket.receiveBuffer.length > 0);
        assert.ok(socket.receiveBuffer.length < 16);
        wire.isOpen = true;
        await hearsTheSame(socket, control);
        wasNeverAnother(socket);
    });

test('who has heard nothing yet misses nothing either', async () => {
    const wire = await Wire.open(daemon.httpPort);
    const socket = await open(wire.url, 'flat');
    const control = await open(daemon.url, 'flat');

    wire.block();
    await until('it is gone', () => !socket.connected);
    await post(3);
    wire.isOpen = true;
    await comes(socket, 2);
    await hearsTheSame(socket, control);
    wasNeverAnother(socket);
});

test('a room asked for later is not heard of from before', async () => {
    const wire = await Wire.open(daemon.httpPort);
    const socket = await open(wire.url, 'kds', { token: tokens.manager });

    await post();
    await until('it hears', () => socket.orders().length === 2);
    await post();
    assert.strictEqual(await socket.emitWithAck('join:waiters'), true);
    await socket.emitWithAck('leave:kitchen');
    const { length } = socket.orders();

    wire.cut();
    await comes(socket, 2);
    await post();
    await until('it hears of the waiters',
        () => socket.orders().length > length);
    assert.deepEqual(socket.orders().slice(length).map(([name]) => name),
        ['order:created']);
    wasNeverAnother(socket);
});

test('a guest by a session token is one again', async () => {
    const wire = await Wire.open(daemon.httpPort);
    const guest = watch(io(wire.url, { path: '/api/socket', forceNew: true,
        reconnectionDelay: 20 }));

    await comes(guest, 1);
    assert.strictEqual(
        await guest.emitWithAck('join:session', 'sess_77'), true);
    wire.cut();
    await comes(guest, 2);
    wasNeverAnother(guest);
    assert.strictEqual(
        await guest.emitWithAck('join:session', 'sess_77'), true);
});

/* --- the daemon goes, too --- */

test('it works across a kill -9 of the daemon', async () => {
    const wires = [];

    for (const front of Object.keys(FRONTS))
        for (const transports of [ways.polling, ways.websocket]) {
            const wire = await Wire.open(daemon.httpPort);

            wires.push({ wire,
                socket: await open(wire.url, front, { transports }) });
        }
    await post(2);
    for (const { socket } of wires)
        await until('it hears', () => socket.orders().length >= 2);
    await pause(100);
    const before = wires.map(({ socket }) => socket.orders().length);

    for (const { wire } of wires)
        wire.block();
    await post(2); // while nobody is there
    await daemon.restart();
    await post(2);
    for (const { wire } of wires)
        wire.isOpen = true;
    for (const [i, { socket }] of wires.entries()) {
        await comes(socket, 2, 20000);
        wasNeverAnother(socket);
        assert.strictEqual(socket.orders().length, before[i] * 3);
        const seqs = story(socket).map(({ seq }) => seq);

        assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
        assert.strictEqual(
            new Set(socket.heard.map(([name, , at]) => name + at)).size,
            seqs.length);
    }
});

/* --- who starts anew --- */

/** Away, something happens, and back: as another. */
async function comesAsAnother(wire, socket, meanwhile = () => {}) {
    const { length } = socket.came;

    wire.block();
    await until('it is gone', () => !socket.connected);
    await post(1);
    await meanwhile();
    wire.isOpen = true;
    await comes(socket, length + 1);
    isAnother(socket);
}

test('an offset that is none of ours starts anew', async () => {
    const wire = await Wire.open(daemon.httpPort);
    const socket = await open(wire.url, 'flat');

    await post(1);
    await until('it hears', () => socket.orders().length === 1);
    const offset = socket.heard[0][2];
    const [epoch, seq] = offset.split('.');

    for (const bad of ['x', `${epoch}x.${seq}`, `${epoch}.99999999999`,
        `${epoch}.${seq}.99`, `${epoch}.-1`, `.${seq}`, `${epoch}.`,
        'y'.repeat(500)]) {
        await comesAsAnother(wire, socket, () => {
            socket._lastOffset = bad;
        });
        const { length } = socket.orders();

        await post(1); // one that starts anew is told from then on
        await until('it hears', () => socket.orders().length > length);
        assert.strictEqual(socket.orders().length, length + 1);
    }
});

test('another may not take a place by its pid', async () => {
    const owner = await open(daemon.url, 'kds');
    const other = await daemon.token('kitchen', '--sub', 'kitchen-2');

    await post();
    await until('it hears', () => owner.orders().length > 0);
    const thief = await open(daemon.url, 'kds', { auth: { token: other,
        dialect: 'kds', pid: owner._pid, offset: owner._lastOffset } });

    assert.notEqual(thief.id, owner.id);
    assert.notEqual(thief._pid, owner._pid);
    const { length } = owner.orders();

    await post();
    await until('it hears', () => owner.orders().length > length);
    assert.strictEqual(owner.came.length, 1);
    for (const pid of ['', 'x', 'A'.repeat(22), "'; --", 'p'.repeat(500)]) {
        const guess = await open(daemon.url, 'kds', { auth: {
            token: tokens.kitchen, pid, offset: owner._lastOffset } });

        assert.notEqual(guess.id, owner.id);
        assert.match(guess._pid, /^[\w-]{22}$/);
    }
});

test('the place of a connection that has not ended yet is taken over',
    async () => {
        const first = await open(daemon.url, 'kds', { reconnection: false });

        await post();
        await until('it hears', () => first.orders().length > 0);
        const second = watch(io(daemon.url, { forceNew: true, auth: {
            token: tokens.kitchen, pid: first._pid,
            offset: first._lastOffset } }));

        await comes(second, 1);
        assert.strictEqual(second.id, first.came[0].id);
        await until('the first one ends', () => !first.connected);
        await post();
        await until('it hears', () => second.orders().length === 2);
    });

test('who may not be in its room any more starts anew', async () => {
    const wire = await Wire.open(daemon.httpPort);
    const less = await daemon.token('user', '--sub', 'kitchen-1');
    const again = await daemon.token('kitchen', '--sub', 'kitchen-1');
    let token = tokens.kitchen;
    const socket = await open(wire.url, 'kds',
        { auth: give => give({ token, dialect: 'kds' }) });

    await post();
    await until('it hears', () => socket.orders().length > 0);
    token = again;
    wire.cut();
    await comes(socket, 2);
    wasNeverAnother(socket);
    const { length } = socket.orders();

    await comesAsAnother(wire, socket, () => {
        token = less;
    });
    await post();
    await pause(200);
    assert.strictEqual(socket.orders().length, length);
});

test('who has said goodbye starts anew', async () => {
    const socket = await open(daemon.url, 'flat');

    socket.disconnect();
    await pause(200);
    socket.connect();
    await comes(socket, 2);
    isAnother(socket);
});

test('who stays away too long starts anew; with 0 nobody has a pid',
    async () => {
        const brief = await Daemon.start({ args: ['--recovery', '1'] });
        const off = await Daemon.start({ args: ['--recovery', '0'] });

        try {
            const wire = await Wire.open(brief.httpPort);
            const token = await brief.token('waiter', '--sub', 'w');
            const socket = await open(wire.url, 'flat', { token });

            wire.cut();
            await comes(socket, 2);
            wasNeverAnother(socket);
            wire.block();
            await until('it is gone', () => !socket.connected);
            await pause(1600);
            wire.isOpen = true;
            await comes(socket, 3);
            isAnother(socket);
            socket.disconnect();

            const plain = await open(off.url, 'flat',
                { token: await off.token('waiter', '--sub', 'w') });
            const [answer] = await off.post(await off.token('backend'),
                [{ event: 'order.created', payload: newOrder('1', '5') }]);

            assert.ok(answer.seq);
            assert.strictEqual(plain._pid, undefined);
            pids.delete(undefined);
            await until('it hears', () => plain.orders().length === 1);
            assert.strictEqual(plain.heard[0].length, 2);
            plain.disconnect();
        } finally {
            await brief.stop();
            await off.stop();
        }
    });

test('who has missed what is no longer kept starts anew',
    { timeout: 120000 }, async () => {
        const short = await Daemon.start({ args: ['--keep-events', '1000'] });

        try {
            const wire = await Wire.open(short.httpPort);
            const from = await short.token('backend');
            const event = i => ({ event: 'menu.created',
                payload: { id: `m${i}`, name: 'Cake' } });
            const socket = await open(wire.url, 'flat',
                { token: await short.token('waiter', '--sub', 'w') });

            await short.post(from, [event(0)]);
            await until('it hears', () => socket.heard.length === 1);
            wire.block();
            await until('it is gone', () => !socket.connected);
            for (let i = 0; i < 60; i++) { // nobody may say as much alone
                const till = await short.token('pos', '--sub', `till-${i}`);
                const answers = await short.post(till, Array.from(
                    { length: 100 }, (_, j) => event(1 + 100 * i + j)));

                assert.ok(answers.every(({ seq }) => seq),
                    JSON.stringify(answers.at(-1)));
            }
            await pause(3000); // the journal lets go of them once a second
            wire.isOpen = true;
            await comes(socket, 2);
            isAnother(socket);
            assert.strictEqual(socket.heard.length, 1);
            socket.disconnect();
        } finally {
            await short.stop();
        }
    });

test('a pid stands in no log', () => {
    assert.ok(pids.size > 10);
    for (const pid of pids)
        assert.ok(!daemon.log.includes(pid));
});
