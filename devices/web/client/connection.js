import { backoffMs } from './backoff.js';
import { ServerClock } from './clock.js';
import { afterClose, floorMs } from './closes.js';
import { Emitter } from './emitter.js';
import { Outbox, Refused } from './outbox.js';
import { ulid } from './ulid.js';

const PROTOCOL = 'dumbwaiter.v1.json';
const HEARTBEAT_MS = 25000;
const SILENT_HEARTBEATS = 2.5;
const ANSWER_MS = 10000; // to give a token, to open, to be ready, to join
const PUBLISH_MS = 30000;
const STEADY_MS = 10000; // live this long: the next loss is a first one
const FAILED_RESUMES = 3;
const MOST_ACKS = 256; // that wait for a connection

/**
 * @typedef {object} Timers
 * @property {() => number} wall Unix milliseconds
 * @property {() => number} mono milliseconds that only go forward
 * @property {(fn: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/**
 * @typedef {object} Options
 * @property {string | (() => string | Promise<string>)} [token] a function is
 *   asked before each connection, and again when the server says the token
 *   is no good
 * @property {string[]} [rooms] joined from the start
 * @property {boolean} [receipts] each event that may be acknowledged will be:
 *   of what is not, the hub notes in time that this is unknown
 * @property {typeof WebSocket} [WebSocket]
 * @property {Timers} [timers]
 * @property {() => number} [random]
 */

/**
 * @typedef {object} Envelope one event
 * @property {string} id
 * @property {string} epoch
 * @property {number} seq
 * @property {string} room
 * @property {string} event
 * @property {string} [cursor] where to go on from, sealed by the hub
 * @property {string} ts ISO 8601
 * @property {string} [cause]
 * @property {boolean} [replay]
 * @property {object} payload
 */

/**
 * @typedef {object} Receipt the event is on disk under this number
 * @property {string} id
 * @property {number} seq
 * @property {string} epoch
 * @property {boolean} duplicate the id had been there before
 */

/** @typedef {'connecting'|'live'|'stale'|'stopped'} State */

/** @type {Timers} */
const realTimers = {
    wall: () => Date.now(),
    mono: () => performance.now(),
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: timer => clearTimeout(timer),
};

/**
 * One connection to a dumbwaiter, kept up for as long as it is wanted.
 *
 *   connecting  nothing has been shown yet
 *   live        what you have is what the hub has
 *   stale       what you have may be old; we are trying
 *   stopped     we have given up: `reason` and `code` say why
 *
 * Emits
 *   state      {state, code, reason, retryAt?}
 *   snapshot   {picture, rooms, epoch, seq}: forget what you had of these
 *              rooms, take this
 *   event      an Envelope, in order, each once
 *   heartbeat  {ts, rooms}
 *   ready      {connectionId, roles, site, table?, ...}
 *   refused    a Refused that belongs to no call
 */
export class Connection extends Emitter {
    #url;
    #options;
    #timers;
    #random;
    #clock;
    #outbox;

    #ws = null;
    #opening = 0; // which attempt a late token belongs to
    #ready = null;
    #state = 'connecting';
    #everLive = false;
    #liveAt = 0;
    #attempt = 0;
    #failedResumes = 0;
    #closed = false;

    #rooms = new Set();
    #joins = new Map(); // ref -> {rooms, after}: asked, not answered
    #acks = []; // said without a connection
    #joiners = []; // {rooms, resolve, reject}
    #nextRef = 1;

    #epoch = '';
    #lastSeq = 0;
    #cursor = null; // of the last event that was read whole
    #floors = new Map(); // room -> seq that its snapshot contains
    #told = 0; // events over this connection, whatever they were
    #owed = null; // {upto, count}: lost, and come back for

    #heardWall = 0;
    #heardMono = 0;
    #deadline = null;
    #watch = null;
    #retry = null;
    #later = new Set(); // joins to be asked for again

    /**
     * @param {string} url ws: or wss:, e.g. wss://host/ws
     * @param {Options} [options]
     */
    constructor(url, options = {}) {
        super();
        this.#url = url;
        this.#options = { ...options };
        this.#timers = options.timers ?? realTimers;
        this.#random = options.random ?? Math.random;
        this.#clock = new ServerClock(this.#timers.mono, this.#timers.wall);
        this.#outbox = new Outbox(this.#timers, () => this.#ref());
        for (const room of options.rooms ?? [])
            this.#rooms.add(room);
    }

    /** @returns {State} */
    get state() {
        return this.#state;
    }

    /** Unix milliseconds by the server's clock. */
    serverNow() {
        return this.#clock.now();
    }

    /** Milliseconds since the server was last heard; Infinity if never. */
    silentMs() {
        if (this.#heardWall === 0)
            return Infinity;
        // The monotonic clock may stand still while a tablet sleeps, the
        // wall clock may be set back: believe the longer one.
        return Math.max(this.#timers.wall() - this.#heardWall,
            this.#timers.mono() - this.#heardMono);
    }

    /** Messages published and not yet answered. */
    get waiting() {
        return this.#outbox.size;
    }

    /** Begin, or begin again after `stopped`. */
    open() {
        this.#closed = false;
        this.#attempt = 0;
        this.#openNow();
    }

    /** Stop for good. Waiting publishes are refused as "closed". */
    close() {
        this.#closed = true;
        this.#drop(1000);
        this.#settleJoiners(() => true, joiner => joiner.reject(
            new Refused('closed', 'The connection was closed.')));
        this.#outbox.finish();
        this.#setState('stopped', 1000, 'closed');
    }

    /** A new token, e.g. after `stopped` with code 4401. */
    setToken(token) {
        this.#options.token = token;
        if (this.#state === 'stopped')
            this.open();
    }

    /** Try now if a retry is due later: the network came back. */
    retryNow() {
        if (this.#retry !== null)
            this.#openNow();
    }

    /**
     * Listen to rooms, now and after every reconnection.
     * @param {string | string[]} rooms
     * @returns {Promise<object>} the server's answer to the join
     */
    join(rooms) {
        const wanted = [rooms].flat();

        for (const room of wanted)
            this.#rooms.add(room);
        return new Promise((resolve, reject) => {
            this.#joiners.push({ rooms: wanted, resolve, reject });
            if (this.#ready)
                this.#askToJoin(wanted, null);
        });
    }

    /** @param {string | string[]} rooms */
    leave(rooms) {
        const gone = [rooms].flat();

        for (const room of gone) {
            this.#rooms.delete(room);
            this.#floors.delete(room);
        }
        this.#settleJoiners(j => j.rooms.every(r => gone.includes(r)),
            j => j.reject(new Refused('left', 'Left the room again.')));
        this.#send({ op: 'leave', ref: this.#ref(), rooms: gone });
    }

    /**
     * Publish an event. Resolves when it is on the hub's disk; rejects with
     * a Refused. Without a connection it waits, but not for long.
     * @param {string} event e.g. "kitchen.ready"
     * @param {object} payload
     * @param {{id?: string, timeoutMs?: number}} [options]
     * @returns {Promise<Receipt>}
     */
    publish(event, payload, { id, timeoutMs = PUBLISH_MS } = {}) {
        if (this.#state === 'stopped')
            return Promise.reject(new Refused('closed', 'Not connected.'));
        return this.#outbox.add(
            { id: id ?? ulid(this.serverNow()), event, payload }, timeoutMs);
    }

    /**
     * Tell the hub what became of an event. Nobody waits for it; with
     * `receipts` the last ones wait for a connection.
     * @param {number} seq
     * @param {string} stage e.g. "shown"
     */
    ack(seq, stage) {
        const ack = { op: 'ack', seq, stage };

        if (this.#ready && (this.#joins.size === 0 || !this.#options.receipts))
            this.#send(ack);
        else if (this.#options.receipts)
            this.#acks = [...this.#acks, ack].slice(-MOST_ACKS);
    }

    /**
     * Look whether the link is dead. Called by a timer; call it too when a
     * page becomes visible, for hidden pages' timers are slowed down.
     */
    check() {
        if (!this.#ready || !this.#ws)
            return;
        if (this.silentMs() > this.#ready.heartbeatMs * SILENT_HEARTBEATS)
            this.#lost(this.#ws, 4000, 'nothing heard from the server');
        else
            this.#watchLater();
    }

    /* --- the socket --- */

    async #openNow() {
        let token;

        this.#drop(1000);
        const opening = this.#opening;

        this.#expectAnswer(); // whoever gives the token, too, may be dead
        this.#setState(this.#everLive ? 'stale' : 'connecting', 0, '');
        try {
            token = typeof this.#options.token === 'function'
                ? await this.#options.token() : this.#options.token;
        } catch (error) {
            token = undefined;
            console.warn('dumbwaiter: no token:', error);
        }
        if (opening !== this.#opening || this.#closed)
            return;
        this.#dial(token);
    }

    #dial(token) {
        const Socket = this.#options.WebSocket ?? globalThis.WebSocket;
        let ws;

        try {
            ws = new Socket(this.#url, PROTOCOL);
        } catch (error) {
            // Only an address that can never work throws here.
            this.#drop(1000);
            this.#setState('stopped', 4400, String(error.message ?? error));
            return;
        }
        this.#ws = ws;
        this.#told = 0;
        this.#expectAnswer();
        ws.onopen = () => {
            if (token && ws === this.#ws)
                this.#send({ op: 'auth', token,
                    ...this.#options.receipts && { receipts: true } });
        };
        ws.onmessage = frame => {
            if (ws === this.#ws)
                this.#onFrame(frame.data);
        };
        ws.onclose = close => this.#lost(ws, close.code, close.reason);
        ws.onerror = () => {}; // a close follows
    }

    #send(message) {
        if (this.#ws?.readyState === 1)
            this.#ws.send(JSON.stringify(message));
    }

    #ref() {
        return this.#nextRef++;
    }

    /** Let go of the socket, whatever state it is in. */
    #drop(code) {
        const ws = this.#ws;

        this.#opening++;
        this.#ws = null;
        this.#ready = null;
        this.#joins.clear();
        this.#outbox.detach();
        for (const timer of [this.#deadline, this.#watch, this.#retry,
            ...this.#later])
            this.#timers.clearTimeout(timer);
        this.#later.clear();
        this.#deadline = this.#watch = this.#retry = null;
        if (!ws)
            return;
        ws.onopen = ws.onmessage = ws.onclose = null;
        try {
            ws.close(code);
        } catch {
            // It never opened; the browser gives it up by itself.
        }
    }

    #lost(ws, code, reason) {
        if (ws !== this.#ws)
            return;

        const resuming = [...this.#joins.values()].some(j => j.after);
        const what = afterClose(code);

        if (this.#state === 'live' &&
            this.#timers.mono() - this.#liveAt >= STEADY_MS)
            this.#attempt = 0;
        if (resuming)
            this.#failedResumes++;
        if (what === 'snapshot' || this.#failedResumes >= FAILED_RESUMES)
            this.#forgetPlace();
        if (code === 1009)
            this.#outbox.refuseLargest();
        this.#drop(code === 4000 ? 4000 : 1000);

        if (what === 'stop' ||
            (what === 'token' && typeof this.#options.token !== 'function')) {
            this.#setState('stopped', code, reason);
            return;
        }
        this.#retryLater(code, reason);
    }

    #retryLater(code, reason) {
        const ms = backoffMs(this.#attempt++, floorMs(code, reason),
            this.#random);

        this.#retry = this.#timers.setTimeout(() => {
            this.#retry = null;
            this.#openNow();
        }, ms);
        this.#setState(this.#everLive ? 'stale' : 'connecting', code,
            reason || 'no connection', this.#timers.wall() + ms);
    }

    #setState(state, code, reason, retryAt) {
        if (state === this.#state && code === 0)
            return;
        this.#state = state;
        if (state === 'live') {
            this.#everLive = true;
            this.#liveAt = this.#timers.mono();
        }
        this.emit('state', { state, code, reason, retryAt });
    }

    #expectAnswer() {
        const ws = this.#ws;

        this.#timers.clearTimeout(this.#deadline);
        this.#deadline = this.#timers.setTimeout(
            () => this.#lost(ws, 4000, 'the server does not answer'),
            ANSWER_MS);
    }

    #watchLater() {
        this.#timers.clearTimeout(this.#watch);
        this.#watch = this.#timers.setTimeout(() => this.check(),
            this.#ready.heartbeatMs / 2);
    }

    /* --- what the server says --- */

    #onFrame(data) {
        let message;

        this.#heardWall = this.#timers.wall();
        this.#heardMono = this.#timers.mono();
        try {
            message = JSON.parse(data);
        } catch {
            return; // not ours to judge; the heartbeat will find a hole
        }
        switch (message?.op) {
        case 'ready':
            return this.#onReady(message);
        case 'event':
            return this.#onEvent(message);
        case 'ok':
            if (!this.#outbox.answer(message))
                this.#onJoined(message);
            return;
        case 'error':
            if (!this.#outbox.answer(message))
                this.#onRefused(message);
            return;
        case 'heartbeat':
            return this.#onHeartbeat(message);
        }
    }

    #onReady(message) {
        const heartbeatMs = message.heartbeatMs > 0
            ? message.heartbeatMs : HEARTBEAT_MS;

        this.#ready = { ...message, heartbeatMs };
        this.#timers.clearTimeout(this.#deadline);
        this.#deadline = null;
        this.#clock.reset();
        this.#clock.sample(message.time);
        this.#watchLater();
        this.emit('ready', this.#ready);
        this.#outbox.attach(m => this.#send(m));
        if (this.#rooms.size > 0)
            this.#askToJoin([...this.#rooms], this.#cursor);
        else
            this.#liveIfJoined();
    }

    #askToJoin(rooms, after) {
        const ref = this.#ref();
        const message = { op: 'join', ref, rooms };

        if (after)
            message.after = after;
        this.#joins.set(ref, { rooms, after });
        this.#send(message);
        this.#expectAnswer();
    }

    #onJoined(message) {
        const join = this.#joins.get(message.ref);

        if (!join)
            return;
        this.#joins.delete(message.ref);
        this.#failedResumes = 0;
        if (message.recovered !== true)
            this.#takeSnapshot(join, message);
        this.#settleJoiners(j => j.rooms.every(r => join.rooms.includes(r)),
            j => j.resolve(message));
        this.#liveIfJoined();
    }

    /**
     * The place in the journal moves to the snapshot's only if the snapshot
     * is of every room: events of the others may still be on their way.
     */
    #takeSnapshot(join, message) {
        const everything = [...this.#rooms].every(
            room => join.rooms.includes(room));

        if (message.epoch !== this.#epoch)
            this.#forgetPlace(message.epoch);
        for (const room of join.rooms)
            this.#floors.set(room, message.seq);
        if (everything) {
            this.#lastSeq = message.seq;
            this.#cursor = message.cursor ?? null;
            this.#owed = null;
            this.#acks = []; // of what was before the picture
        }
        this.emit('snapshot', { picture: message.snapshot ?? {},
            rooms: join.rooms, epoch: message.epoch, seq: message.seq });
    }

    #onRefused(message) {
        const join = this.#joins.get(message.ref);

        if (join && message.retryAfterMs > 0) {
            this.#askAgain(message.ref, join, message.retryAfterMs);
            return;
        }
        const refused = new Refused(message.code ?? 'error',
            message.message ?? 'Refused.', message.field);

        if (!join) {
            this.emit('refused', refused);
            return;
        }
        this.#joins.delete(message.ref);
        if (join.rooms.length > 1) {
            // One of them is at fault and takes the others with it: ask one
            // by one. Replays of single rooms would overtake each other, so
            // take pictures instead.
            this.#forgetPlace();
            for (const room of join.rooms)
                this.#askToJoin([room], null);
            return;
        }
        this.#rooms.delete(join.rooms[0]);
        this.#settleJoiners(j => j.rooms.includes(join.rooms[0]),
            j => j.reject(refused));
        this.emit('refused', refused);
        this.#liveIfJoined();
    }

    /** It is too busy for that join: the same once more, when it says. */
    #askAgain(ref, join, ms) {
        const timer = this.#timers.setTimeout(() => {
            this.#later.delete(timer);
            this.#joins.delete(ref);
            this.#askToJoin(join.rooms, join.after);
        }, ms);

        this.#later.add(timer);
        this.#timers.clearTimeout(this.#deadline);
        this.#deadline = null;
    }

    #onEvent(envelope) {
        this.#told++;
        if (!Number.isSafeInteger(envelope.seq))
            return;
        if (envelope.epoch !== this.#epoch)
            this.#forgetPlace(envelope.epoch);
        if (envelope.seq <= this.#lastSeq)
            return;
        this.#lastSeq = envelope.seq;
        this.#cursor = envelope.cursor ?? this.#cursor;
        if (envelope.seq <= this.#owed?.upto)
            this.#owed.count--;
        if (envelope.seq > (this.#floors.get(envelope.room) ?? 0))
            this.emit('event', envelope);
    }

    /**
     * A heartbeat names the last event that was sent in each room, and how many
     * were sent over this connection, all of them before it: what has not come
     * by now never will. Lost at the end, it is come back for. Lost before
     * something that has come, it is too late to hear it in order, and a
     * picture has it.
     */
    #onHeartbeat(message) {
        const rooms = message.rooms ?? {};

        this.#clock.sample(message.ts);
        this.emit('heartbeat', { ts: message.ts, rooms });
        if (this.#joins.size > 0 || !this.#ready)
            return; // what is asked for may be under way
        const top = Math.max(0, ...Object.entries(rooms)
            .filter(([room]) => this.#rooms.has(room))
            .map(([room, seq]) => seq > (this.#floors.get(room) ?? 0)
                ? seq : 0));
        const lost = message.events > this.#told
            ? message.events - this.#told : 0;
        const owed = this.#owed;

        this.#owed = null;
        if (top <= this.#lastSeq && lost === 0 &&
            !(owed?.count > 0))
            return;
        if (top > this.#lastSeq && !owed)
            this.#owed = { upto: top, count: lost };
        else
            this.#forgetPlace();
        this.#lost(this.#ws, 4000, 'an event was lost on the way');
    }

    #forgetPlace(epoch = this.#epoch) {
        this.#epoch = epoch;
        this.#cursor = null;
        this.#lastSeq = 0;
        this.#failedResumes = 0;
        this.#owed = null;
        this.#floors.clear();
    }

    #liveIfJoined() {
        if (this.#joins.size > 0)
            return;
        this.#timers.clearTimeout(this.#deadline);
        this.#deadline = null;
        for (const ack of this.#acks.splice(0))
            this.#send(ack);
        if (this.#state !== 'live')
            this.#setState('live', 0, '');
    }

    #settleJoiners(which, settle) {
        const settled = this.#joiners.filter(which);

        this.#joiners = this.#joiners.filter(j => !settled.includes(j));
        settled.forEach(settle);
    }
}
