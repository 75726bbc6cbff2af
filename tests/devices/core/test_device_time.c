/* What has an end is acted on before it, or not at all. */
#include "tests/devices/desk.h"

#define NOON 1769882645000

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    device_show(device, "ready %s", message->note->kitchen_ready->order_id);
    return DEVICE_TAKEN;
}

static const struct device_kind listener = {
    .name = "pager",
    .listen = { "pb/table/%t", "dev/%d/cmd" },
    .commands_once = true,
    .state_bytes = 1,
    .on_message = on_message,
};

static const struct device_config config = {
    .id = "d1",
    .site = "main",
    .table = "5",
};

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    assert_true(desk_start(desk, &listener, &config, 1000));
    desk_link(desk, 1000);
    desk->line_count = 0;
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

/* `ts_ms`, `exp_ms`: 0 for none. */
static void ready_on(struct desk *desk, const char *topic, const char *order_id,
        uint64_t ts_ms, uint64_t exp_ms, uint64_t now_ms)
{
    Dw__KitchenReady body = DW__KITCHEN_READY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_READY);

    body.order_id = (char *)order_id;
    envelope.kitchen_ready = &body;
    envelope.has_ts_ms = ts_ms != 0;
    envelope.ts_ms = ts_ms;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    assert_int_equal(
            desk_deliver(desk, topic, &envelope, now_ms), DEVICE_TAKEN);
}

static void ready(struct desk *desk, const char *order_id, uint64_t ts_ms,
        uint64_t exp_ms, uint64_t now_ms)
{
    ready_on(desk, "pb/table/5", order_id, ts_ms, exp_ms, now_ms);
}

static void late_by_the_wall_clock_is_not_acted_on(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 50000;
    ready(desk, "o1", 0, 50000, 1000);
    ready_on(desk, "dev/d1/cmd", "o2", 0, 50000, 1000);
    ready(desk, "o3", 0, 50001, 1000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    assert_string_equal(desk_last_line(desk), "ready o3");
    assert_int_equal(desk->device.counts.late, 2);
}

static void without_a_clock_the_hubs_answer_tells_the_time(void **state)
{
    struct desk *desk = *state;

    desk_tell_time(desk, NOON, 2000); /* so 2000 here is NOON there */
    ready(desk, "o1", NOON - 5000, NOON + 10000, 11999);
    ready(desk, "o2", NOON - 5000, NOON + 10000, 12000);
    ready_on(desk, "dev/d1/cmd", "o3", NOON - 5000, NOON + 10000, 12000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    assert_string_equal(desk_last_line(desk), "ready o1");
    assert_int_equal(desk->device.counts.late, 2);
}

/* What the broker kept for it for an hour says nothing of that hour. */
static void until_the_time_is_known_what_has_an_end_is_held(void **state)
{
    struct desk *desk = *state;

    ready(desk, "old", NOON - 3600000, NOON - 3000000, 1000);
    ready(desk, "new", NOON - 1000, NOON + 600000, 1000);
    ready_on(desk, "dev/d1/cmd", "cmd", NOON - 900, NOON + 600000, 1000);
    assert_int_equal(desk_count(desk, "ready"), 0);
    desk->next_id--; /* a copy changes nothing */
    ready_on(desk, "dev/d1/cmd", "cmd", NOON - 900, NOON + 600000, 1000);
    desk_tell_time(desk, NOON, 1200);
    assert_int_equal(desk_count(desk, "ready"), 2);
    assert_string_equal(desk->lines[0], "ready new");
    assert_string_equal(desk->lines[1], "ready cmd");
    assert_int_equal(desk->device.counts.late, 1);
    assert_int_equal(desk->device.counts.copies, 1);
    assert_int_equal(desk->device.held_count, 0);
    desk_tell_time(desk, NOON, 1300);
    assert_int_equal(desk_count(desk, "ready"), 2);
}

static void what_has_no_end_is_never_late(void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", NOON, 0, 1000);
    assert_int_equal(desk_count(desk, "ready"), 1);
}

/* Another message shows that it is later than that already. */
static void what_is_late_for_sure_is_not_held(void **state)
{
    struct desk *desk = *state;

    ready(desk, "o1", NOON, NOON + 600000, 1000);
    ready(desk, "o2", NOON - 900000, NOON - 300000, 1000);
    assert_int_equal(desk->device.held_count, 1);
    assert_int_equal(desk->device.counts.late, 1);
}

static void more_than_it_can_hold_gives_up_the_oldest(void **state)
{
    struct desk *desk = *state;
    char name[8];

    for (int i = 0; i < DEVICE_HELD + 1; i++) {
        snprintf(name, sizeof(name), "o%d", i);
        ready(desk, name, NOON, NOON + 600000, 1000);
    }
    desk_tell_time(desk, NOON, 1200);
    assert_int_equal(desk_count(desk, "ready"), DEVICE_HELD);
    assert_string_equal(desk->lines[0], "ready o1");
    assert_int_equal(desk->device.counts.late, 1);
}

static void an_answer_to_something_said_before_tells_no_time(void **state)
{
    struct desk *desk = *state;
    uint8_t old[DEVICE_ID_BYTES];

    memcpy(old, desk->device.info_id, sizeof(old));
    device_on_link_lost(&desk->device, 2000);
    desk_link(desk, 3000);
    ready(desk, "o1", NOON, NOON + 600000, 3000);
    desk_answer(desk, old, ",\"ts\":1769882645000", 3000);
    assert_int_equal(desk_count(desk, "ready"), 0);
    assert_false(device_knows_time(&desk->device));
    desk_answer(desk, desk->device.info_id, "", 3000); /* nor one without */
    assert_false(device_knows_time(&desk->device));
    desk_tell_time(desk, NOON, 3100);
    assert_int_equal(desk_count(desk, "ready"), 1);
}

static void a_hub_whose_clock_was_set_is_believed(void **state)
{
    struct desk *desk = *state;

    desk_tell_time(desk, NOON, 1000);
    ready(desk, "o1", NOON + 7200000, NOON + 7800000, 1000); /* forward */
    ready(desk, "o2", NOON + 7200000, NOON + 600000, 1000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    device_announce(&desk->device);
    desk_tell_time(desk, NOON, 1000); /* and back */
    ready(desk, "o3", NOON, NOON + 600000, 1000);
    assert_int_equal(desk_count(desk, "ready"), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(late_by_the_wall_clock_is_not_acted_on),
        TEST(without_a_clock_the_hubs_answer_tells_the_time),
        TEST(until_the_time_is_known_what_has_an_end_is_held),
        TEST(what_has_no_end_is_never_late),
        TEST(what_is_late_for_sure_is_not_held),
        TEST(more_than_it_can_hold_gives_up_the_oldest),
        TEST(an_answer_to_something_said_before_tells_no_time),
        TEST(a_hub_whose_clock_was_set_is_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
