/* How the pages of contract session connect. */
import { io } from 'socket.io-client';
import { given } from 'react';

const process = { env: { NEXT_PUBLIC_SOCKET_URL: given('url') } };

let socket = null;

export function getSocket() {
    if (!socket) {
        socket = io(process.env.NEXT_PUBLIC_SOCKET_URL || "", {
            path: "/api/socket",
            transports: ["websocket", "polling"],
            reconnection: true,
            reconnectionDelay: 1000,
            reconnectionAttempts: 5,
        });
    }
    return socket;
}

export function disconnectSocket() {
    if (socket) {
        socket.disconnect();
        socket = null;
    }
}
