/* The last events of a kind, in memory from the first time that somebody asks
 * for them: a crowd that comes back together costs no disk. */
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/hub_parts.h"

#define HISTORY_BYTES (1024 * 1024) /* of one kind, with all forms */

/* Live events until somebody asks, then copies that say that they are told
 * again: what was made of them for the wires says so, too. */
struct history {
    struct evt *events[HISTORY]; /* ring; a reference each */
    uint32_t first;
    uint32_t count;
};

static struct evt **slot(struct history *history, uint32_t age)
{
    return &history->events[(history->first + age) % HISTORY];
}

static void drop_oldest(struct history *history)
{
    evt_unref(*slot(history, 0));
    history->first = (history->first + 1) % HISTORY;
    history->count--;
}

/* Takes the reference. */
static void append(struct history *history, struct evt *evt)
{
    if (history->count == HISTORY)
        drop_oldest(history);
    *slot(history, history->count) = evt;
    history->count++;
}

/* Forms are made after an event was kept: only a look at all tells. */
static void trim(struct history *history)
{
    size_t bytes = 0;
    uint32_t age = history->count;

    while (age > 0 && bytes <= HISTORY_BYTES)
        bytes += evt_memory(*slot(history, --age));
    if (bytes > HISTORY_BYTES)
        for (age++; age > 0; age--)
            drop_oldest(history);
}

/* --- made --- */

struct reading {
    const struct hub *hub;
    struct evt *events[HISTORY]; /* newest first */
    uint32_t count;
};

static bool on_record(void *context, const struct record *record)
{
    struct reading *reading = context;
    struct evt *evt = hub_evt_of(reading->hub, record);

    if (evt)
        reading->events[reading->count++] = evt;
    return reading->count < HISTORY;
}

/* What cannot be read is left out: the journal has said so in the log. */
static struct history *load(struct hub *hub, enum evt_id what)
{
    struct history *history = calloc(1, sizeof(*history));
    struct reading reading = { .hub = hub };

    if (!history)
        return NULL;
    journal_read_back(hub->journal, hub->head, RESUME_DISTANCE,
            evt_kinds[what].wire, on_record, &reading);
    while (reading.count > 0)
        append(history, reading.events[--reading.count]);
    return history;
}

/* The same event, told again; NULL: out of memory. */
static struct evt *copy_to_replay(const struct evt *evt)
{
    ProtobufCMessage *body = body_unpack_own(
            evt_kinds[evt->what].body, evt->packed, evt->packed_len);
    struct evt *copy;

    if (!body || evt_create(evt->what, body, &copy) != ERR_OK)
        return NULL;
    copy->id = evt->id;
    copy->cause = evt->cause;
    copy->seq = evt->seq;
    copy->epoch = evt->epoch;
    copy->seal = evt->seal;
    copy->ts_ms = evt->ts_ms;
    copy->exp_ms = evt->exp_ms;
    memcpy(copy->src, evt->src, sizeof(copy->src));
    memcpy(copy->key, evt->key, sizeof(copy->key));
    memcpy(copy->rooms, evt->rooms, sizeof(copy->rooms));
    copy->room_count = evt->room_count;
    copy->replay = true;
    return copy;
}

/* The event of this age as it is told again, borrowed, or NULL. */
static struct evt *replay_at(struct history *history, uint32_t age)
{
    struct evt **at = slot(history, age);
    struct evt *copy;

    if ((*at)->replay)
        return *at;
    copy = copy_to_replay(*at);
    if (!copy)
        return NULL;
    evt_unref(*at);
    *at = copy;
    return copy;
}

/* --- kept --- */

void hub_keep_history(struct hub *hub, struct evt *evt)
{
    struct history *history = hub->histories[evt->what];

    if (!history)
        return;
    append(history, evt_ref(evt));
    trim(history);
}

void hub_finish_history(struct hub *hub)
{
    for (int i = 0; i < EVT_COUNT; i++) {
        struct history *history = hub->histories[i];

        while (history && history->count > 0)
            drop_oldest(history);
        free(history);
        hub->histories[i] = NULL;
    }
}

/* --- asked for --- */

/* By which of its rooms it is the client's; since when it is there does not
 * matter. -1: by none. */
static int room_of(const struct hub_client *client, const struct evt *evt)
{
    int room = client->everything ? 0 : -1;

    for (uint32_t i = 0; i < client->membership_count; i++) {
        int index = evt_room_index(evt, &client->memberships[i].room);

        if (index >= 0 && (room < 0 || index < room))
            room = index;
    }
    return room;
}

uint32_t hub_history(struct hub *hub, struct hub_client *client,
        enum evt_id what, struct delivery *deliveries, uint32_t max)
{
    enum view view = evt_view(what, client->principal.roles);
    struct history *history;
    uint32_t count = 0;

    if (hub_admits(hub, client) != ERR_OK)
        return 0;
    if (!hub->histories[what] && view != VIEW_NONE)
        hub->histories[what] = load(hub, what);
    history = hub->histories[what];
    if (!history || view == VIEW_NONE)
        return 0;
    trim(history);
    /* From the newest on, for the newest that fit; then turned round. */
    for (uint32_t age = history->count; age > 0 && count < max; age--) {
        struct evt *evt = replay_at(history, age - 1);
        int room = evt ? room_of(client, evt) : -1;

        if (room >= 0 && !hub_is_before(hub, client, evt) &&
                !hub_is_of_others(hub, client, evt))
            deliveries[count++] =
                    (struct delivery){ evt_ref(evt), (uint32_t)room, view };
    }
    for (uint32_t i = 0; i < count / 2; i++) {
        struct delivery other = deliveries[i];

        deliveries[i] = deliveries[count - 1 - i];
        deliveries[count - 1 - i] = other;
    }
    return count;
}
