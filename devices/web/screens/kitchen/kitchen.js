/**
 * The kitchen's screen: tickets from the hub on a board of three columns,
 * and buttons that move them on.
 */
import { connect } from '../../client/index.js';
import { byId, el, setText } from '../../ui/dom.js';
import { Bell } from '../../ui/sound.js';
import { toast } from '../../ui/toast.js';
import { takeToken, tokenFrom } from '../../ui/token.js';
import { keepAwake } from '../../ui/wake.js';
import { makeCard, placeOf, showAge, viewOf } from './card.js';
import { age, allDay, applyEvent, applySnapshot, COLUMNS, columnOf, columns,
    count, createBoard, dismiss } from './model.js';

const TITLES = { pending: 'Pending', preparing: 'Cooking', ready: 'Ready' };
const MOST_CARDS = 100; // a column; more than a wall can hold
const MISTAP_MS = 300; // cards that have just moved are not what was meant
const ECHO_MS = 3000; // the most from the receipt to the event itself
const REMIND_MS = 30000;
const SIGNAL_OF = { new: 'new', added: 'added', cancel_requested: 'cancel',
    cancelled: 'cancel', recalled: 'added', print_failed: 'fault',
    printer_offline: 'fault' };

const board = createBoard();
const busy = new Map(); // order id -> {doing}: a step is under way
const unseen = new Set(); // new orders since somebody last touched the screen
const lists = {}; // column -> its parts on the page
const bell = new Bell(() => showSound());
let hub = null;
let roles = [];
let stopped = null;
let drawing = null;
let pressedAt = Infinity;

/* --- the page --- */

function makeColumns() {
    for (const column of COLUMNS) {
        const part = {
            cards: new Map(), shiftedAt: 0,
            total: el('span.total', {}, '0'),
            dishes: el('span.dishes'),
            oldest: el('span.oldest'),
            tabTotal: el('span.total', {}, '0'),
            list: el('div.list', {}),
            empty: el('p.empty', {}),
        };

        lists[column] = part;
        byId('board').append(el('section.column', { 'data-column': column,
            'aria-label': TITLES[column] },
        el('h2', {}, TITLES[column], part.total,
            el('span.figures', {}, part.dishes, part.oldest)),
        part.list, part.empty));
        byId('tabs').append(el('button.quiet', { type: 'button',
            'data-column': column, onclick: () => showTab(column) },
        TITLES[column], part.tabTotal));
    }
    showTab('pending');
}

/** On a phone one column is shown at a time. */
function showTab(column) {
    byId('board').dataset.tab = column;
    for (const tab of byId('tabs').children)
        tab.setAttribute('aria-pressed', tab.dataset.column === column);
}

/** Draw soon, once for all that happens until then. */
function draw() {
    drawing ??= setTimeout(() => {
        drawing = null;
        drawNow();
    }, 16);
}

function drawNow() {
    const sorted = columns(board);
    const focus = whereFocusIs();

    for (const column of COLUMNS)
        drawColumn(column, sorted[column]);
    returnFocus(focus);
    drawAllDay();
    drawDevices();
    tick();
}

function drawColumn(column, tickets) {
    const part = lists[column];
    const shown = tickets.slice(0, MOST_CARDS);
    const { tickets: total, dishes } = count(tickets);
    const before = [...part.cards.keys()].join();

    part.cards = new Map(shown.map(t => [t.id, cardOf(part, t)]));
    if (before !== [...part.cards.keys()].join())
        part.shiftedAt = performance.now();
    arrange(part.list, cardsIn(part.cards));

    setText(part.total, String(total));
    setText(part.tabTotal, String(total));
    setText(part.dishes, dishes === 1 ? '1 dish' : `${dishes} dishes`);
    setText(part.empty, emptyText(column, tickets.length));
    part.empty.hidden = tickets.length > 0 && tickets.length <= MOST_CARDS;
}

/** Touch only what differs: focus, scrolling and selection stay. */
function arrange(list, wanted) {
    const keep = new Set(wanted);

    for (const child of [...list.children])
        if (!keep.has(child))
            child.remove();
    wanted.forEach((card, i) => {
        if (list.children[i] !== card)
            list.insertBefore(card, list.children[i] ?? null);
    });
}

function cardsIn(cards) {
    return [...cards.values()].map(({ card }) => card);
}

function emptyText(column, total) {
    if (total > MOST_CARDS)
        return `and ${total - MOST_CARDS} older ones, not shown`;
    if (!board.loaded)
        return 'Waiting for the hub…';
    return { pending: 'No orders waiting', preparing: 'Nothing on the stove',
        ready: 'Nothing at the pass' }[column];
}

/** The card there is, or a new one if the ticket looks different now. */
function cardOf(part, ticket) {
    const view = viewOf(board, ticket, roles, busy.get(ticket.id)?.doing);
    const looks = JSON.stringify(view);
    const old = part.cards.get(ticket.id);

    if (old?.looks === looks)
        return old;

    const guarded = act => (...args) => {
        if (!isMistap(part))
            act(...args);
    };

    return { looks, ticket, card: makeCard(view,
        guarded((event, extra, doing) => move(ticket.id, event, extra, doing)),
        guarded(() => {
            dismiss(board, ticket.id);
            draw();
        })) };
}

/** A finger that was on its way when the cards moved under it. */
function isMistap(part) {
    return pressedAt < part.shiftedAt + MISTAP_MS;
}

function drawAllDay() {
    if (byId('all-day').hidden)
        return;
    byId('all-day').replaceChildren(...allDay(board).map(dish =>
        el('p', {}, el('strong', {}, `${dish.quantity}×`), ` ${dish.name}`)));
    if (!byId('all-day').hasChildNodes())
        byId('all-day').append(el('p', {}, 'Nothing to cook.'));
}

/** Printers and buzzers by name; of the many pagers only how many. */
function drawDevices() {
    const all = [...board.devices.values()];
    const pagers = all.filter(d => d.kind === 'pager');
    const alive = pagers.filter(d => d.online).length;
    const rows = all.filter(d => d.kind === 'printer' || d.kind === 'buzzer')
        .sort((a, b) => a.id < b.id ? -1 : 1)
        .map(d => el('li', { 'data-online': String(d.online) }, d.id,
            !d.online && el('strong', {}, ' OFFLINE')));

    if (pagers.length > 0)
        rows.push(el('li', { 'data-online': String(alive > 0) },
            `pagers ${alive}/${pagers.length}`));
    byId('devices').replaceChildren(...rows);
}

/** What changes by itself: the clock, the ages, the banner. */
function tick() {
    const now = hub ? hub.serverNow() : Date.now();

    setText(byId('clock'), new Date(now).toLocaleTimeString([],
        { hour: '2-digit', minute: '2-digit', hour12: false }));
    for (const column of COLUMNS) {
        const part = lists[column];
        const tickets = [...part.cards.values()];
        let oldest = null;

        for (const { card, ticket } of tickets) {
            const how = age(ticket, now);

            showAge(card, ticket, now);
            card.classList.toggle('fresh-in',
                column === 'pending' && unseen.has(ticket.id));
            if (ticket.status !== 'cancelled' &&
                (!oldest || how.minutes > oldest.minutes))
                oldest = how;
        }
        setText(part.oldest, oldest ? `oldest ${oldest.minutes} min` : '');
        part.oldest.dataset.age = oldest?.step ?? 'fresh';
    }
    showBanner();
}

/* --- moving a ticket on --- */

async function move(id, event, extra, doing) {
    const mine = { doing };

    if (busy.has(id))
        return;
    busy.set(id, mine);
    draw();
    try {
        await hub.publish(event, { orderId: id, ...extra });
        // The card moves when the event itself comes, a moment from now.
        setTimeout(() => free(id, mine), ECHO_MS);
    } catch (refused) {
        const ticket = board.tickets.get(id);

        free(id, mine);
        toast(byId('toasts'), ticket
            ? `Order ${ticket.number} stays where it is`
            : 'That did not work', refused.message);
        bell.play('fault');
    }
    draw();
}

function free(id, mine) {
    if (busy.get(id) === mine)
        busy.delete(id);
    draw();
}

/* --- what the hub says --- */

function onEvent(envelope) {
    const id = envelope.payload?.orderId;
    const effects = applyEvent(board, envelope);

    if (id && busy.has(id) && !envelope.event.startsWith('print.'))
        busy.delete(id);
    if (effects.some(effect => effect.kind === 'new'))
        hub.ack(envelope.seq, 'shown');
    effects.forEach(sayAloud);
    draw();
}

function onSnapshot({ picture }) {
    applySnapshot(board, picture, hub.serverNow()).forEach(sayAloud);
    draw();
}

function sayAloud({ kind, id }) {
    const ticket = board.tickets.get(id);
    const name = ticket ? `${ticket.number}, ${placeOf(ticket)}` : id;
    const words = {
        new: `New order ${name}, ${ticket?.items.length ?? 0} lines`,
        added: `More for order ${name}`,
        cancel_requested: `Cancel order ${name}? ${ticket?.cancelReason}`,
        cancelled: `Order ${name} is cancelled`,
        recalled: `Order ${name} is back: ${ticket?.recallReason}`,
        print_failed: `Order ${name} was not printed`,
        printer_offline: `Printer ${id} is offline`,
    };

    if (kind === 'new')
        unseen.add(id);
    byId('announce').textContent = words[kind];
    bell.play(SIGNAL_OF[kind]);
}

/** Nobody has touched the screen since a new order came: ring again. */
function remind() {
    for (const id of unseen) {
        const ticket = board.tickets.get(id);

        if (!ticket || columnOf(ticket) !== 'pending' ||
            ticket.status === 'acknowledged' || ticket.status === 'cancelled')
            unseen.delete(id);
    }
    if (unseen.size > 0)
        bell.play('new');
}

/* --- the connection --- */

function onState(detail) {
    const names = { connecting: 'Connecting', live: 'Live',
        stale: 'No connection', stopped: 'Stopped' };

    stopped = detail.state === 'stopped' ? detail : null;
    byId('link').dataset.state = detail.state;
    setText(byId('link'), names[detail.state]);
    byId('board').classList.toggle('stale',
        detail.state === 'stale' || detail.state === 'stopped');
    if (stopped?.code === 4401)
        askForToken('This link has run out. Paste a new one.');
    showBanner();
}

function ageInWords(ms) {
    const seconds = Math.floor(ms / 1000);

    return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

function bannerText() {
    const silent = hub ? hub.silentMs() : Infinity;

    if (stopped)
        return stopped.code === 4403
            ? 'This link may not see the kitchen. Ask for another one.'
            : `Connection given up: ${stopped.reason || stopped.code}. ` +
                'Reload the page.';
    if (hub?.state !== 'stale')
        return '';
    return 'NO CONNECTION · what you see is ' +
        `${ageInWords(silent)} old · trying again`;
}

function showBanner() {
    const text = bannerText();

    byId('banner').hidden = text === '';
    setText(byId('banner'), text);
}

function showSound() {
    const button = byId('sound');

    button.classList.toggle('bad', !bell.audible);
    button.classList.toggle('quiet', bell.audible);
    button.replaceChildren(...(bell.audible ? ['Sound on']
        : [el('strong', {}, 'SOUND OFF'),
            bell.unlocked ? 'Turn on' : 'Start shift']));
}

async function onSoundButton() {
    if (bell.unlocked) {
        bell.toggleMute();
        return;
    }
    keepAwake();
    await bell.unlock();
    bell.play('new');
}

function start(token) {
    const address = new URL('/ws', location.href);

    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    byId('no-token').hidden = true;
    hub = connect(address.href, { token, rooms: ['kitchen'] });
    hub.on('ready', ready => {
        roles = ready.roles ?? [];
        draw();
    });
    hub.on('snapshot', onSnapshot);
    hub.on('event', onEvent);
    hub.on('state', onState);
    hub.on('refused', refused =>
        toast(byId('toasts'), 'The hub refused', refused.message));
}

function askForToken(why) {
    setText(byId('token-fault'), why);
    byId('no-token').hidden = false;
    byId('token-text').focus();
}

async function onTokenForm(submit) {
    submit.preventDefault();

    const token = await tokenFrom(byId('token-text').value);

    if (!token) {
        setText(byId('token-fault'),
            'There is no token in this link, or it was used already.');
        return;
    }
    byId('no-token').hidden = true;
    byId('token-text').value = '';
    if (hub)
        hub.setToken(token);
    else
        start(token);
}

/* --- keys: arrows choose a card, Enter moves it on --- */

function whereFocusIs() {
    const card = document.activeElement?.closest?.('.card');

    if (!card)
        return null;
    const { id, column } = card.dataset;
    return { id, column, index: [...lists[column].cards.keys()].indexOf(id),
        button: [...card.querySelectorAll('button')]
            .indexOf(document.activeElement) };
}

/** A card was made anew or has left: its place keeps the focus. */
function returnFocus(focus) {
    if (!focus || document.activeElement?.closest?.('.card'))
        return;

    const cards = [...lists[focus.column].cards.values()];
    const same = lists[focus.column].cards.get(focus.id);
    const next = same ?? cards[Math.min(focus.index, cards.length - 1)];
    const buttons = next?.card.querySelectorAll('button');

    (same && buttons[focus.button] || next?.card)?.focus(
        { preventScroll: !same });
}

function step(key) {
    const focus = whereFocusIs();
    const at = focus ? COLUMNS.indexOf(focus.column) : 0;
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
    const along = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
    let column = at;

    if (!focus)
        return cardAt(COLUMNS.findIndex(c => lists[c].cards.size > 0), 0);
    do
        column += sideways;
    while (sideways !== 0 && lists[COLUMNS[column]]?.cards.size === 0);
    return cardAt(column, focus.index + along);
}

function cardAt(column, index) {
    const cards = cardsIn(lists[COLUMNS[column]]?.cards ?? new Map());

    return cards[Math.max(0, Math.min(index, cards.length - 1))];
}

function onKey(key) {
    const inCard = document.activeElement?.classList.contains('card');

    if (document.activeElement?.tagName === 'INPUT' || key.altKey ||
        key.ctrlKey || key.metaKey)
        return;
    if (key.key.startsWith('Arrow')) {
        const card = step(key.key);

        if (card) {
            key.preventDefault();
            showTab(card.dataset.column);
            card.focus();
        }
    } else if (key.key === 'Enter' && inCard && !key.repeat) {
        document.activeElement.querySelector('footer button')?.click();
    }
}

function onTouched(event) {
    // Keys name their card by the focus, which does not slip.
    pressedAt = event.type === 'pointerdown' ? performance.now() : Infinity;
    if (unseen.size === 0)
        return;
    unseen.clear();
    tick();
}

/* --- --- */

makeColumns();
showSound();
byId('sound').addEventListener('click', onSoundButton);
byId('theme').addEventListener('click', () => window.toggleTheme());
byId('all-day-toggle').addEventListener('click', click => {
    const panel = byId('all-day');

    panel.hidden = !panel.hidden;
    click.currentTarget.setAttribute('aria-expanded', !panel.hidden);
    drawAllDay();
});
byId('token-form').addEventListener('submit', onTokenForm);
document.addEventListener('keydown', onKey);
document.addEventListener('pointerdown', onTouched);
document.addEventListener('keydown', onTouched);
setInterval(tick, 1000);
setInterval(remind, REMIND_MS);
drawNow();

const linked = location.hash.includes('link=');
const token = await takeToken();

if (token)
    start(token);
else
    askForToken(linked ? 'This link was used already, or is too old.' : '');
