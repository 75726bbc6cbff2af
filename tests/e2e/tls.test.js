/**
 * The port in TLS: what it speaks, what it delivers, and a certificate that is
 * exchanged while everybody is connected.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { Authority, put } from './lib/certificates.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp, makeFolder } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';

const ROTATIONS = 20;
const NATIVES = 12;
const FIRST = 1000; // serial number

let authority;
let daemon;
let cert;
let key;
let agent; // keeps its connections
let backend;
let kitchen;

/** Whatever is asked for, by somebody who knows the authority. */
function ask(where, { method = 'GET', headers, body, ...more } = {}) {
    return within(`${method} ${where}`, new Promise((yes, no) => {
        const request = https.request(`${daemon.url}${where}`,
            { method, headers, ca: authority.ca, agent, ...more },
            response => {
                let text = '';

                response.setEncoding('utf8');
                response.on('data', data => text += data);
                response.on('end', () => yes({ status: response.statusCode,
                    headers: response.headers, text,
                    reused: request.reusedSocket }));
            });

        request.on('error', no);
        request.end(body);
    }), 20000);
}

const post = async (body, headers = {}) => {
    const { status, text } = await ask('/api/events', { method: 'POST',
        headers: { Authorization: `Bearer ${backend}`,
            'Content-Length': Buffer.byteLength(body), ...headers }, body });

    return { status, ...JSON.parse(text) };
};

const say = id => post(JSON.stringify(
    { event: 'order.created', payload: newOrder(id, '5') }));

async function figure(name) {
    const { text } = await ask('/metrics');
    const line = text.split('\n').find(line => line.startsWith(
        `dumbwaiter_${name} `));

    return Number(line?.split(' ').at(-1));
}

/** The serial number that a new connection is shown. */
async function serialShown(options = {}) {
    const socket = tls.connect({ host: '127.0.0.1', port: daemon.httpPort,
        ca: authority.ca, ...options });

    await within('a handshake', new Promise((yes, no) => {
        socket.once('secureConnect', yes);
        socket.once('error', no);
    }));
    assert.equal(socket.authorized, true);
    const { serialNumber } = socket.getPeerCertificate();

    socket.destroy();
    return parseInt(serialNumber, 16);
}

const handshakeError = options => within('a handshake fails',
    new Promise((yes, no) => {
        const socket = tls.connect({ host: '127.0.0.1',
            port: daemon.httpPort, ca: authority.ca, ...options });

        socket.once('error', yes);
        socket.once('secureConnect', () => no(new Error('it succeeded')));
    }));

/** A session on /ws that keeps the numbers of what it hears. */
async function listen(token = kitchen) {
    const socket = new WebSocket(daemon.wsUrl, 'dumbwaiter.v1.json',
        { ca: authority.ca, headers: { Authorization: `Bearer ${token}` } });
    const one = { socket, orders: [], code: 0 };

    atEnd(() => socket.terminate());
    socket.on('close', code => one.code = code || 1);
    socket.on('error', error => one.error = error);
    socket.on('message', data => {
        const message = JSON.parse(data);

        if (message.op === 'ready')
            socket.send(JSON.stringify(
                { op: 'join', ref: 1, rooms: ['kitchen'] }));
        if (message.op === 'ok')
            one.joined = true;
        if (message.event === 'order.created')
            one.orders.push(message.payload.order.id);
    });
    await until('it has joined', () => one.joined ?? one.error);
    assert.equal(one.error, undefined);
    return one;
}

before(async () => {
    const folder = makeFolder();

    authority = await Authority.make(path.join(folder, 'ca'));
    cert = path.join(folder, 'cert.pem');
    key = path.join(folder, 'key.pem');
    const first = await authority.issue(FIRST);

    put(cert, first.cert);
    put(key, first.key);
    daemon = await Daemon.start({ args: ['--tls-cert', cert,
        '--tls-key', key, '--max-bearer', '100'] });
    agent = new https.Agent({ keepAlive: true, maxSockets: 4 });
    atEnd(() => agent.destroy());
    backend = await daemon.token('backend', '--sub', 'till');
    kitchen = await daemon.token('kitchen', '--sub', 'cook');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

test('the ready line says https, and pages come with HSTS', async () => {
    assert.match(daemon.readyLine, / https:\/\/127\.0\.0\.1:\d+ /);
    const { status, headers } = await ask('/kitchen/');

    assert.equal(status, 200);
    assert.match(headers['strict-transport-security'], /^max-age=\d{7,}$/);
});

test('plain HTTP gets nothing', async () => {
    const socket = net.connect(daemon.httpPort, '127.0.0.1');
    let heard = '';

    socket.on('error', () => {});
    socket.on('data', data => heard += data.toString('latin1'));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await within('it is closed', new Promise(yes => socket.on('close', yes)));
    assert.doesNotMatch(heard, /HTTP/);
});

test('TLS 1.2 and 1.3 with good ciphers, and nothing older', async () => {
    assert.equal(await serialShown({ minVersion: 'TLSv1.3' }), FIRST);
    assert.equal(await serialShown({ maxVersion: 'TLSv1.2' }), FIRST);
    await handshakeError({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0' });
    await handshakeError({ maxVersion: 'TLSv1.2',
        ciphers: 'AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA' });
});

test('of HTTP it speaks 1.1 alone', async () => {
    for (const [offered, agreed] of [[['h2', 'http/1.1'], 'http/1.1'],
        [['http/1.1'], 'http/1.1'], [['h2'], false]]) {
        const socket = tls.connect({ host: '127.0.0.1',
            port: daemon.httpPort, ca: authority.ca, ALPNProtocols: offered });

        await within('a handshake', new Promise((yes, no) => {
            socket.once('secureConnect', yes);
            socket.once('error', no);
        }));
        assert.equal(socket.alpnProtocol, agreed, offered.join());
        socket.destroy();
    }
});

test('bodies larger than a record arrive, one after another', async () => {
    for (const length of [10, 4000, 5000, 15000, 17000, 30000]) {
        const note = 'x'.repeat(250);
        const items = Array.from({ length: Math.min(50, length / 320 | 0) + 1 },
            (_, n) => ({ id: `i${n}`, name: 'Soup', quantity: 1,
                notes: note }));
        const text = JSON.stringify({ event: 'order.created',
            payload: newOrder(`L-${length}`, '5', { items }) });
        const answer = await post(text.padEnd(length, ' '));

        assert.equal(answer.status, 200, JSON.stringify(answer));
    }
});

test('a message of several records arrives, and a slow reader gets all of it',
    async () => {
        const slow = await listen();
        const fast = await listen();
        const count = 1500;
        // None of them says more at once than it may.
        const tills = await Promise.all(['a', 'b', 'c'].map(
            name => daemon.token('backend', '--sub', name)));

        slow.socket.pause();
        for (let n = 0; n < count; n += 50) {
            const events = Array.from({ length: 50 }, (_, i) =>
                ({ event: 'order.created', payload: newOrder(
                    `S-${n + i}`, String(i % 40),
                    { notes: 'y'.repeat(150) }) }));

            const { status, text } = await ask('/api/events', {
                method: 'POST',
                headers: { Authorization: `Bearer ${tills[n / 50 % 3]}` },
                body: JSON.stringify(events) });

            assert.equal(status, 200);
            assert.ok(JSON.parse(text).every(({ seq }) => seq), text);
            if (n === 200)
                slow.socket.resume();
        }
        const all = Array.from({ length: count }, (_, n) => `S-${n}`);

        await until('the fast one has them', () =>
            fast.orders.length >= count, 20000);
        await until('the slow one has them', () =>
            slow.orders.length >= count || slow.code, 20000);
        assert.equal(slow.code, 0);
        assert.deepEqual(fast.orders.filter(id => /^S/.test(id)), all);
        assert.deepEqual(slow.orders.filter(id => /^S/.test(id)), all);
        slow.socket.close();
        fast.socket.close();
    });

/** A front end on Socket.IO, by one transport. */
async function front(...transports) {
    const socket = io(daemon.url, { transports, forceNew: true,
        ca: authority.ca, auth: { token: kitchen } });
    const one = { socket, lost: [], orders: [] };

    atEnd(() => socket.disconnect());
    socket.on('disconnect', why => one.lost.push(why));
    socket.onAny((name, payload) => one.orders.push(payload));
    await within('it is connected', new Promise((yes, no) => {
        socket.once('connect', yes);
        socket.once('connect_error', no);
    }));
    assert.equal(await within('join', socket.timeout(5000)
        .emitWithAck('join-room', 'restaurant-kitchen')), true);
    return one;
}

test(`a certificate is exchanged ${ROTATIONS} times under load`, async () => {
    const natives = await Promise.all(
        Array.from({ length: NATIVES }, () => listen()));
    const fronts = await Promise.all([front('polling'), front('polling'),
        front('polling'), front('websocket'), front('polling', 'websocket')]);
    const before = await figure('tls_reads_total{result="shown"}');
    const said = [];
    let goes = true;
    const load = Promise.all([0, 1, 2].map(async till => {
        for (let n = 0; goes; n++) {
            const id = `R${till}-${n}`;
            const { status, seq } = await say(id);

            assert.equal(status, 200);
            assert.ok(seq);
            said.push(id);
            await pause(2);
        }
    }));

    for (let n = 1; n <= ROTATIONS; n++) {
        const next = await authority.issue(FIRST + n, { rsa: n % 3 === 0 });

        put(cert, next.cert);
        put(key, next.key);
        daemon.child.kill('SIGHUP');
        await until(`number ${FIRST + n} is shown`, async () =>
            await serialShown() === FIRST + n);
        // Not the one before for those who have no elliptic curves.
        assert.equal(await serialShown({ maxVersion: 'TLSv1.2' }), FIRST + n);
    }
    goes = false;
    await load;
    assert.ok(said.length > ROTATIONS * 3, `${said.length} orders`);
    for (const one of natives) {
        await until('each has heard all', () =>
            said.every(id => one.orders.includes(id)) || one.code);
        assert.equal(one.code, 0);
        assert.equal(one.orders.length, new Set(one.orders).size);
    }
    for (const one of fronts) {
        await until('each front end has heard as much', () =>
            one.orders.length >= said.length || one.lost.length, 20000);
        assert.deepEqual(one.lost, []);
        assert.equal(one.socket.connected, true);
    }
    assert.equal(await figure('tls_reads_total{result="shown"}') - before,
        ROTATIONS);
    assert.equal(await figure('tls_reads_total{result="refused"}'), 0);
    for (const { socket } of natives)
        socket.close();
    for (const { socket } of fronts)
        socket.disconnect();
});

test('broken files are refused and told; what was shown is still shown',
    async () => {
        const good = { cert: fs.readFileSync(cert),
            key: fs.readFileSync(key) };
        const other = await authority.issue(1);
        const past = await authority.issue(2, { days: -1 });
        const serial = await serialShown();
        const one = await listen();
        const cases = [
            ['garbage', 'no PEM at all', good.key, /tls_cert.*no certificate/],
            ['half a file', good.cert.subarray(0, 300), good.key, /tls_cert/],
            ['an empty one', '', good.key, /tls_cert/],
            ['another key', good.cert, other.key, /tls_key.*not the key/],
            ['no key', good.cert, 'none', /tls_key/],
            ['one that has ended', past.cert, past.key, /tls_cert.*expired/],
            ['a key for everybody', good.cert, good.key, /tls_key.*0600/,
                0o644],
        ];
        let refused = await figure('tls_reads_total{result="refused"}');

        for (const [name, certText, keyText, line, mode] of cases) {
            const from = daemon.log.length;

            put(cert, certText);
            put(key, keyText, mode);
            daemon.child.kill('SIGHUP');
            await until(`${name} is refused`, async () =>
                await figure('tls_reads_total{result="refused"}') ===
                    refused + 1);
            refused++;
            await until(`${name} is told`, () =>
                line.test(daemon.log.slice(from)));
            assert.equal(await serialShown(), serial, name);
            assert.equal((await ask('/readyz')).status, 200, name);
        }
        fs.unlinkSync(cert);
        daemon.child.kill('SIGHUP');
        await until('that there is none is told', async () =>
            await figure('tls_reads_total{result="refused"}') === refused + 1);
        put(cert, good.cert);
        put(key, good.key);
        assert.equal(one.code, 0);
        await say('after-all');
        await until('it still hears', () => one.orders.includes('after-all'));
        one.socket.close();
    });

test('with broken files it does not start, and check says why', async () => {
    const other = await authority.issue(3);
    const wrong = path.join(daemon.folder, 'wrong.pem');

    put(wrong, other.key);
    const broken = await Daemon.create(
        { args: ['--tls-cert', cert, '--tls-key', wrong] });

    await assert.rejects(broken.begin(), /http\.tls_key.*not the key/);
    assert.deepEqual(broken.child.result, { code: 78, signal: null });
    const { code, stdout } = await daemon.command('check',
        '--tls-cert', cert, '--tls-key', wrong);

    assert.equal(code, 78);
    assert.match(stdout, /^http\.tls_key: .*not the key/m);
});

test('who does not shake hands does not stay', async () => {
    const silent = Array.from({ length: 20 }, () => {
        const socket = net.connect(daemon.httpPort, '127.0.0.1');

        socket.on('error', () => {});
        atEnd(() => socket.destroy());
        return within('it is closed', new Promise(yes =>
            socket.on('close', yes)), 20000);
    });
    const hello = net.connect(daemon.httpPort, '127.0.0.1');

    hello.on('error', () => {});
    hello.write(Buffer.from('16030102000100', 'hex')); // and no more of it
    silent.push(within('it is closed', new Promise(yes =>
        hello.on('close', yes)), 20000));
    await Promise.all(silent);
});
