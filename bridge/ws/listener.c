#include "bridge/ws/ws.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bridge/ws/border.h"
#include "bridge/ws/closes.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "bridge/ws/tls.h"
#include "hub/base/count.h"
#include "hub/base/log.h"

#define RX_BYTES      512          /* kept for each WebSocket while idle */
#define TX_BYTES      (128 * 1024) /* most in one send() */
#define HEADER_BYTES  4096         /* of one request, all together */
#define SERVICE_BYTES (32 * 1024)  /* read at once: more than TLS has */
#define TIMEOUT_S     5
#define KEEPALIVE_S   30
#define IDLE_MS       60000 /* an HTTP connection without a request */
#define ENDING_TURNS  16    /* the library closes within 4 */
#define TURN_MS       10    /* then held requests wait for the next turn */

/* --- as time goes by --- */

static void sweep_conn(struct conn *conn, int64_t now_ms, int64_t wall_now_ms)
{
    int64_t idle_ms = now_ms - conn->since_ms;

    /* Nobody says when the rest of an HTTP answer has left. */
    if (!conn->session && !conn->eio && conn->in_flight && !conn->closing &&
            !lws_partial_buffered(conn->wsi))
        conn_release(conn);
    if (conn->closing) {
        if (now_ms - conn->closing_ms > CLOSE_DEADLINE_MS && conn->closing_ms)
            conn_kill(conn);
        else if (!conn->closing_ms)
            conn->closing_ms = now_ms;
    } else if (conn->session) {
        session_sweep(conn, now_ms, wall_now_ms);
    } else if (conn->eio) {
        eio_socket_sweep(conn, now_ms);
    } else if (conn->request) {
        http_sweep(conn, now_ms);
    } else if (idle_ms > (conn->known ? IDLE_MS : AUTH_DEADLINE_MS)) {
        conn_kill(conn);
    }
}

/* Who comes from one address and does not say who it is, beyond as many as may:
 * the last to come. */
static void sweep_strangers(struct ws *ws, int64_t now_ms)
{
    struct conn *conn, *next;

    for (conn = LIST_FIRST(&ws->strangers); conn; conn = next) {
        next = LIST_NEXT(conn, unknown);
        if (now_ms - conn->born_ms < UNKNOWN_GRACE_MS ||
                !conn->place_in_crowd ||
                conn->place_in_crowd->count <= ws_most_strangers(ws))
            continue;
        count_add(COUNT_WS_REFUSED, 1);
        conn_kill(conn);
        conn_know(conn); /* enough of it */
    }
}

/* What was said while the loop stood still has not been heard yet, and what is
 * answered has not been tried to be sent: nobody is judged before that. Twice
 * in a row nobody is let off. */
static bool is_too_early(struct ws *ws, int64_t now_ms)
{
    ws->was_away = now_ms - ws->swept_ms > AWAY_MS && !ws->was_away;
    ws->swept_ms = now_ms;
    return ws->was_away;
}

static void on_sweep(uv_timer_t *timer)
{
    struct ws *ws = timer->data;
    int64_t now_ms = steady_ms(ws), wall_now_ms = wall_ms();
    struct conn *conn, *next;

    if (is_too_early(ws, now_ms))
        return;
    for (conn = LIST_FIRST(&ws->conns); conn; conn = next) {
        next = LIST_NEXT(conn, all);
        sweep_conn(conn, now_ms, wall_now_ms);
    }
    sweep_strangers(ws, now_ms);
}

/* --- opening --- */

/* The library makes a context for TLS and asks what to do with it. */
#define TLS_OPTIONS                                                            \
    (LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |                                    \
            LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX)

/* What the library has to say is said only while it may explain a failure:
 * later, strangers could write our log with it. */
static void on_library_log(int level, const char *line)
{
    (void)level;
    log_warn("ws: %.*s", (int)strcspn(line, "\n"), line);
}

static void fill_protocols(struct ws *ws)
{
    struct lws_protocols *protocol = ws->protocols;

    /* The first gets what names no subprotocol, and all of HTTP. */
    *protocol++ = (struct lws_protocols){ .name = "http", .callback = border };
    for (int i = 0; i < WIRE_COUNT; i++)
        if (wires[i]->subprotocol)
            *protocol++ = (struct lws_protocols){ .name = wires[i]->subprotocol,
                .callback = border };
    for (protocol = ws->protocols; protocol->name; protocol++) {
        protocol->rx_buffer_size = RX_BYTES;
        protocol->tx_packet_size = TX_BYTES;
    }
}

static bool is_any(const char *address)
{
    return !address || !*address || strcmp(address, "0.0.0.0") == 0 ||
           strcmp(address, "::") == 0;
}

static bool listen_on(struct ws *ws)
{
    static const lws_retry_bo_t no_retry; /* its timers cost O(n): ours are */
    struct lws_context_creation_info info = {
        .port = ws->options.port,
        .iface = is_any(ws->options.address) ? NULL : ws->options.address,
        .protocols = ws->protocols,
        /* Not VALIDATE_UTF8: it closes without a word and without a count;
         * the wires' JSON gate answers invalid UTF-8. */
        .options = LWS_SERVER_OPTION_LIBUV |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   (ws->tls ? TLS_OPTIONS : 0),
        .alpn = "http/1.1",
        .foreign_loops = ws->loops,
        .gid = -1,
        .uid = -1,
        .user = ws,
        .retry_and_idle_policy = &no_retry,
        .timeout_secs = TIMEOUT_S,
        .keepalive_timeout = KEEPALIVE_S,
        .max_http_header_data = HEADER_BYTES,
        /* A whole record of TLS: what the library leaves in OpenSSL nobody
         * calls it for. */
        .pt_serv_buf_size = SERVICE_BYTES,
        /* A held request keeps its headers; memory is taken when they come. */
        .max_http_header_pool2 = ws->options.max_clients,
        .vhost_name = "dumbwaiter",
    };

    lws_set_log_level(LLL_ERR, on_library_log);
    ws->context = lws_create_context(&info);
    if (!ws->context)
        log_error("ws: no libwebsockets context; is "
                  "libwebsockets-evlib-uv installed?");
    else
        ws->vhost = lws_create_vhost(ws->context, &info);
    lws_set_log_level(0, NULL);
    if (ws->context && !ws->vhost)
        log_error("ws: cannot listen on %s port %u", ws->options.address,
                ws->options.port);
    return ws->vhost != NULL;
}

static void on_before_poll(uv_prepare_t *prepare)
{
    struct ws *ws = prepare->data;

    ws->is_polling = true;
}

static void on_after_poll(uv_check_t *check)
{
    struct ws *ws = check->data;

    ws->is_polling = false;
}

/* A connection comes when it has said something, or after a while: so what it
 * says first can be looked at. It is the library's socket; a kernel that does
 * not do it loses only that. */
static void defer_accept(uv_handle_t *handle, void *context)
{
    int fd, listens = 0, seconds = 1;
    socklen_t size = sizeof(listens);

    (void)context;
    if (handle->type == UV_POLL && uv_fileno(handle, &fd) == 0 &&
            getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
            listens)
        setsockopt(
                fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
}

static void start_handles(struct ws *ws)
{
    uv_timer_init(ws->options.loop, &ws->sweep);
    uv_idle_init(ws->options.loop, &ws->more);
    uv_idle_init(ws->options.loop, &ws->ending);
    uv_prepare_init(ws->options.loop, &ws->before_poll);
    uv_check_init(ws->options.loop, &ws->after_poll);
    ws->sweep.data = ws->more.data = ws->ending.data = ws;
    ws->before_poll.data = ws->after_poll.data = ws;
    ws->open_handles = 7;
    uv_prepare_start(&ws->before_poll, on_before_poll);
    uv_check_start(&ws->after_poll, on_after_poll);
    uv_timer_start(&ws->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

static enum err open_tls(struct ws *ws)
{
    struct fault fault;
    enum err err;

    if (!ws->options.tls_cert)
        return ERR_OK;
    err = tls_open(&ws->tls, ws->options.tls_cert, ws->options.tls_key, &fault);
    if (err == ERR_OK)
        ws->tls_loaded++;
    else
        log_error("http.%s: %s", fault.field, fault.text);
    return err;
}

enum err ws_open(struct ws **out, const struct ws_options *options)
{
    struct ws *ws = calloc(1, sizeof(*ws));
    enum err err;

    *out = NULL;
    if (!ws)
        return ERR_NO_MEMORY;
    ws->options = *options;
    err = open_tls(ws);
    if (err != ERR_OK) {
        free(ws);
        return err;
    }
    ws->site_count = options->site_count;
    for (uint32_t i = 0; i < options->site_count; i++)
        ws->sites[i] = options->sites[i];
    ws->options.sites = ws->sites;
    ws->auth = options->auth;
    ws->loops[0] = options->loop;
    LIST_INIT(&ws->conns);
    TAILQ_INIT(&ws->awake);
    LIST_INIT(&ws->strangers);
    buf_init(&ws->message, ANSWER_MAX);
    buf_init(&ws->batch, ANSWER_MAX);
    if (getrandom(&ws->rate_key, sizeof(ws->rate_key), 0) < 0)
        log_warn("ws: no random numbers");
    crowd_init(&ws->crowd, ws->rate_key);
    bearers_init(&ws->bearers, ws->rate_key);
    fill_protocols(ws);
    start_handles(ws);
    if (!eio_start(ws) || !files_init(&ws->files, options->web_dir) ||
            (options->paper_dir &&
                    !files_add_paper(&ws->files, options->paper_dir)) ||
            !listen_on(ws)) {
        ws_close(ws);
        return ERR_UNAVAILABLE;
    }
    uv_walk(ws->options.loop, defer_accept, NULL);
    *out = ws;
    return ERR_OK;
}

void ws_reload(struct ws *ws)
{
    struct fault fault;

    if (!ws->tls)
        return;
    if (tls_reload(ws->tls, &fault) == ERR_OK) {
        ws->tls_loaded++;
        log_info("http: certificate %s from now on", tls_serial(ws->tls));
    } else {
        ws->tls_refused++;
        log_error("http.%s: %s; certificate %s stays", fault.field, fault.text,
                tls_serial(ws->tls));
    }
}

uint16_t ws_port(const struct ws *ws)
{
    return (uint16_t)lws_get_vhost_listen_port(ws->vhost);
}

/* --- a turn --- */

static void on_more(uv_idle_t *idle)
{
    (void)idle; /* the turn ends in ws_flush */
}

/* Pictures are dear: what is too much for one turn waits for the next, so that
 * a crowd that asks for them keeps nobody else waiting for all of it. */
static void resume_request(struct conn *conn, uint64_t until)
{
    if (uv_hrtime() < until)
        http_resume(conn);
    else
        conn_wake(conn);
}

static uint32_t count_awake(const struct ws *ws)
{
    const struct conn *conn;
    uint32_t count = 0;

    TAILQ_FOREACH(conn, &ws->awake, awake)
    count++;
    return count;
}

void ws_flush(struct ws *ws)
{
    uint64_t until = uv_hrtime() + TURN_MS * 1000000ull;
    struct conn *conn;

    /* Who is woken from here on has its turn in the next round. */
    for (uint32_t left = count_awake(ws);
            left > 0 && (conn = TAILQ_FIRST(&ws->awake)); left--) {
        TAILQ_REMOVE(&ws->awake, conn, awake);
        conn->is_awake = false;
        if (conn->session)
            session_write(conn);
        else if (conn->request)
            resume_request(conn, until);
    }
    eio_flush(ws);
    if (TAILQ_EMPTY(&ws->awake))
        uv_idle_stop(&ws->more);
    else
        uv_idle_start(&ws->more, on_more);
}

/* --- closing --- */

static void on_closed(uv_handle_t *handle)
{
    struct ws *ws = handle->data;

    if (--ws->open_handles)
        return;
    files_finish(&ws->files);
    buf_finish(&ws->message);
    buf_finish(&ws->batch);
    tls_close(ws->tls);
    free(ws);
}

/*
 * The library closes its handles through the loop; only when that is done may
 * the rest of it be freed, and it does not say when. Each handle takes one
 * turn, and they are closed in three steps.
 */
static void on_ending(uv_idle_t *idle)
{
    struct ws *ws = idle->data;

    if (++ws->turns < ENDING_TURNS)
        return;
    if (ws->context)
        lws_context_destroy(ws->context);
    uv_close((uv_handle_t *)&ws->sweep, on_closed);
    uv_close((uv_handle_t *)&ws->more, on_closed);
    uv_close((uv_handle_t *)&ws->ending, on_closed);
    uv_close((uv_handle_t *)&ws->eio_sweep, on_closed);
    uv_close((uv_handle_t *)&ws->eio_soon, on_closed);
    uv_close((uv_handle_t *)&ws->before_poll, on_closed);
    uv_close((uv_handle_t *)&ws->after_poll, on_closed);
}

void ws_close(struct ws *ws)
{
    struct conn *conn;
    uint32_t index = 0;

    if (!ws)
        return;
    ws->stopping = true;
    eio_stop(ws);
    LIST_FOREACH(conn, &ws->conns, all)
    {
        uint32_t retry_ms = retry_ms_after_restart(index++);

        session_goodbye(conn, retry_ms);
        eio_socket_goodbye(conn, retry_ms);
        conn_stop(conn);
    }
    uv_timer_stop(&ws->sweep);
    uv_idle_stop(&ws->more);
    uv_idle_start(&ws->ending, on_ending);
    if (ws->context)
        lws_context_destroy(ws->context);
}
