/** The kitchen screen in a real browser, on a real daemon that is killed. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';

import { openPage } from './lib/browser.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

let daemon;
let backend;
let pager;
let page;
let faults;

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    pager = await daemon.device('pager', 'pager-5', '--table', '5');
    ({ page, faults } = await openPage());
    await page.goto(`${daemon.url}/kitchen/#token=` +
        await daemon.token('kitchen'));
    await page.locator('#link[data-state="live"]').waitFor({ timeout: 10000 });
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const card = (id, column = '') => page.locator(
    `article.card[data-id="${id}"]${column && `[data-column="${column}"]`}`);

/**
 * Press a button of a card until the card has gone on: the screen ignores a
 * finger that comes down right after the cards have moved under it.
 */
const press = (id, name, goal) => until(`${name} takes ${id} on`, async () => {
    if (await goal())
        return true;
    await card(id).getByRole('button', { name }).click({ timeout: 500 })
        .catch(() => {});
});

const create = (id, table = '5') => daemon.post(backend, { id: `key-${id}`,
    event: 'order.created', payload: newOrder(id, table) });

async function status(id) {
    const response = await fetch(`${daemon.url}/api/snapshot?rooms=kitchen`,
        { headers: { Authorization: `Bearer ${backend}` } });
    const { snapshot } = await response.json();

    return snapshot.orders?.find(order => order.id === id)?.status;
}

test('the token leaves the address bar', async () => {
    assert.equal(page.url(), `${daemon.url}/kitchen/`);
});

test('the page runs under a policy without inline scripts', async () => {
    const response = await fetch(`${daemon.url}/kitchen/`);
    const policy = response.headers.get('content-security-policy');

    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
});

test('an order hangs on the screen within two seconds', async () => {
    const start = performance.now();

    await create('K-1');
    await card('K-1', 'pending').waitFor({ timeout: 2000 });
    assert.ok(performance.now() - start < 2000);
    const text = await card('K-1').innerText();

    assert.match(text, /Crème brûlée/);
    assert.match(text, /2×/);
    assert.match(text, /without nuts/);
    assert.match(text, /Table 5/);
});

test('Start makes it preparing, Ready rings the pager', async () => {
    await press('K-1', 'Start', () => card('K-1', 'preparing').count());
    assert.equal(await status('K-1'), 'preparing');
    await create('K-2');
    await card('K-2', 'pending').waitFor({ timeout: 2000 });
    await press('K-1', 'Ready', () => card('K-1', 'ready').count());
    await pager.line(/^ring table=5 .*page=K-1-ready/);
    pager.type('\n');
    await pager.line(/^acked page=K-1-ready/);
});

test('what a guest writes is text, never part of the page', async () => {
    await daemon.post(backend, { event: 'order.created',
        payload: newOrder('K-3', '6',
            { notes: '<img src=x onerror="document.title=1"><b>rare</b>' }) });
    await card('K-3').waitFor({ timeout: 2000 });
    assert.match(await card('K-3').innerText(), /<b>rare<\/b>/);
    assert.equal(await card('K-3').locator('b, img').count(), 0);
});

test('the banner says when the screen may be old', async () => {
    await daemon.kill();
    await page.locator('#banner').waitFor({ state: 'visible', timeout: 10000 });
    assert.notEqual(await page.locator('#link').getAttribute('data-state'),
        'live');
    // It still shows what it knew.
    assert.equal(await page.locator('article.card').count(), 3);
});

test('after the restart each ticket is right, and there once', async () => {
    await daemon.begin();
    // Before the screen is back: it has to catch up.
    await daemon.post(backend,
        { event: 'kitchen.preparing', payload: { orderId: 'K-2' } });
    await create('K-4', '7');
    await page.locator('#link[data-state="live"]').waitFor({ timeout: 35000 });
    await page.locator('#banner').waitFor({ state: 'hidden', timeout: 5000 });
    await card('K-4', 'pending').waitFor({ timeout: 5000 });
    await card('K-2', 'preparing').waitFor({ timeout: 5000 });
    await card('K-1', 'ready').waitFor({ timeout: 5000 });
    await card('K-3', 'pending').waitFor({ timeout: 5000 });
    assert.equal(await page.locator('article.card').count(), 4);
    // For people to look at.
    await page.screenshot({ path: fileURLToPath(
        new URL('../../build/logs/kitchen.png', import.meta.url)) });
    // And it can be worked with.
    await press('K-2', 'Ready', async () => await status('K-2') === 'ready');
    await press('K-1', 'Done', async () => !await card('K-1').count());
});

test('the browser had nothing to complain about', () => {
    assert.deepEqual(faults, []);
});
