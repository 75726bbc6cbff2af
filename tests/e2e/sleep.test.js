/**
 * A pager that sleeps, as the broker sees it: it comes with a clean session,
 * listens to its own topic alone, and is told what is current by then.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';

import { Protobuf } from '../rights/protobuf.js';
import { Daemon, program } from './lib/daemon.js';
import { atEnd, cleanUp, makeFolder, run } from './lib/processes.js';
import { until } from './lib/wait.js';

const PAGER = 'dw/1/main/dev/pager-5';

let daemon;
let backend; // a token
let protobuf;
let made; // the pager's credential

before(async () => {
    const { stdout } = await run(program, ['catalogue', '--format', 'json'],
        { env: { PATH: process.env.PATH, HOME: makeFolder() } });

    protobuf = new Protobuf(JSON.parse(stdout));
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    made = await daemon.enrol('pager', 'pager-5', '--table', '5');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function say(event, payload) {
    const { seq } = await daemon.post(backend, { event, payload });

    assert.ok(seq);
}

const page = pageId => say('page.sent',
    { pageId, table: { id: '5' }, text: `Page ${pageId}` });

/** A waking: what it has heard, and the receipt for its device.online. */
class Waking {
    commands = [];
    receipts = [];

    static async begin() {
        const waking = new Waking();

        waking.mqtt = await mqtt.connectAsync(daemon.mqttUrl, {
            clientId: made.client_id, username: made.username,
            password: made.password, clean: true, reconnectPeriod: 0 });
        atEnd(() => waking.mqtt.endAsync(true));
        waking.mqtt.on('message', (topic, data, { retain }) => {
            if (topic === `${PAGER}/cmd`)
                waking.commands.push({ ...protobuf.read(data), retain });
            else
                waking.receipts.push(JSON.parse(data));
        });
        await waking.mqtt.subscribeAsync(
            [`${PAGER}/cmd`, 'dw/1/main/receipt/pager-5'], { qos: 1 });
        await waking.fact('info', 'device.online',
            { kind: 'pager', boot: 1, sleepS: 30 });
        waking.receipt = await until('it is receipted',
            () => waking.receipts[0]);
        return waking;
    }

    async fact(leaf, name, payload) {
        await this.mqtt.publishAsync(`${PAGER}/${leaf}`,
            protobuf.write(name, payload, randomBytes(16)), { qos: 1 });
    }

    /** Behind all that was sent to it before. */
    async settled() {
        const count = this.receipts.length;

        await this.fact('info', 'device.online',
            { kind: 'pager', boot: 1, sleepS: 30 });
        await until('it is receipted again',
            () => this.receipts.length > count);
    }

    async sleep(wake) {
        await this.mqtt.publishAsync(`${PAGER}/state`,
            JSON.stringify({ s: 'asleep', boot: 1, ts: 0, wake }),
            { qos: 1, retain: true });
        await this.mqtt.endAsync();
    }
}

const pagesOf = waking => waking.commands.map(({ payload, retain }) => {
    assert.equal(retain, false);
    return payload.pageId;
});

test('a pager that sleeps hears exactly one, current, command', async () => {
    const first = await Waking.begin();

    assert.equal(first.receipt.next, 30);
    await first.sleep(30);
    await page('p1');
    await page('p2');
    await page('p3');
    await say('page.cleared', { pageId: 'p3' });
    await page('p4');

    const second = await Waking.begin();

    await until('it is paged', () => second.commands.length > 0);
    await second.fact('ack', 'page.received', { pageId: 'p4' });
    await second.settled();
    assert.deepEqual(pagesOf(second), ['p4']);
    await second.sleep(30);

    const third = await Waking.begin();

    await third.settled();
    assert.deepEqual(pagesOf(third), []);
    await third.sleep(30);
});

test('its waking is stored nowhere', async () => {
    const head = await daemon.headCursor();

    for (let i = 0; i < 5; i++) {
        const waking = await Waking.begin();

        assert.ok(waking.receipt.ts > 0);
        assert.equal(waking.receipt.next, 30);
        await waking.sleep(30);
    }
    assert.equal(await daemon.headCursor(), head);
});

test('after the hub was killed it is told what counts', async () => {
    await page('p5');
    await page('p6');
    await daemon.kill();
    await daemon.begin();

    const waking = await Waking.begin();

    await until('it is paged', () => waking.commands.length > 0);
    await waking.fact('ack', 'page.received', { pageId: 'p6' });
    await waking.settled();
    assert.deepEqual([...new Set(pagesOf(waking))], ['p6']);
    await waking.sleep(30);
});
