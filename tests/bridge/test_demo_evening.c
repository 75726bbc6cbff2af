#include "bridge/demo_evening.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/dialect.h"
#include "hub/hub.h"

#define START_MS INT64_C(1769882400000)
#define TURN_MS  100

struct world {
    struct hub *hub;
    struct hub_client *client;
    struct evening evening;
    int64_t now_ms;
    uint32_t seen[EVT_COUNT]; /* events that came out, by kind */
    uint32_t most_open;
};

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    (void)owner;
    (void)ticket;
    (void)settlement;
}

static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

static int open_world(void **state)
{
    struct hub_options options = { .path = ":memory:", .seed = 7 };
    struct principal hub = { .roles = ROLE_HUB, .subject = "test" };
    struct world *world = calloc(1, sizeof(*world));

    world->now_ms = START_MS;
    assert_int_equal(hub_open(&world->hub, &options, START_MS), ERR_OK);
    assert_int_equal(
            hub_attach(world->hub, &hub, &outlet, world, &world->client),
            ERR_OK);
    assert_int_equal(hub_join_all(world->hub, world->client, 0), ERR_OK);
    evening_init(&world->evening, world->hub, 42, world->now_ms);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    hub_detach(world->hub, world->client);
    hub_close(world->hub);
    free(world);
    return 0;
}

static void listen_to_all(struct world *world)
{
    struct delivery delivery;

    while (hub_next(world->hub, world->client, &delivery)) {
        world->seen[delivery.evt->what]++;
        evt_unref(delivery.evt);
    }
}

static void play(struct world *world, int seconds)
{
    for (int i = 0; i < seconds * 1000 / TURN_MS; i++) {
        world->now_ms += TURN_MS;
        evening_tick(&world->evening, world->now_ms);
        hub_tick(world->hub, world->now_ms);
        assert_int_equal(hub_commit(world->hub, world->now_ms), ERR_OK);
        listen_to_all(world);
        if (evening_open_orders(&world->evening) > world->most_open)
            world->most_open = evening_open_orders(&world->evening);
    }
}

static void within_a_minute_everything_has_moved(void **state)
{
    struct world *world = *state;

    play(world, 60);
    assert_true(world->seen[EVT_ORDER_CREATED] >= 6);
    assert_true(world->seen[EVT_KITCHEN_PREPARING] > 0);
    assert_true(world->seen[EVT_KITCHEN_READY] > 0);
    assert_true(world->seen[EVT_PAGE_SENT] > 0);
    assert_true(world->seen[EVT_ORDER_SERVED] > 0);
    assert_true(world->seen[EVT_SERVICE_CALL_CREATED] > 0);
}

static void a_long_evening_keeps_few_orders_open_and_shows_every_turn(
        void **state)
{
    struct world *world = *state;
    struct hub_figures figures;

    play(world, 3 * 60 * 60);
    hub_figures(world->hub, &figures);
    assert_true(world->most_open <= EVENING_ORDERS);
    assert_true(figures.open_orders <= EVENING_ORDERS);
    assert_true(world->seen[EVT_ORDER_CREATED] > 1000);
    assert_true(world->seen[EVT_ORDER_COMPLETED] > 900);
    assert_true(world->seen[EVT_ORDER_ITEMS_ADDED] > 0);
    assert_true(world->seen[EVT_KITCHEN_CANCEL_ACCEPTED] > 0);
    assert_true(world->seen[EVT_KITCHEN_CANCEL_REJECTED] > 0);
    assert_true(world->seen[EVT_SERVICE_CALL_HANDLED] > 0);
}

static void it_says_nothing_that_is_wrong_in_itself(void **state)
{
    struct world *world = *state;

    play(world, 60 * 60);
    assert_int_equal(world->evening.refused, 0);
}

/* A human at the screen is faster; the evening goes on from there. */
static void what_a_human_has_moved_on_it_leaves_alone(void **state)
{
    static const char *const steps[] = { "kitchen.acknowledged",
        "kitchen.preparing", "kitchen.ready", "order.served",
        "order.completed" };
    struct world *world = *state;
    struct principal till = { .roles = ROLE_BACKEND, .subject = "human" };
    char json[80], id[ID_CHARS + 1];

    while (!*world->evening.orders[0].id)
        play(world, 1);
    memcpy(id, world->evening.orders[0].id, sizeof(id));
    snprintf(json, sizeof(json), "{\"orderId\":\"%s\"}", id);
    for (size_t i = 0; i < 5; i++) {
        struct heard heard;
        struct fault fault = { 0 };
        struct submission submission = { .from = &till };

        assert_int_equal(
                dialect_hear(steps[i], json, strlen(json), &heard, &fault),
                ERR_OK);
        submission.what = heard.what;
        submission.body = heard.body;
        hub_submit(world->hub, &submission, world->now_ms, &fault);
    }
    play(world, 5 * 60);
    for (int i = 0; i < EVENING_ORDERS; i++)
        assert_string_not_equal(world->evening.orders[i].id, id);
}

static void a_second_evening_takes_up_what_the_first_left_open(void **state)
{
    struct world *world = *state;
    struct evening second;

    play(world, 40);
    evening_init(&second, world->hub, 43, world->now_ms);
    assert_int_equal(
            evening_open_orders(&second), evening_open_orders(&world->evening));
    assert_int_equal(second.number, world->evening.number);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(within_a_minute_everything_has_moved),
        TEST(a_long_evening_keeps_few_orders_open_and_shows_every_turn),
        TEST(it_says_nothing_that_is_wrong_in_itself),
        TEST(what_a_human_has_moved_on_it_leaves_alone),
        TEST(a_second_evening_takes_up_what_the_first_left_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
