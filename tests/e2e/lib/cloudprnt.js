/**
 * Printers that speak Star CloudPRNT: one that polls over HTTP, one that hangs
 * on the broker. What comes out of them is in `sheets`; what goes wrong with
 * them is said by their fields.
 */
import http from 'node:http';

import mqtt from 'mqtt';

import { atEnd } from './processes.js';

const POLL_MS = 100;
const TOKENS_KEPT = 10;

const OK = '200 OK';
const PAPER_OUT = '410 Out of paper';
const COVER_OPEN = '420 Cover open';

class Star {
    /** {token, type, bytes, text} of each sheet; `isTorn`: not all of it. */
    sheets = [];
    hasPaper = true;
    isOpen = false; // its cover
    fault = ''; // 'vanish', 'deaf', 'twice', 'stranger', 'torn', 'data'

    constructor(mac) {
        this.mac = mac;
    }

    get code() {
        return this.isOpen ? COVER_OPEN : this.hasPaper ? OK : PAPER_OUT;
    }

    print(token, type, bytes) {
        this.sheets.push({ token, type, bytes, isTorn: this.fault === 'torn',
            text: type === 'text/plain' ? bytes.toString() : '' });
        if (this.fault === 'torn')
            this.hasPaper = false;
    }

    /** Sheets that have this text, whole or not. */
    find(text) {
        return this.sheets.filter(sheet => sheet.text.includes(text));
    }
}

export class PollingStar extends Star {
    /** @param {{mac?: string, type?: string, password?: string,
     *   path?: string}} [options] */
    static start(port, { mac = '00:11:62:aa:bb:cc', type = 'text/plain',
        password, path = '/' } = {}) {
        const star = new PollingStar(mac);

        Object.assign(star, { port, type, password, path, polls: 0 });
        star.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        atEnd(() => star.stop());
        star.#later();
        return star;
    }

    statuses = []; // of its polls

    async stop() {
        this.isStopped = true;
        clearTimeout(this.timer);
        this.agent.destroy();
    }

    /** One request: {status, type, bytes}. */
    ask(method, query, body) {
        const headers = this.password ? { authorization: 'Basic ' +
            Buffer.from(`star:${this.password}`).toString('base64') } : {};
        const text = query ? `?${new URLSearchParams(query)}` : '';

        return new Promise((resolve, reject) => {
            const request = http.request({ host: '127.0.0.1', port: this.port,
                agent: this.agent, method, headers, timeout: 5000,
                path: this.path + text }, async response => {
                const pieces = [];

                for await (const piece of response)
                    pieces.push(piece);
                resolve({ status: response.statusCode,
                    type: response.headers['content-type']?.split(';')[0],
                    bytes: Buffer.concat(pieces) });
            });

            request.on('error', reject);
            request.end(body);
        });
    }

    post(more = {}) {
        return this.ask('POST', null, JSON.stringify({
            status: '23 6 0 0 0 0 0 0 0 ', printerMAC: this.mac,
            uniqueID: null, statusCode: encodeURIComponent(this.code),
            printingInProgress: false, clientAction: null, ...more }));
    }

    confirm(token, code) {
        return this.ask('DELETE', { mac: this.mac, token, code });
    }

    #later() {
        if (!this.isStopped)
            this.timer = setTimeout(() => this.#turn(), POLL_MS);
    }

    async #turn() {
        try {
            if (!this.isAway)
                await this.poll();
        } catch {
            // nobody listens: again later
        }
        this.#later();
    }

    /** As the real one does it, or as its fault wants. */
    async poll() {
        const { status, bytes } = await this.post();

        this.polls++;
        this.statuses.push(status);
        if (status !== 200)
            return;
        const { jobReady, jobToken, mediaTypes } = JSON.parse(bytes);

        if (jobReady && this.code === OK)
            await this.#fetch(jobToken, mediaTypes);
    }

    async #fetch(token, types) {
        const type = types.includes(this.type) ? this.type : types[0];
        const { status, bytes } = await this.ask('GET',
            { mac: this.mac, type, token });

        if (status !== 200)
            return this.confirm(token, '520 Download failed');
        if (this.fault === 'data')
            return this.confirm(token, '510 Incompatible media type');
        if (this.fault === 'vanish') {
            this.isAway = true;
            return undefined;
        }
        this.print(token, type, bytes);
        return this.#tell(token);
    }

    async #tell(token) {
        switch (this.fault) {
        case 'torn':
            return undefined;
        case 'stranger':
            return this.confirm('0000-1', OK);
        case 'twice':
            await this.confirm(token, OK);
            return this.confirm(token, OK);
        default:
            return this.confirm(token, OK);
        }
    }
}

export class BrokerStar extends Star {
    /** @param made what enrol has answered for it */
    static async connect(port, made, mac) {
        const star = new BrokerStar(mac);

        Object.assign(star, { port, made, tokens: [], jobs: 0 });
        await star.begin();
        atEnd(() => star.stop());
        return star;
    }

    /** Switch it on (again). */
    async begin() {
        this.client = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.port}`, {
            username: this.made.username, password: this.made.password,
            clientId: this.mac, clean: true, reconnectPeriod: 0,
            will: { topic: this.#topic('client-will'), qos: 1,
                payload: JSON.stringify({ title: 'client-will',
                    printerMAC: this.mac, unintentionalDisconnection: true }) },
        });
        this.client.on('error', () => {});
        this.client.on('message', (topic, payload) => this.#hear(
            topic.split('/').at(-1), JSON.parse(payload)));
        await this.client.subscribeAsync(
            `star/cloudprnt/to-device/${this.mac}/#`, { qos: 1 });
        this.say('client-status', this.#status());
    }

    async stop() {
        await this.client.endAsync(true);
    }

    /** Gone without a word: the broker says its will. */
    vanish() {
        this.client.stream.destroy();
    }

    #topic(method) {
        return `star/cloudprnt/to-server/${this.mac}/${method}`;
    }

    #status() {
        return { statusCode: encodeURIComponent(this.code),
            printingInProgress: false };
    }

    say(method, payload) {
        return this.client.publish(this.#topic(method), JSON.stringify(
            { title: method, printerMAC: this.mac, ...payload }), { qos: 1 });
    }

    #hear(method, message) {
        if (method === 'request-client-status')
            this.say('client-status', this.#status());
        if (method === 'print-job')
            this.#take(message);
    }

    tell(jobToken, printSucceeded = true, statusCode = '200 OK') {
        this.say('print-result', { jobToken, printSucceeded, statusCode });
    }

    /** "Pass URL": it fetches what it was told of. */
    async #fetch(jobToken, type, url) {
        const query = new URLSearchParams(
            { mac: this.mac, type, token: jobToken });
        const response = await fetch(`${url}?${query}`);

        this.fetched = response.status;
        return response.ok ? Buffer.from(await response.arrayBuffer()) : null;
    }

    async #take({ jobToken, jobType, mediaTypes: [type], printData }) {
        this.jobs++;
        if (this.tokens.includes(jobToken))
            return this.tell(jobToken, false, '540 Known token');
        this.tokens = [jobToken, ...this.tokens].slice(0, TOKENS_KEPT);
        if (this.fault === 'deaf')
            return undefined;
        const bytes = jobType === 'url'
            ? await this.#fetch(jobToken, type, printData)
            : Buffer.from(printData, type === 'text/plain' ? 'utf8' : 'base64');

        if (!bytes)
            return this.tell(jobToken, false, '520 Download failed');
        if (this.fault === 'vanish')
            return void this.vanish();
        if (this.fault === 'data')
            return this.tell(jobToken, false, '510 Incompatible media type');
        this.print(jobToken, type, bytes);
        switch (this.fault) {
        case 'torn':
            return this.tell(jobToken, false, PAPER_OUT);
        case 'stranger':
            return this.tell('0000-1');
        case 'twice':
            this.tell(jobToken);
            return this.tell(jobToken);
        default:
            return this.tell(jobToken);
        }
    }
}
