/**
 * `dumbwaiter virtual-printer` as a process of the test's: what comes out of
 * it is read from its folder, as anybody else would.
 */
import fs from 'node:fs';
import path from 'node:path';

import { program } from './daemon.js';
import { Child, makeFolder } from './processes.js';

export class VirtualPrinter {
    /** @param {{args?: string[], env?: object}} [options] */
    static async start({ args = [], env } = {}) {
        const printer = new VirtualPrinter();

        printer.folder = path.join(makeFolder(), 'paper');
        printer.port = 0; // any; from then on the one that it says
        printer.args = ['--paper', printer.folder, ...args];
        printer.env = env;
        await printer.begin();
        return printer;
    }

    /** Switch it on (again), with the same folder and port. */
    async begin() {
        this.child = new Child(program, ['virtual-printer', '--port',
            String(this.port), ...this.args], { env: this.env });
        this.answered = 0;
        const line = await this.child.line(/^listening /);

        this.port = Number(/:(\d+),/.exec(line)[1]);
    }

    get out() {
        return `tcp://127.0.0.1:${this.port}`;
    }

    /** A fault, "off FAULT", "status"; what it answers. */
    async say(text) {
        const nth = ++this.answered;
        let answers;

        this.child.type(`${text}\n`);
        await this.child.line({ test: () => {
            answers = this.child.lines.filter(l => /^(ok|error)/.test(l));
            return answers.length >= nth;
        } });
        return answers[nth - 1];
    }

    /** The lines of paper.log: all that ever came out. */
    get log() {
        const file = path.join(this.folder, 'paper.log');

        return fs.existsSync(file)
            ? fs.readFileSync(file, 'utf8').trimEnd().split('\n')
                .map(line => JSON.parse(line))
            : [];
    }

    /** What stands on a ticket that is kept. */
    text(number) {
        return fs.readFileSync(this.#file(number, 'txt'), 'utf8');
    }

    /** Its PNG. */
    picture(number) {
        return fs.readFileSync(this.#file(number, 'png'));
    }

    #file(number, ending) {
        return path.join(this.folder,
            `ticket-${String(number).padStart(4, '0')}.${ending}`);
    }
}
