/**
 * Many questions at once: a list of messages goes out together and the answers
 * come in order of asking, over as many connections as the rates ask for.
 */
import http from 'node:http';
import WebSocket from 'ws';
import { io } from 'socket.io-client';

import { within } from '../e2e/lib/wait.js';

const BURST = 4; // seconds' worth that a new connection may say at once
const MOST = 80; // messages in one go

/** In pieces of `size`. */
export function chunks(list, size) {
    return Array.from({ length: Math.ceil(list.length / size) },
        (_, i) => list.slice(i * size, (i + 1) * size));
}

/** What a new connection of these roles may say at once. */
export function burstOf(oracle, who) {
    const rates = oracle.rolesOf(who)
        .map(role => oracle.roles.get(role).perSecond);

    return Math.min(MOST, BURST * Math.max(1, ...rates));
}

/* --- native WebSocket --- */

/** {code} of the close, or {answers: […]} to all of `messages`. */
function askOnce(daemon, who, messages) {
    const socket = new WebSocket(daemon.wsUrl, 'dumbwaiter.v1.json',
        who.token ? { headers: { Authorization: `Bearer ${who.token}` } } : {});
    const answers = new Map();
    const done = new Promise((resolve, reject) => {
        const send = () => messages.forEach((message, ref) =>
            socket.send(JSON.stringify({ ...message, ref: ref + 1 })));

        socket.on('message', data => {
            const message = JSON.parse(data);

            if (message.op === 'ready')
                send();
            if (message.op === 'ok' || message.op === 'error')
                answers.set(message.ref, message);
            if (answers.size === messages.length)
                resolve({ answers: messages.map((_, i) =>
                    answers.get(i + 1)) });
        });
        // Without a token the first thing that is said decides.
        if (!who.token)
            socket.on('open', send);
        socket.on('close', code => resolve({ code, answers: [] }));
        socket.on('error', reject);
    });

    return within(`${who.name} is answered`, done).catch(error => {
        const left = messages.filter((_, i) => !answers.has(i + 1));

        throw new Error(`${error.message} to ${JSON.stringify(left)}`);
    }).finally(() => socket.terminate());
}

/** Answers {op: "ok"|"error", code?}, or {code: "closed 4401"}, to each. */
export async function askNative(daemon, oracle, who, messages) {
    const answers = [];

    for (const chunk of chunks(messages, burstOf(oracle, who))) {
        const { code, answers: some } = await askOnce(daemon, who, chunk);

        answers.push(...code ? chunk.map(() => ({ code: `closed ${code}` }))
            : some);
    }
    return answers;
}

/* --- HTTP --- */

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

/** {status, body}: body as JSON. */
export function ask(daemon, method, path, token, body) {
    const { hostname, port } = new URL(daemon.url);
    const done = new Promise((resolve, reject) => {
        const request = http.request({ agent, hostname, port, method, path,
            headers: { ...token && { Authorization: `Bearer ${token}` },
                ...body !== undefined &&
                    { 'Content-Length': Buffer.byteLength(body) } } },
        response => {
            let text = '';

            response.setEncoding('utf8').on('data', part => text += part)
                .on('end', () => resolve({ status: response.statusCode,
                    body: text && JSON.parse(text) }));
        });

        request.on('error', reject);
        request.end(body);
    });

    return within(`${method} ${path} is answered`, done);
}

/** The same for all, a few at a time. */
export async function askEach(list, one, atOnce = 8) {
    const answers = [];

    for (const chunk of chunks(list, atOnce))
        answers.push(...await Promise.all(chunk.map(one)));
    return answers;
}

export function closeHttp() {
    agent.destroy();
}

/* --- Socket.IO --- */

const connected = socket => within('connect', new Promise((yes, no) => {
    socket.once('connect', () => yes(socket));
    socket.once('connect_error', no);
}));

/** A socket, or {refused: message}. */
export async function openSocket(daemon, token, { nsp = '', path, dialect }) {
    const socket = io(`${daemon.url}${nsp}`, { forceNew: true, path,
        transports: ['websocket'], reconnection: false,
        auth: { ...token && { token }, ...dialect && { dialect } } });

    try {
        return await connected(socket);
    } catch (error) {
        socket.disconnect();
        return { refused: error.message };
    }
}

/** Acknowledgements of [name, payload]s; each {refused} if it has no way in. */
export async function askSockets(daemon, oracle, who, options, said) {
    const answers = [];
    const burst = who.claims ? Math.min(30, burstOf(oracle, who)) : 8;

    for (const chunk of chunks(said, burst)) {
        const socket = await openSocket(daemon, who.token, options);

        if (socket.refused) {
            answers.push(...chunk.map(() => socket));
            continue;
        }
        answers.push(...await within(`${who.name} is answered`, Promise.all(
            chunk.map(args => socket.emitWithAck(...args)))));
        socket.disconnect();
    }
    return answers;
}
