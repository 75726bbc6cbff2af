/*
 * dice: chance from a seed; the same seed, the same numbers.
 *
 * Whoever draws has dice of its own, split from the world's, so that one more
 * draw at one place does not change what happens everywhere else.
 */
#ifndef TESTS_SIM_DICE_H
#define TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* `stream` tells those of one seed from each other. */
struct dice dice_of(uint64_t seed, uint64_t stream);

uint64_t dice_next(struct dice *dice);

/* 0 to below - 1. */
uint32_t dice_draw(struct dice *dice, uint32_t below);

/* least to most, both included. */
int64_t dice_between(struct dice *dice, int64_t least, int64_t most);

/* So often out of a thousand. */
bool dice_is(struct dice *dice, uint32_t per_mille);

/* A pause of `mean_ms` on average, 1 at least. */
int64_t dice_pause(struct dice *dice, int64_t mean_ms);

#endif
