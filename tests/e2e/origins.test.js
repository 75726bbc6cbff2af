/**
 * Whose pages may come in: by plain WebSockets, by Engine.IO and by REST, told
 * in requests that nobody else writes, and by a real browser.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { openBrowser, openPage } from './lib/browser.js';
import { Daemon } from './lib/daemon.js';
import { servePages } from './lib/pages.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const LISTED = 'https://menu.example';
const OWN = 'https://orders.example'; // of the daemon behind a proxy

let daemon; // lists LISTED and `pages`
let proxied; // is called OWN
let open; // lists "*"
let pages; // the origin of a web server of ours
let foreign; // of another one, that nobody lists
let token;

before(async () => {
    pages = await servePages();
    foreign = await servePages();
    [daemon, proxied, open] = await Promise.all([
        Daemon.start({ args: ['--origins', `${LISTED}, ${pages}`] }),
        Daemon.start({ args: ['--public-url', `${OWN}/`] }),
        Daemon.start({ args: ['--origins', '*'] })]);
    token = await daemon.token('waiter');
});

after(async () => {
    try {
        await Promise.all([daemon, proxied, open].map(one => one?.stop()));
    } finally {
        await cleanUp();
    }
});

/** The first bytes of an answer to lines that are sent as they are. */
async function exchange(where, lines) {
    const socket = net.connect(where.httpPort, '127.0.0.1');
    let heard = '';

    atEnd(() => socket.destroy());
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', data => heard += data);
    socket.write([...lines, '', ''].join('\r\n'), 'latin1');
    await until(`an answer to ${lines[0]} ${lines.at(-1)}`, () =>
        heard.includes('\r\n\r\n') || socket.destroyed);
    socket.destroy();
    return { status: Number(heard.split(' ')[1]),
        head: heard.slice(0, heard.indexOf('\r\n\r\n') + 2) };
}

const upgrade = ['Upgrade: websocket', 'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

/** Each way in: its request, and the status of who is let in. */
const ways = {
    'native WebSocket': ['GET /ws', upgrade, 101],
    'env WebSocket': ['GET /api/socket', upgrade, 101],
    'Engine.IO WebSocket':
        ['GET /socket.io/?EIO=4&transport=websocket', upgrade, 101],
    'Engine.IO polling': ['GET /socket.io/?EIO=4&transport=polling', [], 200],
    'Engine.IO at /api/socket':
        ['GET /api/socket?EIO=4&transport=polling', [], 200],
    'REST, reading': ['GET /api/tables', [], 401],
    'REST, stating': ['POST /api/orders', ['Content-Length: 0'], 401],
    'REST, asking before': ['OPTIONS /api/orders',
        ['Access-Control-Request-Method: POST'], 204],
};
const PLAIN = ['native WebSocket', 'env WebSocket'];

const come = (where, way, origins, host = `127.0.0.1:${where.httpPort}`) => {
    const [request, more] = ways[way];

    return exchange(where, [`${request} HTTP/1.1`, `Host: ${host}`, ...more,
        ...[origins].flat().map(origin => `Origin: ${origin}`)]);
};

/** What a page may try, and whether it may come in. */
const variants = () => {
    const { httpPort: port } = daemon;

    return [
        ['its own', `http://127.0.0.1:${port}`, true],
        ['a listed one', LISTED, true],
        ['a listed one with its port', `${LISTED}:443`, true],
        ['a listed one in capitals', 'HTTPS://Menu.Example', true],
        ['another scheme', 'http://menu.example', false],
        ['its own host by TLS', `https://127.0.0.1:${port}`, false],
        ['another port', `${LISTED}:8443`, false],
        ['its own host, no port', 'http://127.0.0.1', false],
        ['its own host, another port', `http://127.0.0.1:${port ^ 1}`, false],
        ['its own port, another name', `http://localhost:${port}`, false],
        ['a name that begins like it', `${LISTED}.evil.example`, false],
        ['a name that ends like it', 'https://evilmenu.example', false],
        ['a name below it', 'https://a.menu.example', false],
        ['a user in front', 'https://menu.example@evil.example', false],
        ['it as a user', 'https://evil.example:1@menu.example', false],
        ['it as a path', 'https://evil.example/https://menu.example', false],
        ['a dot behind', `${LISTED}.`, false],
        ['a slash behind', `${LISTED}/`, false],
        ['null', 'null', false],
        ['nothing', '', false],
        ['an address of IPv6', `http://[::1]:${port}`, false],
        ['IPv4 in IPv6', `http://[::ffff:127.0.0.1]:${port}`, false],
        ['punycode', 'https://xn--menu-example', false],
        ['its letters escaped', 'https://menu%2eexample', false],
        ['letters that look alike', 'https://m\xe9nu.example', false],
        ['two in one line', `${LISTED}, ${LISTED}`, false],
        ['two lines', [LISTED, 'https://evil.example'], false],
        ['the same line twice', [LISTED, LISTED], false],
        ['a star', '*', false],
        ['a scheme of its own', 'chrome-extension://menu.example', false],
        ['a file', 'file://', false],
    ];
};

for (const way of Object.keys(ways))
    test(`${way}: of all variants only its own and the listed come in`,
        async () => {
            for (const [name, origin, may] of variants()) {
                const { status, head } = await come(daemon, way, origin);
                const wanted = ways[way][2];

                assert.equal(status === wanted, may, `${name}: ${head}`);
                if (!may)
                    assert.doesNotMatch(head, /access-control-allow-origin/i,
                        name);
            }
            assert.equal((await come(daemon, way, [])).status,
                ways[way][2] === 204 ? 405 : ways[way][2], 'no page at all');
        });

test('a listed page is named in the answer, its own page need not be',
    async () => {
        const listed = await come(daemon, 'REST, reading', LISTED);
        const own = await come(
            daemon, 'REST, reading', `http://127.0.0.1:${daemon.httpPort}`);

        assert.match(listed.head, new RegExp(
            `^Access-Control-Allow-Origin: ${LISTED}\r$`, 'm'));
        assert.match(listed.head, /^Vary: Origin\r$/m);
        assert.doesNotMatch(own.head, /access-control-allow-origin/i);
        assert.match(own.head, /^Vary: Origin\r$/m);
    });

test('behind a proxy its own origin is what it was told', async () => {
    for (const way of Object.keys(ways)) {
        const wanted = ways[way][2];
        const at = (origin, host) => come(proxied, way, origin, host);

        assert.equal((await at(OWN, 'orders.example')).status, wanted, way);
        assert.equal((await at(OWN, '127.0.0.1:8080')).status, wanted, way);
        assert.notEqual((await at('http://orders.example',
            'orders.example')).status, wanted, way);
        assert.notEqual((await at('http://evil.example',
            'evil.example')).status, wanted, way);
    }
    const { headers } = await fetch(`${proxied.url}/`);

    assert.match(headers.get('strict-transport-security'), /max-age=/);
});

test('"*" lets pages ask, names none, and opens no plain WebSocket',
    async () => {
        for (const way of Object.keys(ways)) {
            const { status, head } = await come(
                open, way, 'https://anybody.example');

            assert.equal(status === ways[way][2], !PLAIN.includes(way), way);
            if (way.includes('REST') || way.includes('polling'))
                assert.match(head, /^Access-Control-Allow-Origin: \*\r$/m, way);
            assert.doesNotMatch(head, /anybody|allow-credentials/i, way);
            assert.notEqual((await come(open, way, 'null')).status,
                ways[way][2], `${way} of nobody`);
        }
    });

test('what a page may send is told before', async () => {
    const { status, head } = await exchange(daemon, [
        'OPTIONS /api/orders/7 HTTP/1.1', 'Host: x', `Origin: ${LISTED}`,
        'Access-Control-Request-Method: PATCH',
        'Access-Control-Request-Headers: authorization,idempotency-key']);

    assert.equal(status, 204);
    assert.match(head, /^Access-Control-Allow-Methods: GET, HEAD, PATCH\r$/m);
    assert.match(head,
        /^Access-Control-Allow-Headers: authorization,idempotency-key\r$/m);
    const odd = await exchange(daemon, ['OPTIONS /api/orders HTTP/1.1',
        'Host: x', `Origin: ${LISTED}`,
        'Access-Control-Request-Headers: x:y\x01']);

    assert.doesNotMatch(odd.head, /x:y/);
});

// --- cookies ---

test('cookies are neither set nor a credential', async () => {
    const names = ['token', 'access_token', 'session', 'Authorization', 'jwt',
        'io', 'sid'];
    const cookie = names.map(name => `${name}=${token}`).join('; ');

    for (const path of ['/', '/kitchen/', '/api/tables', '/metrics', '/nothing',
        '/healthz', '/socket.io/?EIO=4&transport=polling']) {
        const answer = await fetch(`${daemon.url}${path}`,
            { headers: { Cookie: cookie } });

        assert.equal(answer.headers.get('set-cookie'), null, path);
        if (path === '/api/tables')
            assert.equal(answer.status, 401);
    }
    const { head } = await exchange(daemon, ['GET /ws HTTP/1.1', 'Host: x',
        ...upgrade, `Cookie: ${cookie}`]);

    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(head, /set-cookie/i);
});

// --- what every answer says ---

test('every answer tells a browser what it may do with it', async () => {
    const asked = [['GET', '/'], ['GET', '/kitchen/'], ['GET', '/ui/ui.css'],
        ['GET', '/kitchen/kitchen.js'], ['GET', '/nothing'], ['GET', '/ws'],
        ['GET', '/kitchen'], ['GET', '/api/tables'], ['DELETE', '/'],
        ['POST', '/api/events'], ['GET', '/metrics'], ['GET', '/healthz'],
        ['GET', '/socket.io/?EIO=4&transport=polling'],
        ['GET', '/socket.io/?EIO=3&transport=polling'],
        ['OPTIONS', '/api/tables']];

    for (const [method, path] of asked) {
        const { head } = await exchange(daemon,
            [`${method} ${path} HTTP/1.1`, 'Host: x',
                ...method === 'POST' ? ['Content-Length: 2'] : []]);
        const what = `${method} ${path}\n${head}`;
        const policy = head.match(/^Content-Security-Policy: (.*)\r$/m)?.[1];

        assert.ok(policy, what);
        assert.match(policy, /default-src 'self'/, what);
        assert.match(policy, /frame-ancestors 'none'/, what);
        assert.match(policy, /object-src 'none'/, what);
        assert.match(policy, /base-uri 'none'/, what);
        assert.doesNotMatch(policy, /unsafe|\*|data:|http/, what);
        assert.match(head, /^X-Content-Type-Options: nosniff\r$/m, what);
        assert.match(head, /^Referrer-Policy: no-referrer\r$/m, what);
        assert.doesNotMatch(head, /strict-transport-security/i, what);
    }
});

// --- a real browser ---

/** What the page at `origin` is told when it tries each way in. */
async function attempts(browser, origin) {
    const { page } = await openPage(browser);

    await page.goto(`${origin}/blank`);
    return page.evaluate(async ({ url, wsUrl, token }) => {
        const tries = {};
        const socket = address => new Promise(done => {
            const ws = new WebSocket(address);

            ws.onopen = () => done('open');
            ws.onerror = () => done('refused');
        });
        const asked = (path, options) => fetch(`${url}${path}`, options)
            .then(async answer => `${answer.status} ${
                (await answer.text()).length > 0}`, () => 'refused');
        const engine = transports => new Promise(done => {
            const one = window.io(url, { transports, auth: { token },
                forceNew: true, reconnection: false });

            one.on('connect', () => done('open'));
            one.on('connect_error', () => done('refused'));
        });

        tries.native = await socket(wsUrl);
        tries.env = await socket(`${wsUrl.replace(/ws$/, '')}api/socket`);
        tries.websocket = await engine(['websocket']);
        tries.polling = await engine(['polling']);
        tries.simple = await asked(`/api/tables?token=${token}`);
        tries.preflight = await asked('/api/tables',
            { headers: { Authorization: `Bearer ${token}` } });
        return tries;
    }, { url: daemon.url, wsUrl: daemon.wsUrl, token });
}

test('in Chromium a listed page comes in every way, another in none',
    async () => {
        const browser = await openBrowser();
        const yes = { native: 'open', env: 'open', websocket: 'open',
            polling: 'open', simple: '200 true', preflight: '200 true' };
        const no = Object.fromEntries(
            Object.keys(yes).map(way => [way, 'refused']));

        assert.deepEqual(await attempts(browser, pages), yes);
        assert.deepEqual(await attempts(browser, foreign), no);
        // The same server under another name is another origin.
        assert.deepEqual(await attempts(browser,
            pages.replace('127.0.0.1', 'localhost')), no);
    });

test('in Chromium a page of no origin comes in no way', async () => {
    const { page } = await openPage();
    const outcome = await within('the frame has tried', (async () => {
        await page.goto(`${pages}/blank`);
        return page.evaluate(({ url, wsUrl, token }) => new Promise(done => {
            const frame = document.createElement('iframe');

            frame.sandbox = 'allow-scripts';
            frame.srcdoc = `<script>(async () => {
                const ws = await new Promise(done => {
                    const ws = new WebSocket('${wsUrl}');
                    ws.onopen = () => done('open');
                    ws.onerror = () => done('refused');
                });
                const asked = await fetch('${url}/api/tables?token=${token}')
                    .then(() => 'open', () => 'refused');
                parent.postMessage([ws, asked], '*');
            })()</scr` + 'ipt>';
            window.onmessage = message => done(message.data);
            document.body.append(frame);
        }), { url: daemon.url, wsUrl: daemon.wsUrl, token });
    })(), 20000);

    assert.deepEqual(outcome, ['refused', 'refused']);
});

test('in Chromium screens keep to their policy, and nothing else runs in them',
    async () => {
        const kitchen = await daemon.token('kitchen', '--sub', 'screen');
        const { page, faults } = await openPage();

        await page.goto(`${daemon.url}/`);
        await page.goto(`${daemon.url}/kitchen/#token=${kitchen}`);
        await until('it is live', () => page.evaluate(() =>
            document.querySelector('#link')?.dataset.state === 'live'));
        assert.deepEqual(faults, []);
        const ran = await page.evaluate(async () => {
            const blocked = [];

            document.addEventListener('securitypolicyviolation', event =>
                blocked.push(event.effectiveDirective));
            const script = document.createElement('script');

            script.textContent = 'window.ran = "inline"';
            document.body.append(script);
            const note = document.createElement('div');

            note.innerHTML = '<img src=x onerror="window.ran = \'handler\'">';
            document.body.append(note);
            const far = document.createElement('script');

            far.src = 'https://evil.example/x.js';
            document.body.append(far);
            await new Promise(done => setTimeout(done, 300));
            return { ran: window.ran, blocked: blocked.sort() };
        });

        assert.equal(ran.ran, undefined);
        assert.ok(ran.blocked.length >= 3, ran.blocked.join());
    });

test('in Chromium nobody puts a screen into a frame', async () => {
    const { page } = await openPage();

    await page.goto(`${pages}/blank`);
    await page.evaluate(url => {
        const frame = document.createElement('iframe');

        frame.src = `${url}/kitchen/`;
        document.body.append(frame);
    }, daemon.url);
    const frame = await until('the frame is there', () =>
        page.frames().find(one => one !== page.mainFrame()));

    await until('it shows an error instead', async () =>
        /^chrome-error:/.test(await frame.evaluate(() => location.href)
            .catch(() => '')));
});
