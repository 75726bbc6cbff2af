#include "hub/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_holds(const struct buf *buf, const char *text)
{
    assert_false(buf->failed);
    assert_int_equal(buf->len, strlen(text));
    assert_memory_equal(buf->data, text, buf->len);
}

static void pieces_stand_one_after_the_other(void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 64);
    buf_put(&buf, "abc", 2);
    buf_puts(&buf, "cd");
    buf_putc(&buf, '-');
    buf_printf(&buf, "%d%s", 12, "!");
    assert_holds(&buf, "abcd-12!");
    buf_finish(&buf);
}

static void a_fault_says_where_and_keeps_to_its_line(void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 40);
    buf_put_fault(&buf, "a.yml", 7, "no \"k\xc3\xa9y\x1b\n\x7f\" here");
    assert_holds(&buf, "a.yml:7: no \"k??y???\" here\n");
    buf_clear(&buf);
    buf_put_fault(&buf, "a.yml", 0, "all of it");
    assert_holds(&buf, "a.yml: all of it\n");
    buf_put_fault(&buf, "a.yml", 8, "what has no room is not begun");
    assert_true(buf.failed);
    assert_int_equal(buf.len, strlen("a.yml: all of it\n"));
    buf_finish(&buf);
}

static void an_empty_buffer_has_allocated_nothing(void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 10);
    buf_put(&buf, NULL, 0);
    buf_puts(&buf, "");
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_false(buf.failed);
    buf_finish(&buf);
}

static void it_grows_up_to_its_limit_to_the_byte(void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 1000);
    for (int i = 0; i < 1000; i++)
        buf_putc(&buf, (char)('a' + i % 26));
    assert_false(buf.failed);
    assert_int_equal(buf.len, 1000);
    assert_true(buf.size <= 1000);
    assert_int_equal(buf.data[999], 'a' + 999 % 26);
    buf_putc(&buf, 'x');
    assert_true(buf.failed);
    assert_int_equal(buf.len, 1000);
    buf_finish(&buf);
}

static void a_piece_that_does_not_fit_is_not_written_in_part(void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 5);
    buf_puts(&buf, "abc");
    buf_puts(&buf, "def");
    assert_true(buf.failed);
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.data, "abc", 3);
    buf_finish(&buf);
}

static void once_failed_it_writes_nothing_more_until_it_is_cleared(
        void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 4);
    buf_puts(&buf, "12345");
    buf_putc(&buf, 'a');
    buf_printf(&buf, "%d", 1);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 0);

    buf_clear(&buf);
    buf_puts(&buf, "1234");
    assert_holds(&buf, "1234");
    buf_finish(&buf);
}

static void a_length_beyond_all_memory_fails_without_wrapping_round(
        void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 100);
    buf_puts(&buf, "abc");
    buf_put(&buf, "x", SIZE_MAX);
    assert_true(buf.failed);
    buf_clear(&buf);
    buf_puts(&buf, "abc");
    buf_put(&buf, "x", SIZE_MAX - 2);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 3);
    buf_finish(&buf);
}

static void text_longer_than_a_line_is_formatted_whole(void **unused)
{
    struct buf buf;
    char text[601];

    (void)unused;
    memset(text, 'z', sizeof(text) - 1);
    text[600] = '\0';
    buf_init(&buf, 1000);
    buf_printf(&buf, "<%s>", text);
    assert_false(buf.failed);
    assert_int_equal(buf.len, 602);
    assert_int_equal(buf.data[0], '<');
    assert_memory_equal(buf.data + 1, text, 600);
    assert_int_equal(buf.data[601], '>');

    /* 255 and 256 are the two sides of what fits in one go. */
    for (int len = 254; len <= 258; len++) {
        buf_clear(&buf);
        buf_printf(&buf, "%.*s", len, text);
        assert_int_equal(buf.len, len);
        assert_int_equal(buf.data[len - 1], 'z');
    }
    buf_finish(&buf);
}

static void json_strings_are_quoted_and_escaped(void **unused)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        { "", "\"\"" },
        { "Soup", "\"Soup\"" },
        { "a\"b\\c", "\"a\\\"b\\\\c\"" },
        { "two\nlines", "\"two\\nlines\"" },
        { "\x01\x1b\t\r", "\"\\u0001\\u001b\\u0009\\u000d\"" },
        { "\x7f", "\"\\u007f\"" },
        { "crème brûlée €", "\"crème brûlée €\"" },
        { "</script>", "\"</script>\"" },
    };
    struct buf buf;

    (void)unused;
    buf_init(&buf, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&buf);
        buf_put_json(&buf, cases[i].text);
        assert_holds(&buf, cases[i].json);
    }
    buf_finish(&buf);
}

static void a_json_string_that_does_not_fit_fails(void **unused)
{
    struct buf buf;

    (void)unused;
    buf_init(&buf, 7);
    buf_put_json(&buf, "abcdef");
    assert_true(buf.failed);
    buf_clear(&buf);
    buf_put_json(&buf, "abcde");
    assert_holds(&buf, "\"abcde\"");
    buf_finish(&buf);
}

static void a_finished_buffer_can_be_finished_again_and_used_again(
        void **unused)
{
    struct buf buf, zero = { 0 };

    (void)unused;
    buf_finish(&zero);
    buf_init(&buf, 8);
    buf_puts(&buf, "abc");
    buf_finish(&buf);
    buf_finish(&buf);
    assert_null(buf.data);
    buf_puts(&buf, "12345678");
    assert_holds(&buf, "12345678");
    buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_stand_one_after_the_other),
        cmocka_unit_test(a_fault_says_where_and_keeps_to_its_line),
        cmocka_unit_test(an_empty_buffer_has_allocated_nothing),
        cmocka_unit_test(it_grows_up_to_its_limit_to_the_byte),
        cmocka_unit_test(a_piece_that_does_not_fit_is_not_written_in_part),
        cmocka_unit_test(
                once_failed_it_writes_nothing_more_until_it_is_cleared),
        cmocka_unit_test(
                a_length_beyond_all_memory_fails_without_wrapping_round),
        cmocka_unit_test(text_longer_than_a_line_is_formatted_whole),
        cmocka_unit_test(json_strings_are_quoted_and_escaped),
        cmocka_unit_test(a_json_string_that_does_not_fit_fails),
        cmocka_unit_test(
                a_finished_buffer_can_be_finished_again_and_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
