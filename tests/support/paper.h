/*
 * paper: what an ESC/POS printer would do with the bytes it is sent.
 *
 * Written from the printers' command set, not from devices/paper, to judge
 * what that makes: a list of the few commands that a kitchen ticket is made
 * of, each with the arguments it may have, and text of the code page that is
 * selected. Whatever else comes, anywhere, is wrong. What the pages have is
 * asked of iconv.
 */
#ifndef TESTS_SUPPORT_PAPER_H
#define TESTS_SUPPORT_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAPER_TEXT  65536
#define PAPER_PAGES 16

enum paper_cutter { PAPER_TORN, PAPER_PART, PAPER_FULL, PAPER_OLD };
enum paper_answer { PAPER_SILENT, PAPER_STATUS, PAPER_NUMBER };
enum paper_bell { PAPER_MUTE, PAPER_EPSON, PAPER_CLONE };

/* What ESC t selects by a number. */
struct paper_page {
    uint8_t number;
    const char *name; /* as iconv calls it; NULL: none, nor behind it */
};

/* A printer. */
struct paper_printer {
    uint32_t columns; /* of normal width */
    uint32_t dots;
    struct paper_page pages[PAPER_PAGES];
    enum paper_cutter cutter;
    enum paper_answer answer; /* what a ticket ends by asking for */
    enum paper_bell bell;
    bool qr;     /* it draws codes itself */
    bool raster; /* it takes dots */
    bool plain;  /* none: a terminal, UTF-8 */
};

struct paper {
    const char *wrong; /* a sentence; NULL: nothing */
    size_t at;         /* the byte where */
    uint32_t commands;
    uint32_t pages; /* selections of a code page */
    uint32_t lines;
    uint32_t bands;            /* of dots */
    uint32_t codes;            /* that the printer draws */
    uint32_t bells;            /* rung */
    uint8_t number[4];         /* what it shall answer */
    uint32_t count;            /* of text */
    uint32_t text[PAPER_TEXT]; /* code points, line feeds among them */
};

/* Read a whole ticket; false, and why, if it holds anything else. */
bool paper_read(struct paper *paper, const struct paper_printer *printer,
        const uint8_t *bytes, size_t len);

#endif
