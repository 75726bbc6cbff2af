/**
 * A house where somebody is everywhere and nobody does anything: orders climb
 * the ladder, devices ring, until one acknowledges.
 */
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';

import { Producer, Session } from './clients.js';
import { Daemon } from './daemon.js';
import { newOrder } from './orders.js';
import { atEnd } from './processes.js';
import { until, within } from './wait.js';

export const OFF_MS = 250; // a step may be early or late
export const SILENT_MS = 300; // from an acknowledgement to the last device

/** When something was said, by the daemon's clock. */
export const moment = ({ ts }) =>
    typeof ts === 'number' ? ts : Date.parse(ts);

export class House {
    /** @param {...string} args of the daemon */
    static async open(...args) {
        const house = new House();

        house.daemon = await Daemon.start({
            env: { DUMBWAITER_ESCALATION_ENABLED: 'yes' },
            args: ['--return-within', '1', ...args],
        });
        const { daemon } = house;

        house.backend = await daemon.token('backend');
        house.cook = await Session.open(daemon, await daemon.token('kitchen'));
        await house.cook.join('kitchen');
        house.manager = await Session.open(
            daemon, await daemon.token('manager'));
        await house.manager.join('restaurant');
        return house;
    }

    #orders = 0;

    async say(event, payload, id) {
        const answer = await this.daemon.post(
            this.backend, { event, payload, id });

        assert.equal(answer.status, 200, JSON.stringify(answer));
    }

    /**
     * A new order for table 5, and what is said of it, as promises.
     * @param {string} [station] of all its items
     */
    async order(station) {
        const id = `E-${++this.#orders}`;
        const payload = newOrder(id, '5');
        const hear = (name, fits = () => true, ms = 15000) =>
            this.manager.event(name, m =>
                m.payload.orderId === id && fits(m.payload), ms);

        for (const item of payload.order.items)
            item.station = station;
        await this.say('order.created', payload, `new-${id}`);
        return {
            id,
            created: moment(await this.manager.event('order.created',
                m => m.payload.order.id === id)),
            step: (number, ms) => hear(number === 0 ? 'escalation.raised'
                : 'escalation.stepped', ({ step }) => step === number, ms),
            resolved: () => hear('escalation.resolved'),
        };
    }

    /** Does the picture of somebody who comes now have it? */
    async isOpen(id) {
        const { daemon } = this;
        const session = await Session.open(daemon,
            await daemon.token('waiter'));

        await session.join('waiters');
        await session.close();
        return JSON.stringify(session.heard).includes(`"order-${id}"`);
    }
}

/** The moment at which a device that rings is silent. */
function silence(device) {
    let look;
    const promise = new Promise(resolve => {
        look = () => {
            if (device.lines.at(-1) === 'silent')
                resolve(performance.now());
        };
        device.watchers.add(look);
    });

    return within(`${device.name} is silent`, promise)
        .finally(() => device.watchers.delete(look));
}

/** Buzzers and pagers that waiters carry, which ring and fall silent. */
export class Crowd {
    static async open(daemon, { buzzers, pagers }) {
        const crowd = new Crowd();

        for (let i = 0; i < buzzers; i++)
            crowd.all.push(await daemon.device('buzzer', `buzzer-${i}`,
                '--station', 'kitchen'));
        for (let i = 0; i < pagers; i++)
            crowd.all.push(await daemon.device('pager', `pager-${i}`,
                '--waiter'));
        return crowd;
    }

    all = [];

    /** The key of the last one, which is a pager. */
    press() {
        this.all.at(-1).type('\n');
    }

    rings(id, ms) {
        return Promise.all(this.all.map(one =>
            one.line(new RegExp(`^ring escalation=order-${id}( |$)`), ms)));
    }

    /** How long after `act` the last one is silent. */
    async silencedBy(act) {
        const start = performance.now();
        const silences = this.all.map(one => silence(one));
        const [ends] = await Promise.all([Promise.all(silences), act()]);

        return Math.max(...ends) - start;
    }

    stop() {
        return Promise.all(this.all.map(one => one.stop()));
    }
}

const socketIo = transport => async ({ daemon }) => {
    const token = await daemon.token('kitchen', '--sub', 'ana');
    const socket = io(daemon.url, { forceNew: true, transports: [transport],
        auth: { token, dialect: 'kds' } });

    atEnd(() => socket.disconnect());
    await until('it is connected', () => socket.connected);
    return id => socket.emit('kitchen:acknowledged', { orderId: id });
};

/**
 * Doors by which somebody may say that he knows. Each is opened before, so
 * that to say it is all that is left to do.
 * @type {Record<string, (house: House, crowd: Crowd) =>
 *   Promise<(id: string) => any>>}
 */
export const doors = {
    '/ws': async ({ cook }) => id =>
        cook.publish('kitchen.acknowledged', { orderId: id }),

    'Socket.IO by WebSocket': socketIo('websocket'),

    'Socket.IO by polling': socketIo('polling'),

    'MQTT': async ({ daemon }) => {
        const producer = await Producer.open(daemon, 'till');

        return id => producer.publish('kitchen.acknowledged',
            { orderId: id }, `ack-${id}`);
    },

    'HTTP': async ({ daemon }) => {
        const token = await daemon.token('kitchen');

        return async id => {
            const { status } = await daemon.post(token,
                { id: `ack-${id}`, event: 'kitchen.acknowledged',
                    payload: { orderId: id } });

            assert.equal(status, 200);
        };
    },

    'the key of a pager': async (house, crowd) => () => crowd.press(),
};
