/**
 * `dumbwaiter device pager --sleep`, as the broker sees it: while it sleeps
 * nothing is said to it, and when it wakes one thing is, which is current.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { Broker } from './lib/own_broker.js';
import { Child, cleanUp } from './lib/processes.js';
import { pause, until } from './lib/wait.js';

const SLEEP_S = 3;

let broker; // where everybody may listen to everything
let daemon;
let backend; // a token
let admin;
let pager;
let sniffer; // a line a message to the pager

before(async () => {
    broker = await Broker.start();
    daemon = await Daemon.start({ args: ['--mqtt-url', broker.url] });
    backend = await daemon.token('backend');
    admin = await Session.open(daemon, await daemon.token('admin'));
    await admin.join('admin');
    await admin.join('waiters');
    await until('the link is up', async () =>
        (await daemon.metrics()).mqtt_connected === 1);
    sniffer = new Child('mosquitto_sub', ['-h', '127.0.0.1',
        '-p', String(broker.port), '-q', '1', '-F', '%t %r',
        '-t', 'dw/1/main/dev/+/cmd', '-t', 'dw/1/main/hub/state'], {});
    await sniffer.line(/^dw\/1\/main\/hub\/state/);
    pager = new Child(daemon.program, ['device', 'pager', '--id', 'pager-5',
        '--table', '5', '--port', String(broker.port),
        '--state', path.join(daemon.folder, 'pager-5'),
        '--sleep', String(SLEEP_S)], { env: daemon.env });
    await pager.line(/^asleep/);
});

after(async () => {
    try {
        await pager?.stop();
        sniffer?.kill('SIGKILL');
        await daemon?.stop();
        await broker?.kill();
    } finally {
        await cleanUp();
    }
});

let last = 0;

async function say(event, payload) {
    const { seq } = await daemon.post(backend,
        { id: `sleep-${++last}`, event, payload });

    assert.ok(seq);
}

const page = pageId => say('page.sent',
    { pageId, table: { id: '5' }, text: `Page ${pageId}` });
const commands = () => sniffer.lines.filter(line => line.includes('/cmd '));
const asleep = n => until(`it sleeps ${n} times`, () => pager.lines
    .filter(line => line.startsWith('asleep ')).length >= n, 20000);

test('it hears exactly one, current, command at its wake', async () => {
    assert.equal(pager.lines.at(-1), `asleep seconds=${SLEEP_S}`);
    await page('p1');
    await page('p2');
    await page('p3');
    await say('page.cleared', { pageId: 'p3' });
    await say('page.cleared', { pageId: 'p1' });
    await say('page.cleared', { pageId: 'p2' });
    await page('p4');
    assert.deepEqual(commands(), []);
    await pager.line(/^ring table=5 order=- page=p4$/);
    await pause(2000); // for a second one, if there were any
    assert.deepEqual(commands(), ['dw/1/main/dev/pager-5/cmd 0']);
    pager.type('\n');
    const { payload } = await admin.event('page.acked');

    assert.equal(payload.pageId, 'p4');
    await asleep(2);
    await asleep(3);
    assert.equal(commands().length, 1);
});
