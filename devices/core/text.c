#include "devices/core/text.h"

#include <string.h>

/* Length of the sequence that `first` begins, 0 if it begins none. */
static uint32_t length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

uint32_t text_next(const char **at)
{
    static const uint8_t mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint8_t *bytes = (const uint8_t *)*at;
    uint32_t len = length(bytes[0]);
    uint32_t point = bytes[0] & mask[len];

    if (bytes[0] == 0)
        return 0;
    ++*at;
    for (uint32_t i = 1; i < len; i++) {
        if ((bytes[i] & 0xC0) != 0x80) /* stops at the NUL too */
            return TEXT_BAD;
        point = point << 6 | (bytes[i] & 0x3F);
    }
    if (len == 0 || point < least[len] || point > 0x10FFFF ||
            (point >= 0xD800 && point <= 0xDFFF))
        return TEXT_BAD;
    *at += len - 1;
    return point;
}

size_t text_put(char out[TEXT_MAX_BYTES], uint32_t point)
{
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

    if (len == 1) {
        out[0] = (char)point;
        return 1;
    }
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (char)(lead[len] | point);
    return len;
}

void text_printable(char *out, size_t cap, const char *text)
{
    size_t len = 0;
    uint32_t point;

    while ((point = text_next(&text)) != 0) {
        char bytes[TEXT_MAX_BYTES];
        size_t n;

        if (point == TEXT_BAD || point < 0x20 ||
                (point >= 0x7F && point < 0xA0))
            point = '?';
        n = text_put(bytes, point);
        if (len + n >= cap)
            break;
        memcpy(out + len, bytes, n);
        len += n;
    }
    out[len] = '\0';
}
