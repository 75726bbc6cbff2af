/*
 * track: which messages the broker has not acknowledged yet, and so how far
 * it surely has what we published. Pure.
 *
 * Message ids come from the MQTT library and repeat after 65535; the broker
 * acknowledges nearly in order. The position is the last event of which it
 * has everything, and of all before it too.
 */
#ifndef BRIDGE_MQTT_TRACK_H
#define BRIDGE_MQTT_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#define TRACK_SLOTS 2048

struct track_slot {
    uint64_t seq; /* of the event it belongs to, or the next one's */
    uint16_t mid;
    bool acked;
};

struct track {
    uint64_t last; /* seq of the last event handed to the library */
    uint32_t first, count;
    struct track_slot slots[TRACK_SLOTS]; /* ring, oldest at `first` */
};

/* Nothing is outstanding; everything up to `position` is done. */
void track_reset(struct track *track, uint64_t position);

/* A message was published: of the event `seq`, or of none with 0. False: the
 * ring is full. */
bool track_sent(struct track *track, int mid, uint64_t seq);

/* All messages of the event `seq` are published, if it has any. */
void track_handed(struct track *track, uint64_t seq);

/* `mid` is done: acknowledged, or with QoS 0 written. Ids that are not
 * outstanding are ignored. */
void track_acked(struct track *track, int mid);

uint64_t track_position(const struct track *track);

#endif
