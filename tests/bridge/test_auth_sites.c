#include "bridge/auth_sites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void names_are_read_with_commas_or_spaces_between_them(void **unused)
{
    static const char *const lists[] = { "a,b-2,C_3", "a b-2 C_3",
        " a, b-2 ,\tC_3,, " };
    struct fault fault;

    (void)unused;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct sites sites = { .count = 0 };

        assert_int_equal(sites_add(&sites, lists[i], &fault), ERR_OK);
        assert_int_equal(sites.count, 3);
        assert_string_equal(sites.names[0], "a");
        assert_string_equal(sites.names[1], "b-2");
        assert_string_equal(sites.names[2], "C_3");
    }
}

static void nothing_is_nobody(void **unused)
{
    struct sites sites = { .names = { "main" }, .count = 1 };
    struct fault fault;

    (void)unused;
    assert_int_equal(sites_add(&sites, "", &fault), ERR_OK);
    assert_int_equal(sites_add(&sites, " , ", &fault), ERR_OK);
    assert_int_equal(sites.count, 1);
}

static void a_bad_list_adds_nobody_at_all(void **unused)
{
    static const struct {
        const char *list, *sentence;
    } bad[] = {
        { "a b/c", "a name is 1 to 36" },
        { "a b.c", "a name is 1 to 36" },
        { "a +", "a name is 1 to 36" },
        { "a 1234567890123456789012345678901234567", "a name is 1 to 36" },
        { "a main", "main is named twice" },
        { "a b a", "a is named twice" },
    };
    struct sites sites = { .names = { "main" }, .count = 1 };
    struct fault fault;

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(sites_add(&sites, bad[i].list, &fault), ERR_CONFIG);
        assert_memory_equal(
                fault.text, bad[i].sentence, strlen(bad[i].sentence));
        assert_int_equal(sites.count, 1);
        assert_null(sites_find(&sites, "a"));
    }
}

static void there_are_at_most_64(void **unused)
{
    struct sites sites = { .count = 0 };
    struct fault fault;
    char name[8];

    (void)unused;
    for (int i = 0; i < SITES_MAX; i++) {
        snprintf(name, sizeof(name), "s%d", i);
        assert_int_equal(sites_add(&sites, name, &fault), ERR_OK);
    }
    assert_int_equal(sites_add(&sites, "more", &fault), ERR_CONFIG);
    assert_int_equal(sites.count, SITES_MAX);
}

static void only_the_whole_name_is_found(void **unused)
{
    struct sites sites = { .names = { "main", "harbour" }, .count = 2 };

    (void)unused;
    assert_ptr_equal(sites_find(&sites, "harbour"), sites.names[1]);
    assert_null(sites_find(&sites, "harb"));
    assert_null(sites_find(&sites, "harbours"));
    assert_null(sites_find(&sites, ""));
}

static void ids_of_the_first_site_stay_and_no_two_meet(void **unused)
{
    struct sites sites = { .names = { "main", "harbour" }, .count = 2 };
    char first[LOGIN_CHARS + 1], other[LOGIN_CHARS + 1];

    (void)unused;
    sites_login(&sites, "main", "pager-5", first);
    sites_login(&sites, "harbour", "pager-5", other);
    assert_string_equal(first, "pager-5");
    assert_string_equal(other, "harbour.pager-5");
}

static void the_longest_login_is_whole(void **unused)
{
    static const char longest[] = "123456789012345678901234567890123456";
    struct sites sites = { .names = { "main" }, .count = 1 };
    char login[LOGIN_CHARS + 1];
    struct fault fault;

    (void)unused;
    assert_int_equal(sites_add(&sites, longest, &fault), ERR_OK);
    sites_login(&sites, longest, longest, login);
    assert_int_equal(strlen(login), 36 + 1 + 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_with_commas_or_spaces_between_them),
        cmocka_unit_test(nothing_is_nobody),
        cmocka_unit_test(a_bad_list_adds_nobody_at_all),
        cmocka_unit_test(there_are_at_most_64),
        cmocka_unit_test(only_the_whole_name_is_found),
        cmocka_unit_test(ids_of_the_first_site_stay_and_no_two_meet),
        cmocka_unit_test(the_longest_login_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
