#include "devices/core/device.h"

#include "tests/devices/core/wishes.h"

/* It has a table and hears its room, if it is awake all the time. */
static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    (void)message;
    device_play(device, PATTERN_PAGE_NORMAL);
    return DEVICE_TAKEN;
}

static void on_input(struct device *device, enum device_input input)
{
    (void)input;
    device_play(device, PATTERN_NONE);
}

static const struct device_kind ringing = {
    .name = "pager",
    .listen = { "pb/table/%t" },
    .commands_once = true,
    .keeps_light = true,
    .on_message = on_message,
    .on_input = on_input,
};

static struct device_config config = {
    .id = "d1", .site = "main", .table = "5"
};

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    config.sleep_s = 30;
    return desk_start(desk, &ringing, &config, 1000) ? 0 : -1;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

/* --- the broker's and the hub's part --- */

static const char *last_state(struct desk *desk)
{
    static char text[DEVICE_STATE_BYTES + 1];

    for (uint32_t i = desk->sent_count; i-- > 0;) {
        const struct desk_sent *sent = &desk->sent[i % DESK_SENT];

        if (sent->retain) {
            snprintf(text, sizeof(text), "%.*s", (int)sent->len,
                    (const char *)sent->bytes);
            return text;
        }
    }
    return "";
}

static void answer_info(struct desk *desk, const char *more, uint64_t now_ms)
{
    char rest[96];

    snprintf(rest, sizeof(rest),
            ",\"seq\":1,\"epoch\":\"k\",\"duplicate\":false%s", more);
    desk_answer(desk, desk->device.info_id, rest, now_ms);
}

static void broker_has_all(struct desk *desk, uint64_t now_ms)
{
    device_on_published(&desk->device, desk->token, now_ms);
}

/* From its wake to its goodbye; returns when it went. */
static uint64_t be_awake(struct desk *desk, const char *more, uint64_t now_ms)
{
    desk_link(desk, now_ms);
    answer_info(desk, more, now_ms + 100);
    device_tick(&desk->device, now_ms + 3100);
    broker_has_all(desk, now_ms + 3200);
    assert_false(device_wants_link(&desk->device));
    device_on_link_lost(&desk->device, now_ms + 3200);
    return now_ms + 3200;
}

static void page(struct desk *desk, uint64_t now_ms)
{
    Dw__PageSent body = DW__PAGE_SENT__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_PAGE_SENT);

    body.page_id = (char *)"p1";
    body.text = (char *)"ready";
    envelope.page_sent = &body;
    desk_deliver(desk, "dev/d1/cmd", &envelope, now_ms);
}

/* --- */

static void one_that_listens_all_the_time_never_sleeps(void **state)
{
    struct desk *desk = *state;

    config.sleep_s = 0;
    assert_true(desk_start(desk, &ringing, &config, 1000));
    assert_true(device_keeps_session(&desk->device));
    desk_link(desk, 1000);
    assert_int_equal(desk->asked_count, 3);
    answer_info(desk, ",\"next\":5", 1100);
    device_tick(&desk->device, 3600000);
    assert_true(device_wants_link(&desk->device));
    assert_string_equal(
            last_state(desk), "{\"s\":\"online\",\"boot\":2,\"ts\":0}");
}

static void a_sleeper_begins_anew_and_hears_only_what_is_for_it_alone(
        void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *info;

    assert_false(device_keeps_session(&desk->device));
    desk_link(desk, 1000);
    assert_int_equal(desk->asked_count, 2);
    assert_string_equal(desk->asked[0], "dw/1/main/dev/d1/cmd");
    assert_string_equal(desk->asked[1], "dw/1/main/receipt/d1");
    info = last_of(desk, DW__ENVELOPE__BODY_DEVICE_ONLINE);
    assert_int_equal(info->device_online->sleep_s, 30);
    dw__envelope__free_unpacked(info, NULL);
}

static void it_goes_three_seconds_after_the_hubs_answer_and_says_for_how_long(
        void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    device_tick(&desk->device, 10000);
    assert_string_equal(
            last_state(desk), "{\"s\":\"online\",\"boot\":1,\"ts\":0}");
    answer_info(desk, "", 11000);
    device_tick(&desk->device, 13999);
    assert_string_equal(
            last_state(desk), "{\"s\":\"online\",\"boot\":1,\"ts\":0}");
    assert_int_equal(desk->device.wake_ms, 14000);
    device_tick(&desk->device, 14000);
    assert_string_equal(last_state(desk),
            "{\"s\":\"asleep\",\"boot\":1,\"ts\":0,\"wake\":30}");
    assert_true(device_wants_link(&desk->device)); /* it is on its way */
    broker_has_all(desk, 14100);
    assert_false(device_wants_link(&desk->device));
    assert_string_equal(desk_last_line(desk), "asleep seconds=30");
    device_on_link_lost(&desk->device, 14200);
    assert_int_equal(desk_count(desk, "offline"), 0);
    device_tick(&desk->device, 16000);
    assert_int_equal(desk->rest_ms, 44100);
    device_tick(&desk->device, 44099);
    assert_false(device_wants_link(&desk->device));
    device_tick(&desk->device, 44100);
    assert_true(device_wants_link(&desk->device));
}

static void a_goodbye_that_nobody_confirms_is_one_after_a_while(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    device_tick(&desk->device, 4100);
    device_tick(&desk->device, 6099);
    assert_true(device_wants_link(&desk->device));
    device_tick(&desk->device, 6100);
    assert_false(device_wants_link(&desk->device));
}

static void the_hubs_hint_counts_until_the_next_one(void **state)
{
    struct desk *desk = *state;
    uint64_t now_ms;

    now_ms = be_awake(desk, ",\"next\":2", 1000);
    assert_int_equal(desk->device.asleep_until_ms, now_ms + 2000);
    assert_non_null(strstr(last_state(desk), "\"wake\":2}"));
    device_tick(&desk->device, now_ms + 2000);
    now_ms = be_awake(desk, "", now_ms + 2000);
    assert_int_equal(desk->device.asleep_until_ms, now_ms + 2000);
    device_tick(&desk->device, now_ms + 2000);
    now_ms = be_awake(desk, ",\"next\":10", now_ms + 2000);
    assert_int_equal(desk->device.asleep_until_ms, now_ms + 10000);
}

static void what_rings_keeps_it_awake_and_so_does_the_answer_to_it(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    page(desk, 2000);
    for (uint64_t at_ms = 2000; at_ms < 300000; at_ms += 500)
        device_tick(&desk->device, at_ms);
    assert_int_equal(desk->device.sleep.goodbye, 0);
    device_input(&desk->device, INPUT_KEY, 300000);
    device_tick(&desk->device, 302999);
    assert_int_equal(desk->device.sleep.goodbye, 0);
    device_tick(&desk->device, 303000);
    assert_int_not_equal(desk->device.sleep.goodbye, 0);
}

static void what_it_has_to_say_it_says_before_it_goes(void **state)
{
    struct desk *desk = *state;
    Dw__ServiceCallCreated body = DW__SERVICE_CALL_CREATED__INIT;
    Dw__ServiceCall call = DW__SERVICE_CALL__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_CALL,
        .field = DW__ENVELOPE__BODY_SERVICE_CALL_CREATED,
        .body = &body.base };

    table.id = (char *)"5";
    call.table = &table;
    body.call = &call;
    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    assert_true(device_say(&desk->device, &fact));
    device_tick(&desk->device, 20000);
    assert_int_equal(desk->device.sleep.goodbye, 0);
    desk_receipt(desk, 20100);
    device_tick(&desk->device, 23100);
    assert_int_not_equal(desk->device.sleep.goodbye, 0);
}

static void a_key_wakes_it_at_once(void **state)
{
    struct desk *desk = *state;
    uint64_t now_ms = be_awake(desk, "", 1000);

    device_input(&desk->device, INPUT_DOWN, now_ms + 5000);
    assert_true(device_wants_link(&desk->device));
    device_input(&desk->device, INPUT_UP, now_ms + 5100);
    device_tick(&desk->device, now_ms + 5500);
    now_ms = be_awake(desk, "", now_ms + 6000);
    assert_int_equal(desk->device.asleep_until_ms, now_ms + 30000);
}

static void what_comes_while_it_goes_makes_it_stay(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    device_tick(&desk->device, 4100);
    assert_non_null(strstr(last_state(desk), "asleep"));
    page(desk, 4150);
    assert_true(desk->buzzing);
    assert_non_null(strstr(last_state(desk), "online"));
    broker_has_all(desk, 4200); /* of the goodbye, too */
    device_tick(&desk->device, 7000);
    assert_true(device_wants_link(&desk->device));
}

/* The link is let go of a moment after the broker has the goodbye. */
static void what_comes_when_it_is_asleep_already_wakes_it_for_the_hub_too(
        void **state)
{
    struct desk *desk = *state;
    uint8_t info[DEVICE_ID_BYTES];

    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    memcpy(info, desk->device.info_id, sizeof(info));
    device_tick(&desk->device, 4100);
    broker_has_all(desk, 4150);
    assert_false(device_wants_link(&desk->device));
    page(desk, 4150);
    assert_true(device_wants_link(&desk->device));
    assert_true(desk->buzzing);
    assert_non_null(strstr(last_state(desk), "online"));
    assert_memory_not_equal(info, desk->device.info_id, sizeof(info));
}

static void without_a_link_it_sleeps_and_tries_again(void **state)
{
    struct desk *desk = *state;

    device_tick(&desk->device, 20999);
    assert_true(device_wants_link(&desk->device));
    device_tick(&desk->device, 21000);
    assert_false(device_wants_link(&desk->device));
    device_tick(&desk->device, 51000);
    assert_true(device_wants_link(&desk->device));
    device_tick(&desk->device, 71000);
    assert_false(device_wants_link(&desk->device));
}

static void a_broker_that_refuses_it_does_not_keep_it_awake(void **state)
{
    struct desk *desk = *state;

    for (uint64_t now_ms = 1000; now_ms < 21000; now_ms += 1000)
        device_on_link_lost(&desk->device, now_ms); /* in vain */
    assert_true(device_wants_link(&desk->device));
    device_on_link_lost(&desk->device, 21000);
    assert_false(device_wants_link(&desk->device));
}

static void a_hub_that_does_not_answer_does_not_empty_its_battery(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    device_tick(&desk->device, 60999);
    assert_int_equal(desk->device.sleep.goodbye, 0);
    device_tick(&desk->device, 61000);
    assert_int_not_equal(desk->device.sleep.goodbye, 0);
}

/* Its room is not told to it alone: asleep it would never hear it. */
static void who_rings_for_a_room_never_sleeps(void **state)
{
    static const struct device_kind buzzing = { .name = "buzzer",
        .listen = { "pb/kitchen" },
        .on_message = on_message,
        .never_sleeps = true };
    struct desk *desk = desk_make();

    (void)state;
    assert_true(desk_start(desk, &buzzing, &config, 1000));
    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    device_tick(&desk->device, 100000);
    assert_int_equal(desk->device.sleep.goodbye, 0);
    assert_true(device_keeps_session(&desk->device));
    desk_clear(desk);
}

static void told_to_sleep_it_does_and_told_to_listen_it_hears_its_room(
        void **state)
{
    struct device_settings settings = { .rev = 1, .sleep_s = 60 };
    struct desk *desk = *state;
    uint32_t before;

    config.sleep_s = 0;
    assert_true(desk_start(desk, &ringing, &config, 1000));
    desk_link(desk, 1000);
    say_configured(desk, &settings, 2000);
    assert_true(device_wants_link(&desk->device));
    answer_info(desk, "", 2100);
    device_tick(&desk->device, 5100);
    assert_non_null(strstr(last_state(desk), "\"wake\":60}"));
    broker_has_all(desk, 5200);
    device_on_link_lost(&desk->device, 5200);
    device_tick(&desk->device, 65200);

    desk_link(desk, 65200);
    settings = (struct device_settings){ .rev = 2 };
    say_configured(desk, &settings, 65300);
    assert_false(device_wants_link(&desk->device)); /* it needs another one */
    assert_true(device_keeps_session(&desk->device));
    device_on_link_lost(&desk->device, 65400);
    assert_true(device_wants_link(&desk->device));
    before = desk->asked_count;
    desk_link(desk, 65500);
    assert_int_equal(desk->asked_count, before + 3);
}

static void a_state_that_was_sent_does_not_keep_it_awake(void **state)
{
    struct desk *desk = *state;

    desk->has_vitals = true;
    desk->vitals.battery_percent = 80;
    assert_true(desk_start(desk, &ringing, &config, 1000));
    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    device_tick(&desk->device, 2200); /* says how it is */
    assert_int_equal(desk->device.outbox.count, 1);
    device_tick(&desk->device, 4100);
    assert_int_not_equal(desk->device.sleep.goodbye, 0);
}

static void it_says_how_it_is_once_a_period_not_at_each_wake(void **state)
{
    struct desk *desk = *state;
    uint64_t now_ms = 1000;
    uint32_t told = 0;

    desk->has_vitals = true;
    desk->vitals.battery_percent = 80;
    for (int wake = 0; wake < 20; wake++) {
        uint64_t before = desk->device.telemetry.said_ms;

        desk_link(desk, now_ms);
        answer_info(desk, "", now_ms + 100);
        device_tick(&desk->device, now_ms + 1500);
        device_tick(&desk->device, now_ms + 3100);
        broker_has_all(desk, now_ms + 3200);
        device_on_link_lost(&desk->device, now_ms + 3200);
        told += desk->device.telemetry.said_ms != before;
        now_ms += 33200;
        device_tick(&desk->device, now_ms);
    }
    assert_in_range(told, 2, 3); /* in eleven minutes */
}

static void it_leaves_for_good_with_one_goodbye(void **state)
{
    struct desk *desk = *state;
    int token;

    desk_link(desk, 1000);
    answer_info(desk, "", 1100);
    token = device_leave(&desk->device, 10000);
    device_on_published(&desk->device, token, 10100);
    assert_string_equal(
            last_state(desk), "{\"s\":\"offline\",\"boot\":1,\"ts\":0}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(one_that_listens_all_the_time_never_sleeps),
        TEST(a_sleeper_begins_anew_and_hears_only_what_is_for_it_alone),
        TEST(it_goes_three_seconds_after_the_hubs_answer_and_says_for_how_long),
        TEST(a_goodbye_that_nobody_confirms_is_one_after_a_while),
        TEST(the_hubs_hint_counts_until_the_next_one),
        TEST(what_rings_keeps_it_awake_and_so_does_the_answer_to_it),
        TEST(what_it_has_to_say_it_says_before_it_goes),
        TEST(a_key_wakes_it_at_once),
        TEST(what_comes_while_it_goes_makes_it_stay),
        TEST(what_comes_when_it_is_asleep_already_wakes_it_for_the_hub_too),
        TEST(without_a_link_it_sleeps_and_tries_again),
        TEST(a_broker_that_refuses_it_does_not_keep_it_awake),
        TEST(a_hub_that_does_not_answer_does_not_empty_its_battery),
        TEST(who_rings_for_a_room_never_sleeps),
        TEST(told_to_sleep_it_does_and_told_to_listen_it_hears_its_room),
        TEST(a_state_that_was_sent_does_not_keep_it_awake),
        TEST(it_says_how_it_is_once_a_period_not_at_each_wake),
        TEST(it_leaves_for_good_with_one_goodbye),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
