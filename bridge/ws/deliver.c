/* The way out: a session's replies and events to its socket. */
#include "bridge/ws/closes.h"
#include "bridge/ws/frame.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"

#define BATCH_BYTES (64 * 1024)  /* of frames in one write */
#define TURN_BYTES  (256 * 1024) /* to one client in one turn of the loop */

bool conn_is_full(struct conn *conn)
{
    if (!lws_partial_buffered(conn->wsi))
        return false;
    if (!conn->stalled_ms)
        conn->stalled_ms = steady_ms(conn->ws);
    lws_callback_on_writable(conn->wsi);
    return true;
}

bool conn_write(struct conn *conn, const struct buf *frames)
{
    if (lws_write(conn->wsi, (unsigned char *)frames->data, frames->len,
                LWS_WRITE_RAW) < 0) {
        conn_kill(conn);
        return false;
    }
    if (!conn_is_full(conn))
        return true;
    conn_hold(conn, frames->len);
    return false;
}

static bool write_replies(struct conn *conn)
{
    struct session *session = conn->session;
    struct buf replies = session->replies;
    bool more;

    if (replies.len == 0)
        return true;
    buf_init(&session->replies, replies.max);
    conn->ws->answers -= replies.len;
    more = conn_write(conn, &replies);
    buf_finish(&replies);
    return more;
}

/*
 * An event with its frame around it, made once for all who see it so. There
 * are fewer wires than form numbers.
 */
const struct evt_form *session_frame(
        const struct wire *wire, struct evt *evt, enum view view, uint32_t room)
{
    uint32_t format = FORM_FIRST_FREE;
    uint8_t head[FRAME_HEAD_BYTES];
    const struct evt_form *form;
    struct buf frame;
    uint32_t key;

    while (wires[format - FORM_FIRST_FREE] != wire)
        format++;
    key = evt_form_key(format, view, room);
    form = evt_form_find(evt, key);
    if (form)
        return form;
    form = wire->say_event(evt, view, room);
    if (!form)
        return NULL;
    buf_init(&frame, FRAME_HEAD_BYTES + form->len);
    if (form->len > 0) /* else the wire has no word for it: nothing */
        buf_put(&frame, head,
                frame_head(head, wire->text ? FRAME_TEXT : FRAME_BINARY,
                        form->len));
    buf_put(&frame, form->data, form->len);
    if (!frame.failed)
        form = evt_form_keep(evt, key, frame.len ? frame.data : "", frame.len);
    else
        form = NULL;
    buf_finish(&frame);
    return form;
}

/* Fill the batch. False: out of memory. */
static bool gather(struct conn *conn, struct buf *batch)
{
    struct session *session = conn->session;
    struct delivery next;
    uint64_t count = 0;
    bool ok = true;

    buf_clear(batch);
    while (ok && batch->len < BATCH_BYTES &&
            hub_next(conn->site->hub, session->client, &next)) {
        const struct evt_form *form =
                session_frame(session->wire, next.evt, next.view, next.room);

        if (form && form->len > 0) {
            buf_put(batch, form->data, form->len);
            session_note_told(conn, next.evt);
        }
        ok = form && !batch->failed;
        evt_unref(next.evt);
        count++;
    }
    count_add(COUNT_DELIVERED_WS, count);
    return ok;
}

static void write_events(struct conn *conn)
{
    struct buf *batch = &conn->ws->batch;
    size_t written = 0;

    while (hub_has_next(conn->session->client)) {
        if (written >= TURN_BYTES) { /* the others first */
            lws_callback_on_writable(conn->wsi);
            return;
        }
        if (!gather(conn, batch)) {
            session_close(conn, ERR_NO_MEMORY);
            return;
        }
        if (batch->len == 0) { /* it looks for what it has missed */
            if (hub_has_next(conn->session->client))
                lws_callback_on_writable(conn->wsi);
            return;
        }
        written += batch->len;
        if (!conn_write(conn, batch))
            return;
    }
}

/* Too slow, or its token has expired. True: it is being closed. */
static bool has_failed(struct conn *conn)
{
    enum err err = hub_client_state(conn->session->client);

    if (err == ERR_OK)
        return false;
    /* A full socket takes no close code either: reset, so that its buffers
     * are given back at once. */
    if (lws_partial_buffered(conn->wsi))
        conn_kill(conn);
    else
        session_close(conn, err);
    return true;
}

void session_write(struct conn *conn)
{
    struct session *session = conn->session;

    if (session->client && !session->close_code && has_failed(conn))
        return;
    if (conn_is_full(conn) || !write_replies(conn))
        return;
    if (session->paused) {
        session->paused = false;
        lws_rx_flow_control(conn->wsi, 1);
        /* So that the library looks at what it holds of an earlier read. */
        lws_callback_on_writable(conn->wsi);
    }
    if (session->client && !session->close_code)
        write_events(conn);
}

/* Our own frame: what the library would send at a close it cuts off, because
 * it closes twice. */
void conn_say_close(struct conn *conn, uint16_t code, uint32_t retry_ms)
{
    char reason[CLOSE_REASON_CHARS + 1];
    uint8_t frame[FRAME_CLOSE_BYTES];
    size_t len = frame_close(
            frame, code, close_print_reason(code, retry_ms, reason));

    if (lws_write(conn->wsi, frame, len, LWS_WRITE_RAW) < 0) {
        conn_kill(conn);
        return;
    }
    conn_stop(conn);
    conn->said_close = true;
}

void session_writable(struct conn *conn)
{
    struct session *session = conn->session;

    conn->stalled_ms = 0;
    conn_release(conn);
    session_write(conn);
    if (!conn->session || !session->close_code || session->replies.len > 0 ||
            lws_partial_buffered(conn->wsi))
        return;
    conn_say_close(conn, session->close_code, session->retry_ms);
}

void session_goodbye(struct conn *conn, uint32_t retry_ms)
{
    if (!conn->session || lws_partial_buffered(conn->wsi))
        return;
    if (write_replies(conn))
        conn_say_close(conn, close_code_of(ERR_RESTART), retry_ms);
}
