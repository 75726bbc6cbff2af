/*
 * route: where an event goes, and who is there.
 *
 * Which rooms an event goes to is told by its row in the catalogue and by the
 * ids in its body, before it is journalled, so that history is delivered as
 * the present was. Who listens in a room is kept here, too.
 */
#ifndef HUB_ROUTE_H
#define HUB_ROUTE_H

#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/evt.h"

struct hub_client;
struct route_room;

struct route {
    struct route_room *rooms; /* those in which somebody listens */
};

/* Fill in evt->rooms and ->key from its body. */
void route_evt(struct evt *evt);

/* Each room and a line feed, as the journal keeps them. */
#define ROUTE_TEXT_CHARS (EVT_ROOMS * (ROOM_CHARS + 1))
void route_print(const struct evt *evt, char out[ROUTE_TEXT_CHARS + 1]);

/* Read that back into evt->rooms; what is no room any more is left out. */
void route_parse(const char *text, struct evt *evt);

void route_init(struct route *route);
void route_finish(struct route *route);

enum err route_join(struct route *route, const struct room *room,
        struct hub_client *client);
void route_leave(struct route *route, const struct room *room,
        struct hub_client *client);

/* The clients in a room, borrowed until the next join or leave. */
struct hub_client **route_clients(
        const struct route *route, const struct room *room, uint32_t *count);

#endif
