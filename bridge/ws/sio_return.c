/*
 * Who comes back: sockets, and their boxes on the shelf.
 *
 * What was missed goes before CONNECT's answer, as the reference sends it. The
 * client keeps such events until the answer comes, even from one connection to
 * the next, and only then counts them as heard. So one that shows the same
 * offset as the last time may have kept any number of them: it gets the answer
 * alone, is closed when that has arrived, and comes back, having counted.
 * Meanwhile its events wait in the box.
 */
#include <string.h>

#include "bridge/ws/eio_parts.h"
#include "bridge/ws/sio_parts.h"
#include "bridge/ws/sio_shelf.h"

#define ANSWER_BYTES 256 /* CONNECT's, and to spare */
#define RECORD_BYTES 16  /* of the queue, for each message */

/* --- what it shows --- */

/* The string that begins here, without its quotes; *at is behind it then. */
static struct piece read_string(const char *text, size_t len, size_t *at)
{
    size_t first = ++*at;

    for (; *at < len && text[*at] != '"'; ++*at)
        if (text[*at] == '\\')
            ++*at;
    return (struct piece){ text + first, (*at)++ - first };
}

/* The string under `name` in an object that has passed the gate, as it stands
 * there; of length 0: there is none. */
static struct piece find_member(const char *text, size_t len, const char *name)
{
    struct piece key = { "", 0 };
    uint32_t depth = 0;
    bool is_value = false;

    for (size_t at = 0; at < len;) {
        char c = text[at];

        if (c == '"') {
            struct piece found = read_string(text, len, &at);

            if (depth == 1 && is_value && key.len == strlen(name) &&
                    memcmp(key.text, name, key.len) == 0)
                return found;
            if (depth == 1 && !is_value)
                key = found;
            continue;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth == 1 && (c == ':' || c == ','))
            is_value = c == ':';
        at++;
    }
    return (struct piece){ "", 0 };
}

/* --- coming --- */

/* Does all that it has missed fit into what may wait for its transport? */
static bool has_room(
        const struct eio *eio, const struct sio_box *box, uint64_t heard)
{
    const struct sio_kept *kept = sio_box_after(box, heard);
    size_t used = 2 * eio_queue_len(&eio->queue) + ANSWER_BYTES;

    for (; kept; kept = TAILQ_NEXT(kept, next))
        for (uint32_t i = 0; i <= kept->count; i++)
            used += kept->parts[i].len + RECORD_BYTES;
    return used <= eio->queue.bytes.max;
}

static void start(struct sio_socket *socket, struct sio_shelf *shelf)
{
    socket->box = sio_box_create(shelf, socket->nsp, socket->sid, socket);
    if (socket->box)
        sio_name(socket, NULL, socket->box->pid);
}

static void tell_missed(const struct sio_socket *socket, uint64_t heard)
{
    const struct sio_kept *kept = sio_box_after(socket->box, heard);
    struct eio *eio = socket->sio->eio;

    for (; kept; kept = TAILQ_NEXT(kept, next))
        for (uint32_t i = 0; i <= kept->count; i++)
            eio_send(eio, kept->parts[i].text, kept->parts[i].len, i > 0);
}

static void take_up(struct sio_socket *socket, struct sio_box *box,
        struct sio_coming *coming)
{
    coming->former = box->holder;
    coming->said = box->said;
    if (coming->former)
        coming->former->box = NULL;
    sio_box_hold(box, socket);
    socket->box = box;
    socket->is_recovered = true;
    socket->is_sent_back = box->is_tried && box->tried == coming->heard;
    sio_name(socket, box->sid, box->pid);
    if (!socket->is_sent_back)
        tell_missed(socket, coming->heard);
    sio_answer(socket);
}

void sio_come(struct sio_socket *socket, const struct sio_packet *packet,
        struct sio_coming *coming)
{
    struct sio_shelf *shelf = socket->sio->service->shelf;
    struct sio_box *box;

    *coming = (struct sio_coming){ 0 };
    if (!shelf)
        return;
    box = sio_shelf_find(shelf, socket->nsp,
            find_member(packet->json, packet->len, "pid"),
            find_member(packet->json, packet->len, "offset"),
            sio_now_ms(socket->sio), &coming->heard);
    if (box && has_room(socket->sio->eio, box, coming->heard))
        take_up(socket, box, coming);
    else
        start(socket, shelf);
}

void sio_stay(struct sio_socket *socket, const struct sio_coming *coming)
{
    if (coming->former) /* we have not noticed that its transport is gone */
        eio_close(coming->former->sio->eio);
    if (!socket->box || !socket->is_recovered)
        return;
    if (socket->is_sent_back) {
        eio_ping(socket->sio->eio);
    } else if (coming->said > coming->heard) {
        socket->box->is_tried = true;
        socket->box->tried = coming->heard;
    }
}

void sio_turn_away(struct sio_socket *socket, const struct sio_coming *coming)
{
    struct sio_box *box = socket->box;

    socket->box = NULL;
    if (!box)
        return;
    if (!socket->is_recovered) {
        sio_box_forget(box);
        return;
    }
    sio_box_unsay(box, coming->said);
    if (coming->former)
        sio_box_hold(coming->former->box = box, coming->former);
    else
        sio_box_let_go(box, box->away_ms);
}

/* --- while it is there --- */

void sio_emit_kept(struct sio_socket *socket, const char *args, size_t len,
        const struct piece *bytes, uint32_t count)
{
    struct sio *sio = socket->sio;
    struct buf *out;

    if (socket->is_leaving)
        return;
    sio_answer(socket);
    out = sio_begin(sio);
    sio_box_say(socket->box, out, args, len, bytes, count, sio_now_ms(sio));
    if (socket->is_sent_back) {
        buf_finish(out);
        return;
    }
    sio_end(sio, out);
    for (uint32_t i = 0; i < count; i++)
        eio_send(sio->eio, bytes[i].text, bytes[i].len, true);
}

void sio_look_back(struct sio_socket *socket, int64_t steady_now_ms)
{
    struct eio *eio = socket->sio->eio;

    if (!socket->box)
        return;
    sio_box_sweep(socket->box, steady_now_ms);
    if (!socket->is_sent_back || !eio_is_answered(eio))
        return;
    socket->box->is_tried = false;
    eio_close(eio);
}

void sio_go(struct sio_socket *socket)
{
    if (!socket->box)
        return;
    if (socket->reason == EIO_BY_GOODBYE)
        sio_box_forget(socket->box);
    else
        sio_box_let_go(socket->box, sio_now_ms(socket->sio));
    socket->box = NULL;
}
