/*
 * escpos: lines of a ticket as bytes for an ESC/POS printer.
 *
 * Only this file makes commands, and each from constants. Text becomes bytes
 * through a code page and is then checked byte by byte: nothing below 0x20
 * and no 0x7F leaves as text, so no guest can write a command, nor draw one
 * that printers obey in the midst of dots. A line with a letter that no code
 * page of the printer has is sent as dots, if there are glyphs and it takes
 * dots; without them such a letter is '?'.
 */
#ifndef DEVICES_PAPER_ESCPOS_H
#define DEVICES_PAPER_ESCPOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/paper/glyphs.h"
#include "devices/paper/profile.h"
#include "devices/paper/sink.h"

#define ESCPOS_NUMBER_DIGITS 4

/* The longest text of a QR code, in bytes. */
#define ESCPOS_QR_BYTES 240

struct escpos {
    const struct profile *profile;
    const struct glyphs *glyphs; /* NULL: none */
    uint8_t *out;
    size_t cap;
    size_t len;
    bool full;             /* something did not fit: do not print it */
    bool cut;              /* nothing was printed since */
    unsigned style;        /* what the printer is set to */
    enum codepage_id page; /* likewise; PAGE_COUNT: not known */
};

/* Begin a ticket in out[0..cap), borrowed until escpos_end as the profile and
 * the glyphs are. */
void escpos_begin(struct escpos *escpos, const struct profile *profile,
        const struct glyphs *glyphs, uint8_t *out, size_t cap);

/*
 * What a ticket is handed to; good until escpos_end. A QR code that is too
 * long, or holds a control character, is left out; a buzzer that the printer
 * has not is silent.
 */
struct paper_sink escpos_sink(struct escpos *escpos);

/* One line in one style. */
void escpos_line(struct escpos *escpos, unsigned style, const char *text);

/* Open the cash drawer. No ticket does that. */
void escpos_drawer(struct escpos *escpos);

/*
 * Cut, unless that was the last thing done, and ask for an answer where the
 * profile has one: with CONFIRM_PROCESS_ID it will have the digits of
 * `number`. Returns the number of bytes, 0 if they did not fit.
 */
size_t escpos_end(struct escpos *escpos, uint32_t number);

/* `number` as a printer repeats it, the highest digit first; it begins anew
 * behind 81,450,624. */
void escpos_number_digits(
        uint32_t number, uint8_t digits[ESCPOS_NUMBER_DIGITS]);

#endif
