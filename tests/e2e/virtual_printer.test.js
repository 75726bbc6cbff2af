/** The virtual printer: a ticket on it, and what goes wrong with it. */
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';

import { openPage } from './lib/browser.js';
import { Daemon, program } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { atEnd, Child, cleanUp, run } from './lib/processes.js';
import { VirtualPrinter } from './lib/virtual.js';
import { until, within } from './lib/wait.js';

const BEGIN = '\x1b@\x1c.';
const CUT = '\x1bd\x04\x1dVB\0';
const THROUGH = '\x1d(H\x06\x0000';
const HOW = '\x10\x04\x02';

let printer;

before(async () => {
    printer = await VirtualPrinter.start(
        { args: ['--profile', 'epson-tm-48'] });
});

after(cleanUp);

/** A connection: what it heard, as bytes, and how it ended. */
class Line {
    heard = Buffer.alloc(0);
    ended = null; // 'end', or an error's code

    static async open(port = printer.port) {
        const line = new Line();

        line.socket = net.connect(port, '127.0.0.1');
        atEnd(() => line.socket.destroy());
        line.socket.on('data', data => {
            line.heard = Buffer.concat([line.heard, data]);
        });
        line.socket.on('error', error => {
            line.ended ??= error.code;
        });
        line.socket.on('close', () => {
            line.ended ??= 'end';
        });
        await until('it is open or not',
            () => line.ended || line.socket.readyState === 'open');
        return line;
    }

    write(text) {
        this.socket.write(Buffer.from(text, 'latin1'));
    }

    hears(bytes) {
        return until(`the answer ${JSON.stringify(bytes)}`,
            () => this.heard.toString('latin1') === bytes);
    }

    close() {
        this.socket.end();
        return until('it is closed', () => this.ended);
    }
}

const ticket = (job, number = 'abcd') =>
    `${BEGIN}2x Soup\njob ${job}\n${CUT}${THROUGH}${number}`;
const sheets = job => printer.log.filter(sheet => sheet.job === job);

/** {width, height, depth, black}: the share of its dots that are black. */
function look(png) {
    const width = png.readUInt32BE(16);
    const height = png.readUInt32BE(20);
    const parts = [];

    for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
        if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
            parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    const rows = inflateSync(Buffer.concat(parts));
    const ones = rows.reduce((sum, byte) =>
        sum + byte.toString(2).replaceAll('0', '').length, 0);

    // Not filtered as long as it is this small a depth.
    return { width, height, depth: png[24],
        black: 1 - ones / (width * height) };
}

test('an order becomes a ticket that can be looked at', async () => {
    const daemon = await Daemon.start();
    const device = await daemon.device('printer', 'printer-1',
        '--station', 'kitchen', '--profile', 'epson-tm-48',
        '--out', printer.out);
    const before = printer.log.length;

    const answer = await daemon.post(await daemon.token('backend'),
        { event: 'order.created', payload: newOrder('V-1', '5') });

    assert.ok(answer.seq, JSON.stringify(answer));
    await device.line(/printed/);
    const [sheet, ...more] = printer.log.slice(before);

    assert.deepEqual(more, []);
    assert.equal(sheet.complete, true);
    assert.match(sheet.job, /^V-1-/);
    const text = printer.text(sheet.ticket);

    assert.match(text, /^# .*ORDER/m);
    assert.match(text, /Crème brûlée/);
    assert.match(text, /Empanada de carne/);
    const { width, height, depth, black } = look(
        printer.picture(sheet.ticket));

    assert.deepEqual([width, height, depth], [576, sheet.rows, 1]);
    assert.ok(black > 0.02 && black < 0.4, `${black} of it is black`);
    await device.stop();
    await daemon.stop();
});

test('its folder is a page, also for what a guest has thought up', async () => {
    const line = await Line.open();

    line.write(`${BEGIN}<img src=x onerror=alert(1)>\njob page-1\n${CUT}` +
        `${THROUGH}abcd`);
    await line.hears('7"abcd\0');
    await line.close();
    const { page, faults } = await openPage();

    await page.goto(pathToFileURL(
        path.join(printer.folder, 'index.html')).href);
    const first = page.locator('figure').first();

    assert.match(await first.locator('pre').textContent(),
        /<img src=x onerror=alert\(1\)>/);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(await first.locator('img').evaluate(i => i.naturalWidth), 576);
    assert.deepEqual(faults, []);
});

test('without paper it says so, and the rest comes on the next roll',
    async () => {
        const line = await Line.open();

        assert.match(await printer.say('paper-out 1'), /^ok/);
        line.write(ticket('paper-1'));
        await until('it has torn', () => printer.log.at(-1).why === 'paper-out');
        line.write(HOW);
        await line.hears('\x32');
        assert.match(await printer.say('status'), /paper=out/);
        assert.match(await printer.say('off paper-out'), /^ok/);
        await line.hears('\x327"abcd\0');
        assert.deepEqual(sheets('paper-1').map(s => s.complete), [false]);
        await line.close();
    });

test('a reset comes after the bytes that it was told, once', async () => {
    const line = await Line.open();

    await printer.say('reset 12');
    line.write(ticket('reset-1'));
    await until('it is broken', () => line.ended);
    assert.equal(line.ended, 'ECONNRESET');
    await until('its half is torn off', () => printer.log.at(-1).why === 'left');
    assert.match(printer.text(printer.log.at(-1).ticket), /2x Soup/);
    assert.deepEqual(sheets('reset-1'), []);
    const next = await Line.open();

    next.write(ticket('reset-2'));
    await next.hears('7"abcd\0');
    assert.deepEqual(sheets('reset-2').map(s => s.complete), [true]);
    await next.close();
});

test('it can refuse, be busy, or take a connection and nothing else',
    async () => {
        await printer.say('refuse');
        assert.equal((await Line.open()).ended, 'ECONNREFUSED');
        await printer.say('off refuse');
        await printer.say('busy');
        const busy = await Line.open();

        await until('it is ended', () => busy.ended);
        await printer.say('off busy');
        await printer.say('half-open');
        const line = await Line.open();

        line.write(ticket('open-1'));
        assert.match(await printer.say('status'), /connected=yes buffered=0/);
        assert.equal(line.heard.length, 0);
        await printer.say('off half-open');
        await line.hears('7"abcd\0');
        await line.close();
    });

test('what it has taken is not printed yet when its power goes', async () => {
    const line = await Line.open();
    const bytes = ticket('power-1');
    const before = printer.log.length;

    await printer.say(`power-cut ${bytes.length}`);
    line.write(bytes);
    await until('it is gone', () => line.ended);
    assert.equal((await Line.open()).ended, 'ECONNREFUSED');
    const back = await until('it is back', async () => {
        const next = await Line.open();

        return !next.ended && next;
    });

    back.write(ticket('power-2'));
    await back.hears('7"abcd\0');
    assert.deepEqual(printer.log.slice(before).map(s => s.job), ['power-2']);
    await back.close();
});

test('it can be silent, stutter, or be wrong about the number', async () => {
    const line = await Line.open();

    await printer.say('silent');
    line.write(ticket('say-1') + HOW);
    await until('it is printed', () => sheets('say-1').length);
    assert.match(await printer.say('off silent'), /^ok/);
    assert.equal(line.heard.length, 0);
    await printer.say('duplicate');
    line.write(ticket('say-2'));
    await line.hears('7"abcd\x007"abcd\0');
    await printer.say('off duplicate');
    await printer.say('wrong-number');
    line.write(ticket('say-3'));
    await line.hears('7"abcd\x007"abcd\x007"abce\0');
    await printer.say('off all');
    await line.close();
});

test('what is on paper is written down before anybody is told, also if it is ' +
    'killed', async () => {
    const line = await Line.open();

    line.write(ticket('kill-1'));
    await line.hears('7"abcd\0');
    printer.child.kill('SIGKILL');
    await within('it ends', printer.child.exited);
    assert.deepEqual(sheets('kill-1').map(s => s.complete), [true]);
    const last = printer.log.at(-1).ticket;

    await printer.begin();
    const next = await Line.open();

    next.write(ticket('kill-2'));
    await next.hears('7"abcd\0');
    assert.equal(sheets('kill-2')[0].ticket, last + 1);
    await next.close();
});

test('whoever comes second waits, and is served', async () => {
    const first = await Line.open();
    const second = await Line.open();

    second.write(ticket('second'));
    first.write(ticket('first'));
    await first.hears('7"abcd\0');
    assert.deepEqual(sheets('second'), []);
    await first.close();
    await second.hears('7"abcd\0');
    await second.close();
});

test('what it cannot do is said with a sentence and an exit code', async () => {
    const help = await run(program, ['virtual-printer', '--help']);

    assert.equal(help.code, 0);
    assert.match(help.stdout, /^ +paper-out +LINES /m);
    const wrong = await run(program, ['virtual-printer', '--fault', 'gremlin']);

    assert.equal(wrong.code, 64);
    assert.match(wrong.stderr, /--fault: gremlin/);
    const taken = await run(program,
        ['virtual-printer', '--port', String(printer.port)]);

    assert.equal(taken.code, 69);
    assert.match(await printer.say('gremlin'), /^error/);
    assert.equal((await printer.child.stop()).code, 0);
});

test('without a folder it prints to its output', async () => {
    const child = new Child(program,
        ['virtual-printer', '--port', '0', '--fault', 'paper-low']);
    const port = (await child.line(/^listening /)).match(/:(\d+),/)[1];
    const line = await Line.open(Number(port));

    line.write(`${BEGIN}\x1d!\x11TABLE 5\n${CUT}\x1dr\x01`);
    await line.hears('\x03');
    await child.line(/^# TABLE 5$/);
    await child.line(/^ticket 1 whole, \d+ mm$/);
    await line.close();
    assert.equal((await child.stop()).code, 0);
});
