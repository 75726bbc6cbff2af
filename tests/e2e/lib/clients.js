/** Real clients: npm ws on /ws, npm mqtt on the broker, mosquitto_sub. */
import mqtt from 'mqtt';
import WebSocket from 'ws';

import { atEnd, Child } from './processes.js';
import { within } from './wait.js';

/** A session on /ws in JSON. */
export class Session {
    /** @param {Daemon} daemon */
    static async open(daemon, token) {
        const session = new Session();

        session.socket = new WebSocket(daemon.wsUrl, 'dumbwaiter.v1.json',
            { headers: { Authorization: `Bearer ${token}` } });
        session.#listen();
        session.ready = await session.next(m => m.op === 'ready');
        return session;
    }

    /** Without a token, which is then shown in the first message. */
    async authenticate(url, auth) {
        this.socket = new WebSocket(url, 'dumbwaiter.v1.json');
        this.#listen();
        this.socket.on('open', () =>
            this.socket.send(JSON.stringify({ op: 'auth', ...auth })));
        this.ready = await this.next(m => m.op === 'ready');
    }

    heard = []; // all messages, in order
    #watchers = new Set();
    #nextRef = 1;

    #listen() {
        this.closed = new Promise(resolve => {
            this.socket.on('close', (code, reason) =>
                resolve(this.code = code));
        });
        this.socket.on('error', error => {
            this.error = error;
        });
        this.socket.on('message', (data, binary) => {
            this.heard.push(binary ? data : JSON.parse(data));
            this.#look();
        });
        this.closed.then(() => this.#look());
        atEnd(() => this.close());
    }

    #look() {
        for (const watcher of this.#watchers)
            watcher();
    }

    /** The first message that fits, heard already or still to come. */
    next(fits, ms = 10000) {
        let look;
        const promise = new Promise((resolve, reject) => {
            look = () => {
                const found = this.heard.find(fits);

                if (found)
                    resolve(found);
                else if (this.code)
                    reject(new Error(
                        `closed: ${this.code} ${this.error ?? ''}`));
            };
            this.#watchers.add(look);
            look();
        });

        return within(`/ws says ${fits}`, promise, ms)
            .finally(() => this.#watchers.delete(look));
    }

    /** The first event of this name (and, if given, that fits). */
    event(name, fits = () => true, ms = 10000) {
        return this.next(
            m => m.op === 'event' && m.event === name && fits(m), ms);
    }

    get events() {
        return this.heard.filter(message => message.op === 'event');
    }

    /** Send, and wait for the answer with the same ref. */
    ask(message) {
        const ref = this.#nextRef++;

        this.socket.send(JSON.stringify({ ref, ...message }));
        return this.next(answer => answer.ref === ref &&
            (answer.op === 'ok' || answer.op === 'error'));
    }

    join(rooms, after) {
        return this.ask({ op: 'join', rooms: [rooms].flat(), after });
    }

    publish(event, payload, id) {
        return this.ask({ op: 'publish', event, payload, id });
    }

    async close() {
        if (this.code)
            return;
        this.socket.close();
        await within('/ws closes', this.closed, 2000)
            .catch(() => this.socket.terminate());
    }
}

/** A back end on MQTT: publishes, and hears its receipts. */
export class Producer {
    static async open(
        daemon, id, { site = 'main', dialect, ...options } = {}) {
        const producer = new Producer();
        const { client_id: clientId, username, password } =
            await daemon.enrol('producer', id, '--site', site,
                ...dialect ? ['--dialect', dialect] : []);

        producer.id = id;
        producer.site = site;
        producer.client = mqtt.connect(daemon.mqttUrl, { clientId,
            username, password, clean: false, protocolVersion: 4,
            reconnectPeriod: 50, connectTimeout: 3000, ...options });
        producer.client.on('error', error => {
            producer.error = error;
        });
        atEnd(() => producer.client.endAsync(true));
        producer.client.on('message', (topic, data) =>
            producer.#take(JSON.parse(data)));
        await within(`${id} is connected`, new Promise(resolve =>
            producer.client.once('connect', resolve)));
        await within(`${id} is subscribed`, producer.client.subscribeAsync(
            `dw/1/${site}/receipt/${id}`, { qos: 1 }));
        return producer;
    }

    receipts = [];
    #waiting = new Map(); // id -> resolve

    #take(receipt) {
        this.receipts.push(receipt);
        this.#waiting.get(receipt.id)?.(receipt);
        this.#waiting.get('any')?.(receipt);
    }

    /** Publish bytes as they are; resolves with the PUBACK. */
    send(event, data) {
        return this.client.publishAsync(
            `dw/1/${this.site}/in/${this.id}/${event}`, data, { qos: 1 });
    }

    /** The next receipt for `id`; 'any': the next one. */
    receipt(id, ms = 10000) {
        const promise = new Promise(resolve => this.#waiting.set(id, resolve));

        return within(`a receipt for ${id} comes`, promise, ms)
            .finally(() => this.#waiting.delete(id));
    }

    async publish(event, payload, id, ms) {
        const receipt = this.receipt(id, ms);

        receipt.catch(() => {});
        // Not awaited: while the link is down the client keeps it.
        this.send(event, JSON.stringify({ id, payload })).catch(() => {});
        return receipt;
    }
}

/**
 * A mosquitto_sub that is surely subscribed. Its lines are "TOPIC PAYLOAD", or
 * with `hex` "TOPIC HEX".
 */
export async function subscribe(daemon, filter,
    { credential, hex, site = 'main' } = {}) {
    const who = credential ? ['-i', credential.client_id, '-u',
        credential.username, '-P', credential.password] : [];
    const format = hex ? ['-F', '%t %x'] : ['-v'];
    const child = new Child('mosquitto_sub', ['-h', '127.0.0.1', '-p',
        String(daemon.mqttPort), '-q', '1', ...who, ...format,
        '-t', filter, '-t', `dw/1/${site}/hub/state`]);

    // Its handler of SIGTERM may wait for a lock that it holds itself.
    child.stop = () => {
        child.kill('SIGKILL');
        return child.exited;
    };
    // It is retained: it comes at once.
    await child.line(new RegExp(`^dw/1/${site}/hub/state `));
    return child;
}
