/**
 * Who says on /ws that it must receive is asked like one of Socket.IO: what it
 * does not acknowledge is noted as unknown, and a later word still counts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';

import { connect } from '../../devices/web/client/index.js';
import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const LATE = 'unknown: no acknowledgement in time';
const LOST = 'unknown: connection lost';

let daemon;
let backend;
let admin; // hears all receipts
let people = 0;
let last = 0;

before(async () => {
    daemon = await Daemon.start({ args: ['--receipt-timeout', '1'] });
    backend = await daemon.token('backend');
    admin = await Session.open(daemon, await daemon.token('admin'));
    await admin.join('admin');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function post(count = 1) {
    const answers = await daemon.post(backend, Array.from({ length: count },
        () => ({ event: 'order.created', payload: newOrder(`n${++last}`,
            '5') })));

    assert.ok(answers.every(({ seq }) => seq), JSON.stringify(answers));
    return answers;
}

/** What is known of an event at somebody, in order. */
const progress = ({ id }, who) => admin.events.filter(({ event, payload }) =>
    event === 'delivery.receipt' && payload.deliveryId === `${id}-${who}`)
    .map(({ payload: { progress, reason } }) =>
        reason ? `${progress}: ${reason}` : progress);

async function becomes(made, who, expected) {
    await until(`${made.id} at ${who} becomes ${expected}`,
        () => progress(made, who).length >= expected.length);
    assert.deepEqual(progress(made, who), expected);
}

/** In the kitchen, under a name of its own or of somebody before. */
async function open({ who = `cook-${++people}`, query = '', receipts = true,
    role = 'kitchen', after: cursor } = {}) {
    const token = await daemon.token(role, '--sub', who,
        ...role === 'table' ? ['--table', '5'] : []);
    const session = query
        ? await Session.open({ wsUrl: daemon.wsUrl + query }, token)
        : new Session();

    if (!query)
        await session.authenticate(daemon.wsUrl, { token, receipts });
    session.who = who;
    session.joined = await session.join(
        role === 'table' ? 'table/5' : 'kitchen', cursor);
    session.ack = (seq, stage) => session.socket.send(
        JSON.stringify({ op: 'ack', seq, stage }));
    session.gets = made => session.event('order.created',
        ({ id }) => id === made.id);
    return session;
}

test('what is acknowledged is that, what is not is unknown; late still counts',
    async () => {
        for (const how of [{}, { query: '?receipts=1' }]) {
            const session = await open(how);
            const [one, two] = await post(2);

            await session.gets(two);
            session.ack(one.seq, 'shown');
            await becomes(one, session.who, ['shown']);
            await becomes(two, session.who, [LATE]);
            session.ack(two.seq, 'done');
            await becomes(two, session.who, [LATE, 'done']);
            assert.deepEqual(progress(one, session.who), ['shown']);
            await session.close();
        }
    });

test('who did not say so, or is a guest, is not waited for', async () => {
    const sessions = [await open({ receipts: false }),
        await open({ query: '?receipts=0' }), await open({ role: 'table' })];
    const asked = await open();
    const [made] = await post();

    for (const session of [...sessions, asked])
        await session.gets(made);
    await becomes(made, asked.who, [LATE]);
    for (const session of sessions) {
        assert.deepEqual(progress(made, session.who), []);
        await session.close();
    }
    await asked.close();
});

test('whoever goes has not said it; over another connection it still may',
    async () => {
        const session = await open();
        const [one, two] = await post(2);
        const { cursor } = await session.gets(two);

        session.socket.terminate();
        await becomes(one, session.who, [LOST]);
        await becomes(two, session.who, [LOST]);
        const again = await open({ who: session.who, after: cursor });

        assert.strictEqual(again.joined.recovered, true);
        again.ack(two.seq, 'shown');
        await becomes(two, session.who, [LOST, 'shown']);
        // Without the word it is as it was: only what it was handed here.
        const plain = await open({ who: session.who, receipts: false,
            after: cursor });
        const { length } = plain.heard;

        plain.ack(one.seq, 'shown');
        const refusal = await plain.next(
            message => plain.heard.indexOf(message) >= length &&
                message.op === 'error');

        assert.equal(refusal.code, 'not_found');
        await Promise.all([again.close(), plain.close()]);
    });

test('beyond 256 questions it is told without one, and noted as sent',
    { timeout: 60000 }, async () => {
        const slow = await Daemon.start({ args: ['--receipt-timeout', '60'] });
        const token = await slow.token('kitchen', '--sub', 'cook-1');
        const session = new Session();
        const made = [];

        await session.authenticate(slow.wsUrl, { token, receipts: true });
        await session.join('kitchen');
        const from = await slow.token('backend');

        while (made.length < 270)
            made.push(...await slow.post(from, Array.from({ length: 90 },
                () => ({ event: 'order.created',
                    payload: newOrder(`m${++last}`, '5') }))));
        await session.event('order.created',
            ({ id }) => id === made.at(-1).id);
        session.socket.terminate();
        const receipts = async () => {
            const response = await fetch(
                `${slow.url}/api/events?rooms=admin&limit=1000`,
                { headers: { Authorization:
                    `Bearer ${await slow.token('admin')}` } });
            const { events, cursor } = await response.json();

            assert.equal(response.status, 200);
            const next = await (await fetch(
                `${slow.url}/api/events?rooms=admin&limit=1000` +
                    `&after=${cursor}`, { headers: { Authorization:
                    `Bearer ${await slow.token('admin')}` } })).json();

            return [...events, ...next.events].filter(({ event }) =>
                event === 'delivery.receipt');
        };
        const words = made.map(() => undefined);

        await until('each has become something', async () => {
            for (const { payload } of await receipts()) {
                const i = made.findIndex(({ id }) =>
                    payload.deliveryId === `${id}-cook-1`);

                words[i] ??= `${payload.progress}: ${payload.reason}`;
            }
            return words.every(Boolean);
        }, 20000);
        const sent = 'sent: too many are not acknowledged';
        const firstSent = words.indexOf(sent);

        assert.ok(firstSent > 0 && firstSent <= 256, String(firstSent));
        assert.ok(words.slice(0, firstSent).every(word => word === LOST));
        assert.ok(words.slice(firstSent).every(word => word === sent));
        await slow.stop();
    });

test('as many answers as questions count against no rate', async () => {
    const session = await open();
    const made = [...await post(60), ...await post(60)];

    await session.gets(made.at(-1));
    for (const { seq } of made)
        session.ack(seq, 'received');
    for (const each of made)
        await becomes(each, session.who, ['received']);
    assert.ok(!session.heard.some(({ op }) => op === 'error'));
    await session.close();
});

test('what answers nothing counts against its rate', async () => {
    const session = await open();
    const [made] = await post();

    await session.gets(made);
    for (let n = 0; n < 200; n++)
        session.ack(made.seq, 'eaten');
    await within('it is closed', session.closed);
    assert.equal(session.code, 4429);
});

test('a stop says so of what is open, and a later word still counts',
    async () => {
        const slow = await Daemon.start({ args: ['--receipt-timeout', '60'] });
        const token = await slow.token('kitchen', '--sub', 'page-1');
        const page = connect(slow.wsUrl, { WebSocket, token,
            rooms: ['kitchen'], receipts: true, random: () => 0.01 });
        const heard = [];

        atEnd(() => page.close());
        page.on('event', event => heard.push(event));
        await until('it is there', () => page.state === 'live');
        const made = await slow.post(await slow.token('backend'),
            { event: 'order.created', payload: newOrder('s1', '5') });

        await until('it hears', () => heard.some(({ id }) => id === made.id));
        await slow.stop();
        await until('it has noticed', () => page.state === 'stale');
        page.ack(made.seq, 'shown'); // waits for the connection
        await slow.begin();
        await until('it is back', () => page.state === 'live');
        const ask = async () => (await (await fetch(
            `${slow.url}/api/orders/s1/deliveries`,
            { headers: { Authorization: `Bearer ${token}` } })).json())
            .deliveries.find(({ recipient }) => recipient === 'page-1');

        await until('it is shown', async () =>
            (await ask())?.progress === 'shown');
        assert.deepEqual((await ask()).history.map(({ progress }) => progress),
            ['unknown', 'shown']);
        page.close();
        await slow.stop();
    });
