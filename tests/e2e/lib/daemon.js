/**
 * A real daemon with its own broker, on free ports, in a folder of its own.
 */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Child, leftoverBroker, makeFolder, run } from './processes.js';
import { until } from './wait.js';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
export const program = path.resolve(repository, process.env.DUMBWAITER_BIN ??
    process.env.DUMBWAITER ?? 'build/dev/dumbwaiter');

const READY = /^dumbwaiter ready: (https?:\S+) mqtt:\/\/([\d.]+):(\d+) /;
const SANITIZER = /ERROR: \w+Sanitizer|runtime error:/;

/*
 * Below the range that the system gives to clients: one that connects over
 * and over to a port there, while nobody listens, ends up talking to itself.
 * That a port is free says nothing of the time until a daemon has it, so each
 * process takes from a share of its own: with chance alone, two of many that
 * start daemons side by side came to the same port.
 */
const FIRST_PORT = 10000;
const SHARES = 500;
const SHARE = 44;
let ports = 0; // given out so far

function isFree(port) {
    return new Promise(resolve => {
        const server = net.createServer();

        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1',
            () => server.close(() => resolve(true)));
    });
}

export async function freePort() {
    const first = FIRST_PORT + process.pid % SHARES * SHARE;

    for (let tries = 0; tries < SHARE; tries++) {
        const port = first + ports++ % SHARE;

        if (await isFree(port))
            return port;
    }
    throw new Error(`no port from ${first} on is free`);
}

function environment(folder, more) {
    return {
        PATH: `${process.env.PATH}:/usr/sbin`,
        HOME: folder,
        LANG: 'C.UTF-8',
        ASAN_OPTIONS: 'abort_on_error=0:exitcode=99:detect_leaks=1:' +
            'verify_asan_link_order=0',
        UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
        // Most tests have neither a cook nor a waiter who acknowledges: they
        // would hear of empty rooms. Those about that say yes.
        DUMBWAITER_ESCALATION_ENABLED: 'no',
        ...more,
    };
}

export class Daemon {
    /** @param {{env?: object, args?: string[], program?: string}} [options] */
    static async start(options) {
        const daemon = await Daemon.create(options);

        await daemon.begin();
        return daemon;
    }

    /** One that has yet to begin. */
    static async create(options = {}) {
        const daemon = new Daemon();

        daemon.folder = makeFolder();
        daemon.data = path.join(daemon.folder, 'data');
        daemon.program = options.program ?? program;
        daemon.s = options.args?.includes('--tls-cert') ? 's' : '';
        daemon.httpPort = await freePort();
        daemon.mqttPort = await freePort();
        daemon.said = '';
        daemon.env = environment(daemon.folder, options.env);
        daemon.args = ['serve', '--data', daemon.data,
            '--port', String(daemon.httpPort),
            '--mqtt-port', String(daemon.mqttPort), ...options.args ?? []];
        return daemon;
    }

    get url() {
        return `http${this.s}://127.0.0.1:${this.httpPort}`;
    }

    get wsUrl() {
        return `ws${this.s}://127.0.0.1:${this.httpPort}/ws`;
    }

    get mqttUrl() {
        return `mqtt://127.0.0.1:${this.mqttPort}`;
    }

    /** Everything it has ever said on stderr, over its restarts. */
    get log() {
        return this.said + (this.child?.stderr ?? '');
    }

    /** Start it (again); `env` goes for this time only. */
    async begin(env = {}) {
        this.said = this.log;
        this.child = new Child(this.program, this.args,
            { env: { ...this.env, ...env } });
        const ready = await this.child.line(READY, 20000);

        this.readyLine = ready;
    }

    /** kill -9, by its id; its broker stays. */
    async kill() {
        this.child.kill('SIGKILL');
        await this.child.exited;
    }

    async restart(env) {
        await this.kill();
        await this.begin(env);
    }

    brokerPid() {
        return leftoverBroker(this.data);
    }

    /** An ordered stop, which must end well, and no sanitizer spoke. */
    async stop() {
        const { code, signal } = await this.child.stop(15000);

        if (code !== 0)
            throw new Error(
                `the daemon ended with ${code ?? signal}\n${this.log}`);
        if (SANITIZER.test(this.log))
            throw new Error(`a sanitizer spoke\n${this.log}`);
        if (this.brokerPid())
            throw new Error('it has left its broker behind');
    }

    /** Run a command of the program on the same data. */
    command(...args) {
        const [name, ...rest] = args;

        return run(this.program, [name, '--data', this.data,
            '--mqtt-port', String(this.mqttPort), ...rest], { env: this.env });
    }

    async token(role, ...more) {
        const { code, stdout, stderr } =
            await this.command('token', '--role', role, ...more);

        if (code !== 0)
            throw new Error(`token: ${code} ${stderr}`);
        return stdout.trim();
    }

    /** {client_id, username, password, site, id} and the file they are in. */
    async enrol(kind, id, ...more) {
        const { code, stdout, stderr } =
            await this.command('enrol', kind, id, '--json', ...more);

        if (code !== 0)
            throw new Error(`enrol: ${code} ${stderr}`);
        const made = JSON.parse(stdout);
        const file = path.join(this.folder, `${made.client_id}.json`);

        fs.writeFileSync(file, stdout, { mode: 0o600 });
        return { ...made, file };
    }

    /** A simulated device of this kind, enrolled, and online. */
    async device(kind, id, ...args) {
        const { file } = await this.enrol(kind, id);
        const device = new Child(this.program, ['device', kind, '--id', id,
            '--credential', file, '--port', String(this.mqttPort),
            '--state', path.join(this.folder, id), ...args],
            { env: this.env });

        await device.line(/^online/);
        return device;
    }

    async metrics() {
        const text = await (await fetch(`${this.url}/metrics`)).text();

        return Object.fromEntries(text.split('\n')
            .filter(line => line && !line.startsWith('#'))
            .map(line => line.replace('{site="main"}', ''))
            .map(line => line.split(/ (?=\S+$)/))
            .map(([name, value]) =>
                [name.replace(/^dumbwaiter_/, ''), Number(value)]));
    }

    /** The cursor of where the journal is now. */
    async headCursor() {
        const response = await fetch(`${this.url}/api/events?limit=1`,
            { headers: { Authorization:
                `Bearer ${await this.token('admin')}` } });

        return (await response.json()).cursor;
    }

    /** The number of the last event, once the hub has no more to add. */
    async quietHead(ms) {
        let last = -1;
        let since = 0;

        return until('the journal is quiet', async () => {
            const head = (await this.metrics()).journal_head;
            const now = performance.now();

            if (head !== last)
                [last, since] = [head, now];
            return now - since > 800 && { head };
        }, ms).then(({ head }) => head);
    }

    /** POST /api/events: {status, ...answer}. */
    async post(token, body, headers = {}) {
        const response = await fetch(`${this.url}/api/events`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${token}`, ...headers },
            body: typeof body === 'string' || body instanceof Uint8Array
                ? body : JSON.stringify(body),
            signal: AbortSignal.timeout(10000),
        });
        const answer = await response.json();

        return Array.isArray(answer) ? answer
            : { status: response.status, ...answer };
    }
}
