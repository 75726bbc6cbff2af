/** What happens while the daemon waits for its broker to start. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Producer } from './lib/clients.js';
import { Daemon } from './lib/daemon.js';
import { cleanUp, makeFolder } from './lib/processes.js';
import { until } from './lib/wait.js';

const SLOW_S = 2;

after(cleanUp);

/** A daemon whose mosquitto takes its time: a script, which no jail runs. */
function startSlowly() {
    const folder = makeFolder();

    fs.writeFileSync(path.join(folder, 'mosquitto'),
        `#!/bin/sh\nsleep ${SLOW_S}\nexec /usr/sbin/mosquitto "$@"\n`,
        { mode: 0o755 });
    return Daemon.create(
        { env: { PATH: `${folder}:${process.env.PATH}:/usr/sbin`,
            DUMBWAITER_PROCESS_SANDBOX: 'no' } });
}

const brokerRuns = daemon =>
    until('the broker is there', () => daemon.brokerPid() !== 0);

test('whoever is enrolled during the start can log in', async () => {
    const daemon = await startSlowly();
    const begun = daemon.begin();

    await brokerRuns(daemon);
    const producer = await Producer.open(daemon, 'till');

    await begun;
    assert.equal(producer.error, undefined);
    assert.equal((await daemon.metrics()).broker_starts_total, 1);
    await daemon.stop();
});

test('a stop during the start leaves no broker behind', async () => {
    const daemon = await startSlowly();
    const begun = daemon.begin().catch(() => {});

    await brokerRuns(daemon);
    await daemon.stop(); // looks for the broker, too
    await begun;
});
