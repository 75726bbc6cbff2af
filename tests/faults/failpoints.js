/**
 * kill -9 at named points of the program, under load. The points lie where it
 * calls its libraries (points.c and tests/e2e/lib/failpoint.c); the daemon
 * knows nothing of them.
 *
 *     node failpoints.js [short|long]    each point once, or 20 times
 */
import assert from 'node:assert/strict';
import path from 'node:path';

import { repository } from '../e2e/lib/daemon.js';
import { makeFolder, run } from '../e2e/lib/processes.js';
import { pause } from '../e2e/lib/wait.js';
import { command } from './command.js';
import { Scene } from './scene.js';

const PER_SECOND = 250;
const REACH_MS = 6000; // for the point to be reached
/** How often a point is passed at most before it is the one. */
const POINTS = {
    'before-open': 1, 'after-open': 1,
    'before-fork': 1, 'after-fork': 1, // of the process that starts the broker
    'before-order': 1, 'after-order': 1, // for it to do so
    'before-begin': 30, 'after-begin': 30,
    'before-append': 60, 'after-append': 60,
    'before-put': 1, 'after-put': 1, // a snapshot, or a position
    'before-commit': 30, 'after-commit': 30,
    'before-checkpoint': 1, 'after-checkpoint': 1,
    'after-read': 30, 'before-puback': 30, 'after-puback': 30,
    'before-publish': 60, 'after-publish': 60,
    'before-tell': 100, 'after-tell': 100,
};

/** The library that dies at them. */
async function build() {
    const library = path.join(makeFolder(), 'points.so');
    const { code, stderr } = await run('cc', ['-std=c11', '-D_GNU_SOURCE',
        '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', `-I${repository}`,
        '-o', library, path.join(repository, 'tests/faults/points.c'),
        '-ldl'], { env: process.env });

    assert.equal(code, 0, stderr);
    return library;
}

/** It dies there; true: it came to that. */
async function dieAt(scene, point, times, library) {
    const { daemon } = scene;

    await daemon.kill();
    const alive = daemon.begin(
        { LD_PRELOAD: library, FAILPOINT: `${point}:${times}` });

    alive.catch(() => {}); // it may die before it is ready
    await Promise.race([pause(50).then(() => daemon.child.exited),
        pause(REACH_MS)]);
    const reached = daemon.child.result?.signal === 'SIGKILL';

    await daemon.kill();
    await alive.catch(() => {});
    return reached;
}

async function play({ chance, isLong, say }) {
    const library = await build();
    const scene = await Scene.open(chance);
    const rounds = isLong ? 20 : 1;
    const missed = [];
    let reached = 0;

    await scene.addPublishers({ http: 2, ws: 1, mqtt: 2 });
    await scene.addListeners({ native: 4, socketio: 2 });
    await scene.settle();
    scene.load(PER_SECOND);
    for (const [point, most] of Object.entries(POINTS)) {
        let here = 0;

        for (let n = 0; n < rounds; n++) {
            here += await dieAt(
                scene, point, 1 + chance.draw(most), library);
            await scene.begin();
            await scene.readDialects();
        }
        reached += here;
        if (here === 0)
            missed.push(point);
    }
    await scene.calm();
    scene.forgetCount();
    await scene.settle();
    await scene.readDialects();
    scene.listeners.forEach(listener => listener.close());
    await scene.daemon.stop();
    say(`${Object.keys(POINTS).length} points, ${rounds} times each; ` +
        `died there ${reached} times; ${scene.answered} acknowledged`);
    await scene.judge(say);
    assert.deepEqual(missed, [], 'each point is reached');
}

await command('failpoints', { 'kill -9 at named points': play });
