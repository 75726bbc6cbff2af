/**
 * Requests whose query is odd: each is answered, with the status and body of
 * the protocol, and none is taken for another one. Sent byte by byte as they
 * stand here, for clients tidy up what they are given.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { atEnd, cleanUp } from '../e2e/lib/processes.js';
import { within } from '../e2e/lib/wait.js';
import { CALM, Echo } from './lib/echo.js';

let echo;

before(async () => {
    echo = await Echo.start(CALM);
});
after(async () => {
    try {
        await echo?.stop();
    } finally {
        await cleanUp();
    }
});

const PATHS = ['/engine.io/', '/socket.io/', '/socket.io'];
const POLLING = 'EIO=4&transport=polling';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

const BODIES = [
    '{"code":0,"message":"Transport unknown"}',
    '{"code":1,"message":"Session ID unknown"}',
    '{"code":2,"message":"Bad handshake method"}',
    '{"code":3,"message":"Bad request"}',
    '{"code":4,"message":"Forbidden"}',
    '{"code":5,"message":"Unsupported protocol version"}',
];

const HEAD = /^HTTP\/1\.1 (\d+) [^]*?Content-Length: (\d+)\r\n/i;

/** A connection on which requests are sent, each when the last is answered. */
class Line {
    text = '';

    static async open() {
        const line = new Line();

        line.socket = net.connect(echo.port, '127.0.0.1');
        line.ended = new Promise(done => line.socket.on('close', done));
        line.socket.on('error', () => {});
        line.socket.setEncoding('latin1').on('data', data => {
            line.text += data;
            line.look?.();
        });
        line.socket.on('close', () => line.look?.());
        atEnd(() => line.socket.destroy());
        await within('it connects', new Promise(done =>
            line.socket.once('connect', done)));
        return line;
    }

    /** The next answer: its status and body; null: it ends without one. */
    answer() {
        return within('it is answered', new Promise(done => {
            this.look = () => {
                const [, status, length] = HEAD.exec(this.text) ?? [];
                const start = this.text.indexOf('\r\n\r\n') + 4;
                const end = start + Number(length);

                if (start > 4 && this.text.length >= end) {
                    const body = this.text.slice(start, end);

                    this.text = this.text.slice(end);
                    done({ status: Number(status), body });
                } else if (this.socket.destroyed) {
                    done(null);
                }
            };
            this.look();
        }));
    }

    ask(target, { method = 'GET', headers = '' } = {}) {
        this.socket.write(
            `${method} ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
        return this.answer();
    }
}

async function expectRefused(target, code, options) {
    const line = await Line.open();

    assert.deepEqual(await line.ask(target, options),
        { status: 400, body: BODIES[code] }, target);
    line.socket.destroy();
}

/** Percent escapes of every control character, where a sid stands. */
const CONTROLS = [...Array(32).keys(), 127, 128, 255]
    .map(code => `%${code.toString(16).padStart(2, '0')}`);

const UNKNOWN = {
    'a control character': CONTROLS,
    'one among others': ['abc%00', '%00abc', 'a%0d%0ab', 'a%0Db%0A', '%0d'],
    'no escape at all': ['%', '%4', '%zz', 'a%', 'a%0', '%%30%30'],
    'what separates elsewhere': ['%26', 'a%26b', '%3d', '%25', '%2500', '%23',
        'a;b', 'a+b', 'a/b', '//', '%2e%2e', '?', '=', '%2525'],
    'no sid of ours': ['abc', `AAAA.${'a'.repeat(22)}`],
    'too long': [41, 64, 65, 500, 3000].map(len => 'a'.repeat(len)),
    'longer than any head': [4096, 5000, 9000].map(len => 'a'.repeat(len)),
};

for (const [what, sids] of Object.entries(UNKNOWN))
    test(`a sid that is ${what} is an unknown one`, async () => {
        for (const sid of sids)
            for (const path of PATHS) {
                await expectRefused(`${path}?${POLLING}&sid=${sid}`, 1);
                await expectRefused(`${path}?sid=${sid}&${POLLING}`, 1);
            }
    });

test('so it is for a POST, and for a WebSocket', async () => {
    for (const sid of ['%00', '%0a', '%0d%0a', '%zz', 'abc', 'a'.repeat(5000)])
        for (const path of PATHS) {
            await expectRefused(`${path}?${POLLING}&sid=${sid}`, 1,
                { method: 'POST', headers: 'Content-Length: 0\r\n' });
            await expectRefused(
                `${path}?EIO=4&transport=websocket&sid=${sid}`, 1,
                { headers: UPGRADE });
        }
});

test('a sid that stands twice is an unknown one', async () => {
    const { sid } = await echo.at('/socket.io/').open();

    for (const twice of ['sid=a&sid=b', 'sid=a&sid=a', `sid=${sid}&sid=${sid}`,
        `sid=${sid}&sid=`, `sid=&sid=${sid}`, 'sid=%00&sid=a'])
        await expectRefused(`/socket.io/?${POLLING}&${twice}`, 1);
});

test('an empty sid is none: a session begins', async () => {
    for (const none of ['sid=', 'sid', 'sid=&x=y', 'sid%3da', 'x=%26sid'])
        for (const path of PATHS) {
            const line = await Line.open();
            const { status, body } =
                await line.ask(`${path}?${POLLING}&${none}`);

            assert.equal(status, 200, none);
            assert.match(body, /^0\{"sid":/);
            line.socket.destroy();
        }
});

test('what is wrong first is said first', async () => {
    for (const [query, code] of [['EIO=4&transport=%00', 0],
        ['EIO=4&transport=polling%00', 0], ['transport=%0a&EIO=4', 0],
        ['EIO=4%00&transport=polling', 5], ['EIO=%0d&transport=polling', 5],
        ['EIO=3&transport=x&sid=%00', 0],
        ['EIO=3&transport=polling&sid=%00', 5],
        ['EIO=%34&transport=polling&sid=%00', 1],
        [`${POLLING}&x=%00&sid=a`, 1]])
        await expectRefused(`/socket.io/?${query}`, code);
});

/* The library may hang up on it, but nobody gets a session. */
function expectNone(answer, what) {
    assert.ok(!answer || [400, 403].includes(answer.status),
        `${what}: ${JSON.stringify(answer)}`);
}

test('as a later request on its connection it is no other one', async () => {
    for (const sid of ['%00', '%0a', '%0d%0a', '%zz', 'a'.repeat(5000)]) {
        const line = await Line.open();

        assert.equal((await line.ask(`/socket.io/?${POLLING}`)).status, 200);
        assert.equal((await line.ask('/socket.io/?EIO=4')).body, BODIES[0]);
        expectNone(await line.ask(`/socket.io/?${POLLING}&sid=${sid}`), sid);
        await within('it is hung up', line.ended);
    }
});

test('elsewhere it is a bad request', async () => {
    for (const target of ['/nothing?x=%00', '/%00', '/a%0d%0ab', '/x?%zz',
        '/socket.io/%00'])
        assert.equal((await (await Line.open()).ask(target)).status, 400,
            target);
});

test('what arrives in two parts is no other request either', async () => {
    for (const sid of ['%00', '%0a', '%0d%0a', '%zz', '%26'])
        for (let at = 1; at < 60; at += 7) {
            const text = `GET /socket.io/?${POLLING}&sid=${sid} HTTP/1.1\r\n` +
                'Host: x\r\n\r\n';
            const line = await Line.open();

            line.socket.setNoDelay(true).write(text.slice(0, at));
            await new Promise(done => setImmediate(done));
            line.socket.write(text.slice(at));
            expectNone(await line.answer(), `${sid} at ${at}`);
            line.socket.destroy();
        }
});
