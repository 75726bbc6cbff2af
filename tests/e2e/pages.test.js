/**
 * A page is offered until its pager has it, and food that stands there because
 * it never came is no secret.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { House, moment, OFF_MS } from './lib/escalations.js';
import { cleanUp } from './lib/processes.js';
import { Wire } from './lib/wire.js';

const OFFER_MS = 3000;
const OFFERS = 4;

let house;

before(async () => {
    house = await House.open('--escalate-order', 'none');
    await house.manager.join('kitchen'); // it is told of devices
});

after(async () => {
    try {
        await house?.daemon.stop();
    } finally {
        await cleanUp();
    }
});

const heardOf = (name, pageId) => house.manager.events.filter(m =>
    m.event === name && m.payload.pageId === pageId);

const page = (pageId, table) => house.say('page.sent',
    { pageId, table: { id: table }, text: 'come' });

const event = (name, pageId, ms) => house.manager.event(
    name, m => m.payload.pageId === pageId, ms);

test('a page that has come is not offered again; one that has not is, and ' +
    'is then lost', async () => {
    const { daemon, manager } = house;
    const wire = await Wire.open(daemon.mqttPort);
    const good = await daemon.device('pager', 'pager-5', '--table', '5');
    const mute = await daemon.device('pager', 'pager-6', '--table', '6',
        '--port', String(wire.port));

    for (const id of ['pager-5', 'pager-6'])
        await manager.event('device.online', m => m.payload.deviceId === id);
    wire.isDeaf = true; // what it is told arrives, what it says does not
    await page('page-5', '5');
    await page('page-6', '6');
    const received = await event('page.received', 'page-5');
    const lost = await event('page.lost', 'page-6', 20000);
    const raised = await manager.event('escalation.raised',
        m => m.payload.id === 'ready-page-6');

    assert.equal(received.payload.deviceId, 'pager-5');
    assert.equal(heardOf('page.sent', 'page-5').length, 1);
    assert.equal(heardOf('page.received', 'page-5').length, 1);
    assert.equal(heardOf('page.lost', 'page-5').length, 0);
    assert.ok(await good.line(/^ring .*page=page-5/));

    const offers = heardOf('page.sent', 'page-6').map(moment);

    assert.equal(offers.length, OFFERS);
    assert.equal(heardOf('page.received', 'page-6').length, 0);
    for (const [n, at] of [...offers, moment(lost)].entries())
        assert.ok(Math.abs(at - offers[0] - n * OFFER_MS) <= OFF_MS,
            `offer ${n} after ${at - offers[0]} ms`);
    assert.ok(moment(raised) - moment(lost) <= OFF_MS, 'not at once');
    assert.equal(raised.payload.about, 'ready');
    assert.equal(mute.lines.filter(line => /^ring /.test(line)).length, 1);

    wire.isDeaf = false;
    wire.cut(); // it comes back, and is offered what it has
    assert.equal((await event('page.received', 'page-6', 20000))
        .payload.deviceId, 'pager-6');
    mute.type('\n');
    await manager.event('escalation.resolved',
        m => m.payload.id === 'ready-page-6');
    await Promise.all([good.stop(), mute.stop()]);
});
