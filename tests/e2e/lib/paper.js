/**
 * A ticket printer on a port of its own, as an ESC/POS printer with a network
 * card behaves: it says how it is when it is asked (DLE EOT), prints, and says
 * so when it is through (GS r, GS ( H). Its paper can be pulled, its cover opened, and
 * it can fall silent.
 */
import net from 'node:net';

import { freePort } from './daemon.js';
import { atEnd } from './processes.js';

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;
const DLE = 0x10;

const verb = (a, b) => a << 8 | b.charCodeAt();
const counted = bytes => bytes.length < 5 ? Infinity
    : 5 + bytes.readUInt16LE(3);

/**
 * Bytes of the commands that tickets are made of, by their first two: a number,
 * or a function of what has come so far.
 */
const COMMANDS = {
    [verb(ESC, '@')]: 2, // begin
    [verb(FS, '.')]: 2, // single bytes
    [verb(ESC, 'R')]: 3, // whose signs
    [verb(ESC, 't')]: 3, // code page
    [verb(ESC, 'E')]: 3, // bold
    [verb(ESC, '-')]: 3, // underlined
    [verb(ESC, 'a')]: 3, // left, middle, right
    [verb(GS, 'B')]: 3, // white on black
    [verb(GS, '!')]: 3, // size
    [verb(ESC, 'd')]: 3, // feed
    [verb(ESC, '(')]: counted, // buzzer
    [verb(GS, 'v')]: bytes => bytes.length < 8 ? Infinity // dots
        : 8 + bytes.readUInt16LE(4) * bytes.readUInt16LE(6),
    [verb(GS, 'V')]: 4, // cut
    [verb(GS, 'r')]: 3, // are you through?
    [verb(GS, '(')]: counted, // k: QR code; H: are you through with number …?
    [DLE << 8 | 0x04]: 3, // EOT how are you?
};
const BEGIN = verb(ESC, '@');
const CUT = verb(GS, 'V');
const THROUGH = verb(GS, 'r');
const COUNTED = verb(GS, '(');
const HOW = DLE << 8 | 0x04;

const ALWAYS = 0x12; // in every answer to DLE EOT
const OFF = 0x08;
const COVER = 0x04;
const STOP = 0x20;
const END = 0x60;

export const COPY = 'REPRINT? MAY BE PRINTED ALREADY';

export class PaperPrinter {
    static async open() {
        const printer = new PaperPrinter();

        printer.port = await freePort();
        printer.server = net.createServer(socket => printer.#serve(socket));
        await new Promise((resolve, reject) => {
            printer.server.once('error', reject);
            printer.server.listen(printer.port, '127.0.0.1', resolve);
        });
        atEnd(() => printer.close());
        return printer;
    }

    /** {text, isWhole} of each ticket, also of one that breaks off. */
    tickets = [];
    hasPaper = true;
    isOpen = false; // its cover
    isSilent = false; // takes connections and bytes, and says nothing
    #sockets = new Set();

    get out() {
        return `tcp://127.0.0.1:${this.port}`;
    }

    /** Those on which this stands. */
    find(text) {
        return this.tickets.filter(ticket => ticket.text.includes(text));
    }

    close() {
        this.server.close();
        for (const socket of this.#sockets)
            socket.destroy();
    }

    #answer(n) {
        const off = this.isOpen || !this.hasPaper ? OFF : 0;

        switch (n) {
        case 1: return ALWAYS | off;
        case 2: return ALWAYS | (this.isOpen ? COVER : 0) |
            (this.hasPaper ? 0 : STOP);
        default: return ALWAYS | (this.hasPaper ? 0 : END);
        }
    }

    #serve(socket) {
        const state = { rest: Buffer.alloc(0), ticket: null };

        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('data', data => {
            if (this.isSilent)
                return;
            state.rest = Buffer.concat([state.rest, data]);
            while (this.#take(socket, state))
                ;
        });
        socket.on('close', () => {
            this.#sockets.delete(socket);
            state.ticket = null;
        });
    }

    /** One command or character; false: more has to come. */
    #take(socket, state) {
        const { rest } = state;
        const isCommand = [ESC, FS, GS, DLE].includes(rest[0]);
        const name = rest[0] << 8 | rest[1];

        if (rest.length === 0 || (isCommand && rest.length < 2))
            return false;
        const known = isCommand ? COMMANDS[name] : 1;

        if (!known)
            throw new Error(`a command that no ticket has: ${name}`);
        const size = typeof known === 'function' ? known(rest) : known;

        if (rest.length < size)
            return false;
        state.rest = rest.subarray(size);
        if (name === HOW && isCommand)
            socket.write(Buffer.of(this.#answer(rest[2])));
        else if (this.hasPaper && !this.isOpen)
            this.#print(socket, state, isCommand ? name : 0,
                rest.subarray(0, size));
        return true;
    }

    #print(socket, state, name, bytes) {
        if (name === BEGIN)
            this.tickets.push(state.ticket = { text: '', isWhole: false });
        else if (name === CUT && state.ticket)
            state.ticket.isWhole = true;
        else if (name === THROUGH)
            socket.write(Buffer.of(0));
        else if (name === COUNTED && bytes[2] === 'H'.charCodeAt())
            socket.write(Buffer.concat([Buffer.of(0x37, 0x22),
                bytes.subarray(7, 11), Buffer.of(0)]));
        else if (!name && state.ticket)
            state.ticket.text += String.fromCharCode(bytes[0]);
    }
}
