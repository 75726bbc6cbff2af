/*
 * auth: tokens, and what they say about their bearer.
 *
 * JSON Web Tokens by libjwt, one algorithm (HS256 with the daemon's key for
 * now), iss and aud "dumbwaiter", iat and exp required, site must be ours.
 * Every refusal is the same ERR_UNAUTHORIZED: a stranger learns nothing. Never
 * logs a token.
 */
#ifndef BRIDGE_AUTH_H
#define BRIDGE_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/principal.h"

#define AUTH_KEY_BYTES   32
#define AUTH_TOKEN_CHARS 2048 /* longest token accepted */

struct auth {
    uint8_t key[AUTH_KEY_BYTES];
    char site[ID_CHARS + 1];
};

/*
 * Read the signing key from `path` (mode 0600), or make one there.
 * ERR_IO: the log says why.
 */
enum err auth_open(struct auth *auth, const char *path, const char *site);

/* Wipes the key. */
void auth_close(struct auth *auth);

/* Who is this? `principal` is filled in only on ERR_OK. */
enum err auth_check(const struct auth *auth, const char *token, int64_t now_ms,
        struct principal *principal);

/*
 * Make a token for `principal`, valid until its expires_at_ms; hands over a
 * string to free(). NULL: out of memory.
 */
char *auth_mint(const struct auth *auth, const struct principal *principal,
        int64_t now_ms);

#endif
