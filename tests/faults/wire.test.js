/**
 * The way that is cut keeps TCP's promise itself: what arrives is a beginning
 * of what was said. Otherwise the judge would judge the way.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';

import { atEnd, cleanUp } from '../e2e/lib/processes.js';
import { until } from '../e2e/lib/wait.js';
import { Wire } from '../e2e/lib/wire.js';

after(cleanUp);

/** A server with one guest, a wire to it, and what the guest has heard. */
async function open(delayMs = 0) {
    let guest;
    const server = net.createServer(socket => {
        guest = socket.on('error', () => {});
        guest.setNoDelay(true);
    });

    await new Promise(done => server.listen(0, '127.0.0.1', done));
    atEnd(async () => server.close());
    const wire = await Wire.open(server.address().port);

    wire.delayMs = delayMs;
    const heard = { text: '', isOver: false };
    const client = net.connect(wire.port, '127.0.0.1');

    client.on('data', data => heard.text += data);
    client.on('close', () => {
        heard.isOver = true;
    });
    client.on('error', () => {});
    atEnd(async () => client.destroy());
    await until('the server has a guest', () => guest);
    atEnd(async () => guest.destroy());
    return { wire, guest, heard };
}

/** Each of them is on its way before the next is said. */
async function say(wire, guest, words) {
    for (const word of words) {
        const { left } = wire;

        guest.write(word);
        await until(`${word} is on its way`, () => wire.left !== left);
    }
}

test('what is said later does not overtake what is late', async () => {
    const { wire, guest, heard } = await open(100);

    wire.left = 1000;
    await say(wire, guest, ['one ', 'two ']);
    wire.delayMs = 0;
    await say(wire, guest, ['three']);
    await until('all is there', () => heard.text.length === 13);
    assert.equal(heard.text, 'one two three');
});

test('a cut does not overtake what is late', async () => {
    const { wire, guest, heard } = await open(100);

    wire.left = 10;
    await say(wire, guest, ['one ', 'two ', 'three']);
    await until('it is cut', () => heard.isOver);
    assert.equal(heard.text, 'one two th');
    assert.equal(wire.cuts, 1);
});

test('what was swallowed is not followed by more', async () => {
    const { wire, guest, heard } = await open();

    wire.left = 1000;
    await say(wire, guest, ['one ']);
    await until('it is there', () => heard.text === 'one ');
    wire.isSilent = true;
    await say(wire, guest, ['two ']);
    wire.isSilent = false;
    await say(wire, guest, ['three']);
    wire.cut();
    await until('it is cut', () => heard.isOver);
    assert.equal(heard.text, 'one ');
});

test('byte by byte it is the same', async () => {
    const { wire, guest, heard } = await open();

    wire.isSplit = true;
    wire.left = 1000;
    await say(wire, guest, ['one ', 'two']);
    await until('all is there', () => heard.text.length === 7);
    assert.equal(heard.text, 'one two');
});

test('the server learns of a cut, or does not', async () => {
    for (const isUnnoticed of [false, true]) {
        const { wire, guest, heard } = await open();
        let isLeft = true;

        guest.on('close', () => {
            isLeft = false;
        });
        guest.resume();
        wire.isUnnoticed = isUnnoticed;
        wire.cut();
        await until('the client is off', () => heard.isOver);
        if (!isUnnoticed) {
            await until('the server knows', () => !isLeft);
            continue;
        }
        const [{ far }] = wire.pairs;

        guest.write('are you there?');
        await until('it is heard by nobody', () => far.bytesRead === 14);
        assert.ok(isLeft);
    }
});
