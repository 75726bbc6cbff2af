#include "devices/kinds/codepage.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

static void every_profile_has_pages_columns_and_a_name(void **unused)
{
    const char *name;

    (void)unused;
    assert_non_null(profile_name(0));
    for (uint32_t i = 0; (name = profile_name(i)); i++) {
        const struct profile *profile = profile_find(name);

        assert_non_null(profile);
        assert_in_range(profile->columns, 24, 64);
        assert_in_range(profile->page_count, 1, PAGE_COUNT);
    }
    assert_null(profile_find("no-such"));
}

static void assert_clean(
        const char *profile, const char *text, const char *expected)
{
    char out[100];

    codepage_clean(profile_find(profile), text, out, sizeof(out));
    assert_string_equal(out, expected);
}

static void what_the_printer_has_stays(void **unused)
{
    (void)unused;
    assert_clean("generic-80", "Crème brûlée 5 €", "Crème brûlée 5 €");
    assert_clean("generic-80", "Борщ", "Борщ");
    assert_clean("generic-80", "Żurek, čaj", "Żurek, čaj");
}

static void decomposed_letters_are_composed(void **unused)
{
    (void)unused;
    assert_clean("generic-80", "jalapen\u0303o e\u0301", "jalapeño é");
    /* Two marks, and a mark that fits nowhere. */
    assert_clean("text", "pho\u031b\u0309 x\u0301", "phơ x");
}

static void what_it_has_not_is_spelled_or_loses_its_mark(void **unused)
{
    (void)unused;
    assert_clean("cp437-80", "5 € “Œuf” …", "5 EUR \"OEuf\" ...");
    assert_clean("cp437-80", "Żurek čaj", "Zurek caj");
    assert_clean("cp437-80", "ở", "o");
    assert_clean("generic-80", "寿司 🍕", "?? ?");
}

static void only_the_line_feed_of_all_controls_stays(void **unused)
{
    (void)unused;
    assert_clean("generic-80", "a\x1b@b\tc\r\nd\x7f\xC2\x9B", "a?@b c\nd??");
    assert_clean("text", "a\x1b[2J\xC2\x9B", "a?[2J?");
    assert_clean("generic-80", "\u202Ea\u200Bb\u00A0c\u00AD", "ab c");
    assert_clean("generic-80", "a\xff\xC3", "a??");
}

static void it_never_writes_past_the_end(void **unused)
{
    char out[6];

    (void)unused;
    memset(out, 'X', sizeof(out));
    codepage_clean(profile_find("generic-80"), "éééé", out, 5);
    assert_string_equal(out, "éé");
    assert_int_equal(out[5], 'X');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_what_iconv_says),
        cmocka_unit_test(no_page_has_a_control_character),
        cmocka_unit_test(every_profile_has_pages_columns_and_a_name),
        cmocka_unit_test(what_the_printer_has_stays),
        cmocka_unit_test(decomposed_letters_are_composed),
        cmocka_unit_test(what_it_has_not_is_spelled_or_loses_its_mark),
        cmocka_unit_test(only_the_line_feed_of_all_controls_stays),
        cmocka_unit_test(it_never_writes_past_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
