/* What the broker reads: passwords, and who may do what. */
#include <string.h>

#include "bridge/mqtt/roster.h"
#include "bridge/mqtt/topics.h"
#include "schemas/roles.h"

static bool is_in(const struct member *member)
{
    return !member->retired && !member->past;
}

void roster_put_passwd(const struct roster *roster, struct buf *out)
{
    for (uint32_t i = 0; i < roster->count; i++)
        if (is_in(&roster->members[i]))
            buf_printf(out, "%s:%s\n", roster->members[i].login,
                    roster->members[i].hash);
}

/* --- who may do what --- */

/* One line, open at its end: "topic read dw/1/<site>/". */
static void put_start(struct buf *out, const char *access, const char *site)
{
    buf_printf(out, "topic %s dw/1/%s/", access, site);
}

/* A path up to its $r, with the client's own id in it. */
static void put_path(
        struct buf *out, const char *path, const struct member *member)
{
    for (; *path && strncmp(path, "$r", 2) != 0; path++) {
        if (strncmp(path, "$i", 2) == 0)
            buf_puts(out, member_topic_id(member));
        else if (strncmp(path, "$e", 2) == 0)
            buf_putc(out, '+');
        else
            buf_putc(out, *path);
        path += *path == '$';
    }
}

/* Rooms of this kind that it may hear: any of them, or its own table's. */
static void put_room(
        struct buf *out, const struct room_kind *room, const char *own)
{
    buf_puts(out, room->name);
    if (room->has_id)
        buf_printf(out, "/%s", own[0] ? own : "+");
}

static void put_rooms(struct buf *out, const struct topic_row *row,
        const struct member *member)
{
    const struct member_kind *kind = &member_kinds[member->kind];
    uint32_t hears = kind->hears | (member->table[0] ? 0 : kind->roams);

    for (int i = 0; i < ROOM_COUNT; i++) {
        bool may =
                row->rings ? hears & 1u << i : room_kinds[i].join & kind->role;

        if (!may)
            continue;
        put_start(out, "read", member->site);
        put_path(out, row->path, member);
        put_room(out, &room_kinds[i],
                row->rings && i == ROOM_INDEX_TABLE ? member->table : "");
        buf_putc(out, '\n');
    }
}

static void put_topic(struct buf *out, const struct topic_row *row,
        const char *access, const struct member *member)
{
    put_start(out, access, member->site);
    put_path(out, row->path, member);
    buf_putc(out, '\n');
}

static void put_row(struct buf *out, const struct topic_row *row,
        const struct member *member)
{
    uint32_t role = member_kinds[member->kind].role;

    if (row->from & role)
        put_topic(out, row, "write", member);
    if (!(row->to & role))
        return;
    if (strstr(row->path, "$r"))
        put_rooms(out, row, member);
    else
        put_topic(out, row, "read", member);
}

/* It hears and says everything there, but nothing elsewhere. */
static void put_hub_grant(struct buf *out, const char *site)
{
    put_start(out, "readwrite", site);
    buf_puts(out, "#\n");
}

static void put_end(struct buf *out)
{
    buf_puts(out, "topic deny $CONTROL/#\n");
}

static void put_member(struct buf *out, const struct member *member)
{
    buf_printf(out, "\nuser %s\n", member->login);
    if (member->kind == MEMBER_HUB)
        put_hub_grant(out, member->site);
    for (int i = 0; i < TOPIC_COUNT; i++)
        put_row(out, &topic_rows[i], member);
    put_end(out);
}

/* Whoever has no name. */
static void put_open(struct buf *out, const char *site)
{
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if (!topic_rows[i].open)
            continue;
        put_start(out, "read", site);
        buf_printf(out, "%s\n", topic_rows[i].open);
    }
}

void roster_put_acl(const struct roster *roster, struct buf *out)
{
    /* What stands before the first user is for those without a name. */
    put_end(out);
    for (uint32_t i = 0; i < roster->count; i++)
        if (roster->members[i].kind == MEMBER_HUB)
            put_open(out, roster->members[i].site);
    for (uint32_t i = 0; i < roster->count; i++)
        if (is_in(&roster->members[i]))
            put_member(out, &roster->members[i]);
}

void roster_put_hub_acl(
        const struct sites *sites, const char *login, struct buf *out)
{
    buf_printf(out, "\nuser %s\n", login);
    for (uint32_t i = 0; i < sites->count; i++)
        put_hub_grant(out, sites->names[i]);
    put_end(out);
}
