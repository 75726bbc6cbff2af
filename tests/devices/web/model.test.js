import assert from 'node:assert/strict';
import { test } from 'node:test';

import { age, allDay, applyEvent, applySnapshot, columns, count, createBoard,
    dismiss, mayAnswerCancel, notPrinted, steps }
    from '../../../devices/web/screens/kitchen/model.js';

const T0 = Date.parse('2026-01-31T18:00:00.000Z');
const MINUTE = 60000;

const iso = ms => new Date(ms).toISOString();
const item = (id, name, quantity = 1) => ({ id, name, quantity });

function order(id, more = {}) {
    return { id, number: `N${id}`, table: { id: '5', number: 5 },
        status: 'pending', items: [item(`${id}a`, 'Soup', 2)],
        createdAt: iso(T0), updatedAt: iso(T0), ...more };
}

let seq = 0;

function event(name, payload, at = T0) {
    return { epoch: 'e1', seq: ++seq, room: 'kitchen', event: name,
        ts: iso(at), payload };
}

const created = (id, more) => event('order.created',
    { order: order(id, more) });

/** A board that has seen these events; its effects are put on it. */
function boardOf(...events) {
    const board = createBoard();

    board.effects = events.flatMap(e => applyEvent(board, e));
    return board;
}

/** Column by column, the ids from the top. */
function layout(board) {
    const { pending, preparing, ready } = columns(board);
    const ids = tickets => tickets.map(t => t.id).join(' ');

    return [ids(pending), ids(preparing), ids(ready)].join(' | ').trim();
}

const ticket = (board, id) => board.tickets.get(id);
const kinds = effects => effects.map(e => `${e.kind} ${e.id}`);

test('a new order hangs at the top of the pending ones and is announced',
    () => {
        const board = boardOf(created('1'),
            created('2', { createdAt: iso(T0 + MINUTE) }));

        assert.equal(layout(board), '2 1 |  |');
        assert.deepEqual(kinds(board.effects), ['new 1', 'new 2']);
    });

test('an order that comes twice is there once and announced once', () => {
    const board = boardOf(created('1'), created('1'));

    assert.equal(layout(board), '1 |  |');
    assert.deepEqual(kinds(board.effects), ['new 1']);
});

test('the kitchen moves it from column to column and off the board', () => {
    const board = boardOf(created('1'));
    const seen = [];

    for (const step of ['acknowledged', 'preparing', 'ready', 'completed']) {
        applyEvent(board, event(`kitchen.${step}`, { orderId: '1' }));
        seen.push(layout(board));
    }
    assert.deepEqual(seen, ['1 |  |', '| 1 |', '|  | 1', '|  |']);
});

test('an order never moves back', () => {
    const board = boardOf(created('1'),
        event('kitchen.ready', { orderId: '1' }),
        event('kitchen.preparing', { orderId: '1' }),
        event('order.status_changed', { orderId: '1', status: 'pending' }),
        event('order.updated', { order: order('1', { version: 9 }) }));

    assert.equal(layout(board), '|  | 1');
});

/** What the hub tells of a recall: the word, the status, the order. */
function recalled(id, status, at = T0) {
    return [
        event('ticket.recalled', { orderId: id, status, previous: 'ready',
            reason: 'cold' }, at),
        event('order.status_changed', { orderId: id, status,
            previous: 'ready' }, at),
        event('order.updated', { order: order(id, { status }) }, at),
    ];
}

test('a recalled order hangs where it is cooked again, and says why', () => {
    const board = boardOf(created('1'),
        event('kitchen.ready', { orderId: '1' }),
        event('kitchen.completed', { orderId: '1' }),
        ...recalled('1', 'preparing', T0 + MINUTE));

    assert.equal(layout(board), '| 1 |');
    assert.equal(ticket(board, '1').recallReason, 'cold');
    assert.equal(ticket(board, '1').movedAt, T0 + MINUTE);
    assert.deepEqual(kinds(board.effects), ['new 1', 'recalled 1']);
    applyEvent(board, event('kitchen.ready', { orderId: '1' }));
    assert.equal(layout(board), '|  | 1');
    assert.equal(ticket(board, '1').recallReason, '');
});

test('a recall brings back an order that was served', () => {
    const board = boardOf(created('1'),
        event('order.served', { orderId: '1' }),
        ...recalled('1', 'confirmed'));

    assert.equal(layout(board), '1 |  |');
    assert.equal(ticket(board, '1').known, true);
    assert.deepEqual(kinds(board.effects), ['new 1', 'recalled 1']);
});

test('what comes again after a recall changes nothing', () => {
    const events = [created('1'), event('kitchen.ready', { orderId: '1' }),
        event('order.served', { orderId: '1' }),
        ...recalled('1', 'preparing')];
    const board = boardOf(...events, ...events);

    assert.equal(layout(board), '| 1 |');
    assert.deepEqual(kinds(board.effects), ['new 1', 'recalled 1']);

    const again = event('order.served', { orderId: '1' });

    assert.equal(layout(boardOf(...events, again, ...events)), '|  |');
    applySnapshot(board, { orders: [order('1', { status: 'served' })] }, T0);
    assert.equal(layout(board), '|  |');
});

test('dishes have steps of their own: who is cancelled is not cooked', () => {
    const items = ['pending', 'ready', 'served', 'cancelled'].map((status, i) =>
        ({ ...item(`i${i}`, status, 2), status }));
    const board = boardOf(created('1'),
        event('order.item_status_changed',
            { orderId: '1', itemId: 'i3', status: 'cancelled' }),
        event('order.updated', { order: order('1', { items }) }));
    const all = [...board.tickets.values()];

    assert.deepEqual(count(all), { tickets: 1, dishes: 6 });
    assert.deepEqual(allDay(board), [{ name: 'pending', quantity: 2 }]);
});

test('another priority is the one that the order then has', () => {
    const board = boardOf(created('1'),
        event('kitchen.priority_changed', { orderId: '1', priority: 'vip' }),
        event('order.updated', { order: order('1', { priority: 'vip' }) }));

    assert.equal(ticket(board, '1').priority, 'vip');
});

test('guests who move take their tickets along, however many they are', () => {
    const there = { id: '6', number: 6 };
    const orders = [created('1'), created('2'),
        created('3', { table: { id: '7', number: 7 } })];
    const moved = event('table.moved',
        { table: { id: '5', number: 5 }, toTable: there });
    const board = boardOf(...orders, moved,
        event('order.updated', { order: order('1', { table: there }) }));
    const tables = () => ['1', '2', '3'].map(
        id => ticket(board, id).table.number);

    assert.deepEqual(tables(), [6, 6, 7]);
    applyEvent(board, event('table.merged',
        { table: there, toTable: { id: '7', number: 7 } }));
    assert.deepEqual(tables(), [7, 7, 7]);
    applyEvent(board, created('4'));
    applyEvent(board, moved);
    assert.deepEqual(tables(), [7, 7, 7]);
    assert.equal(ticket(board, '4').table.number, 5);
});

test('every status of an order has its place', () => {
    const places = { pending: '1 |  |', confirmed: '1 |  |',
        acknowledged: '1 |  |', preparing: '| 1 |', ready: '|  | 1',
        served: '|  |', completed: '|  |' };

    for (const [status, place] of Object.entries(places))
        assert.equal(layout(boardOf(created('1'), event(
            'order.status_changed', { orderId: '1', status }))), place,
        status);
});

test('a word that is no status changes nothing', () => {
    for (const status of ['', 'burnt', undefined, 7, 'constructor'])
        assert.equal(layout(boardOf(created('1'), event(
            'order.status_changed', { orderId: '1', status }))), '1 |  |');
});

test('events in any order, even twice, make the same board', () => {
    const events = [
        created('1'),
        event('kitchen.preparing', { orderId: '1' }),
        event('kitchen.ready', { orderId: '1' }),
        created('2'),
        event('order.items_added', { orderId: '2',
            items: [item('x', 'Bread')] }),
        event('order.cancelled', { orderId: '3', reason: 'gone' }),
        created('3'),
        created('4'),
        event('order.served', { orderId: '4' }),
        event('print.failed', { jobId: 'j2', orderId: '2', reason: 'x' }),
    ];
    const random = numbers(7);

    for (let round = 0; round < 500; round++) {
        const board = boardOf(...shuffled([...events, ...events], random));
        const names = ticket(board, '2').items.map(i => i.name).sort();

        assert.equal(layout(board), '3 2 |  | 1');
        assert.equal(ticket(board, '3').status, 'cancelled');
        assert.deepEqual(names, ['Bread', 'Soup']);
        assert.equal(notPrinted(board, ticket(board, '2')).length, 1);
    }
});

/** Numbers that look random and are the same in every run. */
function numbers(seed) {
    let x = seed;

    return () => {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        return x / 2 ** 32;
    };
}

function shuffled(list, random) {
    for (let i = list.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));

        [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
}

test('a ticket that is only heard of is shown under the end of its id',
    () => {
        const board = boardOf(event('kitchen.ready', { orderId: 'abc-1234' }));

        assert.equal(ticket(board, 'abc-1234').number, '1234');
        assert.equal(ticket(board, 'abc-1234').known, false);
        applyEvent(board, created('abc-1234', { number: '42' }));
        assert.equal(ticket(board, 'abc-1234').number, '42');
        assert.equal(layout(board), '|  | abc-1234');
    });

test('an update that was said earlier does not win', () => {
    const first = created('1');
    const second = event('order.updated',
        { order: order('1', { notes: 'second' }) });
    const third = event('order.updated',
        { order: order('1', { notes: 'third' }) });

    assert.equal(ticket(boardOf(first, third, second), '1').notes, 'third');
    assert.equal(ticket(boardOf(second, first), '1').notes, 'second');
});

test('what a back end says of an order counts, whatever its own version',
    () => {
        const board = createBoard();
        const notes = () => ticket(board, '1').notes;

        applySnapshot(board, { orders: [order('1', { version: 4 })] }, T0);
        applyEvent(board, event('order.updated',
            { order: order('1', { notes: 'no nuts' }) }));
        assert.equal(notes(), 'no nuts');
        applyEvent(board, event('order.updated',
            { order: order('1', { notes: 'no eggs', version: 900 }) }));
        applyEvent(board, event('order.updated',
            { order: order('1', { notes: 'vegan', version: 7 }) }));
        assert.equal(notes(), 'vegan');
    });

test('what an update takes back is gone, as after a reload', () => {
    const board = boardOf(created('1', { notes: 'no nuts', priority: 'vip',
        customer: { name: 'Ada' }, source: 'app' }),
    event('order.updated', { order: order('1') }));
    const { notes, priority, customer, source } = ticket(board, '1');

    assert.deepEqual([notes, priority, customer, source],
        ['', 'normal', '', '']);
});

test('a cancelled ticket asks for no answer, told or shown in a picture',
    () => {
        const over = order('1', { status: 'cancelled',
            cancelReason: 'Guest left' });
        const told = boardOf(created('1'),
            event('order.cancel_requested',
                { orderId: '1', reason: 'Guest left' }),
            event('kitchen.cancel_accepted', { orderId: '1' }),
            event('order.updated', { order: over }));
        const shown = createBoard();

        applySnapshot(shown, { orders: [over] }, T0);
        for (const board of [told, shown])
            assert.equal(ticket(board, '1').cancelReason, '');
    });

test('items that came while we were away are told and marked', () => {
    const board = boardOf(created('1'));
    const more = order('1', { items: [item('1a', 'Soup', 2),
        item('x', 'Bread')] });

    applySnapshot(board, { orders: [order('1')] }, T0);
    assert.deepEqual(kinds(applySnapshot(board, { orders: [more] }, T0)),
        ['added 1']);
    assert.deepEqual([...ticket(board, '1').added], ['x']);
    assert.deepEqual(kinds(applySnapshot(board, { orders: [more] }, T0)), []);
});

test('items that come later are marked until a cook moves the ticket',
    () => {
        const added = event('order.items_added', { orderId: '1',
            items: [item('x', 'Bread')] });
        const board = boardOf(created('1'), added, added);

        assert.deepEqual(kinds(board.effects), ['new 1', 'added 1']);
        assert.deepEqual([...ticket(board, '1').added], ['x']);
        assert.equal(ticket(board, '1').items.length, 2);
        applyEvent(board, event('kitchen.preparing', { orderId: '1' }));
        assert.equal(ticket(board, '1').added.size, 0);
    });

test('more for an order that was handed over brings its ticket back', () => {
    const board = boardOf(created('1'),
        event('kitchen.ready', { orderId: '1' }),
        event('kitchen.completed', { orderId: '1' }));

    assert.equal(layout(board), '|  |');
    applyEvent(board, event('order.items_added', { orderId: '1',
        items: [item('x', 'Bread')] }));
    assert.equal(layout(board), '|  | 1');
});

test('a cancellation that is asked for is announced once and can be refused',
    () => {
        const asked = event('order.cancel_requested',
            { orderId: '1', reason: 'Guest left' });
        const board = boardOf(created('1'), asked, asked);

        assert.deepEqual(kinds(board.effects),
            ['new 1', 'cancel_requested 1']);
        assert.equal(ticket(board, '1').cancelReason, 'Guest left');
        assert.ok(mayAnswerCancel(ticket(board, '1'), ['kitchen']));
        assert.ok(!mayAnswerCancel(ticket(board, '1'), ['admin']));
        applyEvent(board, event('kitchen.cancel_rejected',
            { orderId: '1', reason: 'Already cooking' }));
        assert.equal(ticket(board, '1').cancelReason, '');
    });

test('a cancelled ticket stays where it hung until it is dismissed', () => {
    const board = boardOf(created('1'),
        event('kitchen.preparing', { orderId: '1' }),
        event('kitchen.cancel_accepted', { orderId: '1' }),
        event('order.cancelled', { orderId: '1' }));

    assert.equal(layout(board), '| 1 |');
    assert.deepEqual(kinds(board.effects), ['new 1', 'cancelled 1']);
    dismiss(board, '1');
    applyEvent(board, event('order.cancelled', { orderId: '1' }));
    assert.equal(layout(board), '|  |');
});

test('a failed print marks its ticket until it is printed', () => {
    const board = boardOf(created('1'),
        event('print.requested', { jobId: 'j', order: order('1') }),
        event('print.failed', { jobId: 'j', reason: 'paper_out',
            printer: 'p1' }));

    assert.deepEqual(kinds(board.effects), ['new 1', 'print_failed 1']);
    assert.deepEqual(notPrinted(board, ticket(board, '1'))
        .map(j => [j.printer, j.reason]), [['p1', 'paper_out']]);
    applyEvent(board, event('print.printed', { jobId: 'j' }));
    assert.equal(notPrinted(board, ticket(board, '1')).length, 0);
});

test('a print that nobody can vouch for counts as failed', () => {
    const board = boardOf(created('1'),
        event('print.requested', { jobId: 'j1', order: { id: '1' } }),
        event('print.unconfirmed', { jobId: 'j1', orderId: '1' }));

    assert.deepEqual(notPrinted(board, ticket(board, '1')).map(
        job => job.reason), ['unconfirmed']);
    assert.deepEqual(kinds(board.effects), ['new 1', 'print_failed 1']);
});

test('a printer that goes away is announced, a pager is not', () => {
    const board = boardOf(
        event('device.online', { deviceId: 'p1', kind: 'printer', boot: 1 }),
        event('device.online', { deviceId: 'g1', kind: 'pager', boot: 1 }),
        event('device.offline', { deviceId: 'p1', boot: 1 }),
        event('device.offline', { deviceId: 'p1', boot: 1 }),
        event('device.offline', { deviceId: 'g1', boot: 1 }));

    assert.deepEqual(kinds(board.effects), ['printer_offline p1']);
    assert.equal(board.devices.get('p1').online, false);
});

test('a picture replaces what was there', () => {
    const board = boardOf(created('1'), created('2'));

    applySnapshot(board, { orders: [order('2', { status: 'ready' }),
        order('3'), order('4', { status: 'served' })] }, T0);
    assert.equal(layout(board), '3 |  | 2');
});

test('an order whose status is a word of its own stays in the picture', () => {
    const plating = { orders: [order('1', { status: 'plating' })] };
    const board = boardOf(created('1'),
        event('kitchen.preparing', { orderId: '1' }));

    applySnapshot(board, plating, T0);
    assert.equal(layout(board), '| 1 |');
    applyEvent(board, event('kitchen.ready', { orderId: '1' }));
    assert.equal(layout(board), '|  | 1');

    const fresh = createBoard();

    applySnapshot(fresh, plating, T0);
    assert.equal(layout(fresh), '1 |  |');
});

test('the first picture is silent; a later one tells what was missed', () => {
    const board = createBoard();
    const first = applySnapshot(board, { orders: [order('1')] }, T0);
    const later = applySnapshot(board, { orders: [
        order('1', { cancelReason: 'Guest left' }), order('2'),
        order('3', { status: 'preparing' })] }, T0);

    assert.deepEqual(first, []);
    assert.deepEqual(kinds(later), ['cancel_requested 1', 'new 2']);
});

test('an order cancelled while we were away is shown as cancelled', () => {
    const board = createBoard();

    applySnapshot(board, { orders: [order('1', { status: 'preparing' })] },
        T0);
    const effects = applySnapshot(board, { orders: [order('1',
        { status: 'cancelled' })] }, T0 + 60 * MINUTE);

    assert.deepEqual(kinds(effects), ['cancelled 1']);
    assert.equal(layout(board), '| 1 |');
});

test('old cancellations do not come back with a reload', () => {
    const board = createBoard();

    applySnapshot(board, { orders: [order('1', { status: 'cancelled' }),
        order('2', { status: 'cancelled', updatedAt: iso(T0 + 55 * MINUTE) })],
    }, T0 + 60 * MINUTE);
    assert.equal(layout(board), '2 |  |');
});

test('what was handed over stays away when the picture comes again', () => {
    const handedOver = { status: 'ready', kitchenCompletedAt: iso(T0) };

    for (const board of [createBoard(), boardOf(created('1'))]) {
        applySnapshot(board, { orders: [order('1', handedOver)] }, T0);
        assert.equal(layout(board), '|  |');
        applySnapshot(board, { orders: [order('1', { status: 'ready' })] },
            T0);
        assert.equal(layout(board), '|  | 1');
    }
});

test('a picture brings failed prints and devices', () => {
    const board = createBoard();

    applySnapshot(board, { orders: [order('1')],
        jobs: [{ request: { jobId: 'j', printer: 'p1', order: order('1') },
            stage: 'failed', reason: 'offline' }],
        devices: [{ id: 'p1', kind: 'printer', online: false }] }, T0);
    assert.equal(notPrinted(board, ticket(board, '1'))[0].reason, 'offline');
    assert.equal(board.devices.get('p1').online, false);
});

test('age counts from the order, and at the pass from ready', () => {
    const board = boardOf(created('1'));
    const now = T0 + 11 * MINUTE;

    assert.deepEqual(age(ticket(board, '1'), T0 + 4 * MINUTE),
        { minutes: 4, step: 'fresh' });
    assert.deepEqual(age(ticket(board, '1'), T0 + 6 * MINUTE),
        { minutes: 6, step: 'warm' });
    assert.deepEqual(age(ticket(board, '1'), now),
        { minutes: 11, step: 'late' });
    applyEvent(board, event('kitchen.ready', { orderId: '1' }, now));
    assert.deepEqual(age(ticket(board, '1'), now + MINUTE),
        { minutes: 1, step: 'fresh' });
});

test('no age is negative', () => {
    assert.equal(age(ticket(boardOf(created('1')), '1'),
        T0 - MINUTE).minutes, 0);
});

test('counts and the sum of dishes leave cancelled tickets out', () => {
    const board = boardOf(created('1'), created('2'),
        created('3', { items: [item('b', 'Bread', 5)] }),
        event('order.cancelled', { orderId: '2' }),
        event('kitchen.ready', { orderId: '3' }));

    assert.deepEqual(count(columns(board).pending),
        { tickets: 1, dishes: 2 });
    assert.deepEqual(allDay(board), [{ name: 'Soup', quantity: 2 }]);
});

test('each role is offered the steps that it may take', () => {
    const board = boardOf(created('1'), created('2'), created('3'),
        event('kitchen.preparing', { orderId: '2' }),
        event('kitchen.ready', { orderId: '3' }));
    const offered = (...roles) => ['1', '2', '3'].map(id =>
        steps(ticket(board, id), roles).map(s => s.event).join());

    assert.deepEqual(offered('kitchen'),
        ['kitchen.preparing', 'kitchen.ready', 'kitchen.completed']);
    assert.deepEqual(offered('manager'),
        ['kitchen.preparing', 'kitchen.ready', 'order.served']);
    assert.deepEqual(offered('waiter'), ['', '', 'order.served']);
    assert.deepEqual(offered('admin'), ['', '', '']);
});

test('a cancelled ticket offers no step', () => {
    const board = boardOf(created('1'),
        event('order.cancelled', { orderId: '1' }));

    assert.deepEqual(steps(ticket(board, '1'), ['kitchen']), []);
});

test('a thousand orders that are over leave only a bounded memory', () => {
    const board = createBoard();

    for (let i = 0; i < 1000; i++) {
        applyEvent(board, created(String(i)));
        applyEvent(board, event('print.failed',
            { jobId: `j${i}`, orderId: String(i), reason: 'x' }));
        applyEvent(board, event('order.served', { orderId: String(i) }));
    }
    assert.equal(board.tickets.size, 0);
    assert.equal(board.jobs.size, 0);
    assert.ok(board.gone.size <= 500);
});

test('events without what they need change nothing', () => {
    const empty = { payload: undefined };

    for (const name of ['order.created', 'order.updated', 'order.served',
        'order.items_added', 'order.cancel_requested', 'order.cancelled',
        'kitchen.ready', 'kitchen.completed', 'kitchen.cancel_rejected',
        'ticket.recalled', 'table.moved', 'table.merged', 'print.failed',
        'print.unconfirmed', 'device.online', 'page.sent', 'no.such'])
        for (const body of [empty, { payload: {} },
            { payload: { orderId: 7, order: {}, items: [] } }]) {
            const board = boardOf({ ...event(name), ...body });

            assert.deepEqual([board.effects, layout(board)], [[], '|  |']);
            assert.equal(board.devices.size, 0);
        }
});
