/*
 * codepage: the characters that a printer has, and text reduced to them.
 *
 * A printer prints single bytes; which characters the upper half are depends
 * on the code page selected. Text is first cleaned: composed, and what no
 * page of the printer has is spelled in ASCII or becomes '?'. After that each
 * code point is one cell wide and has a byte, so lines can be measured.
 */
#ifndef DEVICES_KINDS_CODEPAGE_H
#define DEVICES_KINDS_CODEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codepage_id {
#define PAGE(id, ...) PAGE_##id,
#include "devices/kinds/codepage.def"
#undef PAGE
    PAGE_COUNT
};

struct codepage {
    const char *name;   /* as iconv calls it */
    uint8_t select;     /* n of ESC t n */
    uint16_t high[128]; /* code points of 0x80 to 0xFF; 0: none */
};

extern const struct codepage codepages[PAGE_COUNT];

/* A make of printer: a row of profiles.def. */
struct profile {
    const char *name;
    uint32_t columns; /* of normal width */
    enum codepage_id pages[PAGE_COUNT];
    uint32_t page_count;
    bool answers; /* GS r 1 is answered when all before it was processed */
    bool plain;   /* no commands, text in UTF-8 */
};

/* By name, or NULL. */
const struct profile *profile_find(const char *name);

/* The names, from 0; NULL behind the last. */
const char *profile_name(uint32_t index);

/* The byte for `point` on a page, 0 if it has none. */
uint8_t codepage_byte(enum codepage_id page, uint32_t point);

/*
 * Write `text` (UTF-8 of any kind) as UTF-8 that the printer can print, cut
 * to cap - 1 bytes. Line feeds stay; no other control character does.
 */
void codepage_clean(
        const struct profile *profile, const char *text, char *out, size_t cap);

#endif
