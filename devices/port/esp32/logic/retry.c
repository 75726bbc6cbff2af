#include "devices/port/esp32/logic/retry.h"

#define SPAN_LEAST_MS 500
#define SPAN_MOST_MS  30000
#define PAUSE_MS      50 /* at least */
#define STEADY_MS     10000

/* Also a device that rests for ever looks around now and then. */
#define REST_MOST_MS (10 * 60 * 1000)

static uint32_t span_ms(uint32_t failures)
{
    return failures < 6 ? SPAN_LEAST_MS << failures : SPAN_MOST_MS;
}

void retry_linked(struct retry *retry, uint64_t now_ms)
{
    retry->since_ms = now_ms;
}

void retry_lost(struct retry *retry, uint64_t now_ms, uint32_t random)
{
    if (retry->since_ms != 0 && now_ms - retry->since_ms >= STEADY_MS)
        retry->failures = 0;
    retry->at_ms = now_ms + PAUSE_MS + random % span_ms(retry->failures);
    retry->since_ms = 0;
    if (retry->failures < UINT32_MAX)
        retry->failures++;
}

void retry_ended(struct retry *retry, uint64_t now_ms)
{
    *retry = (struct retry){ .at_ms = now_ms };
}

uint32_t turn_wait_ms(
        uint64_t now_ms, uint64_t wake_ms, uint64_t due_ms, uint64_t rest_ms)
{
    uint64_t until_ms = now_ms + TURN_MOST_MS;

    if (rest_ms > until_ms)
        until_ms = rest_ms;
    if (wake_ms < until_ms)
        until_ms = wake_ms;
    if (due_ms < until_ms)
        until_ms = due_ms;
    if (until_ms > now_ms + REST_MOST_MS)
        until_ms = now_ms + REST_MOST_MS;
    return until_ms > now_ms ? (uint32_t)(until_ms - now_ms) : 0;
}
