#include "bridge/auth_life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void durations_have_a_unit_and_an_end(void **unused)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        { "90s", 90000 },
        { "15m", 900000 },
        { "2h", 7200000 },
        { "1d", 86400000 },
        { "30", 30000 },
        { "400d", LIFE_MAX_MS },
    };
    static const char *const bad[] = { "", "m", "0s", "-1s", " 1s", "1w", "1ms",
        "1.5h", "401d", "34560001", "99999999999999999999s" };
    int64_t ms = 0;

    (void)unused;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(life_read(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(life_read(bad[i], &ms));
}

static void a_day_counts_to_its_end_and_a_moment_as_it_is(void **unused)
{
    static const char *const bad[] = { "", "2026-06", "2026-06-31",
        "2025-02-29", "2026-13-01", "1969-12-31", "2026-6-1",
        "2026-06-30T18:00:00", "2026-06-30T18:00:00+01:00", "tomorrow",
        "2026-06-30T18:00Z" };
    int64_t at_ms = 0;

    (void)unused;
    assert_true(life_read_end("2026-06-30", &at_ms));
    assert_int_equal(at_ms, 1782864000000);
    assert_true(life_read_end("2026-06-30T18:00:00Z", &at_ms));
    assert_int_equal(at_ms, 1782842400000);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(life_read_end(bad[i], &at_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_a_unit_and_an_end),
        cmocka_unit_test(a_day_counts_to_its_end_and_a_moment_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
