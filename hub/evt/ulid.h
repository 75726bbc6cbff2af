/*
 * ulid: the 16 bytes by which an event is known: 48 bits of Unix
 * milliseconds, 80 bits that make it unique. All zero: none.
 */
#ifndef HUB_EVT_ULID_H
#define HUB_EVT_ULID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ULID_CHARS 26

struct ulid {
    uint8_t bytes[16];
};

/* `at_ms` from 0 to 2^48-1; the 80 bits are the low 16 of `high`, and `low`. */
struct ulid ulid_make(int64_t at_ms, uint64_t high, uint64_t low);

bool ulid_is_none(const struct ulid *ulid);

/* Write 26 characters of Crockford's base 32 and a NUL. */
void ulid_print(const struct ulid *ulid, char out[ULID_CHARS + 1]);

/* Read text[0..len), upper or lower case. False: no ULID; *ulid unchanged. */
bool ulid_parse(const char *text, size_t len, struct ulid *ulid);

#endif
