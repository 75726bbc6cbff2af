#include "devices/paper/escpos.h"

#include <string.h>

#include "devices/core/text.h"
#include "devices/paper/bitmap.h"
#include "devices/paper/cells.h"
#include "devices/paper/qr.h"

#define ESC 0x1B
#define GS  0x1D
#define FS  0x1C

/* A DLE and one of these is a command at once, wherever it stands. */
#define DLE 0x10
#define EOT 0x04
#define ENQ 0x05
#define DC4 0x14

#define FEED_LINES 4 /* from the head past the cutter */
#define FEED_LEAST 1 /* where the cutter's command does that */

/* Dots are sent in bands of as many rows, well below what the oldest buffers
 * hold (256). */
#define BAND_ROWS 64

/* White below a line of dots, as much as there is between two of letters. */
#define GAP_ROWS 6

#define QR_MODULE_DOTS 4
#define QR_QUIET_DOTS  (4 * QR_MODULE_DOTS)

static void put(struct escpos *escpos, uint8_t byte)
{
    if (escpos->len == escpos->cap) {
        escpos->full = true;
        return;
    }
    escpos->out[escpos->len++] = byte;
}

static void put_bytes(struct escpos *escpos, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put(escpos, bytes[i]);
}

static void command(struct escpos *escpos, uint8_t a, uint8_t b, uint8_t n)
{
    put(escpos, a);
    put(escpos, b);
    put(escpos, n);
}

/* A command of constants, whatever its length. */
#define COMMAND(escpos, ...)                                                   \
    put_bytes(escpos, (const uint8_t[]){ __VA_ARGS__ },                        \
            sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* The last gate: whatever led here, a control byte does not pass as text. */
static void put_text(struct escpos *escpos, uint8_t byte)
{
    put(escpos, byte < 0x20 || byte == 0x7F ? '?' : byte);
}

static void set_style(struct escpos *escpos, unsigned style)
{
    unsigned change = style ^ escpos->style;

    if (escpos->profile->plain)
        return;
    if (change & STYLE_BOLD)
        command(escpos, ESC, 'E', style & STYLE_BOLD ? 1 : 0);
    if (change & STYLE_UNDERLINE)
        command(escpos, ESC, '-', style & STYLE_UNDERLINE ? 1 : 0);
    if (change & (STYLE_WIDE | STYLE_TALL))
        command(escpos, GS, '!',
                (uint8_t)((style & STYLE_WIDE ? 0x10 : 0) |
                          (style & STYLE_TALL ? 0x01 : 0)));
    if (change & STYLE_INVERT)
        command(escpos, GS, 'B', style & STYLE_INVERT ? 1 : 0);
    escpos->style = style;
}

void escpos_begin(struct escpos *escpos, const struct profile *profile,
        const struct glyphs *glyphs, uint8_t *out, size_t cap)
{
    *escpos = (struct escpos){ .profile = profile,
        .glyphs = profile->raster ? glyphs : NULL,
        .out = out,
        .cap = cap,
        .page = PAGE_COUNT };
    if (profile->plain)
        return;
    COMMAND(escpos, ESC, '@');    /* forgets style and code page, too */
    COMMAND(escpos, FS, '.');     /* or 0x80 to 0xFF go in pairs */
    COMMAND(escpos, ESC, 'R', 0); /* or '#' is a pound sign somewhere */
}

/* --- text --- */

/* How many characters of `text` does a page have? */
static uint32_t covered(enum codepage_id page, const char *text)
{
    uint32_t count = 0;
    uint32_t point;

    while ((point = text_next(&text)) != 0)
        count += codepage_byte(page, point) != 0;
    return count;
}

/* Of the pages that have `point`, select the one that has most of `text`. */
static void select_page(struct escpos *escpos, uint32_t point, const char *text)
{
    const struct profile *profile = escpos->profile;
    const struct profile_page *best = NULL;
    uint32_t best_count = 0;

    for (uint32_t i = 0; i < profile->page_count; i++) {
        const struct profile_page *page = &profile->pages[i];
        uint32_t count =
                codepage_byte(page->id, point) ? covered(page->id, text) : 0;

        if (count > best_count) {
            best_count = count;
            best = page;
        }
    }
    if (!best)
        return;
    escpos->page = best->id;
    command(escpos, ESC, 't', best->select);
}

/* `at`: where the character stands in its run. */
static void put_point(struct escpos *escpos, uint32_t point, const char *at)
{
    uint8_t byte = 0;

    if (point < 0x80) {
        put_text(escpos, (uint8_t)point);
        return;
    }
    if (escpos->page != PAGE_COUNT)
        byte = codepage_byte(escpos->page, point);
    if (!byte) {
        select_page(escpos, point, at);
        if (escpos->page != PAGE_COUNT)
            byte = codepage_byte(escpos->page, point);
    }
    put_text(escpos, byte ? byte : '?');
}

static void put_plain(struct escpos *escpos, uint32_t point)
{
    char bytes[TEXT_MAX_BYTES];
    size_t len;

    if (point == TEXT_BAD || point < 0x20 || (point >= 0x7F && point < 0xA0))
        point = '?';
    len = text_put(bytes, point);
    for (size_t i = 0; i < len; i++)
        put(escpos, (uint8_t)bytes[i]);
}

static void put_run(struct escpos *escpos, const struct paper_run *run)
{
    const char *text = run->text;
    const char *at = text;
    uint32_t point;

    set_style(escpos, run->style);
    while ((point = text_next(&text)) != 0) {
        if (escpos->profile->plain)
            put_plain(escpos, point);
        else
            put_point(escpos, point, at);
        at = text;
    }
}

/* --- dots --- */

/* The bytes of a row up to the last that is not white in any row, at least
 * one. */
static uint32_t used_stride(const struct bitmap *bitmap)
{
    for (uint32_t used = bitmap->stride; used > 1; used--)
        for (uint32_t y = 0; y < bitmap->height; y++)
            if (bitmap->bits[y * bitmap->stride + used - 1])
                return used;
    return 1;
}

/*
 * Printers obey commands in real time also in the midst of dots: the drawer
 * opens, or what was not printed yet is thrown away. So one more dot stands
 * where such a command would.
 */
static void put_dot_byte(struct escpos *escpos, uint8_t byte)
{
    uint8_t before = escpos->len > 0 ? escpos->out[escpos->len - 1] : 0;

    if (before == DLE && (byte == EOT || byte == ENQ || byte == DC4))
        byte |= 0x08;
    put(escpos, byte);
}

/* A band at the left edge. Its bytes are dots, none of them a command: the
 * printer counts them. */
static void put_band(struct escpos *escpos, const struct bitmap *bitmap)
{
    uint32_t stride = used_stride(bitmap);

    COMMAND(escpos, GS, 'v', '0', 0);
    put(escpos, (uint8_t)stride);
    put(escpos, 0);
    put(escpos, (uint8_t)bitmap->height);
    put(escpos, 0);
    for (uint32_t y = 0; y < bitmap->height; y++)
        for (uint32_t i = 0; i < stride; i++)
            put_dot_byte(escpos, bitmap->bits[y * bitmap->stride + i]);
}

/* Paper to draw on, of the width that the printer has. */
static struct bitmap empty_band(
        const struct profile *profile, uint8_t *bits, uint32_t height)
{
    uint32_t stride = (profile->dots + 7) / 8;

    memset(bits, 0, stride * height);
    return (struct bitmap){ profile->dots, height, stride, bits };
}

static void draw_underline(struct bitmap *bitmap, const struct glyph_box *box)
{
    const int32_t bottom = box->y + (int32_t)box->height;

    for (int32_t x = 0; x < (int32_t)box->width; x++) {
        bitmap_set(bitmap, box->x + x, bottom - 1);
        bitmap_set(bitmap, box->x + x, bottom - 2);
    }
}

/* All of a line stands on its bottom, as letters of various heights do. */
static void draw_run(const struct escpos *escpos, struct bitmap *bitmap,
        const struct paper_run *run, struct glyph_box box)
{
    const struct glyphs *glyphs = escpos->glyphs;
    bool tall = run->style & STYLE_TALL;
    bool wide = run->style & STYLE_WIDE;

    if (!tall && box.height > PROFILE_ROW_DOTS) {
        box.y += PROFILE_ROW_DOTS;
        box.height = PROFILE_ROW_DOTS;
    }
    glyphs->draw(glyphs->ctx, run->text, run->style & STYLE_BOLD,
            PROFILE_CELL_DOTS * (wide ? 2 : 1), bitmap, &box);
    if (run->style & STYLE_UNDERLINE)
        draw_underline(bitmap, &box);
    if (run->style & STYLE_INVERT)
        bitmap_invert(bitmap, box.x, box.y, box.width, box.height);
}

static uint32_t cells_of_run(const struct paper_run *run)
{
    return cells_of(run->text) * (run->style & STYLE_WIDE ? 2 : 1);
}

static void put_dots(struct escpos *escpos, const struct paper_line *line)
{
    uint8_t bits[PROFILE_MAX_DOTS / 8 * BAND_ROWS];
    struct bitmap bitmap;
    bool tall = false;
    int32_t x = 0;

    for (uint32_t i = 0; i < line->count; i++)
        tall |= (line->runs[i].style & STYLE_TALL) != 0;
    bitmap = empty_band(escpos->profile, bits,
            PROFILE_ROW_DOTS * (tall ? 2 : 1) + GAP_ROWS);
    for (uint32_t i = 0; i < line->count; i++) {
        const struct glyph_box box = { .x = x,
            .width = cells_of_run(&line->runs[i]) * PROFILE_CELL_DOTS,
            .height = PROFILE_ROW_DOTS * (tall ? 2 : 1) };

        draw_run(escpos, &bitmap, &line->runs[i], box);
        x += (int32_t)box.width;
    }
    put_band(escpos, &bitmap);
}

/* Is there a letter that no page has? */
static bool needs_dots(
        const struct escpos *escpos, const struct paper_line *line)
{
    for (uint32_t i = 0; escpos->glyphs && i < line->count; i++) {
        const char *text = line->runs[i].text;
        uint32_t point;

        while ((point = text_next(&text)) != 0)
            if (point >= 0xA0 && point != TEXT_BAD &&
                    !codepage_has(escpos->profile, point))
                return true;
    }
    return false;
}

static void put_line(void *ctx, const struct paper_line *line)
{
    struct escpos *escpos = ctx;

    escpos->cut = false;
    if (needs_dots(escpos, line)) {
        set_style(escpos, STYLE_NORMAL);
        put_dots(escpos, line);
        return;
    }
    for (uint32_t i = 0; i < line->count; i++)
        put_run(escpos, &line->runs[i]);
    put(escpos, '\n');
}

/* --- QR codes --- */

static bool is_good_for_qr(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return len > 0 && len <= ESCPOS_QR_BYTES;
}

static void put_native_qr(struct escpos *escpos, const char *text)
{
    size_t len = strlen(text);

    put(escpos, '\n'); /* the white above it */
    command(escpos, ESC, 'a', 1);
    COMMAND(escpos, GS, '(', 'k', 4, 0, '1', 'A', '2', 0);
    COMMAND(escpos, GS, '(', 'k', 3, 0, '1', 'C', QR_MODULE_DOTS);
    COMMAND(escpos, GS, '(', 'k', 3, 0, '1', 'E', '1'); /* M, as in qr.c */
    COMMAND(escpos, GS, '(', 'k', (uint8_t)(len + 3), 0, '1', 'P', '0');
    for (size_t i = 0; i < len; i++)
        put_text(escpos, (uint8_t)text[i]);
    COMMAND(escpos, GS, '(', 'k', 3, 0, '1', 'Q', '0');
    command(escpos, ESC, 'a', 0);
    put(escpos, '\n');
}

static void put_qr_dots(struct escpos *escpos, const struct qr *qr)
{
    uint8_t bits[PROFILE_MAX_DOTS / 8 * BAND_ROWS];
    uint32_t side = qr->modules * QR_MODULE_DOTS;
    uint32_t height = side + 2 * QR_QUIET_DOTS;
    int32_t left = (int32_t)(escpos->profile->dots - side) / 2;

    for (uint32_t y = 0; y < height; y += BAND_ROWS) {
        uint32_t rows = height - y < BAND_ROWS ? height - y : BAND_ROWS;
        struct bitmap band = empty_band(escpos->profile, bits, rows);

        qr_draw(qr, QR_MODULE_DOTS, &band, left,
                (int32_t)QR_QUIET_DOTS - (int32_t)y);
        put_band(escpos, &band);
    }
}

static void put_qr(void *ctx, const char *text)
{
    struct escpos *escpos = ctx;
    struct qr qr;

    if (!is_good_for_qr(text))
        return;
    escpos->cut = false;
    set_style(escpos, STYLE_NORMAL);
    if (escpos->profile->qr)
        put_native_qr(escpos, text);
    else if (escpos->profile->raster && qr_make(&qr, text))
        put_qr_dots(escpos, &qr);
}

/* --- the rest of a printer --- */

static void buzz(void *ctx)
{
    struct escpos *escpos = ctx;

    switch (escpos->profile->buzzer) {
    case BUZZER_EPSON: /* twice, 0.2 s each and 0.1 s of silence */
        COMMAND(escpos, ESC, '(', 'A', 5, 0, 97, 100, 2, 2, 1);
        break;
    case BUZZER_CLONE: /* twice, 0.2 s each */
        COMMAND(escpos, ESC, 'B', 2, 4);
        break;
    case BUZZER_NONE:
        break;
    }
}

static void cut(void *ctx)
{
    struct escpos *escpos = ctx;

    set_style(escpos, STYLE_NORMAL);
    escpos->cut = true;
    if (escpos->profile->plain) {
        put(escpos, '\n');
        return;
    }
    command(escpos, ESC, 'd', escpos->profile->feeds ? FEED_LEAST : FEED_LINES);
    switch (escpos->profile->cutter) {
    case CUT_PARTIAL:
        COMMAND(escpos, GS, 'V', 'B', 0);
        break;
    case CUT_FULL:
        COMMAND(escpos, GS, 'V', 'A', 0);
        break;
    case CUT_OLD:
        COMMAND(escpos, ESC, 'm');
        break;
    case CUT_NONE:
        break;
    }
}

struct paper_sink escpos_sink(struct escpos *escpos)
{
    return (struct paper_sink){
        .ctx = escpos, .line = put_line, .qr = put_qr, .buzz = buzz, .cut = cut
    };
}

void escpos_line(struct escpos *escpos, unsigned style, const char *text)
{
    const struct paper_run run = { .style = style, .text = text };

    put_line(escpos, &(const struct paper_line){ &run, 1 });
}

void escpos_drawer(struct escpos *escpos)
{
    if (!escpos->profile->plain)
        COMMAND(escpos, ESC, 'p', 0, 50, 50); /* pin 2, 100 ms */
}

void escpos_number_digits(uint32_t number, uint8_t digits[ESCPOS_NUMBER_DIGITS])
{
    for (size_t i = ESCPOS_NUMBER_DIGITS; i-- > 0; number /= 95)
        digits[i] = (uint8_t)(32 + number % 95);
}

static void ask(struct escpos *escpos, uint32_t number)
{
    uint8_t digits[ESCPOS_NUMBER_DIGITS];

    switch (escpos->profile->confirm) {
    case CONFIRM_GS_R:
        COMMAND(escpos, GS, 'r', 1);
        break;
    case CONFIRM_PROCESS_ID:
        escpos_number_digits(number, digits);
        COMMAND(escpos, GS, '(', 'H', 6, 0, '0', '0');
        put_bytes(escpos, digits, sizeof(digits));
        break;
    case CONFIRM_DRAINED:
        break;
    }
}

size_t escpos_end(struct escpos *escpos, uint32_t number)
{
    if (!escpos->cut)
        cut(escpos);
    if (!escpos->profile->plain)
        ask(escpos, number);
    return escpos->full ? 0 : escpos->len;
}
