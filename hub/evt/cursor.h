/*
 * cursor: a place in the journal, as a client holds it.
 *
 * "<epoch>.<seq>.<seal>": the journal's epoch, the number of the last event
 * that the client has, and a SipHash-2-4 over both with a key that only the
 * journal knows. Whoever has not been given a cursor cannot make one, so
 * nobody claims a place where it never was. A seal says nothing of who it was
 * given to: what somebody may hear is asked of its rights, not of its cursor.
 * Letters, digits and dots: it needs no quoting in a URL. To clients it is one
 * opaque text.
 */
#ifndef HUB_EVT_CURSOR_H
#define HUB_EVT_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/hash.h"
#include "hub/evt/evt.h"

#define SEAL_CHARS   16 /* in base 16, lower case */
#define SEQ_CHARS    20
#define CURSOR_CHARS (EPOCH_CHARS + 1 + SEQ_CHARS + 1 + SEAL_CHARS)

/* What a text says, true or not. */
struct cursor {
    char epoch[EPOCH_CHARS + 1];
    uint64_t seq;
    bool is_sealed; /* false: there is no seal, as before there were any */
    uint64_t seal;
};

/* The key for seals, from a journal's own. */
struct hash_key cursor_key(struct hash_key journal);

uint64_t cursor_seal(struct hash_key key, uint32_t epoch, uint64_t seq);

void cursor_print(uint32_t epoch, uint64_t seq, uint64_t seal,
        char out[CURSOR_CHARS + 1]);

/* False: no cursor that was ever given. A place has exactly one text. */
bool cursor_parse(const char *text, struct cursor *cursor);

#endif
