/**
 * The wall clock is set: hours forward, hours back, under load. Nothing of
 * what was acknowledged depends on it. With libfaketime; where that is not
 * installed, it says so.
 *
 *     node clock.js [short|long]     4 or 40 steps
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { makeFolder } from '../e2e/lib/processes.js';
import { pause } from '../e2e/lib/wait.js';
import { command, NotRun } from './command.js';
import { Scene } from './scene.js';

const HOURS = 6; // at most, either way
const EARLIEST = -2 * HOURS; // when tokens are made
const PER_SECOND = 100;
const NEAR_MS = 60000; // between the clock that is set and the daemon's

function findLibrary() {
    for (const folder of fs.readdirSync('/usr/lib')) {
        const file = `/usr/lib/${folder}/faketime/libfaketime.so.1`;

        if (fs.existsSync(file))
            return file;
    }
    return null;
}

/** What the daemon takes the time for: it stamps what it journals. */
async function followed(scene, hours) {
    const { seq } = await scene.marker.say('notification',
        { role: 'kitchen', title: 'what time is it?' });
    const response = await fetch(`${scene.daemon.url}/api/events?` +
        new URLSearchParams({ rooms: 'kitchen', limit: 1000 }),
    { headers: { Authorization: `Bearer ${await scene.token('kitchen')}` } });
    const { ts } = (await response.json()).events
        .find(event => event.seq === seq);

    assert.ok(Math.abs(Date.parse(ts) - Date.now() - hours * 3600e3) <
        NEAR_MS, `at ${hours.toFixed(1)} h the daemon says ${ts}`);
}

async function steps({ chance, isLong, say }) {
    const library = findLibrary();

    if (!library)
        return new NotRun('libfaketime is not installed');
    // In the data directory: nothing else is read by who sits in the jail.
    const data = path.join(makeFolder(), 'data');
    const file = path.join(data, 'clock');
    const set = hours => fs.writeFileSync(file,
        `${hours < 0 ? '-' : '+'}${Math.abs(hours).toFixed(3)}h\n`);

    fs.mkdirSync(data, { mode: 0o700 });
    // So that no token is of the future when the clock is set back.
    set(EARLIEST);
    const scene = await Scene.open(chance, { data, env: { LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' } });

    await scene.addPublishers({ http: 2, ws: 1, mqtt: 1 });
    await scene.addListeners({ native: 4, socketio: 2 });
    set(0);
    await scene.settle();
    scene.load(PER_SECOND);
    const times = isLong ? 40 : 4;
    const said = [];

    for (let n = 0; n < times; n++) {
        const hours = (n % 2 ? -1 : 1) * chance.between(0.1, HOURS);

        set(hours);
        said.push(hours.toFixed(1));
        await followed(scene, hours);
        await pause(chance.between(500, 1500));
        if (chance.is(25)) {
            await scene.daemon.kill();
            await scene.begin();
        }
        await scene.readDialects();
    }
    set(0);
    await scene.calm();
    scene.forgetCount();
    await scene.settle();
    await scene.readDialects();
    scene.listeners.forEach(one => one.close());
    await scene.daemon.stop();
    say(`${times} steps (h: ${said.slice(0, 12).join(' ')}), ` +
        `${scene.answered} acknowledged`);
    await scene.judge(say);
    assert.ok(scene.answered > times);
    return undefined;
}

await command('clock', { 'the clock is set': steps });
