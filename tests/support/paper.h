/*
 * paper: what an ESC/POS printer would do with the bytes it is sent.
 *
 * Written from the printers' command set, not from devices/kinds, to judge
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

#define PAPER_TEXT 65536

/* A printer. */
struct paper_printer {
    uint32_t columns;         /* of normal width */
    const char *const *pages; /* as iconv calls them; NULL behind the last */
    bool answers;             /* a ticket ends by asking for an answer */
    bool plain;               /* none: a terminal, UTF-8 */
};

struct paper {
    const char *wrong; /* a sentence; NULL: nothing */
    size_t at;         /* the byte where */
    uint32_t commands;
    uint32_t pages; /* selections of a code page */
    uint32_t lines;
    uint32_t count;            /* of text */
    uint32_t text[PAPER_TEXT]; /* code points, line feeds among them */
};

/* Read a whole ticket; false, and why, if it holds anything else. */
bool paper_read(struct paper *paper, const struct paper_printer *printer,
        const uint8_t *bytes, size_t len);

#endif
