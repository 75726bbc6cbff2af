/**
 * Words that contracts and their users see differently: what the house has
 * decided, each way, as the clients hear it.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { io } from 'socket.io-client';

import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

after(cleanUp);

const JOIN = { kds: { kitchen: ['join:kitchen'], waiter: ['join:waiters'] },
    kebab: { kitchen: ['join-room', 'restaurant-kitchen'] } };

/** Somebody in the room of his role; `names` are what an order was told by. */
async function enter(daemon, dialect, role, options = {}) {
    const socket = io(daemon.url, { forceNew: true,
        auth: { token: await daemon.token(role), dialect }, ...options });

    socket.heard = [];
    socket.onAny((name, payload) => socket.heard.push([name, payload]));
    socket.names = id => socket.heard
        .filter(([, payload]) => String(payload?.orderId) === id)
        .map(([name]) => name);
    socket.hears = (id, name) => until(`${dialect} hears ${name} of ${id}`,
        () => socket.names(id).includes(name));
    atEnd(() => socket.disconnect());
    assert.strictEqual(await within('the room is joined',
        socket.emitWithAck(...JOIN[dialect][role])), true);
    return socket;
}

/** An order, more of it, and its end. */
async function serve(daemon, id) {
    const answers = await daemon.post(await daemon.token('backend'), [
        { event: 'order.created', payload: newOrder(id, '5') },
        { event: 'order.items_added', payload: { orderId: id,
            items: [{ id: '9', name: 'Bread', quantity: 1 }] } },
        { event: 'order.cancelled', payload: { orderId: id, reason: 'rain' } },
    ]);

    for (const answer of answers)
        assert.ok(answer.seq, JSON.stringify(answer));
}

/** The same, asked for afterwards. */
async function past(daemon, dialect, id) {
    const answer = await fetch(
        `${daemon.url}/api/events?dialect=${dialect}&rooms=kitchen`,
        { headers: { Authorization:
            `Bearer ${await daemon.token('kitchen')}` } });

    assert.equal(answer.status, 200);
    return (await answer.json()).events
        .filter(({ payload }) => String(payload.orderId) === id)
        .map(({ event }) => event);
}

const BOTH = ['order:new', 'order:created'];
const KDS = [...BOTH, 'order:items_added', 'order:cancelled'];

for (const { args, created, added } of [
    { args: [], created: BOTH, added: true },
    { args: ['--kds-kitchen-created', 'both', '--kebab-addon-as-new', 'yes'],
        created: BOTH, added: true },
    { args: ['--kds-kitchen-created', 'new'],
        created: ['order:new'], added: true },
    { args: ['--kds-kitchen-created', 'created', '--kebab-addon-as-new', 'no'],
        created: ['order:created'], added: false },
])
    test(`kitchens are told as it is set: ${args.join(' ')}`, async () => {
        const daemon = await Daemon.start({ args });
        const kds = await enter(daemon, 'kds', 'kitchen');
        const kebab = await enter(daemon, 'kebab', 'kitchen');
        const waiter = await enter(daemon, 'kds', 'waiter');
        const inKds = [...created, 'order:items_added', 'order:cancelled'];
        const inKebab = ['new-order', ...added ? ['new-order'] : [],
            'order-status-updated'];

        await serve(daemon, '71');
        await kds.hears('71', 'order:cancelled');
        await kebab.hears('71', 'order-status-updated');
        await waiter.hears('71', 'order:cancelled');
        const told = names => names.filter(name => KDS.includes(name));

        assert.deepEqual(told(kds.names('71')), inKds);
        assert.deepEqual(kebab.names('71'), inKebab);
        // Waiters are told as ever.
        assert.deepEqual(told(waiter.names('71')),
            ['order:created', 'order:cancelled']);
        assert.deepEqual(told(await past(daemon, 'kds', '71')), inKds);
        assert.deepEqual(await past(daemon, 'kebab', '71'), inKebab);
        for (const socket of [kds, kebab, waiter])
            socket.disconnect();
        await daemon.stop();
    });

test('who comes back is told by what is set now, and misses nothing',
    async () => {
        const daemon = await Daemon.start(
            { args: ['--kds-kitchen-created', 'new'] });
        const slow = { reconnectionDelay: 2000, randomizationFactor: 0 };
        const kitchen = await enter(daemon, 'kds', 'kitchen', slow);

        await serve(daemon, '81');
        await kitchen.hears('81', 'order:cancelled');
        await daemon.kill();
        daemon.args[daemon.args.indexOf('new')] = 'created';
        await daemon.begin();
        await serve(daemon, '82');
        assert.equal(kitchen.connected, false);
        await kitchen.hears('82', 'order:cancelled');
        assert.equal(kitchen.recovered, true);
        for (const [id, name] of [['81', 'order:new'],
            ['82', 'order:created']])
            assert.deepEqual(kitchen.names(id).filter(said =>
                BOTH.includes(said)), [name]);
        kitchen.disconnect();
        await daemon.stop();
    });

/** A plain request: status, type and text. */
async function get(url, options) {
    const answer = await fetch(url, options);

    return [answer.status, answer.headers.get('content-type'),
        await answer.text()];
}

for (const is of ['no', 'yes'])
    test(`the address of session without a socket: placeholder ${is}`,
        async () => {
            const daemon = await Daemon.start(
                { args: ['--session-placeholder-get', is] });
            const url = `${daemon.url}/api/socket`;
            const [status, type, text] = await get(url);

            assert.equal(status, is === 'yes' ? 200 : 426);
            if (is === 'yes') {
                assert.match(type, /^text\/plain/);
                assert.equal(text, 'WebSocket endpoint');
                assert.deepEqual(await get(url, { method: 'HEAD' }),
                    [200, type, '']);
            }
            // All that is no such request is what it ever was.
            assert.equal((await get(`${daemon.url}/ws`))[0], 426);
            assert.equal((await get(url, { method: 'POST', body: 'x' }))[0],
                426);
            assert.deepEqual((await get(`${url}?EIO=4&transport=x`))[2],
                '{"code":0,"message":"Transport unknown"}');
            const socket = io(daemon.url, { path: '/api/socket',
                transports: ['polling'], forceNew: true, auth: {
                    token: await daemon.token('manager') } });

            atEnd(() => socket.disconnect());
            assert.strictEqual(await within('the restaurant is joined',
                socket.emitWithAck('join:restaurant', 'main')), true);
            socket.disconnect();
            await daemon.stop();
        });
