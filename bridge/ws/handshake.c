#include "bridge/ws/handshake.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "bridge/ws/cors.h"
#include "bridge/ws/head.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define HEADER_CHARS     256
#define KEY_BASE64_CHARS 24 /* 16 bytes in base 64 */

bool protocols_have_ours(const char *list)
{
    char name[64];

    while (*list) {
        size_t len = strcspn(list, ", \t");

        if (len > 0 && len < sizeof(name)) {
            memcpy(name, list, len);
            name[len] = '\0';
            if (wire_find(name))
                return true;
        }
        list += len;
        list += strspn(list, ", \t");
    }
    return false;
}

/* A header that stands there exactly once, or "" and false. */
static bool header(
        struct lws *wsi, enum lws_token_indexes which, char out[HEADER_CHARS])
{
    out[0] = '\0';
    return lws_hdr_fragment_length(wsi, which, 1) == 0 &&
           lws_hdr_copy(wsi, out, HEADER_CHARS, which) > 0;
}

static bool is_rfc6455(struct conn *conn)
{
    struct lws *wsi = conn->wsi;
    char text[HEADER_CHARS];
    const char *field;

    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0 ||
            head_is_old(conn) || head_fault(conn, &field))
        return false;
    if (head_has(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) ||
            head_has(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING))
        return false; /* it has no body */
    if (!header(wsi, WSI_TOKEN_VERSION, text) || strcmp(text, "13") != 0)
        return false;
    return header(wsi, WSI_TOKEN_KEY, text) && strlen(text) == KEY_BASE64_CHARS;
}

static bool find_wire(struct conn *conn, const char *path)
{
    conn->wire = NULL;
    if (strcmp(path, "/ws") == 0)
        return true;
    if (!eio_is_asked(conn))
        conn->wire = wire_find_path(path);
    return conn->wire != NULL;
}

static enum err check(struct conn *conn, struct fault *fault)
{
    char text[HEADER_CHARS], path[HTTP_PATH_CHARS + 1];
    struct lws *wsi = conn->wsi;

    if (!http_path(conn, path) || !find_wire(conn, path))
        return fault_set(fault, ERR_NOT_FOUND, NULL, "no WebSocket is here");
    if (!is_rfc6455(conn))
        return fault_set(fault, ERR_BAD_REQUEST, NULL,
                "this is not the handshake of RFC 6455");
    if (!cors_may_connect(conn))
        return fault_set(fault, ERR_FORBIDDEN, "Origin",
                "pages of other sites may not connect");
    if (lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) > 0 &&
            (conn->wire || !header(wsi, WSI_TOKEN_PROTOCOL, text) ||
                    !protocols_have_ours(text)))
        return fault_set(fault, ERR_BAD_REQUEST, "Sec-WebSocket-Protocol",
                "no such subprotocol");
    conn_read_token(conn);
    conn->receipts = !conn->wire &&
                     http_query(conn, "receipts=", text, sizeof(text)) &&
                     strcmp(text, "1") == 0;
    if (!conn->principal.roles && conn_is_crowded(conn))
        return fault_set(
                fault, ERR_LIMIT, NULL, "too many connections without a token");
    return ERR_OK;
}

/* Engine.IO has checks and refusals of its own. */
static bool check_engine(struct conn *conn)
{
    enum eio_error error = EIO_BAD_REQUEST;

    if (is_rfc6455(conn) && eio_socket_check(conn, &error))
        return true;
    http_refuse_engine(conn, error);
    return false;
}

static bool check_any(struct conn *conn)
{
    char path[HTTP_PATH_CHARS + 1];
    struct fault fault = { 0 };

    conn->place = http_path(conn, path) ? eio_place_find(conn, path) : NULL;
    if (conn->place)
        return check_engine(conn);
    if (check(conn, &fault) == ERR_OK)
        return true;
    http_refuse_upgrade(conn, &fault);
    return false;
}

int handshake(struct conn *conn)
{
    char upgrade[16];

    conn->may_upgrade = false;
    if (lws_hdr_copy(conn->wsi, upgrade, sizeof(upgrade), WSI_TOKEN_UPGRADE) <=
                    0 ||
            strcasecmp(upgrade, "websocket") != 0 || conn_is_pipelined(conn))
        return -1;
    if (!check_any(conn)) {
        count_add(COUNT_WS_REFUSED, 1);
        return -1;
    }
    conn->may_upgrade = true;
    return 0;
}
