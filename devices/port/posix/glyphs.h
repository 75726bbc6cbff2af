/*
 * glyphs: letters as dots from the fonts of this machine: FriBidi says in which
 * order they stand, HarfBuzz which forms they take, FreeType what they look
 * like.
 *
 * The fonts that were named come first, then DejaVu Sans Mono, then whichever
 * fontconfig would take. Fonts stay open, GLYPHS_FONTS of them at most. The
 * same fonts draw the same dots, whatever the locale. Of a line as much is
 * drawn as GLYPHS_POINTS code points are.
 */
#ifndef DEVICES_PORT_POSIX_GLYPHS_H
#define DEVICES_PORT_POSIX_GLYPHS_H

#include <stddef.h>
#include <stdint.h>

#include "devices/paper/glyphs.h"

#define GLYPHS_FONTS  32
#define GLYPHS_FILES  8 /* that may be named */
#define GLYPHS_POINTS 512

struct port_glyphs;

/*
 * Hands over: close it. `files` are fonts that are looked into first, `count`
 * of them. NULL, and a sentence in `error`: one of them is no font whose
 * letters can be drawn in any size, they are too many, or there is no font at
 * all.
 */
struct port_glyphs *glyphs_open(const char *const *files, uint32_t count,
        char *error, size_t error_bytes);

/* Good until glyphs_close. NULL for NULL. */
const struct glyphs *glyphs_of(const struct port_glyphs *glyphs);

/* NULL is fine. */
void glyphs_close(struct port_glyphs *glyphs);

#endif
