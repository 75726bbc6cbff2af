/**
 * The evening that the matrix is played in, as events that a back end states,
 * and as the facts that the oracle decides by. Kept side by side by hand: what
 * the hub makes of the events is what is being asked.
 *
 * Tables 5 (hall) and 6 (terrace) have guests; at 5 there were others before,
 * whose order 43 is still there. Orders 44 and 45 are of two sittings with
 * tokens of their own. Those of zone "spare" and "far" are for what would end
 * a sitting.
 */
import { createHash } from 'node:crypto';

import { until } from '../e2e/lib/wait.js';

export const keyOf = token =>
    createHash('sha256').update(token).digest('hex').slice(0, 32);

export const SESSIONS = ['sitting-one', 'sitting-two'];

const empty = () => ({
    orders: new Map(), // id -> {table, stations, items, session?, open, ended}
    tables: new Map(), // id -> {zone}
    devices: new Map(), // id -> {table?}
    jobs: new Map(), // id -> printer
    calls: new Map(), alerts: new Map(), pages: new Map(), // id -> table
    sittings: new Map(), // table -> when the last one ended
    revoked: { tokens: new Set(), subjects: new Map() },
});

const table = id => ({ id, number: Number(id) });

const item = (id, station) =>
    ({ id, name: `Dish ${id}`, quantity: 1, unitPriceCents: 900, station });

export const orderAt = (id, at, station, more = {}) => ({
    event: 'order.created',
    payload: { order: { id, table: table(at), items: [item('1', station)],
        ...more } },
});

export class Story {
    worlds = { main: empty(), harbour: empty() };

    get world() {
        return this.worlds.main;
    }

    /** @param post (events) => answers, by a back end of the first site */
    constructor(post) {
        this.post = post;
        this.next = 1000;
    }

    async say(...events) {
        for (let i = 0; i < events.length; i += 100)
            await this.#sayChunk(events.slice(i, i + 100));
    }

    /* In order: what comes behind one that was too fast is said again, too. */
    async #sayChunk(events) {
        let left = events;

        await until('the scene is set', async () => {
            const answers = await this.post(left);
            const late = answers.findIndex(({ code }) => code === 'rate');
            const bad = answers.findIndex(({ seq, code }) =>
                !seq && code !== 'rate');

            if (bad >= 0 && (late < 0 || bad < late))
                throw new Error(`${JSON.stringify(left[bad])}: ` +
                    JSON.stringify(answers[bad]));
            left = late < 0 ? [] : left.slice(late);
            return left.length === 0;
        }, 30000);
    }

    /** An order, in fact and in the books. */
    order(id, at, station, { session, ended = false } = {}) {
        this.world.orders.set(id, { table: at, stations: [station],
            items: new Map([['1', station]]), open: true, ended,
            ...session && { session: keyOf(session) } });
        return orderAt(id, at, station,
            session && { session: { id: `s-${id}`, key: keyOf(session) } });
    }

    seat(id, zone) {
        this.world.tables.set(id, { zone });
        return { event: 'table.updated',
            payload: { table: { id, number: Number(id), zone } } };
    }

    /** Guests come, go, and others come. `early`: tokens made before. */
    async before(early) {
        const byName = name => early.find(who => who.name === name);

        await this.say(this.seat('5', 'hall'), this.seat('6', 'terrace'),
            { event: 'table.activated', payload: { table: table('5') } },
            this.order('43', '5', 'grill', { ended: true }),
            { event: 'session.ended', payload: { table: table('5') } },
            { event: 'token.revoked', payload: {
                tokenId: byName('lost-tablet').claims.jti } },
            { event: 'token.revoked', payload: { subject: 'dismissed' } });
        const now = Date.now();

        this.world.sittings.set('5', now);
        this.world.revoked.tokens.add(byName('lost-tablet').claims.jti);
        this.world.revoked.subjects.set('dismissed', now);
        await this.say(
            { event: 'table.activated', payload: { table: table('5') } },
            { event: 'table.activated', payload: { table: table('6') } },
            this.order('41', '5', 'grill'), this.order('42', '6', 'bar'),
            this.order('44', '5', 'bar', { session: SESSIONS[0] }),
            this.order('45', '6', 'grill', { session: SESSIONS[1] }));
    }

    number() {
        return this.next++;
    }
}
