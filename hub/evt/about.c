#include "hub/evt/about.h"

#include <stddef.h>
#include <string.h>

#include "hub/evt/body.h"
#include "schemas/rooms.h"

/* The first of several paths that leads to a string. */
static const char *first_text(
        const ProtobufCMessage *body, const char *const *paths)
{
    const char *text = NULL;

    for (; *paths && !text; paths++)
        text = body_text(body, *paths);
    return text;
}

const char *about_order(const ProtobufCMessage *body)
{
    static const char *const paths[] = { "order_id", "order.id", NULL };

    return first_text(body, paths);
}

const char *about_table(const ProtobufCMessage *body)
{
    static const char *const paths[] = { "table.id", "order.table.id",
        "call.table.id", "alert.table.id", NULL };

    return first_text(body, paths);
}

/* --- words that say to whom it goes --- */

#define EVERYWHERE UINT32_MAX

static const struct word {
    const char *word; /* NULL: none is given; the last row */
    uint32_t rooms;
} channels[] = {
    { "kitchen", ROOM_KITCHEN | ROOM_RESTAURANT | ROOM_ALL },
    { "waiters", ROOM_WAITERS | ROOM_RESTAURANT | ROOM_ALL },
    { "support", ROOM_USER | ROOM_WAITERS | ROOM_ADMIN },
    { "board", ROOM_KITCHEN | ROOM_WAITERS | ROOM_RESTAURANT | ROOM_ALL },
    { NULL, ROOM_KITCHEN | ROOM_WAITERS | ROOM_RESTAURANT | ROOM_ALL },
}, notices[] = {
    { "kitchen", ROOM_KITCHEN },
    { "waiter", ROOM_WAITERS },
    { "pool", ROOM_POOL },
    { "admin", ROOM_ADMIN },
    { NULL, ROOM_USER },
};

/* Where the word stands; events without a row have none. */
static const struct {
    const char *path;
    const struct word *words;
    const char *unless; /* where this is given, the word does not count */
} worded[EVT_COUNT] = {
    [EVT_MESSAGE_CREATED] = { "message.channel", channels, NULL },
    [EVT_MESSAGE_UPDATED] = { "message.channel", channels, NULL },
    [EVT_MESSAGE_PINNED] = { "message.channel", channels, NULL },
    [EVT_MESSAGE_DELETED] = { "channel", channels, NULL },
    [EVT_MESSAGE_ALL_DELETED] = { "channel", channels, NULL },
    [EVT_NOTIFICATION] = { "role", notices, "user_id" },
};

/* NULL: none is given. 0: there is no such word. */
static uint32_t rooms_of(const struct word *row, const char *word)
{
    while (row->word && !(word && strcmp(row->word, word) == 0))
        row++;
    return word && !row->word ? 0 : row->rooms;
}

/* A page for the pager that was handed out is not for those on the table. */
static uint32_t rooms_of_page(const ProtobufCMessage *body)
{
    return body_text(body, "device_id") ? ~(uint32_t)ROOM_TABLE : EVERYWHERE;
}

uint32_t about_rooms(enum evt_id what, const ProtobufCMessage *body)
{
    const char *unless = worded[what].unless;

    if (what == EVT_PAGE_SENT)
        return rooms_of_page(body);
    if (!worded[what].words)
        return EVERYWHERE;
    if (unless && body_text(body, unless))
        return rooms_of(worded[what].words, NULL);
    return rooms_of(worded[what].words, body_text(body, worded[what].path));
}

uint32_t about_channel(const char *channel)
{
    return rooms_of(channels, channel);
}
