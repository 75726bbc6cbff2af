/*
 * assignment: whom a device was handed out to (device.assigned), as it lies in
 * the device's store. What a store gives back is read like what a stranger
 * sends.
 */
#ifndef DEVICES_CORE_ASSIGNMENT_H
#define DEVICES_CORE_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/notification.pb-c.h"

#define ASSIGNMENT_TABLE 37 /* the longest, with its NUL */
#define ASSIGNMENT_ORDER 97
#define ASSIGNMENT_SHOWN 22 /* as much of it as a display has room for */
#define ASSIGNMENT_BYTES                                                       \
    (1 + ASSIGNMENT_TABLE + ASSIGNMENT_ORDER + ASSIGNMENT_SHOWN)

/* Zeroed: it is free. */
struct assignment {
    char table[ASSIGNMENT_TABLE];    /* "": to none */
    char order_id[ASSIGNMENT_ORDER]; /* "": to none */
    char order[ASSIGNMENT_SHOWN];    /* as people call it */
};

/* Make it of a message. False: no such table or order; unchanged. */
bool assignment_of(
        struct assignment *assignment, const Dw__DeviceAssigned *said);

bool assignment_is_free(const struct assignment *assignment);

bool assignment_is_same(const struct assignment *a, const struct assignment *b);

/* Write it; returns the length. */
size_t assignment_write(
        uint8_t out[ASSIGNMENT_BYTES], const struct assignment *assignment);

/* False: nothing that assignment_write writes; unchanged. */
bool assignment_read(
        struct assignment *assignment, const uint8_t *bytes, size_t len);

#endif
