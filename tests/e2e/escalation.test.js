/**
 * Who is there and who is not: devices that die, and a kitchen without anybody.
 * That what nobody notices climbs its ladder in time, and that one
 * acknowledgement silences all, plays tests/faults/ladder.js.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { House, moment, OFF_MS } from './lib/escalations.js';
import { cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

const GRACE_MS = 10000; // of a buzzer

let house;

before(async () => {
    house = await House.open('--escalate-order',
        'station 0.5, kitchen 1, waiters 1.5, manager 2',
        '--escalate-ready', 'none', '--empty-after', '1');
});

after(async () => {
    try {
        await house?.daemon.stop();
    } finally {
        await cleanUp();
    }
});

test('a device that dies is gone when it does not come back', async () => {
    const { daemon, manager } = house;
    const id = 'buzzer-that-dies';
    const gone = () => manager.heard.filter(
        m => m.event === 'device.offline' && m.payload.deviceId === id).length;
    const die = async boot => {
        const device = await daemon.device(
            'buzzer', id, '--station', 'kitchen');

        await manager.event('device.online', ({ payload }) =>
            payload.deviceId === id && payload.boot === boot);
        device.kill('SIGKILL');
        await device.exited;
    };

    await manager.join('kitchen');
    await die(1);
    await die(2);
    const before = performance.now();

    await until('it is gone', gone, 15000);
    assert.ok(performance.now() - before > GRACE_MS - OFF_MS);
    assert.equal(gone(), 1);
});

test('an order into an empty kitchen goes to the manager at once', async () => {
    const { daemon } = house;
    const waiter = await Session.open(daemon, await daemon.token('waiter'));

    await waiter.join('restaurant');
    await house.manager.close();
    await house.cook.close();
    house.manager = waiter; // waiters are not the kitchen
    await (await house.order()).step(3); // nobody has been there for long
    await waiter.event('room.empty', m => m.payload.room === 'kitchen');
    const { id, created } = await house.order();
    const said = await waiter.event('escalation.raised',
        m => m.payload.orderId === id);

    assert.equal(said.payload.target, 'manager');
    assert.equal(said.payload.step, 3);
    assert.equal(said.payload.reason, 'nobody is in kitchen');
    assert.ok(moment(said) - created < 2000); // before it would be its turn
    const cook = await Session.open(daemon, await daemon.token('kitchen'));

    await cook.join('kitchen');
    await waiter.event('room.covered', m => m.payload.room === 'kitchen');
});
