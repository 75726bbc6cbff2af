/*
 * auth: tokens, and what they say about their bearer.
 *
 * JSON Web Tokens by libjwt, one algorithm (HS256 with the daemon's key for
 * now), iss and aud "dumbwaiter", iat and exp required, site must be one of
 * ours: a token is good for that one alone. Every refusal is the same
 * ERR_UNAUTHORIZED: a stranger learns nothing. Never logs a token.
 */
#ifndef BRIDGE_AUTH_H
#define BRIDGE_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_sites.h"
#include "hub/base/err.h"
#include "hub/evt/principal.h"

#define AUTH_KEY_BYTES   32
#define AUTH_TOKEN_CHARS 2048 /* longest token accepted */

struct auth {
    uint8_t key[AUTH_KEY_BYTES];
    struct sites sites;
};

/*
 * Read the signing key from `path` (mode 0600), or make one there; `sites`
 * is copied.
 * ERR_IO: the log says why.
 */
enum err auth_open(
        struct auth *auth, const char *path, const struct sites *sites);

/* Wipes the key. */
void auth_close(struct auth *auth);

/*
 * Who is this, and of which site? Both are filled in only on ERR_OK; `site`
 * is borrowed from `auth`.
 */
enum err auth_check(const struct auth *auth, const char *token, int64_t now_ms,
        struct principal *principal, const char **site);

/*
 * Make a token for `principal` at `site`, valid until its expires_at_ms;
 * hands over a string to free(). NULL: out of memory.
 */
char *auth_mint(const struct auth *auth, const char *site,
        const struct principal *principal, int64_t now_ms);

#endif
