/**
 * Front ends on Socket.IO in a real browser: pages of another origin, written
 * as their contracts write them, with the client that npm bundles.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, openPage } from './lib/browser.js';
import { evening, keyOf, WORDS } from './lib/contracts.js';
import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { servePages } from './lib/pages.js';
import { Child, cleanUp, run } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const SITTING = 'sess_4f0c9a77b2';
const echoProgram = path.resolve(repository,
    process.env.SIO_ECHO ?? 'build/dev/sio_echo');
const shots = path.join(repository, 'build/logs');

let daemon;
let browser;
let pages; // their origin
let backend;
const tokens = {};

before(async () => {
    pages = await servePages();
    daemon = await Daemon.start({ args: [
        '--origins', `https://menu.example, ${pages}`, '--open-events', 'yes'] });
    backend = await daemon.token('backend');
    for (const role of ['kitchen', 'waiter', 'manager', 'admin'])
        tokens[role] = await daemon.token(role, '--sub', `${role}-1`);
    // The addresses that contracts name stand for the daemon.
    browser = await openBrowser('--host-resolver-rules=' +
        ['localhost:4000', 'localhost:8000'].map(host =>
            `MAP ${host} 127.0.0.1:${daemon.httpPort}`).join());
    fs.mkdirSync(shots, { recursive: true });
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** A page, given some words behind the "#" of its address. */
async function open(name, given = {}, origin = pages) {
    const { page, faults } = await openPage(browser);

    await page.goto(`${origin}/${name}#${new URLSearchParams(given)}`);
    return { page, faults, name,
        heard: () => page.evaluate(() => window.heard),
        refusals: () => page.evaluate(() => window.refusals) };
}

const connected = ({ page, name }) => until(`${name} is connected`, () =>
    page.evaluate(() => window.sockets.length > 0 &&
        window.sockets.every(socket => socket.connected)));

/** Asked with an acknowledgement: what was said before has been heard, too. */
const ask = ({ page }, ...words) => page.evaluate(words =>
    window.sockets[0].timeout(10000).emitWithAck(...words), words);

const hears = (one, name, fits = () => true, ms) =>
    until(`${one.name} hears ${name}`, async () => (await one.heard())
        .find(([said, payload]) => said === name && fits(payload)), ms);

const hasStatus = wanted => ({ status }) => status === wanted;

/** All of it in one request, as anybody would send it. */
async function curl(events) {
    const { stdout, stderr } = await run('curl', ['-sS', '--max-time', '10',
        '-H', `Authorization: Bearer ${backend}`,
        '-H', 'Content-Type: application/json',
        '--data-binary', '@-', `${daemon.url}/api/events`],
    { input: JSON.stringify(events), env: process.env });
    const answers = JSON.parse(stdout || `"${stderr}"`);

    for (const [i, answer] of answers.entries())
        assert.ok(answer.seq, `${events[i].event} ${JSON.stringify(answer)}`);
}

/** The six pages of four contracts. */
async function openAll(order = '17', sitting = SITTING) {
    const [tracker, display, kitchen, guest, flat, waiter] =
        await Promise.all([
            open('kebab',
                { url: daemon.url, token: tokens.manager, order }),
            open('kebab', { url: daemon.url, token: tokens.kitchen }),
            open('session', { restaurant: 'main',
                url: `${daemon.url}?token=${tokens.manager}` }),
            open('session',
                { url: daemon.url, session: sitting, order }),
            open('flat'),
            open('kds', { token: tokens.waiter }),
        ]);
    const all = { tracker, display, kitchen, guest, flat, waiter };

    await Promise.all(Object.values(all).map(connected));
    for (const [one, ...verb] of [[tracker, 'heartbeat'],
        [display, 'heartbeat'], [waiter, 'join:waiters'],
        [kitchen, 'join:restaurant', 'main'], [guest, 'join:session', sitting]])
        assert.strictEqual(await ask(one, ...verb), true, verb.join());
    return all;
}

const names = async one => (await one.heard()).map(([name]) => name);

/** While the daemon was away nobody was refused: there was nobody to ask. */
const forgiveOutage = ({ page }) => page.evaluate(() => {
    window.refusals = window.refusals.filter(text =>
        !['websocket error', 'xhr poll error'].includes(text));
});

/** It knows the words of its contract and no others. */
async function assertOwnWords(all) {
    for (const [who, one] of Object.entries(all)) {
        for (const word of await names(one))
            assert.ok(WORDS[one.name].includes(word), `${who} heard ${word}`);
        assert.deepEqual(one.faults, [], who);
        assert.deepEqual(await one.refusals(), [], who);
    }
}

const shown = ({ page }) => page.locator('main').innerText();


test('four contracts in six pages hear one request, each in its own words',
    async () => {
        const all = await openAll();
        const { tracker, display, kitchen, guest, flat, waiter } = all;

        await curl(evening(SITTING));
        await Promise.all([
            hears(tracker, 'order-status-updated', hasStatus('completed')),
            hears(display, 'order-status-updated', hasStatus('completed')),
            hears(kitchen, 'order:status:updated', hasStatus('completed')),
            hears(guest, 'order:status:updated', hasStatus('completed')),
            hears(flat, 'table:checkoutCompleted'),
            hears(waiter, 'order:status_changed', hasStatus('completed')),
        ]);
        for (const [who, one] of Object.entries(all))
            await one.page.screenshot(
                { path: path.join(shots, `contract-${one.name}-${who}.png`) });
        await assertOwnWords(all);
        const [orders, changes] = ['new-order', 'order-status-updated'];

        assert.deepEqual(await names(tracker), Array(6).fill(changes));
        assert.deepEqual(await names(display), [orders, changes, changes,
            changes, orders, changes, changes, changes]);
        assert.deepEqual(await names(kitchen),
            ['order:created', ...Array(6).fill('order:status:updated')]);
        assert.deepEqual(await names(guest),
            Array(6).fill('order:status:updated'));
        assert.deepEqual(await names(flat), ['table:activated',
            'order:created', 'order:served', 'serviceCall', 'order:completed',
            'table:checkoutCompleted']);
        assert.deepEqual(await names(waiter), ['order:created',
            'order:confirmed', 'order:status_changed',
            'kitchen:order_acknowledged', 'order:status_changed',
            'kitchen:order_preparing', 'order:status_changed',
            'kitchen:order_ready', 'order:status_changed',
            'order:status_changed', 'order:status_changed']);
        // What the people see.
        assert.match(await shown(tracker), /^tracked: completed\n/);
        assert.match(await shown(tracker), /! Order ready\n/);
        assert.match(await shown(display),
            /^17 Zoë Bread completed \| 17 Zoë Soup completed$/);
        assert.match(await shown(kitchen), /^order 17: completed\n/);
        assert.match(await shown(kitchen), /! ding$/);
        assert.match(await shown(guest),
            /^{"17":"completed"}\n+order 17: completed\n/);
        assert.match(await shown(guest), /! cooking\n/);
        assert.match(await shown(flat), /^{"17":"completed"}$/);
        assert.match(await shown(waiter), /^17 for table 5\n/);
        assert.match(await shown(waiter), /! Order #17 is ready!\n/);
        await Promise.all(Object.values(all).map(({ page }) => page.close()));
    });

/* --- transports --- */

/** Some socket of a page that has no contract's words of its own. */
async function plain(options, origin = pages) {
    const one = await open('blank', {}, origin);

    await one.page.evaluate(([url, options]) => {
        const socket = window.openSocket(url, options);
        const engine = socket.io.engine;

        window.transports = [];
        engine.on('open', () =>
            window.transports.push(engine.transport.name));
        engine.on('upgrade', ({ name }) => window.transports.push(name));
    }, [daemon.url, options]);
    return one;
}

const transports = ({ page }) => page.evaluate(() => window.transports);

test('by every transport pages hear the same, and one changes in midstream',
    async () => {
        const auth = { token: tokens.manager, dialect: 'kds' };
        const ids = Array.from({ length: 300 }, (_, n) => 1000 + n);
        const ways = [['polling'], ['websocket'], ['polling', 'websocket']];
        const all = [];

        for (const way of ways)
            all.push(await plain({ auth, transports: way }));
        // With credentials, and with a header that has to be asked for.
        all.push(await plain({ auth: { dialect: 'kds' }, withCredentials: true,
            transports: ['polling'],
            extraHeaders: { Authorization: `Bearer ${tokens.manager}` } }));
        for (const one of all) {
            await connected(one);
            assert.strictEqual(await ask(one, 'join:kitchen'), true);
        }
        const sent = (async () => {
            for (let at = 0; at < ids.length; at += 10)
                await curl(ids.slice(at, at + 10).map(id => (
                    { event: 'order.created',
                        payload: newOrder(`${id}`, '8') })));
        })();
        // One more comes, by default, while there is much to tell.
        const late = await plain({ auth });

        assert.strictEqual(await ask(late, 'join:kitchen'), true);
        await sent;
        for (const one of [...all, late]) {
            await hears(one, 'order:created',
                ({ orderId }) => orderId === ids.at(-1), 20000);
            const heard = (await one.heard())
                .filter(([name]) => name === 'order:created')
                .map(([, { orderId }]) => orderId);

            assert.deepEqual(heard,
                one === late ? ids.slice(-heard.length) : ids);
            assert.deepEqual(one.faults, []);
        }
        all.push(late);
        assert.deepEqual(await Promise.all(all.map(transports)), [
            ['polling'], ['websocket'], ['polling', 'websocket'],
            ['polling'], ['polling', 'websocket']]);
        for (const { page } of all)
            await page.close();
    });

/* --- refusals --- */

test('refused pages are told why, as their contracts say', async () => {
    const [kebab, kds] = ['kebab', 'kds'];
    const url = daemon.url;

    for (const [name, given, text] of [
        [kebab, { url, token: 'nonsense' }, 'Authentication failed'],
        [kebab, { url, token: '' }, 'Authentication failed']]) {
        const one = await open(name, given);

        await until(`${name} is refused`, async () =>
            (await one.refusals()).length > 0);
        assert.deepEqual(new Set(await one.refusals()), new Set([text]));
        assert.deepEqual(await one.heard(), []);
        await one.page.close();
    }
    for (const way of ['polling', 'websocket']) {
        const one = await plain({ transports: [way],
            auth: { token: 'nonsense', dialect: kds } });

        await until('kds is refused', async () =>
            (await one.refusals()).length > 0);
        assert.deepEqual(await one.refusals(), ['Authentication error']);
        await one.page.close();
    }
});

test('a page of an origin that is not listed gets nothing', async () => {
    const foreign = pages.replace('127.0.0.1', 'localhost');

    for (const way of ['polling', 'websocket']) {
        const one = await plain({ transports: [way], reconnection: false,
            auth: { token: tokens.manager, dialect: 'kds' } }, foreign);

        await until(`${way} is refused`, async () =>
            (await one.refusals()).length > 0);
        assert.match((await one.refusals())[0],
            /^(xhr poll|websocket) error$/);
        assert.deepEqual(await transports(one), []);
        assert.ok(one.faults.every(fault =>
            /CORS policy|Failed to load|status of 40/.test(fault)),
        one.faults.join('\n'));
        await one.page.close();
    }
});

/* --- bytes --- */

test('bytes come back to a page whole, by either transport', async () => {
    const echo = new Child(echoProgram, []);
    const url = (await echo.line(/^sio_echo ready: /)).split(' ').at(-1);
    const one = await open('blank');
    const round = (url, transports) => one.page.evaluate(
        async ([url, transports]) => {
            const socket = window.openSocket(url, { transports,
                forceNew: true });
            const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i);
            const [text, back] = await socket.timeout(10000)
                .emitWithAck('message-with-ack', 'ü', bytes)
                .then(() => new Promise(resolve => {
                    socket.on('message-back', (...args) => resolve(args));
                    socket.emit('message', 'ü', bytes.buffer);
                }));

            socket.disconnect();
            return [text, back instanceof ArrayBuffer, back.byteLength,
                new Uint8Array(back).every((byte, i) => byte === i % 256)];
        }, [url, transports]);

    for (const way of ['polling', 'websocket'])
        assert.deepEqual(await within('bytes come back', round(url, [way])),
            ['ü', true, 5000, true]);
    assert.deepEqual(one.faults, []);
    await one.page.close();
    await echo.stop();
    assert.doesNotMatch(echo.stderr, /Sanitizer|runtime error:/);
});

/* --- outages --- */

test('pages come back after the daemon has died, and miss nothing',
    async () => {
        // The sitting before was over when the evening ended.
        const sitting = 'sess_5a61d0e8c3';
        const all = await openAll('73', sitting);
        const { tracker, display, kitchen, guest, flat, waiter } = all;
        const order = { session: { id: 's-2', key: keyOf(sitting) } };
        const create = id => ({ event: 'order.created',
            payload: newOrder(id, '5', order) });
        const ready = id =>
            ({ event: 'kitchen.ready', payload: { orderId: id } });

        await curl([create('71'), ready('71')]);
        await hears(waiter, 'kitchen:order_ready',
            ({ orderId }) => orderId === 71);
        await daemon.restart();
        // While the pages are away: nobody is asked whether they are back.
        await curl([create('72'), ready('72')]);
        await Promise.all(Object.values(all).map(connected));
        await curl([create('73'), ready('73')]);
        await Promise.all([
            hears(tracker, 'order-status-updated'),
            hears(display, 'order-status-updated',
                ({ orderId }) => orderId === '73'),
            hears(kitchen, 'order:status:updated',
                ({ orderId }) => orderId === '73'),
            hears(guest, 'order:status:updated',
                ({ orderId }) => orderId === '73'),
            hears(flat, 'order:created', ({ _id }) => _id === '73'),
            hears(waiter, 'kitchen:order_ready',
                ({ orderId }) => orderId === 73),
        ]);
        await Promise.all(Object.values(all).map(forgiveOutage));
        await assertOwnWords(all);
        for (const [one, word, of] of [
            [display, 'new-order', payload => payload.orderId],
            [kitchen, 'order:created', payload => payload.order.id],
            [guest, 'order:status:updated', payload => payload.orderId],
            [flat, 'order:created', payload => payload._id],
            [waiter, 'kitchen:order_ready', payload => payload.orderId]])
            assert.deepEqual((await one.heard())
                .filter(([name]) => name === word)
                .map(([, payload]) => `${of(payload)}`),
            ['71', '72', '73'], word);
        await waiter.page.screenshot(
            { path: path.join(shots, 'contract-kds-after-restart.png') });
        for (const { page } of Object.values(all))
            await page.close();
    });
