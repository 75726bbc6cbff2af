/*
 * sink: what a ticket is handed to, line by line, from top to bottom. It knows
 * paper and no orders: bytes for a printer (escpos.c), or text.
 *
 * Whoever lays out a ticket has cleaned each text (codepage_clean) and has
 * measured it (cells.h), so no line is wider than the paper.
 */
#ifndef DEVICES_PAPER_SINK_H
#define DEVICES_PAPER_SINK_H

#include <stdint.h>

enum paper_style {
    STYLE_NORMAL = 0,
    STYLE_BOLD = 1,
    STYLE_WIDE = 2, /* twice as wide: half the columns */
    STYLE_TALL = 4,
    STYLE_INVERT = 8, /* white on black */
    STYLE_UNDERLINE = 16,
};

/* A part of a line in one style. Text is UTF-8 in the order in which it is
 * read, without control characters, borrowed for the call. */
struct paper_run {
    unsigned style;
    const char *text;
    uint32_t cells; /* of normal width that it takes, its style counted */
};

/* Runs from left to right; blanks at the left stand there as a run. */
struct paper_line {
    const struct paper_run *runs;
    uint32_t count;
};

/* Any but `line` may be NULL: the sink has no such thing. */
struct paper_sink {
    void *ctx;
    void (*line)(void *ctx, const struct paper_line *line);
    void (*qr)(void *ctx, const char *text); /* in the middle of the paper */
    void (*buzz)(void *ctx);
    void (*cut)(void *ctx); /* feeds past the cutter first */
};

#endif
