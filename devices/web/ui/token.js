const KEY = 'dumbwaiter.token';

function tokenIn(text) {
    return new URLSearchParams(text.replace(/^[^#]*#/, '')).get('token');
}

/**
 * The token of the link that opened this page. It comes behind the #, which
 * no server and no log sees, and leaves the address bar at once. Kept for
 * this tab, so that a reload works.
 * @returns {string | null}
 */
export function takeToken() {
    const fresh = tokenIn(location.hash);

    if (fresh) {
        keepToken(fresh);
        history.replaceState(null, '', location.pathname + location.search);
        return fresh;
    }
    try {
        return sessionStorage.getItem(KEY);
    } catch {
        return null;
    }
}

/** @param {string} token */
export function keepToken(token) {
    try {
        sessionStorage.setItem(KEY, token);
    } catch {
        // Storage is switched off: a reload will ask for the link again.
    }
}

/**
 * The token in what somebody pasted: a whole link, or the token itself.
 * @param {string} text
 * @returns {string | null}
 */
export function tokenFrom(text) {
    const trimmed = text.trim();

    if (trimmed.includes('#'))
        return tokenIn(trimmed);
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(trimmed) ? trimmed : null;
}
