#include "bridge/dialect/dialect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/parts.h"
#include "hub/base/count.h"
#include "hub/evt/body.h"

/* --- hearing protobuf --- */

/* Fields that we do not know are not passed on: nobody could say who may see
 * them. */
static void drop_unknown(ProtobufCMessage *message)
{
    count_add(COUNT_UNKNOWN_FIELDS, message->n_unknown_fields);
    for (unsigned i = 0; i < message->n_unknown_fields; i++)
        free(message->unknown_fields[i].data);
    free(message->unknown_fields);
    message->unknown_fields = NULL;
    message->n_unknown_fields = 0;
}

static void drop_all_unknown(ProtobufCMessage *message)
{
    const uint8_t *base = (const uint8_t *)message;

    drop_unknown(message);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const uint8_t *at = base + field->offset;
        size_t count = 1;

        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            count = *(const size_t *)(base + field->quantifier_offset);
            at = *(uint8_t *const *)at;
        }
        for (size_t n = 0; n < count; n++) {
            ProtobufCMessage *part = ((ProtobufCMessage *const *)at)[n];

            if (part)
                drop_all_unknown(part);
        }
    }
}

/* The place of the body that the envelope holds, if it is that of `what`. */
static ProtobufCMessage **body_slot(Dw__Envelope *envelope, enum evt_id what)
{
    uint32_t number = EVT_FIELD(evt_kinds[what].wire);
    const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(
                    &dw__envelope__descriptor, number);

    if (!field || (uint32_t)envelope->body_case != number)
        return NULL;
    return (ProtobufCMessage **)(void *)((uint8_t *)envelope + field->offset);
}

static enum err envelope_key(
        const Dw__Envelope *envelope, struct heard *heard, struct fault *fault)
{
    struct ulid id;

    if (!envelope->has_id)
        return ERR_OK;
    if (envelope->id.len != sizeof(id.bytes))
        return fault_set(fault, ERR_WRONG_TYPE, "id", "must be 16 bytes");
    memcpy(id.bytes, envelope->id.data, sizeof(id.bytes));
    if (!ulid_is_none(&id))
        ulid_print(&id, heard->key);
    return ERR_OK;
}

enum err envelope_hear(
        Dw__Envelope *envelope, struct heard *heard, struct fault *fault)
{
    ProtobufCMessage **body;
    enum err err;

    *heard = (struct heard){ .what = EVT_NONE };
    if (!envelope->has_event)
        return fault_set(fault, ERR_MISSING_FIELD, "event", "is missing");
    heard->what = evt_find_wire(envelope->event);
    if (heard->what == EVT_NONE)
        return fault_set(fault, ERR_UNKNOWN_EVENT, "event", NULL);
    if (envelope->body_case == DW__ENVELOPE__BODY__NOT_SET)
        return fault_set(fault, ERR_MISSING_FIELD, "body", "is missing");
    body = body_slot(envelope, heard->what);
    if (!body || !*body)
        return fault_set(fault, ERR_BAD_REQUEST, "event",
                "event and body do not belong together");
    err = envelope_key(envelope, heard, fault);
    if (err == ERR_OK)
        err = body_check(*body, fault);
    if (err != ERR_OK)
        return err;
    drop_all_unknown(*body);
    heard->body = *body;
    *body = NULL;
    envelope->body_case = DW__ENVELOPE__BODY__NOT_SET;
    return ERR_OK;
}

enum err dialect_hear_envelope(const uint8_t *data, size_t len,
        struct heard *heard, struct fault *fault)
{
    ProtobufCMessage *message =
            body_unpack(&dw__envelope__descriptor, data, len);
    enum err err;

    *heard = (struct heard){ .what = EVT_NONE };
    if (!message)
        return fault_set(fault, ERR_BAD_PROTOBUF, NULL, NULL);
    err = envelope_hear((Dw__Envelope *)message, heard, fault);
    body_free(message);
    return err;
}

/* --- saying --- */

const struct evt_form *keep_form(
        struct evt *evt, uint32_t key, struct buf *written)
{
    const struct evt_form *form = NULL;

    if (!written->failed)
        form = evt_form_keep(
                evt, key, written->len ? written->data : "", written->len);
    buf_finish(written);
    return form;
}

/* The payload alone: the same in all rooms. */
static const struct evt_form *say_payload(struct evt *evt, enum view view)
{
    uint32_t key = evt_form_key(FORM_PAYLOAD, view, 0);
    const struct evt_form *form = evt_form_find(evt, key);
    struct buf out;

    if (form)
        return form;
    buf_init(&out, FORM_BYTES);
    dialect_put_json(&out, evt->body, view);
    return keep_form(evt, key, &out);
}

/* The field `priority` of the body or of its order; else normal. */
static Dw__Priority priority_of(const ProtobufCMessage *body)
{
    const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(
                    body->descriptor, "priority");
    const uint8_t *base = (const uint8_t *)body;

    if (field && field->type == PROTOBUF_C_TYPE_ENUM &&
            *(const protobuf_c_boolean *)(base + field->quantifier_offset))
        return *(const Dw__Priority *)(base + field->offset);
    field = protobuf_c_message_descriptor_get_field_by_name(
            body->descriptor, "order");
    if (field && *(ProtobufCMessage *const *)(base + field->offset))
        return priority_of(*(ProtobufCMessage *const *)(base + field->offset));
    return DW__PRIORITY__PRIORITY_NORMAL;
}

static void put_ulid(struct buf *out, const char *name, const struct ulid *ulid)
{
    char text[ULID_CHARS + 1];

    if (ulid_is_none(ulid))
        return;
    ulid_print(ulid, text);
    buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

/* Everything before the payload, from {"v":1 on. */
static void put_header(struct buf *out, const struct evt *evt,
        const struct room *room, const char *event)
{
    char epoch[EPOCH_CHARS + 1], name[ROOM_CHARS + 1], time[ISO_CHARS + 1];
    char word[WORD_CHARS + 1];

    epoch_print(evt->epoch, epoch);
    room_print(room, name);
    dialect_print_time(evt->ts_ms, time);
    buf_puts(out, "{\"v\":1");
    put_ulid(out, "id", &evt->id);
    buf_printf(out, ",\"epoch\":\"%s\",\"seq\":%llu,\"room\":\"%s\"", epoch,
            (unsigned long long)evt->seq, name);
    buf_printf(out, ",\"event\":\"%s\",\"ts\":\"%s\",\"src\":", event, time);
    buf_put_json(out, evt->src);
    put_ulid(out, "cause", &evt->cause);
    print_word(&dw__priority__descriptor, (int)priority_of(evt->body), word);
    buf_printf(out, ",\"replay\":%s,\"prio\":\"%s\"",
            evt->replay ? "true" : "false", word);
    if (evt->exp_ms > 0)
        buf_printf(out, ",\"exp\":%lld", (long long)evt->exp_ms);
}

const struct evt_form *dialect_say_json(
        struct evt *evt, enum view view, uint32_t room)
{
    uint32_t key = evt_form_key(FORM_JSON, view, room);
    const struct evt_form *form = evt_form_find(evt, key);
    const struct evt_form *payload;
    struct buf out;

    assert(room < evt->room_count);
    if (form)
        return form;
    payload = say_payload(evt, view);
    if (!payload)
        return NULL;
    buf_init(&out, FORM_BYTES);
    put_header(&out, evt, &evt->rooms[room], evt_kinds[evt->what].name);
    buf_puts(&out, ",\"payload\":");
    buf_put(&out, payload->data, payload->len);
    buf_putc(&out, '}');
    return keep_form(evt, key, &out);
}

void dialect_put_envelope(struct buf *out, const struct evt *evt,
        const struct say_row *row, enum view view, uint32_t room)
{
    assert(room < evt->room_count && row->what == evt->what);
    put_header(out, evt, &evt->rooms[room], row->name);
    buf_puts(out, ",\"payload\":");
    dialect_put_said(out, row, evt->body, view);
    buf_putc(out, '}');
}

static void put_varint(struct buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_putc(out, (char)(value | 0x80));
    buf_putc(out, (char)value);
}

void put_pb_header(struct buf *out, uint32_t field, size_t len)
{
    put_varint(out, field << 3 | 2);
    put_varint(out, len);
}

static void put_packed(struct buf *out, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = malloc(len ? len : 1);

    if (packed)
        buf_put(out, packed, protobuf_c_message_pack(message, packed));
    else
        out->failed = true;
    free(packed);
}

/* What a view sees of the body, in protobuf: the same in all rooms. */
static const struct evt_form *say_body(struct evt *evt, enum view view)
{
    uint32_t key = evt_form_key(FORM_BODY, view, 0);
    const struct evt_form *form = evt_form_find(evt, key);
    ProtobufCMessage *redacted;
    struct buf out;

    if (form)
        return form;
    redacted = body_redact(evt->body, view);
    if (!redacted)
        return NULL;
    buf_init(&out, FORM_BYTES);
    put_packed(&out, redacted);
    body_free(redacted);
    return keep_form(evt, key, &out);
}

static bool put_body(struct buf *out, struct evt *evt, enum view view)
{
    uint32_t field = EVT_FIELD(evt_kinds[evt->what].wire);
    const struct evt_form *form;

    if (view == VIEW_FULL) { /* is there already */
        put_pb_header(out, field, evt->packed_len);
        buf_put(out, evt->packed, evt->packed_len);
        return true;
    }
    form = say_body(evt, view);
    if (!form)
        return false;
    put_pb_header(out, field, form->len);
    buf_put(out, form->data, form->len);
    return true;
}

static void put_envelope_header(
        struct buf *out, struct evt *evt, const struct room *room)
{
    Dw__Envelope header = DW__ENVELOPE__INIT;
    char name[ROOM_CHARS + 1];

    room_print(room, name);
    header.has_v = header.has_event = header.has_ts_ms = header.has_prio = 1;
    header.v = 1;
    header.event = evt_kinds[evt->what].wire;
    header.ts_ms = (uint64_t)evt->ts_ms;
    header.prio = priority_of(evt->body);
    header.room = name;
    header.src = evt->src;
    header.has_epoch = header.has_seq = evt->seq > 0;
    header.epoch = evt->epoch;
    header.seq = evt->seq;
    header.has_id = !ulid_is_none(&evt->id);
    header.id = (ProtobufCBinaryData){ sizeof(evt->id.bytes), evt->id.bytes };
    header.has_cause = !ulid_is_none(&evt->cause);
    header.cause =
            (ProtobufCBinaryData){ sizeof(evt->cause.bytes), evt->cause.bytes };
    header.has_exp_ms = evt->exp_ms > 0;
    header.exp_ms = (uint64_t)evt->exp_ms;
    header.has_replay = header.replay = evt->replay;
    put_packed(out, &header.base);
}

const struct evt_form *dialect_say_envelope(
        struct evt *evt, enum view view, uint32_t room)
{
    uint32_t key = evt_form_key(FORM_ENVELOPE, view, room);
    const struct evt_form *form = evt_form_find(evt, key);
    struct buf out;

    assert(room < evt->room_count);
    if (form)
        return form;
    buf_init(&out, FORM_BYTES);
    put_envelope_header(&out, evt, &evt->rooms[room]);
    if (!put_body(&out, evt, view))
        out.failed = true;
    return keep_form(evt, key, &out);
}
