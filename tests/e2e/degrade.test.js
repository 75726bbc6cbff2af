/**
 * A disk that is full, one that fails, one that has lost something: what the
 * daemon says, what it takes, and that it comes back by itself.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Producer, Session } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp, makeFolder, run } from './lib/processes.js';
import { pause, until } from './lib/wait.js';

const IO_ERROR = 74, RUNNING = 75; // sysexits
const DISK_KIB = 24 * 1024;
const SECOND_MS = 1000;

after(cleanUp);

const health = async (daemon, of = 'healthz') => {
    const response = await fetch(`${daemon.url}/${of}`);

    return { ...await response.json(), http: response.status };
};

async function say(daemon, token, body) {
    const response = await fetch(`${daemon.url}/api/events`, {
        method: 'POST', headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify(body), signal: AbortSignal.timeout(10000) });

    return { status: response.status, after: response.headers
        .get('retry-after'), ...await response.json() };
}

const order = id => ({ event: 'order.created', payload: newOrder(id, '5') });

/** The data on a small disk of its own; false: that may not be had. */
async function onSmallDisk(daemon) {
    fs.mkdirSync(daemon.data, { mode: 0o700 });
    const { code } = await run('mount', ['-t', 'tmpfs', '-o',
        `size=${DISK_KIB}k,mode=0700`, 'dumbwaiter-degrade', daemon.data]);

    if (code === 0)
        atEnd(() => run('umount', ['-l', daemon.data]));
    return code === 0;
}

/** Somebody else takes all there is, to the last bytes. */
function fill(file) {
    const filler = fs.openSync(file, 'a');

    for (let size = 65536; size >= 512;)
        try {
            if (fs.writeSync(filler, Buffer.alloc(size)) < size)
                size /= 2;
        } catch {
            size /= 2;
        }
    fs.closeSync(filler);
}

test('a full disk: orders go on, others are told when, it comes back',
    async t => {
        const daemon = await Daemon.create();

        if (!await onSmallDisk(daemon))
            return t.skip('no small disk can be mounted here');
        await daemon.begin();
        const token = await daemon.token('backend');
        const cook = await Session.open(daemon, await daemon.token('kitchen'));
        const reserve = path.join(daemon.data, 'journal.db-reserve');

        assert.equal(fs.statSync(reserve).mode & 0o777, 0o600);
        const held = fs.statSync(reserve).blocks * 512;

        assert.ok(held >= 2 * 1024 * 1024, `${held} bytes are held`);
        await cook.join('kitchen');
        assert.equal((await say(daemon, token, order('O-1'))).status, 200);
        assert.deepEqual(await health(daemon), { status: 'ok', journal: 'ok',
                http: 200 });

        // --- full
        fill(path.join(daemon.data, 'filler'));
        const since = performance.now();

        await until('it is red', async () =>
            (await health(daemon)).http === 503, 5000);
        const red = performance.now() - since;

        assert.ok(red < SECOND_MS, `red after ${red} ms`);
        assert.equal((await health(daemon)).journal, 'reserve');
        assert.match((await health(daemon, 'readyz')).message, /reserve/);
        assert.equal((await daemon.metrics()).journal_space, 1);
        assert.equal(fs.statSync(reserve).blocks, 0, 'it is given up');

        const refused = await say(daemon, token, order('O-2'));

        assert.equal(refused.status, 503);
        assert.equal(refused.code, 'unavailable');
        assert.match(refused.message, /^the disk is full: only .* again$/);
        assert.ok(Number(refused.after) >= 1, 'and when to try again');
        for (const event of ['kitchen.acknowledged', 'kitchen.preparing',
            'kitchen.ready', 'order.served']) {
            const taken = await say(daemon, token,
                { event, payload: { orderId: 'O-1' } });

            assert.equal(taken.status, 200, JSON.stringify(taken));
            await cook.event(event);
        }
        assert.equal(cook.code, undefined, 'whoever listens is still there');

        // --- killed and started again in the middle of it
        await daemon.restart();
        assert.equal((await health(daemon)).journal, 'reserve');
        assert.equal((await say(daemon, token, order('O-2'))).status, 503);

        // --- room again
        fs.truncateSync(path.join(daemon.data, 'filler'), 0);
        await until('it is green', async () =>
            (await health(daemon)).http === 200, 5000);
        assert.ok(fs.statSync(reserve).blocks * 512 >= held);
        assert.equal((await say(daemon, token, order('O-2'))).status, 200);
        assert.equal((await health(daemon, 'readyz')).http, 200);
        await daemon.stop();
    });

test('a disk that is full to the end drops no link; who has gone is read again',
    async t => {
        const daemon = await Daemon.create();

        if (!await onSmallDisk(daemon))
            return t.skip('no small disk can be mounted here');
        await daemon.begin();
        const token = await daemon.token('backend');
        const filler = path.join(daemon.data, 'filler');
        const till = await Producer.open(daemon, 'till');
        const pager = await daemon.device('pager', 'pager-5', '--table', '5');
        const isThere = async () =>
            (await daemon.metrics()).devices_online === 1;
        let turn = 0;
        const isFull = async () => {
            const { status } = await say(daemon, token, {
                event: 'kitchen.priority_changed', payload: { orderId: 'O-1',
                    priority: ['express', 'vip'][turn++ % 2] } });

            assert.ok([200, 503].includes(status), `${status}`);
            return (await health(daemon)).journal === 'full';
        };

        assert.equal((await say(daemon, token, order('O-1'))).status, 200);
        await until('it is there', isThere);
        fill(filler);
        await until('the reserve is given up', async () =>
            (await health(daemon)).journal === 'reserve');
        fill(filler);
        await until('it is full', isFull, 30000);
        // The turn that found it full has cost the link; from now on none does.
        const refusal = async id => (await till.publish('kitchen.ready',
            { orderId: 'O-1' }, id)).error?.code;

        assert.equal(await refusal('k1'), 'unavailable', 'it is back');
        const { events_refused_total: refused, mqtt_connects_total: connects } =
            await daemon.metrics();

        pager.kill('SIGKILL');
        await until('its will was heard', async () =>
            (await daemon.metrics()).events_refused_total > refused);
        assert.equal(await refusal('k2'), 'unavailable', 'the link answers');
        assert.equal((await daemon.metrics()).mqtt_connects_total, connects);
        assert.equal(await isThere(), true);

        fs.truncateSync(filler, 0);
        await until('it is gone', async () => !await isThere());
        assert.equal((await daemon.metrics()).mqtt_connects_total, connects);
        await daemon.stop();
    });

async function failingSync() {
    const library = path.join(makeFolder(), 'failing_sync.so');
    const source = fileURLToPath(
        new URL('lib/failing_sync.c', import.meta.url));
    const { code, stderr } = await run('cc', ['-std=c11', '-D_GNU_SOURCE',
        '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-o', library,
        source, '-ldl']);

    assert.equal(code, 0, stderr);
    return { LD_PRELOAD: library };
}

test('a commit that cannot be synced ends it with nothing acknowledged',
    async () => {
        const daemon = await Daemon.create();

        await daemon.begin(await failingSync());
        const token = await daemon.token('backend');
        const screen = await Session.open(daemon,
            await daemon.token('kitchen'));

        await screen.join('kitchen');
        assert.equal((await say(daemon, token,
            { id: 'before', ...order('O-1') })).status, 200);
        await screen.event('order.created');
        const heard = screen.events.length;

        const during = { id: 'during', ...order('O-2') };

        process.kill(daemon.child.pid, 'SIGUSR1');
        await pause(50); // for the signal
        await assert.rejects(say(daemon, token, during), 'nobody answers');
        const { code, signal } = await daemon.child.exited;

        assert.equal(code, IO_ERROR, `${signal} ${daemon.log}`);
        await screen.closed;
        assert.ok(!screen.events.slice(heard).some(event =>
            JSON.stringify(event).includes('O-2')), 'nobody was told');

        // Whoever asks again is answered, whether or not it was stored.
        await daemon.begin();
        const again = await say(daemon, token, during);

        assert.equal(again.status, 200, JSON.stringify(again));
        const once = await say(daemon, token, during);

        assert.equal(once.seq, again.seq);
        assert.equal(once.duplicate, true);
        await daemon.stop();
    });

test('whatever starts it does so after an I/O error, and a lock', () => {
    const unit = fs.readFileSync(
        path.join(repository, 'deploy/dumbwaiter.service'), 'utf8');
    const value = name =>
        unit.match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1] ?? '';
    const never = value('RestartPreventExitStatus').split(' ').map(Number);

    assert.equal(value('Restart'), 'always');
    assert.ok(Number(value('RestartSec')) <= 1);
    assert.ok(!never.includes(IO_ERROR) && !never.includes(RUNNING));
});

test('a second one does not start, but one after kill -9 does', async () => {
    const daemon = await Daemon.start();
    const second = await daemon.command('serve', '--port', '0');

    assert.equal(second.code, RUNNING, second.stderr);
    await daemon.kill();
    await daemon.begin(); // the lock was the process's own
    const third = await daemon.command('serve', '--port', '0');

    assert.equal(third.code, RUNNING, third.stderr);
    assert.equal((await health(daemon, 'readyz')).http, 200);
    await daemon.stop();
});

/** Turn one bit of a file, where so much of it has passed. */
function flip(file, part) {
    const handle = fs.openSync(file, 'r+');
    const at = Math.floor(fs.fstatSync(handle).size * part);
    const byte = Buffer.alloc(1);

    fs.readSync(handle, byte, 0, 1, at);
    byte[0] ^= 1;
    fs.writeSync(handle, byte, 0, 1, at);
    fs.closeSync(handle);
}

test('a turned bit that costs events is said, and no cursor goes on from it',
    async () => {
        const daemon = await Daemon.start();
        const token = await daemon.token('backend,admin');

        for (let n = 0; n < 5; n++)
            assert.equal((await say(daemon, token, order(`O-${n}`))).status,
                200);
        const cursor = await daemon.headCursor();
        const { journal_head: head } = await daemon.metrics();

        await daemon.kill();
        flip(path.join(daemon.data, 'journal.db-wal'), 0.6);
        await daemon.begin();
        const said = await health(daemon);

        assert.equal(said.http, 200, 'it works');
        assert.ok(said.lost_events > 0 && said.lost_events <= head,
            JSON.stringify(said));
        assert.equal((await daemon.metrics()).journal_lost_events_total,
            said.lost_events);
        assert.match(daemon.log, /records are lost/);
        const session = await Session.open(daemon, token);
        const joined = await session.join('kitchen', cursor);

        assert.equal(joined.recovered, false, JSON.stringify(joined));
        assert.equal((await say(daemon, token, order('O-new'))).status, 200);
        await session.close();

        // It was said; what came after it is whole.
        await daemon.restart();
        assert.equal((await health(daemon)).lost_events, undefined);
        await daemon.stop();
    });
