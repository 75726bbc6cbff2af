/**
 * One evening in each of the five vocabularies, posted to the real program as
 * a back end does that knows no other words. What a page on /api/socket hears
 * is what tests/golden/evening/<from>-env.txt says, but for ids that the hub
 * has made, moments, and when exactly figures come; and all of it is on the
 * broker, too.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import WebSocket from 'ws';

import { subscribe } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { atEnd, cleanUp } from './lib/processes.js';
import { until } from './lib/wait.js';

const DIALECTS = ['env', 'kebab', 'session', 'flat', 'kds'];
const FIGURES = 'order.summary.updated'; // at most twice a second
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MADE = /^(alert|call)-\d+$/;

after(cleanUp);

const golden = name => fs.readFileSync(
    path.join(repository, 'tests/golden/evening', name), 'utf8')
    .trimEnd().split('\n');

/** Arrays of messages; each begins with one that comes after a while. */
function turns(dialect) {
    const said = [];

    for (const line of golden(`said-in-${dialect}.jsonl`)) {
        const { after: ms, event, payload } = JSON.parse(line);

        if (ms > 0 || said.length === 0)
            said.push([]);
        said.at(-1).push({ event, payload });
    }
    return said;
}

/** What is the same whenever it is played. */
const timeless = value => JSON.parse(JSON.stringify(value, (key, item) =>
    typeof item === 'string' && ISO.test(item) ? 'a moment'
        : typeof item === 'string' && MADE.test(item) ? 'an id' : item));

/** [{event, payload}] of a golden file of a listener in one room. */
const expected = dialect => golden(`${dialect}-env.txt`).map(line => {
    const [, event, payload] = line.match(/^all (\S+) (.*)$/);

    return timeless({ event, payload: JSON.parse(payload) });
});

async function openPage(daemon, token) {
    const heard = [];
    const socket = new WebSocket(
        `ws://127.0.0.1:${daemon.httpPort}/api/socket?token=${token}`);

    atEnd(() => socket.terminate());
    socket.on('error', () => {});
    socket.on('message', data => heard.push(JSON.parse(data)));
    await until('socket.ready', () => heard.length > 0);
    return { heard, socket };
}

const isFigure = ({ event }) => event === FIGURES;
const isOwn = ({ event }) => event.startsWith('socket.');

async function post(daemon, token, dialect, messages) {
    const response = await fetch(
        `${daemon.url}/api/events?dialect=${dialect}`, { method: 'POST',
            headers: { Authorization: `Bearer ${token}` },
            body: JSON.stringify(messages),
            signal: AbortSignal.timeout(10000) });
    const answers = await response.json();

    assert.equal(response.status, 200, JSON.stringify(answers));
    assert.equal(answers.length, messages.length);
    answers.forEach((answer, i) => assert.ok(answer.seq > 0,
        `${JSON.stringify(messages[i])}: ${JSON.stringify(answer)}`));
}

for (const dialect of DIALECTS)
    test(`an evening in ${dialect} reaches a page of env`, async () => {
        const daemon = await Daemon.start();
        const backend = await daemon.token('backend');
        const page = await openPage(daemon, await daemon.token('manager'));
        const broker = await subscribe(daemon, 'dw/1/main/json/#');
        const told = expected(dialect);
        const heard = () => page.heard.filter(message => !isOwn(message))
            .map(({ event, payload }) => timeless({ event, payload }));

        for (const messages of turns(dialect))
            await post(daemon, backend, dialect, messages);
        await daemon.quietHead();
        // Behind everything else: what was heard by then is all.
        await daemon.post(backend, { event: 'table.updated',
            payload: { table: { id: 'fence' } } });
        await until('the page has heard it all', () => page.heard.some(
            ({ payload }) => payload.table?.id === 'fence'));
        await broker.line(/json\/all .*"id":"fence"/);
        const all = heard().slice(0, -1);

        assert.deepEqual(all.filter(message => !isFigure(message)),
            told.filter(message => !isFigure(message)));
        assert.deepEqual(all.filter(isFigure).at(-1),
            told.filter(isFigure).at(-1));

        const published = broker.lines
            .filter(line => line.startsWith('dw/1/main/json/all '))
            .map(line => JSON.parse(line.slice(line.indexOf(' ') + 1)).id);
        const ids = page.heard.filter(message => !isOwn(message))
            .map(({ id }) => id);

        assert.ok(ids.every(id => published.includes(id)));
        assert.equal(broker.lines.some(line => /json\/session/.test(line)),
            false);
        page.socket.close();
        await daemon.stop();
    });
