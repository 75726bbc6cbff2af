#include "hub/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Write a code point as the standard says, whether or not it may be. */
static size_t encode(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

static void every_character_there_is_is_valid_and_no_other(void **unused)
{
    (void)unused;
    for (uint32_t point = 1; point < 0x1f0000; point++) {
        bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
        char text[4];
        size_t len = encode(point, text);
        size_t expected = is_surrogate || point > 0x10ffff ? 0 : len;

        if (utf8_char(text, len) != expected)
            fail_msg("U+%04x", point);
        if (len > 1 && utf8_char(text, len - 1) != 0)
            fail_msg("U+%04x cut short", point);
    }
}

static void a_character_written_too_long_is_refused(void **unused)
{
    static const char *const overlong[] = { "\xc0\x80", "\xc0\xaf", "\xc1\xbf",
        "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf" };

    (void)unused;
    for (size_t i = 0; i < sizeof(overlong) / sizeof(overlong[0]); i++)
        assert_false(utf8_is_valid(overlong[i], strlen(overlong[i])));
}

static void a_nul_is_no_character(void **unused)
{
    (void)unused;
    assert_int_equal(utf8_char("\0", 1), 0);
    assert_false(utf8_is_valid("kitchen\0/evil", 13));
}

static void nothing_is_valid_but_starts_with_no_character(void **unused)
{
    (void)unused;
    assert_true(utf8_is_valid("", 0));
    assert_int_equal(utf8_char("a", 0), 0);
}

static void a_broken_byte_anywhere_spoils_the_text(void **unused)
{
    static const char *const broken[] = { "\x80", "a\xff", "\xc3", "\xc3(",
        "caf\xe9", "\xe2\x82", "\xe2\x82(", "\xe2(\xac", "\xf0\x9f\x8d",
        "\xf0\x9f\x8d(", "\xf8\x88\x80\x80\x80", "ok \xed\xa0\x80" };

    (void)unused;
    assert_true(utf8_is_valid("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x9c", 14));
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        if (utf8_is_valid(broken[i], strlen(broken[i])))
            fail_msg("case %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_there_is_is_valid_and_no_other),
        cmocka_unit_test(a_character_written_too_long_is_refused),
        cmocka_unit_test(a_nul_is_no_character),
        cmocka_unit_test(nothing_is_valid_but_starts_with_no_character),
        cmocka_unit_test(a_broken_byte_anywhere_spoils_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
