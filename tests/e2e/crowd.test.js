/**
 * A crowd that asks for large pictures at once: it costs a fixed amount, and
 * nobody else waits until all of it has been served.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until } from './lib/wait.js';

const MIB = 1024 * 1024;
const WAITING_MAX = 64 * MIB; // of all answers together
const ORDERS = 800;
const CROWD = 150;
const REQUEST_MS = 10000; // longer no request takes

let daemon;
let manager;

before(async () => {
    daemon = await Daemon.start();
    manager = await daemon.token('manager');
    const backend = await daemon.token('backend');

    for (let n = 0; n < ORDERS; n += 50) {
        const orders = Array.from({ length: 50 }, (_, i) =>
            ({ event: 'order.created',
                payload: newOrder(`C-${n + i}`, String(i % 40), {
                    notes: 'x'.repeat(280) }) }));
        const said = () => daemon.post(backend, orders,
            { 'Idempotency-Key': `crowd-${n}` });

        await until('orders are in', async () =>
            (await said()).every?.(({ seq }) => seq), 30000);
    }
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** Somebody who asks for something and, but for its status, reads nothing. */
function ask(path) {
    const socket = net.connect(daemon.httpPort, '127.0.0.1');
    const asker = {};

    atEnd(() => socket.destroy());
    socket.on('error', () => {});
    asker.ask = what => {
        asker.status = 0;
        socket.write(`GET ${what} HTTP/1.1\r\nHost: crowd\r\n` +
            `Authorization: Bearer ${manager}\r\n\r\n`);
        socket.once('data', data => {
            asker.status = Number(String(data).split(' ')[1]);
            socket.pause();
        });
        socket.resume();
    };
    asker.end = () => socket.destroy();
    asker.ask(path);
    return asker;
}

const crowdAt = (path, size) => Array.from({ length: size }, () => ask(path));

test('what they are answered is bounded, and the others go on', async () => {
    const size = (await (await fetch(`${daemon.url}/api/snapshot`,
        { headers: { Authorization: `Bearer ${manager}` } })).text()).length;
    const crowd = crowdAt('/api/snapshot', CROWD);
    let most = 0;

    assert.ok(size * CROWD > 1.5 * WAITING_MAX, `a snapshot has ${size}`);
    await until('each has an answer', async () => {
        const { answers_waiting_bytes: waiting } = await daemon.metrics();

        most = Math.max(most, waiting);
        return crowd.every(({ status }) => status);
    }, 180000);
    assert.ok(most <= WAITING_MAX + 2 * size, `${most} bytes waited`);
    assert.deepEqual([...new Set(crowd.map(({ status }) => status))].sort(),
        [200, 503]);
    crowd.forEach(({ end }) => end());
    await until('all is given back', async () =>
        (await daemon.metrics()).answers_waiting_bytes < MIB);
});

test('who waits longer than a request may is told so', async () => {
    const crowd = crowdAt('/api/alerts', 60);
    const { pid } = daemon.child;
    const answered = ({ status }) => status;

    await until('all of them are known', () => crowd.every(answered));
    crowd.forEach(asker => asker.ask('/api/snapshot'));
    await until('they are being served', () => crowd.some(answered));
    process.kill(pid, 'SIGSTOP');
    await pause(REQUEST_MS + 1000);
    process.kill(pid, 'SIGCONT');
    await until('each has an answer', () => crowd.every(answered), 60000);
    assert.ok(crowd.every(({ status }) => status === 200 || status === 503));
    crowd.forEach(({ end }) => end());
});
