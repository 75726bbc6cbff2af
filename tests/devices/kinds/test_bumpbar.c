#include "devices/kinds/kinds.h"

#include "tests/devices/desk.h"

static const struct device_config config = {
    .id = "bb1", .site = "main", .station = "grill"
};

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    assert_true(desk_start(desk, &bumpbar_kind, &config, 1000));
    desk_link(desk, 1000);
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static void a_key_is_said_with_its_station(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *said;

    device_word(&desk->device, "bump", 1000);
    assert_string_equal(
            desk->sent[desk->sent_count - 1].topic, "dw/1/main/dev/bb1/evt");
    said = desk_last(desk);
    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_DEVICE_KEY_PRESSED);
    assert_string_equal(said->device_key_pressed->key_name, "bump");
    assert_string_equal(said->device_key_pressed->station, "grill");
    dw__envelope__free_unpacked(said, NULL);
    assert_string_equal(desk_last_line(desk), "key bump");
    assert_true(desk->buzzing); /* it clicks */
}

static void each_key_there_is_counts_and_nothing_else(void **state)
{
    static const char *const words[] = { "1", "9", "recall", "next", "previous",
        "up", "down" };
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        device_word(&desk->device, words[i], 1000);
    assert_int_equal(desk->device.outbox.count, 7);
    device_word(&desk->device, "0", 1000);
    device_word(&desk->device, "bumps", 1000);
    device_word(&desk->device, "", 1000);
    assert_int_equal(desk->device.outbox.count, 7);
}

static void the_same_key_twice_is_two_keys(void **state)
{
    struct desk *desk = *state;

    device_word(&desk->device, "next", 1000);
    device_word(&desk->device, "next", 1010);
    assert_int_equal(desk->device.outbox.count, 2);
}

static void a_key_that_could_not_be_said_in_time_is_dropped(void **state)
{
    struct desk *desk = *state;

    device_on_link_lost(&desk->device, 2000);
    device_word(&desk->device, "bump", 2000);
    device_tick(&desk->device, 11999);
    assert_int_equal(desk->device.outbox.count, 1);
    device_tick(&desk->device, 12000);
    assert_int_equal(desk->device.outbox.count, 0);
    assert_int_equal(desk->device.counts.lost, 1);
}

static void a_key_is_gone_with_the_power(void **state)
{
    struct desk *desk = *state;
    uint32_t writes = desk->writes;

    device_word(&desk->device, "bump", 2000);
    assert_int_equal(desk->writes, writes); /* nor does it wear flash out */
    assert_true(desk_start(desk, &bumpbar_kind, &config, 3000));
    assert_int_equal(desk->device.outbox.count, 0);
}

static void more_keys_than_it_holds_sound_refused(void **state)
{
    struct desk *desk = *state;

    for (uint32_t i = 0; i < DEVICE_FACTS; i++)
        device_word(&desk->device, "next", 1000);
    assert_int_equal(desk->device.signal.once.id, PATTERN_PRESSED);
    device_word(&desk->device, "next", 1000);
    assert_int_equal(desk->device.signal.once.id, PATTERN_REFUSED);
    assert_int_equal(desk->device.outbox.count, DEVICE_FACTS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_said_with_its_station),
        TEST(each_key_there_is_counts_and_nothing_else),
        TEST(the_same_key_twice_is_two_keys),
        TEST(a_key_that_could_not_be_said_in_time_is_dropped),
        TEST(a_key_is_gone_with_the_power),
        TEST(more_keys_than_it_holds_sound_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
