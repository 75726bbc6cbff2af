const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A ULID: 48 bits of time, 80 random bits, 26 characters that sort by time.
 * @param {number} [ms] Unix milliseconds
 * @returns {string}
 */
export function ulid(ms = Date.now()) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    let time = Math.max(0, Math.floor(ms));
    let text = '';

    for (let i = 0; i < 10; i++) {
        text = DIGITS[time % 32] + text;
        time = Math.floor(time / 32);
    }
    for (const byte of random)
        text += DIGITS[byte % 32];
    return text;
}
