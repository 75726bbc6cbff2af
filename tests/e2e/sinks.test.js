/**
 * What strangers and clients say, in the places that are no screen: the log,
 * figures, topics, heads of HTTP, the webhook, the broker's files. Everything
 * that somebody may name is named as badly as can be, at every entrance; what
 * comes out is then read line by line.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';

import mqtt from 'mqtt';
import WebSocket from 'ws';

import { Mint } from '../rights/principals.js';
import { Protobuf } from '../rights/protobuf.js';
import { Producer, Session, subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { Receiver } from './lib/receiver.js';
import { until, within } from './lib/wait.js';

/* A line of the log as the daemon writes it, all of it. */
const LINE = new RegExp('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ' +
    '(error|warn |info |debug) [\\x20-\\x7e]*$');
const FORGED = '2026-01-01T00:00:00.000Z error FORGED';

/* Each ends in a line that looks like one of the log. */
const HOSTILE = [
    `a\n${FORGED}`, `a\r\n${FORGED}`, `a\r${FORGED}`, `a\u0085${FORGED}`,
    `a\u2028${FORGED}`, `a\v${FORGED}`, `\x1b[2J\x1b[31m${FORGED}`,
    `\x9b2J${FORGED}`, `\u202e${FORGED}`, `\u200b\ufeff${FORGED}`,
    `\x07\x08\x7f${FORGED}`, `\xff\xfe\xc0\x8a${FORGED}`, `%s%n%x${FORGED}`,
    `\\x0a${FORGED}`, `" may not join kitchen: x\n${FORGED}`,
    `'; DROP TABLE record; --${FORGED}`, `"} 1\ndumbwaiter_forged{x="`,
    '+/#', 'dw/1/main/#', '$SYS/#', '../../../etc/passwd', '',
    `${'x'.repeat(3000)}\n${FORGED}`,
];

/* The few labels there are, and what they may be. */
const LABELS = { site: /^main$/, version: /^[0-9.]+$/, code: /^[a-z_]+$/,
    from: /^[a-z_]+$/,
    transport: /^[a-z_]+$/, why: /^[a-z_]+$/, result: /^[a-z_]+$/ };

let daemon;
let receiver;
let mint;
let protobuf;
let labels; // of the figures while nobody had come
let topics;

before(async () => {
    receiver = await Receiver.start();
    daemon = await Daemon.start({ args: ['--log-level', 'debug',
        '--webhook-url', receiver.url, '--webhook-what', 'all'] });
    mint = await Mint.open(daemon);
    const { stdout } = await daemon.command('catalogue', '--format', 'json');

    protobuf = new Protobuf(JSON.parse(stdout));
    labels = labelsOf(await figures());
    topics = await subscribe(daemon, 'dw/1/main/json/#');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const figures = async () => (await fetch(`${daemon.url}/metrics`)).text();

function labelsOf(text) {
    return new Set(text.split('\n').filter(line => line && line[0] !== '#')
        .map(line => line.replace(/ \S+$/, '')));
}

/** Bytes as they are, and all that comes back. */
async function raw(port, bytes) {
    const socket = net.connect(port, '127.0.0.1');
    const chunks = [];

    socket.on('error', () => {});
    socket.on('data', chunk => chunks.push(chunk));
    socket.end(bytes);
    await within('the connection ends',
        new Promise(resolve => socket.on('close', resolve)), 15000)
        .finally(() => socket.destroy());
    return Buffer.concat(chunks).toString('latin1');
}

/* For a line of a head: without what would end it, else it is no header. */
const inLine = text => text.replaceAll(/[\r\n\0]/g, ' ').slice(0, 500);

/** No head has a line that is not ours. */
function assertHead(answer, what) {
    const names = ('content-length content-type content-security-policy ' +
        'x-content-type-options referrer-policy cache-control connection ' +
        'www-authenticate allow vary retry-after etag location upgrade ' +
        'access-control-allow-origin access-control-expose-headers ' +
        'access-control-allow-methods access-control-allow-headers ' +
        'access-control-max-age access-control-allow-credentials').split(' ');

    for (const part of answer.split(/(?=HTTP\/1\.1 \d)/)) {
        const lines = part.split('\r\n\r\n')[0].split('\r\n').slice(1);

        for (const line of lines.filter(Boolean))
            assert.ok(names.includes(line.split(':')[0].toLowerCase()) &&
                /^[\x20-\x7e]*$/.test(line) && !line.includes('FORGED'),
            `${what}: ${line}`);
    }
}

/* --- the entrances --- */

test('over HTTP', async () => {
    const token = await daemon.token('backend');
    const request = (line, ...headers) => Buffer.from([line, 'Host: hub',
        ...headers, 'Connection: close', '', ''].join('\r\n'), 'latin1');

    for (const text of HOSTILE) {
        const mark = encodeURIComponent(text).slice(0, 2000);
        const line = inLine(text);

        for (const bytes of [
            request(`GET /${mark} HTTP/1.1`),
            request(`GET /kitchen${mark} HTTP/1.1`),
            request(`GET /api/orders/${mark} HTTP/1.1`,
                `Authorization: Bearer ${token}`),
            request(`GET /api/snapshot?rooms=${mark} HTTP/1.1`,
                `Authorization: Bearer ${token}`),
            request(`GET /?token=${mark} HTTP/1.1`),
            request(`GET /socket.io/?EIO=4&transport=polling&sid=${mark} ` +
                'HTTP/1.1'),
            request(`${line.slice(0, 20)} / HTTP/1.1`),
            request('OPTIONS /api/events HTTP/1.1', `Origin: ${line}`,
                'Access-Control-Request-Method: POST',
                `Access-Control-Request-Headers: ${line}`),
            request('GET /api/orders HTTP/1.1', `Origin: ${line}`,
                `Authorization: Bearer ${line}`),
            request('GET /metrics HTTP/1.1', `User-Agent: ${line}`,
                `X-Forwarded-For: ${line}`, `Referer: ${line}`,
                `Cookie: ${line}`),
            request('GET /ws HTTP/1.1', 'Upgrade: websocket',
                `Sec-WebSocket-Key: ${line}`, `Origin: ${line}`,
                `Sec-WebSocket-Protocol: ${line}`,
                'Sec-WebSocket-Version: 13'),
            Buffer.from(`GET / HTTP/1.1\r\nHost: ${text}\r\n\r\n`, 'latin1'),
            Buffer.from(`${text}\r\n\r\n`, 'latin1'),
        ])
            assertHead(await raw(daemon.httpPort, bytes),
                bytes.toString('latin1').slice(0, 200));
    }
});

test('in bodies', async () => {
    const token = await daemon.token('backend');
    const post = (path, body, headers = {}) => fetch(daemon.url + path,
        { method: 'POST', body, headers:
            { Authorization: `Bearer ${token}`, ...headers } });

    for (const text of HOSTILE) {
        for (const [to, body] of [
            ['/api/events', text],
            ['/api/events', JSON.stringify({ event: text, payload: {} })],
            ['/api/events', JSON.stringify({ [text]: text })],
            ['/api/events', JSON.stringify({ id: text, event: 'order.served',
                payload: { orderId: text } })],
            ['/api/events', JSON.stringify({ event: 'order.created',
                payload: newOrder(text, text) })],
            ['/api/orders', JSON.stringify({ [text]: text })],
            ['/api/link', JSON.stringify({ link: text })],
            ['/api/enrol', JSON.stringify({ code: text })]]) {
            const answer = await post(to, body);

            assert.notEqual(answer.status, 200, `${to} ${body}`);
            JSON.parse(await answer.text());
        }
        const key = inLine(text).replaceAll(/[^\x20-\x7e\x80-\xff]/g, '?');
        const { status } = await post('/api/events', '{}',
            { 'Idempotency-Key': key || 'x' });

        assert.equal(status, 400);
    }
});

test('by tokens whose bearer is called like that', async () => {
    const subjects = HOSTILE.map(text => text.slice(0, 60));
    let entered = 0;

    for (const sub of subjects) {
        const { token } = mint.make('x', { roles: ['kitchen'], sub });
        const session = await Session.open(daemon, token).catch(() => null);

        if (!session)
            continue;
        entered++;
        assert.equal((await session.join('admin')).op, 'error');
        assert.equal((await session.publish('order.created',
            newOrder('N-1', '5'))).code, 'forbidden');
        await session.close();
    }
    // Printable ones are as good as any name.
    assert.ok(entered >= 3 && entered < subjects.length, String(entered));
    await until('a refusal is in the log',
        () => /hub: ".*" may not join admin: /.test(daemon.log));
});

test('over WebSockets', async () => {
    for (const [i, text] of HOSTILE.entries())
        for (const message of [{ op: 'join', ref: 1, rooms: [text] },
            { op: 'publish', ref: 1, event: text, payload: {} },
            { op: 'publish', ref: 1, event: 'order.served',
                payload: { orderId: text } },
            { op: text }, { op: 'ack', seq: text }, { [text]: 1 }]) {
            const { token } = mint.make(`waiter-${i}`, { roles: ['waiter'] });
            const session = await Session.open(daemon, token);

            session.socket.send(JSON.stringify(message));
            await session.next(({ op }) => op === 'error').catch(() => {});
            assert.ok(!session.heard.some(({ op }) => op === 'ok'));
            await session.close();
        }
    for (const text of HOSTILE.filter(Boolean)) { // without, it may come yet
        const socket = new WebSocket(
            `${daemon.wsUrl}?token=${encodeURIComponent(text)}`);
        const ended = new Promise(resolve => {
            socket.on('close', resolve);
            socket.on('error', () => {});
            socket.on('open', () => socket.send(
                Buffer.from(text, 'latin1'), { binary: text.length % 2 > 0 }));
        });

        await within('a socket ends', ended);
    }
});

/** A CONNECT with these texts, as bytes: no client library would send it. */
function connectPacket(id, user, password, willTopic, will) {
    const string = text => {
        const data = Buffer.from(text, 'latin1');

        return Buffer.concat([Buffer.from([data.length >> 8, data.length]),
            data]);
    };
    const rest = Buffer.concat([string('MQTT'), Buffer.from([4, 0xc6, 0, 10]),
        ...[id, willTopic, will, user, password].map(string)]);
    const length = [];

    for (let left = rest.length; ; left >>= 7) {
        length.push(left > 127 ? left & 127 | 128 : left);
        if (left <= 127)
            break;
    }
    return Buffer.concat([Buffer.from([0x10, ...length]), rest]);
}

/* By clients of their own: the broker hangs up on some of them. */
async function sendTopics() {
    const { client_id: clientId, username, password } =
        await daemon.enrol('producer', 'shop');

    for (const text of HOSTILE.filter(one => one && !/[+#\0]/.test(one))) {
        const client = mqtt.connect(daemon.mqttUrl, { clientId, username,
            password, protocolVersion: 4, reconnectPeriod: 0 });
        const closed = new Promise(resolve => client.once('close', resolve));

        client.on('error', () => {});
        await within('the client is connected',
            new Promise(resolve => client.once('connect', resolve)));
        await Promise.race([closed, client.publishAsync(
            `dw/1/main/in/shop/${text}`, '{}', { qos: 1 }).catch(() => {})]);
        await client.endAsync(true);
    }
}

test('over MQTT', async () => {
    const producer = await Producer.open(daemon, 'till');
    const { client_id: clientId, username, password } =
        await daemon.enrol('pager', 'pager-9', '--table', '9');

    for (const text of HOSTILE) {
        await raw(daemon.mqttPort,
            connectPacket(text, text, text, text || 'x', text));
        await raw(daemon.mqttPort,
            connectPacket(clientId, username, text, 'x', text));
        for (const [event, message] of [
            ['order.created',
                JSON.stringify({ payload: newOrder(text, text) })],
            ['order.created', Buffer.from(text, 'latin1')],
            ['order.eaten', JSON.stringify({ id: text.slice(0, 10) })]]) {
            const refused = producer.receipt('any');

            producer.send(event, message).catch(() => {});
            assert.ok((await refused).error);
        }
    }
    await sendTopics();
    const device = mqtt.connect(daemon.mqttUrl,
        { clientId, username, password, protocolVersion: 4 });

    atEnd(() => device.endAsync(true));
    await within('the device is connected',
        new Promise(resolve => device.once('connect', resolve)));
    for (const [i, text] of HOSTILE.entries())
        for (const [leaf, data] of [
            ['info', protobuf.write('device.online', { kind: text, boot: i,
                station: text, firmware: text }, Buffer.alloc(16, i + 1))],
            ['state', Buffer.from(`{"s":"${text}","boot":1}`)],
            ['evt', Buffer.from(text, 'latin1')],
            ['ack', protobuf.write('print.failed',
                { jobId: text, reason: text }, Buffer.alloc(16, 99 + i))]])
            await device.publishAsync(`dw/1/main/dev/pager-9/${leaf}`, data,
                { qos: 1 });
});

test('at the commands', async () => {
    const files = ['acl', 'passwd', 'mosquitto.conf', 'credentials.json'];
    const read = () => files.map(name => fs.readFileSync(
        path.join(daemon.data, 'broker', name), 'latin1'));
    const was = read();

    for (const text of HOSTILE.filter(one => !one.includes('\0')))
        for (const args of [['enrol', 'pager', text, '--table', '5'],
            ['enrol', 'pager', 'pager-8', '--table', text || ' '],
            ['enrol', 'producer', text]]) {
            const { code, stdout, stderr } = await daemon.command(...args);

            assert.notEqual(code, 0, JSON.stringify(args));
            assert.doesNotMatch(stdout + stderr, /^2026-01-01/m);
        }
    assert.deepEqual(read(), was);
    for (const line of was[0].split('\n'))
        assert.match(line, /^$|^user [\w.-]+$|^topic [a-z]+ [\w.$+#/-]+$/);
    for (const line of was[1].split('\n').filter(Boolean))
        assert.match(line, /^[\w.-]+:\$[\w+/=$]+$/);
});

/* --- what came out --- */

const ALLOWED = '\'; DROP TABLE record; --"} <b>\u202e€\u2028';

test('a text that is allowed is the same wherever it comes out', async () => {
    const token = await daemon.token('backend');

    await daemon.post(token, { event: 'order.created', id: 'sql-1',
        payload: newOrder('Q-1', '5', { notes: ALLOWED }) });
    const sent = await receiver.event(event =>
        event.event === 'order.created' && event.payload.order.id === 'Q-1');

    assert.equal(sent.payload.order.notes, ALLOWED);
    await daemon.restart(); // read back from the journal
    await until('the order is back', async () => {
        const answer = await fetch(`${daemon.url}/api/orders/Q-1`,
            { headers: { Authorization: `Bearer ${token}` } });

        return answer.ok && JSON.stringify(await answer.json())
            .includes(JSON.stringify(ALLOWED));
    });
});

test('each request to the webhook is JSON with heads of ours', () => {
    assert.ok(receiver.requests.length > 0);
    for (const { headers, body } of receiver.requests) {
        JSON.parse(body);
        assert.deepEqual(Object.keys(headers).sort(), ['accept',
            'content-length', 'content-type', 'host', 'user-agent',
            'webhook-id', 'webhook-signature', 'webhook-timestamp']
            .filter(name => name in headers));
        for (const value of Object.values(headers))
            assert.match(value, /^[\x21-\x7e ]*$/);
    }
});

test('each topic is made of names by the grammar', async () => {
    const heard = topics.lines.map(line => line.split(' ')[0]);

    assert.ok(heard.length > 0);
    for (const topic of heard)
        assert.match(topic,
            /^dw\/1\/main\/(hub\/state|json\/[a-z]+(\/[A-Za-z0-9_-]{1,36})?)$/);
});

test('figures have few labels, and nobody else\'s words', async () => {
    const text = await figures();

    for (const line of text.split('\n')) {
        if (line === '' || line.startsWith('# HELP ') ||
            line.startsWith('# TYPE '))
            continue;
        const [, inside] = /^dumbwaiter_[a-z0-9_]+(?:\{([^}]*)\})? [\d.]+$/
            .exec(line) ?? assert.fail(line);

        for (const label of inside?.split(',') ?? []) {
            const [, name, value] = /^([a-z]+)="([^"\\]*)"$/.exec(label) ??
                assert.fail(line);

            assert.match(value, LABELS[name] ?? assert.fail(line));
        }
    }
    // All this has made no label but the names of errors.
    const fresh = [...labelsOf(text)].filter(label => !labels.has(label));

    assert.deepEqual(fresh.filter(label =>
        !/^dumbwaiter_refusals_total\{code="[a-z_]+"\}$/.test(label)), []);
});

test('each line of the log is a line of the log', () => {
    const lines = daemon.log.split('\n').filter(Boolean);

    assert.ok(lines.length > 5);
    // What was called so is in it, as text.
    assert.ok(lines.some(line => line.includes('FORGED')));
    assert.ok(lines.some(line => line.includes('\\x5cx0a')));
    for (const line of lines) {
        assert.match(line, LINE);
        assert.doesNotMatch(line, /^\S+ \S+ +FORGED/);
        assert.ok(line.length < 2200);
        assert.ok(!line.includes(mint.sample) && !line.includes('eyJ'), line);
    }
});
