/** Who decides: commands to the back end, by MQTT and by the webhook. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { Producer, Session, subscribe } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { buildFailpoint } from './lib/failpoint.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';
import { Receiver } from './lib/receiver.js';
import { until } from './lib/wait.js';

const CMD = /^(\S+\/cmd\/\S+) (.*)$/;

let receiver;
let daemon;
let backend; // tokens
let kitchen;
let producer;
let listener; // mosquitto_sub on cmd/#
let verify; // as README has it
let secret;

async function loadVerify(folder) {
    const readme = fs.readFileSync(path.join(repository, 'README.md'), 'utf8');
    const [, source] = [...readme.matchAll(/```js\n(.*?)```/gs)]
        .find(([, text]) => /function verify\b/.test(text));
    const file = path.join(folder, 'verify.mjs');

    fs.writeFileSync(file, source);
    return (await import(pathToFileURL(file))).verify;
}

function start(...args) {
    return Daemon.start({ args: ['--authority', 'backend', ...args] });
}

before(async () => {
    receiver = await Receiver.start();
    daemon = await start('--webhook-url', receiver.url);
    backend = await daemon.token('backend');
    kitchen = await daemon.token('kitchen', '--sub', 'cook-1');
    verify = await loadVerify(daemon.folder);
    secret = fs.readFileSync(
        path.join(daemon.data, 'webhook.secret'), 'utf8').trim();
    producer = await Producer.open(daemon, 'brain');
    listener = await subscribe(daemon, 'dw/1/main/cmd/#',
        { credential: await daemon.enrol('producer', 'ears') });
});

after(async () => {
    try {
        await daemon?.stop();
        assert.ok(!daemon.log.includes(secret.slice(6)), 'never logged');
    } finally {
        await cleanUp();
    }
});

/** An order that the back end has created. */
async function order(at, id) {
    const answer = await at.post(backend,
        { event: 'order.created', payload: newOrder(id, '5') });

    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.equal(answer.pending, undefined, 'a fact of the back end');
}

async function statusOf(at, token, id) {
    const response = await fetch(`${at.url}/api/snapshot?rooms=kitchen`,
        { headers: { Authorization: `Bearer ${token}` } });
    const { snapshot } = await response.json();

    return snapshot.orders.find(order => order.id === id)?.status;
}

const ready = (id, key) =>
    ({ id: key, event: 'kitchen.ready', payload: { orderId: id } });

/** The command on MQTT about this order. */
async function commandOnMqtt(id) {
    const line = await listener.line(new RegExp(`"orderId":"${id}"`));
    const [, topic, text] = line.match(CMD);

    return { topic, ...JSON.parse(text) };
}

test('what the kitchen says is pending until the back end says it', async () => {
    const screen = await Session.open(daemon, kitchen);

    await screen.join('kitchen');
    await order(daemon, 'A-1');
    const answer = await daemon.post(kitchen, ready('A-1', 'tap-1'));

    assert.equal(answer.status, 200);
    assert.equal(answer.pending, true);
    assert.equal(answer.duplicate, false);

    const { topic, ...command } = await commandOnMqtt('A-1');

    assert.equal(topic, 'dw/1/main/cmd/kitchen.ready');
    assert.deepEqual(command, { v: 1, command: true, id: answer.id,
        epoch: answer.epoch, seq: answer.seq, event: 'kitchen.ready',
        ts: command.ts, exp: Date.parse(command.ts) + 15 * 60 * 1000,
        by: 'cook-1', roles: ['kitchen'],
        payload: { orderId: 'A-1' } });
    assert.deepEqual(await receiver.event(e => e.id === answer.id), command,
        'the webhook is told the same');
    assert.notEqual(await statusOf(daemon, kitchen, 'A-1'), 'ready');
    assert.ok(!screen.events.some(m => m.event === 'kitchen.ready'));

    // The back end agrees, twice; it is one fact.
    for (const duplicate of [false, true]) {
        const receipt = await producer.publish('kitchen.ready',
            command.payload, `done-${command.id}`);

        assert.equal(receipt.duplicate, duplicate, JSON.stringify(receipt));
        assert.equal(receipt.pending, undefined);
    }
    assert.equal((await screen.event('kitchen.ready')).payload.orderId, 'A-1');
    assert.equal(await statusOf(daemon, kitchen, 'A-1'), 'ready');
    await screen.close();
});

test('a command said again is the same command', async () => {
    await order(daemon, 'A-2');
    const first = await daemon.post(kitchen, ready('A-2', 'tap-2'));
    const again = await daemon.post(kitchen, ready('A-2', 'tap-2'));

    assert.equal(again.duplicate, true);
    assert.equal(again.pending, true);
    assert.equal(again.seq, first.seq);
    assert.equal(again.id, first.id);
    const other = await daemon.post(kitchen,
        { ...ready('A-2', 'tap-2'), event: 'kitchen.preparing' });

    assert.equal(other.code, 'conflict');
    // A mark behind it: whatever was to come has come.
    await daemon.post(kitchen, ready('A-2', 'tap-3'));
    await until('the mark', () => listener.lines.filter(
        line => line.includes('"orderId":"A-2"')).length >= 2);
    await until('the mark', () => receiver.events.filter(
        event => event.payload.orderId === 'A-2').length >= 2);
    assert.equal(listener.lines.filter(
        line => line.includes('"orderId":"A-2"')).length, 2);
    assert.equal(receiver.events.filter(
        event => event.payload.orderId === 'A-2').length, 2);
});

test('/ws says pending in both of its forms of answer', async () => {
    const screen = await Session.open(daemon, kitchen);

    await order(daemon, 'A-3');
    const answer = await screen.publish('kitchen.preparing',
        { orderId: 'A-3' }, 'tap-4');

    assert.equal(answer.op, 'ok', JSON.stringify(answer));
    assert.equal(answer.pending, true);
    assert.equal((await commandOnMqtt('A-3')).event, 'kitchen.preparing');
    const own = await Session.open(daemon, backend);
    const fact = await own.publish('kitchen.preparing', { orderId: 'A-3' });

    assert.equal(fact.op, 'ok', JSON.stringify(fact));
    assert.ok(!('pending' in fact));
    await Promise.all([screen.close(), own.close()]);
});

test('a button\'s press is a command, a device\'s report is a fact', async () => {
    const waiter = await Session.open(daemon, await daemon.token('manager'));

    await waiter.join(['kitchen', 'waiters']);
    const button = await daemon.device('button', 'button-7', '--table', '7');

    await waiter.event('device.online', m => m.src === 'button-7');
    button.process.stdin.write('\n');
    const command = await receiver.event(e => e.by === 'button-7');

    assert.equal(command.event, 'service_call.created');
    assert.deepEqual(command.roles, ['device']);
    assert.equal(command.payload.call.table.id, '7');
    assert.ok(!waiter.events.some(m => m.event === 'service_call.created'));
    await producer.publish('service_call.created', command.payload,
        `done-${command.id}`);
    await waiter.event('service_call.created');
    await button.stop();
    await waiter.event('device.offline', m => m.src === 'button-7');
    await waiter.close();
});

test('who may not say it is refused as ever, and nobody is asked', async () => {
    const guest = await daemon.token('table', '--table', '5');
    const admin = await daemon.token('admin');
    const get = async path => (await fetch(`${daemon.url}${path}`,
        { headers: { Authorization: `Bearer ${admin}` } })).json();
    const { cursor } = await get('/api/snapshot?rooms=kitchen,admin');

    assert.equal((await daemon.post(guest, ready('A-1'))).code, 'forbidden');
    assert.equal((await daemon.post(kitchen,
        { event: 'kitchen.ready', payload: {} })).code, 'missing_field');
    assert.equal((await daemon.post(kitchen,
        { event: 'command.requested', payload: { command: 'kitchen.ready',
            payload: '{}' } })).code, 'forbidden');
    assert.equal((await daemon.post(backend,
        { event: 'command.requested', payload: { command: 'kitchen.ready',
            payload: '{}' } })).code, 'forbidden');
    const { events } = await get(
        `/api/events?rooms=kitchen,admin&limit=1000&after=${cursor}`);

    // Figures of what was before may still come.
    assert.deepEqual(events.filter(({ event }) =>
        ['kitchen.ready', 'command.requested'].includes(event)), []);
});

test('every request is signed, and only what was signed is good', () => {
    assert.ok(receiver.requests.length > 0);
    for (const { method, path: to, headers, body } of receiver.requests) {
        assert.equal(method, 'POST');
        assert.equal(to, '/hook?of=dumbwaiter');
        assert.equal(headers['content-type'], 'application/json');
        assert.match(headers['user-agent'], /^dumbwaiter\//);
        assert.equal(headers.expect, undefined);
        const { site, events } = JSON.parse(body);

        assert.equal(site, 'main');
        assert.equal(headers['webhook-id'], events.length === 1 ? events[0].id
            : `${events[0].id}-${events.at(-1).id}`);
        assert.ok(verify(headers, body, secret));
        const forged = Buffer.from(body);

        forged[forged.length - 3] ^= 1;
        assert.ok(!verify(headers, forged, secret));
        assert.ok(!verify({ ...headers, 'webhook-id': 'x' }, body, secret));
        assert.ok(!verify(headers, body, 'whsec_' + 'A'.repeat(32)));
        assert.ok(!verify(headers, body, secret, Date.now() + 400000));
        assert.ok(!verify({}, body, secret));
    }
});

test('commands are for producers to read and for nobody to write', async () => {
    const nobody = await subscribe(daemon, 'dw/1/main/cmd/#');
    const pager = await subscribe(daemon, 'dw/1/main/cmd/#',
        { credential: await daemon.enrol('pager', 'pager-9') });

    await producer.client.publishAsync(
        'dw/1/main/cmd/kitchen.ready', '{"orderId":"forged"}', { qos: 1 });
    await order(daemon, 'A-4');
    await daemon.post(kitchen, ready('A-4'));
    await commandOnMqtt('A-4');
    assert.ok(!listener.stdout.includes('forged'));
    // What they may read comes behind it.
    await daemon.kill();
    await daemon.begin();
    for (const child of [nobody, pager]) {
        await until('it hears of the new start', () => child.lines.filter(
            line => line.includes('/hub/state ')).length >= 2);
        assert.ok(!child.stdout.includes('/cmd/'));
    }
});

test('a back end that is away is told when it comes, killed or not', async () => {
    const about = ['A-5', 'A-6', 'A-7'];
    const said = [];

    await receiver.stop();
    for (const id of about) {
        await order(daemon, id);
        said.push(await daemon.post(kitchen, ready(id)));
    }
    await until('it is tried in vain', async () => (await daemon.metrics())[
        'webhook_requests_total{result="failed"}'] >= 2);
    await daemon.kill();
    await daemon.begin();
    said.push(await daemon.post(kitchen, ready('A-5', 'again')));
    const before = receiver.requests.length;

    await receiver.listen();
    await receiver.event(e => e.id === said.at(-1).id, 70000);
    const events = receiver.requests.slice(before)
        .flatMap(request => JSON.parse(request.body).events);
    const first = events.findIndex(e => e.id === said[0].id);

    assert.deepEqual(events.slice(first).map(e => e.id), said.map(s => s.id),
        'each once, in order');
    for (const { headers, body } of receiver.requests.slice(before))
        assert.ok(verify(headers, body, secret));
});

test('what was accepted does not come again', async () => {
    const before = receiver.requests.length;

    await order(daemon, 'A-8');
    const { id } = await daemon.post(kitchen, ready('A-8'));

    await receiver.event(e => e.id === id);
    await daemon.stop();
    await daemon.begin();
    const next = await daemon.post(kitchen, ready('A-8'));

    await receiver.event(e => e.id === next.id);
    assert.deepEqual(receiver.requests.slice(before).map(
        ({ headers }) => headers['webhook-id']), [id, next.id]);
});

test('only 2xx is a yes; the same comes again until then', async () => {
    const answers = [
        response => response.writeHead(500).end('no'),
        response => response.writeHead(302,
            { Location: `http://127.0.0.1:${daemon.httpPort}/` }).end(),
        response => response.destroy(),
        // More than anybody wants to read, but a yes.
        response => {
            response.on('error', () => {});
            response.writeHead(200);
            for (let i = 0; i < 64; i++)
                response.write(Buffer.alloc(65536, '.'));
            response.end();
        },
    ];
    const before = receiver.requests.length;

    receiver.answer = (response, n) =>
        (answers[n - before - 1] ?? (r => r.end()))(response);
    await order(daemon, 'A-9');
    const { id } = await daemon.post(kitchen, ready('A-9'));

    await until('it comes four times',
        () => receiver.requests.length >= before + 4, 30000);
    const next = await daemon.post(kitchen, ready('A-9'));

    await receiver.event(e => e.id === next.id);
    const ids = receiver.requests.slice(before)
        .map(({ headers }) => headers['webhook-id']);

    assert.deepEqual(ids, [id, id, id, id, next.id]);
    for (const { headers, body } of receiver.requests.slice(before))
        assert.ok(verify(headers, body, secret), 'signed anew each time');
});

test('a back end that says nothing delays nobody else', async () => {
    const held = [];

    receiver.answer = response => held.push(response);
    await order(daemon, 'A-10');
    await daemon.post(kitchen, ready('A-10'));
    await until('it has the request', () => held.length === 1);
    const screen = await Session.open(daemon, kitchen);

    await screen.join('kitchen');
    for (let i = 0; i < 50; i++) {
        const started = performance.now();

        await order(daemon, `B-${i}`);
        assert.ok(performance.now() - started < 2000);
    }
    await screen.event('order.created', m => m.payload.order.id === 'B-49');
    assert.equal(held.length, 1, 'one request at a time');
    // What came meanwhile follows together.
    const before = receiver.requests.length;
    const said = [];

    for (let i = 0; i < 25; i++)
        said.push(...await daemon.post(kitchen, [ready(`B-${i}`)]));
    receiver.answer = response => response.end();
    held[0].end();
    await receiver.event(e => e.id === said.at(-1).id);
    assert.deepEqual(receiver.requests.slice(before)
        .map(({ body }) => JSON.parse(body).events.length), [20, 5]);
    assert.deepEqual(receiver.events.slice(-25).map(e => e.id),
        said.map(s => s.id));
    await screen.close();
});

test('a name server that says nothing delays nobody, nor the end', async () => {
    const failpoint = await buildFailpoint();
    const lost = await Daemon.start({
        args: ['--authority', 'backend', '--webhook-url',
            'http://backend.example/hook'],
        env: failpoint({ FAILPOINT_NO_NAMES: '60' }) });
    const till = await lost.token('backend');
    const cook = await lost.token('kitchen');
    const post = async (token, message) => {
        const started = performance.now();
        const answer = await lost.post(token, message);

        assert.ok(performance.now() - started < 2000, 'answered at once');
        assert.equal(answer.status, 200, JSON.stringify(answer));
    };

    let n = 0;

    await post(cook, ready('N-1'));
    await until('it gives up looking', async () => {
        await post(till, { event: 'order.created',
            payload: newOrder(`N-${++n}`, '5') });
        return (await lost.metrics())[
            'webhook_requests_total{result="failed"}'] >= 1;
    }, 15000);
    await post(cook, ready('N-1'));
    await lost.stop();
});

test('webhook.what: all sends every event, each site its own', async () => {
    const all = await Receiver.start();
    const other = await start('--webhook-url', all.url,
        '--webhook-what', 'all', '--other-sites', 'north');
    const sites = ['main', 'north'];
    const eventsOf = site => all.requests.map(({ body }) => JSON.parse(body))
        .filter(sent => sent.site === site).flatMap(sent => sent.events);

    for (const site of sites) {
        const cook = await other.token('kitchen', '--site', site);

        backend = await other.token('backend', '--site', site);
        await order(other, `C-${site}`);
        const { id, seq } = await other.post(cook, ready(`C-${site}`));

        await all.event(e => e.id === id);
        const events = eventsOf(site);

        assert.deepEqual(events.map(e => e.seq).filter(n => n <= seq),
            Array.from({ length: seq }, (_, i) => i + 1));
        assert.equal(events[0].event, 'order.created');
        assert.equal(events[0].command, undefined);
        assert.equal(events[0].payload.order.id, `C-${site}`);
        assert.equal(events.find(e => e.id === id).command, true);
    }
    assert.equal(all.events.length,
        eventsOf('main').length + eventsOf('north').length);
    assert.ok(!JSON.stringify(eventsOf('main')).includes('C-north'));
    await other.stop();
});

test('with authority: hub nothing is pending and nobody is asked', async () => {
    const quiet = await Receiver.start();
    const other = await Daemon.start({ args: ['--webhook-url', quiet.url] });
    const cook = await other.token('kitchen');

    backend = await other.token('backend');
    await order(other, 'D-1');
    const answer = await other.post(cook, ready('D-1'));

    assert.ok(!('pending' in answer));
    assert.equal(await statusOf(other, cook, 'D-1'), 'ready');
    await other.stop();
    assert.equal(quiet.requests.length, 0);
});

test('a secret that others may read stops the start', async () => {
    const file = path.join(daemon.folder, 'open.secret');

    fs.writeFileSync(file, `${secret}\n`, { mode: 0o644 });
    const { code, stdout } = await daemon.command('check', '--webhook-url',
        receiver.url, '--webhook-secret-file', file);

    assert.equal(code, 78);
    assert.match(stdout, /webhook\.secret_file: .* can be read by others/);
    const wrong = await daemon.command(
        'check', '--webhook-url', 'ftp://127.0.0.1/');

    assert.equal(wrong.code, 78);
    assert.match(wrong.stdout, /webhook\.url: /);
});
