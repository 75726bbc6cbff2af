#include "devices/port/esp32/logic/canvas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The rows of one glyph of the font, as dots. */
struct drawn {
    int code;
    const char *rows[7];
};

static const struct drawn font[] = {
#define GLYPH(code, ...) { code, { __VA_ARGS__ } },
#include "devices/port/esp32/logic/font.def"
#undef GLYPH
};

#define GLYPHS (sizeof(font) / sizeof(font[0]))

static struct canvas canvas;

static void draw(const char *first, const char *second)
{
    const char *const lines[] = { first, second };

    canvas_lines(&canvas, lines, second ? 2 : 1);
}

static bool is_dark(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    for (uint32_t down = 0; down < height; down++)
        for (uint32_t right = 0; right < width; right++)
            if (canvas_dot(&canvas, x + right, y + down))
                return false;
    return true;
}

/* Does glyph `code` stand at x, y, `scale` times as large? */
static bool shows(uint32_t x, uint32_t y, uint32_t scale, char code)
{
    const struct drawn *glyph = &font[code - ' '];

    for (uint32_t row = 0; row < 7 * scale; row++)
        for (uint32_t column = 0; column < 5 * scale; column++)
            if (canvas_dot(&canvas, x + column, y + row) !=
                    (glyph->rows[row / scale][column / scale] == '#'))
                return false;
    return true;
}

static void the_font_has_each_letter_of_ascii_in_its_place(void **unused)
{
    (void)unused;
    assert_int_equal(GLYPHS, '~' - ' ' + 1);
    for (size_t i = 0; i < GLYPHS; i++) {
        assert_int_equal(font[i].code, ' ' + (int)i);
        for (int row = 0; row < 7; row++) {
            assert_int_equal(strlen(font[i].rows[row]), 5);
            assert_int_equal(strspn(font[i].rows[row], "#."), 5);
        }
    }
}

static void no_two_letters_look_the_same(void **unused)
{
    (void)unused;
    for (size_t a = 0; a < GLYPHS; a++)
        for (size_t b = 0; b < a; b++) {
            bool same = true;

            for (int row = 0; row < 7; row++)
                same = same &&
                       strcmp(font[a].rows[row], font[b].rows[row]) == 0;
            assert_false(same);
        }
}

static void the_first_line_is_as_large_as_it_fits(void **unused)
{
    (void)unused;
    draw("1234567", NULL);
    assert_true(shows(0, 0, 3, '1'));
    assert_true(shows(6 * 18, 0, 3, '7'));
    draw("1234567890", NULL);
    assert_true(shows(0, 0, 2, '1'));
    assert_true(shows(9 * 12, 0, 2, '0'));
    draw("12345678901", NULL);
    assert_true(shows(0, 0, 1, '1'));
    assert_true(shows(10 * 6, 0, 1, '1'));
}

static void the_others_are_small_and_below_it(void **unused)
{
    const char *const lines[] = { "41", "table 5", "since 12:01",
        "battery 80" };

    (void)unused;
    canvas_lines(&canvas, lines, 4);
    assert_true(shows(18, 0, 3, '1'));
    assert_true(is_dark(0, 21, CANVAS_WIDTH, 28 - 21));
    assert_true(shows(0, 28, 1, 't'));
    assert_true(is_dark(0, 35, CANVAS_WIDTH, 5));
    assert_true(shows(0, 40, 1, 's'));
    assert_true(shows(0, 52, 1, 'b'));
    assert_true(is_dark(0, 60, CANVAS_WIDTH, 4));
}

static void what_does_not_fit_is_cut(void **unused)
{
    static const char long_line[] = "123456789012345678901234567890";

    (void)unused;
    draw(long_line, long_line);
    assert_true(shows(20 * 6, 0, 1, '1'));
    assert_true(shows(20 * 6, 28, 1, '1'));
    assert_true(is_dark(0, 35, CANVAS_WIDTH, CANVAS_HEIGHT - 35));
}

static void more_lines_than_there_are_are_left_out(void **unused)
{
    const char *const lines[] = { "1", "2", "3", "4", "5" };
    struct canvas four;

    (void)unused;
    canvas_lines(&canvas, lines, 4);
    four = canvas;
    canvas_lines(&canvas, lines, 5);
    assert_memory_equal(&canvas, &four, sizeof(four));
}

static void accents_go_and_what_is_unknown_is_a_question(void **unused)
{
    (void)unused;
    draw("\xc3\xbc\xc3\x89", "\xe4\xb8\xad\xff\x01");
    assert_true(shows(0, 0, 3, 'u'));
    assert_true(shows(18, 0, 3, 'E'));
    assert_true(shows(0, 28, 1, '?'));
    assert_true(shows(6, 28, 1, '?'));
    assert_true(shows(12, 28, 1, '?'));
}

static void nothing_to_show_is_dark(void **unused)
{
    (void)unused;
    draw("X", "X");
    canvas_lines(&canvas, NULL, 0);
    assert_true(is_dark(0, 0, CANVAS_WIDTH, CANVAS_HEIGHT));
}

static void a_page_has_its_upper_row_in_the_lowest_bit(void **unused)
{
    (void)unused;
    draw("12345678901234", "_"); /* small: 1 has its foot in row 6 */
    assert_int_equal(canvas.pages[0][0], 0x44);
    assert_int_equal(canvas.pages[0][2], 0x7f);
    assert_int_equal(canvas.pages[4][0], 0x04); /* row 34 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_font_has_each_letter_of_ascii_in_its_place),
        cmocka_unit_test(no_two_letters_look_the_same),
        cmocka_unit_test(the_first_line_is_as_large_as_it_fits),
        cmocka_unit_test(the_others_are_small_and_below_it),
        cmocka_unit_test(what_does_not_fit_is_cut),
        cmocka_unit_test(more_lines_than_there_are_are_left_out),
        cmocka_unit_test(accents_go_and_what_is_unknown_is_a_question),
        cmocka_unit_test(nothing_to_show_is_dark),
        cmocka_unit_test(a_page_has_its_upper_row_in_the_lowest_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
