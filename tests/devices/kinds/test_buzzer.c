#include "devices/kinds/kinds.h"

#include "tests/devices/desk.h"

static struct device_config config = { .id = "bz1", .site = "main" };

static int start(void **state)
{
    struct desk *desk = desk_make();

    *state = desk;
    config.station = NULL;
    assert_true(desk_start(desk, &buzzer_kind, &config, 1000));
    return 0;
}

static int stop(void **state)
{
    desk_clear(*state);
    return 0;
}

static uint64_t stated_ms; /* when the hub took the order in; 0: not said */

static void order(struct desk *desk, const char *station, uint64_t now_ms)
{
    Dw__OrderCreated body = DW__ORDER_CREATED__INIT;
    Dw__Order made = DW__ORDER__INIT;
    Dw__Item item = DW__ITEM__INIT;
    Dw__Item *items[] = { &item };
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_ORDER_CREATED);

    item.id = (char *)"i1";
    item.name = (char *)"Soup";
    item.quantity = 1;
    item.station = (char *)station;
    made.id = (char *)"o41";
    made.number = (char *)"41";
    made.items = items;
    made.n_items = 1;
    body.order = &made;
    envelope.order_created = &body;
    envelope.has_ts_ms = stated_ms != 0;
    envelope.ts_ms = stated_ms;
    desk_deliver(desk, "pb/kitchen", &envelope, now_ms);
}

static void a_new_order_buzzes_for_some_seconds(void **state)
{
    struct desk *desk = *state;

    order(desk, NULL, 1000);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "buzz order=41");
    device_tick(&desk->device, desk->device.wake_ms - 1);
    assert_true(desk->buzzing);
    device_tick(&desk->device, desk->device.wake_ms);
    assert_false(desk->buzzing);
}

static void an_order_of_before_an_outage_is_no_news(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 1767225600000;
    stated_ms = desk->wall_ms - 120001;
    order(desk, NULL, 1000);
    assert_false(desk->buzzing);
    stated_ms = desk->wall_ms - 120000;
    order(desk, NULL, 1000);
    assert_true(desk->buzzing);
    stated_ms = 0;
}

static void the_next_order_prolongs_it(void **state)
{
    struct desk *desk = *state;
    uint64_t first_end;

    order(desk, NULL, 1000);
    first_end = desk->device.wake_ms;
    order(desk, NULL, 2000);
    device_tick(&desk->device, first_end);
    assert_true(desk->buzzing);
    device_tick(&desk->device, first_end + 1000);
    assert_false(desk->buzzing);
}

static void at_a_station_it_buzzes_for_its_own_orders(void **state)
{
    struct desk *desk = *state;

    config.station = "grill";
    assert_true(desk_start(desk, &buzzer_kind, &config, 1000));
    order(desk, "bar", 1000);
    assert_false(desk->buzzing);
    order(desk, "grill", 1100);
    assert_true(desk->buzzing);
    desk->buzzing = false;
    order(desk, NULL, 1200); /* whose it is nobody said: for all */
    assert_true(desk->buzzing);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_new_order_buzzes_for_some_seconds),
        TEST(an_order_of_before_an_outage_is_no_news),
        TEST(the_next_order_prolongs_it),
        TEST(at_a_station_it_buzzes_for_its_own_orders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
