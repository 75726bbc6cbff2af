/**
 * A payload of each event, from schemas/vectors: the fullest and the least
 * that pass, made to be about this table, this order, this device.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { orderAt } from './story.js';

const folder = fileURLToPath(
    new URL('../../schemas/vectors/', import.meta.url));

const vectors = new Map(fs.readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => [path.basename(name, '.json'), JSON.parse(
        fs.readFileSync(path.join(folder, name), 'utf8')).pass]));

/** What ends a sitting, or takes its guests elsewhere: not at tables 5, 6. */
const ENDS = new Set(['table.activated', 'table.checkout_completed',
    'table.force_reset', 'table.moved', 'table.merged', 'table.updated',
    'table.layout.updated', 'session.ended']);

/** What the back end says first, so that the event is possible. */
const LEADS = {
    'kitchen.completed': ['kitchen.preparing'],
    'ticket.recalled': ['kitchen.ready'],
    'kitchen.cancel_accepted': ['order.cancel_requested'],
    'kitchen.cancel_rejected': ['order.cancel_requested'],
    'page.acked': ['page.sent'],
    'page.cleared': ['page.sent'],
    'page.received': ['page.sent'],
    'page.lost': ['page.sent'],
    'alert.updated': ['alert.created'],
    'alert.acknowledged': ['alert.created'],
    'service_call.handled': ['service_call.created'],
    'message.updated': ['message.created'],
    'message.pinned': ['message.created'],
    'message.deleted': ['message.created'],
};

const reference = id => ({ id, number: Number(id) });

/** The one place of an evening that a case is about. */
export const SCENES = {
    five: { table: '5', order: '41', station: 'grill', zone: 'spare',
        device: 'pager-5', printer: 'printer-1', user: 'user-1' },
    six: { table: '6', order: '42', station: 'bar', zone: 'far',
        device: 'pager-6', printer: 'printer-2', user: 'user-2' },
};

/* Which id stands under this name, and in which part. */
function idFor(scene, name, inside, event) {
    const { n } = scene;
    const made = { orderId: scene.order, deviceId: scene.device,
        printer: scene.printer, fromPrinter: scene.printer,
        alertId: `a-${n}`, callId: `c-${n}`, pageId: `p-${n}`,
        jobId: `j-${n}`, deliveryId: `d-${n}`, itemId: '1',
        kitchenOrderId: `k-${n}`, userId: scene.user,
        tokenId: `t-${n}`, subject: `gone-${n}`, tableId: scene.table };

    if (name !== 'id')
        return made[name];
    if (inside === '')
        return event.startsWith('message.') ? `m-${n}` : `x-${n}`;
    return { order: scene.order, alert: `a-${n}`, call: `c-${n}`,
        message: `m-${n}`, station: scene.station }[inside];
}

/* Numbers of orders have to be their own, too. */
function adapt(value, scene, event, inside = '') {
    if (Array.isArray(value))
        return inside === 'items' ? value.map((one, i) => ({
            ...adapt(one, scene, event, 'item'),
            id: String(event === 'order.items_added' ? i + 2 : i + 1),
            station: scene.station }))
            : value.map(one => adapt(one, scene, event, inside));
    if (typeof value !== 'object' || value === null)
        return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) =>
        [name, adaptMember(name, inner, scene, event, inside)]));
}

function adaptMember(name, value, scene, event, inside) {
    if (value === null)
        return value;
    if (name === 'table' && !('zone' in value))
        return reference(scene.table);
    if (name === 'table')
        return { ...value, ...reference(scene.table), zone: scene.zone };
    if (name === 'tables')
        return [{ id: scene.table, zone: scene.zone }];
    if (name === 'toTable')
        return reference(scene.toTable ?? scene.table);
    if (name === 'session')
        return scene.session ?? { id: `s-${scene.n}` };
    if (name === 'station' && typeof value === 'string')
        return scene.station;
    if (typeof value === 'string')
        return idFor(scene, name, inside, event) ?? value;
    return adapt(value, scene, event, name);
}

/** What everything must say to be about the scene at all. */
function aim(event, payload, scene) {
    if (event === 'order.created')
        payload.order = { items: [{ id: '1', name: 'Soup', quantity: 1,
            station: scene.station }], ...payload.order, id: scene.order,
            table: reference(scene.table) };
    if (event === 'order.item_status_changed')
        payload.status ??= 'served';
    if (event === 'page.sent')
        delete payload.deviceId; // it is for the table
    if (event === 'device.online')
        delete payload.sleepS; // what one that sleeps says again is no news
    if (event === 'notification')
        payload.userId ??= scene.user;
    if (event === 'service_call.created' && payload.call.id === undefined)
        payload.call.reason = `reason ${scene.n}`;
    if (event === 'token.revoked')
        payload.beforeAt = new Date(Date.now() - 1000).toISOString();
    return payload;
}

/** {full, least}: two payloads about the scene. The first vector has all
 * fields; of the first two the shorter one has the least. */
export function bodies(event, scene) {
    const [full, ...others] = vectors.get(event).slice(0, 2).map(
        ({ payload }) =>
            aim(event, adapt(structuredClone(payload), scene, event), scene));
    const size = value => JSON.stringify(value).length;

    return { full, least: others.find(one => size(one) < size(full)) ??
        structuredClone(full) };
}

/** What is between a connection and the hub is refused as such, however much
 * of it there is. */
export const formsOf = (oracle, event) =>
    oracle.events.get(event).transient ? ['least'] : ['full', 'least'];

/** Every event that has vectors. */
export const names = [...vectors.keys()];

/**
 * A scene of its own, as like `base` as can be: whoever may say something may
 * change it. Its facts are in the books; `events` make them.
 */
export function ownScene(story, base, event) {
    const n = story.number();
    const scene = { ...base, n, order: String(n) };
    const events = [];

    if (ENDS.has(event)) {
        scene.table = String(n);
        scene.toTable = String(story.number());
        events.push(story.seat(scene.table, base.zone),
            story.seat(scene.toTable, base.zone));
    }
    if (event !== 'order.created')
        events.push(story.order(scene.order, scene.table, base.station));
    for (const lead of LEADS[event] ?? [])
        events.push({ event: lead, payload: keep(story, scene, lead) });
    return { scene, events };
}

/** The same at a restaurant where nobody sets the scene: what it makes is new
 * there, what it is about is not known. */
export function strangeScene(story, base, event) {
    const n = story.number();

    return { ...base, n,
        ...event === 'order.created' && { order: String(n) },
        ...ENDS.has(event) && { table: String(n),
            toTable: String(story.number()) } };
}

/* A lead's payload; what it makes is in the books. */
function keep({ world }, scene, event) {
    const payload = bodies(event, scene)[
        event === 'kitchen.ready' || event === 'kitchen.preparing'
            ? 'least' : 'full'];

    if (event === 'alert.created')
        world.alerts.set(payload.alert.id, scene.table);
    if (event === 'service_call.created') {
        payload.call = { id: payload.call.id, table: payload.call.table,
            reason: `reason ${scene.n}` };
        world.calls.set(payload.call.id, scene.table);
    }
    if (event === 'page.sent')
        world.pages.set(payload.pageId, scene.table);
    return payload;
}

export { orderAt };
