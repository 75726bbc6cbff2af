/** Orders, tables and the rest by their paths, as pages use them. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Session, subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { Raw } from './lib/raw.js';
import { until, within } from './lib/wait.js';

let daemon;
let token; // by role; of guests see beGuest

before(async () => {
    daemon = await Daemon.start();
    token = {
        backend: await daemon.token('backend', '--sub', 'shop'),
        kitchen: await daemon.token('kitchen', '--sub', 'cook'),
        waiter: await daemon.token('waiter', '--sub', 'ana'),
        manager: await daemon.token('manager', '--sub', 'boss'),
        admin: await daemon.token('admin', '--sub', 'root'),
    };
    await beGuest();
});

let guests = 0;

/** Somebody else at table 5, `other` at 6: guests may not say much at once. */
async function beGuest() {
    guests++;
    for (const [role, table] of [['guest', '5'], ['other', '6']])
        token[role] = await daemon.token('table', '--table', table,
            '--sub', `guest-${table}-${guests}`);
}

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** {status, headers, ...answer}; `body` undefined: none. */
async function ask(role, method, path, body, headers = {}) {
    const response = await fetch(`${daemon.url}${path}`, {
        method,
        headers: { ...token[role] && { Authorization: `Bearer ${token[role]}` },
            ...body !== undefined && { 'Content-Type': 'application/json' },
            ...headers },
        body: body === undefined || typeof body === 'string'
            ? body : JSON.stringify(body),
        signal: AbortSignal.timeout(10000),
    });
    const text = await response.text();

    return { status: response.status, headers: response.headers,
        ...text && JSON.parse(text) };
}

let keys = 0;

/** Ask twice with one key: the same answer, and it says so. */
async function state(role, method, path, body, status = 200) {
    const headers = { 'Idempotency-Key': `rest-${++keys}` };
    const first = await ask(role, method, path, body, headers);
    const said = JSON.stringify(first);

    assert.equal(first.status, status, `${method} ${path}: ${said}`);
    assert.equal(first.duplicate, false, said);
    assert.match(first.id, /^[0-9A-HJKMNP-TV-Z]{26}$/, said);
    const again = await ask(role, method, path, body, headers);

    assert.equal(again.status, status, JSON.stringify(again));
    assert.deepEqual([again.id, again.seq, again.epoch, again.duplicate],
        [first.id, first.seq, first.epoch, true]);
    return first;
}

async function refused(role, method, path, body, status, code, field) {
    const answer = await ask(role, method, path, body);
    const said = `${method} ${path}: ${JSON.stringify(answer)}`;

    assert.equal(answer.status, status, said);
    assert.equal(answer.code, code, said);
    if (field !== undefined)
        assert.equal(answer.field, field, said);
    assert.match(answer.message, /^[ -~]{8,200}$/, said);
    return answer;
}

/** The event that an answer is about. */
const eventOf = async ({ seq: wanted }) => (await ask('backend', 'GET',
    '/api/events?limit=20')).events.find(({ seq }) => seq === wanted);

// --- orders ---

test('an order is made, changed and found by its path', async () => {
    const made = await state('backend', 'POST', '/api/orders',
        newOrder('A-1', '5', { items: [
            { id: 'i1', name: 'Soup', quantity: 2, unitPriceCents: 450 }] }),
        201);

    assert.equal(made.order.id, 'A-1');
    assert.equal(made.order.status, 'pending');
    assert.equal(made.order.totals.totalCents, 900);
    const cooking = await state('kitchen', 'PATCH', '/api/orders/A-1',
        { status: 'preparing' });

    assert.equal(cooking.order.status, 'preparing');
    assert.equal(cooking.order.totals, undefined, 'the kitchen sees no money');
    assert.equal((await eventOf(cooking)).event, 'kitchen.preparing');
    const paid = await state('backend', 'PATCH', '/api/orders/A-1',
        { paymentStatus: 'paid', notes: 'no hurry' });

    assert.equal(paid.order.paymentStatus, 'paid');
    assert.equal(paid.order.items.length, 1);
    assert.equal(paid.order.status, 'preparing');
    const { order } = await ask('waiter', 'GET', '/api/orders/A-1');

    assert.equal(order.notes, 'no hurry');
    for (const status of ['ready', 'served', 'completed'])
        assert.equal((await state(status === 'ready' ? 'kitchen' : 'waiter',
            'PATCH', '/api/orders/A-1', { status })).order.status, status);
    // It is over, and still known.
    assert.equal((await ask('waiter', 'GET', '/api/orders/A-1')).order.status,
        'completed');
    assert.ok(!(await ask('waiter', 'GET', '/api/orders')).orders
        .some(({ id }) => id === 'A-1'));
});

test('a page posts to /api/orders/create and patches with its own word',
    async () => {
        const heard = await subscribe(daemon, 'dw/1/main/json/kitchen');
        const response = await fetch(`${daemon.url}/api/orders/create`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json',
                Authorization: `Bearer ${token.guest}` },
            body: JSON.stringify({
                items: [{ name: 'Tortilla', quantity: 1, price: 8.5,
                    modifiers: [{ name: 'sin cebolla', price: 0.3 }] }],
                totalAmount: 8.8, customerName: 'Ana' }),
        });
        const { order } = await response.json();

        assert.equal(response.status, 201);
        assert.equal(order.table.id, '5', 'the token says where');
        assert.equal(order.totals.totalCents, 880);
        assert.equal(order.customer.name, 'Ana');
        await heard.line(new RegExp(`order.created.*"id":"${order.id}"`));
        const orderId = order.id;
        const updated = await fetch(`${daemon.url}/api/orders/${orderId}`, {
            method: 'PATCH',
            headers: { 'Content-Type': 'application/json',
                Authorization: `Bearer ${token.kitchen}` },
            body: JSON.stringify({ status: 'cooking' }),
        });

        assert.equal(updated.status, 200);
        assert.equal((await updated.json()).order.status, 'preparing');
        await heard.line(new RegExp(`kitchen.preparing.*"${orderId}"`));
    });

test('a token of a sitting is told nobody', async () => {
    const heard = await subscribe(daemon, 'dw/1/main/json/#');
    const { status, order } = await ask('backend', 'POST',
        '/api/orders/create', { items: [{ name: 'Pan', price: 1 }],
            tableNumber: 5, sessionToken: 'not-to-be-told' });

    assert.equal(status, 201);
    assert.match(order.session.key, /^[0-9a-f]{32}$/);
    await heard.line(new RegExp(`json/kitchen .*"id":"${order.id}"`));
    assert.doesNotMatch(heard.stdout, /not-to-be-told/);
});

test('an order without an id gets one, and keeps it', async () => {
    const body = { table: { number: 5 }, items: [{ name: 'Soup' }] };
    const headers = { 'Idempotency-Key': 'nameless' };
    const first = await ask('backend', 'POST', '/api/orders', body, headers);
    const again = await ask('backend', 'POST', '/api/orders', body, headers);

    assert.equal(first.status, 201, JSON.stringify(first));
    assert.equal(first.order.table.id, '5');
    assert.equal(again.order.id, first.order.id);
    assert.equal(again.duplicate, true);
});

test('a status that the order has already changes nothing', async () => {
    await ask('backend', 'POST', '/api/orders', newOrder('A-2', '5'));
    const first = await ask('kitchen', 'PATCH', '/api/orders/A-2',
        { status: 'ready' });
    const head = await daemon.quietHead();
    const again = await ask('backend', 'PATCH', '/api/orders/A-2',
        { status: 'ready' });

    assert.equal(again.status, 200, JSON.stringify(again));
    assert.equal(again.duplicate, true);
    assert.equal(again.seq, first.seq);
    assert.equal(again.order.status, 'ready');
    assert.equal((await daemon.metrics()).journal_head, head);
    await refused('kitchen', 'PATCH', '/api/orders/A-2',
        { status: 'confirmed' }, 403, 'forbidden');
    await refused('backend', 'PATCH', '/api/orders/A-2',
        { status: 'confirmed' }, 409, 'impossible');
});

test('who asks for what has happened is nobody who is there', async () => {
    const admin = await Session.open(daemon, token.admin);

    await admin.join('admin');
    await admin.event('users.live');
    const head = await daemon.quietHead();

    for (const role of ['waiter', 'admin'])
        assert.equal((await ask(role, 'GET', '/api/events')).status, 200);
    assert.equal(await daemon.quietHead(), head);
    await admin.close();
});

test('guests of one name are not one guest', async () => {
    const call = async table => {
        token.nameless = await daemon.token('table', '--table', table,
            '--sub', 'nameless');
        return () => ask('nameless', 'POST', '/api/calls', { reason: 'bill' });
    };
    const first = await call('51');

    await until('table 51 is too fast', async () =>
        (await first()).status === 429);
    assert.equal((await (await call('52'))()).status, 201);
});

test('an address that is too long is answered', async () => {
    await refused('kitchen', 'GET', `/api/orders/${'a'.repeat(300)}`, undefined,
        414, 'bad_request');
});

test('a status that it has had for long is none to refuse', async () => {
    await ask('backend', 'POST', '/api/orders', newOrder('A-9', '5'));
    await state('kitchen', 'PATCH', '/api/orders/A-9', { status: 'ready' });
    // What was said a moment ago is forgotten, and so it is in ten seconds.
    await daemon.restart();
    const head = await daemon.quietHead();

    for (const [role, status] of [['kitchen', 'ready'], ['backend', 'ready']]) {
        const { status: code, headers, order, ...rest } =
            await ask(role, 'PATCH', '/api/orders/A-9', { status });

        assert.equal(code, 200, JSON.stringify(rest));
        assert.match(headers.get('content-type'), /json/);
        assert.deepEqual(rest, { duplicate: true });
        assert.equal(order.status, 'ready');
    }
    // Who cannot be told of it is not told that it is so.
    await refused('guest', 'PATCH', '/api/orders/A-9', { status: 'ready' }, 403,
        'forbidden');
    await refused('kitchen', 'PATCH', '/api/orders/A-9',
        { status: 'preparing' }, 409, 'impossible');
    assert.equal((await daemon.metrics()).journal_head, head);
    // In another event than the one that brought it there, too.
    await state('backend', 'PATCH', '/api/orders/A-9', { status: 'cancelled' });
    const again = await ask('waiter', 'PATCH', '/api/orders/A-9',
        { status: 'cancelled', reason: 'twice' });

    assert.deepEqual([again.status, again.duplicate, again.order.status],
        [200, true, 'cancelled']);
});

test('who may not cancel asks for it', async () => {
    await ask('backend', 'POST', '/api/orders', newOrder('A-3', '5'));
    await refused('waiter', 'PATCH', '/api/orders/A-3',
        { status: 'cancelled' }, 400, 'missing_field', 'reason');
    const wanted = await state('waiter', 'PATCH', '/api/orders/A-3',
        { status: 'cancelled', reason: 'changed their mind' });

    assert.equal(wanted.order.cancelReason, 'changed their mind');
    assert.equal(wanted.order.status, 'pending');
    const gone = await state('backend', 'PATCH', '/api/orders/A-3',
        { status: 'cancelled' });

    assert.equal(gone.order.status, 'cancelled');
});

test('a word that nobody knows is for the back end to say', async () => {
    await ask('backend', 'POST', '/api/orders', newOrder('A-4', '5'));
    await refused('kitchen', 'PATCH', '/api/orders/A-4',
        { status: 'plating' }, 403, 'forbidden');
    const { order } = await state('backend', 'PATCH', '/api/orders/A-4',
        { status: 'plating' });

    assert.equal(order.status, 'plating');
    const { orders } = await ask('kitchen', 'GET',
        '/api/orders?status=plating');

    assert.deepEqual(orders.map(({ id }) => id), ['A-4']);
});

test('a list is what the asker may see, and what was asked for', async () => {
    await ask('backend', 'POST', '/api/orders', newOrder('L-5', '5'));
    await ask('backend', 'POST', '/api/orders', newOrder('L-6', '6'));
    await ask('kitchen', 'PATCH', '/api/orders/L-6', { status: 'preparing' });
    const ids = async (role, query = '') =>
        (await ask(role, 'GET', `/api/orders${query}`)).orders
            .map(({ id }) => id);
    const all = await ids('waiter');

    assert.ok(all.includes('L-5') && all.includes('L-6'));
    assert.ok(!(await ids('guest')).includes('L-6'));
    assert.ok((await ids('guest')).includes('L-5'));
    assert.deepEqual(await ids('other'), ['L-6']);
    assert.deepEqual(await ids('waiter', '?table=6'), ['L-6']);
    assert.ok((await ids('waiter', '?status=pending&table=5'))
        .includes('L-5'));
    assert.ok((await ids('waiter', '?status=cooking,ready')).includes('L-6'));
    assert.ok(!(await ids('waiter', '?status=cooking')).includes('L-5'));
    // A token in the query hides nothing that stands behind it.
    const response = await fetch(`${daemon.url}/api/orders?token=` +
        `${token.waiter}&table=6`);

    assert.deepEqual((await response.json()).orders.map(({ id }) => id),
        ['L-6']);
    // What is not one's own is answered as what is not there.
    const [hidden, absent] = await Promise.all(['L-6', 'none'].map(id =>
        refused('guest', 'GET', `/api/orders/${id}`, undefined, 404,
            'not_found', '')));

    assert.equal(hidden.message, absent.message);
});

test('guests order for their own table only', async () => {
    await beGuest();
    const items = [{ name: 'Water' }];
    const { order } = await state('guest', 'POST', '/api/orders',
        { id: 'G-1', items }, 201);

    assert.deepEqual(order.table, { id: '5', number: 5 });
    await refused('guest', 'POST', '/api/orders',
        { id: 'G-2', items, table: { id: '6' } }, 403, 'forbidden');
    await refused('guest', 'POST', '/api/orders/create',
        { items, tableNumber: 6 }, 403, 'forbidden');
    await refused('other', 'PATCH', '/api/orders/G-1',
        { status: 'cancelled', reason: 'x' }, 403, 'forbidden');
    await state('guest', 'PATCH', '/api/orders/G-1',
        { status: 'cancelled', reason: 'too late' });
});

// --- another dialect's words ---

test('a back end posts in its dialect, and the second name is the same fact',
    async () => {
        const items = [{ itemId: 1, name: 'Soup', quantity: 2 }];
        const post = body => ask('backend', 'POST', '/api/events?dialect=kds',
            body);
        const first = await post({ event: 'order:new', payload: { orderId: 77,
            tableId: 5, orderNumber: 'N77', status: 'pending', items } });
        const again = await post({ event: 'order:created', payload: {
            orderId: 77, tableId: 5, orderNumber: 'N77', status: 'pending',
            items } });

        assert.equal(first.status, 200, JSON.stringify(first));
        assert.equal(first.duplicate, false);
        assert.equal(again.status, 200, JSON.stringify(again));
        assert.deepEqual([again.seq, again.duplicate], [first.seq, true]);
        const both = await post([
            { event: 'kitchen:order_ready', payload: { orderId: 77 } },
            { event: 'kitchen.ready', payload: { orderId: 77 } }]);

        assert.equal(both[0].duplicate, false);
        assert.equal(both[1].code, 'unknown_event');
        await refused('backend', 'POST', '/api/events?dialect=klingon', {},
            400, 'bad_request', 'dialect');
        await refused('backend', 'GET', '/api/events?dialect=klingon',
            undefined, 400, 'bad_request', 'dialect');
        const made = await ask('backend', 'POST', '/api/orders?dialect=kds',
            { orderId: 78, tableId: 6, finalAmount: 12.5, items });

        assert.equal(made.status, 201, JSON.stringify(made));
        assert.equal(made.order.totals.finalCents, 1250);
        assert.equal((await ask('kitchen', 'PATCH',
            '/api/orders/78?dialect=env', { status: 'listo' })).order.status,
        'ready');
    });

// --- the others ---

test('tables and their layout', async () => {
    const { table } = await state('waiter', 'PATCH', '/api/tables/5',
        { number: 5, status: 'occupied', seats: 4 });

    assert.equal(table.status, 'occupied');
    const merged = await state('waiter', 'PATCH', '/api/tables/5',
        { zone: 'terrace' });

    assert.deepEqual([merged.table.seats, merged.table.zone], [4, 'terrace']);
    assert.equal((await ask('waiter', 'GET', '/api/tables/5')).table.zone,
        'terrace');
    assert.ok((await ask('waiter', 'GET', '/api/tables?status=occupied')).tables
        .some(({ id }) => id === '5'));
    assert.deepEqual((await ask('guest', 'GET', '/api/tables')).tables
        .map(({ id }) => id), ['5']);
    await refused('guest', 'PATCH', '/api/tables/5', { seats: 1 }, 403,
        'forbidden');
    await refused('guest', 'GET', '/api/tables/6', undefined, 404,
        'not_found');
    await refused('waiter', 'GET', '/api/tables/none', undefined, 404,
        'not_found');

    const layout = { zones: [{ id: 'in', name: 'Inside' }],
        nodes: [{ id: 'n1', tableId: '5', x: 10, y: 20 }] };

    await refused('waiter', 'PUT', '/api/layout', layout, 403, 'forbidden');
    assert.deepEqual((await state('manager', 'PUT', '/api/layout', layout))
        .layout.nodes, layout.nodes);
    assert.deepEqual((await ask('waiter', 'GET', '/api/layout')).layout.zones,
        layout.zones);
});

test('alerts and calls', async () => {
    await beGuest();
    const { alert } = await state('guest', 'POST', '/api/alerts',
        { type: 'cash', message: 'pays cash' }, 201);

    assert.equal(alert.table.id, '5');
    assert.ok((await ask('waiter', 'GET', '/api/alerts')).alerts
        .some(({ id }) => id === alert.id));
    await refused('guest', 'PATCH', `/api/alerts/${alert.id}`,
        { acknowledged: true }, 403, 'forbidden');
    await refused('waiter', 'PATCH', `/api/alerts/${alert.id}`,
        { acknowledged: false }, 400, 'out_of_range', 'acknowledged');
    await state('waiter', 'PATCH', `/api/alerts/${alert.id}`,
        { acknowledged: true });
    assert.ok(!(await ask('waiter', 'GET', '/api/alerts')).alerts
        .some(({ id }) => id === alert.id));
    await refused('waiter', 'PATCH', '/api/alerts/none',
        { acknowledged: true }, 404, 'not_found');

    const { call } = await state('guest', 'POST', '/api/calls',
        { reason: 'water' }, 201);

    assert.equal(call.table.id, '5');
    assert.deepEqual((await ask('waiter', 'GET', '/api/calls?table=5')).calls
        .map(({ id }) => id), [call.id]);
    await refused('guest', 'PATCH', `/api/calls/${call.id}`,
        { status: 'handled' }, 403, 'forbidden');
    await refused('waiter', 'PATCH', `/api/calls/${call.id}`,
        { status: 'pending' }, 400, 'out_of_range', 'status');
    await state('waiter', 'PATCH', `/api/calls/${call.id}`,
        { status: 'handled' });
    assert.ok(!(await ask('waiter', 'GET', '/api/calls')).calls
        .some(({ id }) => id === call.id));
    await refused('waiter', 'PATCH', '/api/calls/none',
        { status: 'handled' }, 404, 'not_found');
    await refused('kitchen', 'POST', '/api/calls',
        { table: { id: '5' } }, 403, 'forbidden');
});

test('messages and the menu', async () => {
    await beGuest();
    const { message } = await state('kitchen', 'POST', '/api/messages',
        { text: 'No more eggs' }, 201);
    const path = `/api/messages/${message.id}`;

    assert.equal(message.channel, 'board');
    await refused('guest', 'POST', '/api/messages', { text: 'hello' }, 403,
        'forbidden');
    assert.equal((await state('waiter', 'PATCH', path, { text: 'Eggs' }))
        .message.text, 'Eggs');
    assert.equal((await state('waiter', 'PATCH', path, { pinned: true }))
        .message.pinned, true);
    assert.deepEqual((await ask('kitchen', 'GET', '/api/messages')).messages
        .map(({ text }) => text), ['Eggs']);
    await refused('guest', 'DELETE', path, undefined, 403, 'forbidden');
    await state('waiter', 'DELETE', path);
    await refused('waiter', 'DELETE', '/api/messages/none', undefined, 404,
        'not_found');
    await state('kitchen', 'POST', '/api/messages', { text: 'one' }, 201);
    await refused('kitchen', 'DELETE', '/api/messages', undefined, 403,
        'forbidden');
    await state('manager', 'DELETE', '/api/messages');
    assert.deepEqual((await ask('kitchen', 'GET', '/api/messages')).messages,
        []);

    const dish = await state('manager', 'PATCH', '/api/menu/soup',
        { name: 'Soup', priceCents: 450, available: true });

    assert.equal(dish.item.priceCents, 450);
    const out = await state('kitchen', 'PATCH', '/api/menu/soup',
        { available: false });

    assert.equal((await eventOf(out)).event, 'item.availability_changed');
    assert.equal(out.item.available, false);
    assert.equal(out.item.name, 'Soup');
    await refused('guest', 'PATCH', '/api/menu/soup', { available: true }, 403,
        'forbidden');
    assert.equal((await ask('guest', 'GET', '/api/menu')).menu[0].available,
        false);
});

// --- what is refused ---

test('what has no address, no method or no token', async () => {
    for (const path of ['/api/order', '/api/orders/a/b', '/api/orders/',
        '/api/orders/%2e%2e', '/api/layout/1'])
        for (const method of ['GET', 'POST', 'DELETE'])
            await refused('waiter', method, path,
                method === 'POST' ? {} : undefined, 404, 'not_found');
    for (const [method, path, allow] of [
        ['DELETE', '/api/orders', 'GET, HEAD, POST'],
        ['PUT', '/api/orders/A-1', 'GET, HEAD, PATCH'],
        ['POST', '/api/layout', 'GET, HEAD, PUT'],
        ['PATCH', '/api/events', 'GET, HEAD, POST'],
        ['OPTIONS', '/api/orders', 'GET, HEAD, POST'],
        ['PUT', '/kitchen/', 'GET, HEAD']]) {
        const { headers } = await refused('waiter', method, path,
            method === 'DELETE' || method === 'OPTIONS' ? undefined : {},
            405, 'bad_request');

        assert.equal(headers.get('allow'), allow, `${method} ${path}`);
    }
    for (const [method, path] of [['GET', '/api/orders'],
        ['GET', '/api/orders/A-1'], ['POST', '/api/orders'],
        ['PATCH', '/api/orders/A-1'], ['PUT', '/api/layout'],
        ['DELETE', '/api/messages'], ['GET', '/api/events']])
        await refused('nobody', method, path,
            /GET|DELETE/.test(method) ? undefined : {}, 401, 'unauthorized');
    const response = await fetch(`${daemon.url}/api/orders`, { method: 'HEAD',
        headers: { Authorization: `Bearer ${token.waiter}` } });

    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get('content-length')) > 0);
});

test('bodies that cannot be', async () => {
    const big = { id: 'B-1', items: [{ name: 'Soup' }],
        notes: 'x'.repeat(20000) };

    await refused('waiter', 'POST', '/api/orders', big, 413, 'too_large');
    await refused('waiter', 'PATCH', '/api/orders/A-1', big, 413, 'too_large');
    await refused('manager', 'PUT', '/api/layout', big, 413, 'too_large');
    await refused('waiter', 'POST', '/api/orders', '', 400, 'bad_request');
    await refused('waiter', 'PATCH', '/api/orders/A-1', '', 400,
        'bad_request');
    await refused('waiter', 'PATCH', '/api/orders/A-1', '{', 400, 'bad_json');
    await refused('waiter', 'PATCH', '/api/orders/A-1', [], 400,
        'bad_request');
    await refused('waiter', 'PATCH', '/api/tables/5', { id: '6' }, 400,
        'bad_request', 'table.id');
    await refused('waiter', 'DELETE', '/api/messages/m1', {}, 400,
        'bad_request');
    await refused('backend', 'POST', '/api/orders', newOrder('L-5', '7'), 409,
        'conflict');
    // What the body is called is nobody's business: curl says it is a form.
    const { status } = await ask('backend', 'POST', '/api/orders',
        newOrder('B-2', '5'),
        { 'Content-Type': 'application/x-www-form-urlencoded' });

    assert.equal(status, 201);
    const { status: used, code } = await ask('backend', 'POST', '/api/orders',
        newOrder('B-3', '5'), { 'Idempotency-Key': 'used' });

    assert.equal(used, 201, code);
    const other = await ask('backend', 'POST', '/api/orders',
        newOrder('B-4', '5'), { 'Idempotency-Key': 'used' });

    assert.deepEqual([other.status, other.code], [409, 'conflict']);
});

test('where the back end decides, a request is a command', async () => {
    const asked = await Daemon.start(
        { env: { DUMBWAITER_AUTHORITY_MODE: 'backend' } });
    const post = async (role, path, body, method = 'POST') => {
        const response = await fetch(`${asked.url}${path}`, { method,
            headers: { Authorization: `Bearer ${await asked.token(role)}` },
            body: JSON.stringify(body) });

        return { status: response.status, ...await response.json() };
    };
    const made = await post('backend', '/api/orders', newOrder('O-1', '5'));
    const ready = await post('kitchen', '/api/orders/O-1', { status: 'ready' },
        'PATCH');
    const ordered = await post('waiter', '/api/orders', newOrder('O-2', '5'));

    assert.deepEqual([made.status, made.pending, made.order.id],
        [201, undefined, 'O-1']);
    assert.deepEqual([ready.status, ready.pending, ready.order],
        [202, true, undefined]);
    assert.deepEqual([ordered.status, ordered.pending, ordered.order],
        [202, true, undefined]);
    const done = await post('backend', '/api/orders/O-1', { status: 'ready' },
        'PATCH');

    assert.deepEqual([done.status, done.order.status], [200, 'ready']);
    await asked.stop();
});

// --- connections ---

/** One connection; answers in the order in which they came. */
async function connect() {
    const socket = net.connect(daemon.httpPort, '127.0.0.1');
    const line = { socket, answers: [], closed: false };
    let rest = '';

    socket.setEncoding('latin1'); // a length is in bytes
    atEnd(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => {
        line.closed = true;
    });
    socket.on('data', data => {
        rest += data;
        for (;;) {
            const head = rest.match(
                /^HTTP\/1\.1 (\d+)[^]*?content-length: (\d+)[^]*?\r\n\r\n/i);

            if (!head || rest.length < head[0].length + Number(head[2]))
                return;
            const end = head[0].length + Number(head[2]);

            line.answers.push({ status: Number(head[1]), head: head[0],
                body: JSON.parse(rest.slice(head[0].length, end)) });
            rest = rest.slice(end);
        }
    });
    line.answer = n => until(`answer ${n}`, () => line.answers[n - 1]);
    await within('connected', new Promise(yes => socket.on('connect', yes)));
    return line;
}

const request = (role, method, path, body, more = '') =>
    `${method} ${path} HTTP/1.1\r\nHost: x\r\n` +
    `Authorization: Bearer ${token[role]}\r\n${more}` +
    (body === undefined ? '' : `Content-Length: ${body.length}\r\n`) +
    `\r\n${body ?? ''}`;

test('one connection carries requests of every method', async () => {
    const line = await connect();
    let n = 0;

    await ask('backend', 'POST', '/api/orders', newOrder('K-1', '5'));
    for (const [role, method, path, body] of [
        ['waiter', 'GET', '/api/orders'],
        ['kitchen', 'PATCH', '/api/orders/K-1', '{"status":"cooking"}'],
        ['manager', 'PUT', '/api/layout', '{"zones":[],"nodes":[]}'],
        ['kitchen', 'POST', '/api/messages', '{"text":"hello"}'],
        ['manager', 'DELETE', '/api/messages'],
        ['manager', 'DELETE', '/api/messages', ''],
        ['kitchen', 'GET', '/api/events?limit=1'],
        ['kitchen', 'PATCH', '/api/orders/K-1', '{"status":"ready"}']]) {
        line.socket.write(request(role, method, path, body));
        const { status, head } = await line.answer(++n);

        assert.match(String(status), /^20[01]$/, `${method} ${path} ${head}`);
        assert.doesNotMatch(head, /connection: close/i);
    }
    assert.equal(line.closed, false);
    line.socket.end();
});

test('a body may come in pieces, and one byte at a time', async () => {
    const line = await connect();
    const text = request('waiter', 'PATCH', '/api/tables/5', '{"seats":6}');

    for (const byte of text) {
        line.socket.write(byte);
        await new Promise(yes => setImmediate(yes));
    }
    assert.equal((await line.answer(1)).body.table.seats, 6);
    line.socket.end();
});

test('who keeps its body back is told to send it, or why not', async () => {
    const expect = 'Expect: 100-continue\r\nContent-Length: 11\r\n';
    const head = role => request(role, 'PATCH', '/api/tables/5', undefined,
        expect);
    const raw = await Raw.open(daemon);

    for (const past of [[], [100, 200]]) {
        raw.write(head('waiter'));
        await until('it is told', () => raw.statuses.length > past.length);
        assert.deepEqual(raw.statuses, [...past, 100]);
        raw.write('{"seats":4}');
        await until('it is answered',
            () => raw.statuses.length > past.length + 1);
        assert.deepEqual(raw.statuses, [...past, 100, 200]);
    }
    assert.equal(raw.closed, false);
    raw.destroy();
    for (const [text, status] of [[head('nobody'), 401],
        [head('waiter').replace('HTTP/1.1', 'HTTP/1.0') + '{"seats":4}', 200]]) {
        const other = await Raw.open(daemon);

        other.write(text);
        await other.isClosed();
        assert.deepEqual(other.statuses, [status]);
    }
});

test('a page that is known is not sent again, and not said to be empty',
    async () => {
        const first = await fetch(`${daemon.url}/kitchen/`);
        const etag = first.headers.get('etag');
        const again = await fetch(`${daemon.url}/kitchen/`,
            { headers: { 'If-None-Match': etag } });

        assert.ok(Number(first.headers.get('content-length')) > 0);
        assert.equal(again.status, 304);
        assert.equal(again.headers.get('etag'), etag);
        assert.equal(again.headers.get('content-length'), null);
    });

test('a body that is not asked for or not measured ends the connection',
    async () => {
        for (const [method, path, body, more, status] of [
            ['PATCH', '/api/tables/5', undefined, '', 411],
            ['PUT', '/api/layout', undefined, '', 411],
            ['PATCH', '/api/tables/5', undefined,
                'Transfer-Encoding: chunked\r\n', 411],
            ['PATCH', '/api/tables/5', undefined, 'Content-Length: 1x\r\n',
                400],
            ['PATCH', '/api/tables/5', '', '', 400],
            ['PUT', '/api/layout', '', '', 400],
            ['DELETE', '/api/messages', '{}', '', 400],
            ['GET', '/api/orders', '{}', '', 400],
            ['PATCH', '/api/nowhere', '{}', '', 404],
            ['DELETE', '/api/orders', '{}', '', 405]]) {
            const line = await connect();
            const what = `${method} ${path} ${more}${body}`;

            line.socket.write(request('manager', method, path, body, more));
            const answer = await line.answer(1);

            assert.equal(answer.status, status, what);
            assert.match(answer.head, /connection: close/i, what);
            await until('it is closed', () => line.closed);
        }
    });

test('what comes before its turn is not taken for a request', async () => {
    const head = await daemon.quietHead();

    for (const second of [request('waiter', 'GET', '/api/tables'),
        request('waiter', 'PATCH', '/api/tables/5', '{"seats":8}')]) {
        const line = await connect();

        line.socket.write(request('waiter', 'GET', '/api/tables') + second +
            request('waiter', 'GET', '/api/layout'));
        assert.equal((await line.answer(1)).status, 200);
        const { status, head: said } = await line.answer(2);

        assert.equal(status, 400);
        assert.match(said, /connection: close/i);
        await until('it is closed', () => line.closed);
        assert.equal(line.answers.length, 2);
    }
    assert.equal((await daemon.metrics()).journal_head, head);
});

test('a connection that breaks while it waits costs nothing', async () => {
    for (let n = 0; n < 20; n++) {
        const line = await connect();

        line.socket.write(request('backend', 'POST', '/api/orders',
            JSON.stringify(newOrder(`X-${n}`, '5'))));
        line.socket.write(n % 2 ? 'GET ' : '');
        line.socket.destroy();
    }
    const { status } = await ask('waiter', 'GET', '/api/orders');

    assert.equal(status, 200);
});

// --- what has happened ---

const missed = (role, query) => ask(role, 'GET', `/api/events?${query}`);

test('the last events come without a cursor', async () => {
    await beGuest();
    const { events, cursor, recovered, more } =
        await missed('backend', 'limit=5');
    const head = (await daemon.metrics()).journal_head;

    assert.equal(events.length, 5);
    assert.deepEqual([recovered, more], [true, false]);
    assert.match(cursor, new RegExp(
        `^${events[0].epoch}\\.${head}\\.[0-9a-f]{16}$`));
    assert.ok(events.every((event, n) => !n || event.seq > events[n - 1].seq));
    assert.ok(events.every(({ v, id, room, payload }) =>
        v === 1 && id && room && payload));
    assert.ok((await missed('backend', '')).events.length >= 50);
    // Rare ones are looked for further back.
    const { events: calls } =
        await missed('other', 'rooms=table/6&limit=2');

    assert.equal(calls.length, 2);
    assert.ok(calls.every(({ room }) => room === 'table/6'));
});

test('a cursor brings what came after it, in pieces', async () => {
    const { cursor: start } = await missed('backend', 'limit=1');
    const head = (await daemon.metrics()).journal_head;

    for (let n = 0; n < 10; n++)
        await ask('backend', 'POST', '/api/orders', newOrder(`C-${n}`, '5'));
    const seen = [];
    let at = start;
    let more = true;

    while (more) {
        const answer = await missed('kitchen', `after=${at}&limit=7`);

        assert.equal(answer.status, 200, JSON.stringify(answer));
        assert.ok(answer.events.length <= 7);
        assert.equal(answer.recovered, true);
        seen.push(...answer.events);
        ({ cursor: at, more } = answer);
    }
    assert.ok(seen.every(({ seq }) => seq > head));
    assert.deepEqual(seen.filter(({ event }) => event === 'order.created')
        .map(({ payload }) => payload.order.id),
    Array.from({ length: 10 }, (_, n) => `C-${n}`));
    assert.ok(seen.every(({ payload }) => !payload.order?.totals));
    assert.deepEqual((await missed('kitchen', `after=${at}`)).events, []);
});

test('rights and mistakes are those of a listener', async () => {
    await beGuest();
    const { cursor } = await missed('backend', 'limit=1');
    const [epoch, seq, seal] = cursor.split('.');

    await refused('guest', 'GET', '/api/events?rooms=kitchen', undefined, 403,
        'forbidden', 'rooms');
    await refused('guest', 'GET', '/api/events?rooms=table/6', undefined, 403,
        'forbidden', 'rooms');
    for (const query of ['after=x', 'after=1.', `after=${'9'.repeat(40)}`])
        await refused('waiter', 'GET', `/api/events?${query}`, undefined, 400,
            'bad_request', 'after');
    for (const query of ['limit=0', 'limit=1001', 'limit=-1', 'limit=1e2',
        'limit=99999999999'])
        await refused('waiter', 'GET', `/api/events?${query}`, undefined, 400,
            'out_of_range', 'limit');
    // Of another journal, of the future, of the past; and without a seal.
    for (const after of [`zzzzzzz.${seq}.${seal}`,
        `${epoch}.${Number(seq) + 1000}.${seal}`,
        `${epoch}.${Number(seq) - 1}.${seal}`, `${epoch}.${seq}`]) {
        const answer = await missed('backend', `after=${after}`);

        assert.deepEqual([answer.status, answer.recovered, answer.events],
            [200, false, []]);
        assert.equal(answer.cursor.split('.')[0], epoch);
        assert.ok(Number(answer.cursor.split('.')[1]) >= Number(seq));
    }
    const own = await missed('other', 'limit=1000');

    assert.ok(own.events.length > 0);
    assert.ok(own.events.every(({ room }) =>
        /^(table\/6|guests|order\/)/.test(room)), 'only its own');
});

test('events come in a dialect, and what it has no word for does not',
    async () => {
        const { cursor } = await missed('backend', 'limit=1');

        await ask('backend', 'POST', '/api/orders', newOrder('D-1', '5'));
        await ask('kitchen', 'PATCH', '/api/orders/D-1', { status: 'ready' });
        const of = async (role, dialect, more = '') =>
            (await missed(role, `after=${cursor}&dialect=${dialect}${more}`))
                .events;
        const env = await of('waiter', 'env');

        assert.ok(env.some(({ event, payload }) =>
            event === 'order.created' && payload.order.id === 'D-1'));
        assert.ok(env.every(({ event }) => !/^kitchen\./.test(event)));
        const kds = await of('waiter', 'kds', '&rooms=waiters');

        assert.ok(kds.some(({ event, payload }) =>
            event === 'order:created' && payload.orderId === 'D-1'));
        assert.ok(!kds.some(({ event }) => event === 'order:new'));
        assert.ok((await of('kitchen', 'kds'))
            .some(({ event }) => event === 'order:new'));
        assert.ok(kds.some(({ event }) => event === 'kitchen:order_ready'));
        assert.ok(kds.every(({ id, seq, epoch }) => id && seq && epoch));
    });

test('of orders that come in, two hundred reconciliations miss none',
    async () => {
        const ORDERS = 150;
        const READERS = 4;
        const ROUNDS = 50;
        const { cursor } = await missed('backend', 'limit=1');
        let made = 0;
        const writer = (async () => {
            for (let n = 0; n < ORDERS; n++) {
                const { status } = await ask('backend', 'POST', '/api/orders',
                    newOrder(`R-${n}`, '5'));

                assert.equal(status, 201);
                made++;
            }
        })();
        const read = async () => {
            const seen = [];
            let at = cursor;

            for (let n = 0; n < ROUNDS || made < ORDERS; n++) {
                const answer = await missed('backend',
                    `after=${at}&limit=${1 + n % 40}&rooms=kitchen,waiters`);

                assert.equal(answer.recovered, true, JSON.stringify(answer));
                seen.push(...answer.events);
                at = answer.cursor;
            }
            for (let more = true; more;) {
                const answer = await missed('backend',
                    `after=${at}&limit=1000&rooms=kitchen,waiters`);

                seen.push(...answer.events);
                ({ cursor: at, more } = answer);
            }
            return seen;
        };
        const all = await Promise.all(
            [writer, ...Array.from({ length: READERS }, read)]);

        for (const seen of all.slice(1)) {
            assert.ok(seen.every(({ seq }, n) =>
                !n || seq > seen[n - 1].seq), 'in order, none twice');
            assert.deepEqual(
                seen.filter(({ event }) => event === 'order.created')
                    .map(({ payload }) => payload.order.id),
                Array.from({ length: ORDERS }, (_, n) => `R-${n}`));
        }
    });

test('who asks too often is told so', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () =>
        missed('other', 'limit=1')));

    assert.ok(answers.some(({ status, code }) =>
        status === 429 && code === 'rate'));
    const stated = await Promise.all(Array.from({ length: 20 }, () =>
        ask('other', 'POST', '/api/calls', { reason: 'water' })));

    assert.ok(stated.some(({ status, code }) =>
        status === 429 && code === 'rate'));
});
