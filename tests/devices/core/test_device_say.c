/* What a device says, until the hub has it, also through a loss of power. */
#include "devices/core/kept.h"

#include "tests/devices/desk.h"

static uint32_t told;

static void on_told(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    (void)device;
    (void)id;
    told++;
}

static const struct device_kind talker = {
    .name = "button",
    .state_bytes = 1,
    .on_told = on_told,
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
    told = 0;
    return desk_start(desk, &talker, &config, 1000) ? 0 : -1;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

/* Switch it off and on again. */
static void restart(struct desk *desk, uint64_t now_ms)
{
    assert_true(desk_start(desk, &talker, &config, now_ms));
}

static bool acknowledge(struct desk *desk, const char *page_id)
{
    Dw__PageAcked body = DW__PAGE_ACKED__INIT;
    const struct fact fact = { .topic = FACT_ACK,
        .field = DW__ENVELOPE__BODY_PAGE_ACKED,
        .body = &body.base };

    body.page_id = (char *)page_id;
    return device_say(&desk->device, &fact);
}

static bool call(struct desk *desk, uint32_t keep_ms)
{
    Dw__ServiceCallCreated body = DW__SERVICE_CALL_CREATED__INIT;
    Dw__ServiceCall inner = DW__SERVICE_CALL__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_CALL,
        .field = DW__ENVELOPE__BODY_SERVICE_CALL_CREATED,
        .body = &body.base,
        .keep_ms = keep_ms };

    table.id = (char *)"5";
    inner.table = &table;
    inner.reason = (char *)"waiter";
    body.call = &inner;
    return device_say(&desk->device, &fact);
}

static bool battery(struct desk *desk, uint32_t percent)
{
    Dw__DeviceTrouble body = DW__DEVICE_TROUBLE__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_STATE,
        .field = DW__ENVELOPE__BODY_DEVICE_BATTERY_LOW,
        .body = &body.base };

    body.has_percent = true;
    body.percent = percent;
    return device_say(&desk->device, &fact);
}

static struct outbox *outbox(struct desk *desk)
{
    return &desk->device.outbox;
}

static void a_fact_is_said_until_the_hubs_receipt_with_the_same_id(void **state)
{
    struct desk *desk = *state;

    assert_true(acknowledge(desk, "p1")); /* no link yet */
    assert_int_equal(desk->sent_count, 0);
    desk_link(desk, 1000);
    assert_int_equal(desk->sent_count, 3); /* info, state, the fact */
    assert_string_equal(desk->sent[2].topic, "dw/1/main/dev/d1/ack");

    device_on_link_lost(&desk->device, 2000);
    desk_link(desk, 3000);
    assert_int_equal(desk->sent_count, 6);
    assert_memory_equal(
            desk->sent[5].bytes, desk->sent[2].bytes, desk->sent[2].len);
    desk_receipt(desk, 3000);
    assert_int_equal(outbox(desk)->count, 0);
    assert_int_equal(told, 1);
}

/* A broker that is killed forgets what it has receipted. */
static void that_the_broker_has_it_settles_nothing(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    assert_true(acknowledge(desk, "p1"));
    device_on_published(&desk->device, desk->sent[2].token, 1100);
    assert_int_equal(outbox(desk)->count, 1);
    assert_int_equal(told, 0);
    device_tick(&desk->device, 1000 + DEVICE_RESEND_MS - 1);
    assert_int_equal(desk->sent_count, 3);
    device_tick(&desk->device, 1000 + DEVICE_RESEND_MS);
    assert_int_equal(desk->sent_count, 4);
    assert_memory_equal(
            desk->sent[3].bytes, desk->sent[2].bytes, desk->sent[2].len);
}

static void a_refusal_settles_it_and_try_again_does_not(void **state)
{
    struct desk *desk = *state;
    uint8_t id[DEVICE_ID_BYTES];

    desk_link(desk, 1000);
    assert_true(acknowledge(desk, "p1"));
    memcpy(id, outbox(desk)->facts[0].id, sizeof(id));
    desk_answer(
            desk, id, ",\"retry\":true,\"error\":{\"code\":\"busy\"}", 1100);
    assert_int_equal(outbox(desk)->count, 1);
    device_tick(&desk->device, 1000 + DEVICE_RESEND_MS);
    assert_int_equal(desk->sent_count, 4);
    desk_answer(desk, id, ",\"retry\":false,\"error\":{\"code\":\"not_found\"}",
            32000);
    assert_int_equal(outbox(desk)->count, 0);
    assert_int_equal(desk->device.counts.refused, 1);
    assert_int_equal(told, 1); /* nobody wants it: the kind may forget it too */
}

static void a_receipt_of_something_else_settles_nothing(void **state)
{
    struct desk *desk = *state;
    uint8_t id[DEVICE_ID_BYTES] = { 1 };

    desk_link(desk, 1000);
    assert_true(acknowledge(desk, "p1"));
    desk_answer(desk, id, "", 1100);
    desk_answer(desk, desk->device.info_id, "", 1100);
    assert_int_equal(outbox(desk)->count, 1);
}

static void results_survive_a_loss_of_power_in_their_order_with_their_ids(
        void **state)
{
    struct desk *desk = *state;
    uint8_t ids[3][DEVICE_ID_BYTES];

    for (uint32_t i = 0; i < 3; i++) {
        assert_true(acknowledge(desk, "p"));
        memcpy(ids[i], outbox(desk)->facts[i].id, DEVICE_ID_BYTES);
    }
    desk_receipt(desk, 1100); /* its place is free for a newer one */
    assert_true(acknowledge(desk, "p"));
    assert_int_equal(outbox(desk)->facts[2].place, 1);
    assert_true(battery(desk, 9)); /* a state does not */

    restart(desk, 5000);
    assert_int_equal(outbox(desk)->count, 3);
    assert_memory_equal(outbox(desk)->facts[0].id, ids[1], DEVICE_ID_BYTES);
    assert_memory_equal(outbox(desk)->facts[1].id, ids[2], DEVICE_ID_BYTES);
    assert_int_equal(outbox(desk)->facts[2].place, 1);
    desk_link(desk, 5000);
    assert_int_equal(desk->sent_count, 5);
    for (int i = 0; i < 3; i++)
        desk_receipt(desk, 5100);
    restart(desk, 6000);
    assert_int_equal(outbox(desk)->count, 0);
}

static void what_a_kind_says_again_after_a_start_is_said_once(void **state)
{
    struct desk *desk = *state;
    Dw__PageAcked body = DW__PAGE_ACKED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    const struct fact fact = { .topic = FACT_ACK,
        .field = DW__ENVELOPE__BODY_PAGE_ACKED,
        .body = &body.base,
        .id = id };

    body.page_id = (char *)"p1";
    device_make_id(&desk->device, id);
    assert_true(device_say(&desk->device, &fact));
    restart(desk, 2000);
    assert_true(device_say(&desk->device, &fact));
    assert_int_equal(outbox(desk)->count, 1);
}

static void called_twice_while_waiting_is_one_call_for_longer(void **state)
{
    struct desk *desk = *state;

    assert_true(call(desk, 5000));
    device_tick(&desk->device, 5999);
    assert_true(call(desk, 5000));
    assert_int_equal(outbox(desk)->count, 1);
    device_tick(&desk->device, 10998);
    assert_int_equal(outbox(desk)->count, 1);
    device_tick(&desk->device, 10999);
    assert_int_equal(outbox(desk)->count, 0);
    assert_int_equal(desk->device.counts.lost, 1);
    assert_true(call(desk, 5000)); /* the next one is another */
    assert_int_equal(outbox(desk)->count, 1);
}

static void a_call_that_is_over_is_not_said_after_a_loss_of_power(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 1769882645000;
    assert_true(call(desk, 5000));
    desk->wall_ms += 3000;
    restart(desk, 20000);
    assert_int_equal(outbox(desk)->count, 1);
    device_tick(&desk->device, 21999);
    assert_int_equal(outbox(desk)->count, 1);
    desk->wall_ms += 2000;
    restart(desk, 30000);
    assert_int_equal(outbox(desk)->count, 0);
    assert_int_equal(desk->device.counts.lost, 1);
}

/* Nobody knows how long the power was gone. */
static void without_a_clock_a_call_matters_as_long_as_when_it_was_new(
        void **state)
{
    struct desk *desk = *state;

    assert_true(call(desk, 5000));
    restart(desk, 20000);
    device_tick(&desk->device, 24999);
    assert_int_equal(outbox(desk)->count, 1);
    device_tick(&desk->device, 25000);
    assert_int_equal(outbox(desk)->count, 0);
}

static void of_a_state_the_newest_is_said(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *said;

    assert_true(battery(desk, 20));
    assert_true(battery(desk, 19));
    assert_int_equal(outbox(desk)->count, 1);
    desk_link(desk, 1000);
    assert_int_equal(desk->sent_count, 3);
    said = desk_last(desk);
    assert_int_equal(said->device_battery_low->percent, 19);
    dw__envelope__free_unpacked(said, NULL);
    assert_true(battery(desk, 18)); /* also if the older one is under way */
    assert_int_equal(outbox(desk)->count, 1);
    assert_int_equal(desk->sent_count, 4);
}

static bool accept_job(struct desk *desk, const char *job_id)
{
    Dw__PrintStep body = DW__PRINT_STEP__INIT;
    const struct fact fact = { .topic = FACT_ACK,
        .class = FACT_SPOOLED,
        .field = DW__ENVELOPE__BODY_PRINT_ACCEPTED,
        .body = &body.base };

    body.job_id = (char *)job_id;
    return device_say(&desk->device, &fact);
}

/* The kind has it on disk, and says it again itself. */
static void what_the_kind_keeps_is_said_each_but_not_kept_twice(void **state)
{
    struct desk *desk = *state;
    uint32_t writes = desk->writes;

    desk_link(desk, 1000);
    assert_true(accept_job(desk, "j1"));
    assert_true(accept_job(desk, "j2"));
    assert_int_equal(outbox(desk)->count, 2);
    assert_int_equal(desk->sent_count, 4);
    device_tick(&desk->device, 1000 + DEVICE_RESEND_MS);
    assert_int_equal(desk->sent_count, 6);
    desk_receipt(desk, 32000);
    assert_int_equal(told, 1);
    assert_int_equal(desk->writes, writes);
    assert_int_equal(desk->device.counts.unkept, 0);
    restart(desk, 33000);
    assert_int_equal(outbox(desk)->count, 0);

    assert_true(battery(desk, 20)); /* which gives way to it */
    for (int i = 1; i <= DEVICE_FACTS; i++)
        assert_true(accept_job(desk, "j"));
    assert_false(accept_job(desk, "j"));
    assert_false(acknowledge(desk, "p1"));
    assert_int_equal(desk->device.counts.lost, 1);
}

static void a_full_outbox_gives_up_a_state_and_never_a_result(void **state)
{
    struct desk *desk = *state;

    assert_true(battery(desk, 20));
    for (int i = 1; i < DEVICE_FACTS; i++)
        assert_true(acknowledge(desk, "p1"));
    assert_true(call(desk, 5000));
    assert_int_equal(desk->device.counts.lost, 1);
    assert_int_equal(outbox(desk)->count, DEVICE_FACTS);
    assert_false(acknowledge(desk, "p2"));
    assert_false(battery(desk, 20));
    assert_true(call(desk, 5000)); /* the one that waits */
}

static void a_store_that_fails_costs_only_the_loss_of_power(void **state)
{
    struct desk *desk = *state;

    desk->refuse_keep = true;
    assert_true(acknowledge(desk, "p1"));
    assert_int_equal(desk->device.counts.unkept, 1);
    assert_int_equal(outbox(desk)->count, 1);
    desk->refuse_keep = false;
    restart(desk, 2000);
    assert_int_equal(outbox(desk)->count, 0);
}

static void what_the_store_has_of_anybody_else_is_nothing(void **state)
{
    struct desk *desk = *state;

    desk_keep(desk, "fact1", "nonsense of a length that could be a fact", 41);
    desk_keep(desk, "fact2", "", 0);
    desk_keep(desk, "done", "half an id", 10);
    restart(desk, 2000);
    assert_int_equal(outbox(desk)->count, 0);
    assert_int_equal(desk->device.done.count, 0);
}

/* A button that is stuck, for a day, at a hub that answers at once. */
static void the_store_is_written_a_bounded_number_of_times(void **state)
{
    struct desk *desk = *state;
    const uint64_t day_ms = 24 * 60 * 60 * 1000;
    uint8_t id[DEVICE_ID_BYTES] = { 0 };
    uint32_t before = desk->writes;

    desk_link(desk, 1000);
    for (uint64_t at_ms = 1000; at_ms < day_ms; at_ms += 5000) {
        device_tick(&desk->device, at_ms);
        assert_true(acknowledge(desk, "p1"));
        desk_receipt(desk, at_ms);
        memcpy(id, &at_ms, sizeof(at_ms));
        device_done(&desk->device, id, NULL);
    }
    assert_true(desk->device.counts.unkept > 0);
    assert_in_range(desk->writes - before, 1000,
            DEVICE_KEEPS + day_ms / DEVICE_KEEP_MS);
    assert_true(desk->device.done.is_unkept);
    device_tick(&desk->device, day_ms + 60000); /* and it is made up for */
    assert_false(desk->device.done.is_unkept);
}

static void ids_differ_between_facts_and_between_starts(void **state)
{
    struct desk *desk = *state;
    uint8_t ids[3][DEVICE_ID_BYTES];

    device_make_id(&desk->device, ids[0]);
    device_make_id(&desk->device, ids[1]);
    desk->random = 0; /* the worst: the same noise again */
    restart(desk, 1000);
    device_make_id(&desk->device, ids[2]);
    assert_memory_not_equal(ids[0], ids[1], DEVICE_ID_BYTES);
    assert_memory_not_equal(ids[0], ids[2], DEVICE_ID_BYTES);
    assert_true(kept_is_older(ids[0], ids[1]));
    assert_true(kept_is_older(ids[1], ids[2]));
}

static void a_hub_that_cannot_take_who_is_there_is_told_again(void **state)
{
    struct desk *desk = *state;

    desk_link(desk, 1000);
    assert_int_equal(desk->sent_count, 2);
    desk_answer(desk, desk->device.info_id,
            ",\"retry\":true,\"error\":{\"code\":\"unavailable\"}", 1100);
    device_tick(&desk->device, 1100 + DEVICE_RESEND_MS - 1);
    assert_int_equal(desk->sent_count, 2);
    device_tick(&desk->device, 1100 + DEVICE_RESEND_MS);
    assert_int_equal(desk->sent_count, 3);
    assert_string_equal(desk->sent[2].topic, "dw/1/main/dev/d1/info");
    device_tick(&desk->device, 1100 + 2 * DEVICE_RESEND_MS);
    assert_int_equal(desk->sent_count, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_fact_is_said_until_the_hubs_receipt_with_the_same_id),
        TEST(that_the_broker_has_it_settles_nothing),
        TEST(a_refusal_settles_it_and_try_again_does_not),
        TEST(a_receipt_of_something_else_settles_nothing),
        TEST(results_survive_a_loss_of_power_in_their_order_with_their_ids),
        TEST(what_a_kind_says_again_after_a_start_is_said_once),
        TEST(called_twice_while_waiting_is_one_call_for_longer),
        TEST(a_call_that_is_over_is_not_said_after_a_loss_of_power),
        TEST(without_a_clock_a_call_matters_as_long_as_when_it_was_new),
        TEST(of_a_state_the_newest_is_said),
        TEST(what_the_kind_keeps_is_said_each_but_not_kept_twice),
        TEST(a_full_outbox_gives_up_a_state_and_never_a_result),
        TEST(a_store_that_fails_costs_only_the_loss_of_power),
        TEST(what_the_store_has_of_anybody_else_is_nothing),
        TEST(the_store_is_written_a_bounded_number_of_times),
        TEST(ids_differ_between_facts_and_between_starts),
        TEST(a_hub_that_cannot_take_who_is_there_is_told_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
