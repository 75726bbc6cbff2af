#include "bridge/ws/eio.h"

#include <stdlib.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/frame.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define STRANGERS_MAX UNKNOWN_MAX
#define LINGER_MS     5000 /* for the GET that fetches the end */
#define CROWDED_BYTES 4096 /* of one queue, when all are long */

/* --- who looks after it --- */

static void awaken(struct eio *eio)
{
    if (eio->is_awake)
        return;
    eio->is_awake = true;
    LIST_INSERT_HEAD(&eio->ws->eios.awake, eio, awake);
}

void eio_wake(struct eio *eio)
{
    eio->has_more = true;
    awaken(eio);
}

void eio_pause(struct eio *eio)
{
    if (eio->is_awake)
        LIST_REMOVE(eio, awake);
    eio->is_awake = eio->is_paused = true;
    LIST_INSERT_HEAD(&eio->ws->eios.paused, eio, awake);
}

void eio_resume(struct ws *ws)
{
    struct eio *eio;

    while ((eio = LIST_FIRST(&ws->eios.paused))) {
        LIST_REMOVE(eio, awake);
        eio->is_awake = eio->is_paused = false;
        awaken(eio);
    }
}

/* --- what waits --- */

/* False: there is no room for it, and the session ends. */
static bool put(
        struct eio *eio, enum eio_queue_kind kind, const void *data, size_t len)
{
    size_t before = eio_queue_len(&eio->queue);
    bool is_crowded = eio->ws->answers > ANSWERS_MAX;

    if (eio->state != EIO_LIVES)
        return false;
    if ((is_crowded && before > CROWDED_BYTES) ||
            !eio_queue_put(&eio->queue, kind, data, len)) {
        eio_end(eio, EIO_BY_ERROR, ERR_BUSY);
        return false;
    }
    eio->ws->answers += eio_queue_len(&eio->queue) - before;
    awaken(eio);
    return true;
}

void eio_send(struct eio *eio, const void *data, size_t len, bool binary)
{
    put(eio, binary ? QUEUED_BINARY : QUEUED_TEXT, data, len);
}

void eio_break(struct eio *eio)
{
    put(eio, QUEUED_BREAK, "", 0);
}

void eio_ping(struct eio *eio)
{
    if (put(eio, QUEUED_PING, "", 0))
        eio->pings++;
}

bool eio_is_answered(const struct eio *eio)
{
    return eio->pings == 0;
}

void eio_popped(struct eio *eio)
{
    size_t before = eio_queue_len(&eio->queue);

    eio_queue_pop(&eio->queue);
    eio->ws->answers -= before - eio_queue_len(&eio->queue);
}

size_t eio_mark(const struct eio *eio)
{
    return eio_queue_len(&eio->queue);
}

void eio_undo(struct eio *eio, size_t mark)
{
    size_t before = eio_queue_len(&eio->queue);

    if (before <= mark)
        return;
    eio_queue_cut(&eio->queue, mark);
    eio->ws->answers -= before - mark;
}

/* --- a life --- */

/* What the token of the handshake says; kept, as its request will be gone. */
static bool keep_shown(struct eio *eio, const struct conn *conn)
{
    eio->address = conn->address;
    eio->token_given = conn->token_given;
    if (!conn->site)
        return true;
    eio->shown = calloc(1, sizeof(*eio->shown));
    if (!eio->shown)
        return false;
    eio->shown->principal = conn->principal;
    eio->shown->site = conn->site;
    return true;
}

static bool is_crowded(const struct ws *ws, const struct conn *conn)
{
    if (!conn || conn->principal.roles)
        return false;
    return ws->eios.stranger_count >= STRANGERS_MAX ||
           eio_table_strangers(&ws->eios, &conn->address) >=
                   ws_most_strangers(ws);
}

struct eio *eio_create(
        struct ws *ws, const struct eio_place *place, struct conn *conn)
{
    const struct eio_options *options = &place->options;
    struct eio *eio;

    if (ws->stopping || is_crowded(ws, conn))
        return NULL;
    eio = calloc(1, sizeof(*eio));
    if (!eio)
        return NULL;
    eio->ws = ws;
    eio->place = place;
    eio->ping_ms = steady_ms(ws) + options->ping_interval_ms;
    eio->is_base64 = conn && conn->asked.is_base64;
    eio->message_bytes = options->stranger_message ? options->stranger_message
                                                   : options->max_payload;
    eio_queue_init(
            &eio->queue, EIO_QUEUE_SPARE + 2 * (size_t)options->max_payload);
    if ((conn && !keep_shown(eio, conn)) || !eio_table_add(&ws->eios, eio)) {
        free(eio->shown);
        free(eio);
        return NULL;
    }
    eio->owner = place->calls->open(place->app, eio, conn);
    if (eio->owner)
        return eio;
    eio_destroy(eio);
    return NULL;
}

void eio_destroy(struct eio *eio)
{
    eio_table_remove(&eio->ws->eios, eio);
    eio->ws->answers -= eio_queue_len(&eio->queue);
    eio_queue_finish(&eio->queue);
    free(eio->shown);
    free(eio);
}

void eio_put_hello(const struct eio *eio, struct buf *out)
{
    const struct eio_options *options = &eio->place->options;
    struct eio_open hello = { .sid = eio->sid,
        .may_upgrade = !eio->socket,
        .ping_interval_ms = options->ping_interval_ms,
        .ping_timeout_ms = options->ping_timeout_ms,
        .max_payload = options->max_payload };

    eio_put_open(out, &hello);
}

void eio_trust(struct eio *eio)
{
    eio_table_trust(&eio->ws->eios, eio);
    if (eio->socket)
        conn_know(eio->socket);
    if (eio->get)
        conn_know(eio->get);
}

void eio_allow(struct eio *eio, uint32_t message_bytes)
{
    if (message_bytes > eio->message_bytes)
        eio->message_bytes = message_bytes;
}

/* --- what it hears --- */

static void heard_pong(struct eio *eio)
{
    if (eio->pings > 0)
        eio->pings--;
    if (!eio->awaits_pong)
        return;
    eio->awaits_pong = eio->says_ping = false;
    eio->ping_ms = steady_ms(eio->ws) + eio->place->options.ping_interval_ms;
}

void eio_heard(struct eio *eio, const struct eio_packet *packet)
{
    enum err err;

    if (eio->state != EIO_LIVES)
        return;
    switch (packet->type) {
    case EIO_MESSAGE:
        err = ERR_TOO_LARGE;
        if (packet->len <= eio->message_bytes)
            err = eio->place->calls->hear(
                    eio->owner, packet->data, packet->len, packet->binary);
        if (err != ERR_OK)
            eio_end(eio, EIO_BY_ERROR, err);
        break;
    case EIO_PONG:
        heard_pong(eio);
        break;
    case EIO_CLOSE:
        eio_end(eio, EIO_BY_PEER, ERR_OK);
        break;
    case EIO_PING: /* of protocol version 3 */
        eio_end(eio, EIO_BY_ERROR, ERR_BAD_REQUEST);
        break;
    case EIO_OPEN:
    case EIO_UPGRADE:
    case EIO_NOOP:
        break; /* nothing to do */
    }
}

/* --- as time goes by --- */

void eio_check(struct eio *eio, int64_t steady_now_ms)
{
    if (eio->state == EIO_LINGERS) {
        if (steady_now_ms - eio->ended_ms > LINGER_MS)
            eio_destroy(eio);
        return;
    }
    if (eio->state != EIO_LIVES || steady_now_ms < eio->ping_ms)
        return;
    if (!eio->awaits_pong) {
        eio->awaits_pong = eio->says_ping = true;
        eio->pings++;
        awaken(eio);
    }
    if (steady_now_ms - eio->ping_ms >= eio->place->options.ping_timeout_ms)
        eio_end(eio, EIO_BY_TIMEOUT, ERR_OK);
}

/* --- its end --- */

void eio_end(struct eio *eio, enum eio_reason reason, enum err why)
{
    uint16_t code = err_kinds[why].close;

    if (eio->state != EIO_LIVES)
        return;
    if (reason == EIO_BY_ERROR)
        count_refused(why);
    eio->state = EIO_ENDS;
    eio->reason = reason;
    eio->close_code = code ? code : FRAME_CLOSE_NORMAL;
    awaken(eio);
}

void eio_refuse(struct eio *eio, enum err why)
{
    eio_end(eio, EIO_BY_ERROR, why);
}

void eio_close(struct eio *eio)
{
    eio_end(eio, EIO_BY_US, ERR_OK);
}

/* Who polls is told by the request that it holds, or by its next one. */
static bool part(struct eio *eio)
{
    struct conn *conn = eio->socket;

    if (eio->probe)
        eio_socket_close(eio->probe, FRAME_CLOSE_NORMAL);
    if (eio->get)
        eio_poll_finish(eio);
    else if (!conn)
        return eio->reason != EIO_BY_US;
    if (!conn)
        return true;
    if (eio->reason == EIO_BY_US) /* the last words */
        eio_socket_write(conn);
    if (eio->socket) /* it is still there */
        eio_socket_close(conn, eio->close_code);
    return true;
}

void eio_finish(struct eio *eio)
{
    bool is_over = part(eio);

    if (eio->place->calls->closed)
        eio->place->calls->closed(eio->owner, eio->reason);
    eio->owner = NULL;
    if (is_over) {
        eio_destroy(eio);
        return;
    }
    eio->state = EIO_LINGERS;
    eio->ended_ms = steady_ms(eio->ws);
}

/* --- for its owner --- */

const char *eio_sid(const struct eio *eio)
{
    return eio->sid;
}

const struct principal *eio_principal(
        const struct eio *eio, const struct ws_site **site, bool *given)
{
    if (site)
        *site = eio->shown ? eio->shown->site : NULL;
    if (given)
        *given = eio->token_given;
    return eio->shown ? &eio->shown->principal : NULL;
}

const struct eio_place *eio_place_of(const struct eio *eio)
{
    return eio->place;
}

struct ws *eio_ws(const struct eio *eio)
{
    return eio->ws;
}
