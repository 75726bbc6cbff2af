#include "devices/virtual/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* All that can be asked at once, in the order of the questions. */
static void assert_now(const struct status *status, const char *expected)
{
    for (uint8_t n = 1; n <= 4; n++) {
        uint8_t answer = 0;

        assert_true(status_now(status, n, &answer));
        assert_int_equal(answer, (uint8_t)expected[n - 1]);
        assert_int_equal(answer & 0x93, 0x12);
    }
}

static void each_trouble_has_its_bits(void **unused)
{
    (void)unused;
    assert_now(&(struct status){ 0 }, "\x12\x12\x12\x12");
    assert_now(&(struct status){ .paper_low = true }, "\x12\x12\x12\x1E");
    assert_now(&(struct status){ .paper_out = true }, "\x1A\x32\x12\x7E");
    assert_now(&(struct status){ .cover_open = true }, "\x1A\x16\x12\x12");
    assert_now(&(struct status){ .failed = true }, "\x1A\x52\x1A\x12");
}

static void there_are_four_questions(void **unused)
{
    struct status status = { 0 };
    uint8_t answer;

    (void)unused;
    assert_false(status_now(&status, 0, &answer));
    assert_false(status_now(&status, 5, &answer));
}

static void in_turn_it_says_how_much_paper_there_is(void **unused)
{
    struct status status = { .paper_low = true };
    uint8_t answer;

    (void)unused;
    assert_true(status_in_turn(&status, 1, &answer));
    assert_int_equal(answer, 0x03);
    status.paper_out = true;
    assert_true(status_in_turn(&status, '1', &answer));
    assert_int_equal(answer, 0x0F);
    assert_true(status_in_turn(&status, 2, &answer)); /* the drawer */
    assert_int_equal(answer, 0);
    assert_false(status_in_turn(&status, 3, &answer));
}

static void a_record_cannot_be_taken_for_an_answer(void **unused)
{
    struct status status = { .paper_out = true, .cover_open = true };
    uint8_t record[STATUS_RECORD];

    (void)unused;
    status_record(&status, record);
    assert_memory_equal(record, "\x38\x00\x0F\x0F", 4);
    assert_int_equal(record[0] & 0x93, 0x10);
    for (int i = 1; i < STATUS_RECORD; i++)
        assert_int_equal(record[i] & 0x90, 0);
}

static void it_says_of_which_number_it_is_through(void **unused)
{
    uint8_t answer[STATUS_COMPLETED];

    (void)unused;
    status_completed((const uint8_t *)"ab~ ", answer);
    assert_memory_equal(answer,
            "\x37\x22"
            "ab~ \0",
            STATUS_COMPLETED);
}

static void it_says_who_it_is(void **unused)
{
    uint8_t who[STATUS_WHO];

    (void)unused;
    assert_int_equal(status_who(2, who), 1);
    assert_int_equal(who[0], 0x02); /* it has a cutter */
    assert_int_equal(status_who(66, who), 12);
    assert_memory_equal(who, "_dumbwaiter", 12);
    assert_int_equal(status_who(99, who), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trouble_has_its_bits),
        cmocka_unit_test(there_are_four_questions),
        cmocka_unit_test(in_turn_it_says_how_much_paper_there_is),
        cmocka_unit_test(a_record_cannot_be_taken_for_an_answer),
        cmocka_unit_test(it_says_of_which_number_it_is_through),
        cmocka_unit_test(it_says_who_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
