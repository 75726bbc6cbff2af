/** Two restaurants in one daemon, which never hear of one another. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import mqtt from 'mqtt';

import { Producer, Session, subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, Child, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const SITES = ['main', 'harbour'];

let daemon;
const backend = {}; // tokens, by site
const waiter = {};

before(async () => {
    daemon = await Daemon.start({ env: { DUMBWAITER_SITE_OTHERS: 'harbour' } });
    for (const site of SITES) {
        backend[site] = await daemon.token('backend', '--site', site);
        waiter[site] = await daemon.token('waiter', '--site', site);
    }
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function snapshot(site) {
    const response = await fetch(`${daemon.url}/api/snapshot`,
        { headers: { Authorization: `Bearer ${waiter[site]}` } });

    return response.json();
}

/** Tables of the open orders: "O-1 at 5". */
async function orders(site) {
    return (await snapshot(site)).snapshot.orders
        .map(order => `${order.id} at ${order.table.id}`).sort();
}

/** The number of the first site's last event. */
async function headOfMain() {
    return (await daemon.metrics()).journal_head;
}

test('each has a journal of its own', async () => {
    assert.ok(fs.existsSync(path.join(daemon.data, 'journal.db')));
    assert.ok(fs.existsSync(
        path.join(daemon.data, 'sites', 'harbour', 'journal.db')));
    const [main, harbour] = [await snapshot('main'), await snapshot('harbour')];

    assert.notEqual(main.epoch, harbour.epoch);
});

test('one id and one key are two orders, and each hears its own', async () => {
    const tables = { main: '5', harbour: '7' };
    const heard = {};
    const session = {};
    const first = {};

    for (const site of SITES) {
        heard[site] = await subscribe(daemon, `dw/1/${site}/json/#`, { site });
        session[site] = await Session.open(daemon, waiter[site]);
        assert.equal(session[site].ready.site, site);
        await session[site].join('waiters');
    }
    for (const site of SITES) {
        const message = { id: 'till-1', event: 'order.created',
            payload: newOrder('O-1', tables[site]) };

        first[site] = await daemon.post(backend[site], message);
        assert.equal(first[site].duplicate, false,
            JSON.stringify(first[site]));
        assert.equal(first[site].epoch, session[site].ready.epoch);
        assert.deepEqual(await daemon.post(backend[site], message),
            { ...first[site], duplicate: true });
        assert.deepEqual(await orders(site), [`O-1 at ${tables[site]}`]);
    }
    for (const site of SITES) {
        await daemon.post(backend[site],
            { event: 'order.created', payload: newOrder('fence', '9') });
        await session[site].event('order.created',
            m => m.payload.order.id === 'fence');
        await heard[site].line(/json\/order\/fence .*order\.created/);
        assert.deepEqual(session[site].events
            .filter(m => m.event === 'order.created')
            .map(m => [m.payload.order.table.id, m.epoch]),
        [[tables[site], first[site].epoch], ['9', first[site].epoch]]);
        assert.deepEqual(heard[site].lines
            .filter(line => line.includes('/json/table/')
                && line.includes('"order.created"'))
            .map(line => line.split(' ')[0]),
        [`dw/1/${site}/json/table/${tables[site]}`,
            `dw/1/${site}/json/table/9`]);
        assert.ok(heard[site].lines.every(
            line => line.startsWith(`dw/1/${site}/`)));
    }
});

test('producers and devices of one id at both are four', async () => {
    const producers = [];
    const pagers = {};
    const listeners = {};

    for (const site of SITES) {
        const file = path.join(daemon.folder, `state-${site}`);
        const credential = await daemon.enrol('pager', 'pager-5', '--site',
            site);
        const ear = await daemon.enrol('pager', 'ear-5', '--site', site);

        assert.equal(credential.client_id,
            site === 'main' ? 'pager-5' : 'harbour.pager-5');
        producers.push(await Producer.open(daemon, 'till', { site }));
        pagers[site] = new Child(daemon.program, ['device', 'pager',
            '--credential', credential.file, '--table', '5',
            '--port', String(daemon.mqttPort), '--state', file],
        { env: daemon.env });
        await pagers[site].line(/^online/);
        listeners[site] = await subscribe(daemon, `dw/1/${site}/pb/table/5`,
            { credential: ear, hex: true, site });
    }
    for (const site of SITES)
        await until(`${site} knows its pager`, async () =>
            (await daemon.metrics())[site === 'main' ? 'devices_online'
                : 'devices_online{site="harbour"}'] === 1);
    const [main, harbour] = producers;

    for (const [producer, order] of [[main, 'P-1'], [harbour, 'P-2']]) {
        const taken = await producer.publish('order.created',
            newOrder(order, '5'), 'key-1');

        assert.equal(taken.duplicate, false, JSON.stringify(taken));
    }
    // Where there is no such order nothing can be ready.
    const refused = await harbour.publish('kitchen.ready', { orderId: 'P-1' },
        'key-2');

    assert.ok(refused.error, JSON.stringify(refused));
    await harbour.publish('kitchen.ready', { orderId: 'P-2' }, 'key-3');
    await pagers.harbour.line(/^ring table=5 .*page=P-2-ready/);
    await listeners.harbour.line(/pb\/table\/5 /);
    await main.publish('kitchen.ready', { orderId: 'P-1' }, 'key-3');
    await pagers.main.line(/^ring table=5 .*page=P-1-ready/);
    await listeners.main.line(/pb\/table\/5 /);
    for (const site of SITES) {
        assert.equal(pagers[site].lines.filter(line =>
            line.startsWith('ring')).length, 1);
        assert.ok(listeners[site].lines.every(
            line => line.startsWith(`dw/1/${site}/`)));
    }
});

/** A client of npm mqtt, connected, or the error. */
async function connect(credential, more = {}) {
    const client = mqtt.connect(daemon.mqttUrl, {
        clientId: credential.client_id, username: credential.username,
        password: credential.password, reconnectPeriod: 0,
        connectTimeout: 5000, ...more });

    atEnd(() => client.endAsync(true));
    await within('the broker answers', new Promise((resolve, reject) => {
        client.once('connect', resolve);
        client.once('error', reject);
    }));
    return client;
}

test('a credential of one is worth nothing at the other', async () => {
    const kinds = ['producer', 'printer', 'pager', 'buzzer'];
    const before = await headOfMain();

    for (const kind of kinds) {
        const credential = await daemon.enrol(kind, `spy-${kind}`, '--site',
            'harbour');
        const client = await connect(credential);
        const heard = [];
        const fence = within(`${kind} hears its own site`,
            new Promise(resolve => client.on('message', topic => {
                heard.push(topic);
                if (topic === 'dw/1/harbour/hub/state' && client.isFenced)
                    resolve();
            })));

        // Subscribing is not refused by this broker; delivery is.
        await client.subscribeAsync(['dw/1/main/#', 'dw/1/+/json/#',
            'dw/1/+/pb/#', 'dw/1/+/dev/+/job', 'dw/1/+/receipt/#',
            'dw/1/+/state/#'], { qos: 1 });
        for (const topic of ['in/till/order.created', `in/${credential.id}/` +
            'order.created', 'json/kitchen', 'dev/pager-5/state',
            `dev/${credential.id}/info`, 'pb/table/5', 'hub/state'])
            await client.publishAsync(`dw/1/main/${topic}`,
                JSON.stringify({ payload: newOrder('stolen', '5') }),
                { qos: 1 });
        await daemon.post(backend.main, { event: 'order.created',
            payload: newOrder(`secret-${kind}`, '5') });
        const seen = await subscribe(daemon, 'dw/1/main/state/#');

        await seen.line(new RegExp(`state/order/secret-${kind} `));
        await seen.stop();
        client.isFenced = true;
        await client.subscribeAsync('dw/1/harbour/hub/state', { qos: 1 });
        await fence;
        assert.deepEqual(heard.filter(
            topic => !topic.startsWith('dw/1/harbour/')), []);
        await client.endAsync();
    }
    const { snapshot: picture } = await snapshot('main');

    assert.ok(!picture.orders.some(order => order.id === 'stolen'));
    assert.equal(picture.orders.filter(
        order => order.id.startsWith('secret-')).length, kinds.length);
    assert.ok(await headOfMain() > before);
    // Its password does not open the other's door either.
    const credential = await daemon.enrol('pager', 'pager-6', '--site',
        'harbour');

    await daemon.enrol('pager', 'pager-6');
    await assert.rejects(
        connect({ ...credential, username: 'pager-6', client_id: 'pager-6' }),
        /Not authorized|Bad user ?name/i);
});

test('a token of one is worth nothing at the other', async () => {
    const stranger = await daemon.command('token', '--role', 'backend',
        '--site', 'kiosk');

    assert.equal(stranger.code, 64, stranger.stderr);
    // Signed with the same key, but for a site that is not served.
    const env = daemon.env;

    daemon.env = { ...env, DUMBWAITER_SITE_OTHERS: 'kiosk' };
    const kiosk = await daemon.token('backend', '--site', 'kiosk');

    daemon.env = env;
    const refused = await daemon.post(kiosk, { event: 'order.created',
        payload: newOrder('K-1', '5') });
    const unsigned = await daemon.post('nonsense', { event: 'order.created',
        payload: newOrder('K-1', '5') });

    assert.equal(refused.status, 401);
    assert.deepEqual(refused, unsigned);
    await assert.rejects(Session.open(daemon, kiosk), /4401/);

    await daemon.post(backend.main, { event: 'order.created',
        payload: newOrder('only-main', '5') });
    const kitchen = await Session.open(daemon,
        await daemon.token('kitchen', '--site', 'harbour'));
    const answer = await kitchen.publish('kitchen.ready',
        { orderId: 'only-main' });

    assert.equal(answer.op, 'error', JSON.stringify(answer));
    assert.ok(!(await orders('harbour')).some(o => o.startsWith('only-main')));
    // A cursor of the other site finds nothing to go on from.
    const { cursor } = await snapshot('main');
    const joined = await kitchen.join('kitchen', cursor);

    assert.equal(joined.op, 'ok', JSON.stringify(joined));
    assert.equal(joined.recovered, false);
    assert.ok(!JSON.stringify(joined.snapshot).includes('only-main'));
});

test('the commands work at each', async () => {
    const listening = daemon.command('listen', '--site', 'harbour', 'kitchen',
        '--count', '1', '--timeout', '20s');

    await until('an event is heard', async () => {
        const id = `C-${Date.now()}`;
        const { code, stdout, stderr } = await daemon.command('publish',
            '--site', 'harbour', 'order.created',
            JSON.stringify(newOrder(id, '7')));

        assert.equal(code, 0, stdout + stderr);
        assert.ok((await orders('harbour')).includes(`${id} at 7`));
        assert.ok(!(await orders('main')).includes(`${id} at 7`));
        return Promise.race([listening, new Promise(resolve =>
            setTimeout(resolve, 200, false))]);
    }, 20000);
    const { code, stdout } = await listening;

    assert.equal(code, 0, stdout);
    assert.equal(JSON.parse(stdout).epoch, (await snapshot('harbour')).epoch);
    const main = await daemon.command('publish', 'order.created',
        JSON.stringify(newOrder('C-main', '5')));

    assert.equal(main.code, 0, main.stderr);
    assert.ok((await orders('main')).includes('C-main at 5'));
});

test('a restart keeps both', async () => {
    const message = { id: 'before-1', event: 'order.created',
        payload: newOrder('B-1', '8') };
    const was = {};

    for (const site of SITES) {
        const { seq, epoch } = await daemon.post(backend[site], message);

        was[site] = { seq, epoch, orders: await orders(site) };
    }
    await daemon.restart();
    for (const site of SITES) {
        assert.deepEqual(await orders(site), was[site].orders);
        const again = await daemon.post(backend[site], message);

        assert.equal(again.duplicate, true);
        assert.equal(again.seq, was[site].seq);
        assert.equal(again.epoch, was[site].epoch);
    }
});

test('figures say of which site they are', async () => {
    const text = await (await fetch(`${daemon.url}/metrics`)).text();

    for (const site of SITES) {
        assert.match(text,
            new RegExp(`^dumbwaiter_mqtt_connected\\{site="${site}"\\} 1$`, 'm'));
        assert.match(text,
            new RegExp(`^dumbwaiter_orders_open\\{site="${site}"\\} \\d+$`, 'm'));
    }
    assert.equal(text.match(/^# TYPE dumbwaiter_orders_open /mg).length, 1);
    assert.equal((await fetch(`${daemon.url}/readyz`)).status, 200);
    assert.equal((await fetch(`${daemon.url}/healthz`)).status, 200);
});
