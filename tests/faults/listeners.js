/**
 * Listeners that come back by themselves, as they are sold: the client library
 * on /ws, socket.io-client with recovery. What arrives goes into the history
 * before they have looked at it.
 */
import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { connect } from '../../devices/web/client/index.js';
import { atEnd } from '../e2e/lib/processes.js';
import { until } from '../e2e/lib/wait.js';

/** How each dialect of Socket.IO gets into the kitchen. */
const FRONTS = {
    kds: ['join:kitchen'],
    kebab: ['join-room', 'restaurant-kitchen'],
};

/** Reads over the shoulder of whoever owns the socket. */
function spying(listener) {
    return class extends WebSocket {
        set onmessage(heard) {
            super.onmessage = heard && (frame => {
                listener.note(JSON.parse(frame.data));
                heard(frame);
            });
        }
    };
}

export class NativeListener {
    static async open(daemon,
        { name, token, role, rooms, history, url, chance }) {
        const listener = new NativeListener();

        Object.assign(listener, { name, role, rooms, history });
        listener.client = connect(url ?? daemon.wsUrl, { token, rooms,
            WebSocket: spying(listener),
            // Sooner than in a house, and not all alike.
            random: () => chance.between(0, 0.1) ** 2 });
        listener.close = () => listener.client.close();
        atEnd(async () => listener.close());
        await until(`${name} is live`,
            () => listener.client.state === 'live', 20000);
        return listener;
    }

    heard = 0; // seq
    count = 0;
    resumed = 0;
    snapshots = 0;

    note(message) {
        const { name: client, role, rooms } = this;

        if (message.op === 'event') {
            const { seq, id, event: name } = message;

            this.heard = seq;
            this.count++;
            this.history.add({ t: 'received', client, seq, id, name });
        } else if (message.op === 'ok' && 'recovered' in message) {
            const { recovered, seq, epoch } = message;

            this.resumed += recovered;
            this.snapshots += !recovered;
            this.heard = recovered ? this.heard : seq;
            this.history.add({ t: 'joined', client, role, rooms, recovered,
                seq, epoch });
        } else if (message.op === 'heartbeat') {
            this.history.add(
                { t: 'heartbeat', client, rooms: message.rooms ?? {} });
        }
    }
}

export class SocketIoListener {
    static async open(daemon,
        { name, token, dialect, transports, history, url }) {
        const listener = new SocketIoListener();
        const socket = io(url ?? daemon.url, { forceNew: true, transports,
            auth: { token, dialect }, reconnectionDelay: 50,
            reconnectionDelayMax: 300, timeout: 2000 });

        Object.assign(listener, { name, history, socket,
            audience: `${dialect} in kitchen` });
        listener.close = () => socket.disconnect();
        atEnd(async () => listener.close());
        socket.onAny((word, payload) => listener.note(word, payload));
        await until(`${name} is there`, () => socket.connected, 20000);
        await socket.timeout(5000).emitWithAck(...FRONTS[dialect]);
        listener.join(false);
        socket.on('connect', () => {
            listener.join(socket.recovered);
            if (!socket.recovered) // somebody new, who is in no room
                socket.emit(...FRONTS[dialect]);
        });
        return listener;
    }

    heard = 0;
    count = 0;
    resumed = 0;
    snapshots = 0;

    join(recovered) {
        this.resumed += recovered;
        this.snapshots += !recovered;
        this.history.add({ t: 'joined', client: this.name,
            audience: this.audience, recovered });
    }

    note(word, payload) {
        if (!payload?._dw)
            return;
        const { id, seq } = payload._dw;

        this.heard = seq;
        this.count++;
        this.history.add(
            { t: 'received', client: this.name, seq, id, name: word });
    }
}
