#include "devices/kinds/kinds.h"

#include "tests/devices/desk.h"

static const struct device_config config = {
    .id = "bt5",
    .site = "main",
    .table = "5",
    .reason = "call",
    .reason_double = "bill",
    .reason_long = "help",
};

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    assert_true(desk_start(desk, &button_kind, &config, 1000));
    desk_link(desk, 1000);
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static void it_listens_to_no_room(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(desk->asked_count, 2);
    assert_string_equal(desk->asked[0], "dw/1/main/dev/bt5/cmd");
    assert_string_equal(desk->asked[1], "dw/1/main/receipt/bt5");
    assert_string_equal(desk_last_line(desk), "online");
}

static void a_press_calls_the_waiter_to_its_table(void **state)
{
    struct desk *desk = *state;
    Dw__Envelope *said;

    device_input(&desk->device, INPUT_KEY, 1000);
    assert_string_equal(desk_last_line(desk), "pressed table=5");
    said = desk_last(desk);
    assert_string_equal(desk->sent[2].topic, "dw/1/main/dev/bt5/evt");
    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_SERVICE_CALL_CREATED);
    assert_string_equal(said->service_call_created->call->table->id, "5");
    assert_string_equal(said->service_call_created->call->reason, "call");
    dw__envelope__free_unpacked(said, NULL);
}

static void assert_called_for(struct desk *desk, const char *reason)
{
    Dw__Envelope *said = desk_last(desk);

    assert_int_equal(said->body_case, DW__ENVELOPE__BODY_SERVICE_CALL_CREATED);
    assert_string_equal(said->service_call_created->call->reason, reason);
    dw__envelope__free_unpacked(said, NULL);
}

static void twice_and_long_call_for_something_else(void **state)
{
    struct desk *desk = *state;

    device_input(&desk->device, INPUT_DOUBLE, 1000);
    assert_called_for(desk, "bill");
    device_input(&desk->device, INPUT_LONG, 2000);
    assert_called_for(desk, "help");
    device_input(&desk->device, INPUT_KEY, 3000);
    assert_called_for(desk, "call");
    assert_int_equal(desk->device.outbox.count, 3); /* none is the other */
    device_input(&desk->device, INPUT_DOUBLE, 4000);
    assert_int_equal(desk->device.outbox.count, 3);
}

static void the_real_key_makes_the_same_three(void **state)
{
    struct desk *desk = *state;

    device_input(&desk->device, INPUT_DOWN, 2000);
    device_input(&desk->device, INPUT_UP, 2100);
    device_tick(&desk->device, desk->device.wake_ms);
    device_tick(&desk->device, 2450);
    assert_called_for(desk, "call");
    device_input(&desk->device, INPUT_DOWN, 5000);
    device_tick(&desk->device, 5800);
    assert_called_for(desk, "help");
    device_input(&desk->device, INPUT_UP, 6000);
    device_input(&desk->device, INPUT_DOWN, 7000);
    device_input(&desk->device, INPUT_UP, 7100);
    device_input(&desk->device, INPUT_DOWN, 7250);
    device_input(&desk->device, INPUT_UP, 7350);
    assert_called_for(desk, "bill");
}

/* Off for most of the time, and never on for long. */
static bool blinks(struct desk *desk, uint64_t from_ms)
{
    uint32_t lit = 0;

    for (uint32_t i = 0; i < 100; i++) {
        device_tick(&desk->device, from_ms + i * 10);
        lit += desk->lit;
    }
    return lit > 10 && lit < 50;
}

static void its_light_blinks_until_the_hub_knows(void **state)
{
    struct desk *desk = *state;

    assert_false(desk->lit); /* online alone lights nothing */
    device_input(&desk->device, INPUT_KEY, 1000);
    assert_true(desk->buzzing); /* it clicks */
    assert_true(blinks(desk, 2000));
    assert_false(desk->buzzing);
    desk_receipt(desk, 3100);
    assert_true(desk->lit);
    device_tick(&desk->device, 8000);
    assert_true(desk->lit);
    device_tick(&desk->device, 13100);
    assert_false(desk->lit);
}

static void a_call_that_the_hub_refuses_is_no_call(void **state)
{
    struct desk *desk = *state;
    uint8_t id[DEVICE_ID_BYTES];

    device_input(&desk->device, INPUT_KEY, 1000);
    memcpy(id, desk->device.outbox.facts[0].id, sizeof(id));
    desk_answer(desk, id, ",\"retry\":false,\"error\":{}", 2000);
    assert_int_equal(desk->device.signal.once.id, PATTERN_REFUSED);
    device_tick(&desk->device, 3000);
    assert_false(desk->lit);
}

static void a_bouncing_contact_is_one_press(void **state)
{
    struct desk *desk = *state;

    device_input(&desk->device, INPUT_KEY, 1000);
    device_input(&desk->device, INPUT_KEY, 1020);
    device_input(&desk->device, INPUT_KEY, 1299);
    assert_int_equal(desk_count(desk, "pressed"), 1);
    device_input(&desk->device, INPUT_KEY, 1300);
    assert_int_equal(desk_count(desk, "pressed"), 2);
}

static void pressed_twice_while_it_waits_is_one_call(void **state)
{
    struct desk *desk = *state;
    uint32_t before = desk->sent_count;

    device_input(&desk->device, INPUT_KEY, 1000);
    device_input(&desk->device, INPUT_KEY, 3000);
    assert_int_equal(desk->sent_count, before + 1);
    assert_int_equal(desk_count(desk, "pressed"), 2);
    assert_true(desk_start(desk, &button_kind, &config, 4000));
    desk_link(desk, 4000); /* the power was gone: the call is not */
    assert_int_equal(desk->sent_count, before + 4);
    desk_receipt(desk, 4100);
    device_input(&desk->device, INPUT_KEY, 5000);
    assert_int_equal(desk->sent_count, before + 5);
}

static void a_press_without_a_link_is_said_later_but_not_much_later(
        void **state)
{
    struct desk *desk = *state;

    device_on_link_lost(&desk->device, 2000);
    device_input(&desk->device, INPUT_KEY, 2000);
    device_tick(&desk->device, 100000);
    assert_int_equal(desk->device.outbox.count, 1);
    desk_link(desk, 100000);
    assert_string_equal(desk->sent[4].topic, "dw/1/main/dev/bt5/evt");
    device_on_link_lost(&desk->device, 101000);
    device_tick(&desk->device, 122000);
    assert_int_equal(desk->device.outbox.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(it_listens_to_no_room),
        TEST(twice_and_long_call_for_something_else),
        TEST(the_real_key_makes_the_same_three),
        TEST(its_light_blinks_until_the_hub_knows),
        TEST(a_call_that_the_hub_refuses_is_no_call),
        TEST(pressed_twice_while_it_waits_is_one_call),
        TEST(a_press_calls_the_waiter_to_its_table),
        TEST(a_bouncing_contact_is_one_press),
        TEST(a_press_without_a_link_is_said_later_but_not_much_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
