/**
 * The matrix of rights: everybody at every room, and everybody with every
 * event, over native WebSocket, Socket.IO and HTTP, as the oracle says that
 * reads the published tables. MQTT and what is delivered have files of their
 * own.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { bodies, formsOf, names, ownScene, SCENES, strangeScene }
    from '../rights/bodies.js';
import { ask, askEach, askNative, askSockets, burstOf, chunks }
    from '../rights/pipes.js';
import { Stage } from '../rights/stage.js';
import { keyOf, SESSIONS } from '../rights/story.js';
import { notes, PLACES, words } from '../rights/words.js';
import { cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

const REFUSALS = new Set(['forbidden', 'unauthorized', 'closed 4401']);

/* Not said at all: a grant that ends here was none. */
const UNSAID = new Set(['bad_json', 'bad_request', 'unknown_event', 'rate',
    'wrong_type', 'too_large', 'busy', 'duplicate_key', 'bad_utf8',
    'missing_field', 'bad_id', 'unavailable']);

/* Rooms, their own and other people's, that are none, and that are no rooms
 * by the grammar. */
const ROOMS = ['all', 'kitchen', 'kitchen/grill', 'kitchen/bar', 'waiters',
    'restaurant', 'guests', 'pool', 'admin', 'table/5', 'table/6', 'table/99',
    'order/41', 'order/42', 'order/43', 'order/44', 'order/45', 'order/nope',
    `session/${keyOf(SESSIONS[0])}`, `session/${keyOf(SESSIONS[1])}`,
    'session/nope', 'user/user-1', 'user/waiter', 'user/nope',
    'device/pager-5', 'device/printer-1', 'device/nope'];
const NO_ROOMS = ['', 'Kitchen', 'kitchen/', 'kitchen//grill', '/kitchen',
    'table', 'table/', 'table/../5', 'table/5/6', 'table/+', 'table/5 ', '#',
    '+', 'order/*', 'admin/x', 'guests/1', `table/${'x'.repeat(37)}`, 'hub',
    'device/+', 'user/é', 'order/41%00', 'nowhere/5'];

let stage;
let daemon;
let oracle;
let tally;

before(async () => {
    stage = await Stage.open();
    ({ daemon, oracle, tally } = stage);
});

after(async () => {
    try {
        await stage?.close();
    } finally {
        await cleanUp();
    }
});

/** No mismatch in these transports; how much was asked is said. */
function assertEqual(t, ...transports) {
    const wrong = tally.wrong.filter(text =>
        transports.some(name => text.startsWith(`${name}: `)));

    for (const line of tally.report())
        if (transports.some(name => line.startsWith(`${name}: `)))
            t.diagnostic(line);
    assert.equal(wrong.length, 0, `${wrong.length} differ\n` +
        wrong.slice(0, 60).join('\n'));
}

/* --- joining --- */

/** All refusals of rooms are one. */
function assertUniform(refusals) {
    const texts = new Set(refusals.map(({ code, field, message }) =>
        JSON.stringify({ code, field, message })));

    assert.ok(texts.size === 1, [...texts].join('\n'));
}

test('everybody joins on /ws the rooms that the oracle opens', async t => {
    const refusals = [];

    for (const who of stage.everybody) {
        const rooms = [...ROOMS, ...NO_ROOMS];
        const shut = !oracle.enters(who, stage.world(who));
        // Who is thrown out is asked for each room over a connection of its
        // own.
        const answers = shut
            ? (await askEach(rooms, room => askNative(daemon, oracle, who,
                [{ op: 'join', rooms: [room] }]))).flat()
            : await askNative(daemon, oracle, who,
                rooms.map(room => ({ op: 'join', rooms: [room] })));

        rooms.forEach((room, i) => {
            const expected = oracle.mayJoin(who, stage.world(who), room);
            const got = answers[i];

            // What is no room is told to be none, to strangers, too.
            tally.add('join /ws', `${who.name} ${room}`, expected, got,
                expected ? got.op === 'ok'
                    : got.code === 'bad_room' ? !oracle.room(room)
                        : shut ? REFUSALS.has(got.code)
                            : got.code === 'forbidden');
            if (!shut && !expected && oracle.room(room))
                refusals.push(got);
        });
    }
    assertEqual(t, 'join /ws');
    assertUniform(refusals);
});

test('everybody reads by HTTP of the rooms that the oracle opens', async t => {
    const refusals = [];

    for (const path of ['/api/snapshot', '/api/events'])
        for (const who of stage.everybody) {
            const world = stage.world(who);
            // Reading what has happened has a rate.
            const readers = chunks([...ROOMS, ...NO_ROOMS.filter(Boolean)],
                path === '/api/events' && who.claims
                    ? burstOf(oracle, who) : MOST_READS)
                .map((rooms, i) => ({ rooms, who: i === 0 ? who
                    : anew(who, i) }));

            for (const { rooms, who: reader } of readers)
                for (const [i, { status, body }] of (await askEach(rooms,
                    room => ask(daemon, 'GET', `${path}?rooms=` +
                        encodeURIComponent(room), reader.token))).entries()) {
                    const expected =
                        oracle.mayJoin(reader, world, rooms[i]);
                    const shut = !oracle.enters(reader, world);

                    tally.add(`read ${path}`, `${reader.name} ${rooms[i]}`,
                        expected, { status, ...body?.code && body },
                        status === (expected ? 200 : shut ? 401 : 403));
                    if (status === 403)
                        refusals.push(body);
                }
        }
    assertEqual(t, 'read /api/snapshot', 'read /api/events');
    assertUniform(refusals);
});

const MOST_READS = 1000;

/** Somebody like `who` with a rate of its own; but for its subject, where a
 * right depends on that, it is the same. */
function anew(who, i) {
    return stage.shut.includes(who) ? who
        : stage.mint.again(who, `${who.name}-${i}`);
}

/* [word, argument, our room] */
const VERBS = {
    kds: [['join:kitchen', undefined, 'kitchen'],
        ['join:waiters', undefined, 'waiters'],
        ...[5, 6, 99, '+', '5/6', ''].map(id =>
            ['join:table', id, `table/${id}`]),
        ...[41, 42, 43, 44, 45, 999999, '#', '../41'].map(id =>
            ['join:order', id, `order/${id}`])],
    kebab: [['restaurant-kitchen', 'kitchen'], ['order-41', 'order/41'],
        ['order-42', 'order/42'], ['order-43', 'order/43'],
        ['order-nope', 'order/nope'], ['order-', 'order/'],
        ['user-user-1', 'user/user-1'], ['user-waiter', 'user/waiter'],
        ['pool-staff', 'pool'], ['admin-dashboard', 'admin'],
        ['kitchen', 'none'], ['admin', 'none'], ['all', 'none'],
        ['restaurant-', 'none'], ['', 'none'], ['order-+', 'order/+']]
        .map(([theirs, ours]) => ['join-room', theirs, ours]),
    session: [['join:restaurant', 'main', 'restaurant', 'main'],
        ['join:restaurant', 'harbour', 'restaurant', 'harbour'],
        ['join:restaurant', 'nowhere', 'none'],
        ['join:restaurant', '', 'none']],
};

test('everybody joins on Socket.IO the rooms that the oracle opens',
    async t => {
        for (const [dialect, verbs] of Object.entries(VERBS))
            for (const who of stage.everybody) {
                const world = stage.world(who);
                const answers = await askSockets(daemon, oracle, who,
                    PLACES[dialect], verbs.map(([word, argument]) =>
                        argument === undefined ? [word] : [word, argument]));

                verbs.forEach(([word, argument, room, site], i) => {
                    const expected = (site ?? who.site) === who.site &&
                        oracle.mayJoin(who, world, room);

                    tally.add(`join ${dialect}`,
                        `${who.name} ${word} ${argument}`, expected,
                        answers[i], expected === (answers[i] === true) &&
                        (expected || answers[i] === false ||
                            Boolean(answers[i]?.refused)));
                });
            }
        assertEqual(t, ...Object.keys(VERBS).map(name => `join ${name}`));
    });

test('a sitting is joined by whoever shows its token, and by nobody else',
    async t => {
        // The token is the right: whose room it opens is that of its hash.
        for (const who of stage.everybody) {
            const [answer] = await askSockets(daemon, oracle, who,
                PLACES.session, [['join:session', SESSIONS[0]]]);
            const expected = who.claims === null ||
                (oracle.enters(who, stage.world(who)) &&
                    oracle.rolesOf(who).includes('table'));

            tally.add('join sitting', who.name, expected, answer,
                expected === (answer === true));
        }
        assertEqual(t, 'join sitting');
    });

/* --- saying --- */

/** How it was meant: a grant may still be impossible, but was understood. */
function isAsExpected(expected, shut, code) {
    if (!expected)
        return shut ? REFUSALS.has(code) : code === 'forbidden';
    return !REFUSALS.has(code) && !UNSAID.has(code);
}

/** What is granted is about things of its own; `events` are to make them. */
function sceneFor(who, base, event, events) {
    if (who.site !== 'main')
        return strangeScene(stage.story, base, event);
    const { scene, events: own } = ownScene(stage.story, base, event);

    events.push(...own);
    return scene;
}

/** Every event about both scenes, at fullest and at least, as the oracle
 * sees it. */
async function casesOf(who) {
    const world = stage.world(who);
    const cases = [];
    const events = [];

    for (const event of names)
        for (const base of Object.values(SCENES))
            for (const form of formsOf(oracle, event)) {
                const shared = { n: 1, ...base };
                const may = oracle.maySay(who, world, event,
                    bodies(event, shared)[form]);
                const scene = may ? sceneFor(who, base, event, events)
                    : shared;
                const payload = bodies(event, scene)[form];

                cases.push({ event, payload,
                    what: `${who.name} ${event} ${form} at ${scene.table}` });
            }
    await stage.story.say(...events);
    for (const one of cases)
        one.expected = oracle.maySay(who, world, one.event, one.payload);
    return cases;
}

function judge(transport, who, { event, what, expected }, got) {
    const shut = !oracle.enters(who, stage.world(who));
    const code = got.code ?? (got.error?.code);

    tally.add(transport, what, expected, got,
        isAsExpected(expected, shut, code));
    if (expected && code === undefined)
        tally.done(transport, event);
}

/** Events that somebody other than the hub may state. */
const stated = () => stage.catalogue.rights.events
    .filter(({ any, own, transient }) => !transient &&
        (any.some(role => role !== 'hub') || Object.keys(own).length > 0))
    .map(({ name }) => name);

function assertPossible(transport) {
    const done = tally.granted.get(transport);

    assert.deepEqual(stated().filter(name =>
        !done.has(name) && !BY_DEVICES.includes(name)), [],
    `granted on ${transport}, but never possible`);
}

/* Only a printer that was given a job answers it, of what it has printed no
 * copy is made, only a device that is online has troubles, and only a bump bar
 * keys: tests/e2e/rights_mqtt.test.js. */
const BY_DEVICES = ['print.accepted', 'print.printed', 'print.failed',
    'print.unconfirmed', 'print.expired', 'print.reprinted',
    'device.battery_low', 'device.degraded', 'device.offline',
    'device.telemetry', 'device.key_pressed'];

test('everybody says on /ws what the oracle grants', async t => {
    for (const who of stage.everybody) {
        const cases = await casesOf(who);
        const shut = !oracle.enters(who, stage.world(who));
        const messages = cases.map(({ event, payload }) =>
            ({ op: 'publish', event, payload }));
        const answers = shut ? (await askEach(messages, message =>
            askNative(daemon, oracle, who, [message]))).flat()
            : await askNative(daemon, oracle, who, messages);

        cases.forEach((one, i) => judge('say /ws', who, one, answers[i]));
    }
    assertEqual(t, 'say /ws');
    assertPossible('say /ws');
});

test('everybody says by HTTP what the oracle grants', async t => {
    for (const who of stage.everybody) {
        const cases = await casesOf(who);

        // Who has no way in is told so for each alone, the others in arrays.
        if (!oracle.enters(who, stage.world(who)))
            for (const [i, { body }] of (await askEach(cases, one =>
                ask(daemon, 'POST', '/api/events', who.token,
                    JSON.stringify(one)))).entries())
                judge('say HTTP', who, cases[i], body);
        else
            await sayInArrays(who, cases);
    }
    assertEqual(t, 'say HTTP');
    assertPossible('say HTTP');
});

const PIECE = 8; // events of an array: what a guest may say at once

/** Rates go by the name: whoever has said what it may is followed by somebody
 * of another. As names can come to share a rate, what was too fast is said
 * again by one more. */
async function sayInArrays(who, cases) {
    let left = cases;

    await until(`${who.name} has said all`, async () => {
        const late = [];

        for (const said of chunks(left, burstOf(oracle, who))) {
            const speaker = anew(who, speakers++);
            const answers = await askEach(chunks(said, PIECE),
                piece => sayPiece(speaker, piece));

            for (const { one, got } of answers.flat())
                if (got.code === 'rate')
                    late.push(one);
                else
                    judge('say HTTP', speaker, one, got);
        }
        left = late;
        return left.length === 0;
    }, 30000);
}

let speakers = 1000;

async function sayPiece(speaker, piece) {
    const { body } = await ask(daemon, 'POST', '/api/events', speaker.token,
        JSON.stringify(piece.map(
            ({ event, payload }) => ({ event, payload }))));

    assert.ok(Array.isArray(body), JSON.stringify(body));
    return piece.map((one, i) => ({ got: body[i],
        one: { ...one, expected: oracle.maySay(speaker,
            stage.world(speaker), one.event, one.payload) } }));
}

test('everybody says on Socket.IO what the oracle grants', async t => {
    for (const dialect of Object.keys(PLACES))
        for (const who of stage.everybody) {
            const world = stage.world(who);
            const own = words.filter(word => word.dialect === dialect);
            const said = [];
            const events = [];

            for (const word of own)
                for (const base of Object.values(SCENES)) {
                    const shared = { n: 1, ...base };
                    const may = oracle.maySay(who, world, word.event,
                        word.ours(shared));

                    said.push({ ...word, scene: may
                        ? sceneFor(who, base, word.event, events) : shared });
                }
            await stage.story.say(...events);
            const answers = await askSockets(daemon, oracle, who,
                PLACES[dialect], said.map(({ word, theirs, scene }) =>
                    [word, theirs(scene)]));

            said.forEach(({ word, event, ours, scene }, i) =>
                judge(`say ${dialect}`, who, { event,
                    what: `${who.name} ${word} at ${scene.table}`,
                    expected: oracle.maySay(who, world, event, ours(scene)) },
                asFault(answers[i])));
        }
    assertEqual(t, ...Object.keys(PLACES).map(name => `say ${name}`));
    for (const { dialect, event } of words)
        assert.ok(tally.granted.get(`say ${dialect}`).has(event),
            `${event} is granted to somebody of ${dialect}, never possible`);
});

/** Who is not let in has had its answer. */
const asFault = answer => answer.refused ? { code: 'unauthorized', ...answer }
    : answer;

test('what is between a connection and the hub is granted by its row, too',
    async t => {
        for (const who of stage.everybody) {
            const answers = await askSockets(daemon, oracle, who, PLACES.kebab,
                notes.map(({ word, theirs }) => [word, theirs]));

            notes.forEach(({ event, word }, i) => {
                const expected = oracle.mayNote(who, stage.world(who), event);

                tally.add('note kebab', `${who.name} ${word}`, expected,
                    answers[i], expected === (answers[i] === true));
            });
        }
        assertEqual(t, 'note kebab');
    });
