#include "bridge/mqtt/admit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/evt/body.h"
#include "hub/hub.h"
#include "schemas/device.pb-c.h"
#include "schemas/doors.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "schemas/roles.h"

#define POSITION "enrolled" /* under which the hub keeps how far we are */

/* --- what comes of it --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct admit *admit = owner;

    if (settlement->err == ERR_OK)
        return;
    admit->is_behind = true;
    if (ticket && (int64_t)ticket <= admit->told_ms)
        admit->told_ms = (int64_t)ticket - 1;
}

static void on_wake(void *owner)
{
    (void)owner; /* it listens to nothing */
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

/* --- telling --- */

static enum err submit(struct admit *admit, enum evt_id what,
        ProtobufCMessage *body, int64_t at_ms, int64_t now_ms)
{
    const struct principal hub = { .roles = ROLE_HUB, .subject = "hub" };
    char key[KEY_CHARS + 1];
    struct submission submission = { .from = &hub,
        .what = what,
        .body = body,
        .key = key,
        .outlet = &outlet,
        .owner = admit,
        .ticket = (uint64_t)at_ms };
    struct fault fault;

    snprintf(key, sizeof(key), "enrolled-%d-%" PRId64, what, at_ms);
    return hub_submit(admit->hub, &submission, now_ms, &fault);
}

static ProtobufCMessage *make_body(const struct member *member)
{
    Dw__DeviceEnrolled *body =
            (void *)body_new(&dw__device_enrolled__descriptor);
    Dw__TableRef table = DW__TABLE_REF__INIT;
    Dw__Person by = DW__PERSON__INIT;
    char id[ID_CHARS + 1], name[ID_CHARS + 1];

    assert(body);
    snprintf(id, sizeof(id), "%s", member->table);
    snprintf(name, sizeof(name), "%s", member->by);
    body_set_string(&body->device_id, member_topic_id(member));
    body_set_string(&body->kind, member_kinds[member->kind].name);
    table.id = id;
    by.id = name;
    if (*id)
        body_complete_part(&body->base, "table", &table.base);
    if (*name)
        body_complete_part(&body->base, "by", &by.base);
    return &body->base;
}

/* Is it online, as far as the hub knows? */
static bool is_online(struct admit *admit, const char *id)
{
    static const char *const lists[] = { "devices", NULL };
    const struct room admin = { .kind = ROOM_INDEX_ADMIN };
    Dw__Picture *picture =
            hub_picture_of(admit->hub, ROLE_HUB, &admin, 1, lists);
    bool online = false;

    for (size_t i = 0; picture && i < picture->n_devices; i++)
        if (strcmp(picture->devices[i]->id, id) == 0)
            online = picture->devices[i]->online;
    hub_picture_free(picture);
    return online;
}

/* The broker has cut it off and says nothing of it: its will was its own. */
static void end_device(
        struct admit *admit, const struct member *member, int64_t now_ms)
{
    const char *id = member_topic_id(member);
    Dw__DeviceOffline *body;

    if (!is_online(admit, id))
        return;
    body = (void *)body_new(&dw__device_offline__descriptor);
    assert(body);
    body_set_string(&body->device_id, id);
    body->boot = UINT32_MAX; /* whichever it was */
    submit(admit, EVT_DEVICE_OFFLINE, &body->base, member->at_ms, now_ms);
}

/* That it has gone comes first: of a device that is retired there is nothing
 * more to say. */
static enum err tell(
        struct admit *admit, const struct member *member, int64_t now_ms)
{
    if (member->retired)
        end_device(admit, member, now_ms);
    return submit(admit,
            member->retired ? EVT_DEVICE_RETIRED : EVT_DEVICE_PROVISIONED,
            make_body(member), member->at_ms, now_ms);
}

/* The one that changed next after a moment, or NULL. */
static const struct member *next(
        const struct admit *admit, int64_t after_ms, bool retired_device)
{
    const struct roster *roster = &admit->members->roster;
    const struct member *found = NULL;

    for (uint32_t i = 0; i < roster->count; i++) {
        const struct member *member = &roster->members[i];
        bool fits = !retired_device ||
                    (member->retired && !member->past &&
                            member_kinds[member->kind].role == ROLE_DEVICE);

        if (fits && member->at_ms > after_ms &&
                (!found || member->at_ms < found->at_ms) &&
                strcmp(member->site, admit->site) == 0)
            found = member;
    }
    return found;
}

/* Is it of no use to try again? */
static bool is_hopeless(enum err err)
{
    return err != ERR_BUSY && err != ERR_UNAVAILABLE && err != ERR_IO &&
           err != ERR_NO_MEMORY;
}

/* --- the interface --- */

void admit_init(struct admit *admit, struct hub *hub, const char *site,
        struct members *members)
{
    *admit = (struct admit){ .hub = hub,
        .site = site,
        .members = members,
        .told_ms = (int64_t)hub_recall(hub, POSITION) };
}

void admit_look(struct admit *admit, int64_t now_ms)
{
    const struct member *member = NULL;
    enum err err;

    if (!admit->members)
        return;
    members_look(admit->members, now_ms);
    if (admit->version == admit->members->version && !admit->is_behind)
        return;
    admit->version = admit->members->version;
    admit->is_behind = false;
    for (int i = 0;
            i < ADMIT_MOST && (member = next(admit, admit->told_ms, false));
            i++) {
        err = tell(admit, member, now_ms);
        if (err != ERR_OK && !is_hopeless(err))
            break;
        if (err != ERR_OK)
            log_error("enrolled: %s cannot be told of %s: %s", admit->site,
                    member->login, err_kinds[err].text);
        admit->told_ms = member->at_ms;
    }
    hub_remember(admit->hub, POSITION, (uint64_t)admit->told_ms);
    admit->is_behind = member != NULL;
}

const struct member *admit_find(
        const struct admit *admit, const struct sites *sites, const char *id)
{
    char login[LOGIN_CHARS + 1];

    if (!admit->members)
        return NULL;
    sites_login(sites, admit->site, id, login);
    return members_find(admit->members, login);
}

const struct member *admit_next_retired(
        const struct admit *admit, int64_t after_ms)
{
    return admit->members ? next(admit, after_ms, true) : NULL;
}
