/**
 * The echo program (sio_echo) on a free port, and the two kinds of clients by
 * which the conformance tests speak to it: requests, and WebSockets that know
 * nothing but frames.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';

import WebSocket from 'ws';

import { repository } from '../../e2e/lib/daemon.js';
import { atEnd, Child } from '../../e2e/lib/processes.js';
import { pause, within } from '../../e2e/lib/wait.js';

const program = path.resolve(repository,
    process.env.SIO_ECHO ?? 'build/dev/sio_echo');

export const MAX_PAYLOAD = 1000000;

/*
 * Milliseconds. The public suites want pings every 300, 200 for the pong and
 * 1000 for CONNECT, of one server. Ours are two, so that a machine that stalls
 * changes nothing: pings come only where a case is about them, and what a case
 * waits for has a second to come.
 */
export const PROMPT =
    { pingInterval: 300, pingTimeout: 1000, connectTimeout: 3000 };
export const CALM =
    { pingInterval: 25000, pingTimeout: 20000, connectTimeout: 45000 };

/** Surely so long, by our clock: a timer may be early by a fraction. */
export async function elapse(ms) {
    const end = performance.now() + ms;

    while (performance.now() < end)
        await pause(Math.ceil(end - performance.now()));
}

export const SEPARATOR = '\x1e';

const READY = /^sio_echo ready: http:\/\/[^:]+:(\d+)/;

export class Echo {
    /**
     * @param {typeof PROMPT} times and maxPayload, recovery
     * @param {object} [env] of the process
     */
    static async start({ maxPayload = MAX_PAYLOAD, recovery = 'off', ...times },
        env) {
        const echo = new Echo();

        echo.child = new Child(program, ['--port', '0',
            '--ping-interval', String(times.pingInterval),
            '--ping-timeout', String(times.pingTimeout),
            '--max-payload', String(maxPayload),
            '--connect-timeout', String(times.connectTimeout),
            '--recovery', String(recovery)], { env });
        echo.port = Number(READY.exec(await echo.child.line(READY))[1]);
        return echo;
    }

    /** It was well until now, and ends well. */
    async stop() {
        assert.equal(this.child.result, undefined, this.child.story());
        assert.deepEqual(await this.child.stop(), { code: 0, signal: null },
            this.child.story());
        assert.doesNotMatch(this.child.stderr,
            /ERROR: \w+Sanitizer|runtime error:/);
    }

    /** The side of it that is asked for by a path, e.g. "/engine.io/". */
    at(path) {
        return new Door(this.port, path);
    }
}

/** Whatever has been said on one path. */
export class Door {
    constructor(port, path) {
        this.port = port;
        this.path = path;
    }

    #url(scheme, query) {
        const text = new URLSearchParams(
            Object.entries(query).filter(([, value]) => value !== undefined));

        return `${scheme}://127.0.0.1:${this.port}${this.path}?${text}`;
    }

    /** @param {object} query without what the protocol always wants */
    ask(query, options) {
        return fetch(this.#url('http', query),
            { signal: AbortSignal.timeout(5000), ...options });
    }

    #polling(sid) {
        return { EIO: 4, transport: 'polling', sid };
    }

    /** A new session by polling: what the open packet says. */
    async open() {
        const answer = await this.ask({ EIO: 4, transport: 'polling' });
        const text = await answer.text();

        assert.equal(answer.status, 200);
        assert.equal(text[0], '0');
        return JSON.parse(text.slice(1));
    }

    get(sid, options) {
        return this.ask(this.#polling(sid), options);
    }

    post(sid, body) {
        return this.ask(this.#polling(sid), { method: 'POST', body });
    }

    async say(sid, body) {
        const answer = await this.post(sid, body);

        assert.equal(answer.status, 200);
        assert.equal(await answer.text(), 'ok');
    }

    /** What the next GET is answered. */
    async take(sid) {
        const answer = await this.get(sid);

        assert.equal(answer.status, 200);
        return answer.text();
    }

    #start(query, agent) {
        const request = http.get(this.#url('http', query), { agent });
        const sent = new Promise(resolve => request.on('finish', resolve));
        const answer = new Promise((resolve, reject) => {
            request.on('error', reject);
            request.on('response', response => {
                let text = '';

                response.setEncoding('utf8');
                response.on('data', more => text += more);
                response.on('end', () =>
                    resolve({ status: response.statusCode, text }));
            });
        });

        answer.catch(() => {}); // it may be given up
        atEnd(() => request.destroy());
        return { request, sent, answer: within('a GET is answered', answer) };
    }

    /**
     * A GET that is held: resolves when it is, to an object with the promise
     * of its answer. It is sent on a connection that the server knows already,
     * and others have been answered since.
     */
    async hold(sid) {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

        atEnd(() => agent.destroy());
        await this.#start(this.#polling(), agent).answer;
        const held = this.#start(this.#polling(sid), agent);

        await within('a GET is sent', held.sent);
        for (let i = 0; i < 3; i++)
            await (await this.ask({ EIO: 4 })).text();
        return held;
    }

    /** A WebSocket with just this query. */
    socket(query, options) {
        return new Peer(this.#url('ws', query), options);
    }

    /** A new session on a WebSocket, and what the open packet says. */
    async connect(options) {
        const peer = this.socket({ EIO: 4, transport: 'websocket' }, options);
        const text = await peer.next();

        assert.equal(text[0], '0');
        peer.handshake = JSON.parse(text.slice(1));
        return peer;
    }

    /** A WebSocket for a session that has begun by polling. */
    async join(sid) {
        const peer = this.socket({ EIO: 4, transport: 'websocket', sid });

        await peer.opened;
        return peer;
    }

    /** The session is gone, or never was. */
    async assertUnknown(sid) {
        await assertRefused(await this.get(sid), 1);
    }
}

/** Status and body of a refusal with this code. */
export async function assertRefused(answer, code) {
    const body = await answer.json();

    assert.equal(answer.status, 400);
    assert.equal(body.code, code);
    assert.equal(typeof body.message, 'string');
}

/** The open packet of a prompt server: these keys and values, no others. */
export function assertHandshake(handshake, upgrades) {
    const { sid, ...rest } = handshake;

    assert.equal(typeof sid, 'string');
    assert.notEqual(sid, '');
    assert.deepEqual(rest, { upgrades, pingInterval: PROMPT.pingInterval,
        pingTimeout: PROMPT.pingTimeout, maxPayload: MAX_PAYLOAD });
}

/** A WebSocket; what it hears waits in a queue, in order. */
class Peer {
    #heard = [];
    #look = () => {};

    /** @param {{pongs?: boolean}} [options] pongs: answer pings by itself */
    constructor(url, { pongs = true } = {}) {
        this.socket = new WebSocket(url);
        this.opened = within('a WebSocket opens', new Promise(
            (resolve, reject) => {
                this.socket.on('open', resolve);
                this.socket.on('close', () => reject(new Error('closed')));
            }), 5000);
        this.opened.catch(() => {}); // some are not to open
        this.socket.on('error', error => {
            this.error = error; // 'close' follows
        });
        this.socket.on('close', code => {
            this.code = code;
            this.#look();
        });
        this.socket.on('message', (data, isBinary) =>
            this.#take(isBinary ? data : data.toString(), pongs));
        atEnd(() => this.socket.terminate());
    }

    #take(message, pongs) {
        if (pongs && message === '2') {
            this.socket.send('3');
            return;
        }
        this.#heard.push(message);
        this.#look();
    }

    send(message) {
        this.socket.send(message);
    }

    #wait(what, probe, ms) {
        const done = new Promise((resolve, reject) => {
            this.#look = () => {
                try {
                    if (probe())
                        resolve();
                } catch (error) {
                    reject(error);
                }
            };
            this.#look();
        });

        return within(what, done, ms).finally(() => this.#look = () => {});
    }

    /** The next message: a string, or a Buffer. */
    async next(ms = 5000) {
        await this.#wait('a frame comes', () => {
            if (this.#heard.length === 0 && this.code !== undefined)
                throw new Error(`closed: ${this.code} ${this.error ?? ''}`);
            return this.#heard.length > 0;
        }, ms);
        return this.#heard.shift();
    }

    async count(count) {
        const messages = [];

        while (messages.length < count)
            messages.push(await this.next());
        return messages;
    }

    /** The server ends it. */
    closed(ms = 5000) {
        return this.#wait(
            'a WebSocket is closed', () => this.code !== undefined, ms);
    }

    /** The server ends it, at the handshake or later, without a word. */
    async refused() {
        await this.closed();
        assert.deepEqual(this.#heard, []);
    }

    /** From polling to here, by probe; `talk` shows that it has happened. */
    async upgrade() {
        this.send('2probe');
        assert.equal(await this.next(), '3probe');
        this.send('5');
    }
}
