/*
 * frame: what a board and its host tell each other, piece by piece. One frame
 * is a letter of frames.def and what follows it; on a serial line two bytes
 * with its length (little endian) stand before it.
 *
 * Writing beyond the end and reading beyond what is there mark the frame as bad
 * and do nothing else; a bad one reads as zeros and empty texts.
 */
#ifndef DEVICES_PORT_RV32_FRAME_H
#define DEVICES_PORT_RV32_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest: what PUBLISH says with DEVICE_FACT_BYTES. */
#define FRAME_BYTES 576

/* Payload in one MESSAGE; a longer one comes in pieces. */
#define FRAME_PIECE 256

enum frame_type {
#define FRAME(name, letter) FRAME_##name = letter,
#include "devices/port/rv32/frames.def"
#undef FRAME
};

struct frame {
    uint8_t bytes[FRAME_BYTES];
    size_t len;
    size_t at; /* read so far */
    bool bad;
};

/* Begin to write one. */
void frame_begin(struct frame *frame, enum frame_type type);

void frame_put_u8(struct frame *frame, uint8_t value);
void frame_put_u32(struct frame *frame, uint32_t value);
void frame_put_u64(struct frame *frame, uint64_t value);
void frame_put_bytes(struct frame *frame, const void *bytes, size_t len);

/* NULL is written as an empty one. */
void frame_put_text(struct frame *frame, const char *text);

/* Begin to read what is in `bytes` up to `len`: returns its letter, 0 for an
 * empty one. */
uint8_t frame_open(struct frame *frame);

uint8_t frame_u8(struct frame *frame);
uint32_t frame_u32(struct frame *frame);
uint64_t frame_u64(struct frame *frame);

/* Lives as long as the frame is unchanged. */
const uint8_t *frame_bytes(struct frame *frame, size_t *len);

/* Copied with its NUL; one that does not fit is bad. */
void frame_text(struct frame *frame, char *out, size_t cap);

#endif
