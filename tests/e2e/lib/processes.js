/**
 * Every process and folder of a test file, so that all of them are gone when
 * it ends, however it ends. Processes are stopped by their ids.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { within } from './wait.js';

const KEPT_LINES = 400; // of each stream, for the message of a failure

const children = new Set();
const folders = new Set();
const closers = new Set();

/** A process, its lines so far, and a wait for the lines to come. */
export class Child {
    constructor(program, args, options = {}) {
        this.name = [path.basename(program), ...args.slice(0, 2)].join(' ');
        this.stdout = '';
        this.stderr = '';
        this.lines = [];
        this.watchers = new Set();
        this.process = spawn(program, args,
            { stdio: 'pipe', env: options.env, cwd: options.cwd });
        this.pid = this.process.pid;
        this.exited = new Promise(resolve => {
            this.process.on('error', error => {
                this.stderr += String(error);
                resolve({ code: null, signal: null });
            });
            this.process.on('close', (code, signal) =>
                resolve({ code, signal }));
        });
        this.exited.then(result => {
            this.result = result;
            children.delete(this);
            this.#look();
        });
        this.process.stdin.on('error', () => {}); // it may have ended
        this.process.stdout.setEncoding('utf8').on('data', text => {
            this.stdout += text;
            this.lines = this.stdout.split('\n').slice(0, -1);
            this.#look();
        });
        this.process.stderr.on('data', text => {
            this.stderr += text.toString('latin1');
        });
        children.add(this);
    }

    #look() {
        for (const watcher of this.watchers)
            watcher();
    }

    /** The first line that fits, printed already or still to come. */
    line(pattern, ms = 10000) {
        const { promise, resolve, reject } = deferred();
        const look = () => {
            const found = this.lines.find(line => pattern.test(line));

            if (found !== undefined)
                resolve(found);
            else if (this.result)
                reject(new Error(`${this.name} ended\n${this.story()}`));
        };

        this.watchers.add(look);
        look();
        return within(`${this.name} prints ${pattern}`, promise, ms)
            .catch(error => {
                throw new Error(`${error.message}\n${this.story()}`);
            })
            .finally(() => this.watchers.delete(look));
    }

    /** What it has said, for the message of a failure. */
    story() {
        const end = text => text.split('\n').slice(-KEPT_LINES).join('\n');

        return `--- stdout of ${this.name}\n${end(this.stdout)}` +
            `--- stderr\n${end(this.stderr)}---`;
    }

    type(text) {
        this.process.stdin.write(text);
    }

    kill(signal) {
        if (!this.result)
            this.process.kill(signal);
    }

    /** TERM, later KILL; how it ended. */
    async stop(ms = 10000) {
        this.kill('SIGTERM');
        try {
            return await within(`${this.name} ends`, this.exited, ms);
        } catch (error) {
            this.kill('SIGKILL');
            await this.exited;
            throw error;
        }
    }
}

function deferred() {
    let resolve, reject;
    const promise = new Promise((yes, no) => {
        resolve = yes;
        reject = no;
    });

    return { promise, resolve, reject };
}

/** Run to the end: {code, signal, stdout, stderr}. `input` goes to stdin. */
export async function run(program, args,
    { input, ms = 20000, env, cwd } = {}) {
    const child = new Child(program, args, { env, cwd });

    child.process.stdin.end(input);
    try {
        const result = await within(`${child.name} ends`, child.exited, ms);

        return { ...result, stdout: child.stdout, stderr: child.stderr };
    } catch (error) {
        child.kill('SIGKILL');
        throw error;
    }
}

export function makeFolder() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dumbwaiter-e2e-'));

    folders.add(folder);
    return folder;
}

/** Have `close` called at the end, before processes are stopped. */
export function atEnd(close) {
    closers.add(close);
}

/** The broker that a killed daemon left behind in its data folder. */
export function leftoverBroker(data) {
    try {
        const pid = Number(fs.readFileSync(
            path.join(data, 'broker', 'mosquitto.pid'), 'utf8'));
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');

        return command.includes(data) ? pid : 0;
    } catch {
        return 0;
    }
}

function sweepFolders() {
    for (const folder of folders) {
        const pid = leftoverBroker(path.join(folder, 'data'));

        if (pid)
            process.kill(pid, 'SIGKILL');
        fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
    folders.clear();
}

/** For after(): close, stop and remove all that this file has started. */
export async function cleanUp() {
    for (const close of closers)
        await Promise.resolve(close()).catch(() => {});
    closers.clear();
    await Promise.allSettled([...children].map(child => child.stop(8000)));
    sweepFolders();
}

process.on('exit', () => {
    for (const child of children)
        child.kill('SIGKILL');
    sweepFolders();
});
