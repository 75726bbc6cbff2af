const FIRST_MS = 500;
const MOST_MS = 30000;
const BUSY_MS = 1000;

/**
 * What a close code asks of us.
 *   stop      connecting again would end the same way
 *   token     a new token first
 *   snapshot  again, and do not resume: take the whole picture
 *   resume    again, from where we were
 * @param {number} code
 * @returns {'stop'|'token'|'snapshot'|'resume'}
 */
export function afterClose(code) {
    switch (code) {
    case 4400:
    case 4403:
    case 4409:
        return 'stop';
    case 4401:
        return 'token';
    case 4412:
        return 'snapshot';
    default:
        return 'resume';
    }
}

/**
 * How long to wait before an attempt: full jitter, so that the tablets of a
 * house do not come back in step after the hub was restarted. A server that
 * said "too much" or "busy" gets at least a second.
 * @param {number} attempt 0 for the first one after the loss
 * @param {number} code the close code
 * @param {() => number} random 0 <= r < 1
 * @returns {number} milliseconds
 */
export function backoffMs(attempt, code, random) {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
    const least = code === 4429 || code === 1013 ? BUSY_MS : 0;

    return Math.round(least + random() * most);
}
