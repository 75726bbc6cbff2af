#include "devices/core/device.h"

#include "tests/devices/core/wishes.h"

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    return desk_start(desk, &wishing, &wishing_config, 1000) ? 0 : -1;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static void play(struct desk *desk, enum pattern_id pattern, uint64_t now_ms)
{
    desk->device.now_ms = now_ms;
    device_play(&desk->device, pattern);
    device_tick(&desk->device, now_ms);
}

static void a_pattern_is_played_by_the_clock(void **state)
{
    struct desk *desk = *state;

    play(desk, PATTERN_PAGE_NORMAL, 1000);
    assert_true(desk->buzzing);
    assert_true(desk->lit);
    assert_int_equal(desk->device.wake_ms, 1400);
    device_tick(&desk->device, 1400);
    assert_false(desk->buzzing);
    assert_false(desk->lit);
    assert_int_equal(desk->device.wake_ms, 1600);
    play(desk, PATTERN_NONE, 1650);
    assert_false(desk->buzzing);
    assert_int_equal(desk->device.wake_ms, UINT64_MAX);
}

static void what_is_played_already_goes_on_as_it_is(void **state)
{
    struct desk *desk = *state;

    play(desk, PATTERN_PAGE_NORMAL, 1000);
    play(desk, PATTERN_PAGE_NORMAL, 1450);
    assert_false(desk->buzzing); /* it did not begin anew */
    play(desk, PATTERN_PAGE_VIP, 1460);
    assert_true(desk->buzzing);
}

static void what_is_played_once_comes_over_it_and_goes(void **state)
{
    struct desk *desk = *state;

    play(desk, PATTERN_WAITING, 1000);
    assert_false(desk->buzzing);
    desk->device.now_ms = 1020;
    device_play_once(&desk->device, PATTERN_PRESSED);
    device_tick(&desk->device, 1020);
    assert_true(desk->buzzing);
    device_tick(&desk->device, 1080);
    assert_false(desk->buzzing);
    assert_true(desk->lit); /* the other one, in its own time */
    device_tick(&desk->device, 1150);
    assert_false(desk->lit);
}

static void the_platform_hears_changes_only(void **state)
{
    struct desk *desk = *state;

    play(desk, PATTERN_PAGE_NORMAL, 1000);
    desk->buzzing = false;
    device_tick(&desk->device, 1100);
    assert_false(desk->buzzing);
}

static void the_light_of_others_shines_while_they_are_online(void **state)
{
    static const struct device_kind plain = { .name = "printer" };
    struct desk *desk = *state;

    desk_link(desk, 1000);
    assert_false(desk->lit);
    assert_true(desk_start(desk, &plain, &wishing_config, 2000));
    assert_false(desk->lit);
    desk_link(desk, 2000);
    assert_true(desk->lit);
    device_on_link_lost(&desk->device, 3000);
    assert_false(desk->lit);
}

static void in_the_mute_window_only_what_is_urgent_is_heard(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 1767225600000;
    desk->device.settings =
            (struct device_settings){ .rev = 1, .mute_to_min = 60 };
    play(desk, PATTERN_PAGE_VIP, 1000);
    assert_false(desk->buzzing);
    assert_true(desk->lit);
    play(desk, PATTERN_ESCALATION_MANAGER, 2000);
    assert_true(desk->buzzing);
    play(desk, PATTERN_PAGE_VIP, 3000);
    desk->wall_ms += 3600000;
    device_tick(&desk->device, 3001);
    assert_true(desk->buzzing);
}

static void a_low_battery_is_seen_where_nothing_else_is(void **state)
{
    struct desk *desk = *state;

    desk->has_vitals = true;
    desk->vitals.battery_percent = 20;
    device_tick(&desk->device, 2000);
    assert_true(desk->lit);
    assert_false(desk->buzzing);
    device_tick(&desk->device, 2050);
    assert_false(desk->lit);
    device_tick(&desk->device, 12000);
    assert_true(desk->lit);
    desk->vitals.charging = true;
    device_tick(&desk->device, 12001);
    assert_false(desk->lit);
}

static void the_display_is_told_what_changed_and_cut_to_its_size(void **state)
{
    static const char *const lines[] = { "Žluťoučký kůň úpěl ďábelské ódy",
        "one\x1Btwo", "", "", "too much" };
    struct desk *desk = *state;
    uint32_t before = desk->displays;

    device_display(&desk->device, lines, 5);
    assert_string_equal(desk->display[0], "Žluťoučký kůň úpěl ďá");
    assert_string_equal(desk->display[1], "one?two");
    assert_int_equal(desk->displays, before + 1);
    device_display(&desk->device, lines, 5);
    assert_int_equal(desk->displays, before + 1);
    device_display(&desk->device, lines, 3); /* fewer lines are others */
    device_display(&desk->device, lines, 0);
    assert_int_equal(desk->displays, before + 3);
    assert_string_equal(desk->display[0], "");
}

static void it_says_goodbye_in_silence(void **state)
{
    struct desk *desk = *state;

    play(desk, PATTERN_PAGE_NORMAL, 1000);
    device_leave(&desk->device, 1100);
    assert_false(desk->buzzing);
}

static void the_machine_may_rest_until_something_happens(void **state)
{
    struct desk *desk = *state;
    uint32_t before;

    assert_int_equal(desk->rest_ms, UINT64_MAX);
    play(desk, PATTERN_PAGE_NORMAL, 1000);
    assert_int_equal(desk->rest_ms, 1400);
    before = desk->rests;
    device_tick(&desk->device, 1100);
    assert_int_equal(desk->rests, before); /* nothing new */
    device_tick(&desk->device, 1400);
    assert_int_equal(desk->rest_ms, 1600);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_pattern_is_played_by_the_clock),
        TEST(what_is_played_already_goes_on_as_it_is),
        TEST(what_is_played_once_comes_over_it_and_goes),
        TEST(the_platform_hears_changes_only),
        TEST(the_light_of_others_shines_while_they_are_online),
        TEST(in_the_mute_window_only_what_is_urgent_is_heard),
        TEST(a_low_battery_is_seen_where_nothing_else_is),
        TEST(the_display_is_told_what_changed_and_cut_to_its_size),
        TEST(it_says_goodbye_in_silence),
        TEST(the_machine_may_rest_until_something_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
