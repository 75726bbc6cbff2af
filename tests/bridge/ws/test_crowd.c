#include "bridge/ws/crowd.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct crowd crowd;

static struct in6_addr at(const char *text)
{
    struct in6_addr address;

    assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
    return address;
}

static struct crowd_place *enter(const char *text)
{
    struct in6_addr address = at(text);

    return crowd_enter(&crowd, &address);
}

static uint32_t count(const char *text)
{
    struct in6_addr address = at(text);

    return crowd_count(&crowd, &address);
}

static void assert_networks(const char *one, const char *other, bool same)
{
    struct in6_addr a = at(one), b = at(other);

    a = crowd_network(&a);
    b = crowd_network(&b);
    assert_int_equal(memcmp(&a, &b, sizeof(a)) == 0, same);
}

static int start(void **unused)
{
    (void)unused;
    crowd_init(&crowd, (struct hash_key){ 1, 2 });
    return 0;
}

static void each_address_is_counted_for_itself(void **unused)
{
    struct crowd_place *first = enter("::ffff:10.0.0.1");
    struct crowd_place *second = enter("::ffff:10.0.0.1");
    struct crowd_place *other = enter("::ffff:10.0.0.2");

    (void)unused;
    assert_ptr_equal(first, second);
    assert_int_equal(count("::ffff:10.0.0.1"), 2);
    assert_int_equal(count("::ffff:10.0.0.2"), 1);
    assert_int_equal(count("::ffff:10.0.0.3"), 0);
    crowd_leave(first);
    assert_int_equal(count("::ffff:10.0.0.1"), 1);
    crowd_leave(second);
    assert_int_equal(count("::ffff:10.0.0.1"), 0);
    crowd_leave(other);
}

static void a_network_of_a_household_is_one_address(void **unused)
{
    struct crowd_place *first = enter("2001:db8:1:2::1");
    struct crowd_place *second = enter("2001:db8:1:2:ffff:ffff:ffff:ffff");
    struct crowd_place *other = enter("2001:db8:1:3::1");

    (void)unused;
    assert_int_equal(count("2001:db8:1:2::9"), 2);
    assert_int_equal(count("2001:db8:1:3::9"), 1);
    assert_networks("2001:db8:1:2::1", "2001:db8:1:2::2", true);
    assert_networks("2001:db8:1:2::1", "2001:db8:1:3::1", false);
    assert_networks("::ffff:10.0.0.1", "::ffff:10.0.0.2", false);
    crowd_leave(first);
    crowd_leave(second);
    crowd_leave(other);
}

static void many_addresses_are_kept_apart_and_let_go(void **unused)
{
    enum { MANY = 2000 };
    static struct crowd_place *places[MANY];
    char text[64];

    (void)unused;
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "::ffff:10.1.%d.%d", i / 250, i % 250);
        places[i] = enter(text);
        assert_non_null(places[i]);
        assert_int_equal(places[i]->count, 1);
    }
    for (int i = 0; i < MANY; i++)
        crowd_leave(places[i]);
    for (int i = 0; i < CROWD_BUCKETS; i++)
        assert_true(LIST_EMPTY(&crowd.buckets[i]));
    crowd_leave(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_address_is_counted_for_itself, start),
        cmocka_unit_test_setup(a_network_of_a_household_is_one_address, start),
        cmocka_unit_test_setup(many_addresses_are_kept_apart_and_let_go, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
