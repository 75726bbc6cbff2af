/*
 * schedule: when a request that was not accepted is sent again. Pure.
 *
 * For ever: an order waits for its back end, not the other way round. The
 * pauses double from 0.5 s to 60 s, with jitter: each lies anywhere in the
 * upper half of its bound.
 */
#ifndef BRIDGE_HOOK_SCHEDULE_H
#define BRIDGE_HOOK_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_FIRST_MS 500u
#define SCHEDULE_MOST_MS  60000u
#define SCHEDULE_ASKED_S  900u /* most of a Retry-After that is heeded */

/* Is it accepted? `status` is that of HTTP; 0: there was no answer. */
bool schedule_is_accepted(long status);

/*
 * Milliseconds until the next attempt, after `failures` in a row (1 or more)
 * of which the last was answered with `status`.
 *
 * Whoever says 429 or 503 is not asked again before `retry_after_s` (0: not
 * said). 410 should end it, says the standard; but there is one receiver here
 * and the operator who named it can take its name out again, while a kitchen
 * cannot do without. So 410 takes the longest pause at once.
 */
uint32_t schedule_pause_ms(
        uint32_t failures, long status, uint32_t retry_after_s, uint32_t dice);

#endif
