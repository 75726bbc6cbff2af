#include "devices/core/alert.h"

Dw__Priority alert_priority(Dw__Priority said)
{
    return said == DW__PRIORITY__PRIORITY_EXPRESS ||
                           said == DW__PRIORITY__PRIORITY_VIP
                   ? said
                   : DW__PRIORITY__PRIORITY_NORMAL;
}

bool alert_goes_first(Dw__Priority later, Dw__Priority earlier)
{
    return alert_priority(later) >= alert_priority(earlier);
}

enum pattern_id alert_pattern(Dw__Priority priority)
{
    static const enum pattern_id of[] = {
        [DW__PRIORITY__PRIORITY_NORMAL] = PATTERN_PAGE_NORMAL,
        [DW__PRIORITY__PRIORITY_EXPRESS] = PATTERN_PAGE_EXPRESS,
        [DW__PRIORITY__PRIORITY_VIP] = PATTERN_PAGE_VIP,
    };

    return of[alert_priority(priority)];
}
