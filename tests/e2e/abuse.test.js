/**
 * What nobody should send: requests that two servers read in two ways, frames
 * that are none, too much, too fast, too slow. Each is refused within its
 * limit; meanwhile a well-behaved client is served as always, and afterwards
 * nothing is left.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { BINARY, CLOSE, frame, PING, Raw, RawWebSocket, TEXT }
    from './lib/raw.js';
import { pause, until, within } from './lib/wait.js';

const SLOWEST_MS = 1500; // a round trip, in a build with sanitizers
const GROWTH_MIB = 20; // likewise
const PER_ADDRESS = 64;
const PER_REQUESTER = 256; // connections that ask with one token

let daemon;
let backend;
let kitchen;
let baseline; // connections of those who behave
let memory;
let witness; // a session that behaves

/** MiB that are in use. */
function resident() {
    const pages = fs.readFileSync(`/proc/${daemon.child.pid}/statm`, 'utf8');

    return Number(pages.split(' ')[1]) * 4096 / 1024 / 1024;
}

/** Its round trips go on all the time. */
async function startWitness() {
    const till = await daemon.token('backend', '--sub', 'witness-till');
    const session = await Session.open(daemon,
        await daemon.token('waiter', '--sub', 'witness'));
    const one = { worst: 0, count: 0, goes: true };

    await session.join('waiters');
    one.done = (async () => {
        while (one.goes) {
            const id = `W-${one.count++}`;
            const start = performance.now();

            await daemon.post(till,
                { event: 'order.created', payload: newOrder(id, '5') });
            await session.event('order.created',
                ({ payload }) => payload.order.id === id, 20000);
            one.worst = Math.max(one.worst, performance.now() - start);
            await pause(200); // each of its orders is kept
        }
    })();
    one.done.catch(() => {}); // told at the end
    return one;
}

before(async () => {
    daemon = await Daemon.start({ env: { ASAN_OPTIONS:
        'exitcode=99:detect_leaks=1:quarantine_size_mb=1' } });
    backend = await daemon.token('backend', '--sub', 'till');
    kitchen = await daemon.token('kitchen', '--sub', 'cook');
    witness = await startWitness();
    await until('the witness has begun', () => witness.count > 3);
    baseline = (await daemon.metrics()).connections;
    memory = resident();
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

// --- requests ---

let hidden = 0;

/** A request that must never be carried out, however it is wrapped. */
function smuggled() {
    const body = JSON.stringify(newOrder(`HIDDEN-${hidden++}`, '5'));

    return 'POST /api/orders HTTP/1.1\r\nHost: x\r\n' +
        `Authorization: Bearer ${backend}\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`;
}

const isHidden = async () => {
    const { status } = await fetch(`${daemon.url}/api/orders`,
        { headers: { Authorization: `Bearer ${backend}` } });

    assert.equal(status, 200);
    return !(await (await fetch(`${daemon.url}/api/orders`,
        { headers: { Authorization: `Bearer ${backend}` } })).text())
        .includes('HIDDEN');
};

const get = (...lines) =>
    ['GET /healthz HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n');
const state = (...lines) => ['POST /api/orders HTTP/1.1', 'Host: x',
    `Authorization: Bearer ${backend}`, ...lines, '', ''].join('\r\n');
const chunked = '0\r\n\r\n';

/**
 * name, what is sent before the hidden request, the answers that are fine:
 * 0 is none at all.
 */
const shapes = () => [
    // Two lengths.
    ['a length and chunks', state('Content-Length: 5',
        'Transfer-Encoding: chunked') + chunked, [400]],
    ['chunks and a length', state('Transfer-Encoding: chunked',
        'Content-Length: 5') + chunked, [400]],
    ['chunks', state('Transfer-Encoding: chunked') + chunked, [411]],
    ['chunks of a GET', get('Transfer-Encoding: chunked') + chunked, [411]],
    ['chunks, in another spelling',
        state('transfer-ENCODING:chunked') + chunked, [411]],
    ['chunks twice', state('Transfer-Encoding: chunked',
        'Transfer-Encoding: identity') + chunked, [400]],
    ['no chunks by name', state('Transfer-Encoding: xchunked') + chunked,
        [411]],
    ['an empty encoding', state('Transfer-Encoding:') + chunked, [411]],
    ['a blank before the colon',
        get('Transfer-Encoding : chunked') + chunked, [400]],
    ['a tab before the colon',
        get('Transfer-Encoding\t: chunked') + chunked, [400]],
    ['a vertical tab before the colon',
        get('Transfer-Encoding\v: chunked') + chunked, [400]],
    ['a blank before the name',
        get(' Transfer-Encoding: chunked') + chunked, [400]],
    ['a tab before the name',
        get('\tTransfer-Encoding: chunked') + chunked, [400]],
    ['a NUL in the name', get('Transfer-Encoding\0: chunked') + chunked,
        [400]],
    ['a blank before the colon of a length', get('Content-Length : 44'),
        [400]],
    ['two equal lengths', state('Content-Length: 5', 'Content-Length: 5'),
        [400]],
    ['two lengths', state('Content-Length: 0', 'Content-Length: 44'), [400]],
    ['two lengths in one line', state('Content-Length: 5, 5'), [400]],
    ['a negative length', state('Content-Length: -1'), [400]],
    ['a length with a sign', state('Content-Length: +5'), [400]],
    ['a length in hexadecimal', state('Content-Length: 0x5'), [400]],
    ['a length with a tail', state('Content-Length: 5 5'), [400]],
    ['an empty length', state('Content-Length:'), [400]],
    ['a length of 2^64 and five',
        state('Content-Length: 18446744073709551621'), [400]],
    ['no length', state(), [411]],
    ['a NUL in the length', state('Content-Length: 5\x005'), [400]],
    // Hosts.
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', [400]],
    ['two hosts', get('Host: y'), [400]],
    ['an empty host', 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n', [400]],
    ['a NUL in the host', 'GET /healthz HTTP/1.1\r\nHost: a\0b\r\n\r\n',
        [400]],
    // Lines.
    ['a folded line', get('X-One: a', ' Content-Length: 44'), [0, 200, 400]],
    ['a line without a colon', get('no header at all'), [0, 200, 400]],
    ['lone LFs', 'GET /healthz HTTP/1.1\nHost: x\n\n', [0, 200, 400]],
    ['a lone LF in a value', get('X-One: a\nContent-Length: 44'), [400]],
    ['a lone CR in a value', get('Authorization: a\rb'), [200, 400]],
    // What stands in the first line.
    ['a whole URL', 'GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n',
        [0, 400, 403]],
    ['a host alone', 'GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n', [0, 400, 403]],
    ['a star', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', [0, 400, 403]],
    ['no version', 'GET /healthz\r\n\r\n', [0, 400]],
    ['no version, a host', 'GET /healthz\r\nHost: x\r\n\r\n', [0, 400]],
    ['HTTP/1.2', 'GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n', [400]],
    ['HTTP/2.0', 'GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n', [400]],
    ['HTTP/0.9', 'GET /healthz HTTP/0.9\r\nHost: x\r\n\r\n', [400]],
    ['HTTP/1.1 with a tail', 'GET /healthz HTTP/1.1 x\r\nHost: x\r\n\r\n',
        [400]],
    ['HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', [200]],
    ['HTTP/1.0 that wants to go on',
        'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', [200]],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [0, 403]],
    ['an upgrade to HTTP/2', get('Upgrade: h2c',
        'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABk'),
    [0]],
    ['an upgrade to nothing', get('Upgrade: foo', 'Connection: Upgrade'),
        [0, 403]],
    ['CONNECT', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', [0]],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n', [0, 403, 405]],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n',
        [0, 403, 405]],
    ['a method in small letters', 'get /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
        [0, 403, 405, 200]],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', [0, 403]],
    ['bytes of TLS', Buffer.from('160301020001000000', 'hex'), [0, 403]],
    // Too much of it.
    ['a header of 5 KiB', get(`X-One: ${'a'.repeat(5000)}`), [0, 400, 403]],
    ['300 headers', get(...Array.from({ length: 300 },
        (_, n) => `X-${n}: a`)), [0, 400, 403]],
    ['an address of 5 KiB',
        `GET /${'a'.repeat(5000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
        [0, 400, 403, 414]],
    ['200 arguments', `GET /healthz?${'a=1&'.repeat(200)} HTTP/1.1\r\n` +
        'Host: x\r\n\r\n', [0, 200, 400, 403]],
    // One behind the other.
    ['another request', get(), [200]],
    ['a body that is not asked for',
        get('Content-Length: 44') + 'x'.repeat(44), [400]],
];

/** Which answers may follow: a second one says that nothing was done. */
const mayFollow = [[], [400]];

test('requests that can be read in two ways are not read in a second one',
    async () => {
        for (const [name, bytes, fine] of shapes()) {
            const raw = await Raw.open(daemon);

            raw.write(Buffer.concat([
                Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1'),
                Buffer.from(smuggled())]));
            await until(`${name}: it is over`, () => raw.closed, 15000);
            const [first = 0, ...more] = raw.statuses;

            assert.ok(fine.includes(first),
                `${name}: ${raw.heard.toString('latin1')}`);
            assert.ok(mayFollow.some(known => known.length === more.length &&
                known.every((status, i) => status === more[i])),
            `${name}: ${raw.statuses}`);
        }
        assert.ok(await isHidden());
    });

test('a refusal of a request does not name what was sent', async () => {
    const raw = await Raw.open(daemon);

    raw.write(get('Transfer-Encoding: <script>', 'Content-Length: 5'));
    assert.equal(await raw.answer(), 400);
    assert.doesNotMatch(raw.heard.toString(), /script/);
    await raw.isClosed();
});

// --- handshakes ---

const upgrade = (changes = {}, first = 'GET /ws HTTP/1.1') => {
    const lines = { Host: 'x', Upgrade: 'websocket', Connection: 'Upgrade',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...changes };

    return [first, ...Object.entries(lines)
        .filter(([, value]) => value !== undefined)
        .flatMap(([name, value]) => [value].flat().map(
            one => `${name}: ${one}`)), '', ''].join('\r\n');
};

test('what is no handshake opens no WebSocket', async () => {
    const cases = [
        ['version 8', upgrade({ 'Sec-WebSocket-Version': '8' })],
        ['no version', upgrade({ 'Sec-WebSocket-Version': undefined })],
        ['two versions', upgrade({ 'Sec-WebSocket-Version': ['13', '8'] })],
        ['a short key', upgrade({ 'Sec-WebSocket-Key': 'abc' })],
        ['no key', upgrade({ 'Sec-WebSocket-Key': undefined })],
        ['two keys', upgrade({ 'Sec-WebSocket-Key':
            ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=='] })],
        ['POST', upgrade({}, 'POST /ws HTTP/1.1')],
        ['HTTP/1.0', upgrade({}, 'GET /ws HTTP/1.0')],
        ['two hosts', upgrade({ Host: ['x', 'y'] })],
        ['no host', upgrade({ Host: undefined })],
        ['a body', upgrade({ 'Content-Length': '5' }) + 'hello'],
        ['an empty body', upgrade({ 'Content-Length': '0' })],
        ['chunks', upgrade({ 'Transfer-Encoding': 'chunked' })],
        ['a subprotocol that is none',
            upgrade({ 'Sec-WebSocket-Protocol': 'mqtt' })],
        ['another address', upgrade({}, 'GET /nothing HTTP/1.1')],
        ['behind another request', get() + upgrade()],
    ];

    for (const [name, bytes] of cases) {
        const raw = await Raw.open(daemon);

        raw.write(bytes);
        await until(`${name}: it is over`, () => raw.closed, 15000);
        assert.ok(!raw.statuses.includes(101), name);
    }
});

// --- frames ---

const session = options => RawWebSocket.open(daemon,
    { token: kitchen, protocol: 'dumbwaiter.v1.json', ...options });

test('frames that are none, or too many, end it with their code', async () => {
    const big = 16 * 1024;
    const cases = [
        ['a message of more than its role may',
            [frame(TEXT, 'x'.repeat(big + 1))], 1009],
        ['one that says it has 2^40 bytes',
            [frame(TEXT, 'x', { length: 2 ** 40 })], 1009],
        ['one that says it has 2^62 bytes',
            [frame(TEXT, 'x', { length: 2 ** 62 })], 1009],
        ['17 fragments', [frame(TEXT, '{', { fin: false }),
            ...Array(17).fill(frame(0, ' ', { fin: false }))], 1009],
        ['10,000 empty fragments', [frame(TEXT, '', { fin: false }),
            ...Array(10000).fill(frame(0, '', { fin: false }))], 1009],
        ['a binary message', Array(3).fill(frame(BINARY, 'x')), 4400],
        ['no UTF-8', Array(3).fill(frame(TEXT,
            Buffer.from('7b22c328227d', 'hex'))), 4400],
        ['a close of one byte', [frame(CLOSE, 'x')], 1002],
        ['a close code that is none', [frame(CLOSE,
            Buffer.from([0x13, 0x88]))], 1002], // 5000
        ['a reserved close code', [frame(CLOSE,
            Buffer.from([0x03, 0xed]))], 1002], // 1005
    ];

    for (const [name, frames, code] of cases) {
        const raw = await session();

        raw.write(Buffer.concat(frames));
        await until(`${name}: it is told`, () => raw.code || raw.closed);
        assert.equal(raw.code, code, name);
        raw.write(frame(CLOSE));
        await raw.isClosed();
    }
});

test('deep JSON is told how deep it may be', async () => {
    const raw = await session();
    const deep = '['.repeat(8000) + ']'.repeat(8000);

    raw.write(Buffer.concat(Array(3).fill(frame(TEXT, deep))));
    await until('it is told', () =>
        raw.said.filter(({ code }) => code === 'too_large').length === 3);
    assert.equal(raw.code, 0);
    raw.destroy();
});

test('what RFC 6455 forbids ends the connection', async () => {
    const cases = [
        ['a reserved bit', frame(TEXT, '{}', { rsv: 4 })],
        ['an unknown opcode', frame(3, 'x')],
        ['an unknown control frame', frame(11, 'x')],
        ['a ping in fragments', frame(PING, 'x', { fin: false })],
        ['a ping of 126 bytes', frame(PING, 'x'.repeat(126))],
        ['a continuation of nothing', frame(0, 'x')],
        ['a message within a message', Buffer.concat([
            frame(TEXT, '{', { fin: false }), frame(TEXT, '{}')])],
    ];

    for (const [name, bytes] of cases) {
        const raw = await session();

        raw.write(bytes);
        await until(`${name}: it is over`, () => raw.closed || raw.code, 15000);
        raw.write(frame(CLOSE));
        await raw.isClosed(15000);
    }
});

test('an unmasked frame is read as any other, and harms nobody', async () => {
    const raw = await session();

    raw.write(frame(TEXT, '{"op":"join","ref":1,"rooms":["kitchen"]}',
        { masked: false }));
    await until('it is answered or over', () => raw.closed ||
        raw.said.some(({ ref }) => ref === 1));
    raw.destroy();
});

test('before its token somebody says little, and not for long', async () => {
    const big = await RawWebSocket.open(daemon,
        { protocol: 'dumbwaiter.v1.json' });

    big.write(frame(TEXT, 'x'.repeat(4097)));
    await until('it is told', () => big.code);
    assert.equal(big.code, 1009);
    const silent = await RawWebSocket.open(daemon,
        { protocol: 'dumbwaiter.v1.json' });
    const start = performance.now();

    await until('it is told', () => silent.code, 15000);
    assert.equal(silent.code, 4401);
    assert.ok(performance.now() - start > 5000);
});

test('protobuf that would grow, or nests for ever, is refused', async () => {
    const field = (number, data) => Buffer.concat([
        Buffer.from([number << 3 | 2]), varint(data.length), data]);
    const cases = [
        // An empty room, 15,000 times over.
        ['many rooms', field(2, Buffer.concat(
            Array(7500).fill(Buffer.from([2 << 3 | 2, 0]))))],
        // An envelope whose body repeats an empty message.
        ['many empty messages', field(4, field(2, Buffer.concat(
            Array(7000).fill(Buffer.from([15 << 3 | 2, 0])))))],
        ['nested', Array.from({ length: 3000 }).reduce(
            inner => field(4, inner), Buffer.alloc(0))],
        ['many unknown fields', Buffer.concat(
            Array(5000).fill(Buffer.from([14 << 3, 1])))],
        ['a length beyond its end', Buffer.from('22ffffffff0f', 'hex')],
    ];

    for (const [name, bytes] of cases) {
        const raw = await session({ protocol: 'dumbwaiter.v1.pb' });
        const said = raw.frames.length;

        assert.ok(bytes.length <= 16384, name);
        for (let n = 0; n < 3; n++)
            raw.write(frame(BINARY, bytes));
        await until(`${name}: it is told`, () => raw.closed || raw.code ||
            raw.frames.length >= said + 3);
        raw.destroy();
    }
});

function varint(value) {
    const bytes = [];

    for (; value > 127; value >>>= 7)
        bytes.push(value & 127 | 128);
    return Buffer.from([...bytes, value]);
}

// --- sizes by role, on each way in ---

test('a guest says 4 KiB at a time, on each way in', async () => {
    const guest = await daemon.token('table', '--table', '5', '--sub', 'g');
    const raw = await RawWebSocket.open(daemon,
        { token: guest, protocol: 'dumbwaiter.v1.json' });

    raw.write(frame(TEXT, 'x'.repeat(4097)));
    await until('/ws tells it', () => raw.code);
    assert.equal(raw.code, 1009);
    const { status } = await daemon.post(guest, 'x'.repeat(8 * 4096 + 1));

    assert.equal(status, 413);
    for (const transport of ['websocket', 'polling']) {
        const socket = await front(guest, transport);

        socket.emit('anything', 'x'.repeat(8000));
        await until(`${transport} ends`, () => socket.lost);
        socket.disconnect();
    }
});

test('on Socket.IO a stranger says 4 KiB at a time, too', async () => {
    for (const transport of ['websocket', 'polling']) {
        const socket = io(daemon.url, { transports: [transport],
            forceNew: true, reconnection: false,
            auth: { token: 'x'.repeat(9000) } });
        const ends = new Promise(yes => {
            socket.io.on('close', yes);
            socket.on('connect_error', yes);
        });

        atEnd(() => socket.disconnect());
        socket.on('connect', () => assert.fail('it was let in'));
        await within(`${transport} ends`, ends);
        socket.disconnect();
    }
});

/** Somebody on Socket.IO. */
async function front(token, transport, more) {
    const socket = io(daemon.url, { transports: [transport], forceNew: true,
        reconnection: false, auth: { token }, ...more });

    atEnd(() => socket.disconnect());
    socket.on('disconnect', why => socket.lost = why);
    await within('it is connected', new Promise((yes, no) => {
        socket.once('connect', yes);
        socket.once('connect_error', no);
    }));
    return socket;
}

// --- too fast ---

test('too fast: told, and at the third time out, on each way in', async () => {
    const guest = await daemon.token('table', '--table', '6', '--sub', 'g');
    const raw = await RawWebSocket.open(daemon,
        { token: guest, protocol: 'dumbwaiter.v1.json' });

    for (let n = 1; n <= 20; n++)
        raw.say({ op: 'join', ref: n, rooms: ['table/6'] });
    await until('/ws tells it', () => raw.code);
    assert.equal(raw.code, 4429);
    assert.equal(raw.said.filter(({ op }) => op === 'ok').length, 8); // 2 x 4
    assert.equal(raw.said.filter(({ code }) => code === 'rate').length, 3);

    const env = await RawWebSocket.open(daemon,
        { token: await daemon.token('table', '--table', '7', '--sub', 'g'),
            path: '/api/socket' });

    env.write(Buffer.concat(Array(20).fill(frame(TEXT, '{"event":"x"}'))));
    await until('env tells it', () => env.code);
    assert.ok([4429, 4400].includes(env.code), `${env.code}`);

    for (const transport of ['websocket', 'polling']) {
        const socket = await front(kitchen, transport);

        for (let n = 0; n < 200; n++)
            socket.emit('join-room', 'restaurant-kitchen', () => {});
        await until(`${transport} ends`, () => socket.lost);
        socket.disconnect();
    }
    const teller = await daemon.token('table', '--table', '8', '--sub', 'g');
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => {
        const { status, headers } = await fetch(`${daemon.url}/api/calls`, {
            method: 'POST', headers: { Authorization: `Bearer ${teller}` },
            body: '{}' });

        if (status === 429)
            assert.ok(Number(headers.get('retry-after')) >= 1);
        return status;
    }));

    assert.ok(statuses.filter(status => status === 429).length >= 8,
        statuses.join());
});

// --- too many ---

test('of one bearer the oldest connection makes room', async () => {
    for (const [role, most, ...more] of [['kitchen', 8], ['admin', 4],
        ['backend', 4], ['table', 4, '--table', '9'],
        ['device', 1]]) {
        const token = await daemon.token(role, '--sub', `many-${role}`,
            ...more);
        const all = [];

        for (let n = 0; n < most; n++)
            all.push(await Session.open(daemon, token));
        await pause(100);
        assert.ok(all.every(({ code }) => !code), role);
        all.push(await Session.open(daemon, token));
        await until(`the oldest ${role} goes`, () => all[0].code);
        assert.equal(all[0].code, 4409);
        assert.ok(all.slice(1).every(({ code }) => !code), role);
        await Promise.all(all.map(one => one.close()));
    }
});

test('who has one token of nobody in particular is not who has another',
    async () => {
        const tokens = await Promise.all(Array.from({ length: 3 }, () =>
            daemon.token('kitchen')));
        const all = [];

        for (const token of tokens)
            for (let n = 0; n < 8; n++)
                all.push(await Session.open(daemon, token));
        await pause(100);
        assert.ok(all.every(({ code }) => !code));
        await Promise.all(all.map(one => one.close()));
    });

test('on Socket.IO the oldest is told to stay away, by either transport',
    async () => {
        for (const transport of ['websocket', 'polling']) {
            const token = await daemon.token('waiter', '--sub',
                `many-${transport}`);
            const all = [];

            for (let n = 0; n < 8; n++)
                all.push(await front(token, transport));
            assert.ok(all.every(({ lost }) => !lost));
            all.push(await front(token, transport));
            await until('the oldest goes', () => all[0].lost);
            assert.equal(all[0].lost, 'io server disconnect');
            await pause(100);
            assert.ok(all.slice(1).every(({ lost }) => !lost));
            all.forEach(socket => socket.disconnect());
        }
    });

test('sessions by WebSocket and by Socket.IO count together', async () => {
    const token = await daemon.token('kitchen', '--sub', 'mixed');
    const old = await Session.open(daemon, token);
    const all = [];

    for (let n = 0; n < 8; n++)
        all.push(await front(token, 'websocket'));
    await until('the oldest goes', () => old.code);
    assert.equal(old.code, 4409);
    assert.ok(all.every(({ lost }) => !lost));
    all.forEach(socket => socket.disconnect());
});

test('a client is in 64 rooms at most', async () => {
    const one = await Session.open(daemon,
        await daemon.token('waiter', '--sub', 'rooms'));
    const rooms = n => Array.from({ length: n }, (_, i) => `table/${i}`);

    assert.equal((await one.join(rooms(64))).op, 'ok');
    const { op, code } = await one.join('waiters');

    assert.deepEqual([op, code], ['error', 'limit']);
    await one.close();
});

/** Who are there, but say nothing. */
const silent = (count, from, bytes = '') => Promise.all(
    Array.from({ length: count }, async () =>
        (await Raw.open(daemon, { from })).write(bytes)));

const left = all => all.filter(({ closed }) => !closed).length;

test('many who say nothing: from one address few stay, others come in',
    async () => {
        const crowd = await silent(300, '127.0.0.2');
        const others = await silent(20, '127.0.0.3');

        await until('the crowd is thinned', () => left(crowd) <= PER_ADDRESS,
            9000);
        assert.equal(left(others), 20);
        // One more of them is not served; with a token it is.
        const late = await Raw.open(daemon, { from: '127.0.0.2' });

        late.write(get());
        assert.equal(await late.answer(), 429);
        assert.match(late.heard.toString(), /^retry-after: \d/im);
        const known = await Raw.open(daemon, { from: '127.0.0.2' });

        known.write(get().replace('/healthz', '/api/tables')
            .replace('Host: x', `Host: x\r\nAuthorization: Bearer ${backend}`));
        assert.equal(await known.answer(), 200);
        known.destroy();
        await until('the last of them has gone', () =>
            left([...crowd, ...others]) === 0, 15000);
    });

test('who only asks for pages is a stranger, too', async () => {
    const idle = await silent(100, '127.0.0.4', get());

    await until('they are thinned', () => left(idle) <= PER_ADDRESS, 9000);
    const page = await Raw.open(daemon, { from: '127.0.0.5' });

    page.write(get());
    assert.equal(await page.answer(), 200);
    const start = performance.now();

    await page.isClosed(15000);
    assert.ok(performance.now() - start > 5000);
    idle.forEach(one => one.destroy());
});

test('who asks with one token over many connections keeps the last of them',
    async () => {
        const guest = await daemon.token('table', '--table', '6', '--sub', 'n');
        const ask = get().replace('/healthz', '/api/tables')
            .replace('Host: x', `Host: x\r\nAuthorization: Bearer ${guest}`);
        const all = [];

        for (let n = 0; n < 2 * PER_REQUESTER; n++) {
            const raw = await Raw.open(daemon, { from: '127.0.0.8' });

            assert.equal(await raw.write(ask).answer(), 200);
            all.push(raw);
        }
        await until('the others end',
            () => left(all) <= PER_REQUESTER, 5000);
        assert.equal(left(all.slice(PER_REQUESTER)), PER_REQUESTER);
        const [oldest] = all.slice(PER_REQUESTER);

        oldest.heard = Buffer.alloc(0);
        assert.equal(await oldest.write(ask).answer(), 200);
        all.forEach(one => one.destroy());
    });

test('sessions of Engine.IO without a token are few and short-lived',
    async () => {
        const statuses = [];

        for (let n = 0; n < 100; n++) {
            const raw = await Raw.open(daemon, { from: '127.0.0.6' });

            raw.write('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n' +
                'Host: x\r\nConnection: close\r\n\r\n');
            statuses.push(await raw.answer());
            raw.destroy();
        }
        assert.equal(statuses.filter(status => status === 200).length,
            PER_ADDRESS);
        assert.equal(statuses.filter(status => status === 503).length,
            100 - PER_ADDRESS);
        await until('they have gone', async () =>
            (await daemon.metrics()).engine_sessions === 0, 20000);
    });

test('CONNECT opens nothing, 300 times', async () => {
    const all = await silent(300, '127.0.0.7',
        'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n');

    await until('none is left', () => left(all) === 0, 5000);
});

// --- too slow ---

test('who sends slowly is not waited for', async () => {
    const half = 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-One: ';
    const slow = {
        'nothing at all': '',
        'half a head': half,
        'a head without end': half,
        'half a body': state('Content-Length: 100') + '{"order":',
        'a body without end': state('Content-Length: 100') + '{',
    };
    const all = await Promise.all(Object.entries(slow).map(
        async ([name, bytes]) => {
            const raw = await Raw.open(daemon, { from: '127.0.0.8' });
            const drip = setInterval(() => raw.write(' '), 400);

            if (!/without end/.test(name))
                clearInterval(drip);
            raw.write(bytes);
            return raw.isClosed(20000)
                .finally(() => clearInterval(drip))
                .catch(error => assert.fail(`${name}: ${error.message}`));
        }));

    assert.equal(all.length, 5);
});

test('who does not read is cut off', async () => {
    const crowd = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
        const raw = await Raw.open(daemon, { from: '127.0.0.9' });

        raw.socket.pause();
        for (let i = 0; i < 1 + n % 2; i++)
            raw.write(get().replace('/healthz', '/kitchen/kitchen.js'));
        return raw;
    }));

    await until('their connections have gone', async () =>
        (await daemon.metrics()).connections <= baseline + 2, 40000);
    crowd.forEach(one => one.destroy());
});

// --- afterwards ---

test('meanwhile somebody who behaves was served as always', async () => {
    witness.goes = false;
    await within('the witness ends', witness.done, 20000);
    assert.ok(witness.count > 50, `${witness.count} round trips`);
    assert.ok(witness.worst < SLOWEST_MS, `${witness.worst} ms`);
});

test('afterwards no connection and no memory is left', async t => {
    await until('the connections have gone', async () => {
        const { connections, engine_sessions: engines, strangers } =
            await daemon.metrics();

        return connections <= baseline + 1 && engines === 0 && strangers <= 2;
    }, 20000);
    const grown = resident() - memory;

    t.diagnostic(`${grown.toFixed(1)} MiB more; ` +
        `slowest round trip ${witness.worst.toFixed(0)} ms`);
    assert.ok(grown < GROWTH_MIB, `${grown} MiB more`);
    assert.ok(await isHidden());
});
