/** /ws: what a client gets when it comes and when it comes back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { life, newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';

let daemon;
let backend;
let kitchen;
let listener; // there from the start, for the heartbeat at the end

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    kitchen = await daemon.token('kitchen');
    listener = await Session.open(daemon, kitchen);
    await listener.join('kitchen');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const post = (event, payload) => daemon.post(backend, { event, payload });

/** An order from beginning to end; resolves when all of it is on disk. */
async function wholeLife(id, table) {
    await post('order.created', newOrder(id, table));
    for (const event of life)
        await post(event, { orderId: id });
}

const isFact = ({ event }) => event !== 'kitchen.stats';
const seqs = events => events.filter(isFact).map(event => event.seq);

test('whoever comes first gets the picture, then what follows', async () => {
    await post('order.created', newOrder('A-1', '5'));
    const session = await Session.open(daemon, kitchen);
    const joined = await session.join('kitchen');

    assert.equal(joined.recovered, false);
    assert.ok(joined.snapshot.orders.some(order => order.id === 'A-1'));
    assert.match(joined.cursor, new RegExp(
        `^${joined.epoch}\\.${joined.seq}\\.[0-9a-f]{16}$`));
    await post('order.created', newOrder('A-2', '5'));
    const event = await session.event('order.created');

    assert.ok(event.seq > joined.seq);
    assert.equal(event.payload.order.id, 'A-2');
    assert.equal(event.room, 'kitchen');
    assert.match(event.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('a cursor brings exactly what was missed, in order', async () => {
    const first = await Session.open(daemon, kitchen);
    const { cursor } = await first.join('kitchen');

    await wholeLife('A-3', '5');
    const done = await first.event('order.completed');
    const middle = first.events.filter(isFact)[4];
    const all = seqs(first.events);

    await first.close();
    for (const [after, missed] of [
        [cursor, all],
        [middle.cursor,
            all.filter(seq => seq > middle.seq)]]) {
        const again = await Session.open(daemon, kitchen);
        const joined = await again.join('kitchen', after);

        assert.equal(joined.recovered, true);
        assert.equal(joined.snapshot, undefined);
        await again.event('order.completed', m => m.seq === done.seq);
        assert.deepEqual(
            seqs(again.events.filter(({ seq }) => seq <= all.at(-1))),
            missed.filter(seq => seq <= again.events.at(-1).seq));
        await again.close();
    }
});

test('a cursor that nobody was given brings the picture',
    async () => {
        const { cursor } = await listener.join('kitchen');
        const [epoch, seq, seal] = cursor.split('.');
        const { cursors_not_sealed_total: before } = await daemon.metrics();

        // Of another journal, the future, the past, with another seal, and as
        // they were without seals.
        for (const after of [`zzzzzz.${seq}.${seal}`,
            `${epoch}.99999999.${seal}`, `${epoch}.${seq - 1}.${seal}`,
            `${epoch}.${seq}.${'0'.repeat(16)}`, `${epoch}.${seq}`]) {
            const session = await Session.open(daemon, kitchen);
            const answer = await session.join('kitchen', after);

            assert.equal(answer.op, 'ok', JSON.stringify(answer));
            assert.equal(answer.recovered, false);
            assert.ok(answer.snapshot.orders.length >= 2);
            await session.close();
        }
        const { cursors_not_sealed_total: after } = await daemon.metrics();

        assert.equal(after - before, 4);
        const none = await listener.join('kitchen', '../../etc');

        assert.deepEqual([none.code, none.field], ['bad_request', 'after']);
    });

test('an event in two joined rooms comes once', async () => {
    const session = await Session.open(daemon, await daemon.token('waiter'));
    const { cursor } = await session.join('waiters');

    await session.join('table/5', cursor);
    await wholeLife('A-4', '5');
    await session.event('order.completed');
    const got = seqs(session.events);

    assert.deepEqual(got, [...new Set(got)].sort((a, b) => a - b));
    assert.ok(session.events.some(({ event }) => event === 'page.sent'));
});

test('after leave nothing more comes', async () => {
    const session = await Session.open(daemon, backend);

    await session.join(['kitchen', 'waiters']);
    assert.equal((await session.ask({ op: 'leave', rooms: ['kitchen'] })).op,
        'ok');
    await post('order.created', newOrder('A-5', '5'));
    const event = await session.event('order.created');

    assert.equal(event.room, 'waiters');
    assert.equal((await session.ask({ op: 'leave', rooms: ['waiters'] })).op,
        'ok');
    const { length } = session.events;

    await post('order.created', newOrder('A-6', '5'));
    await listener.event('order.created',
        m => m.payload.order.id === 'A-6');
    assert.equal(session.events.length, length);
});

test('a heartbeat names the newest event of each room', async () => {
    const beat = await listener.next(m => m.op === 'heartbeat', 27000);
    const before = listener.heard.slice(0, listener.heard.indexOf(beat))
        .filter(m => m.op === 'event');

    assert.match(beat.ts, /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(beat.rooms, { kitchen: before.at(-1).seq });
});
