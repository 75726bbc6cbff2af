/**
 * What a session of Socket.IO has to do with one packet, told from the
 * protocol alone: what it answers, or how it ends. And packets to ask it about,
 * most of them sensible.
 */

export const MAX_PAYLOAD = 20000;
const ATTACHMENTS_MAX = 4;
const NAMESPACES = ['/', '/custom', '/nope'];

/** How a session ends: the code of the WebSocket's close. */
export const BYE = 1000;
export const BAD = 4400;
export const LARGE = 1009;

/** Numbers that a seed repeats. */
export class Random {
    constructor(seed) {
        this.state = seed >>> 0;
    }

    /** From 0 up to, not including, `count`. */
    below(count) {
        let x = this.state = (this.state + 0x6d2b79f5) >>> 0;

        x = Math.imul(x ^ x >>> 15, x | 1);
        x ^= x + Math.imul(x ^ x >>> 7, x | 61);
        return ((x ^ x >>> 14) >>> 0) % count;
    }

    chance(percent) {
        return this.below(100) < percent;
    }

    pick(list) {
        return list[this.below(list.length)];
    }
}

/* Text that is no packet, in every state. */
const NO_PACKETS = ['', 'x', '7', 'c', '4', '4abc', '49', '42', '42{}',
    '42[]', '42[1]', '42["connect"]', '42["disconnecting",1]', '42["a"', '42"a"',
    '42["a",]', '42["a",{"b":1,"b":2}]', '42-1["a"]', '42a["a"]', '4201["a"]',
    '43["no id"]', '431{}', '40[]', '40"x"', '40{', '41{}', '44', '44[]',
    '45["a"]', '45-["a"]', '451["a"]', '451-', '4501-["a"]', '45-1-["a"]',
    '452-["a",{"_placeholder":true,"num":2}]', '461-["no id"]', '46["a"]',
    '451-["a",{"_placeholder":true}]', '42/custom["a"]', '42/cu\u0001,["a"]',
    '42["\\x"]', '2', '2probe', '42["a"]\u0000'];

/* … and one that is larger than something may be. */
const TOO_LARGE = [`42/${'n'.repeat(64)},["a"]`, '429007199254740992["a"]',
    '455-["a"]', '4599999999999999999999-["a"]', `42["${'n'.repeat(65)}"]`,
    `42["a"${',0'.repeat(17)}]`];

const ARGUMENTS = ['', '1', '"two","drei"', '{"a":[1,{"b":null}]}',
    '"\\u00e9\\ud83d\\ude00 \\"é"', '[[[[]]]],-1.5e3', `"${'x'.repeat(300)}"`];

const head = nsp => nsp === '/' ? '' : `${nsp},`;

export class Oracle {
    /** @param {Random} random */
    constructor(random) {
        this.random = random;
        this.inside = new Set();
        this.parcel = null; // a binary event whose bytes are to come
    }

    #nsp() {
        if (this.inside.size > 0 && !this.random.chance(4))
            return this.random.pick([...this.inside]);
        return this.random.pick(NAMESPACES);
    }

    /** {send, replies, end}: a packet, what it is answered, how that ends. */
    next() {
        const { random } = this;

        if (random.chance(3))
            return this.#nonsense();
        if (random.chance(4))
            return this.#engine();
        if (this.parcel ? !random.chance(3) : random.chance(1))
            return this.#bytes();
        if (this.inside.size === 0 ? !random.chance(4) : random.chance(12))
            return this.#connect();
        return random.pick([this.#event, this.#event, this.#event,
            this.#binary, this.#ack, this.#leave]).call(this);
    }

    #nonsense() {
        const { random } = this;

        if (random.chance(70))
            return { send: random.pick(NO_PACKETS), replies: [], end: BAD };
        const send = random.pick(TOO_LARGE);

        // Who is not inside, or owes bytes, hears of that first.
        const isName = /^42\["/.test(send);
        const end = this.parcel || (isName && !this.inside.has('/'))
            ? BAD : LARGE;

        return { send, replies: [], end };
    }

    #engine() {
        const send = this.random.pick(['3', '3', '6', '0', '5', '3abc', '1']);

        return { send, replies: [], end: send === '1' ? BYE : undefined };
    }

    #connect() {
        const nsp = this.random.pick(NAMESPACES);
        const send = `40${head(nsp)}${this.random.pick(['', '{}'])}`;

        if (this.parcel || this.inside.has(nsp))
            return { send, replies: [], end: BAD };
        if (nsp === '/nope')
            return { send, replies:
                ['44/nope,{"message":"Invalid namespace"}'] };
        this.inside.add(nsp);
        return { send, replies: [`40${head(nsp)}{"sid":`,
            `42${head(nsp)}["auth",{}]`] };
    }

    /** What comes back, with as many bytes. */
    #echo({ nsp, asks, id, args }, bytes) {
        const count = bytes.length ? `${bytes.length}-` : '';

        if (asks && id === '')
            return [];
        if (asks)
            return [`4${count ? 6 : 3}${count}${head(nsp)}${id}[${args}]`,
                ...bytes];
        return [`4${count ? 5 : 2}${count}${head(nsp)}["message-back"` +
            `${args && ','}${args}]`, ...bytes];
    }

    #words(nsp, args) {
        const asks = this.random.chance(40);
        const id = this.random.chance(asks ? 90 : 10)
            ? String(this.random.below(1e6)) : '';
        const name = asks ? 'message-with-ack' : 'message';

        return { nsp, asks, id, args, text:
            `${head(nsp)}${id}["${name}"${args && ','}${args}]` };
    }

    #event() {
        const nsp = this.#nsp();
        const words = this.#words(nsp, this.random.pick(ARGUMENTS));
        const send = `42${words.text}`;

        if (this.parcel || !this.inside.has(nsp))
            return { send, replies: [], end: BAD };
        return { send, replies: this.#echo(words, []) };
    }

    #binary() {
        const nsp = this.#nsp();
        const count = this.random.below(ATTACHMENTS_MAX + 1);
        const words = this.#words(nsp, Array.from({ length: count },
            (_, i) => `{"_placeholder":true,"num":${i}}`).join(','));
        const send = `45${count}-${words.text}`;

        if (this.parcel || !this.inside.has(nsp))
            return { send, replies: [], end: BAD };
        if (count === 0)
            return { send, replies: this.#echo(words, []) };
        this.parcel = { words, count, bytes: [] };
        return { send, replies: [] };
    }

    #bytes() {
        const { parcel } = this;
        const send = Buffer.alloc(this.random.below(40), 'bytes');

        if (!parcel)
            return { send, replies: [], end: BAD };
        if (parcel.bytes.push(send) < parcel.count)
            return { send, replies: [] };
        this.parcel = null;
        return { send, replies: this.#echo(parcel.words, parcel.bytes) };
    }

    #ack() {
        const nsp = this.#nsp();
        const send = `43${head(nsp)}${this.random.below(100)}[1,"x"]`;
        const isGood = !this.parcel && this.inside.has(nsp);

        return { send, replies: [], end: isGood ? undefined : BAD };
    }

    #leave() {
        const nsp = this.#nsp();
        const send = `41${head(nsp)}`;

        if (this.parcel || !this.inside.delete(nsp))
            return { send, replies: [], end: BAD };
        return { send, replies: [] };
    }
}
