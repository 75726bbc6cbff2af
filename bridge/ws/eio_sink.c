/* What a transport takes: frames of a WebSocket, or one polling payload. */
#include "bridge/ws/eio_parts.h"
#include "bridge/ws/frame.h"
#include "bridge/ws/server.h"

/* Does so much more fit? One message always does. */
static bool has_room(struct eio_sink *sink, size_t len)
{
    size_t used = sink->out->len;

    if (sink->out->failed || (sink->most && sink->count >= sink->most) ||
            (used > 0 &&
                    (used >= EIO_BATCH_BYTES || len > EIO_BATCH_BYTES - used)))
        sink->is_full = true;
    else
        sink->count++;
    return !sink->is_full;
}

/* A failure is found by whoever made the sink. */
static bool did_fit(struct eio_sink *sink)
{
    if (sink->out->failed)
        sink->is_full = true;
    return true;
}

static void put_frame(struct buf *out, const struct eio_packet *packet)
{
    size_t type = packet->binary ? 0 : 1;
    uint8_t head[FRAME_HEAD_BYTES];

    buf_put(out, head,
            frame_head(head, packet->binary ? FRAME_BINARY : FRAME_TEXT,
                    packet->len + type));
    if (type)
        buf_putc(out, (char)packet->type);
    buf_put(out, packet->data, packet->len);
}

/* For a client that takes no bytes: a text frame, as in a payload. */
static void put_coded(struct buf *out, const struct eio_packet *packet)
{
    uint8_t head[FRAME_HEAD_BYTES];
    struct buf coded;

    buf_init(&coded, out->max);
    eio_put_packet(&coded, packet);
    if (coded.failed) {
        out->failed = true;
    } else {
        buf_put(out, head, frame_head(head, FRAME_TEXT, coded.len));
        buf_put(out, coded.data, coded.len);
    }
    buf_finish(&coded);
}

static void put_packet(struct eio_sink *sink, const struct eio_packet *packet)
{
    if (!sink->is_socket)
        eio_put_packet(sink->out, packet);
    else if (packet->binary && sink->is_base64)
        put_coded(sink->out, packet);
    else
        put_frame(sink->out, packet);
}

bool eio_sink_put(
        struct eio_sink *sink, const void *data, size_t len, bool binary)
{
    struct eio_packet packet = {
        .type = EIO_MESSAGE, .binary = binary, .data = data, .len = len
    };

    if (!has_room(sink, len + FRAME_HEAD_BYTES))
        return false;
    put_packet(sink, &packet);
    return did_fit(sink);
}

bool eio_sink_put_shared(struct eio_sink *sink, const void *frame,
        size_t frame_len, const void *packet, size_t packet_len)
{
    if (!has_room(sink, frame_len))
        return false;
    if (sink->is_socket) {
        buf_put(sink->out, frame, frame_len);
        return did_fit(sink);
    }
    if (sink->out->len > 0)
        buf_putc(sink->out, EIO_SEPARATOR);
    buf_put(sink->out, packet, packet_len);
    return did_fit(sink);
}

void eio_sink_packet(
        struct eio_sink *sink, enum eio_type type, const char *data, size_t len)
{
    put_packet(sink,
            &(struct eio_packet){ .type = type, .data = data, .len = len });
}

/* --- everything that a session has to say --- */

void eio_put_flags(struct eio *eio, struct eio_sink *sink)
{
    struct buf hello;

    if (eio->says_hello) {
        buf_init(&hello, 1024);
        eio_put_hello(eio, &hello);
        eio_sink_packet(sink, EIO_OPEN, hello.data, hello.len);
        if (hello.failed)
            sink->out->failed = true;
        buf_finish(&hello);
    }
    if (eio->says_ping)
        eio_sink_packet(sink, EIO_PING, "", 0);
    eio->says_hello = eio->says_ping = false;
}

/* One that was asked for; the clock counts from it as from any other. */
static void put_ping(struct eio *eio, struct eio_sink *sink)
{
    eio_sink_packet(sink, EIO_PING, "", 0);
    if (!eio->awaits_pong)
        eio->ping_ms = steady_ms(eio->ws);
    eio->awaits_pong = true;
}

/* False: not all of it left. */
static bool put_queue(struct eio *eio, struct eio_sink *sink)
{
    struct eio_queued first;

    while (!eio->is_paused && eio_queue_peek(&eio->queue, &first)) {
        if (first.kind == QUEUED_BREAK && eio->state == EIO_LIVES)
            eio_pause(eio);
        else if (first.kind == QUEUED_PING)
            put_ping(eio, sink);
        else if (first.kind != QUEUED_BREAK &&
                 !eio_sink_put(sink, first.data, first.len,
                         first.kind == QUEUED_BINARY))
            return false;
        eio_popped(eio);
    }
    return !eio->is_paused;
}

void eio_drain(struct eio *eio, struct eio_sink *sink)
{
    const struct eio_calls *calls = eio->place->calls;

    eio_put_flags(eio, sink);
    if (!put_queue(eio, sink) || !eio->has_more || !calls->pull ||
            eio->state != EIO_LIVES)
        return;
    eio->has_more = false;
    if (calls->pull(eio->owner, sink))
        return;
    if (sink->is_full)
        eio->has_more = true;
    else
        eio_wake(eio); /* it wants another turn */
}
