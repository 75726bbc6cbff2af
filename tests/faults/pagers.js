/**
 * Devices in numbers: three hundred of them whose broker goes and comes, and
 * pagers that sleep for half a minute at a time.
 *
 *     node pagers.js [short|long]    300 devices; 5 or 50 sleepers
 *
 * Each is `dumbwaiter device`, a process of its own, on a broker that keeps
 * nothing. How long the hub's one loop is held is asked of it from outside
 * (probe.js), less the time in which the machine had no processor for it.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Session } from '../e2e/lib/clients.js';
import { Daemon } from '../e2e/lib/daemon.js';
import { newOrder } from '../e2e/lib/orders.js';
import { Broker } from '../e2e/lib/own_broker.js';
import { Child, run } from '../e2e/lib/processes.js';
import { pause, until } from '../e2e/lib/wait.js';
import { Protobuf } from '../rights/protobuf.js';
import { spread } from './chance.js';
import { command } from './command.js';

const HELD_MS = 250; // at most, for the hub's loop
const BACK_MS = 45000; // for all to be back: they wait up to 30 s between tries
const PAGE_MS = 20000; // from then on
const FIGURES = 20; // of them, in a second, for each hundred devices
const AWAY_MS = 8000; // the broker
const SLEEP_S = 30;
const STAY_S = 5; // what it is awake for, and some more

const here = file => fileURLToPath(new URL(file, import.meta.url));

/** A daemon, its broker, and who watches. */
class House {
    static async open() {
        const house = new House();

        house.broker = await Broker.start();
        house.daemon = await Daemon.start(
            { args: ['--mqtt-url', house.broker.url] });
        house.backend = await house.daemon.token('backend');
        house.session = await Session.open(
            house.daemon, await house.daemon.token('admin'));
        await house.session.join('admin');
        await house.session.join('waiters');
        await house.session.join('kitchen');
        await house.linked();
        return house;
    }

    devices = [];

    linked() {
        return until('the link is up', async () =>
            (await this.daemon.metrics()).mqtt_connected === 1, 60000);
    }

    device(kind, id, ...args) {
        const child = new Child(this.daemon.program, ['device', kind,
            '--id', id, '--port', String(this.broker.port),
            '--state', path.join(this.daemon.folder, id), ...args],
            { env: this.daemon.env });

        child.id = id;
        this.devices.push(child);
        return child;
    }

    /** What the broker sees, with when: [{at, topic, bytes}]. */
    sniff(filter) {
        const child = new Child('mosquitto_sub', ['-h', '127.0.0.1', '-p',
            String(this.broker.port), '-q', '1', '-F', '%U %t %x',
            '-t', filter], {});

        child.stop = () => {
            child.kill('SIGKILL');
            return child.exited;
        };
        Object.defineProperty(child, 'messages', { get: () =>
            child.lines.map(line => line.split(' ')).map(
                ([at, topic, hex]) => ({ at: Number(at) * 1000, topic,
                    bytes: Buffer.from(hex ?? '', 'hex') })) });
        return child;
    }

    async say(event, payload) {
        const answer = await this.daemon.post(this.backend, { event, payload });

        assert.ok(answer.seq, JSON.stringify(answer));
    }

    page(pageId, table) {
        return this.say('page.sent',
            { pageId, table: { id: table }, text: `Page ${pageId}` });
    }

    /** How often was this said? */
    times(event, fits = () => true) {
        return this.session.events.filter(m =>
            m.event === event && fits(m)).length;
    }

    async close() {
        for (const device of this.devices)
            device.kill('SIGTERM');
        await Promise.all(this.devices.map(device => device.exited));
        await this.daemon.stop();
        await this.broker.kill();
    }
}

const onlines = ({ lines }) => lines.filter(line => line === 'online').length;

/** Most in one second. */
function busiest(times) {
    const sorted = [...times].sort((a, b) => a - b);
    let first = 0;

    return sorted.reduce((most, at, i) => {
        while (at - sorted[first] >= 1000)
            first++;
        return Math.max(most, i - first + 1);
    }, 0);
}

/** All of them, with a battery, so that they have something to tell. */
async function gather(house, count) {
    const start = performance.now();

    for (let i = 0; i < count; i++) {
        const id = `crowd-${i}`;
        const more = ['--battery', String(40 + i % 50)];

        if (i % 10 === 8)
            house.device('button', id, '--table', String(i), ...more);
        else if (i % 10 === 9)
            house.device('buzzer', id, ...more);
        else
            house.device('pager', id, '--table', String(i), ...more);
        await pause(20);
    }
    await until('they are online',
        () => house.devices.every(device => onlines(device) === 1), 120000);
    await until('the hub knows them all', () =>
        house.times('device.online') >= count, 60000);
    return performance.now() - start;
}

/** What the probe has found: how long each answer took, less the waiting. */
async function probing(house, during) {
    const probe = new Child(process.execPath,
        [here('probe.js'), `${house.daemon.url}/healthz`,
            String(house.daemon.child.pid)], {});

    await probe.line(/./);
    const from = probe.lines.length;

    await during();
    const found = probe.lines.slice(from).map(line => JSON.parse(line));

    await probe.stop();
    return found;
}

async function playCrowd({ say }) {
    const count = 300;
    const house = await House.open();
    const took = await gather(house, count);
    say(`${count} devices online after ${Math.round(took)} ms`);
    await pause(12000); // their first figures
    const before = house.times('device.telemetry');
    const pagers = house.devices.filter((device, i) => i % 10 < 8);
    const backAt = new Map();
    let start;
    let sniffer;
    const found = await probing(house, async () => {
        await house.broker.kill();
        await pause(AWAY_MS / 2);
        for (let i = 0; i < pagers.length; i += 4)
            await house.page(`page-${pagers[i].id}`,
                pagers[i].id.slice('crowd-'.length));
        await pause(AWAY_MS / 2);
        start = performance.now();
        house.broker.begin();
        await pause(100);
        sniffer = house.sniff('dw/1/main/dev/+/tele');
        await until('all are back', () => {
            for (const device of house.devices)
                if (onlines(device) === 2 && !backAt.has(device))
                    backAt.set(device, performance.now() - start);
            return backAt.size === count;
        }, BACK_MS);
        await house.linked();
    });
    const isRung = pager => pager.lines.some(line =>
        line.startsWith('ring ') && line.endsWith(` page=page-${pager.id}`));
    const rung = pagers.filter((pager, i) => i % 4 === 0);

    await until('all pages ring', () => rung.every(isRung), PAGE_MS);
    say(`back after ms: ${spread([...backAt.values()])}`);
    say(`all ${rung.length} pages of the time between ring after ` +
        `${Math.round(performance.now() - start)} ms; ` +
        `${house.times('page.lost')} lost`);
    await pause(12000);
    const perSecond = busiest(sniffer.messages.map(({ at }) => at));

    say(`figures: ${sniffer.messages.length} of ${count} devices, ` +
        `${perSecond} in the busiest second; ${before} at first`);
    say(`asked ${found.length} times, answered after ms: ` +
        `${spread(found.map(({ ms }) => ms))}; the hub's loop held, ms: ` +
        spread(found.map(({ held }) => held)));
    await sniffer.stop();
    assert.equal(house.times('page.lost'), 0);
    assert.ok(Math.max(...found.map(({ held }) => held)) <= HELD_MS,
        'the loop was held');
    assert.ok(perSecond <= FIGURES * count / 100, 'a storm of figures');
    await house.close();
}

// --- those that sleep ---

const isAsleep = n => device => device.lines.filter(line =>
    line.startsWith('asleep ')).length >= n;

/** While it sleeps three pages come, one is cleared, and a newer one comes. */
async function pageAsleep(house, table) {
    for (const n of [1, 2, 3])
        await house.page(`t${table}-${n}`, table);
    await house.say('page.cleared', { pageId: `t${table}-3` });
    await house.page(`t${table}-4`, table);
}

const isRinging = ({ lines }) =>
    lines.findLast(line => /^(ring|silent|asleep)/.test(line))
        ?.startsWith('ring');

/** Whoever hears it presses, until they all sleep. */
async function pressUntilAsleep(house) {
    await until('they sleep again', () => {
        for (const device of house.devices.filter(isRinging))
            device.type('\n');
        return house.devices.every(isAsleep(2));
    }, 30000);
}

async function playSleepers({ isLong, say }) {
    const count = isLong ? 50 : 5;
    const house = await House.open();
    const { stdout } = await run(house.daemon.program,
        ['catalogue', '--format', 'json'], { env: house.daemon.env });
    const protobuf = new Protobuf(JSON.parse(stdout));
    const sniffer = house.sniff('dw/1/main/dev/+/cmd');
    const tables = Array.from({ length: count }, (_, i) => String(i + 1));
    const heard = () => sniffer.messages.map(({ topic, bytes }) =>
        `${topic.split('/').at(-2)} ${protobuf.read(bytes).payload.pageId}`)
        .sort();
    const each = n => tables.map(t => `sleeper-${t} t${t}-${n}`);

    for (const table of tables)
        house.device('pager', `sleeper-${table}`, '--table', table,
            '--sleep', String(SLEEP_S));
    await until('they sleep', () => house.devices.every(isAsleep(1)), 30000);
    for (const device of house.devices)
        assert.ok(device.lines.includes(`asleep seconds=${SLEEP_S}`),
            device.story());
    const start = performance.now();

    await Promise.all(tables.map(table => pageAsleep(house, table)));
    assert.deepEqual(heard(), [], 'nothing while they sleep');
    await until('each rings', () => house.devices.every(isRinging),
        (SLEEP_S + STAY_S) * 1000);
    say(`${count} pagers, five words each while they slept; rung ` +
        `${Math.round(performance.now() - start)} ms later`);
    await pause(STAY_S * 1000); // for a second word, if there were one
    say(`on dev/+/cmd: ${heard().length} messages for ${count} pagers`);
    assert.deepEqual(heard(), each(4).sort());
    assert.ok(house.devices.every(device => device.lines.filter(line =>
        line.startsWith('ring ')).length === 1), 'each has rung once');
    await pressUntilAsleep(house);
    for (const table of tables)
        assert.equal(house.times('page.acked', ({ payload }) =>
            payload.pageId === `t${table}-4`), 1);
    // Those before it are open still, and come when it is answered.
    assert.deepEqual(heard(), [...each(1), ...each(2), ...each(4)].sort());
    await Promise.all([hinted(house, say),
        until('and once more', () => house.devices.every(isAsleep(3)),
            (SLEEP_S + STAY_S) * 2000)]);
    assert.equal(heard().length, 3 * count, 'and nothing comes again');
    await sniffer.stop();
    await house.close();
}

/** An order of its table is open: it shall not sleep for long. */
async function hinted(house, say) {
    const [device] = house.devices;

    await house.say('order.created', newOrder('hint-1', '1'));
    await device.line(/^asleep seconds=10$/, (SLEEP_S + STAY_S) * 1000);
    await house.say('kitchen.preparing', { orderId: 'hint-1' });
    await house.say('order.cancelled', { orderId: 'hint-1' });
    const lines = device.lines.length;

    await until('it sleeps for long again', () => device.lines.slice(lines)
        .includes(`asleep seconds=${SLEEP_S}`), 30000);
    say('with an open order it sleeps for 10 s at a time, and then for ' +
        `${SLEEP_S} again`);
}

await command('pagers', { 'all come back at once': playCrowd,
    'asleep for half a minute': playSleepers });
