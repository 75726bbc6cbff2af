/** What `dumbwaiter catalogue` prints, held against those who read it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import asyncapi from '@asyncapi/parser';

import { Producer, Session, subscribe } from './lib/clients.js';
import { Daemon, program, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp, makeFolder, run } from './lib/processes.js';
import { Schemas } from './lib/schema.js';

const ERROR = 0, WARNING = 1; // severities of the parser
const vectorsFolder = path.join(repository, 'schemas/vectors');
const golden = path.join(repository, 'tests/golden');
const tsc = fileURLToPath(
    new URL('../node_modules/typescript/bin/tsc', import.meta.url));

let text;     // the AsyncAPI document as printed
let api;      // and parsed
let schemas;
let daemon;

async function catalogue(format) {
    const { code, stdout, stderr } = await run(program,
        ['catalogue', '--format', format, '--site', 'main'],
        { env: { PATH: process.env.PATH, HOME: makeFolder() } });

    assert.equal(code, 0, stderr);
    return stdout;
}

before(async () => {
    text = await catalogue('asyncapi');
    api = JSON.parse(text);
    schemas = new Schemas(api);
    daemon = await Daemon.start();
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** schemas/vectors: [event, {pass, fail}]. */
function vectors() {
    return fs.readdirSync(vectorsFolder)
        .filter(name => name.endsWith('.json'))
        .map(name => [path.basename(name, '.json'), JSON.parse(
            fs.readFileSync(path.join(vectorsFolder, name), 'utf8'))]);
}

/** The name of the body's type. */
function bodyOf(event) {
    const [, own] = api.components.messages[event].payload.allOf;

    return own.properties.payload.$ref.split('/').at(-1);
}

function assertFits(message, value) {
    const { payload } = api.components.messages[message];
    const what = `${message}: ${JSON.stringify(value)}`;

    assert.deepEqual(schemas.faults(payload, value), [], what);
    assert.deepEqual(schemas.strangers(payload, value), [], what);
}

/* --- AsyncAPI --- */

test('the AsyncAPI parser has nothing to complain about', async () => {
    const { document, diagnostics } =
        await new asyncapi.Parser().parse(text);
    const { events } = JSON.parse(await catalogue('json'));

    assert.deepEqual(diagnostics.filter(({ severity }) =>
        severity === ERROR || severity === WARNING), []);
    assert.ok(events.length > 0);
    for (const { name } of events)
        assert.ok(document.components().messages().get(name), name);
    assert.deepEqual(document.servers().all().map(server => server.protocol())
        .sort(), ['http', 'mqtt', 'ws']);
});

/** Refused for its bytes: a schema can only count characters. */
const isForBytes = ({ code, payload }) => code === 'out_of_range' &&
    /[^\0-\x7f]/.test(JSON.stringify(payload));

test('payloads that pass fit their schema, and those that fail do not', () => {
    const wrong = [];

    for (const [event, { pass, fail }] of vectors()) {
        const stated = api.components.messages[`${event}.stated`]?.payload ??
            { $ref: `#/components/schemas/${bodyOf(event)}` };
        const faults = ({ payload }) => schemas.faults(stated, payload);

        for (const vector of pass)
            wrong.push(...faults(vector).map(
                fault => `${event}: ${vector.name}: ${fault}`));
        for (const vector of fail.filter(v => !isForBytes(v)))
            if (faults(vector).length === 0)
                wrong.push(`${event}: ${vector.name} fits`);
    }
    assert.deepEqual(wrong, []);
});

test('what each view is shown of an event fits its schema', () => {
    const wrong = [];

    for (const [event, { pass }] of vectors()) {
        const body = { $ref: `#/components/schemas/${bodyOf(event)}` };

        for (const { name, payload, ...said } of pass)
            for (const view of ['full', 'staff', 'customer', 'device'])
                wrong.push(...schemas.faults(
                    body, said[view] ?? said.full ?? payload).map(
                    fault => `${event}: ${name}, ${view}: ${fault}`));
    }
    assert.deepEqual(wrong, []);
});

/** The messages that the hub may send here. */
function messagesAt(topic) {
    const [name] = Object.entries(api.channels).find(([, { address }]) =>
        new RegExp(`^${address.replace('{site}', 'main')
            .replace('{room}', '[a-z]+(/[\\w-]+)?')
            .replace(/\{\w+\}/g, '[\\w-]+')}$`).test(topic)) ?? [];

    assert.ok(name, `there is no channel for ${topic}`);
    const { messages } = api.operations[`${name}.out`];

    return messages.map(({ $ref }) => $ref.split('/').at(-1));
}

function assertIsSaid(topic, value) {
    const possible = messagesAt(topic);
    const message = possible.includes(value.event) ? value.event
        : possible.find(name => schemas.faults(
            api.components.messages[name].payload, value).length === 0);

    assert.ok(message, `${topic}: ${JSON.stringify(value)}`);
    assertFits(message, value);
    return message;
}

test('every topic of an order from till to table is in the document',
    async () => {
        const open = await subscribe(daemon, 'dw/1/main/#');
        const till = await Producer.open(daemon, 'till-1');

        await till.publish('order.created', newOrder('A-1', '5'), 'a-1');
        await till.publish('order.created', { order: {} }, 'a-2');
        await till.publish('kitchen.ready', { orderId: 'A-1' }, 'a-3');
        await open.line(/state\/order\/A-1 .*"ready"/);
        const heard = open.lines.map(line => [
            line.slice(0, line.indexOf(' ')),
            line.slice(line.indexOf(' ') + 1)]);
        const kinds = new Set();

        for (const [topic, data] of heard) {
            assert.ok(messagesAt(topic), topic);
            if (data === '')
                continue; // a picture is gone
            kinds.add(topic.split('/')[3]);
            assertIsSaid(topic, JSON.parse(data));
        }
        assert.deepEqual([...kinds].sort(), ['hub', 'json', 'state']);
        for (const receipt of till.receipts)
            assertIsSaid('dw/1/main/receipt/till-1', receipt);
        assert.equal(till.receipts.length, 3);
    });

test('everything that /ws and POST say is in the document', async () => {
    const session = await Session.open(daemon, await daemon.token('kitchen'));
    const backend = await daemon.token('backend');
    const order = newOrder('A-2', '6');

    await session.join('kitchen');
    await session.join('nowhere');
    const stated = await daemon.post(
        backend, { event: 'order.created', payload: order });
    const refused = await daemon.post(
        backend, { event: 'order.created', payload: {} });

    await session.event('order.created', e => e.payload.order.id === 'A-2');
    await session.publish('kitchen.ready', { orderId: 'A-2' }, 'a-4');
    await session.publish('kitchen.ready', { orderId: 7 });
    await session.ask({ op: 'leave', rooms: ['kitchen'] });
    const ops = new Set(session.heard.map(value =>
        assertIsSaid('/ws', value)));

    for (const name of ['WsReady', 'WsJoined', 'WsPublished', 'WsOk',
        'WsError', 'order.created', 'kitchen.ready'])
        assert.ok(ops.has(name), `${name}: ${[...ops]}`);
    for (const [message, { status, ...answer }] of
        [['Receipt', stated], ['Fault', refused]]) {
        assert.equal(status, message === 'Fault' ? 400 : 200);
        assertFits(message, answer);
    }
});

test('each name of each dialect is said and heard as the document says',
    async () => {
        const { events, rooms } = JSON.parse(await catalogue('json'));
        const names = new Map(rooms.map(room => [room.name, room.aliases]));

        for (const { name, rooms: own, saidAs } of events) {
            const { 'x-said-as': said } = api.components.messages[name];
            const stated = api.components.messages[`${name}.stated`];
            const heard = saidAs.filter(({ direction }) => direction === 'in');

            assert.deepEqual(said,
                saidAs.filter(({ direction }) => direction === 'out'), name);
            if (stated)
                assert.deepEqual(stated['x-said-as'], heard, name);
            for (const { rooms: in_ } of saidAs)
                assert.ok(in_.every(room => own.includes(room)), name);
        }
        for (const [room, aliases] of
            Object.entries(api.components.parameters.room['x-aliases']))
            assert.deepEqual(aliases, names.get(room), room);
    });

/* --- TypeScript --- */

const title = dialect => dialect[0].toUpperCase() + dialect.slice(1);

function lines(...parts) {
    return fs.readFileSync(path.join(golden, ...parts), 'utf8').split('\n');
}

/** Lines "<rooms> <name> <payload>" as values of what a dialect says. */
const said = (dialect, text) => text
    .map(line => /^\S+ (\S+) ([{[].*)$/.exec(line))
    .filter(Boolean)
    .map(([, name, payload]) =>
        `use<${title(dialect)}Events["${name}"]>(${payload});`);

/** What is said in tests/golden, as programs would use it. */
function goldenUsers() {
    const used = fs.readdirSync(path.join(golden, 'lines'))
        .filter(name => name.endsWith('.txt'))
        .map(name => lines('lines', name))
        .filter(text => text.includes('=')) // what has been said before it
        .flatMap(text => said(text[0].split(' ')[2],
            text.slice(text.indexOf('=') + 1)));

    for (const name of fs.readdirSync(path.join(golden, 'evening'))) {
        const [, in_] = /^said-in-(\w+)\.jsonl$/.exec(name) ?? [];
        const [, to] = /^\w+-(\w+)\.txt$/.exec(name) ?? [];

        if (in_)
            used.push(...lines('evening', name).filter(Boolean)
                .map(line => JSON.parse(line))
                .map(({ event, payload }) => `use<${title(in_)}Statements` +
                    `["${event}"]>(${JSON.stringify(payload)});`));
        if (to)
            used.push(...said(to, lines('evening', name)));
    }
    return used;
}

/** The types of other dialects, used rightly and wrongly. */
function dialectUsers() {
    const used = goldenUsers();

    assert.ok(used.length > 50);
    return [
        'import type { EnvEvents, EnvStatements, KebabEvents, ' +
            'KebabStatements, KebabRoom, SessionEvents, SessionStatements, ' +
            'SessionRoom, FlatEvents, FlatStatements, KdsEvents, ' +
            'KdsStatements, KdsRoom } from "./words";',
        'declare function use<T>(value: T): void;',
        ...used,
        'use<KdsRoom>("table:5");',
        'use<KebabRoom>("order-41");',
        'use<SessionRoom>("restaurant:main");',
        'use<FlatStatements["table:activated"]>(5);',
        'use<KdsEvents["order:status_changed"]>' +
            '({ orderId: 41, status: "plating" });',
        '// @ts-expect-error kds has no such room',
        'use<KdsRoom>("table-5");',
        '// @ts-expect-error nobody says that',
        'use<keyof KdsEvents>("order:eaten");',
        '// @ts-expect-error that is a name of another dialect',
        'use<keyof FlatEvents>("order:new");',
        '// @ts-expect-error it is in the object order',
        'use<SessionEvents["order:created"]>({ id: "1", items: [] });',
        '// @ts-expect-error the token is never said',
        'use<string>(null! as SessionEvents["order:created"]["session"]' +
            '["sessionToken"]);',
        '// @ts-expect-error a guest has no words of the kitchen',
        'use<KdsEvents["kitchen:priority_changed"]["priority"]>("urgent");',
        '// @ts-expect-error it says which order',
        'use<KdsStatements["order:confirmed"]>({ tableId: 5 });',
        '',
    ].join('\n');
}

/** Programs that use the types rightly, and one line each wrongly. */
function users() {
    const right = vectors().flatMap(([event, { pass }]) =>
        pass.filter(({ full, payload }) =>
            !JSON.stringify(full ?? payload).includes('null'))
            .map(({ full, payload }) => `use<EventPayloads["${event}"]>(` +
                `${JSON.stringify(full ?? payload)});`));

    return [
        'import type { EventPayloads, EventName, EventStatements, Envelope, ' +
            'AnyEnvelope, Order, ServerMessage } from "./words";',
        'declare function use<T>(value: T): void;',
        'declare const envelope: Envelope<"order.created">;',
        'declare const any: AnyEnvelope;',
        'declare const said: ServerMessage;',
        ...right,
        'use<EventName>("order.created");',
        'use<Order>(envelope.payload.order);',
        'if (any.event === "kitchen.ready") use<string>(any.payload.orderId);',
        'if (said.op === "ready") use<number>(said.heartbeatMs);',
        'use<EventStatements["kitchen.cancel_rejected"]>' +
            '({ orderId: "1", reason: "" });',
        '// @ts-expect-error there is no such event',
        'use<EventName>("order.eaten");',
        '// @ts-expect-error who states it says why',
        'use<EventStatements["kitchen.cancel_rejected"]>({ orderId: "1" });',
        '// @ts-expect-error a guest is not told why',
        'use<string>(null! as EventPayloads["kitchen.cancel_rejected"]' +
            '["reason"]);',
        '// @ts-expect-error an id is text',
        'use<EventPayloads["kitchen.ready"]>({ orderId: 1 });',
        '// @ts-expect-error it is of an order',
        'use<EventPayloads["kitchen.ready"]>({});',
        '// @ts-expect-error there is no such word',
        'use<EventPayloads["print.requested"]["kind"]>("poem");',
        '',
    ].join('\n');
}

test('the TypeScript compiler takes the types, and they fit the payloads',
    async () => {
        const folder = makeFolder();

        fs.writeFileSync(path.join(folder, 'words.ts'), await catalogue('ts'));
        fs.writeFileSync(path.join(folder, 'user.ts'), users());
        fs.writeFileSync(path.join(folder, 'dialects.ts'), dialectUsers());
        const { code, stdout, stderr } = await run(process.execPath,
            [tsc, '--strict', '--noEmit', '--target', 'es2022', '--lib',
                'es2022', '--moduleResolution', 'node10', '--module',
                'es2022', path.join(folder, 'user.ts'),
                path.join(folder, 'dialects.ts')],
            { env: process.env, ms: 60000 });

        assert.equal(code, 0, stdout + stderr);
    });

/* --- for people --- */

test('the tables in Markdown are tables', async () => {
    const lines = (await catalogue('markdown')).split('\n');
    const columns = line => line.split('|').length;

    assert.ok(lines.filter(line => line.startsWith('|---')).length > 5);
    lines.forEach((line, i) => {
        if (line.startsWith('|') && lines[i - 1]?.startsWith('|'))
            assert.equal(columns(line), columns(lines[i - 1]), line);
    });
});
