/* The way to the listeners: into their lanes, or out of the journal for those
 * who catch up. */
#include "hub/base/count.h"
#include "hub/hub_parts.h"

#define FILL_EVENTS  64  /* events read ahead while a client catches up */
#define FILL_RECORDS 512 /* records looked at for them, at once */

void hub_wake_later(struct hub *hub, struct hub_client *client)
{
    if (client->needs_wake)
        return;
    client->needs_wake = true;
    client->next_to_wake = hub->to_wake;
    hub->to_wake = client;
}

/* --- into the lanes --- */

void hub_give_up(struct hub *hub, struct hub_client *client, enum err err)
{
    client->state = err;
    hub_wake_later(hub, client);
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

    if (client->state != ERR_OK || client->is_leaving ||
            client->last_pushed == evt->seq ||
            hub_is_of_others(hub, client, evt))
        return;
    hub_wake_later(hub, client);
    if (!client->is_live)
        return; /* it will come to it through the journal */
    client->last_pushed = evt->seq;
    if (evt_view(evt->what, client->principal.roles) == VIEW_NONE)
        return;
    err = lane_push(&client->lane, evt, room, now_ms);
    if (err == ERR_TOO_SLOW)
        fall_behind(client, evt->seq - 1, now_ms);
    else if (err != ERR_OK)
        hub_give_up(hub, client, err);
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

static void check(struct hub *hub, struct hub_client *client, int64_t now_ms)
{
    if (client->is_leaving)
        hub_give_up(hub, client, ERR_UNAUTHORIZED);
    else if (lane_age_ms(&client->lane, now_ms) > LANE_AGE_MS ||
             is_left_behind(client, now_ms))
        hub_give_up(hub, client, ERR_TOO_SLOW);
    else
        hub_admits(hub, client);
}

void hub_check_clients(struct hub *hub, int64_t now_ms)
{
    struct hub_client *client;

    for (client = hub->clients; client; client = client->next)
        if (client->state == ERR_OK)
            check(hub, client, now_ms);
}

/* --- out of the journal --- */

static bool is_for(const struct membership *membership, const struct evt *evt)
{
    return evt->seq > membership->from &&
           evt_room_index(evt, &membership->room) >= 0;
}

int hub_room_of(const struct hub_client *client, const struct evt *evt)
{
    int room = client->everything ? 0 : -1;

    for (uint32_t i = 0; i < client->membership_count; i++) {
        const struct membership *membership = &client->memberships[i];
        int index = evt_room_index(evt, &membership->room);

        if (is_for(membership, evt) && (room < 0 || index < room))
            room = index;
    }
    return room;
}

uint32_t hub_rooms_of(const struct hub_client *client, const struct evt *evt)
{
    uint32_t told = 0, all = 0;

    for (uint32_t i = 0; client->everything && i < evt->room_count; i++)
        told |= 1u << evt->rooms[i].kind;
    for (uint32_t i = 0; i < client->membership_count; i++) {
        const struct membership *membership = &client->memberships[i];

        if (evt_room_index(evt, &membership->room) < 0)
            continue;
        all |= 1u << membership->room.kind;
        if (is_for(membership, evt))
            told |= 1u << membership->room.kind;
    }
    return told ? told : all; /* before it joined: out of the history */
}

/* By which of its rooms an event from the journal is new to the client; -1:
 * by none, or it had it by another room before. */
static int new_room(const struct hub_client *client, const struct evt *evt)
{
    for (uint32_t i = 0; i < client->membership_count; i++)
        if (evt->seq <= client->memberships[i].queued_to &&
                is_for(&client->memberships[i], evt))
            return -1;
    return hub_room_of(client, evt);
}

struct filling {
    struct hub *hub;
    struct hub_client *client;
    uint32_t looked_at;
};

/* Of those who sat at the table before, its guests now are not told, whatever
 * cursor they have. */
static bool is_earlier(const struct hub *hub, const struct hub_client *client,
        const struct evt *evt, const struct room *room)
{
    return (room->kind == ROOM_INDEX_TABLE || room->kind == ROOM_INDEX_ORDER) &&
           (hub_is_before(hub, client, evt) ||
                   hub_is_of_others(hub, client, evt));
}

/* Queue it if it is for the client. False: the lane is full for now; go on
 * with this one later. */
static bool offer(struct hub *hub, struct hub_client *client, struct evt *evt)
{
    int room = new_room(client, evt);

    if (room >= 0 && !is_earlier(hub, client, evt, &evt->rooms[room]) &&
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
        hub_give_up(filling->hub, client, ERR_RESYNC); /* forgotten meanwhile */
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
        hub_give_up(hub, client, ERR_UNAVAILABLE);
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
        hub_wake_later(hub, client); /* nothing yet: go on in the next turn */
    return client->lane.count > 0;
}

static void note_top(struct hub_client *client, const struct evt *evt)
{
    for (uint32_t i = 0; i < client->membership_count; i++)
        if (evt->seq > client->memberships[i].top &&
                evt_room_index(evt, &client->memberships[i].room) >= 0)
            client->memberships[i].top = evt->seq;
}

bool hub_next(
        struct hub *hub, struct hub_client *client, struct delivery *delivery)
{
    if (client->looked_at != hub->taken)
        hub_look_again(hub, client);
    if (client->state != ERR_OK)
        return false;
    if (client->lane.count == 0 && (client->is_live || !fill(hub, client)))
        return false;
    delivery->evt = lane_pop(&client->lane, &delivery->room);
    delivery->view = evt_view(delivery->evt->what, client->principal.roles);
    note_top(client, delivery->evt);
    if (client->is_leaving && client->lane.count == 0)
        hub_give_up(hub, client, ERR_UNAUTHORIZED);
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
