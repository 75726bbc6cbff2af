/**
 * One random story of a session: how it opens, what it says on which
 * transport, how it changes that, how it ends. Whatever the server does
 * otherwise than the oracle says is thrown.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

import WebSocket from 'ws';

import { within } from '../../e2e/lib/wait.js';
import { BAD, BYE, LARGE, MAX_PAYLOAD, Oracle } from './oracle.js';

const SEPARATOR = '\x1e';
const WAIT_MS = 20000; // of a machine that has other things to do
const UNKNOWN = 1; // code of a refusal: no such session
const REFUSED = 3; // … not now, or not so

/* Queries that are refused, and the code for it. */
const QUERIES = [['', 0], ['EIO=3&transport=polling', 5],
    ['EIO=4', 0], ['EIO=4&transport=x', 0], ['EIO=4&EIO=4&transport=polling', 5],
    ['EIO=4&transport=polling&sid=none', UNKNOWN],
    [`EIO=4&transport=polling&sid=${'x'.repeat(41)}`, UNKNOWN],
    ['EIO=4&transport=websocket', REFUSED]];

/** Requests to one server, over connections that are kept. */
export class Requests {
    constructor(port) {
        this.port = port;
        this.agent = new http.Agent({ keepAlive: true });
    }

    /** {request, answer}: what is asked, and the promise of what comes. */
    begin(query, body, type) {
        const method = body === undefined ? 'GET' : 'POST';
        const headers = body === undefined ? {}
            : { 'Content-Length': Buffer.byteLength(body) };

        if (type)
            headers['Content-Type'] = type;
        const request = http.request({ port: this.port, host: '127.0.0.1',
            path: `/socket.io/?${query}`, method, agent: this.agent, headers });
        const answer = new Promise((resolve, reject) => {
            request.on('error', reject);
            request.on('response', response => {
                const parts = [];

                response.on('error', reject);
                response.on('data', part => parts.push(part));
                response.on('end', () => resolve({
                    status: response.statusCode,
                    text: Buffer.concat(parts).toString() }));
            });
        });

        answer.catch(() => {}); // it may be given up
        request.end(body);
        return { request, answer };
    }

    ask(query, body, type) {
        return within(`an answer to ?${query}`,
            this.begin(query, body, type).answer, WAIT_MS);
    }

    stop() {
        this.agent.destroy();
    }
}

function assertCode(answer, code) {
    assert.equal(answer.status, 400, answer.text);
    assert.equal(JSON.parse(answer.text).code, code);
}

/** A WebSocket: its messages in order, and the code of its close. */
class Peer {
    /** `pongs`: pings are answered, and not among the messages. */
    constructor(port, query, pongs = false) {
        this.heard = [];
        this.socket = new WebSocket(
            `ws://127.0.0.1:${port}/socket.io/?${query}`,
            { perMessageDeflate: false });
        this.socket.on('error', () => {}); // 'close' follows
        this.opened = new Promise(resolve => {
            this.socket.on('open', () => resolve(true));
            this.socket.on('close', () => resolve(false));
        });
        this.closed = new Promise(resolve =>
            this.socket.on('close', code => resolve(this.code = code)));
        this.socket.on('message', (data, isBinary) => {
            if (pongs && String(data) === '2')
                return this.socket.send('3');
            this.heard.push(isBinary ? data : data.toString());
            this.look?.();
        });
        this.closed.then(() => this.look?.());
    }

    async until(probe, what) {
        await within(what, new Promise(resolve => {
            this.look = () =>
                (probe() || this.code !== undefined) && resolve();
            this.look();
        }), WAIT_MS);
        this.look = undefined;
    }

    end() {
        return within('a WebSocket is closed', this.closed, WAIT_MS);
    }
}

export class Story {
    #get = null;      // a GET under way
    #peer = null;     // the WebSocket that is its transport
    #awaited = [];    // replies that have not come
    #end = undefined; // how it has ended

    /** @param {Requests} requests  @param {Random} random */
    constructor(requests, random) {
        this.requests = requests;
        this.random = random;
        this.oracle = new Oracle(random);
        this.log = [];
    }

    /** @param {boolean} byPolling or by WebSocket */
    async tell(byPolling = this.random.chance(60)) {
        const steps = 1 + this.random.below(12);

        if (this.random.chance(5))
            await this.#knockBadly();
        if (byPolling)
            await this.#openByPolling();
        else
            await this.#openByWebSocket();
        for (let i = 0; i < steps && this.#end === undefined; i++)
            await (this.#peer ? this.#stepByWebSocket() : this.#stepByPolling());
        if (this.#end === undefined)
            await this.#leave();
    }

    #note(what) {
        this.log.push(what);
    }

    #query(transport = 'polling') {
        return `EIO=4&transport=${transport}&sid=${this.sid}`;
    }

    async #knockBadly() {
        const [query, code] = this.random.pick(QUERIES);

        this.#note(`knocks ?${query}`);
        assertCode(await this.requests.ask(query), code);
    }

    #take(hello, upgrades) {
        assert.equal(hello[0], '0', hello);
        this.sid = JSON.parse(hello.slice(1)).sid;
        assert.deepEqual(JSON.parse(hello.slice(1)).upgrades, upgrades);
    }

    /* --- what has come --- */

    /** One packet from the server, which must be the next that is awaited. */
    #hear(packet) {
        const next = this.#awaited.shift();

        if (Buffer.isBuffer(next))
            assert.deepEqual(packet, next);
        else if (next?.startsWith('40'))
            assert.ok(packet.startsWith(next), `${packet} is not ${next}`);
        else
            assert.equal(packet, next);
    }

    /* --- by polling --- */

    async #openByPolling() {
        this.#note('polls');
        const answer = await this.requests.ask('EIO=4&transport=polling');

        assert.equal(answer.status, 200, answer.text);
        this.#take(answer.text, ['websocket']);
    }

    #stepByPolling() {
        const { random } = this;

        if (random.chance(8))
            return this.#upgrade();
        if (random.chance(3))
            return this.#breakProbe();
        if (random.chance(2))
            return this.#postBadly();
        if (random.chance(2))
            return this.#postTooMuch();
        if (random.chance(2))
            return this.#askTwice();
        if (random.chance(2))
            return this.#giveUp();
        if (random.chance(3))
            return this.#cutRequest();
        return this.#post();
    }

    #hold() {
        this.#get ??= this.requests.begin(this.#query());
        return this.#get;
    }

    /** The answer of the GET under way. */
    async #read() {
        const { answer } = this.#hold();
        const { status, text } = await within(
            'a GET is answered', answer, WAIT_MS);

        this.#get = null;
        assert.equal(status, 200, text);
        return text.split(SEPARATOR).map(packet => packet[0] === 'b'
            ? Buffer.from(packet.slice(1), 'base64') : packet);
    }

    async #poll() {
        while (this.#awaited.length > 0)
            for (const packet of await this.#read())
                if (packet !== '6') // a probe has begun meanwhile
                    this.#hear(packet);
    }

    async #post() {
        const packets = [], more = [];
        let end;

        for (let i = this.random.below(5); i >= 0 && end === undefined; i--) {
            const next = this.oracle.next();

            packets.push(Buffer.isBuffer(next.send)
                ? `b${next.send.toString('base64')}` : next.send);
            more.push(...next.replies);
            end = next.end;
        }
        const body = packets.join(SEPARATOR);

        this.#note(`posts ${JSON.stringify(body)}`);
        if (this.random.chance(30))
            this.#hold();
        const answer = await this.requests.ask(this.#query(), body);

        if (end === BAD || end === LARGE) {
            assertCode(answer, REFUSED);
            return this.#over(end);
        }
        assert.equal(`${answer.status} ${answer.text}`, '200 ok');
        if (end === BYE)
            return this.#over(end);
        this.#awaited.push(...more);
        if (this.random.chance(70))
            await this.#poll();
    }

    /** It has ended, and is nobody's any more. */
    async #over(end) {
        this.#end = end;
        if (this.#get) {
            const { status, text } = await this.#get.answer;

            // Held, or too late to be.
            if (status === 200)
                assert.match(text.split(SEPARATOR).at(-1),
                    end === BYE ? /^[46b]/ : /^[146b]/);
            else
                assertCode({ status, text }, UNKNOWN);
            this.#get = null;
        }
        assertCode(await this.requests.ask(this.#query(), '3'), UNKNOWN);
    }

    /** A body that is no payload. */
    async #postBadly() {
        const [body, type] = this.random.pick([[''], [SEPARATOR],
            [`3${SEPARATOR}`], [`${SEPARATOR}3`], ['b&'], ['bAQI'],
            ['bAQ=='], [Buffer.from([0x34, 0xff])],
            ['3', 'application/octet-stream']]);

        if (body === 'bAQ==' && this.oracle.parcel)
            return; // that is what it owes
        this.#note(`posts badly ${JSON.stringify(body)} ${type}`);
        await this.#poll();
        assertCode(await this.requests.ask(this.#query(), body, type), REFUSED);
        await this.#over(BAD);
    }

    /** Refused as a request; the session has heard nothing. */
    async #postTooMuch() {
        const body = `4${'x'.repeat(MAX_PAYLOAD)}`;

        this.#note('posts too much');
        const answer = await this.requests.ask(this.#query(), body)
            .catch(error => ({ status: 413, error })); // cut while writing

        assert.equal(answer.status, 413);
    }

    async #askTwice() {
        this.#note('asks twice');
        await this.#poll();
        const begin = () => this.requests.begin(this.#query()).answer;
        let both = [this.#hold().answer, begin()];
        const { text, status } = await within('one of two GETs is answered',
            Promise.race(both), WAIT_MS);

        // A probe that was answered meanwhile has freed the one of before.
        if (status === 200 && text === '6')
            both = [both[1], begin()];
        const answers = await within('two GETs are answered',
            Promise.all(both), WAIT_MS);
        const [held, second] = answers.sort((a, b) => a.status - b.status);

        this.#get = null;
        assert.equal(`${held.status} ${held.text}`, '200 1');
        assertCode(second, REFUSED);
        await this.#over(BAD);
    }

    async #giveUp() {
        this.#note('gives a GET up');
        await this.#poll();
        // It may not be there yet when it is gone, and one that a probe has
        // freed is none to give up: then another one is; in the end nobody is.
        await within('the session ends', (async () => {
            do {
                const get = this.#hold();

                await new Promise(resolve => get.request.socket?.writable
                    ? resolve() : get.request.on('finish', resolve));
                get.request.destroy();
                this.#get = null;
                await new Promise(resolve => setTimeout(resolve, 5));
            } while ((await this.requests.ask(this.#query(), '3'))
                .status === 200);
        })(), WAIT_MS);
        await this.#over(BYE);
    }

    /** A request that ends somewhere is none. */
    async #cutRequest() {
        const text = `POST /socket.io/?${this.#query()} HTTP/1.1\r\n` +
            'Host: x\r\nContent-Length: 3\r\n\r\n4ab';

        await this.#cut(text, text.length - 1);
    }

    async #cut(text, longest) {
        const length = 1 + this.random.below(longest);
        const socket = net.connect(this.requests.port, '127.0.0.1');

        this.#note(`cuts after ${length}`);
        socket.on('error', () => {});
        await new Promise(resolve => socket.on('connect', resolve));
        await new Promise(resolve => socket.write(
            text.slice(0, length), resolve));
        socket.destroy();
    }

    /* --- from the one to the other --- */

    async #probe() {
        const peer = new Peer(this.requests.port, this.#query('websocket'));

        assert.ok(await within('a probe opens', peer.opened, WAIT_MS));
        return peer;
    }

    async #answered(peer) {
        peer.socket.send('2probe');
        await peer.until(() => peer.heard.length > 0, 'a probe is answered');
        assert.equal(peer.heard.shift(), '3probe');
    }

    async #upgrade() {
        this.#note('upgrades');
        if (this.random.chance(50))
            this.#hold();
        const peer = await this.#probe();

        await this.#answered(peer);
        if (this.random.chance(20))
            await this.#refusesSecond();
        if (this.random.chance(20))
            await this.#post();
        if (this.#end !== undefined) {
            assert.equal(await peer.end(), BYE);
            return;
        }
        while (this.#get)
            for (const packet of await this.#read())
                if (packet !== '6')
                    this.#hear(packet);
        peer.socket.send('5');
        this.#peer = peer;
    }

    async #refusesSecond() {
        const second = await this.#probe();

        this.#note('… with another beside it');
        assert.equal(await second.end(), BYE);
        assert.deepEqual(second.heard, []);
    }

    async #breakProbe() {
        const peer = await this.#probe();
        const wrong = this.random.pick(['5', '2', '3probe', '42["a"]', 'x', '',
            '1', Buffer.from('b'), '2probe'.repeat(4000), null]);

        this.#note(`breaks a probe with ${wrong}`.slice(0, 60));
        if (this.random.chance(50) && wrong !== '5')
            await this.#answered(peer);
        if (wrong === null) {
            peer.socket.terminate();
            return;
        }
        peer.socket.send(wrong);
        assert.equal(await peer.end(), wrong.length > MAX_PAYLOAD ? LARGE : BAD);
        assert.deepEqual(peer.heard, []);
    }

    /* --- by WebSocket --- */

    async #openByWebSocket() {
        this.#note('opens a WebSocket');
        const peer = this.#peer = new Peer(
            this.requests.port, 'EIO=4&transport=websocket');

        await peer.until(() => peer.heard.length > 0, 'an open packet comes');
        this.#take(peer.heard.shift(), []);
    }

    async #stepByWebSocket() {
        const { random } = this;

        if (random.chance(2))
            return this.#say(`4${'x'.repeat(MAX_PAYLOAD)}`, [], LARGE);
        if (random.chance(2))
            return this.#say(Buffer.from([0x34, 0xff]), [], BAD, false);
        if (random.chance(3))
            return this.#pollMoved();
        if (random.chance(1)) // in a payload these were bytes
            return this.#say('bAQ==', [], BAD);
        const { send, replies, end } = this.oracle.next();

        return this.#say(send, replies, end, Buffer.isBuffer(send));
    }

    /** A session that has moved is not polled any more, and minds nothing. */
    async #pollMoved() {
        this.#note('polls although it has moved');
        await this.#settle();
        assertCode(await this.requests.ask(this.#query(),
            this.random.pick([undefined, '42["a"]'])), REFUSED);
        await this.#refusesSecond();
    }

    async #say(message, replies, end, binary = false) {
        this.#note(`says ${message}`.slice(0, 200));
        this.#awaited.push(...replies);
        if (this.random.chance(10) && typeof message === 'string' && message) {
            const at = this.random.below(message.length);

            this.#peer.socket.send(message.slice(0, at), { fin: false });
            this.#peer.socket.send(message.slice(at), { fin: true });
        } else {
            this.#peer.socket.send(message, { binary });
        }
        if (end !== undefined)
            await this.#closedWith(end);
        else if (this.random.chance(50))
            await this.#settle();
    }

    #hearAll() {
        while (this.#peer.heard.length > 0)
            this.#hear(this.#peer.heard.shift());
    }

    async #settle() {
        const { heard } = this.#peer;

        await this.#peer.until(() => heard.length >= this.#awaited.length,
            `${this.#awaited.length} replies, not ${heard.length}, come`);
        this.#hearAll();
        assert.deepEqual(this.#awaited, []);
    }

    /** What came before the close was in order. */
    async #closedWith(code) {
        this.#end = code;
        assert.equal(await this.#peer.end(), code);
        this.#hearAll();
        assertCode(await this.requests.ask(this.#query(), '3'), UNKNOWN);
    }

    /* --- its end --- */

    async #leave() {
        this.#note('leaves');
        if (!this.#peer) {
            await this.#poll();
            await this.requests.ask(this.#query(), '1');
            await this.#over(BYE);
        } else if (this.random.chance(50)) {
            await this.#settle();
            this.#peer.socket.send('1');
            await this.#closedWith(BYE);
        } else if (this.random.chance(50)) {
            this.#peer.socket.close(BYE);
            await this.#peer.end();
        } else {
            this.#peer.socket.terminate();
        }
    }
}

/* How long who leaves something out has, as the server was told. */
const SILENCES = [
    { by: 'polling', says: [], ms: times =>
        times.pingInterval + times.pingTimeout },
    { by: 'websocket', says: [], ms: times =>
        times.pingInterval + times.pingTimeout },
    { by: 'websocket', says: ['40', '451-["a"]'], ms: times =>
        times.pingInterval + times.pingTimeout },
    { by: 'websocket', says: [], pongs: true, ms: times =>
        times.connectTimeout },
    { by: 'websocket', says: ['40', '452-["a"]', Buffer.from('b')],
        pongs: true, ms: times => times.connectTimeout },
    { by: 'websocket', says: ['40', '41'], pongs: true }, // it may stay
];

/**
 * A session that says no more: it is closed when its time is over, no sooner.
 * @param {(ms: number) => Promise<void>} elapse surely so long
 */
export async function fallSilent(requests, random, times, elapse) {
    const { by, says, pongs, ms } = random.pick(SILENCES);
    const begin = performance.now();

    if (by === 'polling') {
        const { text } = await requests.ask('EIO=4&transport=polling');
        const { sid } = JSON.parse(text.slice(1));

        await elapse(ms(times));
        assertCode(await requests.ask(
            `EIO=4&transport=polling&sid=${sid}`), UNKNOWN);
        return;
    }
    const peer = new Peer(requests.port, 'EIO=4&transport=websocket', pongs);

    assert.ok(await within('a WebSocket opens', peer.opened, WAIT_MS));
    for (const message of says)
        peer.socket.send(message);
    if (!ms) {
        await elapse(times.connectTimeout + times.pingTimeout);
        assert.equal(peer.code, undefined);
        peer.socket.send('1');
    }
    assert.equal(await peer.end(), BYE);
    if (ms)
        assert.ok(performance.now() - begin >= ms(times));
}
