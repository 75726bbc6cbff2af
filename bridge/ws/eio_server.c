/* Engine.IO beside the rest of this port: which requests are for it, its
 * timers, and its part of a turn. */
#include <string.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"

#define STEPS        8 /* looks at the clock in the shortest wait */
#define STEP_MIN_MS  10
#define STEP_MAX_MS  250
#define BREAK_MS     1
#define LOOK_MS      2000 /* between looks at a held request's socket */
#define ESCAPED_MAX  (3 * HTTP_QUERY_MAX)

/* --- which requests --- */

static bool is_at(const struct eio_place *place, const char *path)
{
    size_t len = strlen(place->path);

    if (len > 1 && place->path[len - 1] == '/')
        len--;
    return strncmp(place->path, path, len) == 0 &&
           (path[len] == '\0' || strcmp(path + len, "/") == 0);
}

/* The library has resolved the escapes: so that they can be read again. */
static void put_escaped(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '%' || text[i] == '&')
            buf_printf(out, "%%%02x", text[i]);
        else
            buf_putc(out, text[i]);
}

/* The query as it was, or in other words the same. */
static void read_query(struct conn *conn, struct buf *out)
{
    char text[HTTP_QUERY_MAX];
    int len;

    for (int i = 0; (len = lws_hdr_copy_fragment(conn->wsi, text, sizeof(text),
                             WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
            i++) {
        if (i > 0)
            buf_putc(out, '&');
        put_escaped(out, text, (size_t)len);
    }
}

bool eio_is_asked(struct conn *conn)
{
    struct buf query;
    bool is;

    buf_init(&query, ESCAPED_MAX);
    read_query(conn, &query);
    is = query.len > 0 && eio_is_query(query.data, query.len);
    buf_finish(&query);
    return is;
}

const struct eio_place *eio_place_at(const struct ws *ws, const char *path)
{
    const struct ws_options *options = &ws->options;

    for (uint32_t i = 0; i < options->place_count; i++)
        if (is_at(&options->places[i], path))
            return &options->places[i];
    return NULL;
}

const struct eio_place *eio_place_find(struct conn *conn, const char *path)
{
    const struct eio_place *place = eio_place_at(conn->ws, path);

    return place && wire_find_path(path) && !eio_is_asked(conn) ? NULL : place;
}

bool eio_ask(struct conn *conn, struct eio_query *query, enum eio_error *error)
{
    struct buf text;
    bool is_good;

    buf_init(&text, ESCAPED_MAX);
    read_query(conn, &text);
    *error = EIO_BAD_REQUEST;
    is_good = !text.failed && eio_read_query(text.len > 0 ? text.data : "",
                                      text.len, query, error);
    buf_finish(&text);
    return is_good;
}

struct eio *eio_find(struct conn *conn)
{
    const struct eio_table *table = &conn->ws->eios;
    struct eio *eio = eio_table_find(table, conn->asked.sid);

    if (!eio)
        return NULL;
    if (eio->get)
        eio_poll_look(eio);
    eio_check(eio, steady_ms(conn->ws));
    eio = eio_table_find(table, conn->asked.sid); /* it may have gone */
    if (!eio || eio->place != conn->place || eio->state == EIO_ENDS)
        return NULL;
    return eio;
}

/* --- a turn --- */

static void take_turn(struct eio *eio)
{
    if (eio->state == EIO_LIVES && eio->socket)
        eio_socket_write(eio->socket);
    else if (eio->state == EIO_LIVES && eio->get)
        eio_poll_write(eio);
    if (eio->state == EIO_ENDS)
        eio_finish(eio);
}

static void on_soon(uv_timer_t *timer)
{
    eio_resume(timer->data);
}

void eio_flush(struct ws *ws)
{
    struct eio_list batch = ws->eios.awake;
    struct eio *eio;

    /* Who is woken from here on has its turn in the next round. */
    LIST_INIT(&ws->eios.awake);
    if (batch.lh_first)
        batch.lh_first->awake.le_prev = &batch.lh_first;
    while ((eio = LIST_FIRST(&batch))) {
        LIST_REMOVE(eio, awake);
        eio->is_awake = false;
        take_turn(eio);
    }
    /* Not again while it runs: a turn takes less than it waits. */
    if ((!LIST_EMPTY(&ws->eios.awake) || !LIST_EMPTY(&ws->eios.paused)) &&
            !uv_is_active((uv_handle_t *)&ws->eio_soon))
        uv_timer_start(&ws->eio_soon, on_soon, BREAK_MS, 0);
}

/* --- as time goes by --- */

static void on_sweep(uv_timer_t *timer)
{
    struct ws *ws = timer->data;
    int64_t now_ms = steady_ms(ws), wall_now_ms = wall_ms();
    bool looks = now_ms >= ws->eio_look_ms;
    struct eio *eio, *next;

    if (looks)
        ws->eio_look_ms = now_ms + LOOK_MS;
    for (eio = LIST_FIRST(&ws->eios.all); eio; eio = next) {
        next = LIST_NEXT(eio, all);
        if (looks && eio->get)
            eio_poll_look(eio);
        if (eio->state == EIO_LIVES && eio->place->calls->sweep)
            eio->place->calls->sweep(eio->owner, now_ms, wall_now_ms);
        eio_check(eio, now_ms); /* it may be gone after this */
    }
}

/* As often as the shortest wait needs it. */
static uint64_t step_ms(const struct ws_options *options)
{
    uint32_t shortest = STEPS * STEP_MAX_MS;

    for (uint32_t i = 0; i < options->place_count; i++) {
        const struct eio_options *place = &options->places[i].options;

        if (place->ping_interval_ms < shortest)
            shortest = place->ping_interval_ms;
        if (place->ping_timeout_ms < shortest)
            shortest = place->ping_timeout_ms;
    }
    return shortest / STEPS > STEP_MIN_MS ? shortest / STEPS : STEP_MIN_MS;
}

bool eio_start(struct ws *ws)
{
    uv_timer_init(ws->options.loop, &ws->eio_sweep);
    uv_timer_init(ws->options.loop, &ws->eio_soon);
    ws->eio_sweep.data = ws->eio_soon.data = ws;
    if (ws->options.place_count > 0)
        uv_timer_start(&ws->eio_sweep, on_sweep, step_ms(&ws->options),
                step_ms(&ws->options));
    return eio_table_init(&ws->eios, ws->options.max_clients);
}

void eio_stop(struct ws *ws)
{
    struct eio *eio, *next;

    uv_timer_stop(&ws->eio_sweep);
    uv_timer_stop(&ws->eio_soon);
    for (eio = LIST_FIRST(&ws->eios.all); eio; eio = next) {
        next = LIST_NEXT(eio, all);
        if (eio->state == EIO_LIVES)
            eio_end(eio, EIO_BY_US, ERR_RESTART);
        if (eio->state == EIO_ENDS)
            eio_finish(eio);
    }
    while ((eio = LIST_FIRST(&ws->eios.all))) /* who lingers */
        eio_destroy(eio);
    eio_table_finish(&ws->eios);
}
