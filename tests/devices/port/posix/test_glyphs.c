/*
 * What the fonts of this machine draw. Which ones there are is its own affair:
 * what is asked holds for any, and what needs a font is left out without it.
 */
#include "devices/port/posix/glyphs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/paper/cells.h"

#define WIDTH  576
#define HEIGHT 60
#define MONO   "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"

static struct port_glyphs *port;
static const struct glyphs *glyphs;

static int open_all(void **unused)
{
    char error[200];

    (void)unused;
    port = glyphs_open(NULL, 0, error, sizeof(error));
    glyphs = glyphs_of(port);
    return port ? 0 : -1;
}

static int close_all(void **unused)
{
    (void)unused;
    glyphs_close(port);
    return 0;
}

static uint8_t bits[WIDTH / 8 * HEIGHT];
static struct bitmap bitmap = { WIDTH, HEIGHT, WIDTH / 8, bits };

static bool draw(
        const char *text, bool bold, uint32_t cell, const struct glyph_box *box)
{
    memset(bits, 0, sizeof(bits));
    return glyphs->draw(glyphs->ctx, text, bold, cell, &bitmap, box);
}

/* Black dots in these columns. */
static uint32_t black(uint32_t from, uint32_t to)
{
    uint32_t count = 0;

    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = from; x < to; x++)
            count += bitmap_get(&bitmap, (int32_t)x, (int32_t)y);
    return count;
}

static bool line_of(const char *text, bool bold)
{
    const struct glyph_box box = { 0, 0, cells_of(text) * 12, 24 };

    return draw(text, bold, 12, &box);
}

/* Has a font of this machine all of it? */
static bool can(const char *text)
{
    if (line_of(text, false))
        return true;
    print_message("no font here has all of %s\n", text);
    return false;
}

static void each_letter_stands_in_its_cell(void **unused)
{
    (void)unused;
    assert_true(line_of("a  W i", false));
    assert_true(black(0, 12) > 10);
    assert_int_equal(black(12, 36), 0);
    assert_true(black(36, 48) > 20);
    assert_int_equal(black(48, 60), 0);
    assert_true(black(60, 72) > 10);
    assert_int_equal(black(72, WIDTH), 0);
}

static void letters_of_east_asia_take_two_cells_and_columns_stay(void **unused)
{
    (void)unused;
    if (!can("寿司 x"))
        return;
    assert_true(black(0, 24) > 20 && black(24, 48) > 20);
    assert_int_equal(black(48, 60), 0);
    assert_true(black(60, 72) > 10);
    assert_int_equal(black(72, WIDTH), 0);
}

static void what_is_read_from_the_right_ends_at_the_right(void **unused)
{
    const struct glyph_box box = { 0, 0, 240, 24 };

    (void)unused;
    if (!can("قهوة 12"))
        return;
    draw("قهوة 12", false, 12, &box);
    assert_int_equal(black(0, 156), 0);
    assert_true(black(156, 180) > 10); /* the number, on the left */
    assert_int_equal(black(180, 192), 0);
    assert_true(black(192, 240) > 20);
}

static void letters_take_the_form_that_they_have_in_a_word(void **unused)
{
    uint32_t joined;

    (void)unused;
    if (!can("ببب"))
        return;
    joined = black(0, 36);
    /* A word has no white between its letters; letters alone have. */
    for (uint32_t x = 6; x < 30; x++)
        assert_true(black(x, x + 1) > 0);
    line_of("ب ب ب", false);
    assert_int_not_equal(black(0, 60), joined);
}

static void words_of_any_width_take_no_more_than_their_cells(void **unused)
{
    static const char *const words[] = { "ต้มยำกุ้ง", "मसाला", "ﷺ", "شاورما",
        "W\u0301" };
    char line[100];

    (void)unused;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint32_t end = cells_of(words[i]) * 12;

        snprintf(line, sizeof(line), "%s", words[i]);
        if (!can(line))
            continue;
        assert_true(black(0, end) > 10);
        assert_int_equal(black(end, WIDTH), 0);
    }
}

static void what_is_tall_or_wide_fills_its_box(void **unused)
{
    const struct glyph_box tall = { 0, 0, 12, 48 };
    const struct glyph_box wide = { 0, 0, 24, 24 };

    (void)unused;
    draw("H", false, 12, &tall);
    assert_int_equal(black(12, WIDTH), 0);
    assert_true(black(0, 12) > 48);
    draw("H", false, 24, &wide);
    assert_true(black(0, 6) > 0 && black(18, 24) > 0);
}

static void bold_is_blacker(void **unused)
{
    uint32_t thin;

    (void)unused;
    line_of("Burger", false);
    thin = black(0, WIDTH);
    line_of("Burger", true);
    assert_true(black(0, WIDTH) > thin + thin / 6);
}

static void nothing_is_drawn_outside_of_the_box(void **unused)
{
    static const char *const texts[] = { "Wgj|WWWWWWWWWWW", "ÅÄÖgjpqy",
        "寿司寿司寿司", "شاورما شاورما", "ปู่ปู่" };
    const struct glyph_box box = { 24, 18, 48, 24 };

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint32_t inside = 0;

        draw(texts[i], true, 12, &box);
        for (int32_t y = 18; y < 42; y++)
            for (int32_t x = 24; x < 72; x++)
                inside += bitmap_get(&bitmap, x, y);
        assert_int_equal(black(0, WIDTH), inside);
    }
}

static void the_same_text_is_drawn_the_same_dot_by_dot(void **unused)
{
    static const char text[] = "2x 寿司 قهوة ต้มยำ é";
    uint8_t first[sizeof(bits)];
    struct port_glyphs *mine = port;

    (void)unused;
    line_of(text, false);
    memcpy(first, bits, sizeof(bits));
    setenv("LANG", "ja_JP.UTF-8", 1);
    assert_int_equal(open_all(NULL), 0);
    line_of("some other text", true);
    line_of(text, false);
    assert_memory_equal(first, bits, sizeof(bits));
    close_all(NULL);
    port = mine;
    glyphs = glyphs_of(mine);
    unsetenv("LANG");
}

static void it_says_what_no_font_has(void **unused)
{
    (void)unused;
    assert_true(glyphs->has(glyphs->ctx, 'a'));
    assert_false(glyphs->has(glyphs->ctx, 0x10FFFE));
    assert_false(line_of("a\xF4\x8F\xBF\xBE"
                         "b",
            false));
    /* The rest of it is there, and for what is not, a question mark. */
    assert_true(black(0, 12) > 0 && black(12, 24) > 0 && black(24, 36) > 0);
}

static void a_very_long_or_broken_text_is_drawn_as_far_as_it_goes(void **unused)
{
    const struct glyph_box box = { 0, 0, WIDTH, 24 };
    char *text = malloc(100001);

    (void)unused;
    memset(text, 'm', 100000);
    text[100000] = '\0';
    draw(text, false, 12, &box);
    assert_true(black(WIDTH - 12, WIDTH) > 0);
    for (size_t i = 0; i + 2 < 100000; i += 2)
        memcpy(text + i, i == 0 ? "ee" : "\xCC\x81", 2);
    draw(text, false, 12, &box);
    for (size_t i = 0; i < 99999; i += 3)
        memcpy(text + i, i % 2 ? "\xD7\x90(" : "\xE2\x80\xAE", 3);
    draw(text, false, 12, &box);
    for (uint32_t i = 0; i < 100000; i++)
        text[i] = (char)(i * 2654435761u >> 13 | 1);
    draw(text, true, 12, &box);
    draw("", false, 12, &box);
    assert_int_equal(black(0, WIDTH), 0);
    free(text);
}

/* More fonts than stay open are needed, one after the other. */
static void fonts_come_and_go(void **unused)
{
    (void)unused;
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t point = 0xA0; point < 0x13000; point += 97)
            glyphs->has(glyphs->ctx, point);
    assert_true(line_of("abc", false));
}

static void a_font_that_is_named_comes_first(void **unused)
{
    static const char *const files[] = { MONO };
    char error[200];
    struct port_glyphs *named;

    (void)unused;
    if (access(MONO, R_OK) != 0)
        return;
    named = glyphs_open(files, 1, error, sizeof(error));
    assert_non_null(named);
    assert_true(glyphs_of(named)->has(glyphs_of(named)->ctx, 'a'));
    glyphs_close(named);
}

static void what_is_no_font_is_named_in_a_sentence(void **unused)
{
    const char *const missing[] = { "/no/such.ttf" };
    const char *const broken[] = { SOURCE_DIR "/README.md" };
    const char *const many[GLYPHS_FILES + 1] = { MONO };
    char error[200];

    (void)unused;
    assert_null(glyphs_open(missing, 1, error, sizeof(error)));
    assert_non_null(strstr(error, "/no/such.ttf"));
    assert_null(glyphs_open(broken, 1, error, sizeof(error)));
    assert_non_null(strstr(error, "README.md"));
    assert_null(glyphs_open(many, GLYPHS_FILES + 1, error, sizeof(error)));
    assert_true(error[0] != '\0');
    assert_null(glyphs_of(NULL));
    glyphs_close(NULL);
}

static void a_machine_without_fonts_has_no_glyphs(void **unused)
{
    static const char empty[] = "<?xml version=\"1.0\"?><fontconfig/>";
    char path[] = "/tmp/test_glyphs_XXXXXX";
    char error[200];
    int fd = mkstemp(path);

    (void)unused;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, empty, sizeof(empty) - 1), sizeof(empty) - 1);
    close(fd);
    setenv("FONTCONFIG_FILE", path, 1);
    assert_null(glyphs_open(NULL, 0, error, sizeof(error)));
    assert_string_equal(error, "there is no font");
    unsetenv("FONTCONFIG_FILE");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_letter_stands_in_its_cell),
        cmocka_unit_test(letters_of_east_asia_take_two_cells_and_columns_stay),
        cmocka_unit_test(what_is_read_from_the_right_ends_at_the_right),
        cmocka_unit_test(letters_take_the_form_that_they_have_in_a_word),
        cmocka_unit_test(words_of_any_width_take_no_more_than_their_cells),
        cmocka_unit_test(what_is_tall_or_wide_fills_its_box),
        cmocka_unit_test(bold_is_blacker),
        cmocka_unit_test(nothing_is_drawn_outside_of_the_box),
        cmocka_unit_test(the_same_text_is_drawn_the_same_dot_by_dot),
        cmocka_unit_test(it_says_what_no_font_has),
        cmocka_unit_test(a_very_long_or_broken_text_is_drawn_as_far_as_it_goes),
        cmocka_unit_test(fonts_come_and_go),
        cmocka_unit_test(a_font_that_is_named_comes_first),
        cmocka_unit_test(what_is_no_font_is_named_in_a_sentence),
        cmocka_unit_test(a_machine_without_fonts_has_no_glyphs),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
