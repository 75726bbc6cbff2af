/** READMEs' recipes for a new event and a new dialect, followed to the letter
 * in a copy. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { Session } from './lib/clients.js';
import { Daemon, repository } from './lib/daemon.js';
import { newOrder } from './lib/orders.js';
import { cleanUp, makeFolder, run } from './lib/processes.js';

const MINUTES = 60_000;

after(cleanUp);

/** Everything that git knows, as it stands now; a copy has no git. */
function copyRepository(to) {
    const listed = () => execFileSync('git', ['ls-files', '-co',
        '--exclude-standard', '-z'], { cwd: repository, encoding: 'utf8' })
        .split('\0').filter(Boolean);
    const all = () => fs.readdirSync(repository)
        .filter(name => !['build', '.git'].includes(name));
    let files;

    try {
        files = listed();
    } catch { // no git here, or no repository
        files = all();
    }

    for (const name of files)
        if (fs.existsSync(path.join(repository, name)))
            fs.cpSync(path.join(repository, name), path.join(to, name), {
                recursive: true,
                filter: source => !source.includes('node_modules'),
            });
}

/** A recipe's blocks: the file named before each, and what goes there. */
function steps(file, title) {
    const readme = fs.readFileSync(path.join(repository, file), 'utf8');
    const [, recipe] = readme.split(`### ${title}, step by step\n`);
    const blocks = [...recipe.split('\n## ')[0].matchAll(
        /`([\w./]+\.(?:proto|def|json|c))`[^`]*:\n\n```\w+\n(.*?)```/gs)];

    const folder = { json: 'schemas/vectors/', def: 'schemas/dialects/' };

    return blocks.map(([, name, text]) => ({ text, file: name.includes('/')
        ? name : folder[name.split('.').at(-1)] + name }));
}

/** What stands behind it, where it does not go to the end of its file. */
const BEFORE = {
    'schemas/envelope.proto': '  }\n}',
    'schemas/dialects.c': 'const struct dialect dialects[',
};

function follow(folder, { file, text }) {
    const place = path.join(folder, file);

    if (file in BEFORE) {
        const before = fs.readFileSync(place, 'utf8');
        const end = before.lastIndexOf(BEFORE[file]);

        assert.ok(end > 0);
        fs.writeFileSync(place,
            before.slice(0, end) + text + before.slice(end));
    } else {
        fs.appendFileSync(place, `\n${text}`);
    }
}

test('an event is one message, one row and its vectors; a dialect is tables',
    { timeout: 10 * MINUTES }, async () => {
        const folder = makeFolder();
        const build = path.join(folder, 'build', 'recipe');
        const recipe = [...steps('README.md', 'An event'),
            ...steps('schemas/README.md', 'A dialect')];
        const make = async (...args) => {
            const { code, stdout, stderr } = await run('cmake', args,
                { cwd: folder, env: process.env, ms: 9 * MINUTES });

            assert.equal(code, 0, `${stdout.slice(-4000)}${stderr}`);
        };

        assert.deepEqual(recipe.map(({ file }) => file), [
            'schemas/kitchen.proto', 'schemas/envelope.proto',
            'schemas/catalogue.def', 'schemas/vectors/course.held.json',
            'schemas/dialects.def', 'schemas/dialects.c',
            'schemas/dialects/bistro.def']);
        copyRepository(folder);
        for (const step of recipe)
            follow(folder, step);
        await make('-G', 'Ninja', '-B', build, '-DCMAKE_BUILD_TYPE=Debug',
            '-DDUMBWAITER_TESTS=ON');
        const tests = ['test_schemas_catalogue', 'test_schemas_vectors',
            'test_schemas_dialects'];

        await make('--build', build, '--target', 'dumbwaiter', ...tests);
        for (const name of tests) {
            const { code, stderr } = await run(path.join(build, name), [],
                { env: process.env });

            assert.equal(code, 0, stderr);
        }
        const daemon = await Daemon.start(
            { program: path.join(build, 'dumbwaiter') });
        const kitchen = await Session.open(daemon,
            await daemon.token('kitchen'));
        const token = await daemon.token('backend');

        await kitchen.join('kitchen');
        await daemon.post(token, { event: 'order.created',
            payload: newOrder('41', '5') });
        const { status } = await daemon.post(token, { event: 'course.held',
            payload: { orderId: '41', course: 2 } });

        assert.equal(status, 200);
        const { payload } = await kitchen.event('course.held');

        assert.deepEqual([payload.orderId, payload.course], ['41', 2]);

        const bistro = (init, query = '') => fetch(
            `${daemon.url}/api/events?dialect=bistro${query}`, {
                headers: { authorization: `Bearer ${token}` }, ...init });
        const said = await bistro({ method: 'POST', body: JSON.stringify({
            event: 'bon', payload: { no: 80, table: 5,
                dishes: [{ dish: 'Soup', times: 2, each: 4.5 }] } }) });

        assert.equal(said.status, 200);
        assert.equal((await kitchen.event('order.created',
            heard => heard.payload.order.id === '80'))
            .payload.order.items[0].name, 'Soup');
        const { events } = await (await bistro({}, '&rooms=kitchen')).json();

        assert.deepEqual(events.at(-1).payload, { no: '80', table: 5,
            dishes: [{ dish: 'Soup', times: 2, each: 4.5 }] });
        await daemon.stop();
    });
