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
#include <stdint.h>

#include "schemas/roles.h"
#include "schemas/rooms.h"

#define TOPIC_CHARS       127
#define TOPIC_EVENT_CHARS 63

enum topic_kind {
#define TOPIC(id, ...) TOPIC_##id,
#include "bridge/mqtt/topics.def"
#undef TOPIC
    TOPIC_COUNT
};

struct topic_row {
    const char *path;
    const char *filter; /* what the hub subscribes to; NULL: it does not */
    uint32_t from, to;  /* ROLE_… */
    bool rings;         /* its rooms are those of the kind of member */
    bool is_retained;   /* the one thing that is worth reading later */
    const char *open;   /* what who has no name may read; or NULL */
    bool is_outside;    /* not below dw/1/<site>/ */
};

extern const struct topic_row topic_rows[TOPIC_COUNT];

struct topic {
    enum topic_kind kind;              /* one that the hub hears */
    char client[ID_CHARS + 1];         /* who published: producer or device */
    char event[TOPIC_EVENT_CHARS + 1]; /* TOPIC_IN: in the producer's words */
};

/* False: not one that the hub hears; *topic unchanged. */
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
