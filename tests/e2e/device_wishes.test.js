/** What the hub asks of any device, and one that sleeps. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';

let daemon;
let backend; // a token
let admin; // hears what devices say

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    admin = await Session.open(daemon, await daemon.token('admin'));
    await admin.join('admin');
    await admin.join('kitchen');
    await admin.join('waiters');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

let last = 0;

async function say(event, payload) {
    const answer = await daemon.post(backend,
        { id: `wish-${++last}`, event, payload });

    assert.equal(answer.status, 200);
}

/** A device that the hub knows of. */
async function bring(kind, id, ...args) {
    const device = await daemon.device(kind, id, ...args);

    await admin.event('device.online', m => m.payload.deviceId === id);
    return device;
}

test('who is looked for rings, and a key says that it was found', async () => {
    const button = await bring('button', 'button-1', '--table', '1',
        '--display');

    await say('device.identify_requested',
        { deviceId: 'button-1', seconds: 60 });
    await button.line(/^identify seconds=60$/);
    await button.line(/^display button-1 \| button/);
    button.type('\n');
    await button.line(/^identified$/);
    assert.ok(!button.lines.some(line => line.startsWith('pressed')));
    button.type('long\n');
    const { payload } = await admin.event('service_call.created',
        m => m.payload.call.table.id === '1');

    assert.equal(payload.call.reason, 'help');
});

test('a battery that is nearly empty is complained of', async () => {
    const pager = await bring('pager', 'pager-1', '--table', '1',
        '--battery', '80');
    const of = m => m.payload.deviceId === 'pager-1';
    const first = await admin.event('device.telemetry', of, 20000);

    assert.equal(first.payload.batteryPercent, 80);
    pager.type('battery 15\n');
    const low = await admin.event('device.battery_low', of);

    assert.equal(low.payload.percent, 15);
    await pager.line(/^battery low percent=15$/);
});

test('a pager is handed out, rings for its order and comes back', async () => {
    const pager = await bring('pager', 'pager-9', '--display');

    await pager.line(/^display free \| pager-9/);
    await daemon.post(backend, { id: 'order-h', event: 'order.created',
        payload: newOrder('H-1', '9') });
    await say('device.assigned', { deviceId: 'pager-9', orderId: 'H-1' });
    await pager.line(/^assigned table=\S+ order=\S+$/);
    await say('kitchen.ready', { orderId: 'H-1' });
    await pager.line(/^ring table=\S+ order=\S+ page=\S+$/);
    await say('device.assigned', { deviceId: 'pager-9' });
    await pager.line(/^free$/);
    await pager.line(/^silent$/);
});

test('the keys of a bump bar are told to the kitchen in their order',
    async () => {
        const bar = await bring('bumpbar', 'bar-1',
            '--station', 'grill');

        bar.type('3\nbump\nbump\nnonsense\nrecall\n');
        await admin.event('device.key_pressed',
            m => m.payload.keyName === 'recall');
        const keys = admin.heard.filter(m => m.event === 'device.key_pressed');

        assert.deepEqual(keys.map(m => m.payload.keyName),
            ['3', 'bump', 'bump', 'recall']);
        assert.ok(keys.every(m => m.payload.station === 'grill'));
    });

test('one that is told to sleep sleeps, wakes and is told what is current',
    async () => {
        const pager = await bring('pager', 'pager-2', '--table', '2');

        await say('device.configured', { deviceId: 'pager-2', sleepS: 5 });
        await pager.line(/^configured rev=1$/);
        await pager.line(/^asleep seconds=/, 15000);
        await daemon.post(backend, { id: 'order-s', event: 'order.created',
            payload: newOrder('S-1', '2') });
        await say('kitchen.ready', { orderId: 'S-1' });
        await pager.line(/^ring table=2 order=\S+ page=\S+$/, 20000);
        pager.type('\n');
        await admin.event('page.acked', m => m.payload.orderId === 'S-1');
        assert.equal(
            pager.lines.filter(line => line.startsWith('ring ')).length, 1);
    });
