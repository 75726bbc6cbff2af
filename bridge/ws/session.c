#include "bridge/ws/session.h"

#include <stdlib.h>

#include "bridge/ws/closes.h"
#include "bridge/ws/frame.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define STRANGER_BYTES 4096 /* largest message before a token: one token */
#define FRAGMENTS_MAX  16
#define GARBAGE_MAX    3 /* messages that make no sense, then 4400 */
#define STRIKES_MAX    3 /* refusals for being too fast, then 4429 */
#define QUIET_BEATS    3 /* heartbeats without a sign of life: it is gone */

bool session_create(struct conn *conn, const struct wire *wire)
{
    struct session *session = calloc(1, sizeof(*session));
    uint32_t beat_ms = conn->ws->options.heartbeat_ms;

    if (!session)
        return false;
    session->wire = wire;
    session->message_bytes = STRANGER_BYTES;
    buf_init(&session->heard, STRANGER_BYTES);
    buf_init(&session->replies, ANSWER_MAX + REPLIES_MAX);
    /* Spread, or all that connected together would beat together. */
    session->next_heartbeat_ms =
            steady_ms(conn->ws) + beat_ms / 2 + rand() % (beat_ms / 2 + 1);
    conn->session = session;
    return true;
}

void session_destroy(struct conn *conn)
{
    struct session *session = conn->session;

    if (!session)
        return;
    bearers_leave(&session->bearer);
    if (session->client) {
        session_end_asking(conn);
        hub_forget(conn->site->hub, conn);
        hub_detach(conn->site->hub, session->client);
        conn->ws->sessions--;
    }
    conn->ws->answers -= session->replies.len;
    buf_finish(&session->heard);
    buf_finish(&session->replies);
    conn->session = NULL;
    free(session);
}

void session_close(struct conn *conn, enum err why)
{
    struct session *session = conn->session;

    if (!session || session->close_code)
        return;
    session->close_code = close_code_of(why);
    session->retry_ms = retry_ms_of(why);
    if (why == ERR_RATE)
        session->retry_ms = rate_full_ms(&session->rate);
    conn->closing_ms = steady_ms(conn->ws);
    lws_callback_on_writable(conn->wsi); /* replies first, then the code */
}

/* --- what it is answered --- */

struct buf *reply_begin(struct conn *conn)
{
    buf_clear(&conn->ws->message);
    return &conn->ws->message;
}

/* Who sends without reading what it is answered is not read any more. */
static void pause_reading(struct conn *conn)
{
    struct session *session = conn->session;

    if (session->paused || session->replies.len <= REPLIES_MAX)
        return;
    session->paused = true;
    lws_rx_flow_control(conn->wsi, 0);
}

void reply_end(struct conn *conn)
{
    struct buf *message = &conn->ws->message;
    struct session *session = conn->session;
    struct buf *replies = &session->replies;
    uint8_t head[FRAME_HEAD_BYTES];
    size_t before = replies->len;

    if (message->len == 0 && !message->failed)
        return; /* the wire has no word for it */
    if (message->failed ||
            message->len + sizeof(head) > replies->max - replies->len) {
        session_close(conn, ERR_BUSY);
        return;
    }
    buf_put(replies, head,
            frame_head(head, session->wire->text ? FRAME_TEXT : FRAME_BINARY,
                    message->len));
    buf_put(replies, message->data, message->len);
    if (replies->failed) {
        replies->len = before; /* no half frame */
        replies->failed = false;
        session_close(conn, ERR_NO_MEMORY);
        return;
    }
    conn->ws->answers += replies->len - before;
    if (message->size > REPLIES_MAX)
        buf_finish(message);
    pause_reading(conn);
    conn_wake(conn);
}

void reply_frame(struct conn *conn, const struct evt_form *frame)
{
    struct session *session = conn->session;
    struct buf *replies = &session->replies;

    if (frame->len > replies->max - replies->len) {
        session_close(conn, ERR_BUSY);
        return;
    }
    buf_put(replies, frame->data, frame->len);
    if (replies->failed) { /* it is as it was: no half frame */
        replies->failed = false;
        session_close(conn, ERR_NO_MEMORY);
        return;
    }
    conn->ws->answers += frame->len;
    pause_reading(conn);
    conn_wake(conn);
}

void reply_error_until(struct conn *conn, uint32_t ref,
        const struct fault *fault, uint32_t retry_ms)
{
    struct wire_error error = {
        .fault = fault, .retry_ms = retry_ms, .now_ms = wall_ms()
    };

    conn->session->wire->say_error(reply_begin(conn), ref, &error);
    reply_end(conn);
}

void reply_error(struct conn *conn, uint32_t ref, const struct fault *fault)
{
    reply_error_until(conn, ref, fault, retry_ms_answered(fault->code));
}

/* --- what it says --- */

static bool is_unreadable(enum err err)
{
    return err == ERR_BAD_JSON || err == ERR_BAD_UTF8 ||
           err == ERR_DUPLICATE_KEY || err == ERR_BAD_PROTOBUF ||
           err == ERR_BAD_REQUEST;
}

static void refuse(struct conn *conn, uint32_t ref, const struct fault *fault)
{
    struct session *session = conn->session;

    count_refused(fault->code);
    reply_error(conn, ref, fault);
    if (is_unreadable(fault->code) && ++session->garbage >= GARBAGE_MAX)
        session_close(conn, fault->code);
}

/* Too fast? Then it is told, and at the third time closed. */
static bool is_too_fast(struct conn *conn, uint32_t ref)
{
    struct session *session = conn->session;
    struct fault fault;

    if (rate_take(&session->rate, steady_ms(conn->ws)))
        return false;
    fault_set(&fault, ERR_RATE, NULL, NULL);
    count_refused(fault.code);
    reply_error_until(conn, ref, &fault, rate_wait_ms(&session->rate));
    if (session->rate.strikes >= STRIKES_MAX)
        session_close(conn, ERR_RATE);
    return true;
}

/* As many answers as questions are for nothing: one that leaves its question
 * open is not. */
static bool is_awaited(const struct session *session, const struct said *said)
{
    return said->verb == VERB_ACK && session_is_asked(session, said->seq);
}

static void obey_answer(struct conn *conn, struct said *said)
{
    session_obey(conn, said);
    if (is_awaited(conn->session, said))
        is_too_fast(conn, said->ref);
}

static void understand(struct conn *conn, bool text)
{
    struct session *session = conn->session;
    struct said said = { 0 };
    struct fault fault = { 0 };
    enum err err;

    if (session->wire->text != text)
        err = fault_set(&fault, ERR_BAD_REQUEST, NULL,
                "this subprotocol speaks in %s frames",
                session->wire->text ? "text" : "binary");
    else
        err = session->wire->hear((const uint8_t *)session->heard.data,
                session->heard.len, &said, &fault);
    if (err == ERR_OK)
        session->garbage = 0;
    if (err == ERR_OK && is_awaited(session, &said))
        obey_answer(conn, &said);
    else if (is_too_fast(conn, said.ref))
        ; /* has been told */
    else if (err == ERR_OK)
        session_obey(conn, &said);
    else
        refuse(conn, said.ref, &fault);
    said_finish(&said);
}

/* Count and collect. ERR_TOO_LARGE: close, before more of it arrives. */
static enum err collect(struct session *session, const struct chunk *chunk)
{
    struct buf *heard = &session->heard;

    if (chunk->frame_left == 0 && ++session->fragments > FRAGMENTS_MAX)
        return ERR_TOO_LARGE;
    if (chunk->len + chunk->frame_left > session->message_bytes - heard->len)
        return ERR_TOO_LARGE;
    buf_put(heard, chunk->data, chunk->len);
    return heard->failed ? ERR_NO_MEMORY : ERR_OK;
}

void session_heard(struct conn *conn, const struct chunk *chunk)
{
    struct session *session = conn->session;
    enum err err;

    if (!session || session->close_code)
        return;
    conn->heard_ms = steady_ms(conn->ws);
    err = collect(session, chunk);
    if (err != ERR_OK) {
        count_refused(err);
        session_close(conn, err);
        return;
    }
    if (!chunk->final || chunk->frame_left)
        return;
    understand(conn, chunk->text);
    buf_finish(&session->heard); /* an idle session keeps no memory */
    session->fragments = 0;
}

/* --- as time goes by --- */

static void say_beat(struct conn *conn, int64_t wall_now_ms)
{
    static const uint8_t ping[] = { 0x80 | FRAME_PING, 1, 'x' };
    struct session *session = conn->session;
    struct room rooms[CLIENT_ROOMS];
    uint64_t tops[CLIENT_ROOMS];
    char name[CONN_NAME_CHARS + 1];
    struct wire_beat beat = { .connection_id = conn_name(conn, name),
        .now_ms = wall_now_ms,
        .rooms = rooms,
        .tops = tops,
        .count = hub_client_rooms(session->client, rooms, tops),
        .told = session->told,
        .events = session->events };

    session->wire->say_heartbeat(reply_begin(conn), &beat);
    reply_end(conn);
    /* The answer to a ping is the sign of life of who has nothing to say. */
    buf_put(&session->replies, ping, sizeof(ping));
    if (!session->replies.failed)
        conn->ws->answers += sizeof(ping);
    session->replies.failed = false;
}

static void sweep_stranger(struct conn *conn, int64_t steady_now_ms)
{
    struct fault fault;

    if (steady_now_ms - conn->since_ms < AUTH_DEADLINE_MS)
        return;
    fault_set(&fault, ERR_UNAUTHORIZED, NULL, "no token came in time");
    count_add(COUNT_WS_REFUSED, 1);
    reply_error(conn, 0, &fault);
    session_close(conn, ERR_UNAUTHORIZED);
}

static void sweep_listener(
        struct conn *conn, int64_t steady_now_ms, int64_t wall_now_ms)
{
    struct session *session = conn->session;
    uint32_t beat_ms = conn->ws->options.heartbeat_ms;

    if (conn->principal.expires_at_ms &&
            conn->principal.expires_at_ms <= wall_now_ms) {
        session_close(conn, ERR_UNAUTHORIZED);
        return;
    }
    session_sweep_asks(conn, steady_now_ms, wall_now_ms);
    if (steady_now_ms < session->next_heartbeat_ms)
        return;
    session->next_heartbeat_ms = steady_now_ms + beat_ms;
    if (steady_now_ms - conn->heard_ms > (int64_t)beat_ms * QUIET_BEATS)
        conn_kill(conn);
    else if (!conn->stalled_ms)
        say_beat(conn, wall_now_ms);
}

void session_sweep(
        struct conn *conn, int64_t steady_now_ms, int64_t wall_now_ms)
{
    struct session *session = conn->session;

    if (conn->stalled_ms &&
            steady_now_ms - conn->stalled_ms > STALL_DEADLINE_MS) {
        count_add(COUNT_SLOW_CLOSED, 1);
        conn_kill(conn);
    } else if (session->close_code) {
        if (steady_now_ms - conn->closing_ms > CLOSE_DEADLINE_MS)
            conn_kill(conn);
    } else if (!session->client) {
        sweep_stranger(conn, steady_now_ms);
    } else {
        sweep_listener(conn, steady_now_ms, wall_now_ms);
    }
}
