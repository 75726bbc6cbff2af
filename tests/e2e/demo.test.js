/** serve --demo: everything moves within a minute, for whoever looks. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';

import { openPage } from './lib/browser.js';
import { Daemon } from './lib/daemon.js';
import { cleanUp, run } from './lib/processes.js';
import { until } from './lib/wait.js';

const MINUTE = 60000;

let daemon;

before(async () => {
    daemon = await Daemon.start({ args: ['--demo'] });
});

after(cleanUp);

test('the printed link shows live orders in a browser', async () => {
    const line = await daemon.child.line(/^ *http:\S+\/kitchen\/#token=/);
    const { page, faults } = await openPage();

    await page.goto(line.trim());
    await page.locator('#link[data-state="live"]').waitFor();
    const orders = page.locator('article.card');

    await orders.first().waitFor({ timeout: MINUTE });
    // The kitchen of the demo cooks by itself.
    await page.locator('article.card:not([data-column="pending"])').first()
        .waitFor({ timeout: MINUTE });
    assert.deepEqual(faults, []);
});

test('its devices are real clients, and work', async () => {
    await daemon.child.line(/demo-printer +printed job=/, MINUTE);
    await daemon.child.line(/demo-buzzer +buzz /, MINUTE);
    const metrics = await daemon.metrics();

    assert.ok(metrics.devices_online >= 5);
});

test('its tickets lie on a page, for whoever looks', async () => {
    const line = await daemon.child.line(/^ *http:\S+\/paper\/$/);
    const { page, faults } = await openPage();

    await daemon.child.line(/demo-printer +printed job=/, MINUTE);
    await page.goto(line.trim());
    const ticket = page.locator('figure').first();

    await ticket.waitFor({ timeout: MINUTE });
    await until('its picture is there', () => ticket.locator('img')
        .evaluate(image => image.naturalWidth === 576));
    assert.match(await ticket.locator('pre').textContent(), /^# /m);
    assert.deepEqual(faults, []);
});

test('without a demo there is no such page', async () => {
    const other = await Daemon.start();

    assert.equal((await fetch(`${other.url}/paper/`)).status, 404);
    await other.stop();
});

test('the printed curl line makes an order', async () => {
    const line = await daemon.child.line(/^ *curl /);
    const { code, stdout } = await run('sh', ['-c', `${line} -sS`]);

    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).duplicate, false);
});

test('when it is stopped, all its children are gone', async () => {
    const { pid } = daemon.child;
    const children = () => fs.readdirSync('/proc')
        .filter(name => /^\d+$/.test(name))
        .filter(name => {
            try {
                return fs.readFileSync(`/proc/${name}/cmdline`, 'latin1')
                    .includes(daemon.folder);
            } catch {
                return false; // it has just ended
            }
        });

    assert.ok(children().includes(String(pid)));
    assert.ok(children().length >= 8, 'daemon, broker, paper, five devices');
    await daemon.stop();
    await until('none is left', () => children().length === 0, 3000);
});
