#include "schemas/roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_role_is_found_by_its_name(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        assert_non_null(roles[i].name);
        assert_int_equal(role_find(roles[i].name), 1u << i);
    }
    assert_int_equal(role_find("hub"), ROLE_HUB);
    assert_int_equal(role_find("Kitchen"), 0);
    assert_int_equal(role_find("chef"), 0);
    assert_int_equal(role_find(""), 0);
}

static void every_role_has_a_size_limit_and_a_view(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        assert_true(roles[i].message_bytes > 0);
        assert_true(roles[i].message_bytes <= 32768);
        assert_true(roles[i].view > VIEW_NONE && roles[i].view < VIEW_COUNT);
    }
}

static void everybody_but_the_hub_is_limited(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal(roles[i].per_second == 0, i == ROLE_INDEX_HUB);
        assert_int_equal(roles[i].connections == 0, i == ROLE_INDEX_HUB);
    }
}

static void several_roles_have_the_largest_of_their_limits(void **unused)
{
    (void)unused;
    assert_int_equal(role_message_bytes(0), 0);
    assert_int_equal(role_message_bytes(ROLE_TABLE), 4096);
    assert_int_equal(role_message_bytes(ROLE_TABLE | ROLE_WAITER), 16384);
    assert_int_equal(role_message_bytes(ROLE_POS | ROLE_DEVICE), 32768);
}

static void several_roles_have_the_highest_of_their_rates(void **unused)
{
    (void)unused;
    assert_int_equal(role_per_second(0), 0);
    assert_int_equal(role_per_second(ROLE_TABLE), 2);
    assert_int_equal(role_per_second(ROLE_TABLE | ROLE_WAITER), 20);
    assert_int_equal(role_per_second(ROLE_TABLE | ROLE_HUB), 0);
    assert_int_equal(role_connections(0), 0);
    assert_int_equal(role_connections(ROLE_DEVICE), 1);
    assert_int_equal(role_connections(ROLE_TABLE | ROLE_WAITER), 8);
    assert_int_equal(role_connections(ROLE_TABLE | ROLE_HUB), 0);
}

static void several_roles_have_the_widest_of_their_views(void **unused)
{
    (void)unused;
    assert_int_equal(role_view(0), VIEW_NONE);
    assert_int_equal(role_view(ROLE_TABLE), VIEW_CUSTOMER);
    assert_int_equal(role_view(ROLE_TABLE | ROLE_KITCHEN), VIEW_STAFF);
    assert_int_equal(role_view(ROLE_KITCHEN | ROLE_WAITER), VIEW_FULL);
}

static void guests_are_guests_until_they_are_something_else(void **unused)
{
    (void)unused;
    assert_true(role_are_guests(ROLE_TABLE));
    assert_true(role_are_guests(ROLE_USER | ROLE_TABLE));
    assert_true(role_are_guests(0));
    assert_false(role_are_guests(ROLE_TABLE | ROLE_POOL));
    assert_false(role_are_guests(ROLE_DEVICE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_is_found_by_its_name),
        cmocka_unit_test(every_role_has_a_size_limit_and_a_view),
        cmocka_unit_test(everybody_but_the_hub_is_limited),
        cmocka_unit_test(several_roles_have_the_largest_of_their_limits),
        cmocka_unit_test(several_roles_have_the_highest_of_their_rates),
        cmocka_unit_test(several_roles_have_the_widest_of_their_views),
        cmocka_unit_test(guests_are_guests_until_they_are_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
