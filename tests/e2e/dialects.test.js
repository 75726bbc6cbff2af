/** Producers on MQTT, each in its own words, feed one restaurant. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Producer, subscribe } from './lib/clients.js';
import { Daemon, freePort } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { Child, cleanUp, makeFolder } from './lib/processes.js';
import { until } from './lib/wait.js';

const BROKER = '/usr/sbin/mosquitto';

let daemon;

before(async () => {
    daemon = await Daemon.start();
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** What a till that speaks kds says of a new order. */
const kdsOrder = (orderId, tableId) => ({ orderId, tableId,
    orderNumber: `K-${orderId}`, items: [
        { itemId: 1, name: 'Soup', quantity: 2, unitPrice: 4.5 }] });

/** And an app that speaks flat. */
const flatOrder = (_id, tableNumber) => ({ _id, tableNumber, token: 'F-1',
    items: [{ _id: 'f1', name: 'Cake', quantity: 1, price: 3.2 }],
    total: 3.2, status: 'pending' });

/** Publish as it stands, with nothing around it; the receipt. */
async function sayBare(producer, event, payload) {
    const receipt = producer.receipt('any');

    await producer.send(event, JSON.stringify(payload));
    return receipt;
}

/** The envelope of the first event that fits, of mosquitto_sub's lines. */
async function envelope(sub, event, orderId) {
    const line = await sub.line(new RegExp(
        `"event":"${event.replace('.', '\\.')}".*"(id|orderId)":"${orderId}"`));

    return JSON.parse(line.slice(line.indexOf(' ') + 1));
}

test('three producers with their own words feed one kitchen', async () => {
    const kitchen = await subscribe(daemon, 'dw/1/main/json/kitchen');
    const till = await Producer.open(daemon, 'till-1', { dialect: 'kds' });
    const app = await Producer.open(daemon, 'menu-app', { dialect: 'flat' });
    const pos = await Producer.open(daemon, 'pos');
    const receipts = [
        await till.publish('order:new', kdsOrder(41, 5), 'k-1'),
        await app.publish('order:created', flatOrder('f-42', 6), 'f-1'),
        await pos.publish('order.created', newOrder('43', '7'), 'p-1'),
    ];

    assert.deepEqual(receipts.map(({ id }) => id), ['k-1', 'f-1', 'p-1']);
    for (const { seq, epoch, duplicate, ...rest } of receipts) {
        assert.ok(seq > 0);
        assert.match(epoch, /^[0-9a-z]{1,7}$/);
        assert.equal(duplicate, false);
        assert.deepEqual(Object.keys(rest), ['id']);
    }
    const [ours, theirs, native] = [
        await envelope(kitchen, 'order.created', '41'),
        await envelope(kitchen, 'order.created', 'f-42'),
        await envelope(kitchen, 'order.created', '43')];

    assert.deepEqual([ours, theirs, native].map(({ seq }) => seq),
        receipts.map(({ seq }) => seq));
    assert.deepEqual([ours, theirs, native].map(({ src }) => src),
        ['till-1', 'menu-app', 'pos']);
    assert.equal(ours.payload.order.table.id, '5');
    assert.equal(ours.payload.order.number, 'K-41');
    assert.deepEqual(
        ours.payload.order.items.map(({ name, quantity, unitPriceCents }) =>
            ({ name, quantity, unitPriceCents })),
        [{ name: 'Soup', quantity: 2, unitPriceCents: 450 }]);
    assert.equal(theirs.payload.order.table.number, 6);
    assert.equal(theirs.payload.order.number, 'F-1');
    assert.equal(theirs.payload.order.items[0].unitPriceCents, 320);

    // One cooks what the other has ordered.
    await till.publish('kitchen:order_ready', { orderId: 'f-42' }, 'k-2');
    assert.equal((await envelope(kitchen, 'kitchen.ready', 'f-42')).src,
        'till-1');
});

test('a bare payload is enough, and an id makes it happen once', async () => {
    const till = await Producer.open(daemon, 'till-2', { dialect: 'kds' });
    const bare = await sayBare(till, 'order:new', kdsOrder(51, 5));

    assert.match(bare.id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.equal(bare.duplicate, false);
    const first = await till.publish('order:new', kdsOrder(52, 5), 'k-3');

    assert.deepEqual(await till.publish('order:new', kdsOrder(52, 5), 'k-3'),
        { ...first, duplicate: true });
});

test('names and faults are those of the dialect', async () => {
    const till = await Producer.open(daemon, 'till-3', { dialect: 'kds' });
    const pos = await Producer.open(daemon, 'pos-3');
    const head = await daemon.quietHead();

    for (const [producer, name] of [[till, 'order.created'],
        [till, 'newMessage'], [till, 'live-users-update'],
        [pos, 'order:new'], [pos, 'new-order']]) {
        const { id, error } = await producer.publish(
            name, kdsOrder(61, 5), `x-${name}`);

        assert.equal(id, `x-${name}`);
        assert.equal(error.code, 'unknown_event', name);
    }
    const { error } = await till.publish(
        'order:new', { orderId: 61, items: [{ itemId: 1, name: 7 }] }, 'x-1');

    assert.equal(error.code, 'wrong_type');
    assert.equal(error.field, 'items[0].name');
    assert.equal(await daemon.quietHead(), head);
});

test('enrolling again changes the dialect, and the daemon runs on',
    async () => {
        const { pid } = daemon.child;
        const codes = [];

        for (const dialect of ['native', 'kds', undefined]) {
            // With a new password: the broker lets go of the old connection.
            const till = await Producer.open(daemon, 'till-4', { dialect });
            const { error } = await till.publish(
                'order:new', kdsOrder(71, 5), `in-${dialect}`);

            codes.push(error?.code);
            await till.client.endAsync(true);
        }
        assert.deepEqual(codes,
            ['unknown_event', undefined, 'unknown_event']);
        assert.equal(daemon.child.pid, pid);
        assert.equal(daemon.child.result, undefined);
    });

test('what cannot be is refused when it is enrolled', async () => {
    const wrong = [
        [['producer', 'x', '--dialect', 'latin'],
            /latin is no dialect; there are native, env, /],
        [['pager', 'x', '--dialect', 'kds'],
            /only a producer speaks a dialect/],
    ];

    for (const [args, sentence] of wrong) {
        const { code, stderr } = await daemon.command('enrol', ...args);

        assert.equal(code, 64);
        assert.match(stderr, sentence);
    }
    const { stdout } = await daemon.command(
        'enrol', 'producer', 'till-5', '--dialect', 'flat');

    assert.match(stdout, /^dialect {4}flat$/m);
    assert.equal((await daemon.enrol(
        'producer', 'till-5', '--dialect', 'flat')).dialect, 'flat');
});

/** A broker of others, which lets everybody in. */
async function startBroker() {
    const port = await freePort();
    const file = path.join(makeFolder(), 'mosquitto.conf');

    fs.writeFileSync(file, `listener ${port} 127.0.0.1\n` +
        'allow_anonymous true\npersistence false\n');
    return { port, child: new Child(BROKER, ['-c', file]) };
}

test('at a broker of others the configuration says who speaks what',
    async () => {
        const broker = await startBroker();
        const file = path.join(makeFolder(), 'dumbwaiter.yml');
        const write = dialects => fs.writeFileSync(file,
            `mqtt:\n  url: mqtt://127.0.0.1:${broker.port}\n` +
            `  dialects: ${dialects}\n`);

        write('till-1=kds, menu-app=flat');
        const other = await Daemon.create({ args: ['--config', file] });

        other.mqttPort = broker.port;
        await other.begin();
        const kitchen = await subscribe(other, 'dw/1/main/json/kitchen');
        const till = await Producer.open(other, 'till-1');
        const app = await Producer.open(other, 'menu-app');

        assert.equal((await till.publish(
            'order:new', kdsOrder(81, 5), 'a')).error, undefined);
        assert.equal((await app.publish(
            'order:created', flatOrder('f-82', 6), 'b')).error, undefined);
        await envelope(kitchen, 'order.created', '81');
        await envelope(kitchen, 'order.created', 'f-82');

        write('menu-app=kds');
        other.child.kill('SIGHUP');
        await until('it has read its file',
            () => other.log.includes('configuration read again'));
        assert.equal((await till.publish(
            'order:new', kdsOrder(83, 5), 'c')).error.code, 'unknown_event');
        assert.equal((await app.publish(
            'order:new', kdsOrder(83, 5), 'd')).error, undefined);

        write('menu-app=latin');
        other.child.kill('SIGHUP');
        await until('it has complained',
            () => other.log.includes('latin is no dialect'));
        assert.equal((await app.publish(
            'order:new', kdsOrder(84, 5), 'e')).error, undefined);
        await other.stop();
        await broker.child.stop();
    });
