/*
 * agenda: what is to happen when, in simulated milliseconds. What is due at
 * the same moment happens in the order in which it was put there.
 */
#ifndef TESTS_SIM_AGENDA_H
#define TESTS_SIM_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

struct world;

typedef void agenda_act(struct world *world, void *who, uint64_t number);

struct deed {
    int64_t at_ms;
    uint64_t order;
    agenda_act *act;
    void *who;
    uint64_t number;
};

struct agenda {
    struct deed *deeds; /* a heap */
    uint32_t count, size;
    uint64_t put; /* so far */
};

void agenda_finish(struct agenda *agenda);

void agenda_put(struct agenda *agenda, int64_t at_ms, agenda_act *act,
        void *who, uint64_t number);

/* The next one, handed over; false: there is none. */
bool agenda_take(struct agenda *agenda, struct deed *deed);

#endif
