/* What was committed a moment ago stays in memory, with the bytes that were
 * made of it, for clients that a burst has left behind. */
#include "hub/hub_parts.h"

static void forget(struct hub *hub, uint64_t seq)
{
    struct evt **slot = &hub->recent[seq % RECENT];

    if (*slot && (*slot)->seq == seq) {
        evt_unref(*slot);
        *slot = NULL;
    }
}

void hub_keep_recent(struct hub *hub, struct evt *evt)
{
    struct evt **slot = &hub->recent[evt->seq % RECENT];

    evt_unref(*slot);
    *slot = evt;
}

struct evt *hub_recent(const struct hub *hub, uint64_t seq)
{
    struct evt *evt = hub->recent[seq % RECENT];

    return evt && evt->seq == seq ? evt : NULL;
}

/* Forms are made after an event has been kept, so that only a look at all of
 * them tells how much they take. The newest are worth the most. */
void hub_trim_recent(struct hub *hub, int64_t now_ms)
{
    uint64_t oldest = hub->head > RECENT ? hub->head - RECENT : 0;
    size_t bytes = 0;

    for (uint64_t seq = hub->head; seq > oldest; seq--) {
        const struct evt *evt = hub_recent(hub, seq);

        if (!evt)
            return; /* and none before it */
        bytes += evt_memory(evt);
        if (bytes <= RECENT_BYTES && now_ms - evt->ts_ms <= LANE_AGE_MS)
            continue;
        for (; seq > oldest; seq--)
            forget(hub, seq);
        return;
    }
}

void hub_finish_recent(struct hub *hub)
{
    for (int i = 0; i < RECENT; i++)
        evt_unref(hub->recent[i]);
}
