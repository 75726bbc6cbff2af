/** A pager on a 32-bit board, the real broker, the real hub. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Session } from '../e2e/lib/clients.js';
import { Daemon } from '../e2e/lib/daemon.js';
import { newOrder } from '../e2e/lib/orders.js';
import { cleanUp } from '../e2e/lib/processes.js';
import { until } from '../e2e/lib/wait.js';
import { Board, PATIENCE_MS } from './board.js';

const image = path.join(process.env.RV32 ?? 'build/dev/rv32', 'pager.elf');

let daemon;
let backend; // a token

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function pager(id, table) {
    const made = await daemon.enrol('pager', id, '--table', table);
    const board = await Board.start(image,
        { kind: 'pager', id, site: made.site, table },
        { ...made, url: daemon.mqttUrl });

    await board.line(/^online/);
    return board;
}

const patiently = (what, probe) => until(what, probe, PATIENCE_MS);

/** The events of this name about this page in the journal. */
async function journal(event, pageId) {
    const response = await fetch(`${daemon.url}/api/events?limit=500`,
        { headers: { Authorization: `Bearer ${await daemon.token('admin')}` },
            signal: AbortSignal.timeout(PATIENCE_MS) });
    const { events } = await response.json();

    return events.filter(e => e.event === event && e.payload.pageId === pageId);
}

test('an order is ready, its page rings on the board, a key acknowledges it',
    async () => {
        const kitchen = await Session.open(daemon,
            await daemon.token('kitchen'));
        const board = await pager('pager-1', '1');

        await daemon.post(backend,
            { event: 'order.created', payload: newOrder('A-1', '1') });
        const ready = await kitchen.publish('kitchen.ready',
            { orderId: 'A-1' });

        assert.equal(ready.op, 'ok', JSON.stringify(ready));
        const ring = await board.line(/^ring table=1 /);
        const pageId = ring.replace(/.*page=/, '');

        await patiently('it buzzes', () => board.buzzes > 0);
        await patiently('the hub knows that it came', async () =>
            (await journal('page.received', pageId)).length === 1);
        assert.equal((await journal('page.acked', pageId)).length, 0);

        await board.press();
        await board.line(/^acked page=/);
        await patiently('it is in the journal', async () =>
            (await journal('page.acked', pageId)).length === 1);
        const [acked] = await journal('page.acked', pageId);

        assert.equal(acked.payload.deviceId, 'pager-1');
        await board.line(/^silent/);
        assert.equal(board.buzzing, false);
        assert.equal(board.lines.filter(l => l.startsWith('ring ')).length, 1);
        await patiently('nothing waits in its store', () =>
            ![...board.store].some(([key, value]) =>
                key.startsWith('fact') && value.length));
    });

test('it loses its power while it rings, rings again, and is answered once',
    async () => {
        const board = await pager('pager-2', '2');

        await daemon.post(backend, { event: 'page.sent', payload: {
            pageId: 'page-2', table: { id: '2' }, text: 'come' } });
        await board.line(/^ring .*page=page-2/);
        await board.losePower();
        await patiently('it rings again', () => board.lines
            .filter(l => /^ring .*page=page-2/.test(l)).length === 2);
        await board.press();
        await board.line(/^acked page=page-2/);
        await patiently('it is in the journal', async () =>
            (await journal('page.acked', 'page-2')).length === 1);

        // It was answered: nobody hears of it any more.
        await board.losePower();
        await patiently('it is there again', () =>
            board.lines.filter(l => l === 'online').length === 3);
        await daemon.post(backend, { event: 'page.sent', payload: {
            pageId: 'page-3', table: { id: '2' }, text: 'come' } });
        await board.line(/^ring .*page=page-3/);
        assert.equal(board.lines.filter(l =>
            /^ring .*page=page-2/.test(l)).length, 2);
        assert.equal((await journal('page.acked', 'page-2')).length, 1);
    });

test('a hub and a device of other numbers of bits agree who is there',
    async () => {
        const admin = await Session.open(daemon, await daemon.token('admin'));

        await admin.join('admin');
        const board = await pager('pager-4', '4');
        const online = await admin.event('device.online',
            m => m.payload.deviceId === 'pager-4', PATIENCE_MS);

        assert.equal(online.payload.firmware, 'rv32');
        assert.equal(online.payload.boot, 1);
        await board.stop();
        const offline = await admin.event('device.offline',
            m => m.payload.deviceId === 'pager-4', PATIENCE_MS);

        assert.equal(offline.payload.boot, 1);
    });
