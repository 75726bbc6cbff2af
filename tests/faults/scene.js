/**
 * A daemon with its broker, publishers and listeners, and the history of what
 * they have witnessed, which the judge reads at the end.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Daemon, repository } from '../e2e/lib/daemon.js';
import { run } from '../e2e/lib/processes.js';
import { until, within } from '../e2e/lib/wait.js';
import { newOrder } from '../e2e/lib/orders.js';
import { judgeFiles, tell } from './judge.js';
import { NativeListener, SocketIoListener } from './listeners.js';
import { Publisher, work } from './publishers.js';

const reader = fileURLToPath(new URL('journal.py', import.meta.url));
const FLUSH_LINES = 5000;
const PAGE = 1000;

/** Lines of JSON, in a file: there may be millions. */
class History {
    #lines = [];

    constructor(file) {
        this.file = file;
    }

    add(line) {
        if (this.#lines.push(JSON.stringify(line)) >= FLUSH_LINES)
            this.flush();
    }

    flush() {
        fs.appendFileSync(this.file,
            this.#lines.map(line => `${line}\n`).join(''));
        this.#lines = [];
    }
}

const ROLES = [
    { role: 'kitchen', rooms: ['kitchen'] },
    { role: 'waiter', rooms: ['waiters'] },
    { role: 'backend,admin', rooms: ['kitchen', 'waiters', 'admin'] },
    { role: 'manager', rooms: ['kitchen', 'waiters'] },
];
const DIALECTS = ['kebab', 'kds'];

export class Scene {
    /** @param {object} [options] of Daemon.create; data: the folder */
    static async open(chance, { data, ...options } = {}) {
        const scene = new Scene();
        // Many screens, few tokens: how many a bearer may have is not asked.
        const daemon = await Daemon.create({ ...options,
            args: ['--max-bearer', '20000', ...options.args ?? []] });

        if (data) {
            daemon.args[daemon.args.indexOf(daemon.data)] = data;
            daemon.data = data;
        }
        await daemon.begin();
        scene.#beginning = await daemon.headCursor();
        scene.chance = chance;
        scene.daemon = daemon;
        scene.history =
            new History(path.join(scene.daemon.folder, 'history.jsonl'));
        scene.told =
            new History(path.join(scene.daemon.folder, 'told.jsonl'));
        scene.marker = await Publisher.open(
            scene.daemon, 'http', 'marker', scene.history);
        return scene;
    }

    publishers = [];
    listeners = [];
    readyMs = [];
    #workers = [];
    #isOn = false;
    #read = new Map(); // dialect -> cursor
    #counted = null;

    async addPublishers({ http = 0, ws = 0, mqtt = 0 }) {
        for (const [kind, count] of Object.entries({ http, ws, mqtt }))
            for (let i = 0; i < count; i++)
                this.publishers.push(await Publisher.open(this.daemon, kind,
                    `${kind}-${this.publishers.length}`, this.history));
    }

    /** @param {(i: number) => string} [way] the URL of another way there */
    async addListeners({ native = 0, socketio = 0 }, way = () => undefined) {
        const { daemon, history } = this;
        const coming = [];

        for (let i = 0; i < native; i++) {
            const { role, rooms } = ROLES[i % ROLES.length];

            coming.push(NativeListener.open(daemon, { history, role, rooms,
                chance: this.chance,
                name: `native-${i}`, token: await this.token(role),
                url: way(i)?.replace('http', 'ws').concat('/ws') }));
        }
        for (let i = 0; i < socketio; i++)
            coming.push(SocketIoListener.open(daemon, { history,
                name: `socketio-${i}`, dialect: DIALECTS[i % DIALECTS.length],
                token: await this.token('kitchen'),
                transports: i % 4 < 2 ? ['websocket'] : ['polling'],
                url: way(native + i) }));
        this.listeners.push(...await Promise.all(coming));
    }

    async token(role) {
        if (!this.#tokens.has(role))
            this.#tokens.set(role, await this.daemon.token(
                role, '--ttl', '48h'));
        return this.#tokens.get(role);
    }

    #tokens = new Map(); // role -> token

    /** So many events a second, together, until `calm`. */
    load(perSecond, workersEach = 4) {
        const all = this.publishers.length * workersEach;

        this.#isOn = true;
        this.startedAt = performance.now();
        for (const publisher of this.publishers)
            for (let i = 0; i < workersEach; i++)
                this.#workers.push(work(publisher, () => this.#isOn,
                    1000 * all / perSecond, this.chance));
    }

    get answered() {
        return this.publishers.reduce((n, { answered }) => n + answered, 0);
    }

    /** No more; all that was said is answered. */
    async calm(ms = 60000) {
        this.#isOn = false;
        this.seconds = (performance.now() - this.startedAt) / 1000;
        try {
            await within('all is answered', Promise.all(this.#workers), ms);
        } finally {
            for (const publisher of this.publishers)
                publisher.isOver = true;
        }
        assert.deepEqual(this.publishers.flatMap(
            ({ refusals }) => refusals), [], 'nothing is refused for good');
        for (const publisher of this.publishers)
            publisher.isOver = false;
        this.#workers = [];
    }

    /** Start it again; how long until it is ready. */
    async begin() {
        const start = performance.now();

        await this.daemon.begin();
        const ms = performance.now() - start;

        this.readyMs.push(ms);
        this.history.add({ t: 'restarted', ms: Math.round(ms) });
    }

    /** What each dialect makes of the journal, as far as it has got. */
    async readDialects() {
        for (const dialect of DIALECTS)
            for (let more = true; more;)
                more = await this.#readPage(dialect);
    }

    async #readPage(dialect) {
        const after = this.#read.get(dialect) ?? this.#beginning;
        const response = await fetch(`${this.daemon.url}/api/events?` +
            new URLSearchParams({ dialect, rooms: 'kitchen', after,
                limit: PAGE }),
        { headers: {
            Authorization: `Bearer ${await this.token('kitchen')}` } });
        const { events, cursor, recovered, more } = await response.json();

        assert.equal(recovered, true, `${dialect} from ${after}`);
        for (const { seq, event: name } of events)
            this.told.add({ t: 'told', audience: `${dialect} in kitchen`,
                seq, name });
        this.#read.set(dialect, cursor);
        return more;
    }

    #beginning; // a cursor

    /**
     * One more order, which everybody is told of; then it is quiet. From one
     * time to the next what was accepted is counted.
     */
    async settle(ms = 30000) {
        const { seq } = await this.marker.say('order.created',
            newOrder(`end-${this.marker.count}`, '9'));
        const late = () => this.listeners.filter(({ heard }) => heard < seq);

        await until('all have heard', () => late().length === 0, ms)
            .catch(() => {}); // the judge says of what
        const upto = await this.daemon.quietHead();
        const { events_accepted_total: accepted } =
            await this.daemon.metrics();

        for (const { name } of this.listeners)
            this.history.add({ t: 'ended', client: name, upto: seq });
        if (this.#counted)
            this.history.add({ t: 'counted', after: this.#counted.upto, upto,
                accepted: accepted - this.#counted.accepted });
        this.#counted = { upto, accepted };
    }

    /** A life has ended: what comes is counted by another. */
    forgetCount() {
        this.#counted = null;
    }

    #keep(files) {
        const folder = path.join(repository, 'build', 'logs',
            `faults-${this.chance.seed}`);

        fs.mkdirSync(folder, { recursive: true });
        for (const file of files)
            fs.copyFileSync(file, path.join(folder, path.basename(file)));
        fs.writeFileSync(path.join(folder, 'daemon.log'), this.daemon.log);
        return folder;
    }

    /** The verdict; the daemon has ended. */
    async judge(say) {
        const { folder, data } = this.daemon;
        const { events } = JSON.parse((await run(this.daemon.program,
            ['catalogue', '--format', 'json'],
            { env: this.daemon.env })).stdout);
        const wires = JSON.stringify(Object.fromEntries(
            events.map(({ number, name }) => [number, name])));
        const journal = path.join(folder, 'journal.jsonl');
        const { code, stderr } = await run('sh', ['-c',
            'exec python3 "$0" "$1" "$2" >"$3"', reader,
            path.join(data, 'journal.db'), wires, journal], { ms: 120000 });

        assert.equal(code, 0, stderr);
        this.told.flush();
        this.history.flush();
        const files = [journal, this.told.file, this.history.file]
            .filter(file => fs.existsSync(file));
        const verdict = await judgeFiles(files, events);

        for (const line of tell(verdict).split('\n'))
            say(line);
        if (verdict.violations.length)
            say(`what was witnessed lies in ${this.#keep(files)}`);
        assert.deepEqual(verdict.broken, {}, 'promises are broken');
        return verdict;
    }
}
