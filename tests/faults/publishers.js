/**
 * Publishers that say something until they are answered, over each transport:
 * whoever has an answer may pull the plug. What they say and what they are
 * answered goes into the history.
 */
import http from 'node:http';

import WebSocket from 'ws';

import { Producer } from '../e2e/lib/clients.js';
import { newOrder } from '../e2e/lib/orders.js';
import { atEnd } from '../e2e/lib/processes.js';
import { pause, within } from '../e2e/lib/wait.js';

const ANSWER_MS = 3000; // then it is said again
const AGAIN_MS = 20;
// Not refused for good: it was too much, or nobody knows.
const LATER = ['busy', 'unavailable', 'rate', 'restart', 'full'];
const READERS = ['kitchen', 'kitchen', 'waiter', 'admin'];

/** POST /api/events, one at a time on connections that stay. */
class HttpWay {
    constructor(daemon, token) {
        this.daemon = daemon;
        this.token = token;
        this.agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
        atEnd(async () => this.agent.destroy());
    }

    say(event, payload, id) {
        const body = JSON.stringify({ event, payload, id });

        return new Promise((resolve, reject) => {
            const request = http.request({ host: '127.0.0.1', method: 'POST',
                port: this.port ?? this.daemon.httpPort, path: '/api/events',
                agent: this.agent, timeout: ANSWER_MS, headers: {
                    Authorization: `Bearer ${this.token}`,
                    'Content-Length': Buffer.byteLength(body) } });

            request.on('error', reject);
            request.on('timeout', () => request.destroy(new Error('late')));
            request.on('response', response => {
                let text = '';

                response.on('data', more => text += more);
                response.on('error', reject);
                response.on('aborted', () => reject(new Error('aborted')));
                response.on('end', () => {
                    try {
                        resolve(JSON.parse(text));
                    } catch (error) {
                        reject(error);
                    }
                });
            });
            request.end(body);
        });
    }
}

/** /ws; a new connection when the old one is gone. */
class WsWay {
    #waiting = new Map(); // ref -> {socket, take, lose}
    #ref = 0;

    constructor(daemon, token) {
        this.daemon = daemon;
        this.token = token;
        atEnd(async () => this.socket?.terminate());
    }

    #open() {
        const url = `ws://127.0.0.1:${this.port ?? this.daemon.httpPort}/ws`;
        const socket = new WebSocket(url, 'dumbwaiter.v1.json',
            { headers: { Authorization: `Bearer ${this.token}` },
                handshakeTimeout: ANSWER_MS });

        this.socket = socket;
        this.ready = new Promise((resolve, reject) => {
            socket.on('error', reject);
            socket.on('close', () => {
                reject(new Error('closed'));
                if (socket === this.socket)
                    this.socket = null;
                for (const { socket: its, lose } of this.#waiting.values())
                    if (its === socket)
                        lose(new Error('closed'));
            });
            socket.on('message', data => {
                const message = JSON.parse(data);

                if (message.op === 'ready')
                    resolve();
                this.#waiting.get(message.ref)?.take(message);
            });
        });
        this.ready.catch(() => {});
    }

    async say(event, payload, id) {
        const ref = ++this.#ref;

        if (!this.socket)
            this.#open();
        const { socket } = this;

        try {
            const answer = await within('an answer', (async () => {
                await this.ready;
                socket.send(JSON.stringify(
                    { op: 'publish', ref, id, event, payload }));
                return new Promise((take, lose) => this.#waiting.set(
                    ref, { socket, take, lose }));
            })(), ANSWER_MS);

            return answer.op === 'error' ? { error: answer } : answer;
        } catch (error) {
            if (socket === this.socket && /still not/.test(error.message))
                socket.terminate(); // half open: nobody says so
            throw error;
        } finally {
            this.#waiting.delete(ref);
        }
    }
}

/** MQTT; the client keeps what it could not send. */
export class MqttWay {
    constructor(producer) {
        this.producer = producer;
    }

    /** A receipt names what was sent, not the event: by the key. */
    async say(event, payload, key) {
        const { id, ...receipt } =
            await this.producer.publish(event, payload, key, ANSWER_MS);

        return receipt;
    }
}

export class Publisher {
    static async open(daemon, kind, name, history) {
        const publisher = new Publisher();

        publisher.name = name;
        publisher.history = history;
        if (kind === 'mqtt')
            publisher.way = new MqttWay(await Producer.open(daemon, name));
        else
            publisher.way = new (kind === 'ws' ? WsWay : HttpWay)(daemon,
                await daemon.token('backend', '--sub', name, '--ttl', '48h'));
        return publisher;
    }

    count = 0;
    orders = 0;
    answered = 0;
    refusals = [];
    isOver = false; // the test has failed: do not go on for ever

    /** Say it until it is answered: the answer; undefined: refused. */
    async say(event, payload) {
        const key = `${this.name}-${this.count++}`;
        const by = this.name;

        this.history.add({ t: 'said', by, key, body: event });
        while (!this.isOver) {
            const answer = await this.way.say(event, payload, key)
                .catch(() => null);
            const code = answer?.error?.code ?? answer?.code;

            if (answer?.seq) {
                const { id, seq, epoch, duplicate } = answer;

                this.answered++;
                this.history.add(
                    { t: 'answered', by, key, id, seq, epoch, duplicate });
                return answer;
            }
            if (code && !LATER.includes(code)) {
                this.history.add({ t: 'refused', by, key, code });
                this.refusals.push(`${event}: ${code}`);
                return undefined;
            }
            await pause(AGAIN_MS);
        }
        return undefined;
    }
}

/**
 * Notices, and now and then an order's life, at an even pace for as long as
 * `isOn` says so.
 */
export async function work(publisher, isOn, stepMs, chance) {
    let due = performance.now() + chance.between(0, stepMs);
    const step = async (event, payload) => {
        await pause(Math.max(0, due - performance.now()));
        // What an outage has cost is not made up for.
        due = Math.max(due + stepMs, performance.now());
        return publisher.say(event, payload);
    };

    while (isOn() && !publisher.isOver) {
        if (!chance.is(8)) {
            await step('notification', { role: chance.pick(READERS),
                title: `note ${publisher.name} ${publisher.count}` });
            continue;
        }
        const orderId = `${publisher.name}-o${publisher.orders++}`;

        await step('order.created', newOrder(orderId, '5'));
        await step('kitchen.ready', { orderId });
        await step('order.completed', { orderId });
    }
}
