#include "bridge/wires/base64.h"

#include <stdint.h>
#include <string.h>

#define CHUNK 256 /* groups that go into a buffer at once */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* --- out --- */

size_t base64_chars(size_t len)
{
    return len / 3 * 4 + (len % 3 ? 4 : 0);
}

/* One to three bytes. */
static void encode_group(const uint8_t *from, size_t len, char to[4])
{
    uint32_t bits = (uint32_t)from[0] << 16;

    if (len > 1)
        bits |= (uint32_t)from[1] << 8;
    if (len > 2)
        bits |= from[2];
    to[0] = alphabet[bits >> 18];
    to[1] = alphabet[bits >> 12 & 63];
    to[2] = len > 1 ? alphabet[bits >> 6 & 63] : '=';
    to[3] = len > 2 ? alphabet[bits & 63] : '=';
}

void base64_put(struct buf *out, const void *data, size_t len)
{
    const uint8_t *from = data;
    char chunk[CHUNK * 4];

    while (len > 0) {
        size_t used = 0;

        while (len > 0 && used < sizeof(chunk)) {
            size_t size = len < 3 ? len : 3;

            encode_group(from, size, chunk + used);
            used += 4;
            from += size;
            len -= size;
        }
        buf_put(out, chunk, used);
    }
}

/* --- in --- */

/* Six bits, or more if it is no character of the alphabet. */
static uint32_t digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Four characters, `padding` of them behind the data, into 3 - padding bytes.
 * Bits that belong to no byte are zero, or the text has a twin. */
static bool decode_group(const char *from, size_t padding, char to[3])
{
    uint32_t bits = 0, unused = (uint32_t)padding * 8;

    for (size_t i = 0; i < 4 - padding; i++) {
        uint32_t six = digit(from[i]);

        if (six > 63)
            return false;
        bits |= six << (18 - 6 * i);
    }
    if (bits & ((1u << unused) - 1))
        return false;
    to[0] = (char)(bits >> 16);
    to[1] = (char)(bits >> 8);
    to[2] = (char)bits;
    return true;
}

static size_t count_padding(const char *text, size_t len)
{
    if (len == 0 || text[len - 1] != '=')
        return 0;
    return text[len - 2] == '=' ? 2 : 1;
}

/* Whole groups; those of the last one that are padding are none of it. */
static bool decode_groups(
        struct buf *out, const char *text, size_t len, size_t padding)
{
    char chunk[CHUNK * 3];
    size_t used = 0;

    for (size_t at = 0; at < len; at += 4) {
        size_t left_out = at + 4 == len ? padding : 0;

        if (!decode_group(text + at, left_out, chunk + used))
            return false;
        used += 3 - left_out;
        if (used == sizeof(chunk) || at + 4 == len) {
            buf_put(out, chunk, used);
            used = 0;
        }
    }
    return !out->failed;
}

bool base64_decode(struct buf *out, const char *text, size_t len)
{
    size_t before = out->len, padding;

    if (len % 4 != 0)
        return false;
    padding = count_padding(text, len);
    if (len / 4 * 3 - padding > out->max - before) {
        out->failed = true;
        return false;
    }
    if (decode_groups(out, text, len, padding))
        return true;
    out->len = before;
    return false;
}
