#include "devices/core/pattern.h"

const struct pattern patterns[PATTERN_COUNT] = {
#define PATTERN(id, ...) [PATTERN_##id] = { __VA_ARGS__ },
#include "devices/core/pattern.def"
#undef PATTERN
};

static uint64_t once_ms(const struct pattern *pattern)
{
    uint64_t ms = 0;

    for (uint32_t i = 0; i < PATTERN_STEPS && pattern->steps[i]; i++)
        ms += pattern->steps[i];
    return ms;
}

/* From one beginning to the next. */
static uint64_t period_ms(const struct pattern *pattern)
{
    return once_ms(pattern) + pattern->pause_ms;
}

bool pattern_is_over(const struct pattern *pattern, uint64_t after_ms)
{
    if (pattern->repeats == 0)
        return period_ms(pattern) == 0;
    return after_ms + pattern->pause_ms >=
           pattern->repeats * period_ms(pattern);
}

bool pattern_is_on(const struct pattern *pattern, uint64_t after_ms)
{
    uint64_t left_ms;

    if (pattern_is_over(pattern, after_ms))
        return false;
    left_ms = after_ms % period_ms(pattern);
    for (uint32_t i = 0; i < PATTERN_STEPS && pattern->steps[i]; i++) {
        if (left_ms < pattern->steps[i])
            return i % 2 == 0;
        left_ms -= pattern->steps[i];
    }
    return false;
}

uint64_t pattern_next_ms(const struct pattern *pattern, uint64_t after_ms)
{
    uint64_t at_ms;
    uint64_t begun_ms;

    if (pattern_is_over(pattern, after_ms))
        return UINT64_MAX;
    begun_ms = after_ms - after_ms % period_ms(pattern);
    at_ms = begun_ms;
    for (uint32_t i = 0; i < PATTERN_STEPS && pattern->steps[i]; i++) {
        at_ms += pattern->steps[i];
        if (at_ms > after_ms)
            return at_ms;
    }
    return begun_ms + period_ms(pattern);
}
