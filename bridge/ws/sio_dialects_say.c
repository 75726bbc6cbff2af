/* What a socket is told: events in the words of its dialect, framed once for
 * all that see them so. */
#include <inttypes.h>
#include <string.h>

#include "bridge/ws/frame.h"
#include "bridge/ws/server.h"
#include "bridge/ws/sio_dialects_parts.h"
#include "hub/base/count.h"

#define LOOKS 64 /* at the journal in one turn, for what it has missed */

/* --- bytes --- */

/* Who does not know it loses nothing: which event this is, and whether it may
 * have been told before. */
static void put_mark(struct buf *out, const struct evt *evt)
{
    char id[ULID_CHARS + 1], epoch[EPOCH_CHARS + 1];

    ulid_print(&evt->id, id);
    epoch_print(evt->epoch, epoch);
    buf_printf(out,
            "\"_dw\":{\"id\":\"%s\",\"seq\":%" PRIu64
            ",\"epoch\":\"%s\",\"replay\":%s}",
            id, evt->seq, epoch, evt->replay ? "true" : "false");
}

static void put_payload(struct buf *out, const struct evt *evt,
        const struct evt_form *payload, bool strict_payload)
{
    const char *text = (const char *)payload->data;

    if (strict_payload || text[0] != '{') { /* a bare list has no place */
        buf_put(out, text, payload->len);
        return;
    }
    buf_put(out, text, payload->len - 1);
    if (payload->len > strlen("{}"))
        buf_putc(out, ',');
    put_mark(out, evt);
    buf_putc(out, '}');
}

/* "k3f9.4711". The number within the event is the row's, whoever hears it: so
 * all share the same bytes. */
static void put_offset(
        struct buf *out, const struct evt *evt, const struct say_row *row)
{
    char epoch[EPOCH_CHARS + 1];
    uint32_t part = sio_part(row);

    epoch_print(evt->epoch, epoch);
    buf_printf(out, "\"%s.%" PRIu64, epoch, evt->seq);
    if (part)
        buf_printf(out, ".%" PRIu32, part);
    buf_putc(out, '"');
}

uint32_t sio_part(const struct say_row *row)
{
    const struct say_row *all = dialects[row->dialect].says;
    uint32_t part = 0, count = 0;

    for (; all->name; all++) {
        count += all->what == row->what;
        if (all == row)
            part = count;
    }
    return part < count ? part : 0;
}

/* As a question: with the event's own number, which is the same for all. */
static void put_packet(struct buf *out, const struct evt *evt,
        const struct say_row *row, const struct evt_form *payload,
        bool is_asked, const struct sio_dialects *house)
{
    buf_putc(out, EIO_MESSAGE);
    sio_put_head(
            out, SIO_EVENT, sio_nsp_of(row->dialect), is_asked, evt->seq, 0);
    buf_putc(out, '[');
    buf_put_json(out, row->name);
    buf_putc(out, ',');
    put_payload(out, evt, payload, house->strict_payload);
    if (house->recovery_ms && !is_asked) {
        buf_putc(out, ',');
        put_offset(out, evt, row);
    }
    buf_putc(out, ']');
}

/* A packet with its frame around it, kept with the event. */
static const struct evt_form *keep_frame(
        struct evt *evt, uint32_t key, const struct buf *packet)
{
    uint8_t head[FRAME_HEAD_BYTES];
    const struct evt_form *form = NULL;
    struct buf frame;

    buf_init(&frame, ANSWER_MAX);
    buf_put(&frame, head, frame_head(head, FRAME_TEXT, packet->len));
    buf_put(&frame, packet->data, packet->len);
    if (!packet->failed && !frame.failed)
        form = evt_form_keep(evt, key, frame.data, frame.len);
    buf_finish(&frame);
    return form;
}

static const struct evt_form *make_frame(struct evt *evt,
        const struct say_row *row, enum view view, bool is_asked,
        const struct sio_dialects *house)
{
    uint32_t key = evt_form_key(
            is_asked ? FORM_SIO_ASKED : FORM_SIO, view, row->number);
    const struct evt_form *form = evt_form_find(evt, key);
    const struct evt_form *payload;
    struct buf packet;

    if (form)
        return form;
    payload = dialect_say(evt, row, view);
    if (!payload)
        return NULL;
    buf_init(&packet, ANSWER_MAX);
    put_packet(&packet, evt, row, payload, is_asked, house);
    form = keep_frame(evt, key, &packet);
    buf_finish(&packet);
    return form;
}

const struct evt_form *sio_frame(struct evt *evt, const struct say_row *row,
        enum view view, const struct sio_dialects *house)
{
    return make_frame(evt, row, view, false, house);
}

const struct evt_form *sio_frame_asked(struct evt *evt,
        const struct say_row *row, enum view view,
        const struct sio_dialects *house)
{
    return make_frame(evt, row, view, true, house);
}

/* What it says does not depend on who sees what of the event. */
const struct evt_form *sio_frame_offset(
        struct evt *evt, const struct say_row *row)
{
    uint32_t key = evt_form_key(FORM_SIO_OFFSET, VIEW_FULL, row->number);
    const struct evt_form *form = evt_form_find(evt, key);
    struct buf packet;

    if (form)
        return form;
    buf_init(&packet, ANSWER_MAX);
    buf_putc(&packet, EIO_MESSAGE);
    sio_put_head(&packet, SIO_EVENT, sio_nsp_of(row->dialect), false, 0, 0);
    buf_puts(&packet, "[\"_dw\",");
    put_offset(&packet, evt, row);
    buf_putc(&packet, ']');
    form = keep_frame(evt, key, &packet);
    buf_finish(&packet);
    return form;
}

const uint8_t *sio_packet_in(const struct evt_form *frame, size_t *len)
{
    size_t head = frame_head_len(frame->data);

    *len = frame->len - head;
    return frame->data + head;
}

/* --- one event after the other --- */

/* Who came in without a token sees what guests see. */
static enum view view_of(
        const struct speaker *speaker, const struct delivery *next)
{
    if (speaker->entry.standing == BY_PROFILE)
        return evt_view(next->evt->what, ROLE_TABLE);
    return next->view;
}

static void drop(struct speaker *speaker)
{
    evt_unref(speaker->next.evt);
    speaker->next.evt = NULL;
}

/* The rooms are looked up at once: it may have left them when its transport
 * takes the event's next row. */
static bool take(struct speaker *speaker)
{
    struct hub *hub = speaker->entry.site->hub;

    if (!hub_next(hub, speaker->client, &speaker->next))
        return false;
    speaker->next.view = view_of(speaker, &speaker->next);
    speaker->rooms = hub_rooms_of(speaker->client, speaker->next.evt);
    speaker->row = 0;
    speaker->owes_offset = false;
    speaker->asking = NOT_ASKED;
    return true;
}

/* Before it came back; of what comes now only the first event may be such. */
static bool has_heard(const struct speaker *speaker, const struct say_row *row)
{
    const struct offset *heard = &speaker->heard;
    uint32_t part;

    if (heard->part_seq == 0 || heard->part_seq != speaker->next.evt->seq)
        return false;
    part = sio_part(row);
    return part != 0 && part <= heard->part;
}

static bool has_heard_all(const struct speaker *speaker,
        const struct say_row *const rows[], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!has_heard(speaker, rows[i]))
            return false;
    return true;
}

/* NULL: no memory. It comes back then and asks for what it has missed. */
static bool put_frame(struct speaker *speaker, struct eio_sink *sink,
        const struct evt_form *frame)
{
    const uint8_t *packet;
    size_t len;

    if (!frame) {
        eio_close(sio_eio(speaker->socket));
        return false;
    }
    packet = sio_packet_in(frame, &len);
    return eio_sink_put_shared(sink, frame->data, frame->len, packet, len);
}

/* A question has no offset: that follows, as far as possible in the same
 * write. */
static bool ask(struct speaker *speaker, struct eio_sink *sink,
        const struct say_row *row)
{
    const struct delivery *next = &speaker->next;

    if (!speaker->owes_offset && !put_frame(speaker, sink,
                                         sio_frame_asked(next->evt, row,
                                                 next->view, speaker->house)))
        return false;
    speaker->owes_offset = speaker->house->recovery_ms != 0;
    if (speaker->owes_offset &&
            !put_frame(speaker, sink, sio_frame_offset(next->evt, row)))
        return false;
    speaker->owes_offset = false;
    return true;
}

/* False: the rest of it is to be said later. */
static bool say_row(struct speaker *speaker, struct eio_sink *sink,
        const struct say_row *row)
{
    const struct delivery *next = &speaker->next;

    if (has_heard(speaker, row))
        return true;
    if (speaker->asking == ASKED)
        return ask(speaker, sink, row);
    return put_frame(speaker, sink,
            sio_frame(next->evt, row, next->view, speaker->house));
}

/* False: as above. */
static bool say(struct speaker *speaker, struct eio_sink *sink)
{
    const struct delivery *next = &speaker->next;
    const struct say_row *rows[SAY_ROWS];
    uint32_t count = 0;

    if (next->view != VIEW_NONE && speaker->entry.dialect != DIALECT_COUNT)
        count = dialect_rows(speaker->entry.dialect, next->evt->what,
                speaker->rooms, speaker->ws->options.unsaid, rows);
    if (count > 0 && speaker->row == 0 && !speaker->owes_offset)
        sio_judge_asking(speaker, has_heard_all(speaker, rows, count));
    for (; speaker->row < count; speaker->row++)
        if (!say_row(speaker, sink, rows[speaker->row]))
            return false;
    sio_note_told(speaker);
    count_add(COUNT_DELIVERED_SIO, count > 0);
    return true;
}

/* Too slow or expired: the sweep ends it. */
static bool is_told(const struct speaker *speaker)
{
    return speaker->client && hub_client_state(speaker->client) == ERR_OK;
}

/* It has what it has missed. */
static bool answer(struct speaker *speaker, struct eio_sink *sink)
{
    struct eio *eio = sio_eio(speaker->socket);

    if (!sio_put_answer(speaker->socket, sink))
        return false;
    speaker->is_held = false;
    speaker->is_asked = speaker->tried[0] != '\0';
    if (speaker->is_asked)
        eio_ping(eio);
    eio_wake(eio);
    return true;
}

static bool has_missed_no_more(const struct speaker *speaker)
{
    return speaker->next.evt ? speaker->next.evt->seq > speaker->missed
                             : !hub_has_next(speaker->client);
}

bool sio_pull(void *owner, struct eio_sink *sink)
{
    struct speaker *speaker = owner;
    uint32_t looks = 0;

    if (speaker->is_sent_back)
        return !speaker->is_held || answer(speaker, sink);
    while (is_told(speaker)) {
        bool is_there = speaker->next.evt || take(speaker);

        if (speaker->is_held && has_missed_no_more(speaker))
            return answer(speaker, sink);
        if (!is_there) {
            if (!hub_has_next(speaker->client))
                return true;
            if (++looks < LOOKS)
                continue;
            eio_wake(sio_eio(speaker->socket)); /* the others first */
            return true;
        }
        if (!say(speaker, sink))
            return false;
        drop(speaker);
    }
    return true;
}
