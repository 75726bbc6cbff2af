/** What README lets a newcomer paste into a shell works. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Daemon, repository } from './lib/daemon.js';
import { cleanUp, run } from './lib/processes.js';

after(cleanUp);

/** All that stands to be pasted below a heading, as one script. */
function script(title) {
    const readme = fs.readFileSync(path.join(repository, 'README.md'), 'utf8');
    const [, section] = readme.split(`\n## ${title}\n`);

    return [...section.split('\n## ')[0].matchAll(/```sh\n(.*?)```/gs)]
        .map(([, text]) => text).join('\n');
}

test('a back end says an order in each of the five dialects', async () => {
    const daemon = await Daemon.start();
    const token = await daemon.token('backend');
    const pasted = script('Five contracts at once')
        .replaceAll('127.0.0.1:8080', `127.0.0.1:${daemon.httpPort}`)
        .replaceAll('mosquitto_pub ', `mosquitto_pub -p ${daemon.mqttPort} `);
    const { code, stdout, stderr } = await run('sh', ['-euc', pasted], {
        env: { ...daemon.env, TOKEN: token, DUMBWAITER_DATA_DIR: daemon.data,
            PATH: `${path.dirname(daemon.program)}:${daemon.env.PATH}` } });
    const answers = stdout.trim().split('\n').map(line => JSON.parse(line));
    const { events } = answers.pop();
    const told = name => events.filter(({ event }) => event === name)
        .map(({ payload }) => payload.orderId);

    assert.equal(code, 0, stderr);
    assert.deepEqual(answers.map(answer => answer.duplicate),
        Array(5).fill(false), stdout);
    assert.deepEqual(told('order:new'), [51, 52, 53, 54, 55]);
    assert.deepEqual(told('kitchen:order_ready'), [55]);
    await daemon.stop();
});
