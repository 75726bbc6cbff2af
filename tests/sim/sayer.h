/*
 * sayer: somebody who says what happens: a back end, waiters, cooks, guests.
 *
 * Everything is said with a key, and said again with the same key until it is
 * answered.
 */
#ifndef TESTS_SIM_SAYER_H
#define TESTS_SIM_SAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"
#include "tests/sim/dice.h"

struct world;

#define SAYER_REQUESTS 4 /* unanswered at once */
#define FLOOR_ORDERS   64

struct request {
    uint32_t number; /* 0: free */
    enum evt_id what;
    ProtobufCMessage *body; /* owned */
    char key[40];
    uint32_t tries;
};

struct sayer {
    uint32_t index;
    uint32_t work; /* which row of its kind of work */
    struct principal principal;
    struct dice dice;
    int64_t pause_ms; /* between two statements */
    uint32_t said;
    struct request requests[SAYER_REQUESTS];
};

/* What they all know: orders, as far as somebody has been told. */
struct floor_order {
    uint32_t number, table;
};

struct floor {
    struct floor_order orders[FLOOR_ORDERS]; /* ring */
    uint32_t order_count;
};

void sayers_begin(struct world *world);
void sayers_end(struct world *world);

/* The answer has arrived. */
void sayer_answered(
        struct world *world, uint32_t sayer, uint32_t request, enum err err);

/* Does nobody wait for an answer? */
bool sayers_are_done(const struct world *world);

#endif
