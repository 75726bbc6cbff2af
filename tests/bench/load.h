/*
 * load: events from a source to a crowd, in a closed loop: a next one only
 * when enough of the earlier ones have arrived everywhere.
 *
 * A source is whoever makes events happen: the producer behind the daemon
 * (producer.h), or the bare sender (floor.h).
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/crowd.h"

struct source {
    void *self;
    pid_t pid;                         /* whose processor time is counted */
    void (*publish)(void *self);       /* one more order.created */
    uint64_t (*unsettled)(void *self); /* published, not acknowledged */
    struct pollfd (*watch)(void *self);
    void (*serve)(void *self);
};

struct measure {
    uint32_t events;
    int64_t wall_us;
    int64_t cpu_us;  /* of the source's process */
    uint64_t frames; /* delivered */
    uint64_t bytes;
};

/*
 * `events` from the source, at most `window` of them under way. Under way is
 * what is not acknowledged, or has not reached every client of the crowd,
 * which may be NULL.
 */
struct measure load_run(const struct source *source, struct crowd *crowd,
        uint32_t events, uint32_t window);

/* Serve both until nothing more is heard for `ms`. */
void load_rest(const struct source *source, struct crowd *crowd, int ms);

/* The measures of several rounds together. */
struct measure load_sum(struct measure a, struct measure b);

#endif
