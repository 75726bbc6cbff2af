/**
 * What runs out: descriptors, the disk. It refuses, says so, keeps who is
 * there, and goes on by itself when there is room again.
 *
 *     node limits.js [short|long]
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import WebSocket from 'ws';

import { Daemon, program } from '../e2e/lib/daemon.js';
import { Session } from '../e2e/lib/clients.js';
import { atEnd, makeFolder, run } from '../e2e/lib/processes.js';
import { pause, until } from '../e2e/lib/wait.js';
import { command, NotRun } from './command.js';
import { Scene } from './scene.js';

const FILES = 96;
const DISK_KIB = 6 * 1024;
const RED_MS = 3000; // for /readyz to say so; a second is promised
const BACK_MS = 30000;

/** The program, below a limit of the shell's. */
function below(limit) {
    const file = path.join(makeFolder(), 'dumbwaiter');

    fs.writeFileSync(file, `#!/bin/sh\nulimit ${limit} || exit 71\n` +
        `exec "${program}" "$@"\n`, { mode: 0o700 });
    return file;
}

const health = daemon => fetch(`${daemon.url}/readyz`)
    .then(({ status }) => status, () => 0);

function knock(daemon, token) {
    const socket = new WebSocket(`${daemon.wsUrl}?token=${token}`,
        { handshakeTimeout: 5000 });
    const visit = { socket, isIn: false, isOut: false };

    socket.on('error', () => {});
    socket.on('open', () => {
        visit.isIn = true;
    });
    socket.on('close', () => {
        visit.isOut = true;
    });
    atEnd(async () => socket.terminate());
    return visit;
}

async function descriptors({ say }) {
    // Descriptors are to run out, not what one bearer may have.
    const daemon = await Daemon.start({ program: below(`-n ${FILES}`),
        args: ['--max-bearer', String(FILES * 4)] });
    const token = await daemon.token('backend', '--sub', 'crowd');
    const first = await Session.open(
        daemon, await daemon.token('backend', '--sub', 'first'));

    await first.join('kitchen');
    const crowd = Array.from({ length: FILES * 2 },
        () => knock(daemon, token));

    await until('each is in or out', () =>
        crowd.every(({ isIn, isOut }) => isIn || isOut), 30000);
    const inside = crowd.filter(({ isIn, isOut }) => isIn && !isOut);

    say(`${FILES} descriptors: ${crowd.length} came, ` +
        `${inside.length} are in`);
    assert.ok(inside.length > FILES / 4 && inside.length < FILES);
    // Who is in is served, and what it says is stored.
    const answer = await first.publish('notification',
        { role: 'kitchen', title: 'full' }, 'full');

    assert.ok(answer.seq, JSON.stringify(answer));
    await first.event('notification');
    crowd.forEach(({ socket }) => socket.terminate());
    await until('others may come', async () => {
        const { socket, ...visit } = knock(daemon, token);

        await pause(50);
        return visit.isIn || socket.readyState === WebSocket.OPEN;
    }, BACK_MS);
    await first.close();
    await daemon.stop();
}

/** A small disk of its own, or null where that may not be had. */
async function smallDisk() {
    const folder = makeFolder();
    const { code } = await run('mount', ['-t', 'tmpfs', '-o',
        `size=${DISK_KIB}k,mode=0700`, 'dumbwaiter-faults', folder]);

    if (code !== 0)
        return null;
    atEnd(() => run('umount', ['-l', folder]));
    return folder;
}

async function disk({ chance, say }) {
    const folder = await smallDisk();

    if (!folder)
        return new NotRun('no small disk can be mounted here');
    const data = path.join(folder, 'data');
    const scene = await Scene.open(chance, { data });
    const { daemon } = scene;
    const till = await scene.daemon.token('backend', '--sub', 'filler');

    await scene.addListeners({ native: 2 });
    await scene.settle();
    fs.writeFileSync(path.join(folder, 'filler'), Buffer.alloc(0));
    const filler = fs.openSync(path.join(folder, 'filler'), 'a');

    // Somebody else takes all there is.
    for (let size = 65536; size >= 512;)
        try {
            if (fs.writeSync(filler, Buffer.alloc(size)) < size)
                size /= 2;
        } catch {
            size /= 2;
        }
    let refused = 0;
    let red = 0;
    const start = performance.now();

    for (let n = 0; n < 400 && !red; n++) {
        const answer = await daemon.post(till, { id: `fill-${n}`,
            event: 'notification', payload: { role: 'kitchen',
                title: `fill ${n}`, message: 'x'.repeat(190) } })
            .catch(error => ({ code: String(error) }));

        if (answer.seq)
            continue;
        assert.equal(answer.code, 'unavailable', JSON.stringify(answer));
        refused++;
        if (await health(daemon) === 503)
            red = performance.now() - start;
        assert.ok(performance.now() - start < 60000);
    }
    assert.ok(refused > 0 && red > 0, 'it says that the disk is full');
    assert.ok(scene.listeners.every(({ client }) => client.state === 'live'),
        'who listens is still there');
    const snapshot = await fetch(`${daemon.url}/api/snapshot?rooms=kitchen`,
        { headers: { Authorization: `Bearer ${till}` } });

    assert.equal(snapshot.status, 200, 'it is still read');
    say(`full: refused ${refused}, red; listeners are live`);
    fs.ftruncateSync(filler, 0);
    fs.closeSync(filler);
    const freed = performance.now();

    await until('it stores again', async () => (await daemon.post(till,
        { event: 'notification', payload: { role: 'kitchen',
            title: 'room again' } })).seq, BACK_MS);
    await until('it is green', async () => await health(daemon) === 200,
        RED_MS);
    say(`stores again ${Math.round(performance.now() - freed)} ms after ` +
        'there was room');
    scene.forgetCount();
    await scene.settle();
    scene.listeners.forEach(one => one.close());
    await daemon.stop();
    await scene.judge(say);
    return undefined;
}

await command('limits', { descriptors, disk });
