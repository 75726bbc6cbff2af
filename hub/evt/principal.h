/*
 * principal: who is speaking or listening, as a token or credential says.
 *
 * Made by bridge/auth from a token and by bridge/mqtt from a credential;
 * everything here was checked before it got here.
 */
#ifndef HUB_EVT_PRINCIPAL_H
#define HUB_EVT_PRINCIPAL_H

#include <stdint.h>

#include "schemas/rooms.h"

#define SUBJECT_CHARS 63
#define SCOPE_CHARS   95 /* ids with a space between them */

struct principal {
    uint32_t roles;                  /* ROLE_… bits; 0: nobody */
    char subject[SUBJECT_CHARS + 1]; /* who, for the journal and the source
                                        of idempotency keys */
    char table[ID_CHARS + 1];        /* ROLE_TABLE: its table; else "" */
    char session[ID_CHARS + 1];      /* ROLE_TABLE: the key of its sitting, if
                                        the token is of one; else "" */
    char device[ID_CHARS + 1];       /* ROLE_DEVICE: itself; else "" */
    char token_id[ID_CHARS + 1];     /* "jti", for revoking it; "": none */
    char stations[SCOPE_CHARS + 1];  /* ROLE_KITCHEN: its stations, "": all */
    char tables[SCOPE_CHARS + 1];    /* ROLE_WAITER: its tables by id or as
                                        "zone:<zone>", "": all */
    int64_t issued_at_ms;            /* 0: no token, a credential */
    int64_t skew_ms;                 /* by so much the clock that says so may be
                                        ahead of ours */
    int64_t expires_at_ms;           /* 0: never */
};

#endif
