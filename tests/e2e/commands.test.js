/** The program's commands, and how they end. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Daemon, program } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { Child, cleanUp, makeFolder, run } from './lib/processes.js';
import { within } from './lib/wait.js';

const USAGE = 64, UNAVAILABLE = 69, RUNNING = 75, CONFIG = 78; // sysexits

let daemon;

before(async () => {
    daemon = await Daemon.start();
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

/** The program by itself, in an empty home. */
function alone(...args) {
    const home = makeFolder();

    return run(program, args,
        { env: { PATH: `${process.env.PATH}:/usr/sbin`, HOME: home } });
}

function write(name, text) {
    const file = path.join(makeFolder(), name);

    fs.writeFileSync(file, text);
    return file;
}

test('publish prints the receipt, the same key the same receipt', async () => {
    const payload = JSON.stringify(newOrder('C-1', '5'));
    const publish = () => daemon.command(
        'publish', '--id', 'c-1', 'order.created', payload);
    const first = await publish();
    const again = await publish();

    assert.equal(first.code, 0, first.stderr);
    assert.equal(JSON.parse(first.stdout).duplicate, false);
    assert.deepEqual(JSON.parse(again.stdout),
        { ...JSON.parse(first.stdout), duplicate: true });
});

test('publish of something wrong says what, and fails', async () => {
    const { code, stdout } = await daemon.command(
        'publish', 'order.created', '{"order":{}}');
    const { error } = JSON.parse(stdout);

    assert.equal(code, 1);
    assert.equal(error.code, 'missing_field');
    assert.match(error.field, /^order\./);
});

test('listen prints one JSON line an event', async () => {
    const child = new Child(program, ['listen', '--data', daemon.data,
        '--mqtt-port', String(daemon.mqttPort), '--count', '2',
        '--timeout', '20s', 'kitchen'], { env: daemon.env });

    // It does not say when it listens: publish until it has heard one.
    for (let n = 0; child.lines.length === 0 && !child.result; n++)
        await daemon.command('publish', 'order.created',
            JSON.stringify(newOrder(`L-${n}`, '5')));
    const { code } = await within('two were heard', child.exited, 30000);
    const events = child.lines.map(line => JSON.parse(line));

    assert.equal(code, 0, child.story());
    assert.equal(events.length, 2);
    assert.ok(events.every(event => event.room === 'kitchen'));
});

test('listen that hears too little in its time fails', async () => {
    const { code } = await daemon.command('listen', '--count', '1',
        '--timeout', '1s', 'order/nobody');

    assert.equal(code, 1);
});

test('a second daemon on the same data does not start', async () => {
    const second = await daemon.command('serve', '--port', '0');

    assert.equal(second.code, RUNNING, second.stderr);
    assert.equal((await fetch(`${daemon.url}/readyz`)).status, 200);
});

test('a port that is taken is said', async () => {
    const { code, stderr } = await alone('serve',
        '--port', String(daemon.httpPort), '--mqtt-port', '0');

    assert.equal(code, UNAVAILABLE, stderr);
    assert.match(stderr, new RegExp(String(daemon.httpPort)));
    const broker = await alone('serve', '--port', '0',
        '--mqtt-port', String(daemon.mqttPort));

    assert.equal(broker.code, UNAVAILABLE, broker.stderr);
    assert.match(broker.stderr, new RegExp(String(daemon.mqttPort)));
});

test('publish and listen without a daemon are unavailable', async () => {
    for (const args of [['publish', 'order.created', '{}'],
        ['listen', 'kitchen']]) {
        const { code, stderr } = await alone(...args, '--mqtt-port', '1');

        assert.equal(code, UNAVAILABLE, stderr);
        assert.match(stderr, /broker/);
    }
});

test('whoever is on the machine may listen, without any data', async () => {
    const child = new Child(program, ['listen', '--data', '/nowhere/at/all',
        '--mqtt-port', String(daemon.mqttPort), '--count', '1',
        '--timeout', '20s'], { env: daemon.env });

    for (let n = 0; child.lines.length === 0 && !child.result; n++)
        await daemon.command('publish', 'order.created',
            JSON.stringify(newOrder(`W-${n}`, '5')));
    assert.equal((await child.exited).code, 0, child.story());
});

test('check names every fault with its line', async () => {
    const bad = write('bad.yml', 'site:\n  name: main\nhttp:\n  port: 99999\n' +
        '  adress: x\nlog:\n  level: loud\n');
    const { code, stdout } = await alone('check', '--config', bad);
    const lines = stdout.trim().split('\n').sort();

    assert.equal(code, CONFIG);
    assert.deepEqual(lines.map(line => /:(\d+): /.exec(line)?.[1]),
        ['4', '5', '7']);
    assert.match(stdout, /adress.*address/); // did you mean
    const json = JSON.parse((await alone(
        'check', '--json', '--config', bad)).stdout);

    assert.equal(json.ok, false);
    assert.equal(json.faults.length, 3);
    assert.equal((await alone('serve', '--config', bad)).code, CONFIG);
});

test('check of a good file says ok; no file at all is good', async () => {
    const good = write('good.yml', 'http:\n  port: 8081\n');

    for (const args of [['--config', good], []]) {
        const { code, stdout } = await alone('check', ...args);

        assert.deepEqual([code, stdout], [0, 'ok\n']);
    }
    const none = await alone('check', '--config', `${good}.not`);

    assert.notEqual(none.code, 0);
    assert.match(none.stdout + none.stderr, /good\.yml\.not/);
});

test('catalogue prints each of its formats', async () => {
    const json = JSON.parse((await alone('catalogue', '--json')).stdout);
    const api = JSON.parse(
        (await alone('catalogue', '--format', 'asyncapi')).stdout);
    const markdown = (await alone('catalogue', '--format', 'markdown')).stdout;
    const ts = (await alone('catalogue', '--format', 'ts')).stdout;

    assert.ok(json.events.length > 0);
    assert.match(api.asyncapi, /^3\./);
    for (const { name } of json.events) {
        assert.ok(markdown.includes(`\`${name}\``), name);
        assert.ok(ts.includes(`"${name}"`), name);
    }
    assert.equal((await alone('catalogue', '--format', 'xml')).code, USAGE);
});

test('route says who would get an order, and why not', async () => {
    const file = write('order.json', JSON.stringify(newOrder('R-1', '5')));
    const { code, stdout } = await alone('route', '--dry-run', file);
    const json = JSON.parse((await alone(
        'route', '--dry-run', file, '--json')).stdout);
    const rooms = json.events.find(e => e.event === 'order.created').rooms;

    assert.equal(code, 0);
    assert.match(stdout, /kitchen\/?.*\n.*waiters/);
    assert.deepEqual(rooms.map(({ room }) => room).sort(),
        ['all', 'kitchen', 'order/R-1', 'restaurant', 'table/5', 'waiters']);
    assert.ok(json.events.some(e => e.event === 'page.sent'));
    for (const { event, rooms } of json.events)
        for (const { room, who } of rooms)
            assert.notEqual(who, '', `${event} in ${room}`);
    const bad = await alone(
        'route', '--dry-run', write('bad.json', '{"order":1'));

    assert.notEqual(bad.code, 0);
    assert.match(bad.stderr, /byte 10 .*bad_json/);
});

test('token makes tokens the daemon takes, and refuses bad wishes',
    async () => {
        const token = await daemon.token('kitchen,waiter');
        const response = await fetch(
            `${daemon.url}/api/snapshot?rooms=kitchen,waiters`,
            { headers: { Authorization: `Bearer ${token}` } });

        assert.equal(response.status, 200);
        for (const args of [[], ['--role', 'hub'], ['--role', 'cook'],
            ['--role', 'table'], ['--role', 'kitchen', '--ttl', 'x']])
            assert.equal((await daemon.command('token', ...args)).code, USAGE,
                args.join(' '));
    });

test('enrol refuses what is no id and no kind', async () => {
    for (const args of [['pager', 'a/b'], ['pager', '+'], ['toaster', 't'],
        ['pager'], ['pager', 'dumbwaiter-hub']])
        assert.equal((await daemon.command('enrol', ...args)).code, USAGE,
            args.join(' '));
});

test('wrong usage ends with 64 and says where help is', async () => {
    for (const args of [[], ['frobnicate'], ['serve', '--nonsense'],
        ['publish', 'order.created'], ['listen', 'nowhere'],
        ['device', 'toaster'], ['device']]) {
        const { code, stderr } = await alone(...args);

        assert.equal(code, USAGE, args.join(' '));
        assert.ok(stderr.length > 0);
    }
});

test('each command explains itself', async () => {
    const { code, stdout } = await alone('--help');
    const names = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(m => m[1]);

    assert.equal(code, 0);
    assert.deepEqual(names, ['serve', 'token', 'publish', 'listen', 'check',
        'route', 'catalogue', 'device', 'devices', 'enrol']);
    for (const name of names) {
        const help = await alone(name, '--help');

        assert.equal(help.code, 0, name);
        assert.match(help.stdout, new RegExp(`usage: dumbwaiter ${name}`));
        assert.match(help.stdout, /--help/);
        assert.doesNotMatch(help.stdout.split('\n')[0], / $/);
    }
    const { roles } = JSON.parse((await alone('catalogue', '--json')).stdout);
    const help = await alone('token', '--help');
    const bad = await alone('token', '--role', 'cook');

    for (const { name } of roles.filter(role => role.name !== 'hub')) {
        assert.match(help.stdout, new RegExp(`--role.* ${name}\\b`));
        assert.match(bad.stderr, new RegExp(`one or more of.* ${name}\\b`));
    }
    assert.match((await alone('--version')).stdout, /^dumbwaiter \d+\.\d+/);
});
