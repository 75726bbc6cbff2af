#include "devices/port/esp32/logic/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_pause_grows_and_has_an_end(void **unused)
{
    struct retry retry = { 0 };

    (void)unused;
    retry_lost(&retry, 1000, 499);
    assert_int_equal(retry.at_ms, 1000 + 50 + 499);
    retry_lost(&retry, 2000, 999);
    assert_int_equal(retry.at_ms, 2000 + 50 + 999);
    for (int i = 0; i < 100; i++)
        retry_lost(&retry, 3000, 29999);
    assert_int_equal(retry.at_ms, 3000 + 50 + 29999);
    retry_lost(&retry, 3000, 30000);
    assert_int_equal(retry.at_ms, 3000 + 50);
}

static void a_link_that_held_makes_failures_forgotten(void **unused)
{
    struct retry retry = { 0 };

    (void)unused;
    for (int i = 0; i < 8; i++)
        retry_lost(&retry, 1000, 0);
    retry_linked(&retry, 2000);
    retry_lost(&retry, 12000, 600);
    assert_int_equal(retry.failures, 1);
    assert_int_equal(retry.at_ms, 12000 + 50 + 100); /* of a span of 500 */
}

static void one_that_broke_at_once_does_not(void **unused)
{
    struct retry retry = { 0 };

    (void)unused;
    for (int i = 0; i < 3; i++)
        retry_lost(&retry, 1000, 0);
    retry_linked(&retry, 2000);
    retry_lost(&retry, 2100, 3999);
    assert_int_equal(retry.failures, 4);
    assert_int_equal(retry.at_ms, 2100 + 50 + 3999);
}

static void a_link_that_was_ended_is_no_failure(void **unused)
{
    struct retry retry = { 0 };

    (void)unused;
    for (int i = 0; i < 3; i++)
        retry_lost(&retry, 1000, 0);
    retry_ended(&retry, 5000);
    assert_int_equal(retry.at_ms, 5000);
    assert_int_equal(retry.failures, 0);
}

static void a_turn_waits_for_the_earliest(void **unused)
{
    (void)unused;
    assert_int_equal(turn_wait_ms(1000, 1300, 1200, 0), 200);
    assert_int_equal(turn_wait_ms(1000, 1100, 1200, 0), 100);
    assert_int_equal(turn_wait_ms(1000, 900, 1200, 0), 0);
    assert_int_equal(turn_wait_ms(1000, 1000, 1200, 0), 0);
}

static void without_rest_it_is_a_second_at_most(void **unused)
{
    (void)unused;
    assert_int_equal(
            turn_wait_ms(1000, UINT64_MAX, UINT64_MAX, 0), TURN_MOST_MS);
    assert_int_equal(turn_wait_ms(1000, UINT64_MAX, UINT64_MAX, 1200),
            TURN_MOST_MS); /* a rest that ends sooner changes nothing */
}

static void who_rests_is_woken_by_what_is_due(void **unused)
{
    (void)unused;
    assert_int_equal(turn_wait_ms(1000, UINT64_MAX, UINT64_MAX, 31000), 30000);
    assert_int_equal(turn_wait_ms(1000, UINT64_MAX, 8000, 31000), 7000);
    assert_int_equal(turn_wait_ms(1000, 5000, 8000, 31000), 4000);
}

static void who_rests_for_ever_looks_around_now_and_then(void **unused)
{
    (void)unused;
    assert_int_equal(turn_wait_ms(1000, UINT64_MAX, UINT64_MAX, UINT64_MAX),
            10 * 60 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pause_grows_and_has_an_end),
        cmocka_unit_test(a_link_that_held_makes_failures_forgotten),
        cmocka_unit_test(one_that_broke_at_once_does_not),
        cmocka_unit_test(a_link_that_was_ended_is_no_failure),
        cmocka_unit_test(a_turn_waits_for_the_earliest),
        cmocka_unit_test(without_rest_it_is_a_second_at_most),
        cmocka_unit_test(who_rests_is_woken_by_what_is_due),
        cmocka_unit_test(who_rests_for_ever_looks_around_now_and_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
