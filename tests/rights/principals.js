/**
 * Tokens of everybody who may come to the door, signed with the daemon's own
 * key: a thousand of them cost nothing, and some say what no command would.
 */
import { createHmac, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const HOURS = 3600 * 1000;

const encode = value =>
    Buffer.from(JSON.stringify(value)).toString('base64url');

export function ulid(ms) {
    let value = BigInt(ms) << 80n |
        BigInt(`0x${randomBytes(10).toString('hex')}`);
    let text = '';

    for (let i = 0; i < 26; i++, value >>= 5n)
        text = DIGITS[Number(value & 31n)] + text;
    return text;
}

/** Signs as the daemon does: its key, and the header of a token it has made. */
export class Mint {
    static async open(daemon) {
        const mint = new Mint();

        mint.key = fs.readFileSync(path.join(daemon.data, 'token.key'));
        mint.sample = (await daemon.token('waiter', '--tables', '5,6'));
        [mint.header] = mint.sample.split('.');
        return mint;
    }

    sign(claims) {
        const text = `${this.header}.${encode(claims)}`;

        return `${text}.${createHmac('sha256', this.key).update(text)
            .digest('base64url')}`;
    }

    /** A principal; `lasts` may be negative: it has expired. */
    make(name, claims, { lasts = HOURS, site = 'main' } = {}) {
        const now = Date.now();
        const issued = lasts < 0 ? now + lasts - HOURS : now;
        const all = { iss: 'dumbwaiter', aud: 'dumbwaiter', jti: ulid(issued),
            site, sub: name, iat: Math.floor(issued / 1000),
            exp: Math.floor((issued + Math.abs(lasts)) / 1000), ...claims };

        if (lasts < 0)
            all.exp = Math.floor((now + lasts) / 1000);
        return { name, site: all.site, claims: all, token: this.sign(all),
            issuedAt: issued, expiresAt: all.exp * 1000 };
    }

    /** The same bearer with a new token under another subject. */
    again(who, sub) {
        if (!who.claims)
            return who;
        const { iss, aud, jti, iat, exp, ...claims } = who.claims;

        return { ...this.make(who.name, { ...claims, sub }),
            session: who.session };
    }
}

/** Who may come now: [name, claims, options]. */
const HERE = [
    ['backend', { roles: ['backend'] }],
    ['pos', { roles: ['pos'] }],
    ['kitchen', { roles: ['kitchen'] }],
    ['cook-of-grill', { roles: ['kitchen'], stations: ['grill'] }],
    ['waiter', { roles: ['waiter'] }],
    ['waiter-of-hall', { roles: ['waiter'], tables: ['5', 'zone:spare'] }],
    ['manager', { roles: ['manager'] }],
    ['admin', { roles: ['admin'] }],
    ['guest-5', { roles: ['table'], table: '5' }],
    ['guest-6', { roles: ['table'], table: '6' }],
    ['pool', { roles: ['pool'] }],
    ['user-1', { roles: ['user'] }],
    ['printer-1', { roles: ['device'], device: 'printer-1' }],
    ['pager-5', { roles: ['device'], device: 'pager-5' }],
    ['button-5', { roles: ['device'], device: 'button-5' }],
    ['buzzer-1', { roles: ['device'], device: 'buzzer-1' }],
    // Several roles at once.
    ['cook-and-waiter', { roles: ['kitchen', 'waiter'] }],
    ['grill-and-hall', { roles: ['kitchen', 'waiter'], stations: ['grill'],
        tables: ['5', 'zone:spare'] }],
    ['guest-with-account', { roles: ['table', 'user'], table: '5' }],
    ['admin-and-cook', { roles: ['admin', 'kitchen'] }],
    ['guest-who-waits', { roles: ['table', 'waiter'], table: '6',
        tables: ['5', 'zone:spare'] }],
    ['pool-and-device', { roles: ['pool', 'device'], device: 'pager-6' }],
    // Of another restaurant: all that it may is there.
    ['waiter-elsewhere', { roles: ['waiter'] }, { site: 'harbour' }],
    ['guest-5-elsewhere', { roles: ['table'], table: '5' },
        { site: 'harbour' }],
    ['admin-elsewhere', { roles: ['admin'] }, { site: 'harbour' }],
];

/** Who finds the door shut. The story revokes the first two. */
const SHUT = [
    ['lost-tablet', { roles: ['kitchen'] }],
    ['dismissed', { roles: ['waiter', 'admin'] }],
    ['expired', { roles: ['backend'] }, { lasts: -60000 }],
    ['from-nowhere', { roles: ['backend'] }, { site: 'nowhere' }],
    ['would-be-hub', { roles: ['hub'] }],
    ['chef', { roles: ['chef', 'owner'] }],
    ['link', { roles: ['admin'], use: 'link', ttl: 3600 }],
];

const make = mint => ([name, ...rest]) => mint.make(name, ...rest);

/** Before the story: those whom it will shut out. */
export const early = mint => [
    ...SHUT.map(make(mint)),
    mint.make('guest-before', { roles: ['table'], table: '5' }),
    { name: 'nobody', site: 'main', claims: null, token: null },
].map(who => ({ ...who, kind: 'shut' }));

/** After it. */
export const present = mint => HERE.map(make(mint));
