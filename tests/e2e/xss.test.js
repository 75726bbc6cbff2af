/**
 * What anybody writes is text on every screen: each payload of lib/payloads,
 * in every text field of every event that a back end may publish, and in what
 * a printer says, in front of a real browser. One page goes without its
 * policy, so that a script that gets into it does run; the others count what
 * the policy stops. Nothing may be counted anywhere.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import mqtt from 'mqtt';

import { Protobuf } from '../rights/protobuf.js';
import { openBrowser } from './lib/browser.js';
import { Daemon } from './lib/daemon.js';
import { Filler } from './lib/filled.js';
import { payloads } from './lib/payloads.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const ROUNDS = 3; // a column of the kitchen shows a hundred cards
const ALL = payloads.map((_, k) => k);
const SPEAKERS = 12; // back ends, who take turns: each may say so much
const STATIONS = 9; // a printer each, for the same reason
const MOST = 100; // events in a request
const LIVE = 60; // so many run by themselves, where nobody is in a hurry
const SOME = 6; // of so many payloads one is opened as an address
const PAGER = 'pg1';
const ROLES = ['kitchen', 'manager', 'admin', 'backend', 'pos', 'waiter',
    'table', 'pool', 'user'];

/* What the pages are made of. Whatever else turns up was somebody's text. */
const TAGS = new Set(('html head meta title link script body header h1 h2 h3 ' +
    'time ul li div p button section nav main form label input span article ' +
    'footer strong a').split(' '));

/* The ids of an event's parts, for the payload number k: by the way to it, or
 * by the name alone. */
const IDS = {
    orderId: k => `X${k}`, 'order.id': k => `X${k}`,
    'table.id': k => `T${k}`, 'toTable.id': k => `S${k}`,
    'order.table.id': k => `T${k}`,
    alertId: k => `A${k}`, 'alert.id': k => `A${k}`,
    callId: k => `C${k}`, 'call.id': k => `C${k}`,
    'message.id': k => `M${k}`, channel: () => 'board',
    pageId: k => `P${k}`, itemId: () => 'i1', userId: k => `U${k}`,
    tokenId: k => `K${k}`, jobId: k => `J${k}`, kind: () => 'order',
    deviceId: () => PAGER,
};

/* What else must be so for the event to be possible; null: not said. */
const VALUES = {
    'ticket.recalled status': null, 'ticket.recalled previous': null,
    'order.status_changed status': 'preparing',
    'order.status_changed previous': null,
    // handed out for a table, which ends with no order
    'device.assigned orderId': null, 'page.sent deviceId': null,
    'alert.created alert.acknowledged': false,
    'alert.updated acknowledged': false,
    'alert.created alert.callId': null, 'alert.updated alert.callId': null,
    'alert.updated alert.acknowledged': false,
};

const FOLLOW = ['order.updated', 'order.items_added', 'order.confirmed',
    'order.cancel_requested'];
const GO_ON = ['kitchen.cancel_rejected', 'kitchen.acknowledged',
    'kitchen.preparing', 'order.item_status_changed', 'kitchen.ready',
    'ticket.recalled', 'order.status_changed', 'kitchen.priority_changed',
    'kitchen.station_assigned', 'course.fired'];
/* Of the rest, those that an earlier one of the same part leads to. */
const LAST = ['service_call.handled', 'alert.acknowledged', 'page.cleared',
    'menu.deleted', 'user.deleted', 'table.checkout_completed',
    'table.force_reset', 'session.ended'];
/* Each wants an order of its own: what leads to it, and the event. */
const ENDS = { Q: ['order.cancel_requested', 'kitchen.cancel_accepted'],
    R: ['order.cancelled'], V: ['order.served', 'order.completed'],
    W: ['kitchen.preparing', 'kitchen.completed'] };

let daemon;
let filler;
let protobuf;
let speakers;
let browser;
let open;     // without its policy
let strict;   // as it is
let printers;
const screens = []; // {role, page}
const trouble = []; // sentences
const said = new Map(); // "event path" -> numbers of payloads that got in

/* --- traps --- */

/** In a page, before anything else of it. */
function watch(tags) {
    const known = new Set(tags);

    document.addEventListener('securitypolicyviolation', event =>
        window.report(`the policy stopped ${event.blockedURI}`));
    new MutationObserver(changes => {
        for (const { target, type, attributeName, addedNodes } of changes) {
            if (type === 'attributes' && (/^on|^srcdoc$|^style$/i
                .test(attributeName) || (/^(src|href|action|formaction)$/i
                .test(attributeName) && target.tagName !== 'HTML')))
                window.report(`${target.tagName} has got ${attributeName}`);
            for (const node of addedNodes)
                look(node);
        }
    }).observe(document, { subtree: true, childList: true, attributes: true });

    function look(node) {
        if (node.nodeType !== Node.ELEMENT_NODE)
            return;
        for (const one of [node, ...node.querySelectorAll('*')]) {
            const tag = one.localName;
            const address = one.getAttribute('src') ??
                one.getAttribute('href') ?? '/';

            if (!known.has(tag) || address[0] !== '/' || address[1] === '/' ||
                (tag === 'script' && one.textContent !== '') ||
                [...one.attributes].some(({ name }) =>
                    /^on|^style$|^srcdoc$/i.test(name)))
                window.report(`there is a ${one.outerHTML.slice(0, 200)}`);
        }
    }
}

async function openContext(role, bypassCSP, tags = [...TAGS]) {
    const context = await browser.newContext({ bypassCSP });
    const here = what => text => trouble.push(`${role}: ${what}${text}`);

    await context.exposeBinding('pwned', ({ frame }) =>
        here('A SCRIPT RAN in ')(frame.url()));
    await context.exposeBinding('report', (source, text) => here('')(text));
    await context.addInitScript(watch, tags);
    context.on('request', request => {
        if (new URL(request.url()).origin !== daemon.url)
            here('asked for ')(request.url());
    });
    context.on('page', page => {
        page.on('dialog', dialog => {
            here('a dialog: ')(dialog.message());
            dialog.dismiss().catch(() => {});
        });
        page.on('pageerror', error => here('')(String(error)));
        page.on('framenavigated', frame => {
            if (frame !== page.mainFrame() ||
                !frame.url().startsWith(daemon.url))
                here('went to ')(frame.url());
        });
    });
    return context;
}

async function openScreen(role, context, path = '/kitchen/') {
    const more = { table: ['--table', 'T1'], user: ['--sub', 'U1'] };
    const page = await context.newPage();

    await page.goto(`${daemon.url}${path}#token=` +
        await daemon.token(role, ...more[role] ?? []));
    screens.push({ role, page });
    return page;
}

function assertQuiet() {
    assert.deepEqual([...new Set(trouble)].slice(0, 20), []);
}

/* --- saying --- */

const fits = field => payloads.filter(
    text => Buffer.byteLength(text) <= (field.maxBytes ?? 32));

const places = new Map(); // "event path" -> its number, to turn the list by

/** The payload that stands there in round k; each one in its turn. */
function textAt(event, field, path, k) {
    const key = `${event} ${path}`;
    const list = fits(field);

    if (list.length === 0)
        return 'EUR';
    if (!places.has(key))
        places.set(key, places.size * 7);
    return list[(k + places.get(key)) % list.length];
}

function make(event, k, mark = 'X') {
    return filler.payload(event, (field, path) => {
        const id = IDS[path] ?? IDS[field.name];

        if (filler.isText(field) || mayBeText(field, path))
            return textAt(event, field, path, k);
        if (VALUES[`${event} ${path}`] !== undefined)
            return VALUES[`${event} ${path}`];
        if (path === 'items.id')
            return 'i2';
        if (path.endsWith('items.id'))
            return 'i1';
        if (path.endsWith('items.station') || path === 'stationId')
            return `s${k % STATIONS}`;
        return id?.(k).replace(/^X/, mark);
    });
}

/** Words that are not of the list go through as they are. */
const mayBeText = (field, path) => Boolean(field.otherWords) &&
    (path.includes('items') || field.name === 'paymentStatus');

/* Which texts have got in, by what was sent. */
function remember(event, k) {
    filler.payload(event, (field, path) => {
        if (filler.isText(field)) {
            const key = `${event} ${path}`;
            const list = fits(field);

            if (!said.has(key))
                said.set(key, new Set());
            if (list.length > 0)
                said.get(key).add((k + places.get(key)) % list.length);
        }
        return undefined;
    });
}

let turn = 0;

async function say(events) {
    for (let i = 0; i < events.length; i += MOST) {
        const some = events.slice(i, i + MOST);
        let left = some;

        await until('all is said', async () => {
            const answers = await daemon.post(
                speakers[turn++ % SPEAKERS], left);
            const late = answers.findIndex?.(({ code }) => code === 'rate');
            const bad = answers.findIndex?.(({ seq, code }) =>
                !seq && code !== 'rate');

            if (late === undefined)
                throw new Error(JSON.stringify(answers));
            if (bad >= 0)
                throw new Error(`${JSON.stringify(left[bad])}: ` +
                    JSON.stringify(answers[bad]));
            left = late < 0 ? [] : left.slice(late);
            return left.length === 0;
        });
        for (const { event, k } of some)
            remember(event, k);
    }
}

const about = (event, k, mark) =>
    ({ event, k, payload: make(event, k, mark) });

/* --- what stands on the screen --- */

const seen = page => page.evaluate(() => Object.fromEntries(
    [...document.querySelectorAll('article.card')].map(card => {
        const texts = of => [...card.querySelectorAll(of)]
            .map(one => one.textContent);

        return [card.dataset.id, { column: card.dataset.column,
            number: texts('.number')[0],
            customer: texts('.customer')[0], notes: texts(':scope > .note'),
            names: texts('.name').map(text => text.replace(/ADDED$/, '')),
            modifiers: texts('.modifier'), itemNotes: texts('.item .note'),
            allergens: texts('.allergens')
                .map(text => text.replace('ALLERGENS', '')),
            question: texts('.question p')[0], faults: texts('.fault') }];
    })));

/** Until each of these cards shows what it should, to the letter. */
async function assertShown(page, ks, part, expected) {
    let last;

    await until(`${ks.length} cards show their ${part}`, async () => {
        const cards = await seen(page);

        last = ks.filter(k => JSON.stringify(cards[`X${k}`]?.[part]) !==
            JSON.stringify(expected(k)))
            .map(k => [cards[`X${k}`]?.[part], expected(k)]);
        return last.length === 0;
    }).catch(error => {
        assertQuiet(); // says more
        throw new Error(
            `${error.message}: ${JSON.stringify(last?.slice(0, 3))}`);
    });
}

/* --- printers, who say what they like --- */

/** Who is there as the device `id`, says `info` of itself, and hears jobs. */
async function openDevice(kind, id, info, hear = () => {}) {
    const { client_id: clientId, username, password } =
        await daemon.enrol(kind, id);
    const client = mqtt.connect(daemon.mqttUrl,
        { clientId, username, password, protocolVersion: 4 });
    const tell = (leaf, event, payload) => client.publishAsync(
        `dw/1/main/dev/${id}/${leaf}`,
        protobuf.write(event, payload, randomBytes(16)), { qos: 1 });

    atEnd(() => client.endAsync(true));
    await within(`${id} is connected`,
        new Promise(resolve => client.once('connect', resolve)));
    client.on('message', (topic, data) =>
        hear(tell, protobuf.read(data).payload));
    await client.subscribeAsync(`dw/1/main/dev/${id}/job`, { qos: 1 });
    await tell('info', 'device.online',
        { kind, boot: 1, firmware: '<svg onload=pwned()>', ...info });
    await client.publishAsync(`dw/1/main/dev/${id}/state`,
        '{"s":"online","boot":1,"ts":0}', { qos: 1, retain: true });
    return client;
}

const openPrinter = n =>
    openDevice('printer', `pr${n}`, { station: `s${n}` }, (tell, job) => {
        const reason = payloads[Number(job.order.id.slice(1))];

        if (job.order.id[0] === 'X')
            tell('ack', 'print.failed', { jobId: job.jobId, reason })
                .catch(() => {});
    });

/* --- --- */

before(async () => {
    daemon = await Daemon.start();
    const { stdout } = await daemon.command('catalogue', '--format', 'json');
    const catalogue = JSON.parse(stdout);

    filler = new Filler(catalogue);
    protobuf = new Protobuf(catalogue);
    speakers = await Promise.all(Array.from({ length: SPEAKERS }, (_, i) =>
        daemon.token('backend', '--sub', `speaker-${i}`)));
    printers = await Promise.all(
        Array.from({ length: STATIONS }, (_, n) => openPrinter(n)));
    await openDevice('pager', PAGER);
    browser = await openBrowser();
    open = await openContext('kitchen without a policy', true);
    strict = await openContext('kitchen', false);
});

after(async () => {
    try {
        await browser?.close();
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/* Without this the rest would say little. */
test('the payloads are live, and the policy alone stops them', async t => {
    const counts = [];

    for (const bypassCSP of [true, false]) {
        const context = await browser.newContext({ bypassCSP });
        const ran = new Set();
        let stopped = 0;

        await context.exposeBinding('pwned', ({ frame }) =>
            ran.add(frame.name()));
        await context.exposeBinding('report', () => {
            stopped++;
        });
        await context.addInitScript(() => {
            document.addEventListener('securitypolicyviolation',
                () => window.report());
        });
        await context.route(url => url.origin !== daemon.url,
            route => route.abort());
        const page = await context.newPage();

        page.on('dialog', dialog => dialog.dismiss().catch(() => {}));
        await page.goto(`${daemon.url}/`);
        await page.evaluate(texts => Promise.all(texts.map((text, i) =>
            new Promise(resolve => {
                const frame = document.createElement('iframe');

                frame.name = `p${i}`;
                frame.srcdoc = `<p>${text}</p>`;
                frame.onload = resolve;
                setTimeout(resolve, 1500); // some never end loading
                document.body.append(frame);
            }))), payloads);
        if (bypassCSP)
            await until('scripts run', () => ran.size >= LIVE, 20000);
        else
            await until('scripts are stopped', () => stopped >= LIVE, 20000);
        counts.push([ran.size, stopped]);
        await context.close();
    }
    t.diagnostic(`${payloads.length} payloads; put into a page as HTML, ` +
        `${counts[0][0]} run without the policy, ${counts[1][0]} with it, ` +
        `which stops ${counts[1][1]} things`);
    assert.ok(payloads.length >= 150);
    assert.equal(new Set(payloads).size, payloads.length);
    assert.equal(counts[1][0], 0);
});

test('orders hang in the kitchen as they were written', async () => {
    const page = await openScreen('kitchen', open);
    const other = await openScreen('kitchen', strict);

    for (const screen of [page, other])
        await screen.locator('#link[data-state="live"]').waitFor();
    await page.locator('#all-day-toggle').click();
    for (let round = 0; round < ROUNDS; round++)
        await playRound(page, other,
            ALL.filter(k => k % ROUNDS === round), round === ROUNDS - 1);
    assertQuiet();
});

async function playRound(page, other, ks, isLast) {
    const order = k => make('order.created', k).order;

    await say(ks.map(k => about('order.created', k)));
    for (const screen of [page, other])
        for (const [part, expected] of [
            ['number', k => order(k).number],
            ['customer', k => order(k).customer.name],
            ['names', k => order(k).items.map(({ name }) => name)],
            ['modifiers', k => order(k).items[0].modifiers
                .map(({ name }) => name)],
            ['itemNotes', k => [order(k).items[0].notes]],
            ['allergens', k => [order(k).items[0].allergens.join(', ')]],
            ['notes', k => [order(k).notes]],
            ['faults', k => [`NOT PRINTED pr${k % STATIONS}: ` +
                payloads[k].replaceAll('_', ' ')]]])
            await assertShown(screen, ks, part, expected);
    const dishes = await page.locator('#all-day').textContent();

    for (const k of ks)
        assert.ok(dishes.includes(order(k).items[0].name));
    await say(FOLLOW.flatMap(event => ks.map(k => about(event, k))));
    await assertShown(page, ks, 'question',
        k => `CANCEL? ${make('order.cancel_requested', k).reason}`);
    await assertShown(page, ks, 'names', k =>
        [make('order.updated', k).order.items[0].name,
            make('order.items_added', k).items[0].name]);
    await say(GO_ON.flatMap(event => ks.map(k => about(event, k))));
    await assertShown(page, ks, 'notes', k =>
        [`BACK ${make('ticket.recalled', k).reason}`,
            make('order.updated', k).order.notes]);
    if (!isLast)
        await say(ks.map(k => about('order.completed', k)));
}

test('every other text of a back end comes to the same', async t => {
    const own = new Set(['order.created', ...FOLLOW, ...GO_ON,
        ...Object.values(ENDS).flat()]);
    const texts = filler.texts(row => row.from.includes('backend') &&
        row.name !== 'user.navigated'); // said by who is connected, of himself
    const rest = [...new Set(texts.map(({ event }) => event))]
        .filter(event => !own.has(event))
        .sort((a, b) => LAST.indexOf(a) - LAST.indexOf(b));

    for (const [mark, events] of Object.entries(ENDS))
        await say(['order.created', ...events].flatMap(event =>
            ALL.map(k => about(event, k, mark))));
    for (const event of rest)
        await say(ALL.map(k => about(event, k)));
    const missing = texts.filter(({ event, path, field }) =>
        said.get(`${event} ${path}`)?.size !== fits(field).length);

    t.diagnostic(`${texts.length} text fields of ` +
        `${new Set(texts.map(({ event }) => event)).size} events`);
    assert.deepEqual(missing.map(({ event, path }) => `${event} ${path}`), []);
    await screens[0].page.locator('#link[data-state="live"]').waitFor();
    assertQuiet();
});

test('nobody sees a script in what the hub has kept', async () => {
    const shown = {};

    for (const role of ROLES) {
        const context = await openContext(role, false);
        const page = await openScreen(role, context);

        await page.locator('#link:is([data-state="live"],' +
            '[data-state="stopped"])').waitFor();
        if (await page.locator('#link[data-state="live"]').count())
            await until(`${role} sees the board`, async () => !(await page
                .locator('.empty').first().textContent())
                .startsWith('Waiting') || // or hears that it may not
                await page.locator('.toast').count());
        shown[role] = await page.locator('article.card').count();
        await page.goto(`${daemon.url}/`);
        await page.locator('h1').waitFor();
        await context.close();
    }
    assert.ok(shown.kitchen > 50, JSON.stringify(shown));
    assert.equal(shown.table, 0);
    assertQuiet();
});

/* Words of ours that are names of things in a script, too. */
test('an id may be called as a script calls its own things', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
    const [{ page }] = screens;

    await say(names.map(id => ({ event: 'order.created', payload: { order: {
        id, number: id, table: { id }, items: [{ id, name: id, quantity: 1,
            station: id }] } } })));
    for (const id of names)
        await page.locator(`article.card[data-id="${id}"]`).waitFor();
    assert.equal(await page.evaluate(
        () => Object.keys(Object.prototype).length), 0);
    await say(names.map(orderId =>
        ({ event: 'order.completed', payload: { orderId } })));
    for (const id of names)
        await page.locator(`article.card[data-id="${id}"]`)
            .waitFor({ state: 'detached' });
    assertQuiet();
});

test('a link that is none is nobody\'s script', async () => {
    const page = await open.newPage();

    for (const text of payloads.filter((_, k) => k % SOME === 0)) {
        const mark = encodeURIComponent(text);

        for (const name of ['link', 'token']) {
            await page.goto(`${daemon.url}/kitchen/?${mark}#${name}=${mark}`);
            await page.locator('#token-form').waitFor();
        }
    }
    await page.evaluate(texts => {
        for (const text of texts) {
            document.getElementById('token-text').value = text;
            document.getElementById('token-form').requestSubmit();
        }
    }, payloads);
    await page.locator('#token-fault').filter({ hasText: 'no token' })
        .waitFor();
    await page.close();
    assertQuiet();
});

/* An address that somebody was sent, opened as a page. */
test('no answer of the daemon is a page with somebody\'s text', async () => {
    const paths = [mark => `/${mark}`, mark => `/kitchen/${mark}`,
        mark => `/api/orders/${mark}`, mark => `/api/${mark}`,
        mark => `/api/snapshot?rooms=${mark}`,
        mark => `/socket.io/?EIO=4&transport=polling&sid=${mark}`,
        mark => `/socket.io/?EIO=${mark}&transport=${mark}`,
        mark => `/?token=${mark}`, mark => `/ws?token=${mark}`];
    const context = await openContext('an address', true,
        [...TAGS, 'pre']); // as which the browser shows JSON
    const page = await context.newPage();

    for (const [i, text] of payloads.entries()) {
        const mark = encodeURIComponent(text);

        await Promise.all(paths.map(async path => {
            const answer = await fetch(daemon.url + path(mark),
                { redirect: 'manual' });
            const type = answer.headers.get('content-type') ?? '';
            const body = await answer.text();

            assert.equal(answer.headers.get('x-content-type-options'),
                'nosniff', path(mark));
            assert.match(answer.headers.get('content-security-policy'),
                /^default-src 'self'; /);
            assert.ok(!type.startsWith('text/html') || !body.includes('pwned'),
                path(mark));
        }));
        if (i % SOME === 0)
            await page.goto(daemon.url + paths[i % paths.length](mark));
    }
    await context.close();
    assertQuiet();
});
