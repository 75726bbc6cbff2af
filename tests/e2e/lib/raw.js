/** Bytes on a socket, as no client library would send them. */
import net from 'node:net';
import tls from 'node:tls';

import { atEnd } from './processes.js';
import { until, within } from './wait.js';

/** A TCP connection that keeps what it hears. */
export class Raw {
    /** @param {{from?: string, ca?: Buffer}} options from: our own address */
    static async open(daemon, { from = '127.0.0.1', ca } = {}) {
        const raw = new Raw();
        const where = { port: daemon.httpPort, host: '127.0.0.1',
            localAddress: from };

        raw.heard = Buffer.alloc(0);
        raw.closed = false;
        raw.socket = ca ? tls.connect({ ...where, ca }) : net.connect(where);
        atEnd(() => raw.socket.destroy());
        raw.socket.on('error', error => raw.error = error);
        raw.socket.on('data', data =>
            raw.heard = Buffer.concat([raw.heard, data]));
        raw.end = new Promise(yes => raw.socket.on('close', () => {
            raw.closed = true;
            yes();
        }));
        await within('connected', Promise.race([raw.end, new Promise(yes =>
            raw.socket.once(ca ? 'secureConnect' : 'connect', yes))]));
        return raw;
    }

    write(data) {
        if (!this.closed)
            this.socket.write(data);
        return this;
    }

    /** The status of each answer so far. */
    get statuses() {
        return [...this.heard.toString('latin1')
            .matchAll(/HTTP\/1\.[01] (\d{3}) /g)]
            .map(([, status]) => Number(status));
    }

    isClosed(ms) {
        return within('it is closed', this.end, ms);
    }

    async answer(ms) {
        await until('an answer', () => this.closed ||
            this.heard.includes('\r\n\r\n'), ms);
        return this.statuses[0];
    }

    destroy() {
        this.socket.destroy();
    }
}

/* --- WebSocket frames --- */

const MASK = Buffer.from([1, 2, 3, 4]);

/**
 * One frame. `length`: what it says of its payload, if not the truth.
 */
export function frame(opcode, payload = '',
    { fin = true, rsv = 0, masked = true, length } = {}) {
    const data = Buffer.from(payload);
    const said = length ?? data.length;
    const head = [(fin ? 0x80 : 0) | rsv << 4 | opcode];
    const mask = masked ? 0x80 : 0;

    if (said < 126) {
        head.push(mask | said);
    } else if (said <= 0xffff) {
        head.push(mask | 126, said >> 8, said & 0xff);
    } else {
        const long = Buffer.alloc(8);

        long.writeBigUInt64BE(BigInt(said));
        head.push(mask | 127, ...long);
    }
    return Buffer.concat([Buffer.from(head), masked ? MASK : Buffer.alloc(0),
        masked ? Buffer.from(data.map((byte, i) => byte ^ MASK[i % 4]))
            : data]);
}

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;

/** Frames of a server: [{opcode, payload}]. */
function framesOf(data) {
    const frames = [];

    for (let at = 0; at + 2 <= data.length;) {
        let length = data[at + 1] & 0x7f;
        let head = 2;

        if (length === 126) {
            length = data.readUInt16BE(at + 2);
            head = 4;
        } else if (length === 127) {
            length = Number(data.readBigUInt64BE(at + 2));
            head = 10;
        }
        if (at + head + length > data.length)
            break;
        frames.push({ opcode: data[at] & 15,
            payload: data.subarray(at + head, at + head + length) });
        at += head + length;
    }
    return frames;
}

/** A WebSocket after its handshake, written by hand. */
export class RawWebSocket extends Raw {
    static async open(daemon, { token, path = '/ws', protocol, headers = [],
        ...options } = {}) {
        const raw = Object.setPrototypeOf(
            await Raw.open(daemon, options), RawWebSocket.prototype);

        raw.write([`GET ${path} HTTP/1.1`, 'Host: x', 'Upgrade: websocket',
            'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
            ...protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : [],
            ...token ? [`Authorization: Bearer ${token}`] : [],
            ...headers, '', ''].join('\r\n'));
        await raw.answer();
        return raw;
    }

    get frames() {
        const start = this.heard.indexOf('\r\n\r\n') + 4;

        return framesOf(this.heard.subarray(start));
    }

    /** The code of the server's close frame, or 0. */
    get code() {
        const close = this.frames.find(({ opcode }) => opcode === CLOSE);

        return close?.payload.length >= 2 ? close.payload.readUInt16BE(0) : 0;
    }

    /** Messages in JSON. */
    get said() {
        return this.frames.filter(({ opcode }) => opcode === TEXT)
            .map(({ payload }) => JSON.parse(payload));
    }

    say(message) {
        return this.write(frame(TEXT, JSON.stringify(message)));
    }

    next(fits, ms) {
        return until(`/ws says ${fits}`, () => this.said.find(fits), ms);
    }
}
