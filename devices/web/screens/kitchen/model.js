/**
 * The kitchen's board: which tickets there are and where they hang.
 *
 * Pure: no clock, no page, no network. Events may come twice, late or before
 * the order they speak of; the board ends up the same. An order's status only
 * moves forward, until it is recalled.
 */

const LATTICE = ['pending', 'confirmed', 'acknowledged', 'preparing', 'ready',
    'served', 'completed', 'cancelled'];

const COLUMN_OF = {
    pending: 'pending',
    confirmed: 'pending',
    acknowledged: 'pending',
    preparing: 'preparing',
    ready: 'ready',
};

/** What a status event says, by its name. */
const STATUS_OF = {
    'order.confirmed': 'confirmed',
    'order.served': 'served',
    'order.completed': 'completed',
    'order.cancelled': 'cancelled',
    'kitchen.acknowledged': 'acknowledged',
    'kitchen.preparing': 'preparing',
    'kitchen.ready': 'ready',
    'kitchen.cancel_accepted': 'cancelled',
};

/** Steps of a dish after which nobody cooks it any more. */
const COOKED = ['ready', 'served', 'cancelled'];

const MINUTE = 60 * 1000;
const CANCELLED_SHOWN = 10 * MINUTE; // after a reload; until dismissed else
const MOST_GONE = 500; // ids remembered so that a late event revives none
const COOKS = ['kitchen', 'manager', 'backend'];
const SERVERS = ['waiter', 'manager', 'backend'];

export const COLUMNS = ['pending', 'preparing', 'ready'];

/**
 * @typedef {object} Ticket
 * @property {string} id
 * @property {string} number what the cooks call it
 * @property {string} status
 * @property {string} column where it hangs, or hung when it was cancelled
 * @property {object} [table] {id, number?}
 * @property {string} [customer]
 * @property {string} [source]
 * @property {string} priority normal, express or vip
 * @property {string} notes
 * @property {object[]} items
 * @property {Set<string>} added ids of items that came while it hung here
 * @property {string} cancelReason '' when no cancellation was asked for
 * @property {string} recallReason why it is back, until it moves on
 * @property {number} createdAt Unix ms by the server
 * @property {number} movedAt Unix ms of the last change of column
 * @property {number} seq of the event that `fill` last believed, 0: a picture
 * @property {number} stepSeq of the event that last changed the status
 * @property {number} recallSeq of the last recall; what was said before it
 *     raises the status no more
 * @property {boolean} known false while only its id has been heard of
 * @property {boolean} done the kitchen has handed it over
 */

/**
 * @typedef {object} Effect what a screen may want to say aloud
 * @property {'new'|'added'|'cancel_requested'|'cancelled'|'recalled'|
 *            'print_failed'|'printer_offline'} kind
 * @property {string} id of the order, or of the device
 */

export function createBoard() {
    return {
        /** @type {Map<string, Ticket>} */ tickets: new Map(),
        /** @type {Map<string, object>} */ jobs: new Map(),
        /** @type {Map<string, object>} */ devices: new Map(),
        /** @type {Map<string, number>} orders that are over, since when:
         *  the seq, 0: a picture */ gone: new Map(),
        loaded: false,
    };
}

function moment(iso, otherwise) {
    const ms = Date.parse(iso);

    return Number.isFinite(ms) ? ms : otherwise;
}

function rank(status) {
    return LATTICE.indexOf(status);
}

/** The last letters of an id: two tickets must not look alike. */
function shortId(id) {
    return id.length <= 4 ? id : id.slice(-4);
}

function newTicket(id, at) {
    return {
        id, number: shortId(id), status: 'pending', column: 'pending',
        table: undefined,
        customer: '', source: '', priority: 'normal', notes: '', items: [],
        added: new Set(), cancelReason: '', recallReason: '',
        createdAt: at, movedAt: at, seq: 0, stepSeq: 0, recallSeq: 0,
        known: false, done: false,
    };
}

/** The ticket of an order, made if need be; null if the order is over. */
function ticketOf(board, id, at) {
    if (typeof id !== 'string' || id === '' || board.gone.has(id))
        return null;
    if (!board.tickets.has(id))
        board.tickets.set(id, newTicket(id, at));
    return board.tickets.get(id);
}

function remove(board, id, seq) {
    board.tickets.delete(id);
    board.gone.set(id, seq);
    for (const oldest of board.gone.keys()) {
        if (board.gone.size <= MOST_GONE)
            break;
        board.gone.delete(oldest);
    }
    for (const [jobId, job] of board.jobs)
        if (job.orderId === id)
            board.jobs.delete(jobId);
}

/** @returns {boolean} did it move? */
function advance(board, ticket, status, at, seq) {
    if (rank(status) <= rank(ticket.status) || seq < ticket.recallSeq)
        return false;
    setStatus(ticket, status, at, seq);
    ticket.recallReason = '';
    if (status === 'served' || status === 'completed')
        remove(board, ticket.id, seq);
    return true;
}

function setStatus(ticket, status, at, seq) {
    ticket.status = status;
    ticket.stepSeq = seq;
    if (COLUMN_OF[status] && COLUMN_OF[status] !== ticket.column) {
        ticket.column = COLUMN_OF[status];
        ticket.movedAt = at;
        ticket.added.clear(); // whoever moved it has read it
    }
}

function isToCook(ticket) {
    return COLUMN_OF[ticket.status] === 'pending' && !ticket.done;
}

/**
 * Take over what an order says of itself, unless something newer was said.
 * The journal's numbers decide, not the order's version: a back end need not
 * give one, or has its own.
 */
function fill(ticket, order, seq) {
    const isOver = [ticket.status, order.status].includes('cancelled');

    if (ticket.known && seq < ticket.seq)
        return;
    ticket.seq = seq;
    ticket.known = true;
    ticket.number = order.number ?? ticket.number;
    ticket.table = order.table ?? ticket.table;
    ticket.customer = order.customer?.name ?? '';
    ticket.source = order.source ?? '';
    ticket.priority = order.priority ?? 'normal';
    ticket.notes = order.notes ?? '';
    ticket.cancelReason = isOver ? ''
        : order.cancelReason ?? ticket.cancelReason;
    ticket.createdAt = moment(order.createdAt, ticket.createdAt);
    if (Array.isArray(order.items))
        ticket.items = order.items;
}

function addMissing(ticket, items) {
    const there = new Set(ticket.items.map(item => item.id));

    ticket.items = ticket.items.concat(
        items.filter(item => !there.has(item.id)));
}

/** @returns {boolean} was any of them news? */
function addItems(ticket, items) {
    const added = (items ?? []).filter(item => !ticket.added.has(item.id));

    addMissing(ticket, added);
    for (const item of added)
        ticket.added.add(item.id);
    return added.length > 0;
}

/* --- pictures --- */

/**
 * Take the hub's picture. What it does not show any more is over. What a
 * human must still see here (a cancelled ticket) stays so.
 * @param {number} now server time
 * @returns {Effect[]} what happened while we were away; none the first time
 */
export function applySnapshot(board, picture, now) {
    const before = board.tickets;
    const wasLoaded = board.loaded;

    board.loaded = true;
    board.tickets = new Map();
    board.jobs = new Map();
    board.devices = new Map();
    for (const id of board.gone.keys())
        board.gone.set(id, 0); // numbers from before may be another epoch's
    for (const order of picture.orders ?? [])
        restoreTicket(board, order, before.get(order.id), now);
    for (const [id, ticket] of before)
        if (ticket.status === 'cancelled' && !board.gone.has(id) &&
            !board.tickets.has(id))
            board.tickets.set(id, ticket);
    for (const job of picture.jobs ?? [])
        if (job.request)
            putJob(board, job.request.jobId, {
                orderId: job.request.order?.id, printer: job.request.printer,
                stage: job.stage, reason: job.reason });
    for (const device of picture.devices ?? [])
        board.devices.set(device.id, device);
    return wasLoaded ? missed(board, before) : [];
}

function missed(board, before) {
    const effects = [];

    for (const [id, ticket] of board.tickets) {
        const old = before.get(id);

        if (!old && isToCook(ticket))
            effects.push({ kind: 'new', id });
        if (old && ticket.status !== 'cancelled' &&
            newItems(ticket, old).length > 0)
            effects.push({ kind: 'added', id });
        if (ticket.status === 'cancelled' && old?.status !== 'cancelled')
            effects.push({ kind: 'cancelled', id });
        else if (ticket.cancelReason && !old?.cancelReason)
            effects.push({ kind: 'cancel_requested', id });
    }
    return effects;
}

/** The items that came while we were away. */
function newItems(ticket, before) {
    const there = new Set(before.items.map(item => item.id));

    return before.known
        ? ticket.items.filter(item => !there.has(item.id)) : [];
}

function restoreTicket(board, order, before, now) {
    const updated = moment(order.updatedAt, moment(order.createdAt, now));
    const status = LATTICE.includes(order.status) ? order.status
        : before?.status ?? 'pending'; // a word that hides what it is
    const column = COLUMN_OF[status];
    let ticket;

    if (status === 'cancelled'
        ? !before && now - updated > CANCELLED_SHOWN : !column) {
        board.gone.set(order.id, 0);
        return;
    }
    if (column)
        board.gone.delete(order.id); // the hub knows better
    ticket = ticketOf(board, order.id, updated);
    if (!ticket)
        return;
    fill(ticket, order, 0);
    ticket.status = status;
    ticket.column = column ?? before?.column ?? 'pending';
    ticket.movedAt = updated;
    ticket.done = Boolean(order.kitchenCompletedAt) && status !== 'cancelled';
    if (before) {
        if (before.column === ticket.column) {
            ticket.added = before.added;
            ticket.movedAt = before.movedAt;
            ticket.recallReason = before.recallReason;
        }
        for (const item of newItems(ticket, before))
            ticket.added.add(item.id);
    }
}

/* --- events --- */

/**
 * @param {import('../../client/connection.js').Envelope} envelope
 * @returns {Effect[]}
 */
export function applyEvent(board, envelope) {
    const body = envelope.payload ?? {};
    const at = moment(envelope.ts, 0);

    switch (envelope.event) {
    case 'order.created':
        return onCreated(board, body.order ?? {}, at, envelope.seq);
    case 'order.updated':
        return onUpdated(board, body.order ?? {}, at, envelope.seq);
    case 'order.items_added':
        return onItemsAdded(board, body, at);
    case 'order.cancel_requested':
        return onCancelRequested(board, body, at);
    case 'kitchen.cancel_rejected':
        return onCancelRejected(board, body);
    case 'kitchen.completed':
        return onDone(board, body, at);
    case 'order.status_changed':
        return onStatus(board, body, body.status, at, envelope.seq);
    case 'ticket.recalled':
        return onRecalled(board, body, at, envelope.seq);
    case 'table.moved':
    case 'table.merged':
        return onMoved(board, body, envelope.seq);
    case 'print.requested':
    case 'print.printed':
    case 'print.failed':
    case 'print.unconfirmed':
        return onPrint(board, envelope.event, body);
    case 'device.online':
    case 'device.offline':
        return onDevice(board, body, envelope.event === 'device.online');
    default:
        return onStatus(board, body, STATUS_OF[envelope.event], at,
            envelope.seq);
    }
}

function onCreated(board, order, at, seq) {
    const ticket = ticketOf(board, order.id, at);

    if (!ticket)
        return [];

    const isNew = !ticket.known;
    const early = ticket.items; // added before we heard of the order itself

    if (isNew) {
        fill(ticket, order, seq);
        addMissing(ticket, early);
    }
    advance(board, ticket, order.status ?? 'pending', at, seq);
    return isNew && isToCook(ticket) ? [{ kind: 'new', id: order.id }] : [];
}

function onUpdated(board, order, at, seq) {
    const ticket = ticketOf(board, order.id, at);

    if (!ticket)
        return [];
    fill(ticket, order, seq);
    if (order.status === 'cancelled')
        return cancel(board, ticket, at, seq);
    advance(board, ticket, order.status, at, seq);
    return [];
}

function onItemsAdded(board, body, at) {
    const ticket = ticketOf(board, body.orderId, at);

    if (!ticket || !addItems(ticket, body.items))
        return [];
    ticket.number = body.orderNumber ?? ticket.number;
    ticket.table ??= body.table;
    ticket.done = false; // there is something to cook again
    return [{ kind: 'added', id: ticket.id }];
}

function onCancelRequested(board, body, at) {
    const ticket = ticketOf(board, body.orderId, at);

    if (!ticket || ticket.status === 'cancelled' || ticket.cancelReason)
        return [];
    ticket.cancelReason = body.reason || 'No reason given';
    return [{ kind: 'cancel_requested', id: ticket.id }];
}

function onCancelRejected(board, body) {
    const ticket = board.tickets.get(body.orderId);

    if (ticket)
        ticket.cancelReason = '';
    return [];
}

function onDone(board, body, at) {
    const ticket = ticketOf(board, body.orderId, at);

    if (ticket)
        ticket.done = true;
    return [];
}

function onStatus(board, body, status, at, seq) {
    let ticket;

    if (!LATTICE.includes(status))
        return [];
    ticket = ticketOf(board, body.orderId, at);
    if (!ticket)
        return [];
    ticket.number = body.orderNumber ?? ticket.number;
    ticket.table ??= body.table;
    if (status === 'cancelled')
        return cancel(board, ticket, at, seq);
    advance(board, ticket, status, at, seq);
    return [];
}

/** Back to an earlier status, also from where it was over already. */
function onRecalled(board, body, at, seq) {
    const status = COLUMN_OF[body.status] ? body.status : 'preparing';
    let ticket;

    if (seq > board.gone.get(body.orderId))
        board.gone.delete(body.orderId);
    ticket = ticketOf(board, body.orderId, at);
    if (!ticket || ticket.status === 'cancelled' || seq <= ticket.stepSeq)
        return [];
    setStatus(ticket, status, at, seq);
    ticket.recallSeq = seq;
    ticket.recallReason = body.reason ?? '';
    ticket.table ??= body.table;
    ticket.done = false; // there is something to cook again
    return [{ kind: 'recalled', id: ticket.id }];
}

/** Guests have changed tables; not every order is told of by itself. */
function onMoved(board, body, seq) {
    for (const ticket of board.tickets.values())
        if (body.toTable && ticket.table && seq > ticket.seq &&
            ticket.table.id === body.table?.id)
            ticket.table = body.toTable;
    return [];
}

function cancel(board, ticket, at, seq) {
    if (!advance(board, ticket, 'cancelled', at, seq))
        return [];
    ticket.cancelReason = '';
    ticket.done = false;
    return [{ kind: 'cancelled', id: ticket.id }];
}

function putJob(board, jobId, job) {
    board.jobs.set(jobId, { ...board.jobs.get(jobId), ...job });
}

function onPrint(board, event, body) {
    const before = board.jobs.get(body.jobId);
    const orderId = body.order?.id ?? body.orderId ?? before?.orderId;
    const word = event.slice('print.'.length);
    const stage = word === 'unconfirmed' ? 'failed' : word;

    if (!body.jobId || board.gone.has(orderId))
        return [];
    if (stage === 'requested' && before)
        return []; // offered again; what became of it is not known yet
    if (before?.stage === 'printed')
        return [];
    putJob(board, body.jobId, { orderId, stage,
        reason: body.reason ?? (word === stage ? undefined : word),
        printer: body.printer ?? before?.printer });
    return stage === 'failed' && before?.stage !== 'failed'
        ? [{ kind: 'print_failed', id: orderId ?? '' }] : [];
}

function onDevice(board, body, online) {
    const before = board.devices.get(body.deviceId);
    const device = { ...before, ...body, id: body.deviceId, online };

    if (!body.deviceId)
        return [];
    board.devices.set(device.id, device);
    return !online && before?.online && device.kind === 'printer'
        ? [{ kind: 'printer_offline', id: device.id }] : [];
}

/* --- what a human does here --- */

/** A cook has seen that the order is cancelled. */
export function dismiss(board, id) {
    remove(board, id, Infinity);
}

/* --- what a screen asks --- */

/** Where a ticket hangs, or null. Cancelled ones stay where they were. */
export function columnOf(ticket) {
    return ticket.done ? null : ticket.column;
}

/** @returns {{pending: Ticket[], preparing: Ticket[], ready: Ticket[]}} */
export function columns(board) {
    const result = { pending: [], preparing: [], ready: [] };

    for (const ticket of board.tickets.values())
        result[columnOf(ticket)]?.push(ticket);
    for (const tickets of Object.values(result))
        tickets.sort((a, b) => b.createdAt - a.createdAt ||
            (a.id < b.id ? 1 : -1));
    return result;
}

/** How many tickets and dishes, without cancelled ones. */
export function count(tickets) {
    const live = tickets.filter(t => t.status !== 'cancelled');
    const dishes = live.flatMap(t => t.items)
        .filter(item => item.status !== 'cancelled');

    return { tickets: live.length, dishes: dishes.reduce((sum, item) =>
        sum + (item.quantity ?? 1), 0) };
}

/** Dishes still to cook over all tickets, most first. */
export function allDay(board) {
    const { pending, preparing } = columns(board);
    const items = [...pending, ...preparing]
        .filter(ticket => ticket.status !== 'cancelled')
        .flatMap(ticket => ticket.items)
        .filter(item => !COOKED.includes(item.status));
    const sums = new Map();

    for (const item of items)
        sums.set(item.name,
            (sums.get(item.name) ?? 0) + (item.quantity ?? 1));
    return [...sums].map(([name, quantity]) => ({ name, quantity }))
        .sort((a, b) => b.quantity - a.quantity ||
            a.name.localeCompare(b.name));
}

/** Minutes that make a ticket `warm` and `late`, by column. */
const STEPS = { pending: [5, 10], preparing: [12, 20], ready: [3, 6] };

/**
 * How old a ticket is: since it was ordered, and in the last column since it
 * was ready, for that is what gets cold.
 * @param {number} now server time
 * @returns {{minutes: number, step: 'fresh'|'warm'|'late'}}
 */
export function age(ticket, now) {
    const column = columnOf(ticket) ?? 'pending';
    const since = column === 'ready' ? ticket.movedAt : ticket.createdAt;
    const minutes = Math.max(0, Math.floor((now - since) / MINUTE));
    const [warm, late] = STEPS[column];
    const step = minutes >= late ? 'late' : minutes >= warm ? 'warm' : 'fresh';

    return { minutes, step };
}

/** Failed prints of a ticket: {printer, reason} each. */
export function notPrinted(board, ticket) {
    return [...board.jobs.values()].filter(
        job => job.orderId === ticket.id && job.stage === 'failed');
}

const STEP = {
    start: { event: 'kitchen.preparing', label: 'Start', doing: 'Starting…' },
    ready: { event: 'kitchen.ready', label: 'Ready', doing: 'Calling…' },
    served: { event: 'order.served', label: 'Served', doing: 'Serving…' },
    done: { event: 'kitchen.completed', label: 'Done', doing: 'Clearing…' },
};

/**
 * The steps that a ticket offers to somebody with these roles.
 * @returns {{event: string, label: string, doing: string}[]}
 */
export function steps(ticket, roles) {
    const cook = roles.some(role => COOKS.includes(role));
    const server = roles.some(role => SERVERS.includes(role));
    const column = columnOf(ticket);

    if (ticket.status === 'cancelled')
        return [];
    if (column === 'pending' && cook)
        return [STEP.start];
    if (column === 'preparing' && cook)
        return [STEP.ready];
    if (column === 'ready' && server)
        return [STEP.served];
    if (column === 'ready' && cook)
        return [STEP.done];
    return [];
}

/** May somebody with these roles answer a cancellation? */
export function mayAnswerCancel(ticket, roles) {
    return ticket.cancelReason !== '' && ticket.status !== 'cancelled' &&
        roles.some(role => COOKS.includes(role));
}
