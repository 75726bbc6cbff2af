/* Engine.IO by WebSocket: a session's only transport, or one to change to. */
#include <stdlib.h>

#include "bridge/ws/closes.h"
#include "bridge/ws/cors.h"
#include "bridge/ws/eio_parts.h"
#include "bridge/ws/frame.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"

#define FRAGMENTS_MAX     16
#define PROBE_DEADLINE_MS 10000
#define DEAF_MS           1000         /* full for so long when it is closed */
#define TURN_BYTES        (256 * 1024) /* to one client in one turn */

/* --- its beginning --- */

bool eio_socket_check(struct conn *conn, enum eio_error *error)
{
    *error = EIO_FORBIDDEN;
    if (!cors_may_ask(conn))
        return false;
    if (!eio_ask(conn, &conn->asked, error))
        return false;
    *error = EIO_BAD_REQUEST;
    if (conn->asked.transport != EIO_WEBSOCKET ||
            lws_hdr_total_length(conn->wsi, WSI_TOKEN_PROTOCOL) > 0)
        return false;
    *error = EIO_UNKNOWN_SID;
    if (!conn->asked.sid[0]) {
        conn_read_token(conn);
        return true;
    }
    return eio_find(conn) != NULL;
}

static void begin_session(struct conn *conn)
{
    struct eio_socket *socket = conn->eio;
    struct eio *eio = eio_create(conn->ws, conn->place, conn);

    if (!eio) {
        count_add(COUNT_WS_REFUSED, 1);
        eio_socket_close(conn, err_kinds[ERR_BUSY].close);
        return;
    }
    socket->eio = eio;
    eio->socket = conn;
    if (eio->is_trusted)
        conn_know(conn);
    eio->says_hello = true;
    eio_wake(eio);
}

static void begin_probe(struct conn *conn)
{
    struct eio *eio = eio_find(conn);

    if (!eio || eio->state != EIO_LIVES || eio->socket || eio->probe) {
        eio_socket_close(conn, FRAME_CLOSE_NORMAL);
        return;
    }
    conn->eio->eio = eio;
    conn->eio->is_probe = true;
    eio->probe = conn;
}

bool eio_socket_create(struct conn *conn)
{
    conn->eio = calloc(1, sizeof(*conn->eio));
    if (!conn->eio)
        return false;
    conn->eio->since_ms = steady_ms(conn->ws);
    /* How much its session may say is looked at as it arrives. */
    buf_init(&conn->eio->heard, conn->place->options.max_payload);
    if (conn->asked.sid[0])
        begin_probe(conn);
    else
        begin_session(conn);
    return true;
}

/* --- its end --- */

/* Its session goes on without it, or ends with it. */
static void let_go(struct conn *conn)
{
    struct eio_socket *socket = conn->eio;
    struct eio *eio = socket->eio;

    socket->eio = NULL;
    if (!eio)
        return;
    if (socket->is_probe) {
        eio->probe = NULL;
        eio->says_noop = false;
        return;
    }
    eio->socket = NULL;
    eio_end(eio, EIO_BY_PEER, ERR_OK);
}

void eio_socket_destroy(struct conn *conn)
{
    struct eio_socket *socket = conn->eio;

    if (!socket)
        return;
    let_go(conn);
    conn->eio = NULL;
    buf_finish(&socket->heard);
    free(socket);
}

static void read_on(struct conn *conn)
{
    if (!conn->eio->is_paused)
        return;
    conn->eio->is_paused = false;
    lws_rx_flow_control(conn->wsi, 1);
    /* So that the library looks at what it holds of an earlier read. */
    lws_callback_on_writable(conn->wsi);
}

void eio_socket_close(struct conn *conn, uint16_t code)
{
    int64_t now_ms = steady_ms(conn->ws);

    let_go(conn);
    if (conn->stalled_ms && now_ms - conn->stalled_ms > DEAF_MS) {
        conn_kill(conn); /* it takes no close either */
        return;
    }
    read_on(conn); /* its own close is to be heard */
    conn->eio->close_code = code;
    conn->closing_ms = now_ms;
    lws_callback_on_writable(conn->wsi);
}

/* --- what it says --- */

static void fail(struct conn *conn, enum err why)
{
    struct eio_socket *socket = conn->eio;

    if (socket->is_probe) {
        count_refused(why);
        eio_socket_close(conn, err_kinds[why].close);
    } else {
        eio_end(socket->eio, EIO_BY_ERROR, why);
    }
}

static void answer_probe(struct conn *conn)
{
    static const char word[] = { EIO_PONG, 'p', 'r', 'o', 'b', 'e' };
    struct eio *eio = conn->eio->eio;
    struct buf *batch = &conn->ws->batch;
    uint8_t head[FRAME_HEAD_BYTES];

    buf_clear(batch);
    buf_put(batch, head, frame_head(head, FRAME_TEXT, sizeof(word)));
    buf_put(batch, word, sizeof(word));
    eio->says_noop = true; /* so that it stops polling */
    eio_wake(eio);
    conn_write(conn, batch);
}

static void change_transport(struct conn *conn)
{
    struct eio *eio = conn->eio->eio;

    conn->eio->is_probe = false;
    eio->probe = NULL;
    eio->says_noop = false;
    if (eio->get)
        eio_poll_finish(eio);
    eio->socket = conn;
    if (eio->is_trusted)
        conn_know(conn);
    eio_wake(eio);
}

static void hear_probe(struct conn *conn, const struct eio_packet *packet)
{
    switch (eio_probe_hear(&conn->eio->probe, packet)) {
    case PROBE_ANSWER:
        answer_probe(conn);
        break;
    case PROBE_SWITCH:
        change_transport(conn);
        break;
    case PROBE_REFUSE:
        eio_socket_close(conn, err_kinds[ERR_BAD_REQUEST].close);
        break;
    }
}

/* Who does not read what it is answered is not read any more. */
static void pause_reading(struct conn *conn)
{
    struct eio_socket *socket = conn->eio;

    if (socket->is_paused || !socket->eio ||
            eio_queue_len(&socket->eio->queue) <= EIO_QUEUE_SPARE)
        return;
    socket->is_paused = true;
    lws_rx_flow_control(conn->wsi, 0);
}

static void understand(
        struct conn *conn, const char *data, size_t len, bool text)
{
    struct eio *eio = conn->eio->eio;
    struct eio_packet packet;
    struct buf decoded;
    bool is_packet;

    buf_init(&decoded, eio->place->options.max_payload);
    if (text && eio->is_base64)
        is_packet = eio_read_coded(data, len, &decoded, &packet);
    else
        is_packet = eio_read_frame(data, len, !text, &packet);
    if (!is_packet) {
        fail(conn, ERR_BAD_REQUEST);
    } else if (conn->eio->is_probe) {
        hear_probe(conn, &packet);
    } else {
        eio_heard(eio, &packet);
        pause_reading(conn);
    }
    buf_finish(&decoded);
}

/* A message and its type; one of bytes may be written in base 64. */
static size_t frame_most(const struct eio *eio)
{
    size_t all = eio->place->options.max_payload;
    size_t most = (size_t)eio->message_bytes + 1;

    return eio->is_base64 || most > all ? all : most;
}

/* Count and collect. */
static enum err collect(struct eio_socket *socket, const struct chunk *chunk)
{
    struct buf *heard = &socket->heard;
    size_t most = frame_most(socket->eio);

    if (chunk->frame_left == 0 && ++socket->fragments > FRAGMENTS_MAX)
        return ERR_TOO_LARGE;
    if (chunk->len > most - heard->len ||
            chunk->frame_left > most - heard->len - chunk->len)
        return ERR_TOO_LARGE;
    buf_put(heard, chunk->data, chunk->len);
    return heard->failed ? ERR_NO_MEMORY : ERR_OK;
}

void eio_socket_heard(struct conn *conn, const struct chunk *chunk)
{
    struct eio_socket *socket = conn->eio;
    struct buf heard;
    enum err err;

    if (!socket->eio || socket->eio->state != EIO_LIVES)
        return;
    conn->heard_ms = steady_ms(conn->ws);
    err = collect(socket, chunk);
    if (err != ERR_OK) {
        fail(conn, err);
        return;
    }
    if (!chunk->final || chunk->frame_left)
        return;
    heard = socket->heard; /* an idle session keeps no memory */
    buf_init(&socket->heard, heard.max);
    socket->fragments = 0;
    understand(conn, heard.len ? heard.data : "", heard.len, chunk->text);
    buf_finish(&heard);
}

/* --- what it is told --- */

/* One batch. False: that was all, or the socket takes no more. */
static bool write_batch(struct conn *conn, struct eio *eio, size_t *written)
{
    struct eio_sink sink = {
        .out = &conn->ws->batch, .is_socket = true, .is_base64 = eio->is_base64
    };

    buf_clear(sink.out);
    eio_drain(eio, &sink);
    if (sink.out->failed) {
        eio_end(eio, EIO_BY_ERROR, ERR_NO_MEMORY);
        return false;
    }
    if (sink.out->len == 0)
        return false;
    *written += sink.out->len;
    return conn_write(conn, sink.out) && sink.is_full;
}

void eio_socket_write(struct conn *conn)
{
    struct eio *eio = conn->eio->eio;
    size_t written = 0;

    if (!eio || conn->eio->is_probe || conn_is_full(conn))
        return;
    while (write_batch(conn, eio, &written))
        if (written >= TURN_BYTES) { /* the others first */
            lws_callback_on_writable(conn->wsi);
            return;
        }
    if (conn->eio && eio_queue_len(&eio->queue) <= EIO_QUEUE_SPARE)
        read_on(conn);
}

void eio_socket_writable(struct conn *conn)
{
    conn->stalled_ms = 0;
    conn_release(conn);
    if (conn->eio->eio)
        eio_socket_write(conn);
    else if (conn->eio->close_code && !conn_is_full(conn))
        conn_say_close(conn, conn->eio->close_code, RETRY_MS);
}

void eio_socket_goodbye(struct conn *conn, uint32_t retry_ms)
{
    uint16_t code = close_code_of(ERR_RESTART);

    if (conn->eio && conn->eio->close_code == code &&
            !lws_partial_buffered(conn->wsi))
        conn_say_close(conn, code, retry_ms);
}

/* --- as time goes by --- */

void eio_socket_sweep(struct conn *conn, int64_t steady_now_ms)
{
    const struct eio_socket *socket = conn->eio;

    if (conn->stalled_ms &&
            steady_now_ms - conn->stalled_ms > STALL_DEADLINE_MS) {
        count_add(COUNT_SLOW_CLOSED, 1);
        conn_kill(conn);
    } else if (!socket->eio) {
        if (steady_now_ms - conn->closing_ms > CLOSE_DEADLINE_MS)
            conn_kill(conn);
    } else if (socket->is_probe &&
               steady_now_ms - socket->since_ms > PROBE_DEADLINE_MS) {
        eio_socket_close(conn, FRAME_CLOSE_NORMAL);
    }
}
