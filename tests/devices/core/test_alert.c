#include "devices/core/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NORMAL  DW__PRIORITY__PRIORITY_NORMAL
#define EXPRESS DW__PRIORITY__PRIORITY_EXPRESS
#define VIP     DW__PRIORITY__PRIORITY_VIP

static void the_higher_goes_first_and_of_the_same_the_later(void **unused)
{
    (void)unused;
    assert_true(alert_goes_first(VIP, EXPRESS));
    assert_true(alert_goes_first(EXPRESS, NORMAL));
    assert_true(alert_goes_first(NORMAL, NORMAL));
    assert_true(alert_goes_first(VIP, VIP));
    assert_false(alert_goes_first(NORMAL, EXPRESS));
    assert_false(alert_goes_first(EXPRESS, VIP));
}

static void what_nobody_knows_is_normal(void **unused)
{
    (void)unused;
    assert_int_equal(
            alert_priority(DW__PRIORITY__PRIORITY_UNSPECIFIED), NORMAL);
    assert_int_equal(alert_priority((Dw__Priority)9), NORMAL);
    assert_int_equal(alert_priority((Dw__Priority)-1), NORMAL);
    assert_int_equal(alert_pattern((Dw__Priority)9), PATTERN_PAGE_NORMAL);
}

static void each_sounds_unlike_the_others(void **unused)
{
    (void)unused;
    assert_int_equal(alert_pattern(NORMAL), PATTERN_PAGE_NORMAL);
    assert_int_equal(alert_pattern(EXPRESS), PATTERN_PAGE_EXPRESS);
    assert_int_equal(alert_pattern(VIP), PATTERN_PAGE_VIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_higher_goes_first_and_of_the_same_the_later),
        cmocka_unit_test(what_nobody_knows_is_normal),
        cmocka_unit_test(each_sounds_unlike_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
