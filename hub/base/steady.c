#include "hub/base/steady.h"

#include <string.h>

#define SAME_CLOCK_MS 1000 /* so much it is put right without being set */

/* What may pass between two looks at it. */
static int64_t at_most_a_step(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms < STEADY_STEP_MS ? ms : STEADY_STEP_MS;
}

void steady_init(struct steady *steady, int64_t wall_ms)
{
    *steady = (struct steady){ .wall_ms = wall_ms };
    for (int i = 0; i < STEADY_CLOCKS; i++)
        steady->offsets[i] = wall_ms;
}

/* What of a step was set. */
static int64_t set_by(
        const struct steady *steady, int64_t step_ms, const int64_t *ahead_ms)
{
    if (ahead_ms)
        return steady->knows_ahead ? *ahead_ms - steady->ahead_ms : 0;
    return step_ms < 0 || step_ms > STEADY_STEP_MS ? step_ms : 0;
}

static void remember(struct steady *steady, int64_t offset_ms)
{
    int64_t by_ms = offset_ms - steady->offsets[0];

    if (by_ms < -SAME_CLOCK_MS || by_ms > SAME_CLOCK_MS)
        memmove(steady->offsets + 1, steady->offsets,
                (STEADY_CLOCKS - 1) * sizeof(steady->offsets[0]));
    steady->offsets[0] = offset_ms;
}

void steady_tick(
        struct steady *steady, int64_t wall_ms, const int64_t *ahead_ms)
{
    int64_t step_ms = wall_ms - steady->wall_ms;
    int64_t set_ms = set_by(steady, step_ms, ahead_ms);

    steady->passed_ms += at_most_a_step(step_ms - set_ms);
    steady->wall_ms = wall_ms;
    steady->set_ms += set_ms;
    steady->knows_ahead = ahead_ms != NULL;
    steady->ahead_ms = ahead_ms ? *ahead_ms : 0;
    remember(steady, wall_ms - steady->passed_ms);
}

int64_t steady_now(const struct steady *steady)
{
    return steady->passed_ms;
}

int64_t steady_at(const struct steady *steady, int64_t wall_ms)
{
    return steady->passed_ms + at_most_a_step(wall_ms - steady->wall_ms);
}

int64_t steady_set(const struct steady *steady)
{
    return steady->set_ms;
}

int64_t steady_age(const struct steady *steady, int64_t wall_ms)
{
    int64_t shortest_ms = -1;

    for (int i = 0; i < STEADY_CLOCKS; i++) {
        int64_t age_ms = steady->passed_ms - (wall_ms - steady->offsets[i]);

        if (age_ms >= 0 && (shortest_ms < 0 || age_ms < shortest_ms))
            shortest_ms = age_ms;
    }
    return shortest_ms < 0 ? 0 : shortest_ms;
}
