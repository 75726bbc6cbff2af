/*
 * topic: the topics of one device, built from patterns.
 *
 * In a pattern %d is the device's id and %t its table. Ids follow the grammar
 * of schemas/rooms.h, so no text of anybody can add a level or a wildcard.
 */
#ifndef DEVICES_CORE_TOPIC_H
#define DEVICES_CORE_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

#include "devices/core/limits.h"

/* What stands before every topic; the site follows. */
#define TOPIC_ROOT "dw/1/"

/*
 * Write "dw/1/<site>/<pattern>". False: an id that the pattern needs is
 * missing or no id, or the topic is too long.
 */
bool topic_make(char out[DEVICE_TOPIC_BYTES], const char *pattern,
        const char *site, const char *device, const char *table);

#endif
