/*
 * auth_issuers: whose tokens are good besides our own, as a file says.
 *
 * A YAML list with an entry a key, so that a back end that signs tokens
 * already need not change: which algorithm its key has, what its claims and
 * its roles are called, what else they must say. What an entry does not name
 * is not asked; that a token ends, and when it was made, always is. Faults are
 * sentences, one a line, "FILE:LINE: …".
 */
#ifndef BRIDGE_AUTH_ISSUERS_H
#define BRIDGE_AUTH_ISSUERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/auth_key.h"
#include "bridge/auth_sites.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "schemas/rooms.h"

#define ISSUERS_MAX        16
#define ISSUERS_FILE_BYTES 65536 /* largest file */
#define ISSUER_WORDS       32    /* names of roles of an issuer, all together */
#define ISSUER_WORD_CHARS  31
#define KID_CHARS          63
#define CLAIM_NAME_CHARS   63
#define PARTY_CHARS        127
#define KEY_FILE_CHARS     511

/* What a claim is called: a name, or names with a dot between them for one
 * inside of another. */
enum claim {
    CLAIM_SUBJECT,
    CLAIM_ROLE,  /* one */
    CLAIM_ROLES, /* a list; counts instead of that */
    CLAIM_TABLE,
    CLAIM_DEVICE,
    CLAIM_STATIONS,
    CLAIM_TABLES,
    CLAIM_SITE,
    CLAIM_COUNT
};

/* One of its names for roles, and what that is to us. */
struct issuer_word {
    char theirs[ISSUER_WORD_CHARS + 1];
    uint32_t roles;
};

struct issuer {
    char kid[KID_CHARS + 1];
    struct key key;
    char key_file[KEY_FILE_CHARS + 1]; /* where it was read */
    char issuer[PARTY_CHARS + 1];      /* "iss"; "": it is not asked */
    char audience[PARTY_CHARS + 1];    /* one of "aud"; "": it is not asked */
    char site[ID_CHARS + 1]; /* of all its tokens; "": a claim says it */
    int64_t not_after_ms;    /* no token of it is good then; 0: never */
    int64_t max_life_ms;     /* from iat to exp */
    bool iat_optional;
    bool is_other;      /* not we: its clock need not be ours */
    bool takes_numbers; /* a whole number is an id, too */
    char claims[CLAIM_COUNT][CLAIM_NAME_CHARS + 1];
    struct issuer_word words[ISSUER_WORDS];
    uint32_t word_count; /* 0: its roles are called as ours */
};

struct issuers {
    struct issuer rows[ISSUERS_MAX];
    uint32_t count;
};

/* An issuer whose claims and roles are called as ours; has no key yet. */
void issuer_init(struct issuer *issuer);

/*
 * Read the file; key files beside it may be named without their folder. Every
 * value is checked, keys are read. On failure `issuers` is empty, and `faults`
 * has got what is wrong: ERR_CONFIG, or ERR_IO: it cannot be read at all.
 */
enum err issuers_read_file(struct issuers *issuers, const char *path,
        const struct sites *sites, struct buf *faults);

/* The same from YAML in memory; `path` stands in the faults. */
enum err issuers_read_text(struct issuers *issuers, const char *path,
        const char *text, size_t len, const struct sites *sites,
        struct buf *faults);

/* Wipes the keys. A zeroed or finished one is fine. */
void issuers_finish(struct issuers *issuers);

#endif
