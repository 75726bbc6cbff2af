/*
 * glyphs: letters as dots, for scripts that a printer has no code page for,
 * and for pictures of tickets. The fonts are the port's.
 */
#ifndef DEVICES_PAPER_GLYPHS_H
#define DEVICES_PAPER_GLYPHS_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/paper/bitmap.h"

struct glyph_box {
    int32_t x, y; /* its upper left dot */
    uint32_t width, height;
};

struct glyphs {
    void *ctx;

    /*
     * Draw one line of text (UTF-8, in the order in which it is read) into
     * `box`, shaped and in the order in which it is seen: what begins from
     * right to left stands at the right end of the box. Letters are as high
     * as the box; each takes as many cells as cells.h says, of `cell` dots,
     * and of a script whose letters are of various widths a word takes no
     * more than its cells. What does not fit is cut. False: no font has all
     * of it; what none has is a question mark, or not there.
     */
    bool (*draw)(void *ctx, const char *text, bool bold, uint32_t cell,
            struct bitmap *onto, const struct glyph_box *box);

    /* Has any font this character? */
    bool (*has)(void *ctx, uint32_t point);
};

#endif
