/*
 * done: the ids of the newest DEVICE_DONE commands that were acted on to the
 * end (a page that was answered), so that one repeated after a loss of power is
 * not acted on again. One value in the store: the ids, oldest first.
 */
#ifndef DEVICES_CORE_DONE_H
#define DEVICES_CORE_DONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/limits.h"
#include "devices/core/seen.h"

struct done {
    uint8_t ids[DEVICE_DONE][DEVICE_ID_BYTES]; /* oldest first */
    uint32_t count;
    bool is_unkept; /* the store has an older one */
};

/* A command that has a name of its own, whatever message it comes in: the name
 * as an id. */
void done_name(uint8_t id[DEVICE_ID_BYTES], const char *name);

bool done_has(const struct done *done, const uint8_t id[DEVICE_ID_BYTES]);

/* One that is there already stays where it is. */
void done_add(struct done *done, const uint8_t id[DEVICE_ID_BYTES]);

/* What the store had: `len` of the bytes of `ids`. Another length than whole
 * ids is none. */
void done_loaded(struct done *done, size_t len);

/* How many bytes of `ids` are to be stored. */
size_t done_bytes(const struct done *done);

#endif
