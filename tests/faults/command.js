/**
 * What the commands of this folder share: `node NAME.js [short|long]`, a seed
 * from FAULT_SEED or by chance, counts, and a last line "N passed, N failed".
 */
import assert from 'node:assert/strict';

import { cleanUp } from '../e2e/lib/processes.js';
import { Chance } from './chance.js';

/** What a case returns that cannot be played here, and says why. */
export class NotRun {
    constructor(why) {
        this.why = why;
    }
}

/**
 * Run the cases one after the other.
 * @param {string} name of the command
 * @param {Record<string, (play: {chance: Chance, isLong: boolean,
 *   say: (text: string) => void}) => Promise<void | NotRun>>} cases
 */
export async function command(name, cases) {
    const isLong = process.argv[2] === 'long';
    const only = process.argv[3];
    const seed = Number(process.env.FAULT_SEED ??
        Math.floor(Math.random() * 2 ** 32));
    let passed = 0;
    let failed = 0;
    let notRun = 0;

    assert.ok(Number.isInteger(seed), 'FAULT_SEED is a number');
    console.log(`${name}: FAULT_SEED=${seed} ${isLong ? 'long' : 'short'}`);
    for (const [title, play] of Object.entries(cases)) {
        if (only && !title.includes(only))
            continue;
        const start = performance.now();
        const say = text => console.log(`  ${title}: ${text}`);

        try {
            const end = await play({ chance: new Chance(seed), isLong, say });

            if (end instanceof NotRun) {
                notRun++;
                say(`NOT RUN: ${end.why}`);
                continue;
            }
            passed++;
            say(`ok, ${Math.round((performance.now() - start) / 1000)} s`);
        } catch (error) {
            failed++;
            say(`FAILED with FAULT_SEED=${seed}\n${error.stack}`);
        } finally {
            await cleanUp();
        }
    }
    if (notRun)
        console.log(`${notRun} not run`);
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
}
