/**
 * A way to a port that breaks as networks do: it is cut after so many bytes,
 * blocked, late, silent, goes byte by byte, or has ended on one side only.
 * What arrives is always what was said, in order and up to some byte: it is
 * TCP that breaks here, not its promise.
 */
import net from 'node:net';

import { atEnd } from './processes.js';

export class Wire {
    static async open(port) {
        const wire = new Wire();

        wire.server = net.createServer(near => wire.#join(near, port));
        await new Promise(done => wire.server.listen(0, '127.0.0.1', done));
        wire.port = wire.server.address().port;
        wire.url = `http://127.0.0.1:${wire.port}`;
        atEnd(async () => wire.close());
        return wire;
    }

    cuts = 0;
    left = Infinity; // bytes to the client until it is cut
    isOpen = true;
    staysCut = false; // nobody comes back after the next cut
    isUnnoticed = false; // by the server, when it is cut: half open
    isSilent = false; // nothing passes, nothing ends
    isDeaf = false; // what the client says does not arrive
    isSplit = false; // each byte by itself
    delayMs = 0; // of connections that are still to come
    pairs = new Set();

    #join(near, port) {
        if (!this.isOpen) {
            near.destroy();
            return;
        }
        const far = net.connect(port, '127.0.0.1');
        // The delay is for life: with another one, what is said later would
        // overtake what is still under way.
        const pair = { near, far, delayMs: this.delayMs,
            isCut: false, isLeft: false, isSilent: false, isDeaf: false };

        this.pairs.add(pair);
        near.setNoDelay(true);
        far.setNoDelay(true);
        near.on('error', () => {}).on('close', () => this.#lose(pair));
        far.on('error', () => {}).on('close', () => this.#end(pair));
        near.on('data', data => this.#hear(pair, data));
        far.on('data', data => this.#count(pair, data));
    }

    /** The client is gone: the server is told, or not yet. */
    #lose(pair) {
        if (!pair.isLeft)
            pair.far.destroy();
        if (pair.far.destroyed)
            this.pairs.delete(pair);
    }

    #end(pair) {
        pair.near.destroy();
        this.pairs.delete(pair);
    }

    #count(pair, data) {
        if (pair.isCut)
            return;
        const part = data.subarray(0, this.left);

        this.left -= part.length;
        if (this.left > 0) {
            this.#pass(pair, pair.near, part);
            return;
        }
        this.left = Infinity;
        this.cuts++;
        this.isOpen = !this.staysCut;
        pair.isCut = true;
        pair.isLeft = this.isUnnoticed;
        // Behind what is under way; the others end when it does.
        this.#later(pair, () => pair.near.end(part, () => this.cut()));
    }

    #hear(pair, data) {
        pair.isDeaf ||= this.isDeaf; // for life, as below
        if (!pair.isDeaf)
            this.#pass(pair, pair.far, data);
    }

    /** What a silent one has swallowed is missed by all that would follow. */
    #pass(pair, to, data) {
        pair.isSilent ||= this.isSilent;
        if (!pair.isSilent)
            this.#later(pair, () => this.#write(to, data));
    }

    /** Timers of one delay end in the order in which they began. */
    #later(pair, act) {
        if (pair.delayMs > 0)
            setTimeout(act, pair.delayMs);
        else
            act();
    }

    #write(to, data) {
        if (to.destroyed)
            return;
        for (let i = 0; this.isSplit && i < data.length; i++)
            to.write(data.subarray(i, i + 1));
        if (!this.isSplit)
            to.write(data);
    }

    /** All of them; new ones may come. */
    cut() {
        for (const pair of this.pairs) {
            pair.isCut = true;
            pair.isLeft ||= this.isUnnoticed;
            pair.near.destroy();
        }
    }

    block() {
        this.isOpen = false;
        this.cut();
    }

    close() {
        this.isUnnoticed = false;
        this.block();
        for (const { far } of this.pairs)
            far.destroy();
        this.server.close();
    }
}
