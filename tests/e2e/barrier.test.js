/**
 * The write barrier: the daemon is killed between receiving a QoS 1 message
 * and the commit, again and again, and no message is lost or doubled. The
 * same with the barrier taken out, to see that this test can fail.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Producer, Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { buildFailpoint } from './lib/failpoint.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';
import { pause, until, within } from './lib/wait.js';

const KILLS = 50;
const CONTROL_KILLS = 5; // enough to lose something without the barrier
const BATCH = 20; // messages on the way at each kill

after(cleanUp);

const note = n => JSON.stringify({ id: `note-${n}`, payload: { alert: {
    table: { id: '5' }, type: 'note', message: `note-${n}` } } });

/**
 * Publish in batches; each batch meets a daemon that dies at its first,
 * second or third commit. Resolves with what the broker has acknowledged.
 */
async function storm(daemon, producer, failpoint, kills) {
    const sent = [];

    for (let round = 0; round < kills; round++) {
        const acknowledged = [];

        await daemon.restart(failpoint({ FAILPOINT_KILL: 1 + round % 3 }));
        const late = performance.now() + 10000;

        for (let i = 0; i < BATCH || !daemon.child.result; i++) {
            const n = sent.length;

            sent.push(`note-${n}`);
            acknowledged.push(producer.send('alert.created', note(n)));
            if (i % 5 === 4) // the daemon's next turn
                await within('a PUBACK', acknowledged.at(-1));
            if (i >= BATCH)
                await pause(10); // it has all it needs to die of
            assert.ok(performance.now() < late,
                `no kill in round ${round}: ${daemon.child.story()}`);
        }
        const { signal } = await within('the kill', daemon.child.exited);

        assert.equal(signal, 'SIGKILL', daemon.log);
        // The publisher's own client sends again what had no PUBACK.
        await daemon.begin();
        await within('PUBACKs for all', Promise.all(acknowledged), 20000);
    }
    return sent;
}

/** The notes in the journal, in order, read from its beginning. */
async function journalled(daemon, beginning) {
    const token = await daemon.token('backend');
    const head = await daemon.quietHead();
    const session = await Session.open(daemon, token);
    const { recovered } = await session.join('waiters', beginning);

    assert.equal(recovered, true);
    await daemon.post(token, { event: 'alert.created', payload: { alert: {
        table: { id: '1' }, type: 'end', message: 'end' } } });
    await session.event('alert.created', m => m.seq > head, 20000);
    return session.events
        .filter(m => m.event === 'alert.created')
        .map(m => m.payload.alert.message)
        .filter(message => message.startsWith('note-'));
}

async function play(kills, environment) {
    const failpoint = await buildFailpoint();
    const daemon = await Daemon.start();
    const beginning = await daemon.headCursor();
    const producer = await Producer.open(daemon, 'till');
    const sent = await storm(daemon, producer,
        more => failpoint({ ...environment, ...more }), kills);
    const last = sent.at(-1);

    // What is still on its way comes, or never will.
    await until('receipts end', async () => {
        const before = producer.receipts.length;

        await daemon.quietHead();
        return before === producer.receipts.length;
    }, 20000);
    assert.ok(last);
    const kept = await journalled(daemon, beginning);

    await daemon.stop();
    return { sent, kept };
}

test(`${KILLS} kills before the commit: each message once`, async () => {
    const { sent, kept } = await play(KILLS, {});

    assert.ok(sent.length >= KILLS * BATCH);
    assert.equal(new Set(kept).size, kept.length, 'none twice');
    assert.deepEqual([...kept].sort(), [...sent].sort());
});

test('without the barrier the same kills do lose messages', async () => {
    const { sent, kept } = await play(CONTROL_KILLS,
        { FAILPOINT_NO_BARRIER: '1' });

    assert.ok(kept.length < sent.length,
        `${sent.length} sent, ${kept.length} kept`);
});

test('what was committed but not told is told after the restart', async () => {
    const failpoint = await buildFailpoint();
    // From the first moment: nothing is remembered of an earlier run.
    const daemon = await Daemon.start(
        { env: failpoint({ FAILPOINT_KILL_AFTER: '2' }) });
    const producer = await Producer.open(daemon, 'till');
    const pager = await daemon.device('pager', 'pager-5', '--table', '5');

    await producer.publish('order.created', newOrder('O-1', '5'), 'one');
    const receipt = producer.receipt('two', 20000);

    producer.send('kitchen.ready', JSON.stringify(
        { id: 'two', payload: { orderId: 'O-1' } })).catch(() => {});
    const { signal } = await within('the kill', daemon.child.exited);

    assert.equal(signal, 'SIGKILL');
    assert.equal(pager.lines.filter(l => l.startsWith('ring')).length, 0);
    daemon.env = { ...daemon.env, FAILPOINT_KILL_AFTER: '' };
    await daemon.begin();
    // The broker sends it again; it is known; its receipt says so.
    assert.equal((await receipt).duplicate, true);
    await pager.line(/^ring table=5 .*page=O-1-ready/);
    await daemon.stop();
});
