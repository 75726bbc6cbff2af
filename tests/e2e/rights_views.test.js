/**
 * What everybody is told: one marked event of each kind, said by a back end,
 * and everybody listening wherever the oracle lets them. Who has heard which
 * events, by which rooms and with which fields is what the oracle makes of the
 * published tables.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';

import { bodies, ownScene, SCENES } from '../rights/bodies.js';
import { allHave, listen, listenAs } from '../rights/listeners.js';
import { ask } from '../rights/pipes.js';
import { Stage } from '../rights/stage.js';
import { SESSIONS } from '../rights/story.js';
import { PLACES } from '../rights/words.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

let stage;
let daemon;
let oracle;
let reader; // of all that is said on MQTT
let rooms; // that there are, to be joined
let ears = [];
let head; // of the journal, before anything marked
let headCursor; // the cursor of that
const counts = {};

/* What comes of something else, or is for one connection alone. */
const said = () => stage.catalogue.rights.events.filter(({ any, transient }) =>
    any.includes('backend') && !transient).map(({ name }) => name);

/** Everything that goes to json/#: by event, with its rooms. */
class Reader {
    events = new Map(); // id -> {name, payload, rooms}

    static async open(url, site) {
        const all = new Reader();
        const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 });

        client.on('message', (topic, data) => all.#take(
            topic.slice(`dw/1/${site}/json/`.length), JSON.parse(data)));
        await client.subscribeAsync(`dw/1/${site}/json/#`, { qos: 1 });
        atEnd(() => client.endAsync(true));
        return all;
    }

    #take(room, { id, event, seq, payload }) {
        const known = this.events.get(id) ??
            { id, name: event, seq, payload, rooms: [] };

        known.rooms.push(room);
        this.events.set(id, known);
    }
}

before(async () => {
    stage = await Stage.open();
    ({ daemon, oracle } = stage);
    await startDevices();
    await everyoneListens();
    await everythingIsSaid();
});

after(async () => {
    for (const ear of ears)
        ear.socket?.disconnect();
    try {
        await stage?.close();
    } finally {
        await cleanUp();
    }
});

/** Then tickets are for it, it has something to listen to, and there is a
 * pager to be handed out. */
async function startDevices() {
    for (const kind of ['printer', 'pager']) {
        const { body } = await ask(daemon, 'POST', '/api/events',
            stage.who(kind === 'printer' ? 'printer-1' : 'pager-5').token,
            JSON.stringify({ event: 'device.online',
                payload: { kind, boot: 1 } }));

        assert.ok(body.seq, JSON.stringify(body));
    }
}

/* Where each event happens, and what it needs: [event, scene, payload]. */
let plays;

async function setScenes() {
    const events = [];

    plays = said().map(name => {
        const { scene, events: own } =
            ownScene(stage.story, SCENES.five, name);

        events.push(...own);
        return { name, scene };
    });
    // What is a new order has no scene of its own.
    for (const { name, scene } of plays)
        if (name === 'order.created')
            stage.story.order(scene.order, scene.table, scene.station,
                { session: SESSIONS[0] });
    await stage.story.say(...events);
}

async function everyoneListens() {
    await setScenes();
    const orders = plays.filter(({ name }) =>
        oracle.events.get(name).rooms.includes('order/<id>') &&
            name !== 'order.created')
        .map(({ scene }) => `order/${scene.order}`);

    rooms = ['all', 'kitchen', 'kitchen/grill', 'kitchen/bar', 'waiters',
        'restaurant', 'guests', 'pool', 'admin', 'table/5', 'table/6',
        'user/user-1', 'device/printer-1', 'device/pager-5', ...orders];
    assert.ok(rooms.length <= 64, `${rooms.length} rooms`);
    reader = await Reader.open(daemon.mqttUrl, 'main');
    for (const who of stage.present) {
        ears.push(await listen(daemon, who, rooms.filter(room =>
            oracle.mayJoin(who, stage.world(who), room))));
        for (const dialect of Object.keys(VERBS))
            await listenInDialect(who, dialect);
    }
    await listenInSitting();
    headCursor = await daemon.headCursor();
    head = Number(headCursor.split('.')[1]);
}

/* How a dialect calls these rooms, as far as it has them. */
const VERBS = {
    kds: { kitchen: ['join:kitchen'], waiters: ['join:waiters'],
        'table/5': ['join:table', 5], 'table/6': ['join:table', 6] },
    kebab: { kitchen: ['join-room', 'restaurant-kitchen'],
        pool: ['join-room', 'pool-staff'],
        admin: ['join-room', 'admin-dashboard'],
        'user/user-1': ['join-room', 'user-user-1'] },
    session: { restaurant: ['join:restaurant', 'main'] },
    flat: {}, // it is in `all` from the start, or refused
};

async function listenInDialect(known, dialect) {
    // Nobody has many connections; a user's room goes by its name.
    const who = dialect === 'kebab' && !known.claims.device ? known
        : stage.mint.again(known, `${known.name}-${dialect}`);
    const open = room => oracle.mayJoin(who, stage.world(who), room);

    if (dialect === 'flat' && !open('all'))
        return;
    const own = dialect === 'flat' ? ['all'] : Object.keys(VERBS[dialect])
        .filter(open);
    const verbs = own.map(room => VERBS[dialect][room]).filter(Boolean)
        .map(verb => verb[0] === 'join:restaurant'
            ? [verb[0], who.site] : verb);

    ears.push(await listenAs(daemon, who, dialect, dialect === 'flat'
        ? { nsp: '/events' } : PLACES[dialect], verbs, own));
}

/** A guest with nothing but the token of a sitting. */
async function listenInSitting() {
    const key = stage.story.world.orders.get('44').session;
    const guest = { name: 'guest of a sitting', site: 'main', token: null,
        claims: { roles: ['table'], sub: 'guest' }, session: key,
        issuedAt: Infinity, expiresAt: Infinity };

    ears.push(await listenAs(daemon, guest, 'session', PLACES.session,
        [['join:session', SESSIONS[0]]], [`session/${key}`]));
}

async function everythingIsSaid() {
    for (const { name, scene } of plays) {
        const payload = bodies(name, scene).full;

        if (name === 'kitchen.station_assigned')
            payload.station.id = 'bar'; // to where it is not yet
        if (name === 'order.created')
            payload.order.session = { id: 's-44',
                key: stage.story.world.orders.get('44').session };
        await stage.story.say({ event: name, payload });
    }
    // To the order of the sitting, which has a room of its own; and to all
    // whom a word can name.
    await stage.story.say({ event: 'order.status_changed',
        payload: { orderId: '44', status: 'confirmed' } },
    ...Object.keys(stage.catalogue.rights.channels).map(channel => ({
        event: 'message.created', payload: { message: { channel,
            text: `To ${channel}`, userId: 'user-1' } } })),
    ...Object.keys(stage.catalogue.rights.readers).map(role => ({
        event: 'notification', payload: { title: `To ${role}`, role } })));
    const last = await daemon.quietHead();

    await until('MQTT has all', () =>
        Math.max(...[...reader.events.values()].map(({ seq }) => seq))
            >= last);
    marked = [...reader.events.values()].filter(({ seq }) => seq > head);
    await allHave(ears, expectedOf);
}

let marked; // what was said, and what came of it

/** Telemetry may be left out; everything else must come. */
const mustCome = name =>
    oracle.bodies.get(name).keep !== 'none';

/* The rooms by which it is for the listener. */
const waysTo = (ear, { name, payload }) =>
    oracle.roomsOf(name, payload).filter(room => ear.rooms.includes(room));

/** Does its dialect have a word for it there? */
function hasWord(ear, name, ways) {
    const kinds = ways.map(room => oracle.room(room).row.name);

    return ear.dialect === undefined || oracle.bodies.get(name).saidAs.some(
        row => row.dialect === ear.dialect && row.direction === 'out' &&
            row.rooms.some(kind => kinds.includes(kind)));
}

const isFor = (ear, event) => ear.who.site === 'main' &&
    oracle.viewOf(ear.who, event.name) !== 'none' &&
    hasWord(ear, event.name, waysTo(ear, event)) &&
    waysTo(ear, event).length > 0;

function expectedOf(ear) {
    return new Map(marked.filter(event =>
        mustCome(event.name) && isFor(ear, event))
        .map(event => [event.id, event]));
}

function report(t, name, wrong) {
    for (const [what, count] of Object.entries(counts))
        t.diagnostic(`${what}: ${count}`);
    for (const what of Object.keys(counts))
        delete counts[what];
    assert.equal(wrong.length, 0,
        `${wrong.length} differ\n${wrong.slice(0, 40).join('\n')}`);
}

const count = (what, n = 1) => {
    counts[what] = (counts[what] ?? 0) + n;
};

/* --- */

test('every event goes to the rooms that its row and its body say', t => {
    const silent = ['session/', 'device/']; // no json/ of these
    const wrong = [];

    for (const { name, payload, rooms: got } of marked) {
        const expected = oracle.roomsOf(name, payload).filter(room =>
            !silent.some(kind => room.startsWith(kind)));

        count('events');
        if (JSON.stringify([...got].sort()) !== JSON.stringify(expected))
            wrong.push(`${name}: ${got} instead of ${expected}`);
    }
    report(t, 'rooms', wrong);
    const seen = new Set(marked.map(({ name }) => name));

    assert.deepEqual(said().filter(name => !seen.has(name)), []);
});

test('everybody has heard the events that the oracle grants, no others', t => {
    const wrong = [];

    for (const ear of ears) {
        const expected = expectedOf(ear);

        for (const event of marked) {
            const got = ear.heard.has(event.id);

            count(`${ear.dialect ?? '/ws'} cases`);
            count(`${ear.dialect ?? '/ws'} told`, Number(got));
            if (got && !isFor(ear, event))
                wrong.push(`${ear.name} has heard ${event.name} ` +
                    JSON.stringify(ear.heard.get(event.id)));
            if (!got && expected.has(event.id))
                wrong.push(`${ear.name} has not heard ${event.name}`);
        }
    }
    report(t, 'heard', wrong);
});

test('nobody hears of what another restaurant does', () => {
    const here = new Set(marked.map(({ id }) => id));

    for (const ear of ears.filter(({ who }) => who.site !== 'main'))
        for (const [id, events] of ear.heard) {
            assert.ok(!here.has(id), `${ear.name} ${JSON.stringify(events)}`);
            // Who is there at their own place admins are told.
            assert.ok(events.every(({ event }) => event === 'users.live' ||
                event === 'live-users-update'), JSON.stringify(events));
        }
});

test('on /ws everybody has the fields of its view, each once', t => {
    const wrong = [];

    for (const ear of ears.filter(({ session }) => session))
        for (const event of marked.filter(({ id }) => ear.heard.has(id))) {
            const view = oracle.viewOf(ear.who, event.name);
            const [first, ...more] = ear.heard.get(event.id);

            if (view === 'none')
                continue; // has been said
            count(`${view} views`);
            if (more.length > 0)
                wrong.push(`${ear.name} has ${event.name} twice`);
            if (!waysTo(ear, event).includes(first.room))
                wrong.push(`${ear.name} has ${event.name} by ${first.room}`);
            try {
                assert.deepEqual(first.payload,
                    oracle.seen(event.name, view, event.payload));
            } catch (error) {
                wrong.push(`${ear.name} ${event.name} ${error.message}`);
            }
        }
    report(t, 'fields', wrong);
});

/* Values that stand in the whole and nowhere in the view: texts, and numbers
 * that do not come by chance; money as a contract would say it, too. */
function secretsOf(whole, seen) {
    const leaves = value => typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(leaves) : [value];
    // Words for a status may come as the word for another one.
    const open = new Set([...leaves(seen),
        ...stage.catalogue.words.flatMap(({ words }) => words)]);

    return leaves(whole).filter(value => !open.has(value) &&
        (typeof value === 'string' ? value.length > 3 : value > 999))
        .flatMap(value => typeof value === 'number'
            ? [value, value / 100] : [value])
        .map(value => JSON.stringify(value));
}

test('no dialect lets out what the view hides', t => {
    const wrong = [];

    for (const ear of ears.filter(({ dialect }) => dialect))
        for (const event of marked.filter(({ id }) => ear.heard.has(id))) {
            const view = oracle.viewOf(ear.who, event.name);
            const text = JSON.stringify(ear.heard.get(event.id));

            for (const secret of view === 'none' ? [] : secretsOf(
                event.payload, oracle.seen(event.name, view, event.payload))) {
                count('secrets');
                if (new RegExp(`[:[,]${escaped(secret)}[,}\\]]`).test(text))
                    wrong.push(`${ear.name} ${event.name} ${secret} ${text}`);
            }
        }
    report(t, 'secrets', wrong);
});

const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

test('GET /api/events tells the same as /ws', async t => {
    const wrong = [];
    const { epoch } = (await ask(daemon, 'GET', '/api/snapshot?rooms=admin',
        stage.who('admin').token)).body;

    for (const ear of ears.filter(({ session, rooms: own }) =>
        session && own.length > 0)) {
        const main = ear.who.site === 'main';
        // Elsewhere it is another journal.
        const after = main ? `&after=${headCursor}` : '';
        const { body } = await ask(daemon, 'GET', '/api/events?limit=1000' +
            `${after}&rooms=${ear.rooms}`, ear.who.token);
        const got = new Map(body.events.map(event => [event.id, event]));

        for (const event of marked.filter(({ name }) => mustCome(name))) {
            const view = oracle.viewOf(ear.who, event.name);

            count('GET /api/events cases');
            if (got.has(event.id) !== isFor(ear, event))
                wrong.push(`${ear.name} ${event.name}: ` +
                    JSON.stringify(got.get(event.id)));
            else if (got.has(event.id))
                try {
                    assert.deepEqual(got.get(event.id).payload,
                        oracle.seen(event.name, view, event.payload));
                } catch (error) {
                    wrong.push(`${ear.name} ${event.name} ${error.message}`);
                }
        }
    }
    report(t, 'replay', wrong);
});

/* --- the picture --- */

/* Where it is asked for, its list there, what it consists of, and the event
 * whose hearers may see it. */
const LISTS = [
    ['/api/orders', 'orders', 'Order', 'order.created'],
    ['/api/tables', 'tables', 'Table', 'table.updated'],
    ['/api/alerts', 'alerts', 'Alert', 'alert.created'],
    ['/api/calls', 'calls', 'ServiceCall', 'service_call.created'],
    ['/api/messages', 'messages', 'Message', 'message.created'],
    ['/api/menu', 'menu', 'MenuItem', 'item.availability_changed'],
];

const pictureView = who => ['full', 'staff', 'customer', 'device'].find(
    view => oracle.rolesOf(who).some(role =>
        oracle.roles.get(role).view === view));

/** Of whose is it, for a guest? */
const isOwnOf = (who, one, list) => {
    const table = list === 'tables' ? one.id : one.table?.id;

    return list === 'orders' ? oracle.mayJoin(who, stage.world(who),
        `order/${one.id}`) : table === who.claims.table;
};

function lookAt(who, list, type, told, all, wrong) {
    const view = pictureView(who);

    if (all.length > 0 && oracle.viewOf(who, told) === 'none')
        wrong.push(`${who.name} sees ${list}`);
    for (const one of all) {
        count('things shown');
        try {
            assert.deepEqual(one, oracle.seenOf(type, view, one));
        } catch (error) {
            wrong.push(`${who.name} ${list} ${error.message}`);
        }
        if (['orders', 'tables', 'alerts', 'calls'].includes(list) &&
            oracle.isGuest(who) && !isOwnOf(who, one, list))
            wrong.push(`${who.name} ${list}: not its own ` +
                JSON.stringify(one));
    }
}

test('lists and pictures show what is for their reader, in its view',
    async t => {
        const wrong = [];
        const full = {};

        for (const who of stage.everybody)
            for (const [path, list, type, told] of LISTS) {
                const { status, body } =
                    await ask(daemon, 'GET', path, who.token);

                assert.equal(status, oracle.enters(who, stage.world(who))
                    ? 200 : 401, `${who.name} ${path}`);
                if (status !== 200)
                    continue;
                lookAt(who, list, type, told, body[list], wrong);
                full[`${who.name} ${list}`] = body[list].length;
            }
        for (const ear of ears.filter(({ session }) => session)) {
            const { body } = await ask(daemon, 'GET',
                `/api/snapshot?rooms=${ear.rooms}`, ear.who.token);

            for (const [, list, type, told] of LISTS)
                lookAt(ear.who, list, type, told, body.snapshot[list] ?? [],
                    wrong);
        }
        report(t, 'lists', wrong);
        // It would be easy to show nothing to anybody.
        for (const some of ['kitchen orders', 'waiter tables', 'admin alerts',
            'guest-5 orders', 'guest-5 tables', 'guest-5 calls', 'guest-5 menu',
            'pos calls', 'waiter messages', 'kitchen menu'])
            assert.ok(full[some] > 0, some);
        for (const none of ['waiter-elsewhere orders', 'pool orders',
            'user-1 orders', 'pager-5 orders'])
            assert.equal(full[none], 0, none);
    });
