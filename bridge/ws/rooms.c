#include "bridge/ws/rooms.h"

#include <string.h>

#include "bridge/dialect/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"

#define ROOMS_CHARS 1023

/* The id of the one room of a kind that is the client's own, or "". */
static const char *own_id(
        const struct principal *principal, enum room_index kind)
{
    switch (kind) {
    case ROOM_INDEX_TABLE:
        return principal->table;
    case ROOM_INDEX_SESSION:
        return principal->session;
    case ROOM_INDEX_USER:
        return principal->subject;
    default:
        return "";
    }
}

void rooms_own(struct conn *conn, struct rooms *rooms)
{
    rooms->count = 0;
    for (int i = 0; i < ROOM_COUNT; i++) {
        enum room_index kind = (enum room_index)i;
        struct room room;

        if (room_make(kind, own_id(&conn->principal, kind), &room) &&
                hub_may_join(conn->site->hub, &conn->principal, &room))
            rooms->rooms[rooms->count++] = room;
    }
}

static enum err add(struct conn *conn, const char *text, size_t len,
        struct rooms *rooms, struct fault *fault)
{
    struct room room;

    if (rooms->count == CLIENT_ROOMS)
        return fault_set(fault, ERR_LIMIT, "rooms", NULL);
    /* The same answer for what does not exist: nobody learns by asking. */
    if (!room_parse(text, len, &room) ||
            !hub_may_join(conn->site->hub, &conn->principal, &room))
        return fault_set(fault, ERR_FORBIDDEN, "rooms", NULL);
    rooms->rooms[rooms->count++] = room;
    return ERR_OK;
}

enum err rooms_asked(
        struct conn *conn, struct rooms *rooms, struct fault *fault)
{
    char text[ROOMS_CHARS + 1];
    const char *list = text;
    enum err err = ERR_OK;

    if (!http_query(conn, "rooms=", text, sizeof(text)))
        return fault_set(fault, ERR_LIMIT, "rooms", NULL);
    if (!*list) {
        rooms_own(conn, rooms);
        return ERR_OK;
    }
    rooms->count = 0;
    while (err == ERR_OK && *list) {
        size_t len = strcspn(list, ",");

        err = add(conn, list, len, rooms, fault);
        list += len;
        list += *list == ',';
    }
    return err;
}

void rooms_put(struct buf *out, const struct rooms *rooms)
{
    char name[ROOM_CHARS + 1];

    buf_putc(out, '[');
    for (uint32_t i = 0; i < rooms->count; i++) {
        room_print(&rooms->rooms[i], name);
        buf_printf(out, "%s\"%s\"", i ? "," : "", name);
    }
    buf_putc(out, ']');
}

void rooms_put_position(struct conn *conn, struct buf *out)
{
    const struct hub *hub = conn->site->hub;
    unsigned long long seq = hub_head(hub);
    char epoch[EPOCH_CHARS + 1], now[ISO_CHARS + 1];
    char cursor[CURSOR_CHARS + 1];

    epoch_print(hub_epoch(hub), epoch);
    hub_print_cursor(hub, seq, cursor);
    dialect_print_time(wall_ms(), now);
    buf_printf(out,
            "\"epoch\":\"%s\",\"seq\":%llu,\"cursor\":\"%s\","
            "\"time\":\"%s\"",
            epoch, seq, cursor, now);
}
