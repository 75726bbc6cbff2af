/**
 * Cases that both public suites have, word for word alike but for the path:
 * handshake, heartbeat, close, upgrade. README.md lists them by number.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertHandshake, assertRefused, elapse, PROMPT } from './echo.js';

const WEBSOCKET = { EIO: 4, transport: 'websocket' };

/* Codes of refusals. */
const TRANSPORT = 0;
const METHOD = 2;
const VERSION = 5;

/**
 * @param {(i: number) => string} number of the i-th shared case, from 1
 * @param {() => Door} prompt known only when the tests run
 * @param {() => Door} calm
 * @param {(peer: Peer) => Promise<void>} talk over a WebSocket: fails unless
 *     the session is alive
 */
export function transportCases(number, prompt, calm, talk) {
    const shared = (i, name, body) => test(`${number(i)}: ${name}`, body);

    handshakeByPolling(shared, prompt);
    handshakeByWebSocket(shared, prompt);
    heartbeat(shared, prompt);
    close(shared, calm);
    upgrade(shared, calm, talk);
}

function handshakeByPolling(shared, door) {
    shared(1, 'a GET opens a session that may be upgraded', async () => {
        assertHandshake(await door().open(), ['websocket']);
    });

    shared(2, 'polling without version 4 is refused', async () => {
        await assertRefused(await door().ask(
            { transport: 'polling' }), VERSION);
        await assertRefused(await door().ask(
            { EIO: 'abc', transport: 'polling' }), VERSION);
    });

    shared(3, 'a request without a known transport is refused', async () => {
        await assertRefused(await door().ask({ EIO: 4 }), TRANSPORT);
        await assertRefused(await door().ask(
            { EIO: 4, transport: 'abc' }), TRANSPORT);
    });

    shared(4, 'only a GET opens a session', async () => {
        for (const method of ['POST', 'PUT'])
            await assertRefused(await door().ask(
                { EIO: 4, transport: 'polling' }, { method }), METHOD);
    });
}

function handshakeByWebSocket(shared, door) {
    shared(5, 'a WebSocket opens a session that needs no upgrade', async () => {
        assertHandshake((await door().connect()).handshake, []);
    });

    shared(6, 'a WebSocket without version 4 is refused', async () => {
        await door().socket({ transport: 'websocket' }).refused();
        await door().socket({ ...WEBSOCKET, EIO: 'abc' }).refused();
    });

    shared(7, 'a WebSocket without a known transport is refused', async () => {
        await door().socket({ EIO: 4 }).refused();
        await door().socket({ ...WEBSOCKET, transport: 'abc' }).refused();
    });
}

function heartbeat(shared, door) {
    shared(8, 'a poll is answered with a ping, again and again', async () => {
        const { sid } = await door().open();

        for (let i = 0; i < 3; i++) {
            assert.equal(await door().take(sid), '2');
            await door().say(sid, '3');
        }
    });

    shared(9, 'who does not poll in time has no session any more', async () => {
        const { sid } = await door().open();

        // What is tested is time.
        await elapse(PROMPT.pingInterval + PROMPT.pingTimeout);
        await door().assertUnknown(sid);
    });

    shared(10, 'a WebSocket is pinged, again and again', async () => {
        const peer = await door().connect({ pongs: false });

        for (let i = 0; i < 3; i++) {
            assert.equal(await peer.next(), '2');
            peer.send('3');
        }
    });

    shared(11, 'a WebSocket without a pong is closed', async () => {
        const peer = await door().connect({ pongs: false });

        assert.equal(await peer.next(), '2');
        await peer.closed();
    });
}

function close(shared, door) {
    shared(12, 'a close packet ends the session and its poll', async () => {
        const { sid } = await door().open();
        const held = await door().hold(sid);

        await door().say(sid, '1');
        assert.deepEqual(await held.answer, { status: 200, text: '6' });
        await door().assertUnknown(sid);
    });

    shared(13, 'a close packet closes the WebSocket', async () => {
        const peer = await door().connect();

        peer.send('1');
        await peer.closed();
    });
}

function upgrade(shared, door, talk) {
    shared(14, 'a session moves to a WebSocket by a probe', async () => {
        const { sid } = await door().open();
        const peer = await door().join(sid);

        peer.send('2probe');
        assert.equal(await peer.next(), '3probe');
        assert.equal(await door().take(sid), '6');
        peer.send('5');
        await talk(peer);
    });

    shared(15, 'a session that has moved is not polled any more', async () => {
        const { sid } = await door().open();
        const peer = await door().join(sid);

        await peer.upgrade();
        await talk(peer);
        assert.equal((await door().get(sid)).status, 400);
        await talk(peer);
    });

    shared(16, 'a session that has moved has one WebSocket', async () => {
        const { sid } = await door().open();
        const peer = await door().join(sid);

        await peer.upgrade();
        await talk(peer);
        await door().socket({ ...WEBSOCKET, sid }).closed();
        await talk(peer);
    });
}
