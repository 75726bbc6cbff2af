/* What a session of Socket.IO hears: CONNECT, events, acknowledgements, and the
 * bytes that belong to them. */
#include <stdlib.h>
#include <string.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/sio_parts.h"

static const struct sio_app *app_of(const struct sio *sio)
{
    return sio->service->app;
}

static const struct json_limits *limits_of(const struct sio *sio)
{
    return sio->service->limits ? sio->service->limits : &json_strict;
}

/* --- sockets --- */

static struct sio_socket *find(struct sio *sio, const char *nsp)
{
    for (int i = 0; i < SIO_NAMESPACES; i++) {
        struct sio_socket *socket = sio->sockets[i];

        if (socket && !socket->is_leaving && strcmp(socket->nsp, nsp) == 0)
            return socket;
    }
    return NULL;
}

static struct sio_socket **find_place(struct sio *sio)
{
    for (int i = 0; i < SIO_NAMESPACES; i++)
        if (!sio->sockets[i])
            return &sio->sockets[i];
    return NULL;
}

static struct sio_socket *socket_create(struct sio *sio, const char *nsp)
{
    size_t size = strlen(nsp) + 1;
    struct sio_socket *socket = calloc(1, sizeof(*socket) + size);

    if (!socket)
        return NULL;
    socket->sio = sio;
    memcpy(socket->nsp, nsp, size);
    if (eio_random(socket->sid, SIO_SID_CHARS))
        return socket;
    free(socket);
    return NULL;
}

/* --- CONNECT --- */

static void say_refused(struct sio *sio, const char *nsp, const char *refusal)
{
    struct buf *out = sio_begin(sio);

    sio_put_head(out, SIO_CONNECT_ERROR, nsp, false, 0, 0);
    buf_puts(out, "{\"message\":");
    buf_put_json(out, refusal);
    buf_putc(out, '}');
    sio_end(sio, out);
}

static void let_in(struct sio *sio, struct sio_socket **place,
        const struct sio_packet *packet)
{
    char refusal[SIO_REFUSAL_CHARS + 1] = "";
    struct sio_socket *socket = socket_create(sio, packet->nsp);
    size_t mark = eio_mark(sio->eio);
    struct sio_coming coming;

    if (!socket) {
        eio_end(sio->eio, EIO_BY_ERROR, ERR_NO_MEMORY);
        return;
    }
    sio_come(socket, packet, &coming);
    if (app_of(sio)->connect(sio->service->context, socket, packet->json,
                packet->len, &socket->owner, refusal) == ERR_OK) {
        *place = socket;
        sio->was_in = true;
        sio_stay(socket, &coming);
        sio_answer(socket);
        return;
    }
    sio_turn_away(socket, &coming);
    free(socket);
    eio_undo(sio->eio, mark);
    say_refused(sio, packet->nsp, refusal);
}

static void hear_connect(struct sio *sio, const struct sio_packet *packet)
{
    struct sio_socket **place = find_place(sio);

    if (place)
        let_in(sio, place, packet);
    else
        say_refused(sio, packet->nsp, "Too many namespaces");
}

/* --- events --- */

/* What stands between the brackets of an array. */
static void strip(const struct sio_packet *packet, struct piece *args)
{
    const char *first = memchr(packet->json, '[', packet->len);
    const char *last = packet->json + packet->len;

    while (last > first && last[-1] != ']')
        last--;
    args->text = first + 1;
    args->len = (size_t)(last - first) - 2;
}

static enum err hear_event(struct sio_socket *socket,
        const struct sio_packet *packet, const struct sio_parcel *parcel)
{
    int64_t ack = packet->has_id ? (int64_t)packet->id : -1;
    struct sio_event event;
    struct fault fault;
    enum err err;

    if (packet->has_id && packet->id > INT64_MAX)
        return ERR_BAD_REQUEST;
    err = sio_split(packet, &event, &fault);
    if (err == ERR_OK)
        app_of(socket->sio)
                ->event(socket->owner, &event, ack,
                        parcel ? parcel->pieces : NULL,
                        parcel ? parcel->count : 0);
    return err;
}

static enum err hear_ack(struct sio_socket *socket,
        const struct sio_packet *packet, const struct sio_parcel *parcel)
{
    const struct sio_app *app = app_of(socket->sio);
    struct piece args;

    if (!packet->has_id)
        return ERR_BAD_REQUEST;
    if (!app->acked)
        return ERR_OK;
    strip(packet, &args);
    app->acked(socket->owner, packet->id, args.text, args.len,
            parcel ? parcel->pieces : NULL, parcel ? parcel->count : 0);
    return ERR_OK;
}

static enum err deliver(struct sio *sio, const struct sio_packet *packet,
        const struct sio_parcel *parcel);

/* --- bytes that belong to a packet --- */

static enum err open_parcel(struct sio *sio)
{
    struct sio_parcel *parcel = sio->parcel;
    struct sio_packet packet;
    struct fault fault;
    enum err err;

    sio->parcel = NULL;
    err = sio_read(parcel->text, parcel->len, limits_of(sio), &packet, &fault);
    if (err == ERR_OK)
        err = deliver(sio, &packet, parcel);
    sio_parcel_destroy(parcel);
    return err;
}

enum err sio_hear_bytes(struct sio *sio, const char *data, size_t len)
{
    size_t most = eio_place_of(sio->eio)->options.max_payload;
    enum err err = ERR_BAD_REQUEST;

    if (sio->parcel)
        err = sio_parcel_add(sio->parcel, data, len, most);
    if (err == ERR_OK && sio_parcel_is_whole(sio->parcel))
        err = open_parcel(sio);
    return err;
}

/* --- packets --- */

/* A callback of before may be called at any moment. */
static bool is_ack(const struct sio_packet *packet)
{
    return packet->type == SIO_ACK || packet->type == SIO_BINARY_ACK;
}

/* To a namespace that it is in. */
static enum err deliver(struct sio *sio, const struct sio_packet *packet,
        const struct sio_parcel *parcel)
{
    struct sio_socket *socket = find(sio, packet->nsp);

    if (!socket || (socket->is_held && !is_ack(packet)))
        return ERR_BAD_REQUEST;
    switch (packet->type) {
    case SIO_EVENT:
    case SIO_BINARY_EVENT:
        return hear_event(socket, packet, parcel);
    case SIO_ACK:
    case SIO_BINARY_ACK:
        return hear_ack(socket, packet, parcel);
    case SIO_DISCONNECT:
        sio_leave(socket, EIO_BY_GOODBYE);
        return ERR_OK;
    case SIO_CONNECT:
    case SIO_CONNECT_ERROR:
        break;
    }
    return ERR_BAD_REQUEST;
}

enum err sio_hear_text(struct sio *sio, const char *data, size_t len)
{
    struct sio_packet packet;
    struct fault fault;
    enum err err;

    if (sio->parcel)
        return ERR_BAD_REQUEST;
    err = sio_read(data, len, limits_of(sio), &packet, &fault);
    if (err != ERR_OK)
        return err;
    if (packet.type == SIO_CONNECT && !find(sio, packet.nsp)) {
        hear_connect(sio, &packet);
        return ERR_OK;
    }
    if (packet.attachments == 0)
        return deliver(sio, &packet, NULL);
    if (!find(sio, packet.nsp))
        return ERR_BAD_REQUEST;
    sio->parcel_ms = sio_now_ms(sio);
    return sio_parcel_create(&sio->parcel, data, len, packet.attachments);
}
