/*
 * layout: one row of a ticket: texts beside each other in columns, each
 * wrapped in its own column, as lines for the sink.
 *
 * Lines break at blanks, on either side of letters of East Asia, and within a
 * word that is longer than its column. No line is wider than the paper, and
 * nothing is left out.
 */
#ifndef DEVICES_TICKET_LAYOUT_H
#define DEVICES_TICKET_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/paper/sink.h"

#define LAYOUT_COLUMNS  8
#define LAYOUT_BYTES    (12 * 1024)
#define LAYOUT_MIN_WIDE 4 /* in a narrower column nothing is wide */

/* A blank that stays where it is: no line breaks there. */
#define LAYOUT_BLANK '\x01'

enum layout_align {
    ALIGN_LEFT,
    ALIGN_CENTER,
    ALIGN_RIGHT,
};

struct layout_column {
    enum layout_align align;
    uint32_t left, width; /* cells */
    size_t begin, end;    /* its bytes */
};

struct layout_row {
    struct layout_column columns[LAYOUT_COLUMNS];
    uint32_t count;
    size_t len;
    bool from_right; /* its columns are, and its text is mostly; not that of
                      * one column which has plain ASCII alone */
    bool full;       /* something did not fit */
    char text[LAYOUT_BYTES];
    uint8_t styles[LAYOUT_BYTES]; /* of each byte */
};

/* Start empty. */
void layout_begin(struct layout_row *row, bool from_right);

/* The next column, at most LAYOUT_COLUMNS. Columns do not overlap and go from
 * left to right, or from right to left; `width` is at least 2. */
void layout_column(struct layout_row *row, enum layout_align align,
        uint32_t left, uint32_t width);

/*
 * Room for text in the column begun last: *cap bytes at least 1. What was
 * written there, clean UTF-8 with line feeds and LAYOUT_BLANK and its NUL, is
 * taken by layout_add, in this style.
 */
char *layout_room(struct layout_row *row, size_t *cap);
void layout_add(struct layout_row *row, unsigned style);

/* The lines of the row; nothing of one that is full. */
void layout_end(struct layout_row *row, const struct paper_sink *sink);

#endif
