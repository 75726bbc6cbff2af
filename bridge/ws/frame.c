#include "bridge/ws/frame.h"

#include <string.h>

#define FINAL     0x80
#define LENGTH_16 126
#define LENGTH_64 127

static size_t put_number(uint8_t *out, uint64_t number, size_t bytes)
{
    for (size_t i = bytes; i-- > 0; number >>= 8)
        out[i] = (uint8_t)number;
    return bytes;
}

size_t frame_head(
        uint8_t out[FRAME_HEAD_BYTES], enum frame_op op, uint64_t payload_len)
{
    out[0] = (uint8_t)(FINAL | op);
    if (payload_len < LENGTH_16) {
        out[1] = (uint8_t)payload_len;
        return 2;
    }
    if (payload_len <= UINT16_MAX) {
        out[1] = LENGTH_16;
        return 2 + put_number(out + 2, payload_len, 2);
    }
    out[1] = LENGTH_64;
    return 2 + put_number(out + 2, payload_len, 8);
}

size_t frame_head_len(const uint8_t *frame)
{
    if (frame[1] < LENGTH_16)
        return 2;
    return frame[1] == LENGTH_16 ? 2 + 2 : 2 + 8;
}

size_t frame_close(
        uint8_t out[FRAME_CLOSE_BYTES], uint16_t code, const char *reason)
{
    size_t len = strnlen(reason, FRAME_REASON_BYTES);

    out[0] = FINAL | FRAME_CLOSE;
    out[1] = (uint8_t)(2 + len);
    put_number(out + 2, code, 2);
    memcpy(out + 4, reason, len);
    return 4 + len;
}
