#include "devices/port/esp32/logic/canvas.h"

#include <string.h>

#include "devices/core/platform.h"
#include "devices/core/text.h"

#define GLYPH_WIDTH  5
#define GLYPH_HEIGHT 7
#define CELL_WIDTH   6
#define FIRST_CODE   ' '
#define SCALE_MOST   3

/* Where the lines below the first begin, and how far apart they are. */
#define BELOW_TOP   28
#define BELOW_PITCH 12

static const char glyphs[][GLYPH_HEIGHT][GLYPH_WIDTH + 1] = {
#define GLYPH(code, ...) [(code)-FIRST_CODE] = { __VA_ARGS__ },
#include "devices/port/esp32/logic/font.def"
#undef GLYPH
};

#define GLYPHS (sizeof(glyphs) / sizeof(glyphs[0]))

/* U+00C0 to U+00FF without their accents. */
static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs"
                            "aaaaaaaceeeeiiiidnooooo/ouuuuyty";

static uint32_t glyph_of(uint32_t point)
{
    if (point >= 0xC0 && point <= 0xFF)
        point = (uint8_t)plain[point - 0xC0];
    if (point < FIRST_CODE || point >= FIRST_CODE + GLYPHS)
        point = '?';
    return point - FIRST_CODE;
}

static void light(struct canvas *canvas, uint32_t x, uint32_t y)
{
    if (x < CANVAS_WIDTH && y < CANVAS_HEIGHT)
        canvas->pages[y / 8][x] |= (uint8_t)(1u << y % 8);
}

/* One dot of a letter that is drawn `scale` times as large. */
static void light_square(
        struct canvas *canvas, uint32_t x, uint32_t y, uint32_t scale)
{
    for (uint32_t down = 0; down < scale; down++)
        for (uint32_t right = 0; right < scale; right++)
            light(canvas, x + right, y + down);
}

static void draw_glyph(struct canvas *canvas, uint32_t glyph, uint32_t x,
        uint32_t y, uint32_t scale)
{
    for (uint32_t row = 0; row < GLYPH_HEIGHT; row++)
        for (uint32_t column = 0; column < GLYPH_WIDTH; column++)
            if (glyphs[glyph][row][column] == '#')
                light_square(
                        canvas, x + column * scale, y + row * scale, scale);
}

static uint32_t count_letters(const char *text)
{
    uint32_t letters = 0;

    while (text_next(&text) != 0)
        letters++;
    return letters;
}

static void draw_line(
        struct canvas *canvas, const char *text, uint32_t y, uint32_t scale)
{
    uint32_t x = 0;
    uint32_t point;

    while (x < CANVAS_WIDTH && (point = text_next(&text)) != 0) {
        draw_glyph(canvas, glyph_of(point), x, y, scale);
        x += CELL_WIDTH * scale;
    }
}

/* How large a line may be so that all of it is seen. */
static uint32_t fitting_scale(const char *text)
{
    uint32_t letters = count_letters(text);
    uint32_t scale = SCALE_MOST;

    while (scale > 1 && letters * CELL_WIDTH * scale > CANVAS_WIDTH)
        scale--;
    return scale;
}

void canvas_lines(
        struct canvas *canvas, const char *const *lines, uint32_t count)
{
    memset(canvas, 0, sizeof(*canvas));
    if (count > DEVICE_DISPLAY_LINES)
        count = DEVICE_DISPLAY_LINES;
    if (count > 0)
        draw_line(canvas, lines[0], 0, fitting_scale(lines[0]));
    for (uint32_t i = 1; i < count; i++)
        draw_line(canvas, lines[i], BELOW_TOP + (i - 1) * BELOW_PITCH, 1);
}

bool canvas_dot(const struct canvas *canvas, uint32_t x, uint32_t y)
{
    return x < CANVAS_WIDTH && y < CANVAS_HEIGHT &&
           (canvas->pages[y / 8][x] >> y % 8 & 1u) != 0;
}
