/** A printer's ways, looks and test pages. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon, program } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { PaperPrinter } from './lib/paper.js';
import { Child, cleanUp, makeFolder, run } from './lib/processes.js';
import { until } from './lib/wait.js';

const UNAVAILABLE = 69;
const USAGE = 64;

let paper;

before(async () => {
    paper = await PaperPrinter.open();
});

after(cleanUp);

const testPage = (...more) => run(program,
    ['device', 'printer', '--test-page', '--id', 'pr-7', ...more]);

test('a test page comes out without a broker and without a spool', async () => {
    const { code, stderr } = await testPage('--out', paper.out,
        '--profile', 'epson-tm');

    assert.equal(code, 0, stderr);
    assert.equal(paper.tickets.length, 1);
    assert.ok(paper.tickets[0].isWhole);
    assert.match(paper.tickets[0].text, /TEST PAGE\n[^]*pr-7\n[^]*epson-tm/);
    assert.match(paper.tickets[0].text, /1234567890/);
});

test('a test page says in a word why there is none', async () => {
    const { length } = paper.tickets;

    paper.hasPaper = false;
    const none = await testPage('--out', paper.out, '--profile', 'epson-tm');

    assert.equal(none.code, UNAVAILABLE);
    assert.match(none.stderr, /no paper/);
    paper.hasPaper = true;
    paper.isOpen = true;
    const open = await testPage('--out', paper.out, '--profile', 'epson-tm');

    assert.equal(open.code, UNAVAILABLE);
    assert.match(open.stderr, /cover is open/);
    paper.isOpen = false;
    const away = await testPage('--out', 'usb:/dev/usb/no-such');

    assert.equal(away.code, UNAVAILABLE);
    assert.match(away.stderr, /cannot be reached/);
    assert.equal(paper.tickets.length, length);
    assert.equal((await testPage('--out', 'pigeon:1')).code, USAGE);
});

test('a template that is broken is refused at the start, with its place',
    async () => {
        const folder = makeFolder();

        fs.writeFileSync(path.join(folder, 'order.receipt'),
            'ORDER\n{{guess.what}}\n');
        const { code, stderr } = await testPage('--out', paper.out,
            '--templates', folder);

        assert.equal(code, USAGE);
        assert.match(stderr, /order\.receipt:2:\d+: /);
    });

test('whoever asks which printer it is gets a test page, once, and no job',
    async () => {
        const daemon = await Daemon.start();
        const backend = await daemon.token('backend');
        const session = await Session.open(daemon, await daemon.token('kitchen'));

        await session.join('kitchen');
        const { file } = await daemon.enrol('printer', 'printer-1');
        const printer = new Child(daemon.program, ['device', 'printer', '--id',
            'printer-1', '--credential', file, '--port',
            String(daemon.mqttPort), '--state',
            path.join(daemon.folder, 'printer-1'), '--station', 'kitchen',
            '--profile', 'epson-tm', '--language', 'es', '--buzz',
            '--qr-prefix', 'https://example.org/o/', '--out', paper.out],
        { env: daemon.env });

        await printer.line(/^online/);
        const { length } = paper.tickets;
        const answer = await daemon.post(backend, { id: 'which-1',
            event: 'device.identify_requested',
            payload: { deviceId: 'printer-1', seconds: 5 } });

        assert.ok(answer.seq, JSON.stringify(answer));
        await printer.line(/^printed a test page/);
        assert.equal(paper.tickets.length, length + 1);
        assert.match(paper.tickets.at(-1).text, /printer-1/);

        const payload = newOrder('W-1', '5');

        await daemon.post(backend, { event: 'order.created', payload });
        await until('the ticket', () => paper.tickets.length === length + 2 &&
            paper.tickets.at(-1).isWhole);
        await until('it is told', () => session.events.some(({ event }) =>
            event === 'print.printed'));
        assert.match(paper.tickets.at(-1).text, /PEDIDO|COMANDA|MESA/);
        assert.equal(session.events.filter(({ event }) =>
            event === 'print.requested').length, 1);
        await printer.stop();
        await daemon.stop();
    });
