/** Who has no business here: without a token, without a credential. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';
import WebSocket from 'ws';

import { subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

let daemon;
let backend;

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

const connect = async (kind, id) => {
    const { client_id: clientId, username, password } =
        await daemon.enrol(kind, id);

    return mqtt.connectAsync(daemon.mqttUrl,
        { clientId, username, password, reconnectPeriod: 0 });
};

test('no token and a bad token get the same answer', async () => {
    const none = await (await fetch(`${daemon.url}/api/events`,
        { method: 'POST', body: '{}' })).json();
    const { status, ...bad } = await daemon.post(
        backend.slice(0, -3) + 'abc', '{}');

    assert.equal(status, 401);
    assert.deepEqual(bad, none);
    assert.equal(none.code, 'unauthorized');
    assert.match(none.message, /token/);
    const socket = new WebSocket(`${daemon.wsUrl}?token=abc`);

    assert.equal(await within('/ws closes',
        new Promise(resolve => socket.on('close', resolve))), 4401);
});

test('a device with wrong protobuf or a wrong topic changes nothing',
    async () => {
        const client = await connect('pager', 'pager-5');
        const head = await daemon.quietHead();
        const refused = async () =>
            (await daemon.metrics()).events_refused_total;
        const before = await refused();

        await client.publishAsync('dw/1/main/dev/pager-5/ack',
            Buffer.from('ffffffff', 'hex'), { qos: 1 });
        await client.publishAsync('dw/1/main/dev/pager-5/evt',
            Buffer.from('{"v":1}'), { qos: 1 });
        await until('two are counted', async () =>
            await refused() === before + 2);
        // Not its own: the broker's list keeps it from the hub altogether.
        await client.publishAsync('dw/1/main/dev/pager-6/ack', 'x', { qos: 1 });
        await client.publishAsync('dw/1/main/json/kitchen', 'x', { qos: 1 });
        await client.endAsync();
        assert.equal(await refused(), before + 2);
        assert.equal((await daemon.metrics()).journal_head, head);
    });

test('the anonymous reader reads json/, state/, hub/, and writes nothing',
    async () => {
        const client = await mqtt.connectAsync(daemon.mqttUrl,
            { reconnectPeriod: 0 });
        const head = await daemon.quietHead();
        const heard = [];

        client.on('message', topic => heard.push(topic));
        await client.subscribeAsync('#', { qos: 1 }).catch(() => {});
        await client.subscribeAsync('dw/1/main/json/#', { qos: 1 });
        await client.publishAsync('dw/1/main/in/till/order.created',
            JSON.stringify(newOrder('X-1', '5')), { qos: 1 });
        await client.publishAsync('dw/1/main/json/kitchen', '{}', { qos: 1 });
        assert.equal((await daemon.metrics()).journal_head, head);
        await daemon.post(backend,
            { event: 'order.created', payload: newOrder('X-2', '5') });
        await until('it is heard', () =>
            heard.includes('dw/1/main/json/order/X-2'));
        await client.endAsync();
        assert.ok(!heard.includes('dw/1/main/json/order/X-1'));
        assert.deepEqual(heard.filter(topic =>
            !/^dw\/1\/main\/(json|state|hub)\//.test(topic)), []);
    });

test('a credential opens only its own doors', async () => {
    const client = await connect('pager', 'pager-9');
    const till = await connect('producer', 'till');
    const other = await connect('producer', 'other');
    const heard = [];

    for (const topic of ['pb/kitchen', 'dev/pager-8/cmd', 'receipt/till',
        'in/#', 'json/#'])
        await client.subscribeAsync(`dw/1/main/${topic}`, { qos: 1 })
            .catch(() => {});
    client.on('message', topic => heard.push(topic));
    // Somebody else's name does not make an event.
    await other.publishAsync('dw/1/main/in/till/order.created',
        JSON.stringify(newOrder('X-3', '5')), { qos: 1 });
    const sub = await subscribe(daemon, 'dw/1/main/json/order/#');

    await till.publishAsync('dw/1/main/in/till/order.created',
        JSON.stringify(newOrder('X-4', '5')), { qos: 1 });
    await sub.line(/json\/order\/X-4 /);
    assert.ok(!sub.stdout.includes('X-3'));
    assert.deepEqual(heard, []);
    for (const one of [client, till, other])
        await one.endAsync();
});

test('a wrong password is refused', async () => {
    await daemon.enrol('producer', 'till');
    await assert.rejects(mqtt.connectAsync(daemon.mqttUrl, { clientId: 'till',
        username: 'till', password: 'guess', reconnectPeriod: 0 }));
});
