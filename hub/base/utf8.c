#include "hub/base/utf8.h"

#include <stdint.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t utf8_char(const char *text, size_t len)
{
    const unsigned char *b = (const unsigned char *)text;
    uint32_t point;
    size_t size;

    if (len == 0 || b[0] == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    size = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc2 || b[0] > 0xf4 || len < size)
        return 0;
    point = b[0] & (0x7f >> size);
    for (size_t i = 1; i < size; i++) {
        if (!is_tail(b[i]))
            return 0;
        point = point << 6 | (b[i] & 0x3f);
    }
    if (size == 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff)))
        return 0;
    if (size == 4 && (point < 0x10000 || point > 0x10ffff))
        return 0;
    return size;
}

bool utf8_is_valid(const char *text, size_t len)
{
    while (len > 0) {
        size_t size = utf8_char(text, len);

        if (size == 0)
            return false;
        text += size;
        len -= size;
    }
    return true;
}
