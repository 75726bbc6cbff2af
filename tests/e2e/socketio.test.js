/**
 * Four front ends on Socket.IO, each with its own words, on one daemon: the
 * clients are socket.io-client as it is, and call what their contracts call.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { evening, keyOf, WORDS } from './lib/contracts.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let daemon;
let backend;
const tokens = {};

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    for (const role of ['kitchen', 'waiter', 'manager', 'admin', 'user'])
        tokens[role] = await daemon.token(role, '--sub', `${role}-1`);
    tokens.table5 = await daemon.token('table', '--table', '5');
    tokens.table6 = await daemon.token('table', '--table', '6');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** Keeps what a socket hears, and closes it in the end. */
function watch(socket) {
    socket.heard = [];
    socket.onAny((name, ...args) => socket.heard.push([name, ...args]));
    socket.words = () => new Set(socket.heard.map(([name]) => name));
    socket.all = name => socket.heard.filter(([said]) => said === name)
        .map(([, payload]) => payload);
    socket.first = (name, fits = () => true, ms) => until(`hears ${name}`,
        () => socket.all(name).find(fits), ms);
    atEnd(() => socket.disconnect());
    return socket;
}

const connected = socket => within('connect', new Promise((yes, no) => {
    if (socket.connected)
        yes(socket);
    socket.once('connect', () => yes(socket));
    socket.once('connect_error', no);
}));

const open = (path, options) =>
    connected(watch(io(`${daemon.url}${path}`, { forceNew: true, ...options })));

const withToken = (token, more) =>
    open('', { auth: { token }, ...more });

/** What connecting is refused with. */
async function refusal(path, options) {
    const socket = watch(
        io(`${daemon.url}${path}`, { forceNew: true, ...options }));
    const error = await within('connect_error', new Promise(yes => {
        socket.once('connect_error', yes);
        socket.once('connect', () => yes(new Error('it was let in')));
    }));

    socket.disconnect();
    return error.message;
}

const ask = (socket, ...args) =>
    within(`an answer to ${args[0]}`, socket.emitWithAck(...args));

/** All of it in one request; all of it is accepted. */
async function post(...events) {
    const answers = await daemon.post(backend, events);

    for (const [i, answer] of answers.entries())
        assert.ok(answer.seq, `${events[i].event} ${JSON.stringify(answer)}`);
    return answers;
}

/* --- the clients, as their contracts write them --- */

/** Contract kebab: `auth.token`, join-room with an acknowledgement. */
async function kebabClient(token, ...rooms) {
    const socket = watch(io(daemon.url, {
        forceNew: true,
        auth: { token },
        reconnection: true,
        reconnectionAttempts: Infinity,
        reconnectionDelay: 1000,
        reconnectionDelayMax: 10000,
    }));

    for (const room of rooms)
        await within(`${room} is joined`, new Promise(yes =>
            socket.emit('join-room', room, joined => {
                assert.strictEqual(joined, true, JSON.stringify(room));
                yes();
            })));
    socket.emit('heartbeat');
    return socket;
}

/** Contract session: a path of its own; whoever has the token may listen. */
function sessionClient(url) {
    return watch(io(url, {
        path: '/api/socket',
        transports: ['websocket', 'polling'],
        reconnection: true,
        reconnectionDelay: 1000,
        reconnectionAttempts: 5,
        forceNew: true,
    }));
}

/** Contract kds: a helper around verbs with colons. */
class OrderSocketClient {
    connect(url, authToken) {
        this.socket = watch(
            io(url, { auth: { token: authToken }, forceNew: true }));
        return this;
    }

    joinKitchenRoom() {
        this.socket.emit('join:kitchen');
    }

    joinWaitersRoom() {
        this.socket.emit('join:waiters');
    }

    joinTableRoom(tableId) {
        this.socket.emit('join:table', tableId);
    }

    joinOrderRoom(orderId) {
        this.socket.emit('join:order', orderId);
    }

    onKitchenOrderReady(callback) {
        this.socket.on('kitchen:order_ready', callback);
    }
}

const kdsClient = (token, join) => {
    const client = new OrderSocketClient().connect(daemon.url, token);

    join(client);
    return client.socket;
};

/** {"_dw":…} is beside the contract; without it the payload is exactly that. */
function bare(payload) {
    const { _dw, ...rest } = payload;

    assert.match(_dw.id, /^[0-9A-Z]{26}$/);
    assert.ok(_dw.seq > 0);
    assert.match(_dw.epoch, /^[0-9a-z]+$/);
    assert.equal(typeof _dw.replay, 'boolean');
    return rest;
}

test('four front ends hear one evening, each in its own words', async () => {
    const sessionToken = 'sess_4f0c9a77b2';
    const staff = await daemon.token('manager', '--sub', 'owner');

    await post({ event: 'order.created', payload: newOrder('1', '5') });
    const kebab = {
        kitchen: await kebabClient(tokens.kitchen, 'restaurant-kitchen'),
        user: await kebabClient(tokens.user, 'user-user-1'),
        admin: await kebabClient(tokens.admin, { room: 'admin-dashboard' }),
        tracker: await kebabClient(tokens.waiter, 'order-17'),
    };
    const session = {
        // Its staff logs in elsewhere; the page is given an address.
        kitchen: sessionClient(`${daemon.url}?token=${staff}`),
        guest: sessionClient(daemon.url),
        other: sessionClient(daemon.url),
    };

    session.kitchen.emit('join:restaurant', 'main');
    session.guest.emit('join:session', sessionToken);
    session.other.emit('join:session', 'sess_of_somebody_else');
    const flat = await open(`/events?token=${tokens.waiter}`);
    const kds = {
        kitchen: kdsClient(tokens.kitchen, c => c.joinKitchenRoom()),
        waiters: kdsClient(tokens.waiter, c => c.joinWaitersRoom()),
        table: kdsClient(tokens.table5, c => c.joinTableRoom(5)),
        order: kdsClient(tokens.manager, c => c.joinOrderRoom(17)),
        other: kdsClient(tokens.table6, c => c.joinTableRoom(6)),
    };
    const everybody = { kebab, session, flat: { all: flat }, kds };

    // Asked once more with an acknowledgement: the first has been heard.
    for (const [socket, ...verb] of [
        [kds.kitchen, 'join:kitchen'], [kds.waiters, 'join:waiters'],
        [kds.table, 'join:table', 5], [kds.order, 'join:order', 17],
        [kds.other, 'join:table', '6'],
        [session.kitchen, 'join:restaurant', 'main'],
        [session.guest, 'join:session', sessionToken],
        [session.other, 'join:session', 'sess_of_somebody_else']])
        assert.strictEqual(await ask(socket, ...verb), true, verb.join());
    kebab.user.emit('page:navigate', { path: '/menu' });

    const answers = await post(...evening(sessionToken));

    // The last that each hears.
    await flat.first('table:checkoutCompleted');
    for (const socket of [kds.kitchen, kds.waiters, kds.table, kds.order])
        await socket.first('order:status_changed',
            ({ status }) => status === 'completed');
    for (const socket of [kebab.kitchen, kebab.tracker])
        await socket.first('order-status-updated',
            ({ status }) => status === 'completed');
    for (const socket of [session.kitchen, session.guest])
        await socket.first('order:status:updated',
            ({ status }) => status === 'completed');
    await kebab.user.first('notification');
    await kebab.admin.first('live-users-update',
        users => users.some(({ userId, path }) =>
            userId === 'user-1' && path === '/menu'));

    // Nobody hears a word of somebody else's.
    for (const [dialect, sockets] of Object.entries(everybody))
        for (const [who, socket] of Object.entries(sockets))
            for (const word of socket.words())
                assert.ok(WORDS[dialect].includes(word),
                    `${dialect} ${who} heard ${word}`);

    // kebab
    const [created] = kebab.kitchen.all('new-order');

    assert.match(created.createdAt, ISO);
    assert.deepEqual(Object.keys(bare(created)),
        ['orderId', 'customerName', 'items', 'createdAt']);
    assert.equal(created.orderId, '17');
    assert.equal(created.customerName, 'Zoë');
    assert.equal(created.items[0].name, 'Soup');
    assert.equal(created._dw.id, answers[1].id);
    assert.equal(created._dw.seq, answers[1].seq);
    assert.equal(kebab.kitchen.all('new-order')[1].items[0].name, 'Bread');
    assert.deepEqual(Object.keys(bare(
        kebab.kitchen.all('order-status-updated')[0])), ['orderId', 'status']);
    assert.match(kebab.tracker.all('order-status-updated')[0].updatedAt, ISO);
    assert.equal(kebab.tracker.all('new-order').length, 0);
    assert.deepEqual(kebab.user.all('notification').map(({ title }) => title),
        ['Your order']);
    assert.deepEqual([...kebab.user.words()], ['notification']);

    // session
    const [order] = session.kitchen.all('order:created');

    assert.equal(order.order.id, '17');
    assert.equal(order.order.totalAmount, 9);
    assert.equal(order.order.status, 'pending');
    assert.equal(order.order.tableNumber, 5);
    assert.equal(order.order.customerName, 'Zoë');
    assert.deepEqual(order.session, { id: 's-1', tableNumber: 5 });
    assert.deepEqual([...session.guest.words()], ['order:status:updated']);
    const statuses = session.guest.all('order:status:updated');

    assert.ok(statuses.some(({ status }) => status === 'cooking'));
    assert.ok(statuses.some(({ status }) => status === 'ready'));
    for (const status of statuses)
        assert.deepEqual(Object.keys(bare(status)), ['orderId', 'status']);
    assert.deepEqual(session.other.heard, []);
    assert.doesNotMatch(JSON.stringify(session.kitchen.heard),
        new RegExp(`${sessionToken}|${keyOf(sessionToken)}`));

    // flat
    const [full] = flat.all('order:created');

    assert.equal(full._id, '17');
    assert.equal(full.tableNumber, 5);
    assert.equal(full.total, 9);
    assert.deepEqual(bare(flat.all('table:activated')[0]), { tableNumber: 5 });
    assert.deepEqual(bare(flat.all('menu.created')[0]),
        { id: 'm-1', name: 'Cake' });
    assert.equal(flat.all('serviceCall')[0].tableNumber, 5);
    assert.equal(flat.all('newMessage')[0].text, 'No cake');
    assert.equal(flat.all('order:served')[0]._id, '17');
    assert.equal(flat.all('order:completed')[0]._id, '17');

    // kds
    assert.deepEqual(bare(kds.kitchen.all('order:new')[0]).orderId, 17);
    assert.deepEqual(kds.kitchen.all('order:new')[0]._dw,
        kds.kitchen.all('order:created')[0]._dw);
    assert.equal(kds.waiters.all('order:new').length, 0);
    assert.equal(kds.waiters.all('order:created')[0].finalAmount, 8.5);
    assert.deepEqual(bare(kds.waiters.all('kitchen:order_ready')[0]),
        { kitchenOrderId: 3, orderId: 17, tableId: 5 });
    assert.equal(kds.waiters.all('kitchen:ready').length, 0);
    assert.deepEqual(bare(kds.table.all('kitchen:ready')[0]),
        { kitchenOrderId: 3, orderId: 17, tableId: 5 });
    assert.equal(kds.order.all('kitchen:acknowledged')[0].chefName, 'Ana');
    assert.equal(kds.order.all('order:items_added')[0].items[0].name, 'Bread');
    assert.equal(kds.kitchen.all('kitchen:priority_changed')[0].priority,
        'vip');
    await kds.kitchen.first('kitchen:stats_update');
    assert.deepEqual(kds.other.heard, []);
    // Nothing twice.
    for (const name of WORDS.kds) {
        const ids = kds.kitchen.all(name).map(({ _dw }) => _dw.id);

        assert.equal(new Set(ids).size, ids.length, name);
    }
    for (const sockets of Object.values(everybody))
        for (const socket of Object.values(sockets))
            socket.disconnect();
});

test('a token that is not good is refused as the contract says', async () => {
    const expired = await daemon.token('waiter', '--ttl', '1s');

    assert.equal(await refusal('', { auth: { token: 'nonsense' } }),
        'Authentication failed');
    assert.equal(await refusal('', {}), 'Authentication failed');
    assert.equal(await refusal('', { auth: { token: null } }),
        'Authentication failed');
    assert.equal(await refusal('',
        { auth: { token: 'nonsense', dialect: 'kebab' } }),
    'Authentication failed');
    assert.equal(await refusal('',
        { auth: { token: 'nonsense', dialect: 'kds' } }),
    'Authentication error');
    assert.equal(await refusal('', { auth: { dialect: 'kds' } }),
        'Authentication error');
    assert.equal(await refusal('/events', {}), 'Authentication failed');
    // Guests of a table have an own room, not everybody's.
    assert.notEqual(await refusal(`/events?token=${tokens.table5}`, {}),
        'it was let in');
    assert.equal(await refusal('', { path: '/api/socket',
        auth: { token: 'nonsense' } }), 'Authentication failed');
    await pause(1100); // until it has expired
    assert.equal(await refusal('', { auth: { token: expired } }),
        'Authentication failed');
});

test('namespaces and dialects that are not there are refused', async () => {
    const auth = { token: tokens.manager };

    assert.equal(await refusal('/admin', { auth }), 'Invalid namespace');
    assert.equal(await refusal('/events', { auth, path: '/api/socket' }),
        'Invalid namespace');
    assert.equal(await refusal('',
        { auth: { ...auth, dialect: 'latin' } }), 'Invalid dialect');
    assert.equal(await refusal('',
        { auth: { ...auth, dialect: 'flat' } }), 'Invalid dialect');
});

test('a token may stand in auth, in the address or in a header', async () => {
    for (const transports of [['websocket'], ['polling']]) {
        const sockets = [
            await open('', { auth: { token: tokens.waiter }, transports }),
            await open(`?token=${tokens.waiter}`, { transports }),
            await open('', { transports, extraHeaders: {
                Authorization: `Bearer ${tokens.waiter}` } }),
            // What stands in auth is meant, whatever the address says.
            await open('?token=nonsense',
                { auth: { token: tokens.waiter }, transports }),
        ];

        for (const socket of sockets) {
            assert.strictEqual(await ask(socket, 'join:waiters'), true);
            socket.disconnect();
        }
    }
});

test('until it shows its dialect a socket is told nothing', async () => {
    const quiet = await withToken(tokens.manager);
    const kds = await withToken(tokens.manager,
        { auth: { token: tokens.manager, dialect: 'kds' } });

    assert.strictEqual(await ask(kds, 'join:kitchen'), true);
    await post({ event: 'order.created', payload: newOrder('30', '5') });
    await kds.first('order:new', ({ orderId }) => orderId === 30);
    assert.deepEqual(quiet.heard, []);
    // An unknown word shows nothing; it is refused.
    assert.equal((await ask(quiet, 'hello', {})).error.code, 'unknown_event');
    assert.strictEqual(
        await ask(quiet, 'join-room', 'restaurant-kitchen'), true);
    await post({ event: 'order.created', payload: newOrder('31', '5') });
    await quiet.first('new-order', ({ orderId }) => orderId === '31');
    // From here on it is that, and nothing else.
    assert.strictEqual(await ask(quiet, 'join:waiters'), false);
    await post({ event: 'order.created', payload: newOrder('32', '5') });
    await quiet.first('new-order', ({ orderId }) => orderId === '32');
    assert.equal(quiet.all('new-order').length, 2);
    for (const word of quiet.words())
        assert.ok(WORDS.kebab.includes(word), word);
    kds.disconnect();
    quiet.disconnect();
});

test('who asks for a room is told whether it has it', async () => {
    const waiter = await withToken(tokens.waiter);
    const cook = await withToken(tokens.kitchen);
    const kebab = await withToken(tokens.kitchen);
    // The guests that the first token was for have gone.
    const guest =
        await withToken(await daemon.token('table', '--table', '5'));
    const staff = await open('', { path: '/api/socket',
        auth: { token: tokens.manager } });
    const bearer = await open('', { path: '/api/socket' });

    await post({ event: 'order.created', payload: newOrder('40', '5') },
        { event: 'order.created', payload: newOrder('41', '6') });
    const asked = [
        [waiter, 'join:waiters', true], [waiter, 'join:kitchen', false],
        [waiter, 'join:table', 5, true], [waiter, 'join:table', '5', true],
        [waiter, 'join:table', false], [waiter, 'join:table', {}, false],
        [waiter, 'join:table', 'a/b', false], [waiter, 'leave:table', 5, true],
        [waiter, 'leave:table', 77, true],
        [cook, 'join:kitchen', true], [cook, 'join:waiters', false],
        [guest, 'join:table', 5, true], [guest, 'join:table', 6, false],
        [guest, 'join:order', 40, true], [guest, 'join:order', 41, false],
        [guest, 'join:order', 4711, false], [guest, 'join:kitchen', false],
        [kebab, 'join-room', 'restaurant-kitchen', true],
        [kebab, 'join-room', { room: 'restaurant-kitchen' }, true],
        [kebab, 'join-room', 'order-40', true],
        [kebab, 'join-room', 'admin-dashboard', false],
        [kebab, 'join-room', 'no-such-room', false],
        [kebab, 'join-room', 'user-somebody', false],
        [kebab, 'join-room', 'kitchen', false],
        [kebab, 'leave-room', { room: 'order-40' }, true],
        [staff, 'join:restaurant', 'main', true],
        [staff, 'join:restaurant', 'elsewhere', false],
        [staff, 'join:session', 'sess_abc', false],
        [bearer, 'join:restaurant', 'main', false],
        [bearer, 'join:session', '', false],
        [bearer, 'join:session', 'sess_abc', true],
    ];

    for (const [socket, ...verb] of asked) {
        const expected = verb.pop();

        assert.strictEqual(await ask(socket, ...verb), expected,
            JSON.stringify(verb));
    }
    // What was refused has taken nothing away.
    await post({ event: 'order.created', payload: newOrder('42', '6') });
    await staff.first('order:created', ({ order }) => order.id === '42');
    for (const socket of [waiter, cook, kebab, guest, staff, bearer])
        socket.disconnect();
});

test('what was left is not heard; what is joined again is heard once',
    async () => {
        const waiter = await withToken(tokens.waiter);

        await ask(waiter, 'join:waiters');
        await ask(waiter, 'join:waiters');
        await post({ event: 'order.created', payload: newOrder('50', '5') });
        await waiter.first('order:created', ({ orderId }) => orderId === 50);
        await ask(waiter, 'leave:waiters');
        await post({ event: 'order.created', payload: newOrder('51', '5') });
        await ask(waiter, 'join:waiters');
        await post({ event: 'order.created', payload: newOrder('52', '5') });
        await waiter.first('order:created', ({ orderId }) => orderId === 52);
        assert.deepEqual(
            waiter.all('order:created').map(({ orderId }) => orderId),
            [50, 52]);
        waiter.disconnect();
    });

test('a burst arrives whole, in order and the same by either transport',
    async () => {
        const sockets = [];
        const made = Array.from({ length: 600 }, (_, n) => 1000 + n);
        const notes = 'no salt '.repeat(30); // more than one write takes

        for (const transports of [['websocket'], ['polling']]) {
            const socket = await withToken(tokens.manager, { transports });

            assert.strictEqual(await ask(socket, 'join:kitchen'), true);
            sockets.push(socket);
        }
        for (let at = 0; at < made.length; at += 50) {
            await post(...made.slice(at, at + 50).map(id =>
                ({ event: 'order.created', payload: newOrder(`${id}`, '8', {
                    items: Array.from({ length: 1 + id % 6 }, (_, item) =>
                        ({ id: `${item}`, name: 'Soup', notes })) }) })));
            // Joining again loses nothing of what is on its way.
            for (const socket of sockets)
                socket.emit('join:kitchen');
        }
        for (const socket of sockets) {
            await socket.first('order:created',
                ({ orderId }) => orderId === made.at(-1), 20000);
            for (const name of ['order:new', 'order:created'])
                assert.deepEqual(socket.all(name)
                    .map(({ orderId }) => orderId), made);
        }
        // The very same, but for figures that the next one replaces.
        const [socket, polling] = sockets.map(({ heard }) =>
            heard.filter(([name]) => name.startsWith('order:'))
                .map(([name, { _dw, ...payload }]) =>
                    [name, _dw.id, payload]));

        assert.deepEqual(polling, socket);
        for (const one of sockets)
            one.disconnect();
    });

test('guests hear of their own sitting only, and of the last they showed',
    async () => {
        const [mine, later] = ['sess_mine', 'sess_later'];
        const guest = await open('', { path: '/api/socket',
            transports: ['polling'] });
        const order = (id, token) => ({ event: 'order.created', payload:
            newOrder(id, '5', { session: { id, key: keyOf(token) } }) });
        const cook = id =>
            ({ event: 'kitchen.preparing', payload: { orderId: id } });

        // Before there is anything of it: its page asks once.
        assert.strictEqual(await ask(guest, 'join:session', mine), true);
        await post(order('60', mine), order('61', 'sess_theirs'),
            cook('61'), cook('60'));
        await guest.first('order:status:updated',
            ({ orderId }) => orderId === '60');
        assert.strictEqual(await ask(guest, 'join:session', later), true);
        await post(order('62', later), { event: 'kitchen.ready',
            payload: { orderId: '60' } }, cook('62'));
        await guest.first('order:status:updated',
            ({ orderId }) => orderId === '62');
        assert.deepEqual(guest.all('order:status:updated')
            .map(({ orderId, status }) => [orderId, status]),
        [['60', 'cooking'], ['62', 'cooking']]);
        // It listens; it has no say.
        assert.equal((await ask(guest, 'order:status:updated',
            { orderId: '62', status: 'ready' })).error.code, 'forbidden');
        guest.disconnect();
    });

test('to flat nobody can say anything', async () => {
    const flat = await open('/events', { auth: { token: tokens.manager } });
    const before = (await daemon.metrics()).events_refused_total;
    let answered = false;

    flat.emit('order:served', { _id: '17' }, () => {
        answered = true;
    });
    flat.emit('join-room', 'restaurant-kitchen', () => {
        answered = true;
    });
    flat.emit('table:activated', { tableNumber: 66 });
    await until('three are counted', async () =>
        (await daemon.metrics()).events_refused_total >= before + 3);
    await post({ event: 'menu.deleted', payload: { id: 'm-9' } });
    await flat.first('menu.deleted', ({ id }) => id === 'm-9');
    assert.equal(flat.all('table:activated').length, 0);
    assert.equal(answered, false);
    flat.disconnect();
});

test('what a client states is accepted or refused by its rights', async () => {
    const waiter = await withToken(tokens.waiter);
    const cook = await withToken(tokens.kitchen);

    await ask(cook, 'join:kitchen');
    await ask(waiter, 'join:waiters');
    await post({ event: 'order.created', payload: newOrder('70', '5') });
    const done = await ask(waiter, 'order:cancel_request',
        { orderId: 70, tableId: 5, reason: 'wrong table', staffId: 4 });

    assert.ok(done.id && done.seq > 0, JSON.stringify(done));
    assert.equal(done.duplicate, false);
    const request = await cook.first('order:cancel_request');

    assert.deepEqual(bare(request),
        { orderId: 70, tableId: 5, reason: 'wrong table', staffId: 4 });
    assert.equal(request._dw.id, done.id);
    const { error } = await ask(cook, 'order:confirmed', { orderId: 70 });

    assert.equal(error.code, 'forbidden');
    assert.match(error.message, /\S/);
    assert.equal((await ask(waiter, 'order:cancel_request',
        { orderId: 70 })).error.code, 'missing_field');
    assert.equal((await ask(waiter, 'order:cancel_request',
        { orderId: 4711, reason: 'x' })).error.code, 'not_found');
    // Without asking it works as well, and is not answered.
    cook.emit('kitchen:order_acknowledged',
        { orderId: 70, chefId: 8, chefName: 'Ana' });
    await waiter.first('kitchen:order_acknowledged',
        ({ orderId }) => orderId === 70);
    assert.equal((await ask(waiter, 'order:cancel_request',
        Buffer.from('bytes'))).error.code, 'bad_request');
    waiter.disconnect();
    cook.disconnect();
});

test('notes about itself are accepted, and change no rights', async () => {
    const user = await withToken(tokens.user);

    assert.strictEqual(await ask(user, 'heartbeat'), true);
    assert.strictEqual(await ask(user, 'heartbeat', {}), true);
    assert.strictEqual(
        await ask(user, 'page:navigate', { path: '/bill' }), true);
    assert.strictEqual(await ask(user, 'user:update',
        { userId: 'user-1', roles: ['admin'] }), true);
    assert.strictEqual(
        await ask(user, 'join-room', 'admin-dashboard'), false);
    assert.equal((await ask(user, 'page:navigate', {})).error.code,
        'missing_field');
    user.disconnect();
});

test('who floods is closed', async () => {
    const waiter = await withToken(tokens.waiter, { reconnection: false });
    const gone = new Promise(yes => waiter.once('disconnect', yes));

    for (let i = 0; i < 200; i++)
        waiter.emit('join:waiters');
    await within('disconnect', gone);
});

test('a token ends its socket when it expires, and is refused then',
    async () => {
        const token = await daemon.token('waiter', '--ttl', '3s');
        const started = performance.now();
        const socket = await withToken(token, { reconnectionDelay: 10 });
        const refused = new Promise(yes => socket.on('connect_error', yes));
        const reason = await within('disconnect', new Promise(yes =>
            socket.once('disconnect', yes)));

        assert.ok(performance.now() - started < 4500);
        assert.match(reason, /^transport (close|error)$/);
        assert.equal((await within('connect_error', refused)).message,
            'Authentication failed');
        socket.disconnect();
    });

test('profiles: autojoin, open events, strict payloads, other refusals',
    async () => {
        const own = await Daemon.start({ args: ['--kds-autojoin', 'waiters',
            '--open-events', 'yes', '--strict-payload', 'yes',
            '--session-tokens', 'no', '--refuse-as', 'kds'] });
        const till = await own.token('backend');
        const say = (event, payload) => own.post(till, { event, payload });

        try {
            // The contract's own test: no token, no room, no waiting.
            const client = watch(io(own.url, { forceNew: true }));
            const flat = await connected(
                watch(io(`${own.url}/events`, { forceNew: true })));
            const kebab = await connected(watch(io(own.url, { forceNew: true,
                auth: { token: await own.token('manager') } })));
            const data = new Promise(yes => client.on('order:created', yes));

            await connected(client);
            assert.strictEqual(
                await ask(kebab, 'join-room', 'restaurant-kitchen'), true);
            await say('order.created', newOrder('17', '5', {
                customer: { name: 'Zoë' } }));
            assert.equal((await within('order:created', data)).orderId, 17);
            assert.equal((await data)._dw, undefined);
            assert.equal((await flat.first('order:created'))._id, '17');
            await kebab.first('new-order');
            assert.deepEqual([...kebab.words()], ['new-order']);
            // They listen, to what guests may know, and that is all.
            assert.strictEqual(await ask(client, 'join:waiters'), true);
            assert.strictEqual(await ask(client, 'join:kitchen'), false);
            assert.strictEqual(await ask(client, 'join:table', 5), false);
            assert.equal((await ask(client, 'order:cancel_request',
                { orderId: 17, reason: 'no' })).error.code, 'forbidden');
            await say('kitchen.acknowledged', { orderId: '17',
                chef: { id: '8', name: 'Ana' } });
            await say('message.created', { message: { id: 'n-1',
                channel: 'board', author: { id: '9', name: 'Eva' },
                text: 'secret' } });
            await say('order.served', { orderId: '17' });
            await flat.first('order:served');
            await client.first('order:status_changed',
                ({ status }) => status === 'served');
            assert.doesNotMatch(JSON.stringify([client.heard, flat.heard]),
                /secret|Ana/);
            for (const socket of [client, flat, kebab])
                socket.disconnect();
            const refused = watch(io(own.url,
                { forceNew: true, auth: { token: 'nonsense' } }));

            assert.equal((await within('connect_error', new Promise(yes =>
                refused.once('connect_error', yes)))).message,
            'Authentication error');
            const bearer = watch(io(own.url,
                { forceNew: true, path: '/api/socket' }));

            assert.equal((await within('connect_error', new Promise(yes =>
                bearer.once('connect_error', yes)))).message,
            'Authentication error');
        } finally {
            await own.stop();
        }
    });

test('a token is of one restaurant; a guest without says which', async () => {
    const own = await Daemon.start({ args: ['--other-sites', 'harbour'] });
    const guest = site => connected(watch(io(own.url, { forceNew: true,
        path: '/api/socket', ...site && { auth: { site } } })));

    try {
        const here = await guest();
        const there = await guest('harbour');
        const staff = await connected(watch(io(own.url, { forceNew: true,
            path: '/api/socket', auth: {
                token: await own.token('manager', '--site', 'harbour') } })));

        for (const socket of [here, there])
            assert.strictEqual(
                await ask(socket, 'join:session', 'sess_1'), true);
        assert.strictEqual(await ask(staff, 'join:restaurant', 'main'), false);
        assert.strictEqual(
            await ask(staff, 'join:restaurant', 'harbour'), true);
        for (const site of ['main', 'harbour']) {
            const till = await own.token('backend', '--site', site);

            await own.post(till, [
                { event: 'order.created', payload: newOrder(`of-${site}`, '5',
                    { session: { id: 's', key: keyOf('sess_1') } }) },
                { event: 'kitchen.preparing',
                    payload: { orderId: `of-${site}` } }]);
        }
        await here.first('order:status:updated');
        await there.first('order:status:updated');
        await staff.first('order:status:updated');
        assert.doesNotMatch(JSON.stringify(here.heard), /of-harbour/);
        assert.doesNotMatch(JSON.stringify([there.heard, staff.heard]),
            /of-main/);
        await assert.rejects(guest('nowhere'), /^Error: Authentication failed/);
        for (const socket of [here, there, staff])
            socket.disconnect();
    } finally {
        await own.stop();
    }
});
