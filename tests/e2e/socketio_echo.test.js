/**
 * The real clients, engine.io-client and socket.io-client, against the echo
 * program: transports, bytes, acknowledgements, namespaces, ends. What each
 * protocol says word by word is in tests/conformance.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { Socket as Engine } from 'engine.io-client';
import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { repository } from './lib/daemon.js';
import { atEnd, Child, cleanUp } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';

const program = path.resolve(repository,
    process.env.SIO_ECHO ?? 'build/dev/sio_echo');
const CLIENTS = 500;
const BIG = 200 * 1024;

const opened = new Set();
let echo;

async function start(...args) {
    const child = new Child(program, args);
    const line = await child.line(/^sio_echo ready: /);

    return { child, url: line.split(' ').at(-1),
        port: Number(line.split(':').at(-1)) };
}

/** It ends well, and has used no memory that is not its own. */
async function stop(server) {
    const { code } = await server.child.stop();

    assert.doesNotMatch(server.child.stderr, /Sanitizer|runtime error:/);
    assert.equal(code, 0, server.child.stderr);
}

/* Many pings, but nobody is given up because the machine is busy. */
before(async () => {
    echo = await start('--ping-interval', '300', '--ping-timeout', '20000',
        '--connect-timeout', '20000');
});

afterEach(() => {
    for (const client of opened)
        client.close();
    opened.clear();
});

after(async () => {
    try {
        await stop(echo);
    } finally {
        await cleanUp();
    }
});

function once(socket, name) {
    return within(`"${name}" comes`,
        new Promise(resolve => socket.once(name, resolve)));
}

/** A client that is not connected yet. */
function make(nsp = '/', options = {}) {
    const socket = io(`${options.url ?? echo.url}${nsp}`,
        { forceNew: true, reconnection: false, ...options });

    opened.add(socket);
    return socket;
}

async function connect(nsp, options) {
    const socket = make(nsp, options);

    await within('a client connects', new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
    }));
    return socket;
}

const transportOf = socket => socket.io.engine.transport.name;

/** Said, echoed, and acknowledged: with text, bytes, and both. */
async function talk(socket) {
    const things = [1, 'zwei ✓', { three: [null, true] }];
    const bytes = Buffer.from([0, 1, 0xfe, 0xff]);
    const echoed = new Promise(resolve =>
        socket.once('message-back', (...args) => resolve(args)));

    socket.emit('message', ...things, { bytes }, bytes);
    assert.deepEqual(await within('the echo comes', echoed),
        [...things, { bytes }, bytes]);
    assert.equal(await socket.timeout(5000)
        .emitWithAck('message-with-ack', 'a'), 'a');
    assert.deepEqual(await socket.timeout(5000)
        .emitWithAck('message-with-ack', { bytes }), { bytes });
}

/** Numbers, one event each; all come back, in order. */
function count(socket, from, to) {
    const heard = [];
    const done = new Promise(resolve => {
        socket.on('message-back', number => {
            heard.push(number);
            if (number === to - 1)
                resolve(heard);
        });
    });

    for (let number = from; number < to; number++)
        socket.emit('message', number);
    return within(`${to - from} events come back`, done, 20000);
}

const range = (from, to) => Array.from({ length: to - from }, (_, i) =>
    from + i);

/* --- transports --- */

test('polling only: text, bytes and acknowledgements', async () => {
    const socket = await connect('/', { transports: ['polling'] });

    await talk(socket);
    assert.equal(transportOf(socket), 'polling');
    assert.deepEqual(await count(socket, 0, 500), range(0, 500));
});

test('websocket only: text, bytes and acknowledgements', async () => {
    const socket = await connect('/', { transports: ['websocket'] });

    await talk(socket);
    assert.equal(transportOf(socket), 'websocket');
    assert.deepEqual(await count(socket, 0, 500), range(0, 500));
});

test('an upgrade loses nothing and keeps the order', async () => {
    const socket = new Engine(echo.url, { path: '/engine.io/' });
    const heard = [];
    let said = 0, upgraded = false;

    opened.add(socket);
    socket.on('message', data => heard.push(Number(data)));
    socket.once('upgrade', () => upgraded = true);
    await once(socket, 'open');
    assert.equal(socket.transport.name, 'polling');
    while (!upgraded || said < 100) {
        socket.send(String(said++));
        await pause(0);
    }
    await until('all have come back', () => heard.length === said);
    assert.deepEqual(heard, range(0, said));
    assert.equal(socket.transport.name, 'websocket');
});

test('a client that upgrades talks on', async () => {
    const socket = await connect();

    await talk(socket);
    await until('it has a WebSocket',
        () => transportOf(socket) === 'websocket');
    await talk(socket);
    assert.deepEqual(await count(socket, 0, 500), range(0, 500));
});

test('a client that never upgrades polls on', async () => {
    const socket = await connect('/', { upgrade: false });

    await talk(socket);
    await pause(700); // a ping and more
    await talk(socket);
    assert.equal(transportOf(socket), 'polling');
});

test('a probe that is given up leaves polling as it was', async () => {
    const socket = await connect('/', { transports: ['polling'] });
    const query = `EIO=4&transport=websocket&sid=${socket.io.engine.id}`;
    const probe = new WebSocket(
        `ws://127.0.0.1:${echo.port}/socket.io/?${query}`);

    await once(probe, 'open');
    probe.send('2probe');
    await once(probe, 'message');
    probe.terminate();
    await talk(socket);
    await talk(socket);
});

test('what is no probe is closed, and polling goes on', async () => {
    const socket = await connect('/', { transports: ['polling'] });
    const query = `EIO=4&transport=websocket&sid=${socket.io.engine.id}`;
    const probe = new WebSocket(
        `ws://127.0.0.1:${echo.port}/socket.io/?${query}`);

    await once(probe, 'open');
    probe.send('42["message","as if it were its transport"]');
    assert.equal(await once(probe, 'close'), 4400);
    await talk(socket);
});

test('large messages pass both transports', async () => {
    const texts = Array(BIG / 2048).fill('x'.repeat(2048));
    const bytes = Buffer.alloc(BIG, 7);

    for (const transport of ['polling', 'websocket']) {
        const socket = await connect('/', { transports: [transport] });
        const ask = what => socket.timeout(10000)
            .emitWithAck('message-with-ack', what);

        assert.deepEqual(await ask(texts), texts);
        assert.deepEqual(await ask(bytes), bytes);
    }
});

test('bytes as base64 for a client that takes no others', async () => {
    for (const transport of ['polling', 'websocket'])
        await talk(await connect('/',
            { transports: [transport], forceBase64: true }));
});

test('a path without its last slash is the same', async () => {
    for (const transport of ['polling', 'websocket'])
        await talk(await connect('/', { path: '/socket.io',
            addTrailingSlash: false, transports: [transport] }));
});

test('engine.io-client alone: text and bytes, after an upgrade too',
    async () => {
        const socket = new Engine(echo.url, { path: '/engine.io/' });
        const heard = [];

        opened.add(socket);
        socket.binaryType = 'nodebuffer';
        socket.on('message', data => heard.push(data));
        await once(socket, 'open');
        socket.send('before');
        socket.send(Buffer.from([1, 2]));
        await once(socket, 'upgrade');
        socket.send('behind');
        socket.send(Buffer.from([3]));
        await until('four come back', () => heard.length === 4);
        assert.deepEqual(heard, ['before', Buffer.from([1, 2]), 'behind',
            Buffer.from([3])]);
    });

/* --- namespaces --- */

test('CONNECT hands over what the client shows', async () => {
    const socket = make('/', { auth: { token: 'abc', more: [1] } });

    assert.deepEqual(await once(socket, 'auth'), { token: 'abc', more: [1] });
});

test('two namespaces share one session', async () => {
    const main = await connect();
    const custom = main.io.socket('/custom');

    opened.add(custom);
    await once(custom, 'connect');
    assert.notEqual(custom.id, main.id);
    await Promise.all([talk(main), talk(custom)]);
    custom.disconnect();
    await talk(main);
    custom.connect();
    await once(custom, 'connect');
    await talk(custom);
});

test('a namespace that is none is refused by its reason', async () => {
    await assert.rejects(connect('/elsewhere'),
        { message: 'Invalid namespace' });
});

test('whoever asks for many namespaces is refused each time', async () => {
    const socket = await connect('/', { transports: ['websocket'] });
    const query = 'EIO=4&transport=websocket';
    const raw = new WebSocket(
        `ws://127.0.0.1:${echo.port}/socket.io/?${query}`);

    const refused = [];

    opened.add(raw);
    raw.on('message', data => String(data).startsWith('44/') &&
        refused.push(String(data)));
    await once(raw, 'open');
    for (let i = 0; i < 100; i++)
        raw.send(`40/none-${i},`);
    await until('all are refused', () => refused.length === 100);
    assert.equal(refused[99], '44/none-99,{"message":"Invalid namespace"}');
    await talk(socket);
});

/* --- ends --- */

test('a client that leaves is not called back', async () => {
    const socket = await connect();
    const left = once(socket, 'disconnect');

    socket.disconnect();
    assert.equal(await left, 'io client disconnect');
});

test('after a cut the client is back, with another id', async () => {
    for (const transport of ['polling', 'websocket']) {
        const socket = await connect('/', { transports: [transport],
            reconnection: true, reconnectionDelay: 10 });
        const first = socket.id, back = once(socket, 'connect');

        socket.io.engine.close();
        await back;
        assert.notEqual(socket.id, first);
        await talk(socket);
    }
});

test('clients come back when the server does', async () => {
    const lasting = ['--ping-timeout', '20000'];
    const server = await start(...lasting);
    const socket = await connect('/', { url: server.url, reconnection: true,
        reconnectionDelay: 50, reconnectionDelayMax: 100 });
    let again;

    await stop(server);
    await until('it is noticed', () => !socket.connected);
    again = await start('--port', String(server.port), ...lasting);
    await until('it is back', () => socket.connected);
    await talk(socket);
    socket.close();
    await stop(again);
});

test('the server gives up a client that answers no ping', async () => {
    const server = await start('--ping-timeout', '200');

    for (const transport of ['polling', 'websocket']) {
        const socket = await connect('/',
            { url: server.url, transports: [transport] });
        const engine = socket.io.engine;
        const left = once(socket, 'disconnect');
        const send = engine.sendPacket ?? engine._sendPacket;
        const name = engine.sendPacket ? 'sendPacket' : '_sendPacket';

        engine[name] = function (type, ...rest) {
            if (type !== 'pong')
                send.call(this, type, ...rest);
        };
        assert.match(await left, /transport (close|error)/);
    }
    await stop(server);
});

test('the client notices a server that is gone', async () => {
    const server = await start('--ping-timeout', '1000');
    const socket = await connect('/', { url: server.url });
    const left = once(socket, 'disconnect');

    server.child.kill('SIGSTOP');
    assert.equal(await left, 'ping timeout');
    server.child.kill('SIGCONT');
    socket.close();
    await stop(server);
});

/* --- strangers --- */

/** {status, headers, text} of one request, which may have an Origin. */
function ask(query, { method = 'GET', headers = {}, body } = {}) {
    const asked = new Promise((resolve, reject) => {
        const request = http.request(`${echo.url}/engine.io/?${query}`,
            { method, headers, agent: false }, answer => {
                let text = '';

                answer.on('data', more => text += more);
                answer.on('end', () => resolve({ status: answer.statusCode,
                    headers: answer.headers, text }));
            });

        request.on('error', reject);
        atEnd(() => request.destroy());
        request.end(body);
    });

    return within('an answer comes', asked);
}

test('pages of every origin are let in, but never with credentials',
    async () => {
        const origin = 'https://a.example';
        const query = 'EIO=4&transport=polling';
        const before = await ask(query, { method: 'OPTIONS', headers: {
            Origin: origin, 'Access-Control-Request-Method': 'POST',
            'Access-Control-Request-Headers': 'x-one,authorization' } });
        const good = await ask(query, { headers: { Origin: origin } });
        const bad = await ask(`${query}&sid=none`,
            { headers: { Origin: origin } });

        assert.equal(before.status, 204);
        assert.equal(before.headers['access-control-allow-headers'],
            'x-one,authorization');
        assert.match(before.headers['access-control-allow-methods'], /POST/);
        assert.equal(good.status, 200);
        assert.equal(bad.status, 400);
        for (const { headers } of [before, good, bad]) {
            assert.equal(headers['access-control-allow-origin'], '*');
            assert.equal(headers['access-control-allow-credentials'],
                undefined);
            assert.equal(headers['set-cookie'], undefined);
        }
    });

test('each refusal has its code', async () => {
    const cases = [
        ['EIO=4&transport=pigeon', {}, 0],
        ['EIO=4&transport=polling&sid=none', {}, 1],
        ['EIO=4&transport=polling', { method: 'POST', body: '4x' }, 2],
        ['EIO=4&transport=websocket', {}, 3],
        ['EIO=3&transport=polling', {}, 5],
        ['transport=polling', {}, 5],
    ];

    for (const [query, options, code] of cases) {
        const { status, text } = await ask(query, options);

        assert.equal(status, 400);
        assert.equal(JSON.parse(text).code, code, query);
    }
});

test('too much at once: 413 for a payload, 1009 for a message', async () => {
    const { text } = await ask('EIO=4&transport=polling');
    const { sid } = JSON.parse(text.slice(1));
    const answer = await ask(`EIO=4&transport=polling&sid=${sid}`,
        { method: 'POST', headers: { 'Content-Length': 1000001 } })
        .catch(error => ({ status: error.code }));
    const socket = new WebSocket(
        `ws://127.0.0.1:${echo.port}/engine.io/?EIO=4&transport=websocket`);

    assert.ok([413, 'ECONNRESET'].includes(answer.status), answer.status);
    await once(socket, 'message');
    socket.send('4'.repeat(1000001));
    assert.equal(await once(socket, 'close'), 1009);
});

test('who does not read what it is answered is not read any more',
    async () => {
        const socket = new WebSocket(
            `ws://127.0.0.1:${echo.port}/engine.io/?EIO=4&transport=websocket`);
        const text = `4${'x'.repeat(10000)}`;
        let heard = 0;

        opened.add(socket);
        await once(socket, 'message');
        socket.on('message', data => {
            if (String(data) === '2')
                socket.send('3');
            else
                heard++;
        });
        socket.pause();
        for (let i = 0; i < 2000; i++)
            socket.send(text);
        await pause(100);
        socket.resume();
        await until('all of it comes back', () => heard === 2000, 20000);
    });

test('requests that are held for nobody are noticed and let go', async () => {
    const server = await start('--ping-interval', '60000');
    const figure = async name => Number((await (await fetch(
        `${server.url}/metrics`)).text())
        .match(new RegExp(`^dumbwaiter_${name} (\\d+)$`, 'm'))[1]);
    const held = [];

    for (let i = 0; i < 20; i++) {
        const answer = await fetch(
            `${server.url}/engine.io/?EIO=4&transport=polling`);
        const { sid } = JSON.parse((await answer.text()).slice(1));
        const request = http.get(`${server.url}/engine.io/?EIO=4` +
            `&transport=polling&sid=${sid}`, { agent: false });

        request.on('error', () => {}); // it is given up
        await once(request, 'finish');
        held.push(request);
    }
    /* Two answers later, all that came before has been read. */
    await figure('connections');
    assert.ok(await figure('connections') > held.length);
    for (const request of held)
        request.destroy();
    await until('their sessions are gone',
        async () => await figure('engine_sessions') === 0);
    await until('their connections are gone',
        async () => await figure('connections') < 5);
    await stop(server);
});

test('wrong orders close, each with its code', async () => {
    const cases = [
        ['42["message"]'],           // before CONNECT
        ['40', '40'],                // twice
        ['40', '49'],                // no such type
        ['40', '42{"a":1}'],         // no array
        ['40', '42[1'],              // no JSON
        ['40', '42/custom,["x"]'],   // never connected there
        ['40', Buffer.from([1])],    // bytes that belong to nothing
        ['40', '451-["x",{"_placeholder":true,"num":0}]', '42["x"]'],
        ['40', '43["no id"]'],
        ['40', '44{"message":"x"}'], // the server's to say
        ['40', '41', '42["x"]'],     // after DISCONNECT
        ['0{}', 'x'],                // no packet
        ['2'],                       // the server pings
    ];

    for (const messages of cases) {
        const socket = new WebSocket(`ws://127.0.0.1:${echo.port}` +
            '/socket.io/?EIO=4&transport=websocket');

        await once(socket, 'open');
        for (const message of messages)
            socket.send(message);
        assert.equal(await once(socket, 'close'), 4400, String(messages));
    }
});

/* --- many --- */

test(`${CLIENTS} clients at once, by all transports`, async () => {
    const kinds = [['polling'], ['websocket'], ['polling', 'websocket']];
    const server = await start('--ping-interval', '5000',
        '--ping-timeout', '20000', '--connect-timeout', '20000');
    const sockets = [];

    for (let i = 0; i < CLIENTS; i++) {
        const socket = io(server.url, { forceNew: true,
            transports: kinds[i % kinds.length], reconnectionDelay: 100 });

        opened.add(socket);
        sockets.push(socket);
    }
    await until('all are connected',
        () => sockets.every(socket => socket.connected), 60000);
    for (let round = 0; round < 3; round++)
        await Promise.all(sockets.map(async (socket, i) => assert.equal(
            await socket.timeout(30000).emitWithAck('message-with-ack', i),
            i)));
    for (const socket of sockets)
        socket.close();
    await stop(server);
});

/* The library has so many header blocks, and a held request keeps its own. */
test('polls that are held keep nobody else out', async () => {
    const HELD = 700;
    const server = await start('--ping-interval', '60000',
        '--ping-timeout', '20000', '--connect-timeout', '60000');
    const get = query => new Promise((yes, no) => {
        const request = http.get(`${server.url}/engine.io/?EIO=4` +
            `&transport=polling${query}`, { agent: false }, response => {
            const chunks = [];

            response.on('data', chunk => chunks.push(chunk));
            response.on('end', () => yes(String(Buffer.concat(chunks))));
        });

        request.on('error', no);
        atEnd(() => request.destroy());
    });
    const open = async () => JSON.parse((await get('')).slice(1)).sid;

    for (let i = 0; i < HELD; i++)
        get(`&sid=${await open()}`).catch(() => {}); // held until the end
    assert.match(await within('an answer', open(), 4000), /^[\w-]{4}\./);
    await stop(server);
});
