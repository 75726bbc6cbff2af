/** Paper: offered, released, printed; changed, taken back, copied, late. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { buildFailpoint } from './lib/failpoint.js';
import { newOrder } from './lib/orders.js';
import { COPY, PaperPrinter } from './lib/paper.js';
import { Child, cleanUp } from './lib/processes.js';
import { until, within } from './lib/wait.js';

const STALE_S = 2;

let daemon;
let backend; // a token
let session; // of the kitchen
let paper;
let printer; // the process
let args; // of it

before(async () => {
    daemon = await Daemon.start(
        { args: ['--print-stale-after', String(STALE_S)] });
    backend = await daemon.token('backend');
    session = await Session.open(daemon, await daemon.token('kitchen'));
    await session.join('kitchen');
    paper = await PaperPrinter.open();
    const { file } = await daemon.enrol('printer', 'printer-1');

    args = ['device', 'printer', '--id', 'printer-1', '--credential', file,
        '--port', String(daemon.mqttPort), '--state',
        path.join(daemon.folder, 'printer-1'), '--station', 'kitchen',
        '--profile', 'epson-tm', '--out', paper.out];
    await switchOn();
});

after(async () => {
    try {
        await printer?.stop();
        await daemon?.stop();
    } finally {
        await cleanUp();
    }
});

async function switchOn(env = {}) {
    printer = new Child(daemon.program, args, { env: { ...daemon.env, ...env } });
    await printer.line(/^online/);
}

async function say(event, payload) {
    const answer = await daemon.post(backend, { event, payload });

    assert.ok(answer.seq, JSON.stringify(answer));
}

async function create(id, more) {
    const payload = newOrder(id, '5', more);

    await say('order.created', payload);
    return payload.order;
}

/** The events of an order's jobs, by name. */
const words = id => session.events
    .filter(m => m.event.startsWith('print.') &&
        m.payload.jobId.startsWith(`${id}-`));

const tickets = (number, has = '') => paper.find(`ORDER ${number}\n`)
    .filter(({ text, isWhole }) => isWhole && text.includes(has));

const ticket = (number, has) => until(`a ticket of ${number} with ${has}`,
    () => tickets(number, has)[0]);

test('a job is offered, accepted, released and printed, in this order',
    async () => {
        const { number } = await create('T-1');

        await ticket(number);
        await until('it is printed', () => words('T-1').length === 4);
        assert.deepEqual(words('T-1').map(m => m.event), ['print.requested',
            'print.accepted', 'print.released', 'print.printed']);
        assert.deepEqual(words('T-1').slice(1, 3).map(m => m.payload),
            [1, 2].map(() => ({ jobId: 'T-1-kitchen-order', orderId: 'T-1',
                printer: 'printer-1', attempt: 1 })));
    });

test('a change and a cancellation have only what is different', async () => {
    const order = await create('T-2');

    await ticket(order.number);
    await until('it is printed', () => words('T-2').length === 4);
    const [brulee, empanada] = order.items;

    await say('order.updated', { order: { ...order,
        items: [brulee, { ...empanada, quantity: 1 }] } });
    const change = await ticket(order.number, 'CHANGE');

    assert.match(change.text, /1x Empanada de carne\n\s+3x -> 1x\n/);
    assert.doesNotMatch(change.text, /br.l.e/);
    await say('order.cancelled', { orderId: 'T-2', reason: 'guest left' });
    const gone = await ticket(order.number, 'VOID');

    assert.match(gone.text, /1x Empanada de carne/);
    assert.match(gone.text, /DO NOT COOK THE ABOVE/);
    assert.equal(tickets(order.number).length, 3);
});

test('what nobody can know is for a human, who gets a marked copy',
    async () => {
        const preload = await buildFailpoint('printpoint.c');

        await printer.stop();
        await switchOn(preload({ PRINTPOINT: 'midway' }));
        const { number } = await create('T-3');

        await within('it dies', printer.exited);
        await switchOn();
        const failed = await session.event('print.failed',
            m => m.payload.jobId === 'T-3-kitchen-order');

        assert.equal(failed.payload.reason, 'uncertain');
        const answer = await session.publish('print.reprinted',
            { jobId: 'T-3-kitchen-order' });

        assert.equal(answer.op, 'ok', JSON.stringify(answer));
        const { text } = await ticket(number);
        const lines = text.trimEnd().split('\n');

        assert.equal(lines[0], COPY);
        assert.equal(lines.at(-1), COPY);
        assert.ok(lines.includes('copy of T-3-kitchen-order'));
        assert.equal(tickets(number).length, 1);
    });

test('a ticket that fell into the soup comes out again as it is by now',
    async () => {
        const { number } = await create('T-4');

        await ticket(number);
        await until('it is printed', () => words('T-4').length === 4);
        await say('order.items_added', { orderId: 'T-4', items: [
            { id: 'tea', name: 'Tea', quantity: 3 }] });
        await ticket(number, 'ADD-ON');
        const answer = await session.publish('print.reprinted',
            { jobId: 'T-4-kitchen-order' });

        assert.equal(answer.op, 'ok', JSON.stringify(answer));
        const { text } = await ticket(number, COPY);

        assert.match(text, /3x Empanada de carne/);
        assert.match(text, /3x Tea/);
        assert.match(text, /copy of T-4-kitchen-order\n/);
        assert.equal(tickets(number).length, 3);
    });

test('after an outage what is late is one slip, and the rest is printed',
    async () => {
        await printer.stop();
        const late = [await create('L-1'), await create('L-2'),
            await create('L-3')];

        await say('order.cancelled', { orderId: 'L-2', reason: 'too long' });
        const start = Date.now();

        await until('they are late',
            () => Date.now() - start > (STALE_S + 0.5) * 1000);
        const open = await create('L-4');
        const before = paper.tickets.length;

        await switchOn();
        await ticket(open.number);
        const slip = await until('the slip',
            () => paper.find('CATCH-UP').find(({ isWhole }) => isWhole));

        assert.match(slip.text, new RegExp(
            `ORDER ${late[0].number}[ \\n][^]*ORDER ${late[2].number}[ \\n]`));
        assert.doesNotMatch(slip.text,
            new RegExp(`ORDER ${late[1].number}[ \\n]`));
        assert.doesNotMatch(slip.text,
            new RegExp(`ORDER ${open.number}[ \\n]`));
        assert.match(slip.text, /min ago/);
        assert.equal(paper.tickets.length, before + 2);
    });
