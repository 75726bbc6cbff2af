/* What was committed a moment ago stays in memory, with the bytes that were
 * made of it, for clients that a burst has left behind. */
#include "hub/hub_parts.h"

static void forget_recent(struct hub *hub, uint64_t upto)
{
    for (; hub->recent_from <= upto; hub->recent_from++) {
        struct evt **slot = &hub->recent[hub->recent_from % RECENT];

        if (!*slot)
            continue;
        hub->recent_bytes -= evt_bytes(*slot);
        evt_unref(*slot);
        *slot = NULL;
    }
}

/* Keep it for clients that a burst has left behind. Takes the reference. */
void hub_keep_recent(struct hub *hub, struct evt *evt)
{
    if (hub->recent_bytes == 0)
        hub->recent_from = evt->seq;
    if (evt->seq >= hub->recent_from + RECENT)
        forget_recent(hub, evt->seq - RECENT);
    hub->recent[evt->seq % RECENT] = evt;
    hub->recent_bytes += evt_bytes(evt);
    while (hub->recent_bytes > RECENT_BYTES && hub->recent_from < evt->seq)
        forget_recent(hub, hub->recent_from);
}

struct evt *hub_recent(const struct hub *hub, uint64_t seq)
{
    struct evt *evt = hub->recent[seq % RECENT];

    return evt && evt->seq == seq ? evt : NULL;
}

void hub_finish_recent(struct hub *hub)
{
    for (int i = 0; i < RECENT; i++)
        evt_unref(hub->recent[i]);
}
