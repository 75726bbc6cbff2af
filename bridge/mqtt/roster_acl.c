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

/* What is not ours alone: "topic read homeassistant/device/<site>/+/config". */
static void put_outside(
        struct buf *out, const char *path, const char *access, const char *site)
{
    buf_printf(out, "topic %s ", access);
    for (; *path; path++) {
        if (strncmp(path, "$s", 2) != 0) {
            buf_putc(out, *path);
            continue;
        }
        buf_puts(out, site);
        path++;
    }
    buf_putc(out, '\n');
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
    if (row->is_outside) {
        put_outside(out, row->path, access, member->site);
        return;
    }
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

/* It hears and says everything there, and elsewhere what concerns its site. */
static void put_hub_grant(struct buf *out, const char *site)
{
    put_start(out, "readwrite", site);
    buf_puts(out, "#\n");
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (topic_rows[i].is_outside && topic_rows[i].from & ROLE_HUB)
            put_outside(out, topic_rows[i].path, "readwrite", site);
}

static void put_end(struct buf *out)
{
    buf_puts(out, "topic deny $CONTROL/#\n");
}

/* --- printers of Star's --- */

/* The topics of one, for itself or for who serves it. */
static void put_star_topics(struct buf *out, const char *mac,
        const char *to_device, const char *to_server)
{
    const char *const rows[][2] = { { to_device, "device" },
        { to_server, "server" } };

    for (int i = 0; i < 2; i++) {
        buf_printf(
                out, "topic %s star/cloudprnt/to-%s/", rows[i][0], rows[i][1]);
        for (const char *c = mac; *c; c += 2)
            buf_printf(out, "%s%.2s", c > mac ? ":" : "", c);
        buf_puts(out, "/#\n");
    }
}

/* Is `star` a printer of Star's that this one serves? */
static bool serves(const struct member *member, const struct member *star)
{
    const char *id = member_topic_id(member);
    const char *name = member_topic_id(star);
    const char *mac = member_star_mac(name);
    size_t len = strlen(id);

    return member->kind == MEMBER_PRINTER && star->kind == MEMBER_STAR &&
           is_in(star) && mac && strcmp(member->site, star->site) == 0 &&
           (size_t)(mac - 1 - name) == len && strncmp(name, id, len) == 0;
}

static void put_stars(const struct roster *roster, struct buf *out,
        const struct member *member)
{
    const char *own = member_star_mac(member_topic_id(member));

    if (member->kind == MEMBER_STAR && own)
        put_star_topics(out, own, "read", "write");
    for (uint32_t i = 0; i < roster->count; i++)
        if (serves(member, &roster->members[i]))
            put_star_topics(out,
                    member_star_mac(member_topic_id(&roster->members[i])),
                    "write", "read");
}

/* --- everybody --- */

static void put_member(const struct roster *roster, struct buf *out,
        const struct member *member)
{
    bool has_rows =
            member->kind != MEMBER_HUB && !member_kinds[member->kind].foreign;

    buf_printf(out, "\nuser %s\n", member->login);
    if (member->kind == MEMBER_HUB)
        put_hub_grant(out, member->site);
    for (int i = 0; i < TOPIC_COUNT && has_rows; i++)
        put_row(out, &topic_rows[i], member);
    put_stars(roster, out, member);
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
            put_member(roster, out, &roster->members[i]);
}

void roster_put_hub_acl(
        const struct sites *sites, const char *login, struct buf *out)
{
    buf_printf(out, "\nuser %s\n", login);
    for (uint32_t i = 0; i < sites->count; i++)
        put_hub_grant(out, sites->names[i]);
    put_end(out);
}
