/**
 * Star CloudPRNT: printers that fetch their tickets over HTTP, and printers at
 * the broker. Whatever goes wrong, a ticket is printed once, or it is seen that
 * nobody knows.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import mqtt from 'mqtt';

import { Session } from './lib/clients.js';
import { BrokerStar, PollingStar } from './lib/cloudprnt.js';
import { Daemon, freePort, program } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { Child, cleanUp, run } from './lib/processes.js';
import { until } from './lib/wait.js';

const LONG_MS = 90000; // longer than any result is waited for
const USAGE = 64;
const MAC = '00:11:62:aa:bb:cc';
const PICTURE_MAC = '00:11:62:aa:bb:cd';

let daemon;
let backend; // a token
let session; // that sees all of paper
let number = 0;

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    session = await Session.open(daemon, await daemon.token('kitchen'));
    await session.join('kitchen');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function agent(id, out, ...more) {
    const { file } = await daemon.enrol('printer', id);
    const child = new Child(daemon.program, ['device', 'printer', '--id', id,
        '--credential', file, '--port', String(daemon.mqttPort), '--state',
        path.join(daemon.folder, id), '--station', 'kitchen', '--out', out,
        ...more], { env: daemon.env });

    await child.line(/^online/);
    return child;
}

/** A ticket is asked for. */
async function order() {
    const id = `S-${++number}`;
    const answer = await daemon.post(backend,
        { event: 'order.created', payload: newOrder(id, '5') });

    assert.ok(answer.seq, JSON.stringify(answer));
    return { jobId: `${id}-kitchen-order` };
}

const said = (name, jobId) => session.events.filter(({ event, payload }) =>
    event === name && payload.jobId === jobId);

const printed = jobId => until(`${jobId} is printed`,
    () => said('print.printed', jobId)[0], LONG_MS);

async function failed(jobId, reason) {
    const { payload } = await until(`${jobId} failed`,
        () => said('print.failed', jobId)[0], LONG_MS);

    assert.equal(payload.reason, reason);
}

/** Something is wrong with a printer meanwhile, and it knows. */
async function whileIt(star, wrong, during) {
    const well = { hasPaper: true, isOpen: false, fault: '' };

    Object.assign(star, wrong);
    await star.noticed();
    try {
        return await during();
    } finally {
        Object.assign(star, well);
    }
}

/** A ticket comes out; then so many sheets of another one did. */
async function afterwards(star, jobId, sheets) {
    const next = await order();

    await printed(next.jobId);
    assert.equal(star.find(`job ${next.jobId}`).length, 1);
    assert.equal(star.find(`job ${jobId}`).length, sheets);
}

/** Nobody knows of it: that was said once, and it is not sent again. */
async function uncertain(star, jobId, sheets) {
    await failed(jobId, 'uncertain');
    await star.mend();
    await afterwards(star, jobId, sheets);
    assert.equal(said('print.printed', jobId).length, 0);
    assert.equal(said('print.failed', jobId).length, 1);
}

/** Both kinds: each fault, and what has to come of it. */
function faults(name, get) {
    test(`${name}: a ticket comes out once, and is said to be printed`,
        async () => {
            const { jobId } = await order();

            await printed(jobId);
            assert.equal(get().find(`job ${jobId}`).length, 1);
            assert.equal(said('print.requested', jobId).length, 1);
        });

    test(`${name}: a result that is said twice ends one job`, async () => {
        const star = get();

        await whileIt(star, { fault: 'twice' }, async () => {
            const first = await order();
            const second = await order();

            await printed(first.jobId);
            await printed(second.jobId);
            assert.equal(said('print.printed', first.jobId).length, 1);
            assert.equal(star.find(`job ${first.jobId}`).length, 1);
            assert.equal(star.find(`job ${second.jobId}`).length, 1);
        });
    });

    for (const [words, wrong, reason] of [
        ['without paper', { hasPaper: false }, 'paper_out'],
        ['with an open cover', { isOpen: true }, 'cover_open']])
        test(`${name}: ${words} nothing is sent, and it comes out later`,
            async () => {
                const star = get();
                let jobId;

                await whileIt(star, wrong, async () => {
                    ({ jobId } = await order());
                    await failed(jobId, reason);
                    assert.equal(star.find(`job ${jobId}`).length, 0);
                });
                await printed(jobId);
                await afterwards(star, jobId, 1);
            });

    test(`${name}: one that refuses a ticket gets it again`, async () => {
        const star = get();
        let jobId;

        await whileIt(star, { fault: 'data' }, async () => {
            ({ jobId } = await order());
            await failed(jobId, 'offline');
            assert.equal(star.find(`job ${jobId}`).length, 0);
        });
        await printed(jobId);
        await afterwards(star, jobId, 1);
    });

    test(`${name}: paper that ends within a ticket leaves it to a human`,
        async () => {
            const star = get();
            const { jobId } = await whileIt(star, { fault: 'torn' },
                async () => {
                    const made = await order();

                    await failed(made.jobId, 'uncertain');
                    return made;
                });

            await uncertain(star, jobId, 1);
        });

    test(`${name}: a result that is lost, and one of another ticket, leave it ` +
        'to a human; a late one changes nothing', async () => {
        const star = get();
        const { jobId } = await whileIt(star, { fault: 'stranger' },
            async () => {
                const made = await order();

                await failed(made.jobId, 'uncertain');
                return made;
            });

        await star.late(star.find(`job ${jobId}`)[0].token);
        await uncertain(star, jobId, 1);
    });

    test(`${name}: one that vanishes with a ticket leaves it to a human`,
        async () => {
            const star = get();
            const { jobId } = await whileIt(star, { fault: 'vanish' },
                async () => {
                    const made = await order();

                    await failed(made.jobId, 'uncertain');
                    return made;
                });

            await uncertain(star, jobId, 0);
        });
}

/* --- over HTTP --- */

let polling;
let poller; // the agent's process

test('HTTP: an agent listens, and a printer polls it', async () => {
    const port = await freePort();
    const file = path.join(daemon.folder, 'pull-password');

    fs.writeFileSync(file, 'sesame-1\n', { mode: 0o600 });
    poller = await agent('poll-1', `cloudprnt:127.0.0.1:${port}`,
        '--pull-password-file', file);
    polling = PollingStar.start(port, { password: 'sesame-1' });
    polling.late = token => polling.confirm(token, '200 OK');
    polling.mend = () => {
        polling.isAway = false;
    };
    polling.noticed = async () => {
        const { polls } = polling;

        await until('it polls', () => polling.polls > polls + 1);
    };
    await polling.noticed();
});

faults('HTTP', () => polling);

test('HTTP: the picture is as wide as the paper', async () => {
    polling.type = 'image/png';
    const { jobId } = await order();

    await printed(jobId);
    const { type, bytes } = polling.sheets.at(-1);

    polling.type = 'text/plain';
    assert.equal(type, 'image/png');
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    assert.equal(bytes.readUInt32BE(16), 576);
    assert.ok(bytes.readUInt32BE(20) > 200);
});

test('HTTP: who has no password learns nothing', async () => {
    const stranger = new PollingStar(MAC);

    Object.assign(stranger, { port: polling.port, path: '/',
        agent: polling.agent });
    assert.equal((await stranger.post()).status, 401);
    stranger.password = 'sesame-2';
    assert.equal((await stranger.post()).status, 401);
    assert.equal((await stranger.ask('GET', { mac: MAC, token: 'x' })).status,
        401);
    stranger.password = undefined;
    stranger.path = '/sesame-1'; // for printers that can do no better
    assert.equal((await stranger.post()).status, 200);
    stranger.path = '/cloudprnt-setting.json'; // HTTP only, says this
    assert.equal((await stranger.ask('GET')).status, 404);
});

test('HTTP: another printer is not served beside the first', async () => {
    const other = new PollingStar('00:11:62:00:00:01');

    Object.assign(other, { port: polling.port, path: '/sesame-1',
        agent: polling.agent });
    assert.equal((await other.post()).status, 403);
});

test('HTTP: nonsense is refused, and harms nobody', async () => {
    const ask = (method, body, query) => {
        const one = Object.assign(new PollingStar(MAC), { port: polling.port,
            path: '/sesame-1', agent: polling.agent });

        return one.ask(method, query, body).then(({ status }) => status);
    };

    for (const body of ['', '{', '[]', 'x'.repeat(100), '{"a":1}',
        '{"printerMAC":"no","statusCode":"200"}',
        `{"printerMAC":"${MAC}","statusCode":"zero"}`])
        assert.ok([400, 403].includes(await ask('POST', body)), body);
    assert.equal(await ask('POST', '{'.padEnd(20000, ' ')), 413);
    assert.equal(await ask('PUT', '{}'), 405);
    assert.equal(await ask('GET', undefined, { mac: MAC, token: '1-1' }), 404);
    assert.equal(await ask('DELETE', undefined, { mac: 'x' }), 403);
    const { jobId } = await order();

    await printed(jobId);
});

test('HTTP: an agent that is stopped leaves no process and no sanitizer',
    async () => {
        await polling.stop();
        const { code } = await poller.stop();

        assert.equal(code, 0, poller.stderr);
    });

test('HTTP: without a password only this machine may come', async () => {
    const tell = (...more) => run(program, ['device', 'printer', '--test-page',
        '--id', 'pr-9', ...more]);
    const { code, stderr } = await tell('--out',
        `cloudprnt:0.0.0.0:${await freePort()}`);

    assert.equal(code, USAGE);
    assert.match(stderr, /--pull-password-file is needed/);
    assert.equal((await tell('--out', 'cloudprnt:example.org:80')).code, USAGE);
    assert.equal((await tell('--out', 'star-mqtt:0011')).code, USAGE);
    const { stdout } = await run(program, ['device', 'printer', '--help']);

    assert.match(stdout, /cloudprnt:ADDRESS:PORT/);
    assert.match(stdout, /only from this machine/);
});

/* --- at the broker --- */

let broker;

test('MQTT: a printer has the topics of its maker and nothing else',
    async () => {
        const made = await daemon.enrol('star', 'star-1-001162aabbcc');

        await agent('star-1', `star-mqtt:${MAC}`, '--pull-text');
        broker = await BrokerStar.connect(daemon.mqttPort, made, MAC);
        broker.late = async token => broker.tell(token);
        broker.noticed = async () => {}; // it is asked before each ticket
        broker.mend = async () => {
            if (!broker.client.connected)
                await broker.begin();
        };
        const heard = [];
        const spy = await mqtt.connectAsync(daemon.mqttUrl, {
            username: made.username, password: made.password,
            clientId: 'spy', reconnectPeriod: 0 });
        // its name is its client id: the printer itself was thrown out by this

        spy.on('message', topic => heard.push(topic));
        await spy.subscribeAsync('dw/#', { qos: 1 }).catch(() => {});
        await spy.subscribeAsync('star/cloudprnt/#', { qos: 1 }).catch(() => {});
        await order();
        await until('it is asked how it is', () => heard.length > 0);
        await spy.endAsync(true);
        assert.deepEqual(heard.filter(topic => !topic.startsWith(
            `star/cloudprnt/to-device/${MAC}/`)), []);
        await broker.begin();
    });

faults('MQTT', () => broker);

test('MQTT: what is to be fetched and never is was printed by nobody',
    async () => {
        const made = await daemon.enrol('star', 'star-3-001162aabbce');
        const port = await freePort();

        await agent('star-3',
            `star-mqtt:001162aabbce@127.0.0.1:${port}`, '--pull-text',
            '--station', 'grill');
        const star = await BrokerStar.connect(daemon.mqttPort, made,
            '00:11:62:aa:bb:ce');
        const grilled = async () => {
            const id = `S-${++number}`;
            const payload = newOrder(id, '5');

            for (const item of payload.order.items)
                item.station = 'grill';
            await daemon.post(backend, { event: 'order.created', payload });
            return `${id}-grill-order`;
        };
        const first = await grilled();

        await printed(first);
        assert.equal(star.fetched, 200);
        assert.equal(star.find(`job ${first}`).length, 1);
        star.fault = 'deaf';
        const second = await grilled();

        await failed(second, 'offline');
        star.fault = '';
        await printed(second); // here, or at the other printer
        assert.equal(star.find(`job ${second}`).length +
            broker.find(`job ${second}`).length, 1);
    });

test('MQTT: the picture is as wide as the paper', async () => {
    const made = await daemon.enrol('star', 'star-2-001162aabbcd');
    const child = await agent('star-2', 'star-mqtt:001162AABBCD',
        '--profile', 'generic-58', '--station', 'bar');
    const star = await BrokerStar.connect(daemon.mqttPort, made, PICTURE_MAC);
    const id = `S-${++number}`;
    const payload = newOrder(id, '5');

    for (const item of payload.order.items)
        item.station = 'bar';
    await daemon.post(backend, { event: 'order.created', payload });
    const { bytes, type } = await until('a picture', () => star.sheets[0],
        LONG_MS);

    assert.equal(type, 'image/png');
    assert.equal(bytes.readUInt32BE(16), 384);
    await child.stop();
});
