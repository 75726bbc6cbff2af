#include "bridge/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <jwt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/buf.h"
#include "hub/base/log.h"
#include "schemas/roles.h"

#define PARTY      "dumbwaiter" /* iss and aud */
#define SKEW_S     30           /* iat may be this far ahead of our clock */
#define LAST_S     253402300799 /* the end of the year 9999 */
#define ROLE_CHARS 15

/* --- the key --- */

static enum err read_key(struct auth *auth, int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        log_error("auth: %s: not a file", path);
        return ERR_IO;
    }
    if (st.st_mode & 077) {
        log_error("auth: %s: others may read or write it; mode must be 0600",
                path);
        return ERR_IO;
    }
    if (st.st_size != AUTH_KEY_BYTES ||
            read(fd, auth->key, AUTH_KEY_BYTES) != AUTH_KEY_BYTES) {
        log_error("auth: %s: not a key of %d bytes", path, AUTH_KEY_BYTES);
        return ERR_IO;
    }
    return ERR_OK;
}

static enum err make_key(struct auth *auth, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        log_error("auth: %s: %s", path, strerror(errno));
        return ERR_IO;
    }
    if (getrandom(auth->key, AUTH_KEY_BYTES, 0) == AUTH_KEY_BYTES &&
            write(fd, auth->key, AUTH_KEY_BYTES) == AUTH_KEY_BYTES &&
            fsync(fd) == 0) {
        close(fd);
        return ERR_OK;
    }
    log_error("auth: %s: %s", path, strerror(errno));
    close(fd);
    unlink(path); /* a part of a key would stop the next start */
    return ERR_IO;
}

enum err auth_open(
        struct auth *auth, const char *path, const struct sites *sites)
{
    enum err err;
    int fd;

    *auth = (struct auth){ .sites = *sites };
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        err = read_key(auth, fd, path);
        close(fd);
    } else if (errno == ENOENT) {
        err = make_key(auth, path);
    } else {
        log_error("auth: %s: %s", path, strerror(errno));
        err = ERR_IO;
    }
    if (err != ERR_OK)
        auth_close(auth);
    return err;
}

void auth_close(struct auth *auth)
{
    explicit_bzero(auth, sizeof(*auth));
}

/* --- checking --- */

static bool claim_is(jwt_t *jwt, const char *claim, const char *wanted)
{
    const char *text = jwt_get_grant(jwt, claim);

    return text && strcmp(text, wanted) == 0;
}

/* False: out of this world, or missing (libjwt says -1) or no whole number
 * (0). */
static bool claim_time(jwt_t *jwt, const char *claim, int64_t *at_ms)
{
    long seconds = jwt_get_grant_int(jwt, claim);

    if (seconds <= 0 || seconds > LAST_S)
        return false;
    *at_ms = (int64_t)seconds * 1000;
    return true;
}

/* Ours have no "nbf"; whoever shares the key may say it. */
static bool has_begun(jwt_t *jwt, int64_t now_ms)
{
    char *given = jwt_get_grants_json(jwt, "nbf");
    int64_t not_before_ms;
    bool begun = !given || (claim_time(jwt, "nbf", &not_before_ms) &&
                                   not_before_ms <= now_ms + SKEW_S * 1000);

    free(given);
    return begun;
}

static bool check_times(jwt_t *jwt, int64_t now_ms, struct principal *who)
{
    int64_t issued_at_ms;

    return claim_time(jwt, "exp", &who->expires_at_ms) &&
           claim_time(jwt, "iat", &issued_at_ms) &&
           who->expires_at_ms > now_ms &&
           issued_at_ms <= now_ms + SKEW_S * 1000 && has_begun(jwt, now_ms);
}

static uint32_t role_bit(const char *text, size_t len)
{
    char name[ROLE_CHARS + 1] = "";

    if (len > ROLE_CHARS)
        return 0;
    memcpy(name, text, len);
    return role_find(name);
}

/* ["kitchen","waiter"] as libjwt writes it; anything else is nobody. */
static uint32_t parse_roles(const char *text)
{
    uint32_t mask = 0;

    if (*text++ != '[')
        return 0;
    while (*text == '"') {
        size_t len = strcspn(text + 1, "\"\\");

        if (text[1 + len] != '"')
            return 0;
        mask |= role_bit(text + 1, len);
        text += len + 2;
        text += *text == ',';
    }
    return strcmp(text, "]") == 0 ? mask : 0;
}

/* Nobody can log in as the hub itself. */
static uint32_t read_roles(jwt_t *jwt)
{
    const char *one = jwt_get_grant(jwt, "role");
    char *list = jwt_get_grants_json(jwt, "roles");
    uint32_t mask = 0;

    if (list)
        mask = parse_roles(list);
    else if (one)
        mask = role_bit(one, strlen(one));
    free(list);
    return mask & ~(uint32_t)ROLE_HUB;
}

static bool read_subject(jwt_t *jwt, char subject[SUBJECT_CHARS + 1])
{
    const char *text = jwt_get_grant(jwt, "sub");
    size_t len = text ? strlen(text) : 0;

    if (len < 1 || len > SUBJECT_CHARS)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    memcpy(subject, text, len);
    return true;
}

/* An id that a role cannot do without. */
static bool read_own(jwt_t *jwt, const char *claim, char id[ID_CHARS + 1])
{
    const char *text = jwt_get_grant(jwt, claim);

    if (!text || !id_is_valid(text, strlen(text)))
        return false;
    memcpy(id, text, strlen(text));
    return true;
}

/* NULL: missing, or none of ours. */
static const char *read_site(const struct auth *auth, jwt_t *jwt)
{
    const char *name = jwt_get_grant(jwt, "site");

    return name ? sites_find(&auth->sites, name) : NULL;
}

static bool read_claims(jwt_t *jwt, int64_t now_ms, struct principal *who)
{
    if (!claim_is(jwt, "iss", PARTY) || !claim_is(jwt, "aud", PARTY) ||
            !check_times(jwt, now_ms, who) || !read_subject(jwt, who->subject))
        return false;
    who->roles = read_roles(jwt);
    if (who->roles == 0)
        return false;
    if ((who->roles & ROLE_TABLE) && !read_own(jwt, "table", who->table))
        return false;
    return !(who->roles & ROLE_DEVICE) || read_own(jwt, "device", who->device);
}

/* Without a key nothing is verified: this only looks at the header, so that
 * no code for other algorithms is ever handed the token. */
static bool names_our_algorithm(const char *token)
{
    jwt_t *jwt = NULL;
    const char *name;
    bool ours;

    if (jwt_decode(&jwt, token, NULL, 0) != 0)
        return false;
    name = jwt_get_header(jwt, "alg");
    ours = name && strcmp(name, "HS256") == 0;
    jwt_free(jwt);
    return ours;
}

enum err auth_check(const struct auth *auth, const char *token, int64_t now_ms,
        struct principal *principal, const char **site)
{
    struct principal who = { 0 };
    const char *where;
    jwt_t *jwt = NULL;
    bool good;

    if (strnlen(token, AUTH_TOKEN_CHARS + 1) > AUTH_TOKEN_CHARS ||
            !names_our_algorithm(token) ||
            jwt_decode(&jwt, token, auth->key, AUTH_KEY_BYTES) != 0)
        return ERR_UNAUTHORIZED;
    where = read_site(auth, jwt);
    good = jwt_get_alg(jwt) == JWT_ALG_HS256 && where &&
           read_claims(jwt, now_ms, &who);
    jwt_free(jwt);
    if (!good)
        return ERR_UNAUTHORIZED;
    *principal = who;
    *site = where;
    return ERR_OK;
}

/* --- minting --- */

static bool add_roles(jwt_t *jwt, uint32_t mask)
{
    struct buf text;
    bool done;

    buf_init(&text, 512);
    buf_puts(&text, "{\"roles\":[");
    for (unsigned i = 0, n = 0; i < ROLE_COUNT; i++)
        if (mask & 1u << i)
            buf_printf(&text, "%s\"%s\"", n++ ? "," : "", roles[i].name);
    buf_puts(&text, "]}");
    buf_putc(&text, '\0');
    done = !text.failed && jwt_add_grants_json(jwt, text.data) == 0;
    buf_finish(&text);
    return done;
}

static bool add_claims(jwt_t *jwt, const char *site,
        const struct principal *principal, int64_t now_ms)
{
    return jwt_add_grant(jwt, "iss", PARTY) == 0 &&
           jwt_add_grant(jwt, "aud", PARTY) == 0 &&
           jwt_add_grant(jwt, "site", site) == 0 &&
           jwt_add_grant(jwt, "sub", principal->subject) == 0 &&
           jwt_add_grant_int(jwt, "iat", (long)(now_ms / 1000)) == 0 &&
           jwt_add_grant_int(
                   jwt, "exp", (long)(principal->expires_at_ms / 1000)) == 0 &&
           (!principal->table[0] ||
                   jwt_add_grant(jwt, "table", principal->table) == 0) &&
           (!principal->device[0] ||
                   jwt_add_grant(jwt, "device", principal->device) == 0) &&
           add_roles(jwt, principal->roles);
}

char *auth_mint(const struct auth *auth, const char *site,
        const struct principal *principal, int64_t now_ms)
{
    char *token = NULL;
    jwt_t *jwt = NULL;

    if (jwt_new(&jwt) == 0 &&
            jwt_set_alg(jwt, JWT_ALG_HS256, auth->key, AUTH_KEY_BYTES) == 0 &&
            add_claims(jwt, site, principal, now_ms))
        token = jwt_encode_str(jwt);
    jwt_free(jwt);
    return token;
}
