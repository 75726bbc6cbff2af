/**
 * kill -9 at random moments, also while it starts, under load: whatever was
 * acknowledged is there, once, and whoever listens has all of it in order.
 *
 *     node kill.js [short|long]      10 or 200 kills
 */
import assert from 'node:assert/strict';

import { pause } from '../e2e/lib/wait.js';
import { spread } from './chance.js';
import { command } from './command.js';
import { Scene } from './scene.js';

const PER_SECOND = 500;
const LIFE_MS = 1200; // at most, from ready to the kill
const BIRTH_MS = 300; // at most, of those that are killed while they start
const IN_BIRTH = 20; // of a hundred
const READY_MS = 1000; // promised
const READY_BOUND_MS = 10000; // asserted: machines are shared

/** Kill it while it starts, or let it live for a while. */
async function kill(scene, chance) {
    const { daemon } = scene;

    if (chance.is(IN_BIRTH)) {
        await daemon.kill();
        const birth = daemon.begin().catch(() => {});

        await pause(chance.between(0, BIRTH_MS));
        await daemon.kill();
        await birth;
    } else {
        await daemon.kill();
    }
    await scene.begin();
    await scene.readDialects();
    await pause(chance.between(0, LIFE_MS));
}

async function play({ chance, isLong, say }) {
    const kills = isLong ? 200 : 10;
    const scene = await Scene.open(chance);

    await scene.addPublishers({ http: 3, ws: 2, mqtt: 3 });
    await scene.addListeners({ native: 14, socketio: 6 });
    await scene.settle();
    scene.load(PER_SECOND);
    await pause(LIFE_MS);
    for (let n = 1; n <= kills; n++) {
        await kill(scene, chance);
        if (n % 20 === 0)
            say(`${n} kills, ${scene.answered} acknowledged`);
    }
    await scene.calm();
    scene.forgetCount();
    await scene.settle();
    scene.load(PER_SECOND); // one life is counted from end to end
    await pause(LIFE_MS);
    await scene.calm();
    await scene.settle();
    await scene.readDialects();
    scene.listeners.forEach(listener => listener.close());
    await scene.daemon.stop();
    const rate = Math.round(scene.answered / scene.seconds);
    const { readyMs, listeners } = scene;
    const sum = what => listeners.reduce((n, one) => n + one[what], 0);

    say(`${kills} kills, ${scene.answered} acknowledged`);
    say(`resumed ${sum('resumed')}, ` +
        `snapshots ${sum('snapshots') - listeners.length}`);
    say(`ready after ms: ${spread(readyMs)}; ` +
        `${readyMs.filter(ms => ms > READY_MS).length} of ` +
        `${readyMs.length} beyond ${READY_MS}`);
    const { counts } = await scene.judge(say);

    assert.equal(counts.restarts, kills);
    assert.ok(Math.max(...readyMs) < READY_BOUND_MS, 'ready at last');
}

await command('kill', { 'kill -9 under load': play });
