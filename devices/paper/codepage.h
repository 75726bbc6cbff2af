/*
 * codepage: the characters that a printer has, and text reduced to them.
 *
 * A printer prints single bytes; which characters the upper half are depends
 * on the code page selected. Text is first cleaned: composed, and what neither
 * a page of the printer nor the glyphs have is spelled in ASCII or becomes
 * '?'. After that it can be measured (cells.h).
 */
#ifndef DEVICES_PAPER_CODEPAGE_H
#define DEVICES_PAPER_CODEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct glyphs;
struct profile;

enum codepage_id {
#define PAGE(id, ...) PAGE_##id,
#include "devices/paper/codepage.def"
#undef PAGE
    PAGE_COUNT
};

struct codepage {
    const char *name;   /* as iconv calls it */
    uint16_t high[128]; /* code points of 0x80 to 0xFF; 0: none */
};

extern const struct codepage codepages[PAGE_COUNT];

/* The byte for `point` on a page, 0 if it has none. */
uint8_t codepage_byte(enum codepage_id page, uint32_t point);

/* Has any page of the profile this character? */
bool codepage_has(const struct profile *profile, uint32_t point);

/*
 * Write `text` (UTF-8 of any kind) as UTF-8 that can be printed, cut to
 * cap - 1 bytes. Line feeds stay; no other control character does, and nothing
 * that is unseen, above all what turns the direction of writing round. A
 * letter that no code page has stays if `glyphs` have it and the printer takes
 * dots; NULL: there are none. Signs are rather spelled.
 */
void codepage_clean(const struct profile *profile, const struct glyphs *glyphs,
        const char *text, char *out, size_t cap);

#endif
