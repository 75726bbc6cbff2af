/*
 * sheet: a ticket as text. For tests. Two forms:
 *
 * compact, a line's styles in letters (B bold, W wide, T tall, I white on
 * black, U underlined), '|', the line: "BT|  2x Soup";
 *
 * drawn, as in tests/golden/tickets: the same letters each at its place, small
 * where only part of the line is like that, and what is wide is as wide as it
 * is on paper: "BWT  |T A B L E   5".
 */
#ifndef TESTS_DEVICES_TICKET_SHEET_H
#define TESTS_DEVICES_TICKET_SHEET_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "devices/paper/cells.h"
#include "devices/paper/sink.h"

#define SHEET_BYTES  (256 * 1024)
#define SHEET_STYLES 5

struct sheet {
    char text[SHEET_BYTES];
    size_t len;
    bool drawn;
    uint32_t widest; /* cells of the widest line */
    bool wrong;      /* a run is not as wide as it says */
};

static const struct {
    unsigned style;
    char letter;
} sheet_styles[SHEET_STYLES] = { { STYLE_BOLD, 'B' }, { STYLE_WIDE, 'W' },
    { STYLE_TALL, 'T' }, { STYLE_INVERT, 'I' }, { STYLE_UNDERLINE, 'U' } };

static inline void sheet_put(struct sheet *sheet, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

static inline void sheet_put(struct sheet *sheet, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(
            sheet->text + sheet->len, SHEET_BYTES - sheet->len, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < SHEET_BYTES - sheet->len)
        sheet->len += (size_t)n;
    else
        sheet->wrong = true;
}

static inline bool sheet_is_blank(const struct paper_run *run)
{
    return strspn(run->text, " ") == strlen(run->text) &&
           !(run->style & (STYLE_INVERT | STYLE_UNDERLINE));
}

static inline void sheet_margin(
        struct sheet *sheet, const struct paper_line *line)
{
    for (uint32_t i = 0; i < SHEET_STYLES; i++) {
        bool some = false;
        bool all = true;

        for (uint32_t n = 0; n < line->count; n++) {
            bool has = line->runs[n].style & sheet_styles[i].style;

            some |= has;
            all &= has || sheet_is_blank(&line->runs[n]);
        }
        if (some && sheet->drawn)
            sheet_put(sheet, "%c", sheet_styles[i].letter + (all ? 0 : 32));
        else if (some)
            sheet_put(sheet, "%c", sheet_styles[i].letter);
        else if (sheet->drawn)
            sheet_put(sheet, " ");
    }
    sheet_put(sheet, "|");
}

static inline void sheet_run(struct sheet *sheet, const struct paper_run *run)
{
    bool is_wide = run->style & STYLE_WIDE;
    const char *at = run->text;
    uint32_t cells;
    size_t len;

    if (run->cells != cells_of(run->text) * (is_wide ? 2 : 1))
        sheet->wrong = true;
    while ((len = cells_next(at, &cells)) > 0) {
        sheet_put(sheet, "%.*s", (int)len, at);
        if (is_wide && sheet->drawn)
            sheet_put(sheet, "%*s", (int)cells, "");
        at += len;
    }
}

static inline void sheet_line(void *ctx, const struct paper_line *line)
{
    struct sheet *sheet = ctx;
    uint32_t width = 0;

    sheet_margin(sheet, line);
    for (uint32_t i = 0; i < line->count; i++) {
        sheet_run(sheet, &line->runs[i]);
        width += line->runs[i].cells;
    }
    while (sheet->drawn && sheet->len > 0 && sheet->text[sheet->len - 1] == ' ')
        sheet->len--;
    sheet_put(sheet, "\n");
    if (width > sheet->widest)
        sheet->widest = width;
}

static inline void sheet_qr(void *ctx, const char *text)
{
    struct sheet *sheet = ctx;

    sheet_put(sheet, sheet->drawn ? "QR   |%s\n" : "QR|%s\n", text);
}

static inline void sheet_cut(void *ctx)
{
    struct sheet *sheet = ctx;

    sheet_put(sheet, sheet->drawn ? "CUT  |\n" : "CUT|\n");
}

static inline struct paper_sink sheet_sink(struct sheet *sheet, bool drawn)
{
    sheet->text[0] = '\0';
    sheet->len = 0;
    sheet->drawn = drawn;
    sheet->widest = 0;
    sheet->wrong = false;
    return (struct paper_sink){
        .ctx = sheet, .line = sheet_line, .qr = sheet_qr, .cut = sheet_cut
    };
}

#endif
