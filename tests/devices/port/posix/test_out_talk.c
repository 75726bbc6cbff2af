#include "devices/port/posix/out_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- how it is --- */

static bool ask(const char *bytes, size_t len, struct print_status *status)
{
    struct out_talk talk;
    bool done = false;

    talk_begin(&talk);
    memset(status, 0, sizeof(*status));
    for (size_t i = 0; i < len; i++)
        done = talk_status(&talk, (uint8_t)bytes[i], status);
    return done;
}

static void three_answers_say_how_it_is(void **unused)
{
    struct print_status status;

    (void)unused;
    assert_false(ask("\x12\x12", 2, &status));
    assert_true(ask("\x12\x12\x12", 3, &status));
    assert_false(status.paper_out || status.paper_low || status.cover_open ||
                 status.failed);
    assert_true(ask("\x1A\x16\x12", 3, &status));
    assert_true(status.cover_open && status.failed && !status.paper_out);
    assert_true(ask("\x1A\x32\x72", 3, &status));
    assert_true(status.paper_out && !status.cover_open);
    assert_true(ask("\x12\x12\x1E", 3, &status));
    assert_true(status.paper_low && !status.paper_out && !status.failed);
    assert_true(ask("\x12\x52\x12", 3, &status));
    assert_true(status.failed);
}

static void what_it_says_unasked_is_no_answer(void **unused)
{
    struct print_status status;

    (void)unused;
    /* Flow control, and a record of four of which three look like answers. */
    assert_true(ask("\x11\x12\x10\x12\x12\x12\x16\x13\x12", 9, &status));
    assert_true(status.cover_open && !status.paper_out);
    assert_false(ask("\x10\x12\x12\x12\x12\x12", 6, &status));
}

static void whatever_a_printer_says_it_is_read_in_bounds(void **unused)
{
    struct print_status status;
    struct out_talk talk;
    uint32_t dice = 1;

    (void)unused;
    talk_begin(&talk);
    for (int i = 0; i < 100000; i++) {
        dice = dice * 1664525u + 1013904223u;
        talk_status(&talk, (uint8_t)(dice >> 24), &status);
        talk_confirm(&talk, (uint8_t)(dice >> 16), CONFIRM_PROCESS_ID, 7);
        assert_true(talk.answered <= TALK_QUESTIONS);
        assert_true(talk.digit_count <= ESCPOS_NUMBER_DIGITS);
    }
}

/* --- is it on paper? --- */

static enum print_out_state confirm(
        const char *bytes, size_t len, enum print_confirm how, uint32_t number)
{
    struct out_talk talk;
    enum print_out_state state = OUT_WAIT;

    talk_begin(&talk);
    for (size_t i = 0; i < len && state == OUT_WAIT; i++)
        state = talk_confirm(&talk, (uint8_t)bytes[i], how, number);
    return state;
}

static enum print_out_state paper(const char *bytes, size_t len)
{
    return confirm(bytes, len, CONFIRM_GS_R, 0);
}

static void the_answer_to_gs_r_says_whether_there_is_paper(void **unused)
{
    (void)unused;
    assert_int_equal(paper("\x00", 1), OUT_DONE);
    assert_int_equal(paper("\x03", 1), OUT_DONE); /* near its end */
    assert_int_equal(paper("\x0C", 1), OUT_GONE); /* at its end */
    assert_int_equal(paper("\x12", 1), OUT_WAIT); /* said unasked */
    assert_int_equal(paper("\x12\x00", 2), OUT_DONE);
    assert_int_equal(paper("\x10\x00\x00\x00", 4), OUT_WAIT);
    assert_int_equal(paper("\x18\x00\x0C\x00\x00", 5), OUT_DONE);
}

/* The number 0 has the digits "    ", 1 "   !", and 95 "  ! ". */
static enum print_out_state number(
        const char *bytes, size_t len, uint32_t wanted)
{
    return confirm(bytes, len, CONFIRM_PROCESS_ID, wanted);
}

static void an_answer_with_the_number_says_that_it_is_printed(void **unused)
{
    (void)unused;
    assert_int_equal(number("\x37\x22    \x00", 7, 0), OUT_DONE);
    assert_int_equal(number("\x37\x22   !\x00", 7, 1), OUT_DONE);
    assert_int_equal(number("\x37\x22  ! \x00", 7, 95), OUT_DONE);
    assert_int_equal(number("\x37\x22   !", 6, 1), OUT_WAIT); /* not whole */
}

static void an_answer_with_another_number_ends_nothing(void **unused)
{
    (void)unused;
    assert_int_equal(number("\x37\x22   !\x00", 7, 2), OUT_WAIT);
    /* The one before, twice, and then its own. */
    assert_int_equal(
            number("\x37\x22   !\x00\x37\x22   !\x00", 14, 2), OUT_WAIT);
    assert_int_equal(
            number("\x37\x22   !\x00\x37\x22   \"\x00", 14, 2), OUT_DONE);
}

static void records_between_answers_and_flow_control_within_are_left_out(
        void **unused)
{
    (void)unused;
    assert_int_equal(
            number("\x10\x00\x00\x00\x37\x22   !\x00", 11, 1), OUT_DONE);
    /* A record that looks like the beginning of an answer. */
    assert_int_equal(
            number("\x18\x37\x22\x37\x37\x22   !\x00", 11, 1), OUT_DONE);
    assert_int_equal(number("\x37\x13\x22 \x11  !\x13\x00", 10, 1), OUT_DONE);
    /* Digits look like the first byte of a record, and are none. */
    assert_int_equal(number("\x37\x22\x30\x30\x30\x30\x00", 7,
                             16 * (95 * 95 * 95 + 95 * 95 + 95 + 1)),
            OUT_DONE);
}

static void an_answer_that_breaks_off_does_not_swallow_the_next(void **unused)
{
    (void)unused;
    assert_int_equal(number("\x37\x37\x22   !\x00", 8, 1), OUT_DONE);
    assert_int_equal(number("\x37\x22 \x01\x37\x22   !\x00", 11, 1), OUT_DONE);
    assert_int_equal(number("\x37\x22    \x37\x22   !\x00", 13, 1), OUT_DONE);
    assert_int_equal(number("\x00   !\x00", 6, 1), OUT_WAIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_answers_say_how_it_is),
        cmocka_unit_test(what_it_says_unasked_is_no_answer),
        cmocka_unit_test(whatever_a_printer_says_it_is_read_in_bounds),
        cmocka_unit_test(the_answer_to_gs_r_says_whether_there_is_paper),
        cmocka_unit_test(an_answer_with_the_number_says_that_it_is_printed),
        cmocka_unit_test(an_answer_with_another_number_ends_nothing),
        cmocka_unit_test(
                records_between_answers_and_flow_control_within_are_left_out),
        cmocka_unit_test(an_answer_that_breaks_off_does_not_swallow_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
