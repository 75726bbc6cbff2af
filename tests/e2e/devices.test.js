/** The main job's other end: paper, pagers, buttons, buzzers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

const CUT = Buffer.from([0x1d, 0x56]); // GS V

let daemon;
let backend; // a token

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

function count(bytes, wanted) {
    let n = 0;

    for (let at = bytes.indexOf(wanted); at >= 0;
        at = bytes.indexOf(wanted, at + 1))
        n++;
    return n;
}

test('the printer prints each order once, also one posted twice', async () => {
    const file = path.join(daemon.folder, 'tickets.bin');
    const message = id => ({ id: `key-${id}`, event: 'order.created',
        payload: newOrder(id, '5') });
    const session = await Session.open(daemon, await daemon.token('kitchen'));

    await session.join('kitchen');
    const printer = await daemon.device('printer', 'printer-1',
        '--station', 'kitchen', '--out', `file:${file}`);

    await session.event('device.online');
    await daemon.post(backend, message('P-1'));
    await daemon.post(backend, message('P-1'));
    await printer.line(/^printed job=P-1/);
    await daemon.post(backend, message('P-1'));
    await daemon.post(backend, message('P-2'));
    await printer.line(/^printed job=P-2/);
    await session.event('print.printed', m => m.payload.orderId === 'P-2');

    const printed = printer.lines.filter(line => line.startsWith('printed '));

    assert.deepEqual(printed.map(line => line.split(/[ =-]/)[3]), ['1', '2']);
    assert.equal(count(fs.readFileSync(file), CUT), 2);
    assert.equal(session.events.filter(m => m.event === 'print.printed' &&
        m.payload.orderId === 'P-1').length, 1);
    // It knows what it has printed when it comes again.
    await printer.stop();
    const back = await daemon.device('printer', 'printer-1',
        '--station', 'kitchen', '--out', `file:${file}`);

    await daemon.post(backend, message('P-3'));
    await back.line(/^printed job=P-3/);
    assert.equal(count(fs.readFileSync(file), CUT), 3);
});

test('ready makes the table\'s pager ring, a key stops it', async () => {
    const kitchen = await Session.open(daemon, await daemon.token('kitchen'));
    const waiter = await Session.open(daemon, await daemon.token('waiter'));
    const pager = await daemon.device('pager', 'pager-5', '--table', '5');
    const other = await daemon.device('pager', 'pager-6', '--table', '6');

    await waiter.join('waiters');
    const created = await daemon.post(backend,
        { event: 'order.created', payload: newOrder('R-1', '5') });
    const ready = await kitchen.publish('kitchen.ready', { orderId: 'R-1' });

    assert.equal(ready.op, 'ok', JSON.stringify(ready));
    assert.ok(ready.seq > created.seq);
    await pager.line(/^ring table=5 .*page=R-1-ready/);
    const page = await waiter.event('page.sent',
        m => m.payload.orderId === 'R-1');

    assert.equal(page.payload.table.id, '5');
    pager.type('\n');
    await pager.line(/^acked page=R-1-ready/);
    const acked = await waiter.event('page.acked');

    assert.equal(acked.payload.pageId, page.payload.pageId);
    assert.equal(acked.payload.deviceId, 'pager-5');
    assert.equal(pager.lines.filter(l => l.startsWith('ring')).length, 1);
    assert.equal(other.lines.filter(l => l.startsWith('ring')).length, 0);
});

test('an order that is recalled makes its pager ring again', async () => {
    const kitchen = await Session.open(daemon, await daemon.token('kitchen'));
    const waiter = await Session.open(daemon, await daemon.token('waiter'));
    const pager = await daemon.device('pager', 'pager-9', '--table', '9');
    const rings = () => pager.lines.filter(l => l.startsWith('ring '));
    const silences = () => pager.lines.filter(l => l === 'silent');
    const say = async (event, payload) => {
        const answer = await kitchen.publish(event, payload);

        assert.equal(answer.op, 'ok', JSON.stringify(answer));
    };
    const ready = async times => {
        await say('kitchen.ready', { orderId: 'C-1' });
        await until(`ring ${times}`, () => rings().length === times);
    };
    const recall = () => say('ticket.recalled',
        { orderId: 'C-1', reason: 'cold' });

    await waiter.join('waiters');
    await daemon.post(backend,
        { event: 'order.created', payload: newOrder('C-1', '9') });
    // Recalled while it rings.
    await ready(1);
    await recall();
    await until('silence', () => silences().length === 1);
    const cleared = await waiter.event('page.cleared',
        m => m.payload.orderId === 'C-1');

    assert.match(rings()[0], new RegExp(`page=${cleared.payload.pageId}$`));
    await ready(2);
    // Recalled when it has been answered.
    pager.type('\n');
    await until('silence', () => silences().length === 2);
    await waiter.event('page.acked', m => m.payload.orderId === 'C-1');
    await recall();
    await ready(3);
    pager.type('\n');
    await until('silence', () => silences().length === 3);

    const pages = rings().map(line => line.replace(/.*page=/, ''));

    assert.equal(new Set(pages).size, 3);
    await waiter.event('page.acked', m => m.payload.pageId === pages[2]);
    assert.equal(waiter.events.filter(m => m.event === 'page.cleared' &&
        m.payload.orderId === 'C-1').length, 1);
});

test('a button calls a waiter, and the hub raises an alert', async () => {
    const waiter = await Session.open(daemon, await daemon.token('waiter'));

    await waiter.join('waiters');
    const button = await daemon.device('button', 'button-7', '--table', '7');

    button.type('\n');
    await button.line(/^pressed table=7/);
    const call = await waiter.event('service_call.created');
    const alert = await waiter.event('alert.created');

    assert.equal(call.payload.call.table.id, '7');
    assert.equal(alert.payload.alert.callId, call.payload.call.id);
    assert.equal(alert.cause, call.id);

    const done = await waiter.publish('service_call.handled',
        { call: { id: call.payload.call.id, table: { id: '7' } } });

    assert.equal(done.op, 'ok', JSON.stringify(done));
    await waiter.event('alert.acknowledged');
});

test('a buzzer buzzes once for a new order', async () => {
    const buzzer = await daemon.device('buzzer', 'buzzer-1');

    await daemon.post(backend,
        { id: 'b-1', event: 'order.created', payload: newOrder('B-1', '3') });
    await daemon.post(backend,
        { id: 'b-2', event: 'order.created', payload: newOrder('B-2', '3') });
    const buzzes = () => buzzer.lines.filter(l => l.startsWith('buzz '));

    await until('two buzzes', () => buzzes().length >= 2);
    assert.equal(new Set(buzzes()).size, buzzes().length);
});

test('a device that dies is reported by its last will', async () => {
    const session = await Session.open(daemon, await daemon.token('admin'));

    await session.join('admin');
    const button = await daemon.device('button', 'button-8', '--table', '8');
    const online = await session.event('device.online',
        m => m.payload.deviceId === 'button-8');

    button.kill('SIGKILL');
    const offline = await session.event('device.offline',
        m => m.payload.deviceId === 'button-8');

    assert.equal(offline.payload.boot, online.payload.boot);
});
