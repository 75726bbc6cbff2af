/*
 * glyphs_fonts: which font has this letter. Part of glyphs.
 */
#ifndef DEVICES_PORT_POSIX_GLYPHS_FONTS_H
#define DEVICES_PORT_POSIX_GLYPHS_FONTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include <hb.h>

#include FT_FREETYPE_H

#include "devices/port/posix/glyphs.h"

/* How letters are loaded: hinted for black and white. */
#define GLYPHS_LOAD (FT_LOAD_NO_BITMAP | FT_LOAD_TARGET_MONO)

struct font {
    FT_Face face; /* NULL: none */
    hb_font_t *shaper;
    const FcPattern *known; /* as fontconfig has it; NULL: it was named */
    bool bold;
    uint64_t used; /* when: the least is closed for another */
};

struct fonts {
    FT_Library library;
    FcConfig *config;
    FcFontSet *regular, *bold; /* in the order in which they are tried */
    struct font named[GLYPHS_FILES];
    uint32_t named_count;
    struct font open[GLYPHS_FONTS];
    uint64_t uses;
};

/* As glyphs_open; false: close it all the same. */
bool fonts_open(struct fonts *fonts, const char *const *files, uint32_t count,
        char *error, size_t error_bytes);

/* The first font that has this character, rather a bold one or rather not;
 * good until the next call. NULL: none. */
struct font *fonts_find(struct fonts *fonts, uint32_t point, bool bold);

/* Zeroed or half-made is fine. */
void fonts_close(struct fonts *fonts);

#endif
