import { el } from './dom.js';

const SHOWN_MS = 10000;
const MOST = 3;

/**
 * Say something for a while, at the foot of the page. For what went wrong.
 * @param {HTMLElement} place an element with role="alert"
 * @param {string} title
 * @param {string} text
 */
export function toast(place, title, text) {
    const note = el('div.toast', {},
        el('div', {}, el('strong', {}, title), el('p', {}, text)),
        el('button.quiet', { type: 'button', 'aria-label': 'Close',
            onclick: () => note.remove() }, '✕'));

    while (place.children.length >= MOST)
        place.firstElementChild.remove();
    place.append(note);
    setTimeout(() => note.remove(), SHOWN_MS);
}
