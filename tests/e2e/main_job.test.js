/** The main job: an order in, once; the same order out, everywhere. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Producer, subscribe } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp, run } from './lib/processes.js';

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

/** The rooms in which mosquitto_sub has seen this event, once a time. */
function topicsOf(child, event) {
    return child.lines
        .map(line => [line.slice(0, line.indexOf(' ')),
            line.slice(line.indexOf(' ') + 1)])
        .filter(([topic, text]) => topic.includes('/json/') &&
            JSON.parse(text).event === event)
        .map(([topic]) => topic.replace('dw/1/main/json/', ''));
}

async function decode(hex) {
    const { code, stdout, stderr } = await run('protoc',
        ['--decode', 'dw.Envelope', '-I', repository,
            path.join(repository, 'schemas/envelope.proto')],
        { input: Buffer.from(hex, 'hex') });

    assert.equal(code, 0, stderr);
    return stdout;
}

test('an order is accepted once, however often it is posted', async () => {
    const sub = await subscribe(daemon, 'dw/1/main/json/#');
    const message = { id: 'till-1-0001', event: 'order.created',
        payload: newOrder('O-1', '5') };
    const first = await daemon.post(backend, message);
    const again = await daemon.post(backend, message);

    assert.equal(first.status, 200);
    assert.equal(first.duplicate, false);
    assert.match(first.epoch, /^[0-9a-z]{1,7}$/);
    assert.ok(first.seq > 0);
    assert.deepEqual(again, { ...first, duplicate: true });

    // The next order, in its last room, marks the end of the first one's.
    await daemon.post(backend,
        { event: 'order.created', payload: newOrder('O-2', '6') });
    await sub.line(/json\/all .*"order.created".*"O-2"/);
    assert.deepEqual(topicsOf(sub, 'order.created')
        .filter(topic => !topic.endsWith('6') && topic !== 'order/O-2')
        .sort(),
    ['all', 'all', 'kitchen', 'kitchen', 'order/O-1', 'restaurant', 'restaurant',
        'table/5', 'waiters', 'waiters']);
});

test('a body without an id may carry its key in a header', async () => {
    const message = { event: 'order.created', payload: newOrder('O-3', '5') };
    const headers = { 'Idempotency-Key': 'till-1-0003' };
    const first = await daemon.post(backend, message, headers);
    const again = await daemon.post(backend, message, headers);

    assert.equal(first.duplicate, false);
    assert.deepEqual(again, { ...first, duplicate: true });
});

test('a key in a header is never cut off to fit an array', async () => {
    const post = key => daemon.post(backend,
        [{ event: 'table.updated', payload: { table: { id: '5' } } }],
        { 'Idempotency-Key': key });
    const long = 'k'.repeat(60);

    assert.equal((await post(long))[0].duplicate, false);
    assert.equal((await post(long))[0].duplicate, true);
    for (const end of ['1', '2']) { // not the same key
        const { status, code, field } = await post(long + end);

        assert.deepEqual([status, code, field],
            [400, 'bad_request', 'Idempotency-Key']);
    }
});

test('an MQTT producer gets a receipt after the commit', async () => {
    const producer = await Producer.open(daemon, 'till');
    const payload = newOrder('O-4', '5');
    const first = await producer.publish(
        'order.created', payload, 'till-1-0004');
    const again = await producer.publish(
        'order.created', payload, 'till-1-0004');

    assert.equal(first.duplicate, false);
    assert.ok(first.seq > 0);
    assert.equal(again.seq, first.seq);
    assert.equal(again.duplicate, true);
});

test('protobuf on pb/kitchen is what our .proto says', async () => {
    const credential = await daemon.enrol('buzzer', 'reader');
    const sub = await subscribe(daemon, 'dw/1/main/pb/kitchen',
        { credential, hex: true });

    await daemon.post(backend,
        { event: 'order.created', payload: newOrder('O-5', '5') });
    const line = await sub.line(/pb\/kitchen /);
    const text = await decode(line.split(' ')[1]);

    assert.match(text, /^room: "kitchen"$/m);
    assert.match(text, /^event: 10$/m);
    assert.match(text, /^order_created \{$/m);
    assert.match(text, /name: "Empanada de carne"/);
});
