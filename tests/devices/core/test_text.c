#include "devices/core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint32_t only(const char *text)
{
    return text_next(&text);
}

static void utf8_is_read_code_point_by_code_point(void **unused)
{
    const char *text = "a\u00e9\u20ac\U0001F355";

    (void)unused;
    assert_int_equal(text_next(&text), 'a');
    assert_int_equal(text_next(&text), 0xE9);
    assert_int_equal(text_next(&text), 0x20AC);
    assert_int_equal(text_next(&text), 0x1F355);
    assert_int_equal(text_next(&text), 0);
    assert_int_equal(text_next(&text), 0);
}

static void what_is_no_utf8_is_said_to_be_bad(void **unused)
{
    (void)unused;
    assert_int_equal(only("\x80"), TEXT_BAD);
    assert_int_equal(only("\xC0\xAF"), TEXT_BAD);         /* overlong */
    assert_int_equal(only("\xE0\x80\xAF"), TEXT_BAD);     /* overlong */
    assert_int_equal(only("\xED\xA0\x80"), TEXT_BAD);     /* surrogate */
    assert_int_equal(only("\xF4\x90\x80\x80"), TEXT_BAD); /* beyond */
    assert_int_equal(only("\xFF"), TEXT_BAD);
}

static void a_sequence_cut_short_does_not_run_past_the_end(void **unused)
{
    const char *text = "\xE2\x82";

    (void)unused;
    assert_int_equal(text_next(&text), TEXT_BAD);
    assert_int_equal(text_next(&text), TEXT_BAD);
    assert_int_equal(text_next(&text), 0);
}

static void what_is_written_reads_back(void **unused)
{
    static const uint32_t points[] = { 1, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD,
        0x10000, 0x10FFFF };

    (void)unused;
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        char bytes[TEXT_MAX_BYTES + 1] = "";
        const char *text = bytes;
        size_t len = text_put(bytes, points[i]);

        assert_int_equal(text_next(&text), points[i]);
        assert_int_equal(text - bytes, len);
    }
}

static void no_terminal_command_is_left_and_no_letter_is_cut(void **unused)
{
    char out[32];
    char small[5];

    (void)unused;
    text_printable(out, sizeof(out),
            "a\x1b[2J\r\n\x7f\xC2\x9B"
            "31m\xff");
    assert_string_equal(out, "a?[2J????31m?");
    text_printable(small, sizeof(small), "abc\u00e9");
    assert_string_equal(small, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_read_code_point_by_code_point),
        cmocka_unit_test(what_is_no_utf8_is_said_to_be_bad),
        cmocka_unit_test(a_sequence_cut_short_does_not_run_past_the_end),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(no_terminal_command_is_left_and_no_letter_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
