/*
 * A client of a wire without a verb for joining: it is put into every room
 * that it may be in, told what there is, then what was said last in its
 * dialect, and from there on what happens.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/ws/rooms.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"

/* Of all kinds together: a dialect has fewer names than that. */
#define HISTORY_MAX (16 * HISTORY)

struct past {
    struct delivery told[HISTORY_MAX];
    uint32_t count;
};

/* --- what was said last --- */

static bool is_known(const struct wire *wire, const struct say_row *row)
{
    const struct say_row *first = dialects[wire->dialect].says;

    while (first->what != row->what)
        first++;
    return first != row;
}

static void add_past(struct conn *conn, enum evt_id what, struct past *past)
{
    uint32_t space = HISTORY_MAX - past->count;

    past->count += hub_history(conn->site->hub, conn->session->client, what,
            past->told + past->count, space < HISTORY ? space : HISTORY);
}

static int by_seq(const void *a, const void *b)
{
    const struct delivery *first = a, *second = b;

    return (first->evt->seq > second->evt->seq) -
           (first->evt->seq < second->evt->seq);
}

/* The last of each name, in the order in which they happened. */
static void say_past(struct conn *conn)
{
    const struct wire *wire = conn->session->wire;
    const struct say_row *row = dialects[wire->dialect].says;
    struct past *past = calloc(1, sizeof(*past));

    if (!past) {
        session_close(conn, ERR_NO_MEMORY);
        return;
    }
    for (; row->name; row++)
        if (row->rooms != 0 && !is_known(wire, row))
            add_past(conn, row->what, past);
    qsort(past->told, past->count, sizeof(past->told[0]), by_seq);
    for (uint32_t i = 0; i < past->count; i++) {
        struct delivery *told = &past->told[i];
        const struct evt_form *form =
                session_frame(wire, told->evt, told->view, told->room);

        if (form && !conn->session->close_code) {
            reply_frame(conn, form);
            if (form->len > 0)
                session_note_told(conn, told->evt);
        } else
            session_close(conn, ERR_NO_MEMORY);
        evt_unref(told->evt);
    }
    free(past);
}

/* --- hello --- */

void session_greet(struct conn *conn)
{
    struct hub *hub = conn->site->hub;
    struct Dw__Picture *picture;
    struct rooms own;
    struct joined joined;
    struct fault fault = { 0 };

    if (conn->ws->answers > ANSWERS_MAX) {
        session_close(conn, ERR_BUSY);
        return;
    }
    rooms_own(conn, &own);
    if (hub_join(hub, conn->session->client, own.rooms, own.count, NULL,
                wall_ms(), &joined, &fault) != ERR_OK) {
        count_refused(fault.code);
        session_close(conn, fault.code);
        return;
    }
    picture = hub_picture_of(hub, conn->principal.roles, own.rooms, own.count,
            conn->session->wire->lists);
    if (!picture) {
        session_close(conn, ERR_NO_MEMORY);
        return;
    }
    session_say_ready(conn, &own, picture);
    hub_picture_free(picture);
    say_past(conn);
}
