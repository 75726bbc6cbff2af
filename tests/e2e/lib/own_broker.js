import fs from 'node:fs';
import path from 'node:path';

import { freePort } from './daemon.js';
import { Child, makeFolder } from './processes.js';

/** Somebody's own broker; it keeps nothing over its end. */
export class Broker {
    static async start() {
        const broker = new Broker();
        const folder = makeFolder();

        broker.port = await freePort();
        broker.conf = path.join(folder, 'own.conf');
        fs.writeFileSync(broker.conf, `listener ${broker.port} 127.0.0.1\n` +
            'allow_anonymous true\npersistence false\nuser root\n' +
            'max_queued_messages 0\nlog_type error\n');
        broker.begin();
        return broker;
    }

    get url() {
        return `mqtt://127.0.0.1:${this.port}`;
    }

    begin() {
        this.child = new Child('mosquitto', ['-c', this.conf],
            { env: { PATH: `${process.env.PATH}:/usr/sbin` } });
    }

    async kill() {
        this.child.kill('SIGKILL');
        await this.child.exited;
    }
}
