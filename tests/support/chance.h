/*
 * chance: bodies of any kind with values by chance, from a seed.
 *
 * Most are valid, or would be at another moment; some are not at all. Ids,
 * tables and words are few, so that statements meet: the same order, table or
 * call comes again and again. The same seed gives the same bodies.
 */
#ifndef TESTS_SUPPORT_CHANCE_H
#define TESTS_SUPPORT_CHANCE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "hub/state.h"
#include "schemas/catalogue.h"

struct chance {
    uint64_t seed; /* not 0; changes with each draw */
    int64_t now_ms;
    const struct state *state; /* ids that the hub has made are drawn of it */
};

/* 0 to below - 1. */
uint32_t chance_draw(struct chance *chance, uint32_t below);

/* So often out of a hundred. */
bool chance_is(struct chance *chance, uint32_t percent);

/* Handed over. */
ProtobufCMessage *chance_body(struct chance *chance, enum evt_id what);

#endif
