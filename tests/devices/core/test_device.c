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

static bool say(struct desk *desk, uint32_t keep_ms)
{
    Dw__PageAcked body = DW__PAGE_ACKED__INIT;
    const struct fact fact = { .topic = FACT_ACK,
        .field = DW__ENVELOPE__BODY_PAGE_ACKED,
        .body = &body.base,
        .keep_ms = keep_ms };

    body.page_id = (char *)"p1";
    return device_say(&desk->device, &fact);
}

static void it_is_online_only_when_it_hears(void **state)
{
    struct desk *desk = *state;

    assert_true(device_on_link(&desk->device, 1000));
    assert_int_equal(desk->asked_count, 2);
    assert_string_equal(desk->asked[0], "dw/1/main/pb/table/5");
    assert_string_equal(desk->asked[1], "dw/1/main/dev/d1/cmd");
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

static void a_command_reaches_the_kind_as_often_as_it_comes(void **state)
{
    struct desk *desk = *state;

    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    desk->next_id--;
    ready(desk, "dev/d1/cmd", "o1", 0, 1000);
    assert_int_equal(desk_count(desk, "ready"), 2);
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

static void late_by_the_wall_clock_is_not_acted_on(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 50000;
    ready(desk, "pb/table/5", "o1", 50000, 1000);
    ready(desk, "pb/table/5", "o2", 50001, 1000);
    assert_int_equal(desk_count(desk, "ready"), 1);
    assert_string_equal(desk_last_line(desk), "ready o2");
    assert_int_equal(desk->device.counts.late, 1);
}

static void without_a_clock_the_servers_moments_tell_the_time(void **state)
{
    struct desk *desk = *state;
    Dw__KitchenReady body = DW__KITCHEN_READY__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_KITCHEN_READY);

    ready(desk, "pb/table/5", "o1", 60000, 1000); /* no time known: acts */
    body.order_id = (char *)"o2";
    envelope.kitchen_ready = &body;
    envelope.has_ts_ms = true;
    envelope.ts_ms = 50000; /* so 2000 here is 50000 there */
    desk_deliver(desk, "pb/table/5", &envelope, 2000);
    ready(desk, "pb/table/5", "o3", 60000, 11999);
    ready(desk, "pb/table/5", "o4", 60000, 12000);
    assert_int_equal(desk_count(desk, "ready"), 3);
    assert_string_equal(desk_last_line(desk), "ready o3");
}

static void a_fact_is_said_until_the_receipt_with_the_same_id(void **state)
{
    struct desk *desk = *state;
    uint8_t id[DEVICE_ID_BYTES];

    assert_true(say(desk, 0)); /* no link yet */
    assert_int_equal(desk->sent_count, 0);
    desk_link(desk, 1000);
    assert_int_equal(desk->sent_count, 3); /* info, state, the fact */
    assert_string_equal(desk->sent[2].topic, "dw/1/main/dev/d1/ack");
    memcpy(id, desk->device.outbox.facts[0].id, sizeof(id));

    device_on_link_lost(&desk->device, 2000);
    desk_link(desk, 3000);
    assert_int_equal(desk->sent_count, 6);
    assert_memory_equal(
            desk->sent[5].bytes, desk->sent[2].bytes, desk->sent[2].len);
    assert_memory_equal(desk->device.outbox.facts[0].id, id, sizeof(id));

    device_on_published(&desk->device, desk->sent[2].token, 3000);
    assert_int_equal(desk->device.outbox.count, 1); /* of the old link */
    device_on_published(&desk->device, desk->sent[5].token, 3000);
    assert_int_equal(desk->device.outbox.count, 0);
}

static void a_fact_that_nobody_waits_for_any_more_is_given_up(void **state)
{
    struct desk *desk = *state;

    assert_true(say(desk, 5000));
    device_tick(&desk->device, 5999);
    assert_int_equal(desk->device.outbox.count, 1);
    device_tick(&desk->device, 6000);
    assert_int_equal(desk->device.outbox.count, 0);
    assert_int_equal(desk->device.counts.lost, 1);
}

static void ids_differ_between_facts_and_between_starts(void **state)
{
    struct desk *desk = *state;
    uint8_t ids[3][DEVICE_ID_BYTES];

    device_make_id(&desk->device, ids[0]);
    device_make_id(&desk->device, ids[1]);
    desk->random = 0; /* the worst: the same noise again */
    assert_true(desk_start(desk, &listener, &config, 1000));
    device_make_id(&desk->device, ids[2]);
    assert_memory_not_equal(ids[0], ids[1], DEVICE_ID_BYTES);
    assert_memory_not_equal(ids[0], ids[2], DEVICE_ID_BYTES);
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
        TEST(the_will_says_offline_with_this_boot),
        TEST(no_start_without_a_new_boot_number_or_a_proper_id),
        TEST(a_message_in_two_rooms_is_acted_on_once),
        TEST(a_command_reaches_the_kind_as_often_as_it_comes),
        TEST(other_topics_and_retained_messages_are_not_acted_on),
        TEST(late_by_the_wall_clock_is_not_acted_on),
        TEST(without_a_clock_the_servers_moments_tell_the_time),
        TEST(a_fact_is_said_until_the_receipt_with_the_same_id),
        TEST(a_fact_that_nobody_waits_for_any_more_is_given_up),
        TEST(ids_differ_between_facts_and_between_starts),
        TEST(it_says_goodbye_if_there_is_anybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
