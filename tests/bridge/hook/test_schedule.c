#include "bridge/hook/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void only_the_two_hundreds_are_a_yes(void **unused)
{
    (void)unused;
    assert_true(schedule_is_accepted(200));
    assert_true(schedule_is_accepted(204));
    assert_true(schedule_is_accepted(299));
    assert_false(schedule_is_accepted(0));
    assert_false(schedule_is_accepted(199));
    assert_false(schedule_is_accepted(300)); /* redirects are not followed */
    assert_false(schedule_is_accepted(302));
    assert_false(schedule_is_accepted(404));
    assert_false(schedule_is_accepted(500));
}

/* The shortest and the longest pause that the dice can make. */
static void expect(
        uint32_t failures, long status, uint32_t least, uint32_t most)
{
    assert_int_equal(schedule_pause_ms(failures, status, 0, 0), least);
    assert_int_equal(
            schedule_pause_ms(failures, status, 0, most - least), most);
    for (uint32_t dice = 0; dice < 1000; dice++) {
        uint32_t pause =
                schedule_pause_ms(failures, status, 0, dice * 2654435761u);

        assert_in_range(pause, least, most);
    }
}

static void the_pauses_double_from_half_a_second_to_a_minute(void **unused)
{
    (void)unused;
    expect(1, 0, 250, 500);
    expect(2, 500, 500, 1000);
    expect(3, 0, 1000, 2000);
    expect(7, 404, 16000, 32000);
    expect(8, 0, 30000, 60000);
    expect(9, 0, 30000, 60000);
    expect(UINT32_MAX, 0, 30000, 60000);
}

static void who_is_gone_is_asked_seldom_but_asked(void **unused)
{
    (void)unused;
    expect(1, 410, 30000, 60000);
}

static void who_asks_for_time_gets_it_within_bounds(void **unused)
{
    (void)unused;
    assert_int_equal(schedule_pause_ms(1, 429, 20, 0), 20000);
    assert_int_equal(schedule_pause_ms(1, 503, 20, 0), 20000);
    assert_int_equal(schedule_pause_ms(1, 503, UINT32_MAX, 0), 900000);
    /* It does not make a pause shorter, and others have no say. */
    assert_int_equal(schedule_pause_ms(9, 503, 1, 0), 30000);
    assert_int_equal(schedule_pause_ms(1, 500, 20, 0), 250);
    assert_int_equal(schedule_pause_ms(1, 0, 20, 0), 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_two_hundreds_are_a_yes),
        cmocka_unit_test(the_pauses_double_from_half_a_second_to_a_minute),
        cmocka_unit_test(who_is_gone_is_asked_seldom_but_asked),
        cmocka_unit_test(who_asks_for_time_gets_it_within_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
