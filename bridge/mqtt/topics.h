/*
 * topics: the one grammar for what we hear and say below dw/1/<site>/. Pure.
 *
 * Ids follow the id grammar, so that no part of a topic can hold a slash or a
 * wildcard. What does not match level by level is no topic of ours.
 */
#ifndef BRIDGE_MQTT_TOPICS_H
#define BRIDGE_MQTT_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include "schemas/rooms.h"

#define TOPIC_CHARS       127
#define TOPIC_EVENT_CHARS 63

enum topic_kind {
    TOPIC_IN,    /* in/<client>/<event> */
    TOPIC_STATE, /* dev/<client>/state, and so on */
    TOPIC_INFO,
    TOPIC_ACK,
    TOPIC_EVT,
};

struct topic {
    enum topic_kind kind;
    char client[ID_CHARS + 1];         /* who published: producer or device */
    char event[TOPIC_EVENT_CHARS + 1]; /* TOPIC_IN: in the producer's words */
};

/* What the hub subscribes to, NULL at the end: below dw/1/<site>/. */
extern const char *const topic_filters[];

/* False: not one of ours; *topic unchanged. */
bool topic_parse(const char *site, const char *text, struct topic *topic);

/* Write dw/1/<site>/<rest> and a NUL. False: longer than TOPIC_CHARS. */
bool topic_print(const char *site, const char *rest, char out[TOPIC_CHARS + 1]);

/* dw/1/<site>/<encoding>/<room>; `encoding` is json, pb or state. */
bool topic_print_room(const char *site, const char *encoding,
        const struct room *room, char out[TOPIC_CHARS + 1]);

/* dw/1/<site>/<head>/<id><tail>, e.g. "dev", id, "/job". */
bool topic_print_id(const char *site, const char *head, const char *id,
        const char *tail, char out[TOPIC_CHARS + 1]);

#endif
