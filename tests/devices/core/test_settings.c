#include "devices/core/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIDNIGHT 1767225600000ull
#define MINUTE   60000ull

static const struct device_settings some = { .rev = 7,
    .mute_from_min = 22 * 60 + 30,
    .mute_to_min = 6 * 60,
    .utc_offset_min = -90,
    .sleep_s = 30,
    .telemetry_s = 86400 };

static void what_is_written_is_read_again(void **unused)
{
    uint8_t bytes[SETTINGS_BYTES];
    struct device_settings read = { .rev = 1 };

    (void)unused;
    assert_int_equal(settings_write(bytes, &some), SETTINGS_BYTES);
    assert_true(settings_read(&read, bytes, sizeof(bytes)));
    assert_int_equal(read.rev, some.rev);
    assert_int_equal(read.mute_from_min, some.mute_from_min);
    assert_int_equal(read.mute_to_min, some.mute_to_min);
    assert_int_equal(read.utc_offset_min, some.utc_offset_min);
    assert_int_equal(read.sleep_s, some.sleep_s);
    assert_int_equal(read.telemetry_s, some.telemetry_s);
}

static void other_bytes_are_none(void **unused)
{
    uint8_t bytes[SETTINGS_BYTES + 1] = { 0 };
    struct device_settings read = { .rev = 1 };

    (void)unused;
    settings_write(bytes, &some);
    assert_false(settings_read(&read, bytes, 0));
    assert_false(settings_read(&read, bytes, SETTINGS_BYTES - 1));
    assert_false(settings_read(&read, bytes, SETTINGS_BYTES + 1));
    bytes[0]++;
    assert_false(settings_read(&read, bytes, SETTINGS_BYTES));
    settings_write(bytes, &some);
    bytes[9] = 0xFF; /* a minute that no day has */
    assert_false(settings_read(&read, bytes, SETTINGS_BYTES));
    assert_int_equal(read.rev, 1);
}

static void what_is_out_of_its_range_is_refused_whole(void **unused)
{
    static const struct {
        uint64_t rev;
        uint32_t from, to;
        int32_t offset;
        uint32_t sleep_s, telemetry_s;
        bool is_taken;
    } rows[] = {
        { 1, 0, 1439, 840, 3600, 10, true },
        { 1, 0, 0, -840, 0, 0, true },
        { 0, 0, 0, 0, 0, 0, false },
        { 1, 1440, 0, 0, 0, 0, false },
        { 1, 0, 1440, 0, 0, 0, false },
        { 1, 0, 0, 841, 0, 0, false },
        { 1, 0, 0, -841, 0, 0, false },
        { 1, 0, 0, 0, 3601, 0, false },
        { 1, 0, 0, 0, 0, 9, false },
        { 1, 0, 0, 0, 0, 86401, false },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Dw__DeviceConfigured said = DW__DEVICE_CONFIGURED__INIT;
        struct device_settings settings = { .rev = 99 };

        said.rev = rows[i].rev;
        said.mute_from_min = rows[i].from;
        said.mute_to_min = rows[i].to;
        said.utc_offset_min = rows[i].offset;
        said.sleep_s = rows[i].sleep_s;
        said.telemetry_s = rows[i].telemetry_s;
        assert_int_equal(settings_of(&settings, &said), rows[i].is_taken);
        assert_int_equal(settings.rev, rows[i].is_taken ? 1 : 99);
    }
}

static void a_window_within_a_day_ends_the_minute_that_it_names(void **unused)
{
    const struct device_settings settings = {
        .rev = 1, .mute_from_min = 60, .mute_to_min = 120
    };

    (void)unused;
    assert_false(settings_are_mute(&settings, MIDNIGHT + 60 * MINUTE - 1));
    assert_true(settings_are_mute(&settings, MIDNIGHT + 60 * MINUTE));
    assert_true(settings_are_mute(&settings, MIDNIGHT + 120 * MINUTE - 1));
    assert_false(settings_are_mute(&settings, MIDNIGHT + 120 * MINUTE));
}

static void a_window_over_midnight_is_one_window(void **unused)
{
    const struct device_settings settings = {
        .rev = 1, .mute_from_min = 22 * 60, .mute_to_min = 6 * 60
    };

    (void)unused;
    assert_true(settings_are_mute(&settings, MIDNIGHT));
    assert_true(settings_are_mute(&settings, MIDNIGHT - 1));
    assert_true(settings_are_mute(&settings, MIDNIGHT + 359 * MINUTE));
    assert_false(settings_are_mute(&settings, MIDNIGHT + 360 * MINUTE));
    assert_false(settings_are_mute(&settings, MIDNIGHT + 1319 * MINUTE));
}

static void the_minutes_are_those_of_the_restaurants_clock(void **unused)
{
    struct device_settings settings = {
        .rev = 1, .mute_from_min = 0, .mute_to_min = 60, .utc_offset_min = 120
    };

    (void)unused;
    assert_true(settings_are_mute(&settings, MIDNIGHT - 120 * MINUTE));
    assert_false(settings_are_mute(&settings, MIDNIGHT));
    settings.utc_offset_min = -300;
    assert_true(settings_are_mute(&settings, MIDNIGHT + 300 * MINUTE));
    assert_false(settings_are_mute(&settings, MIDNIGHT));
}

static void without_a_window_or_a_clock_nothing_is_mute(void **unused)
{
    struct device_settings settings = { .rev = 1 };

    (void)unused;
    assert_false(settings_are_mute(&settings, MIDNIGHT));
    settings.mute_from_min = settings.mute_to_min = 720;
    assert_false(settings_are_mute(&settings, MIDNIGHT + 720 * MINUTE));
    settings.mute_to_min = 719; /* all day but a minute */
    assert_true(settings_are_mute(&settings, MIDNIGHT));
    assert_false(settings_are_mute(&settings, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(other_bytes_are_none),
        cmocka_unit_test(what_is_out_of_its_range_is_refused_whole),
        cmocka_unit_test(a_window_within_a_day_ends_the_minute_that_it_names),
        cmocka_unit_test(a_window_over_midnight_is_one_window),
        cmocka_unit_test(the_minutes_are_those_of_the_restaurants_clock),
        cmocka_unit_test(without_a_window_or_a_clock_nothing_is_mute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
