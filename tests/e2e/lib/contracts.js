/** What the front ends' contracts say, for the tests that speak for them. */
import { createHash } from 'node:crypto';

/** Every name that a contract has for what its clients are told. */
export const WORDS = {
    kebab: ['new-order', 'order-status-updated', 'notification',
        'live-users-update'],
    session: ['order:created', 'order:status:updated'],
    flat: ['order:created', 'order:served', 'order:completed',
        'order:cancelled', 'table:activated', 'table:checkoutStarted',
        'table:checkoutCompleted', 'table:forceReset', 'menu.created',
        'menu.updated', 'menu.deleted', 'user.created', 'user.deleted',
        'newMessage', 'messageUpdated', 'messagePinned', 'messageDeleted',
        'allMessagesDeleted', 'serviceCall', 'serviceCallHandled'],
    kds: ['order:new', 'order:created', 'order:confirmed',
        'order:status_changed', 'order:status', 'order:items_added',
        'order:item_status_changed', 'order:item_status',
        'order:cancel_request', 'order:cancelled',
        'kitchen:order_acknowledged', 'kitchen:acknowledged',
        'kitchen:order_preparing', 'kitchen:preparing',
        'kitchen:order_ready', 'kitchen:ready', 'kitchen:order_completed',
        'kitchen:completed', 'kitchen:cancel_accepted',
        'kitchen:cancel_rejected', 'kitchen:priority_changed',
        'kitchen:station_assigned', 'kitchen:stats_update'],
};

/** The session's key is made of its token, which is never published. */
export const keyOf = token =>
    createHash('sha256').update(token).digest('hex').slice(0, 32);

/** What happens to order 17 of table 5 in one evening. */
export const evening = token => [
    { event: 'table.activated', payload: { table: { id: '5', number: 5 } } },
    { event: 'order.created', payload: { order: {
        id: '17', number: 'A-17', kitchenOrderId: '3',
        table: { id: '5', number: 5 },
        session: { id: 's-1', key: keyOf(token) },
        customer: { name: 'Zoë' },
        items: [{ id: '1', name: 'Soup', quantity: 2, unitPriceCents: 450 }],
        totals: { totalCents: 900, finalCents: 850 } } } },
    { event: 'order.confirmed', payload: { orderId: '17' } },
    { event: 'kitchen.acknowledged', payload: { orderId: '17',
        chef: { id: '8', name: 'Ana' } } },
    { event: 'kitchen.preparing', payload: { orderId: '17' } },
    { event: 'order.items_added', payload: { orderId: '17',
        items: [{ id: '2', name: 'Bread', quantity: 1 }] } },
    { event: 'kitchen.priority_changed',
        payload: { orderId: '17', priority: 'vip' } },
    { event: 'kitchen.ready', payload: { orderId: '17' } },
    { event: 'order.served', payload: { orderId: '17' } },
    { event: 'service_call.created', payload: { call: {
        table: { id: '5', number: 5 } } } },
    { event: 'notification', payload: {
        title: 'Your order', userId: 'user-1', level: 'info' } },
    { event: 'menu.created', payload: { id: 'm-1', name: 'Cake' } },
    { event: 'message.created', payload: { message: { id: 'n-1',
        channel: 'board', author: { id: '9', name: 'Eva' },
        text: 'No cake' } } },
    { event: 'order.completed', payload: { orderId: '17' } },
    { event: 'table.checkout_completed',
        payload: { table: { id: '5', number: 5 } } },
];
