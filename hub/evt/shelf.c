#include "hub/evt/shelf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "hub/evt/body.h"

struct shelf_entry {
    char id[SHELF_ID_CHARS + 1];
    ProtobufCMessage *message;
    UT_hash_handle hh;
};

void shelf_init(struct shelf *shelf, uint32_t max)
{
    *shelf = (struct shelf){ .max = max };
}

static struct shelf_entry *find(const struct shelf *shelf, const char *id)
{
    struct shelf_entry *entry = NULL;

    HASH_FIND_STR(shelf->entries, id, entry);
    return entry;
}

static ProtobufCMessage *take(struct shelf *shelf, struct shelf_entry *entry)
{
    ProtobufCMessage *message = entry->message;

    HASH_DEL(shelf->entries, entry);
    free(entry);
    return message;
}

void shelf_finish(struct shelf *shelf)
{
    while (shelf->entries)
        body_free(take(shelf, shelf->entries));
}

void *shelf_find(const struct shelf *shelf, const char *id)
{
    struct shelf_entry *entry = find(shelf, id);

    return entry ? entry->message : NULL;
}

void shelf_put(struct shelf *shelf, const char *id, ProtobufCMessage *message)
{
    struct shelf_entry *entry = find(shelf, id);

    assert(message);
    if (entry) {
        body_free(entry->message);
        entry->message = message;
        return;
    }
    if (shelf_count(shelf) >= shelf->max) {
        body_free(take(shelf, shelf->entries));
        shelf->let_go++;
    }
    entry = calloc(1, sizeof(*entry));
    assert(entry);
    snprintf(entry->id, sizeof(entry->id), "%s", id);
    entry->message = message;
    HASH_ADD_STR(shelf->entries, id, entry);
}

ProtobufCMessage *shelf_take(struct shelf *shelf, const char *id)
{
    struct shelf_entry *entry = find(shelf, id);

    return entry ? take(shelf, entry) : NULL;
}

void shelf_drop(struct shelf *shelf, const char *id)
{
    body_free(shelf_take(shelf, id));
}

uint32_t shelf_count(const struct shelf *shelf)
{
    return HASH_COUNT(shelf->entries);
}

struct shelf_entry *shelf_first(const struct shelf *shelf)
{
    return shelf->entries;
}

struct shelf_entry *shelf_next(const struct shelf_entry *entry)
{
    return entry->hh.next;
}

void *shelf_message(const struct shelf_entry *entry)
{
    return entry->message;
}

const char *shelf_id(const struct shelf_entry *entry)
{
    return entry->id;
}
