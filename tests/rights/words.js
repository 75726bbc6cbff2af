/**
 * How clients on Socket.IO say things: the word, the payload as their contract
 * has it, and the same in our words, for the oracle.
 */

const order = scene => ({ orderId: Number(scene.order),
    tableId: Number(scene.table) });
const items = [{ id: 1, itemId: 1, name: 'Soup', quantity: 1 }];

const about = scene => ({ orderId: scene.order,
    table: { id: scene.table, number: Number(scene.table) } });
const whole = scene => ({ order: { id: scene.order,
    table: { id: scene.table, number: Number(scene.table) },
    items: [{ name: 'Soup', quantity: 1 }] } });

/* [word, event, theirs besides the order, ours besides the order] */
const KDS = [
    ['order:status_changed', 'order.status_changed', { status: 'ready' }],
    ['order:status', 'order.status_changed', { status: 'ready' }],
    ['order:confirmed', 'order.confirmed', {}],
    ['order:items_added', 'order.items_added',
        { items: [{ id: 2, itemId: 2, name: 'Bread', quantity: 1 }] },
        { items: [{ id: '2', name: 'Bread', quantity: 1 }] }],
    ['order:item_status_changed', 'order.item_status_changed',
        { itemId: 1, status: 'ready' }, { itemId: '1', status: 'ready' }],
    ['order:item_status', 'order.item_status_changed',
        { itemId: 1, status: 'served' }, { itemId: '1', status: 'served' }],
    ['order:cancel_request', 'order.cancel_requested', { reason: 'late' }],
    ['order:cancelled', 'order.cancelled', { reason: 'late' }],
    ['kitchen:order_acknowledged', 'kitchen.acknowledged', {}],
    ['kitchen:acknowledged', 'kitchen.acknowledged', {}],
    ['kitchen:order_preparing', 'kitchen.preparing', {}],
    ['kitchen:preparing', 'kitchen.preparing', {}],
    ['kitchen:order_ready', 'kitchen.ready', {}],
    ['kitchen:ready', 'kitchen.ready', {}],
    ['kitchen:order_completed', 'kitchen.completed', {}],
    ['kitchen:completed', 'kitchen.completed', {}],
    ['kitchen:cancel_accepted', 'kitchen.cancel_accepted', {}],
    ['kitchen:cancel_rejected', 'kitchen.cancel_rejected', { reason: 'no' }],
    ['kitchen:priority_changed', 'kitchen.priority_changed',
        { priority: 'vip' }],
    ['kitchen:station_assigned', 'kitchen.station_assigned',
        { stationId: 'grill' },
        { station: { id: 'grill' } }],
];

/** [{dialect, word, event, theirs(scene), ours(scene)}] */
export const words = [
    ...KDS.map(([word, event, theirs, ours = theirs]) => ({
        dialect: 'kds', word, event,
        theirs: scene => ({ ...order(scene), ...theirs }),
        ours: scene => ({ ...about(scene), ...ours }) })),
    ...['order:new', 'order:created'].map(word => ({
        dialect: 'kds', word, event: 'order.created', ours: whole,
        theirs: scene => ({ ...order(scene), items }) })),
    { dialect: 'kds', word: 'kitchen:stats_update', event: 'kitchen.stats',
        theirs: () => ({ pending: 0, preparing: 0, ready: 0, total: 0 }),
        ours: () => ({}) },
    { dialect: 'kebab', word: 'new-order', event: 'order.created', ours: whole,
        theirs: scene => ({ orderId: scene.order, items,
            tableNumber: Number(scene.table) }) },
    { dialect: 'kebab', word: 'order-status-updated',
        event: 'order.status_changed', ours: scene => ({
            orderId: scene.order, status: 'ready' }),
        theirs: scene => ({ orderId: scene.order, status: 'ready' }) },
    { dialect: 'kebab', word: 'notification', event: 'notification',
        theirs: scene => ({ title: 'Hello', userId: scene.user }),
        ours: scene => ({ title: 'Hello', userId: scene.user }) },
    { dialect: 'session', word: 'order:created', event: 'order.created',
        theirs: scene => ({ order: { id: scene.order, items,
            tableNumber: Number(scene.table) }, session: {} }), ours: whole },
    { dialect: 'session', word: 'orders/create', event: 'order.created',
        theirs: scene => ({ id: scene.order, items,
            tableNumber: Number(scene.table) }), ours: whole },
    { dialect: 'session', word: 'order:status:updated',
        event: 'order.status_changed', ours: scene => ({
            orderId: scene.order, status: 'ready' }),
        theirs: scene => ({ orderId: scene.order, status: 'ready' }) },
];

/** What is between a connection and the hub. */
export const notes = [
    { dialect: 'kebab', word: 'page:navigate', event: 'user.navigated',
        theirs: { path: '/menu' } },
    { dialect: 'kebab', word: 'user:update', event: 'user.updated',
        theirs: { userId: 'user-1' } },
    { dialect: 'kebab', word: 'heartbeat', event: 'socket.ping', theirs: {} },
];

/** Where each is spoken. */
export const PLACES = {
    kebab: { dialect: 'kebab' },
    kds: { dialect: 'kds' },
    session: { path: '/api/socket' },
};
