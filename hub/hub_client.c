#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "hub/validate.h"

static void forget_wake(struct hub *hub, struct hub_client *client)
{
    struct hub_client **at = &hub->to_wake;

    while (*at && *at != client)
        at = &(*at)->next_to_wake;
    if (*at)
        *at = client->next_to_wake;
    client->needs_wake = false;
}

/* --- coming and going --- */

enum err hub_attach(struct hub *hub, const struct principal *principal,
        const struct outlet *outlet, void *owner, struct hub_client **client)
{
    struct hub_client *made = calloc(1, sizeof(*made));

    if (!made)
        return ERR_NO_MEMORY;
    made->principal = *principal;
    made->set_ms = steady_set(&hub->steady);
    made->outlet = outlet;
    made->owner = owner;
    made->is_live = true;
    made->looked_at = NOT_LOOKED_AT;
    made->shown_seq = hub->head;
    lane_init(&made->lane);
    hub_live_come(hub, made);
    made->next = hub->clients;
    if (hub->clients)
        hub->clients->prev = made;
    hub->clients = made;
    hub->client_count++;
    *client = made;
    return ERR_OK;
}

void hub_detach(struct hub *hub, struct hub_client *client)
{
    if (!client)
        return;
    for (uint32_t i = 0; i < client->membership_count; i++)
        route_leave(&hub->route, &client->memberships[i].room, client);
    forget_wake(hub, client);
    for (int i = 0; i < FOLLOWERS; i++)
        if (hub->followers[i] == client)
            hub->followers[i] = NULL;
    if (client->prev)
        client->prev->next = client->next;
    else
        hub->clients = client->next;
    if (client->next)
        client->next->prev = client->prev;
    hub->client_count--;
    hub_live_go(hub, client);
    lane_finish(&client->lane);
    free(client->memberships);
    free(client);
}

/* --- joining --- */

static struct membership *find_membership(
        const struct hub_client *client, const struct room *room)
{
    for (uint32_t i = 0; i < client->membership_count; i++)
        if (room_equal(&client->memberships[i].room, room))
            return &client->memberships[i];
    return NULL;
}

/* Did this hub give it? Compared as one number: the time that takes tells
 * nothing of the seal. */
static bool is_ours(const struct hub *hub, const struct cursor *cursor)
{
    char epoch[EPOCH_CHARS + 1];

    epoch_print(hub_epoch(hub), epoch);
    if (strcmp(epoch, cursor->epoch) != 0)
        return false;
    if (cursor->is_sealed &&
            cursor->seal ==
                    cursor_seal(hub->cursor_key, hub_epoch(hub), cursor->seq))
        return true;
    count_add(COUNT_BAD_CURSOR, 1);
    return false;
}

/* ERR_BAD_REQUEST: no cursor; *ours: one that may be gone on from. */
static enum err read_cursor(const struct hub *hub, const char *text,
        uint64_t *seq, bool *ours, struct fault *fault)
{
    struct cursor cursor;

    if (!cursor_parse(text, &cursor))
        return fault_set(fault, ERR_BAD_REQUEST, "after",
                "this is no cursor that the hub has given");
    *seq = cursor.seq;
    *ours = is_ours(hub, &cursor);
    return ERR_OK;
}

/* Does the journal still hold everything after `seq`, and is it not more than
 * a snapshot would be? */
static bool can_resume(struct hub *hub, uint64_t seq)
{
    uint64_t first = journal_first(hub->journal);

    return seq <= hub->head && hub->head - seq <= RESUME_DISTANCE &&
           (seq == hub->head || (first != 0 && seq + 1 >= first));
}

static void log_room(struct hub *hub, const struct hub_client *client,
        const struct room *room)
{
    char name[ROOM_CHARS + 1];

    room_print(room, name);
    hub_log_refusal(hub, &client->principal, "join", name, ERR_FORBIDDEN);
}

static enum err may_join(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count, struct fault *fault)
{
    if (client->membership_count + count > CLIENT_ROOMS)
        return fault_set(fault, ERR_LIMIT, "rooms",
                "at most %d rooms a connection", CLIENT_ROOMS);
    for (uint32_t i = 0; i < count; i++)
        if (!validate_join(&client->principal, &rooms[i], &hub->state)) {
            log_room(hub, client, &rooms[i]);
            return fault_set(fault, ERR_FORBIDDEN, "rooms", NULL);
        }
    return ERR_OK;
}

static enum err grow_memberships(struct hub_client *client, uint32_t count)
{
    uint32_t size = client->membership_count + count;
    struct membership *grown;

    if (size <= client->membership_size)
        return ERR_OK;
    grown = realloc(client->memberships, size * sizeof(*grown));
    if (!grown)
        return ERR_NO_MEMORY;
    client->memberships = grown;
    client->membership_size = size;
    return ERR_OK;
}

/* Read from the journal what came after `from`. What the rooms joined before
 * have handed out is noted; what still waits is read again with the rest, so
 * that it does not overtake what is older. */
static void catch_up(struct hub *hub, struct hub_client *client, uint64_t from)
{
    const struct evt *oldest = lane_oldest(&client->lane);
    uint64_t position = oldest            ? oldest->seq - 1
                        : client->is_live ? hub->head
                                          : client->cursor;

    for (uint32_t i = 0; i < client->membership_count; i++)
        if (client->memberships[i].queued_to < position)
            client->memberships[i].queued_to = position;
    lane_finish(&client->lane);
    client->is_live = false;
    client->cursor = from < position ? from : position;
}

static enum err add_memberships(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count, uint64_t from)
{
    uint32_t before = client->membership_count;

    if (grow_memberships(client, count) != ERR_OK)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        if (find_membership(client, &rooms[i]))
            continue;
        if (route_join(&hub->route, &rooms[i], client) != ERR_OK) {
            while (client->membership_count > before)
                route_leave(&hub->route,
                        &client->memberships[--client->membership_count].room,
                        client);
            return ERR_NO_MEMORY;
        }
        client->memberships[client->membership_count++] =
                (struct membership){ rooms[i], from, from, from, from };
    }
    return ERR_OK;
}

/* Is a waiting event for it by a room that it is in? */
static bool is_still_for(const void *context, struct lane_slot *slot)
{
    const struct hub_client *client = context;
    int room = hub_room_of(client, slot->evt);

    if (room >= 0)
        slot->room = (uint32_t)room;
    return room >= 0 &&
           evt_view(slot->evt->what, client->principal.roles) != VIEW_NONE;
}

void hub_filter_lane(struct hub_client *client)
{
    lane_filter(&client->lane, is_still_for, client);
}

/* A picture of these rooms has what waits. */
static void start_anew(struct hub_client *client, const struct room *rooms,
        uint32_t count, uint64_t from)
{
    for (uint32_t i = 0; i < count; i++)
        find_membership(client, &rooms[i])->from = from;
    hub_filter_lane(client);
}

static bool has_kind(
        const struct room *rooms, uint32_t count, enum room_index kind)
{
    for (uint32_t i = 0; i < count; i++)
        if (rooms[i].kind == kind)
            return true;
    return false;
}

void hub_was_handed(
        struct hub_client *client, const struct room *room, uint64_t seq)
{
    struct membership *membership = find_membership(client, room);

    if (membership && seq < membership->handed_from)
        membership->handed_from = seq;
}

uint64_t hub_handed_from(
        const struct hub_client *client, const struct room *room)
{
    const struct membership *membership = find_membership(client, room);

    return membership ? membership->handed_from : 0;
}

enum err hub_join(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count, const char *after,
        int64_t now_ms, struct joined *joined, struct fault *fault)
{
    uint64_t from = 0;
    bool ours = false;
    enum err err;

    hub->now_ms = now_ms;
    err = hub_admits(hub, client);
    if (err == ERR_OK)
        err = may_join(hub, client, rooms, count, fault);
    if (err == ERR_OK && after)
        err = read_cursor(hub, after, &from, &ours, fault);
    if (err == ERR_OK && hub_is_open(hub))
        err = hub_commit(hub, now_ms);
    if (err != ERR_OK)
        return fault->code == err ? err : fault_set(fault, err, NULL, NULL);

    joined->recovered = ours && can_resume(hub, from);
    joined->epoch = hub_epoch(hub);
    if (!joined->recovered)
        from = hub->head;
    if (joined->recovered && from < hub->head)
        catch_up(hub, client, from);
    err = add_memberships(hub, client, rooms, count, from);
    if (err != ERR_OK)
        return fault_set(fault, err, NULL, NULL);
    if (!joined->recovered)
        start_anew(client, rooms, count, from);
    joined->seq = from;
    hub_print_cursor(hub, from, joined->cursor);
    if (has_kind(rooms, count, ROOM_INDEX_ADMIN))
        hub_live_watch(hub, client);
    if (after && !client->outlet->is_unseen)
        count_add(joined->recovered ? COUNT_RECOVERED : COUNT_SNAPSHOT, 1);
    return ERR_OK;
}

void hub_print_cursor(
        const struct hub *hub, uint64_t seq, char out[CURSOR_CHARS + 1])
{
    uint32_t epoch = hub_epoch(hub);

    cursor_print(epoch, seq, cursor_seal(hub->cursor_key, epoch, seq), out);
}

enum err hub_join_all(
        struct hub *hub, struct hub_client *client, uint64_t after_seq)
{
    int i = 0;

    while (i < FOLLOWERS && hub->followers[i])
        i++;
    if (i == FOLLOWERS)
        return ERR_LIMIT;
    hub->followers[i] = client;
    client->everything = true;
    client->cursor = after_seq;
    client->is_live = after_seq >= hub->head;
    return ERR_OK;
}

/* What waits because of these rooms goes, too: whoever comes back with a
 * cursor is given it again. */
void hub_leave(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct membership *membership = find_membership(client, &rooms[i]);

        if (!membership)
            continue;
        route_leave(&hub->route, &rooms[i], client);
        *membership = client->memberships[--client->membership_count];
    }
    hub_filter_lane(client);
}

void hub_leave_closed(struct hub *hub, struct hub_client *client)
{
    uint32_t before = client->membership_count;

    for (uint32_t i = before; i > 0; i--) {
        struct membership *membership = &client->memberships[i - 1];

        if (validate_join(&client->principal, &membership->room, &hub->state))
            continue;
        route_leave(&hub->route, &membership->room, client);
        *membership = client->memberships[--client->membership_count];
    }
    if (client->membership_count < before)
        hub_filter_lane(client);
}

bool hub_may_join(struct hub *hub, const struct principal *principal,
        const struct room *room)
{
    return validate_join(principal, room, &hub->state);
}

/* --- pictures --- */

struct Dw__Picture *hub_picture(struct hub *hub, uint32_t mask,
        const struct room *rooms, uint32_t count)
{
    return hub_picture_of(hub, mask, rooms, count, NULL);
}

struct Dw__Picture *hub_picture_of(struct hub *hub, uint32_t mask,
        const struct room *rooms, uint32_t count, const char *const *lists)
{
    return state_picture(&hub->state, mask, rooms, count, lists);
}

void hub_picture_free(struct Dw__Picture *picture)
{
    if (picture)
        body_free(&picture->base);
}
