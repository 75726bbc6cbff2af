/* Engine.IO by requests: a GET that waits for what is said, POSTs that say. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "bridge/ws/cors.h"
#include "bridge/ws/eio_parts.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"

#define METHODS     (1u << LWSHUMETH_GET | 1u << LWSHUMETH_POST)
#define PACKETS_MAX 4096 /* of one payload */
/* There are clients that refuse a payload of more than 16 packets: these, a
 * ping, and one that was asked for. */
#define PAYLOAD_MESSAGES 14
#define TEXT_TYPE        "text/plain; charset=UTF-8"
#define NO_STORE         "Cache-Control: no-store\r\n"

static void refuse(struct conn *conn, enum eio_error error)
{
    const char *body = eio_error_body(error);

    http_answer(conn, eio_error_status(error), "application/json", NO_STORE,
            body, strlen(body));
}

/* --- the held request --- */

static void answer(struct conn *conn, const struct buf *payload)
{
    http_answer(conn, 200, TEXT_TYPE, NO_STORE, payload->data, payload->len);
}

static struct eio_sink payload_begin(struct eio *eio)
{
    struct buf *payload = &eio->ws->batch;

    buf_clear(payload);
    return (struct eio_sink){ .out = payload, .is_base64 = true };
}

static bool is_answered(const struct request *request)
{
    return request->answer.len > 0 || request->answer.failed;
}

void eio_poll_write(struct eio *eio)
{
    struct conn *conn = eio->get;
    struct eio_sink sink;

    if (is_answered(conn->request))
        return;
    sink = payload_begin(eio);
    sink.most = PAYLOAD_MESSAGES;
    eio_drain(eio, &sink);
    if (sink.out->failed) {
        eio_end(eio, EIO_BY_ERROR, ERR_NO_MEMORY);
        return;
    }
    /* While it changes its transport no request is held. */
    if (sink.out->len == 0 && eio->says_noop)
        eio_sink_packet(&sink, EIO_NOOP, "", 0);
    if (sink.out->len == 0)
        return;
    answer(conn, sink.out);
    http_let_go(conn);
}

void eio_poll_finish(struct eio *eio)
{
    struct conn *conn = eio->get;
    struct eio_sink sink = payload_begin(eio);

    eio->get = NULL;
    conn->request->eio = NULL;
    if (is_answered(conn->request))
        return;
    if (eio->state == EIO_ENDS && eio->reason == EIO_BY_US)
        eio_drain(eio, &sink);
    if (eio->state == EIO_LIVES || eio->reason == EIO_BY_PEER)
        eio_sink_packet(&sink, EIO_NOOP, "", 0);
    else
        eio_sink_packet(&sink, EIO_CLOSE, "", 0);
    answer(conn, sink.out);
    http_let_go(conn);
}

void eio_poll_sent(struct conn *conn)
{
    conn->request->eio->get = NULL;
    conn->request->eio = NULL;
}

void eio_poll_lost(struct conn *conn)
{
    struct eio *eio = conn->request->eio;

    eio_poll_sent(conn);
    eio_end(eio, EIO_BY_PEER, ERR_OK);
}

/* What is held does not read, so nobody says that its peer has gone. */
void eio_poll_look(struct eio *eio)
{
    struct tcp_info info;
    socklen_t size = sizeof(info);

    /* Not by reading: what TLS says last would stand before the end. */
    if (getsockopt(lws_get_socket_fd(eio->get->wsi), IPPROTO_TCP, TCP_INFO,
                &info, &size) == 0 &&
            info.tcpi_state != TCP_ESTABLISHED)
        conn_kill(eio->get);
}

static void on_resume(struct conn *conn)
{
    if (conn->request->eio)
        eio_poll_write(conn->request->eio);
}

/* The last words of a session that has no owner any more. */
static void tell_end(struct conn *conn, struct eio *eio)
{
    struct eio_sink sink = payload_begin(eio);

    eio_drain(eio, &sink);
    eio_sink_packet(&sink, EIO_CLOSE, "", 0);
    answer(conn, sink.out);
    eio_destroy(eio);
}

static void hold(struct conn *conn, struct eio *eio)
{
    if (eio->get) { /* one at a time */
        eio_end(eio, EIO_BY_ERROR, ERR_BAD_REQUEST);
        refuse(conn, EIO_BAD_REQUEST);
        return;
    }
    eio->get = conn;
    conn->request->eio = eio;
    http_hold(conn, on_resume);
}

/* --- what it says --- */

static void hear_payload(struct eio *eio, const struct buf *body)
{
    struct eio_payload payload;
    struct eio_packet packet;
    enum eio_next next = EIO_NEXT_PACKET;

    eio_payload_init(
            &payload, body->data, body->len, eio->place->options.max_payload);
    for (int i = 0; next == EIO_NEXT_PACKET && eio->state == EIO_LIVES; i++) {
        next = i < PACKETS_MAX ? eio_payload_next(&payload, &packet)
                               : EIO_NEXT_BAD;
        if (next == EIO_NEXT_PACKET)
            eio_heard(eio, &packet);
    }
    eio_payload_finish(&payload);
    if (next == EIO_NEXT_BAD)
        eio_end(eio, EIO_BY_ERROR, ERR_BAD_REQUEST);
}

static void on_body(struct conn *conn)
{
    struct eio *eio = eio_find(conn);

    if (!eio || eio->state != EIO_LIVES || eio->socket) {
        refuse(conn, eio ? EIO_BAD_REQUEST : EIO_UNKNOWN_SID);
        return;
    }
    hear_payload(eio, &conn->request->body);
    if (eio->state == EIO_ENDS && eio->reason == EIO_BY_ERROR)
        refuse(conn, EIO_BAD_REQUEST);
    else
        http_answer(conn, 200, "text/html", NO_STORE, "ok", 2);
}

static bool is_octets(struct conn *conn)
{
    static const char octets[] = "application/octet-stream";
    char type[64];

    return lws_hdr_copy(conn->wsi, type, sizeof(type),
                   WSI_TOKEN_HTTP_CONTENT_TYPE) > 0 &&
           strncasecmp(type, octets, sizeof(octets) - 1) == 0;
}

static void take(struct conn *conn, struct eio *eio, size_t len)
{
    static const struct route route = {
        .method = LWSHUMETH_POST, .run = on_body, .messages = 1
    };

    if (len > eio->place->options.max_payload) {
        http_answer_code(
                conn, 413, ERR_TOO_LARGE, NULL, "the payload is too large");
    } else if (!len || is_octets(conn)) {
        eio_end(eio, EIO_BY_ERROR, ERR_BAD_REQUEST);
        refuse(conn, EIO_BAD_REQUEST);
    } else {
        conn->request->route = &route;
        conn->request->hang_up = false;
        buf_init(&conn->request->body, len);
    }
}

/* --- requests --- */

static void greet(struct conn *conn)
{
    struct eio_sink sink;
    struct eio *eio;

    conn_read_token(conn);
    eio = eio_create(conn->ws, conn->place, conn);
    if (!eio) {
        http_answer_code(conn, 503, ERR_BUSY, NULL, "too many sessions");
        return;
    }
    sink = payload_begin(eio);
    eio->says_hello = true;
    eio_put_flags(eio, &sink);
    answer(conn, sink.out);
    /* Its owner may have closed it at once: then the next request is told. */
}

static void begin_session(struct conn *conn, size_t len)
{
    if (conn->request->method != LWSHUMETH_GET)
        refuse(conn, EIO_BAD_METHOD);
    else if (len > 0 || conn->asked.transport != EIO_POLLING)
        refuse(conn, EIO_BAD_REQUEST);
    else
        greet(conn);
}

static void go_on(struct conn *conn, size_t len)
{
    int method = conn->request->method;
    struct eio *eio = eio_find(conn);

    if (eio && eio->is_trusted)
        conn_know_requester(
                conn, hash_sip(conn->ws->rate_key, eio->sid, strlen(eio->sid)));
    if (!eio)
        refuse(conn, EIO_UNKNOWN_SID);
    else if (conn->asked.transport != EIO_POLLING || eio->socket)
        refuse(conn, EIO_BAD_REQUEST);
    else if (method == LWSHUMETH_GET && len == 0 && eio->state == EIO_LINGERS)
        tell_end(conn, eio);
    else if (eio->state == EIO_LINGERS)
        refuse(conn, EIO_UNKNOWN_SID);
    else if (method == LWSHUMETH_GET && len == 0)
        hold(conn, eio);
    else if (method == LWSHUMETH_POST)
        take(conn, eio, len);
    else
        refuse(conn, EIO_BAD_REQUEST);
}

void eio_poll_begin(struct conn *conn, size_t len)
{
    enum eio_error error;

    if (!cors_may_ask(conn))
        refuse(conn, EIO_FORBIDDEN);
    else if (conn->request->method == LWSHUMETH_OPTIONS)
        cors_answer(conn, METHODS);
    else if (!eio_ask(conn, &conn->asked, &error))
        refuse(conn, error);
    else if (!conn->asked.sid[0])
        begin_session(conn, len);
    else
        go_on(conn, len);
}
