/**
 * A ticket printer on a port of its own, as an ESC/POS printer with a network
 * card behaves: it says how it is when it is asked (DLE EOT), prints, and says
 * so when it is through (GS r). Its paper can be pulled, its cover opened, and
 * it can fall silent.
 */
import net from 'node:net';

import { freePort } from './daemon.js';
import { atEnd } from './processes.js';

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;
const DLE = 0x10;

/** Bytes of the commands that tickets are made of, by their first two. */
const COMMANDS = {
    [ESC << 8 | 0x40]: 2, // @ begin
    [FS << 8 | 0x2e]: 2, // . single bytes
    [ESC << 8 | 0x74]: 3, // t code page
    [ESC << 8 | 0x45]: 3, // E bold
    [GS << 8 | 0x42]: 3, // B white on black
    [GS << 8 | 0x21]: 3, // ! size
    [ESC << 8 | 0x64]: 3, // d feed
    [GS << 8 | 0x56]: 4, // V cut
    [GS << 8 | 0x72]: 3, // r are you through?
    [DLE << 8 | 0x04]: 3, // EOT how are you?
};
const BEGIN = ESC << 8 | 0x40;
const CUT = GS << 8 | 0x56;
const THROUGH = GS << 8 | 0x72;
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
        const verb = rest[0] << 8 | rest[1];
        const size = isCommand ? COMMANDS[verb] : 1;

        if (rest.length === 0 || (isCommand && rest.length < 2))
            return false;
        if (!size)
            throw new Error(`a command that no ticket has: ${verb}`);
        if (rest.length < size)
            return false;
        state.rest = rest.subarray(size);
        if (verb === HOW && isCommand)
            socket.write(Buffer.of(this.#answer(rest[2])));
        else if (this.hasPaper && !this.isOpen)
            this.#print(socket, state, isCommand ? verb : 0, rest[0]);
        return true;
    }

    #print(socket, state, verb, byte) {
        if (verb === BEGIN)
            this.tickets.push(state.ticket = { text: '', isWhole: false });
        else if (verb === CUT && state.ticket)
            state.ticket.isWhole = true;
        else if (verb === THROUGH)
            socket.write(Buffer.of(0));
        else if (!verb && state.ticket)
            state.ticket.text += String.fromCharCode(byte);
    }
}
