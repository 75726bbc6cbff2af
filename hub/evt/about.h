/*
 * about: which order and which table a body speaks of, wherever in it they
 * stand; and to whom a word in it says that it goes.
 */
#ifndef HUB_EVT_ABOUT_H
#define HUB_EVT_ABOUT_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "schemas/catalogue.h"

/* The order's id, borrowed; NULL: it is about no order. */
const char *about_order(const ProtobufCMessage *body);

/* The table's id, borrowed; NULL: it names no table. */
const char *about_table(const ProtobufCMessage *body);

/*
 * Of the kinds of rooms (room_bit) in an event's row, those that the body's
 * word leaves: the channel of a message, the role of a notification, the pager
 * that a page is for. All bits where there is no such word; 0: it is a word
 * that nobody knows.
 */
uint32_t about_rooms(enum evt_id what, const ProtobufCMessage *body);

/* The kinds of rooms of a channel; 0: there is no such channel. */
uint32_t about_channel(const char *channel);

#endif
