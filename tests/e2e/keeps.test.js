/**
 * What is kept for who may come back to Socket.IO: each has his share, however
 * often somebody comes and goes.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';

import { Daemon } from './lib/daemon.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { within } from './lib/wait.js';

const SHARE = 64;

let daemon;

before(async () => {
    daemon = await Daemon.start({ args: ['--open-events', 'yes'] });
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** CONNECT, and its answer; then the connection is cut. */
async function visit(auth, nsp = '') {
    const socket = new WebSocket(
        `${daemon.url}/socket.io/?EIO=4&transport=websocket`);
    const answer = within('CONNECT is answered', new Promise((yes, no) => {
        socket.on('error', no);
        socket.on('close', () => no(new Error('closed')));
        socket.on('message', data => {
            const text = data.toString();

            if (text[0] === '0')
                socket.send(`40${nsp}${JSON.stringify(auth)}`);
            else if (text.startsWith('4'))
                yes(text);
        });
    }));

    atEnd(() => socket.terminate());
    const text = await answer;

    assert.ok(text.startsWith(`40${nsp}{`), text);
    const gone = new Promise(done => socket.on('close', done));

    socket.terminate();
    await gone;
    return JSON.parse(text.slice(2 + nsp.length));
}

async function isKept(auth, { pid, sid }, nsp) {
    const again = await visit({ ...auth, pid }, nsp);

    assert.equal(again.pid === pid, again.sid === sid);
    return again.pid === pid;
}

for (const [who, nsp, auth] of [
    ['one subject', '', async name => ({ dialect: 'kds',
        token: await daemon.token('kitchen', '--sub', name) })],
    ['nobody', '/events,', async () => ({})],
])
    test(`${who} has a share, and its oldest goes first`, async () => {
        const me = await auth('me');
        const other = { dialect: 'kds',
            token: await daemon.token('kitchen', '--sub', 'you') };
        const theirs = await visit(other);
        const visits = [];

        while (visits.length < SHARE + 8)
            visits.push(await visit(me, nsp));
        // The daemon may have yet to notice the last one's end.
        assert.equal(await isKept(me, visits.at(-1), nsp), true);
        assert.equal(await isKept(me, visits[0], nsp), false);
        assert.equal(await isKept(other, theirs), true);
        assert.equal(await isKept(me, visits[SHARE / 2], nsp), true);
    });
