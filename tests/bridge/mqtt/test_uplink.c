#include "bridge/mqtt/uplink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint32_t longest(uint32_t failures)
{
    uint32_t most = 0;

    for (uint32_t dice = 0; dice < 70000; dice++)
        if (uplink_pause_ms(failures, 30000, dice) > most)
            most = uplink_pause_ms(failures, 30000, dice);
    return most;
}

static void the_longest_pause_doubles_up_to_half_a_minute(void **unused)
{
    (void)unused;
    assert_int_equal(longest(0), 500);
    assert_int_equal(longest(1), 1000);
    assert_int_equal(longest(5), 16000);
    assert_int_equal(longest(6), 30000);
    assert_int_equal(longest(4000000000u), 30000);
}

static void a_pause_may_be_anything_below_its_bound(void **unused)
{
    (void)unused;
    assert_int_equal(uplink_pause_ms(3, 30000, 0), 0);
    assert_int_equal(uplink_pause_ms(3, 30000, 1234), 1234);
    assert_int_equal(uplink_pause_ms(3, 30000, 4000), 4000);
    assert_int_equal(uplink_pause_ms(3, 30000, 4001), 0);
    assert_int_equal(uplink_pause_ms(3, 2000, 2000), 2000);
    assert_int_equal(uplink_pause_ms(3, 2000, 2001), 0);
    assert_int_equal(uplink_pause_ms(9, 2000, 2001), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_pause_doubles_up_to_half_a_minute),
        cmocka_unit_test(a_pause_may_be_anything_below_its_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
