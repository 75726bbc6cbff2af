#include "devices/virtual/font.h"

#include <string.h>

#include "devices/core/text.h"

static const struct {
    uint32_t width, height;
} sizes[] = { [FONT_A] = { 12, 24 }, [FONT_B] = { 9, 17 } };

void font_init(struct font *font, const struct glyphs *glyphs)
{
    memset(font, 0, sizeof(*font));
    font->glyphs = glyphs;
}

uint32_t font_width(enum font_size size)
{
    return sizes[size].width;
}

uint32_t font_height(enum font_size size)
{
    return sizes[size].height;
}

/* Without glyphs: a frame where there would be a letter. */
static void draw_frame(struct bitmap *dots)
{
    int32_t right = (int32_t)dots->width - 2;
    int32_t bottom = (int32_t)dots->height - 4;

    for (int32_t x = 1; x <= right; x++) {
        bitmap_set(dots, x, 3);
        bitmap_set(dots, x, bottom);
    }
    for (int32_t y = 3; y <= bottom; y++) {
        bitmap_set(dots, 1, y);
        bitmap_set(dots, right, y);
    }
}

static void draw(
        struct font *font, struct bitmap *dots, bool bold, uint32_t point)
{
    const struct glyph_box box = { .width = dots->width,
        .height = dots->height };
    char text[TEXT_MAX_BYTES + 1];

    if (point == ' ' || point == 0xA0)
        return;
    text[text_put(text, point)] = '\0';
    if (font->glyphs)
        font->glyphs->draw(
                font->glyphs->ctx, text, bold, dots->width, dots, &box);
    else
        draw_frame(dots);
}

const struct font_letter *font_letter(
        struct font *font, enum font_size size, bool bold, uint32_t point)
{
    uint32_t key = (point << 2 | (uint32_t)size << 1 | bold) + 1;
    struct font_letter *letter = &font->kept[key * 2654435761u % FONT_KEPT];
    uint8_t bits[FONT_ROWS * 2] = { 0 };
    struct bitmap dots = { .width = sizes[size].width,
        .height = sizes[size].height,
        .stride = 2,
        .bits = bits };

    if (letter->key == key)
        return letter;
    draw(font, &dots, bold, point);
    letter->key = key;
    for (uint32_t row = 0; row < FONT_ROWS; row++)
        letter->rows[row] =
                (uint16_t)((uint16_t)(bits[row * 2] << 8) | bits[row * 2 + 1]);
    return letter;
}
