/*
 * escpos: lines of a ticket as bytes for an ESC/POS printer.
 *
 * Only this file makes commands, and each from constants. Text becomes bytes
 * through a code page and is then checked byte by byte: nothing below 0x20
 * and no 0x7F leaves as text, so no guest can write a command.
 */
#ifndef DEVICES_KINDS_ESCPOS_H
#define DEVICES_KINDS_ESCPOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/codepage.h"

struct escpos {
    const struct profile *profile;
    uint8_t *out;
    size_t cap;
    size_t len;
    bool full;             /* something did not fit: do not print it */
    unsigned style;        /* what the printer is set to */
    enum codepage_id page; /* likewise; PAGE_COUNT: not known */
};

/* Begin a ticket in out[0..cap), borrowed until escpos_end. */
void escpos_begin(struct escpos *escpos, const struct profile *profile,
        uint8_t *out, size_t cap);

/* One line in a style of ticket.h. Characters without a byte become '?'. */
void escpos_line(struct escpos *escpos, unsigned style, const char *text);

/*
 * Feed, cut, and ask for an answer where the profile has one. Returns the
 * number of bytes, 0 if they did not fit.
 */
size_t escpos_end(struct escpos *escpos);

#endif
