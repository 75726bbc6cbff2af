/**
 * Bad input, through every way in: answered with a code, the field and a
 * sentence; nothing is journalled; counted; never logged as it came.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';

import { Producer, Session } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp, run } from './lib/processes.js';
import { until, within } from './lib/wait.js';

let daemon;
let backend;
let producer;
let head; // nothing in this file may move it

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    producer = await Producer.open(daemon, 'till');
    await daemon.post(backend,
        { event: 'order.created', payload: newOrder('O-1', '5') });
    await daemon.post(backend,
        { event: 'kitchen.ready', payload: { orderId: 'O-1' } });
    head = await daemon.quietHead();
});

after(async () => {
    try {
        // What bad input was about may be in the log, its bytes may not.
        assert.doesNotMatch(daemon.log, /[\x00-\x08\x0b-\x1f\x7f-\xff]/);
        await daemon.stop();
    } finally {
        await cleanUp();
    }
});

const created = change => {
    const payload = newOrder('O-9', '5');

    change(payload.order);
    return JSON.stringify(payload);
};
const twice = '{"order":{"id":"O-9","id":"O-8"}}';
const unpaired = Buffer.from('{"order":{"id":"O-9","notes":"\xff\xfe"}}',
    'latin1');

/** name, event, payload as text or bytes, the code, the field, for HTTP */
const cases = [
    ['an unknown event', 'order.eaten', '{}', 'unknown_event', 'event', 400],
    ['a wrong type', 'order.created',
        created(order => order.items[1].quantity = 'two'),
        'wrong_type', 'order.items[1].quantity', 400],
    ['a missing field', 'order.created',
        created(order => delete order.items[0].name),
        'missing_field', 'order.items[0].name', 400],
    ['a value out of range', 'order.created',
        created(order => order.items[0].quantity = -1),
        /^(out_of_range|wrong_type)$/, 'order.items[0].quantity', 400],
    ['an id with a slash', 'order.created',
        created(order => order.id = 'O/9'), 'bad_id', 'order.id', 400],
    ['a table with a wildcard', 'order.created',
        created(order => order.table.id = '#'),
        'bad_id', 'order.table.id', 400],
    ['an impossible step', 'kitchen.preparing', '{"orderId":"O-1"}',
        'impossible', '', 409],
    ['an order nobody knows', 'kitchen.ready', '{"orderId":"O-77"}',
        'not_found', 'orderId', 404],
    ['the same order again under another key', 'order.created',
        JSON.stringify(newOrder('O-1', '5')), /^(conflict|impossible)$/,
        'order.id', 409],
    ['a fact that only the hub may state', 'print.requested',
        '{"jobId":"j","kind":"order","station":"kitchen","order":{"id":"x"}}',
        'forbidden', '', 403],
    ['a key twice', 'order.created', twice, 'duplicate_key', '', 400],
    ['no JSON', 'order.created', '{"order":{"id":O-9}}', 'bad_json', '', 400],
    ['half a JSON', 'order.created', '{"order":{"id":"O-9"', 'bad_json', '',
        400],
    ['a control character', 'order.created',
        created(order => order.notes = '\u001b[2J'), 'bad_json', '', 400],
    ['invalid UTF-8', 'order.created', unpaired, 'bad_utf8', '', 400],
    ['too large', 'order.created',
        created(order => order.notes = 'x'.repeat(40000)),
        'too_large', '', 413],
];

function check(answer, code, field) {
    const said = JSON.stringify(answer);

    if (code instanceof RegExp)
        assert.match(answer.code, code, said);
    else
        assert.equal(answer.code, code, said);
    if (field)
        assert.equal(answer.field, field, said);
    else
        assert.equal(typeof answer.field, 'string', said);
    assert.match(answer.message, /^[^\x00-\x1f]{8,200}$/, said);
}

/** Run `refused`, and see it counted once under its code. */
async function counted(code, refused) {
    const before = await daemon.metrics();

    await refused();
    const now = await daemon.metrics();
    const sum = metrics => Object.keys(metrics)
        .filter(name => name.startsWith('refusals_total') &&
            (code instanceof RegExp || name.includes(`"${code}"`)))
        .reduce((total, name) => total + metrics[name], 0);

    assert.equal(sum(now) - sum(before), 1, 'counted once');
    assert.equal(now.journal_head, head, 'nothing is journalled');
}

const join = (before, payload, after) => Buffer.concat(
    [before, payload, after].map(part => Buffer.from(part)));

for (const [name, event, payload, code, field, status] of cases) {
    test(`HTTP refuses ${name}`, () => counted(code, async () => {
        const answer = await daemon.post(backend,
            join(`{"event":"${event}","id":"h","payload":`, payload, '}'));

        assert.equal(answer.status, status, JSON.stringify(answer));
        check(answer, code, field);
    }));

    test(`MQTT refuses ${name}`, () => counted(code, async () => {
        const receipt = producer.receipt('any');

        await producer.send(event,
            join('{"id":"m-1","payload":', payload, '}'));
        check((await receipt).error, code, field);
    }));

    test(`/ws refuses ${name}`, () => counted(code, async () => {
        const session = await Session.open(daemon, backend);
        const frame = join(`{"op":"publish","ref":7,"event":"${event}",` +
            '"payload":', payload, '}');

        session.socket.send(frame, { binary: false });
        if (code === 'too_large') {
            assert.equal(await within('/ws closes', session.closed), 1009);
            return;
        }
        check(await session.next(m => m.op === 'error'), code, field);
        // One mistake does not cost the connection.
        assert.equal((await session.join('kitchen')).op, 'ok');
        await session.close();
    }));
}

test('a role that may not is refused, on each way in', async () => {
    const table = await daemon.token('table', '--table', '5');
    const event = 'kitchen.completed';
    const payload = { orderId: 'O-1' };

    await counted('forbidden', async () => {
        const answer = await daemon.post(table, { event, payload });

        assert.equal(answer.status, 403);
        check(answer, 'forbidden', '');
    });
    await counted('forbidden', async () => {
        const session = await Session.open(daemon, table);

        check(await session.publish(event, payload), 'forbidden', '');
    });
    await counted('forbidden', async () => {
        const session = await Session.open(daemon, table);

        check(await session.join('kitchen'), 'forbidden', '');
    });
});

test('an array is answered element by element', async () => {
    const answers = await daemon.post(backend, [
        { event: 'order.eaten', payload: {} },
        { event: 'kitchen.ready', payload: {} },
    ]);

    check(answers[0], 'unknown_event', 'event');
    check(answers[1], 'missing_field', 'orderId');
    assert.equal((await daemon.metrics()).journal_head, head);
});

test('/ws in protobuf answers wrong bytes in protobuf', async () => {
    const socket = new WebSocket(daemon.wsUrl, 'dumbwaiter.v1.pb',
        { headers: { Authorization: `Bearer ${backend}` } });
    const frames = [];

    socket.on('message', data => frames.push(data));
    socket.on('open', () => socket.send(Buffer.from('ffffffff', 'hex')));
    await counted('bad_protobuf', () =>
        until('an answer', () => frames.length >= 2));
    const { stdout } = await run('protoc', ['--decode', 'dw.ServerMessage',
        '-I', repository, path.join(repository, 'schemas/native.proto')],
        { input: frames[1] });

    assert.match(stdout, /^error \{\n {2}.*code: "bad_protobuf"/s);
    assert.match(stdout, /message: ".{8,}"/);
    socket.terminate();
});
