/*
 * pull_paper: a ticket as it looks on paper: its bytes, drawn as a printer of
 * this make draws them, for printers that are sent pictures.
 */
#ifndef DEVICES_PORT_POSIX_PULL_PAPER_H
#define DEVICES_PORT_POSIX_PULL_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/paper/glyphs.h"
#include "devices/paper/profile.h"

struct pull_paper {
    uint8_t *png;
    size_t png_len;
    uint8_t *text; /* UTF-8 lines */
    size_t text_len;
    uint8_t *dots; /* rows of (width + 7) / 8 bytes, 1 is black */
    uint32_t width, height;
};

/*
 * Draw `bytes`, which end with a cut or not. `glyphs` may be NULL. False: no
 * memory, it is empty, or it is longer than a sheet of the virtual printer's;
 * nothing to finish then.
 */
bool pull_paper_draw(struct pull_paper *paper, const struct profile *profile,
        const struct glyphs *glyphs, const uint8_t *bytes, size_t len);

/* A zeroed one is fine, and is that again. */
void pull_paper_finish(struct pull_paper *paper);

#endif
