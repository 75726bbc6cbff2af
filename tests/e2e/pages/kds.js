/* Contract kds: what waiters see when an order is ready. */
import { given, notify, useEffect, useState } from 'react';
import OrderSocketClient from '@/lib/socket-client';

localStorage.setItem('authToken', given('token'));

const authToken = localStorage.getItem('authToken');
const [, setOrders] = useState([], orders =>
    orders.map(({ orderId, tableId }) => `${orderId} for table ${tableId}`)
        .join(' | '));
const showNotification = notify;
const showErrorNotification = notify;
const playSound = notify;
const updateOrdersList = data => setOrders(prev => [data, ...prev]);
const fetchLatestOrders = () => notify('fetched');

const socketClient = new OrderSocketClient();

useEffect(() => {
    socketClient.connect('http://localhost:8000', authToken);
    socketClient.joinWaitersRoom();

    socketClient.onKitchenOrderReady((data) => {
        showNotification(`Order #${data.orderId} is ready!`);
        playSound('order-ready.mp3');
        updateOrdersList(data);
    });
    socketClient.getSocket()?.on('error', (error) => {
        console.error('Socket error:', error);
        showErrorNotification('Connection lost. Reconnecting...');
    });
    socketClient.getSocket()?.on('reconnect', (attemptNumber) => {
        console.log('Reconnected after', attemptNumber, 'attempts');
        socketClient.joinWaitersRoom();
        fetchLatestOrders();
    });

    return () => {
        socketClient.offKitchenOrderReady();
        socketClient.leaveWaitersRoom();
        socketClient.disconnect();
    };
}, []);
