/** Waiting for what must happen, with a deadline; never for time to pass. */

const STEP_MS = 20;

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/**
 * Ask until the answer is truthy, and return it.
 * @param {string} what "the ticket is printed", for the failure
 * @param {() => any} probe may be async
 * @param {number} [ms] the deadline
 */
export async function until(what, probe, ms = 10000) {
    const end = performance.now() + ms;

    for (;;) {
        const answer = await probe();

        if (answer)
            return answer;
        if (performance.now() > end)
            throw new Error(`after ${ms} ms still not: ${what}`);
        await pause(STEP_MS);
    }
}

/** A promise that may not take longer than `ms`. */
export function within(what, promise, ms = 10000) {
    let timer;
    const late = new Promise((resolve, reject) => {
        timer = setTimeout(
            () => reject(new Error(`after ${ms} ms still not: ${what}`)), ms);
    });

    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
