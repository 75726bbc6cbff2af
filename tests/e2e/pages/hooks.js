/* Hooks as plain functions: a component is called once, its effects run at
 * once, and what it shows is written again whenever its state changes. */
const main = document.querySelector('main');

/** What the page was given behind the "#" of its address. */
export const given = name =>
    new URLSearchParams(location.hash.slice(1)).get(name);

export function useState(value, render) {
    const line = document.createElement('p');

    main.append(line);
    return [() => value, next => {
        value = typeof next === 'function' ? next(value) : next;
        if (render)
            line.textContent = render(value);
    }];
}

export function useEffect(run) {
    const cleanUp = run();

    if (cleanUp)
        addEventListener('pagehide', cleanUp, { once: true });
}

/** What pops up or makes a noise. */
window.notices = [];
export function notify(text) {
    const line = document.createElement('p');

    window.notices.push(text);
    line.textContent = `! ${text}`;
    main.append(line);
}
