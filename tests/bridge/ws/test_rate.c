#include "bridge/ws/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "schemas/roles.h"

static uint32_t taken_at_once(struct rate *rate, int64_t now_ms)
{
    uint32_t taken = 0;

    while (taken < 10000 && rate_take(rate, now_ms))
        taken++;
    return taken;
}

static void a_full_bucket_holds_four_seconds_worth(void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 20, 1000);
    assert_int_equal(taken_at_once(&rate, 1000), 20 * RATE_BURST);
}

static void an_empty_bucket_gives_what_time_has_filled_in(void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 20, 0);
    taken_at_once(&rate, 0);
    assert_false(rate_take(&rate, 49));
    assert_true(rate_take(&rate, 50));
    assert_false(rate_take(&rate, 50));
    assert_int_equal(taken_at_once(&rate, 1050), 20);
}

static void who_is_refused_can_be_told_how_long_to_wait(void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 0, 0);
    assert_true(rate_take(&rate, 0));
    assert_int_equal(rate_wait_ms(&rate), 0);
    assert_int_equal(rate_full_ms(&rate), 0);
    rate_init(&rate, 3, 0);
    assert_int_equal(rate_wait_ms(&rate), 0);
    taken_at_once(&rate, 0);
    assert_int_equal(rate_wait_ms(&rate), 334);
    assert_int_equal(rate_full_ms(&rate), 1000 * RATE_BURST);
    assert_false(rate_take(&rate, 333));
    assert_int_equal(rate_wait_ms(&rate), 1);
    assert_true(rate_take(&rate, 334));
}

static void a_night_of_silence_fills_it_no_higher(void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 200, 0);
    taken_at_once(&rate, 0);
    assert_int_equal(taken_at_once(&rate, INT64_C(1) << 60), 200 * RATE_BURST);
}

static void each_refusal_is_a_strike_until_the_bucket_is_full_again(
        void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 2, 0);
    taken_at_once(&rate, 0);
    rate_take(&rate, 1);
    assert_int_equal(rate.strikes, 2);
    assert_true(rate_take(&rate, 1000));
    assert_int_equal(rate.strikes, 2);
    assert_true(rate_take(&rate, 6000));
    assert_int_equal(rate.strikes, 0);
}

static void a_clock_that_steps_back_gives_nothing(void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 2, 10000);
    taken_at_once(&rate, 10000);
    assert_false(rate_take(&rate, 5000));
}

static void another_rate_keeps_what_is_left_as_far_as_it_fits(void **unused)
{
    struct rate rate = { 0 };

    (void)unused;
    rate_change(&rate, 20, 0);
    assert_int_equal(taken_at_once(&rate, 0), 20 * RATE_BURST);
    rate_change(&rate, 200, 0);
    assert_int_equal(taken_at_once(&rate, 0), 0);
    assert_int_equal(taken_at_once(&rate, 1000), 200);
    rate_change(&rate, 200, 60000);
    rate_change(&rate, 2, 60000);
    assert_int_equal(taken_at_once(&rate, 60000), 2 * RATE_BURST);
    rate_change(&rate, 0, 60000);
    assert_int_equal(taken_at_once(&rate, 60000), 10000);
}

static void without_a_limit_nothing_is_refused(void **unused)
{
    struct rate rate;

    (void)unused;
    rate_init(&rate, 0, 0);
    assert_int_equal(taken_at_once(&rate, 0), 10000);
}

static void who_publishes_is_known_again(void **unused)
{
    struct rate_table table = { 0 };

    (void)unused;
    taken_at_once(rate_of(&table, 17, 2, 0), 0);
    assert_false(rate_take(rate_of(&table, 17, 2, 0), 0));
    assert_true(rate_take(rate_of(&table, 18, 2, 0), 0));
}

static void the_place_of_who_has_been_quiet_is_given_away(void **unused)
{
    struct rate_table table = { 0 };

    (void)unused;
    for (uint64_t i = 0; i < RATE_PROBES; i++)
        taken_at_once(rate_of(&table, 1 + i * RATE_SLOTS, 2, 0), 0);
    assert_true(rate_take(rate_of(&table, 1 + 9 * RATE_SLOTS, 2, 5000), 5000));
}

static void who_finds_no_place_shares_one_and_is_not_let_through(void **unused)
{
    struct rate_table table = { 0 };

    (void)unused;
    for (uint64_t i = 0; i < RATE_PROBES; i++)
        taken_at_once(rate_of(&table, 1 + i * RATE_SLOTS, 2, 0), 0);
    assert_false(rate_take(rate_of(&table, 1 + 9 * RATE_SLOTS, 2, 0), 0));
}

static void fill(struct rate_table *table, uint32_t per_second)
{
    for (uint64_t i = 0; i < RATE_SLOTS + RATE_PROBES; i++)
        taken_at_once(rate_of(table, 1 + i, per_second, 0), 0);
}

static void a_crowd_at_one_rate_takes_nothing_from_who_has_another(
        void **unused)
{
    struct rate_table table = { 0 };

    (void)unused;
    fill(&table, 2);
    for (uint64_t who = 1; who <= 2 * RATE_SLOTS; who += RATE_PROBES)
        assert_int_equal(
                taken_at_once(rate_of(&table, who, 200, 0), 0), 200 * 4);
    assert_false(rate_take(rate_of(&table, 9 * RATE_SLOTS, 2, 0), 0));
}

static void who_is_not_limited_shares_with_nobody(void **unused)
{
    struct rate_table table = { 0 };

    (void)unused;
    fill(&table, 2);
    assert_int_equal(taken_at_once(rate_of(&table, 3, 0, 0), 0), 10000);
    assert_false(rate_take(rate_of(&table, 3, 2, 0), 0));
}

/* As many as roles may have, and one of our own. */
static void every_rate_has_room_of_its_own(void **unused)
{
    struct rate_table table = { 0 };
    uint32_t rates[ROLE_COUNT + 1] = { 1 }, count = 1;

    (void)unused;
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        uint32_t known = 0;

        while (known < count && rates[known] != roles[i].per_second)
            known++;
        rates[known] = roles[i].per_second;
        count += known == count;
    }
    for (uint32_t i = 0; i < count; i++)
        fill(&table, rates[i]);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(rate_of(&table, 1, rates[i], 0)->per_second, rates[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_holds_four_seconds_worth),
        cmocka_unit_test(an_empty_bucket_gives_what_time_has_filled_in),
        cmocka_unit_test(who_is_refused_can_be_told_how_long_to_wait),
        cmocka_unit_test(a_night_of_silence_fills_it_no_higher),
        cmocka_unit_test(
                each_refusal_is_a_strike_until_the_bucket_is_full_again),
        cmocka_unit_test(a_clock_that_steps_back_gives_nothing),
        cmocka_unit_test(another_rate_keeps_what_is_left_as_far_as_it_fits),
        cmocka_unit_test(without_a_limit_nothing_is_refused),
        cmocka_unit_test(who_publishes_is_known_again),
        cmocka_unit_test(the_place_of_who_has_been_quiet_is_given_away),
        cmocka_unit_test(who_finds_no_place_shares_one_and_is_not_let_through),
        cmocka_unit_test(
                a_crowd_at_one_rate_takes_nothing_from_who_has_another),
        cmocka_unit_test(who_is_not_limited_shares_with_nobody),
        cmocka_unit_test(every_rate_has_room_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
