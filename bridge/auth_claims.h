/*
 * auth_claims: what a verified token says about its bearer, read as its issuer
 * calls things, into a principal.
 *
 * Whatever is there and not of its form refuses the whole token: a scope that
 * cannot be read must not become "everything".
 */
#ifndef BRIDGE_AUTH_CLAIMS_H
#define BRIDGE_AUTH_CLAIMS_H

#include <jwt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_issuers.h"
#include "bridge/auth_sites.h"
#include "hub/evt/principal.h"

/*
 * Who it is, and of which of `sites`; borrowed from there. False: it is not
 * good at `now_ms`, whatever the reason; both are then undefined.
 */
bool claims_read(jwt_t *jwt, const struct issuer *issuer,
        const struct sites *sites, int64_t now_ms, struct principal *who,
        const char **site);

/* Is the claim there, and this text? */
bool claim_is(jwt_t *jwt, const char *name, const char *wanted);

/* Is there anything under this name? */
bool claim_is_there(jwt_t *jwt, const char *name);

#endif
