#include "devices/paper/codepage.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/core/text.h"
#include "devices/paper/glyphs.h"
#include "devices/paper/profile.h"

/* What iconv makes of a byte, 0 for nothing. */
static uint32_t by_iconv(iconv_t conversion, uint8_t byte)
{
    char *in = (char *)&byte;
    size_t in_left = 1;
    uint32_t point = 0;
    char *out = (char *)&point;
    size_t out_left = sizeof(point);

    if (iconv(conversion, &in, &in_left, &out, &out_left) == (size_t)-1)
        return 0;
    return point;
}

static void every_page_is_what_iconv_says(void **unused)
{
    (void)unused;
    for (int page = 0; page < PAGE_COUNT; page++) {
        iconv_t conversion = iconv_open("UCS-4LE", codepages[page].name);

        assert_true(conversion != (iconv_t)-1);
        for (uint32_t i = 0; i < 128; i++)
            assert_int_equal(codepages[page].high[i],
                    by_iconv(conversion, (uint8_t)(0x80 + i)));
        iconv_close(conversion);
    }
}

static void no_page_has_a_control_character(void **unused)
{
    (void)unused;
    for (enum codepage_id page = 0; page < PAGE_COUNT; page++) {
        for (uint32_t point = 0; point < 0x20; point++)
            assert_int_equal(codepage_byte(page, point), 0);
        for (uint32_t point = 0x7F; point < 0xA0; point++)
            assert_int_equal(codepage_byte(page, point), 0);
    }
}

static void assert_clean_with(const struct glyphs *glyphs, const char *profile,
        const char *text, const char *expected)
{
    char out[100];

    codepage_clean(profile_find(profile), glyphs, text, out, sizeof(out));
    assert_string_equal(out, expected);
}

static void assert_clean(
        const char *profile, const char *text, const char *expected)
{
    assert_clean_with(NULL, profile, text, expected);
}

static void what_the_printer_has_stays(void **unused)
{
    (void)unused;
    assert_clean("generic-80", "Crème brûlée 5 €", "Crème brûlée 5 €");
    assert_clean("generic-80", "Борщ", "Борщ");
    assert_clean("generic-80", "Żurek, čaj", "Żurek, čaj");
    assert_clean("epson-tm", "Ελληνική şiş", "Ελληνική şiş");
}

static void decomposed_letters_are_composed(void **unused)
{
    (void)unused;
    assert_clean("generic-80", "jalapen\u0303o e\u0301", "jalapeño é");
    /* Marks in another order, and a mark that fits nowhere. */
    assert_clean("text", "pho\u0309\u031b x\u0301", "phở x");
    assert_clean("text", "\u1112\u1161\u11ab", "한");
    /* More marks than are looked at together. */
    assert_clean("generic-80",
            "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
            "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
            "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
            "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301!",
            "é!");
}

static void what_it_has_not_is_spelled_or_loses_its_mark(void **unused)
{
    (void)unused;
    assert_clean("cp437-80", "5 € “Œuf” …", "5 EUR \"OEuf\" ...");
    assert_clean("cp437-80", "Żurek čaj", "Zurek caj");
    assert_clean("cp437-80", "ở", "o");
    assert_clean("generic-80", "ở ｱ Ｅｇｇ ﬁ ①", "o ? Egg fi 1");
    assert_clean("generic-80", "寿司 🍕", "?? ?");
    assert_clean("generic-80", "قَهوَة ปู่", "???? ?");
}

static void only_the_line_feed_of_all_controls_stays(void **unused)
{
    (void)unused;
    assert_clean("generic-80", "a\x1b@b\tc\r\nd\x7f\xC2\x9B", "a?@b c\nd??");
    assert_clean("text", "a\x1b[2J\xC2\x9B", "a?[2J?");
    assert_clean("generic-80", "a\u00A0b\u2028c\u3000d", "a b c d");
    assert_clean("generic-80", "a\xff\xC3", "a??");
    assert_clean("generic-80", "a\xED\xA0\x80", "a???");
}

static bool has_all(void *ctx, uint32_t point)
{
    (void)ctx;
    (void)point;
    return true;
}

static const struct glyphs all = { .has = has_all };

/* Nobody steers what the cook reads: not on paper, not on a terminal, not
 * where dots could be drawn of it. */
static void what_is_unseen_is_removed_everywhere(void **unused)
{
    static const uint32_t unseen[] = { 0xAD, 0x34F, 0x61C, 0x115F, 0x180E,
        0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D,
        0x202E, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x206F, 0x2800, 0x3164,
        0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xE0001, 0xE0041, 0xE0100 };
    static const char *const profiles[] = { "generic-80", "text", "cp437-80" };

    (void)unused;
    for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
        for (size_t p = 0; p < 3; p++) {
            char text[16] = "a";
            size_t len = 1 + text_put(text + 1, unseen[i]);

            text[len] = 'b';
            assert_clean(profiles[p], text, "ab");
            assert_clean_with(&all, profiles[p], text, "ab");
        }
    /* A mark finds its letter although somebody put one between them. */
    assert_clean("generic-80", "e\u200B\u0301", "é");
}

static void letters_that_can_be_drawn_stay(void **unused)
{
    (void)unused;
    assert_clean_with(&all, "generic-80", "寿司 قَهوَة ปู่", "寿司 قَهوَة ปู่");
    assert_clean_with(&all, "generic-80", "ở ığ ★", "ở ığ ★");
    /* A sign that can be spelled costs no line of dots. */
    assert_clean_with(&all, "generic-80", "→ − ✓ x\u0301", "-> - v x");
    assert_clean_with(&all, "generic-80", "\x1b\x7f\uE000\uFFFE\xff", "?????");
    /* One that takes no dots has no use for them. */
    assert_clean_with(&all, "cp437-80", "寿司", "??");
}

static void a_terminal_has_all_letters(void **unused)
{
    (void)unused;
    assert_clean("text", "“Żurek” 寿司 قهوة → 5 €", "“Żurek” 寿司 قهوة → 5 €");
}

static void it_never_writes_past_the_end(void **unused)
{
    char out[6];

    (void)unused;
    memset(out, 'X', sizeof(out));
    codepage_clean(profile_find("generic-80"), NULL, "éééé", out, 5);
    assert_string_equal(out, "éé");
    assert_int_equal(out[5], 'X');
    /* What does not fit ends it: nothing that comes later gets in. */
    codepage_clean(profile_find("generic-80"), NULL, "abcé!", out, 5);
    assert_string_equal(out, "abc");
    codepage_clean(profile_find("generic-80"), NULL, "a", out, 1);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_what_iconv_says),
        cmocka_unit_test(no_page_has_a_control_character),
        cmocka_unit_test(what_the_printer_has_stays),
        cmocka_unit_test(decomposed_letters_are_composed),
        cmocka_unit_test(what_it_has_not_is_spelled_or_loses_its_mark),
        cmocka_unit_test(only_the_line_feed_of_all_controls_stays),
        cmocka_unit_test(what_is_unseen_is_removed_everywhere),
        cmocka_unit_test(letters_that_can_be_drawn_stay),
        cmocka_unit_test(a_terminal_has_all_letters),
        cmocka_unit_test(it_never_writes_past_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
