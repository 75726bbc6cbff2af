/**
 * What the close code of a WebSocket asks of us; one thing each.
 *   stop      connecting again would end the same way
 *   token     a new token first, then from where we were
 *   resume    again, from where we were
 *   later     the same, but not before the server's hint
 *   snapshot  again, and do not resume: take the whole picture
 * The server's bridge/ws/closes.def has the same rows; a test compares.
 */
export const closes = {
    1002: 'stop', // this is no WebSocket that RFC 6455 knows
    1009: 'resume', // a message was too large, and is not to be said again
    1011: 'resume', // something went wrong here
    1012: 'resume', // the hub is stopping; everybody is given another moment
    1013: 'later', // too much at once
    4400: 'stop', // what was said made no sense
    4401: 'token', // the token is not good, or not any more
    4403: 'stop', // this is not allowed
    4408: 'resume', // the client does not read fast enough
    4409: 'stop', // its bearer has come again, once too often
    4412: 'snapshot', // what is missing is not kept any more
    4429: 'later', // too many messages
};

const LATER_MS = 1000; // where "later" comes without a hint
const MOST_HINT_MS = 5 * 60 * 1000; // nobody waits longer than this
const HINT = /^retry-after=(\d{1,10})$/;

/**
 * @param {number} code
 * @returns {'stop'|'token'|'resume'|'later'|'snapshot'} of a code that is not
 *   there, such as 1006 for a cable that was pulled: resume
 */
export function afterClose(code) {
    return closes[code] ?? 'resume';
}

/**
 * How long we are to wait at least, in milliseconds.
 * @param {number} code
 * @param {string} [reason] "retry-after=1200", or anything else
 */
export function floorMs(code, reason = '') {
    const hint = HINT.exec(reason);

    if (hint)
        return Math.min(Number(hint[1]), MOST_HINT_MS);
    return afterClose(code) === 'later' ? LATER_MS : 0;
}
