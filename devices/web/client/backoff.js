const FIRST_MS = 500;
const MOST_MS = 30000;

/**
 * How long to wait before an attempt: full jitter, so that the tablets of a
 * house do not come back in step after the hub was restarted, on top of what
 * the server has asked for.
 * @param {number} attempt 0 for the first one after the loss
 * @param {number} floor milliseconds, see floorMs
 * @param {() => number} random 0 <= r < 1
 * @returns {number} milliseconds
 */
export function backoffMs(attempt, floor, random) {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));

    return Math.round(floor + random() * most);
}
