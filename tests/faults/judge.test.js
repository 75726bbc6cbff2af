/**
 * The judge is tested with planted violations: each rule has at least one
 * evening in which it alone is broken, and the evening without it passes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Judge, RULES } from './judge.js';

const KINDS = [
    { name: 'order.created', keep: 'all',
        views: { full: ['backend', 'waiter'], staff: ['kitchen'] } },
    { name: 'order.paid', keep: 'all', views: { full: ['backend'] } },
    { name: 'kitchen.stats', keep: 'none',
        views: { full: ['backend'], staff: ['kitchen'] } },
];

const record = (seq, more = {}) => ({ t: 'journalled', seq, id: `id-${seq}`,
    source: 'till', key: `k${seq}`, event: 'order.created',
    rooms: ['kitchen', 'waiters'], ...more });
const answer = (seq, more = {}) => ({ t: 'answered', by: 'till',
    key: `k${seq}`, id: `id-${seq}`, seq, epoch: 'e', duplicate: false,
    ...more });
const receive = (client, seq, more = {}) => ({ t: 'received', client, seq,
    id: `id-${seq}`, name: 'order.created', ...more });

/**
 * Six events; "cook" is away for two of them and resumes, "pass" is away and
 * gets a snapshot, "page" speaks a dialect.
 */
const evening = () => [
    record(1), record(2), record(3, { event: 'kitchen.stats', key: '' }),
    record(4), record(5, { event: 'order.paid' }), record(6),
    { t: 'alias', seq: 2, source: 'till', key: 'again' },
    ...[1, 2, 4, 6].map(seq => ({ t: 'told', audience: 'kds', seq,
        name: 'order:new' })),
    ...[1, 2, 4, 5, 6].flatMap(seq =>
        [{ t: 'said', by: 'till', key: `k${seq}`, body: `b${seq}` },
            answer(seq)]),
    { t: 'said', by: 'till', key: 'again' },
    answer(2, { key: 'again', duplicate: true }),
    { t: 'said', by: 'till', key: 'bad' },
    { t: 'refused', by: 'till', key: 'bad', code: 'forbidden' },
    { t: 'joined', client: 'cook', role: 'kitchen', rooms: ['kitchen'],
        recovered: false, seq: 0, epoch: 'e' },
    receive('cook', 1),
    { t: 'heartbeat', client: 'cook', rooms: { kitchen: 1 } },
    { t: 'joined', client: 'cook', role: 'kitchen', rooms: ['kitchen'],
        recovered: true, seq: 4, epoch: 'e' },
    receive('cook', 2), receive('cook', 4), receive('cook', 6),
    { t: 'ended', client: 'cook', upto: 6 },
    { t: 'joined', client: 'pass', role: 'waiter', rooms: ['waiters'],
        recovered: false, seq: 1, epoch: 'e' },
    receive('pass', 2),
    { t: 'joined', client: 'pass', role: 'waiter', rooms: ['waiters'],
        recovered: false, seq: 4, epoch: 'e' },
    { t: 'heartbeat', client: 'pass', rooms: { waiters: 0 } },
    receive('pass', 6),
    { t: 'ended', client: 'pass', upto: 6 },
    { t: 'joined', client: 'page', audience: 'kds', recovered: false },
    receive('page', 2, { name: 'order:new' }),
    receive('page', 4, { name: 'order:new' }),
    receive('page', 6, { name: 'order:new' }),
    { t: 'ended', client: 'page', upto: 6 },
    { t: 'printed', device: 'printer-1', job: 'j1' },
    { t: 'printed', device: 'printer-1', job: 'j1', copy: true },
    { t: 'restarted', ms: 300 },
    { t: 'counted', after: 0, upto: 6, accepted: 6 },
];

function judge(lines) {
    const judge = new Judge(KINDS);

    lines.forEach(line => judge.hear(line));
    return judge.end();
}

const is = (kind, more) => line => line.t === kind &&
    Object.entries(more).every(([key, value]) => line[key] === value);

/** Changes of the evening, by the rule that each breaks. */
const without = (...what) => lines => {
    const at = lines.findIndex(is(...what));

    assert.ok(at >= 0);
    return lines.filter((line, i) => i !== at);
};
const after = (what, line) => lines => {
    const at = lines.findIndex(is(...what)) + 1;

    assert.ok(at > 0);
    return [...lines.slice(0, at), line, ...lines.slice(at)];
};
const changed = (what, more) => lines => {
    const at = lines.findIndex(is(...what));

    assert.ok(at >= 0);
    return lines.map((line, i) => i === at ? { ...line, ...more } : line);
};

const PLANTED = {
    lost: [
        after(['answered', { key: 'k6' }],
            answer(7, { key: 'bad' })),
        changed(['answered', { key: 'k4' }], { id: 'id-5' }),
        changed(['journalled', { seq: 4 }], { key: 'other' }),
        without('alias', {}),
    ],
    unanswered: [without('answered', { key: 'k5' }),
        without('refused', {})],
    'two effects': [
        changed(['journalled', { seq: 5 }], { key: 'k4' }),
        after(['alias', {}], { t: 'alias', seq: 4, source: 'till',
            key: 'k2' }),
    ],
    'another answer': [
        after(['answered', { key: 'k4' }],
            answer(5, { key: 'k4', duplicate: true })),
    ],
    conflict: [
        after(['said', { key: 'k4' }],
            { t: 'said', by: 'till', key: 'k4', body: 'else' }),
    ],
    gap: [changed(['journalled', { seq: 6 }], { seq: 8 })],
    epoch: [changed(['answered', { key: 'k6' }], { epoch: 'f' }),
        changed(['joined', { client: 'cook', recovered: true }],
            { epoch: 'f' })],
    hole: [without('received', { client: 'cook', seq: 2 }),
        without('received', { client: 'page', seq: 4 })],
    undelivered: [without('received', { client: 'cook', seq: 6 }),
        without('received', { client: 'pass', seq: 6 })],
    order: [lines => after(['received', { client: 'cook', seq: 4 }],
        receive('cook', 2))(
        without('received', { client: 'cook', seq: 2 })(lines))],
    repeated: [
        after(['received', { client: 'cook', seq: 4 }], receive('cook', 4)),
        after(['received', { client: 'cook', seq: 6 }], receive('cook', 2)),
        after(['received', { client: 'pass', seq: 6 }], receive('pass', 4)),
    ],
    forged: [
        after(['received', { client: 'cook', seq: 6 }], receive('cook', 9)),
        changed(['received', { client: 'cook', seq: 4 }], { id: 'id-1' }),
        changed(['received', { client: 'pass', seq: 6 }],
            { name: 'order.cancelled' }),
    ],
    unentitled: [
        after(['received', { client: 'cook', seq: 4 }],
            receive('cook', 5, { name: 'order.paid' })),
        changed(['journalled', { seq: 6 }], { rooms: ['waiters'] }),
    ],
    'went back': [changed(['joined', { client: 'pass', seq: 4 }],
        { seq: 1 })],
    heartbeat: [changed(['heartbeat', { client: 'cook' }],
        { rooms: { kitchen: 2 } }),
    changed(['heartbeat', { client: 'cook' }], { rooms: { kitchen: 0 } })],
    'printed twice': [after(['printed', {}],
        { t: 'printed', device: 'printer-2', job: 'j1' })],
    sum: [changed(['counted', {}], { accepted: 7 })],
};

test('an intact evening passes', () => {
    const { violations, counts } = judge(evening());

    assert.deepEqual(violations, []);
    assert.equal(counts.journalled, 6);
    assert.equal(counts.received, 9);
    assert.equal(counts.duplicates, 1);
});

test('what may be given up is not missed, but has its place', () => {
    const stats = receive('cook', 3, { name: 'kitchen.stats' });

    assert.deepEqual(judge(after(
        ['received', { client: 'cook', seq: 2 }], stats)(evening()))
        .violations, []);
    assert.deepEqual(Object.keys(judge(after(
        ['received', { client: 'cook', seq: 4 }], stats)(evening()))
        .broken), ['order']);
});

for (const rule of Object.keys(RULES))
    test(`a planted violation is found: ${rule}`, () => {
        assert.ok(PLANTED[rule]?.length, 'there is one');
        PLANTED[rule].forEach((plant, i) => {
            const { broken } = judge(plant(evening()));

            assert.ok(broken[rule] > 0,
                `number ${i}: ${JSON.stringify(broken)}`);
        });
    });

test('a violation does not draw others after it', () => {
    for (const [rule, others] of [['lost', []], ['repeated', []],
        ['hole', []], ['undelivered', []], ['sum', []], ['order', []],
        ['printed twice', []], ['another answer', ['lost']]]) {
        const { broken } = judge(PLANTED[rule][0](evening()));

        assert.deepEqual(Object.keys(broken).filter(
            one => one !== rule && !others.includes(one)), [], rule);
    }
});

test('a line of a kind that nobody knows is a fault of the witness', () => {
    assert.throws(() => judge([{ t: 'heard' }]), /no such line/);
});
