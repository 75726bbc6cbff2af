#include "hub/route.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"

/* --- where to --- */

#define PATHS 4 /* most places in which an id stands */

/* Rooms in the order in which an event goes to them: whoever is in several is
 * told by the first, so that what is more to the point stands before what is
 * for everybody. Of several places for an id the first counts; two rows of a
 * kind are two rooms. */
static const struct way {
    enum room_index kind;
    const char *(*about)(const ProtobufCMessage *body); /* or: */
    const char *ids[PATHS + 1]; /* paths; neither: the kind has no ids */
} ways[] = {
    { ROOM_INDEX_KITCHEN, NULL, { NULL } },
    { ROOM_INDEX_STATION, NULL,
            { "station.id", "items.station", "order.items.station",
                    "station" } },
    { ROOM_INDEX_WAITERS, NULL, { NULL } },
    { ROOM_INDEX_RESTAURANT, NULL, { NULL } },
    { ROOM_INDEX_TABLE, about_table, { NULL } },
    { ROOM_INDEX_TABLE, NULL, { "to_table.id" } },
    { ROOM_INDEX_ORDER, about_order, { NULL } },
    { ROOM_INDEX_SESSION, NULL, { "session.key", "order.session.key" } },
    { ROOM_INDEX_USER, NULL, { "user_id", "message.user_id" } },
    { ROOM_INDEX_POOL, NULL, { NULL } },
    { ROOM_INDEX_DEVICE, NULL, { "printer", "device_id" } },
    { ROOM_INDEX_GUESTS, NULL, { NULL } },
    { ROOM_INDEX_ADMIN, NULL, { NULL } },
    { ROOM_INDEX_ALL, NULL, { NULL } },
};

/* What an event that is kept as KEEP_LAST is the state of; without a row there
 * is one of the kind. */
static const char *const keys[EVT_COUNT][2] = {
    [EVT_TABLE_UPDATED] = { "table.id" },
    [EVT_ITEM_AVAILABILITY_CHANGED] = { "id" },
    [EVT_DEVICE_ONLINE] = { "device_id" },
    [EVT_DEVICE_OFFLINE] = { "device_id" },
    [EVT_DEVICE_DEGRADED] = { "device_id" },
    [EVT_DEVICE_BATTERY_LOW] = { "device_id" },
    [EVT_DEVICE_PAPER_LOW] = { "device_id" },
    [EVT_DEVICE_PAPER_OUT] = { "device_id" },
    [EVT_DEVICE_TELEMETRY] = { "device_id" },
    [EVT_DEVICE_CONFIGURED] = { "device_id" },
    [EVT_ROOM_EMPTY] = { "room" },
    [EVT_ROOM_COVERED] = { "room" },
    [EVT_CLIENT_MUTED] = { "user_id", "room" },
    [EVT_CLIENT_UNMUTED] = { "user_id", "room" },
};

struct adding {
    struct evt *evt;
    enum room_index kind;
    uint32_t most; /* rooms that the event may have in the end */
};

static void add_room(void *context, const char *id)
{
    struct adding *adding = context;
    struct evt *evt = adding->evt;
    struct room room;

    if (evt->room_count < adding->most && room_make(adding->kind, id, &room) &&
            evt_room_index(evt, &room) < 0)
        evt->rooms[evt->room_count++] = room;
}

static void add_rooms(struct evt *evt, const struct way *way)
{
    struct adding adding = { evt, way->kind, EVT_ROOMS };
    const char *id = way->about ? way->about(evt->body) : NULL;
    bool found = false;

    /* Many stations must not push out the rooms that come behind them. */
    if (way->kind == ROOM_INDEX_STATION)
        adding.most = evt->room_count + EVT_STATIONS;
    if (!room_kinds[way->kind].has_id)
        add_room(&adding, "");
    if (id)
        add_room(&adding, id);
    for (int i = 0; way->ids[i] && !found; i++)
        found = body_each_text(evt->body, way->ids[i], add_room, &adding);
}

static void print_key(struct evt *evt)
{
    const char *const *paths = keys[evt->what];
    const char *first = paths[0] ? body_text(evt->body, paths[0]) : NULL;
    const char *second = paths[1] ? body_text(evt->body, paths[1]) : NULL;

    snprintf(evt->key, sizeof(evt->key), "%s%s%s", first ? first : "",
            second ? " " : "", second ? second : "");
}

void route_evt(struct evt *evt)
{
    uint32_t to = evt_kinds[evt->what].to & about_rooms(evt->what, evt->body);

    evt->room_count = 0;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (to & 1u << ways[i].kind)
            add_rooms(evt, &ways[i]);
    print_key(evt);
}

void route_print(const struct evt *evt, char out[ROUTE_TEXT_CHARS + 1])
{
    size_t len = 0;

    for (int i = 0; i < evt->room_count; i++) {
        len += room_print(&evt->rooms[i], out + len);
        out[len++] = '\n';
    }
    out[len] = '\0';
}

void route_parse(const char *text, struct evt *evt)
{
    evt->room_count = 0;
    while (*text && evt->room_count < EVT_ROOMS) {
        size_t len = strcspn(text, "\n");

        if (room_parse(text, len, &evt->rooms[evt->room_count]))
            evt->room_count++;
        text += len + (text[len] == '\n');
    }
}

/* --- who is there --- */

struct route_room {
    struct room room;
    struct hub_client **clients;
    uint32_t count, size;
    UT_hash_handle hh;
};

void route_init(struct route *route)
{
    *route = (struct route){ 0 };
}

static void drop_room(struct route *route, struct route_room *entry)
{
    HASH_DEL(route->rooms, entry);
    free(entry->clients);
    free(entry);
}

void route_finish(struct route *route)
{
    while (route->rooms)
        drop_room(route, route->rooms);
}

static struct route_room *find(
        const struct route *route, const struct room *room)
{
    struct route_room *entry = NULL;

    HASH_FIND(hh, route->rooms, room, sizeof(*room), entry);
    return entry;
}

static struct route_room *make(struct route *route, const struct room *room)
{
    struct route_room *entry = calloc(1, sizeof(*entry));

    if (!entry)
        return NULL;
    entry->room = *room;
    HASH_ADD(hh, route->rooms, room, sizeof(entry->room), entry);
    return entry;
}

enum err route_join(
        struct route *route, const struct room *room, struct hub_client *client)
{
    struct route_room *entry = find(route, room);

    if (!entry)
        entry = make(route, room);
    if (!entry)
        return ERR_NO_MEMORY;
    if (entry->count == entry->size) {
        uint32_t size = entry->size ? entry->size * 2 : 4;
        void *clients =
                realloc(entry->clients, size * sizeof(struct hub_client *));

        if (!clients) {
            if (entry->count == 0)
                drop_room(route, entry);
            return ERR_NO_MEMORY;
        }
        entry->clients = clients;
        entry->size = size;
    }
    entry->clients[entry->count++] = client;
    return ERR_OK;
}

void route_leave(
        struct route *route, const struct room *room, struct hub_client *client)
{
    struct route_room *entry = find(route, room);

    for (uint32_t i = 0; entry && i < entry->count; i++) {
        if (entry->clients[i] != client)
            continue;
        entry->clients[i] = entry->clients[--entry->count];
        if (entry->count == 0)
            drop_room(route, entry);
        return;
    }
}

struct hub_client **route_clients(
        const struct route *route, const struct room *room, uint32_t *count)
{
    const struct route_room *entry = find(route, room);

    *count = entry ? entry->count : 0;
    return entry ? entry->clients : NULL;
}
