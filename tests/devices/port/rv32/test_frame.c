#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/port/rv32/frame.h"

static void what_is_written_is_read_again(void **unused)
{
    struct frame frame;
    char text[8];
    size_t len;

    (void)unused;
    frame_begin(&frame, FRAME_PUBLISH);
    frame_put_u8(&frame, 0xFE);
    frame_put_u32(&frame, 0x01020304);
    frame_put_u64(&frame, UINT64_MAX - 1);
    frame_put_text(&frame, "soup");
    frame_put_text(&frame, NULL);
    frame_put_bytes(&frame, "\0\xFF", 2);
    assert_false(frame.bad);

    assert_int_equal(frame_open(&frame), FRAME_PUBLISH);
    assert_int_equal(frame_u8(&frame), 0xFE);
    assert_int_equal(frame_u32(&frame), 0x01020304);
    assert_int_equal(frame_u64(&frame), UINT64_MAX - 1);
    frame_text(&frame, text, sizeof(text));
    assert_string_equal(text, "soup");
    frame_text(&frame, text, sizeof(text));
    assert_string_equal(text, "");
    assert_memory_equal(frame_bytes(&frame, &len), "\0\xFF", 2);
    assert_int_equal(len, 2);
    assert_false(frame.bad);
}

static void what_does_not_fit_is_bad_and_writes_nothing_beyond(void **unused)
{
    static const uint8_t much[FRAME_BYTES];
    struct frame frame;

    (void)unused;
    frame_begin(&frame, FRAME_SHOW);
    frame_put_bytes(&frame, much, sizeof(much));
    assert_true(frame.bad);
    frame_begin(&frame, FRAME_SHOW);
    frame_put_bytes(&frame, much, sizeof(much) - 3);
    assert_false(frame.bad);
    assert_int_equal(frame.len, FRAME_BYTES);
    frame_put_u8(&frame, 1);
    assert_true(frame.bad);
    frame_begin(&frame, FRAME_SHOW);
    frame_put_bytes(&frame, much, SIZE_MAX);
    assert_true(frame.bad);
}

static void reading_beyond_what_is_there_is_bad_and_reads_nothing(void **unused)
{
    struct frame frame;
    char text[4] = "abc";
    size_t len = 1;

    (void)unused;
    frame_begin(&frame, FRAME_SHOW);
    frame_put_u8(&frame, 200); /* the length of a text, and none of it */
    frame_put_u8(&frame, 0);
    frame_open(&frame);
    frame_text(&frame, text, sizeof(text));
    assert_true(frame.bad);
    assert_string_equal(text, "");
    frame_bytes(&frame, &len);
    assert_int_equal(len, 0);
    assert_int_equal(frame_u64(&frame), 0);
    frame.len = 0;
    assert_int_equal(frame_open(&frame), 0);
    assert_true(frame.bad);
}

static void a_text_that_is_too_long_or_has_a_nul_is_bad(void **unused)
{
    struct frame frame;
    char text[4];

    (void)unused;
    frame_begin(&frame, FRAME_SHOW);
    frame_put_text(&frame, "soup");
    frame_open(&frame);
    frame_text(&frame, text, sizeof(text));
    assert_true(frame.bad);
    frame_begin(&frame, FRAME_SHOW);
    frame_put_bytes(&frame, "a\0b", 3);
    frame_open(&frame);
    frame_text(&frame, text, sizeof(text));
    assert_true(frame.bad);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(what_does_not_fit_is_bad_and_writes_nothing_beyond),
        cmocka_unit_test(reading_beyond_what_is_there_is_bad_and_reads_nothing),
        cmocka_unit_test(a_text_that_is_too_long_or_has_a_nul_is_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
