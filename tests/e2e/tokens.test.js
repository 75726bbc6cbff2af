/**
 * Tokens at the door: other issuers', one-time links, another token on an open
 * connection, keys that change, ends that are kept.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { openPage } from './lib/browser.js';
import { Session, subscribe } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, cleanUp, makeFolder } from './lib/processes.js';
import { Raw } from './lib/raw.js';
import { until, within } from './lib/wait.js';

const folder = makeFolder();
const issuersFile = path.join(folder, 'issuers.yml');
const keys = Object.fromEntries(['first', 'second'].map(name =>
    [name, generateKeyPairSync('rsa', { modulusLength: 2048 })]));
const SECRET = 'what a till signs its tokens with';
const handedOut = new Set(); // every token and code of this file

let daemon;
let backend;

const entry = (kid, file = `${kid}.pem`) => `
- kid: ${kid}
  algorithm: RS256
  key_file: ${file}
  claims: {subject: userId}
  roles: {kitchen: [chef], waiter: [server]}
`;
const tills = `
- kid: till
  algorithm: HS256
  key_file: till.secret
  issuer: till
`;

const write = text => fs.writeFileSync(issuersFile, text, { mode: 0o600 });

before(async () => {
    for (const [name, { publicKey }] of Object.entries(keys))
        fs.writeFileSync(path.join(folder, `${name}.pem`),
            publicKey.export({ type: 'spki', format: 'pem' }));
    fs.writeFileSync(path.join(folder, 'till.secret'), `${SECRET}\n`,
        { mode: 0o600 });
    write(entry('first') + tills);
    daemon = await Daemon.start({ args: ['--issuers-file', issuersFile,
        '--log-level', 'debug'] });
    backend = await token('backend');
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const keep = text => (handedOut.add(text), text);

const token = async (role, ...more) =>
    keep(await daemon.token(role, ...more));

const encode = value =>
    Buffer.from(JSON.stringify(value)).toString('base64url');

const seconds = () => Math.floor(Date.now() / 1000);

/** A token as a back end makes it that knows nothing of us. */
function theirs(name, claims, { life = 3600, ...header } = {}) {
    const text = `${encode({ alg: 'RS256', typ: 'JWT', ...header })}.${
        encode({ iat: seconds(), exp: seconds() + life, ...claims })}`;

    return keep(`${text}.${sign('sha256', Buffer.from(text),
        keys[name].privateKey).toString('base64url')}`);
}

function tillToken(claims) {
    const text = `${encode({ alg: 'HS256' })}.${
        encode({ iat: seconds(), exp: seconds() + 60, iss: 'till',
            ...claims })}`;

    return keep(`${text}.${
        createHmac('sha256', SECRET).update(text).digest('base64url')}`);
}

const status = async bearer => (await fetch(`${daemon.url}/api/orders`,
    { headers: { Authorization: `Bearer ${bearer}` } })).status;

function client(where, options) {
    const socket = io(`${daemon.url}${where}`,
        { forceNew: true, reconnection: false, ...options });

    atEnd(() => socket.disconnect());
    return socket;
}

/** Connected, or the message of the refusal. */
const outcome = socket => within('an answer to CONNECT', new Promise(yes => {
    socket.once('connect', () => yes('connect'));
    socket.once('connect_error', error => yes(error.message));
}));

async function connected(where, options) {
    const socket = client(where, options);

    assert.equal(await outcome(socket), 'connect');
    return socket;
}

const gone = (socket, ms) => within('it is cut off',
    new Promise(yes => socket.once('disconnect', yes)), ms);

const ask = (socket, ...args) =>
    within(`an answer to ${args[0]}`, socket.emitWithAck(...args));

async function reload() {
    const before = daemon.log.split('configuration read again').length;

    daemon.child.kill('SIGHUP');
    await until('it has read again', () =>
        daemon.log.split('configuration read again').length > before);
}

/* --- other issuers --- */

test('a chef with a token of the back end is in the kitchen, everywhere',
    async () => {
        const chef = theirs('first', { userId: 17, role: 'chef' });
        const auth = { token: chef };

        const kebab = await connected('', { auth });
        assert.equal(await ask(kebab, 'join-room', 'restaurant-kitchen'), true);
        assert.equal(await ask(kebab, 'join-room', 'admin-dashboard'), false);

        const kds = await connected('', { auth });
        assert.equal(await ask(kds, 'join:kitchen'), true);
        assert.equal(await ask(kds, 'join:waiters'), false);

        const session = await Session.open(daemon, chef);
        assert.deepEqual(session.ready.roles, ['kitchen']);
        assert.equal((await session.join('kitchen')).op, 'ok');
        assert.equal((await session.join('waiters')).code, 'forbidden');

        assert.equal(await status(chef), 200);
        const { seq } = await daemon.post(backend,
            { event: 'order.created', payload: newOrder('K-1', '5') });
        assert.ok(seq);
        const said = await daemon.post(chef,
            { event: 'kitchen.preparing', payload: { orderId: 'K-1' } });
        assert.ok(said.seq, JSON.stringify(said));
        assert.equal((await daemon.post(chef, { event: 'order.created',
            payload: newOrder('K-2', '5') })).code, 'forbidden');
    });

test('what their words do not say opens nothing', async () => {
    for (const claims of [{ userId: 17, role: 'kitchen' },
        { userId: 17, role: 'boss' }, { userId: 17 }, { role: 'chef' },
        { userId: 17, role: ['chef'] }, { userId: 17, role: { chef: 1 } },
        { userId: 17, role: 'chef', exp: undefined },
        { userId: 17, role: 'chef', iat: undefined }])
        assert.equal(await status(theirs('first', claims)), 401,
            JSON.stringify(claims));
    assert.equal(await status(theirs('second',
        { userId: 17, role: 'chef' })), 401);
    assert.equal(await status(theirs('second',
        { userId: 17, role: 'chef' }, { kid: 'first' })), 401);
    assert.equal(await status(tillToken({ sub: 'till-1', role: 'pos' })), 200);
});

test('keys overlap and change by SIGHUP; a bad file changes nothing',
    async () => {
        const who = { userId: 18, role: 'server' };
        const old = theirs('first', who, { kid: 'first' });
        const fresh = theirs('second', who, { kid: 'second' });
        const both = async () => [await status(old), await status(fresh)];

        assert.deepEqual(await both(), [200, 401]);
        write(entry('first') + entry('second'));
        await reload();
        assert.deepEqual(await both(), [200, 200]);
        // Without a name it may be of either.
        assert.equal(await status(theirs('first', who)), 401);

        write(`${entry('second')}\n- kid: third\n  algorithm: none\n`);
        await reload();
        assert.deepEqual(await both(), [200, 200]);
        assert.match(daemon.log, /issuers\.yml:9: algorithm: one of HS256/);
        const { code, stdout } = await daemon.command('check',
            '--issuers-file', issuersFile);
        assert.notEqual(code, 0);
        assert.match(stdout, /issuers\.yml:9: algorithm: /);

        const open = await Session.open(daemon, old);
        write(entry('second') + tills);
        await reload();
        assert.deepEqual(await both(), [401, 200]);
        assert.equal((await open.join('waiters')).op, 'ok');
        write(entry('first') + tills);
        await reload();
        assert.deepEqual(await both(), [200, 401]);
    });

test('our own key changes, too', async () => {
    const key = path.join(daemon.data, 'token.key');
    const old = await token('waiter');

    fs.renameSync(key, `${key}.old`);
    await reload();
    const fresh = await token('waiter');
    assert.equal(await status(old), 200);
    assert.equal(await status(fresh), 200);
    fs.unlinkSync(`${key}.old`);
    await reload();
    assert.equal(await status(old), 401);
    assert.equal(await status(fresh), 200);
    backend = await token('backend');
});

/* --- ends --- */

test('when a token ends, its connections end within a second', async () => {
    const short = await token('manager', '--ttl', '4s');
    const { exp } = JSON.parse(Buffer.from(short.split('.')[1], 'base64url'));
    const native = await Session.open(daemon, short);
    const env = new WebSocket(
        `ws://127.0.0.1:${daemon.httpPort}/api/socket?token=${short}`);
    const envClosed = new Promise(yes => env.once('close', yes));
    const kebab = await connected('', { auth: { token: short } });
    const kds = await connected('',
        { auth: { token: short, dialect: 'kds' }, transports: ['polling'] });
    const flat = await connected('/events', { auth: { token: short } });
    const ended = async what => {
        await what;
        return Date.now() - exp * 1000;
    };
    const late = await within('all have ended', Promise.all([native.closed,
        envClosed, gone(kebab), gone(kds), gone(flat)].map(ended)));

    assert.equal(native.code, 4401);
    assert.equal(await envClosed, 4401);
    assert.ok(late.every(ms => ms > -50 && ms < 1000), `${late} ms`);
    assert.equal(await status(short), 401);
    assert.equal(await outcome(client('', { auth: { token: short } })),
        'Authentication failed');
    assert.equal(await outcome(client('',
        { auth: { token: short, dialect: 'kds' } })), 'Authentication error');
});

test('what is taken back is gone within a second', async () => {
    const { stdout } = await daemon.command('token', '--role', 'waiter',
        '--sub', 'eva', '--json');
    const { token: hers, id } = JSON.parse(stdout);
    const other = await token('waiter', '--sub', 'eva');
    const session = await Session.open(daemon, keep(hers));
    const kebab = await connected('', { auth: { token: hers } });
    const stays = await Session.open(daemon, other);
    const since = Date.now();
    const said = await daemon.post(await token('admin'), {
        event: 'token.revoked', payload: { tokenId: id, reason: 'lost' } });

    assert.ok(said.seq, JSON.stringify(said));
    await within('both end', Promise.all([session.closed, gone(kebab)]));
    assert.ok(Date.now() - since < 1000);
    assert.equal(session.code, 4401);
    assert.equal(await status(hers), 401);
    assert.equal(await status(other), 200);
    assert.equal(await outcome(client('', { auth: { token: hers } })),
        'Authentication failed');
    assert.equal((await stays.join('waiters')).op, 'ok');
});

/* --- another token on an open connection --- */

test('a native session goes on with another token', async () => {
    const session = await Session.open(daemon,
        await token('manager', '--sub', 'ana', '--ttl', '5s'));

    await session.join(['kitchen', 'waiters']);
    const auth = async bearer =>
        session.ask({ op: 'auth', token: bearer });
    const cook = await token('kitchen', '--sub', 'ana');

    assert.equal((await auth('nonsense')).code, 'unauthorized');
    assert.equal((await auth(await token('manager', '--sub', 'eva'))).code,
        'forbidden');
    assert.equal((await session.publish('menu.updated',
        { id: 'm-1', name: 'Pie' })).op, 'ok');
    assert.equal((await auth(cook)).op, 'ok');
    assert.equal((await session.join('waiters')).code, 'forbidden');
    assert.equal((await session.publish('table.force_reset',
        { table: { id: '5', number: 5 } })).code, 'forbidden');
    const heard = session.events.length;

    await daemon.post(backend, [
        { event: 'table.activated', payload: { table: { id: '77',
            number: 77 } } },
        { event: 'order.created', payload: newOrder('R-1', '77') }]);
    await session.event('order.created', m => m.payload.order.id === 'R-1');
    assert.deepEqual(session.events.slice(heard)
        .filter(m => m.event === 'table.activated'), []);
    // Longer than the first token was good for.
    await until('it would have ended', () =>
        Date.now() > Date.parse(session.ready.time) + 6500, 15000);
    assert.equal(session.code, undefined);
    assert.equal((await session.join('kitchen')).op, 'ok');
});

test('so does every client of Socket.IO', () => Promise.all(
    [['', { dialect: 'kebab' }], ['', { dialect: 'kds' }],
        ['', {}, '/api/socket'], ['/events', {}]].map(async place => {
        const [where, auth, at] = place;
        const short = await token('manager', '--sub', 'ana', '--ttl', '6s');
        const socket = await connected(where,
            { auth: { token: short, ...auth }, ...at && { path: at } });
        const what = JSON.stringify(place);
        let cut = false;

        socket.once('disconnect', () => {
            cut = true;
        });
        for (const wrong of [undefined, {}, { token: 5 }, { token: 'x' },
            'x', { token: await token('manager', '--sub', 'eva') },
            { token: await token('manager', '--sub', 'ana', '--link') }])
            assert.strictEqual(await ask(socket, 'auth', wrong), false,
                `${what} ${JSON.stringify(wrong)}`);
        assert.strictEqual(await ask(socket, 'auth',
            { token: await token('manager', '--sub', 'ana') }), true, what);
        const { exp } =
            JSON.parse(Buffer.from(short.split('.')[1], 'base64url'));

        await until('it would have ended',
            () => Date.now() > exp * 1000 + 1500, 15000);
        assert.equal(cut, false, what);
    })));

test('a guest by a session\'s token alone has no other to show', async () => {
    const socket = await connected('', { path: '/api/socket' });

    assert.strictEqual(await ask(socket, 'auth',
        { token: await token('manager') }), false);
});

/* --- links --- */

const exchange = async body => {
    const response = await fetch(`${daemon.url}/api/link`,
        { method: 'POST', body: JSON.stringify(body) });

    return { status: response.status, ...await response.json() };
};

const link = async (...more) => {
    const { stdout, stderr } = await daemon.command('token', '--role',
        'kitchen', '--link', '--port', String(daemon.httpPort), ...more);
    const [, where, code] = stdout.trim().match(/^(.*)#link=(.*)$/) ??
        assert.fail(stderr);

    return { where, code: keep(code), href: stdout.trim() };
};

test('a link is exchanged once, and opens nothing else', async () => {
    const { where, code } = await link('--stations', 'grill,cold');

    assert.equal(where, `${daemon.url}/kitchen/`);
    assert.equal(await status(code), 401);
    const socket = new WebSocket(`${daemon.wsUrl}?token=${code}`);
    assert.equal(await within('/ws closes',
        new Promise(yes => socket.on('close', yes))), 4401);
    assert.equal(await outcome(client('', { auth: { token: code } })),
        'Authentication failed');

    const [first, second] = await Promise.all(
        [exchange({ link: code }), exchange({ link: code })]);
    const won = first.status === 200 ? first : second;
    const lost = won === first ? second : first;

    keep(won.token);
    assert.equal(won.status, 200);
    assert.ok(Math.abs(Date.parse(won.expiresAt) - Date.now() -
        12 * 3600 * 1000) < 60000, won.expiresAt);
    const claims = JSON.parse(Buffer.from(won.token.split('.')[1],
        'base64url'));
    assert.deepEqual(claims.roles, ['kitchen']);
    assert.deepEqual(claims.stations, ['grill', 'cold']);
    assert.equal(await status(won.token), 200);
    const refused = await exchange({ link: 'nonsense' });

    assert.equal(refused.status, 401);
    assert.deepEqual(lost, refused); // like any that is no good
    assert.deepEqual(await exchange({ link: code }), refused);
    assert.deepEqual(await exchange({ link: won.token }), refused);
    assert.deepEqual(await exchange({}), refused);
    assert.deepEqual(await exchange({ link: 5 }), refused);
    assert.deepEqual(await exchange([code]), refused);
    await daemon.restart();
    assert.deepEqual(await exchange({ link: code }), refused);
    assert.equal(await status(won.token), 200);
});

test('what is taken back of a link is taken back of its token', async () => {
    const { stdout } = await daemon.command('token', '--role', 'kitchen',
        '--link', '--json', '--port', String(daemon.httpPort));
    const { link: href, id } = JSON.parse(stdout);
    const won = await exchange({ link: keep(href.replace(/^.*#link=/, '')) });
    const session = await Session.open(daemon, keep(won.token));
    const said = await daemon.post(await token('admin'),
        { event: 'token.revoked', payload: { tokenId: id } });

    assert.ok(said.seq, JSON.stringify(said));
    await within('it is closed', session.closed);
    assert.equal(session.code, 4401);
    assert.equal(await status(won.token), 401);
});

test('what one turn takes back, a link gets no token for in it', async () => {
    const admin = await token('admin');
    const post = (where, bearer, body) => {
        const text = JSON.stringify(body);

        return `POST ${where} HTTP/1.1\r\nHost: 127.0.0.1:${daemon.httpPort
        }\r\n${bearer ? `Authorization: Bearer ${bearer}\r\n` : ''
        }Content-Length: ${text.length}\r\n\r\n${text}`;
    };

    for (let round = 0; round < 5; round++) {
        const { code } = await link('--sub', `mia-${round}`);
        const [first, second] =
            [await Raw.open(daemon), await Raw.open(daemon)];

        daemon.child.kill('SIGSTOP');
        first.write(post('/api/link', null, { link: code }));
        await new Promise(yes => setTimeout(yes, 50)); // in this order
        second.write(post('/api/events', admin, { event: 'token.revoked',
            payload: { subject: `mia-${round}` } }));
        await new Promise(yes => setTimeout(yes, 50));
        daemon.child.kill('SIGCONT');
        assert.equal(await second.answer(), 200);
        if (await first.answer() !== 401) { // the turns were two
            const { token: won } =
                JSON.parse(first.heard.toString().split('\r\n\r\n')[1]);

            assert.equal(await status(keep(won)), 401);
        }
    }
});

test('a body that is too large or none at all is refused', async () => {
    const answer = await exchange({ link: 'x'.repeat(5000) });

    assert.equal(answer.status, 413);
    const none = await fetch(`${daemon.url}/api/link`, { method: 'POST' });
    assert.equal(none.status, 400);
    const got = await fetch(`${daemon.url}/api/link`);
    assert.equal(got.status, 405);
    assert.equal(got.headers.get('allow'), 'POST');
});

test('a browser takes the link out of its address and is let in', async () => {
    const { href } = await link();
    const { page, faults } = await openPage();

    await page.goto(href);
    await page.waitForFunction(() =>
        !document.querySelector('#board').classList.contains('stale') &&
        document.querySelector('#no-token').hidden &&
        sessionStorage.getItem('dumbwaiter.token'));
    assert.equal(page.url(), `${daemon.url}/kitchen/`);
    keep(await page.evaluate(() =>
        sessionStorage.getItem('dumbwaiter.token')));
    assert.equal(await page.evaluate(() => history.length), 2);
    await page.reload();
    await page.waitForFunction(() =>
        document.querySelector('#no-token').hidden);
    assert.deepEqual(faults, []);

    const other = await openPage();
    await other.page.goto(href);
    await other.page.waitForFunction(() => /used already/.test(
        document.querySelector('#token-fault').textContent));
    assert.equal(other.page.url(), `${daemon.url}/kitchen/`);
});

/* --- nowhere --- */

test('no token stands in a log, a figure, a topic or on disk', async () => {
    const sub = await subscribe(daemon, 'dw/1/#');
    const bad = `${backend.slice(0, -3)}abc`;
    const answers = [await daemon.post(bad, '{}'),
        await exchange({ link: bad })];

    await daemon.post(backend,
        { event: 'order.created', payload: newOrder('N-1', '5') });
    await sub.line(/json\/order\/N-1 /);
    await daemon.restart();
    const places = { log: daemon.log, answers: JSON.stringify(answers),
        metrics: await (await fetch(`${daemon.url}/metrics`)).text(),
        topics: sub.stdout };

    for (const name of fs.readdirSync(daemon.data,
        { recursive: true, withFileTypes: true }))
        if (name.isFile())
            places[name.name] = fs.readFileSync(
                path.join(name.parentPath ?? name.path, name.name), 'latin1');
    assert.ok(handedOut.size > 20);
    assert.ok(places['journal.db']);
    for (const given of [...handedOut, bad])
        for (const [where, text] of Object.entries(places))
            for (const part of given.replace(/^.*=/, '').split('.').slice(1))
                assert.ok(!text.includes(part), `${where} has ${part}`);
});
