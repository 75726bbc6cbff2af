/** Where an event is heard on MQTT, and where it must not be. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';

const KEY = '0123456789abcdef0123456789abcdef';

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

test('a sitting has no topic, whatever goes to its room', async () => {
    const listener = await subscribe(daemon, 'dw/1/main/#');

    const answer = await daemon.post(backend, { event: 'order.created',
        payload: newOrder('R-1', '5', { session: { key: KEY } }) });

    assert.equal(answer.status, 200);
    // Rooms come in this order, and the sitting before all of the staff.
    await listener.line(/^dw\/1\/main\/json\/order\/R-1 .*"order\.created"/);
    await listener.line(/^dw\/1\/main\/json\/all .*"order\.created"/);
    await listener.line(/^dw\/1\/main\/json\/restaurant .*"order\.created"/);
    await listener.line(/^dw\/1\/main\/state\/order\/R-1 /);

    const topics = listener.lines.map(line => line.split(' ')[0]);

    assert.deepEqual(topics.filter(topic => topic.includes('session')), []);
});

test('a table is as good by its number as by its id', async () => {
    const listener = await subscribe(daemon, 'dw/1/main/json/table/#');

    await daemon.post(backend, { event: 'table.updated',
        payload: { table: { id: 'window', number: 7 } } });
    await daemon.post(backend, { event: 'service_call.created',
        payload: { call: { table: { number: 7 } } } });
    await listener.line(
        /^dw\/1\/main\/json\/table\/window .*"service_call\.created"/);
});
