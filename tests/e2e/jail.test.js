/** What is left to the daemon, its minder and its broker once they run. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp, makeFolder, run } from './lib/processes.js';
import { Receiver } from './lib/receiver.js';
import { until, within } from './lib/wait.js';

const CONFIG = 78; // sysexits
const NOBODY = '65534';
// What root keeps when it stays root: CHOWN, DAC_OVERRIDE, FOWNER.
const ROOT_KEEPS = 0xbn;
const isRoot = process.getuid() === 0;

after(cleanUp);

/** /proc/PID/status as an object. */
const statusOf = pid => Object.fromEntries(
    fs.readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n')
        .map(line => line.split(/:\s*/)));

const parentOf = pid => Number(statusOf(pid).PPid);

const isAlive = pid => fs.existsSync(`/proc/${pid}`) &&
    !/^Z/.test(statusOf(pid).State);

function assertJailed(pid, keeps) {
    const status = statusOf(pid);

    assert.equal(status.NoNewPrivs, '1');
    assert.equal(status.Seccomp, '2');
    for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'])
        assert.equal(BigInt(`0x${status[set]}`) & ~keeps, 0n, set);
    assert.match(fs.readFileSync(`/proc/${pid}/limits`, 'utf8'),
        /^Max core file size +0 +0 /m);
}

test('serve is jailed, and so is whoever minds and is its broker', async () => {
    const daemon = await Daemon.start();
    const broker = daemon.brokerPid();
    const minder = parentOf(broker);
    const keeps = isRoot ? ROOT_KEEPS : 0n;

    assert.equal(parentOf(minder), daemon.child.pid);
    for (const pid of [daemon.child.pid, minder, broker])
        assertJailed(pid, keeps);
    assert.equal(statusOf(daemon.child.pid).Threads, '1');
    await daemon.stop();
    assert.ok(![minder, broker].some(isAlive));
});

test('all that it does later, it can do there', async () => {
    const keys = makeFolder();
    const config = path.join(keys, 'dumbwaiter.yml');
    const receiver = await Receiver.start();
    const write = level => { // as an editor does: another file, renamed
        fs.writeFileSync(`${config}.new`, `log:\n  level: ${level}\n`);
        fs.renameSync(`${config}.new`, config);
    };

    write('info');
    const daemon = await Daemon.start({ args: ['--config', config,
        '--webhook-what', 'all', '--keep-events', '1000', // a name, looked up
        '--webhook-url', receiver.url.replace('127.0.0.1', 'localhost')] });
    const token = await daemon.token('backend,kitchen');
    const tills = await Promise.all(Array.from({ length: 8 },
        (none, i) => daemon.token('backend', '--sub', `till-${i}`)));
    const notes = Array.from({ length: 50 }, () => ({ event: 'notification',
        payload: { userId: 'user-1', level: 'info', title: 'A note' } }));
    const ask = async query => (await fetch(`${daemon.url}/api/events${query}`,
        { headers: { Authorization: `Bearer ${token}` } })).json();
    const { cursor } = await ask('?limit=1');

    await daemon.post(token, { event: 'order.created',
        payload: newOrder('J-1', '5') });
    await receiver.event(e => e.event === 'order.created');

    // The journal grows beyond its limit, and what is old goes.
    await until('the beginning is forgotten', async () => {
        await Promise.all(tills.map(till => daemon.post(till, notes)));
        const { recovered } = await ask(`?after=${cursor}`);

        return recovered === false;
    }, 30000);

    // A reload finds the file that has taken the name.
    write('debug');
    daemon.child.kill('SIGHUP');
    await until('it was read', () =>
        /info +configuration read again/.test(daemon.log));
    assert.doesNotMatch(daemon.log, /configuration unchanged/);

    // Pages, a new device, and a broker that dies.
    assert.equal((await fetch(`${daemon.url}/kitchen/`)).status, 200);
    const killed = daemon.brokerPid();

    process.kill(killed, 'SIGKILL');
    await until('there is another broker', async () => daemon.brokerPid() &&
        daemon.brokerPid() !== killed &&
        (await fetch(`${daemon.url}/readyz`)).status === 200);
    const printer = await daemon.device('printer', 'printer-1',
        '--station', 'kitchen', '--out', `file:${daemon.folder}/tickets`);

    await printer.stop();
    assertJailed(daemon.brokerPid(), isRoot ? ROOT_KEEPS : 0n);
    await daemon.stop();
});

test('a reload finds the keys of issuers, wherever they lie', async () => {
    const key = path.join(makeFolder(), 'till.secret');
    const issuers = path.join(makeFolder(), 'issuers.yml');

    fs.writeFileSync(key, 'x'.repeat(32), { mode: 0o600 });
    fs.writeFileSync(issuers,
        `- kid: till\n  algorithm: HS256\n  key_file: ${key}\n`);
    const daemon = await Daemon.start({ args: ['--issuers-file', issuers] });

    daemon.child.kill('SIGHUP');
    await until('it was read', () =>
        /info +configuration read again/.test(daemon.log));
    assert.doesNotMatch(daemon.log, /unchanged/);
    await daemon.stop();
});

test('without its minder it stops, and the next run cleans up', async () => {
    const daemon = await Daemon.start();
    const broker = daemon.brokerPid();

    process.kill(parentOf(broker), 'SIGKILL');
    const { code } = await within('it stops',
        daemon.child.exited);

    assert.equal(code, 0, daemon.log);
    assert.match(daemon.log, /the process that starts it is gone/);
    assert.ok(isAlive(broker), 'it keeps what producers send meanwhile');
    await daemon.begin();
    assert.ok(!isAlive(broker));
    await daemon.stop();
});

test('killed, it leaves the broker for the next run, and no more', async () => {
    const daemon = await Daemon.start();
    const broker = daemon.brokerPid();
    const minder = parentOf(broker);

    await daemon.kill();
    await until('the minder is gone', () => !isAlive(minder));
    assert.ok(isAlive(broker));
    await daemon.begin();
    await daemon.stop();
    assert.ok(!isAlive(broker));
});

test('process.sandbox: no is for debugging, and says so', async () => {
    const daemon = await Daemon.start({ args: ['--sandbox', 'no'] });
    const status = statusOf(daemon.child.pid);

    assert.equal(status.Seccomp, '0');
    assert.equal(status.NoNewPrivs, '1');
    assert.equal(BigInt(`0x${status.CapEff}`) & ~ROOT_KEEPS, 0n);
    assert.match(daemon.log, /warn +process\.sandbox is off/);
    await daemon.stop();
});

// A low port, which only root may listen on, if anybody.
const lowPort = () => 200 + Math.floor(Math.random() * 800);

test('as root it becomes process.user, and keeps nothing', {
    skip: !isRoot && 'needs root' }, async () => {
    const daemon = await Daemon.create({ args: ['--run-as', 'nobody'] });

    fs.chmodSync(daemon.folder, 0o755);
    daemon.httpPort = lowPort();
    daemon.args[daemon.args.indexOf('--port') + 1] = String(daemon.httpPort);
    await daemon.begin();
    const pids = [daemon.child.pid, parentOf(daemon.brokerPid()),
        daemon.brokerPid()];

    for (const pid of pids) {
        assertJailed(pid, 0n);
        assert.deepEqual(statusOf(pid).Uid.split(/\s+/), Array(4).fill(NOBODY));
        assert.ok(!statusOf(pid).Groups.split(/\s+/).includes('0'));
    }
    for (const name of ['', 'journal.db', 'token.key', 'broker']) {
        const about = fs.statSync(path.join(daemon.data, name));

        assert.equal(String(about.uid), NOBODY, name);
        assert.equal(about.mode & 0o077, 0, name);
    }
    assert.equal((await fetch(`${daemon.url}/healthz`)).status, 200);
    assert.doesNotMatch(daemon.log, /running as root/);
    await daemon.stop();
});

test('whom it cannot become, it does not start as', {
    skip: !isRoot && 'needs root' }, async () => {
    const refused = async (args, pattern, prepare) => {
        const daemon = await Daemon.create({ args });

        fs.chmodSync(daemon.folder, 0o755);
        prepare?.(daemon);
        await assert.rejects(daemon.begin(), pattern);
        assert.equal(daemon.child.result.code, CONFIG);
    };

    await refused(['--run-as', 'root'], /root is root, too/);
    await refused(['--run-as', 'no-such-user'], /no user of this machine/);
    await refused(['--run-as', 'nobody'], /belongs to somebody else/,
        daemon => fs.mkdirSync(daemon.data, { mode: 0o700 }));
});

test('files with secrets are for their owner alone', async () => {
    const daemon = await Daemon.start(
        { args: ['--webhook-url', 'http://127.0.0.1:9/'] });

    await daemon.enrol('printer', 'printer-1');
    const files = fs.readdirSync(daemon.data, { recursive: true })
        .map(name => path.join(daemon.data, name));

    assert.ok(files.length > 8, `${files}`);
    for (const file of files)
        assert.equal(fs.statSync(file).mode & 0o077, 0, file);
    await daemon.stop();
});

// --- the unit ---

const UNIT = path.join(repository, 'deploy/dumbwaiter.service');
const EXPOSURE = 1.5; // at most, as systemd-analyze counts it
const env = { PATH: process.env.PATH };
const { stdout: groups } = await run(
    'systemd-analyze', ['syscall-filter', '--no-pager'], { env });
const noSystemd = { skip: !groups && 'there is no systemd-analyze' };

test('the unit leaves little exposed', noSystemd, async () => {
    const { stdout, stderr } = await run('systemd-analyze',
        ['security', '--offline=true', '--no-pager', UNIT], { env });
    const [, exposure] = stdout.match(/exposure level for .*: ([\d.]+)/) ??
        assert.fail(stderr);

    assert.ok(Number(exposure) <= EXPOSURE, stdout);
});

/** All calls of what `SystemCallFilter=` names. */
function expand(name) {
    if (!name.startsWith('@'))
        return [name];
    const [, block] = groups.split(new RegExp(`^${name}$`, 'm'));

    return block.split(/^@/m)[0].split('\n').map(line => line.trim())
        .filter(line => line && !line.startsWith('#')).flatMap(expand);
}

test('the unit lets through what the jail does', noSystemd, () => {
    const allowed = new Set();

    for (const [, not, names] of fs.readFileSync(UNIT, 'utf8')
        .matchAll(/^SystemCallFilter=(~?)(.*)$/gm))
        for (const name of names.split(' ').flatMap(expand))
            not ? allowed.delete(name) : allowed.add(name);
    const calls = [...fs.readFileSync(
        path.join(repository, 'bridge/jail/jail.def'), 'utf8')
        .matchAll(/^CALL(?:_IF)?\((?:ALL|DAEMON|BROKER), (\w+)/gm)]
        .map(([, name]) => name);

    assert.ok(calls.length > 100);
    assert.deepEqual(calls.filter(name => !allowed.has(name)), []);
    for (const name of ['seccomp', 'landlock_restrict_self', 'bind', 'execve'])
        assert.ok(allowed.has(name), `${name}: to shut the door`);
    for (const name of ['chroot', 'mount', 'ptrace', 'setrlimit'])
        assert.ok(!allowed.has(name), name);
});
