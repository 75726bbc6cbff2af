/** A back end's end of the webhook: a real HTTP server that may be away. */
import http from 'node:http';

import { freePort } from './daemon.js';
import { atEnd } from './processes.js';
import { until } from './wait.js';

export class Receiver {
    /** Nobody listens there yet. */
    static async create() {
        const receiver = new Receiver();

        receiver.port = await freePort();
        atEnd(() => receiver.stop());
        return receiver;
    }

    static async start() {
        const receiver = await Receiver.create();

        await receiver.listen();
        return receiver;
    }

    requests = []; // {method, path, headers, body}, in order

    /** What it answers: called with the response and the request's number. */
    answer = response => response.end();

    get url() {
        return `http://127.0.0.1:${this.port}/hook?of=dumbwaiter`;
    }

    listen() {
        this.server = http.createServer((request, response) => {
            const chunks = [];

            request.on('data', chunk => chunks.push(chunk));
            request.on('end', () => {
                this.requests.push({ method: request.method,
                    path: request.url, headers: request.headers,
                    body: Buffer.concat(chunks) });
                this.answer(response, this.requests.length);
            });
        });
        return new Promise((resolve, reject) => {
            this.server.once('error', reject);
            this.server.listen(this.port, '127.0.0.1', resolve);
        });
    }

    async stop() {
        const server = this.server;

        this.server = null;
        if (!server)
            return;
        const closed = new Promise(resolve => server.close(resolve));

        server.closeAllConnections();
        await closed;
    }

    /** All events it was sent, in order, those sent again as well. */
    get events() {
        return this.requests.flatMap(
            request => JSON.parse(request.body).events);
    }

    /** The first event that fits, once it has come. */
    event(fits, ms = 15000) {
        return until(`the webhook is sent ${fits}`,
            () => this.events.find(fits), ms);
    }
}
