/*
 * auth: tokens, and what they say about their bearer.
 *
 * JSON Web Tokens by libjwt. A key has one algorithm, which the token's own
 * "alg" must equal before and after decoding; "kid" says which key, and no
 * other is tried. A token without "kid" is verified only where its issuer has
 * exactly one key that is still good (issuers that no entry names are all one
 * issuer). Every refusal is the same ERR_UNAUTHORIZED: a stranger learns
 * nothing. Never logs a token.
 *
 * Besides the daemon's own key (HS256; iss and aud "dumbwaiter") there are
 * those of the issuers' file, see auth_issuers.h. The daemon's key before this
 * one lies beside it as "<key file>.old": what it signed stays good as long as
 * that file is there. A link's code is a token of ours that opens nothing: it
 * can only be exchanged, once, for a token.
 */
#ifndef BRIDGE_AUTH_H
#define BRIDGE_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_form.h"
#include "bridge/auth_issuers.h"
#include "bridge/auth_life.h"
#include "bridge/auth_sites.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/evt/principal.h"

enum { AUTH_NEW, AUTH_OLD, AUTH_OWN }; /* the daemon's keys */

struct auth {
    struct issuer own[AUTH_OWN]; /* of the old one kid "": there is none */
    struct issuers others;
    struct sites sites;
};

/*
 * Read the signing key from `path` (mode 0600), or make one there, and the one
 * before it, if there is any; `sites` is copied.
 * ERR_IO: the log says why.
 */
enum err auth_open(
        struct auth *auth, const char *path, const struct sites *sites);

/*
 * Whose tokens are good besides; "": nobody's. In place of who was trusted
 * before. On failure nothing has changed, and `faults` has a line for each.
 */
enum err auth_trust(
        struct auth *auth, const char *issuers_path, struct buf *faults);

/* Both anew, for the same sites; on failure nothing has changed, and the log
 * or `faults` says why. */
enum err auth_reload(struct auth *auth, const char *path,
        const char *issuers_path, struct buf *faults);

/* Wipes the keys. */
void auth_close(struct auth *auth);

/*
 * Who is this, and of which site? Both are filled in only on ERR_OK; `site`
 * is borrowed from `auth`.
 */
enum err auth_check(const struct auth *auth, const char *token, int64_t now_ms,
        struct principal *principal, const char **site);

/*
 * The same of a link's code, which auth_check refuses; `life_ms` is how long
 * the token that is given for it shall be good. Whether it has been used is
 * not asked: principal->token_id, which it always has, says which one it is.
 */
enum err auth_check_link(const struct auth *auth, const char *code,
        int64_t now_ms, struct principal *principal, const char **site,
        int64_t *life_ms);

/* A new id for a token. False: no randomness. */
bool auth_make_id(int64_t now_ms, char id[ID_CHARS + 1]);

/*
 * Make a token for `principal` at `site`, valid until its expires_at_ms; its
 * id is principal->token_id, or a new one. Hands over a string to free().
 * NULL: out of memory or randomness, or it would be too long to be accepted.
 */
char *auth_mint(const struct auth *auth, const char *site,
        const struct principal *principal, int64_t now_ms);

/* Make a link's code that is good for LIFE_LINK_MS, for a token that is good
 * for `life_ms`; else as auth_mint. */
char *auth_mint_link(const struct auth *auth, const char *site,
        const struct principal *principal, int64_t life_ms, int64_t now_ms);

#endif
