/**
 * The one judge: reads what publishers, listeners and devices have witnessed
 * and what lies in the journal, and says which promise was broken.
 *
 *     node judge.js FILE...          lines of JSON, the journal's first
 *
 * A line is {"t": kind, ...}:
 *
 *   journalled  seq, id, source, key, event, rooms   what lies on disk
 *   alias       seq, source, key                     a key that stands for it
 *   told        audience, seq, name                  what a dialect makes of it
 *   said        by, key, body                        body: a hash, any text
 *   answered    by, key, id?, seq, epoch, duplicate
 *   refused     by, key, code                        for good
 *   joined      client, role, rooms | audience, recovered, seq?, epoch?
 *   received    client, seq, id?, name
 *   heartbeat   client, rooms: {room: seq}
 *   ended       client, upto                         it was waited for
 *   printed     device, job, copy?
 *   restarted   ms
 *   counted     after, upto, accepted                over one life
 *
 * A snapshot is a `joined` with recovered:false, and covers all up to its
 * `seq`; without one (Socket.IO) a client answers from what it hears first.
 * It reads each line once and keeps of a listener no more than where it is.
 */
import fs from 'node:fs';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

/** What may be broken, by name. */
export const RULES = {
    lost: 'what was acknowledged is in the journal, as it was acknowledged',
    unanswered: 'whoever asks until it is answered is answered',
    'two effects': 'one key makes one event',
    'another answer': 'the same key is given the same answer',
    conflict: 'a key stands for one statement',
    gap: 'the journal numbers its events without a gap',
    epoch: 'one journal has one epoch',
    hole: 'nobody is told of what comes later and not of what was before',
    undelivered: 'whoever listens has all of it in the end',
    order: 'a room is told in the order of the journal',
    repeated: 'nobody is told of an event twice',
    forged: 'nothing is told that is not in the journal like that',
    unentitled: 'nobody is told what its rooms and role do not show',
    'went back': 'a picture is never older than what was told',
    heartbeat: 'a heartbeat names the newest event of a room that was told',
    'printed twice': 'a ticket is printed once, or says that it is a copy',
    sum: 'as many events as were accepted are in the journal',
};

const KEPT_VIOLATIONS = 8; // of each rule; the rest is counted

/** Who is told what of the journal, in order. */
class Audience {
    constructor(entries) {
        this.entries = entries; // {seq, name, rooms, must}
        this.index = new Map(entries.map(
            ({ seq, name }, i) => [`${seq} ${name}`, i]));
    }

    /** The first entry after `seq`. */
    after(seq) {
        let low = 0;
        let high = this.entries.length;

        while (low < high) {
            const middle = (low + high) >> 1;

            if (this.entries[middle].seq <= seq)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

class Listener {
    audience = null;
    next = -1; // of the audience's entries; -1: not known yet
    heard = 0; // seq
    floor = 0; // seq that the last snapshot covers
    upto = -1; // it was waited for, up to here
    tops = new Map(); // room -> seq
    skipped = new Map(); // index -> has it to be told
}

export class Judge {
    /** @param {object[]} events of `dumbwaiter catalogue --format json` */
    constructor(events = []) {
        this.kinds = new Map(events.map(event => [event.name, event]));
    }

    violations = []; // {rule, text}
    broken = {}; // rule -> how often
    counts = { journalled: 0, said: 0, answered: 0, duplicates: 0,
        refused: 0, listeners: 0, received: 0, resumed: 0, snapshots: 0,
        heartbeats: 0, printed: 0, restarts: 0 };
    #journal = new Map(); // seq -> record
    #keys = new Map(); // source and key -> seq
    #last = 0;
    #epoch = null;
    #said = new Map(); // who and key -> {body, answer, refused}
    #told = new Map(); // audience -> entries
    #audiences = new Map();
    #listeners = new Map();
    #jobs = new Map();
    #sums = [];

    #break(rule, text) {
        this.broken[rule] = (this.broken[rule] ?? 0) + 1;
        if (this.broken[rule] <= KEPT_VIOLATIONS)
            this.violations.push({ rule, text });
    }

    /** Take one line. */
    hear(line) {
        const take = this[`on_${line.t}`];

        if (!take)
            throw new Error(`no such line: ${JSON.stringify(line)}`);
        take.call(this, line);
    }

    /* --- the journal --- */

    on_journalled(record) {
        const key = `${record.source} ${record.key}`;

        this.counts.journalled++;
        if (this.#last && record.seq !== this.#last + 1)
            this.#break('gap', `${record.seq} follows ${this.#last}`);
        this.#last = record.seq;
        this.#journal.set(record.seq, record);
        if (!record.key)
            return;
        if (this.#keys.has(key))
            this.#break('two effects', `${key} made ` +
                `${this.#keys.get(key)} and ${record.seq}`);
        else
            this.#keys.set(key, record.seq);
    }

    on_alias({ seq, source, key }) {
        const whole = `${source} ${key}`;

        if (this.#keys.has(whole))
            this.#break('two effects', `${whole} stands for ` +
                `${this.#keys.get(whole)} and ${seq}`);
        else
            this.#keys.set(whole, seq);
    }

    on_told({ audience, seq, name }) {
        if (!this.#told.has(audience))
            this.#told.set(audience, []);
        this.#told.get(audience).push({ seq, name, rooms: [], must: true });
    }

    on_counted(line) {
        this.#sums.push(line);
    }

    /* --- publishers --- */

    on_said({ by, key, body = '' }) {
        const known = this.#said.get(`${by} ${key}`);

        this.counts.said++;
        if (known && known.body !== body)
            known.others = true;
        else if (!known)
            this.#said.set(`${by} ${key}`, { body });
    }

    on_refused({ by, key }) {
        const said = this.#said.get(`${by} ${key}`);

        this.counts.refused++;
        if (said)
            said.refused = true;
    }

    on_answered({ by, key, id, seq, epoch, duplicate }) {
        const said = this.#said.get(`${by} ${key}`) ?? {};
        const answer = `${seq} ${id} ${epoch}`;

        this.counts.answered++;
        this.counts.duplicates += Boolean(duplicate);
        this.#said.set(`${by} ${key}`, said);
        if (this.#epoch !== null && epoch !== this.#epoch)
            this.#break('epoch', `${by} ${key}: ${this.#epoch}, ${epoch}`);
        this.#epoch = epoch;
        if (said.others)
            this.#break('conflict', `${by} ${key}: ${answer}`);
        if (said.answer && said.answer !== answer)
            this.#break('another answer',
                `${by} ${key}: ${said.answer}, ${answer}`);
        said.answer = answer;
        this.#find(`${by} ${key}`, seq, id);
    }

    #find(key, seq, id) {
        const record = this.#journal.get(seq);

        if (!record)
            this.#break('lost', `${key}: there is no ${seq}`);
        else if (id !== undefined && record.id !== id)
            this.#break('lost', `${key}: ${seq} is ${record.id}, not ${id}`);
        else if (this.#keys.get(key) !== seq)
            this.#break('lost', `${key} does not stand for ${seq}`);
    }

    /* --- listeners --- */

    #entries(role, rooms) {
        const entries = [];

        for (const record of this.#journal.values()) {
            const kind = this.kinds.get(record.event);
            const shared = record.rooms.filter(room => rooms.includes(room));
            const sees = !kind || Object.values(kind.views)
                .some(roles => roles.some(one => role.includes(one)));

            if (shared.length && sees)
                entries.push({ seq: record.seq, name: record.event,
                    rooms: shared, must: !kind || kind.keep === 'all' });
        }
        return entries;
    }

    #audience({ audience, role = '', rooms }) {
        const roles = role.split(',');
        const name = audience ?? `${role} ${[...rooms].sort()}`;

        if (!this.#audiences.has(name))
            this.#audiences.set(name, new Audience(audience
                ? this.#told.get(audience) ?? []
                : this.#entries(roles, rooms)));
        return this.#audiences.get(name);
    }

    #listener(name) {
        if (!this.#listeners.has(name)) {
            this.#listeners.set(name, new Listener());
            this.counts.listeners++;
        }
        return this.#listeners.get(name);
    }

    on_joined(line) {
        const listener = this.#listener(line.client);

        listener.audience ??= this.#audience(line);
        if (line.epoch !== undefined && this.#epoch !== null &&
            line.epoch !== this.#epoch)
            this.#break('epoch',
                `${line.client}: ${this.#epoch}, ${line.epoch}`);
        if (line.recovered) {
            this.counts.resumed++;
            return;
        }
        this.counts.snapshots++;
        listener.skipped.clear();
        listener.tops.clear();
        if (line.seq === undefined) {
            listener.next = -1;
            return;
        }
        if (line.seq < listener.heard)
            this.#break('went back', `${line.client}: as of ${line.seq}, ` +
                `had heard ${listener.heard}`);
        listener.floor = line.seq;
        listener.next = listener.audience.after(line.seq);
    }

    on_received({ client, seq, id, name }) {
        const listener = this.#listener(client);
        const record = this.#journal.get(seq);
        const at = listener.audience?.index.get(`${seq} ${name}`);

        this.counts.received++;
        if (!record || id !== undefined && record.id !== id ||
            at === undefined && record.event !== name &&
            !listener.audience?.entries.some(e => e.name === name))
            this.#break('forged', `${client}: ${seq} ${name} ${id ?? ''}`);
        else if (at === undefined)
            this.#break('unentitled', `${client}: ${seq} ${name}`);
        else
            this.#move(client, listener, at);
    }

    #move(client, listener, at) {
        const { entries } = listener.audience;
        const { seq, rooms } = entries[at];

        if (listener.next < 0)
            listener.next = at;
        if (at < listener.next) {
            this.#break(listener.skipped.delete(at) ? 'order' : 'repeated',
                `${client}: ${seq} after ${listener.heard}`);
            return;
        }
        for (let i = listener.next; i < at; i++)
            listener.skipped.set(i, entries[i].must);
        listener.next = at + 1;
        listener.heard = seq;
        for (const room of rooms)
            listener.tops.set(room, seq);
    }

    on_heartbeat({ client, rooms }) {
        const listener = this.#listener(client);

        this.counts.heartbeats++;
        for (const [room, top] of Object.entries(rooms)) {
            const told = listener.tops.get(room) ?? 0;

            if (top > Math.max(told, listener.floor) || top < told)
                this.#break('heartbeat', `${client}: ${room} is at ${top}, ` +
                    `told of ${told}`);
        }
    }

    on_ended({ client, upto }) {
        this.#listener(client).upto = upto;
    }

    #endListener(client, { audience, skipped, next, upto }) {
        for (const [i, must] of skipped)
            if (must)
                this.#break('hole', `${client}: ` +
                    `${audience.entries[i].seq} ${audience.entries[i].name}`);
        for (let i = next; i >= 0 && i < audience.entries.length; i++) {
            const { seq, name, must } = audience.entries[i];

            if (must && seq <= upto)
                this.#break('undelivered', `${client}: ${seq} ${name}`);
        }
    }

    /* --- devices, and all else --- */

    on_printed({ device, job, copy }) {
        this.counts.printed++;
        if (copy)
            return;
        if (this.#jobs.has(job))
            this.#break('printed twice',
                `${job} by ${this.#jobs.get(job)} and ${device}`);
        this.#jobs.set(job, device);
    }

    on_restarted() {
        this.counts.restarts++;
    }

    /** All lines have been heard: what is broken. */
    end() {
        for (const [key, { answer, refused }] of this.#said)
            if (!answer && !refused)
                this.#break('unanswered', key);
        for (const [client, listener] of this.#listeners)
            if (listener.audience)
                this.#endListener(client, listener);
        for (const { after, upto, accepted } of this.#sums) {
            let journalled = 0;

            for (const seq of this.#journal.keys())
                journalled += seq > after && seq <= upto;
            if (journalled !== accepted)
                this.#break('sum', `${accepted} accepted, ` +
                    `${journalled} journalled from ${after} to ${upto}`);
        }
        return { violations: this.violations, broken: this.broken,
            counts: this.counts };
    }
}

/** Judge what lies in these files, the journal's first. */
export async function judgeFiles(files, events) {
    const judge = new Judge(events);

    for (const file of files)
        for await (const line of readline.createInterface({
            input: fs.createReadStream(file), crlfDelay: Infinity }))
            if (line)
                judge.hear(JSON.parse(line));
    return judge.end();
}

/** In one line each: what was seen, and what was broken. */
export function tell({ counts, violations, broken }) {
    const seen = Object.entries(counts).filter(([, n]) => n)
        .map(([what, n]) => `${n} ${what}`).join(', ');
    const rules = Object.entries(broken)
        .map(([rule, n]) => `${rule}: ${n}`).join(', ');

    return [`judge: ${seen}`, `judge: ${rules || 'no promise is broken'}`,
        ...violations.map(({ rule, text }) =>
            `  ${rule}: ${text}`)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const verdict = await judgeFiles(process.argv.slice(2));

    console.log(tell(verdict));
    process.exitCode = verdict.violations.length ? 1 : 0;
}
