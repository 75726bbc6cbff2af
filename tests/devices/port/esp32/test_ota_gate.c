#include "devices/port/esp32/logic/ota_gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_hubs_answer_keeps_it_once(void **unused)
{
    struct ota_gate gate;

    (void)unused;
    ota_gate_start(&gate, true, 100);
    assert_int_equal(ota_gate_ask(&gate, false, 5000), OTA_WAIT);
    assert_int_equal(ota_gate_ask(&gate, true, 6000), OTA_KEEP);
    assert_int_equal(ota_gate_ask(&gate, true, 7000), OTA_NOTHING);
}

static void without_an_answer_the_one_before_it_runs_again(void **unused)
{
    struct ota_gate gate;

    (void)unused;
    ota_gate_start(&gate, true, 100);
    assert_int_equal(
            ota_gate_ask(&gate, false, 100 + OTA_TRIAL_MS - 1), OTA_WAIT);
    assert_int_equal(ota_gate_ask(&gate, false, 100 + OTA_TRIAL_MS), OTA_BACK);
    assert_int_equal(
            ota_gate_ask(&gate, false, 200 + OTA_TRIAL_MS), OTA_NOTHING);
}

static void an_answer_at_the_last_moment_counts(void **unused)
{
    struct ota_gate gate;

    (void)unused;
    ota_gate_start(&gate, true, 100);
    assert_int_equal(
            ota_gate_ask(&gate, true, 100 + 2 * (uint64_t)OTA_TRIAL_MS),
            OTA_KEEP);
}

static void firmware_that_is_not_on_trial_is_left_alone(void **unused)
{
    struct ota_gate gate;

    (void)unused;
    ota_gate_start(&gate, false, 100);
    assert_int_equal(ota_gate_ask(&gate, false, 2 * (uint64_t)OTA_TRIAL_MS),
            OTA_NOTHING);
    assert_int_equal(ota_gate_ask(&gate, true, 200), OTA_NOTHING);
}

static void another_version_is_taken_but_not_one_that_failed(void **unused)
{
    (void)unused;
    assert_true(ota_is_wanted("0.2", "0.3", NULL));
    assert_true(ota_is_wanted("0.3", "0.2", NULL)); /* also an older one */
    assert_false(ota_is_wanted("0.2", "0.2", NULL));
    assert_false(ota_is_wanted("0.2", "", NULL));
    assert_false(ota_is_wanted("0.2", "0.3", "0.3"));
    assert_true(ota_is_wanted("0.2", "0.4", "0.3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hubs_answer_keeps_it_once),
        cmocka_unit_test(without_an_answer_the_one_before_it_runs_again),
        cmocka_unit_test(an_answer_at_the_last_moment_counts),
        cmocka_unit_test(firmware_that_is_not_on_trial_is_left_alone),
        cmocka_unit_test(another_version_is_taken_but_not_one_that_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
