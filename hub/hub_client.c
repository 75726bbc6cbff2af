#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "hub/validate.h"

#define FILL_EVENTS  64  /* events read ahead while a client catches up */
#define FILL_RECORDS 512 /* records looked at for them, at once */

/*
 * A room that a client listens in. Events with seq > from are for it; those
 * up to queued_to have been through its lane already. The two differ from the
 * client's own position while it catches up in rooms joined at different
 * times.
 */
struct membership {
    struct room room;
    uint64_t from;
    uint64_t queued_to;
    uint64_t top; /* seq of the last one handed out */
};

struct hub_client {
    struct principal principal;
    const struct outlet *outlet;
    void *owner;
    struct lane lane;
    struct membership *memberships;
    uint32_t membership_count, membership_size;
    bool everything;      /* hub_join_all */
    bool is_live;         /* the lane is fed by commits, not by the journal */
    bool needs_wake;      /* is in hub->to_wake */
    uint64_t cursor;      /* while catching up: read up to here */
    int64_t behind_ms;    /* since when its lane could not take a burst; 0:
                             it could, or it catches up of its own wish */
    uint64_t last_pushed; /* an event in several rooms comes once */
    enum err state;
    struct hub_client *prev, *next;
    struct hub_client *next_to_wake;
};

/* Its outlet is called at the end of the commit or tick. */
static void wake_later(struct hub *hub, struct hub_client *client)
{
    if (client->needs_wake)
        return;
    client->needs_wake = true;
    client->next_to_wake = hub->to_wake;
    hub->to_wake = client;
}

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
    made->outlet = outlet;
    made->owner = owner;
    made->is_live = true;
    lane_init(&made->lane);
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

/* "k3f9.4711": ERR_BAD_REQUEST: no cursor; *is_ours: of this epoch. */
static enum err parse_cursor(const struct hub *hub, const char *text,
        uint64_t *seq, bool *is_ours, struct fault *fault)
{
    char epoch[EPOCH_CHARS + 1];
    size_t len = strcspn(text, ".");
    char *end;

    if (text[len] != '.' || len == 0 || len > EPOCH_CHARS ||
            text[len + 1] < '0' || text[len + 1] > '9' ||
            strlen(text) > CURSOR_CHARS)
        return fault_set(fault, ERR_BAD_REQUEST, "after",
                "this is no cursor that the hub has given");
    *seq = strtoull(text + len + 1, &end, 10);
    if (*end != '\0')
        return fault_set(fault, ERR_BAD_REQUEST, "after",
                "this is no cursor that the hub has given");
    epoch_print(hub_epoch(hub), epoch);
    *is_ours = strlen(epoch) == len && memcmp(epoch, text, len) == 0;
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

static enum err may_join(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count, struct fault *fault)
{
    if (client->membership_count + count > CLIENT_ROOMS)
        return fault_set(fault, ERR_LIMIT, "rooms",
                "at most %d rooms a connection", CLIENT_ROOMS);
    for (uint32_t i = 0; i < count; i++)
        if (!validate_join(&client->principal, &rooms[i], &hub->state))
            return fault_set(fault, ERR_FORBIDDEN, "rooms", NULL);
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

/* Up to where the rooms joined before have been through the lane. */
static void note_positions(struct hub *hub, struct hub_client *client)
{
    uint64_t position = client->is_live ? hub->head : client->cursor;

    for (uint32_t i = 0; i < client->membership_count; i++)
        if (client->memberships[i].queued_to < position)
            client->memberships[i].queued_to = position;
    if (client->is_live)
        client->cursor = hub->head;
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
                (struct membership){ rooms[i], from, from, from };
    }
    return ERR_OK;
}

enum err hub_join(struct hub *hub, struct hub_client *client,
        const struct room *rooms, uint32_t count, const char *after,
        int64_t now_ms, struct joined *joined, struct fault *fault)
{
    uint64_t from = 0;
    bool is_ours = false;
    enum err err = may_join(hub, client, rooms, count, fault);

    if (err == ERR_OK && after)
        err = parse_cursor(hub, after, &from, &is_ours, fault);
    if (err == ERR_OK && hub_is_open(hub))
        err = hub_commit(hub, now_ms);
    if (err != ERR_OK)
        return fault->code == err ? err : fault_set(fault, err, NULL, NULL);

    joined->recovered = is_ours && can_resume(hub, from);
    joined->epoch = hub_epoch(hub);
    if (!joined->recovered)
        from = hub->head;
    if (joined->recovered && from < hub->head) {
        note_positions(hub, client);
        client->is_live = false;
        if (from < client->cursor)
            client->cursor = from;
    }
    err = add_memberships(hub, client, rooms, count, from);
    if (err != ERR_OK)
        return fault_set(fault, err, NULL, NULL);
    joined->seq = from;
    hub_print_cursor(hub, from, joined->cursor);
    if (after)
        count_add(joined->recovered ? COUNT_RECOVERED : COUNT_SNAPSHOT, 1);
    return ERR_OK;
}

void hub_print_cursor(
        const struct hub *hub, uint64_t seq, char out[CURSOR_CHARS + 1])
{
    char epoch[EPOCH_CHARS + 1];

    epoch_print(hub_epoch(hub), epoch);
    snprintf(out, CURSOR_CHARS + 1, "%s.%" PRIu64, epoch, seq);
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
}

bool hub_may_join(struct hub *hub, const struct principal *principal,
        const struct room *room)
{
    return validate_join(principal, room, &hub->state);
}

/* --- into the lanes --- */

static void give_up(struct hub *hub, struct hub_client *client, enum err err)
{
    client->state = err;
    wake_later(hub, client);
    lane_finish(&client->lane);
    if (err == ERR_TOO_SLOW)
        count_add(COUNT_SLOW_CLOSED, 1);
}

/* A burst was more than the lane holds: from here on it reads what was
 * committed at its own pace, and is closed if it does not come to the end. */
static void fall_behind(
        struct hub_client *client, uint64_t cursor, int64_t now_ms)
{
    client->is_live = false;
    client->cursor = cursor;
    client->behind_ms = now_ms;
}

static void push(struct hub *hub, struct hub_client *client, struct evt *evt,
        uint32_t room, int64_t now_ms)
{
    enum err err;

    if (client->state != ERR_OK || client->last_pushed == evt->seq)
        return;
    wake_later(hub, client);
    if (!client->is_live)
        return; /* it will come to it through the journal */
    client->last_pushed = evt->seq;
    if (evt_view(evt->what, client->principal.roles) == VIEW_NONE)
        return;
    err = lane_push(&client->lane, evt, room, now_ms);
    if (err == ERR_TOO_SLOW)
        fall_behind(client, evt->seq - 1, now_ms);
    else if (err != ERR_OK)
        give_up(hub, client, err);
}

void hub_fan_out(struct hub *hub, struct evt *evt, int64_t now_ms)
{
    for (uint32_t room = 0; room < evt->room_count; room++) {
        uint32_t count;
        struct hub_client **clients =
                route_clients(&hub->route, &evt->rooms[room], &count);

        for (uint32_t i = 0; i < count; i++)
            push(hub, clients[i], evt, room, now_ms);
    }
    for (int i = 0; i < FOLLOWERS; i++)
        if (hub->followers[i])
            push(hub, hub->followers[i], evt, 0, now_ms);
}

void hub_wake_clients(struct hub *hub)
{
    struct hub_client *client = hub->to_wake;

    hub->to_wake = NULL;
    while (client) {
        struct hub_client *next = client->next_to_wake;

        client->needs_wake = false;
        client->outlet->wake(client->owner);
        client = next;
    }
}

/* The follower of everything may be: its broker takes what it can. */
static bool is_left_behind(const struct hub_client *client, int64_t now_ms)
{
    return client->behind_ms != 0 && !client->everything &&
           now_ms - client->behind_ms > LANE_AGE_MS;
}

void hub_check_clients(struct hub *hub, int64_t now_ms)
{
    struct hub_client *client;

    for (client = hub->clients; client; client = client->next) {
        if (client->state != ERR_OK)
            continue;
        if (lane_age_ms(&client->lane, now_ms) > LANE_AGE_MS ||
                is_left_behind(client, now_ms))
            give_up(hub, client, ERR_TOO_SLOW);
        else if (client->principal.expires_at_ms != 0 &&
                 now_ms >= client->principal.expires_at_ms)
            give_up(hub, client, ERR_UNAUTHORIZED);
    }
    hub_wake_clients(hub);
}

/* --- out of the journal --- */

/* By which of its rooms an event from the journal is new to the client; -1:
 * by none, or it had it by another room before. */
static int new_room(const struct hub_client *client, const struct evt *evt)
{
    int room = -1;

    if (client->everything)
        return 0;
    for (uint32_t i = 0; i < client->membership_count; i++) {
        const struct membership *membership = &client->memberships[i];
        int index = evt_room_index(evt, &membership->room);

        if (index < 0 || evt->seq <= membership->from)
            continue;
        if (evt->seq <= membership->queued_to)
            return -1;
        if (room < 0 || index < room)
            room = index;
    }
    return room;
}

struct filling {
    struct hub *hub;
    struct hub_client *client;
    uint32_t looked_at;
};

/* Queue it if it is for the client. False: the lane is full for now; go on
 * with this one later. */
static bool offer(struct hub *hub, struct hub_client *client, struct evt *evt)
{
    int room = new_room(client, evt);

    if (room >= 0 &&
            evt_view(evt->what, client->principal.roles) != VIEW_NONE &&
            lane_push(&client->lane, evt, (uint32_t)room, hub->now_ms) !=
                    ERR_OK)
        return false;
    client->cursor = evt->seq;
    return true;
}

static bool fill_one(void *context, const struct record *record)
{
    struct filling *filling = context;
    struct hub_client *client = filling->client;
    struct evt *evt;
    bool taken;

    if (record->seq > filling->hub->head)
        return false; /* not committed yet */
    if (record->seq != client->cursor + 1 && !client->everything) {
        give_up(filling->hub, client, ERR_TOO_SLOW); /* forgotten meanwhile */
        return false;
    }
    filling->looked_at++;
    evt = hub_evt_of(filling->hub, record);
    if (!evt) { /* of a kind that is no more */
        client->cursor = record->seq;
        return true;
    }
    taken = offer(filling->hub, client, evt);
    evt_unref(evt);
    return taken && client->lane.count < FILL_EVENTS;
}

static void fill_from_journal(struct hub *hub, struct hub_client *client)
{
    struct filling filling = { hub, client, 0 };
    enum err err = journal_read(
            hub->journal, client->cursor, FILL_RECORDS, fill_one, &filling);

    if (err != ERR_OK)
        give_up(hub, client, ERR_UNAVAILABLE);
    else if (filling.looked_at == 0)
        client->cursor = hub->head;
}

/* Whoever was only too short for a burst shares the bytes that were made for
 * the others. */
static void fill_from_memory(struct hub *hub, struct hub_client *client)
{
    struct evt *evt;

    while (client->cursor < hub->head && client->lane.count < FILL_EVENTS &&
            (evt = hub_recent(hub, client->cursor + 1)) != NULL)
        if (!offer(hub, client, evt))
            return;
}

/* Read ahead. False: nothing for the client at present. */
static bool fill(struct hub *hub, struct hub_client *client)
{
    if (client->behind_ms != 0)
        fill_from_memory(hub, client);
    if (client->lane.count == 0 && client->cursor < hub->head)
        fill_from_journal(hub, client);
    if (client->state != ERR_OK)
        return false;
    if (client->cursor >= hub->head) {
        client->cursor = hub->head;
        client->is_live = true;
        client->behind_ms = 0;
        client->last_pushed = hub->head;
    }
    if (client->lane.count == 0 && !client->is_live)
        wake_later(hub, client); /* nothing yet: go on in the next turn */
    return client->lane.count > 0;
}

static void note_top(struct hub_client *client, const struct evt *evt)
{
    for (uint32_t i = 0; i < client->membership_count; i++)
        if (evt_room_index(evt, &client->memberships[i].room) >= 0)
            client->memberships[i].top = evt->seq;
}

bool hub_next(
        struct hub *hub, struct hub_client *client, struct delivery *delivery)
{
    if (client->state != ERR_OK)
        return false;
    if (client->lane.count == 0 && (client->is_live || !fill(hub, client)))
        return false;
    delivery->evt = lane_pop(&client->lane, &delivery->room);
    delivery->view = evt_view(delivery->evt->what, client->principal.roles);
    note_top(client, delivery->evt);
    return true;
}

bool hub_has_next(const struct hub_client *client)
{
    return client->state == ERR_OK &&
           (client->lane.count > 0 || !client->is_live);
}

enum err hub_client_state(const struct hub_client *client)
{
    return client->state;
}

uint32_t hub_client_rooms(const struct hub_client *client,
        struct room rooms[CLIENT_ROOMS], uint64_t tops[CLIENT_ROOMS])
{
    for (uint32_t i = 0; i < client->membership_count; i++) {
        rooms[i] = client->memberships[i].room;
        tops[i] = client->memberships[i].top;
    }
    return client->membership_count;
}

/* --- pictures --- */

struct Dw__Picture *hub_picture(struct hub *hub, enum view view,
        const struct room *rooms, uint32_t count)
{
    return state_picture(&hub->state, view, rooms, count);
}

void hub_picture_free(struct Dw__Picture *picture)
{
    if (picture)
        body_free(&picture->base);
}
