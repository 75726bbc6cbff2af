/* The helper that the pages of contract kds are written with. */
import { io } from 'socket.io-client';

export default class OrderSocketClient {
    connect(url, token) {
        this.socket = io(url, {
            auth: { token },
        });
    }

    getSocket() {
        return this.socket;
    }

    joinWaitersRoom() {
        this.socket?.emit('join:waiters');
    }

    leaveWaitersRoom() {
        this.socket?.emit('leave:waiters');
    }

    onKitchenOrderReady(callback) {
        this.socket?.on('kitchen:order_ready', callback);
    }

    offKitchenOrderReady() {
        this.socket?.off('kitchen:order_ready');
    }

    disconnect() {
        this.socket?.disconnect();
    }
}
