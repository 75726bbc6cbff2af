/*
 * made: a body from paths and values, for stories about many kinds of event.
 *
 *     made_body(EVT_TABLE_UPDATED, "table.id", "5", "table.seats", "4", NULL)
 */
#ifndef TESTS_SUPPORT_MADE_H
#define TESTS_SUPPORT_MADE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "schemas/catalogue.h"

/*
 * Pairs of a dotted path of field names and a value, and NULL at the end;
 * handed over. Parts on the way are made; "tables[0].id" and then
 * "tables[1].id" make a list. A path to a part with an empty value makes an
 * empty part. Numbers, true (1) and enums are given in digits. Stops the test
 * program if there is no such field.
 */
ProtobufCMessage *made_body(enum evt_id what, ...) __attribute__((sentinel));

/* Is the value at the path this (NULL: absent)? As made_body names it. */
bool made_is(const ProtobufCMessage *body, const char *path, const char *value);

#endif
