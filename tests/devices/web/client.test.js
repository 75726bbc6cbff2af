import assert from 'node:assert/strict';
import { afterEach, beforeEach, test as plainTest } from 'node:test';
import WebSocket from 'ws';

import { backoffMs } from '../../../devices/web/client/backoff.js';
import { ServerClock } from '../../../devices/web/client/clock.js';
import { closes, floorMs } from '../../../devices/web/client/closes.js';
import { connect, ulid } from '../../../devices/web/client/index.js';
import { FakeHub } from './fake_hub.js';
import { FakeTime } from './fake_time.js';

/** A test that waits for what never comes must fail, not wait. */
const test = (name, fn) => plainTest(name, { timeout: 5000 }, fn);

let hub;
let time;
let client;
let heard; // all that the client emitted, in order

function open(options = {}) {
    client = connect(hub.url, { token: 'T', rooms: ['kitchen'], WebSocket,
        timers: time, random: () => 0.5, ...options });
    heard = [];
    for (const name of ['snapshot', 'event', 'state', 'refused'])
        client.on(name, detail => heard.push({ name, ...detail,
            code: detail.code }));
    return client;
}

/** The next time that the client says `name` and it fits. */
function next(name, fits = () => true) {
    return new Promise(resolve => {
        const off = client.on(name, detail => {
            if (fits(detail)) {
                off();
                resolve(detail);
            }
        });
    });
}

const state = wanted => next('state', detail => detail.state === wanted);
const retry = () => next('state', detail => detail.retryAt !== undefined);

/** Let time pass until the next attempt is due, and no further. */
async function untilDue(lost) {
    const detail = await lost;

    time.pass(detail.retryAt - time.wall());
    return detail;
}

const seqs = () => heard.filter(h => h.name === 'event').map(h => h.seq);

async function live(seq = 10) {
    const session = await hub.next();
    const isLive = state('live');
    const join = await session.welcome(seq);

    await isLive;
    return { session, join };
}

beforeEach(async () => {
    hub = await FakeHub.open();
    time = new FakeTime();
});

afterEach(async () => {
    client?.close();
    client = null;
    await hub.close();
});

test('the token goes in the first message and never into the address',
    async () => {
        open();
        const session = await hub.next();

        assert.equal(session.url, '/ws');
        assert.equal(session.protocol, 'dumbwaiter.v1.json');
        assert.deepEqual(await session.hear(), { op: 'auth', token: 'T' });
    });

test('a first join asks for no place and gives the picture, then events',
    async () => {
        open();
        const { session, join } = await live();
        const got = next('event', e => e.seq === 12);

        assert.equal(join.after, undefined);
        session.event(11);
        session.event(12);
        await got;
        assert.deepEqual(heard.map(h => h.name),
            ['snapshot', 'state', 'event', 'event']);
        assert.deepEqual(seqs(), [11, 12]);
    });

test('events that the picture contains, or that come twice, are left out',
    async () => {
        open();
        const { session } = await live(10);
        const got = next('event', e => e.seq === 12);

        for (const seq of [9, 10, 11, 11, 12])
            session.event(seq);
        await got;
        assert.deepEqual(seqs(), [11, 12]);
    });

test('after a lost connection it resumes behind the last event it had',
    async () => {
        open();
        const first = await live();
        const got = next('event');

        first.session.event(11);
        await got;
        const lost = retry();

        first.session.drop();
        assert.equal((await untilDue(lost)).state, 'stale');

        const second = await live(13);
        const last = next('event', e => e.seq === 13);

        assert.equal(second.join.after, 'e1.11');
        for (const seq of [11, 12, 13])
            second.session.event(seq);
        await last;
        assert.deepEqual(seqs(), [11, 12, 13]);
        assert.equal(heard.filter(h => h.name === 'snapshot').length, 1);
    });

test('a replay cut in the middle is taken up where it was cut', async () => {
    open();
    const first = await live(10);
    let lost = retry();

    first.session.drop();
    await untilDue(lost);

    const second = await live(20);
    const got = next('event', e => e.seq === 12);

    second.session.event(12);
    await got;
    lost = retry();
    second.session.drop();
    await untilDue(lost);
    assert.equal((await live(20)).join.after, 'e1.12');
});

test('4403 stops it', async () => {
    open();
    const { session } = await live();
    const stopped = state('stopped');

    session.close(4403, 'forbidden');
    assert.equal((await stopped).code, 4403);
    time.pass(60000);
    assert.equal(hub.waiting, 0);
});

test('4401 stops it until there is a new token, and then it resumes',
    async () => {
        open();
        const first = await live();
        const stopped = state('stopped');

        first.session.close(4401, 'expired');
        assert.equal((await stopped).code, 4401);
        client.setToken('T2');

        const session = await hub.next();

        assert.deepEqual(await session.hear(), { op: 'auth', token: 'T2' });
        session.ready();
        assert.equal((await session.hear()).after, 'e1.10');
    });

test('a token that is a function is asked again for each connection',
    async () => {
        let asked = 0;

        open({ token: async () => `T${++asked}` });
        const first = await hub.next();

        assert.equal((await first.hear()).token, 'T1');
        const lost = retry();

        first.close(4401, 'expired');
        await untilDue(lost);
        assert.equal((await (await hub.next()).hear()).token, 'T2');
    });

test('a token that never comes is waited for as long as an answer',
    async () => {
        const late = deferred();
        let asked = 0;

        open({ token: () => ++asked === 1 ? late.promise : `T${asked}` });
        const lost = retry();

        time.pass(10000);
        const due = await lost;

        late.resolve('T1'); // too late: another attempt is under way
        await late.promise;
        time.pass(due.retryAt - time.wall());
        assert.equal((await (await hub.next()).hear()).token, 'T2');
        assert.equal(hub.waiting, 0);
    });

test('an address that can never work stops it for good', () => {
    let dialled = 0;

    open({ WebSocket: function () {
        dialled++;
        throw new SyntaxError('no such address');
    } });
    time.pass(60000);
    assert.deepEqual([client.state, dialled], ['stopped', 1]);
});

test('closed by a listener while it begins, it stays closed', async () => {
    open();
    const { session } = await live();
    const stopped = state('stopped');

    session.close(4401, 'expired');
    await stopped;
    const off = client.on('state', () => {
        off();
        client.close();
    });

    client.setToken('T2');
    time.pass(60000);
    await Promise.resolve();
    assert.equal(client.state, 'stopped');
    assert.equal(hub.waiting, 0);
});

function deferred() {
    let resolve;
    const promise = new Promise(done => {
        resolve = done;
    });

    return { promise, resolve };
}

test('4412 makes it take a picture instead of resuming', async () => {
    open();
    const first = await live();
    const lost = retry();

    first.session.close(4412, 'resync');
    await untilDue(lost);
    assert.equal((await live()).join.after, undefined);
});

test('three resumes that get no answer are enough: it takes a picture',
    async () => {
        open();
        let lost = retry();

        (await live()).session.drop();
        for (let i = 0; i < 3; i++) {
            await untilDue(lost);
            lost = retry();
            const session = await hub.next();

            await session.hear();
            session.ready();
            assert.equal((await session.hear()).after, 'e1.10');
            session.drop();
        }
        await untilDue(lost);
        assert.equal((await live()).join.after, undefined);
    });

test('a server that says nothing for 2.5 heartbeats is taken for dead',
    async () => {
        open();
        const { session } = await live();
        const lost = retry();

        time.pass(60000);
        assert.equal(client.state, 'live');
        time.pass(15000);
        assert.equal(client.state, 'stale');
        await lost;
        await session.closed;
    });

test('heartbeats keep a quiet connection alive', async () => {
    open();
    const { session } = await live();

    for (let i = 0; i < 8; i++) {
        const beat = next('heartbeat');

        time.pass(25000);
        session.say({ op: 'heartbeat', ts: '2026-01-31T18:00:00.000Z',
            rooms: { kitchen: 10 } });
        await beat;
    }
    assert.equal(client.state, 'live');
});

test('a tablet that slept knows at once that its connection is old',
    async () => {
        open();
        await live();
        time.setWall(time.wall() + 3600000); // its other clock stood still
        client.check();
        assert.equal(client.state, 'stale');
    });

const beat = (rooms, events) => ({ op: 'heartbeat',
    ts: '2026-01-31T18:00:00.000Z', rooms, events });

test('what was lost at the end is come back for', async () => {
    open();
    const { session } = await live();
    const lost = retry();

    session.event(11);
    session.say(beat({ kitchen: 13 }, 3));
    await untilDue(lost);
    assert.equal(client.state, 'stale');
    const again = await live(11);
    const calm = next('heartbeat');

    assert.equal(again.join.after, 'e1.11');
    again.session.event(12);
    again.session.event(13);
    again.session.say(beat({ kitchen: 13 }, 2));
    await calm;
    assert.deepEqual(seqs(), [11, 12, 13]);
    assert.equal(client.state, 'live');
});

test('a server that does not count is believed by what it names', async () => {
    open();
    const { session } = await live();
    const lost = retry();

    session.event(11);
    session.say(beat({ kitchen: 12 }));
    await untilDue(lost);
    const again = await live(11);
    const calm = next('heartbeat');

    again.session.event(12);
    again.session.say(beat({ kitchen: 12 }));
    await calm;
    assert.deepEqual(seqs(), [11, 12]);
    assert.equal(client.state, 'live');
});

test('what was lost before something that came is in a picture', async () => {
    open({ rooms: ['kitchen', 'waiters'] });
    const { session } = await live();
    const lost = retry();

    session.event(11);
    session.event(13, 'kitchen.ready', 'waiters'); // 12 is lost
    session.say(beat({ kitchen: 12, waiters: 13 }, 3));
    await untilDue(lost);
    const again = await live(13);
    const calm = next('heartbeat');

    assert.equal(again.join.after, undefined);
    again.session.say(beat({ kitchen: 13, waiters: 13 }, 0));
    await calm;
    assert.equal(client.state, 'live');
});

test('lost in the middle and at the end: coming back is not enough',
    async () => {
        open();
        const { session } = await live();
        let lost = retry();

        session.event(12); // 11 is lost, and 13
        session.say(beat({ kitchen: 13 }, 3));
        await untilDue(lost);
        const second = await live(12);

        assert.equal(second.join.after, 'e1.12');
        lost = retry();
        second.session.event(13);
        second.session.event(14);
        second.session.say(beat({ kitchen: 14 }, 2));
        await untilDue(lost);
        assert.equal((await live(14)).join.after, undefined);
        assert.deepEqual(seqs(), [12, 13, 14]);
    });

test('what going back does not bring is in a picture, and then it is enough',
    async () => {
        open();
        const first = await live();
        let lost = retry();

        first.session.say(beat({ kitchen: 12 }));
        await untilDue(lost);
        const second = await live(10);

        lost = retry();
        second.session.say(beat({ kitchen: 12 }));
        await untilDue(lost);
        const third = await live(12);
        const calm = next('heartbeat');

        assert.deepEqual([second.join.after, third.join.after],
            ['e1.10', undefined]);
        third.session.say(beat({ kitchen: 12 }));
        await calm;
        assert.equal(client.state, 'live');
    });

test('a room that was left, or that nothing came in, is not missed',
    async () => {
        open({ rooms: ['kitchen', 'waiters'] });
        const { session } = await live(10);
        const calm = next('heartbeat');

        client.leave('waiters');
        session.say(beat({ kitchen: 10, waiters: 99 }));
        await calm;
        assert.equal(client.state, 'live');
    });

test('a room that is forbidden does not take the others with it',
    async () => {
        open({ rooms: ['kitchen', 'admin'] });
        const session = await hub.next();
        const refused = next('refused');
        const isLive = state('live');

        await session.hear();
        session.ready();
        const both = await session.hear();

        session.say({ op: 'error', ref: both.ref, code: 'forbidden',
            field: 'rooms', message: 'Not for you.' });
        session.picture(await session.hear(), 10);
        const admin = await session.hear();

        assert.deepEqual(admin.rooms, ['admin']);
        session.say({ op: 'error', ref: admin.ref, code: 'forbidden',
            field: 'rooms', message: 'Not for you.' });
        assert.equal((await refused).code, 'forbidden');
        await isLive;
    });

test('joining one more room does not skip what others still have to send',
    async () => {
        open();
        const { session } = await live(10);
        const joined = client.join('waiters');
        const join = await session.hear();

        assert.deepEqual(join.rooms, ['waiters']);
        session.picture(join, 12);
        await joined;
        const got = next('event', e => e.seq === 13);

        session.event(11, 'kitchen.ready', 'kitchen');
        session.event(12, 'table.updated', 'waiters');
        session.event(13, 'table.updated', 'waiters');
        await got;
        assert.deepEqual(seqs(), [11, 13]);
    });

test('a publish resolves with its receipt', async () => {
    open();
    const { session } = await live();
    const receipt = client.publish('kitchen.ready', { orderId: '42' });
    const asked = await session.hear();

    assert.equal(asked.op, 'publish');
    assert.ok(Number.isInteger(asked.ref));
    assert.equal(asked.event, 'kitchen.ready');
    assert.deepEqual(asked.payload, { orderId: '42' });
    assert.match(asked.id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    session.say({ op: 'ok', ref: asked.ref, id: asked.id, seq: 11,
        epoch: 'e1', duplicate: false });
    assert.deepEqual(await receipt,
        { id: asked.id, seq: 11, epoch: 'e1', duplicate: false });
});

test('a refused publish rejects with the code, the field and the sentence',
    async () => {
        open();
        const { session } = await live();
        const receipt = client.publish('kitchen.ready', { orderId: '42' });
        const asked = await session.hear();

        session.say({ op: 'error', ref: asked.ref, code: 'impossible',
            field: 'orderId', message: 'It is served.' });
        await assert.rejects(receipt, { code: 'impossible', field: 'orderId',
            message: 'It is served.' });
    });

test('what has no answer is sent again under the same id', async () => {
    open();
    const first = await live();
    const receipt = client.publish('kitchen.ready', { orderId: '42' });
    const asked = await first.session.hear();
    const lost = retry();

    first.session.drop();
    await untilDue(lost);

    const session = await hub.next();

    await session.hear();
    session.ready();
    const again = await session.hear();

    assert.equal(again.op, 'publish');
    assert.equal(again.id, asked.id);
    session.say({ op: 'ok', ref: again.ref, id: again.id, seq: 11,
        epoch: 'e1', duplicate: true });
    assert.equal((await receipt).duplicate, true);
});

test('a publish without a connection waits, but not for ever', async () => {
    open();
    const receipt = client.publish('kitchen.ready', { orderId: '42' },
        { timeoutMs: 5000 });

    time.pass(5000);
    await assert.rejects(receipt, { code: 'timeout' });
    assert.equal(client.waiting, 0);
});

test('the hundred and first waiting publish is refused at once', async () => {
    const refused = [];

    open();
    for (let i = 0; i < 100; i++)
        client.publish('kitchen.ready', {}).catch(e => refused.push(e.code));
    await assert.rejects(client.publish('kitchen.ready', {}),
        { code: 'full' });
    client.close();
    await Promise.resolve();
    assert.deepEqual(new Set(refused), new Set(['closed']));
});

test('waiting publishes go out in order, four at a time, ten a second',
    async () => {
        const order = [];

        open();
        for (let i = 0; i < 14; i++)
            client.publish('kitchen.ready', { n: i }).catch(() => {});
        const { session } = await livePublishing(order);

        assert.deepEqual(order.slice(0, 4), [0, 1, 2, 3]);
        while (order.length < 10)
            await answerOne(session, order);
        client.ack(1, 'shown');
        assert.equal((await session.hear()).op, 'ack');
        time.pass(100);
        await answerOne(session, order);
        assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

/** Connected, with the first four publishes heard and answered but one. */
async function livePublishing(order) {
    const session = await hub.next();

    await session.hear();
    session.ready();
    const first = [];

    for (let i = 0; i < 4; i++)
        first.push(await session.hear());
    const join = await session.hear(); // not a fifth publish

    assert.equal(join.op, 'join');
    session.picture(join, 10);
    for (const message of first) {
        order.push(message.payload.n);
        session.say({ op: 'ok', ref: message.ref, id: message.id, seq: 11,
            epoch: 'e1', duplicate: false });
    }
    return { session };
}

async function answerOne(session, order) {
    const message = await session.hear();

    assert.equal(message.op, 'publish');
    order.push(message.payload.n);
    session.say({ op: 'ok', ref: message.ref, id: message.id, seq: 11,
        epoch: 'e1', duplicate: false });
}

test('a server that never says ready is given up and tried again',
    async () => {
        open();
        const session = await hub.next();

        await session.hear();
        const lost = retry();

        time.pass(10000);
        assert.equal((await lost).state, 'connecting');
        await session.closed;
    });

test('frames that mean nothing are passed over', async () => {
    open();
    const { session } = await live();
    const got = next('event');

    for (const text of ['', '{', 'null', '[]', '7', '{"op":"soon"}',
        '{"op":"event"}', '{"op":"event","seq":"12","epoch":"e1"}',
        '{"op":"ok","ref":99}', '{"op":"heartbeat"}'])
        session.sayRaw(text);
    session.event(11);
    assert.equal((await got).seq, 11);
    assert.equal(client.state, 'live');
});

test('a listener that throws does not stop the others', async t => {
    t.mock.method(console, 'error', () => {});
    open();
    client.on('event', () => {
        throw new Error('mine');
    });
    const { session } = await live();
    const got = next('event');

    session.event(11);
    assert.equal((await got).seq, 11);
    assert.equal(console.error.mock.callCount(), 1);
});

test('the server clock does not mind a tablet that is twelve hours off',
    () => {
        const shown = new FakeTime(Date.parse('2026-02-01T06:00:00.000Z'));
        const clock = new ServerClock(shown.mono, shown.wall);

        clock.sample('2026-01-31T18:00:00.000Z');
        shown.pass(60000);
        shown.setWall(0);
        assert.equal(new Date(clock.now()).toISOString(),
            '2026-01-31T18:01:00.000Z');
    });

test('a sample that was long under way does not set the clock back', () => {
    const shown = new FakeTime();
    const clock = new ServerClock(shown.mono, shown.wall);

    clock.sample('2026-01-31T18:00:00.000Z');
    shown.pass(25000);
    clock.sample('2026-01-31T18:00:21.000Z'); // four seconds late
    clock.sample('rubbish');
    assert.equal(new Date(clock.now()).toISOString(),
        '2026-01-31T18:00:25.000Z');
});

test('the pause before an attempt is anything up to a doubling limit', () => {
    assert.equal(backoffMs(0, 0, () => 0), 0);
    assert.equal(backoffMs(0, 0, () => 1), 500);
    assert.equal(backoffMs(3, 0, () => 1), 4000);
    assert.equal(backoffMs(50, 0, () => 1), 30000);
    assert.equal(backoffMs(0, 1200, () => 0), 1200);
    assert.equal(backoffMs(50, 1200, () => 1), 31200);
});

test('what the server asks for is a floor, and nobody waits for ever', () => {
    assert.equal(floorMs(1012, 'retry-after=1200'), 1200);
    assert.equal(floorMs(4429, 'retry-after=4000'), 4000);
    assert.equal(floorMs(1012, ''), 0);
    assert.equal(floorMs(1013, ''), 1000);
    assert.equal(floorMs(4429), 1000);
    assert.equal(floorMs(1012, 'retry-after=9999999999'), 300000);
    for (const reason of ['retry-after=', 'retry-after=-1', 'retry-after=1 2',
        'retry-after=99999999999', 'x retry-after=5', 'retry-after=1e9'])
        assert.equal(floorMs(1012, reason), 0, reason);
});

/** What each action looks like from outside. */
const acts = {
    stop: async () => {
        assert.equal(client.state, 'stopped');
    },
    token: async () => {
        assert.equal(client.state, 'stopped');
        client.setToken('T2');
        assert.equal((await live()).join.after, 'e1.11');
    },
    resume: async detail => {
        await untilDue(Promise.resolve(detail));
        assert.equal((await live()).join.after, 'e1.11');
    },
    later: async detail => {
        assert.ok(detail.retryAt - time.wall() >= 1000);
        await acts.resume(detail);
    },
    snapshot: async detail => {
        await untilDue(Promise.resolve(detail));
        assert.equal((await live()).join.after, undefined);
    },
};

for (const [code, action] of [...Object.entries(closes), [1006, 'resume']])
    test(`after ${code} it does this: ${action}`, async () => {
        open();
        const { session } = await live();
        const got = next('event');

        session.event(11);
        await got;
        const lost = next('state', ({ state }) => state !== 'live');

        if (code === 1006)
            session.drop();
        else
            session.close(Number(code), '');
        await acts[action](await lost);
    });

test('it stays away for as long as the reason of the close says', async () => {
    open();
    const { session } = await live();
    const lost = retry();

    session.close(1012, 'retry-after=7000');
    const { retryAt } = await lost;

    assert.equal(retryAt - time.wall(), 7250); // half of the jitter besides
    time.pass(7000);
    assert.equal(hub.waiting, 0);
    time.pass(250);
    await live();
});

test('a join for which the server is too busy is asked for again', async () => {
    open();
    const session = await hub.next();

    await session.hear();
    session.ready();
    const join = await session.hear();
    const refusal = { op: 'error', ref: join.ref, code: 'busy', field: '',
        message: 'Too much at once.', retryAfterMs: 12000 };

    session.say(refusal);
    session.sayRaw('{}');
    const calm = next('heartbeat');

    session.say(beat({}));
    await calm;
    time.pass(11999);
    assert.equal(session.unheard, 0);
    time.pass(1);
    const again = await session.hear();

    assert.deepEqual([again.op, again.rooms, again.after],
        ['join', ['kitchen'], undefined]);
    const isLive = state('live');

    session.picture(again, 10);
    await isLive;
    assert.ok(!heard.some(({ name }) => name === 'refused'));
});

test('a publish for which the server is too busy goes out again', async () => {
    open();
    const { session } = await live();
    const receipt = client.publish('kitchen.ready', { orderId: '1' });
    const first = await session.hear();
    const calm = next('heartbeat');

    session.say({ op: 'error', ref: first.ref, code: 'rate', field: '',
        message: 'Slower.', retryAfterMs: 3000 });
    session.say(beat({}));
    await calm;
    time.pass(2999);
    assert.equal(session.unheard, 0);
    time.pass(1);
    const again = await session.hear();

    assert.deepEqual([again.op, again.id], ['publish', first.id]);
    session.say({ op: 'ok', ref: again.ref, id: again.id, seq: 11,
        epoch: 'e1', duplicate: false });
    assert.equal((await receipt).seq, 11);
});

test('a publish that the server is too busy for to the end says so',
    async () => {
        open();
        const { session } = await live();
        const failed = client.publish('kitchen.ready', { orderId: '1' })
            .catch(error => error);
        const { ref } = await session.hear();
        const calm = next('heartbeat');

        session.say({ op: 'error', ref, code: 'unavailable', field: '',
            message: 'Full.', retryAfterMs: 60000 });
        session.say(beat({}));
        await calm;
        time.pass(30000);
        assert.equal((await failed).code, 'unavailable');
    });

test('what was too large for the server is not said again', async () => {
    open();
    const { session } = await live();
    const large = client.publish('kitchen.ready',
        { orderId: 'x'.repeat(100) }).catch(error => error);

    client.publish('kitchen.ready', { orderId: '1' }).catch(() => {});
    await session.hear();
    await session.hear();
    const lost = retry();

    session.close(1009);
    await untilDue(lost);
    assert.equal((await large).code, 'too_large');
    const again = await hub.next();

    await again.hear();
    again.ready();
    assert.equal((await again.hear()).payload.orderId, '1');
    assert.equal((await again.hear()).op, 'join');
});

test('with receipts it says so, and what it acknowledges meanwhile waits',
    async () => {
        open({ receipts: true });
        const session = await hub.next();
        const auth = await session.hear();

        assert.equal(auth.receipts, true);
        for (let seq = 1; seq <= 300; seq++)
            client.ack(seq, 'shown');
        session.ready();
        const join = await session.hear();

        session.resumed(join, 10);
        for (let seq = 45; seq <= 300; seq++)
            assert.deepEqual(await session.hear(),
                { op: 'ack', seq, stage: 'shown' });
        client.ack(301, 'done');
        assert.equal((await session.hear()).seq, 301);
    });

test('ULIDs sort by time and do not repeat', () => {
    const many = new Set(Array.from({ length: 1000 }, () => ulid(5)));

    assert.equal(many.size, 1000);
    assert.ok(ulid(1) < ulid(2));
    assert.equal(ulid(0).slice(0, 10), '0000000000');
    assert.equal(ulid(2 ** 48 - 1).slice(0, 10), '7ZZZZZZZZZ');
});
