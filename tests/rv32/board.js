/**
 * A device on the 32-bit board, in an emulator, and what a board hangs on: its
 * network, clock, store and people. Its frames (devices/port/rv32/frames.def)
 * become MQTT and back.
 */
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import mqtt from 'mqtt';

import { repository } from '../e2e/lib/daemon.js';
import { atEnd } from '../e2e/lib/processes.js';
import { until, within } from '../e2e/lib/wait.js';

const FRAMES = path.join(repository, 'devices/port/rv32/frames.def');
const PIECE = 256;
const TICK_MS = 200;

/** Within it all happens here, also on a machine that is busy. */
export const PATIENCE_MS = 60000;

/** {START: 'S', …} and back. */
const letters = Object.fromEntries([...fs.readFileSync(FRAMES, 'utf8')
    .matchAll(/^FRAME\((\w+), '(.)'\)/gm)].map(([, name, letter]) =>
    [name, letter.charCodeAt(0)]));
const names = Object.fromEntries(Object.entries(letters)
    .map(([name, letter]) => [letter, name]));

const u8 = value => Buffer.from([value]);
const u32 = value => {
    const bytes = Buffer.alloc(4);

    bytes.writeUInt32LE(value >>> 0);
    return bytes;
};
const u64 = value => {
    const bytes = Buffer.alloc(8);

    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
};
const data = bytes => {
    const head = Buffer.alloc(2);

    head.writeUInt16LE(bytes.length);
    return Buffer.concat([head, bytes]);
};
const text = words => data(Buffer.from(words ?? ''));

/** Reads what a frame has, from its letter on. */
class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 1;
    }

    #take(size) {
        if (this.at + size > this.bytes.length)
            throw new Error(`a frame that is too short: ${
                this.bytes.toString('hex')}`);
        this.at += size;
        return this.bytes.subarray(this.at - size, this.at);
    }

    u8() {
        return this.#take(1)[0];
    }

    u32() {
        return this.#take(4).readUInt32LE();
    }

    u64() {
        return this.#take(8).readBigUInt64LE();
    }

    data() {
        return this.#take(this.#take(2).readUInt16LE());
    }

    text() {
        return this.data().toString();
    }
}

export class Board {
    store = new Map(); // survives a loss of power
    lines = []; // shown
    buzzes = 0;
    writes = 0;
    #waiting = Buffer.alloc(0);
    #onFrame;
    #turn = Promise.resolve(); // one frame is dealt with after the other

    /**
     * @param {string} image the firmware
     * @param {object} who {id, site, kind, table}
     * @param {object} link {url, username, password, client_id}
     */
    static async start(image, who, link) {
        const board = new Board();

        board.who = who;
        board.to = link;
        // Whoever stops this process stops the emulator.
        board.emulator = spawn('setpriv', ['--pdeathsig', 'KILL',
            'qemu-system-riscv32', '-M', 'virt', '-cpu', 'rv32', '-bios',
            'none', '-display', 'none', '-monitor', 'none', '-chardev',
            'stdio,id=u0,signal=off', '-serial', 'chardev:u0',
            '-kernel', image], { stdio: ['pipe', 'pipe', 'inherit'] });
        atEnd(() => board.stop());
        board.emulator.stdin.on('error', () => {});
        board.emulator.on('exit', () => {
            board.gone = true;
        });
        const hello = board.#next();

        board.emulator.stdout.on('data', bytes => board.#hear(bytes));
        if ((await hello).name !== 'HELLO')
            throw new Error('the board says something else than HELLO');
        await board.#begin();
        return board;
    }

    /** What is in its memory is gone, and the link with it. */
    async losePower() {
        const done = this.#turn.then(async () => {
            clearInterval(this.ticking);
            this.#drop();
            this.#write('OFF');
            while ((await this.#next()).name !== 'HELLO')
                ;
        });

        this.#turn = done;
        await done;
        await this.#begin();
    }

    async #begin() {
        const { kind, id, site, table } = this.who;

        this.start_ms = performance.now();
        const status = await this.tell('START',
            u32(Math.random() * 2 ** 32), u32(0), u32(0), text(kind), text(id),
            text(site), text(table), text(''), text('rv32'), text('call'),
            text('bill'), text('help'));

        if (!status.good)
            throw new Error('the device does not start');
        this.ticking = setInterval(() => this.#tick(), TICK_MS);
        await this.#connect();
    }

    /** One waits at a time, however slow the emulator is. */
    #tick() {
        if (this.isTicking)
            return;
        this.isTicking = true;
        this.tell('TICK').catch(() => {}).finally(() => {
            this.isTicking = false;
        });
    }

    async #connect() {
        const client = mqtt.connect(this.to.url, {
            clientId: this.to.client_id, username: this.to.username,
            password: this.to.password, clean: false, reconnectPeriod: 0,
            resubscribe: false, protocolVersion: 4,
            will: { topic: this.will.topic, payload: this.will.text, qos: 1,
                retain: true } });

        this.client = client;
        client.on('error', () => {});
        client.handleMessage = (packet, done) => {
            // The broker has its answer when the device has taken it.
            this.#deliver(packet).then(() => done(), done);
        };
        await within('the broker takes the board', new Promise(
            (resolve, reject) => {
                client.once('connect', resolve);
                client.once('close', () => reject(new Error('refused')));
            }), PATIENCE_MS);
        await this.tell('LINK');
    }

    #drop() {
        this.client?.stream.destroy(); // without a word, so the will is said
        this.client?.end(true);
        this.client = undefined;
    }

    async #deliver({ topic, payload, retain }) {
        for (let at = 0; at === 0 || at < payload.length; at += PIECE)
            await this.tell('MESSAGE', u8(retain ? 1 : 0), u32(at),
                u32(payload.length), text(at === 0 ? topic : ''),
                data(payload.subarray(at, at + PIECE)));
    }

    /** The key of a pager or button. */
    press() {
        return this.tell('INPUT', u8(0));
    }

    /** The first line that fits, shown already or still to come. */
    line(pattern) {
        return until(`the board shows ${pattern}`,
            () => this.lines.find(line => pattern.test(line)), PATIENCE_MS);
    }

    async stop() {
        clearInterval(this.ticking);
        this.#drop();
        if (this.gone)
            return;
        const gone = new Promise(resolve =>
            this.emulator.once('exit', resolve));

        this.emulator.kill('SIGKILL');
        await within('the emulator ends', gone);
    }

    // --- frames ---

    #write(name, ...parts) {
        this.emulator.stdin.write(
            data(Buffer.concat([u8(letters[name]), ...parts])));
    }

    #hear(bytes) {
        this.#waiting = Buffer.concat([this.#waiting, bytes]);
        for (;;) {
            const len = this.#waiting.length < 2
                ? Infinity : this.#waiting.readUInt16LE();

            if (this.#waiting.length < 2 + len || !this.#onFrame)
                return;
            const frame = this.#waiting.subarray(2, 2 + len);
            const take = this.#onFrame;

            this.#waiting = this.#waiting.subarray(2 + len);
            this.#onFrame = undefined;
            take({ name: names[frame[0]], reader: new Reader(frame) });
        }
    }

    #next() {
        const frame = new Promise(resolve => {
            this.#onFrame = resolve;
        });

        this.#hear(Buffer.alloc(0));
        return within('the board answers', frame, PATIENCE_MS);
    }

    /** Tell the board what happens; done when it has said DONE. */
    tell(name, ...parts) {
        const done = this.#turn.then(() => this.#exchange(name, parts));

        this.#turn = done.catch(() => {});
        return done;
    }

    async #exchange(name, parts) {
        const now = Math.round(performance.now() - this.start_ms) + 1000;

        this.#write(name, u64(now), u64(0), ...parts); // it has no clock
        for (;;) {
            const frame = await this.#next();

            if (frame.name === 'DONE')
                return { good: frame.reader.u8() === 1,
                    stage: frame.reader.u8() };
            if (frame.name === 'BROKEN')
                throw new Error('an assertion failed on the board');
            this.#act(frame.name, frame.reader);
        }
    }

    #act(name, reader) {
        const client = this.client;

        switch (name) {
        case 'WILL':
            this.will = { topic: reader.text(), text: reader.text() };
            break;
        case 'SUBSCRIBE':
            client?.subscribeAsync(reader.text(), { qos: 1 })
                .then(() => this.tell('SUBSCRIBED')).catch(() => {});
            break;
        case 'PUBLISH': {
            const token = reader.u32();
            const retain = reader.u8() === 1;

            client?.publishAsync(reader.text(), reader.data(),
                { qos: 1, retain })
                .then(() => this.tell('PUBLISHED', u32(token)))
                .catch(() => {});
            break;
        }
        case 'KEEP':
            this.store.set(reader.text(), Buffer.from(reader.data()));
            this.writes++;
            this.#write('ANSWER', u8(1));
            break;
        case 'LOAD':
            this.#write('ANSWER',
                data(this.store.get(reader.text()) ?? Buffer.alloc(0)));
            break;
        case 'SHOW':
            this.lines.push(reader.text());
            break;
        case 'BUZZ':
            this.buzzing = reader.u8() === 1;
            this.buzzes += this.buzzing;
            break;
        default:
            break; // lights, a display
        }
    }
}
