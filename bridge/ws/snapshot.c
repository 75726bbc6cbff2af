/* GET /api/snapshot?rooms=a,b: the picture, as these rooms may see it. */
#include <string.h>

#include "bridge/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"

#define ROOMS_CHARS 1023

struct wanted {
    struct room rooms[CLIENT_ROOMS];
    uint32_t count;
};

static enum err add(struct conn *conn, const char *text, size_t len,
        struct wanted *wanted, struct fault *fault)
{
    struct room room;

    if (wanted->count == CLIENT_ROOMS)
        return fault_set(fault, ERR_LIMIT, "rooms", NULL);
    /* The same answer for what does not exist: nobody learns by asking. */
    if (!room_parse(text, len, &room) ||
            !hub_may_join(conn->ws->hub, &conn->principal, &room))
        return fault_set(fault, ERR_FORBIDDEN, "rooms", NULL);
    wanted->rooms[wanted->count++] = room;
    return ERR_OK;
}

static enum err add_named(struct conn *conn, const char *list,
        struct wanted *wanted, struct fault *fault)
{
    enum err err = ERR_OK;

    while (err == ERR_OK && *list) {
        size_t len = strcspn(list, ",");

        err = add(conn, list, len, wanted, fault);
        list += len;
        list += *list == ',';
    }
    return err;
}

/* Nothing named: all rooms without an id, and the table of its own. */
static void add_all(struct conn *conn, struct wanted *wanted)
{
    for (uint32_t i = 0; i < ROOM_COUNT; i++) {
        const char *id = room_kinds[i].has_id ? conn->principal.table : "";
        struct room room;

        if ((room_kinds[i].has_id && i != ROOM_INDEX_TABLE) ||
                !room_make((enum room_index)i, id, &room))
            continue;
        if (hub_may_join(conn->ws->hub, &conn->principal, &room))
            wanted->rooms[wanted->count++] = room;
    }
}

static enum err read_rooms(
        struct conn *conn, struct wanted *wanted, struct fault *fault)
{
    char text[sizeof("rooms=") + ROOMS_CHARS];
    const char *list =
            lws_get_urlarg_by_name(conn->wsi, "rooms=", text, sizeof(text));

    wanted->count = 0;
    if (list && *list)
        return add_named(conn, list, wanted, fault);
    add_all(conn, wanted);
    return ERR_OK;
}

static void put_snapshot(struct conn *conn, const struct wanted *wanted,
        const struct Dw__Picture *picture, struct buf *out)
{
    const struct hub *hub = conn->ws->hub;
    unsigned long long seq = hub_head(hub);
    char epoch[EPOCH_CHARS + 1], now[ISO_CHARS + 1], name[ROOM_CHARS + 1];

    epoch_print(hub_epoch(hub), epoch);
    dialect_print_time(wall_ms(), now);
    buf_printf(out,
            "{\"epoch\":\"%s\",\"seq\":%llu,\"cursor\":\"%s.%llu\","
            "\"time\":\"%s\",\"rooms\":[",
            epoch, seq, epoch, seq, now);
    for (uint32_t i = 0; i < wanted->count; i++) {
        room_print(&wanted->rooms[i], name);
        buf_printf(out, "%s\"%s\"", i ? "," : "", name);
    }
    buf_puts(out, "],\"snapshot\":");
    dialect_put_json(out, (const ProtobufCMessage *)picture,
            role_view(conn->principal.roles));
    buf_putc(out, '}');
}

/* From ws_flush: everything the picture shows is on disk now. */
static void answer(struct conn *conn)
{
    struct wanted wanted;
    struct fault fault = { 0 };
    struct Dw__Picture *picture = NULL;
    struct buf body;
    enum err err;

    if (conn->request->answer.len)
        return;
    err = read_rooms(conn, &wanted, &fault);
    if (err == ERR_OK && conn->ws->answers > ANSWERS_MAX)
        err = fault_set(&fault, ERR_BUSY, NULL, NULL);
    if (err == ERR_OK) {
        picture = hub_picture(conn->ws->hub, role_view(conn->principal.roles),
                wanted.rooms, wanted.count);
        if (!picture)
            err = fault_set(&fault, ERR_NO_MEMORY, NULL, NULL);
    }
    if (err != ERR_OK) {
        count_refused(err);
        http_answer_fault(conn, &fault);
        return;
    }
    buf_init(&body, ANSWER_MAX);
    put_snapshot(conn, &wanted, picture, &body);
    hub_picture_free(picture);
    http_answer_json(conn, 200, &body);
    buf_finish(&body);
}

void snapshot_run(struct conn *conn)
{
    if (http_wants_token(conn))
        http_hold(conn, answer);
}
