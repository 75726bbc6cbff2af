/*
 * seen: the ids of the newest DEVICE_SEEN messages, so that a copy of one
 * (another room, a repeated delivery) is known.
 */
#ifndef DEVICES_CORE_SEEN_H
#define DEVICES_CORE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/core/limits.h"

#define DEVICE_ID_BYTES 16

struct seen {
    uint8_t ids[DEVICE_SEEN][DEVICE_ID_BYTES];
    uint32_t next;
    uint32_t count;
};

/* Was the id added, and not yet pushed out by newer ones? */
bool seen_has(const struct seen *seen, const uint8_t id[DEVICE_ID_BYTES]);

void seen_add(struct seen *seen, const uint8_t id[DEVICE_ID_BYTES]);

#endif
