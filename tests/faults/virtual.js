/**
 * Printers side by side, each with something wrong with it: a ticket comes out
 * once, or everybody sees that nobody knows.
 *
 *     node virtual.js [short|long]    about 100 jobs, or 1,000
 *
 * Real agents (`dumbwaiter device printer`) print on `dumbwaiter
 * virtual-printer`, with each of its faults, which are set and taken back by
 * chance while orders come. What came out is read from paper.log, what was said
 * from the hub's events, and what one sees from GET /api/orders/:id/deliveries.
 */
import assert from 'node:assert/strict';
import path from 'node:path';

import { Session } from '../e2e/lib/clients.js';
import { newOrder } from '../e2e/lib/orders.js';
import { COPY } from '../e2e/lib/paper.js';
import { Child, run } from '../e2e/lib/processes.js';
import { VirtualPrinter } from '../e2e/lib/virtual.js';
import { pause, until } from '../e2e/lib/wait.js';
import { command } from './command.js';
import { Scene } from './scene.js';

const END_MS = 60000; // for the jobs of one episode
const PAPER_MS = 500; // from the last byte that was read to the log
const QUIET_MS = 12000; // nothing comes out and nothing is said
const LONGEST_QUIET_MS = 90000;
const SPEED = '200'; // mm of paper a second
const DISHES = 8; // so that there is a middle of a ticket

/** Two that are as different as they get: it answers, and it is not asked. */
const PROFILES = ['epson-tm', 'generic-80'];

/** What the numbers of faults may be; the others have none. */
const NUMBERS = {
    'paper-out': 40, // lines
    'cover-open': 40,
    stall: 12, // seconds
    slow: 2000, // bytes a second
    reset: 2500, // bytes
    'power-cut': 2500,
};

/**
 * A printer that is asked nothing has no way to say that it lost what it took,
 * and what it took counts as printed (README, known limits).
 */
const isForgotten = ({ fault, rig }) =>
    fault === 'power-cut' && rig.profile === 'generic-80';

/** The names in the table of faults, as the program prints it. */
async function allFaults(daemon) {
    const { stdout } = await run(daemon.program, ['virtual-printer', '--help'],
        { env: daemon.env });
    const [, list] = stdout.split(/^faults.*\n/m);

    return list.trim().split('\n').map(line => line.trim().split(/\s+/)[0]);
}

/** A printer of a station of its own. */
class Rig {
    static async open(house, station, profile) {
        const rig = new Rig();
        const { daemon } = house;
        const { file } = await daemon.enrol('printer', `printer-${station}`);

        Object.assign(rig, { house, station, profile, sheets: [] });
        rig.paper = await VirtualPrinter.start({ env: daemon.env,
            args: ['--profile', profile, '--speed', SPEED] });
        rig.agent = new Child(daemon.program, ['device', 'printer',
            '--id', `printer-${station}`, '--credential', file,
            '--port', String(daemon.mqttPort),
            '--state', path.join(daemon.folder, station),
            '--station', station, '--profile', profile,
            '--out', rig.paper.out], { env: daemon.env });
        await rig.agent.line(/^online/);
        return rig;
    }

    /** What has come out since, with its text, which is not kept for ever, and
     * is there a moment after its line in the log. */
    look() {
        for (const sheet of this.paper.log.slice(this.sheets.length)) {
            const text = this.#text(sheet);

            if (text === undefined)
                return;
            this.sheets.push({ ...sheet, text, rig: this });
            this.house.heardAt = performance.now();
        }
    }

    #text({ ticket }) {
        try {
            return this.paper.text(ticket);
        } catch (error) {
            assert.equal(error.code, 'ENOENT');
            return undefined;
        }
    }

    /** Orders while it suffers from that; until each of them has an end. */
    async suffer(fault, jobs) {
        const { chance } = this.house;
        const most = NUMBERS[fault];
        const orders = [];

        await this.paper.say(
            most ? `${fault} ${1 + chance.draw(most)}` : fault);
        for (let i = 0; i < jobs; i++) {
            orders.push(await this.house.order(this, fault));
            await pause(chance.between(0, 500));
        }
        await pause(chance.between(500, chance.is(30) ? 2000 : 14000));
        await this.paper.say('off all');
        await until(`the end of ${fault} on ${this.profile}`,
            () => orders.every(order => order.end), END_MS)
            .catch(() => {}); // the count says of what
        // What lies in its buffer is of this fault, and not of the next one.
        await until('all is on paper', async () =>
            / buffered=0 /.test(await this.paper.say('status')), END_MS);
        await pause(PAPER_MS);
    }

    async stop() {
        await this.agent.stop();
        await this.paper.child.stop();
    }
}

/** A daemon, and what is said and printed. */
class House {
    static async open(chance) {
        const house = new House();

        house.chance = chance;
        house.scene = await Scene.open(chance);
        house.daemon = house.scene.daemon;
        house.backend = await house.daemon.token('backend');
        house.kitchen = await house.daemon.token('kitchen');
        house.session = await Session.open(house.daemon, house.kitchen);
        await house.session.join('kitchen');
        house.watch();
        return house;
    }

    rigs = [];
    orders = [];
    #read = 0; // of what was heard

    /** Look at everything, over and over. */
    watch() {
        this.timer = setInterval(() => this.look(), 200);
        this.timer.unref();
    }

    look() {
        const { heard } = this.session;

        for (; this.#read < heard.length; this.#read++)
            this.#hear(heard[this.#read]);
        for (const rig of this.rigs)
            rig.look();
    }

    #hear({ op, event, payload }) {
        if (op !== 'event' || !event.startsWith('print.'))
            return;
        this.heardAt = performance.now();
        const order = this.orders.find(({ id }) =>
            payload.jobId.startsWith(`${id}-`));

        if (!order)
            return;
        order.said.push(`${event} ${payload.reason ?? ''}`.trim());
        order.jobs.add(payload.jobId);
        if (event === 'print.printed')
            order.end = 'printed';
        else if (event === 'print.unconfirmed' ||
            event === 'print.failed' && payload.reason === 'uncertain')
            order.end ??= 'unknown';
        if (event === 'print.rerouted')
            order.isRerouted = true;
    }

    async order(rig, fault) {
        const id = `v${this.orders.length}`;
        const order = { id, rig, fault, said: [], jobs: new Set() };
        const items = Array.from({ length: DISHES }, (_, i) => ({ id: `i${i}`,
            station: rig.station, name: `Dish ${i} of ${id}`, quantity: 1 }));
        const payload = newOrder(id, '5', { items });

        order.number = payload.order.number;
        this.orders.push(order);
        const answer = await this.daemon.post(this.backend,
            { id: `key-${id}`, event: 'order.created', payload });

        assert.ok(answer.seq, JSON.stringify(answer));
        return order;
    }

    /** Words of progress, of printers. */
    async progress(order) {
        const response = await fetch(
            `${this.daemon.url}/api/orders/${order.id}/deliveries`,
            { headers: { Authorization: `Bearer ${this.kitchen}` } });
        const { deliveries = [] } = await response.json();

        return deliveries.filter(({ kind }) => kind === 'printer')
            .map(({ progress }) => progress);
    }

    /** Late words, and paper that lay in a buffer. */
    quiet() {
        return until('it is quiet',
            () => performance.now() - this.heardAt > QUIET_MS,
            LONGEST_QUIET_MS);
    }

    async close(say) {
        clearInterval(this.timer);
        for (const rig of this.rigs)
            await rig.stop();
        this.look();
        await this.daemon.stop();
        await this.scene.judge(say);
    }
}

/** Where it came out, sheet by sheet; copies, which say so, do not count. */
function paperOf({ rigs }, order) {
    const sheets = rigs.flatMap(rig => rig.sheets)
        .filter(({ text }) => !text.includes(COPY));
    const dishes = sheet => new Set(
        sheet.text.match(new RegExp(`Dish \\d of ${order.id}\\b`, 'g')));
    const begun = sheets.filter(sheet =>
        new RegExp(`ORDER ${order.number}\\b`).test(sheet.text));
    const all = sheets.filter(sheet => begun.includes(sheet) ||
        dishes(sheet).size > 0 || order.jobs.has(sheet.job));
    const seen = new Set(all.flatMap(sheet => [...dishes(sheet)]));

    return { begun: begun.length, all,
        whole: all.filter(({ complete }) => complete).length,
        // Torn, and the rest on the next roll: all of it can be read.
        isReadable: seen.size === DISHES &&
            all.some(({ job }) => order.jobs.has(job)) };
}

/** The order's end in a word, and what is wrong with that. */
async function judge(house, order) {
    const paper = paperOf(house, order);
    const progress = await house.progress(order);
    const end = order.end ?? 'failed';
    const isThere = paper.whole === 1 || paper.isReadable;
    const wrong = [];
    let word = end;

    if (paper.begun > 1 || paper.whole > 1)
        wrong.push('paper twice');
    if (!progress.includes(end))
        wrong.push(`who asks sees ${progress}`);
    if (end === 'printed' && isThere)
        word = order.isRerouted ? 'elsewhere'
            : paper.whole === 1 ? 'printed' : 'in parts';
    else if (end === 'printed' && isForgotten(order))
        word = 'taken';
    else if (end === 'printed')
        wrong.push('printed, and not on paper');
    if (end === 'failed' && paper.all.length > 0)
        wrong.push('failed, and on paper');
    return { word, wrong: wrong.map(what => tell(order, paper, what)) };
}

function tell(order, paper, what) {
    const { rig } = order;
    const sheets = paper.all.map(({ rig: { station }, ticket, why, job }) =>
        `${station} ${ticket} ${why} ${job}`);
    const lines = rig.agent.lines.filter(l => l.includes(`${order.id}-`));

    return [`${order.fault} on ${rig.profile}, ${order.id}: ${what}`,
        `said: ${order.said.join(', ')}`, `sheets: ${sheets.join(', ')}`,
        `agent: ${lines.join(', ')}`].join('\n    ');
}

const WORDS = ['printed', 'in parts', 'elsewhere', 'unknown', 'failed',
    'taken'];

function tabulate(rows, say) {
    const line = cells => cells.map((cell, i) => String(cell)
        .padEnd(i ? 10 : 26)).join('').trimEnd();
    const total = Object.fromEntries(WORDS.map(word => [word, 0]));

    say(line(['fault', ...WORDS]));
    for (const [name, counts] of [...rows].sort()) {
        for (const word of WORDS)
            total[word] += counts[word] ?? 0;
        say(line([name, ...WORDS.map(word => counts[word] ?? '')]));
    }
    say(line(['all', ...WORDS.map(word => total[word])]));
}

async function playFaults({ chance, isLong, say }) {
    const house = await House.open(chance);
    const faults = await allFaults(house.daemon);
    const least = isLong ? 1000 : 100;
    const each = Math.ceil(least / (faults.length * PROFILES.length));
    const episodes = [];

    house.rigs.push(await Rig.open(house, 'kitchen', 'epson-tm'));
    for (let left = each; left > 0; left -= 4)
        for (const fault of faults)
            episodes.push({ fault, jobs: Math.min(4, left) });
    await Promise.all(PROFILES.flatMap(profile => {
        const queue = [...episodes];
        const rigs = Array.from({ length: isLong ? 10 : 5 }, async (_, i) => {
            const rig = await Rig.open(house, `${profile}-${i}`, profile);

            house.rigs.push(rig);
            for (let next; (next = queue.shift());)
                await rig.suffer(next.fault, next.jobs);
        });

        return rigs;
    }));
    await house.quiet();
    const rows = new Map();
    const wrong = [];

    for (const order of house.orders) {
        const found = await judge(house, order);
        const row = `${order.fault}, ${order.rig.profile}`;

        if (!rows.has(row))
            rows.set(row, {});
        rows.get(row)[found.word] = (rows.get(row)[found.word] ?? 0) + 1;
        wrong.push(...found.wrong);
    }
    tabulate(rows, say);
    say(`${house.orders.length} jobs; ${wrong.length} wrong`);
    for (const what of wrong)
        say(what);
    await house.close(say);
    assert.equal(wrong.length, 0);
}

await command('virtual', {
    'printed once, or visibly unknown': playFaults,
});
