#include "tests/sim/dice.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct dice dice_of(uint64_t seed, uint64_t stream)
{
    return (struct dice){ mix(seed * 0x9e3779b97f4a7c15u + stream) };
}

uint64_t dice_next(struct dice *dice)
{
    dice->state += 0x9e3779b97f4a7c15u;
    return mix(dice->state);
}

uint32_t dice_draw(struct dice *dice, uint32_t below)
{
    return (uint32_t)((dice_next(dice) >> 32) % below);
}

int64_t dice_between(struct dice *dice, int64_t least, int64_t most)
{
    return least + (int64_t)dice_draw(dice, (uint32_t)(most - least + 1));
}

bool dice_is(struct dice *dice, uint32_t per_mille)
{
    return dice_draw(dice, 1000) < per_mille;
}

/* Two thrown together: mostly near the mean, no floating point. */
int64_t dice_pause(struct dice *dice, int64_t mean_ms)
{
    return 1 + dice_draw(dice, (uint32_t)mean_ms) +
           dice_draw(dice, (uint32_t)mean_ms);
}
