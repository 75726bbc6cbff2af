/**
 * Listeners by name. A listener that throws is reported and does not keep
 * the others, or the connection, from going on.
 */
export class Emitter {
    #listeners = new Map();

    /**
     * @param {string} name
     * @param {(detail: any) => void} listener
     * @returns {() => void} takes the listener off again
     */
    on(name, listener) {
        if (!this.#listeners.has(name))
            this.#listeners.set(name, new Set());
        this.#listeners.get(name).add(listener);
        return () => this.#listeners.get(name).delete(listener);
    }

    /** @protected */
    emit(name, detail) {
        for (const listener of this.#listeners.get(name) ?? []) {
            try {
                listener(detail);
            } catch (error) {
                console.error(`dumbwaiter: a "${name}" listener failed`,
                    error);
            }
        }
    }
}
