#include "devices/core/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct pattern twice = {
    .steps = { 100, 50, 200 }, .pause_ms = 1000, .repeats = 2
};
static const struct pattern endless = { .steps = { 100 }, .pause_ms = 900 };
static const struct pattern steady = { .steps = { 500 } };

static void it_is_on_in_every_other_step(void **unused)
{
    (void)unused;
    assert_true(pattern_is_on(&twice, 0));
    assert_true(pattern_is_on(&twice, 99));
    assert_false(pattern_is_on(&twice, 100));
    assert_true(pattern_is_on(&twice, 150));
    assert_true(pattern_is_on(&twice, 349));
    assert_false(pattern_is_on(&twice, 350));
    assert_true(pattern_is_on(&twice, 1350));
}

static void it_says_when_it_changes_next(void **unused)
{
    static const uint64_t changes[] = { 100, 150, 350, 1350, 1450, 1500, 1700 };
    uint64_t at_ms = 0;

    (void)unused;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        assert_int_equal(pattern_next_ms(&twice, at_ms), changes[i]);
        assert_int_equal(pattern_next_ms(&twice, changes[i] - 1), changes[i]);
        at_ms = changes[i];
    }
    assert_int_equal(pattern_next_ms(&twice, at_ms), UINT64_MAX);
}

static void it_is_over_after_its_last_sound_not_after_a_pause(void **unused)
{
    (void)unused;
    assert_false(pattern_is_over(&twice, 1699));
    assert_true(pattern_is_over(&twice, 1700));
    assert_false(pattern_is_on(&twice, 3000));
}

static void one_without_an_end_goes_on(void **unused)
{
    const uint64_t year = 365ull * 24 * 3600 * 1000;

    (void)unused;
    assert_false(pattern_is_over(&endless, year));
    assert_true(pattern_is_on(&endless, year));
    assert_int_equal(pattern_next_ms(&endless, year), year + 100);
    assert_int_equal(pattern_next_ms(&endless, year + 100), year + 1000);
    assert_true(pattern_is_on(&steady, year));
    assert_true(pattern_is_on(&steady, year + 499));
}

/* What a moment says and what was announced for it are the same. */
static void nothing_changes_unannounced(void **unused)
{
    (void)unused;
    for (int i = 0; i < PATTERN_COUNT; i++) {
        const struct pattern *pattern = &patterns[i];
        uint64_t due_ms = pattern_next_ms(pattern, 0);

        for (uint64_t ms = 1; ms < 30000; ms++) {
            if (ms == due_ms)
                due_ms = pattern_next_ms(pattern, ms);
            else
                assert_int_equal(pattern_is_on(pattern, ms),
                        pattern_is_on(pattern, ms - 1));
        }
    }
}

static void every_row_begins_at_once_and_has_an_end_or_a_pause(void **unused)
{
    (void)unused;
    assert_true(pattern_is_over(&patterns[PATTERN_NONE], 0));
    for (int i = PATTERN_NONE + 1; i < PATTERN_COUNT; i++) {
        assert_true(pattern_is_on(&patterns[i], 0));
        assert_true(patterns[i].repeats || patterns[i].pause_ms);
        assert_true(patterns[i].buzzes || !patterns[i].is_urgent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_on_in_every_other_step),
        cmocka_unit_test(it_says_when_it_changes_next),
        cmocka_unit_test(it_is_over_after_its_last_sound_not_after_a_pause),
        cmocka_unit_test(one_without_an_end_goes_on),
        cmocka_unit_test(nothing_changes_unannounced),
        cmocka_unit_test(every_row_begins_at_once_and_has_an_end_or_a_pause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
