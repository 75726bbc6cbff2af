/*
 * shelf: messages by their id, in the order in which they were put there.
 *
 * Bounded: a full shelf lets go of its oldest. Owns its messages. The hub's
 * picture consists of shelves. Running out of memory stops the process: the
 * picture is rebuilt from the journal by the next one.
 */
#ifndef HUB_EVT_SHELF_H
#define HUB_EVT_SHELF_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#define SHELF_ID_CHARS 96

struct shelf_entry;

struct shelf {
    struct shelf_entry *entries;
    uint32_t max;
    uint64_t let_go; /* messages given up because the shelf was full */
};

void shelf_init(struct shelf *shelf, uint32_t max);
void shelf_finish(struct shelf *shelf);

/* The message, borrowed, or NULL; may be changed in place. */
void *shelf_find(const struct shelf *shelf, const char *id);

/* Takes the message; one of the same id is replaced and keeps its place. */
void shelf_put(struct shelf *shelf, const char *id, ProtobufCMessage *message);

/* Hands over the message, or NULL. */
ProtobufCMessage *shelf_take(struct shelf *shelf, const char *id);

/* Release the message of this id, if there is one. */
void shelf_drop(struct shelf *shelf, const char *id);

uint32_t shelf_count(const struct shelf *shelf);

/* Oldest first: shelf_first, then shelf_next; NULL at the end. The entry just
 * seen may be dropped only after shelf_next. */
struct shelf_entry *shelf_first(const struct shelf *shelf);
struct shelf_entry *shelf_next(const struct shelf_entry *entry);
void *shelf_message(const struct shelf_entry *entry);
const char *shelf_id(const struct shelf_entry *entry);

#endif
