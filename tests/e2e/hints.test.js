/**
 * Whoever is sent away is told when to come again: after a planned stop, when
 * it was too fast, and where the answer is 429 or 503.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { connect } from '../../devices/web/client/index.js';
import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const CROWD = 60;
const HINT = /^retry-after=(\d+)$/;

let daemon;

before(async () => {
    daemon = await Daemon.start({ args: ['--max-bearer', '1000'] });
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** How the WebSocket of a session will end: {code, reason}. */
const end = socket => new Promise(resolve =>
    socket.on('close', (code, reason) =>
        resolve({ code, reason: reason.toString() })));

const hintOf = ({ reason }) => Number(HINT.exec(reason)?.[1]);

test('too fast: each refusal says when, and the end says when all is forgiven',
    async () => {
        const session = await Session.open(daemon,
            await daemon.token('table', '--table', '5'));
        const ended = end(session.socket);

        for (let ref = 1; ref < 400; ref++)
            session.socket.send(JSON.stringify(
                { op: 'leave', ref, rooms: ['table/5'] }));
        const closed = await within('it is closed', ended);
        const refusals = session.heard.filter(({ code }) => code === 'rate');

        assert.ok(refusals.length >= 3);
        for (const { retryAfterMs } of refusals)
            assert.ok(retryAfterMs > 0 && retryAfterMs <= 1000,
                String(retryAfterMs));
        assert.equal(closed.code, 4429);
        assert.ok(hintOf(closed) > 3000 && hintOf(closed) <= 4000,
            closed.reason);
    });

test('what cannot be cured by waiting has no hint', async () => {
    const session = await Session.open(daemon, await daemon.token('kitchen'));
    const forbidden = await session.join('admin');
    const many = await session.join(
        Array.from({ length: 64 }, (_, i) => `order/o-${i}`));

    assert.deepEqual([forbidden.code, forbidden.retryAfterMs],
        ['forbidden', undefined]);
    assert.equal(many.op, 'ok', JSON.stringify(many));
    const limit = await session.join('kitchen');

    assert.deepEqual([limit.code, limit.retryAfterMs], ['limit', undefined]);
    const ended = end(session.socket);

    for (let i = 0; i < 3; i++)
        session.socket.send('{');
    assert.deepEqual(await within('it is closed', ended),
        { code: 4400, reason: '' });
});

test('HTTP says 429 with Retry-After', async () => {
    const token = await daemon.token('table', '--table', '6');
    const post = () => fetch(`${daemon.url}/api/events`, { method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ event: 'kitchen.ready', payload: {} }) });
    let response;

    for (let i = 0; i < 400; i++) {
        response = await post();
        if (response.status === 429)
            break;
        await response.arrayBuffer();
    }
    assert.equal(response.status, 429);
    assert.equal(response.headers.get('retry-after'), '1');
});

test('of an array each refusal says whether and when, as no header could',
    async () => {
        const token = await daemon.token('table', '--table', '7');
        const event = { event: 'kitchen.ready', payload: {} };
        const response = await fetch(`${daemon.url}/api/events`, {
            method: 'POST', headers: { Authorization: `Bearer ${token}` },
            body: JSON.stringify(Array.from({ length: 100 }, () => event)) });
        const refusals = await response.json();
        const tooFast = refusals.filter(({ code }) => code === 'rate');

        assert.equal(response.status, 200);
        assert.ok(tooFast.length > 0 && tooFast.length < refusals.length);
        for (const { code, retryAfterMs } of refusals)
            assert.equal(retryAfterMs, code === 'rate' ? 1000 : undefined);
    });

test('an acknowledgement of Socket.IO that refuses says when', async () => {
    const socket = io(daemon.url, { forceNew: true, reconnection: false,
        transports: ['websocket'], auth: { dialect: 'kds',
            token: await daemon.token('table', '--table', '8') } });
    const refused = async () => (await within('it is answered', socket
        .emitWithAck('kitchen:order_ready', { orderId: {} }))).error;

    atEnd(() => socket.disconnect());
    let { code, retryAfterMs } = await refused();

    assert.deepEqual([code, retryAfterMs], ['wrong_type', undefined]);
    await until('one is too much', async () => {
        ({ code, retryAfterMs } = await refused());
        return code === 'rate';
    });
    assert.equal(retryAfterMs, 1000);
    socket.disconnect();
});

test('a planned stop gives everybody another moment to come back',
    { timeout: 60000 }, async () => {
        const sessions = [];
        const token = await daemon.token('kitchen', '--sub', 'crowd');

        for (let i = 0; i < CROWD; i++)
            sessions.push(await Session.open(daemon, token));
        const closed = sessions.map(({ socket }) => end(socket));
        const socket = io(daemon.url, { forceNew: true,
            transports: ['websocket'], auth: { token, dialect: 'kds' } });

        atEnd(() => socket.disconnect());
        await until('Socket.IO is there', () => socket.connected);
        const engine = end(socket.io.engine.transport.ws);
        const client = connect(daemon.wsUrl, { WebSocket, token,
            rooms: ['kitchen'], random: () => 0 });

        atEnd(() => client.close());
        await until('the library is there', () => client.state === 'live');
        const lost = new Promise(resolve => client.on('state', resolve));
        const stopped = daemon.child.stop(15000);
        const ends = await within('all are told', Promise.all(closed));
        const { retryAt, code } = await lost;
        const left = retryAt - Date.now();

        assert.deepEqual(ends.map(({ code }) => code),
            Array(CROWD).fill(1012));
        const hints = ends.map(hintOf).sort((a, b) => a - b);

        assert.ok(hints[0] >= 200);
        assert.equal(new Set(hints).size, CROWD);
        assert.ok(hints.at(-1) - hints[0] >= 2 * (CROWD - 1));
        assert.ok(hints.at(-1) <= 200 + 2 * (CROWD + 10));
        assert.equal(code, 1012);
        assert.ok(left > 0 && left <= 200 + 2 * (CROWD + 10), String(left));
        const ofEngine = await within('Socket.IO is told', engine);

        assert.equal(ofEngine.code, 1012);
        assert.ok(hintOf(ofEngine) >= 200);
        assert.equal((await stopped).code, 0);
        await daemon.begin();
        await until('the library is back', () => client.state === 'live');
        await until('Socket.IO is back', () => socket.connected);
    });
