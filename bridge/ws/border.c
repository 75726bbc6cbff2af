#include "bridge/ws/border.h"

#include "bridge/ws/handshake.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "bridge/ws/tls.h"
#include "hub/base/count.h"
#include "hub/base/utf8.h"

#define CLOSE_PROTOCOL 1002 /* this is no WebSocket that RFC 6455 knows */

static int on_accepted(struct lws *wsi)
{
    struct ws *ws = lws_context_user(lws_get_context(wsi));
    struct conn *conn = NULL;

    if (!http_refuse_misread(ws, lws_get_socket_fd(wsi)))
        conn = conn_create(ws, wsi);
    if (!conn)
        count_add(COUNT_WS_REFUSED, 1);
    lws_set_opaque_user_data(wsi, conn);
    return conn ? 0 : -1;
}

static void on_destroyed(struct lws *wsi)
{
    struct conn *conn = lws_get_opaque_user_data(wsi);

    lws_set_opaque_user_data(wsi, NULL);
    if (conn)
        conn_destroy(conn);
}

/* A context for TLS: whoever connects is shown what is in ws->tls. */
static int on_context(struct lws *wsi, void *context)
{
    struct ws *ws = lws_context_user(lws_get_context(wsi));

    return ws->tls && tls_use(ws->tls, context) == ERR_OK ? 0 : -1;
}

/* The library's own reading of the handshake is not asked for an opinion. */
static int on_upgrading(struct conn *conn)
{
    return conn->may_upgrade && !conn->closing ? 0 : -1;
}

static int on_established(struct conn *conn)
{
    const struct wire *wire = conn->wire;

    if (!wire)
        wire = wire_find(lws_get_protocol(conn->wsi)->name);

    request_destroy(conn);
    bearers_leave(&conn->requester);
    if (conn->place && !conn->closing)
        return eio_socket_create(conn) ? 0 : -1;
    if (conn->closing ||
            !session_create(conn, wire ? wire : wires[WIRE_NATIVE_JSON]))
        return -1;
    if (conn->principal.roles) {
        session_admit(conn);
    } else if (conn->token_given) {
        /* A browser is told nothing of a refused handshake, but the code of
         * a close it can see. */
        count_add(COUNT_WS_REFUSED, 1);
        session_close(conn, ERR_UNAUTHORIZED);
    }
    return 0;
}

static int on_received(struct conn *conn, const void *in, size_t len)
{
    struct chunk chunk = { .data = in,
        .len = len,
        .frame_left = lws_remaining_packet_payload(conn->wsi),
        .final = lws_is_final_fragment(conn->wsi),
        .text = !lws_frame_is_binary(conn->wsi) };

    if (conn->eio)
        eio_socket_heard(conn, &chunk);
    else
        session_heard(conn, &chunk);
    return 0;
}

static int on_writable(struct conn *conn)
{
    if (!conn->closing && conn->eio)
        eio_socket_writable(conn);
    else if (!conn->closing)
        session_writable(conn);
    return conn->killed ? -1 : 0;
}

/* Is it empty, or a code that an endpoint may say, and text? */
static bool is_close(const uint8_t *payload, size_t len)
{
    unsigned code;

    if (len < 2)
        return len == 0;
    code = (unsigned)payload[0] << 8 | payload[1];
    if (code < 1000 || code >= 5000 || (code >= 1015 && code < 3000) ||
            (code >= 1004 && code <= 1006))
        return false;
    return utf8_is_valid((const char *)payload + 2, len - 2);
}

/* The library would echo the peer's close: not if ours came first, and not what
 * is none. */
static int on_peer_closes(struct conn *conn, const void *in, size_t len)
{
    if (!conn->said_close && !conn->closing && !is_close(in, len) &&
            !lws_partial_buffered(conn->wsi))
        conn_say_close(conn, CLOSE_PROTOCOL, 0);
    conn_stop(conn);
    return conn->said_close ? -1 : 0;
}

/* What happens to one connection. Anything not named here is refused. */
static int on_conn(struct conn *conn, enum lws_callback_reasons reason,
        void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
    case LWS_CALLBACK_HTTP_BIND_PROTOCOL:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_WS_SERVER_BIND_PROTOCOL:
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
    case LWS_CALLBACK_ADD_HEADERS:
    case LWS_CALLBACK_CHECK_ACCESS_RIGHTS:
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return handshake(conn);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return on_upgrading(conn);
    case LWS_CALLBACK_ESTABLISHED:
        return on_established(conn);
    case LWS_CALLBACK_RECEIVE:
        return on_received(conn, in, len);
    case LWS_CALLBACK_RECEIVE_PONG:
        conn->heard_ms = steady_ms(conn->ws);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writable(conn);
    case LWS_CALLBACK_HTTP:
        return http_begin(conn);
    case LWS_CALLBACK_HTTP_BODY:
        return http_body(conn, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return http_body_end(conn);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return conn->killed ? -1 : http_writable(conn);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return on_peer_closes(conn, in, len);
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
        conn_stop(conn);
        return 0;
    default:
        return -1;
    }
}

/*
 * The library also calls about itself, and about sockets that are no
 * connection of ours: those have nothing stored with them. A request to
 * CONNECT becomes a "raw" socket without any limit: never.
 */
int border(struct lws *wsi, enum lws_callback_reasons reason, void *user,
        void *in, size_t len)
{
    struct conn *conn;

    switch (reason) {
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        return on_accepted(wsi);
    case LWS_CALLBACK_WSI_DESTROY:
        on_destroyed(wsi);
        return 0;
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return on_context(wsi, user);
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
        return -1;
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_PROTOCOL_INIT:
    case LWS_CALLBACK_PROTOCOL_DESTROY:
    case LWS_CALLBACK_GET_THREAD_ID:
    case LWS_CALLBACK_LOCK_POLL:
    case LWS_CALLBACK_UNLOCK_POLL:
    case LWS_CALLBACK_ADD_POLL_FD:
    case LWS_CALLBACK_DEL_POLL_FD:
    case LWS_CALLBACK_CHANGE_MODE_POLL_FD:
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
    case LWS_CALLBACK_VHOST_CERT_AGING:
        return 0;
    default:
        conn = wsi ? lws_get_opaque_user_data(wsi) : NULL;
        return conn ? on_conn(conn, reason, in, len) : -1;
    }
}
