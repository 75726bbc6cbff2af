/*
 * alarm: moments to come, of which the next one is found at once; of the same
 * moment the one that was set first.
 *
 * A heap of alarms that lie within their owners' memory. What a moment is
 * counted in is the caller's. No memory: the process stops.
 */
#ifndef HUB_BASE_ALARM_H
#define HUB_BASE_ALARM_H

#include <stdint.h>

/* Starts as all zeros; not the owner's to touch. */
struct alarm {
    int64_t at;
    uint64_t turn;  /* in which they were set */
    uint32_t place; /* in the heap, from 1; 0: it is not set */
};

/* Starts as all zeros. */
struct alarms {
    struct alarm **heap;
    uint64_t turns;
    uint32_t count;
    uint32_t size;
};

/* Releases the heap; all its alarms must be gone, or never be used again. */
void alarms_finish(struct alarms *alarms);

/* Set, or set anew. Borrows it until alarm_drop. */
void alarm_set(struct alarms *alarms, struct alarm *alarm, int64_t at);

/* Not set: nothing happens. */
void alarm_drop(struct alarms *alarms, struct alarm *alarm);

/* The one that is due first, borrowed; NULL: none is set. */
struct alarm *alarms_first(const struct alarms *alarms);

#endif
