#include "bridge/auth_claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/auth_life.h"
#include "hub/evt/ulid.h"
#include "schemas/roles.h"

#define SKEW_MS      30000        /* iat may be this far ahead of our clock */
#define LAST_S       253402300799 /* the end of the year 9999 */
#define NUMBER_CHARS 16           /* digits up to 2^53 */
#define ZONE         "zone:"
#define NEVER_MS     1 /* issued before anything that we know */

/* --- finding a claim --- */

/* A claim: its value as JSON, and where libjwt has it. */
struct value {
    jwt_t *jwt;  /* borrowed, or our own copy of what it is inside of */
    jwt_t *made; /* that, or NULL */
    const char *name;
    char *json; /* NULL: there is no such claim */
};

static void value_finish(struct value *value)
{
    free(value->json);
    jwt_free(value->made);
}

/* Into the object that stands under the first `len` characters of the name. */
static bool enter(struct value *value, size_t len)
{
    char *head = strndup(value->name, len);
    char *json = head ? jwt_get_grants_json(value->jwt, head) : NULL;
    jwt_t *inner = NULL;
    bool done = json && *json == '{' && jwt_new(&inner) == 0 &&
                jwt_add_grants_json(inner, json) == 0;

    free(head);
    free(json);
    if (!done) {
        jwt_free(inner);
        return false;
    }
    jwt_free(value->made);
    value->jwt = value->made = inner;
    value->name += len + 1;
    return true;
}

/* A name with dots may be a name, as in addresses; else it is a way. */
static void find(jwt_t *jwt, const char *name, struct value *value)
{
    const char *dot;

    *value = (struct value){ .jwt = jwt, .name = name };
    do {
        value->json = jwt_get_grants_json(value->jwt, value->name);
        dot = strchr(value->name, '.');
    } while (!value->json && dot && enter(value, (size_t)(dot - value->name)));
}

bool claim_is_there(jwt_t *jwt, const char *name)
{
    char *json = jwt_get_grants_json(jwt, name);

    free(json);
    return json != NULL;
}

/* --- its value --- */

/* A string, or where numbers are taken the digits of a whole one; 1 to `size`
 * - 1 characters, all printable. */
static bool read_text(
        const struct value *value, bool takes_numbers, char *out, size_t size)
{
    const char *text = jwt_get_grant(value->jwt, value->name);
    size_t len;

    if (!text && takes_numbers && *value->json != '"' &&
            strspn(value->json, "0123456789") == strlen(value->json) &&
            strlen(value->json) <= NUMBER_CHARS)
        text = value->json;
    len = text ? strlen(text) : 0;
    if (len < 1 || len >= size)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    memcpy(out, text, len + 1);
    return true;
}

/* What is done with each text of a list; false: the list is no good. */
typedef bool on_item(void *context, const char *text);

/* ["kitchen","waiter"] as libjwt writes it, or a single text. */
static bool each_text(const char *json, on_item *take, void *context)
{
    bool is_list = *json == '[';
    const char *at = json + is_list;
    char item[PARTY_CHARS + 1];

    while (*at == '"') {
        size_t len = strcspn(at + 1, "\"\\");

        if (at[1 + len] != '"')
            return false;
        if (len < sizeof(item)) { /* longer than any that we know */
            memcpy(item, at + 1, len);
            item[len] = '\0';
            if (!take(context, item))
                return false;
        } else if (!take(context, "")) {
            return false;
        }
        at += len + 2;
        at += is_list && *at == ',';
    }
    return strcmp(at, is_list ? "]" : "") == 0;
}

bool claim_is(jwt_t *jwt, const char *name, const char *wanted)
{
    const char *text = jwt_get_grant(jwt, name);

    return text && strcmp(text, wanted) == 0;
}

/* --- times --- */

/* False: out of this world, or missing (libjwt says -1) or no whole number
 * (0). */
static bool claim_time(jwt_t *jwt, const char *name, int64_t *at_ms)
{
    long seconds = jwt_get_grant_int(jwt, name);

    if (seconds <= 0 || seconds > LAST_S)
        return false;
    *at_ms = (int64_t)seconds * 1000;
    return true;
}

/* Ours have no "nbf"; whoever shares a key may say it. */
static bool has_begun(jwt_t *jwt, int64_t now_ms)
{
    int64_t not_before_ms;

    return !claim_is_there(jwt, "nbf") ||
           (claim_time(jwt, "nbf", &not_before_ms) &&
                   not_before_ms <= now_ms + SKEW_MS);
}

/* Nobody knows when it was made: so long ago that everything that was taken
 * back is taken back from it, too. */
static bool read_issued(jwt_t *jwt, const struct issuer *issuer, int64_t now_ms,
        struct principal *who)
{
    who->skew_ms = issuer->is_other ? SKEW_MS : 0;
    if (issuer->iat_optional && !claim_is_there(jwt, "iat")) {
        who->issued_at_ms = NEVER_MS;
        return who->expires_at_ms - now_ms <= issuer->max_life_ms;
    }
    return claim_time(jwt, "iat", &who->issued_at_ms) &&
           who->issued_at_ms <= now_ms + SKEW_MS &&
           who->expires_at_ms - who->issued_at_ms <= issuer->max_life_ms;
}

static bool read_times(jwt_t *jwt, const struct issuer *issuer, int64_t now_ms,
        struct principal *who)
{
    if (!claim_time(jwt, "exp", &who->expires_at_ms) ||
            who->expires_at_ms <= now_ms ||
            !read_issued(jwt, issuer, now_ms, who))
        return false;
    if (issuer->not_after_ms && who->expires_at_ms > issuer->not_after_ms)
        who->expires_at_ms = issuer->not_after_ms;
    return has_begun(jwt, now_ms);
}

/* --- names --- */

/* A ULID says more precisely than iat when it was made. */
static void read_id(jwt_t *jwt, struct principal *who)
{
    const char *text = jwt_get_grant(jwt, "jti");
    size_t len = text ? strlen(text) : 0;
    struct ulid id;
    int64_t at_ms = 0;

    if (!text || !id_is_valid(text, len))
        return; /* it can be taken back by its subject only */
    memcpy(who->token_id, text, len + 1);
    if (!ulid_parse(text, len, &id))
        return;
    for (int i = 0; i < 6; i++)
        at_ms = at_ms << 8 | id.bytes[i];
    if (at_ms / 1000 == who->issued_at_ms / 1000)
        who->issued_at_ms = at_ms;
}

static bool read_claim(jwt_t *jwt, const struct issuer *issuer,
        enum claim claim, char *out, size_t size)
{
    struct value value;
    bool good;

    find(jwt, issuer->claims[claim], &value);
    good = value.json && read_text(&value, issuer->takes_numbers, out, size);
    value_finish(&value);
    return good;
}

/* An id that a role cannot do without. */
static bool read_own(jwt_t *jwt, const struct issuer *issuer, enum claim claim,
        char id[ID_CHARS + 1])
{
    return read_claim(jwt, issuer, claim, id, ID_CHARS + 1) &&
           id_is_valid(id, strlen(id));
}

/* NULL: missing, or none of ours. */
static const char *read_site(
        jwt_t *jwt, const struct issuer *issuer, const struct sites *sites)
{
    char name[ID_CHARS + 1];

    if (issuer->site[0])
        return sites_find(sites, issuer->site);
    return read_claim(jwt, issuer, CLAIM_SITE, name, sizeof(name))
                   ? sites_find(sites, name)
                   : NULL;
}

/* --- roles --- */

struct role_reading {
    const struct issuer *issuer;
    uint32_t mask;
};

/* What nobody knows is nothing. */
static bool take_role(void *context, const char *text)
{
    struct role_reading *reading = context;
    const struct issuer *issuer = reading->issuer;

    if (issuer->word_count == 0)
        reading->mask |= role_find(text);
    for (uint32_t i = 0; i < issuer->word_count; i++)
        if (strcmp(issuer->words[i].theirs, text) == 0)
            reading->mask |= issuer->words[i].roles;
    return true;
}

/* One text for CLAIM_ROLE, a list for CLAIM_ROLES; 0: neither is good. Nobody
 * can log in as the hub itself. */
static uint32_t read_roles(jwt_t *jwt, const struct issuer *issuer)
{
    struct role_reading reading = { .issuer = issuer };
    struct value value;
    char begins = '[';

    find(jwt, issuer->claims[CLAIM_ROLES], &value);
    if (!value.json) {
        value_finish(&value);
        find(jwt, issuer->claims[CLAIM_ROLE], &value);
        begins = '"';
    }
    if (!value.json || *value.json != begins ||
            !each_text(value.json, take_role, &reading))
        reading.mask = 0;
    value_finish(&value);
    return reading.mask & ~(uint32_t)ROLE_HUB;
}

/* --- scope --- */

struct scope_reading {
    char *out; /* SCOPE_CHARS + 1 */
    bool zones;
};

static bool take_scope(void *context, const char *text)
{
    struct scope_reading *reading = context;
    size_t before = strlen(reading->out);
    size_t zone = reading->zones && strncmp(text, ZONE, sizeof(ZONE) - 1) == 0
                          ? sizeof(ZONE) - 1
                          : 0;
    int len;

    if (!id_is_valid(text + zone, strlen(text + zone)))
        return false;
    len = snprintf(reading->out + before, SCOPE_CHARS + 1 - before, "%s%s",
            before ? " " : "", text);
    return before + (size_t)len <= SCOPE_CHARS;
}

/* Not there is "all". Anything that names nobody is no scope. */
static bool read_scope(jwt_t *jwt, const struct issuer *issuer,
        enum claim claim, char out[SCOPE_CHARS + 1])
{
    struct scope_reading reading = { .out = out,
        .zones = claim == CLAIM_TABLES };
    struct value value;
    bool good;

    out[0] = '\0';
    find(jwt, issuer->claims[claim], &value);
    good = !value.json ||
           (each_text(value.json, take_scope, &reading) && out[0]);
    value_finish(&value);
    return good;
}

static bool read_limits(
        jwt_t *jwt, const struct issuer *issuer, struct principal *who)
{
    if ((who->roles & ROLE_TABLE) &&
            !read_own(jwt, issuer, CLAIM_TABLE, who->table))
        return false;
    if ((who->roles & ROLE_DEVICE) &&
            !read_own(jwt, issuer, CLAIM_DEVICE, who->device))
        return false;
    return read_scope(jwt, issuer, CLAIM_STATIONS, who->stations) &&
           read_scope(jwt, issuer, CLAIM_TABLES, who->tables);
}

/* --- the whole --- */

struct party_reading {
    const char *wanted;
    bool found;
};

static bool take_party(void *context, const char *text)
{
    struct party_reading *reading = context;

    reading->found = reading->found || strcmp(reading->wanted, text) == 0;
    return true;
}

/* "aud" is one text or a list of which one must be ours; a text is compared as
 * it is, however long. */
static bool is_for(jwt_t *jwt, const char *audience)
{
    struct party_reading reading = { .wanted = audience };
    char *json;

    if (!audience[0] || claim_is(jwt, "aud", audience))
        return true;
    json = jwt_get_grants_json(jwt, "aud");
    if (!json || *json != '[' || !each_text(json, take_party, &reading))
        reading.found = false;
    free(json);
    return reading.found;
}

bool claims_read(jwt_t *jwt, const struct issuer *issuer,
        const struct sites *sites, int64_t now_ms, struct principal *who,
        const char **site)
{
    *who = (struct principal){ 0 };
    *site = read_site(jwt, issuer, sites);
    if (!*site ||
            (issuer->issuer[0] && !claim_is(jwt, "iss", issuer->issuer)) ||
            !is_for(jwt, issuer->audience) ||
            !read_times(jwt, issuer, now_ms, who) ||
            !read_claim(jwt, issuer, CLAIM_SUBJECT, who->subject,
                    sizeof(who->subject)))
        return false;
    read_id(jwt, who);
    who->roles = read_roles(jwt, issuer);
    return who->roles != 0 && read_limits(jwt, issuer, who);
}
