#include "bridge/hook/schedule.h"

bool schedule_is_accepted(long status)
{
    return status >= 200 && status < 300;
}

static uint32_t bound_ms(uint32_t failures, long status)
{
    uint32_t doubled = failures > 0 ? failures - 1 : 0;

    if (status == 410 || doubled >= 7) /* 0.5 s, seven times doubled: 64 s */
        return SCHEDULE_MOST_MS;
    return SCHEDULE_FIRST_MS << doubled;
}

uint32_t schedule_pause_ms(
        uint32_t failures, long status, uint32_t retry_after_s, uint32_t dice)
{
    uint32_t half = bound_ms(failures, status) / 2;
    uint32_t pause = half + dice % (half + 1);
    uint32_t asked = 0;

    if (status == 429 || status == 503)
        asked = (retry_after_s < SCHEDULE_ASKED_S ? retry_after_s
                                                  : SCHEDULE_ASKED_S) *
                1000;
    return pause > asked ? pause : asked;
}
