/**
 * As much of subprotocol dumbwaiter.v1.pb as a listener needs, written by hand
 * from schemas/native.proto: what it says to join, and what it is told.
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function varint(number) {
    const out = [];

    do {
        out.push(number % 128 + (number >= 128 ? 128 : 0));
        number = Math.floor(number / 128);
    } while (number > 0);
    return Buffer.from(out);
}

const field = (number, bytes) => Buffer.concat([varint(number * 8 + BYTES),
    varint(bytes.length), Buffer.from(bytes)]);

/** ClientMessage.join */
export function join(rooms, after) {
    return field(2, Buffer.concat([
        ...rooms.map(room => field(2, Buffer.from(room))),
        ...after ? [field(3, Buffer.from(after))] : []]));
}

/** {number: [value, …]}: numbers and Buffers. */
function fields(bytes) {
    const found = {};
    let at = 0;
    const number = () => {
        let value = 0;
        let weight = 1;

        for (;;) {
            const byte = bytes[at++];

            if (byte === undefined)
                throw new Error('a varint ends in the middle');
            value += byte % 128 * weight;
            weight *= 128;
            if (byte < 128)
                return value;
        }
    };
    const take = len => {
        if (at + len > bytes.length)
            throw new Error('a field ends in the middle');
        at += len;
        return bytes.subarray(at - len, at);
    };

    while (at < bytes.length) {
        const key = number();
        const read = { [VARINT]: number, [FIXED64]: () => take(8),
            [BYTES]: () => take(number()), [FIXED32]: () => take(4) };

        (found[Math.floor(key / 8)] ??= []).push(read[key % 8]());
    }
    return found;
}

const first = (found, number) => found[number]?.[0];
const text = bytes => bytes?.toString();

/** ServerMessage, as far as it concerns a listener, as /ws says it in JSON. */
export function read(bytes) {
    const message = fields(bytes);
    const [event, joined, beat] = [2, 4, 7].map(number => message[number] &&
        fields(first(message, number)));

    if (event)
        return { op: 'event', seq: first(event, 4),
            cursor: text(first(message, 8)) };
    if (joined)
        return { op: 'ok', recovered: first(joined, 3) === 1,
            seq: first(joined, 4), cursor: text(first(joined, 6)) };
    if (beat)
        return { op: 'heartbeat', events: first(beat, 3), rooms: Object.fromEntries(
            (beat[2] ?? []).map(fields).map(room =>
                [text(first(room, 1)), first(room, 2)])) };
    return { op: message[1] ? 'ready' : 'other' };
}
