/**
 * What devices say and hear, by the numbers of fields that the catalogue
 * publishes: all of it is varints, texts and messages, but for the envelope's
 * few fixed ones.
 */
import assert from 'node:assert/strict';

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5; // kinds on the wire

const ENVELOPE = { id: 2, room: 5, event: 6 };
const BODY = 100; // a body's field, above its event's number

/** Fields in order: [number, kind, value]; value: BigInt or Buffer. */
function* fieldsOf(data) {
    let at = 0;
    const varint = () => {
        let value = 0n;

        for (let shift = 0n; ; shift += 7n) {
            const byte = data[at++];

            value |= BigInt(byte & 127) << shift;
            if (byte < 128)
                return BigInt.asIntN(64, value);
        }
    };
    const bytes = count => data.subarray(at, at += count);

    while (at < data.length) {
        const key = Number(varint());
        const kind = key & 7;

        yield [key >> 3, kind, kind === VARINT ? varint()
            : bytes(kind === BYTES ? Number(varint())
                : { [FIXED64]: 8, [FIXED32]: 4 }[kind])];
    }
}

function varint(value) {
    const bytes = [];
    let left = BigInt.asUintN(64, BigInt(value));

    for (; left > 127n; left >>= 7n)
        bytes.push(Number(left & 127n) | 128);
    return Buffer.from([...bytes, Number(left)]);
}

const tagged = (number, kind, ...parts) =>
    Buffer.concat([varint(number << 3 | kind), ...parts]);

const sized = (number, data) =>
    tagged(number, BYTES, varint(data.length), data);

export class Protobuf {
    constructor({ events, types, words }) {
        this.events = events;
        this.types = new Map(types.map(row => [row.name, row.fields]));
        this.words = new Map(words.map(row => [row.name, row.words]));
    }

    /** {id, room, name, payload} of an envelope. */
    read(data) {
        const envelope = {};

        for (const [number, kind, value] of fieldsOf(data)) {
            const event = this.events.find(
                row => row.number === number - BODY);

            if (number === ENVELOPE.id)
                envelope.id = value.toString('hex');
            else if (number === ENVELOPE.room)
                envelope.room = value.toString();
            else if (event && kind === BYTES) {
                envelope.name = event.name;
                envelope.payload = this.#readPart(event.fields, value);
            }
        }
        return envelope;
    }

    #readPart(fields, data) {
        const part = {};

        for (const [number, , value] of fieldsOf(data)) {
            const field = fields.find(row => row.number === number) ??
                { name: `field ${number}`, type: 'string' };
            const one = this.#readValue(field.type, value);

            // A list has a limit of its own.
            if (field.maxItems === undefined)
                part[field.name] = one;
            else
                part[field.name] = [...part[field.name] ?? [], one];
        }
        return part;
    }

    #readValue(type, value) {
        if (this.types.has(type))
            return this.#readPart(this.types.get(type), value);
        switch (type) {
        case 'string': return value.toString();
        case 'moment': return new Date(Number(value)).toISOString();
        case 'boolean': return value !== 0n;
        case 'integer': return Number(value);
        default: return this.words.get(type)[Number(value) - 1];
        }
    }

    /** An envelope of this event, with a ULID's 16 bytes. */
    write(name, payload, id) {
        const { number, fields } = this.events.find(row => row.name === name);

        return Buffer.concat([sized(ENVELOPE.id, id),
            tagged(ENVELOPE.event, VARINT, varint(number)),
            sized(BODY + number, this.#writePart(fields, payload))]);
    }

    #writePart(fields, part) {
        return Buffer.concat(Object.entries(part).flatMap(([name, value]) => {
            const { number, type } = fields.find(row => row.name === name) ??
                assert.fail(`there is no field ${name}`);

            return [value].flat().map(one =>
                this.#writeValue(number, type, one));
        }));
    }

    #writeValue(number, type, value) {
        if (this.types.has(type))
            return sized(number, this.#writePart(this.types.get(type), value));
        switch (type) {
        case 'string': return sized(number, Buffer.from(value));
        case 'moment':
            return tagged(number, VARINT, varint(new Date(value).valueOf()));
        case 'boolean': return tagged(number, VARINT, varint(Number(value)));
        case 'integer': return tagged(number, VARINT, varint(value));
        default: return tagged(number, VARINT,
            varint(this.words.get(type).indexOf(value) + 1));
        }
    }
}
