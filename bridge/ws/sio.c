#include "bridge/ws/sio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/server.h"
#include "bridge/ws/sio_parts.h"
#include "bridge/ws/sio_shelf.h"

static const struct sio_app *app_of(const struct sio *sio)
{
    return sio->service->app;
}

int64_t sio_now_ms(const struct sio *sio)
{
    return steady_ms(eio_ws(sio->eio));
}

/* --- sockets --- */

void sio_leave(struct sio_socket *socket, enum eio_reason reason)
{
    if (socket->is_leaving)
        return;
    socket->is_leaving = true;
    socket->reason = reason;
    eio_wake(socket->sio->eio);
}

/* Owners of who has left are told, outside of their own calls. */
static void reap(struct sio *sio)
{
    for (int i = 0; i < SIO_NAMESPACES; i++) {
        struct sio_socket *socket = sio->sockets[i];

        if (!socket || !socket->is_leaving)
            continue;
        sio->sockets[i] = NULL;
        sio_go(socket);
        if (app_of(sio)->disconnected)
            app_of(sio)->disconnected(socket->owner, socket->reason);
        free(socket);
    }
}

/* --- out --- */

struct buf *sio_begin(struct sio *sio)
{
    struct buf *out = &eio_ws(sio->eio)->eios.packet;

    buf_clear(out);
    return out;
}

void sio_end(struct sio *sio, struct buf *out)
{
    if (out->failed)
        eio_end(sio->eio, EIO_BY_ERROR, ERR_NO_MEMORY);
    else
        eio_send(sio->eio, out->data, out->len, false);
    if (out->size > EIO_BATCH_BYTES)
        buf_finish(out);
}

static void put_connected(struct sio_socket *socket, struct buf *out)
{
    sio_put_head(out, SIO_CONNECT, socket->nsp, false, 0, 0);
    buf_printf(out, "{\"sid\":\"%s\"", socket->sid);
    if (socket->pid[0])
        buf_printf(out, ",\"pid\":\"%s\"", socket->pid);
    buf_putc(out, '}');
}

/* Clients exist that lose what arrives together with the answer. */
static void say_answered(struct sio_socket *socket)
{
    socket->is_answered = true;
    eio_break(socket->sio->eio);
}

void sio_answer(struct sio_socket *socket)
{
    struct buf *out = sio_begin(socket->sio);

    if (socket->is_answered || socket->is_held)
        return;
    put_connected(socket, out);
    sio_end(socket->sio, out);
    say_answered(socket);
}

void sio_name(struct sio_socket *socket, const char *sid, const char *pid)
{
    if (sid)
        snprintf(socket->sid, sizeof(socket->sid), "%s", sid);
    snprintf(socket->pid, sizeof(socket->pid), "%s", pid);
}

void sio_hold(struct sio_socket *socket)
{
    socket->is_held = true;
    eio_wake(socket->sio->eio);
}

bool sio_put_answer(struct sio_socket *socket, struct eio_sink *sink)
{
    struct buf *out = sio_begin(socket->sio);

    put_connected(socket, out);
    if (out->failed) {
        eio_end(socket->sio->eio, EIO_BY_ERROR, ERR_NO_MEMORY);
        return false;
    }
    if (!eio_sink_put(sink, out->data, out->len, false))
        return false;
    socket->is_held = false;
    say_answered(socket);
    return true;
}

/* Head, arguments in brackets, and the bytes that belong to them. */
static void say(struct sio_socket *socket, enum sio_type type, bool has_id,
        uint64_t id, const char *args, size_t len, const struct piece *bytes,
        uint32_t count)
{
    struct sio *sio = socket->sio;
    struct buf *out;

    if (socket->is_leaving || socket->is_held)
        return;
    sio_answer(socket);
    out = sio_begin(sio);
    sio_put_head(out, type, socket->nsp, has_id, id, count);
    buf_putc(out, '[');
    buf_put(out, args, len);
    buf_putc(out, ']');
    sio_end(sio, out);
    for (uint32_t i = 0; i < count; i++)
        eio_send(sio->eio, bytes[i].text, bytes[i].len, true);
}

void sio_emit(struct sio_socket *socket, const char *args, size_t len,
        const struct piece *bytes, uint32_t count)
{
    if (socket->box)
        sio_emit_kept(socket, args, len, bytes, count);
    else
        say(socket, count ? SIO_BINARY_EVENT : SIO_EVENT, false, 0, args, len,
                bytes, count);
}

void sio_ask(struct sio_socket *socket, uint64_t id, const char *args,
        size_t len, const struct piece *bytes, uint32_t count)
{
    say(socket, count ? SIO_BINARY_EVENT : SIO_EVENT, true, id, args, len,
            bytes, count);
}

void sio_ack(struct sio_socket *socket, int64_t ack, const char *args,
        size_t len, const struct piece *bytes, uint32_t count)
{
    if (ack >= 0)
        say(socket, count ? SIO_BINARY_ACK : SIO_ACK, true, (uint64_t)ack, args,
                len, bytes, count);
}

void sio_disconnect(struct sio_socket *socket, bool close)
{
    struct sio *sio = socket->sio;
    struct buf *out = sio_begin(sio);

    if (!socket->is_leaving) {
        sio_put_head(out, SIO_DISCONNECT, socket->nsp, false, 0, 0);
        sio_end(sio, out);
        sio_box_forget(socket->box); /* nobody is to come back */
        socket->box = NULL;
        sio_leave(socket, EIO_BY_US);
    }
    if (close)
        eio_close(sio->eio);
}

/* --- what Engine.IO asks --- */

static void *on_open(void *app, struct eio *eio, struct conn *conn)
{
    struct sio *sio = calloc(1, sizeof(*sio));

    (void)conn;
    if (!sio)
        return NULL;
    sio->eio = eio;
    sio->service = app;
    sio->since_ms = sio_now_ms(sio);
    return sio;
}

static enum err on_heard(void *owner, const char *data, size_t len, bool binary)
{
    struct sio *sio = owner;
    enum err err = binary ? sio_hear_bytes(sio, data, len)
                          : sio_hear_text(sio, data, len);

    reap(sio);
    return err;
}

/* Whoever is first now is last the next time. */
static bool on_pull(void *owner, struct eio_sink *sink)
{
    struct sio *sio = owner;
    const struct sio_app *app = app_of(sio);
    uint32_t first = sio->first++;
    bool is_all = true;

    reap(sio);
    for (uint32_t i = 0; app->pull && i < SIO_NAMESPACES; i++) {
        struct sio_socket *socket = sio->sockets[(first + i) % SIO_NAMESPACES];

        if (socket && !socket->is_leaving && !app->pull(socket->owner, sink))
            is_all = false;
    }
    return is_all;
}

static void on_sweep(void *owner, int64_t steady_now_ms, int64_t wall_now_ms)
{
    struct sio *sio = owner;
    int64_t most_ms = sio->service->connect_timeout_ms;
    const struct sio_app *app = app_of(sio);

    reap(sio);
    for (int i = 0; i < SIO_NAMESPACES; i++) {
        struct sio_socket *socket = sio->sockets[i];

        if (!socket || socket->is_leaving)
            continue;
        if (app->sweep)
            app->sweep(socket->owner, steady_now_ms, wall_now_ms);
        sio_look_back(socket, steady_now_ms);
    }
    if (sio->service->shelf)
        sio_shelf_sweep(sio->service->shelf, steady_now_ms);
    if ((!sio->was_in && steady_now_ms - sio->since_ms >= most_ms) ||
            (sio->parcel && steady_now_ms - sio->parcel_ms >= most_ms))
        eio_close(sio->eio);
}

static void on_closed(void *owner, enum eio_reason reason)
{
    struct sio *sio = owner;

    for (int i = 0; i < SIO_NAMESPACES; i++)
        if (sio->sockets[i])
            sio_leave(sio->sockets[i], reason);
    reap(sio);
    sio_parcel_destroy(sio->parcel);
    free(sio);
}

const struct eio_calls sio_calls = {
    .open = on_open,
    .hear = on_heard,
    .pull = on_pull,
    .sweep = on_sweep,
    .closed = on_closed,
};

/* --- for the app --- */

const char *sio_nsp(const struct sio_socket *socket)
{
    return socket->nsp;
}

const char *sio_sid(const struct sio_socket *socket)
{
    return socket->sid;
}

bool sio_is_recovered(const struct sio_socket *socket)
{
    return socket->is_recovered;
}

struct eio *sio_eio(const struct sio_socket *socket)
{
    return socket->sio->eio;
}
