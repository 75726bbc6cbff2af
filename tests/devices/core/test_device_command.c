#include "devices/core/device.h"

#include "tests/devices/core/wishes.h"

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    if (!desk_start(desk, &wishing, &wishing_config, 1000))
        return -1;
    desk_link(desk, 1000);
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static bool is_found(const struct desk *desk)
{
    return desk->device.signal.identify_until_ms == 0;
}

/* --- being found --- */

static void who_is_looked_for_rings_blinks_and_shows_its_id(void **state)
{
    struct desk *desk = *state;

    say_identify(desk, 20, 2000);
    assert_true(desk->buzzing);
    assert_true(desk->lit);
    assert_string_equal(desk->display[0], "d1");
    assert_string_equal(desk_last_line(desk), "identify seconds=20");
    device_tick(&desk->device, 21999);
    assert_false(is_found(desk));
    device_tick(&desk->device, 22000);
    assert_true(is_found(desk));
    assert_false(desk->buzzing);
    assert_string_equal(desk->display[0], "");
    assert_string_equal(desk_last_line(desk), "identified");
}

static void it_is_looked_for_for_some_seconds_and_not_for_hours(void **state)
{
    struct desk *desk = *state;

    say_identify(desk, -1, 2000);
    assert_int_equal(desk->device.signal.identify_until_ms, 12000);
    say_identify(desk, 300, 3000);
    assert_int_equal(desk->device.signal.identify_until_ms, 303000);
    say_identify(desk, 301, 4000);
    assert_int_equal(desk->device.signal.identify_until_ms, 303000);
    assert_int_equal(desk->device.counts.bad, 1);
}

static void no_seconds_or_any_key_say_that_it_was_found(void **state)
{
    struct desk *desk = *state;

    say_identify(desk, 10, 2000);
    say_identify(desk, 0, 3000);
    assert_true(is_found(desk));
    assert_false(desk->buzzing);
    say_identify(desk, 10, 4000);
    device_input(&desk->device, INPUT_KEY, 5000);
    assert_true(is_found(desk));
    assert_int_equal(desk_count(desk, "input"), 0); /* and no more than that */
    say_identify(desk, 10, 6000);
    device_word(&desk->device, "bump", 7000);
    assert_true(is_found(desk));
    device_input(&desk->device, INPUT_KEY, 8000);
    assert_int_equal(desk_count(desk, "input"), 1);
    say_identify(desk, 0, 9000); /* nobody looks: nothing happens */
    assert_int_equal(desk_count(desk, "identified"), 3);
}

static void it_is_heard_in_the_mute_window_too(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 1767225600000;
    desk->device.settings =
            (struct device_settings){ .rev = 1, .mute_to_min = 60 };
    say_identify(desk, 10, 2000);
    assert_true(desk->buzzing);
}

static uint32_t asked_s[4];
static uint32_t asked;

static void on_identify(struct device *device, uint32_t seconds)
{
    (void)device;
    assert_true(asked < 4);
    asked_s[asked++] = seconds;
}

static void its_kind_may_do_something_too(void **state)
{
    static const struct device_kind printing = { .name = "printer",
        .on_identify = on_identify };
    struct desk *desk = *state;

    asked = 0;
    assert_true(desk_start(desk, &printing, &wishing_config, 1000));
    say_identify(desk, 5, 2000);
    device_tick(&desk->device, 7000);
    assert_int_equal(asked, 2);
    assert_int_equal(asked_s[0], 5);
    assert_int_equal(asked_s[1], 0);
}

static void a_command_is_done_once_also_after_a_loss_of_power(void **state)
{
    struct desk *desk = *state;

    say_identify(desk, 5, 2000);
    device_tick(&desk->device, 7000);
    desk->next_id--;
    say_identify(desk, 5, 8000);
    assert_true(is_found(desk));
    assert_true(desk_start(desk, &wishing, &wishing_config, 9000));
    desk->next_id--;
    say_identify(desk, 5, 9000);
    assert_true(is_found(desk));
    assert_int_equal(desk->device.counts.copies, 1);
}

static void what_is_for_another_is_not_done(void **state)
{
    static const struct device_config other = { .id = "d2", .site = "main" };
    struct desk *desk = *state;
    Dw__DeviceIdentify body = DW__DEVICE_IDENTIFY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope = desk_envelope(
            desk, id, DW__ENVELOPE__BODY_DEVICE_IDENTIFY_REQUESTED);

    assert_true(desk_start(desk, &wishing, &other, 1000));
    body.device_id = (char *)"d1";
    envelope.device_identify_requested = &body;
    desk_deliver(desk, "dev/d2/cmd", &envelope, 2000);
    assert_true(is_found(desk));
    assert_int_equal(desk->device.counts.bad, 1);
}

static void one_that_comes_too_late_is_not_done(void **state)
{
    struct desk *desk = *state;
    Dw__DeviceIdentify body = DW__DEVICE_IDENTIFY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope = desk_envelope(
            desk, id, DW__ENVELOPE__BODY_DEVICE_IDENTIFY_REQUESTED);

    desk->wall_ms = 100000;
    body.device_id = (char *)"d1";
    envelope.device_identify_requested = &body;
    envelope.has_exp_ms = true;
    envelope.exp_ms = 100000;
    desk_deliver(desk, "dev/d1/cmd", &envelope, 2000);
    assert_true(is_found(desk));
    assert_int_equal(desk->device.counts.late, 1);
}

/* --- how it shall behave --- */

static uint64_t told_rev(struct desk *desk)
{
    Dw__Envelope *info = last_of(desk, DW__ENVELOPE__BODY_DEVICE_ONLINE);
    uint64_t rev;

    assert_non_null(info);
    rev = info->device_online->config_rev;
    dw__envelope__free_unpacked(info, NULL);
    return rev;
}

static void what_it_was_told_it_keeps_and_says_which(void **state)
{
    const struct device_settings settings = { .rev = 3,
        .mute_from_min = 60,
        .mute_to_min = 120,
        .utc_offset_min = -60,
        .telemetry_s = 60 };
    struct desk *desk = *state;

    assert_int_equal(told_rev(desk), 0);
    say_configured(desk, &settings, 2000);
    assert_int_equal(told_rev(desk), 3);
    assert_true(desk_start(desk, &wishing, &wishing_config, 3000));
    assert_int_equal(desk->device.settings.mute_from_min, 60);
    assert_int_equal(desk->device.settings.utc_offset_min, -60);
    desk_link(desk, 3000);
    assert_int_equal(told_rev(desk), 3);
}

static void of_two_the_newer_holds_whichever_comes_first(void **state)
{
    struct device_settings settings = { .rev = 3, .telemetry_s = 30 };
    struct desk *desk = *state;

    say_configured(desk, &settings, 2000);
    settings = (struct device_settings){ .rev = 2, .telemetry_s = 20 };
    say_configured(desk, &settings, 3000);
    settings = (struct device_settings){ .rev = 3, .telemetry_s = 40 };
    say_configured(desk, &settings, 3000);
    assert_int_equal(desk->device.settings.telemetry_s, 30);
    settings = (struct device_settings){ .rev = 4 };
    say_configured(desk, &settings, 4000);
    assert_int_equal(desk->device.settings.telemetry_s, 0); /* all of it */
}

static void what_no_device_can_do_changes_nothing(void **state)
{
    const struct device_settings settings = { .rev = 3, .sleep_s = 3601 };
    struct desk *desk = *state;

    say_configured(desk, &settings, 2000);
    assert_int_equal(desk->device.settings.rev, 0);
    assert_int_equal(desk->device.counts.bad, 1);
    assert_int_equal(told_rev(desk), 0); /* so the hub may say it again */
}

static void what_could_not_be_kept_holds_until_the_power_goes(void **state)
{
    const struct device_settings settings = { .rev = 3, .telemetry_s = 30 };
    struct desk *desk = *state;

    desk->refuse_keep = true;
    say_configured(desk, &settings, 2000);
    assert_int_equal(desk->device.settings.rev, 3);
    assert_int_equal(desk->device.counts.unkept, 1);
    desk->refuse_keep = false;
    assert_true(desk_start(desk, &wishing, &wishing_config, 3000));
    assert_int_equal(desk->device.settings.rev, 0);
}

static void a_store_that_was_damaged_is_an_empty_one(void **state)
{
    struct desk *desk = *state;

    assert_true(desk_keep(desk, "config", "nonsense", 8));
    assert_true(desk_keep(desk, "assigned", "\1x", 2));
    assert_true(desk_start(desk, &wishing, &wishing_config, 3000));
    assert_int_equal(desk->device.settings.rev, 0);
    assert_true(assignment_is_free(&desk->device.assigned));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(who_is_looked_for_rings_blinks_and_shows_its_id),
        TEST(it_is_looked_for_for_some_seconds_and_not_for_hours),
        TEST(no_seconds_or_any_key_say_that_it_was_found),
        TEST(it_is_heard_in_the_mute_window_too),
        TEST(its_kind_may_do_something_too),
        TEST(a_command_is_done_once_also_after_a_loss_of_power),
        TEST(what_is_for_another_is_not_done),
        TEST(one_that_comes_too_late_is_not_done),
        TEST(what_it_was_told_it_keeps_and_says_which),
        TEST(of_two_the_newer_holds_whichever_comes_first),
        TEST(what_no_device_can_do_changes_nothing),
        TEST(what_could_not_be_kept_holds_until_the_power_goes),
        TEST(a_store_that_was_damaged_is_an_empty_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
