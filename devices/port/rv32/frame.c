#include "devices/port/rv32/frame.h"

#include <string.h>

static void put_number(struct frame *frame, uint64_t value, size_t size)
{
    if (size > sizeof(frame->bytes) - frame->len) {
        frame->bad = true;
        return;
    }
    for (size_t i = 0; i < size; i++)
        frame->bytes[frame->len++] = (uint8_t)(value >> (8 * i));
}

void frame_begin(struct frame *frame, enum frame_type type)
{
    frame->len = 0;
    frame->at = 0;
    frame->bad = false;
    frame_put_u8(frame, (uint8_t)type);
}

void frame_put_u8(struct frame *frame, uint8_t value)
{
    put_number(frame, value, 1);
}

void frame_put_u32(struct frame *frame, uint32_t value)
{
    put_number(frame, value, 4);
}

void frame_put_u64(struct frame *frame, uint64_t value)
{
    put_number(frame, value, 8);
}

void frame_put_bytes(struct frame *frame, const void *bytes, size_t len)
{
    if (len > sizeof(frame->bytes)) {
        frame->bad = true;
        return;
    }
    put_number(frame, len, 2);
    if (frame->bad || len > sizeof(frame->bytes) - frame->len) {
        frame->bad = true;
        return;
    }
    if (len > 0)
        memcpy(frame->bytes + frame->len, bytes, len);
    frame->len += len;
}

void frame_put_text(struct frame *frame, const char *text)
{
    frame_put_bytes(frame, text, text ? strlen(text) : 0);
}

static uint64_t number(struct frame *frame, size_t size)
{
    uint64_t value = 0;

    if (frame->bad || size > frame->len - frame->at) {
        frame->bad = true;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)frame->bytes[frame->at++] << (8 * i);
    return value;
}

uint8_t frame_open(struct frame *frame)
{
    frame->at = 0;
    frame->bad = frame->len > sizeof(frame->bytes);
    return frame_u8(frame);
}

uint8_t frame_u8(struct frame *frame)
{
    return (uint8_t)number(frame, 1);
}

uint32_t frame_u32(struct frame *frame)
{
    return (uint32_t)number(frame, 4);
}

uint64_t frame_u64(struct frame *frame)
{
    return number(frame, 8);
}

const uint8_t *frame_bytes(struct frame *frame, size_t *len)
{
    const uint8_t *bytes;

    *len = (size_t)number(frame, 2);
    if (frame->bad || *len > frame->len - frame->at) {
        frame->bad = true;
        *len = 0;
        return frame->bytes;
    }
    bytes = frame->bytes + frame->at;
    frame->at += *len;
    return bytes;
}

void frame_text(struct frame *frame, char *out, size_t cap)
{
    size_t len;
    const uint8_t *bytes = frame_bytes(frame, &len);

    if (len >= cap || memchr(bytes, 0, len)) {
        frame->bad = true;
        len = 0;
    }
    memcpy(out, bytes, len);
    out[len] = '\0';
}
