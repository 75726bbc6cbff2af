/* GET /api/snapshot?rooms=a,b: the picture, as these rooms may see it. */
#include "bridge/dialect/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/rooms.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

static void put_snapshot(struct conn *conn, const struct rooms *rooms,
        const struct Dw__Picture *picture, struct buf *out)
{
    buf_putc(out, '{');
    rooms_put_position(conn, out);
    buf_puts(out, ",\"rooms\":");
    rooms_put(out, rooms);
    buf_puts(out, ",\"snapshot\":");
    dialect_put_json(out, (const ProtobufCMessage *)picture,
            role_view(conn->principal.roles));
    buf_putc(out, '}');
}

/* From ws_flush: everything the picture shows is on disk now. */
static void answer(struct conn *conn)
{
    struct rooms rooms;
    struct fault fault = { 0 };
    struct Dw__Picture *picture = NULL;
    struct buf body;
    enum err err;

    if (conn->request->answer.len)
        return;
    err = rooms_asked(conn, &rooms, &fault);
    if (err == ERR_OK && conn->ws->answers > ANSWERS_MAX)
        err = fault_set(&fault, ERR_BUSY, NULL, NULL);
    if (err == ERR_OK) {
        picture = hub_picture(conn->site->hub, conn->principal.roles,
                rooms.rooms, rooms.count);
        if (!picture)
            err = fault_set(&fault, ERR_NO_MEMORY, NULL, NULL);
    }
    if (err != ERR_OK) {
        count_refused(err);
        http_answer_fault(conn, &fault);
        return;
    }
    buf_init(&body, ANSWER_MAX);
    put_snapshot(conn, &rooms, picture, &body);
    hub_picture_free(picture);
    http_answer_json(conn, 200, &body);
    buf_finish(&body);
}

void snapshot_run(struct conn *conn)
{
    if (http_wants_token(conn))
        http_hold(conn, answer);
}
