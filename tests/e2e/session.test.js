/** /ws: who may come in, what he may see, and in which language. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';

import { Session } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp, run } from './lib/processes.js';
import { until, within } from './lib/wait.js';

let daemon;
let backend;
let kitchen;

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    kitchen = await daemon.token('kitchen');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const post = (event, payload) => daemon.post(backend, { event, payload });

test('guests see their own table only, and nothing of the staff', async () => {
    const guest = await Session.open(daemon,
        await daemon.token('table', '--table', '8'));
    const waiter = await Session.open(daemon, await daemon.token('waiter'));

    assert.equal(guest.ready.table, '8');
    await waiter.join('waiters');
    assert.equal((await guest.join('table/8')).op, 'ok');
    await post('order.created', newOrder('T-9', '9'));
    await post('order.created', newOrder('T-8', '8'));
    for (const room of ['kitchen', 'waiters', 'table/9', 'order/T-9',
        'order/none']) {
        const { code, message, field } = await guest.join(room);

        // The same for what is not its own and for what does not exist.
        assert.deepEqual([code, message, field], ['forbidden',
            'this is not allowed', 'rooms'], room);
    }
    const own = await guest.join('order/T-8');

    assert.equal(own.op, 'ok');
    assert.deepEqual(own.snapshot.orders.map(order => order.id), ['T-8']);
    await post('kitchen.ready', { orderId: 'T-9' });
    await post('order.status_changed', { orderId: 'T-8', status: 'confirmed',
        actor: { id: 'anna', name: 'Anna' } });
    const forStaff = await waiter.event('order.status_changed',
        m => m.payload.orderId === 'T-8');
    const forGuest = await guest.event('order.status_changed');

    assert.equal(forStaff.payload.actor.id, 'anna');
    assert.equal(forGuest.payload.actor, undefined);
    assert.doesNotMatch(JSON.stringify(guest.heard), /anna|T-9/i);
});

test('a token may come as the first message', async () => {
    const socket = new WebSocket(daemon.wsUrl);
    const heard = [];

    atEnd(() => socket.terminate());
    socket.on('message', data => heard.push(JSON.parse(data)));
    await within('open', new Promise(yes => socket.on('open', yes)));
    socket.send(JSON.stringify({ op: 'auth', token: kitchen }));
    await until('ready', () => heard[0]?.op === 'ready');
    assert.deepEqual(heard[0].roles, ['kitchen']);
});

test('a bad token is told 4401, and so is one that expires', async () => {
    const stranger = new WebSocket(daemon.wsUrl);
    const closed = new Promise(yes => stranger.on('close', yes));

    stranger.on('open', () => stranger.send('{"op":"auth","token":"a.b.c"}'));
    assert.equal(await within('/ws closes', closed), 4401);
    const shown = new WebSocket(`${daemon.wsUrl}?token=a.b.c`);

    assert.equal(await within('/ws closes',
        new Promise(yes => shown.on('close', yes))), 4401);
    const soon = await daemon.token('kitchen', '--ttl', '2s');
    const session = await Session.open(daemon, soon);

    await session.join('kitchen');
    assert.equal(await within('it expires', session.closed, 4000), 4401);
});

test('who says too much is told so, and then 4429', async () => {
    const guest = await Session.open(daemon,
        await daemon.token('table', '--table', '8'));

    for (let n = 0; n < 40; n++)
        guest.socket.send('{"op":"join","rooms":["table/8"]}');
    await guest.next(m => m.op === 'error' && m.code === 'rate');
    assert.equal(await within('/ws closes', guest.closed), 4429);
});

test('dumbwaiter.v1.pb says the same in protobuf', async () => {
    await post('order.created', newOrder('A-1', '5'));
    const protoc = async (mode, type, input) => {
        const result = await run('protoc', [`--${mode}`, type, '-I', repository,
            path.join(repository, 'schemas/native.proto')], { input });

        assert.equal(result.code, 0, result.stderr);
        return result;
    };
    const socket = new WebSocket(daemon.wsUrl, 'dumbwaiter.v1.pb',
        { headers: { Authorization: `Bearer ${kitchen}` } });
    const frames = [];

    atEnd(() => socket.terminate());
    socket.on('message', data => frames.push(data));
    await until('ready', () => frames.length === 1);
    assert.match((await protoc('decode', 'dw.ServerMessage', frames[0])).stdout,
        /^ready \{[^]*roles: "kitchen"\n[^]*heartbeat_ms: 25000\n\}/);
    // protoc's own bytes, by way of a file: stdout of run() is text.
    const file = path.join(daemon.folder, 'join.bin');

    await run('sh', ['-c', 'protoc --encode dw.ClientMessage -I "$1" ' +
        '"$1/schemas/native.proto" >"$2"', 'sh', repository, file],
    { input: 'join { ref: 3 rooms: "kitchen" }' });
    socket.send(fs.readFileSync(file));
    await until('joined', () => frames.length === 2);
    const joined = await protoc('decode', 'dw.ServerMessage', frames[1]);

    assert.match(joined.stdout, /^joined \{\n {2}ref: 3\n[^]*recovered: false/);
    assert.match(joined.stdout, /snapshot \{[^]*id: "A-1"/);
    await post('order.created', newOrder('B-1', '5'));
    await until('the event', () => frames.length >= 3);
    const event = await protoc('decode', 'dw.ServerMessage', frames[2]);

    assert.match(event.stdout,
        /^event \{\n[^]*event: 10\n[^]*order_created \{[^]*id: "B-1"/);
});
