/*
 * bitmap: black dots on white paper. Memory is the caller's.
 */
#ifndef DEVICES_PAPER_BITMAP_H
#define DEVICES_PAPER_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

/* Rows from the top, each of `stride` bytes; the highest bit of a byte is its
 * left dot, 1 is black. */
struct bitmap {
    uint32_t width, height; /* dots */
    uint32_t stride;        /* bytes, at least (width + 7) / 8 */
    uint8_t *bits;
};

/* Dots outside are ignored. */
void bitmap_set(struct bitmap *bitmap, int32_t x, int32_t y);

bool bitmap_get(const struct bitmap *bitmap, int32_t x, int32_t y);

/* Black becomes white in this box, and white black. */
void bitmap_invert(struct bitmap *bitmap, int32_t x, int32_t y, uint32_t width,
        uint32_t height);

#endif
