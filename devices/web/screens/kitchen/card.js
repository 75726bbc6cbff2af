/** One ticket as it hangs on the screen. */
import { el, setText } from '../../ui/dom.js';
import { age, columnOf, mayAnswerCancel, notPrinted, steps } from './model.js';

const COLOUR = { pending: 'go', preparing: 'good', ready: 'plain' };
const REJECTION = {
    pending: 'Too late to cancel',
    preparing: 'Already cooking',
    ready: 'Already cooked',
};
const RANKS = { express: 'EXPRESS', vip: 'VIP' };

/** Where the food goes, in the largest word that is known. */
export function placeOf(ticket) {
    if (ticket.table)
        return `Table ${ticket.table.number ?? ticket.table.id}`;
    return ticket.customer || ticket.source.replaceAll('_', ' ') || 'No table';
}

/**
 * Everything about a card that can be seen except its age. Two equal views
 * look the same, so a card is made anew only when its view changes.
 */
export function viewOf(board, ticket, roles, busy) {
    return {
        id: ticket.id,
        number: ticket.number,
        place: placeOf(ticket),
        customer: ticket.table ? ticket.customer : '',
        rank: RANKS[ticket.priority] ?? '',
        column: columnOf(ticket),
        cancelled: ticket.status === 'cancelled',
        known: ticket.known,
        notes: ticket.notes,
        items: ticket.items.map(item => ({
            quantity: item.quantity ?? 1,
            name: item.name,
            modifiers: (item.modifiers ?? []).map(m => m.name),
            notes: item.notes ?? '',
            allergens: item.allergens ?? [],
            status: item.status ?? '',
            added: ticket.added.has(item.id),
        })),
        cancelReason: ticket.cancelReason,
        recallReason: ticket.recallReason,
        answers: mayAnswerCancel(ticket, roles),
        steps: ticket.cancelReason ? [] : steps(ticket, roles),
        faults: notPrinted(board, ticket).map(job =>
            [job.printer, (job.reason ?? '').replaceAll('_', ' ')]
                .filter(Boolean).join(': ')),
        busy: busy ?? '',
    };
}

/**
 * @param {object} view from viewOf
 * @param {(event: string, extra: object, doing: string) => void} act
 * @param {() => void} dismiss
 */
export function makeCard(view, act, dismiss) {
    return el('article.card', {
        'data-id': view.id, 'data-column': view.column, tabindex: '-1',
        'aria-label': `Order ${view.number}, ${view.place}`,
        'data-cancelled': view.cancelled,
        'data-cancel-asked': Boolean(view.cancelReason),
    },
    head(view),
    view.cancelled && el('p.stamp', {}, 'CANCELLED · stop cooking'),
    view.faults.map(fault => el('p.fault', {},
        el('strong', {}, 'NOT PRINTED'), fault && ` ${fault}`)),
    view.recallReason && el('p.note', {},
        el('strong', {}, 'BACK '), view.recallReason),
    view.notes && el('p.note', {}, view.notes),
    view.known || view.items.length > 0
        ? el('ul.items', {}, view.items.map(line))
        : el('p.waiting', {}, 'The order itself has not arrived yet.'),
    view.cancelReason && question(view, act),
    foot(view, act, dismiss));
}

function head(view) {
    const long = view.number.length > 8 ? '.longest'
        : view.number.length > 4 ? '.long' : '';

    return el('header', {},
        el(`h3.number${long}`, {}, view.number),
        el('p.place', {}, view.place,
            view.customer && el('span.customer', {}, view.customer)),
        el('div.chips', {},
            view.rank && el('span.rank', {}, view.rank),
            el('span.age', {})));
}

function line(item) {
    return el('li.item', { 'data-added': item.added,
        'data-status': item.status },
        el('span.quantity', {}, `${item.quantity}×`),
        el('div', {},
            el('p.name', {}, item.name,
                item.status === 'cancelled' &&
                    el('span.added', {}, 'CANCELLED'),
                item.added && el('span.added', {}, 'ADDED')),
            item.modifiers.map(text => el('p.modifier', {}, text)),
            item.notes && el('p.note', {}, item.notes),
            item.allergens.length > 0 && el('p.allergens', {},
                el('strong', {}, 'ALLERGENS'),
                item.allergens.join(', '))));
}

function button(view, what, label, doing, onclick) {
    const busy = view.busy !== '';

    return el(`button.${what}`, { type: 'button',
        'aria-disabled': busy ? 'true' : null, onclick },
    busy && view.busy === doing ? doing : label);
}

function question(view, act) {
    const reason = REJECTION[view.column];

    return el('div.question', {},
        el('p', {}, el('strong', {}, 'CANCEL? '), view.cancelReason),
        view.answers && el('div.answers', {},
            button(view, 'bad', 'Accept', 'Cancelling…',
                () => act('kitchen.cancel_accepted', {}, 'Cancelling…')),
            button(view, 'quiet', `No: ${reason.toLowerCase()}`, 'Answering…',
                () => act('kitchen.cancel_rejected', { reason },
                    'Answering…'))));
}

function foot(view, act, dismiss) {
    if (view.cancelled)
        return el('footer', {}, el('button.plain',
            { type: 'button', onclick: dismiss }, 'Got it'));
    if (view.steps.length === 0)
        return null;
    return el('footer', {}, view.steps.map(step =>
        button(view, COLOUR[view.column], step.label, step.doing,
            () => act(step.event, {}, step.doing))));
}

/** Show how old a ticket is: in words, and by colour for the far end. */
export function showAge(card, ticket, now) {
    const { minutes, step } = age(ticket, now);
    const chip = card.querySelector('.age');
    const word = ticket.column === 'ready'
        ? { fresh: 'ready', warm: 'waiting', late: 'COLD' }[step]
        : { fresh: '', warm: '', late: 'LATE' }[step];
    const long = minutes === 0 ? 'now' : minutes < 120 ? `${minutes} min`
        : `${Math.floor(minutes / 60)} h`;

    setText(chip, `${word} ${long}`.trim());
    if (card.dataset.age !== step)
        card.dataset.age = step;
}
