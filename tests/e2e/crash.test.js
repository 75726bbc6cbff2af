/**
 * 200 events a second over HTTP and MQTT while the daemon, and then the
 * broker, is killed three times. Producers send again, with the same id, until
 * they have a receipt. `QUICK=1` plays a third of the time.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import WebSocket from 'ws';

import { connect } from '../../devices/web/client/index.js';
import { Producer, Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { life, newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until } from './lib/wait.js';

const SECONDS = process.env.QUICK ? 10 : 30;
const PER_SECOND = 200;
const WORKERS = 20;
const KILLS = 3;
const LINK_MS = 10000; // the longest pause between attempts is 2 s
const ROOMS = ['kitchen', 'waiters', 'admin']; // each event goes to one of them

let over = false; // the test has failed: do not go on for ever

after(async () => {
    over = true;
    await cleanUp();
});

/** Send until there is a receipt; whoever has it may pull the plug. */
async function deliver(send, event, payload, id) {
    while (!over) {
        const receipt = await send(event, payload, id).catch(() => null);

        if (receipt?.seq)
            return { id, event, seq: receipt.seq };
        if (receipt && receipt.error?.code !== 'busy' && receipt.status !== 503)
            assert.fail(`${id}: ${JSON.stringify(receipt)}`);
        await pause(20);
    }
}

/** Orders from beginning to end, one after the other, at an even pace. */
async function work(name, send, end, done) {
    const stepMs = 1000 * WORKERS / PER_SECOND;
    let due = performance.now() + Math.random() * stepMs;

    for (let n = 0; performance.now() < end && !over; n++) {
        const orderId = `${name}-${n}`;
        const steps = [['order.created', newOrder(orderId, '5')],
            ...life.map(event => [event, { orderId }])];

        for (const [event, payload] of steps) {
            await pause(Math.max(0, due - performance.now()));
            // What an outage has cost is not made up for.
            due = Math.max(due + stepMs, performance.now());
            done.push(await deliver(
                send, event, payload, `${orderId}-${event}`));
        }
    }
}

/** A screen with the real client library, which resumes by itself. */
function watch(daemon, token) {
    const seen = { events: [], snapshots: [] };
    const client = connect(daemon.wsUrl,
        { token, rooms: ROOMS, WebSocket, random: () => 0.2 });

    client.on('event', event => seen.events.push(event));
    client.on('snapshot', ({ seq }) => seen.snapshots.push(seq));
    atEnd(() => client.close());
    return until('the screen is live', () => client.state === 'live')
        .then(() => Object.assign(seen, { client }));
}

/** The journal as a client reads it that was never there before. */
async function readOn(daemon, token, journal, beginning) {
    const session = await Session.open(daemon, token);
    const last = journal.at(-1)?.seq ?? 0;
    const { seq: head } = session.ready;
    const { recovered } = await session.join(
        ROOMS, journal.at(-1)?.cursor ?? beginning);

    assert.equal(recovered, true, `from ${last} of ${head}`);
    await until('the journal is read', () =>
        (session.events.at(-1)?.seq ?? last) >= head, 20000);
    journal.push(...session.events);
    await session.close();
}

// Figures are not kept; whoever was away does not get them later.
const kept = events => events
    .filter(event => event.event !== 'kitchen.stats')
    .map(event => `${event.seq} ${event.event} ${event.id}`);

/** As deepEqual, but says only where two long lists part. */
function assertSame(actual, expected) {
    const at = expected.findIndex((line, i) => line !== actual[i]);

    assert.ok(at < 0, `at ${at}: ${actual[at]} instead of ${expected[at]}`);
    assert.equal(actual.length, expected.length);
}

async function play(kill) {
    const daemon = await Daemon.start();
    const beginning = await daemon.headCursor();
    const token = await daemon.token('backend,admin');
    const till = await Producer.open(daemon, 'till');
    const printer = await daemon.device('printer', 'printer-1',
        '--station', 'kitchen', '--out', `file:${daemon.folder}/tickets`);
    const screen = await watch(daemon, token);
    const http = (event, payload, id) =>
        daemon.post(token, { event, payload, id });
    const mqtt = (event, payload, id) => till.publish(event, payload, id, 2000);
    const end = performance.now() + SECONDS * 1000;
    const done = [];
    const journal = [];
    const workers = Array.from({ length: WORKERS }, (none, i) =>
        work(`w${i}`, i % 2 ? http : mqtt, end, done));
    const all = Promise.all(workers);

    all.catch(() => {}); // looked at below
    for (let n = 1; n <= KILLS; n++) {
        await pause(SECONDS * 1000 / (KILLS + 1));
        await kill(daemon);
        await readOn(daemon, token, journal, beginning);
    }
    await all;
    await daemon.quietHead();
    await readOn(daemon, token, journal, beginning);
    await until('the screen has all of it', () =>
        screen.events.at(-1).seq >= journal.at(-1).seq, 20000);
    screen.client.close();
    await printer.stop();
    await daemon.stop();
    return { done, journal, screen, printer };
}

function judge({ done, journal, screen, printer }) {
    const bySeq = new Map(screen.events.map(event => [event.seq, event]));
    const seqs = screen.events.map(event => event.seq);
    const printed = printer.lines.filter(line => /^printed /.test(line));

    assert.ok(done.length > SECONDS * PER_SECOND / 3,
        `only ${done.length} events`);
    // Nothing acknowledged is lost, and each is what was acknowledged.
    for (const { id, event, seq } of done)
        assert.equal(bySeq.get(seq)?.event, event, `${id} at ${seq}`);
    assert.equal(new Set(done.map(({ seq }) => seq)).size, done.length);
    // The screen: each once, in order, nothing missing, no fresh start.
    assert.equal(screen.snapshots.length, 1);
    assertSame(seqs, [...new Set(seqs)].sort((a, b) => a - b));
    assertSame(kept(screen.events),
        kept(journal.filter(({ seq }) => seq > screen.snapshots[0])));
    assert.equal(new Set(printed).size, printed.length, 'no ticket twice');
    assert.ok(printed.length > 0);
}

test(`the daemon is killed ${KILLS} times under load`, async t => {
    const played = await play(daemon => daemon.restart());

    t.diagnostic(`${played.done.length} acknowledged, ` +
        `${played.screen.events.length} seen`);
    judge(played);
});

test(`the broker is killed ${KILLS} times under load`, async t => {
    const played = await play(async daemon => {
        const pid = daemon.brokerPid();

        assert.ok(pid > 0);
        process.kill(pid, 'SIGKILL');
        await until('there is another broker', async () =>
            daemon.brokerPid() && daemon.brokerPid() !== pid &&
            (await fetch(`${daemon.url}/readyz`)).status === 200, LINK_MS);
    });

    t.diagnostic(`${played.done.length} acknowledged, ` +
        `${played.screen.events.length} seen`);
    judge(played);
});
