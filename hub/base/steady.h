/*
 * steady: how much time has passed, whatever is done to the wall clock.
 *
 * It is what passes from tick to tick, at most STEADY_STEP_MS each: of a time
 * in which nobody looked nobody's waiting is counted, since what was said
 * meanwhile has not been heard yet. How far the clock is ahead of one that
 * nobody sets tells what of a step has passed and what was set; whoever does
 * not know leaves it out, and then what is longer than a step, or goes back, is
 * the clock's. Reads no clock.
 */
#ifndef HUB_BASE_STEADY_H
#define HUB_BASE_STEADY_H

#include <stdbool.h>
#include <stdint.h>

#define STEADY_STEP_MS 2000
#define STEADY_CLOCKS  4 /* how many settings of the clock are remembered */

/* Moments are in ms; not the owner's to touch. */
struct steady {
    int64_t passed_ms; /* since steady_init, as of the last tick */
    int64_t wall_ms;   /* that tick, by the clock */
    int64_t set_ms;    /* by how much the clock was set, in sum */
    int64_t ahead_ms;  /* as of the last tick, if it was known */
    bool knows_ahead;
    int64_t offsets[STEADY_CLOCKS]; /* a clock's moment less the steady one; the
                                       newest first */
};

/* It begins at 0. */
void steady_init(struct steady *steady, int64_t wall_ms);

/* A tick. `ahead_ms`: how far the clock is ahead of one that nobody sets,
 * whatever that one counts from; NULL: nobody knows. */
void steady_tick(
        struct steady *steady, int64_t wall_ms, const int64_t *ahead_ms);

/* What had passed at the last tick. */
int64_t steady_now(const struct steady *steady);

/* What has passed by a moment of the clock after the last tick. */
int64_t steady_at(const struct steady *steady, int64_t wall_ms);

/* By how much the clock was set since steady_init, in sum. */
int64_t steady_set(const struct steady *steady);

/* How long ago a moment of the clock was, as of the last tick. It may be one of
 * any of the last clocks: the shortest time that is possible counts, rather too
 * late than all at once. One to come: 0. */
int64_t steady_age(const struct steady *steady, int64_t wall_ms);

#endif
