/* Orders, tables and the rest by their paths: what is stated is submitted as
 * everywhere, what is shown is part of the client's picture. */
#include <string.h>

#include "bridge/rest/rest.h"
#include "bridge/ws/http.h"
#include "bridge/ws/ingest.h"
#include "bridge/ws/replay.h"
#include "bridge/ws/rooms.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define WORDS_CHARS 255 /* of a filter */

static void answer_fault(struct conn *conn, const struct fault *fault)
{
    count_refused(fault->code);
    http_answer_fault(conn, fault);
}

/* --- what there is --- */

/* One of a part is looked for in the room that it has for itself, if the
 * client may be there: who is done with is shown there, too. */
static void choose_rooms(struct conn *conn, enum part_id part, const char *id,
        struct rooms *rooms)
{
    struct hub *hub = conn->site->hub;

    for (int i = 0; i < ROOM_COUNT && *id; i++) {
        struct room *room = &rooms->rooms[0];

        if (rest_parts[part].room & 1u << i &&
                room_make((enum room_index)i, id, room) &&
                hub_may_join(hub, &conn->principal, room)) {
            rooms->count = 1;
            return;
        }
    }
    rooms_own(conn, rooms);
}

/* Handed over (hub_picture_free); NULL: out of memory. */
static struct Dw__Picture *look(
        struct conn *conn, enum part_id part, const char *id)
{
    const char *const lists[] = { rest_parts[part].list, rest_parts[part].also,
        NULL };
    struct rooms rooms;

    choose_rooms(conn, part, id, &rooms);
    return hub_picture_of(conn->site->hub, conn->principal.roles, rooms.rooms,
            rooms.count, lists);
}

static bool read_filter(struct conn *conn, char statuses[WORDS_CHARS + 1],
        char table[ID_CHARS + 1], struct fault *fault)
{
    if (!http_query(conn, "status=", statuses, WORDS_CHARS + 1))
        fault_set(fault, ERR_TOO_LARGE, "status", NULL);
    else if (!http_query(conn, "table=", table, ID_CHARS + 1))
        fault_set(fault, ERR_BAD_ID, "table", NULL);
    return fault->code == ERR_OK;
}

static bool put_list(struct conn *conn, struct buf *body, struct fault *fault)
{
    enum part_id part = conn->request->route->part;
    char statuses[WORDS_CHARS + 1], table[ID_CHARS + 1];
    const struct rest_filter filter = { statuses, table };
    struct Dw__Picture *picture;

    if (!read_filter(conn, statuses, table, fault))
        return false;
    picture = look(conn, part, "");
    if (!picture) {
        fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
        return false;
    }
    rest_put_list(
            body, part, picture, role_view(conn->principal.roles), &filter);
    hub_picture_free(picture);
    return true;
}

/* What is not the client's to see is answered as what is not there. */
static bool put_one(struct conn *conn, struct buf *body, struct fault *fault)
{
    const struct request *request = conn->request;
    enum part_id part = request->route->part;
    struct Dw__Picture *picture = look(conn, part, request->id);
    enum err err = ERR_OK;

    if (!picture)
        err = ERR_NO_MEMORY;
    else if (!rest_put_one(body, part, picture,
                     role_view(conn->principal.roles), request->id))
        err = ERR_NOT_FOUND;
    hub_picture_free(picture);
    if (err != ERR_OK)
        fault_set(fault, err, NULL, NULL);
    return err == ERR_OK;
}

/* From ws_flush: everything that is shown is on disk now. */
static void answer_shown(struct conn *conn,
        bool (*put)(struct conn *conn, struct buf *body, struct fault *fault))
{
    struct fault fault = { 0 };
    struct buf body;

    if (conn->request->answer.len)
        return;
    if (conn->ws->answers > ANSWERS_MAX) {
        fault_set(&fault, ERR_BUSY, NULL, NULL);
        answer_fault(conn, &fault);
        return;
    }
    buf_init(&body, ANSWER_MAX);
    buf_putc(&body, '{');
    rooms_put_position(conn, &body);
    buf_putc(&body, ',');
    if (put(conn, &body, &fault)) {
        buf_putc(&body, '}');
        http_answer_json(conn, 200, &body);
    } else {
        answer_fault(conn, &fault);
    }
    buf_finish(&body);
}

static void answer_list(struct conn *conn)
{
    answer_shown(conn, put_list);
}

static void answer_one(struct conn *conn)
{
    answer_shown(conn, put_one);
}

void list_run(struct conn *conn)
{
    if (http_wants_token(conn))
        http_hold(conn, answer_list);
}

void one_run(struct conn *conn)
{
    if (http_wants_token(conn))
        http_hold(conn, answer_one);
}

/* Whoever is told of receipts in the order's room may ask. Guests and strangers
 * do not learn whether there is such an order. */
static enum err find_deliveries(
        struct conn *conn, const struct Dw__OrderDeliveries **found)
{
    const struct principal *who = &conn->principal;
    struct hub *hub = conn->site->hub;
    const char *id = conn->request->id;
    struct room room;

    if (evt_view(EVT_DELIVERY_RECEIPT, who->roles) == VIEW_NONE ||
            !room_make(ROOM_INDEX_ORDER, id, &room) ||
            !hub_may_join(hub, who, &room))
        return ERR_FORBIDDEN;
    return hub_deliveries(hub, id, found) ? ERR_OK : ERR_NOT_FOUND;
}

static bool put_deliveries(
        struct conn *conn, struct buf *body, struct fault *fault)
{
    const struct Dw__OrderDeliveries *found = NULL;
    enum err err = find_deliveries(conn, &found);

    if (err == ERR_OK)
        rest_put_deliveries(body, conn->request->id, found,
                role_view(conn->principal.roles));
    else
        fault_set(fault, err, NULL, NULL);
    return err == ERR_OK;
}

static void answer_deliveries(struct conn *conn)
{
    answer_shown(conn, put_deliveries);
}

void deliveries_run(struct conn *conn)
{
    if (http_wants_token(conn))
        http_hold(conn, answer_deliveries);
}

/* --- what is stated --- */

/* The id of what was stated: the path's, or of what the event has made. */
static void find_subject(struct conn *conn, char id[ID_CHARS + 1])
{
    struct request *request = conn->request;
    struct evt *evt = NULL;
    const char *made = NULL;

    memcpy(id, request->id, ID_CHARS + 1);
    if (*id || !request->route->creates)
        return;
    evt = replay_one(conn, request->outcomes[0].settlement.seq);
    if (evt)
        made = rest_subject(request->route->part, evt);
    if (made && strlen(made) <= ID_CHARS)
        memcpy(id, made, strlen(made) + 1);
    evt_unref(evt);
}

/* What has become of it, as far as the client sees it. It is on disk: that
 * there is no room to show it is no refusal. */
static void put_result(struct conn *conn, struct buf *body)
{
    enum part_id part = conn->request->route->part;
    struct Dw__Picture *picture;
    char id[ID_CHARS + 1];
    size_t len = body->len;

    if (part == PART_NONE || conn->ws->answers > ANSWERS_MAX)
        return;
    find_subject(conn, id);
    picture = look(conn, part, id);
    if (!picture)
        return;
    buf_putc(body, ',');
    if (!rest_put_one(
                body, part, picture, role_view(conn->principal.roles), id))
        body->len = len;
    hub_picture_free(picture);
}

static struct rest_asked asked_by(const struct conn *conn)
{
    const struct request *request = conn->request;

    return (struct rest_asked){ .what = request->route->rest,
        .dialect = request->dialect,
        .from = &conn->principal,
        .id = request->id,
        .text = request->body.data,
        .len = request->body.len };
}

/* Impossible, because it is so already? Then that is the answer: a button that
 * was pressed again, however late, has not failed. False: there is none yet. */
static bool answer_so(struct conn *conn)
{
    const struct rest_asked asked = asked_by(conn);
    enum part_id part = conn->request->route->part;
    struct Dw__Picture *picture = look(conn, part, asked.id);
    bool is_so = picture && rest_is_so(&asked, picture);
    struct buf body;

    if (is_so) {
        buf_init(&body, ANSWER_MAX);
        buf_puts(&body, "{\"duplicate\":true,");
        rest_put_one(&body, part, picture, role_view(conn->principal.roles),
                asked.id);
        buf_putc(&body, '}');
        http_answer_json(conn, 200, &body);
        buf_finish(&body);
    }
    hub_picture_free(picture);
    return is_so;
}

static void answer_stated(struct conn *conn)
{
    struct request *request = conn->request;
    struct outcome *outcome = request->outcomes;
    struct buf body;

    if (request->unknown || request->answer.len)
        return;
    if (outcome->fault.code == ERR_IMPOSSIBLE && answer_so(conn))
        return;
    if (outcome->fault.code != ERR_OK) {
        rest_name_fault(request->route->rest, &outcome->fault);
        http_answer_fault(conn, &outcome->fault);
        return;
    }
    buf_init(&body, ANSWER_MAX);
    buf_putc(&body, '{');
    ingest_put(&body, outcome);
    if (!outcome->is_pending)
        put_result(conn, &body);
    buf_putc(&body, '}');
    http_answer_json(conn,
            outcome->is_pending       ? 202
            : request->route->creates ? 201
                                      : 200,
            &body);
    buf_finish(&body);
}

void rest_run(struct conn *conn)
{
    struct request *request = conn->request;
    const struct rest_asked asked = asked_by(conn);
    struct outcome *outcome;
    struct heard heard;

    if (!ingest_begin(conn, 1))
        return;
    outcome = request->outcomes;
    if (ingest_may(conn, request->body.len, &outcome->fault) == ERR_OK &&
            rest_hear(&asked, &heard, &outcome->fault) == ERR_OK)
        ingest_submit(conn, 0, &heard);
    else
        ingest_refuse(conn, 0);
    /* What makes it impossible may not be on disk yet. */
    if (outcome->fault.code == ERR_IMPOSSIBLE)
        http_hold(conn, answer_stated);
    else
        ingest_answer(conn, answer_stated);
}
