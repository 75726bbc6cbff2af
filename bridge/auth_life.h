/*
 * auth_life: how long tokens and keys are good, as people write it and as we
 * limit it.
 */
#ifndef BRIDGE_AUTH_LIFE_H
#define BRIDGE_AUTH_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#define LIFE_DAY_MS   ((int64_t)24 * 60 * 60 * 1000)
#define LIFE_MAX_MS   (400 * LIFE_DAY_MS) /* of any token */
#define LIFE_STAFF_MS (LIFE_DAY_MS / 2)   /* a shift */
#define LIFE_TABLE_MS (LIFE_DAY_MS / 6)   /* guests at a table */
#define LIFE_LINK_MS  ((int64_t)15 * 60 * 1000)

/* "90s", "15m", "12h", "1d" or plain seconds, up to LIFE_MAX_MS, in ms. False:
 * none of these. */
bool life_read(const char *text, int64_t *ms);

/*
 * A day, "2026-06-30", which counts to its end, or a moment of it,
 * "2026-06-30T18:00:00Z"; in Unix milliseconds. False: neither.
 */
bool life_read_end(const char *text, int64_t *at_ms);

#endif
