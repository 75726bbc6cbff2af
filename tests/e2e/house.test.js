/**
 * Devices as a house sees them: the list, what may be changed of one, the
 * table on a terminal, and Home Assistant, which reads the real broker.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';

import { Authority, put } from './lib/certificates.js';
import { Daemon, freePort } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp, makeFolder } from './lib/processes.js';
import { until } from './lib/wait.js';

const ON = { DUMBWAITER_MQTT_HOME_ASSISTANT: 'yes' };

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

async function ask(role, method, where, body, at = daemon) {
    const answer = await fetch(`${at.url}/api/devices${where}`, { method,
        headers: { Authorization: `Bearer ${await at.token(role)}` },
        ...body && { body: JSON.stringify(body) } });

    return { status: answer.status, ...await answer.json() };
}

const list = async (role, at) => (await ask(role, 'GET', '', null, at)).devices;
const look = async (id, at) =>
    (await ask('admin', 'GET', `/${id}`, null, at)).device;
const change = (role, id, body) => ask(role, 'PATCH', `/${id}`, body);

/** Somebody at the broker, with the newest of each topic that it has heard. */
async function listen(at, credential, ...filters) {
    const client = await mqtt.connectAsync(at.mqttUrl, { reconnectPeriod: 0,
        username: credential?.username, password: credential?.password });
    const kept = new Map();

    client.on('error', () => {});
    client.on('message', (topic, data) => kept.set(topic, String(data)));
    atEnd(() => client.endAsync(true));
    await client.subscribeAsync(filters, { qos: 1 });
    return { client, kept,
        topics: () => [...kept].filter(([, text]) => text).map(([t]) => t),
        json: topic => JSON.parse(kept.get(topic) || 'null') };
}

/** What Home Assistant's documentation asks of a device's message. */
function checkConfig(topic, config) {
    const [, kind, ...ids] = topic.split('/');
    const seen = new Set();

    assert.equal(kind, 'device');
    assert.equal(ids.pop(), 'config');
    for (const id of ids)
        assert.match(id, /^[a-zA-Z0-9_-]+$/);
    assert.ok(config.dev.ids.length > 0);
    assert.ok(config.o.name);
    assert.ok(Object.keys(config.cmps).length > 0);
    for (const one of Object.values(config.cmps)) {
        assert.match(one.p, /^(binary_sensor|sensor|button)$/);
        assert.ok(one.unique_id && !seen.has(one.unique_id));
        seen.add(one.unique_id);
        assert.ok(one.p === 'button' ? one.command_topic : one.state_topic);
        for (const { topic: where } of one.availability ?? [])
            assert.ok(where);
    }
    for (const { topic: where, value_template: template } of
        config.availability) {
        assert.ok(where);
        assert.match(template, /^{{ .* }}$/);
    }
}

test('the list shows who is there, to whom it concerns', async () => {
    await daemon.device('printer', 'printer-1', '--station', 'kitchen',
        '--out', `file:${path.join(daemon.folder, 'tickets.bin')}`);
    await daemon.device('pager', 'pager-5', '--table', '5', '--battery', '80');

    const pager = await until('the pager has said how it is', async () =>
        (await list('admin')).find(one => one.battery === 80));

    assert.equal(pager.id, 'pager-5');
    assert.equal(pager.kind, 'pager');
    assert.equal(pager.state, 'online');
    assert.equal(pager.table.id, '5');
    assert.ok(pager.lastSeen >= pager.since);
    assert.equal((await look('printer-1')).station, 'kitchen');
    assert.equal((await look('printer-1')).queue, 0);
    // Waiters hand out pagers; a guest is shown none.
    assert.deepEqual((await list('waiter')).map(one => one.id), ['pager-5']);
    assert.equal((await list('waiter'))[0].battery, undefined);
    assert.equal((await ask('kitchen', 'GET', '/printer-1')).status, 200);
    assert.equal((await ask('waiter', 'GET', '/printer-1')).status, 404);
    assert.equal((await ask('admin', 'GET', '/nobody')).status, 404);
});

test('a pager is handed out, found and told how to behave', async () => {
    const pager = await daemon.device('pager', 'pager-9');
    const backend = await daemon.token('backend');

    await daemon.post(backend,
        { event: 'order.created', payload: newOrder('H-1', '5') });
    let said = await change('waiter', 'pager-9',
        { assigned: { orderId: 'H-1' } });

    assert.equal(said.status, 200, JSON.stringify(said));
    assert.equal(said.device.assigned.orderId, 'H-1');
    said = await change('waiter', 'pager-9', { assigned: { table: '6' } });
    assert.equal(said.device.assigned.table.id, '6');
    said = await change('waiter', 'pager-9', { assigned: null });
    assert.equal(said.status, 200, JSON.stringify(said));
    assert.equal(said.device.assigned, undefined);

    assert.equal((await change('kitchen', 'pager-9', { identify: 3 })).status,
        200);
    await pager.line(/^identify/);

    said = await change('manager', 'pager-9', { config: { muteFrom: '22:30',
        muteTo: '07:00', sleepSeconds: 0, telemetrySeconds: 60 } });
    assert.equal(said.status, 200, JSON.stringify(said));
    const { config } = await look('pager-9');

    assert.deepEqual([config.muteFrom, config.muteTo, config.telemetrySeconds],
        ['22:30', '07:00', 60]);
});

test('a mistake is named as the request has it', async () => {
    const wrong = [
        [{}, 'assigned'],
        [{ assigned: 5 }, 'assigned'],
        [{ assigned: {} }, 'assigned'],
        [{ assigned: { orderId: 'none' } }, 'assigned.orderId'],
        [{ assigned: null, identify: 3 }, 'identify'],
        [{ identify: 'now' }, 'identify'],
        [{ identify: 301 }, 'identify'],
        [{ config: 1 }, 'config'],
        [{ config: { colour: 'red' } }, 'config'],
        [{ config: { muteFrom: '25:00', muteTo: '07:00' } },
            'config.muteFrom'],
        [{ config: { muteFrom: '22:00' } }, 'config.muteTo'],
        [{ config: { sleepSeconds: 3601 } }, 'config.sleepSeconds'],
        [{ config: { telemetrySeconds: 3 } }, 'config.telemetrySeconds'],
    ];

    for (const [body, field] of wrong) {
        const { status, ...said } = await change('admin', 'pager-5', body);

        assert.ok(status >= 400 && status < 500, JSON.stringify(body));
        assert.equal(said.field, field, JSON.stringify({ body, said }));
    }
    assert.equal((await change('admin', 'nobody', { identify: 3 })).status,
        404);
    assert.equal((await change('waiter', 'pager-5',
        { config: { sleepSeconds: 0 } })).status, 403);
});

test('a terminal shows them in columns, or as JSON', async () => {
    const port = ['--port', String(daemon.httpPort)];
    const { code, stdout, stderr } = await daemon.command('devices', ...port);
    const lines = stdout.trimEnd().split('\n');
    const at = lines[0].indexOf('STATE');

    assert.equal(code, 0, stderr);
    assert.match(lines[0], /^ID +KIND +STATE +BATTERY/);
    const pager = lines.find(line => line.startsWith('pager-5 '));

    assert.equal(pager.slice(at, at + 6), 'online');
    assert.match(pager, / 80% .* table 5 /);
    assert.match(stdout, /^[\x20-\x7e\n]*$/);

    const json = await daemon.command('devices', '--json', ...port);

    assert.ok(JSON.parse(json.stdout).devices.some(d => d.id === 'pager-5'));
    const named = await daemon.command('devices', '--url', `${daemon.url}/`);

    assert.equal(named.code, 0, named.stderr);
});

test('where no daemon answers, the exit code says so', async () => {
    const nobody = await daemon.command('devices', '--port',
        String(await freePort()));

    assert.equal(nobody.code, 69);
    assert.match(nobody.stderr, /no answer from http:\/\/127\.0\.0\.1/);
    assert.equal(nobody.stdout, '');
    assert.equal((await daemon.command('devices', '--url', 'ftp://x')).code,
        64);
});

test('over TLS only the daemon that has the certificate is asked', async () => {
    const folder = makeFolder();
    const authority = await Authority.make(path.join(folder, 'authority'));
    const [own, other] = [await authority.issue(1), await authority.issue(2)];
    const file = name => path.join(folder, name);

    put(file('own.pem'), own.cert);
    put(file('own.key'), own.key);
    put(file('other.pem'), other.cert);
    const at = await Daemon.start({ args: ['--tls-cert', file('own.pem'),
        '--tls-key', file('own.key')] });
    const devices = cert => at.command('devices', '--json',
        '--port', String(at.httpPort),
        '--tls-cert', cert, '--tls-key', file('own.key'));
    const heard = await devices(file('own.pem'));

    assert.equal(heard.code, 0, heard.stderr);
    assert.deepEqual(JSON.parse(heard.stdout).devices, []);
    const stranger = await devices(file('other.pem'));

    assert.equal(stranger.code, 69);
    assert.match(stranger.stderr, /certificate/);
    await at.stop();
});

test('Home Assistant is told nothing unless it is asked for', async () => {
    const ear = await listen(daemon, null, 'homeassistant/#',
        'dw/1/main/dev/+/about', 'dw/1/main/hub/state');

    await until('what is retained is here', () => ear.kept.size > 0);
    assert.deepEqual(ear.topics(), ['dw/1/main/hub/state']);
});

test('Home Assistant finds the devices, and loses those that go', async () => {
    const at = await Daemon.start({ env: ON });
    const credential = await at.enrol('producer', 'home-assistant');
    const ear = await listen(at, credential, 'homeassistant/#', 'dw/1/#');
    const topic = id => `homeassistant/device/main/${id}/config`;
    const about = id => ear.json(`dw/1/main/dev/${id}/about`);
    const pager = await at.device('pager', 'pager-1', '--battery', '55');
    const printer = await at.device('printer', 'printer-1',
        '--out', `file:${path.join(at.folder, 'tickets.bin')}`);

    await until('the pager has a battery there',
        () => ear.json(topic('pager-1'))?.cmps.battery);
    await until('so has the printer its paper',
        () => ear.json(topic('printer-1'))?.cmps.paper);
    for (const id of ['pager-1', 'printer-1'])
        checkConfig(topic(id), ear.json(topic(id)));
    assert.equal(about('pager-1').online, true);
    assert.equal(about('pager-1').battery, 55);
    assert.equal(about('printer-1').paper, 'ok');
    assert.deepEqual(Object.keys(ear.json(topic('pager-1')).cmps),
        ['connected', 'battery', 'identify']);

    // Its button does what it says it does.
    const { command_topic: where, payload_press: what } =
        ear.json(topic('pager-1')).cmps.identify;

    await ear.client.publishAsync(where, what, { qos: 1 });
    await pager.line(/^identify/);

    await pager.stop();
    await until('it is seen to be away',
        () => about('pager-1').online === false);
    await printer.stop();

    // What is said once is there for whoever comes later.
    const late = await listen(at, credential, 'dw/1/main/dev/+/about');

    await until('the late one has heard', () => late.topics().length === 2);

    await at.command('enrol', '--retire', 'pager-1');
    await until('who is retired is there no more', () =>
        ear.kept.get(topic('pager-1')) === '' &&
        ear.kept.get('dw/1/main/dev/pager-1/about') === '');
    assert.ok(ear.json(topic('printer-1')));

    /** All that is retained, for whoever comes now. */
    const retained = async prefix => {
        const fresh = await listen(at, credential, `${prefix}/#`,
            'dw/1/main/dev/+/about', 'dw/1/main/hub/state');

        await until('it has heard of the hub',
            () => fresh.kept.has('dw/1/main/hub/state'));
        await fresh.client.endAsync();
        return fresh.topics().filter(one => !one.endsWith('hub/state')).sort();
    };
    const again = async env => {
        await at.stop();
        Object.assign(at.env, env);
        await at.begin();
    };

    // It looks for them elsewhere, and then not at all.
    await again({ DUMBWAITER_MQTT_HOME_ASSISTANT_PREFIX: 'house' });
    await until('it is found in the new place',
        async () => (await retained('house')).length === 2);
    assert.deepEqual(await retained('house'),
        ['dw/1/main/dev/printer-1/about', 'house/device/main/printer-1/config']);
    await until('and not in the old one',
        async () => (await retained('homeassistant')).length === 1);
    await again({ DUMBWAITER_MQTT_HOME_ASSISTANT: 'no' });
    await until('all is cleared',
        async () => (await retained('house')).length === 0);
    await at.stop();
});
