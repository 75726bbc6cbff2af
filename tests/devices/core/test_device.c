#include "devices/core/device.h"

#include "tests/devices/desk.h"

/* The simplest kind: shows the order of each message. */
static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    if (message->note->body_case == DW__NOTIFICATION__BODY_KITCHEN_READY)
        device_show(device, "ready %s", message->note->kitchen_ready->order_id);
    return DEVICE_TAKEN;
}

static const struct device_kind listener = {
    .name = "pager",
    .listen = { "pb/table/%t", "dev/%d/cmd" },
    .state_bytes = 1,
    .on_message = on_message,
};

static const struct device_config config = {
    .id = "d1",
    .site = "main",
    .table = "5",
    .station = "grill",
};

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    return desk_start(desk, &listener, &config, 1000) ? 0 : -1;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static enum device_take ready(struct desk *desk, const char *topic,
        const char *order_id, uint64_t exp_ms, uint64_t now_ms)
{
    Dw__KitchenReady body = DW__KITCHEN_READY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_READY);

    body.order_id = (char *)order_id;
    envelope.kitchen_ready = &body;
    envelope.has_exp_ms = exp_ms != 0;
    envelope.exp_ms = exp_ms;
    return desk_deliver(desk, topic, &envelope, now_ms);
}

static void it_is_online_only_when_it_hears(void **state)
{
    struct desk *desk = *state;

    assert_true(device_on_link(&desk->device, 1000));
    assert_int_equal(desk->asked_count, 3);
    assert_string_equal(desk->asked[0], "dw/1/main/pb/table/5");
    assert_string_equal(desk->asked[1], "dw/1/main/dev/d1/cmd");
    assert_string_equal(desk->asked[2], "dw/1/main/receipt/d1");
    device_on_subscribed(&desk->device, 1000);
    device_on_subscribed(&desk->device, 1000);
    assert_int_equal(desk->sent_count, 0);
    device_on_subscribed(&desk->device, 1000);
    assert_string_equal(desk->sent[0].topic, "dw/1/main/dev/d1/info");
    assert_false(desk->sent[0].retain);
    assert_string_equal(desk->sent[1].topic, "dw/1/main/dev/d1/state");
    assert_true(desk->sent[1].retain);
    assert_memory_equal(desk->sent[1].bytes,
            "{\"s\":\"online\",\"boot\":1,\"ts\":0}", desk->sent[1].len);
    assert_string_equal(desk_last_line(desk), "online");
}

static void it_introduces_itself(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *info;

    desk_link(desk, 1000);
    desk->sent_count = 1; /* the first sending is the one to look at */
    info = desk_last(desk);
    assert_int_equal(info->body_case, DW__ENVELOPE__BODY_DEVICE_ONLINE);
    assert_string_equal(info->device_online->kind, "pager");
    assert_string_equal(info->device_online->table->id, "5");
    assert_string_equal(info->device_online->station, "grill");
    assert_int_equal(info->device_online->boot, 1);
    dw__envelope__free_unpacked(info, NULL);
}

static void what_is_due_without_a_link_does_not_keep_the_machine_busy(
        void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    desk_answer(desk, desk->device.info_id,
            ",\"retry\":true,\"error\":{\"code\":\"busy\"}", 1100);
    assert_true(desk->device.wake_ms <= 1100 + DEVICE_RESEND_MS);
    device_on_link_lost(&desk->device, 2000);
    device_tick(&desk->device, 100000);
    assert_true(desk->device.wake_ms > 100000);
}

static void nor_does_a_platform_that_takes_nothing_any_more(void **state)
{
    Dw__ServiceCallCreated body = DW__SERVICE_CALL_CREATED__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .field = DW__ENVELOPE__BODY_SERVICE_CALL_CREATED,
        .body = &body.base };
    struct desk *desk = *state;

    desk_link(desk, 1000);
    assert_true(device_say(&desk->device, &fact));
    desk->refuse_publish = true;
    device_tick(&desk->device, 1000 + DEVICE_RESEND_MS);
    assert_true(desk->device.wake_ms > 1000 + DEVICE_RESEND_MS);
}

static void the_will_says_offline_with_this_boot(void **state)
{
    struct desk *desk = *state;
    char topic[DEVICE_TOPIC_BYTES];
    char text[DEVICE_STATE_BYTES];

    assert_true(desk_start(desk, &listener, &config, 2000));
    device_will(&desk->device, topic, text);
    assert_string_equal(topic, "dw/1/main/dev/d1/state");
    assert_string_equal(text, "{\"s\":\"offline\",\"boot\":2,\"ts\":0}");
}

static void no_start_without_a_new_boot_number_or_a_proper_id(void **state)
{
    struct desk *desk = *state;
    struct device_config bad = config;

    desk->refuse_keep = true;
    assert_false(desk_start(desk, &listener, &config, 2000));
    desk->refuse_keep = false;
    bad.table = "5/#";
    assert_false(desk_start(desk, &listener, &bad, 2000));
    bad = config;
    bad.id = "a b";
    assert_false(desk_start(desk, &listener, &bad, 2000));
}

static void a_message_in_two_rooms_is_acted_on_once(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    ready(desk, "pb/table/5", "o1", 0, 1000);
    desk->next_id--; /* the same id once more */
    ready(desk, "pb/table/5", "o1", 0, 1000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    assert_int_equal(desk->device.counts.copies, 1);
}

static void a_command_reaches_a_kind_that_wants_that_as_often_as_it_comes(
        void **state)
{
    struct desk *desk = *state;

    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    desk->next_id--;
    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    assert_int_equal(desk_count(desk, "ready"), 2);
}

static const struct device_kind obeying = {
    .name = "pager",
    .listen = { "pb/table/%t", "dev/%d/cmd" },
    .commands_once = true,
    .state_bytes = 1,
    .on_message = on_message,
};

static void a_command_reaches_the_others_once_and_in_time(void **state)
{
    struct desk *desk = *state;

    assert_true(desk_start(desk, &obeying, &config, 1000));
    desk->wall_ms = 50000;
    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    desk->next_id--;
    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    ready(desk, "dev/d1/cmd", "o2", 50000, 1000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    assert_int_equal(desk->device.counts.copies, 1);
    assert_int_equal(desk->device.counts.late, 1);
}

static bool is_full;

static enum device_take on_message_if_it_fits(
        struct device *device, const struct device_message *message)
{
    return is_full ? DEVICE_NOT_NOW : on_message(device, message);
}

static void what_the_kind_could_not_store_is_no_copy_when_it_comes_again(
        void **state)
{
    static const struct device_kind storing = { .name = "pager",
        .listen = { "pb/table/%t" },
        .state_bytes = 1,
        .on_message = on_message_if_it_fits };
    struct desk *desk = *state;

    assert_true(desk_start(desk, &storing, &config, 1000));
    is_full = true;
    assert_int_equal(ready(desk, "pb/table/5", "o1", 0, 1000), DEVICE_NOT_NOW);
    is_full = false;
    desk->next_id--;
    assert_int_equal(ready(desk, "pb/table/5", "o1", 0, 1000), DEVICE_TAKEN);
    assert_int_equal(desk_count(desk, "ready"), 1);
}

static void what_was_done_is_not_heard_again_also_after_a_loss_of_power(
        void **state)
{
    struct desk *desk = *state;
    uint8_t id[DEVICE_ID_BYTES] = { 1 };

    assert_true(desk_start(desk, &obeying, &config, 1000));
    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    device_done(&desk->device, id, NULL);
    assert_true(desk_start(desk, &obeying, &config, 2000));
    desk->next_id = 0;
    ready(desk, "dev/d1/cmd", "o1", 0, 2000);
    desk->next_id = 0;
    ready(desk, "pb/table/5", "o1", 0, 2000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    ready(desk, "dev/d1/cmd", "o2", 0, 2000);
    assert_string_equal(desk_last_line(desk), "ready o2");
}

static void a_retained_message_is_nothing_on_any_topic(void **state)
{
    static const char *const topics[] = { "dw/1/main/pb/table/5",
        "dw/1/main/dev/d1/cmd", "dw/1/main/receipt/d1" };
    struct desk *desk = *state;
    Dw__KitchenReady body = DW__KITCHEN_READY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_READY);
    uint8_t bytes[256];
    struct part part = { .data = bytes, .retained = true };

    body.order_id = (char *)"o1";
    envelope.kitchen_ready = &body;
    part.len = part.total = dw__envelope__pack(&envelope, bytes);
    for (uint32_t i = 0; i < 3; i++) {
        part.topic = topics[i];
        part.topic_len = strlen(topics[i]);
        assert_int_equal(
                device_receive(&desk->device, &part, 1000), DEVICE_TAKEN);
        assert_int_equal(desk->device.counts.bad, i + 1);
    }
    assert_int_equal(desk_count(desk, "ready"), 0);
}

static void other_topics_and_retained_messages_are_not_acted_on(void **state)
{
    struct desk *desk = *state;
    static const uint8_t bytes[] = { 0 };
    struct part part = { .topic = "dw/1/main/pb/table/5",
        .topic_len = 20,
        .data = bytes,
        .retained = true };

    ready(desk, "pb/table/6", "o1", 0, 1000);
    ready(desk, "dev/d2/cmd", "o1", 0, 1000);
    device_receive(&desk->device, &part, 1000);
    assert_int_equal(desk_count(desk, "ready"), 0);
    assert_int_equal(desk->device.counts.bad, 3);
}

static uint32_t shown_of_room(struct desk *desk, const char *room)
{
    Dw__KitchenReady body = DW__KITCHEN_READY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_READY);

    desk->line_count = 0;
    body.order_id = (char *)"o1";
    envelope.kitchen_ready = &body;
    envelope.room = (char *)room;
    desk_deliver(desk, "dev/d1/cmd", &envelope, 1000);
    return desk_count(desk, "ready");
}

static void what_was_said_in_a_room_of_others_is_not_acted_on(void **state)
{
    static const char *const ours[] = { "table/5", "device/d1", "" };
    static const char *const others[] = { "table/6", "table/55", "table/",
        "device/d2", "device/", "kitchen", "waiters", "x" };
    struct desk *desk = *state;

    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(shown_of_room(desk, ours[i]), 1);
    assert_int_equal(desk->device.counts.bad, 0);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(shown_of_room(desk, others[i]), 0);
        assert_int_equal(desk->device.counts.bad, i + 1);
    }
}

static void the_room_of_whom_it_was_handed_out_to_is_its_own(void **state)
{
    struct desk *desk = *state;

    memcpy(desk->device.assigned.table, "6", 2);
    assert_int_equal(shown_of_room(desk, "table/6"), 1);
    assert_int_equal(shown_of_room(desk, "table/5"), 1);
    assert_int_equal(shown_of_room(desk, "table/7"), 0);
}

static void a_kinds_room_is_what_it_listens_to(void **state)
{
    static const struct device_kind cook = { .name = "buzzer",
        .listen = { "pb/kitchen" },
        .state_bytes = 1,
        .on_message = on_message };
    struct desk *desk = *state;

    assert_true(desk_start(desk, &cook, &config, 1000));
    assert_int_equal(shown_of_room(desk, "kitchen"), 1);
    assert_int_equal(shown_of_room(desk, "kitchen/grill"), 0);
    assert_int_equal(shown_of_room(desk, "waiters"), 0);
}

static void it_says_goodbye_if_there_is_anybody(void **state)
{
    struct desk *desk = *state;
    int token;

    assert_int_equal(device_leave(&desk->device, 1000), 0);
    desk_link(desk, 1000);
    token = device_leave(&desk->device, 1000);
    assert_int_equal(token, desk->sent[2].token);
    assert_memory_equal(desk->sent[2].bytes,
            "{\"s\":\"offline\",\"boot\":1,\"ts\":0}", desk->sent[2].len);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(it_is_online_only_when_it_hears),
        TEST(it_introduces_itself),
        TEST(what_is_due_without_a_link_does_not_keep_the_machine_busy),
        TEST(nor_does_a_platform_that_takes_nothing_any_more),
        TEST(the_will_says_offline_with_this_boot),
        TEST(no_start_without_a_new_boot_number_or_a_proper_id),
        TEST(a_message_in_two_rooms_is_acted_on_once),
        TEST(a_command_reaches_a_kind_that_wants_that_as_often_as_it_comes),
        TEST(a_command_reaches_the_others_once_and_in_time),
        TEST(what_the_kind_could_not_store_is_no_copy_when_it_comes_again),
        TEST(what_was_done_is_not_heard_again_also_after_a_loss_of_power),
        TEST(a_retained_message_is_nothing_on_any_topic),
        TEST(other_topics_and_retained_messages_are_not_acted_on),
        TEST(what_was_said_in_a_room_of_others_is_not_acted_on),
        TEST(the_room_of_whom_it_was_handed_out_to_is_its_own),
        TEST(a_kinds_room_is_what_it_listens_to),
        TEST(it_says_goodbye_if_there_is_anybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
