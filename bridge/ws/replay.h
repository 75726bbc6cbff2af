/*
 * replay: what has happened, for requests: the events of some rooms, read as
 * a listener of the hub reads what it has missed.
 *
 * GET /api/events reads a little in each turn of the loop until it has an
 * answer, so that a long journal does not keep others waiting.
 */
#ifndef BRIDGE_WS_REPLAY_H
#define BRIDGE_WS_REPLAY_H

#include <stdint.h>

struct conn;
struct evt;

/* The event of this number, if it is for a room of the client's own; handed
 * over. NULL: it is not, or it is too long ago. Call it from ws_flush. */
struct evt *replay_one(struct conn *conn, uint64_t seq);

#endif
