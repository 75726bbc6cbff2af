/**
 * Socket.IO, protocol 5: every case of the public suite in our own words, by
 * the numbers of README.md, against the echo on /socket.io/.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { cleanUp } from '../e2e/lib/processes.js';
import { CALM, Echo, PROMPT } from './lib/echo.js';
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

const PATH = '/socket.io/';
const door = () => calm.at(PATH);
const promptDoor = () => prompt.at(PATH);

/** Enter a namespace: `head` is "/custom," or nothing. */
async function enter(peer, head = '', auth = '') {
    peer.send(`40${head}${auth}`);
    const answer = await peer.next();

    assert.equal(answer.slice(0, 2 + head.length), `40${head}`);
    const { sid, ...rest } = JSON.parse(answer.slice(2 + head.length));

    assert.equal(typeof sid, 'string');
    assert.deepEqual(rest, {});
    assert.equal(await peer.next(), `42${head}["auth",${auth || '{}'}]`);
}

async function entered() {
    const peer = await door().connect();

    await enter(peer);
    return peer;
}

async function talk(peer) {
    peer.isIn ||= await enter(peer).then(() => true);
    peer.send('42["message","hello"]');
    assert.equal(await peer.next(), '42["message-back","hello"]');
}

/* The shared ones are S1 to S16. */
transportCases(i => `S${i}`, promptDoor, door, talk);

/* --- connecting --- */

test('S17: the main namespace lets in', async () => {
    await enter(await door().connect());
});

test('S18: the main namespace hears what comes along', async () => {
    await enter(await door().connect(), '', '{"token":"123"}');
});

test('S19: another namespace lets in', async () => {
    await enter(await door().connect(), '/custom,');
});

test('S20: another namespace hears what comes along', async () => {
    await enter(await door().connect(), '/custom,', '{"token":"abc"}');
});

test('S21: a namespace that is none refuses', async () => {
    const peer = await door().connect();

    peer.send('40/random');
    assert.equal(
        await peer.next(), '44/random,{"message":"Invalid namespace"}');
});

test('S22: what is no packet, instead of CONNECT, closes', async () => {
    const peer = await door().connect();

    peer.send('4abc');
    await peer.closed();
});

test('S23: who answers pings but never connects is closed', async () => {
    const peer = await promptDoor().connect();
    const since = performance.now();

    await peer.closed(10000);
    assert.ok(performance.now() - since > PROMPT.connectTimeout / 2);
});

/* --- disconnecting --- */

test('S24: out of the main namespace, the session lives on', async () => {
    const peer = await promptDoor().connect({ pongs: false });

    await enter(peer);
    peer.send('41');
    assert.equal(await peer.next(), '2');
});

test('S25: out of one namespace, the other still answers', async () => {
    const peer = await entered();

    await enter(peer, '/custom,');
    peer.send('41/custom');
    peer.send('42["message","message to main namespace"]');
    assert.equal(await peer.next(),
        '42["message-back","message to main namespace"]');
});

/* --- messages --- */

const PLACEHOLDERS =
    '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
const BYTES = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];

async function trade(...frames) {
    const peer = await entered();

    for (const frame of frames)
        peer.send(frame);
    return peer;
}

test('S26: an event comes back', async () => {
    const peer = await trade('42["message",1,"2",{"3":[true]}]');

    assert.equal(await peer.next(), '42["message-back",1,"2",{"3":[true]}]');
});

test('S27: an event comes back with its bytes', async () => {
    const peer = await trade(`452-["message",${PLACEHOLDERS}]`, ...BYTES);

    assert.deepEqual(await peer.count(3),
        [`452-["message-back",${PLACEHOLDERS}]`, ...BYTES]);
});

test('S28: an event is acknowledged with its arguments', async () => {
    const peer = await trade('42456["message-with-ack",1,"2",{"3":[false]}]');

    assert.equal(await peer.next(), '43456[1,"2",{"3":[false]}]');
});

test('S29: an event is acknowledged with its bytes', async () => {
    const peer = await trade(
        `452-789["message-with-ack",${PLACEHOLDERS}]`, ...BYTES);

    assert.deepEqual(await peer.count(3),
        [`462-789[${PLACEHOLDERS}]`, ...BYTES]);
});

test('S30: a packet of no type closes', async () => {
    await (await trade('4abc')).closed();
});

test('S31: an event that is no array closes', async () => {
    await (await trade('42{}')).closed();
});

test('S32: an id that is no number closes', async () => {
    await (await trade('42abc["message-with-ack",1,"2",{"3":[false]}]'))
        .closed();
});
