/*
 * routes: what can be asked by HTTP, as a table of methods and paths.
 *
 * A path is literal, but a part ":id" fits every id by the grammar of rooms.
 * Knows no requests: it only finds the row.
 */
#ifndef BRIDGE_WS_ROUTES_H
#define BRIDGE_WS_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/rest/rest.h"
#include "schemas/rooms.h"

struct conn;

struct route {
    int method;                     /* LWSHUMETH_… */
    const char *path;               /* "/api/orders/:id" */
    void (*run)(struct conn *conn); /* answers or holds */
    bool states;       /* something: a token is asked for before anything else,
                          and there may be a key and a dialect */
    uint32_t messages; /* its body may be so many messages' size; 0: it takes
                          none */
    uint32_t bytes;    /* largest body where nothing is stated; 0: it takes
                          none */
    enum rest_id rest;
    enum part_id part; /* what it is about */
    bool creates;      /* is answered 201 */
};

extern const struct route routes[];
extern const uint32_t route_count;

struct route_found {
    const struct route *route; /* NULL: there is none */
    uint32_t methods;          /* 1 << LWSHUMETH_… that the path knows */
    char id[ID_CHARS + 1];     /* of the path, or "" */
};

/* HEAD is asked as GET is. */
void route_find(const char *path, int method, struct route_found *found);

/* Write the methods as the header Allow has them: "GET, HEAD, POST". */
#define METHODS_CHARS 63
void route_print_methods(uint32_t methods, char out[METHODS_CHARS + 1]);

#endif
