/** Front ends written in Python: python3-socketio, as Debian has it. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';

import { evening, WORDS } from './lib/contracts.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { Child, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const PYTHON = '/usr/bin/python3'; // whose packages are Debian's
const SCRIPT = fileURLToPath(
    new URL('lib/socketio_client.py', import.meta.url));
const KINDS = ['blocking', 'asyncio'];
const WAYS = ['websocket', 'polling', 'polling,websocket'];
const SITTING = 'sess_of_python';

let daemon;
let backend;
const tokens = {};

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    for (const role of ['kitchen', 'waiter', 'manager'])
        tokens[role] = await daemon.token(role, '--sub', `${role}-1`);
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** The script, having been told what to connect with. */
function begin(auth, { kind = 'blocking', path = 'socket.io', nsp = '/',
    transports = 'websocket', at = daemon } = {}) {
    const child = new Child(PYTHON, ['-u', SCRIPT, kind,
        at.url, path, nsp, transports],
    { env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' } });

    child.type(`${JSON.stringify(auth)}\n`);
    child.said = key => child.lines.map(line => JSON.parse(line))
        .filter(line => Object.hasOwn(line, key));
    child.heard = name => child.said('heard').map(({ heard }) => heard)
        .filter(([said]) => said === name).map(([, payload]) => payload);
    child.says = (key, fits = () => true, ms = 20000) => until(
        `python says ${key}\n${child.story()}`,
        () => child.said(key).find(fits), ms);
    child.hears = (name, fits = () => true) => child.says('heard',
        ({ heard: [said, payload] }) => said === name && fits(payload));
    return child;
}

async function connect(auth, options) {
    const child = begin(auth, options);
    const { connected } = await child.says('connected');

    return Object.assign(child, { transport: connected });
}

/** Say it, and return what the acknowledgement says. */
async function ask(child, name, ...words) {
    const before = child.said('acknowledged').length;

    child.type(`${JSON.stringify([name, ...words])}\n`);
    const { answer } = await until(`${name} is acknowledged`,
        () => child.said('acknowledged')[before]);

    return answer;
}

/** It leaves as it should, and nothing has gone wrong in it. */
async function end(child) {
    child.process.stdin.end();
    const { code } = await within('python has left', child.exited);

    assert.equal(code, 0, child.story());
    assert.doesNotMatch(child.stderr, /Traceback/);
}

async function post(...events) {
    for (const [i, answer] of
        (await daemon.post(backend, events)).entries())
        assert.ok(answer.seq, `${events[i].event} ${JSON.stringify(answer)}`);
}

for (const kind of KINDS)
    for (const transports of WAYS)
        test(`${kind} by ${transports}: is let in, answered, told`, async () => {
            const id = KINDS.indexOf(kind) * 10 + WAYS.indexOf(transports) + 1;
            const cook = await connect(
                { token: tokens.kitchen }, { kind, transports });

            assert.equal(cook.transport, transports.split(',').at(-1));
            assert.strictEqual(await ask(cook, 'join:kitchen'), true);
            assert.strictEqual(await ask(cook, 'join:waiters'), false);
            await post({ event: 'order.created',
                payload: newOrder(`${id}`, '5') });
            await cook.hears('order:new', ({ orderId }) => orderId === id);
            const [order] = cook.heard('order:new');

            assert.equal(order.tableId, 5);
            assert.equal(order.items[0].name, 'Crème brûlée');
            // What it says is an event, and it is told which.
            const done = await ask(cook, 'kitchen:order_preparing',
                { orderId: id, tableId: 5 });

            assert.ok(done.id && done.seq > 0, JSON.stringify(done));
            await cook.hears('kitchen:order_preparing',
                ({ _dw }) => _dw.id === done.id);
            assert.equal((await ask(cook, 'order:confirmed', { orderId: id }))
                .error.code, 'forbidden');
            await end(cook);
            for (const { heard: [name] } of cook.said('heard'))
                assert.ok(WORDS.kds.includes(name), name);
        });

test('a hundred orders come once, by every transport', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => 1000 + n);
    const cooks = await Promise.all(KINDS.flatMap(kind =>
        WAYS.map(async transports => ({ kind, child: await connect(
            { token: tokens.kitchen }, { kind, transports }) }))));

    for (const { child } of cooks)
        assert.strictEqual(await ask(child, 'join:kitchen'), true);
    for (let at = 0; at < ids.length; at += 20)
        await post(...ids.slice(at, at + 20).map(id => (
            { event: 'order.created', payload: newOrder(`${id}`, '6') })));
    for (const { kind, child } of cooks) {
        await until(`all have come to ${kind}`,
            () => child.heard('order:new').length >= ids.length);
        const heard = child.heard('order:new').map(({ orderId }) => orderId);

        // The blocking one calls each handler in a thread of its own.
        if (kind === 'blocking')
            heard.sort((a, b) => a - b);
        assert.deepEqual(heard, ids);
        await end(child);
    }
});

test('four contracts in Python, each in its own words', async () => {
    const all = {
        kebab: await connect({ token: tokens.kitchen }),
        session: await connect(null,
            { path: 'api/socket', transports: 'polling,websocket' }),
        flat: await connect({ token: tokens.waiter },
            { nsp: '/events', transports: 'polling' }),
        kds: await connect({ token: tokens.waiter }, { kind: 'asyncio' }),
    };

    for (const [dialect, ...verb] of [
        ['kebab', 'join-room', 'restaurant-kitchen'],
        ['session', 'join:session', SITTING], ['kds', 'join:waiters']])
        assert.strictEqual(await ask(all[dialect], ...verb), true, dialect);
    await post(...evening(SITTING));
    await all.kebab.hears('order-status-updated',
        ({ status }) => status === 'completed');
    await all.session.hears('order:status:updated',
        ({ status }) => status === 'completed');
    await all.flat.hears('table:checkoutCompleted');
    // The sitting is over: its guests are let go, and the library comes back.
    await until('the guest is back',
        () => all.session.said('arrived').length > 1);
    await all.kds.hears('order:status_changed',
        ({ status }) => status === 'completed');
    for (const [dialect, child] of Object.entries(all)) {
        for (const { heard: [name] } of child.said('heard'))
            assert.ok(WORDS[dialect].includes(name), `${dialect}: ${name}`);
        await end(child);
    }
    assert.equal(all.kebab.heard('new-order')[0].customerName, 'Zoë');
    assert.equal(all.kds.heard('kitchen:order_ready').length, 1);
});

test('beside the payload comes an offset, or nothing', async () => {
    const plain = await Daemon.start({ args: ['--recovery', '0',
        '--strict-payload', 'yes'] });

    try {
        for (const [at, count] of [[daemon, 3], [plain, 2]]) {
            const cook = await connect(
                { token: await at.token('kitchen') }, { at });

            assert.strictEqual(await ask(cook, 'join:kitchen'), true);
            await at.post(await at.token('backend'), { event: 'order.created',
                payload: newOrder('800', '5') });
            await cook.hears('order:new');
            const { heard } = cook.said('heard').find(({ heard: [name] }) =>
                name === 'order:new');

            assert.equal(heard.length, count);
            assert.equal(Object.hasOwn(heard[1], '_dw'), count === 3);
            if (count === 3)
                assert.equal(typeof heard[2], 'string');
            await end(cook);
        }
    } finally {
        await plain.stop();
    }
});

test('who is refused is told why', async () => {
    for (const [auth, options, text] of [
        [{ token: 'nonsense' }, {}, 'Authentication failed'],
        [null, {}, 'Authentication failed'],
        [{ token: 'nonsense', dialect: 'kds' }, { kind: 'asyncio' },
            'Authentication error'],
        [{ token: tokens.manager }, { nsp: '/admin' }, 'Invalid namespace']])
        for (const transports of ['websocket', 'polling']) {
            const child = begin(auth, { ...options, transports });
            const { refused } = await child.says('refused');

            assert.equal(refused.message ?? refused, text);
            assert.equal(child.said('connected').length, 0);
            // It would wait for a while whether it is let in after all.
            await child.stop();
        }
});

test('it comes back by itself after the daemon has died', async () => {
    const waiters = await Promise.all(KINDS.map(kind =>
        connect({ token: tokens.waiter }, { kind })));

    for (const waiter of waiters)
        assert.strictEqual(await ask(waiter, 'join:waiters'), true);
    await daemon.restart();
    for (const waiter of waiters) {
        await until('it is back', () => waiter.said('arrived').length > 1);
        assert.equal(waiter.said('disconnected').length, 1);
        // It knows nothing of recovery: it joins again, as such a client must.
        assert.strictEqual(await ask(waiter, 'join:waiters'), true);
    }
    await post({ event: 'order.created', payload: newOrder('900', '5') });
    for (const waiter of waiters) {
        await waiter.hears('order:created', ({ orderId }) => orderId === 900);
        await end(waiter);
    }
});
