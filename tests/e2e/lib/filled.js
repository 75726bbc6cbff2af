/**
 * Payloads in which every field is there, down to the last part, by what
 * `dumbwaiter catalogue --format json` says of each event: a new field is
 * filled as soon as it is in the tables.
 */

const DEEPEST = 6; // parts within parts

export class Filler {
    /** @param {object} catalogue parsed */
    constructor({ events, types, words }) {
        this.events = new Map(events.map(row => [row.name, row]));
        this.types = new Map(types.map(row => [row.name, row.fields]));
        this.words = new Map(words.map(row => [row.name, row.words]));
    }

    /** May somebody write there what he likes? */
    isText(field) {
        return field.type === 'string' && field.grammar === 'text';
    }

    /**
     * @param {string} event
     * @param {(field: object, path: string) => any} choose a value, by the
     *     path of names from the payload on; undefined: something valid;
     *     null: it is left out
     */
    payload(event, choose) {
        return this.#part(this.events.get(event).fields, '', choose, 0);
    }

    #part(fields, above, choose, depth) {
        return Object.fromEntries(fields.flatMap(field => {
            const path = above ? `${above}.${field.name}` : field.name;
            const given = choose(field, path);
            const value = given === undefined
                ? this.#value(field, path, choose, depth) : given;

            return value === null ? [] : [[field.name,
                field.maxItems === undefined || Array.isArray(value)
                    ? value : [value]]];
        }));
    }

    #value(field, path, choose, depth) {
        if (this.types.has(field.type))
            return depth === DEEPEST ? null
                : this.#part(this.types.get(field.type), path, choose,
                    depth + 1);
        switch (field.type) {
        case 'string': return 'x1';
        case 'moment': return new Date().toISOString();
        case 'boolean': return true;
        case 'integer': return Math.max(field.minimum ?? 0, 1);
        default: return this.words.get(field.type)[0];
        }
    }

    /** [event, path, field] of each text, of the events that `is` fits. */
    texts(is) {
        const found = [];

        for (const [name, row] of this.events)
            if (is(row))
                this.payload(name, (field, path) => {
                    if (this.isText(field))
                        found.push({ event: name, path, field });
                    return undefined;
                });
        return found;
    }
}
