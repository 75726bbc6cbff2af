/**
 * Who listens with `receipts: true` is asked of each event what becomes of it,
 * and everybody who may know hears what it answers, or that it does not. The
 * client is socket.io-client as it is: it is handed a callback, as by
 * `io.timeout(10000).emit(…)` of the reference server.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { Session, subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';
import { Wire } from './lib/wire.js';

const TIMEOUT_S = 1;
const CUTS = 30;
const CUT_BYTES = 6000; // at most, from one cut to the next

/** What each is called a new order, and how it asks for the kitchen. */
const FRONTS = {
    kds: { news: 'order:new', join: ['join:kitchen'] },
    kebab: { news: 'new-order', join: ['join-room', 'restaurant-kitchen'] },
};

let daemon; // patient: nobody is late
let hasty; // waits no longer than TIMEOUT_S

before(async () => {
    daemon = await Daemon.start({ args: ['--receipt-timeout', '60'] });
    hasty = await Daemon.start(
        { args: ['--receipt-timeout', String(TIMEOUT_S)] });
    for (const each of [daemon, hasty]) {
        each.backend = await each.token('backend');
        each.admin = await each.token('admin');
    }
});

after(async () => {
    try {
        await daemon?.stop();
        await hasty?.stop();
    } finally {
        await cleanUp();
    }
});

/* --- who listens --- */

let people = 0;

/** In the kitchen, under a name of its own; `answer` is given the callback. */
async function open(at, { front = 'kds', url = at.url, role = 'kitchen',
    receipts = true, transports, who, answer = callback => callback() } = {}) {
    const { news, join } = FRONTS[front];
    const name = who ?? `${role}-${++people}`;
    const token = await at.token(role, '--sub', name,
        ...role === 'table' ? ['--table', '5'] : []);
    const socket = io(url, { forceNew: true, transports,
        auth: { token, dialect: front, receipts },
        reconnectionDelay: 20, reconnectionDelayMax: 50, timeout: 1000 });

    socket.who = name;
    socket.heard = []; // {id, seq, args} of new orders
    socket.came = [];
    socket.offsets = []; // its position has moved on
    socket.on('_dw', offset => socket.offsets.push(offset));
    socket.on(news, (...args) => {
        const [{ _dw }] = args;

        socket.heard.push({ id: _dw.id, seq: _dw.seq, args });
        if (typeof args.at(-1) === 'function')
            answer(args.at(-1), args[0], socket);
    });
    socket.on('connect', () => socket.came.push(
        { id: socket.id, recovered: socket.recovered }));
    atEnd(() => socket.disconnect());
    await until('it comes', () => socket.connected);
    assert.strictEqual(await within('it is in', socket.emitWithAck(
        ...role === 'table' ? ['join:table', 5] : join)), true);
    return socket;
}

const comes = (socket, times, ms = 20000) => until(`it comes ${times} times`,
    () => socket.connected && socket.came.length >= times, ms);

/* --- what happens --- */

let last = 100;

/** Posted; [{order, id, seq}]. */
async function post(at, count = 1) {
    const orders = Array.from({ length: count }, () => String(++last));
    const answers = await at.post(at.backend, orders.map(order => ({
        event: 'order.created', payload: newOrder(order, '5') })));

    return answers.map(({ id, seq, epoch }, i) => {
        assert.ok(seq, JSON.stringify(answers[i]));
        at.epoch = epoch;
        return { id, seq, order: orders[i] };
    });
}

/** One page of what has happened, the first time all of it, as slowly as one
 * may ask. */
async function look(at, cursor) {
    await pause(100);
    const response = await fetch(
        `${at.url}/api/events?rooms=admin&limit=1000` +
            (cursor ? `&after=${cursor}` : ''),
        { headers: { Authorization: `Bearer ${at.admin}` } });
    const answer = await response.json();

    if (response.status === 429)
        return pause(500).then(() => look(at, cursor));
    assert.equal(response.status, 200, JSON.stringify(answer));
    assert.strictEqual(answer.recovered, true);
    return answer;
}

/** All receipts that there are, as GET /api/events has them; each is asked for
 * once. */
async function receipts(at) {
    at.receipts ??= [];
    for (;;) {
        const { cursor } = at;
        const { events, more, ...answer } = await look(at, cursor);

        if (cursor === at.cursor) {
            at.receipts.push(...events.filter(
                ({ event }) => event === 'delivery.receipt'));
            at.cursor = answer.cursor;
        }
        if (!more)
            return at.receipts;
    }
}

/** What is known of an event at somebody: ["received", …], in order. */
async function progress(at, { id }, socket) {
    return (await receipts(at))
        .filter(({ payload }) =>
            payload.deliveryId === `${id}-${socket.who}`)
        .map(({ payload }) => payload.reason
            ? `${payload.progress}: ${payload.reason}` : payload.progress);
}

const becomes = (at, made, socket, expected, ms = 10000) =>
    until(`${made.order} is ${expected}`, async () => {
        const found = await progress(at, made, socket);

        return found.join() === [expected].flat().join() ||
            (found.length > [expected].flat().length &&
                assert.fail(`${made.order} is ${found}`));
    }, ms);

/** No receipt is there twice. */
async function eachIsThereOnce(at) {
    const all = (await receipts(at)).map(
        ({ payload }) => `${payload.deliveryId} ${payload.progress}`);

    assert.deepEqual(all.filter((one, i) => all.indexOf(one) !== i), []);
    return all;
}

/* --- answers --- */

for (const front of Object.keys(FRONTS))
    for (const transports of [['polling'], ['websocket']])
        test(`${front} by ${transports}: what its callback says is a receipt`,
            async () => {
                const words = [[], ['shown'], ['done'], ['eaten']];
                const socket = await open(daemon, { front, transports,
                    answer: callback => callback(...words.shift() ?? []) });
                const [one, two, three, four] = await post(daemon, 4);

                await becomes(daemon, one, socket, 'received');
                await becomes(daemon, two, socket, 'shown');
                await becomes(daemon, three, socket, 'done');
                await becomes(daemon, four, socket, 'received');
                assert.equal(socket.heard.length, 4);
                for (const { seq } of [one, two, three, four])
                    assert.ok(socket.offsets.includes(`${daemon.epoch}.${seq}`));
                socket.disconnect();
            });

test('whoever listens on MQTT hears of it, and which event it is about',
    async () => {
        const admin = await subscribe(daemon, 'dw/1/main/json/admin');
        const order = String(last + 1);
        const own = await subscribe(daemon, `dw/1/main/json/order/${order}`);
        const socket = await open(daemon,
            { answer: callback => callback('shown') });
        const [made] = await post(daemon);

        assert.equal(made.order, order);
        for (const child of [admin, own]) {
            const line = await child.line(
                new RegExp(`"delivery.receipt".*${made.id}`));
            const envelope = JSON.parse(line.slice(line.indexOf('{')));

            assert.equal(envelope.cause, made.id);
            assert.deepEqual(envelope.payload, {
                deliveryId: `${made.id}-${socket.who}`, orderId: order,
                recipient: socket.who, progress: 'shown',
                what: 'order.created' });
        }
        assert.equal(admin.lines.filter(
            line => line.includes('"delivery.receipt"') &&
                line.includes(made.id)).length, 1);
        socket.disconnect();
    });

test('who does not ask for it, or is a guest, is told as ever', async () => {
    const plain = await open(daemon, { receipts: false });
    const guest = await open(daemon, { role: 'table' });

    guest.on('order:created', (...args) => guest.heard.push({ args }));
    const [made] = await post(daemon);

    await until('both have heard',
        () => plain.heard.length === 1 && guest.heard.length === 1);
    for (const { args } of [...plain.heard, ...guest.heard]) {
        assert.equal(args.length, 2);
        assert.match(args[1], /^\w+\.\d+(\.\d+)?$/); // its offset
    }
    for (const socket of [plain, guest]) {
        assert.deepEqual(await progress(daemon, made, socket), []);
        socket.disconnect();
    }
});

/* --- no answer --- */

test('no answer in time is a receipt; a late one is another', async () => {
    let callback;
    const socket = await open(hasty, { answer: given => callback = given });
    const [made] = await post(hasty);

    await becomes(hasty, made, socket, 'unknown: no acknowledgement in time');
    callback('done');
    await becomes(hasty, made, socket,
        ['unknown: no acknowledgement in time', 'done']);
    await pause(TIMEOUT_S * 2000);
    await becomes(hasty, made, socket,
        ['unknown: no acknowledgement in time', 'done']);
    socket.disconnect();
});

test('who goes without an answer has not said what became of it',
    async () => {
        const socket = await open(daemon, { answer: () => {} });
        const [made] = await post(daemon);

        await until('it hears', () => socket.heard.length === 1);
        socket.disconnect();
        await becomes(daemon, made, socket, 'unknown: connection lost');
    });

/*
 * Of one that polls we notice by its silence that it is gone, or by a cut
 * request, or by its coming back: what it was asked may then still be open.
 */
test('it answers late over another connection', async () => {
    for (const transport of ['polling', 'websocket']) {
        const lost = 'unknown: connection lost';
        const wire = await Wire.open(daemon.httpPort);
        let callback;
        const socket = await open(daemon, { url: wire.url,
            transports: [transport], answer: given => callback = given });
        const [made] = await post(daemon);

        await until('it hears', () => callback);
        wire.block();
        await until('it is gone', () => !socket.connected);
        if (transport === 'websocket')
            await becomes(daemon, made, socket, lost);
        wire.isOpen = true;
        await comes(socket, 2);
        assert.deepEqual(socket.came[1],
            { id: socket.came[0].id, recovered: true });
        callback('shown');
        await until('it is shown', async () =>
            (await progress(daemon, made, socket)).includes('shown'));
        const all = await progress(daemon, made, socket);

        assert.deepEqual(all, transport === 'websocket' || all.length > 1
            ? [lost, 'shown'] : ['shown']);
        assert.equal(socket.heard.length, 1);
        socket.disconnect();
    }
});

/* --- cuts and restarts --- */

/*
 * A question has no offset of its own: it may come twice where the connection
 * ends between it and that. So at least once, and the same event by its id.
 */
test('over cuts at random bytes each event is heard, and answered',
    { timeout: 180000 }, async () => {
        const pairs = [];
        const made = [];
        let goesOn = true;

        for (const front of Object.keys(FRONTS))
            for (const transports of [['polling'], ['websocket']]) {
                const wire = await Wire.open(daemon.httpPort);

                pairs.push({ wire, name: `${front} ${transports}`,
                    socket: await open(daemon, { front, transports,
                        url: wire.url,
                        answer: callback => callback('shown') }) });
            }
        const stream = (async () => {
            while (goesOn) {
                made.push(...await post(daemon,
                    1 + Math.floor(Math.random() * 2)));
                await pause(30);
            }
        })();

        await Promise.all(pairs.map(async ({ wire, socket, name }) => {
            for (let i = 0; i < CUTS; i++) {
                const { length } = socket.came;

                wire.left = 1 + Math.floor(Math.random() * CUT_BYTES);
                await until(`cut ${i} of ${name}`, () => wire.cuts > i, 30000);
                if (i % 3 !== 0) // else it is cut before it has all
                    await comes(socket, length);
            }
        })).finally(() => {
            goesOn = false;
        });
        await stream;
        for (const { socket, name } of pairs) {
            await until(`${name} has heard all`, () => made.every(({ id }) =>
                socket.heard.some(heard => heard.id === id)), 20000);
            const known = new Set(made.map(({ id }) => id));

            assert.ok(socket.heard.every(({ id }) => known.has(id)), name);
            assert.ok(socket.came.length > 1);
            for (const came of socket.came.slice(1))
                assert.deepEqual(came,
                    { id: socket.came[0].id, recovered: true }, name);
            // What was heard in order the first time stays in order.
            const firsts = [...new Set(socket.heard.map(({ seq }) => seq))];

            assert.deepEqual(firsts, [...firsts].sort((a, b) => a - b), name);
        }
        const all = new Set();

        await until('each has a receipt', async () => {
            for (const { payload } of await receipts(daemon))
                all.add(payload.deliveryId);
            return pairs.every(({ socket }) => made.every(
                ({ id }) => all.has(`${id}-${socket.who}`)));
        }, 20000);
        await eachIsThereOnce(daemon);
        for (const { socket } of pairs)
            socket.disconnect();
    });

test('a kill -9 loses no receipt and doubles none', async () => {
    const wire = await Wire.open(hasty.httpPort);
    const callbacks = new Map();
    const options = { url: wire.url, transports: ['websocket'] };
    const prompt = await open(hasty, { ...options,
        answer: callback => callback('shown') });
    const slow = await open(hasty, { ...options,
        answer: (callback, { orderId }) => callbacks.set(String(orderId),
            callback) });
    const [one, two] = await post(hasty, 2);

    await until('it hears', () => callbacks.size === 2);
    for (const made of [one, two])
        await becomes(hasty, made, prompt, 'shown');
    wire.isOpen = false; // they come back when we say so
    await hasty.kill();
    await hasty.begin();
    assert.deepEqual(await progress(hasty, one, prompt), ['shown']);
    assert.deepEqual(await progress(hasty, one, slow), []);
    wire.isOpen = true;
    await comes(prompt, 2);
    await comes(slow, 2);
    assert.strictEqual(slow.came[1].recovered, true);
    callbacks.get(one.order)('done');
    const found = await until('all of it is known', async () => {
        const [first, second] = [await progress(hasty, one, slow),
            await progress(hasty, two, slow)];

        return first.includes('done') && second.length > 0 &&
            { first, second };
    });

    assert.deepEqual(found, { first: ['done'],
        second: ['unknown: no acknowledgement in time'] });
    await eachIsThereOnce(hasty);
    for (const made of [one, two])
        assert.deepEqual(await progress(hasty, made, prompt), ['shown']);
    const [three] = await post(hasty);

    await becomes(hasty, three, prompt, 'shown');
    prompt.disconnect();
    slow.disconnect();
});

test('an orderly stop says nothing of what is open; it is asked after it',
    async () => {
        const wire = await Wire.open(hasty.httpPort);
        const socket = await open(hasty, { url: wire.url, answer: () => {} });
        const [made] = await post(hasty);

        await until('it hears', () => socket.heard.length === 1);
        wire.isOpen = false; // it comes back when we say so
        await hasty.stop();
        await hasty.begin();
        assert.deepEqual(await progress(hasty, made, socket), []);
        wire.isOpen = true;
        await comes(socket, 2);
        assert.strictEqual(socket.came[1].recovered, true);
        await becomes(hasty, made, socket,
            'unknown: no acknowledgement in time');
        socket.disconnect();
    });

/* --- the native protocol --- */

test('a native client says it by the event\'s number', async () => {
    const session = await Session.open(
        daemon, await daemon.token('kitchen', '--sub', 'native-1'));
    const ack = (seq, stage) => session.socket.send(
        JSON.stringify({ op: 'ack', seq, ...stage && { stage } }));
    const who = { who: 'native-1' };

    const { cursor } = await session.join('kitchen');
    const [one, two] = await post(daemon, 2);

    await session.event('order.created', ({ id }) => id === two.id);
    ack(one.seq);
    ack(two.seq, 'shown');
    ack(two.seq, 'shown');
    ack(two.seq, 'done');
    await becomes(daemon, one, who, 'received');
    await becomes(daemon, two, who, ['shown', 'done']);

    const refused = async (message, code, field) => {
        const { length } = session.heard;

        session.socket.send(JSON.stringify(
            { op: 'ack', ref: 900 + length, ...message }));
        const answer = await session.next(
            ({ op, ref }) => op === 'error' && ref === 900 + length);

        assert.equal(answer.code, code);
        assert.equal(answer.field, field);
    };

    await refused({ seq: one.seq, stage: 'eaten' }, 'out_of_range', 'stage');
    await refused({ seq: one.seq, stage: 'unknown' }, 'out_of_range', 'stage');
    await refused({ seq: 1, stage: 'shown' }, 'not_found', 'seq');
    await refused({ seq: 2 ** 50 }, 'not_found', 'seq');
    const job = await session.event('print.requested');

    await refused({ seq: job.seq, stage: 'printed' }, 'impossible', 'seq');
    await session.close();

    const again = await Session.open(
        daemon, await daemon.token('kitchen', '--sub', 'native-1'));

    await again.join('kitchen', cursor);
    await again.event('order.created', ({ id }) => id === two.id);
    again.socket.send(JSON.stringify(
        { op: 'ack', seq: two.seq, stage: 'done' }));
    again.socket.send(JSON.stringify(
        { op: 'ack', seq: one.seq, stage: 'felt' }));
    await becomes(daemon, one, who, ['received', 'felt']);
    assert.deepEqual(await progress(daemon, two, who), ['shown', 'done']);
    await again.close();
});

test('guests make no receipts', async () => {
    const session = await Session.open(daemon,
        await daemon.token('table', '--table', '5', '--sub', 'guest-1'));

    await session.join('table/5');
    const [made] = await post(daemon);

    await session.event('order.created', ({ id }) => id === made.id);
    session.socket.send(JSON.stringify(
        { op: 'ack', ref: 77, seq: made.seq, stage: 'shown' }));
    const answer = await session.next(({ ref }) => ref === 77);

    assert.equal(answer.op, 'error');
    assert.equal(answer.code, 'forbidden');
    await session.close();
});
