/*
 * filled: bodies in which every field has a value, and a walk over them.
 *
 * For tests that ask something of every field of every event, so that a new
 * field or event is asked, too.
 */
#ifndef TESTS_SUPPORT_FILLED_H
#define TESTS_SUPPORT_FILLED_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "hub/evt/evt.h"

/* Every string and id is this. */
#define FILLED_TEXT "abc"

/* How many elements a repeated field gets. */
#define FILLED_ITEMS 2

/* A valid body with all fields set, down to the last part; handed over. */
ProtobufCMessage *filled_body(const ProtobufCMessageDescriptor *type);

/* An event with such a body; its id, times and rooms are not set. */
struct evt *filled_evt(enum evt_id what);

/* One value in a body: a part, or what a field holds. */
struct filled_value {
    ProtobufCMessage *owner; /* the message that has the field */
    const ProtobufCFieldDescriptor *field;
    void *at;       /* the value itself: char **, uint32_t *, … */
    char path[128]; /* as body_check names it */
};

/* Show each value in a filled body, a part before what is in it. */
void filled_each(ProtobufCMessage *body,
        void (*on_value)(void *context, const struct filled_value *value),
        void *context);

/* How many values the field has: 0 is absent. */
size_t filled_count(
        const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field);

/* Bytes of one value of the field. */
size_t filled_size(const ProtobufCFieldDescriptor *field);

#endif
