/**
 * Crowds: some of them stop reading, all of them come at once, all of them
 * come back after a restart. Whoever reads on notices little and misses
 * nothing; whoever was cut off resumes and misses nothing either.
 *
 *     node crowd.js [short|long]     1 and 25 of 50, storms of 500; long: 1
 *                                    and 500 of 1,000, storms of 10,000
 */
import assert from 'node:assert/strict';

import WebSocket from 'ws';

import { newOrder } from '../e2e/lib/orders.js';
import { atEnd } from '../e2e/lib/processes.js';
import { pause, until, within } from '../e2e/lib/wait.js';
import { spread } from './chance.js';
import { command } from './command.js';
import { Scene } from './scene.js';

const EVENT = new RegExp('^\\{"op":"event","cursor":"([^"]+)",.*?' +
    '"id":"([^"]+)".*?"seq":(\\d+).*?"event":"([^"]+)"');
const CUT_MS = 40000; // the lane's age, the socket's, and a sweep, under load
const FLOOD = 12; // events in one request
const BACK_MS = 1000; // at most, until who was cut off tries again
const LATE_MS = 5000; // for all who read to have a batch

/** A listener of few words: there are thousands of them. */
class Thin {
    heard = 0;
    resumed = 0;
    snapshots = 0;
    isLive = false;
    isOver = false;
    cursor = null;

    constructor(scene, name, token, rooms) {
        Object.assign(this, { scene, name, token, rooms });
        this.open();
    }

    open() {
        const { daemon } = this.scene;
        const socket = new WebSocket(`${daemon.wsUrl}?token=${this.token}`,
            { perMessageDeflate: false, handshakeTimeout: 30000 });

        this.socket = socket;
        socket.on('error', () => {});
        socket.on('message', data => this.#take(socket, data.toString()));
        socket.on('close', () => {
            this.isLive = false;
            if (!this.isOver && socket === this.socket)
                this.timer = setTimeout(() => this.open(),
                    this.scene.chance.between(0, BACK_MS));
        });
    }

    #take(socket, text) {
        if (socket !== this.socket)
            return;
        const event = EVENT.exec(text);

        if (event)
            this.#hear(event[1], event[2], Number(event[3]), event[4]);
        else if (text.startsWith('{"op":"event"'))
            throw new Error(`not understood: ${text.slice(0, 200)}`);
        else if (text.startsWith('{"op":"ready"'))
            socket.send(JSON.stringify({ op: 'join', ref: 1,
                rooms: this.rooms, after: this.cursor ?? undefined }));
        else if (text.startsWith('{"op":"ok"'))
            this.#join(JSON.parse(text));
    }

    #hear(cursor, id, seq, name) {
        this.heard = seq;
        this.cursor = cursor;
        this.scene.history.add(
            { t: 'received', client: this.name, seq, id, name });
    }

    #join({ recovered, seq, epoch, cursor }) {
        this.isLive = true;
        this.liveAt = performance.now();
        this.resumed += recovered;
        this.snapshots += !recovered;
        if (!recovered) {
            this.heard = seq;
            this.cursor = cursor;
        }
        this.scene.history.add({ t: 'joined', client: this.name,
            role: 'kitchen', rooms: this.rooms, recovered, seq, epoch });
    }

    close() {
        this.isOver = true;
        clearTimeout(this.timer);
        this.socket.terminate();
    }
}

async function gather(scene, count) {
    const token = await scene.token('kitchen');
    const start = performance.now();
    const crowd = Array.from({ length: count }, (none, i) =>
        new Thin(scene, `thin-${i}`, token, ['kitchen']));

    atEnd(async () => crowd.forEach(one => one.close()));
    scene.listeners.push(...crowd);
    await until(`${count} have joined`,
        () => crowd.every(({ isLive }) => isLive), 120000);
    return { crowd, ms: crowd.map(({ liveAt }) => liveAt - start) };
}

async function finish(scene, say) {
    await scene.settle(60000);
    scene.listeners.forEach(one => one.close());
    await scene.daemon.stop();
    return scene.judge(say);
}

/** Large changes of one order, until somebody has had enough. */
async function flood(scene, isOn, afterBatch) {
    const tokens = await Promise.all(['a', 'b', 'c', 'd'].map(
        name => scene.daemon.token('backend', '--sub', name)));
    const items = Array.from({ length: 6 }, (none, i) => ({ id: `i${i}`,
        name: 'Empanada', quantity: 1, notes: 'x'.repeat(280) }));
    const { order } = newOrder('flood', '5', { items });
    let sent = 0;

    await scene.daemon.post(tokens[0],
        { event: 'order.created', payload: { order } });
    while (isOn()) {
        const start = performance.now();
        const answers = await scene.daemon.post(
            tokens[sent / FLOOD % tokens.length],
            Array.from({ length: FLOOD }, (none, n) => ({
                event: 'order.updated', payload: { order: { ...order,
                    notes: `change ${sent + n}` } } })));

        assert.deepEqual(answers.filter(answer => !answer.seq), []);
        sent += FLOOD;
        await afterBatch(answers.at(-1).seq, start);
    }
    return sent;
}

const stall = (part, all) => async ({ chance, isLong, say }) => {
    const [stalls, count] = isLong ? [part * 20 || 1, all * 20] : [part, all];
    const scene = await Scene.open(chance);
    const { crowd } = await gather(scene, count);
    const stalled = crowd.slice(0, part === 1 ? 1 : stalls);
    const others = crowd.slice(stalled.length);
    const late = [];
    let cut = 0;

    await scene.settle();
    for (const { socket } of stalled)
        socket._socket.pause();
    const end = performance.now() + CUT_MS;
    const sent = await within('the flood', flood(scene,
        () => cut < stalled.length && performance.now() < end,
        async (seq, start) => {
            await until('the others have the batch', () =>
                others.every(({ heard }) => heard >= seq), 20000);
            late.push(performance.now() - start);
            cut = (await scene.daemon.metrics())
                .slow_consumer_disconnects_total;
            await pause(60);
        }), CUT_MS + 30000);

    say(`${stalled.length} of ${count} stalled, ${cut} cut off, ` +
        `${sent} events; the others' ms: ${spread(late)}`);
    for (const { socket } of stalled)
        socket._socket?.resume();
    assert.equal(cut, stalled.length, 'all who stalled were cut off');
    assert.ok(others.every(({ resumed }) => resumed === 0),
        'nobody else was');
    assert.ok(Math.max(...late) < LATE_MS, 'the others are in time');
    await until('who stalled is back', () =>
        stalled.every(({ isLive, resumed, snapshots }) =>
            isLive && resumed + snapshots > 1), 30000);
    await finish(scene, say);
};

async function storm({ chance, isLong, say }) {
    const count = isLong ? 10000 : 500;
    const scene = await Scene.open(chance);
    const first = await gather(scene, count);

    say(`${count} at once, live after ms: ${spread(first.ms)}`);
    await scene.settle();
    const start = performance.now();

    for (const { socket } of first.crowd)
        socket.terminate();
    await scene.marker.say('order.created', newOrder('meanwhile', '1'));
    await until('all are back', () => first.crowd.every(
        ({ isLive, liveAt }) => isLive && liveAt > start), 120000);
    say(`cut off and back after ms: ` +
        spread(first.crowd.map(({ liveAt }) => liveAt - start)));
    await finish(scene, say);
}

async function herd({ chance, isLong, say }) {
    const count = isLong ? 5000 : 300;
    const scene = await Scene.open(chance);
    const { crowd } = await gather(scene, count);

    await scene.addPublishers({ http: 2 });
    await scene.settle();
    scene.load(60);
    await pause(300);
    const start = performance.now();

    await scene.daemon.kill();
    await scene.begin();
    await until('all are back', () => crowd.every(({ isLive, resumed }) =>
        isLive && resumed > 0), 120000);
    say(`${count} back after a restart of ${Math.round(scene.readyMs[0])} ` +
        `ms, after ms: ` +
        spread(crowd.map(({ liveAt }) => liveAt - start)));
    await scene.calm();
    scene.forgetCount();
    await finish(scene, say);
}

await command('crowd', { 'one stalls': stall(1, 50),
    'half stall': stall(25, 50), 'reconnect storm': storm,
    'restart herd': herd });
