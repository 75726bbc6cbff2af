/**
 * Dialect env on the wire: a raw WebSocket at /api/socket with envelopes
 * {event, payload, ts} in both directions, as a page that knows nothing of us
 * uses it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';

import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const KEPT = 50;

let daemon;
let backend;
let manager;

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    manager = await daemon.token('manager');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const post = async (event, payload) => {
    const answer = await daemon.post(backend, { event, payload });

    assert.equal(answer.status, 200, JSON.stringify(answer));
    return answer;
};

/** What the page's own client does: open, parse, dispatch by `event`. */
class Page {
    static async open(token, query = '') {
        const page = new Page();

        page.heard = [];
        page.socket = new WebSocket(
            `ws://127.0.0.1:${daemon.httpPort}/api/socket` +
            `?token=${token}${query}`);
        atEnd(() => page.socket.terminate());
        page.socket.on('message', (data, binary) => {
            assert.equal(binary, false);
            page.heard.push(JSON.parse(data));
        });
        page.closed = new Promise(yes =>
            page.socket.on('close', code => yes(code)));
        page.socket.on('error', () => {});
        await until('the first envelope', () => page.heard.length > 0);
        return page;
    }

    send(event, payload) {
        this.socket.send(JSON.stringify({ event, payload,
            ts: new Date().toISOString() }));
    }

    /** The first live one of this name that fits. */
    event(name, fits = () => true) {
        const found = () => this.heard.find(envelope =>
            envelope.event === name && !envelope.replay &&
            fits(envelope.payload));

        return until(name, found).then(found);
    }

    all(name, replay) {
        return this.heard.filter(envelope => envelope.event === name &&
            envelope.replay === replay);
    }

    close() {
        this.socket.close();
        return within('close', this.closed);
    }
}

test('socket.ready comes first, with the whole snapshot', async () => {
    await post('table.updated', { table: { id: '5', number: 5, seats: 4,
        status: 'occupied', covers: { current: 2, total: 7, sessions: 3 } } });
    await post('table.layout.updated', { layout: {
        zones: [{ id: 'z1', name: 'Terrace', color: '#aabbcc' }],
        nodes: [{ id: 'n5', tableId: '5', x: 10, y: 20, width: 40, height: 40,
            shape: 'round', zone: 'z1' }] } });
    await post('order.created', newOrder('E-1', '5'));
    await post('alert.created', { alert: { id: 'a-1', table: { id: '5' },
        type: 'quiere_pagar_efectivo', message: 'Cash, please' } });
    const page = await Page.open(manager);
    const { event, payload, ts } = page.heard[0];

    assert.equal(event, 'socket.ready');
    assert.match(ts, ISO);
    assert.match(payload.connectionId, /^\S+$/);
    assert.match(payload.issuedAt, ISO);
    assert.equal(payload.orders.summary.byStatus.abierto, 1);
    assert.ok(payload.orders.metadata.version >= 1);
    assert.match(payload.orders.metadata.updatedAt, ISO);
    assert.deepEqual(payload.tables.metadata.coverTotals,
        { current: 2, total: 7, sessions: 3 });
    const table = payload.tables.tables.find(({ id }) => id === '5');

    assert.equal(table.status, 'ocupada');
    assert.equal(table.number, 5);
    assert.equal(payload.tables.layout.nodes[0].shape, 'round');
    assert.deepEqual(payload.alerts.active.map(alert =>
        [alert.id, alert.tableId, alert.type, alert.acknowledged]),
    [['a-1', '5', 'quiere_pagar_efectivo', false]]);
    await page.close();
});

test('live envelopes have event, payload and ts; orders have money twice',
    async () => {
        const page = await Page.open(manager);

        await post('order.created', { order: { id: 'E-2',
            table: { id: '6', number: 6 }, customer: { name: 'Zoë' },
            items: [{ id: '1', name: 'Paella', quantity: 2,
                unitPriceCents: 1250 }] } });
        const { payload, ts, id, seq, replay } =
            await page.event('order.created');

        assert.match(ts, ISO);
        assert.ok(id && seq > 0 && replay === false);
        assert.equal(payload.order.status, 'abierto');
        assert.equal(payload.order.tableNumber, 6);
        assert.equal(payload.order.total, 25);
        assert.equal(payload.order.totalCents, 2500);
        assert.equal(payload.order.items[0].price, 12.5);
        assert.equal(payload.metadata.version, 1);
        await post('kitchen.preparing', { orderId: 'E-2' });
        await page.event('order.updated',
            update => update.order.id === 'E-2' &&
                update.order.status === 'preparando');
        await page.event('order.summary.updated',
            update => update.summary.byStatus.preparando === 1);
        // No word of its own here for what other dialects call it.
        assert.equal(page.heard.some(({ event }) => event.startsWith('kitchen')),
            false);
        await page.close();
    });

test('a page raises an alert and acknowledges it', async () => {
    const page = await Page.open(manager);
    const other = await Page.open(await daemon.token('waiter'));

    page.send('alert.created',
        { tableId: '7', type: 'llamar_mozo', message: 'Table 7 calls' });
    const { payload } = await other.event('alert.created',
        ({ alert }) => alert.tableId === '7');

    assert.equal(payload.alert.type, 'llamar_mozo');
    assert.equal(payload.alert.acknowledged, false);
    assert.match(payload.alert.createdAt, ISO);
    other.send('alert.acknowledged', { alertId: payload.alert.id });
    const done = await page.event('alert.acknowledged',
        ({ alertId }) => alertId === payload.alert.id);

    assert.deepEqual(done.payload,
        { alertId: payload.alert.id, acknowledged: true });
    await page.close();
    await other.close();
});

test('what makes no sense is answered with an error and changes nothing',
    async () => {
        const page = await Page.open(manager);
        const wrong = [
            ['alert.created', { tableId: '7', message: 'no type' },
                'missing_field'],
            ['alert.acknowledged', { alertId: 'nobody' }, 'not_found'],
            ['order.eaten', {}, 'unknown_event'],
            ['socket.ready', {}, /unknown_event|forbidden/],
        ];

        for (const [event, payload, code] of wrong) {
            const before = page.heard.length;

            page.send(event, payload);
            const answer = await until('an error', () =>
                page.heard.slice(before)
                    .find(envelope => envelope.event === 'error'));

            assert.match(answer.payload.code, new RegExp(code), event);
            assert.deepEqual(Object.keys(answer), ['event', 'payload', 'ts']);
            assert.match(answer.ts, ISO);
        }
        await page.close();
    });

test('guests hear of their own table only, and cannot acknowledge', async () => {
    const guest = await Page.open(
        await daemon.token('table', '--table', '31'));

    assert.equal(guest.heard[0].event, 'socket.ready');
    assert.deepEqual((guest.heard[0].payload.tables?.tables ?? [])
        .filter(({ id }) => id !== '31'), []);
    await post('order.created', newOrder('E-30', '30'));
    await post('order.created', newOrder('E-31', '31'));
    await post('kitchen.preparing', { orderId: 'E-31' });
    await guest.event('order.created', ({ order }) => order.id === 'E-31');
    await guest.event('order.updated',
        ({ order }) => order.id === 'E-31' && order.status === 'preparando');
    guest.send('alert.created', { tableId: '30', type: 'llamar_mozo',
        message: 'not my table' });
    await guest.event('error', ({ code }) => code === 'forbidden');
    guest.send('alert.created', { tableId: '31', type: 'llamar_mozo',
        message: 'mine' });
    const { payload } = await guest.event('alert.created',
        ({ alert }) => alert.tableId === '31');

    guest.send('alert.acknowledged', { alertId: payload.alert.id });
    await until('a second refusal', () => guest.heard.filter(envelope =>
        envelope.event === 'error').length === 2);
    assert.doesNotMatch(JSON.stringify(guest.heard), /E-30/);
    await guest.close();
});

test('the last fifty of each name are replayed on every connect', async () => {
    const made = Array.from({ length: KEPT + 10 }, (_, n) => `H-${n}`);

    for (const id of made)
        await post('order.created', newOrder(id, '40'));
    for (let round = 0; round < 2; round++) {
        const page = await Page.open(manager);
        const replayed = await until('history', () => {
            const found = page.all('order.created', true);

            return found.length >= KEPT && found;
        });

        assert.equal(page.heard[0].event, 'socket.ready');
        assert.deepEqual(replayed.map(({ payload }) => payload.order.id),
            made.slice(-KEPT));
        // Each copy keeps its id: a client that has it can tell.
        assert.equal(new Set(replayed.map(({ id }) => id)).size, KEPT);
        for (const name of new Set(page.heard.map(({ event }) => event)))
            assert.ok(page.all(name, true).length <= KEPT, name);
        const seqs = page.heard.filter(({ replay }) => replay)
            .map(({ seq }) => seq);

        assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
        // And then what happens, with no gap and nothing twice.
        made.push(`L-${round}`);
        await post('order.created', newOrder(`L-${round}`, '40'));
        await page.event('order.created',
            ({ order }) => order.id === `L-${round}`);
        const ids = page.heard.filter(({ id }) => id).map(({ id }) => id);

        assert.equal(new Set(ids).size, ids.length);
        await page.close();
    }
});

test('history outlives the daemon', async () => {
    await daemon.restart();
    const page = await Page.open(manager);

    await until('history', () =>
        page.all('order.created', true).length === KEPT);
    assert.equal(page.all('order.created', true).at(-1).payload.order.id,
        'L-1');
    await page.close();
});

test('a heartbeat comes with the connection and the time', async () => {
    const page = await Page.open(manager);
    const name = page.heard[0].payload.connectionId;
    const beat = await until('a heartbeat', () => page.heard.find(
        ({ event }) => event === 'socket.heartbeat'), 40000);

    assert.equal(beat.payload.connectionId, name);
    assert.match(beat.payload.ts, ISO);
    await page.close();
});

test('without an upgrade it is 426, without a token 4401', async () => {
    const plain = await fetch(`${daemon.url}/api/socket`);

    assert.equal(plain.status, 426);
    const stranger = new WebSocket(
        `ws://127.0.0.1:${daemon.httpPort}/api/socket?token=nonsense`);

    atEnd(() => stranger.terminate());
    const code = await within('close', new Promise(yes =>
        stranger.on('close', yes)));

    assert.equal(code, 4401);
});

/** The status that a handshake is refused with. */
function refusal(query, ...protocols) {
    const socket = new WebSocket(
        `ws://127.0.0.1:${daemon.httpPort}/api/socket?${query}`, protocols);

    atEnd(() => socket.terminate());
    socket.on('error', () => {});
    return within('refused', new Promise((yes, no) => {
        socket.on('unexpected-response', (request, { statusCode }) =>
            yes(statusCode));
        socket.on('open', () => no(new Error('it was let in')));
    }));
}

test('Engine.IO is told from it wherever the query names it', async () => {
    // As socket.io-client puts it together: what its page gave comes first.
    for (const query of [`EIO=4&transport=websocket&token=${manager}`,
        `token=${manager}&EIO=4&transport=websocket`]) {
        const socket = new WebSocket(
            `ws://127.0.0.1:${daemon.httpPort}/api/socket?${query}`);

        atEnd(() => socket.terminate());
        const first = await within('a first message', new Promise(yes =>
            socket.on('message', data => yes(String(data)))));

        assert.match(first, /^0\{"sid":"/);
        socket.terminate();
    }
});

test('it has no subprotocol', async () => {
    assert.equal(await refusal(`token=${manager}`, 'dumbwaiter.v1.pb'), 400);
});
