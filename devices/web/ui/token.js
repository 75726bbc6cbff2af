const KEY = 'dumbwaiter.token';
const EXCHANGE_MS = 10000; // for the hub to give a token for a link

/** What a link has behind its #: a token, or a code that is good once. */
function readLink(text) {
    const given = new URLSearchParams(text.replace(/^[^#]*#/, ''));

    return { token: given.get('token'), code: given.get('link') };
}

/** The token for a link's code, or null: it was used, or is too old. */
async function exchange(code) {
    try {
        const response = await fetch('/api/link', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ link: code }),
            signal: AbortSignal.timeout(EXCHANGE_MS),
        });

        return response.ok ? (await response.json()).token : null;
    } catch {
        return null;
    }
}

async function tokenOf({ token, code }) {
    const fresh = code ? await exchange(code) : token;

    if (fresh)
        keepToken(fresh);
    return fresh;
}

/**
 * The token of the link that opened this page. What the link brings comes
 * behind the #, which no server and no log sees, and leaves the address bar
 * and the history at once; a code is exchanged for the token. Kept for this
 * tab, so that a reload works.
 * @returns {Promise<string | null>}
 */
export async function takeToken() {
    const given = readLink(location.hash);

    if (given.token || given.code) {
        history.replaceState(null, '', location.pathname + location.search);
        return tokenOf(given);
    }
    try {
        return sessionStorage.getItem(KEY);
    } catch {
        return null;
    }
}

function keepToken(token) {
    try {
        sessionStorage.setItem(KEY, token);
    } catch {
        // Storage is switched off: a reload will ask for the link again.
    }
}

/**
 * The token of what somebody pasted: a whole link, or the token itself. Kept
 * as above.
 * @param {string} text
 * @returns {Promise<string | null>}
 */
export async function tokenFrom(text) {
    const trimmed = text.trim();

    if (trimmed.includes('#'))
        return tokenOf(readLink(trimmed));
    return tokenOf({ token: /^[\w-]+\.[\w-]+\.[\w-]+$/.test(trimmed)
        ? trimmed : null });
}
