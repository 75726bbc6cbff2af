/**
 * Engine.IO, protocol 4: every case of the public suite in our own words, by
 * the numbers of README.md, against the echo on /engine.io/.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { cleanUp } from '../e2e/lib/processes.js';
import { CALM, Echo, PROMPT, SEPARATOR } from './lib/echo.js';
import { transportCases } from './lib/transport.js';

/** @type {Echo} */
let prompt, calm;

before(async () => {
    prompt = await Echo.start(PROMPT);
    calm = await Echo.start(CALM);
});
after(async () => {
    try {
        await prompt?.stop();
        await calm?.stop();
    } finally {
        await cleanUp();
    }
});

const PATH = '/engine.io/';
const door = () => calm.at(PATH);
const promptDoor = () => prompt.at(PATH);

async function echoes(peer, message) {
    peer.send(message);
    assert.deepEqual(await peer.next(), message);
}

/* The shared ones are E1 to E7 and E16 to E24. */
transportCases(i => `E${i <= 7 ? i : i + 8}`, promptDoor, door,
    peer => echoes(peer, '4hello'));

/* --- messages by polling --- */

async function echoesByPolling(packets) {
    const payload = packets.join(SEPARATOR);
    const { sid } = await door().open();

    await door().say(sid, payload);
    assert.equal(await door().take(sid), payload);
}

test('E8: one message comes back', () => echoesByPolling(['4hello']));

test('E9: several messages come back in one payload', () =>
    echoesByPolling(['4test1', '4test2', '4test3']));

test('E10: text and bytes come back in one payload', () =>
    echoesByPolling(['4hello', 'bAQIDBA==']));

test('E11: a payload that is none ends the session', async () => {
    const { sid } = await door().open();
    const answer = await door().post(sid, 'abc').catch(() => null);

    if (answer) // else the connection was closed, which is as clear
        assert.equal(answer.status, 400);
    await door().assertUnknown(sid);
});

test('E12: a second poll at the same time ends the session', async () => {
    const { sid } = await door().open();
    const held = await door().hold(sid);
    const second = await door().get(sid);

    assert.deepEqual(await held.answer, { status: 200, text: '1' });
    assert.equal(second.status, 400);
    await door().assertUnknown(sid);
});

test('E25: a poll that was given up ends the session', async () => {
    const { sid } = await door().open();
    const held = await door().hold(sid);

    held.answer.catch(() => {});
    held.request.destroy();
    assert.equal((await door().get(sid)).status, 400);
});

/* --- messages on a WebSocket --- */

test('E13: a frame of text comes back', async () => {
    await echoes(await door().connect(), '4hello');
});

test('E14: a frame of bytes comes back', async () => {
    await echoes(await door().connect(), Buffer.from([1, 2, 3, 4]));
});

test('E15: a frame that is no packet closes the WebSocket', async () => {
    const peer = await door().connect();

    peer.send('abc');
    await peer.closed();
});
