/*
 * body_walk: where the values of a message's fields stand in memory. For
 * body*.c only; everybody else has body.h.
 */
#ifndef HUB_EVT_BODY_WALK_H
#define HUB_EVT_BODY_WALK_H

#include "hub/evt/body.h"

/* Where a field's value or values stand, and how many there are. */
struct body_place {
    uint8_t *values; /* of repeated ones the first, else the only one */
    size_t count;
    size_t size; /* bytes from one to the next */
};

struct body_place body_find_place(
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field);

/* Bytes of one value. */
size_t body_value_size(ProtobufCType type);

/* Is a value a text or a message, absent where it is NULL? */
bool body_is_pointer(const ProtobufCFieldDescriptor *field);

/* Release the values of a field, not a required number or word, and mark it as
 * absent. */
void body_clear_field(
        ProtobufCMessage *body, const ProtobufCFieldDescriptor *field);

/* Add ".name" or, for one of several, ".name[i]" to a path of `at` bytes, as it
 * stands in JSON; cut off where it is too long. */
void body_enter(char path[FAULT_FIELD_CHARS + 1], size_t at, const char *name,
        size_t index, bool repeated);

#endif
