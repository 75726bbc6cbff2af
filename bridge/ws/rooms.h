/*
 * rooms: by which rooms a request is answered: those that it names, or all of
 * which the client may be a listener without naming an id.
 */
#ifndef BRIDGE_WS_ROOMS_H
#define BRIDGE_WS_ROOMS_H

#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/hub.h"

struct conn;

struct rooms {
    struct room rooms[CLIENT_ROOMS];
    uint32_t count;
};

/* Every room without an id, and its own table, session and user, as far as it
 * may be there. */
void rooms_own(struct conn *conn, struct rooms *rooms);

/* Those of the query's `rooms`, or its own where it names none. ERR_LIMIT;
 * ERR_FORBIDDEN: it may not be in one of them, or there is no such room. */
enum err rooms_asked(
        struct conn *conn, struct rooms *rooms, struct fault *fault);

/* ["kitchen","table/5"] */
void rooms_put(struct buf *out, const struct rooms *rooms);

/* "epoch":…,"seq":…,"cursor":…,"time":… of what is on disk. */
void rooms_put_position(struct conn *conn, struct buf *out);

#endif
