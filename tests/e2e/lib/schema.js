/**
 * Does a value fit a schema of the AsyncAPI document? Knows the keywords that
 * `dumbwaiter catalogue` prints and no others: one that is new here throws.
 */

const SAYS_NOTHING = new Set(['default', 'description']);

const types = {
    array: Array.isArray,
    boolean: value => typeof value === 'boolean',
    integer: Number.isInteger,
    object: value => isObject(value),
    string: value => typeof value === 'string',
};

const isObject = value =>
    typeof value === 'object' && value !== null && !Array.isArray(value);

/* RFC 3339; a day that does not exist moves when it is printed again. */
function isMoment(text) {
    const [, date, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/
        .exec(text) ?? [];

    if (!date)
        return false;
    const at = new Date(`${date}T${time}Z`);

    return !Number.isNaN(at.valueOf()) && at.toISOString().startsWith(date);
}

const members = value => isObject(value) ? Object.entries(value) : [];

/** What is wrong, each as "path: keyword"; empty if it fits. */
export class Schemas {
    constructor(document) {
        this.document = document;
    }

    follow(ref) {
        return ref.slice(2).split('/')
            .reduce((at, name) => at[name], this.document);
    }

    faults(schema, value, path = '') {
        return Object.entries(schema).flatMap(([keyword, rule]) => {
            if (SAYS_NOTHING.has(keyword))
                return [];
            if (!keywords[keyword])
                throw new Error(`what is ${keyword}?`);
            const found = keywords[keyword].call(
                this, rule, value, path, schema);

            return found === true ? []
                : found === false ? [`${path || '.'}: ${keyword}`] : found;
        });
    }

    /** The members that a schema speaks of: [name, schema]. */
    known(schema) {
        return [
            ...Object.entries(schema.properties ?? {}),
            ...schema.$ref ? this.known(this.follow(schema.$ref)) : [],
            ...(schema.allOf ?? []).flatMap(part => this.known(part)),
        ];
    }

    /** The paths of members that it does not speak of. */
    strangers(schema, value, path = '') {
        if (Array.isArray(value))
            return value.flatMap((item, i) => this.strangers(
                schema.items ?? {}, item, `${path}[${i}]`));
        const known = this.known(schema);

        return known.length === 0 ? []
            : members(value).flatMap(([name, item]) => {
                const own = known.filter(([other]) => other === name);

                return own.length === 0 ? [`${path}.${name}`]
                    : this.strangers({ allOf: own.map(([, part]) => part),
                        items: own.at(-1)[1].items }, item, `${path}.${name}`);
            });
    }
}

/* True, false, or the faults within. A null is as good as not there. */
const keywords = {
    $ref(rule, value, path) {
        return this.faults(this.follow(rule), value, path);
    },
    allOf(rule, value, path) {
        return rule.flatMap(schema => this.faults(schema, value, path));
    },
    anyOf(rule, value) {
        return rule.some(schema => this.faults(schema, value).length === 0);
    },
    type: (rule, value) => types[rule](value),
    const: (rule, value) => value === rule,
    enum: (rule, value) => rule.includes(value),
    properties(rule, value, path) {
        return members(value).flatMap(([name, item]) =>
            Object.hasOwn(rule, name) && item !== null
                ? this.faults(rule[name], item, `${path}.${name}`) : []);
    },
    required: (rule, value) => !isObject(value) || rule.every(
        name => Object.hasOwn(value, name) && value[name] !== null),
    items(rule, value, path) {
        return !Array.isArray(value) || value.flatMap((item, i) =>
            this.faults(rule, item, `${path}[${i}]`));
    },
    maxItems: (rule, value) => !Array.isArray(value) || value.length <= rule,
    minimum: (rule, value) => !(value < rule),
    maximum: (rule, value) => !(value > rule),
    maxLength: (rule, value) =>
        typeof value !== 'string' || [...value].length <= rule,
    pattern: (rule, value) =>
        typeof value !== 'string' || new RegExp(rule, 'u').test(value),
    format: (rule, value) => rule === 'binary' || isMoment(value),
};
