/**
 * Who gets in at the broker, by what, for how long, and what that opens.
 * Whatever is refused is asserted on what was delivered: a broker grants every
 * subscription and keeps silent afterwards.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';

import { Session } from './lib/clients.js';
import { Daemon, freePort } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, Child, cleanUp, makeFolder } from './lib/processes.js';
import { until, within } from './lib/wait.js';

let daemon;
let backend;
let admin; // a session in room admin

before(async () => {
    daemon = await Daemon.start();
    backend = await daemon.token('backend');
    admin = await Session.open(daemon, await daemon.token('admin'));
    await admin.join('admin');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const logIn = (url, { client_id: clientId, username, password }, more = {}) =>
    mqtt.connectAsync(url, { clientId, username, password,
        reconnectPeriod: 0, connectTimeout: 5000, ...more });

/** Connected, with all that it hears, and when its connection ends. */
async function listen(url, credential, filters, more) {
    const client = await logIn(url, credential, more);
    const ear = { client, heard: [] };

    ear.ended = new Promise(resolve => client.once('close', resolve));
    client.on('error', () => {});
    client.on('message', (topic, data) => ear.heard.push({ topic, data }));
    atEnd(() => client.endAsync(true));
    for (const filter of filters)
        await client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
    return ear;
}

const topics = ear => ear.heard.map(one => one.topic);

/** An order, and its place in the journal. */
async function order(id, table = '5', token = backend, at = daemon) {
    const answer = await at.post(token,
        { event: 'order.created', payload: newOrder(id, table) });

    assert.equal(answer.status, 200, JSON.stringify(answer));
    return answer.seq;
}

const claim = (code, at = daemon) => fetch(`${at.url}/api/enrol`, {
    method: 'POST', body: JSON.stringify({ code }) });

/** The same, but later if it comes too often. */
const claimSurely = code => until('a code may be tried', async () => {
    const answer = await claim(code);

    return answer.status !== 429 && answer;
});

/** All that the daemon keeps on disk, but for what is in `except`. */
const kept = (folder, except = []) => fs.readdirSync(folder,
    { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !except.includes(entry.name))
    .map(entry => fs.readFileSync(
        path.join(entry.path ?? entry.parentPath, entry.name), 'latin1'))
    .join('\n');

async function makeCode(kind, id, ...more) {
    const { code, stdout, stderr } = await daemon.command('enrol', kind, id,
        '--claim', '--json', ...more);

    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).claim;
}

const retire = async (id, at = daemon) => {
    const { code, stderr } = await at.command('enrol', '--retire', id);

    assert.equal(code, 0, stderr);
};

const EVERYTHING = ['#', '$SYS/#', '$CONTROL/#', 'dw/#', 'dw/1/main/+/#',
    'dw/1/main/dev/+/cmd', 'dw/1/main/pb/table/+'];

test('each kind hears what its role may, and nothing else', async () => {
    const ears = {};

    for (const kind of ['producer', 'printer', 'pager', 'buzzer', 'button'])
        ears[kind] = await listen(daemon.mqttUrl, await daemon.enrol(kind,
            `hears-${kind}`, ...kind === 'pager' ? ['--table', '7'] : []),
        EVERYTHING);
    await order('doors-1', '7');
    await order('doors-2', '8');
    // Whoever hears the room of table 7 has heard it when this has come.
    await until('the producer hears', () =>
        topics(ears.producer).includes('dw/1/main/json/order/doors-2'));
    await until('the buzzer hears', () => topics(ears.buzzer)
        .filter(topic => topic === 'dw/1/main/pb/kitchen').length >= 2);
    await daemon.post(backend, { event: 'kitchen.ready',
        payload: { orderId: 'doors-1' } });
    await until('the pager hears', () =>
        topics(ears.pager).includes('dw/1/main/pb/table/7'));
    await daemon.post(backend, { event: 'user.created',
        payload: { user: { id: 'u1', name: 'U' } } });

    const allowed = {
        producer: /^dw\/1\/main\/(json|state)\/(?!admin|device|session)|^dw\/1\/main\/hub\/state$/,
        printer: /^dw\/1\/main\/(hub\/state|dev\/hears-printer\/(job|cmd|cfg))$/,
        pager: /^dw\/1\/main\/(hub\/state|pb\/table\/7|dev\/hears-pager\/cmd)$/,
        buzzer: /^dw\/1\/main\/(hub\/state|pb\/kitchen|dev\/hears-buzzer\/cmd)$/,
        button: /^dw\/1\/main\/(hub\/state|dev\/hears-button\/cmd)$/,
    };

    for (const [kind, ear] of Object.entries(ears)) {
        assert.deepEqual(topics(ear).filter(
            topic => !allowed[kind].test(topic)), [], kind);
        assert.ok(topics(ear).includes('dw/1/main/hub/state'), kind);
        await ear.client.endAsync(true);
    }
});

test('what one says reaches nobody but the hub, and only as itself',
    async () => {
        const liar = await listen(daemon.mqttUrl,
            await daemon.enrol('pager', 'liar'), []);
        const ear = await listen(daemon.mqttUrl,
            await daemon.enrol('producer', 'ear'), EVERYTHING);

        for (const topic of ['json/kitchen', 'pb/table/5', 'state/kitchen',
            'hub/state', 'dev/other/state', 'dev/other/evt', 'dev/liar/cmd',
            'dev/liar/job', 'in/liar/order.created', 'receipt/ear',
            'cmd/order.created', 'dev/liar', 'dev/liar/state/x'])
            await liar.client.publishAsync(`dw/1/main/${topic}`, 'lie',
                { qos: 1, retain: true });
        await liar.client.publishAsync('$CONTROL/dynamic-security/v1', '{}',
            { qos: 1 });
        await order('doors-3');
        await until('the truth is heard', () =>
            topics(ear).includes('dw/1/main/json/order/doors-3'));
        assert.deepEqual(ear.heard.filter(
            one => one.data.toString() === 'lie'), []);
        // Nothing of it was kept either.
        const late = await listen(daemon.mqttUrl,
            await daemon.enrol('producer', 'late'), EVERYTHING);

        await until('what is kept comes', () =>
            topics(late).includes('dw/1/main/hub/state'));
        await order('doors-4');
        await until('the order comes', () =>
            topics(late).includes('dw/1/main/json/order/doors-4'));
        assert.deepEqual(late.heard.filter(
            one => one.data.toString() === 'lie'), []);
        for (const one of [liar, ear, late])
            await one.client.endAsync(true);
    });

test('a credential comes online as what it was made for', async () => {
    const { file } = await daemon.enrol('pager', 'pretender', '--table', '3');
    const device = new Child(daemon.program, ['device', 'printer', '--id',
        'pretender', '--credential', file, '--port', String(daemon.mqttPort),
        '--state', path.join(daemon.folder, 'pretender')],
    { env: daemon.env });
    const online = await admin.event('device.online',
        m => m.payload.deviceId === 'pretender');

    assert.equal(online.payload.kind, 'pager');
    assert.equal(online.payload.table.id, '3');
    await device.stop();
});

test('a code is fetched once, and opens the door at once', async () => {
    const code = await makeCode('pager', 'claimed', '--table', '4');

    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    const answer = await claim(code.toLowerCase().replace('-', ' '));
    const credential = await answer.json();

    assert.equal(answer.status, 200, JSON.stringify(credential));
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual({ ...credential, password: '' }, { client_id: 'claimed',
        username: 'claimed', password: '', site: 'main', id: 'claimed',
        kind: 'pager', table: '4', mqtt: { host: '127.0.0.1',
            port: daemon.mqttPort, tls: false } });
    const ear = await until('the broker lets it in', () =>
        listen(daemon.mqttUrl, credential, ['dw/1/main/pb/table/4'])
            .catch(() => null));

    await order('doors-5', '4');
    await daemon.post(backend,
        { event: 'kitchen.ready', payload: { orderId: 'doors-5' } });
    await until('it hears its table', () => ear.heard.length > 0);
    const told = await admin.event('device.provisioned',
        m => m.payload.deviceId === 'claimed');

    assert.equal(told.payload.kind, 'pager');
    assert.equal(told.payload.table.id, '4');
    assert.match(told.payload.by.id, /^[A-Za-z0-9_-]+$/);
    assert.equal(told.src, 'hub');

    // Used, wrong, too short, no code at all: one answer.
    const refusals = [];

    for (const bad of [code, 'AAAAA-AAAAA', 'x', '']) {
        const refused = await claimSurely(bad);

        refusals.push([refused.status, await refused.text()]);
    }
    assert.equal(new Set(refusals.map(String)).size, 1, String(refusals));
    assert.equal(refusals[0][0], 403);
    await ear.client.endAsync(true);
    // Neither is in the log or on disk.
    for (const secret of [code, code.replace('-', ''), credential.password]) {
        assert.ok(!daemon.log.includes(secret));
        assert.ok(!kept(daemon.data).includes(secret));
    }
});

test('whoever tries codes is slowed down', async () => {
    const answers = [];

    for (let i = 0; i < 30; i++)
        answers.push((await claim('AAAAA-AAAAA')).status);
    assert.ok(answers.includes(429), String(answers));
    assert.ok(!answers.includes(200));
    await until('later it is heard again', async () =>
        (await claim('AAAAA-AAAAA')).status === 403);
});

test('a body that is no question is refused', async () => {
    for (const body of ['', '[]', '"x"', '{"code":7}', '{'.repeat(100),
        JSON.stringify({ code: 'x'.repeat(300) })]) {
        const answer = await fetch(`${daemon.url}/api/enrol`,
            { method: 'POST', body });

        assert.ok([400, 403, 413, 429].includes(answer.status), body);
    }
});

test('a device fetches its credential, keeps it, and needs no code again',
    async () => {
        const code = await makeCode('pager', 'fetched', '--table', '6');
        const state = path.join(daemon.folder, 'fetched');
        const start = (...more) => new Child(daemon.program, ['device', 'pager',
            '--state', state, ...more], { env: daemon.env });

        // Others have just tried what they could: it may be told to wait.
        let device = await until('it is online', async () => {
            const one = start('--claim', code, '--url', daemon.url);

            return one.line(/^online/).then(() => one, error => {
                assert.match(error.message, /too many tries/);
                return null;
            });
        });

        await device.stop();
        assert.equal(fs.statSync(path.join(state, 'credential.json')).mode &
            0o777, 0o600);
        device = start();
        await device.line(/^online/);
        await device.stop();
        device = start('--claim', code, '--url', daemon.url);
        await device.line(/^online/);
        await device.stop();
    });

test('a new password ends the connection of the old one', async () => {
    const old = await daemon.enrol('printer', 'rotated');
    const ear = await listen(daemon.mqttUrl, old, []);
    const fresh = await daemon.enrol('printer', 'rotated');

    await within('the old one is cut off', ear.ended, 5000);
    await assert.rejects(logIn(daemon.mqttUrl, old));
    const again = await logIn(daemon.mqttUrl, fresh);

    await again.endAsync(true);
    await until('both are told', () => admin.events.filter(
        m => m.event === 'device.provisioned' &&
            m.payload.deviceId === 'rotated').length === 2);
});

test('who is retired is cut off at once, and nothing is left of it',
    async () => {
        const bystander = await listen(daemon.mqttUrl,
            await daemon.enrol('printer', 'bystander'), []);
        const pid = daemon.brokerPid();
        const device = await daemon.device('pager', 'retiree', '--table', '2');

        await admin.event('device.online',
            m => m.payload.deviceId === 'retiree');
        await retire('retiree');
        await admin.event('device.offline',
            m => m.payload.deviceId === 'retiree');
        const told = await admin.event('device.retired',
            m => m.payload.deviceId === 'retiree');

        assert.equal(told.payload.kind, 'pager');
        assert.ok(told.payload.by.id);
        await until('its process sees it', () =>
            /refuses retiree|offline/.test(device.stderr + device.stdout));
        const states = () => new Promise(resolve => {
            const child = new Child('mosquitto_sub', ['-h', '127.0.0.1', '-p',
                String(daemon.mqttPort), '-i', 'dumbwaiter-hub-look', '-u',
                'dumbwaiter-hub', '-P', fs.readFileSync(path.join(daemon.data,
                    'broker', 'hub.password'), 'utf8'), '-t',
                'dw/1/main/dev/+/state', '-W', '1', '-v']);

            child.exited.then(() => resolve(child.stdout));
        });

        await until('its state is cleared', async () =>
            !(await states()).includes('retiree'));
        assert.equal(daemon.brokerPid(), pid, 'the broker went on');
        assert.ok(bystander.client.connected);
        await device.stop();
        // It is in nobody's list but ours.
        for (const file of ['passwd', 'acl'])
            assert.ok(!fs.readFileSync(path.join(daemon.data, 'broker', file),
                'utf8').includes('retiree'));
        const { stdout } = await daemon.command('enrol', '--list', '--json');
        const line = JSON.parse(stdout).find(one => one.id === 'retiree');

        assert.equal(line.retired, true);
        await bystander.client.endAsync(true);
    });

test('what was done while no daemon ran is told by the next one', async () => {
    const other = await Daemon.start();
    const token = await other.token('admin');

    await other.enrol('pager', 'early');
    await other.stop();
    await other.enrol('pager', 'meanwhile');
    await retire('early', other);
    await other.begin();
    const told = await until('it is told', async () => {
        const { events } = await (await fetch(
            `${other.url}/api/events?rooms=admin`,
            { headers: { Authorization: `Bearer ${token}` } })).json();
        const acts = events.filter(m => /provisioned|retired/.test(m.event))
            .map(m => `${m.event} ${m.payload.deviceId}`);

        return acts.length >= 3 && acts;
    });

    assert.deepEqual(told, ['device.provisioned early',
        'device.provisioned meanwhile', 'device.retired early']);
    await other.stop();
});

// A broker forgets a signal that comes while it reads for another; here the
// command finds nobody to send one to.
test('who is enrolled gets in, also when the broker was not told', async () => {
    const note = path.join(daemon.data, 'broker', 'mosquitto.pid');

    fs.renameSync(note, `${note}.away`);
    const unheard = await daemon.enrol('pager', 'unheard').finally(
        () => fs.renameSync(`${note}.away`, note));
    const client = await until('it gets in', () =>
        logIn(daemon.mqttUrl, unheard).catch(() => false));

    await client.endAsync(true);
});

/* --- TLS --- */

/** An authority, and certificates of it. */
class Authority {
    constructor(folder, name = 'house') {
        this.folder = folder;
        this.name = name;
        this.run('req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
            `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE',
            '-keyout', `${name}.key`, '-out', `${name}.pem`);
        this.ca = path.join(folder, `${name}.pem`);
    }

    run(...args) {
        execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
    }

    /** {cert, key} for a name; `file` is what their files are called. */
    issue(cn, file = cn, serial = '1') {
        fs.writeFileSync(path.join(this.folder, 'ext'),
            'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
        this.run('req', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${cn}`,
            '-keyout', `${file}.key`, '-out', `${file}.csr`);
        this.run('x509', '-req', '-in', `${file}.csr`, '-CA',
            `${this.name}.pem`, '-CAkey', `${this.name}.key`, '-set_serial',
            serial, '-days', '2', '-extfile', 'ext', '-out', `${file}.pem`);
        fs.chmodSync(path.join(this.folder, `${file}.key`), 0o600);
        return { cert: path.join(this.folder, `${file}.pem`),
            key: path.join(this.folder, `${file}.key`) };
    }
}

const serialOf = client => client.stream.getPeerCertificate().serialNumber;

test('the LAN speaks TLS, and a certificate is renewed without a disconnect',
    async () => {
        const authority = new Authority(makeFolder());
        const { cert, key } = authority.issue('broker', 'broker', '17');
        const port = await freePort();
        const lan = await Daemon.start({ args: ['--mqtt-listen',
            `127.0.0.1:${port}`, '--mqtt-tls-cert', cert, '--mqtt-tls-key',
            key] });
        const url = `mqtts://127.0.0.1:${port}`;
        const credential = await lan.enrol('pager', 'p5', '--table', '5');
        const ca = fs.readFileSync(authority.ca);
        const first = await listen(url, credential, ['dw/1/main/pb/table/5'],
            { ca });
        const device = await lan.enrol('printer', 'pr1');
        const pager = await lan.enrol('pager', 'p6');
        const other = new Child(lan.program, ['device', 'pager', '--table',
            '5', '--credential', pager.file, '--host', '127.0.0.1', '--port',
            String(port), '--cafile', authority.ca, '--state',
            path.join(lan.folder, 'p6')], { env: lan.env });

        await other.line(/^online/);
        assert.equal(serialOf(first.client), '11'); // hexadecimal
        // Nothing in clear, and nobody whose authority is not trusted.
        await assert.rejects(logIn(`mqtt://127.0.0.1:${port}`, credential));
        await assert.rejects(logIn(url, credential));

        const hear = async (id, ear) => {
            const token = await lan.token('backend');
            const before = ear.heard.length;

            await order(id, '5', token, lan);
            await lan.post(token,
                { event: 'kitchen.ready', payload: { orderId: id } });
            await until('it still hears', () => ear.heard.length > before);
        };

        await hear('tls-1', first);
        // A broken file changes nothing.
        const good = fs.readFileSync(cert);

        fs.writeFileSync(cert, good.subarray(0, 200));
        lan.child.kill('SIGHUP');
        await until('it is said', () =>
            /broker\.tls_cert unchanged/.test(lan.log));
        await lan.enrol('button', 'b1'); // makes the broker read its files
        await hear('tls-2', first);
        let fresh = await listen(url, device, [], { ca });

        assert.equal(serialOf(fresh.client), '11');
        await fresh.client.endAsync(true);
        // A new one is used for whoever comes from then on.
        authority.issue('broker', 'broker', '34');
        lan.child.kill('SIGHUP');
        await until('the new one is shown', async () => {
            fresh = await listen(url, device, [], { ca });
            const serial = serialOf(fresh.client);

            await fresh.client.endAsync(true);
            return serial === '22';
        });
        await hear('tls-3', first);
        assert.ok(first.client.connected);
        await first.client.endAsync(true);
        await other.stop();
        await lan.stop();
    });

test('a device may show a certificate instead of a password', async () => {
    const folder = makeFolder();
    const authority = new Authority(folder);
    const stranger = new Authority(folder, 'stranger');
    const { cert, key } = authority.issue('broker');
    const port = await freePort();
    const lan = await Daemon.start({ args: ['--mqtt-listen',
        `127.0.0.1:${port}`, '--mqtt-tls-cert', cert, '--mqtt-tls-key', key,
        '--mqtt-tls-ca', authority.ca, '--mqtt-client-certs', 'required'] });
    const token = await lan.token('backend');
    const credential = await lan.enrol('pager', 'p5', '--table', '5');

    await lan.enrol('pager', 'p6', '--table', '6');
    const own = authority.issue('p5');
    const device = new Child(lan.program, ['device', 'pager', '--id', 'p5',
        '--table', '5', '--port', String(port), '--cafile', authority.ca,
        '--cert', own.cert, '--key', own.key, '--state',
        path.join(lan.folder, 'p5')], { env: lan.env });

    await device.line(/^online/);
    await order('cert-1', '5', token, lan);
    await lan.post(token,
        { event: 'kitchen.ready', payload: { orderId: 'cert-1' } });
    await device.line(/cert-1|ring|ready/i);
    await device.stop();

    const url = `mqtts://127.0.0.1:${port}`;
    const files = pair => ({ ca: fs.readFileSync(authority.ca),
        cert: fs.readFileSync(pair.cert), key: fs.readFileSync(pair.key) });

    // A password alone, or a certificate of somebody else's: no way in.
    await assert.rejects(logIn(url, credential,
        { ca: fs.readFileSync(authority.ca) }));
    await assert.rejects(logIn(url, {},
        { clientId: 'p5', ...files(stranger.issue('p5', 'forged')) }));
    // A name that is not enrolled opens nothing, another's id neither.
    const nobody = await listen(url, { client_id: 'p5' }, EVERYTHING,
        files(authority.issue('nobody')));
    const six = await listen(url, { client_id: 'p5', username: 'p5',
        password: credential.password }, EVERYTHING,
    files(authority.issue('p6')));

    await order('cert-2', '5', token, lan);
    await order('cert-3', '6', token, lan);
    for (const id of ['cert-2', 'cert-3'])
        await lan.post(token,
            { event: 'kitchen.ready', payload: { orderId: id } });
    await until('table 6 hears', () =>
        topics(six).includes('dw/1/main/pb/table/6'));
    assert.ok(!topics(six).includes('dw/1/main/pb/table/5'));
    assert.deepEqual(nobody.heard, []);
    await six.client.endAsync(true);
    await nobody.client.endAsync(true);
    await lan.stop();
});

/* --- a broker of one's own --- */

async function ownBroker(folder, port) {
    const conf = path.join(folder, 'mosquitto.conf');
    const text = fs.readFileSync(conf, 'utf8')
        .replace('listener 1883 127.0.0.1', `listener ${port} 127.0.0.1`);

    fs.writeFileSync(conf, `${text}user root\n`);
    const broker = new Child('mosquitto', ['-c', conf],
        { env: { PATH: `${process.env.PATH}:/usr/sbin` }, cwd: folder });

    await until('it listens', () => new Promise(resolve => {
        const socket = net.connect(port, '127.0.0.1')
            .on('connect', () => resolve(socket.destroy() && true))
            .on('error', () => resolve(false));
    }));
    return broker;
}

test('a Mosquitto of one\'s own does the same with the exported files',
    async () => {
        const other = await Daemon.create();
        const out = path.join(other.folder, 'export');
        const pager = await other.enrol('pager', 'p5', '--table', '5');
        const till = await other.enrol('producer', 'till');
        const exportFiles = async () => {
            const { code, stderr } =
                await other.command('enrol', '--export', out);

            assert.equal(code, 0, stderr);
        };

        await exportFiles();
        const port = await freePort();
        const broker = await ownBroker(out, port);

        other.args.push('--mqtt-url', `mqtt://127.0.0.1:${port}`,
            '--mqtt-user', 'dumbwaiter-hub', '--mqtt-password-file',
            path.join(out, 'hub.password'));
        await other.begin();
        const token = await other.token('backend');
        const url = `mqtt://127.0.0.1:${port}`;
        const ear = await listen(url, pager, EVERYTHING);
        const seller = await listen(url, till, EVERYTHING);

        // Without a name, with a wrong password: not even in.
        await assert.rejects(logIn(url, {}));
        await assert.rejects(logIn(url, { ...pager, password: 'x' }));
        await order('own-1', '5', token, other);
        await other.post(token,
            { event: 'kitchen.ready', payload: { orderId: 'own-1' } });
        await until('the pager hears', () =>
            topics(ear).includes('dw/1/main/pb/table/5'));
        await until('the producer hears', () =>
            topics(seller).includes('dw/1/main/json/order/own-1'));
        assert.deepEqual(topics(ear).filter(topic =>
            !/^dw\/1\/main\/(pb\/table\/5|hub\/state)$/.test(topic)), []);

        // Retired: the files again, and a SIGHUP.
        await retire('p5', other);
        fs.cpSync(path.join(out, 'mosquitto.conf'), path.join(out, 'mine'));
        await exportFiles();
        fs.renameSync(path.join(out, 'mine'),
            path.join(out, 'mosquitto.conf'));
        broker.kill('SIGHUP');
        await within('it is cut off', ear.ended, 5000);
        await assert.rejects(logIn(url, pager));
        await seller.client.endAsync(true);
        await other.stop();
        await broker.stop();
    });

/* --- hostile text --- */

const field = bytes => {
    const head = Buffer.alloc(2);

    head.writeUInt16BE(bytes.length);
    return Buffer.concat([head, bytes]);
};

function packet(type, body) {
    const length = [];
    let left = body.length;

    do {
        length.push((left % 128) | (left > 127 ? 128 : 0));
        left = Math.floor(left / 128);
    } while (left > 0);
    return Buffer.concat([Buffer.from([type, ...length]), body]);
}

const connectPacket = (id, name, password) => packet(0x10, Buffer.concat([
    field(Buffer.from('MQTT')), Buffer.from([4, 0xc2, 0, 30]), field(id),
    field(name), field(password)]));

const publishPacket = (topic, data, flags = 2) => packet(0x30 | flags,
    Buffer.concat([field(topic), Buffer.from([0, 7]), data]));

const subscribePacket = filter => packet(0x82,
    Buffer.concat([Buffer.from([0, 9]), field(filter), Buffer.from([1])]));

/** Send packets one after another; what came back until it was quiet. */
function say(port, packets) {
    return new Promise(resolve => {
        const socket = net.connect(port, '127.0.0.1');
        const heard = [];
        const end = () => {
            socket.destroy();
            resolve(Buffer.concat(heard));
        };

        socket.setTimeout(400, end);
        socket.on('data', data => heard.push(data));
        socket.on('error', end);
        socket.on('close', end);
        socket.on('connect', () => {
            for (const one of packets)
                socket.write(one);
        });
    });
}

test('hostile names, ids and topics reach nobody and break no line',
    async () => {
        const { username, password } =
            await daemon.enrol('producer', 'hostile');
        const ear = await listen(daemon.mqttUrl,
            await daemon.enrol('producer', 'witness'), EVERYTHING);
        const bytes = text => Buffer.from(text, 'latin1');
        const pass = bytes(password);
        const wicked = [
            '+', '#', '$SYS', '/', '../x', 'a/b', 'dumbwaiter-hub',
            'dumbwaiter-hub\nfake log line', '\r\n2026-01-01 error forged',
            '\x1b[31mred\x1b[0m', '\x00', 'a\x00b', '\xff\xfe', '\xc0\x80',
            '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xe2\x80\xae', '%s%s%n%n',
            '{"id":"x"}', '"', '\\', '\t', '\x7f', '\xef\xbf\xbe',
            'user x\ntopic readwrite #', 'x:y', ' ', 'A'.repeat(37),
            'A'.repeat(65535), '',
        ].map(bytes);
        const packets = [];
        const before = daemon.log.length;
        const head = await daemon.quietHead();

        for (const text of wicked) {
            packets.push(
                [connectPacket(text, text, pass)],
                [connectPacket(bytes('hostile'), text, pass)],
                [connectPacket(text, bytes(username), text)]);
            const inside = [bytes(username), text];

            packets.push([connectPacket(inside[1].subarray(0, 60),
                inside[0], pass), subscribePacket(text),
            subscribePacket(Buffer.concat([bytes('dw/1/main/'), text])
                .subarray(0, 65535)),
            publishPacket(text, bytes('wicked'), 3)]);
            packets.push([connectPacket(bytes('hostile'), inside[0], pass),
                publishPacket(Buffer.concat([bytes('dw/1/main/in/hostile/'),
                    text]).subarray(0, 65535), bytes('{"wicked":true}'))]);
            packets.push([connectPacket(bytes('hostile'), inside[0], pass),
                publishPacket(Buffer.concat([bytes('dw/1/main/in/'), text,
                    bytes('/order.created')]).subarray(0, 65535),
                bytes('{"wicked":true}'))]);
        }
        // No packets at all, and lengths that promise too much.
        packets.push([bytes('GET / HTTP/1.1\r\n\r\n')],
            [Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])],
            [Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
            [Buffer.from([0x30, 0])], [Buffer.from([0xf0, 0])],
            [connectPacket(bytes('hostile'), bytes(username), pass),
                packet(0x34, Buffer.alloc(300 * 1024))]);
        for (let i = 0; i < packets.length; i += 20)
            await Promise.all(packets.slice(i, i + 20)
                .map(one => say(daemon.mqttPort, one)));

        // The hub goes on, and heard nothing of it that would be an event.
        assert.equal(await daemon.quietHead(), head);
        await order('doors-9');
        await until('the order is heard', () =>
            topics(ear).includes('dw/1/main/json/order/doors-9'));
        assert.ok(ear.client.connected);
        assert.deepEqual(ear.heard.filter(one =>
            one.data.includes('wicked') || /fake|forged/.test(one.topic)), []);
        // Each line of the log is one of ours, in plain ASCII.
        const lines = daemon.log.slice(before).split('\n').slice(0, -1);

        for (const line of lines)
            assert.match(line,
                /^\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn |info |debug) [ -~]*$/);
        assert.ok(lines.length < 2000, `${lines.length} lines`);
        assert.equal((await fetch(`${daemon.url}/readyz`)).status, 200);
        await ear.client.endAsync(true);
    });
