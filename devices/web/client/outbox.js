const MOST_WAITING = 100;
const MOST_UNANSWERED = 4;
const PER_SECOND = 10;

/** Why a publish or a join was refused, or why nobody knows. */
export class Refused extends Error {
    /**
     * @param {string} code  the server's word, or "timeout", "full", "closed"
     * @param {string} message a sentence for a human
     * @param {string} [field] the field at fault
     */
    constructor(code, message, field) {
        super(message);
        this.name = 'Refused';
        this.code = code;
        this.field = field;
    }
}

/**
 * What we publish, kept until the server has answered.
 *
 * In order, under ids, so that sending again after a lost connection cannot
 * make a second event. Bounded, and sent slowly enough that an hour's worth
 * of taps does not get the connection closed for its rate. Each entry has a
 * deadline: a cook must hear that "Ready" did not go out, not find it done
 * ten minutes later.
 */
export class Outbox {
    #entries = new Map(); // ref -> entry, in order
    #timers;
    #send = null;
    #unanswered = 0;
    #allowance = PER_SECOND;
    #filledAt;
    #notBefore = 0; // the server has asked to wait
    #wake = null;
    #newRef;

    /**
     * @param {import('./connection.js').Timers} timers
     * @param {() => number} newRef numbers that nobody else uses
     */
    constructor(timers, newRef) {
        this.#timers = timers;
        this.#newRef = newRef;
        this.#filledAt = timers.mono();
    }

    get size() {
        return this.#entries.size;
    }

    /**
     * @param {{id: string, event: string, payload: object}} what
     * @param {number} timeoutMs
     * @returns {Promise<import('./connection.js').Receipt>}
     */
    add(what, timeoutMs) {
        if (this.#entries.size >= MOST_WAITING)
            return Promise.reject(new Refused('full',
                `${MOST_WAITING} messages already wait to be sent.`));

        return new Promise((resolve, reject) => {
            const ref = this.#newRef();
            const entry = { ref, ...what, resolve, reject, sent: false };

            entry.deadline = this.#timers.setTimeout(() => {
                this.#close(ref)?.reject(entry.refusal ?? new Refused('timeout',
                    entry.sent ? 'No answer in time; it may have arrived.'
                        : 'No connection; it was not sent.'));
            }, timeoutMs);
            this.#entries.set(ref, entry);
            this.#pump();
        });
    }

    /**
     * Connected.
     * @param {(message: object) => void} send takes messages from now on
     */
    attach(send) {
        this.#send = send;
        this.#pump();
    }

    /** Not connected: whatever has no answer is to be sent again. */
    detach() {
        this.#send = null;
        this.#unanswered = 0;
        for (const entry of this.#entries.values())
            entry.sent = false;
    }

    /** One of them was too large for the server; surely the largest. */
    refuseLargest() {
        const size = entry => JSON.stringify(entry.payload ?? null).length;
        const [largest] = [...this.#entries.values()]
            .filter(entry => entry.sent).sort((a, b) => size(b) - size(a));

        if (largest)
            this.#close(largest.ref).reject(new Refused('too_large',
                'This is more than the server takes.'));
    }

    /** The server's answer. @returns {boolean} was it for us? */
    answer(message) {
        if (message.op === 'error' && message.retryAfterMs > 0 &&
            this.#entries.has(message.ref)) {
            this.#putBack(this.#entries.get(message.ref), message);
            return true;
        }
        const entry = this.#close(message.ref);

        if (!entry)
            return false;
        if (message.op === 'ok') {
            const { id, seq, epoch, duplicate } = message;
            entry.resolve({ id: id ?? entry.id, seq, epoch,
                duplicate: duplicate === true });
        } else {
            entry.reject(new Refused(message.code ?? 'error',
                message.message ?? 'Refused.', message.field));
        }
        return true;
    }

    /** Nothing will be sent any more. */
    finish() {
        this.detach();
        for (const ref of [...this.#entries.keys()])
            this.#close(ref).reject(new Refused('closed',
                'The connection was closed for good.'));
        this.#timers.clearTimeout(this.#wake);
        this.#wake = null;
    }

    /** Not now: once more when the server says, if there is time for it. */
    #putBack(entry, { code, message, field, retryAfterMs }) {
        entry.refusal = new Refused(code ?? 'error', message ?? 'Refused.',
            field);
        if (entry.sent)
            this.#unanswered--;
        entry.sent = false;
        this.#notBefore = Math.max(this.#notBefore,
            this.#timers.mono() + retryAfterMs);
        this.#pump();
    }

    #close(ref) {
        const entry = this.#entries.get(ref);

        if (!entry)
            return null;
        this.#timers.clearTimeout(entry.deadline);
        this.#entries.delete(ref);
        if (entry.sent)
            this.#unanswered--;
        this.#pump();
        return entry;
    }

    #pump() {
        this.#refill();
        for (const entry of this.#entries.values()) {
            if (!this.#send || this.#unanswered >= MOST_UNANSWERED)
                return;
            if (entry.sent)
                continue;
            const wait = this.#notBefore - this.#timers.mono();

            if (wait > 0 || this.#allowance < 1) {
                this.#pumpLater(Math.max(wait, 1000 / PER_SECOND));
                return;
            }
            this.#allowance--;
            this.#unanswered++;
            entry.sent = true;
            this.#send({ op: 'publish', ref: entry.ref, id: entry.id,
                event: entry.event, payload: entry.payload });
        }
    }

    #refill() {
        const now = this.#timers.mono();
        const earned = (now - this.#filledAt) * PER_SECOND / 1000;

        this.#allowance = Math.min(PER_SECOND, this.#allowance + earned);
        this.#filledAt = now;
    }

    #pumpLater(ms) {
        if (this.#wake !== null)
            return;
        this.#wake = this.#timers.setTimeout(() => {
            this.#wake = null;
            this.#pump();
        }, ms);
    }
}
