#include "devices/kinds/kinds.h"

#include "tests/devices/desk.h"
#include "tests/devices/kinds/steps.h"

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
    device_tick(&desk->device, 1100 + 4000);
    assert_false(desk->buzzing);
    order(desk, NULL, 6000); /* whose it is nobody said: for all */
    assert_true(desk->buzzing);
}

/* --- escalations --- */

#define ROOM      "pb/kitchen"
#define STEP(...) (&(struct said){ __VA_ARGS__ })

/* How long it sounds between two moments, looked at every 100 ms. */
static uint64_t sounded_ms(struct desk *desk, uint64_t from_ms, uint64_t to_ms)
{
    uint64_t sounded = 0;

    for (uint64_t at_ms = from_ms; at_ms < to_ms; at_ms += 100) {
        device_tick(&desk->device, at_ms);
        sounded += desk->buzzing ? 100 : 0;
    }
    return sounded;
}

static void an_open_escalation_sounds_in_a_pattern_until_it_is_resolved(
        void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.target = "station"), 1000);
    assert_true(desk->buzzing);
    assert_string_equal(desk_last_line(desk), "ring escalation=e1 order=o1");
    assert_int_equal(desk->device.wake_ms, 1600);
    assert_int_equal(sounded_ms(desk, 1000, 21000), 6000);
    assert_int_equal(sounded_ms(desk, 21000, 21500), 500);
    say_step(desk, ROOM, STEP(.id = "e1"), 21550);
    assert_false(desk->buzzing); /* in the same moment */
    assert_string_equal(desk_last_line(desk), "silent");
    assert_int_equal(sounded_ms(desk, 21600, 60000), 0);
}

static void after_five_minutes_it_gives_up(void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.target = "station"), 1000);
    assert_int_equal(sounded_ms(desk, 1000, 301000), 90000);
    assert_int_equal(sounded_ms(desk, 301000, 400000), 0);
    say_step(desk, ROOM, STEP(.target = "manager", .step = 3), 400000);
    assert_false(desk->buzzing);
}

static void what_was_said_before_an_outage_sounds_for_what_is_left(void **state)
{
    struct desk *desk = *state;

    desk->wall_ms = 1769882645000;
    say_step(desk, ROOM,
            STEP(.target = "station", .ts_ms = desk->wall_ms - 240000), 1000);
    assert_int_equal(sounded_ms(desk, 1000, 61000), 18000);
    assert_int_equal(sounded_ms(desk, 61000, 90000), 0);
    say_step(desk, ROOM,
            STEP(.id = "e2", .target = "station",
                    .ts_ms = desk->wall_ms - 300000),
            90000);
    assert_false(desk->buzzing);
}

static void at_a_station_it_sounds_for_its_own_and_for_all_of_the_kitchen(
        void **state)
{
    struct desk *desk = *state;

    config.station = "grill";
    assert_true(desk_start(desk, &buzzer_kind, &config, 1000));
    say_step(desk, ROOM, STEP(.target = "station", .station = "bar"), 1000);
    assert_false(desk->buzzing);
    say_step(desk, ROOM, STEP(.target = "kitchen", .station = "bar", .step = 1),
            1100);
    assert_true(desk->buzzing);
    say_step(desk, ROOM, STEP(.id = "e1"), 1200);
    say_step(desk, ROOM,
            STEP(.id = "e2", .target = "station", .station = "grill"), 1300);
    assert_true(desk->buzzing);
    say_step(desk, ROOM, STEP(.id = "e2"), 1400);
    say_step(desk, ROOM, STEP(.id = "e3", .target = "station"), 1500);
    assert_true(desk->buzzing); /* whose it is nobody said */
}

static void higher_steps_keep_it_on_and_begin_it_for_the_kitchens_own(
        void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.target = "screens"), 1000);
    assert_false(desk->buzzing);
    say_step(desk, ROOM, STEP(.target = "station", .step = 1), 2000);
    say_step(desk, ROOM, STEP(.target = "waiters", .step = 2), 3000);
    say_step(desk, ROOM, STEP(.target = "manager", .step = 3), 4000);
    assert_int_equal(sounded_ms(desk, 4000, 14000), 3000);
    say_step(desk, ROOM, STEP(.id = "e1"), 14000);

    /* Nobody is in the kitchen: the ladder begins at its top. */
    say_step(desk, ROOM, STEP(.id = "e2", .target = "manager"), 20000);
    assert_true(desk->buzzing);
    say_step(desk, ROOM, STEP(.id = "e2"), 20100);
    say_step(desk, ROOM, STEP(.id = "e3", .about = "call", .target = "manager"),
            21000);
    assert_false(desk->buzzing);
}

static void a_cancelled_order_silences_its_escalation_and_no_other(void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.target = "kitchen"), 1000);
    say_cancelled(desk, ROOM, "o2", 1100);
    assert_true(desk->buzzing);
    say_cancelled(desk, ROOM, "o1", 1200);
    assert_false(desk->buzzing);
    say_step(desk, ROOM, STEP(.target = "manager", .step = 2), 1300);
    assert_false(desk->buzzing);
}

static void one_that_is_resolved_leaves_the_others_on(void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.id = "e1", .target = "kitchen"), 1000);
    say_step(desk, ROOM, STEP(.id = "e2", .target = "kitchen"), 1000);
    say_step(desk, ROOM, STEP(.id = "e1"), 1100);
    assert_true(desk->buzzing);
    say_step(desk, ROOM, STEP(.id = "e2"), 1200);
    assert_false(desk->buzzing);
}

static void steps_that_come_after_the_end_are_not_heard(void **state)
{
    struct desk *desk = *state;

    say_step(desk, ROOM, STEP(.id = "e1"), 1000);
    say_step(desk, ROOM, STEP(.id = "e1", .target = "kitchen"), 1100);
    assert_false(desk->buzzing);
}

static void more_escalations_than_it_holds_go_on_ringing(void **state)
{
    struct desk *desk = *state;
    char id[8];

    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof(id), "e%d", i);
        say_step(desk, ROOM, STEP(.id = id, .target = "kitchen"), 1000);
    }
    for (int i = 0; i < 39; i++) {
        snprintf(id, sizeof(id), "e%d", i);
        say_step(desk, ROOM, STEP(.id = id), 1100);
    }
    assert_true(desk->buzzing);
    say_step(desk, ROOM, STEP(.id = "e39"), 1200);
    assert_false(desk->buzzing);
}

static void configure_mute(struct desk *desk)
{
    desk->wall_ms = 1767225600000; /* midnight */
    desk->device.settings = (struct device_settings){
        .rev = 1, .mute_from_min = 22 * 60, .mute_to_min = 6 * 60
    };
}

static void in_the_mute_window_it_is_seen_and_not_heard(void **state)
{
    struct desk *desk = *state;

    configure_mute(desk);
    order(desk, NULL, 1000);
    assert_false(desk->buzzing);
    assert_true(desk->lit);
    device_tick(&desk->device, 5000);
    assert_false(desk->lit);
    say_step(desk, ROOM, STEP(.target = "kitchen"), 6000);
    assert_false(desk->buzzing);
    assert_true(desk->lit);
}

static void what_has_come_to_the_manager_is_heard_all_the_same(void **state)
{
    struct desk *desk = *state;

    configure_mute(desk);
    say_step(desk, ROOM, STEP(.target = "kitchen"), 1000);
    say_step(desk, ROOM, STEP(.target = "manager", .step = 1), 2000);
    assert_true(desk->buzzing);
    assert_int_equal(sounded_ms(desk, 2000, 12000), 3000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_new_order_buzzes_for_some_seconds),
        TEST(an_order_of_before_an_outage_is_no_news),
        TEST(the_next_order_prolongs_it),
        TEST(at_a_station_it_buzzes_for_its_own_orders),
        TEST(an_open_escalation_sounds_in_a_pattern_until_it_is_resolved),
        TEST(after_five_minutes_it_gives_up),
        TEST(what_was_said_before_an_outage_sounds_for_what_is_left),
        TEST(at_a_station_it_sounds_for_its_own_and_for_all_of_the_kitchen),
        TEST(higher_steps_keep_it_on_and_begin_it_for_the_kitchens_own),
        TEST(a_cancelled_order_silences_its_escalation_and_no_other),
        TEST(one_that_is_resolved_leaves_the_others_on),
        TEST(steps_that_come_after_the_end_are_not_heard),
        TEST(in_the_mute_window_it_is_seen_and_not_heard),
        TEST(what_has_come_to_the_manager_is_heard_all_the_same),
        TEST(more_escalations_than_it_holds_go_on_ringing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
