/* The head, part 2: dots that are sent as such. */
#include <stdio.h>
#include <string.h>

#include "devices/core/text.h"
#include "devices/paper/qr.h"
#include "devices/virtual/head_parts.h"

/* Of the parcels GS ( k, for QR codes, and GS ( L. */
#define CODE_KIND      49
#define CODE_SIZE      67
#define CODE_KEEP      80
#define CODE_PRINT     81
#define CODE_HEAD      3 /* kind, function, m */
#define MOST_CODE_SIZE 16

#define GRAPHICS_PRINT 50
#define GRAPHICS_KEEP  112
#define GRAPHICS_HEAD  10 /* m, function, a, bx, by, c, x, y */

#define COLUMNS_HIGH 24 /* rows of ESC *, whatever the density */

static uint32_t word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

/* --- in the text --- */

static void show(struct head *head, uint32_t width, uint32_t rows)
{
    head->sheet.inked = true;
    head->shown_width = width > head->shown_width ? width : head->shown_width;
    head->shown_rows += rows;
}

void head_show_picture(struct head *head)
{
    char line[48];

    if (head->shown_rows == 0)
        return;
    snprintf(line, sizeof(line), "[picture %lu x %lu]",
            (unsigned long)head->shown_width, (unsigned long)head->shown_rows);
    sheet_write(&head->sheet, line);
    head->shown_width = 0;
    head->shown_rows = 0;
}

/* --- a byte of dots --- */

static void draw_byte(struct head *head, const struct head_picture *picture,
        uint32_t left, uint32_t top, uint8_t byte)
{
    for (uint32_t bit = 0; bit < 8; bit++)
        for (uint32_t i = 0; byte & 0x80 >> bit && i < picture->wide; i++)
            for (uint32_t row = 0; row < picture->tall; row++)
                bitmap_set(&head->sheet.dots,
                        (int32_t)(left + bit * picture->wide + i),
                        (int32_t)(top + row));
}

/* --- GS v 0 --- */

void head_begin_raster(
        struct head *head, const uint8_t arguments[READER_ARGUMENTS])
{
    uint8_t mode = arguments[1] & 3;

    if (head->letters > 0)
        head_print_line(head, 0);
    head->picture = (struct head_picture){ .stride = word(arguments + 2),
        .height = word(arguments + 4),
        .wide = mode & 1 ? 2 : 1,
        .tall = mode & 2 ? 2 : 1 };
    head->picture.width = head->picture.stride * 8;
}

void head_take_raster(struct head *head, uint8_t byte)
{
    struct head_picture *picture = &head->picture;
    uint32_t column = picture->at++ % picture->stride;
    uint32_t width = picture->width * picture->wide;

    if (column == 0) {
        head->raster_y = head_feed(head, picture->tall);
        show(head, width, picture->tall);
    }
    draw_byte(head, picture,
            head_left(head, width) + column * 8 * picture->wide, head->raster_y,
            byte);
}

/* --- ESC * --- */

void head_end_columns(
        struct head *head, const uint8_t arguments[READER_ARGUMENTS])
{
    bool is_high = arguments[0] >= 32;
    uint32_t wide = arguments[0] & 1 ? 1 : 2, tall = is_high ? 1 : 3;
    uint32_t bytes = is_high ? 3 : 1;
    uint32_t columns = head->parcel_len / bytes;
    uint32_t left = head_left(head, columns * wide) + head->used;
    uint32_t top = head_feed(head, COLUMNS_HIGH);

    for (uint32_t i = 0; i < columns * bytes * 8; i++) {
        uint32_t column = i / (bytes * 8), row = i % (bytes * 8);

        if (!(head->parcel[i / 8] & 0x80 >> i % 8))
            continue;
        for (uint32_t dot = 0; dot < wide * tall; dot++)
            bitmap_set(&head->sheet.dots,
                    (int32_t)(left + column * wide + dot % wide),
                    (int32_t)(top + row * tall + dot / wide));
    }
    show(head, columns * wide, COLUMNS_HIGH);
    head->ahead += COLUMNS_HIGH; /* the end of the line moves less */
}

/* --- GS ( k --- */

static void print_code(struct head *head)
{
    char text[HEAD_CODE + 1], line[HEAD_CODE + 16] = "[QR ";
    struct qr qr;
    uint32_t size, top;

    memcpy(text, head->code, head->code_len);
    text[head->code_len] = '\0';
    if (!qr_make(&qr, text))
        return;
    if (head->letters > 0)
        head_print_line(head, 0);
    size = qr.modules * head->code_size;
    top = head_feed(head, size);
    qr_draw(&qr, head->code_size, &head->sheet.dots,
            (int32_t)head_left(head, size), (int32_t)top);
    head->sheet.inked = true;
    head_show_picture(head);
    text_printable(line + strlen(line), HEAD_CODE, text);
    snprintf(line + strlen(line), 2, "]");
    sheet_write(&head->sheet, line);
}

static void keep_code(struct head *head)
{
    uint32_t len = head->parcel_len - CODE_HEAD;

    head->code_len = 0;
    if (len > HEAD_CODE) /* more than fits at any size used on tickets */
        return;
    memcpy(head->code, head->parcel + CODE_HEAD, len);
    head->code_len = len;
}

void head_end_code(struct head *head)
{
    const uint8_t *parcel = head->parcel;

    if (head->parcel_len < CODE_HEAD || parcel[0] != CODE_KIND)
        return;
    if (parcel[1] == CODE_KEEP)
        keep_code(head);
    else if (parcel[1] == CODE_PRINT)
        print_code(head);
    else if (parcel[1] == CODE_SIZE && parcel[2] >= 1 &&
             parcel[2] <= MOST_CODE_SIZE)
        head->code_size = parcel[2];
}

/* --- GS ( L --- */

static void keep_graphics(struct head *head)
{
    const uint8_t *parcel = head->parcel;
    uint32_t len = head->parcel_len - GRAPHICS_HEAD;
    struct head_picture picture = { .width = word(parcel + 6),
        .height = word(parcel + 8),
        .wide = parcel[3] == 2 ? 2 : 1,
        .tall = parcel[4] == 2 ? 2 : 1 };

    picture.stride = (picture.width + 7) / 8;
    head->kept = (struct head_picture){ 0 };
    if ((uint64_t)picture.stride * picture.height > len)
        return; /* more than there is memory for, or less than was said */
    memcpy(head->graphics, parcel + GRAPHICS_HEAD, len);
    head->kept = picture;
}

static void print_graphics(struct head *head)
{
    struct head_picture *picture = &head->kept;
    uint32_t width = picture->width * picture->wide;

    for (uint32_t row = 0; row < picture->height; row++) {
        uint32_t top = head_feed(head, picture->tall);
        uint32_t left = head_left(head, width);

        for (uint32_t i = 0; i < picture->stride; i++)
            draw_byte(head, picture, left + i * 8 * picture->wide, top,
                    head->graphics[row * picture->stride + i]);
        show(head, width, picture->tall);
    }
    *picture = (struct head_picture){ 0 };
}

void head_end_graphics(struct head *head)
{
    if (head->parcel_len < 2 || head->parcel[0] != '0')
        return;
    if (head->parcel[1] == GRAPHICS_KEEP && head->parcel_len >= GRAPHICS_HEAD)
        keep_graphics(head);
    else if (head->parcel[1] == GRAPHICS_PRINT || head->parcel[1] == 2)
        print_graphics(head);
}
