/* The hooks that the pages of contract kebab are written with. */
import { io } from 'socket.io-client';
import { given } from 'react';

const SOCKET_URL = given('url');
const accessToken = given('token');

const socket = io(SOCKET_URL, {
    auth: { token: accessToken },
    reconnection: true,
    reconnectionAttempts: Infinity,
    reconnectionDelay: 1000,
    reconnectionDelayMax: 10000,
});

setInterval(() => {
    if (socket.connected)
        socket.emit('heartbeat');
}, 30000);

window.joined = [];

function join(room) {
    socket.emit('join-room', room,
        joined => window.joined.push([room, joined]));
}

export function useSocket() {
    return socket;
}

export function useOrderUpdates(orderId, onUpdate) {
    join(`order-${orderId}`);
    socket.on('order-status-updated', update => {
        if (update.orderId === orderId)
            onUpdate(update);
    });
}

export function useRestaurantOrders(onNewOrder, onUpdate) {
    join('restaurant-kitchen');
    socket.on('new-order', onNewOrder);
    socket.on('order-status-updated', onUpdate);
}
