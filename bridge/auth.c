#include "bridge/auth.h"

#include <jwt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "bridge/auth_claims.h"
#include "hub/evt/ulid.h"
#include "schemas/roles.h"

#define PARTY       "dumbwaiter" /* iss and aud */
#define OLD         ".old"
#define PATH_CHARS  512
#define ROLES_BYTES 512
#define USE         "use" /* what a token is for; none: to come in */
#define USE_LINK    "link"
#define LIFE        "ttl" /* of the token that a link is for, in seconds */

/* --- keys --- */

static void init_own(struct issuer *issuer)
{
    issuer_init(issuer);
    snprintf(issuer->issuer, sizeof(issuer->issuer), PARTY);
    snprintf(issuer->audience, sizeof(issuer->audience), PARTY);
}

static enum err open_own(struct issuer *issuer, const char *path, bool may_make)
{
    enum err err;

    init_own(issuer);
    err = key_open_own(&issuer->key, path, may_make);
    if (err == ERR_OK && issuer->key.len > 0)
        key_name(&issuer->key, issuer->kid);
    return err;
}

enum err auth_open(
        struct auth *auth, const char *path, const struct sites *sites)
{
    char old[PATH_CHARS];
    enum err err;

    *auth = (struct auth){ .sites = *sites };
    snprintf(old, sizeof(old), "%s" OLD, path);
    err = open_own(&auth->own[AUTH_NEW], path, true);
    if (err == ERR_OK)
        err = open_own(&auth->own[AUTH_OLD], old, false);
    if (err != ERR_OK)
        auth_close(auth);
    return err;
}

enum err auth_trust(
        struct auth *auth, const char *issuers_path, struct buf *faults)
{
    struct issuers fresh = { .count = 0 };
    enum err err = ERR_OK;

    if (*issuers_path)
        err = issuers_read_file(&fresh, issuers_path, &auth->sites, faults);
    if (err != ERR_OK)
        return err;
    issuers_finish(&auth->others);
    auth->others = fresh;
    return ERR_OK;
}

enum err auth_reload(struct auth *auth, const char *path,
        const char *issuers_path, struct buf *faults)
{
    struct auth fresh;
    enum err err = auth_open(&fresh, path, &auth->sites);

    if (err != ERR_OK)
        return err;
    err = auth_trust(&fresh, issuers_path, faults);
    if (err != ERR_OK) {
        auth_close(&fresh);
        return err;
    }
    for (int i = 0; i < AUTH_OWN; i++) {
        key_close(&auth->own[i].key);
        auth->own[i] = fresh.own[i];
    }
    issuers_finish(&auth->others);
    auth->others = fresh.others; /* the names of sites stay where they are */
    return ERR_OK;
}

void auth_close(struct auth *auth)
{
    for (int i = 0; i < AUTH_OWN; i++)
        key_close(&auth->own[i].key);
    issuers_finish(&auth->others);
    memset(auth, 0, sizeof(*auth));
}

/* --- which key --- */

/* All that may verify a token now, own ones first; NULL at the end. */
static const struct issuer *issuer_at(
        const struct auth *auth, uint32_t *at, int64_t now_ms)
{
    while (*at < AUTH_OWN + auth->others.count) {
        uint32_t i = (*at)++;
        const struct issuer *issuer =
                i < AUTH_OWN ? &auth->own[i] : &auth->others.rows[i - AUTH_OWN];

        if (issuer->kid[0] &&
                (!issuer->not_after_ms || now_ms < issuer->not_after_ms))
            return issuer;
    }
    return NULL;
}

static const struct issuer *find_kid(
        const struct auth *auth, const char *kid, int64_t now_ms)
{
    const struct issuer *issuer;
    uint32_t at = 0;

    while ((issuer = issuer_at(auth, &at, now_ms)))
        if (strcmp(issuer->kid, kid) == 0)
            return issuer;
    return NULL;
}

/* The only key whose entry has this "iss", or NULL. */
static const struct issuer *find_only(
        const struct auth *auth, const char *name, int64_t now_ms)
{
    const struct issuer *issuer, *found = NULL;
    uint32_t at = 0, count = 0;

    while ((issuer = issuer_at(auth, &at, now_ms)))
        if (strcmp(issuer->issuer, name) == 0) {
            found = issuer;
            count++;
        }
    return count == 1 ? found : NULL;
}

static bool is_named(const struct auth *auth, const char *name, int64_t now_ms)
{
    const struct issuer *issuer;
    uint32_t at = 0;

    while ((issuer = issuer_at(auth, &at, now_ms)))
        if (strcmp(issuer->issuer, name) == 0)
            return true;
    return false;
}

/* --- the header --- */

static bool has_header(jwt_t *jwt, const char *name)
{
    char *json = jwt_get_headers_json(jwt, name);

    free(json);
    return json != NULL;
}

/* Whoever brings a key along, wants to be understood in another way, or says
 * that it is no plain signed token, is none of ours. */
static bool is_plain(jwt_t *jwt)
{
    static const char *const strange[] = { "crit", "b64", "zip", "enc", "jwk",
        "jku", "x5u", "x5c" };
    const char *type = jwt_get_header(jwt, "typ");

    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
        if (has_header(jwt, strange[i]))
            return false;
    if (!type)
        return !has_header(jwt, "typ");
    return strcasecmp(type, "JWT") == 0;
}

/* A key that is not named stands for all of its issuer. */
static const struct issuer *choose(
        const struct auth *auth, jwt_t *jwt, int64_t now_ms)
{
    const char *kid = jwt_get_header(jwt, "kid");
    const char *name = jwt_get_grant(jwt, "iss");

    if (kid)
        return find_kid(auth, kid, now_ms);
    if (has_header(jwt, "kid"))
        return NULL; /* it is no text */
    if (!name || !is_named(auth, name, now_ms))
        name = "";
    return find_only(auth, name, now_ms);
}

/* Without a key nothing is verified: this only looks at who it claims to be
 * of, so that no code for other algorithms is ever handed the token. */
static const struct issuer *look(
        const struct auth *auth, const char *token, int64_t now_ms)
{
    const struct issuer *issuer = NULL;
    jwt_t *jwt = NULL;
    const char *name;

    if (jwt_decode(&jwt, token, NULL, 0) != 0)
        return NULL;
    if (is_plain(jwt))
        issuer = choose(auth, jwt, now_ms);
    name = jwt_get_header(jwt, "alg");
    if (issuer &&
            (!name || strcmp(name, key_algorithms[issuer->key.algorithm]) != 0))
        issuer = NULL;
    jwt_free(jwt);
    return issuer;
}

/* --- checking --- */

static bool is_own(const struct auth *auth, const struct issuer *issuer)
{
    return issuer == &auth->own[AUTH_NEW] || issuer == &auth->own[AUTH_OLD];
}

/* What it is for, and for a link how long what it is for shall be good. */
static bool is_for(const struct auth *auth, const struct issuer *issuer,
        jwt_t *jwt, int64_t *life_ms)
{
    long life_s;

    if (!life_ms)
        return !is_own(auth, issuer) || !claim_is_there(jwt, USE);
    life_s = jwt_get_grant_int(jwt, LIFE);
    *life_ms = (int64_t)life_s * 1000;
    return is_own(auth, issuer) && claim_is(jwt, USE, USE_LINK) && life_s > 0 &&
           life_s <= LIFE_MAX_MS / 1000;
}

/* With `life_ms` it has to be a link's code, without it must be none. */
static enum err check(const struct auth *auth, const char *token,
        int64_t now_ms, struct principal *principal, const char **site,
        int64_t *life_ms)
{
    static const jwt_alg_t algorithms[KEY_ALGORITHMS] = {
        [KEY_HS256] = JWT_ALG_HS256,
        [KEY_RS256] = JWT_ALG_RS256,
        [KEY_ES256] = JWT_ALG_ES256,
    };
    const struct issuer *issuer =
            token_is_formed(token) ? look(auth, token, now_ms) : NULL;
    struct principal who;
    const char *where;
    jwt_t *jwt = NULL;
    bool good;

    if (!issuer || jwt_decode(&jwt, token, issuer->key.bytes,
                           (int)issuer->key.len) != 0)
        return ERR_UNAUTHORIZED;
    good = jwt_get_alg(jwt) == algorithms[issuer->key.algorithm] &&
           claims_read(jwt, issuer, &auth->sites, now_ms, &who, &where) &&
           is_for(auth, issuer, jwt, life_ms);
    jwt_free(jwt);
    if (!good)
        return ERR_UNAUTHORIZED;
    *principal = who;
    *site = where;
    return ERR_OK;
}

enum err auth_check(const struct auth *auth, const char *token, int64_t now_ms,
        struct principal *principal, const char **site)
{
    return check(auth, token, now_ms, principal, site, NULL);
}

enum err auth_check_link(const struct auth *auth, const char *code,
        int64_t now_ms, struct principal *principal, const char **site,
        int64_t *life_ms)
{
    struct principal who;
    const char *where;
    int64_t life;

    if (check(auth, code, now_ms, &who, &where, &life) != ERR_OK ||
            !who.token_id[0])
        return ERR_UNAUTHORIZED;
    *principal = who;
    *site = where;
    *life_ms = life;
    return ERR_OK;
}

/* --- minting --- */

bool auth_make_id(int64_t now_ms, char id[ID_CHARS + 1])
{
    uint64_t random[2];
    struct ulid ulid;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return false;
    ulid = ulid_make(now_ms, random[0], random[1]);
    ulid_print(&ulid, id);
    return true;
}

/* Adds {"name":["one","two"]} of what stands in `list` with spaces between. */
static bool add_list(jwt_t *jwt, const char *name, const char *list)
{
    struct buf text;
    bool done;

    buf_init(&text, ROLES_BYTES);
    buf_printf(&text, "{\"%s\":[", name);
    for (size_t len; *list; list += len + (list[len] == ' ')) {
        len = strcspn(list, " ");
        buf_printf(&text, "\"%.*s\"%s", (int)len, list, list[len] ? "," : "");
    }
    buf_puts(&text, "]}");
    buf_putc(&text, '\0');
    done = !text.failed && jwt_add_grants_json(jwt, text.data) == 0;
    buf_finish(&text);
    return done;
}

static bool add_roles(jwt_t *jwt, uint32_t mask)
{
    char list[ROLES_BYTES] = "";
    size_t len = 0;

    for (unsigned i = 0; i < ROLE_COUNT && len < sizeof(list); i++)
        if (mask & 1u << i)
            len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
                    len ? " " : "", roles[i].name);
    return add_list(jwt, "roles", list);
}

/* What it says only if there is something to say. */
static bool add_limits(jwt_t *jwt, const struct principal *principal)
{
    return (!principal->table[0] ||
                   jwt_add_grant(jwt, "table", principal->table) == 0) &&
           (!principal->device[0] ||
                   jwt_add_grant(jwt, "device", principal->device) == 0) &&
           (!principal->stations[0] ||
                   add_list(jwt, "stations", principal->stations)) &&
           (!principal->tables[0] ||
                   add_list(jwt, "tables", principal->tables));
}

static bool add_claims(jwt_t *jwt, const char *site,
        const struct principal *principal, int64_t now_ms)
{
    char id[ID_CHARS + 1];

    if (principal->token_id[0])
        snprintf(id, sizeof(id), "%s", principal->token_id);
    else if (!auth_make_id(now_ms, id))
        return false;
    return jwt_add_grant(jwt, "iss", PARTY) == 0 &&
           jwt_add_grant(jwt, "aud", PARTY) == 0 &&
           jwt_add_grant(jwt, "jti", id) == 0 &&
           jwt_add_grant(jwt, "site", site) == 0 &&
           jwt_add_grant(jwt, "sub", principal->subject) == 0 &&
           jwt_add_grant_int(jwt, "iat", (long)(now_ms / 1000)) == 0 &&
           jwt_add_grant_int(
                   jwt, "exp", (long)(principal->expires_at_ms / 1000)) == 0 &&
           add_limits(jwt, principal) && add_roles(jwt, principal->roles);
}

static char *encode(jwt_t *jwt, const struct issuer *issuer)
{
    char *token = NULL;

    if (jwt_set_alg(jwt, JWT_ALG_HS256, issuer->key.bytes,
                (int)issuer->key.len) == 0 &&
            jwt_add_header(jwt, "kid", issuer->kid) == 0)
        token = jwt_encode_str(jwt);
    if (token && strlen(token) > AUTH_TOKEN_CHARS) {
        free(token);
        token = NULL;
    }
    return token;
}

char *auth_mint(const struct auth *auth, const char *site,
        const struct principal *principal, int64_t now_ms)
{
    char *token = NULL;
    jwt_t *jwt = NULL;

    if (jwt_new(&jwt) == 0 && add_claims(jwt, site, principal, now_ms))
        token = encode(jwt, &auth->own[AUTH_NEW]);
    jwt_free(jwt);
    return token;
}

char *auth_mint_link(const struct auth *auth, const char *site,
        const struct principal *principal, int64_t life_ms, int64_t now_ms)
{
    struct principal who = *principal;
    char *token = NULL;
    jwt_t *jwt = NULL;

    who.expires_at_ms = now_ms + LIFE_LINK_MS;
    if (jwt_new(&jwt) == 0 && add_claims(jwt, site, &who, now_ms) &&
            jwt_add_grant(jwt, USE, USE_LINK) == 0 &&
            jwt_add_grant_int(jwt, LIFE, (long)(life_ms / 1000)) == 0)
        token = encode(jwt, &auth->own[AUTH_NEW]);
    jwt_free(jwt);
    return token;
}
