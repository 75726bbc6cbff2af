#include "bridge/ws/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_short_message_has_a_head_of_two_bytes(void **unused)
{
    const uint8_t expected[] = { 0x81, 125 };
    uint8_t head[FRAME_HEAD_BYTES];

    (void)unused;
    assert_int_equal(frame_head(head, FRAME_TEXT, 125), sizeof(expected));
    assert_memory_equal(head, expected, sizeof(expected));
}

static void from_126_bytes_on_the_length_takes_two_more(void **unused)
{
    const uint8_t least[] = { 0x82, 126, 0, 126 };
    const uint8_t most[] = { 0x82, 126, 0xff, 0xff };
    uint8_t head[FRAME_HEAD_BYTES];

    (void)unused;
    assert_int_equal(frame_head(head, FRAME_BINARY, 126), sizeof(least));
    assert_memory_equal(head, least, sizeof(least));
    assert_int_equal(frame_head(head, FRAME_BINARY, 65535), sizeof(most));
    assert_memory_equal(head, most, sizeof(most));
}

static void from_64_kib_on_the_length_takes_eight_more(void **unused)
{
    const uint8_t expected[] = { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 };
    uint8_t head[FRAME_HEAD_BYTES];

    (void)unused;
    assert_int_equal(frame_head(head, FRAME_TEXT, 65536), sizeof(expected));
    assert_memory_equal(head, expected, sizeof(expected));
}

static void a_head_tells_its_own_length(void **unused)
{
    static const uint64_t lengths[] = { 0, 125, 126, 65535, 65536 };
    uint8_t head[FRAME_HEAD_BYTES];

    (void)unused;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t len = frame_head(head, FRAME_TEXT, lengths[i]);

        assert_int_equal(frame_head_len(head), len);
    }
}

static void a_close_frame_carries_its_code(void **unused)
{
    const uint8_t expected[] = { 0x88, 2, 0x11, 0x38 };
    uint8_t frame[FRAME_CLOSE_BYTES];

    (void)unused;
    assert_int_equal(frame_close(frame, 4408, ""), sizeof(expected));
    assert_memory_equal(frame, expected, sizeof(expected));
}

static void a_close_frame_carries_its_reason_as_far_as_it_fits(void **unused)
{
    uint8_t frame[FRAME_CLOSE_BYTES];
    char reason[FRAME_REASON_BYTES + 2];

    (void)unused;
    assert_int_equal(frame_close(frame, 1012, "retry-after=7"), 4 + 13);
    assert_memory_equal(frame + 1, "\x0f\x03\xf4retry-after=7", 3 + 13);
    memset(reason, 'x', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    assert_int_equal(frame_close(frame, 1012, reason), sizeof(frame));
    assert_int_equal(frame[1], 125); /* the most that such a frame may have */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_message_has_a_head_of_two_bytes),
        cmocka_unit_test(from_126_bytes_on_the_length_takes_two_more),
        cmocka_unit_test(from_64_kib_on_the_length_takes_eight_more),
        cmocka_unit_test(a_head_tells_its_own_length),
        cmocka_unit_test(a_close_frame_carries_its_code),
        cmocka_unit_test(a_close_frame_carries_its_reason_as_far_as_it_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
