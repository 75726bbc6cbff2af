/*
 * alert: of several things that want to be noticed, which one: vip before
 * express before normal, and of the same the newest.
 */
#ifndef DEVICES_CORE_ALERT_H
#define DEVICES_CORE_ALERT_H

#include <stdbool.h>

#include "devices/core/pattern.h"
#include "schemas/notification.pb-c.h"

/* What nobody has said is normal, and so is what no one knows. */
Dw__Priority alert_priority(Dw__Priority said);

/* Is one that came later shown in place of the other? */
bool alert_goes_first(Dw__Priority later, Dw__Priority earlier);

/* What a page of this priority sounds like. */
enum pattern_id alert_pattern(Dw__Priority priority);

#endif
