/*
 * frame: the first bytes of WebSocket frames that a server sends (RFC 6455).
 */
#ifndef BRIDGE_WS_FRAME_H
#define BRIDGE_WS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD_BYTES   10  /* longest head */
#define FRAME_REASON_BYTES 123 /* longest reason of a close */
#define FRAME_CLOSE_BYTES  (2 + 2 + FRAME_REASON_BYTES)
#define FRAME_CLOSE_NORMAL 1000

enum frame_op {
    FRAME_TEXT = 1,
    FRAME_BINARY = 2,
    FRAME_CLOSE = 8,
    FRAME_PING = 9
};

/* Write the head of one whole, unmasked frame; returns its length. */
size_t frame_head(
        uint8_t out[FRAME_HEAD_BYTES], enum frame_op op, uint64_t payload_len);

/* How long the head is with which such a frame begins. */
size_t frame_head_len(const uint8_t *frame);

/* Write a whole close frame; returns its length. A reason, "" for none, is
 * ASCII and cut where it is too long. */
size_t frame_close(
        uint8_t out[FRAME_CLOSE_BYTES], uint16_t code, const char *reason);

#endif
