#include "devices/paper/bitmap.h"

#include <stddef.h>

/* The byte of a dot, or NULL: it is outside. */
static uint8_t *byte_of(const struct bitmap *bitmap, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || (uint32_t)x >= bitmap->width ||
            (uint32_t)y >= bitmap->height)
        return NULL;
    return &bitmap->bits[(uint32_t)y * (size_t)bitmap->stride +
                         (uint32_t)x / 8];
}

static uint8_t bit_of(int32_t x)
{
    return (uint8_t)(0x80 >> (x & 7));
}

void bitmap_set(struct bitmap *bitmap, int32_t x, int32_t y)
{
    uint8_t *byte = byte_of(bitmap, x, y);

    if (byte)
        *byte |= bit_of(x);
}

bool bitmap_get(const struct bitmap *bitmap, int32_t x, int32_t y)
{
    const uint8_t *byte = byte_of(bitmap, x, y);

    return byte && *byte & bit_of(x);
}

/* From `from` on, `count` dots, cut to 0 to `limit`. */
static void cut(int32_t from, uint32_t count, uint32_t limit, int32_t *first,
        int32_t *behind)
{
    int64_t end = (int64_t)from + count;

    *first = from < 0 ? 0 : from;
    *behind = (int32_t)(end < limit ? end : limit);
}

void bitmap_invert(struct bitmap *bitmap, int32_t x, int32_t y, uint32_t width,
        uint32_t height)
{
    int32_t left, right, top, bottom;

    cut(x, width, bitmap->width, &left, &right);
    cut(y, height, bitmap->height, &top, &bottom);
    for (int32_t row = top; row < bottom; row++)
        for (int32_t column = left; column < right; column++)
            *byte_of(bitmap, column, row) ^= bit_of(column);
}
