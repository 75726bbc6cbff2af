/*
 * demo_evening: a believable evening in a small restaurant, played by the
 * clock that the caller shows it.
 *
 * It speaks to the hub as a back end would, in JSON through the dialect, and
 * by chance from a seed, so that the same seed and times give the same
 * evening. As a back end's, what it says are facts whoever decides: with
 * authority.mode backend, too, it submits to the hub itself. Whatever a human
 * has already done at a screen it leaves alone. Knows no sockets and reads no
 * clock.
 */
#ifndef BRIDGE_DEMO_EVENING_H
#define BRIDGE_DEMO_EVENING_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/evt/principal.h"

struct hub;

#define EVENING_ORDERS 12 /* most orders open at once */
#define EVENING_TABLES 12

struct evening_order {
    char id[ID_CHARS + 1]; /* "": unused */
    uint32_t table;
    uint32_t step;   /* index of what happens next */
    int64_t next_ms; /* and when */
};

struct evening {
    struct hub *hub;
    struct principal till;
    uint64_t random;
    uint64_t number; /* of the last order */
    int64_t next_order_ms;
    int64_t next_call_ms;
    int64_t next_look_ms; /* for calls and alerts to be taken care of */
    uint32_t refused;     /* statements that were wrong: our mistakes */
    struct evening_order orders[EVENING_ORDERS];
};

/* Begin; takes up again the orders that an earlier evening left open. */
void evening_init(struct evening *evening, struct hub *hub, uint64_t seed,
        int64_t now_ms);

/* Let happen what is due. */
void evening_tick(struct evening *evening, int64_t now_ms);

/* How many orders it is playing. */
uint32_t evening_open_orders(const struct evening *evening);

#endif
