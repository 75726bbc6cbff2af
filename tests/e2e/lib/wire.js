import net from 'node:net';

import { atEnd } from './processes.js';

/** A way to the daemon that ends after so many bytes, or is closed. */
export class Wire {
    static async open(port) {
        const wire = new Wire();

        wire.cuts = 0;
        wire.left = Infinity;
        wire.isOpen = true;
        wire.pairs = new Set();
        wire.server = net.createServer(near => wire.#join(near, port));
        await new Promise(done => wire.server.listen(0, '127.0.0.1', done));
        wire.url = `http://127.0.0.1:${wire.server.address().port}`;
        atEnd(() => wire.close());
        return wire;
    }

    #join(near, port) {
        if (!this.isOpen) {
            near.destroy();
            return;
        }
        const far = net.connect(port, '127.0.0.1');
        const pair = [near, far];
        const end = () => {
            this.pairs.delete(pair);
            near.destroy();
            far.destroy();
        };

        this.pairs.add(pair);
        for (const socket of pair)
            socket.on('error', end).on('close', end);
        near.on('data', data => far.write(data));
        far.on('data', data => {
            const part = data.subarray(0, this.left);

            this.left -= part.length;
            if (this.left > 0) {
                near.write(part);
                return;
            }
            this.left = Infinity;
            this.cuts++;
            this.isOpen = !this.staysCut;
            far.destroy();
            near.end(part, () => this.cut());
        });
    }

    /** The rest goes, too; new ones may come. */
    cut() {
        for (const pair of this.pairs)
            for (const socket of pair)
                socket.destroy();
    }

    block() {
        this.isOpen = false;
        this.cut();
    }

    close() {
        this.block();
        this.server.close();
    }
}
