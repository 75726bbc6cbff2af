/**
 * Nobody acknowledges: orders climb the ladder, each step in time; whoever
 * acknowledges then, by whatever way, silences all that rings.
 *
 *     node ladder.js [short|long]    a ladder of 2 s, or the real one of 150 s
 */
import assert from 'node:assert/strict';

import { Crowd, doors, House, moment, OFF_MS, SILENT_MS }
    from '../e2e/lib/escalations.js';
import { pause } from '../e2e/lib/wait.js';
import { spread } from './chance.js';
import { command } from './command.js';

const SHORT = [['station', 500], ['kitchen', 1000], ['waiters', 1500],
    ['manager', 2000]];
const REAL = [['station', 20000], ['kitchen', 45000], ['waiters', 90000],
    ['manager', 150000]];
const WAITERS = 2; // the step at which all devices ring
const LATE_MS = 10000; // to hear of a step
const BUZZERS = 15;
const PAGERS = 15;

function openHouse(isLong) {
    const words = SHORT.map(([target, ms]) => `${target} ${ms / 1000}`);

    return House.open('--escalate-ready', 'none',
        ...isLong ? [] : ['--escalate-order', words.join(', ')]);
}

/** How late each step of an order was said. */
async function climb(house, ladder) {
    const { created, step } = await house.order();
    const lates = [];

    for (const [number, [target, ms]] of ladder.entries()) {
        const said = await step(number, ms + LATE_MS);

        assert.equal(said.payload.target, target);
        assert.equal(said.payload.about, 'order');
        lates.push(moment(said) - created - ms);
    }
    return lates;
}

async function climbs({ chance, isLong, say }) {
    const ladder = isLong ? REAL : SHORT;
    const times = isLong ? 40 : 10;
    const house = await openHouse(isLong);
    const [, [, apart]] = ladder;
    const climbing = [];

    for (let n = 0; n < times; n++) {
        climbing.push(climb(house, ladder));
        climbing.at(-1).catch(() => {}); // awaited below
        await pause(chance.between(0, apart / times));
    }
    const lates = (await Promise.all(climbing)).flat();

    say(`${times} orders, ms late: ${spread(lates)}`);
    assert.equal(lates.length, times * ladder.length);
    assert.ok(lates.every(late => Math.abs(late) <= OFF_MS),
        `a step was ${Math.round(Math.max(...lates.map(Math.abs)))} ms off`);
    await house.daemon.stop();
}

async function silenced({ isLong, say }) {
    const [, ms] = (isLong ? REAL : SHORT)[WAITERS];
    const house = await openHouse(isLong);
    const crowd = await Crowd.open(house.daemon,
        { buzzers: BUZZERS, pagers: PAGERS });

    for (const [name, open] of Object.entries(doors)) {
        const acknowledge = await open(house, crowd);
        const { id, resolved } = await house.order();

        await crowd.rings(id, ms + LATE_MS);
        assert.ok(await house.isOpen(id), 'the picture does not have it');
        const took = await crowd.silencedBy(() => acknowledge(id));
        const { payload } = await resolved();

        say(`${name}: silent after ${Math.round(took)} ms`);
        assert.ok(took <= SILENT_MS, `${name}: ${Math.round(took)} ms`);
        assert.ok(payload.by?.id, 'it is not said who');
        assert.equal(await house.isOpen(id), false, 'it is open still');
    }
    await crowd.stop();
    await house.daemon.stop();
}

await command('ladder', { 'steps in time': climbs,
    'one acknowledgement': silenced });
