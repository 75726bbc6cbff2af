/*
 * Devices that go. A last will is a hint: most of those who are gone are back
 * before anybody would have minded, and if many go at once it is one trouble
 * of the network, not one of each. One that sleeps says when it will be back,
 * and is gone when it is not.
 *
 * Held back here, after validate and before the journal, and not by the
 * transport: whoever hears of it, it counts the same, in the hub's own time. It
 * lies in memory alone; what is gone still says so again after a restart,
 * because a device's state is retained.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/device.pb-c.h"
#include "schemas/members.h"

#define NETWORK "network"
#define BROKER  "broker"
#define MANY    5     /* devices that go at once are one trouble */
#define ONCE_MS 5000  /* that is, within */
#define LINK_MS 10000 /* without the broker until that is news */
#define SURE_MS                                                                \
    1000 /* from when it was said until it is looked whether the               \
            journal has taken it */

/* One that has said, or of which was said, that it is gone. */
struct absence {
    struct alarm alarm; /* first: what is found by it; of hub_passed */
    char id[ID_CHARS + 1];
    uint32_t boot;
    int64_t wait_ms; /* until it is gone */
    UT_hash_handle hh;
};

/* --- held back --- */

static struct absence *find_absence(const struct hub *hub, const char *id)
{
    struct absence *absence;

    HASH_FIND_STR(hub->presence.absences, id, absence);
    return absence;
}

static void forget(struct hub *hub, struct absence *absence)
{
    alarm_drop(&hub->presence.alarms, &absence->alarm);
    HASH_DEL(hub->presence.absences, absence);
    free(absence);
}

static uint32_t grace_of(const struct hub *hub, const char *id)
{
    const Dw__Device *device = shelf_find(&hub->state.devices, id);
    enum member_id kind =
            device ? member_kind_find(device->kind) : MEMBER_COUNT;

    return kind < MEMBER_COUNT ? member_kinds[kind].grace_ms : 0;
}

static struct absence *begin(struct hub *hub, const char *id)
{
    struct absence *absence = calloc(1, sizeof(*absence));

    assert(absence);
    snprintf(absence->id, sizeof(absence->id), "%s", id);
    HASH_ADD_STR(hub->presence.absences, id, absence);
    return absence;
}

static void wait_for(struct hub *hub, struct absence *absence)
{
    alarm_set(&hub->presence.alarms, &absence->alarm,
            hub_passed(hub) + absence->wait_ms);
}

/* Said again, it has the time that it had. */
bool hub_hold_back(struct hub *hub, const struct statement *statement)
{
    const Dw__DeviceOffline *offline = (const void *)statement->body;
    struct absence *absence;
    uint32_t grace_ms;

    if (!hub->escalations.is_on || statement->what != EVT_DEVICE_OFFLINE ||
            !(statement->from->roles & ROLE_DEVICE))
        return false;
    grace_ms = grace_of(hub, offline->device_id);
    if (grace_ms == 0)
        return false;
    absence = find_absence(hub, offline->device_id);
    if (!absence) {
        absence = begin(hub, offline->device_id);
        absence->wait_ms = grace_ms;
        wait_for(hub, absence);
    }
    absence->boot = offline->boot;
    return true;
}

bool hub_may_be_gone(const struct hub *hub, const char *device)
{
    return find_absence(hub, device) != NULL;
}

void hub_expect(
        struct hub *hub, const char *device, uint32_t boot, int64_t wait_ms)
{
    struct absence *absence = find_absence(hub, device);

    if (!absence)
        absence = begin(hub, device);
    absence->boot = boot;
    absence->wait_ms = wait_ms;
    wait_for(hub, absence);
}

void hub_expect_no_more(struct hub *hub, const char *device)
{
    struct absence *absence = find_absence(hub, device);

    if (absence)
        forget(hub, absence);
}

/* --- one trouble --- */

static void say_trouble(struct hub *hub, const char *what, const char *reason)
{
    Dw__DeviceTrouble *trouble =
            (void *)body_new(&dw__device_trouble__descriptor);

    assert(trouble);
    body_set_string(&trouble->device_id, what);
    body_set_string(&trouble->kind, what);
    body_set_string(&trouble->reason, reason);
    hub_say(hub, EVT_DEVICE_DEGRADED, &trouble->base, hub->now_ms);
    hub_begin_trouble(hub, what);
}

/* Devices that are gone since the trouble began, a moment before it was
 * noticed. */
static uint32_t count_gone(const struct hub *hub, int64_t since_ms)
{
    const struct shelf_entry *entry = shelf_first(&hub->state.devices);
    int64_t now_ms = steady_now(&hub->steady);
    uint32_t count = 0;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        count += !device->online &&
                 now_ms - steady_age(&hub->steady, device->changed_at_ms) >=
                         since_ms;
    }
    return count;
}

/* The fifth within five seconds; a ring of the last moments. */
static void count_going(struct hub *hub)
{
    struct presence *presence = &hub->presence;
    int64_t *slot = &presence->gone_ms[presence->gone % PRESENCE_GOINGS];
    int64_t now_ms = hub_passed(hub);
    bool are_many = presence->gone >= MANY - 1 &&
                    now_ms - presence->gone_ms[(presence->gone + 1) %
                                               PRESENCE_GOINGS] <=
                            ONCE_MS;

    *slot = now_ms;
    presence->gone++;
    if (are_many && !hub_is_in_trouble(hub, NETWORK))
        say_trouble(hub, NETWORK, "many devices are gone at once");
}

static void let_go(struct hub *hub, struct absence *absence)
{
    const Dw__Device *device = shelf_find(&hub->state.devices, absence->id);
    Dw__DeviceOffline *offline;
    bool is_gone = device && device->online && absence->boot >= device->boot;

    if (is_gone) {
        offline = (void *)body_new(&dw__device_offline__descriptor);
        assert(offline);
        body_set_string(&offline->device_id, absence->id);
        body_set_string(&offline->kind, device->kind);
        offline->boot = absence->boot;
        hub_say(hub, EVT_DEVICE_OFFLINE, &offline->base, hub->now_ms);
    }
    if (is_gone && hub->failed == ERR_OK && hub->escalations.is_on)
        count_going(hub);
    if (is_gone) /* until the picture has it: the turn may be undone */
        alarm_set(&hub->presence.alarms, &absence->alarm,
                hub_passed(hub) + SURE_MS);
    else
        forget(hub, absence);
}

/* --- the broker --- */

/* While it is away nobody hears who comes back, and then all need their time
 * to. */
static void wait_for_all(struct hub *hub)
{
    struct absence *absence, *next;

    HASH_ITER(hh, hub->presence.absences, absence, next)
    wait_for(hub, absence);
}

void hub_tell_link(struct hub *hub, bool is_up)
{
    struct presence *presence = &hub->presence;

    if (is_up == !presence->is_unlinked)
        return;
    presence->is_unlinked = !is_up;
    presence->unlinked_ms = hub_passed(hub);
    if (is_up)
        wait_for_all(hub);
}

static void look_at_link(struct hub *hub)
{
    struct presence *presence = &hub->presence;
    bool is_lost = presence->is_unlinked &&
                   hub_passed(hub) - presence->unlinked_ms >= LINK_MS;
    bool is_said = hub_is_in_trouble(hub, BROKER);

    if (is_lost && !is_said)
        say_trouble(hub, BROKER, "lost");
    if (!presence->is_unlinked && is_said)
        hub_end_trouble(hub, BROKER);
}

/* --- what the walk and the clock say --- */

void hub_note_presence(struct hub *hub, const struct evt *evt)
{
    struct absence *absence;

    if (evt->what == EVT_DEVICE_OFFLINE)
        return;
    absence = hub->presence.absences ? find_absence(hub, evt->src) : NULL;
    if (absence) /* it speaks */
        forget(hub, absence);
    if (evt->what == EVT_DEVICE_ONLINE && hub->escalations.is_on &&
            hub_is_in_trouble(hub, NETWORK))
        hub->presence.is_to_count = true;
}

static void look_at_network(struct hub *hub)
{
    int64_t since_ms = hub_trouble_since(hub, NETWORK) - ONCE_MS;

    if (!hub->presence.is_to_count)
        return;
    hub->presence.is_to_count = false;
    if (hub_is_in_trouble(hub, NETWORK) && count_gone(hub, since_ms) < MANY)
        hub_end_trouble(hub, NETWORK);
}

void hub_watch_presence(struct hub *hub)
{
    struct presence *presence = &hub->presence;
    const struct alarm *first;

    if (hub->failed != ERR_OK || !hub_takes(hub, EVT_DEVICE_OFFLINE))
        return;
    if (hub->escalations.is_on) {
        look_at_link(hub);
        look_at_network(hub);
    }
    while (!presence->is_unlinked && hub->failed == ERR_OK &&
            (first = alarms_first(&presence->alarms)) != NULL &&
            first->at <= hub_passed(hub))
        let_go(hub, (struct absence *)(void *)first);
}

void hub_finish_presence(struct hub *hub)
{
    struct absence *absence, *next;

    HASH_ITER(hh, hub->presence.absences, absence, next)
    forget(hub, absence);
    alarms_finish(&hub->presence.alarms);
}
