#include <stdio.h>
#include <string.h>

#include "bridge/auth.h"
#include "bridge/ws/rooms.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

/* A ticket is the client's ref, and whether the answer says "pending". */
#define PENDING (1ull << 32)

static void answer_fault(
        struct conn *conn, uint32_t ref, const struct fault *fault)
{
    count_refused(fault->code);
    reply_error(conn, ref, fault);
}

/* --- the hub's two calls --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct conn *conn = owner;
    struct wire_published published = { .id = settlement->id,
        .seq = settlement->seq,
        .epoch = settlement->epoch,
        .duplicate = settlement->duplicate,
        .pending = (ticket & PENDING) != 0 };
    struct fault fault;

    if (!conn->session || conn->session->close_code)
        return;
    if (settlement->err != ERR_OK) {
        fault_set(&fault, settlement->err, NULL, NULL);
        reply_error(conn, (uint32_t)ticket, &fault);
        return;
    }
    conn->session->wire->say_published(
            reply_begin(conn), (uint32_t)ticket, &published);
    reply_end(conn);
}

static void on_wake(void *owner)
{
    conn_wake(owner);
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

/* --- auth --- */

void session_say_ready(struct conn *conn, const struct rooms *own,
        const struct Dw__Picture *picture)
{
    const struct hub *hub = conn->site->hub;
    char name[CONN_NAME_CHARS + 1];
    struct wire_ready ready = { .connection_id = conn_name(conn, name),
        .epoch = hub_epoch(hub),
        .seq = hub_head(hub),
        .now_ms = wall_ms(),
        .principal = &conn->principal,
        .site = conn->site->name,
        .heartbeat_ms = conn->ws->options.heartbeat_ms,
        .rooms = own ? own->rooms : NULL,
        .room_count = own ? own->count : 0,
        .picture = picture,
        .view = conn->session->view };

    conn->session->wire->say_ready(reply_begin(conn), &ready);
    reply_end(conn);
}

/* Its bearer has come again, once too often: that one stays. */
static void on_too_many(struct bearer *bearer)
{
    session_close(bearer->connection, ERR_CONFLICT);
}

/* What depends on its roles. */
static void set_limits(struct conn *conn)
{
    struct session *session = conn->session;
    uint32_t mask = conn->principal.roles;

    session->view = role_view(mask);
    session->message_bytes = role_message_bytes(mask);
    session->heard.max = session->message_bytes;
    rate_change(&session->rate, role_per_second(mask), steady_ms(conn->ws));
    session->bearer.end = on_too_many;
    conn_enter(conn, &session->bearer);
}

void session_admit(struct conn *conn)
{
    struct session *session = conn->session;

    if (hub_attach(conn->site->hub, &conn->principal, &outlet, conn,
                &session->client) != ERR_OK) {
        session->client = NULL;
        session_close(conn, ERR_BUSY);
        return;
    }
    conn->ws->sessions++;
    conn_know(conn);
    set_limits(conn);
    if (conn->receipts && !session_begin_asking(conn)) {
        session_close(conn, ERR_NO_MEMORY);
        return;
    }
    if (session->wire->joins_all)
        session_greet(conn);
    else
        session_say_ready(conn, NULL, NULL);
}

/*
 * Another token of the same bearer at the same site: from here on its roles,
 * its scope and its end count. One that is no good changes nothing: the one
 * before is as good as it was.
 */
static void obey_auth_again(struct conn *conn, const struct said *said)
{
    struct principal principal;
    const struct ws_site *site;
    struct fault fault;
    enum err err =
            said->token ? ws_identify(conn->ws, said->token, &principal, &site)
                        : ERR_UNAUTHORIZED;

    if (err == ERR_OK && site != conn->site)
        err = ERR_FORBIDDEN;
    if (err == ERR_OK)
        err = hub_readmit(site->hub, conn->session->client, &principal);
    if (err != ERR_OK) {
        fault_set(&fault, err, "token", NULL);
        answer_fault(conn, said->ref, &fault);
        return;
    }
    conn->principal = principal;
    conn->receipts |= said->receipts;
    set_limits(conn);
    if (conn->receipts && !session_begin_asking(conn)) {
        session_close(conn, ERR_NO_MEMORY);
        return;
    }
    conn->session->wire->say_ok(reply_begin(conn), said->ref);
    reply_end(conn);
}

static void obey_auth(struct conn *conn, const struct said *said)
{
    struct fault fault;

    if (conn->session->client) {
        obey_auth_again(conn, said);
        return;
    }
    if (!said->token || !conn_identify(conn, said->token)) {
        fault_set(&fault, ERR_UNAUTHORIZED, NULL, NULL);
        count_add(COUNT_WS_REFUSED, 1);
        answer_fault(conn, said->ref, &fault);
        session_close(conn, ERR_UNAUTHORIZED);
        return;
    }
    conn->receipts |= said->receipts;
    session_admit(conn);
}

/* --- join and leave --- */

static void answer_join(struct conn *conn, const struct said *said,
        const struct joined *joined, const ProtobufCMessage *picture)
{
    struct wire_joined answer = { .rooms = said->rooms,
        .count = said->room_count,
        .recovered = joined->recovered,
        .seq = joined->seq,
        .epoch = joined->epoch,
        .cursor = joined->cursor,
        .picture = picture,
        .view = conn->session->view };

    conn->session->wire->say_joined(reply_begin(conn), said->ref, &answer);
    reply_end(conn);
    conn_wake(conn); /* what it missed may lie ready */
}

static void obey_join(struct conn *conn, const struct said *said)
{
    struct hub *hub = conn->site->hub;
    struct joined joined;
    struct fault fault = { 0 };
    struct Dw__Picture *picture = NULL;

    if (conn->ws->answers > ANSWERS_MAX) {
        fault_set(&fault, ERR_BUSY, NULL, NULL);
        answer_fault(conn, said->ref, &fault);
        return;
    }
    if (hub_join(hub, conn->session->client, said->rooms, said->room_count,
                said->after, wall_ms(), &joined, &fault) != ERR_OK) {
        answer_fault(conn, said->ref, &fault);
        return;
    }
    if (!joined.recovered) {
        picture = hub_picture(
                hub, conn->principal.roles, said->rooms, said->room_count);
        if (!picture) {
            session_close(conn, ERR_NO_MEMORY); /* joined, and knows nothing */
            return;
        }
    }
    if (joined.recovered)
        session_was_handed(conn, said->rooms, said->room_count, joined.seq);
    answer_join(conn, said, &joined, (const ProtobufCMessage *)picture);
    hub_picture_free(picture);
}

static void obey_leave(struct conn *conn, const struct said *said)
{
    hub_leave(conn->site->hub, conn->session->client, said->rooms,
            said->room_count);
    conn->session->wire->say_ok(reply_begin(conn), said->ref);
    reply_end(conn);
}

/* --- publish --- */

static void obey_publish(struct conn *conn, struct said *said)
{
    struct submission submission = { .from = &conn->principal,
        .what = said->heard.what,
        .body = said->heard.body,
        .key = said->heard.key[0] ? said->heard.key : NULL,
        .outlet = &outlet,
        .owner = conn,
        .ticket = said->ref };
    enum authority authority = conn->ws->options.authority;
    struct fault fault = { 0 };

    if (authority_is_command(authority, submission.from, submission.what))
        submission.ticket |= PENDING;
    said->heard.body = NULL; /* the hub's, whatever it says */
    if (authority_submit(conn->site->hub, authority, &submission, wall_ms(),
                &fault) != ERR_OK)
        reply_error(conn, said->ref, &fault);
}

/* --- ack --- */

/* Good news is no news: only a fault is answered. */
static void obey_ack(struct conn *conn, const struct said *said)
{
    const char *stage = said->stage ? said->stage : "received";
    struct fault fault;

    if (!hub_progress(stage, strlen(stage)))
        fault_set(&fault, ERR_OUT_OF_RANGE, "stage",
                "must be one of " HUB_PROGRESSES);
    else if (hub_acknowledge(conn->site->hub, conn->session->client, said->seq,
                     stage, NULL, wall_ms(), &fault) == ERR_OK) {
        session_take_ask(conn->session, said->seq);
        return;
    }
    answer_fault(conn, said->ref, &fault);
}

void session_obey(struct conn *conn, struct said *said)
{
    struct fault fault;

    if (said->verb == VERB_AUTH) {
        obey_auth(conn, said);
    } else if (!conn->session->client) {
        fault_set(&fault, ERR_UNAUTHORIZED, NULL, NULL);
        answer_fault(conn, said->ref, &fault);
        session_close(conn, ERR_UNAUTHORIZED);
    } else if (said->verb == VERB_JOIN) {
        obey_join(conn, said);
    } else if (said->verb == VERB_LEAVE) {
        obey_leave(conn, said);
    } else if (said->verb == VERB_PUBLISH) {
        obey_publish(conn, said);
    } else if (said->verb == VERB_ACK) {
        obey_ack(conn, said);
    }
}
