/* What devices say again and again, when they should wake, and the clock. */
#include "hub/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define MINUTE_MS 60000

static struct story story;
static struct hub_client *follower;
static uint32_t said[EVT_COUNT]; /* since it was asked for */

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story.is_forgetful = true;
    memset(said, 0, sizeof(said));
    follower = story_follower(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hub_detach(story.hub, follower);
    story_commit(&story);
    story_end(&story);
    return 0;
}

static void listen(void)
{
    struct delivery delivery;

    while (hub_next(story.hub, follower, &delivery)) {
        said[delivery.evt->what]++;
        evt_unref(delivery.evt);
    }
}

static uint32_t count_said(enum evt_id what)
{
    uint32_t count;

    listen();
    count = said[what];
    said[what] = 0;
    return count;
}

static void pass(int64_t ms)
{
    for (int64_t end_ms = story.now_ms + ms; story.now_ms < end_ms;) {
        story.now_ms += 1000;
        hub_tick(story.hub, story.now_ms);
        assert_int_equal(story_commit(&story), ERR_OK);
        listen();
    }
}

static void device_says(
        const char *id, enum evt_id what, ProtobufCMessage *body)
{
    struct principal device = story_principal(ROLE_DEVICE, id);

    if (story_say_as(&story, &device, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void come(const char *id, const char *sleep_s)
{
    device_says(id, EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "1",
                    "sleep_s", sleep_s, NULL));
}

static void say(enum evt_id what, ProtobufCMessage *body)
{
    if (story_say(&story, ROLE_BACKEND, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

/* --- telemetry --- */

static void measure(const char *id)
{
    device_says(id, EVT_DEVICE_TELEMETRY,
            made_body(EVT_DEVICE_TELEMETRY, "battery_percent", "74", NULL));
}

static void telemetry_is_stored_once_in_ten_seconds(void **state)
{
    uint64_t suppressed = count_of(COUNT_SUPPRESSED);

    (void)state;
    come("g1", "0");
    come("g2", "0");
    for (int i = 0; i < 60; i++) {
        measure("g1");
        story.now_ms += 1000;
    }
    measure("g2");
    assert_int_equal(count_said(EVT_DEVICE_TELEMETRY), 7 + 1);
    assert_int_equal(count_of(COUNT_SUPPRESSED) - suppressed, 53);
}

static void one_that_speaks_every_ten_seconds_is_always_heard(void **state)
{
    (void)state;
    come("g1", "0");
    for (int i = 0; i < 10; i++) {
        measure("g1");
        story.now_ms += 10000 - (i % 2) * 500; /* on its way it is late */
    }
    assert_int_equal(count_said(EVT_DEVICE_TELEMETRY), 10);
}

static void a_clock_that_is_set_back_does_not_silence_it(void **state)
{
    (void)state;
    come("g1", "0");
    measure("g1");
    story.now_ms -= 60 * MINUTE_MS;
    measure("g1");
    assert_int_equal(count_said(EVT_DEVICE_TELEMETRY), 2);
}

/* --- when to wake --- */

static void expect_next(uint32_t seconds)
{
    assert_int_equal(hub_next_wake(story.hub, "g1"), seconds);
}

static void who_listens_is_told_nothing_of_sleep(void **state)
{
    (void)state;
    expect_next(0);
    come("g1", "0");
    expect_next(0);
}

static void with_nothing_to_wait_for_it_sleeps_as_it_is_told_to(void **state)
{
    (void)state;
    come("g1", "30");
    expect_next(30);
    say(EVT_DEVICE_CONFIGURED, made_body(EVT_DEVICE_CONFIGURED, "device_id",
                                       "g1", "sleep_s", "120", NULL));
    expect_next(120);
    say(EVT_DEVICE_CONFIGURED, made_body(EVT_DEVICE_CONFIGURED, "device_id",
                                       "g1", "sleep_s", "0", NULL));
    expect_next(0);
}

static void begin_meal(void)
{
    come("g1", "30");
    say(EVT_ORDER_CREATED, story_order("41", "5"));
    say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1",
                                     "order_id", "41", NULL));
}

static void while_food_is_cooked_it_wakes_more_often(void **state)
{
    (void)state;
    begin_meal();
    expect_next(10);
    say(EVT_KITCHEN_PREPARING, story_about(EVT_KITCHEN_PREPARING, "41"));
    pass(4 * MINUTE_MS);
    expect_next(10);
    pass(2 * MINUTE_MS);
    expect_next(2);
    say(EVT_ORDER_COMPLETED, story_about(EVT_ORDER_COMPLETED, "41"));
    expect_next(30);
}

static void once_all_dishes_are_done_it_wakes_soon(void **state)
{
    (void)state;
    begin_meal();
    say(EVT_ORDER_ITEM_STATUS_CHANGED,
            made_body(EVT_ORDER_ITEM_STATUS_CHANGED, "order_id", "41",
                    "item_id", "i1", "status", "3", NULL));
    expect_next(2);
}

static void of_other_peoples_orders_it_does_not_wake(void **state)
{
    (void)state;
    come("g1", "30");
    say(EVT_ORDER_CREATED, story_order("41", "5"));
    expect_next(30);
    device_says("g1", EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "2",
                    "sleep_s", "30", "table.id", "5", NULL));
    expect_next(10);
}

static void it_is_never_told_to_sleep_for_longer_than_it_would(void **state)
{
    (void)state;
    begin_meal();
    device_says("g1", EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "2",
                    "sleep_s", "5", NULL));
    expect_next(5);
}

/* --- the restaurant's clock --- */

static void when_summer_time_begins_devices_that_keep_hours_are_told(
        void **state)
{
    struct evt *evt;

    (void)state;
    for (int i = 0; i < 50; i++) {
        char id[8];

        snprintf(id, sizeof(id), "g%d", i);
        come(id, "0");
        if (i < 30)
            say(EVT_DEVICE_CONFIGURED,
                    made_body(EVT_DEVICE_CONFIGURED, "device_id", id,
                            "mute_from_min", "0", "mute_to_min", "420", NULL));
    }
    count_said(EVT_DEVICE_CONFIGURED);
    hub_tell_zone(story.hub, 0);
    pass(5000);
    assert_int_equal(count_said(EVT_DEVICE_CONFIGURED), 0);
    hub_tell_zone(story.hub, 120);
    story.now_ms += 1000;
    hub_tick(story.hub, story.now_ms);
    story_commit(&story);
    evt = story_said(&story, follower, EVT_DEVICE_CONFIGURED);
    assert_non_null(evt);
    assert_true(made_is(evt->body, "utc_offset_min", "120"));
    assert_true(made_is(evt->body, "mute_to_min", "420"));
    assert_true(made_is(evt->body, "rev", "2"));
    evt_unref(evt);
    pass(5000);
    assert_int_equal(count_said(EVT_DEVICE_CONFIGURED), 29);
    hub_tell_zone(story.hub, 120);
    pass(5000);
    assert_int_equal(count_said(EVT_DEVICE_CONFIGURED), 0);
}

static void open_hub(const char *path, int32_t utc_offset_min)
{
    struct hub_options options = {
        .path = path, .seed = 42, .utc_offset_min = utc_offset_min
    };

    assert_int_equal(hub_open(&story.hub, &options, story.now_ms), ERR_OK);
    follower = story_follower(&story);
}

/* Whoever listens all the time does not say that it is there again. */
static void also_when_it_began_while_the_hub_was_down(void **state)
{
    struct place place;

    end(NULL);
    place_make(&place);
    open_hub(place_file(&place, "journal"), 60);
    come("g1", "0");
    say(EVT_DEVICE_CONFIGURED,
            made_body(EVT_DEVICE_CONFIGURED, "device_id", "g1", "mute_from_min",
                    "0", "mute_to_min", "420", NULL));
    end(NULL);
    open_hub(place_file(&place, "journal"), 120);
    pass(5000);
    assert_int_equal(count_said(EVT_DEVICE_CONFIGURED), 1);
    end(NULL);
    place_remove(&place);
    begin(state);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(telemetry_is_stored_once_in_ten_seconds),
        T(one_that_speaks_every_ten_seconds_is_always_heard),
        T(a_clock_that_is_set_back_does_not_silence_it),
        T(who_listens_is_told_nothing_of_sleep),
        T(with_nothing_to_wait_for_it_sleeps_as_it_is_told_to),
        T(while_food_is_cooked_it_wakes_more_often),
        T(once_all_dishes_are_done_it_wakes_soon),
        T(of_other_peoples_orders_it_does_not_wake),
        T(it_is_never_told_to_sleep_for_longer_than_it_would),
        T(when_summer_time_begins_devices_that_keep_hours_are_told),
        T(also_when_it_began_while_the_hub_was_down),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
