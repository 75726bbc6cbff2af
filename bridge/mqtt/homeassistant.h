/*
 * homeassistant: a device as Home Assistant's MQTT discovery wants to be told
 * of it: one retained message with all of its entities. Pure.
 *
 * What an entity shows is read by Home Assistant from dev/<id>/about, which
 * has what bridge/rest/device.h writes. Ids are by the grammar of ids, so that
 * nothing of a topic or a template ends early; what a device says of itself
 * stands in JSON strings alone.
 */
#ifndef BRIDGE_MQTT_HOMEASSISTANT_H
#define BRIDGE_MQTT_HOMEASSISTANT_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/mqtt/topics.h"
#include "hub/base/buf.h"

struct Dw__Device;

struct home_place {
    const char *prefix; /* where Home Assistant looks: "homeassistant" */
    const char *site;
    const char *client; /* the producer that Home Assistant is */
};

/* <prefix>/device/<site>/<id>/config */
bool home_print_topic(const struct home_place *place, const char *id,
        char out[TOPIC_CHARS + 1]);

/* The same with any prefix and any id: what a hub subscribes to. */
bool home_print_filter(const char *site, char out[TOPIC_CHARS + 1]);

/* Is it such a topic of this site? Then those are its prefix and id. */
bool home_parse_topic(const char *site, const char *topic,
        char prefix[ID_CHARS + 1], char id[ID_CHARS + 1]);

/* Write the message. What a device has not said yet, e.g. of a battery, is no
 * entity yet. Its id is one by the grammar. */
void home_put_config(struct buf *out, const struct home_place *place,
        const struct Dw__Device *device);

/* Is text[0..len) a message that home_put_config has written, for whatever
 * device? Others may be told of there, too. */
bool home_is_ours(const void *text, size_t len);

#endif
