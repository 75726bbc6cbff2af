/*
 * batch: the events of one request to the webhook, its body and its id.
 *
 *     {"site":"main","events":[…]}
 *
 * An event is its envelope, as in MQTT json/<room>; a command is as in MQTT
 * cmd/<event>, which says "command":true. Knows no time but what it is told.
 */
#ifndef BRIDGE_HOOK_BATCH_H
#define BRIDGE_HOOK_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/evt/evt.h"

#define BATCH_EVENTS   20
#define BATCH_BYTES    (256 * 1024)      /* then no further event is added */
#define BATCH_BODY_MAX (2 * 1024 * 1024) /* give the buffer this limit */
#define BATCH_ID_CHARS (2 * ULID_CHARS + 1)

struct batch {
    struct evt *events[BATCH_EVENTS]; /* a reference each, oldest first */
    uint32_t count;
    size_t bytes; /* of them all as they are said */
};

/* Add an event; its reference is taken. ERR_NO_MEMORY: it is not. The batch
 * is not full. */
enum err batch_add(struct batch *batch, struct evt *evt);

bool batch_is_full(const struct batch *batch);

/* Let go of commands that nobody should act on any more; how many? */
uint32_t batch_drop_late(struct batch *batch, int64_t now_ms);

/* Let go of all. */
void batch_clear(struct batch *batch);

/* Append the body. A failed `out` is out of memory. */
void batch_put(const struct batch *batch, const char *site, struct buf *out);

/*
 * The id of the request: the only event's, or those of the first and the last
 * with a '-' between them. After a crash a batch may begin as before and hold
 * more: then it has another id, so that whoever ignores what it knows by its
 * id loses nothing.
 */
void batch_print_id(const struct batch *batch, char out[BATCH_ID_CHARS + 1]);

#endif
