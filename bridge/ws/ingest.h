/*
 * ingest: what one request states, from its words to what came of it.
 *
 * A request has one outcome for each thing that it states; each is refused at
 * once or settled by hub_commit. Only then is it answered.
 */
#ifndef BRIDGE_WS_INGEST_H
#define BRIDGE_WS_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/dialect/dialect.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/outlet.h"

struct conn;

struct outcome {
    bool is_known;      /* refused or settled */
    bool is_pending;    /* for the back end to decide */
    struct fault fault; /* code ERR_OK: settled */
    struct settlement settlement;
};

/* `count` outcomes, none of them known. False: no memory, and it has been
 * answered. */
bool ingest_begin(struct conn *conn, uint32_t count);

/* Is this once more than the client may do `what` in a second? As often as it
 * might speak on a WebSocket, however many connections it has. */
bool ingest_is_too_fast(struct conn *conn, const char *what);

/* May so many bytes be said now? Not ERR_OK: too many, or too often. */
enum err ingest_may(struct conn *conn, size_t len, struct fault *fault);

/* To the hub; takes what was heard. With a key of its own or that of the
 * request. */
void ingest_submit(struct conn *conn, uint32_t index, struct heard *heard);

/* The outcome's fault says why. */
void ingest_refuse(struct conn *conn, uint32_t index);

/* Call `answer` once all of it is known: now, or from ws_flush. */
void ingest_answer(struct conn *conn, void (*answer)(struct conn *conn));

/* "id":…,"seq":…,"epoch":…,"duplicate":… of what has been settled. */
void ingest_put(struct buf *out, const struct outcome *outcome);

#endif
