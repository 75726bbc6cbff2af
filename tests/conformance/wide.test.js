/**
 * Arguments of any size and form that JSON has come back byte by byte: the
 * limits of the echo are wide, and where they end the session does.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { cleanUp } from '../e2e/lib/processes.js';
import { CALM, Echo, MAX_PAYLOAD, SEPARATOR } from './lib/echo.js';

let echo;

before(async () => {
    echo = await Echo.start(CALM);
});
after(async () => {
    try {
        await echo?.stop();
    } finally {
        await cleanUp();
    }
});

const door = () => echo.at('/socket.io/');
const nested = depth => '['.repeat(depth) + '1' + ']'.repeat(depth);
const keys = count => `{${Array.from({ length: count },
    (_, i) => `"k${i}":${i}`)}}`;

const WIDE = {
    'a string of 100 KiB': JSON.stringify('Crème brûlée \u{1f35c} "'
        .repeat(4096).slice(0, 100 * 1024)),
    'a string of almost the whole payload':
        `"${'x'.repeat(MAX_PAYLOAD - 100)}"`,
    'nesting of 40': nested(40),
    'nesting as deep as it may be, the packet\'s own array included':
        nested(63),
    'an array of 5000 elements':
        `[${Array.from({ length: 5000 }, (_, i) => i)}]`,
    'an object of 1024 keys': keys(1024),
    'all of it, with blanks and escapes':
        `[ ${nested(40)} ,\t"\\u00e9\\/" , ${keys(65)},1.50e+3,-0 ]`,
};

async function enter() {
    const peer = await door().connect();

    peer.send('40');
    assert.equal((await peer.next()).slice(0, 2), '40');
    assert.equal(await peer.next(), '42["auth",{}]');
    return peer;
}

for (const [what, argument] of Object.entries(WIDE))
    test(`${what} comes back byte by byte`, async () => {
        const peer = await enter();

        peer.send(`42["message",${argument}]`);
        assert.equal(await peer.next(), `42["message-back",${argument}]`);
        peer.send(`427["message-with-ack",${argument}]`);
        assert.equal(await peer.next(), `437[${argument}]`);
    });

test('by polling, too, and as the payload of CONNECT', async () => {
    const auth = `{"all":${WIDE['nesting of 40']},` +
        `"more":${WIDE['an array of 5000 elements']}}`;
    const argument = WIDE['a string of 100 KiB'];
    const { sid } = await door().open();

    await door().say(sid, `40${auth}`);
    const said = [];

    while (said.length < 2)
        said.push(...(await door().take(sid)).split(SEPARATOR));
    assert.equal(said[1], `42["auth",${auth}]`);
    await door().say(sid, `42["message",${argument}]`);
    assert.equal(await door().take(sid), `42["message-back",${argument}]`);
});

for (const [what, argument] of Object.entries({
    'one level more': nested(64), 'one key more': keys(1025) }))
    test(`${what} ends the session`, async () => {
        const peer = await enter();

        peer.send(`42["message",${argument}]`);
        await peer.closed();
        assert.equal(peer.code, 1009);
    });
