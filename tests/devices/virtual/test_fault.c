#include "devices/virtual/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void every_fault_can_be_named_and_says_what_it_is(void **unused)
{
    (void)unused;
    for (int i = 0; i < FAULT_COUNT; i++) {
        enum fault_id id = FAULT_COUNT;
        uint32_t number = 1;

        assert_true(fault_read(fault_kinds[i].name, &id, &number));
        assert_int_equal(id, i);
        assert_int_equal(number, fault_kinds[i].standard);
        assert_true(strlen(fault_kinds[i].help) > 0);
    }
}

static void a_number_stands_behind_a_sign_or_a_blank(void **unused)
{
    enum fault_id id;
    uint32_t number;

    (void)unused;
    assert_true(fault_read("reset=120", &id, &number));
    assert_int_equal(id, FAULT_RESET);
    assert_int_equal(number, 120);
    assert_true(fault_read("stall 3", &id, &number));
    assert_int_equal(number, 3);
}

static void what_is_not_meant_is_not_guessed(void **unused)
{
    static const char *const wrong[] = { "", "paper", "paper-outs",
        "reset=", "reset=x", "reset=-1", "reset=1 ", "reset=1000001",
        "reset=99999999999999999999", "silent=1", "Reset" };
    enum fault_id id;
    uint32_t number;

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(fault_read(wrong[i], &id, &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_can_be_named_and_says_what_it_is),
        cmocka_unit_test(a_number_stands_behind_a_sign_or_a_blank),
        cmocka_unit_test(what_is_not_meant_is_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
