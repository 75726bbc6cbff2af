/**
 * The matrix of rights at the broker: every kind of credential asks for every
 * topic, says every event, and says what it may not where it may not. Nothing
 * is believed that the broker answers to a subscription or a publish: only
 * what arrives counts, and a marker behind it.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';

import { bodies, formsOf, names, ownScene, SCENES }
    from '../rights/bodies.js';
import { Protobuf } from '../rights/protobuf.js';
import { Stage } from '../rights/stage.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const ROOMS = ['all', 'kitchen', 'kitchen/grill', 'kitchen/bar', 'waiters',
    'restaurant', 'guests', 'pool', 'admin', 'table/5', 'table/6', 'order/41',
    'order/42', 'user/user-1', 'device/printer-1', 'session/x'];
const IDS = ['till-1', 'printer-1', 'pager-5', 'pager-any', 'buzzer-1',
    'button-5'];
const LEAVES = ['state', 'info', 'ack', 'evt', 'tele', 'log', 'job', 'cmd',
    'cfg'];

/** Every topic that there is or could be, one by one and by wildcards. */
const TOPICS = ['main', 'harbour'].flatMap(site => [
    '#', 'hub/#', 'in/#', 'cmd/#', 'json/#', 'pb/#', 'state/#', 'dev/#',
    'receipt/#', 'hub/state', '+/kitchen', 'dev/+/job', 'dev/+/evt',
    'pb/table/+', 'json/table/+', 'cmd/kitchen.ready',
    ...ROOMS.flatMap(room => [`json/${room}`, `pb/${room}`, `state/${room}`]),
    ...IDS.flatMap(id => [`receipt/${id}`, `in/${id}/order.created`,
        ...LEAVES.map(leaf => `dev/${id}/${leaf}`)]),
].map(topic => `dw/1/${site}/${topic}`))
    .concat(['#', '+/#', '$SYS/#', '$CONTROL/#']);

let stage;
let daemon;
let oracle;
let protobuf;
let head;
let marked;
const clients = [];
let reader; // the one without a name
let cases = 0;

/** A credential at work: what it has heard, by topic. */
class Client {
    heard = [];

    /** @param kind as in members.def; "reader": without a name */
    static async open(kind, id, { site = 'main', table } = {}) {
        const client = new Client();
        const made = kind === 'reader' ? {} : await daemon.enrol(kind, id,
            '--site', site, ...table ? ['--table', table] : []);

        Object.assign(client, { kind, id, site, table, made });
        client.mqtt = await mqtt.connectAsync(daemon.mqttUrl, {
            clientId: made.client_id, username: made.username,
            password: made.password, reconnectPeriod: 0 });
        client.mqtt.on('message', (topic, data) => {
            client.heard.push({ topic, data });
            client.look?.();
        });
        client.mqtt.on('error', () => {});
        atEnd(() => client.mqtt.endAsync(true));
        clients.push(client);
        return client;
    }

    async askForAll() {
        for (const topic of TOPICS)
            await this.mqtt.subscribeAsync(topic, { qos: 1 }).catch(() => {});
    }

    /** All that was sent to it before has come when hub/state, which is
     * retained and open to all, has come once more. */
    async marker() {
        const topic = `dw/1/${this.site}/hub/state`;
        const count = () => this.heard.filter(one => one.topic === topic)
            .length;
        const before = count();

        await this.mqtt.subscribeAsync(topic, { qos: 1 });
        await until(`${this.id} hears its marker`, () => count() > before);
    }

    get name() {
        return `${this.kind} ${this.id ?? ''} of ${this.site}`;
    }
}

/** What the oracle says: may this credential hear of this topic? */
function mayHear({ kind, id, site, table }, topic) {
    const [, , where, head, ...rest] = topic.split('/');
    const room = oracle.room(rest.join('/'));

    if (kind === 'reader')
        return ['json', 'state', 'hub'].includes(head);
    if (where !== site)
        return false;
    if (head === 'hub')
        return true;
    const { json, pb } = oracle.memberRooms(kind, table);

    switch (head) {
    case 'json':
    case 'state': return Boolean(room) && json.includes(room.row.name);
    case 'pb': return Boolean(room) && pb.includes(room.row.name) &&
        (room.row.name !== 'table/<id>' || !table || table === room.id);
    case 'receipt': return rest[0] === id;
    case 'cmd': return kind === 'producer';
    case 'dev': return kind !== 'producer' && rest[0] === id &&
        ['job', 'cmd', 'cfg'].includes(rest[1]);
    default: return false;
    }
}

before(async () => {
    stage = await Stage.open();
    ({ daemon, oracle } = stage);
    protobuf = new Protobuf(stage.catalogue);
    reader = await Client.open('reader');
    await Client.open('producer', 'till-1');
    await Client.open('printer', 'printer-1');
    await Client.open('pager', 'pager-5', { table: '5' });
    await Client.open('pager', 'pager-any');
    await Client.open('buzzer', 'buzzer-1');
    await Client.open('button', 'button-5', { table: '5' });
    await Client.open('bumpbar', 'bumpbar-1');
    await Client.open('producer', 'till-1', { site: 'harbour' });
    await Client.open('pager', 'pager-5', { site: 'harbour', table: '5' });
    for (const client of clients)
        await client.askForAll();
    await goOnline();
});

after(async () => {
    try {
        await stage?.close();
    } finally {
        await cleanUp();
    }
});

/* --- what arrives --- */

const events = new Map(); // all on json/#: by id, with their rooms
let read = 0; // of what the reader has heard

function told() {
    for (; read < reader.heard.length; read++) {
        const { topic, data } = reader.heard[read];
        const [, , site, kind, ...room] = topic.split('/');

        if (kind !== 'json')
            continue;
        const { id, event, seq, src, payload } = JSON.parse(data);
        const known = events.get(id) ?? { id, site, name: event, seq, src,
            payload, rooms: new Set() };

        known.rooms.add(room.join('/'));
        events.set(id, known);
    }
    return events;
}

async function allIsTold() {
    // Tickets that no printer takes, or that none has said a word of since,
    // come to their ends by and by.
    const last = await daemon.quietHead(60000);

    await until('json/# has all', () => Math.max(0, ...[...told().values()]
        .filter(({ site }) => site === 'main').map(({ seq }) => seq)) >= last);
    for (const client of clients)
        await client.marker();
    return last;
}

const said = () => stage.catalogue.rights.events.filter(({ any, transient }) =>
    any.includes('backend') && !transient).map(({ name }) => name);

async function everythingIsSaid() {
    for (const name of said())
        for (const base of Object.values(SCENES)) {
            // Only a pager that is there is handed out.
            const { scene, events } = ownScene(stage.story,
                { ...base, device: base.table === '5' ? base.device
                    : 'pager-any' }, name);
            const payload = bodies(name, scene).full;

            if (name === 'kitchen.station_assigned')
                payload.station.id = 'cold'; // to where it is not yet
            await stage.story.say(...events, { event: name, payload });
        }
}

test('what arrives is what the oracle opens, and in its view', async t => {
    head = await allIsTold();
    await everythingIsSaid();
    await allIsTold();
    marked = [...told().values()].filter(({ site, seq }) =>
        site === 'main' && seq > head);
    const wrong = [];

    for (const client of clients) {
        for (const { topic, data } of client.heard) {
            cases++;
            if (!mayHear(client, topic))
                wrong.push(`${client.name} hears ${topic} ${data}`);
        }
        wrong.push(...wrongJson(client), ...wrongProtobuf(client));
    }
    t.diagnostic(`${cases} messages heard by ${clients.length} credentials ` +
        `that asked for ${TOPICS.length} topics each`);
    assert.equal(wrong.length, 0,
        `${wrong.length} differ\n${wrong.slice(0, 30).join('\n')}`);
});

/* A credential hears each of the marked events in each of its rooms. */
function wrongJson(client) {
    const heard = new Map(client.heard.filter(({ topic }) =>
        topic.startsWith(`dw/1/${client.site}/json/`)).map(
        ({ topic, data }) => [`${topic} ${JSON.parse(data).id}`, data]));

    return marked.flatMap(({ id, name, rooms, payload }) =>
        [...rooms].flatMap(room => {
            const topic = `dw/1/main/json/${room}`;
            const data = heard.get(`${topic} ${id}`);
            const expected = client.site === 'main' && mayHear(client, topic);

            cases++;
            return expected === (data !== undefined) ? []
                : [`${client.name} ${name} at ${topic}: ${data}`];
        }));
}

function wrongProtobuf(client) {
    const heard = new Map(client.heard.filter(({ topic }) =>
        topic.startsWith('dw/1/main/pb/')).map(({ topic, data }) => {
        const envelope = protobuf.read(data);

        return [`${topic} ${envelope.id}`, envelope];
    }));

    return marked.flatMap(event => [...event.rooms].flatMap(room => {
        const topic = `dw/1/main/pb/${room}`;
        const envelope = heard.get(`${topic} ${hexOf(event.id)}`);
        const expected = mayHear(client, topic) &&
            oracle.viewOfRoles(['device'], event.name) === 'device';

        cases++;
        if (expected !== (envelope !== undefined))
            return [`${client.name} ${event.name} at ${topic}: ` +
                JSON.stringify(envelope)];
        return envelope ? wrongView(client, event, envelope) : [];
    }));
}

function wrongView(client, { name, payload }, envelope) {
    try {
        assert.deepEqual(envelope.payload,
            packed(oracle.seen(name, 'device', payload)));
        return [];
    } catch (error) {
        return [`${client.name} ${name} ${error.message}`];
    }
}

/* A list of nothing is not there. */
const packed = value => Array.isArray(value) ? value.map(packed)
    : typeof value !== 'object' || value === null ? value
        : Object.fromEntries(Object.entries(value)
            .filter(([, inner]) => inner?.length !== 0 || inner === '')
            .map(([name, inner]) => [name, packed(inner)]));

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The 16 bytes of a ULID, as hex; and the other way round. */
function hexOf(ulid) {
    return [...ulid].reduce((value, digit) =>
        value << 5n | BigInt(DIGITS.indexOf(digit)), 0n)
        .toString(16).padStart(32, '0');
}

function ulidOf(bytes) {
    let value = BigInt(`0x${bytes.toString('hex')}`);
    let text = '';

    for (let i = 0; i < 26; i++, value >>= 5n)
        text = DIGITS[Number(value & 31n)] + text;
    return text;
}

test('somebody has heard of everything that could be heard', () => {
    const kinds = new Set(clients.flatMap(({ kind, site, heard }) =>
        site !== 'main' ? [] : heard.map(({ topic }) =>
            `${kind} ${topic.split('/')[3]}`)));

    for (const some of ['reader json', 'reader state', 'producer json',
        'producer state', 'pager pb', 'buzzer pb', 'printer dev',
        'button hub'])
        assert.ok(kinds.has(some), some);
});

/* --- what is said --- */

const devices = () => clients.filter(({ kind, site }) =>
    site === 'main' && !['reader', 'producer'].includes(kind));

const principalOf = ({ id, kind, site }) => ({ name: id, site,
    claims: { roles: [kind === 'producer' ? 'backend' : 'device'], sub: id,
        ...kind !== 'producer' && { device: id } },
    issuedAt: Infinity, expiresAt: Infinity });

const ACKS = ['print.accepted', 'print.printed', 'print.failed',
    'page.acked', 'page.received'];

/** Where a device says an event of this name; null: nowhere. */
const leafOf = name => name === 'device.online' ? 'info'
    : name === 'device.telemetry' ? 'tele'
    : name === 'device.offline' ? null : ACKS.includes(name) ? 'ack' : 'evt';

/** Say it as a device does; the ULID under which it is told, if at all. */
async function sayAs({ mqtt: client }, topic, name, payload) {
    const id = randomBytes(16);

    id.writeUIntBE(Date.now(), 0, 6);
    await client.publishAsync(topic, protobuf.write(name, payload, id),
        { qos: 1 });
    return ulidOf(id);
}

async function goOnline() {
    for (const client of devices()) {
        // It cannot choose what it is, nor where it stands.
        const id = await sayAs(client, `dw/1/main/dev/${client.id}/info`,
            'device.online', { kind: 'printer', boot: 1,
                table: { id: '6', number: 6 } });
        const { payload } = await until(`${client.id} is online`,
            () => told().get(id));

        assert.equal(payload.kind, client.kind);
        assert.equal(payload.table?.id, client.table ?? '6');
        stage.story.world.devices.set(client.id,
            { table: payload.table?.id });
    }
}

/** What names the job that the printer was given for a new order. */
async function jobOf(printer, said) {
    const order = String(stage.story.number());

    await stage.story.say(stage.story.order(order, '5', 'grill'));
    const { payload } = await until('there is a ticket', () =>
        printer.heard.filter(({ topic }) => topic.endsWith('/job'))
            .map(({ data }) => protobuf.read(data))
            .find(one => one.payload.order.id === order));

    stage.story.world.jobs.set(payload.jobId, printer.id);
    return { jobId: payload.jobId,
        ...'orderId' in said && { orderId: order },
        ...'attempt' in said && { attempt: payload.attempt } };
}

test('a device says on its own topics what the oracle grants, and no more',
    async t => {
        const printer = clients.find(({ kind }) => kind === 'printer');
        const wrong = [];
        const possible = new Set();
        let count = 0;

        for (const client of devices()) {
            const sent = [];

            for (const name of names)
                for (const base of Object.values(SCENES))
                    for (const form of formsOf(oracle, name))
                        for (const leaf of leavesFor(name))
                            sent.push(await sayCase(
                                client, printer, name, base, form, leaf));
            // Behind all of it.
            const last = await sayAs(client, `dw/1/main/dev/${client.id}/evt`,
                'device.degraded', { reason: 'the last' });

            await until(`${client.id} has been heard to the end`,
                () => told().has(last), 20000);
            for (const { id, what, name, expected } of sent) {
                const event = told().get(id);

                count++;
                if (event && (!expected || event.src !== client.id ||
                    event.site !== 'main'))
                    wrong.push(`${client.name} ${what}: ${event.src} ` +
                        JSON.stringify(event.payload));
                if (event)
                    possible.add(name);
            }
        }
        t.diagnostic(`${count} said by ${devices().length} devices, ` +
            `${possible.size} kinds of events told`);
        assert.equal(wrong.length, 0, wrong.slice(0, 30).join('\n'));
        // What no device could ever say would say little.
        assert.deepEqual(stage.catalogue.rights.events.filter(({ own }) =>
            own.device).map(({ name }) => name)
            .filter(name => !possible.has(name)), ['device.offline']);
    });

/** What no device may say need not be tried on every topic. */
const leavesFor = name => oracle.events.get(name).own.device
    ? ['evt', 'ack', 'info', 'tele'] : ['evt'];

async function sayCase(client, printer, name, base, form, leaf) {
    const who = principalOf(client);
    const world = stage.world(who);
    const own = { ...base, device: base.table === '5' ? client.id
        : base.device, printer: base.table === '5' ? client.id
        : base.printer };
    const { scene, events } = leaf === leafOf(name) &&
        oracle.events.get(name).own.device
        ? ownScene(stage.story, own, name) : { scene: { n: 1, ...own },
            events: [] };
    const payload = bodies(name, scene)[form];

    await stage.story.say(...events);
    if (name.startsWith('print.') && payload.jobId && leaf === leafOf(name) &&
        form === 'full')
        Object.assign(payload, await jobOf(printer, payload));
    const said = { name, what: `${name} ${form} at ${scene.table} on ${leaf}`,
        expected: leaf === leafOf(name) &&
            oracle.maySay(who, world, name, payload),
        id: await sayAs(client, `dw/1/main/dev/${client.id}/${leaf}`, name,
            payload) };

    // From then on it stands there.
    if (name === 'device.online' && said.expected)
        world.devices.set(client.id, { table: (await until('it is online',
            () => told().get(said.id))).payload.table?.id });
    return said;
}

test('a producer says what the oracle grants to a back end', async t => {
    const till = clients.find(({ kind }) => kind === 'producer');
    const who = principalOf(till);
    const receipts = new Map();
    const wrong = [];
    const cases = names.flatMap(name => formsOf(oracle, name).map(form => {
        const { scene, events } = ownScene(stage.story, SCENES.five, name);

        return { name, events, payload: bodies(name, scene)[form],
            key: `key-${scene.n}` };
    }));

    till.mqtt.on('message', (topic, data) => {
        if (topic === 'dw/1/main/receipt/till-1') {
            const receipt = JSON.parse(data);

            receipts.set(receipt.id, receipt);
        }
    });
    await stage.story.say(...cases.flatMap(({ events }) => events));
    for (const { name, payload, key } of cases)
        await till.mqtt.publishAsync(`dw/1/main/in/till-1/${name}`,
            JSON.stringify({ id: key, payload }), { qos: 1 });
    await until('each has a receipt',
        () => cases.every(({ key }) => receipts.has(key)), 30000);
    await allIsTold();
    const seqs = new Set([...told().values()].filter(
        ({ site }) => site === 'main').map(({ seq }) => seq));

    for (const { name, payload, key } of cases) {
        const { error, seq } = receipts.get(key);
        const expected = oracle.maySay(who, stage.world(who), name, payload);

        if ((error?.code === 'forbidden') === expected ||
            (error === undefined && mustCome(name) && !seqs.has(seq)))
            wrong.push(`${name} ${JSON.stringify(receipts.get(key))}`);
    }
    t.diagnostic(`${cases.length} said, ` +
        `${[...receipts.values()].filter(({ seq }) => seq).length} accepted`);
    assert.equal(wrong.length, 0, wrong.slice(0, 30).join('\n'));
});

/** Of states and figures a burst leaves the newest. */
const mustCome = name => oracle.bodies.get(name).keep === 'all';

/* --- what is forged --- */

const FORGED = 'forged-4711';

/** Every topic that somebody believes, with what it would believe there. */
function forgeries() {
    const order = JSON.stringify({ payload: { order: { id: FORGED,
        table: { id: '5' }, items: [{ id: '1', name: FORGED,
            quantity: 1 }] } } });
    const id = Buffer.from('0198b2a5c0de0198b2a5c0de0198b2a5', 'hex');
    const trouble = protobuf.write('device.degraded', { reason: FORGED }, id);
    const call = protobuf.write('service_call.created', { call: {
        table: { id: '5', number: 5 }, reason: FORGED } }, id);

    return ['main', 'harbour'].flatMap(site => [
        ...IDS.flatMap(one => [
            [`in/${one}/order.created`, order],
            [`dev/${one}/evt`, trouble], [`dev/${one}/evt`, call],
            [`dev/${one}/info`, protobuf.write('device.online',
                { kind: 'pager', boot: 9, firmware: FORGED }, id)],
            [`dev/${one}/ack`, protobuf.write('print.failed',
                { jobId: FORGED, reason: FORGED }, id)],
            [`dev/${one}/state`, `{"s":"offline","boot":9,"ts":0,` +
                `"x":"${FORGED}"}`],
            ...['job', 'cmd', 'cfg'].map(leaf => [`dev/${one}/${leaf}`, call]),
            [`receipt/${one}`, `{"id":"${FORGED}"}`]]),
        ...ROOMS.flatMap(room => [[`json/${room}`, order], [`pb/${room}`, call],
            [`state/${room}`, order]]),
        ['hub/state', `{"s":"offline","x":"${FORGED}"}`],
        ['cmd/kitchen.ready', order], ['in/order.created', order],
    ].map(([topic, data]) => [`dw/1/${site}/${topic}`, data]))
        .concat([['$CONTROL/dynamic-security/v1', FORGED], [FORGED, FORGED]]);
}

/** Its own words are no forgery. */
const isOwnWord = ({ kind, id, site }, topic) => {
    const [, , where, head, own, leaf] = topic.split('/');

    return where === site && own === id && (kind === 'producer'
        ? head === 'in' : head === 'dev' && !['job', 'cmd', 'cfg']
            .includes(leaf) && kind !== 'reader');
};

test('nobody is believed on a topic of somebody else', async t => {
    const before = await allIsTold();
    let count = 0;

    for (const client of clients)
        for (const [topic, data] of forgeries())
            for (const retain of [false, true]) {
                if (isOwnWord(client, topic))
                    continue;
                count++;
                // What would end the connection would end the test.
                await client.mqtt.publishAsync(topic, data,
                    { qos: 1, retain }).catch(() => {});
            }
    await stage.story.say({ event: 'menu.created',
        payload: { id: 'real', name: 'Real' } });
    const last = await allIsTold();

    t.diagnostic(`${count} forgeries by ${clients.length} credentials`);
    assert.ok(last > before);
    for (const client of clients) {
        assert.ok(client.mqtt.connected, client.name);
        assert.deepEqual(client.heard.filter(({ data }) =>
            data.includes(FORGED)).map(({ topic }) => topic), [],
        client.name);
    }
    // Nor has anybody kept one.
    const late = await Client.open('reader');

    await late.askForAll();
    await late.marker();
    assert.deepEqual(late.heard.filter(({ data }) => data.includes(FORGED)),
        []);
});

/* --- who has no credential, or no longer --- */

const refused = options => within('the broker answers', mqtt.connectAsync(
    daemon.mqttUrl, { reconnectPeriod: 0, ...options })
    .then(client => client.endAsync(true).then(() => false), () => true));

test('who is retired, is guessing or is nobody hears and says nothing',
    async () => {
        const old = await Client.open('pager', 'pager-old');
        const { client_id: clientId, username, password } = old.made;
        const closed = new Promise(resolve => old.mqtt.once('close', resolve));

        await old.askForAll();
        await old.marker();
        const { code } = await daemon.command('enrol', '--retire', 'pager-old');

        assert.equal(code, 0);
        await within('its connection ends', closed);
        assert.ok(await refused({ clientId, username, password }));
        const till = clients.find(({ kind }) => kind === 'producer').made;

        assert.ok(await refused({ clientId: till.client_id,
            username: till.username, password: 'guess' }));
        assert.ok(await refused({ clientId: 'x', username: 'dumbwaiter-hub',
            password: '' }));
        assert.ok(await refused({ clientId: 'x', username: 'nobody',
            password: till.password }));
    });
