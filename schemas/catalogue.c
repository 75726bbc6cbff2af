#include "schemas/catalogue.h"

#include <string.h>

#include "schemas/device.pb-c.h"
#include "schemas/doors.pb-c.h"
#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "schemas/people.pb-c.h"
#include "schemas/rooms.h"
#include "schemas/watch.pb-c.h"

const struct evt_kind evt_kinds[EVT_COUNT] = {
#define EVT(id, ...) [EVT_##id] = { __VA_ARGS__ },
#include "schemas/catalogue.def"
#undef EVT
};

enum evt_id evt_find(const char *name)
{
    for (int i = 0; i < EVT_COUNT; i++)
        if (strcmp(evt_kinds[i].name, name) == 0)
            return (enum evt_id)i;
    return EVT_NONE;
}

enum evt_id evt_find_wire(uint32_t wire)
{
    for (int i = 0; i < EVT_COUNT; i++)
        if (evt_kinds[i].wire == wire)
            return (enum evt_id)i;
    return EVT_NONE;
}

bool evt_is_receiptable(enum evt_id what)
{
    static const char *const others[] = { "print.", "page.", "delivery." };
    const struct evt_kind *kind = &evt_kinds[what];

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strncmp(kind->name, others[i], strlen(others[i])) == 0)
            return false;
    return kind->keep == KEEP_ALL && !kind->transient;
}

enum view evt_view(enum evt_id what, uint32_t mask)
{
    const struct evt_kind *kind = &evt_kinds[what];

    if (kind->full & mask)
        return VIEW_FULL;
    if (kind->staff & mask)
        return VIEW_STAFF;
    if (kind->customer & mask)
        return VIEW_CUSTOMER;
    if (kind->device & mask)
        return VIEW_DEVICE;
    return VIEW_NONE;
}
