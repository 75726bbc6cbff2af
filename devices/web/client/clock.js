const SAMPLES = 8;

/**
 * The server's clock, seen from here.
 *
 * Each message that carries the server's time was written a little before it
 * arrived, so every sample is late and the largest one is the least late.
 * Time since a sample is measured by the monotonic clock: setting the
 * tablet's clock, by a second or by twelve hours, changes nothing.
 */
export class ServerClock {
    #mono;
    #wall;
    #offsets = [];

    /**
     * @param {() => number} mono milliseconds that only go forward
     * @param {() => number} wall Unix milliseconds, used until told better
     */
    constructor(mono, wall) {
        this.#mono = mono;
        this.#wall = wall;
    }

    /** Forget the samples: a new connection knows better. */
    reset() {
        this.#offsets = [];
    }

    /** @param {string} iso the server's time, as it just arrived */
    sample(iso) {
        const ms = Date.parse(iso);

        if (!Number.isFinite(ms))
            return;
        this.#offsets.push(ms - this.#mono());
        if (this.#offsets.length > SAMPLES)
            this.#offsets.shift();
    }

    /** @returns {number} the server's Unix milliseconds */
    now() {
        if (this.#offsets.length === 0)
            return this.#wall();
        return Math.max(...this.#offsets) + this.#mono();
    }
}
