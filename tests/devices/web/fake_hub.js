/**
 * The other end of the native protocol, for tests of the client: a real
 * WebSocket server that says exactly what a test tells it to say.
 */
import { WebSocketServer } from 'ws';

/** A queue that one can wait on. */
class Waiting {
    #items = [];
    #takers = [];

    put(item) {
        const taker = this.#takers.shift();

        taker ? taker(item) : this.#items.push(item);
    }

    take() {
        return this.#items.length > 0
            ? Promise.resolve(this.#items.shift())
            : new Promise(resolve => this.#takers.push(resolve));
    }

    get length() {
        return this.#items.length;
    }
}

export class Session {
    #ws;
    #inbox = new Waiting();

    constructor(ws, request) {
        this.#ws = ws;
        this.url = request.url;
        this.protocol = ws.protocol;
        this.closed = new Promise(resolve => ws.on('close', resolve));
        ws.on('message', data => this.#inbox.put(JSON.parse(data)));
    }

    /** The next message of the client. */
    hear() {
        return this.#inbox.take();
    }

    /** Messages heard and not yet taken. */
    get unheard() {
        return this.#inbox.length;
    }

    say(message) {
        this.#ws.send(JSON.stringify(message));
    }

    sayRaw(text) {
        this.#ws.send(text);
    }

    close(code, reason) {
        this.#ws.close(code, reason);
    }

    /** Gone without a word, like a pulled plug. */
    drop() {
        this.#ws.terminate();
    }

    event(seq, event = 'kitchen.ready', room = 'kitchen', epoch = 'e1') {
        this.say({ op: 'event', cursor: `${epoch}.${seq}`, v: 1,
            id: `ID${seq}`, epoch, seq, room, event,
            ts: '2026-01-31T18:00:00.000Z', src: 'test', replay: false,
            prio: 'normal', payload: { orderId: String(seq) } });
    }

    ready(more = {}) {
        this.say({ op: 'ready', connectionId: 'c', epoch: 'e1', seq: 10,
            time: '2026-01-31T18:00:00.000Z', roles: ['kitchen'],
            site: 'main', heartbeatMs: 25000, ...more });
    }

    /** Answer a join with a picture as of `seq`. */
    picture(join, seq, picture = { orders: [] }) {
        this.say({ op: 'ok', ref: join.ref, rooms: join.rooms,
            recovered: false, seq, epoch: 'e1', cursor: `e1.${seq}`,
            snapshot: picture });
    }

    resumed(join, seq) {
        this.say({ op: 'ok', ref: join.ref, rooms: join.rooms,
            recovered: true, seq, epoch: 'e1', cursor: `e1.${seq}` });
    }

    /** From the token to the picture, as every connection begins. */
    async welcome(seq = 10) {
        await this.hear();
        this.ready({ seq });
        const join = await this.hear();

        if (join.after)
            this.resumed(join, seq);
        else
            this.picture(join, seq);
        return join;
    }
}

export class FakeHub {
    #server;
    #sessions = new Waiting();

    static async open() {
        const hub = new FakeHub();

        hub.#server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
        hub.#server.on('connection', (ws, request) =>
            hub.#sessions.put(new Session(ws, request)));
        await new Promise(done => hub.#server.once('listening', done));
        return hub;
    }

    get url() {
        return `ws://127.0.0.1:${this.#server.address().port}/ws`;
    }

    /** The next client that connects. @returns {Promise<Session>} */
    next() {
        return this.#sessions.take();
    }

    /** Connections made and not yet taken. */
    get waiting() {
        return this.#sessions.length;
    }

    close() {
        for (const client of this.#server.clients)
            client.terminate();
        return new Promise(done => this.#server.close(done));
    }
}
