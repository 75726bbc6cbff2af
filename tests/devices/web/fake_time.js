/** Time that passes when a test says so. */
export class FakeTime {
    #now = 0;
    #timers = new Map();
    #next = 1;
    #wallAt0;

    constructor(wallAt0 = Date.parse('2026-01-31T18:00:00.000Z')) {
        this.#wallAt0 = wallAt0;
        this.wall = () => this.#wallAt0 + this.#now;
        this.mono = () => this.#now;
        this.setTimeout = (fn, ms) => {
            this.#timers.set(this.#next, { fn, at: this.#now + ms });
            return this.#next++;
        };
        this.clearTimeout = timer => this.#timers.delete(timer);
    }

    /** Somebody sets the wall clock. */
    setWall(ms) {
        this.#wallAt0 = ms - this.#now;
    }

    /** Let `ms` pass and run what falls due, in order. */
    pass(ms) {
        const end = this.#now + ms;

        for (;;) {
            let due = null;

            for (const [id, timer] of this.#timers)
                if (timer.at <= end && (!due || timer.at < due.at))
                    due = { id, ...timer };
            if (!due)
                break;
            this.#timers.delete(due.id);
            this.#now = Math.max(this.#now, due.at);
            due.fn();
        }
        this.#now = end;
    }
}
