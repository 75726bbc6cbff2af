/* Contract session: the kitchen's page; a guest's menu and bill. */
import { given, notify, useEffect, useState } from 'react';
import { getSocket } from '@/lib/socket-client';

const list = orders => orders.map(({ id, status }) =>
    `order ${id}: ${status}`).join(' | ');

function KitchenPage() {
    const [, setOrders] = useState([], list);
    const playNotificationSound = () => notify('ding');

    useEffect(() => {
        const restaurantId = given('restaurant');
        const socket = getSocket();

        socket.emit("join:restaurant", restaurantId);

        socket.on("order:created", (data) => {
            setOrders((prev) => [data.order, ...prev]);
            playNotificationSound();
        });

        socket.on("order:status:updated", (data) => {
            setOrders((prev) =>
                prev.map((order) =>
                    order.id === data.orderId
                        ? { ...order, status: data.status }
                        : order
                )
            );
        });

        return () => {
            socket.off("order:created");
            socket.off("order:status:updated");
        };
    }, []);
}

function MenuWithSession() {
    const sessionToken = given('session');
    const [, setOrderStatuses] = useState({}, statuses =>
        JSON.stringify(statuses));
    const showStatusUpdateNotification = status => notify(status);

    useEffect(() => {
        if (!sessionToken) return;

        const socket = getSocket();

        socket.emit("join:session", sessionToken);

        socket.on("order:status:updated", (data) => {
            setOrderStatuses((prev) => ({
                ...prev,
                [data.orderId]: data.status,
            }));
            showStatusUpdateNotification(data.status);
        });

        return () => {
            socket.off("order:status:updated");
        };
    }, [sessionToken]);
}

function BillPageContent() {
    const sessionToken = given('session');
    const [, setOrders] = useState(
        [{ id: given('order'), status: 'pending' }], list);

    useEffect(() => {
        if (!sessionToken) return;

        const socket = getSocket();

        socket.emit("join:session", sessionToken);

        socket.on("order:status:updated", (data) => {
            setOrders((prev) =>
                prev.map((order) =>
                    order.id === data.orderId
                        ? { ...order, status: data.status }
                        : order
                )
            );
        });

        return () => {
            socket.off("order:status:updated");
        };
    }, [sessionToken]);
}

if (given('session')) {
    MenuWithSession();
    BillPageContent();
} else {
    KitchenPage();
}
