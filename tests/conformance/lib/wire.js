/**
 * A way to the echo that breaks: after so many bytes from there, at once, or
 * for as long as it is blocked. It knows what the echo has said on it, whether
 * that has arrived or not.
 */
import net from 'node:net';

import { atEnd } from '../../e2e/lib/processes.js';

const SAID = /"message-back",(\d+)/g;
const CARRY = 40; // characters, in which a number may have begun

export class Wire {
    static async open(port) {
        const wire = new Wire();

        wire.cuts = 0;
        wire.left = Infinity; // bytes to the client until it is cut
        wire.isMute = false; // no number arrives at the client
        wire.isOpen = true;
        wire.isUnnoticed = false; // by the echo, when it is cut
        wire.said = new Set(); // numbers that the echo has sent back
        wire.pairs = new Set();
        wire.server = net.createServer(near => wire.#join(near, port));
        await new Promise(done => wire.server.listen(0, '127.0.0.1', done));
        wire.url = `http://127.0.0.1:${wire.server.address().port}`;
        atEnd(() => wire.#close());
        return wire;
    }

    #join(near, port) {
        if (!this.isOpen) {
            near.destroy();
            return;
        }
        const far = net.connect(port, '127.0.0.1');
        const pair = { near, far, text: '' };

        this.pairs.add(pair);
        near.on('error', () => {});
        far.on('error', () => {});
        near.on('close', () => this.#lose(pair));
        far.on('close', () => this.#end(pair));
        near.on('data', data => far.write(data));
        far.on('data', data => this.#pass(pair, data));
    }

    /** The client's side is gone: the echo is told, or not yet. */
    #lose(pair) {
        pair.isLost = true;
        if (!pair.isLeft)
            pair.far.destroy();
        if (pair.far.destroyed)
            this.pairs.delete(pair);
    }

    /** The echo's side is gone; who hears nothing does not hear that either. */
    #end(pair) {
        if (!pair.isMute)
            pair.near.destroy();
        if (pair.isLost)
            this.pairs.delete(pair);
    }

    #pass(pair, data) {
        this.#note(pair, data);
        pair.isMute ||= this.isMute && data.includes('message-back');
        if (pair.isMute || pair.isLeft)
            return;
        const part = data.subarray(0, this.left);

        this.left -= part.length;
        if (this.left > 0) {
            pair.near.write(part);
            return;
        }
        this.left = Infinity;
        this.cuts++;
        this.isOpen = !this.staysCut;
        pair.isLeft = this.isUnnoticed;
        pair.near.end(part, () => this.cut());
    }

    #note(pair, data) {
        pair.text = pair.text.slice(-CARRY) + data.toString('latin1');
        for (const [all, number] of pair.text.matchAll(SAID))
            if (!pair.text.endsWith(all)) // it may have more digits
                this.said.add(Number(number));
    }

    /** All of them; new ones may come. */
    cut() {
        for (const pair of this.pairs) {
            pair.isLeft ||= this.isUnnoticed;
            pair.near.destroy();
        }
    }

    block() {
        this.isOpen = false;
        this.cut();
    }

    #close() {
        this.isUnnoticed = false;
        this.block();
        for (const { far } of this.pairs)
            far.destroy();
        this.server.close();
    }
}
