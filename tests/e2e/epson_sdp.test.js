/**
 * Epson Server Direct Print: a printer that fetches its tickets by posting a
 * form. Whatever goes wrong, a ticket is printed once, or it is seen that
 * nobody knows.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon, freePort } from './lib/daemon.js';
import { EpsonPrinter } from './lib/epson_sdp.js';
import { newOrder } from './lib/orders.js';
import { Child, cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

const LONG_MS = 120000; // longer than any result is waited for

let daemon;
let backend; // a token
let session; // that sees all of paper
let agent; // the process
let epson;
let number = 0;

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    session = await Session.open(daemon, await daemon.token('kitchen'));
    await session.join('kitchen');
    const { file } = await daemon.enrol('printer', 'printer-1');
    const port = await freePort();

    agent = new Child(daemon.program, ['device', 'printer', '--id', 'printer-1',
        '--credential', file, '--port', String(daemon.mqttPort), '--state',
        path.join(daemon.folder, 'printer-1'), '--station', 'kitchen',
        '--profile', 'epson-tm', '--out', `epson-sdp:127.0.0.1:${port}`],
    { env: daemon.env });
    await agent.line(/^online/);
    epson = EpsonPrinter.start(port);
    await until('it polls', () => epson.polls > 1);
});

after(async () => {
    try {
        await epson?.stop();
        const ended = await agent?.stop();

        assert.equal(ended?.code, 0, agent?.stderr);
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function order() {
    const id = `E-${++number}`;
    const answer = await daemon.post(backend,
        { event: 'order.created', payload: newOrder(id, '5') });

    assert.ok(answer.seq, JSON.stringify(answer));
    return `${id}-kitchen-order`;
}

const said = (name, jobId) => session.events.filter(({ event, payload }) =>
    event === name && payload.jobId === jobId);

const printed = jobId => until(`${jobId} is printed`,
    () => said('print.printed', jobId)[0], LONG_MS);

async function failed(jobId, reason) {
    const { payload } = await until(`${jobId} failed`,
        () => said('print.failed', jobId)[0], LONG_MS);

    assert.equal(payload.reason, reason);
}

test('a ticket comes out once, as wide as the paper', async () => {
    const jobId = await order();

    await printed(jobId);
    assert.equal(epson.dropped, 0);
    assert.equal(epson.sheets.length, 1);
    const { width, height, dots } = epson.sheets[0];

    assert.equal(width, 512);
    assert.equal(dots.length, width / 8 * height);
    assert.ok(dots.some(byte => byte !== 0));
});

test('a result that is said twice ends one job', async () => {
    const { length } = epson.sheets;

    epson.fault = 'twice';
    const first = await order();
    const second = await order();

    await printed(first);
    await printed(second);
    epson.fault = '';
    assert.equal(epson.sheets.length, length + 2);
});

for (const [words, wrong, reason] of [
    ['has no paper', { hasPaper: false }, 'paper_out'],
    ['is open', { isOpen: true }, 'cover_open']])
    test(`one that says that it ${words} is sent nothing`, async () => {
        const { length } = epson.sheets;

        Object.assign(epson, wrong);
        await epson.notify();
        const jobId = await order();

        await failed(jobId, reason);
        assert.equal(epson.sheets.length, length);
        Object.assign(epson, { hasPaper: true, isOpen: false });
        await epson.notify();
        await printed(jobId);
        assert.equal(epson.sheets.length, length + 1);
    });

test('one that takes no job gets it again', async () => {
    const { length } = epson.sheets;

    epson.fault = 'busy';
    const jobId = await order();

    await failed(jobId, 'offline');
    assert.equal(epson.sheets.length, length);
    epson.fault = '';
    await printed(jobId);
    assert.equal(epson.sheets.length, length + 1);
});

test('paper that ends within a ticket leaves it to a human', async () => {
    const { length } = epson.sheets;

    epson.fault = 'torn';
    const jobId = await order();

    await failed(jobId, 'uncertain');
    epson.fault = '';
    await epson.notify();
    await printed(await order());
    assert.equal(epson.sheets.length, length + 2);
    assert.equal(said('print.printed', jobId).length, 0);
});

test('one that does not poll is not there, and misses nothing', async () => {
    const { length } = epson.sheets;

    epson.fault = 'away';
    const jobId = await order();

    await failed(jobId, 'offline');
    assert.equal(epson.sheets.length, length);
    epson.fault = '';
    await printed(jobId);
    assert.equal(epson.sheets.length, length + 1);
});

test('a result that is lost, and one of another ticket, leave it to a human; ' +
    'a late one changes nothing', async () => {
    const { length } = epson.sheets;

    epson.fault = 'stranger';
    const jobId = await order();

    await failed(jobId, 'uncertain');
    epson.fault = '';
    await epson.tell(epson.sheets.at(-1).job);
    await printed(await order());
    assert.equal(epson.sheets.length, length + 2);
    assert.equal(said('print.printed', jobId).length, 0);
    assert.equal(said('print.failed', jobId).length, 1);
});
