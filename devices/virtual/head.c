#include "devices/virtual/head.h"

#include <string.h>

#include "devices/core/text.h"
#include "devices/virtual/head_parts.h"

#define MOST_FEED   2000 /* rows at once, as printers have it */
#define TAB_LETTERS 8
#define BIG_MARK    "# "

/* Bits of ESC ! n. */
#define MODE_FONT_B    0x01
#define MODE_BOLD      0x08
#define MODE_TALL      0x10
#define MODE_WIDE      0x20
#define MODE_UNDERLINE 0x80

/* Of the parcels. */
#define PARCEL_CODE     'k'
#define PARCEL_GRAPHICS 'L'
#define PARCEL_BUZZ     'A'
#define BUZZ_NOW        97

static uint32_t word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void set_defaults(struct head *head)
{
    head->style = (struct head_style){ .wide = 1, .tall = 1 };
    head->page = profile_page(head->profile, 0);
    head->align = 0;
    head->gap = 0;
    head->spacing = HEAD_ROW;
    head->margin = 0;
    head->area = head->profile->dots;
    head->letters = 0;
    head->used = 0;
    head->ahead = 0;
    head->code_size = 3;
}

bool head_init(struct head *head, const struct profile *profile,
        const struct glyphs *glyphs, const struct head_to *to)
{
    memset(head, 0, sizeof(*head));
    head->to = *to;
    head->profile = profile;
    font_init(&head->font, glyphs);
    set_defaults(head);
    return sheet_init(&head->sheet, profile->dots);
}

void head_finish(struct head *head)
{
    sheet_finish(&head->sheet);
}

void head_reset(struct head *head)
{
    set_defaults(head);
    head->code_len = 0;
    head->kept = (struct head_picture){ 0 };
}

/* --- paper --- */

static void end_sheet(struct head *head, enum head_event event)
{
    head_show_picture(head);
    head->to.happened(head->to.ctx, event);
    sheet_clear(&head->sheet);
}

void head_tear(struct head *head)
{
    end_sheet(head, HEAD_TORN);
}

uint32_t head_feed(struct head *head, uint32_t rows)
{
    uint32_t first;

    rows = lesser(rows, MOST_FEED);
    head->moved += rows;
    if (!sheet_feed(&head->sheet, rows)) {
        end_sheet(head, HEAD_FULL);
        sheet_feed(&head->sheet, rows); /* without memory it stays white */
    }
    first = head->sheet.dots.height;
    return first >= rows ? first - rows : 0;
}

uint32_t head_left(const struct head *head, uint32_t width)
{
    uint32_t free = width < head->area ? head->area - width : 0;

    return head->margin + free * head->align / 2;
}

/* --- letters --- */

static uint32_t letter_width(const struct head_style *style)
{
    return font_width(style->font) * style->wide;
}

static uint32_t letter_height(const struct head_style *style)
{
    return font_height(style->font) * style->tall;
}

/* A dot of the font, as large as the style wants it. */
static void draw_dot(struct bitmap *dots, const struct head_style *style,
        int32_t x, int32_t y)
{
    for (int32_t row = 0; row < style->tall; row++)
        for (int32_t column = 0; column < style->wide; column++)
            bitmap_set(dots, x + column, y + row);
}

static void draw_underline(
        struct bitmap *dots, uint32_t x, uint32_t y, uint32_t width)
{
    for (uint32_t column = 0; column < width; column++)
        for (uint32_t row = 0; row < 2; row++)
            bitmap_set(dots, (int32_t)(x + column), (int32_t)(y + row));
}

/* Its lower edge stands on row `bottom`. */
static void draw_letter(struct head *head, const struct head_letter *letter,
        uint32_t left, uint32_t bottom)
{
    const struct head_style *style = &letter->style;
    const struct font_letter *drawn =
            font_letter(&head->font, style->font, style->bold, letter->point);
    uint32_t width = letter_width(style), height = letter_height(style);
    uint32_t x = left + letter->x, y = bottom - height;

    for (uint32_t row = 0; row < FONT_ROWS; row++)
        for (uint32_t bits = drawn->rows[row]; bits; bits &= bits - 1) {
            uint32_t column = 15 - (uint32_t)__builtin_ctz(bits);

            draw_dot(&head->sheet.dots, style,
                    (int32_t)(x + column * style->wide),
                    (int32_t)(y + row * style->tall));
        }
    if (style->underline && !style->invert)
        draw_underline(&head->sheet.dots, x, bottom - 2, width);
    if (style->invert)
        bitmap_invert(&head->sheet.dots, (int32_t)x, (int32_t)y, width, height);
}

static uint32_t line_height(const struct head *head)
{
    uint32_t height = 0;

    for (uint32_t i = 0; i < head->letters; i++) {
        uint32_t own = letter_height(&head->line[i].style);

        height = own > height ? own : height;
    }
    return height;
}

static bool is_big(const struct head *head)
{
    for (uint32_t i = 0; i < head->letters; i++)
        if (head->line[i].style.wide > 1 || head->line[i].style.tall > 1)
            return true;
    return false;
}

/* The line as text; what stands apart on paper stands apart here. */
static void write_line(struct head *head)
{
    char text[HEAD_LINE * (TEXT_MAX_BYTES + 1) + sizeof(BIG_MARK)];
    size_t len = 0;
    uint32_t x = 0;

    if (is_big(head)) {
        memcpy(text, BIG_MARK, strlen(BIG_MARK));
        len = strlen(BIG_MARK);
    }
    for (uint32_t i = 0; i < head->letters; i++) {
        const struct head_letter *letter = &head->line[i];

        for (; x + font_width(FONT_A) <= letter->x &&
                len + TEXT_MAX_BYTES + 2 < sizeof(text);
                x += font_width(FONT_A))
            text[len++] = ' ';
        if (len + TEXT_MAX_BYTES < sizeof(text))
            len += text_put(text + len, letter->point);
        x = letter->x + letter_width(&letter->style);
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    head_show_picture(head);
    sheet_write(&head->sheet, text);
}

void head_print_line(struct head *head, uint32_t rows)
{
    uint32_t height = line_height(head);
    uint32_t first;

    rows = rows > head->ahead ? rows - head->ahead : 0;
    rows = rows > height ? rows : height;
    head->ahead = 0;
    first = head_feed(head, rows);
    if (head->letters > 0) {
        uint32_t left = head_left(head, head->used);

        head->sheet.inked = true;
        write_line(head);
        for (uint32_t i = 0; i < head->letters; i++)
            draw_letter(head, &head->line[i], left, first + height);
    }
    head->letters = 0;
    head->used = 0;
}

static void take_letter(struct head *head, uint32_t point)
{
    uint32_t width = letter_width(&head->style);

    if (head->letters == HEAD_LINE ||
            (head->letters > 0 && head->used + width > head->area))
        head_print_line(head, head->spacing);
    head->line[head->letters++] = (struct head_letter){
        .point = point, .x = head->used, .style = head->style
    };
    head->used += width + (uint32_t)head->gap * head->style.wide;
}

static void end_line(struct head *head)
{
    if (head->letters == 0 && head->ahead == 0) {
        head_show_picture(head);
        sheet_write(&head->sheet, "");
    }
    head_print_line(head, head->spacing);
}

static void tabulate(struct head *head)
{
    uint32_t tab = font_width(FONT_A) * TAB_LETTERS;
    uint32_t next = (head->used / tab + 1) * tab;

    if (next < head->area)
        head->used = next;
}

static uint32_t point_of(const struct head *head, uint8_t byte)
{
    uint32_t point = byte;

    if (byte >= 0x80)
        point = head->page == PAGE_COUNT
                        ? 0
                        : codepages[head->page].high[byte - 0x80];
    return point ? point : '?';
}

void head_byte(struct head *head, uint8_t byte)
{
    if (byte == '\n')
        end_line(head);
    else if (byte == '\t')
        tabulate(head);
    else if (byte >= 0x20)
        take_letter(head, point_of(head, byte));
}

/* --- commands --- */

static void set_page(struct head *head, uint8_t n)
{
    enum codepage_id page = profile_page(head->profile, n);

    if (page != PAGE_COUNT)
        head->page = page;
}

static void set_mode(struct head *head, uint8_t n)
{
    head->style.font = n & MODE_FONT_B ? FONT_B : FONT_A;
    head->style.bold = n & MODE_BOLD;
    head->style.tall = n & MODE_TALL ? 2 : 1;
    head->style.wide = n & MODE_WIDE ? 2 : 1;
    head->style.underline = n & MODE_UNDERLINE;
}

static void set_area(struct head *head, uint32_t margin, uint32_t area)
{
    uint32_t cell = font_width(FONT_A);

    head->margin = lesser(margin, head->profile->dots - cell);
    head->area = lesser(area, head->profile->dots - head->margin);
    if (head->area < cell)
        head->area = cell;
}

/* Off, on, and both once more in ASCII. */
static bool is_on(uint8_t n)
{
    return n & 3;
}

/* How letters look from here on, and where. */
static void set(struct head *head, enum command_id id, const uint8_t *n)
{
    switch (id) {
    case CMD_PAGE:
        set_page(head, n[0]);
        break;
    case CMD_BOLD:
    case CMD_DOUBLE_STRIKE:
        head->style.bold = n[0] & 1;
        break;
    case CMD_UNDERLINE:
        head->style.underline = is_on(n[0]);
        break;
    case CMD_INVERT:
        head->style.invert = n[0] & 1;
        break;
    case CMD_FONT:
        head->style.font = n[0] & 1 ? FONT_B : FONT_A;
        break;
    case CMD_SIZE:
        head->style.wide = (uint8_t)((n[0] >> 4 & 7) + 1);
        head->style.tall = (uint8_t)((n[0] & 7) + 1);
        break;
    case CMD_MODE:
        set_mode(head, n[0]);
        break;
    case CMD_ALIGN:
        head->align = (n[0] & 3) % 3;
        break;
    case CMD_GAP:
        head->gap = n[0];
        break;
    case CMD_PLACE:
        head->used = lesser(word(n), head->area);
        break;
    case CMD_MARGIN:
        set_area(head, word(n), head->area);
        break;
    case CMD_AREA:
        set_area(head, head->margin, word(n));
        break;
    case CMD_SPACING_DEFAULT:
        head->spacing = HEAD_ROW;
        break;
    case CMD_SPACING:
        head->spacing = n[0];
        break;
    default:
        break;
    }
}

static void cut(struct head *head, uint8_t more)
{
    if (head->letters > 0)
        head_print_line(head, head->spacing);
    head_feed(head, more);
    end_sheet(head, HEAD_CUT);
}

static void begin_parcel(struct head *head, const uint8_t *arguments)
{
    head->parcel_name = arguments[0];
    head->parcel_len = 0;
    memcpy(head->arguments, arguments, READER_ARGUMENTS);
}

void head_command(struct head *head, enum command_id id,
        const uint8_t arguments[READER_ARGUMENTS])
{
    switch (id) {
    case CMD_RESET:
        head_reset(head);
        break;
    case CMD_FEED_DOTS:
        head_print_line(head, arguments[0]);
        break;
    case CMD_FEED_LINES:
        head_print_line(head, arguments[0] * head->spacing);
        break;
    case CMD_CUT:
        cut(head, arguments[1]);
        break;
    case CMD_CUT_OLD_FULL:
    case CMD_CUT_OLD_PARTIAL:
        cut(head, 0);
        break;
    case CMD_RASTER:
        head_begin_raster(head, arguments);
        break;
    case CMD_COLUMNS:
    case CMD_GS_PARCEL:
    case CMD_GS_LARGE:
    case CMD_ESC_PARCEL:
        begin_parcel(head, arguments);
        break;
    case CMD_DRAWER:
        head->to.happened(head->to.ctx, HEAD_DRAWER);
        break;
    case CMD_BUZZ_CLONE:
        head->to.happened(head->to.ctx, HEAD_BUZZ);
        break;
    default:
        set(head, id, arguments);
        break;
    }
}

void head_data(struct head *head, enum command_id id, uint8_t byte)
{
    if (id == CMD_RASTER)
        head_take_raster(head, byte);
    else if (head->parcel_len < HEAD_PARCEL)
        head->parcel[head->parcel_len++] = byte;
}

void head_end(struct head *head, enum command_id id)
{
    if (id == CMD_COLUMNS)
        head_end_columns(head, head->arguments);
    else if (id == CMD_ESC_PARCEL && head->parcel_name == PARCEL_BUZZ &&
             head->parcel[0] == BUZZ_NOW)
        head->to.happened(head->to.ctx, HEAD_BUZZ);
    else if (id == CMD_GS_PARCEL && head->parcel_name == PARCEL_CODE)
        head_end_code(head);
    else if ((id == CMD_GS_PARCEL || id == CMD_GS_LARGE) &&
             head->parcel_name == PARCEL_GRAPHICS)
        head_end_graphics(head);
}

uint8_t head_parcel(
        const struct head *head, const uint8_t **bytes, uint32_t *len)
{
    *bytes = head->parcel;
    *len = head->parcel_len;
    return head->parcel_name;
}
