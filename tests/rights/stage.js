/**
 * The stage of the matrix: a daemon with two restaurants, the evening, all who
 * come, and the oracle. One a test file.
 */
import { Daemon, program } from '../e2e/lib/daemon.js';
import { makeFolder, run } from '../e2e/lib/processes.js';
import { Oracle } from './oracle.js';
import { ask, closeHttp } from './pipes.js';
import { early, Mint, present } from './principals.js';
import { Story } from './story.js';

const SETTERS = 8; // back ends that take turns in setting the scene

async function catalogue() {
    const { code, stdout, stderr } = await run(program,
        ['catalogue', '--format', 'json'],
        { env: { PATH: process.env.PATH, HOME: makeFolder() } });

    if (code !== 0)
        throw new Error(stderr);
    return JSON.parse(stdout);
}

/** What was asked, and what was answered otherwise than the oracle says. */
class Tally {
    counts = new Map();
    granted = new Map();
    wrong = [];

    add(transport, what, expected, got, isRight) {
        const counts = this.counts.get(transport) ?? { cases: 0, granted: 0 };

        counts.cases++;
        counts.granted += expected;
        this.counts.set(transport, counts);
        if (!isRight)
            this.wrong.push(`${transport}: ${what}: the oracle says ` +
                `${expected ? 'yes' : 'no'}, the answer is ` +
                JSON.stringify(got));
    }

    /** That it was possible, too: a grant that nobody could use says little. */
    done(transport, name) {
        this.granted.set(transport,
            (this.granted.get(transport) ?? new Set()).add(name));
    }

    report() {
        return [...this.counts].map(([transport, { cases, granted }]) =>
            `${transport}: ${cases} cases, ${granted} of them granted`);
    }
}

export class Stage {
    static async open() {
        const stage = new Stage();

        stage.daemon = await Daemon.start(
            { env: { DUMBWAITER_SITE_OTHERS: 'harbour' } });
        stage.catalogue = await catalogue();
        stage.oracle = new Oracle(stage.catalogue);
        stage.mint = await Mint.open(stage.daemon);
        await stage.#tellStory();
        stage.tally = new Tally();
        return stage;
    }

    async #tellStory() {
        const setters = Array.from({ length: SETTERS }, (_, i) =>
            this.mint.make(`setter-${i}`, { roles: ['backend'] }));
        let turn = 0;
        const shut = early(this.mint);

        this.story = new Story(async events => {
            const { token } = setters[turn++ % SETTERS];
            const { body } = await ask(this.daemon, 'POST', '/api/events',
                token, JSON.stringify(events));

            if (!Array.isArray(body))
                throw new Error(JSON.stringify(body));
            return body;
        });
        await this.story.before(shut);
        this.everybody = [...present(this.mint), ...shut];
        this.shut = shut;
    }

    get present() {
        return this.everybody.filter(({ kind }) => kind !== 'shut');
    }

    who(name) {
        return this.everybody.find(who => who.name === name);
    }

    /** The evening as this principal's restaurant has it; or undefined. */
    world(who) {
        return this.story.worlds[who.site];
    }

    async close() {
        closeHttp();
        await this.daemon?.stop();
    }
}
