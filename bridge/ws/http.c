#include "bridge/ws/http.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/ws/cors.h"
#include "bridge/ws/head.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define API "/api/"

bool http_path(struct conn *conn, char out[HTTP_PATH_CHARS + 1])
{
    char *uri = NULL;
    int len = 0;

    if (lws_http_get_uri_and_method(conn->wsi, &uri, &len) < 0 || !uri ||
            len < 1 || len > HTTP_PATH_CHARS || memchr(uri, 0, (size_t)len))
        return false;
    memcpy(out, uri, (size_t)len);
    out[len] = '\0';
    return true;
}

/* The library's own reader of a name gives up at the first argument that is
 * longer than what it may write: a token before the one that is meant. */
bool http_query(struct conn *conn, const char *name, char *out, size_t size)
{
    char text[HTTP_QUERY_MAX];
    size_t len = strlen(name);
    int got;

    out[0] = '\0';
    for (int i = 0; (got = lws_hdr_copy_fragment(conn->wsi, text, sizeof(text),
                             WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
            i++) {
        if (strncmp(text, name, len) != 0)
            continue;
        if ((size_t)got - len >= size)
            return false;
        snprintf(out, size, "%s", text + len);
        return true;
    }
    return true;
}

/* --- sending --- */

/* Write the answer and be ready for the next request, or hang up. */
static int send_answer(struct conn *conn)
{
    struct request *request = conn->request;
    struct buf *answer = &request->answer;
    bool hang_up = request->hang_up || request->is_last || answer->failed;

    count_add(COUNT_HTTP_REQUESTS, 1);
    if (!answer->failed && lws_write(conn->wsi, (unsigned char *)answer->data,
                                   answer->len, LWS_WRITE_HTTP) < 0)
        hang_up = true;
    else if (lws_partial_buffered(conn->wsi))
        conn_hold(conn, answer->len);
    conn->since_ms = steady_ms(conn->ws);
    if (request->eio && !hang_up)
        eio_poll_sent(conn);
    request_destroy(conn);
    if (hang_up)
        return -1;
    return lws_http_transaction_completed(conn->wsi) ? -1 : 0;
}

static int send_if_answered(struct conn *conn)
{
    struct request *request = conn->request;

    if (request->answer.len || request->answer.failed)
        return send_answer(conn);
    return request->held ? 0 : -1;
}

/* --- held --- */

void http_hold(struct conn *conn, void (*resume)(struct conn *conn))
{
    conn->request->held = true;
    conn->request->resume = resume;
    /* A held request that still reads would spin when its peer goes away. */
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(conn->wsi, 0);
    conn_wake(conn);
}

void http_resume(struct conn *conn)
{
    struct request *request = conn->request;

    if (!request->held)
        return;
    request->resume(conn);
    if (request->answer.len || request->answer.failed)
        http_let_go(conn);
}

void http_let_go(struct conn *conn)
{
    conn->request->since_ms = steady_ms(conn->ws);
    /* In this order: paused, it gets no WRITEABLE. */
    lws_rx_flow_control(conn->wsi, 1);
    lws_callback_on_writable(conn->wsi);
}

int http_writable(struct conn *conn)
{
    struct request *request = conn->request;

    if (!request || !request->held)
        return 0;
    if (!request->answer.len && !request->answer.failed)
        return 0;
    return send_answer(conn);
}

/* --- requests --- */

void request_destroy(struct conn *conn)
{
    struct request *request = conn->request;

    if (!request)
        return;
    replay_destroy(conn);
    if (request->eio)
        eio_poll_lost(conn);
    conn->request = NULL;
    if (request->unknown)
        hub_forget(request->hub, conn);
    conn->ws->answers -= request->answer.len;
    buf_finish(&request->body);
    buf_finish(&request->answer);
    free(request->outcomes);
    free(request);
}

static bool is_get(int method)
{
    return method == LWSHUMETH_GET || method == LWSHUMETH_HEAD;
}

static void answer_file(struct conn *conn, const struct file *file)
{
    char headers[128], known[FILE_ETAG_CHARS + 1];

    snprintf(headers, sizeof(headers),
            "Cache-Control: no-cache\r\nETag: %s\r\n", file->etag);
    if (lws_hdr_copy(conn->wsi, known, sizeof(known),
                WSI_TOKEN_HTTP_IF_NONE_MATCH) > 0 &&
            strcmp(known, file->etag) == 0)
        http_answer(conn, 304, NULL, headers, NULL, 0);
    else
        http_answer(conn, 200, file->type, headers, file->data, file->len);
}

static void run_file(struct conn *conn)
{
    char path[FILE_PATH_CHARS + 1], headers[HTTP_PATH_CHARS + 32];
    const struct file *file = NULL;

    switch (files_map(conn->request->path, path)) {
    case FILE_ELSEWHERE:
        snprintf(headers, sizeof(headers), "Location: %s/\r\n",
                conn->request->path);
        http_answer(conn, 308, NULL, headers, NULL, 0);
        return;
    case FILE_FOUND:
        file = files_get(&conn->ws->files, path);
        break;
    case FILE_NOT_FOUND:
        break;
    }
    if (file)
        answer_file(conn, file);
    else
        http_answer_code(conn, 404, ERR_NOT_FOUND, NULL, "no such page");
}

static void refuse(
        struct conn *conn, enum err code, const char *field, const char *text)
{
    http_answer_code(conn, err_kinds[code].http, code, field, text);
}

/* It waits for its turn among the others, not for its peer or the disk. */
static bool is_in_line(const struct conn *conn)
{
    return conn->request->held && conn->is_awake && !conn->request->answer.len;
}

/* Whoever has waited in line for so long is not hung up on: what only asks is
 * told to ask again, and what states something is next. */
void http_sweep(struct conn *conn, int64_t steady_now_ms)
{
    const struct request *request = conn->request;

    if (request->eio && !request->answer.len)
        return; /* the next ping ends it */
    if (steady_now_ms - request->since_ms <= REQUEST_DEADLINE_MS)
        return;
    if (!is_in_line(conn)) {
        conn_kill(conn);
    } else if (is_get(request->method)) {
        refuse(conn, ERR_BUSY, NULL,
                "too much is asked for at once; try again");
        http_let_go(conn);
    }
}

static bool read_dialect(struct conn *conn)
{
    char name[ID_CHARS + 1];

    if (!http_query(conn, "dialect=", name, sizeof(name)))
        return false;
    if (name[0])
        conn->request->dialect = dialect_find(name);
    return conn->request->dialect != DIALECT_COUNT;
}

/* Who is it, in whose words, and how long may it be? True: the body may come,
 * or there is none. */
static bool may_state(struct conn *conn, size_t len)
{
    const struct route *route = conn->request->route;
    size_t most;

    if (!http_wants_token(conn))
        return false;
    most = (size_t)role_message_bytes(conn->principal.roles) * route->messages;
    if (len > most && route->messages)
        refuse(conn, ERR_TOO_LARGE, NULL, "the body is too large");
    else if (!head_key(conn, conn->request->key))
        refuse(conn, ERR_BAD_REQUEST, "Idempotency-Key",
                "a key is 1 to 64 printable characters");
    else if (!len && route->messages)
        refuse(conn, ERR_BAD_REQUEST, NULL, "the body is empty");
    else
        return true;
    return false;
}

/* Ask the route, or wait for its body. */
static void enter(struct conn *conn, size_t len)
{
    struct request *request = conn->request;
    const struct route *route = request->route;

    if (route->states && !may_state(conn, len))
        return;
    if (!read_dialect(conn)) {
        refuse(conn, ERR_BAD_REQUEST, "dialect", "there is no such dialect");
    } else if (len && !route->messages && !route->bytes) {
        refuse(conn, ERR_BAD_REQUEST, NULL, "no body is read here");
    } else if (!route->states && len > route->bytes) {
        refuse(conn, ERR_TOO_LARGE, NULL, "the body is too large");
    } else if (!len && route->bytes) {
        refuse(conn, ERR_BAD_REQUEST, NULL, "the body is empty");
    } else if (len) {
        request->hang_up = false;
        buf_init(&request->body, len);
    } else {
        route->run(conn);
    }
}

static bool is_api(const struct request *request)
{
    return strncmp(request->path, API, strlen(API)) == 0;
}

/* At the address of a WebSocket, by whom that wants none. */
static void answer_socket_path(struct conn *conn)
{
    const struct ws_options *options = &conn->ws->options;
    const struct request *request = conn->request;

    if (options->placeholder && is_get(request->method) &&
            strcmp(request->path, options->placeholder_path) == 0)
        http_answer(conn, 200, "text/plain;charset=UTF-8",
                "Cache-Control: no-store\r\n", options->placeholder,
                strlen(options->placeholder));
    else
        http_answer_code(conn, 426, ERR_BAD_REQUEST, NULL,
                "this is the address of a WebSocket");
}

/* Which route? Where there is none it has been answered. */
static bool find_route(struct conn *conn)
{
    struct request *request = conn->request;
    struct route_found found;

    route_find(request->path, request->method, &found);
    request->route = found.route;
    memcpy(request->id, found.id, sizeof(request->id));
    if (found.route)
        return true;
    if (strcmp(request->path, "/ws") == 0 || wire_find_path(request->path))
        answer_socket_path(conn);
    else if (found.methods)
        http_answer_method(conn, found.methods);
    else if (is_api(request))
        refuse(conn, ERR_NOT_FOUND, NULL, "nothing has this address");
    else if (!is_get(request->method))
        http_answer_method(conn, 1u << LWSHUMETH_GET | 1u << LWSHUMETH_HEAD);
    else
        run_file(conn);
    return false;
}

static bool create_request(struct conn *conn)
{
    char *uri = NULL;
    int len = 0;

    request_destroy(conn);
    conn_be_nobody(conn);
    conn->request = calloc(1, sizeof(*conn->request));
    if (!conn->request)
        return false;
    conn->request->method = lws_http_get_uri_and_method(conn->wsi, &uri, &len);
    conn->request->since_ms = steady_ms(conn->ws);
    buf_init(&conn->request->answer, ANSWER_MAX);
    return true;
}

/* Nothing is done for a request that somebody else may read in another way, or
 * that may be the body of the one before it to somebody else. */
static bool is_clear(struct conn *conn)
{
    const char *field, *fault = head_fault(conn, &field);

    if (!fault && conn_is_pipelined(conn))
        fault = "ask again when the answer before has arrived";
    if (!fault)
        return true;
    conn->request->is_last = true;
    http_answer_code(conn, 400, ERR_BAD_REQUEST, field, fault);
    return false;
}

static bool read_length(struct conn *conn, size_t *len)
{
    const char *why;
    unsigned status;

    if (head_length(conn, len, &status, &why))
        return true;
    conn->request->is_last = true; /* nobody knows where it ends */
    http_answer_code(conn, status, ERR_BAD_REQUEST, "Content-Length", why);
    return false;
}

static void answer_preflight(struct conn *conn)
{
    struct route_found found;

    route_find(conn->request->path, LWSHUMETH_OPTIONS, &found);
    if (found.methods) {
        conn->request->hang_up = false;
        cors_answer(conn, found.methods);
    } else {
        refuse(conn, ERR_NOT_FOUND, NULL, "nothing has this address");
    }
}

/*
 * Of many strangers at one address those who come later are not served. May
 * its page? Pages themselves, and what machines look at, have nothing that an
 * origin would be asked for.
 */
static bool may_ask(struct conn *conn)
{
    if (conn_is_crowded(conn)) {
        conn->request->is_last = true;
        refuse(conn, ERR_LIMIT, NULL, "too many connections without a token");
    } else if (is_api(conn->request) && !cors_may_ask(conn)) {
        refuse(conn, ERR_FORBIDDEN, "Origin",
                "pages of this origin may not ask here");
    } else if (is_api(conn->request) && cors_is_preflight(conn)) {
        answer_preflight(conn);
    } else {
        return true;
    }
    return false;
}

/* The body is to come. Who waits for a word gets it: it would wait for a second
 * else, or for ever. */
static int await_body(struct conn *conn)
{
    unsigned char word[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (!head_waits(conn))
        return 0;
    return lws_write(conn->wsi, word, sizeof(word) - 1, LWS_WRITE_HTTP) < 0 ? -1
                                                                            : 0;
}

int http_begin(struct conn *conn)
{
    struct request *request;
    size_t len;

    if (conn->closing || !create_request(conn))
        return -1;
    request = conn->request;
    if (!http_path(conn, request->path)) {
        request->hang_up = true;
        http_answer_code(conn, 414, ERR_BAD_REQUEST, NULL,
                "an address has at most 255 characters");
        return send_answer(conn);
    }
    if (lws_hdr_total_length(conn->wsi, WSI_TOKEN_HTTP) <= 0) {
        request->hang_up = true; /* its address went on behind a line end */
        http_answer_code(conn, 400, ERR_BAD_REQUEST, NULL,
                "the first line names no version of HTTP");
        return send_answer(conn);
    }
    conn->place = eio_place_find(conn, request->path);
    request->is_last = head_is_old(conn);
    if (!is_clear(conn) || !read_length(conn, &len))
        return send_answer(conn);
    /* What is not read to its end is not followed by another request. */
    request->hang_up = len > 0 || (!is_get(request->method) &&
                                          request->method != LWSHUMETH_DELETE);
    if (conn->place)
        eio_poll_begin(conn, len);
    else if (may_ask(conn) && find_route(conn))
        enter(conn, len);
    if (len > 0 && request->answer.len == 0 && !request->answer.failed)
        return await_body(conn);
    return send_if_answered(conn);
}

int http_body(struct conn *conn, const void *data, size_t len)
{
    if (!conn->request || conn->closing)
        return -1;
    buf_put(&conn->request->body, data, len);
    return conn->request->body.failed ? -1 : 0;
}

int http_body_end(struct conn *conn)
{
    if (conn->closing)
        return -1;
    /* Called again when something follows the body: once is enough. */
    if (!conn->request || conn->request->held)
        return 0;
    conn->request->route->run(conn);
    return send_if_answered(conn);
}

bool http_wants_token(struct conn *conn)
{
    const struct bearers *bearers = &conn->ws->bearers;
    struct fault fault;

    conn_read_token(conn);
    if (conn->principal.roles) {
        /* Not counted with its sessions. */
        conn_know_requester(conn,
                ~bearers_who(bearers, conn->site->name, &conn->principal));
        return true;
    }
    fault_set(&fault, ERR_UNAUTHORIZED, NULL, NULL);
    count_refused(fault.code);
    http_answer_fault(conn, &fault);
    return false;
}
