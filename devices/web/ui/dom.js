/**
 * Make an element: el('p.note.red', {id: 'x', onclick: f}, 'text', child).
 * Strings become text, never markup. Nothing here can make a customer's
 * words into HTML.
 * @param {string} what tag, then classes, with dots
 * @param {object} [attributes] on… are listeners; false and null are left out
 * @param {...(Node|string|number|null|false)} children
 * @returns {HTMLElement}
 */
export function el(what, attributes = {}, ...children) {
    const [tag, ...classes] = what.split('.');
    const element = document.createElement(tag);

    element.classList.add(...classes);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on'))
            element.addEventListener(name.slice(2), value);
        else if (value !== false && value !== null && value !== undefined)
            element.setAttribute(name, value === true ? '' : value);
    }
    for (const child of children.flat())
        if (child !== null && child !== undefined && child !== false)
            element.append(child);
    return element;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
    return document.getElementById(id);
}

/** Set text only if it differs: screen readers and layouts stay quiet. */
export function setText(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}
