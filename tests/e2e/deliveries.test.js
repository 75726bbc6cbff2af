/**
 * Who got an order, and who did not: a screen with receipts, a printer and a
 * pager in one list, and the same list after a kill -9.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

let daemon;
const tokens = {};

before(async () => {
    daemon = await Daemon.start();
    for (const role of ['backend', 'kitchen', 'waiter', 'admin', 'pool'])
        tokens[role] = await daemon.token(role, '--sub', `${role}-1`);
    tokens.guest = await daemon.token('table', '--table', '5');
    tokens.grill = await daemon.token('kitchen', '--sub', 'grill-1',
        '--stations', 'grill');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function ask(who, order) {
    const response = await fetch(
        `${daemon.url}/api/orders/${order}/deliveries`,
        { headers: { ...tokens[who] &&
            { Authorization: `Bearer ${tokens[who]}` } },
        signal: AbortSignal.timeout(10000) });

    return { status: response.status, ...await response.json() };
}

const create = async id => {
    const answer = await daemon.post(tokens.backend,
        { event: 'order.created', payload: newOrder(id, '5') });

    assert.ok(answer.seq, JSON.stringify(answer));
    return answer;
};

/** A kitchen screen that shows what it is asked about. */
async function openScreen() {
    const token = await daemon.token('kitchen', '--sub', 'kds-1');
    const socket = io(daemon.url, { forceNew: true,
        auth: { token, dialect: 'kds', receipts: true } });

    atEnd(() => socket.disconnect());
    socket.on('order:new', (...args) => args.at(-1)?.('shown'));
    await until('it comes', () => socket.connected);
    assert.strictEqual(
        await within('it is in', socket.emitWithAck('join:kitchen')), true);
    return socket;
}

/** {"screen kds-1 order.created": ["shown"], …} */
const outline = deliveries => Object.fromEntries(deliveries.map(
    ({ kind, recipient, what, history }) => [`${kind} ${recipient} ${what}`,
        history.map(({ progress }) => progress)]));

/** The list when these words count; it is asked for until they do. */
const whenIs = (order, expected) => until(`${order} has come`, async () => {
    const answer = await ask('waiter', order);
    const words = Object.fromEntries((answer.deliveries ?? []).map(
        ({ kind, recipient, progress }) => [`${kind} ${recipient}`, progress]));

    return Object.entries(expected).every(
        ([who, word]) => words[who] === word) && answer;
});

test('a screen, a printer and a pager stand in one list, also after a crash',
    async () => {
        const screen = await openScreen();
        const printer = await daemon.device('printer', 'printer-2',
            '--station', 'kitchen',
            '--out', `file:${path.join(daemon.folder, 'tickets.bin')}`);
        const pager = await daemon.device('pager', 'pager-14', '--table', '5');
        const kitchen = await Session.open(daemon, tokens.kitchen);
        const made = await create('D-1');

        await whenIs('D-1',
            { 'screen kds-1': 'shown', 'printer printer-2': 'printed' });
        const answer = await kitchen.publish(
            'kitchen.ready', { orderId: 'D-1' });

        assert.equal(answer.op, 'ok', JSON.stringify(answer));
        await pager.line(/^ring table=5 /);
        const { deliveries: rings } = await whenIs('D-1',
            { 'pager pager-14': 'received' });

        assert.ok(rings.length >= 3);
        pager.type('\n');
        await whenIs('D-1', { 'pager pager-14': 'done' });
        // Devices that come again would be offered what waits for them.
        await printer.stop();
        await pager.stop();
        screen.disconnect();
        await daemon.quietHead();
        const before = await ask('waiter', 'D-1');

        assert.equal(before.status, 200);
        assert.equal(before.orderId, 'D-1');
        assert.equal(before.leftOut, 0);
        const words = outline(before.deliveries);

        assert.deepEqual(words['screen kds-1 order.created'], ['shown']);
        assert.equal(words['printer printer-2 print.requested'].at(0),
            'queued');
        assert.equal(words['printer printer-2 print.requested'].at(-1),
            'printed');
        assert.deepEqual(words['pager pager-14 page.sent'],
            ['sent', 'received', 'done']);
        // It was asked about more, and went without an answer.
        assert.deepEqual(words['screen kds-1 kitchen.ready'], ['unknown']);
        for (const delivery of before.deliveries) {
            assert.match(delivery.at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
            assert.deepEqual(delivery.history.at(-1),
                { progress: delivery.progress, at: delivery.at });
        }
        const [shown] = before.deliveries.filter(
            ({ recipient, what }) =>
                recipient === 'kds-1' && what === 'order.created');

        assert.equal(shown.deliveryId, `${made.id}-kds-1`);

        await daemon.restart();
        const { deliveries } = await ask('waiter', 'D-1');

        assert.deepEqual(deliveries, before.deliveries);
    });

test('who has not got it stands there, too', async () => {
    await create('D-2');
    const { deliveries } = await whenIs('D-2',
        { 'printer printer-2': 'queued' });

    assert.equal(deliveries.length, 1);
    await daemon.post(tokens.backend,
        { event: 'order.completed', payload: { orderId: 'D-2' } });
    const closed = await ask('backend', 'D-2');

    assert.equal(closed.deliveries[0].progress, 'expired');
    assert.equal(closed.deliveries[0].reason, 'order closed');
});

test('whoever may be in the order\'s room as staff may ask', async () => {
    await create('D-3');
    for (const who of ['backend', 'kitchen', 'waiter', 'admin'])
        assert.equal((await ask(who, 'D-3')).status, 200, who);
    const refusals = [];

    for (const who of ['guest', 'pool', 'grill'])
        for (const order of ['D-3', 'none']) {
            const { status, code, ...rest } = await ask(who, order);

            assert.deepEqual([who, order, status, code],
                [who, order, 403, 'forbidden']);
            refusals.push(JSON.stringify(rest));
        }
    assert.equal(new Set(refusals).size, 1, refusals);
    assert.equal((await ask(undefined, 'D-3')).status, 401);
    assert.equal((await ask('waiter', 'none')).code, 'not_found');
});
