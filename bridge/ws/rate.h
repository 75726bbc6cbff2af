/*
 * rate: a token bucket, for messages a second.
 *
 * It starts full and holds RATE_BURST seconds' worth. Time is an argument.
 */
#ifndef BRIDGE_WS_RATE_H
#define BRIDGE_WS_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_BURST 4

struct rate {
    uint32_t per_second; /* 0: not limited */
    uint64_t milli;      /* thousandths of a token left */
    int64_t at_ms;       /* when that was so */
    uint32_t strikes;    /* refusals since the bucket was last full */
};

/* A full bucket. `per_second` 0 refuses nothing. */
void rate_init(struct rate *rate, uint32_t per_second, int64_t now_ms);

/* Another rate from now on. What is left stays, as far as it fits: whoever
 * changes over and over gains nothing. One without a rate so far is filled. */
void rate_change(struct rate *rate, uint32_t per_second, int64_t now_ms);

/* Take one token. False, and one more strike: there is none. */
bool rate_take(struct rate *rate, int64_t now_ms);

/* How long after the last rate_take there is a token; 0: there is one. */
uint32_t rate_wait_ms(const struct rate *rate);

/* … and how long after it the bucket is full. */
uint32_t rate_full_ms(const struct rate *rate);

/* --- buckets for those who come without a connection of their own --- */

#define RATE_KINDS  8 /* different rates: those of roles.def, and our own */
#define RATE_SLOTS  256
#define RATE_PROBES 4

struct rate_slot {
    uint64_t who; /* 0: free */
    struct rate rate;
};

/*
 * Fixed in size: who finds no place of its own, because all that it may have
 * are in use, shares one; with somebody of the same rate, so that a crowd of
 * guests slows no till.
 */
struct rate_table {
    struct rate_kind {
        uint32_t per_second; /* 0: free */
        struct rate_slot slots[RATE_SLOTS];
    } kinds[RATE_KINDS];
    struct rate unlimited; /* of all whom no rate limits */
};

/*
 * The bucket of `who`, a hash that nobody outside can steer. Borrowed, until
 * the next call.
 */
struct rate *rate_of(struct rate_table *table, uint64_t who,
        uint32_t per_second, int64_t now_ms);

#endif
