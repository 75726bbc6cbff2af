/**
 * An order that nobody notices reaches the buzzer of its station, then those of
 * the kitchen, then the pagers that waiters carry; the key of one of these
 * silences them all.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Crowd, doors, House, SILENT_MS } from './lib/escalations.js';
import { cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

let house;

before(async () => {
    house = await House.open('--escalate-ready', 'none',
        '--escalate-order', 'station 0.5, kitchen 2.5, waiters 3');
});

after(async () => {
    try {
        await house?.daemon.stop();
    } finally {
        await cleanUp();
    }
});

const areSilent = all => until('all are silent',
    () => all.every(one => one.lines.at(-1) === 'silent'));

const hasRung = (device, id) => device.lines.some(line =>
    line.startsWith(`ring escalation=order-${id} `));

test('at first only the buzzer of its own station rings', async () => {
    const { daemon } = house;
    const [grill, bar] = await Promise.all(['grill', 'bar'].map(station =>
        daemon.device('buzzer', `buzzer-${station}`, '--station', station)));
    const acknowledge = await doors['/ws'](house);
    const one = await house.order('grill');

    assert.equal((await one.step(0)).payload.station, 'grill');
    await grill.line(new RegExp(`^ring escalation=order-${one.id} `));
    await acknowledge(one.id);
    await areSilent([grill]);

    const other = await house.order('bar');

    await bar.line(new RegExp(`^ring escalation=order-${other.id} `));
    assert.equal(hasRung(bar, one.id), false); // it has heard of it before
    assert.equal(hasRung(grill, other.id), false);
    await grill.line(new RegExp(`^ring escalation=order-${other.id} `));
    assert.equal((await other.step(1)).payload.target, 'kitchen');
    await acknowledge(other.id);
    await areSilent([grill, bar]);
    assert.equal(hasRung(bar, one.id), false);
    await Promise.all([grill.stop(), bar.stop()]);
});

test('one key silences thirty buzzers and pagers', async () => {
    const crowd = await Crowd.open(house.daemon, { buzzers: 15, pagers: 15 });
    const { id, resolved } = await house.order();

    await crowd.rings(id);
    const took = await crowd.silencedBy(() => crowd.press());
    const { payload } = await resolved();

    assert.equal(payload.reason, 'page.acked');
    assert.equal(payload.by.id, 'pager-14');
    assert.ok(took <= SILENT_MS, `after ${Math.round(took)} ms`);
    await crowd.stop();
});
