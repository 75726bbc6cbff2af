/*
 * lane: one client's queue of events waiting to be written.
 *
 * A lane holds references to shared events and copies no payload. It is
 * bounded by number, by bytes and by age. Over half full it keeps only the
 * newest of what is state or telemetry; full, it gives up telemetry; then it
 * refuses, and the client goes on from what was committed, at its own pace,
 * for as long as LANE_AGE_MS. What must be seen is never given up silently.
 */
#ifndef HUB_LANE_H
#define HUB_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"

struct evt;

#define LANE_SLOTS  512            /* most events waiting */
#define LANE_BYTES  (256u * 1024u) /* most bytes they stand for (evt_bytes) */
#define LANE_AGE_MS 10000          /* longest that the oldest may wait */

struct lane_slot {
    struct evt *evt; /* a reference is held */
    int64_t at_ms;   /* when it was queued */
    uint32_t room;   /* by which of its rooms it reached the client */
};

struct lane {
    struct lane_slot *slots; /* ring; allocated with the first event */
    uint32_t size;           /* slots allocated, a power of two */
    uint32_t first;          /* index of the oldest */
    uint32_t count;          /* events waiting */
    size_t bytes;            /* what they stand for */
};

/* Start empty; allocates nothing. Pair with lane_finish. */
void lane_init(struct lane *lane);

/* Release every waiting event. A zeroed or finished lane is fine. */
void lane_finish(struct lane *lane);

/*
 * Queue `evt`, borrowed: the lane takes a reference of its own.
 * ERR_TOO_SLOW: full of what must be seen; `evt` is not in it.
 * ERR_NO_MEMORY: unchanged.
 */
enum err lane_push(
        struct lane *lane, struct evt *evt, uint32_t room, int64_t now_ms);

/* Hand over the oldest event, or NULL when empty. The caller unrefs it. */
struct evt *lane_pop(struct lane *lane, uint32_t *room);

/* The oldest event, borrowed, or NULL when empty. */
const struct evt *lane_oldest(const struct lane *lane);

/* Let go of what `is_wanted` does not want; it may correct the slot's room. */
void lane_filter(struct lane *lane,
        bool (*is_wanted)(const void *context, struct lane_slot *slot),
        const void *context);

/* How long the oldest has waited; 0 when empty. */
int64_t lane_age_ms(const struct lane *lane, int64_t now_ms);

#endif
