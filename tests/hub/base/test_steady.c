#include "hub/base/steady.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR_MS 3600000ll
#define WALL_MS 1767225600000ll

static struct steady steady;
static int64_t wall_ms, ahead_ms;

static int begin(void **state)
{
    (void)state;
    wall_ms = WALL_MS;
    ahead_ms = 777;
    steady_init(&steady, wall_ms);
    return 0;
}

/* So much passes in one tick, and meanwhile the clock is set by so much. */
static void tick(int64_t passes_ms, int64_t set_ms)
{
    wall_ms += passes_ms + set_ms;
    steady_tick(&steady, wall_ms, NULL);
}

static void tick_knowing(int64_t passes_ms, int64_t set_ms)
{
    wall_ms += passes_ms + set_ms;
    ahead_ms += set_ms;
    steady_tick(&steady, wall_ms, &ahead_ms);
}

static void it_counts_what_passes_from_tick_to_tick(void **state)
{
    (void)state;
    tick(100, 0);
    tick(1900, 0);
    assert_int_equal(steady_at(&steady, wall_ms), 2000);
    assert_int_equal(steady_at(&steady, wall_ms + 90), 2090);
    assert_int_equal(steady_set(&steady), 0);
}

static void a_clock_that_is_set_lets_nothing_pass(void **state)
{
    (void)state;
    tick(100, 5 * HOUR_MS);
    tick(100, -7 * HOUR_MS);
    tick(100, 0);
    assert_in_range(steady_at(&steady, wall_ms), 100, 100 + STEADY_STEP_MS);
    assert_in_range(-steady_set(&steady), 2 * HOUR_MS - 200, 2 * HOUR_MS);
    assert_in_range(steady_at(&steady, wall_ms + 9 * HOUR_MS) -
                            steady_at(&steady, wall_ms),
            0, STEADY_STEP_MS);
    assert_int_equal(steady_at(&steady, wall_ms - 9 * HOUR_MS),
            steady_at(&steady, wall_ms));
}

/* Without knowing better a second would have passed. */
static void who_knows_how_far_it_is_ahead_counts_exactly(void **state)
{
    (void)state;
    tick_knowing(100, 0);
    tick_knowing(100, 900);
    tick_knowing(100, -5 * HOUR_MS);
    assert_int_equal(steady_at(&steady, wall_ms), 300);
    assert_int_equal(steady_set(&steady), 900 - 5 * HOUR_MS);
}

static void of_a_time_without_ticks_a_step_is_counted(void **state)
{
    (void)state;
    tick_knowing(100, 0);
    tick_knowing(HOUR_MS, 0);
    assert_int_equal(steady_at(&steady, wall_ms), 100 + STEADY_STEP_MS);
    assert_int_equal(steady_set(&steady), 0);
}

static void a_moment_has_the_age_that_it_had_before_the_clock_was_set(
        void **state)
{
    static const int64_t sets[] = { 3 * HOUR_MS, -4 * HOUR_MS, 90000 };
    int64_t then_ms;

    (void)state;
    tick_knowing(100, 0);
    then_ms = wall_ms;
    tick_knowing(700, 0);
    for (int i = 0; i < STEADY_CLOCKS - 1; i++) {
        tick_knowing(0, sets[i]);
        assert_int_equal(steady_age(&steady, then_ms), 700);
        assert_int_equal(steady_age(&steady, wall_ms), 0);
    }
    assert_int_equal(steady_age(&steady, wall_ms + HOUR_MS * 24), 0);
}

static void what_was_before_it_began_is_as_old_as_the_clock_says(void **state)
{
    (void)state;
    tick_knowing(100, 0);
    assert_int_equal(steady_age(&steady, WALL_MS - HOUR_MS), HOUR_MS + 100);
}

/* A clock that is put right all the time is one clock. */
static void small_corrections_take_no_place_of_a_clock(void **state)
{
    int64_t then_ms = wall_ms;

    (void)state;
    tick_knowing(100, 0);
    tick_knowing(100, 2 * HOUR_MS);
    for (int i = 0; i < 1000; i++)
        tick_knowing(100, i % 3 ? 1 : -1);
    assert_int_equal(steady_age(&steady, then_ms), 200 + 1000 * 100);
}

#define T(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_counts_what_passes_from_tick_to_tick),
        T(a_clock_that_is_set_lets_nothing_pass),
        T(who_knows_how_far_it_is_ahead_counts_exactly),
        T(of_a_time_without_ticks_a_step_is_counted),
        T(a_moment_has_the_age_that_it_had_before_the_clock_was_set),
        T(what_was_before_it_began_is_as_old_as_the_clock_says),
        T(small_corrections_take_no_place_of_a_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
