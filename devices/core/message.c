#include "devices/core/message.h"

/* A body's field number is this much above the event's number. */
#define FIELD_BASE 100

const Dw__Notification *message_decode(
        struct arena *arena, const uint8_t *bytes, size_t len)
{
    ProtobufCAllocator allocator = arena_allocator(arena);
    const Dw__Notification *note;

    arena_reset(arena);
    note = dw__notification__unpack(&allocator, len, bytes);
    if (!note || !note->has_id || note->id.len != DEVICE_ID_BYTES)
        return NULL;
    if (note->body_case != DW__NOTIFICATION__BODY__NOT_SET &&
            (!note->has_event ||
                    note->event + FIELD_BASE != (uint32_t)note->body_case))
        return NULL;
    return note;
}

static size_t put_varint(uint8_t *out, uint32_t value)
{
    size_t len = 0;

    for (; value >= 0x80; value >>= 7)
        out[len++] = (uint8_t)(value | 0x80);
    out[len++] = (uint8_t)value;
    return len;
}

size_t message_encode(uint8_t *out, size_t cap,
        const uint8_t id[DEVICE_ID_BYTES], uint32_t field,
        const ProtobufCMessage *body)
{
    const uint32_t delimited = 2; /* wire type */
    Dw__Notification head = DW__NOTIFICATION__INIT;
    size_t body_len = protobuf_c_message_get_packed_size(body);
    uint8_t tag[10];
    size_t tag_len = put_varint(tag, field << 3 | delimited);
    size_t head_len;

    head.has_v = true;
    head.v = 1;
    head.has_id = true;
    head.id.data = (uint8_t *)id; /* only read */
    head.id.len = DEVICE_ID_BYTES;
    head.has_event = true;
    head.event = field - FIELD_BASE;
    head_len = dw__notification__get_packed_size(&head);
    if (body_len > cap)
        return 0;
    tag_len += put_varint(tag + tag_len, (uint32_t)body_len);
    if (head_len + tag_len > cap - body_len)
        return 0;

    dw__notification__pack(&head, out);
    for (size_t i = 0; i < tag_len; i++)
        out[head_len + i] = tag[i];
    protobuf_c_message_pack(body, out + head_len + tag_len);
    return head_len + tag_len + body_len;
}
