#include "hub/base/alarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ALARMS 500

static struct alarms alarms;
static struct alarm some[ALARMS];

static int clear(void **state)
{
    (void)state;
    alarms_finish(&alarms);
    for (int i = 0; i < ALARMS; i++)
        some[i] = (struct alarm){ 0 };
    return 0;
}

/* Numbers without an order, each once. */
static int64_t number(int i)
{
    return i * 7919ll % ALARMS;
}

static void expect_rising(int64_t first, int64_t step, int count)
{
    for (int i = 0; i < count; i++) {
        struct alarm *alarm = alarms_first(&alarms);

        assert_non_null(alarm);
        assert_int_equal(alarm->at, first + i * step);
        alarm_drop(&alarms, alarm);
    }
    assert_null(alarms_first(&alarms));
}

static void they_come_in_the_order_of_their_moments(void **state)
{
    (void)state;
    for (int i = 0; i < ALARMS; i++)
        alarm_set(&alarms, &some[i], number(i));
    expect_rising(0, 1, ALARMS);
}

static void one_that_is_dropped_does_not_come(void **state)
{
    (void)state;
    for (int i = 0; i < ALARMS; i++)
        alarm_set(&alarms, &some[i], number(i));
    for (int i = 0; i < ALARMS; i++)
        if (some[i].at % 2 == 1)
            alarm_drop(&alarms, &some[i]);
    alarm_drop(&alarms, &some[1]);
    expect_rising(0, 2, ALARMS / 2);
}

static void one_that_is_set_anew_comes_once(void **state)
{
    (void)state;
    for (int i = 0; i < ALARMS; i++)
        alarm_set(&alarms, &some[i], ALARMS - number(i));
    for (int i = 0; i < ALARMS; i++)
        alarm_set(&alarms, &some[i], number(i) + 1000);
    expect_rising(1000, 1, ALARMS);
}

static void of_one_moment_the_one_set_first_comes_first(void **state)
{
    (void)state;
    for (int i = 0; i < ALARMS; i++)
        alarm_set(&alarms, &some[i], 7);
    alarm_set(&alarms, &some[0], 7);
    for (int i = 1; i <= ALARMS; i++) {
        assert_ptr_equal(alarms_first(&alarms), &some[i % ALARMS]);
        alarm_drop(&alarms, &some[i % ALARMS]);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, clear, clear)
    const struct CMUnitTest tests[] = {
        T(they_come_in_the_order_of_their_moments),
        T(one_that_is_dropped_does_not_come),
        T(one_that_is_set_anew_comes_once),
        T(of_one_moment_the_one_set_first_comes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
