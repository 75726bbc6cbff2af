/*
 * states: the rooms whose retained picture, state/<room>, is out of date.
 *
 * A picture is published at most four times a second, however much happens in
 * its room, and less often when making them takes long: a tenth of the time is
 * all they get. When an order is closed or a table is gone, its picture is
 * cleared: nothing else will ever clear it, so an event counts as done only
 * when the broker has the pictures too.
 */
#ifndef BRIDGE_MQTT_STATES_H
#define BRIDGE_MQTT_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/mqtt/track.h"
#include "hub/base/buf.h"
#include "schemas/rooms.h"

struct hub;

#define STATES_ROOMS         256
#define STATES_PAUSE_MS      250
#define STATES_PAUSE_MOST_MS 5000
#define STATE_BYTES                                                            \
    (256 * 1024) /* largest picture; a larger one is cleared                   \
                  */

struct states {
    struct room rooms[STATES_ROOMS];
    uint32_t count;
    uint64_t done;     /* the broker has the pictures up to this event */
    uint64_t sent;     /* they are published up to this one */
    int64_t swept_ms;  /* when they were last published */
    int64_t pause_ms;  /* until the next time; 0: STATES_PAUSE_MS */
    bool is_too_large; /* has been said in the log */
};

/* The broker has all that was published up to this event. */
void states_reset(struct states *states, uint64_t position);

/* As track_position, but held back until the broker has the pictures as well.
 * All rooms of the events that `track` was handed have been touched. */
uint64_t states_position(struct states *states, const struct track *track);

/* The room has changed. Rooms that have no retained picture are ignored. */
void states_touch(struct states *states, const struct room *room);

/* Can all rooms of one more event be noted? */
bool states_has_room(const struct states *states);

/* Is it time to publish them? */
bool states_are_due(const struct states *states, int64_t now_ms);

/* All that were touched are published; it was begun at `from_ms`. */
void states_swept(struct states *states, int64_t from_ms, int64_t to_ms);

/* Hand over one that was touched; false: none. */
bool states_next(struct states *states, struct room *room);

/* Write the room's picture as JSON, or nothing if it is to be cleared. */
void states_put(struct states *states, struct hub *hub, const struct room *room,
        struct buf *out);

#endif
