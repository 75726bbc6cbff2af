/*
 * font: the letters that stand in a printer's memory: 12 by 24 dots, or 9 by
 * 17. They are drawn by glyphs, once each as long as there is room.
 */
#ifndef DEVICES_VIRTUAL_FONT_H
#define DEVICES_VIRTUAL_FONT_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/paper/glyphs.h"

#define FONT_ROWS 24
#define FONT_KEPT 512

enum font_size { FONT_A, FONT_B };

struct font_letter {
    uint32_t key;             /* 0: none */
    uint16_t rows[FONT_ROWS]; /* the highest bit is the left dot */
};

struct font {
    const struct glyphs *glyphs;
    struct font_letter kept[FONT_KEPT];
};

/* `glyphs` is borrowed for the font's life; NULL: letters are frames. */
void font_init(struct font *font, const struct glyphs *glyphs);

uint32_t font_width(enum font_size size);
uint32_t font_height(enum font_size size);

/* Good until the next call. */
const struct font_letter *font_letter(
        struct font *font, enum font_size size, bool bold, uint32_t point);

#endif
