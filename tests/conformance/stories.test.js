/**
 * Random stories of sessions, many at once, beside clients that behave:
 * nothing crashes or grows, whoever says what may not be said is closed with
 * the code for it, and nobody else notices.
 *
 * STORIES is how many (6000), SEED repeats a run: each story has a number of
 * its own, which a failure names.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';

import { cleanUp } from '../e2e/lib/processes.js';
import { within } from '../e2e/lib/wait.js';
import { CALM, Echo, elapse, PROMPT } from './lib/echo.js';
import { MAX_PAYLOAD, Random } from './lib/oracle.js';
import { fallSilent, Requests, Story } from './lib/story.js';

const STORIES = Number(process.env.STORIES ?? 6000);
const SEED = Number(process.env.SEED ?? Date.now() % 1e9);
const AT_ONCE = 24;
const SILENT = 60; // strangers: more of one address are not let in
const GROWTH_BYTES = 48 << 20; // of the process, under ASan
const ANSWER_MS = 10000; // to a client that behaves

let echo, prompt;

before(async () => {
    // What ASan keeps of freed memory is not what the program needs.
    const env = { ...process.env, ASAN_OPTIONS:
        `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=4` };

    echo = await Echo.start({ ...CALM, maxPayload: MAX_PAYLOAD }, env);
    prompt = await Echo.start(PROMPT);
});
after(async () => {
    try {
        await echo?.stop(); // and has leaked nothing
        await prompt?.stop();
    } finally {
        await cleanUp();
    }
});

const memory = pid => Number(/VmRSS:\s+(\d+)/.exec(
    fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** Asks and is answered, in order, without an end and without a disturbance. */
class Neighbour {
    constructor(port, transports) {
        this.socket = io(`http://127.0.0.1:${port}`,
            { transports, reconnection: false, forceNew: true });
        this.answers = 0;
        this.socket.on('disconnect', reason => this.trouble ??= reason);
        this.socket.on('connect_error', error => this.trouble ??= error.message);
        this.done = this.#live().catch(error => this.trouble ??= error.message);
    }

    async #live() {
        while (!this.isOver && !this.trouble) {
            const number = this.answers++;
            const [back, bytes] = await within('a neighbour is answered',
                new Promise(answer => this.socket.emit('message-with-ack',
                    number, Buffer.from([number & 255]),
                    (...args) => answer(args))), ANSWER_MS);

            assert.equal(back, number);
            assert.equal(bytes[0], number & 255);
            await elapse(10);
        }
    }

    async stop() {
        this.isOver = true;
        await this.done;
        assert.equal(this.trouble, undefined);
        this.socket.disconnect();
        return this.answers;
    }
}

/** Stories `first` to `last`, AT_ONCE at a time. */
async function tellAll(requests, first, last) {
    let next = first;

    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        while (next < last) {
            const number = next++;
            const story = new Story(requests, new Random(SEED + number * 7919));

            try {
                await story.tell();
            } catch (error) {
                next = last;
                throw new Error(`SEED=${SEED}, story ${number}: ` +
                    `${error.message}\n${story.log.join('\n')}\n` +
                    `${error.stack}\n${echo.child.stderr.slice(-4000)}`);
            }
        }
    }));
}

test(`${STORIES} random stories end as they must, beside clients that behave`,
    async t => {
        const requests = new Requests(echo.port);
        const neighbours = [['websocket'], ['polling'],
            ['polling', 'websocket']].map(
            transports => new Neighbour(echo.port, transports));

        await tellAll(requests, 0, STORIES / 4);
        const early = memory(echo.child.pid);

        await tellAll(requests, STORIES / 4, STORIES);
        const growth = memory(echo.child.pid) - early;

        t.diagnostic(`SEED=${SEED}; memory grows by ${growth >> 10} KiB ` +
            `from ${early >> 20} MiB`);
        for (const neighbour of neighbours)
            assert.ok(await neighbour.stop() > 0);
        requests.stop();
        assert.ok(growth < GROWTH_BYTES, `${growth} bytes more`);
    });

test('who falls silent is closed when its time is over, and no sooner',
    async () => {
        const requests = new Requests(prompt.port);

        await Promise.all(Array.from({ length: SILENT }, (_, i) =>
            fallSilent(requests, new Random(SEED + i), PROMPT, elapse)));
        requests.stop();
    });
