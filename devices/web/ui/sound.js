/** Strikes of each signal: [start s, pitch Hz, length s, wave]. */
const SIGNALS = {
    new: [[0, 880, 0.9, 'sine'], [0.22, 1174.7, 1.2, 'sine'],
        [0.7, 880, 0.9, 'sine'], [0.92, 1174.7, 1.4, 'sine']],
    added: [[0, 988, 0.5, 'sine'], [0.16, 988, 0.9, 'sine']],
    cancel: [[0, 698.5, 0.5, 'triangle'], [0.25, 523.3, 0.5, 'triangle'],
        [0.5, 349.2, 1.0, 'triangle']],
    fault: [[0, 220, 0.18, 'square'], [0.28, 220, 0.18, 'square'],
        [0.56, 220, 0.3, 'square']],
};

const LOUDNESS = { sine: 0.5, triangle: 0.4, square: 0.12 };
const APART_MS = 1500; // ten orders at once ring once

/**
 * The screen's voice. Browsers allow no sound before somebody has touched
 * the page, so it is off until `unlock`, and `audible` never says otherwise.
 */
export class Bell {
    #context = null;
    #muted = false;
    #last = new Map();
    #onChange;

    /** @param {() => void} onChange `audible` may have changed */
    constructor(onChange) {
        this.#onChange = onChange;
    }

    get audible() {
        return this.#context?.state === 'running' && !this.#muted;
    }

    get unlocked() {
        return this.#context?.state === 'running';
    }

    /** Call from a click: nothing else counts as a gesture. */
    async unlock() {
        if (!this.#context) {
            this.#context = new AudioContext();
            this.#context.addEventListener('statechange', this.#onChange);
        }
        await this.#context.resume();
        this.#muted = false;
        this.#onChange();
    }

    toggleMute() {
        this.#muted = !this.#muted;
        this.#onChange();
    }

    /** @param {keyof typeof SIGNALS} signal @returns {boolean} heard? */
    play(signal) {
        const now = performance.now();

        if (!this.audible)
            return false;
        if (now - (this.#last.get(signal) ?? -Infinity) < APART_MS)
            return true;
        this.#last.set(signal, now);
        for (const strike of SIGNALS[signal])
            this.#strike(...strike);
        return true;
    }

    #strike(start, pitch, length, wave) {
        const from = this.#context.currentTime + start;
        const tone = new OscillatorNode(this.#context,
            { frequency: pitch, type: wave });
        const volume = new GainNode(this.#context, { gain: 0 });

        volume.gain.setValueAtTime(0.0001, from);
        volume.gain.exponentialRampToValueAtTime(LOUDNESS[wave], from + 0.01);
        volume.gain.exponentialRampToValueAtTime(0.0001, from + length);
        tone.connect(volume).connect(this.#context.destination);
        tone.start(from);
        tone.stop(from + length + 0.05);
    }
}
