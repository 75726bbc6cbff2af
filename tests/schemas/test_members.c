#include "schemas/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schemas/roles.h"

static void every_kind_is_found_by_its_name_and_has_one_role(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < MEMBER_COUNT; i++) {
        uint32_t role = member_kinds[i].role;

        assert_non_null(member_kinds[i].name);
        assert_int_equal(member_kind_find(member_kinds[i].name), i);
        assert_true(role && !(role & (role - 1)));
    }
    assert_int_equal(member_kind_find("toaster"), MEMBER_COUNT);
    assert_int_equal(member_kind_find(""), MEMBER_COUNT);
}

static void what_is_foreign_hears_nothing_of_ours(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < MEMBER_COUNT; i++)
        if (member_kinds[i].foreign)
            assert_int_equal(member_kinds[i].hears | member_kinds[i].roams, 0);
}

static void only_devices_hear_what_rings(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < MEMBER_COUNT; i++)
        if (member_kinds[i].hears)
            assert_int_equal(member_kinds[i].role, ROLE_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name_and_has_one_role),
        cmocka_unit_test(what_is_foreign_hears_nothing_of_ours),
        cmocka_unit_test(only_devices_hear_what_rings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
