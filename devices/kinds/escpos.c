#include "devices/kinds/escpos.h"

#include "devices/core/text.h"
#include "devices/kinds/ticket.h"

#define ESC 0x1B
#define GS  0x1D
#define FS  0x1C

static void put(struct escpos *escpos, uint8_t byte)
{
    if (escpos->len == escpos->cap) {
        escpos->full = true;
        return;
    }
    escpos->out[escpos->len++] = byte;
}

static void command(struct escpos *escpos, uint8_t a, uint8_t b, uint8_t n)
{
    if (escpos->profile->plain)
        return;
    put(escpos, a);
    put(escpos, b);
    put(escpos, n);
}

/* The last gate: whatever led here, a control byte does not pass as text. */
static void put_text(struct escpos *escpos, uint8_t byte)
{
    put(escpos, byte < 0x20 || byte == 0x7F ? '?' : byte);
}

static void set_style(struct escpos *escpos, unsigned style)
{
    unsigned change = style ^ escpos->style;

    if (change & STYLE_BOLD)
        command(escpos, ESC, 'E', style & STYLE_BOLD ? 1 : 0);
    if (change & (STYLE_WIDE | STYLE_TALL))
        command(escpos, GS, '!',
                (uint8_t)((style & STYLE_WIDE ? 0x10 : 0) |
                          (style & STYLE_TALL ? 0x01 : 0)));
    if (change & STYLE_INVERT)
        command(escpos, GS, 'B', style & STYLE_INVERT ? 1 : 0);
    escpos->style = style;
}

void escpos_begin(struct escpos *escpos, const struct profile *profile,
        uint8_t *out, size_t cap)
{
    *escpos = (struct escpos){
        .profile = profile, .out = out, .cap = cap, .page = PAGE_COUNT
    };
    if (profile->plain)
        return;
    put(escpos, ESC); /* initialise: also forgets style and code page */
    put(escpos, '@');
    put(escpos, FS); /* no two-byte characters, or 0x80 to 0xFF go in pairs */
    put(escpos, '.');
}

/* How many characters of `text` from here on does a page have? */
static uint32_t reach(enum codepage_id page, const char *text)
{
    uint32_t count = 0;
    uint32_t point;

    while ((point = text_next(&text)) != 0 && codepage_byte(page, point))
        count++;
    return count;
}

/* Select the page that gets furthest in `text` without another change. */
static void select_page(struct escpos *escpos, const char *text)
{
    const struct profile *profile = escpos->profile;
    enum codepage_id best = PAGE_COUNT;
    uint32_t best_reach = 0;

    for (uint32_t i = 0; i < profile->page_count; i++) {
        uint32_t count = reach(profile->pages[i], text);

        if (count > best_reach) {
            best_reach = count;
            best = profile->pages[i];
        }
    }
    if (best == PAGE_COUNT)
        return;
    escpos->page = best;
    command(escpos, ESC, 't', codepages[best].select);
}

static void put_point(struct escpos *escpos, const char *at, uint32_t point)
{
    uint8_t byte = 0;

    if (point < 0x80) {
        put_text(escpos, (uint8_t)point);
        return;
    }
    if (escpos->page != PAGE_COUNT)
        byte = codepage_byte(escpos->page, point);
    if (!byte) {
        select_page(escpos, at);
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

void escpos_line(struct escpos *escpos, unsigned style, const char *text)
{
    const char *at = text;
    uint32_t point;

    set_style(escpos, style);
    while ((point = text_next(&text)) != 0) {
        if (escpos->profile->plain)
            put_plain(escpos, point);
        else
            put_point(escpos, at, point);
        at = text;
    }
    put(escpos, '\n');
}

size_t escpos_end(struct escpos *escpos)
{
    set_style(escpos, STYLE_NORMAL);
    if (escpos->profile->plain) {
        put(escpos, '\n');
    } else {
        command(escpos, ESC, 'd', 4); /* feed past the cutter */
        put(escpos, GS);              /* partial cut */
        put(escpos, 'V');
        put(escpos, 'B');
        put(escpos, 0);
        if (escpos->profile->answers)
            command(escpos, GS, 'r', 1);
    }
    return escpos->full ? 0 : escpos->len;
}
