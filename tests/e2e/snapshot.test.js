/** Large pictures for clients that take their time. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

const ORDERS = 1000;
const BATCH = 50;

let daemon;

before(async () => {
    daemon = await Daemon.start();
    // Two of them: one may say 200 a second, and 800 at once.
    const backends = [await daemon.token('backend', '--sub', 'first'),
        await daemon.token('backend', '--sub', 'second')];
    const items = Array.from({ length: 8 }, (_, i) => (
        { id: `i${i}`, name: 'Soup', quantity: 1, notes: 'x'.repeat(250) }));

    for (let n = 0; n < ORDERS; n += BATCH) {
        const batch = Array.from({ length: BATCH }, (_, i) => (
            { event: 'order.created',
                payload: newOrder(`B-${n + i}`, '5', { items }) }));
        const answers =
            await daemon.post(backends[n < ORDERS / 2 ? 0 : 1], batch);

        assert.ok(answers.every(answer => answer.seq > 0),
            JSON.stringify(answers[0]));
    }
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** Ask for the picture, and do not read it. */
async function askAndWait() {
    const token = await daemon.token('waiter');
    const socket = net.connect(daemon.httpPort, '127.0.0.1');

    atEnd(() => socket.destroy());
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /api/snapshot?rooms=waiters HTTP/1.1\r\n' +
        `Host: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    return socket;
}

test(`a session gets the picture of ${ORDERS} orders`, async () => {
    const session = await Session.open(daemon, await daemon.token('waiter'));
    const { op, snapshot } = await session.join(['waiters']);

    assert.equal(op, 'ok');
    assert.equal(snapshot.orders.length, ORDERS);
    await session.close();
});

test('an answer that nobody reads is counted until it is gone', async () => {
    const waiting = async () =>
        (await daemon.metrics()).answers_waiting_bytes;

    await until('nothing waits', async () => await waiting() === 0);
    const socket = await askAndWait();

    await until('it is counted', async () => await waiting() > ORDERS * 2000);
    let bytes = 0;

    socket.on('data', data => {
        bytes += data.length;
    });
    socket.resume();
    await until('it has been read', async () => await waiting() === 0);
    assert.ok(bytes > ORDERS * 2000, `${bytes} bytes`);
});
