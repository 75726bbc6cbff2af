/** deploy/nginx.conf in front of the daemon, as SECURITY.md tells it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { Daemon, freePort, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, Child, cleanUp, makeFolder, run } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const NAME = 'orders.example';
const env = { PATH: `${process.env.PATH}:/usr/sbin` };
const hasNginx = spawnSync('nginx', ['-v'], { env }).status === 0;
const needsNginx = { skip: !hasNginx && 'there is no nginx' };

let daemon;
let port;
let token;
let folder;

/** The file as it is, but for what differs from machine to machine. */
function adapt(text) {
    const change = (from, to) => {
        assert.ok(text.includes(from), from);
        text = text.replaceAll(from, to);
    };

    change('listen 443 ssl', `listen 127.0.0.1:${port} ssl`);
    change(`/etc/ssl/${NAME}`, folder);
    change('/var/log/nginx', folder);
    change('127.0.0.1:8080', `127.0.0.1:${daemon.httpPort}`);
    return text;
}

before(async () => {
    if (!hasNginx)
        return;
    folder = makeFolder();
    port = await freePort();
    daemon = await Daemon.start(
        { args: ['--public-url', `https://${NAME}:${port}`] });
    token = await daemon.token('kitchen,backend');
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes',
        '-days', '2', '-subj', `/CN=${NAME}`,
        '-keyout', `${folder}/privkey.pem`, '-out', `${folder}/fullchain.pem`],
    { env });
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map(name => `${name}_temp_path ${folder}/${name};`).join('\n');

    fs.writeFileSync(`${folder}/nginx.conf`, `daemon off;
        ${process.getuid() === 0 ? 'user root;' : ''}
        pid ${folder}/nginx.pid; events {}
        http { ${temp}
        ${adapt(fs.readFileSync(
        path.join(repository, 'deploy/nginx.conf'), 'utf8'))} }`);
    const nginx = new Child('nginx', ['-p', folder, '-e', 'stderr',
        '-c', `${folder}/nginx.conf`], { env });

    await until('nginx listens', async () => {
        assert.ok(!nginx.result, nginx.stderr);
        return (await get('/healthz').catch(() => null))?.status === 200;
    });
});

after(async () => {
    try {
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

const agent = new https.Agent({ rejectUnauthorized: false });
const base = { host: '127.0.0.1', servername: NAME, agent,
    get port() { return port; } };

/** {status, headers, body}. */
const get = (to, options = {}) => new Promise((resolve, reject) => {
    const request = https.request({ ...base, path: to, ...options,
        headers: { Host: `${NAME}:${port}`, ...options.headers } },
    response => {
        let body = '';

        response.setEncoding('utf8').on('data', text => {
            body += text;
        }).on('end', () => resolve({ status: response.statusCode,
            headers: response.headers, body }));
    });

    request.on('error', reject);
    request.end(options.body);
});

/** 'open', or the status of the refusal. */
const knock = origin => within('an answer', new Promise(resolve => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`,
        { agent, servername: NAME, origin,
            headers: { Host: `${NAME}:${port}`,
                Authorization: `Bearer ${token}` } });

    socket.on('error', () => {});
    socket.on('unexpected-response', (request, { statusCode }) =>
        resolve(statusCode));
    socket.on('message', () => {
        resolve('open');
        socket.close();
    });
}));

test('pages and requests go through it', needsNginx, async () => {
    const page = await get('/kitchen/');

    assert.equal(page.status, 200);
    assert.match(page.headers['content-security-policy'], /default-src 'self'/);
    assert.match(page.headers['strict-transport-security'], /^max-age=\d+$/);
    const { status } = await get('/api/events', { method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ event: 'order.created',
            payload: newOrder('N-1', '5') }) });

    assert.equal(status, 200);
});

test('its own pages may open a WebSocket, others may not', needsNginx,
    async () => {
        assert.equal(await knock(`https://${NAME}:${port}`), 'open');
        assert.equal(await knock(undefined), 'open');
        assert.equal(await knock('https://evil.example'), 403);
        assert.equal(await knock(`http://${NAME}:${port}`), 403);
    });

test('so does Socket.IO, by either transport', needsNginx, async () => {
    for (const transport of ['polling', 'websocket']) {
        const socket = io(`https://127.0.0.1:${port}`, { forceNew: true,
            transports: [transport], auth: { token, dialect: 'kds' },
            rejectUnauthorized: false, servername: NAME, agent,
            extraHeaders: { Host: `${NAME}:${port}` } });

        atEnd(() => socket.close());
        await within(`${transport} connects`, new Promise((resolve, reject) => {
            socket.on('connect', resolve);
            socket.on('connect_error', reject);
        }));
        socket.close();
    }
});

test('no token is in the log', needsNginx, async () => {
    assert.equal((await get(`/api/snapshot?token=${token}`)).status, 200);
    const log = () => fs.readFileSync(`${folder}/dumbwaiter.log`, 'utf8');

    await until('it was logged', () => log().includes('GET /api/snapshot 200'));
    assert.ok(!log().includes(token.slice(0, 30)));
});
