#include "devices/port/esp32/logic/charge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/core/platform.h"

static uint32_t percent_at(uint32_t mv)
{
    struct charge charge = { 0 };

    charge_measured(&charge, mv);
    return charge_percent(&charge);
}

static void a_full_cell_is_full_and_an_empty_one_empty(void **unused)
{
    (void)unused;
    assert_int_equal(percent_at(4400), 100);
    assert_int_equal(percent_at(4180), 100);
    assert_int_equal(percent_at(3300), 0);
    assert_int_equal(percent_at(2500), 0);
}

static void a_lower_voltage_is_never_more(void **unused)
{
    uint32_t before = 100;

    (void)unused;
    for (uint32_t mv = 4300; mv >= CHARGE_NONE_MV; mv--) {
        uint32_t percent = percent_at(mv);

        assert_true(percent <= before);
        assert_true(before - percent <= 1); /* no jumps either */
        before = percent;
    }
    assert_int_equal(before, 0);
}

static void between_two_rows_it_is_straight(void **unused)
{
    (void)unused;
    assert_int_equal(percent_at(3800), 50);
    assert_int_equal(percent_at(3820), 55);
    assert_int_equal(percent_at(3840), 60);
}

static void nothing_measured_and_no_cell_are_no_battery(void **unused)
{
    struct charge charge = { 0 };

    (void)unused;
    assert_int_equal(charge_percent(&charge), DEVICE_NO_BATTERY);
    assert_int_equal(percent_at(0), DEVICE_NO_BATTERY);
    assert_int_equal(percent_at(CHARGE_NONE_MV - 1), DEVICE_NO_BATTERY);
}

static void one_low_measurement_counts_for_a_quarter(void **unused)
{
    struct charge charge = { 0 };

    (void)unused;
    charge_measured(&charge, 4000);
    charge_measured(&charge, 3600);
    assert_int_equal(charge.mv, 3900);
    for (int i = 0; i < 30; i++)
        charge_measured(&charge, 3600);
    assert_in_range(charge.mv, 3600, 3604);
}

static void a_cell_that_is_taken_out_is_gone_at_once(void **unused)
{
    struct charge charge = { 0 };

    (void)unused;
    charge_measured(&charge, 4000);
    charge_measured(&charge, 100);
    assert_int_equal(charge_percent(&charge), DEVICE_NO_BATTERY);
    charge_measured(&charge, 3840);
    assert_int_equal(charge_percent(&charge), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_cell_is_full_and_an_empty_one_empty),
        cmocka_unit_test(a_lower_voltage_is_never_more),
        cmocka_unit_test(between_two_rows_it_is_straight),
        cmocka_unit_test(nothing_measured_and_no_cell_are_no_battery),
        cmocka_unit_test(one_low_measurement_counts_for_a_quarter),
        cmocka_unit_test(a_cell_that_is_taken_out_is_gone_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
