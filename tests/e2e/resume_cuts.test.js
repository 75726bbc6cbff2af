/**
 * /ws over links that break and lose things: whoever is cut off, also in the
 * middle of catching up, goes on behind the last event that it has read whole;
 * and whoever lost an event without a cut learns of it from a heartbeat.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';

import { connect } from '../../devices/web/client/index.js';
import { Daemon } from './lib/daemon.js';
import * as pb from './lib/native_pb.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until } from './lib/wait.js';
import { Wire } from './lib/wire.js';

const CUTS = 40;
const BEAT_MS = 27000; // by then there has been a heartbeat

let daemon;
let kitchen;
let manager;

async function start() {
    // All are one bearer's; nobody is to make room for another.
    const started = await Daemon.start({ args: ['--max-bearer', '1000'] });

    started.backend = await started.token('backend');
    return started;
}

before(async () => {
    daemon = await start();
    kitchen = await daemon.token('kitchen');
    manager = await daemon.token('manager');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

let last = 0;

async function post(count = 1, to = daemon) {
    const events = Array.from({ length: count }, () => ({
        event: 'order.created',
        payload: newOrder(`c${++last}`, String(1 + last % 5)) }));

    for (const answer of await to.post(to.backend, events))
        assert.ok(answer.seq, JSON.stringify(answer));
}

const formats = {
    json: { protocol: 'dumbwaiter.v1.json', read: JSON.parse,
        join: (rooms, after) => JSON.stringify({ op: 'join', rooms, after }) },
    pb: { protocol: 'dumbwaiter.v1.pb', read: pb.read, join: pb.join },
};

/** A listener that remembers a cursor and comes back at once. */
class Listener {
    seqs = [];
    answers = []; // to its joins
    beats = []; // and what it had got by then
    cursor; // of the last that it has read whole

    constructor(url, format, token, rooms = ['kitchen']) {
        Object.assign(this, { url, token, rooms, format: formats[format] });
        atEnd(() => this.close());
        this.#open();
    }

    #open() {
        const { protocol, join, read } = this.format;
        const socket = new WebSocket(`${this.url}/ws`.replace('http', 'ws'),
            protocol, { headers: { Authorization: `Bearer ${this.token}` } });

        this.socket = socket;
        socket.on('open', () => socket.send(join(this.rooms, this.cursor)));
        socket.on('error', () => {});
        socket.on('message', data => this.#take(read(data)));
        socket.on('close', () => {
            if (!this.isOver)
                setTimeout(() => this.#open(), 10);
        });
    }

    #take({ op, seq, cursor, ...more }) {
        if (op === 'event') {
            this.seqs.push(seq);
            this.cursor = cursor;
        } else if (op === 'ok') {
            this.answers.push(more.recovered);
            this.cursor = cursor;
            this.start ??= seq;
        } else if (op === 'heartbeat') {
            this.beats.push({ ...more, had: this.seqs.length,
                last: this.seqs.at(-1) });
        }
    }

    close() {
        this.isOver = true;
        this.socket.terminate();
    }
}

/** The library, as a page has it, but quick to come back. */
function library(url, options = {}) {
    const client = connect(`${url}/ws`.replace('http', 'ws'), { WebSocket,
        token: kitchen, rooms: ['kitchen'], random: () => 0.01, ...options });

    client.seqs = [];
    client.answers = [];
    client.states = [];
    client.on('event', ({ seq }) => client.seqs.push(seq));
    client.on('snapshot', ({ seq }) => {
        client.answers.push(false);
        client.start ??= seq;
    });
    client.on('state', ({ state, reason }) =>
        client.states.push(`${state} ${reason}`));
    atEnd(() => client.close());
    return client;
}

const ways = {
    json: url => new Listener(url, 'json', kitchen),
    pb: url => new Listener(url, 'pb', kitchen),
    library,
};

const isIn = client =>
    until('it is in', () => client.answers.length > 0, 20000);

/** It has what the other was told since it came, each once and in order. */
async function hasTheSame(client, control, name) {
    await until(`${name} has all`,
        () => client.seqs.at(-1) >= control.seqs.at(-1), 30000);
    assert.deepEqual(client.seqs.filter(seq => seq <= control.seqs.at(-1)),
        control.seqs.filter(seq => seq > client.start), name);
}

test('cuts at random bytes lose nothing and repeat nothing',
    { timeout: 240000 }, async () => {
        const control = new Listener(daemon.url, 'json', kitchen);
        const pairs = [];
        let goesOn = true;

        await isIn(control);
        for (const [name, come] of Object.entries(ways)) {
            const wire = await Wire.open(daemon.httpPort);
            const client = come(wire.url);

            await isIn(client);
            pairs.push({ name, wire, client });
        }
        const stream = (async () => {
            while (goesOn) {
                await post(1 + Math.floor(Math.random() * 3));
                await pause(25);
            }
        })();

        await Promise.all(pairs.map(async ({ name, wire }) => {
            for (let i = 0; i < CUTS; i++) {
                wire.left = 1 + Math.floor(Math.random() * 8000);
                await until(`cut ${i} of ${name}`, () => wire.cuts > i, 30000);
            }
        })).finally(() => {
            goesOn = false;
        });
        await stream;
        for (const { name, client } of pairs) {
            await hasTheSame(client, control, name);
            // A picture the first time, and never again.
            assert.deepEqual(client.answers.filter(recovered => !recovered),
                [false], name);
        }
    });

test('cut over and over within the answer to its resume it goes on exactly',
    { timeout: 120000 }, async () => {
        for (const [name, come] of Object.entries(ways)) {
            const wire = await Wire.open(daemon.httpPort);
            const control = new Listener(daemon.url, 'json', kitchen);
            const client = come(wire.url);

            await Promise.all([isIn(control), isIn(client)]);
            await post();
            await until('it hears', () => client.seqs.length > 0);
            wire.block();
            const before = client.seqs.length;

            await post(90); // in protobuf, too, more than the cuts let through
            wire.staysCut = true;
            for (let i = 0; i < 10; i++) {
                wire.left = 1 + Math.floor(Math.random() * 3000);
                wire.isOpen = true;
                await until(`cut ${i} of ${name}`, () => wire.cuts > i, 20000);
            }
            assert.ok(client.seqs.length - before < control.seqs.length - 1,
                'the cuts were to be in the middle');
            wire.staysCut = false;
            wire.isOpen = true;
            await hasTheSame(client, control, name);
            assert.deepEqual(client.answers.filter(recovered => !recovered),
                [false], name);
        }
    });

/* --- losses without a cut --- */

/** A way that swallows whole frames to the client: those that `lose` says. */
class Swallower {
    lost = 0;

    static async open(port, lose) {
        const way = new Swallower();

        way.server = net.createServer(near => way.#join(near, port, lose));
        await new Promise(done => way.server.listen(0, '127.0.0.1', done));
        way.url = `http://127.0.0.1:${way.server.address().port}`;
        atEnd(() => way.server.close());
        return way;
    }

    #join(near, port, lose) {
        const far = net.connect(port, '127.0.0.1');
        let waiting = Buffer.alloc(0);
        let isOpen = false; // the handshake is through

        for (const [from, to] of [[near, far], [far, near]])
            from.on('error', () => to.destroy()).on('close', () =>
                to.destroy());
        atEnd(() => near.destroy());
        near.on('data', data => far.write(data));
        far.on('data', data => {
            waiting = Buffer.concat([waiting, data]);
            for (;;) {
                const len = isOpen ? frameLength(waiting)
                    : waiting.indexOf('\r\n\r\n') + 4;

                if (len < 4 && !isOpen || len > waiting.length)
                    return;
                const piece = waiting.subarray(0, len);

                waiting = waiting.subarray(len);
                if (isOpen && lose(piece.toString('latin1')))
                    this.lost++;
                else
                    near.write(piece);
                isOpen = true;
            }
        });
    }
}

/** Of the frame at the beginning, head and all; more than there is if that is
 * not known yet. */
function frameLength(bytes) {
    if (bytes.length < 2)
        return Infinity;
    const short = bytes[1] & 127;

    if (short < 126)
        return 2 + short;
    if (bytes.length < 10)
        return Infinity;
    return short === 126 ? 4 + bytes.readUInt16BE(2)
        : 10 + Number(bytes.readBigUInt64BE(2));
}

/** A way for a manager's page, which is in and has heard something; `loses`
 * says which frames. */
async function come(to, token, rooms) {
    const way = await Swallower.open(to.httpPort,
        frame => way?.loses?.(frame));
    const client = library(way.url, { token, rooms });

    await until('it is live', () => client.state === 'live');
    client.states.length = 0;
    return { way, client };
}

const hasNoticed = ({ states }) => states.filter(
    state => state.includes('lost on the way')).length;

/* Side by side: each waits for a heartbeat. */
describe('at a heartbeat', { concurrency: true }, () => {
    test('an event that the network has swallowed is noticed at a heartbeat',
        { timeout: 90000 }, async () => {
            const own = await start(); // where nobody else says anything
            const token = await own.token('manager');
            const rooms = ['kitchen', 'waiters'];
            const control = new Listener(own.url, 'json', token, rooms);
            const [atEnd, inBetween] = [await come(own, token, rooms),
                await come(own, token, rooms)];

            await isIn(control);
            await post(1, own);
            await own.quietHead();
            const name = `"c${last + 1}"`;

            // All that is said of an order, and the figures that change by it.
            atEnd.way.loses = frame => frame.includes('"op":"event"');
            inBetween.way.loses = frame => frame.includes('"order.created"') &&
                frame.includes(name);
            await post(1, own);
            await own.quietHead();
            for (const { way } of [atEnd, inBetween]) {
                assert.ok(way.lost > 0);
                way.loses = null;
            }
            await until('both have noticed', () => hasNoticed(atEnd.client) &&
                hasNoticed(inBetween.client), BEAT_MS);
            for (const { client } of [atEnd, inBetween])
                await until('it is live again', () => client.state === 'live');
            // The one has got what it lost, and needed no picture for it.
            await hasTheSame(atEnd.client, control, 'lost at the end');
            assert.deepEqual(atEnd.client.answers, [false]);
            // The other could not get it in its order.
            assert.deepEqual(inBetween.client.answers, [false, false]);
            assert.deepEqual([hasNoticed(atEnd.client),
                hasNoticed(inBetween.client)], [1, 1]);
            for (const client of [control, atEnd.client, inBetween.client])
                client.close();
            await own.stop();
        });

    test('a heartbeat names what each has, no more, in JSON and protobuf',
        { timeout: 90000 }, async () => {
            await daemon.quietHead();
            const rooms = ['kitchen', 'table/7', 'restaurant'];
            const quiet = new Listener(daemon.url, 'pb', manager, ['table/6']);
            const both = ['json', 'pb'].map(format =>
                new Listener(daemon.url, format, manager, rooms));

            await Promise.all([...both, quiet].map(isIn));
            const place = quiet.start;

            assert.ok((await daemon.post(daemon.backend, { event: 'order.created',
                payload: newOrder('of-5', '5') })).seq);
            await daemon.quietHead();
            const had = both.map(({ beats }) => beats.length);

            quiet.beats.length = 0;
            await until('each has had a heartbeat since', () =>
                both.every(({ beats }, i) => beats.length > had[i]) &&
                quiet.beats.length > 0, BEAT_MS);
            for (const { beats, seqs, start } of both) {
                const { rooms: beat, events, had, last } = beats.at(-1);

                assert.deepEqual(Object.keys(beat).sort(), [...rooms].sort());
                // Of the table nothing came: the place where it has joined.
                assert.equal(beat['table/7'], start);
                assert.equal(events, had);
                assert.equal(Math.max(...Object.values(beat)), last);
                assert.ok(seqs.includes(beat.kitchen));
                assert.ok(beat.kitchen > start);
            }
            assert.deepEqual(quiet.beats.at(-1).rooms, { 'table/6': place });
            assert.deepEqual(quiet.seqs, []);
        });

    test('a page of dialect env is told the last number that it was told',
        { timeout: 60000 }, async () => {
            const socket = new WebSocket(
                `${daemon.url}/api/socket`.replace('http', 'ws'),
                { headers: { Authorization: `Bearer ${manager}` } });
            const heard = [];

            atEnd(() => socket.terminate());
            socket.on('message', data => heard.push(JSON.parse(data)));
            const seqs = () => heard.filter(({ event, seq }) =>
                seq && event !== 'socket.heartbeat').map(({ seq }) => seq);
            const isBeat = ({ event }) => event === 'socket.heartbeat';

            await until('it is there', () => heard.length > 0);
            const told = seqs().length;

            await post();
            await until('it hears', () => seqs().length > told);
            await daemon.quietHead();
            await until('a heartbeat', () => heard.some(isBeat), BEAT_MS);
            const at = heard.findIndex(isBeat);

            assert.equal(heard[at].seq, Math.max(...heard.slice(0, at)
                .map(({ seq }) => seq ?? 0)));
        });
});
