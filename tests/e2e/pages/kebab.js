/* Contract kebab: an order being tracked, and the kitchen's display. */
import { given, notify, useState } from 'react';
import { useOrderUpdates, useRestaurantOrders, useSocket } from '@/lib/socket';

const toast = { info: notify };

function OrderTracker({ orderId }) {
    const [, setOrderStatus] = useState('', status => `tracked: ${status}`);

    useOrderUpdates(orderId, (update) => {
        setOrderStatus(update.status);
        toast.info(`Order ${update.status}`);
    });
}

function KitchenDisplay() {
    const [, setOrders] = useState([], orders => orders.map(order =>
        `${order.orderId} ${order.customerName} ` +
        `${order.items.map(({ name }) => name)} ${order.status ?? ''}`)
        .join(' | '));
    const updateOrderInList = update => setOrders(prev => prev.map(order =>
        order.orderId === update.orderId
            ? { ...order, status: update.status } : order));

    useRestaurantOrders(
        (newOrder) => setOrders(prev => [newOrder, ...prev]),
        (update) => updateOrderInList(update)
    );
}

if (given('order'))
    OrderTracker({ orderId: given('order') });
else
    KitchenDisplay();
useSocket().emit('page:navigate', { path: location.pathname });
