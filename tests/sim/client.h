/*
 * client: somebody who listens, and the transport between it and the hub:
 * packets that take their time, links that break, readers that do not read.
 *
 * It comes back with its cursor until it is let in; who comes for the first
 * time, or whose cursor is too old, is given a picture.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"
#include "tests/sim/dice.h"

struct world;
struct client;

#define CLIENT_WINDOW   24 /* packets on their way */
#define CLIENT_MEMBERS  6  /* rooms that one is in */
#define CONN_SILENCE_MS 30000

/* The server's end of a connection. */
struct conn {
    struct client *client;
    struct hub_client *hub_client; /* NULL: closed */
    uint64_t number;               /* tells it from those before it */
    bool is_dead;  /* the other end is gone, and nobody has noticed yet */
    bool is_woken; /* in house->woken */
    int64_t stalled_until_ms;
    uint32_t in_flight;
    int64_t arrives_ms; /* the last packet: none overtakes it */
};

/* What the judge knows of a listener. */
struct ear_room {
    uint32_t room;
    uint64_t from;
};

struct ear {
    const char *name;
    uint32_t roles;
    uint32_t table; /* guests: their room; else 0 */
    uint64_t since; /* guests: the head when they were let in */
    struct ear_room rooms[CLIENT_MEMBERS];
    uint32_t room_count;
    bool listens;  /* it has joined once, and is not told that it starts anew */
    uint64_t last; /* it has all up to here */
    uint8_t *got;  /* a bit for each seq */
    uint64_t got_size;
};

struct client {
    char name[16];
    uint32_t index;
    struct principal principal;
    struct room rooms[CLIENT_MEMBERS];
    uint32_t room_count;
    struct dice dice;
    struct conn conns[2];
    uint32_t current;     /* the connection that it uses */
    uint64_t connections; /* made so far */
    bool is_in;           /* it has been answered */
    bool is_trying;       /* an attempt is on the agenda */
    uint32_t failures;
    bool has_cursor;
    uint32_t epoch;
    uint64_t seq, seal; /* of its cursor */
    struct ear ear;
};

void clients_begin(struct world *world);
void clients_end(struct world *world);

/* The server has something for it. */
void conn_pump(struct world *world, struct conn *conn);

/* The process that was at the other end is no more. */
void clients_lose_house(struct world *world);

/* What goes wrong: links cut, half open, readers that stop. */
void clients_cut_some(struct world *world, struct dice *dice);
void clients_stall_some(struct world *world, struct dice *dice);

/* Does it say that it has seen an event? In the house's turn. */
void clients_acknowledge(struct world *world);

#endif
