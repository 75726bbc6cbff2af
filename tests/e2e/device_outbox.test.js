/**
 * What a device has said reaches the hub, whoever dies on the way: the hub, the
 * broker that had receipted it, the device itself. And once.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

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

/** The facts that a device has in its store, to be said again. */
const keptBy = id => {
    const folder = path.join(daemon.folder, id);

    return fs.readdirSync(folder).filter(name => /^fact\d+$/.test(name));
};

/** All calls of a table that were ever taken in. */
async function callsOf(table) {
    const admin = await Session.open(daemon, await daemon.token('admin'));
    const { calls } = (await admin.join('waiters')).snapshot;

    return calls.filter(call => call.table.id === table);
}

async function waiters() {
    const session = await Session.open(daemon, await daemon.token('waiter'));

    await session.join('waiters');
    return session;
}

test('a call said to a broker without a hub, which then dies, arrives once',
    async () => {
        const button = await daemon.device('button', 'button-1',
            '--table', '1');
        const broker = daemon.brokerPid();

        await daemon.kill(); // the hub alone: the broker takes the call
        button.type('\n');
        await button.line(/^pressed/);
        await until('it is in the store', () => keptBy('button-1').length);
        process.kill(broker, 'SIGKILL');
        await daemon.begin();
        await until('the hub has it and has said so',
            () => keptBy('button-1').length === 0, 60000);
        const calls = await callsOf('1');

        assert.equal(calls.length, 1);
        assert.equal(calls[0].count ?? 1, 1);
    });

test('a call said before the power went arrives once', async () => {
    const session = await waiters();
    let button = await daemon.device('button', 'button-2', '--table', '2');
    const state = path.join(daemon.folder, 'button-2');

    // Nobody is there to say it to.
    const broker = daemon.brokerPid();

    process.kill(broker, 'SIGSTOP');
    button.type('\n');
    await button.line(/^pressed/);
    await until('it is in the store', () => keptBy('button-2').length === 1);
    button.kill('SIGKILL');
    await button.exited;
    process.kill(broker, 'SIGCONT');
    assert.equal(fs.existsSync(path.join(state, 'fact1')), true);

    button = await daemon.device('button', 'button-2', '--table', '2');
    const call = await session.event('service_call.created',
        m => m.payload.call.table.id === '2');

    await until('it has its receipt', () => keptBy('button-2').length === 0);
    assert.equal(call.src, 'button-2');
    assert.equal(session.events.filter(m =>
        m.event === 'service_call.created' &&
        m.payload.call.table.id === '2').length, 1);
});

test('a page that was answered does not ring after a loss of power',
    async () => {
        const session = await waiters();
        const page = pageId => daemon.post(backend, { event: 'page.sent',
            payload: { pageId, table: { id: '3' }, text: 'come' } });
        let pager = await daemon.device('pager', 'pager-3', '--table', '3');

        await page('page-3');
        await pager.line(/^ring .*page=page-3/);
        pager.type('\n');
        await session.event('page.acked', m => m.payload.pageId === 'page-3');
        await until('it has its receipt',
            () => keptBy('pager-3').length === 0);
        pager.kill('SIGKILL');
        await pager.exited;

        pager = await daemon.device('pager', 'pager-3', '--table', '3');
        await page('page-4');
        await pager.line(/^ring .*page=page-4/);
        assert.equal(pager.lines.filter(l => /^ring /.test(l)).length, 1);
    });

test('what the broker keeps as retained is no command', async () => {
    const pager = await daemon.device('pager', 'pager-6', '--table', '6');
    const seen = () => pager.lines.filter(l => /^ring /.test(l));

    await daemon.post(backend, { event: 'order.created',
        payload: newOrder('K-1', '6') });
    await daemon.post(backend, { event: 'page.sent', payload: {
        pageId: 'page-6', table: { id: '6' }, text: 'come' } });
    await pager.line(/^ring .*page=page-6/);
    assert.equal(seen().length, 1);

    // Nothing that devices hear is kept for whoever comes later.
    const made = await daemon.enrol('pager', 'pager-7', '--table', '6');
    const late = await mqtt.connectAsync(daemon.mqttUrl, {
        clientId: made.client_id, username: made.username,
        password: made.password, reconnectPeriod: 0 });
    const heard = [];

    atEnd(() => late.endAsync(true));
    late.on('message', (topic, data, packet) =>
        heard.push({ topic, retain: packet.retain }));
    await late.subscribeAsync(['dw/1/main/pb/table/6',
        'dw/1/main/dev/pager-7/cmd', 'dw/1/main/receipt/pager-7'],
    { qos: 1 });
    await late.subscribeAsync('dw/1/main/hub/state', { qos: 1 });
    await until('the marker', () =>
        heard.some(({ topic }) => topic.endsWith('hub/state')));
    assert.deepEqual(heard.filter(({ topic }) =>
        !topic.endsWith('hub/state')), []);
});
