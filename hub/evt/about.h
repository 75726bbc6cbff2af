/*
 * about: which order and which table a body speaks of, wherever in it they
 * stand.
 */
#ifndef HUB_EVT_ABOUT_H
#define HUB_EVT_ABOUT_H

#include <protobuf-c/protobuf-c.h>

/* The order's id, borrowed; NULL: it is about no order. */
const char *about_order(const ProtobufCMessage *body);

/* The table's id, borrowed; NULL: it names no table. */
const char *about_table(const ProtobufCMessage *body);

#endif
