/**
 * The oracle: who may enter, listen, say and see what, decided from the tables
 * that `dumbwaiter catalogue --format json` publishes, from what a token says
 * and from what is known of the evening. It shares no code with the daemon,
 * and reads none.
 *
 * A world is {orders, tables, devices, jobs, calls, alerts, pages, sittings,
 * revoked} as story.js keeps it, of one restaurant; times are Unix
 * milliseconds. A principal is {claims, issuedAt, expiresAt, …} as
 * principals.js makes it; `claims: null` is nobody.
 */

const ID = /^[A-Za-z0-9_-]{1,36}$/;
const GUESTS = new Set(['table', 'user']);

const at = (value, path) =>
    path.split('.').reduce((inner, name) => inner?.[name], value);

const first = (value, ...paths) => {
    for (const path of paths) {
        const found = at(value, path);

        if (found !== undefined && found !== null)
            return found;
    }
    return undefined;
};

/** The id of the order that a payload is about. */
export const orderOf = payload => first(payload, 'orderId', 'order.id');

/** The table that it is about: by its id, or the digits of its number. */
export function tableOf(payload) {
    const ref = [payload.table, payload.order?.table, payload.call?.table,
        payload.alert?.table].find(one => one && nameOf(one) !== undefined);

    return ref && nameOf(ref);
}

/* Of the first place that says any. */
const stationsOf = payload => payload.station?.id !== undefined
    ? [payload.station.id]
    : (payload.items ?? payload.order?.items ?? [])
        .map(({ station }) => station);

const nameOf = ref => ref.id ??
    (ref.number === undefined ? undefined : String(ref.number));

export class Oracle {
    /** @param rights the member "rights" of the catalogue
     *  @param types the members "events" and "types": fields by type */
    constructor({ rights, events, types }) {
        this.rights = rights;
        this.roles = new Map(rights.roles.map(row => [row.name, row]));
        this.events = new Map(rights.events.map(row => [row.name, row]));
        this.bodies = new Map(events.map(row => [row.name, row]));
        this.types = new Map(types.map(row => [row.name, row]));
    }

    /* --- entering --- */

    /** The roles that count: those that there are and that may log in. */
    rolesOf(who) {
        return (who.claims?.roles ?? [])
            .filter(name => this.roles.get(name)?.logsIn);
    }

    enters(who, world, now = Date.now()) {
        const { claims } = who;

        if (!claims || !world || claims.use || this.rolesOf(who).length === 0 ||
            who.expiresAt <= now || world.revoked.tokens.has(claims.jti))
            return false;
        if (who.issuedAt <= (world.revoked.subjects.get(claims.sub) ?? -1))
            return false;
        return !(claims.roles.includes('table') &&
            who.issuedAt < (world.sittings.get(claims.table) ?? -1));
    }

    /* --- listening --- */

    /** {row, id}, or null: no room by the grammar. */
    room(text) {
        const [name, ...rest] = text.split('/');
        const [id] = rest;
        const row = this.rights.rooms.find(({ name: kind }) =>
            kind === (rest.length ? `${name}/<id>` : name));

        if (!row || rest.length > 1 || (rest.length === 1 && !ID.test(id)))
            return null;
        return { row, id };
    }

    mayJoin(who, world, text) {
        const room = this.room(text);

        if (!this.enters(who, world) || !room)
            return false;
        const mine = this.rolesOf(who);
        const { row, id } = room;

        return mine.some(role => row.any.includes(role) &&
                this.#roomInScope(who, world, role, room)) ||
            mine.some(role => row.own[role] !== undefined &&
                this.#isOwnRoom(who, world, row.own[role], id));
    }

    #roomInScope({ claims }, world, role, { row, id }) {
        const claim = row.scoped[role];
        const names = claim && claims[claim];

        if (!names?.length)
            return true;
        const order = row.name === 'order/<id>' && world.orders.get(id);

        if (row.name === 'order/<id>' && !order)
            return false;
        if (claim === 'stations')
            return order ? order.stations.some(one => names.includes(one))
                : names.includes(id);
        return order ? order.open && this.#isInTables(names, world, order.table)
            : this.#isInTables(names, world, id);
    }

    #isInTables(names, world, id) {
        const zone = world.tables.get(id)?.zone;

        return names.includes(id) ||
            (zone !== undefined && names.includes(`zone:${zone}`));
    }

    #isOwnRoom(who, world, what, id) {
        const { claims } = who;

        switch (what) {
        case 'table': return claims.table === id;
        case 'orders': return this.#isOwnOrder(who, world, id);
        case 'session': return who.session !== undefined && who.session === id;
        case 'user': return claims.sub === id;
        case 'device': return claims.device === id;
        default: throw new Error(`what is one's own ${what}?`);
        }
    }

    /* Of the sitting that it shows, where the order is of one, too; else of
     * its table, and of nobody who sat there before. */
    #isOwnOrder({ claims, session }, world, id) {
        const order = world.orders.get(id);

        if (!order)
            return false;
        if (order.session && session)
            return order.session === session;
        return order.table === claims.table && !order.ended;
    }

    /* --- saying --- */

    maySay(who, world, name, payload) {
        const row = this.events.get(name);

        if (!row || row.transient || !this.enters(who, world))
            return false;
        const mine = this.rolesOf(who);

        if (!mine.some(role => this.roles.get(role).namesOthers) &&
            !this.#speaksForItself(who, payload))
            return false;
        return mine.some(role => row.any.includes(role) &&
                this.#isWithin(row, role, payload) &&
                this.#bodyInScope(who, world, row, role, payload)) ||
            mine.some(role => row.own[role] !== undefined &&
                this.#isOwnBody(who, world, row, role, payload));
    }

    /** What is between a connection and the hub alone. */
    mayNote(who, world, name) {
        const row = this.events.get(name);

        return Boolean(row?.transient) && this.enters(who, world) &&
            this.rolesOf(who).some(role => row.any.includes(role));
    }

    #speaksForItself({ claims }, payload) {
        return this.rights.names.every(path =>
            [undefined, null, claims.sub].includes(at(payload, path)));
    }

    #isWithin(row, role, payload) {
        return row.only.filter(one => one.role === role)
            .every(({ field, words }) => words.includes(at(payload, field)));
    }

    #bodyInScope({ claims }, world, row, role, payload) {
        const claim = row.scoped[role];
        const names = claim && claims[claim];

        if (!names?.length)
            return true;
        return claim === 'stations'
            ? this.#isItemInScope(names, world, payload)
            : this.#isAtTables(names, world, row, payload);
    }

    #isItemInScope(names, world, payload) {
        const order = world.orders.get(orderOf(payload));
        const station = order?.items.get(payload.itemId);

        return station !== undefined && names.includes(station) &&
            (payload.station === undefined || names.includes(payload.station));
    }

    #isAtTables(names, world, row, payload) {
        const orderId = orderOf(payload);
        const order = world.orders.get(orderId);
        const known = [
            world.alerts.get(payload.alertId),
            world.alerts.get(payload.alert?.id),
            world.calls.get(payload.alert?.callId),
            world.calls.get(payload.call?.id),
            world.pages.get(payload.pageId),
        ].filter(found => found !== undefined);
        const tables = [tableOf(payload),
            payload.toTable && nameOf(payload.toTable)]
            .filter(id => id !== undefined);

        if (row.name === 'order.created' && !order)
            return tables.length > 0 &&
                tables.every(id => this.#isInTables(names, world, id));
        if (orderId !== undefined && !order?.open)
            return false;
        return [...tables, ...known, ...order ? [order.table] : []]
            .every(id => this.#isInTables(names, world, id));
    }

    #isOwnBody(who, world, row, role, payload) {
        switch (row.own[role]) {
        case 'table': return this.#isOwnTable(who, world, row, payload);
        case 'user': return this.#isOwnMessage(who, payload);
        case 'device': return this.#isOwnDevice(who, world, payload);
        default: throw new Error(`what is one's own ${row.own[role]}?`);
        }
    }

    #isOwnTable(who, world, { name }, payload) {
        const table = tableOf(payload);
        const orderId = orderOf(payload);
        const key = payload.order?.session?.key;

        if (table !== undefined && table !== who.claims.table)
            return false;
        if (key !== undefined && key !== who.session)
            return false;
        if (!isOfGuests(payload))
            return false;
        if (world.orders.has(orderId) &&
            !this.#isOwnOrder(who, world, orderId))
            return false;
        if (name === 'order.created')
            return table !== undefined;
        if (orderId !== undefined)
            return world.orders.has(orderId);
        return table !== undefined && !payload.alert?.id &&
            !payload.alert?.callId;
    }

    #isOwnMessage({ claims }, { message = {} }) {
        return ID.test(claims.sub) && message.channel === 'support' &&
            [undefined, claims.sub].includes(message.userId) &&
            [undefined, claims.sub].includes(message.author?.id) &&
            message.id === undefined && !message.pinned;
    }

    #isOwnDevice({ claims }, world, payload) {
        const own = [undefined, claims.device];
        const stands = world.devices.get(claims.device)?.table;
        const table = world.pages.get(payload.pageId) ??
            payload.call?.table?.id;
        const job = world.jobs.get(payload.jobId);

        return own.includes(payload.deviceId) &&
            own.includes(payload.printer) &&
            own.includes(payload.recipient) && own.includes(job) &&
            (stands === undefined || table === undefined || stands === table);
    }

    /* --- seeing --- */

    /** The widest view of any of its roles: "full", …, "none". */
    viewOf(who, name) {
        return this.viewOfRoles(this.rolesOf(who), name);
    }

    viewOfRoles(mine, name) {
        const { views } = this.events.get(name);

        return ['full', 'staff', 'customer', 'device']
            .find(view => mine.some(role => views[role] === view)) ?? 'none';
    }

    /** What of a payload of an event is left in a view. */
    seen(name, view, payload) {
        const body = this.bodies.get(name);

        return view === 'full' ? payload
            : this.#strip(body.payload, body.fields, view, payload);
    }

    /** The same of a part of the picture. */
    seenOf(type, view, value) {
        return view === 'full' ? value
            : this.#strip(type, this.types.get(type).fields, view, value);
    }

    #strip(type, fields, view, value) {
        const gone = new Set(this.rights.hidden[view][type] ?? []);
        const left = {};

        for (const [key, inner] of Object.entries(value)) {
            const field = fields.find(({ name }) => name === key);

            if (!field)
                throw new Error(`${type} has no published field ${key}`);
            if (!gone.has(key))
                left[key] = this.#stripValue(field, view, inner);
        }
        return left;
    }

    #stripValue({ type }, view, value) {
        if (Array.isArray(value))
            return value.map(one => this.#stripValue({ type }, view, one));
        const part = this.types.get(type);

        return part && typeof value === 'object' && value !== null
            ? this.#strip(type, part.fields, view, value) : value;
    }

    /** Is it only a guest of somebody? Guests have a floor. */
    isGuest(who) {
        return this.rolesOf(who).every(role => GUESTS.has(role));
    }

    /* --- routing --- */

    /** The rooms to which an event with this payload goes, as a sorted list. */
    roomsOf(name, payload) {
        const ids = {
            'kitchen/<id>': stationsOf(payload),
            'table/<id>': [tableOf(payload), payload.toTable?.id],
            'order/<id>': [orderOf(payload)],
            'session/<id>': [payload.session?.key,
                payload.order?.session?.key],
            'user/<id>': [payload.userId ?? payload.message?.userId],
            'device/<id>': [payload.printer ?? payload.deviceId],
        };
        const rooms = this.events.get(name).rooms
            .filter(kind => this.#isAddressed(name, payload, kind))
            .flatMap(kind => kind.endsWith('/<id>')
                ? ids[kind].filter(id => id !== undefined)
                    .map(id => kind.replace('<id>', id)) : [kind]);

        return [...new Set(rooms)].sort();
    }

    /* Some say in a word to whom they go. */
    #isAddressed(name, payload, kind) {
        const { channels, readers } = this.rights;

        if (name === 'page.sent' && payload.deviceId !== undefined)
            return kind !== 'table/<id>';
        if (name === 'notification')
            return payload.userId !== undefined ? kind === 'user/<id>'
                : readers[payload.role].includes(kind);
        if (name.startsWith('message.'))
            return channels[payload.channel ?? payload.message?.channel ??
                'board'].includes(kind);
        return true;
    }

    /* --- the broker --- */

    /** Which rooms a credential of this kind may hear: as JSON, as protobuf. */
    memberRooms(kind, table) {
        const { roles, hears, roams } =
            this.rights.members.find(({ name }) => name === kind);

        return {
            json: roles.includes('backend') ? this.rights.rooms
                .filter(({ any }) => any.includes('backend'))
                .map(({ name }) => name) : [],
            pb: table ? hears : [...hears, ...roams],
        };
    }
}

/* What guests say: nothing that staff decides, in nobody's name. */
function isOfGuests(payload) {
    const { order } = payload;
    const items = [...order?.items ?? [], ...payload.items ?? []];
    const isUnsaid = (value, ...usual) =>
        value === undefined || usual.includes(value);

    return isUnsaid(payload.staffId) && isUnsaid(payload.actor?.id) &&
        isUnsaid(payload.call?.by?.id) && isUnsaid(payload.totals) &&
        items.every(({ status }) => status === undefined) &&
        isUnsaid(order?.cancelReason) &&
        isUnsaid(order?.kitchenCompletedAt) &&
        isUnsaid(order?.status, 'pending') &&
        isUnsaid(order?.priority, 'normal') &&
        isUnsaid(order?.paymentStatus, 'pending');
}
