/**
 * One of 200 screens stops reading: it is cut off within its limits, the
 * others see nothing of it, and the daemon's memory stays where it is.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import WebSocket from 'ws';

import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';

const CLIENTS = 200;
const CUT_MS = 20000; // the lane's age, the socket's, and a sweep
const BATCH = 10; // events in one request
const BATCH_MS = 80; // between two requests
const WARM = 1300; // events until the hub's memory of recent ones is full
const MORE_MS = 5000; // the flood goes on after the cut
const LATE_MS = 2000; // for all others to have a batch

after(cleanUp);

const SEQ = /^\{"op":"event",.*?"seq":(\d+)/;

/** A screen that only looks at numbers: there are 200 of them. */
function openScreen(daemon, token) {
    const socket = new WebSocket(`${daemon.wsUrl}?token=${token}`);
    const screen = { socket, seqs: [], code: 0 };

    screen.joined = new Promise((resolve, reject) => {
        socket.on('error', reject);
        socket.on('close', code => {
            screen.code = code;
            reject(new Error(`closed: ${code}`));
        });
        socket.on('message', data => {
            const text = data.toString('latin1');
            const event = SEQ.exec(text);

            if (event)
                screen.seqs.push(Number(event[1]));
            else if (text.startsWith('{"op":"ready"'))
                socket.send('{"op":"join","ref":1,"rooms":["kitchen"]}');
            else if (text.startsWith('{"op":"ok"'))
                resolve();
        });
    });
    atEnd(() => socket.terminate());
    return screen;
}

/**
 * One order that changes all the time: much to say, little to remember. From
 * several tills, as each may say only so much in a second.
 */
function flood(daemon, tokens) {
    const items = Array.from({ length: 6 }, (none, i) => ({ id: `i${i}`,
        name: 'Empanada', quantity: 1, notes: 'x'.repeat(280) }));
    const { order } = newOrder('O-1', '5', { items });
    const state = { stop: false, last: 0, sent: 0, worstMs: 0 };

    state.done = (async () => {
        await daemon.post(tokens[0],
            { event: 'order.created', payload: { order } });
        while (!state.stop) {
            const token = tokens[state.sent / BATCH % tokens.length];
            const answers = await daemon.post(token,
                Array.from({ length: BATCH }, (_, n) => ({
                    event: 'order.updated', payload: { order: { ...order,
                        notes: `change ${state.sent + n}` } } })));

            assert.deepEqual(answers.filter(answer => !answer.seq), []);
            state.last = answers.at(-1).seq;
            state.sent += BATCH;
            await state.afterBatch?.();
            await pause(state.sent < WARM ? 0 : BATCH_MS);
        }
    })();
    return state;
}

function residentMib(daemon) {
    const pages = fs.readFileSync(`/proc/${daemon.child.pid}/statm`, 'utf8');

    return Number(pages.split(' ')[1]) * 4096 / 1024 / 1024;
}

test(`of ${CLIENTS} screens the one that does not read is cut off`,
    async t => {
        // Freed memory shall count as free.
        const daemon = await Daemon.start({
            args: ['--max-bearer', '1000'], // all show one token
            env: { ASAN_OPTIONS:
                'exitcode=99:detect_leaks=0:quarantine_size_mb=1' } });
        const tills = await Promise.all(['a', 'b', 'c', 'd'].map(
            name => daemon.token('backend', '--sub', name)));
        const kitchen = await daemon.token('kitchen');
        const screens = Array.from({ length: CLIENTS },
            () => openScreen(daemon, kitchen));

        await within('all have joined',
            Promise.all(screens.map(screen => screen.joined)), 20000);
        const [stalled, ...others] = screens;
        const load = flood(daemon, tills);

        load.afterBatch = async () => {
            const start = performance.now();

            await until('the others have the batch', () =>
                others.every(({ seqs }) => seqs.at(-1) >= load.last), 10000);
            load.worstMs = Math.max(load.worstMs, performance.now() - start);
        };
        load.done.catch(error => {
            load.error = error;
        });
        await until('the flood flows',
            () => load.error || load.sent > WARM, 20000);
        assert.ifError(load.error);
        const before = residentMib(daemon);
        const start = performance.now();

        stalled.socket._socket.pause();
        await until('it is cut off', async () => (await daemon.metrics())
            .slow_consumer_disconnects_total === 1, CUT_MS);
        const cutMs = performance.now() - start;

        await pause(MORE_MS); // the load goes on for that long
        load.stop = true;
        await load.done;
        await daemon.quietHead();
        const after = residentMib(daemon);

        t.diagnostic(`cut off after ${Math.round(cutMs)} ms, ` +
            `${load.sent} events, others at most ${Math.round(load.worstMs)} ` +
            `ms late, ${Math.round(before)} MiB, then ${Math.round(after)}`);
        stalled.socket._socket.resume();
        await until('it notices', () => stalled.code !== 0);
        assert.ok([4408, 1006].includes(stalled.code), String(stalled.code));
        assert.ok(stalled.seqs.length < others[0].seqs.length);
        assert.ok(load.worstMs < LATE_MS, `${load.worstMs} ms late`);
        assert.ok(after < 1.25 * before, `${before} MiB, then ${after}`);
        for (const { seqs, code } of others) {
            assert.equal(code, 0);
            assert.deepEqual(seqs, others[0].seqs);
        }
        assert.ok(others[0].seqs.every((seq, i, all) =>
            i === 0 || seq > all[i - 1]), 'in order');
        assert.ok(others[0].seqs.length >= load.sent);
        for (const { socket } of screens)
            socket.terminate();
        await daemon.stop();
    });
