/**
 * A printer that dies at each of nine points of the printing protocol, one
 * whose paper is pulled, and one that swallows everything: a ticket comes out
 * once by itself, and what did not come out is seen.
 *
 *     node printer.js [short|long]    each point twice, or 100 times
 *
 * The printer is `dumbwaiter device printer`, killed where it calls its
 * libraries (tests/e2e/lib/printpoint.c); the paper is tests/e2e/lib/paper.js.
 */
import assert from 'node:assert/strict';
import path from 'node:path';

import { Session } from '../e2e/lib/clients.js';
import { buildFailpoint } from '../e2e/lib/failpoint.js';
import { newOrder } from '../e2e/lib/orders.js';
import { COPY, PaperPrinter } from '../e2e/lib/paper.js';
import { Child } from '../e2e/lib/processes.js';
import { until, within } from '../e2e/lib/wait.js';
import { spread } from './chance.js';
import { command } from './command.js';
import { Scene } from './scene.js';

const REACH_MS = 15000; // for the point to be reached
const END_MS = 40000; // for a job to end: nobody asks again for 20 s
const ALTERNATIVE_MS = 25000; // promised, from pulling the paper
const NO_SLOWER_MS = 1000; // what one more broken printer may cost others

/**
 * The points in the order of a job's life: where it dies (one of these), how
 * the job must end, and how many tickets have begun to come out by then.
 */
const POINTS = [
    { at: ['job-storing'], end: 'printed' },
    { at: ['job-stored'], end: 'printed' },
    { at: ['job-acknowledged', 'accept-telling'], end: 'printed' },
    { at: ['accept-told'], end: 'printed' },
    { at: ['release-storing', 'release-stored'], end: 'printed' },
    { at: ['start-stored'], end: 'unknown', tickets: 0 },
    { at: ['midway'], end: 'unknown', tickets: 1 },
    { at: ['printed-storing'], end: 'unknown', tickets: 1 },
    { at: ['printed-stored', 'printed-told'], end: 'printed' },
];

/** A daemon, somebody who watches, and printers of their stations. */
class House {
    static async open(chance) {
        const house = new House();

        house.scene = await Scene.open(chance);
        house.daemon = house.scene.daemon;
        house.backend = await house.daemon.token('backend');
        house.kitchen = await house.daemon.token('kitchen');
        house.session = await Session.open(house.daemon, house.kitchen);
        await house.session.join('kitchen');
        return house;
    }

    printers = [];
    orders = [];

    async addPrinter(id, station) {
        const paper = await PaperPrinter.open();
        const { file } = await this.daemon.enrol('printer', id);
        const printer = { id, paper, args: ['device', 'printer', '--id', id,
            '--credential', file, '--port', String(this.daemon.mqttPort),
            '--state', path.join(this.daemon.folder, id),
            '--station', station, '--profile', 'epson-tm',
            '--out', paper.out] };

        this.printers.push(printer);
        return printer;
    }

    /** Switch it on; `env` for this time. */
    async start(printer, env = {}) {
        printer.child = new Child(this.daemon.program, printer.args,
            { env: { ...this.daemon.env, ...env } });
        await printer.child.line(/^online/);
    }

    async addStarted(id, station) {
        const printer = await this.addPrinter(id, station);

        await this.start(printer);
        return printer;
    }

    /** A new order, posted; with stations, a dish for each of them. */
    async order(stations) {
        const id = `p-${this.orders.length}`;
        const items = stations?.map((station, i) => ({ id: `i${i}`, station,
            name: `Dish of ${station}`, quantity: 1 }));
        const payload = newOrder(id, '5', items && { items });
        const answer = await this.daemon.post(this.backend,
            { id: `key-${id}`, event: 'order.created', payload });

        assert.ok(answer.seq, JSON.stringify(answer));
        const order = { id, number: payload.order.number };

        this.orders.push(order);
        return order;
    }

    #isOf({ number }) {
        return ticket => ticket.text.includes(`ORDER ${number}\n`);
    }

    /** Its tickets on one printer or all. */
    tickets(order, printers = this.printers) {
        return printers.flatMap(({ paper }) =>
            paper.tickets.filter(this.#isOf(order)));
    }

    /** What was said of its jobs. */
    said(order) {
        return this.session.events.filter(({ event, payload }) =>
            event.startsWith('print.') &&
            payload.jobId.startsWith(`${order.id}-`));
    }

    /** How it has ended, or undefined. */
    ended(order) {
        const words = this.said(order);
        const is = (name, reason) => words.some(({ event, payload }) =>
            event === name && (!reason || payload.reason === reason));

        if (is('print.printed'))
            return 'printed';
        return is('print.unconfirmed') || is('print.failed', 'uncertain')
            ? 'unknown' : undefined;
    }

    /** Words of progress in GET /api/orders/:id/deliveries, of printers. */
    async progress(order) {
        const response = await fetch(
            `${this.daemon.url}/api/orders/${order.id}/deliveries`,
            { headers: { Authorization: `Bearer ${this.kitchen}` } });
        const { deliveries = [] } = await response.json();

        return deliveries.filter(({ kind }) => kind === 'printer')
            .map(({ progress }) => progress);
    }

    /** Nobody was served twice; the daemon has ended well. */
    async judge(say) {
        for (const order of this.orders)
            for (const { id, paper } of this.printers)
                for (const ticket of paper.tickets.filter(this.#isOf(order)))
                    this.scene.history.add({ t: 'printed', device: id,
                        job: `${order.id} ${ticket.text.match(/Dish of \w+/)}`,
                        copy: ticket.text.includes(COPY) });
        for (const { child } of this.printers)
            await child.stop();
        await this.daemon.stop();
        await this.scene.judge(say);
    }
}

/** One order, during which the printer dies there and comes back. */
async function dieAt(house, printer, preload, point) {
    await house.start(printer, preload({ PRINTPOINT: point }));
    const order = await house.order();

    await within(`it dies at ${point}`, printer.child.exited, REACH_MS)
        .catch(error => {
            throw new Error(`${error.message}\n${printer.child.story()}` +
                JSON.stringify(house.said(order)));
        });
    assert.equal(printer.child.result.signal, 'SIGKILL', point);
    await house.start(printer);
    await until(`the job ends after ${point}`,
        () => house.ended(order), END_MS).catch(error => {
        throw new Error(`${error.message}\n${printer.child.story()}` +
            JSON.stringify(house.said(order)));
    });
    await printer.child.stop();
    return order;
}

async function playPoints({ chance, isLong, say }) {
    const rounds = isLong ? 100 : 2;
    const preload = await buildFailpoint('printpoint.c');
    const house = await House.open(chance);
    const printer = await house.addPrinter('printer-1', 'kitchen');
    const ends = {};

    for (const [n, { at, end, tickets = 1 }] of POINTS.entries()) {
        for (let round = 0; round < rounds; round++) {
            const point = at[round % at.length];
            const order = await dieAt(house, printer, preload, point);
            const found = house.tickets(order);
            const context = `${point}: ${JSON.stringify(house.said(order))}`;

            assert.equal(house.ended(order), end, context);
            assert.equal(found.length, tickets, context);
            if (end === 'printed')
                assert.ok(found[0].isWhole, context);
            await until(`who asks sees it: ${end}`, async () =>
                (await house.progress(order)).includes(end), 5000);
            ends[end] = (ends[end] ?? 0) + 1;
        }
        say(`point ${n + 1}, ${at.join(' or ')}: ${rounds} times ${end}`);
    }
    say(`${POINTS.length * rounds} jobs: ${JSON.stringify(ends)}`);
    await house.judge(say);
}

/** From `start` until each order has a whole ticket there; in ms. */
async function whenPrinted(house, orders, printers, start, ms) {
    const whole = order => house.tickets(order, printers)
        .some(ticket => ticket.isWhole);

    await until('the tickets', () => orders.every(whole), ms)
        .catch(error => {
            throw new Error(`${error.message}\n` + orders.map(order =>
                JSON.stringify(house.said(order))).join('\n'));
        });
    return Math.round(performance.now() - start);
}

async function playPaper({ chance, isLong, say }) {
    const house = await House.open(chance);
    const both = [await house.addStarted('printer-1', 'kitchen'),
        await house.addStarted('printer-2', 'kitchen')];
    const took = [];

    for (let round = 0; round < (isLong ? 20 : 1); round++) {
        const first = await house.order();

        await whenPrinted(house, [first], both, performance.now(), 10000);
        const pulled = both.find(printer =>
            house.tickets(first, [printer]).length);
        const other = both.find(printer => printer !== pulled);
        const start = performance.now();
        const lines = pulled.child.lines.length;

        pulled.paper.hasPaper = false;
        const orders = [await house.order(), await house.order(),
            await house.order()];

        took.push(await whenPrinted(
            house, orders, [other], start, ALTERNATIVE_MS));
        for (const order of orders) {
            assert.match(house.tickets(order)[0].text,
                new RegExp(`REROUTED FROM ${pulled.id}`));
            assert.equal(house.tickets(order).length, 1);
        }
        pulled.paper.hasPaper = true;
        await until('it is well again', () => pulled.child.lines.slice(lines)
            .includes('well again'), 15000);
    }
    say(`paper pulled ${took.length} times, three orders each; all of them ` +
        `on the other printer after ms: ${spread(took)}`);
    await house.judge(say);
}

/** With no other printer it is seen to have failed. */
async function playAlone({ chance, say }) {
    const house = await House.open(chance);
    const printer = await house.addStarted('printer-1', 'kitchen');
    const first = await house.order();

    await whenPrinted(house, [first], [printer], performance.now(), 10000);
    printer.paper.hasPaper = false;
    const start = performance.now();
    const order = await house.order();

    await until('it is seen to have failed', async () =>
        (await house.progress(order)).includes('failed'), ALTERNATIVE_MS);
    say(`seen after ${Math.round(performance.now() - start)} ms`);
    await house.session.event('device.paper_out');
    printer.paper.hasPaper = true;
    await whenPrinted(house, [order], [printer], performance.now(), 30000);
    assert.equal(house.tickets(order).length, 1);
    await house.judge(say);
}

async function playBlackHole({ chance, isLong, say }) {
    const rounds = isLong ? 100 : 10;
    const stations = ['grill', 'bar', 'cold', 'pasta'];
    const house = await House.open(chance);
    const printers = [];
    const took = { before: [], during: [] };

    for (const station of [...stations, 'kitchen'])
        printers.push(await house.addStarted(`printer-${station}`, station));
    const [hole, ...others] = printers;
    const backup = printers.at(-1);
    const lost = [];

    for (const when of ['before', 'during']) {
        hole.paper.isSilent = when === 'during';
        for (let round = 0; round < rounds; round++) {
            const start = performance.now();
            const order = await house.order(stations);

            for (const printer of others.slice(0, -1))
                took[when].push(await whenPrinted(
                    house, [order], [printer], start, 10000));
            if (hole.paper.isSilent)
                lost.push(order);
        }
    }
    await whenPrinted(house, lost, [backup], performance.now(),
        ALTERNATIVE_MS);
    say(`three printers, ${rounds} orders each; tickets after ms: ` +
        `${spread(took.before)}; with a fourth that swallows: ` +
        spread(took.during));
    assert.ok(Math.max(...took.during) <
        Math.max(...took.before) + NO_SLOWER_MS, 'no other is delayed');
    await house.judge(say);
}

await command('printer', {
    'killed at each point of the protocol': playPoints,
    'paper pulled, with another printer': playPaper,
    'paper pulled, with no other': playAlone,
    'one that swallows everything delays no other': playBlackHole,
});
