/* What an HTTP answer looks like. */
#include <stdio.h>
#include <string.h>

#include "bridge/dialect/dialect.h"
#include "bridge/ws/closes.h"
#include "bridge/ws/cors.h"
#include "bridge/ws/http.h"
#include "bridge/ws/origin.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define HEAD_MAX 1024
#define CSP                                                                    \
    "default-src 'self'; connect-src 'self'; object-src 'none'; "              \
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
#define HSTS "Strict-Transport-Security: max-age=31536000\r\n"

static const char *reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } reasons[] = { { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
        { 204, "No Content" }, { 304, "Not Modified" },
        { 308, "Permanent Redirect" }, { 400, "Bad Request" },
        { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
        { 405, "Method Not Allowed" }, { 409, "Conflict" }, { 410, "Gone" },
        { 411, "Length Required" }, { 413, "Content Too Large" },
        { 414, "URI Too Long" }, { 426, "Upgrade Required" },
        { 429, "Too Many Requests" }, { 503, "Service Unavailable" } };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Error";
}

/* Do browsers come by TLS, here or at a proxy? */
static bool is_secure(const struct conn *conn)
{
    const struct origin *own = conn->ws->options.own_origin;

    return conn->ws->tls || (own && strcmp(own->scheme, "https") == 0);
}

/* conn NULL: it is none yet, and nobody's origin is asked. */
static void put_head(struct conn *conn, struct buf *out, unsigned status,
        const char *type, const char *headers, size_t len, bool hang_up)
{
    buf_printf(out, "HTTP/1.1 %u %s\r\n", status, reason(status));
    if (status != 204 && status != 304)
        buf_printf(out, "Content-Length: %zu\r\n", len);
    if (type)
        buf_printf(out, "Content-Type: %s\r\n", type);
    if (status == 429 || status == 503)
        buf_printf(out, "Retry-After: %d\r\n", RETRY_MS / 1000);
    buf_printf(out,
            "Content-Security-Policy: " CSP "\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Referrer-Policy: no-referrer\r\n%s%s%s",
            conn && is_secure(conn) ? HSTS : "", headers,
            hang_up ? "Connection: close\r\n" : "");
    if (conn)
        cors_put(conn, out);
    buf_puts(out, "\r\n");
}

void http_answer(struct conn *conn, unsigned status, const char *type,
        const char *headers, const void *body, size_t len)
{
    struct request *request = conn->request;
    struct buf *answer = &request->answer;
    size_t before = answer->len;

    put_head(conn, answer, status, type, headers, len,
            request->hang_up || request->is_last);
    if (request->method != LWSHUMETH_HEAD)
        buf_put(answer, body, len);
    conn->ws->answers += answer->len - before;
}

/* `more` is whole lines, or "". */
static void answer_json_with(struct conn *conn, unsigned status,
        const char *more, const struct buf *body)
{
    char headers[96 + METHODS_CHARS];

    if (body->failed) {
        conn->request->hang_up = true;
        http_answer(conn, 503, NULL, "", NULL, 0);
        return;
    }
    snprintf(headers, sizeof(headers), "Cache-Control: no-store\r\n%s", more);
    http_answer(
            conn, status, "application/json", headers, body->data, body->len);
}

/* What a status asks for besides. */
static const char *more_of(unsigned status)
{
    switch (status) {
    case 401:
        return "WWW-Authenticate: Bearer\r\n";
    case 426:
        return "Upgrade: websocket\r\n";
    default:
        return "";
    }
}

void http_answer_json(struct conn *conn, unsigned status, struct buf *body)
{
    answer_json_with(conn, status, more_of(status), body);
}

static void answer_fault_as(
        struct conn *conn, unsigned status, const struct fault *fault)
{
    struct buf body;

    buf_init(&body, HEAD_MAX);
    dialect_put_fault(&body, fault);
    http_answer_json(conn, status, &body);
    buf_finish(&body);
}

void http_answer_fault(struct conn *conn, const struct fault *fault)
{
    answer_fault_as(conn, err_kinds[fault->code].http, fault);
}

void http_answer_code(struct conn *conn, unsigned status, enum err code,
        const char *field, const char *text)
{
    struct fault fault;

    fault_set(&fault, code, field, "%s", text);
    count_refused(code);
    answer_fault_as(conn, status, &fault);
}

void http_answer_method(struct conn *conn, uint32_t methods)
{
    char names[METHODS_CHARS + 1], allow[METHODS_CHARS + 16];
    struct fault fault;
    struct buf body;

    route_print_methods(methods, names);
    snprintf(allow, sizeof(allow), "Allow: %s\r\n", names);
    fault_set(&fault, ERR_BAD_REQUEST, NULL,
            "this address does not know this method");
    count_refused(fault.code);
    buf_init(&body, HEAD_MAX);
    dialect_put_fault(&body, &fault);
    answer_json_with(conn, 405, allow, &body);
    buf_finish(&body);
}

/* --- refusing, as the last thing that is said --- */

static void put_last(struct conn *conn, struct buf *out, unsigned status,
        const void *body, size_t len)
{
    put_head(conn, out, status, "application/json", more_of(status), len, true);
    buf_put(out, body, len);
}

static void refuse_upgrade(
        struct conn *conn, unsigned status, const void *body, size_t len)
{
    struct buf answer;

    buf_init(&answer, 4 * HEAD_MAX);
    put_last(conn, &answer, status, body, len);
    if (!answer.failed)
        lws_write(conn->wsi, (unsigned char *)answer.data, answer.len,
                LWS_WRITE_HTTP);
    buf_finish(&answer);
}

void http_refuse_upgrade(struct conn *conn, const struct fault *fault)
{
    struct buf body;

    buf_init(&body, HEAD_MAX);
    count_refused(fault->code);
    dialect_put_fault(&body, fault);
    refuse_upgrade(conn, err_kinds[fault->code].http, body.data, body.len);
    buf_finish(&body);
}

void http_refuse_engine(struct conn *conn, enum eio_error error)
{
    const char *body = eio_error_body(error);

    refuse_upgrade(conn, eio_error_status(error), body, strlen(body));
}

void http_put_fault(struct buf *out, const struct fault *fault)
{
    struct buf body;

    buf_init(&body, HEAD_MAX);
    count_refused(fault->code);
    dialect_put_fault(&body, fault);
    put_last(NULL, out, err_kinds[fault->code].http, body.data, body.len);
    buf_finish(&body);
}

void http_put_engine_error(struct buf *out, enum eio_error error)
{
    const char *body = eio_error_body(error);

    put_last(NULL, out, eio_error_status(error), body, strlen(body));
}
