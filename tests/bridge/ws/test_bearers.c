#include "bridge/ws/bearers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "schemas/roles.h"

#define MOST 3

static struct bearers bearers;
static struct bearer listeners[8];
static bool ended[8];

static void on_end(struct bearer *bearer)
{
    assert_false(bearer->is_in);
    ended[bearer - listeners] = true;
}

static int start(void **unused)
{
    (void)unused;
    bearers_init(&bearers, (struct hash_key){ 3, 4 });
    for (int i = 0; i < 8; i++) {
        listeners[i] = (struct bearer){ .end = on_end };
        ended[i] = false;
    }
    return 0;
}

/* Each over a connection of its own. */
static void enter(int i, uint64_t who)
{
    bearers_enter(&bearers, &listeners[i], who, &listeners[i], MOST);
}

static void the_oldest_makes_room_for_the_youngest(void **unused)
{
    (void)unused;
    for (int i = 0; i < MOST; i++)
        enter(i, 7);
    assert_false(ended[0]);
    enter(3, 7);
    assert_true(ended[0]);
    enter(4, 7);
    assert_true(ended[1]);
    assert_false(ended[2] || ended[3] || ended[4]);
}

static void who_has_left_does_not_count(void **unused)
{
    (void)unused;
    for (int i = 0; i < MOST; i++)
        enter(i, 7);
    bearers_leave(&listeners[1]);
    bearers_leave(&listeners[1]);
    enter(3, 7);
    assert_false(ended[0] || ended[1] || ended[2]);
}

static void others_do_not_count_even_in_the_same_bucket(void **unused)
{
    (void)unused;
    for (int i = 0; i < MOST; i++)
        enter(i, 7);
    for (int i = MOST; i < 2 * MOST; i++)
        enter(i, 7 + BEARERS_BUCKETS);
    for (int i = 0; i < 2 * MOST; i++)
        assert_false(ended[i]);
    enter(6, 7 + BEARERS_BUCKETS);
    assert_true(ended[MOST]);
    assert_false(ended[0]);
}

static void two_over_one_connection_count_once_and_end_together(void **unused)
{
    static int connection;

    (void)unused;
    bearers_enter(&bearers, &listeners[0], 7, &connection, MOST);
    enter(1, 7);
    bearers_enter(&bearers, &listeners[2], 7, &connection, MOST);
    enter(3, 7);
    assert_false(ended[0] || ended[1] || ended[2]);
    enter(4, 7);
    assert_true(ended[0] && ended[2]);
    assert_false(ended[1] || ended[3]);
}

static void who_comes_anew_is_young_again(void **unused)
{
    (void)unused;
    for (int i = 0; i < MOST; i++)
        enter(i, 7);
    enter(0, 7);
    enter(3, 7);
    assert_false(ended[0]);
    assert_true(ended[1]);
}

static void without_a_limit_nobody_ends(void **unused)
{
    (void)unused;
    for (int i = 0; i < 8; i++)
        bearers_enter(&bearers, &listeners[i], 7, &listeners[i], 0);
    for (int i = 0; i < 8; i++)
        assert_false(ended[i]);
}

static void a_bearer_is_site_roles_and_subject(void **unused)
{
    struct principal one = { .roles = ROLE_KITCHEN, .subject = "ann" };
    struct principal two = one;
    uint64_t who = bearers_who(&bearers, "main", &one);

    (void)unused;
    snprintf(two.token_id, sizeof(two.token_id), "another");
    assert_int_equal(bearers_who(&bearers, "main", &two), who);
    assert_int_not_equal(bearers_who(&bearers, "harbour", &one), who);
    two.roles |= ROLE_WAITER;
    assert_int_not_equal(bearers_who(&bearers, "main", &two), who);
    two = one;
    snprintf(two.subject, sizeof(two.subject), "bob");
    assert_int_not_equal(bearers_who(&bearers, "main", &two), who);
}

static void two_tables_or_sittings_are_two_bearers(void **unused)
{
    struct principal one = { .roles = ROLE_TABLE, .subject = "guest" };
    struct principal two = one, three = one;

    (void)unused;
    snprintf(one.table, sizeof(one.table), "5");
    snprintf(two.table, sizeof(two.table), "6");
    snprintf(three.session, sizeof(three.session), "5");
    assert_int_not_equal(bearers_who(&bearers, "main", &one),
            bearers_who(&bearers, "main", &two));
    assert_int_not_equal(bearers_who(&bearers, "main", &one),
            bearers_who(&bearers, "main", &three));
}

static void a_token_of_nobody_in_particular_stands_for_its_bearer(void **unused)
{
    struct principal one = { .roles = ROLE_KITCHEN,
        .subject = BEARERS_ANYBODY };
    struct principal two = one;

    (void)unused;
    snprintf(one.token_id, sizeof(one.token_id), "t1");
    snprintf(two.token_id, sizeof(two.token_id), "t2");
    assert_int_not_equal(bearers_who(&bearers, "main", &one),
            bearers_who(&bearers, "main", &two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_oldest_makes_room_for_the_youngest, start),
        cmocka_unit_test_setup(who_has_left_does_not_count, start),
        cmocka_unit_test_setup(
                others_do_not_count_even_in_the_same_bucket, start),
        cmocka_unit_test_setup(
                two_over_one_connection_count_once_and_end_together, start),
        cmocka_unit_test_setup(who_comes_anew_is_young_again, start),
        cmocka_unit_test_setup(without_a_limit_nobody_ends, start),
        cmocka_unit_test_setup(a_bearer_is_site_roles_and_subject, start),
        cmocka_unit_test_setup(two_tables_or_sittings_are_two_bearers, start),
        cmocka_unit_test_setup(
                a_token_of_nobody_in_particular_stands_for_its_bearer, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
