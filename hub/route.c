#include "hub/route.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"

/* --- where to --- */

static void add_room(struct evt *evt, enum room_index kind, const char *id)
{
    struct room room;

    if (evt->room_count < EVT_ROOMS && id && room_make(kind, id, &room) &&
            evt_room_index(evt, &room) < 0)
        evt->rooms[evt->room_count++] = room;
}

static void add_stations(struct evt *evt)
{
    const Dw__Order *order;

    if (evt->what != EVT_ORDER_CREATED)
        return;
    order = ((const Dw__OrderCreated *)(const void *)evt->body)->order;
    /* Leave room for what follows: waiters, table, order. */
    for (size_t i = 0; i < order->n_items; i++)
        if (evt->room_count < EVT_ROOMS - 3)
            add_room(evt, ROOM_INDEX_STATION, order->items[i]->station);
}

void route_evt(struct evt *evt)
{
    uint32_t to = evt_kinds[evt->what].to;
    const char *key = body_text(evt->body, "device_id");

    evt->room_count = 0;
    if (to & ROOM_KITCHEN)
        add_room(evt, ROOM_INDEX_KITCHEN, "");
    if (to & ROOM_STATION)
        add_stations(evt);
    if (to & ROOM_WAITERS)
        add_room(evt, ROOM_INDEX_WAITERS, "");
    if (to & ROOM_TABLE)
        add_room(evt, ROOM_INDEX_TABLE, about_table(evt->body));
    if (to & ROOM_ORDER)
        add_room(evt, ROOM_INDEX_ORDER, about_order(evt->body));
    if (to & ROOM_DEVICE)
        add_room(evt, ROOM_INDEX_DEVICE, body_text(evt->body, "printer"));
    if (to & ROOM_ADMIN)
        add_room(evt, ROOM_INDEX_ADMIN, "");
    if (!key)
        key = body_text(evt->body, "table.id");
    snprintf(evt->key, sizeof(evt->key), "%s", key ? key : "");
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
