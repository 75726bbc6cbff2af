#include "bridge/ws/cors.h"

#include <stdio.h>
#include <string.h>

#include "bridge/ws/head.h"
#include "bridge/ws/http.h"
#include "bridge/ws/origin.h"
#include "bridge/ws/server.h"

#define HOST_CHARS  (ORIGIN_HOST_CHARS + 6)
#define NAMES_CHARS 255 /* of headers a page wants to send */
#define NAME_CHARS                                                             \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-, "

/* False: it stands there twice, or is longer than any. */
static bool read_one(
        struct lws *wsi, enum lws_token_indexes which, char *out, size_t size)
{
    int len = lws_hdr_total_length(wsi, which);

    return lws_hdr_fragment_length(wsi, which, 1) == 0 && len > 0 &&
           lws_hdr_copy(wsi, out, (int)size, which) == len &&
           strlen(out) == (size_t)len;
}

/* What browsers call us: what we were told, or else what they ask for. */
static bool read_own(struct conn *conn, struct origin *own)
{
    const struct ws_options *options = &conn->ws->options;
    char host[HOST_CHARS + 1];

    if (options->own_origin) {
        *own = *options->own_origin;
        return true;
    }
    return read_one(conn->wsi, WSI_TOKEN_HOST, host, sizeof(host)) &&
           origin_of_host(conn->ws->tls ? "https" : "http", host, own);
}

static bool is_listed(const struct ws_options *options, struct origin *origin)
{
    for (uint32_t i = 0; i < options->origin_count; i++)
        if (origin_equal(&options->origins[i], origin))
            return true;
    return false;
}

/* An empty Origin is one, and none of ours. */
static bool has_origin(struct lws *wsi)
{
    return head_has(wsi, WSI_TOKEN_ORIGIN);
}

enum page cors_page(struct conn *conn)
{
    const struct ws_options *options = &conn->ws->options;
    struct origin origin, own;
    char text[ORIGIN_CHARS + 1];

    if (!has_origin(conn->wsi))
        return PAGE_NONE;
    if (!read_one(conn->wsi, WSI_TOKEN_ORIGIN, text, sizeof(text)) ||
            !origin_read(text, &origin))
        return PAGE_OTHER;
    if (read_own(conn, &own) && origin_equal(&own, &origin))
        return PAGE_OWN;
    if (is_listed(options, &origin))
        return PAGE_LISTED;
    return options->any_origin ? PAGE_ANY : PAGE_OTHER;
}

bool cors_may_connect(struct conn *conn)
{
    return cors_page(conn) <= PAGE_LISTED;
}

bool cors_may_ask(struct conn *conn)
{
    return cors_page(conn) != PAGE_OTHER;
}

void cors_put(struct conn *conn, struct buf *out)
{
    const struct ws_options *options = &conn->ws->options;
    enum page page = cors_page(conn);
    char text[ORIGIN_CHARS + 1];

    if (options->origin_count > 0)
        buf_puts(out, "Vary: Origin\r\n");
    if (page == PAGE_ANY)
        buf_puts(out, "Access-Control-Allow-Origin: *\r\n");
    if (page == PAGE_LISTED &&
            read_one(conn->wsi, WSI_TOKEN_ORIGIN, text, sizeof(text)))
        buf_printf(out,
                "Access-Control-Allow-Origin: %s\r\n"
                "Access-Control-Allow-Credentials: true\r\n",
                text);
    if (page == PAGE_ANY || page == PAGE_LISTED)
        buf_puts(out, "Access-Control-Expose-Headers: Retry-After\r\n");
}

bool cors_is_preflight(struct conn *conn)
{
    return conn->request->method == LWSHUMETH_OPTIONS && has_origin(conn->wsi);
}

void cors_answer(struct conn *conn, uint32_t methods)
{
    char names[NAMES_CHARS + 1] = "", allow[METHODS_CHARS + 1];
    char headers[NAMES_CHARS + METHODS_CHARS + 160];

    if (lws_hdr_copy(conn->wsi, names, sizeof(names),
                WSI_TOKEN_HTTP_AC_REQUEST_HEADERS) <= 0 ||
            strspn(names, NAME_CHARS) != strlen(names))
        snprintf(names, sizeof(names),
                "Authorization, Content-Type, Idempotency-Key");
    route_print_methods(methods, allow);
    snprintf(headers, sizeof(headers),
            "Access-Control-Allow-Methods: %s\r\n"
            "Access-Control-Allow-Headers: %s\r\n"
            "Access-Control-Max-Age: 600\r\n",
            allow, names);
    http_answer(conn, 204, NULL, headers, NULL, 0);
}
