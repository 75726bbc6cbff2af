/** Chance from a seed, so that a run can be played again. */

/** 32 bits of state; the same seed, the same numbers. */
export class Chance {
    constructor(seed) {
        this.seed = seed >>> 0;
        this.state = this.seed;
    }

    /** 0 <= r < 1 */
    random() {
        let mixed = this.state = this.state + 0x6d2b79f5 >>> 0;

        mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
        return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
    }

    /** 0 to below - 1 */
    draw(below) {
        return Math.floor(this.random() * below);
    }

    between(least, most) {
        return least + this.random() * (most - least);
    }

    is(percent) {
        return this.random() * 100 < percent;
    }

    pick(list) {
        return list[this.draw(list.length)];
    }
}

/** Median and so on of numbers, as text. */
export function spread(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const at = part => Math.round(
        sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);

    return sorted.length === 0 ? 'none' : `least ${at(0)}, median ${at(0.5)}` +
        `, 95 % ${at(0.95)}, most ${at(1)}`;
}
