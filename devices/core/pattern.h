/*
 * pattern: on and off by the clock, for a buzzer and a light. It plays nothing
 * itself: it says what is to be at which moment.
 */
#ifndef DEVICES_CORE_PATTERN_H
#define DEVICES_CORE_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#define PATTERN_STEPS 16

/* Rows of pattern.def. */
struct pattern {
    uint16_t steps[PATTERN_STEPS]; /* ms: on, off, on, …; 0 ends them */
    uint16_t pause_ms;             /* between one time and the next */
    uint8_t repeats;               /* times; 0: for ever */
    bool buzzes;
    bool is_urgent; /* heard where others are only seen */
};

enum pattern_id {
#define PATTERN(id, ...) PATTERN_##id,
#include "devices/core/pattern.def"
#undef PATTERN
    PATTERN_COUNT
};

extern const struct pattern patterns[PATTERN_COUNT];

/* Is it on, so many milliseconds after it began? */
bool pattern_is_on(const struct pattern *pattern, uint64_t after_ms);

/* Has it come to its end? */
bool pattern_is_over(const struct pattern *pattern, uint64_t after_ms);

/* How many milliseconds after it began it may change next, later than
 * `after_ms`; UINT64_MAX: never. */
uint64_t pattern_next_ms(const struct pattern *pattern, uint64_t after_ms);

#endif
