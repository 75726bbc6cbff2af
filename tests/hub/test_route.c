#include "hub/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/device.pb-c.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/filled.h"
#include "tests/support/story.h"

static struct evt *evt_of(enum evt_id what, ProtobufCMessage *body)
{
    struct evt *evt;

    assert_int_equal(evt_create(what, body, &evt), ERR_OK);
    return evt;
}

static struct room room_of(const char *text)
{
    struct room room;

    assert_true(room_parse(text, strlen(text), &room));
    return room;
}

/* Route it; it has to go to these rooms, in this order. */
static void expect(struct evt *evt, const char *rooms)
{
    char text[ROUTE_TEXT_CHARS + 1];

    route_evt(evt);
    route_print(evt, text);
    assert_string_equal(text, rooms);
}

/* --- where to --- */

/* Does its row promise a kind of room that its body can never name? */
static void every_event_reaches_every_kind_of_room_in_its_row(void **unused)
{
    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        struct evt *evt = filled_evt((enum evt_id)what);
        uint32_t reached = 0;

        route_evt(evt);
        for (int i = 0; i < evt->room_count; i++)
            reached |= 1u << evt->rooms[i].kind;
        if (reached != evt_kinds[what].to)
            fail_msg("%s: %x, not %x", evt_kinds[what].name, reached,
                    evt_kinds[what].to);
        evt_unref(evt);
    }
}

static void an_order_goes_to_kitchen_waiters_its_table_and_its_own_room(
        void **unused)
{
    struct evt *evt = evt_of(EVT_ORDER_CREATED, story_order("o1", "5"));

    (void)unused;
    expect(evt, "kitchen\nwaiters\ntable/5\norder/o1\n");
    expect(evt, "kitchen\nwaiters\ntable/5\norder/o1\n"); /* and not twice */
    evt_unref(evt);
}

static void an_order_without_a_table_goes_to_no_table(void **unused)
{
    struct evt *evt = evt_of(EVT_ORDER_CREATED, story_order("o1", NULL));

    (void)unused;
    expect(evt, "kitchen\nwaiters\norder/o1\n");
    evt_unref(evt);
}

/* An order with one item for each of these stations. */
static struct evt *order_for(const char *const *stations, size_t count)
{
    Dw__OrderCreated *created = (void *)story_order("o1", "5");
    Dw__Order *order = created->order;

    body_free(&order->items[0]->base);
    free(order->items);
    order->items = calloc(count, sizeof(Dw__Item *));
    assert_non_null(order->items);
    order->n_items = count;
    for (size_t i = 0; i < count; i++) {
        order->items[i] = (void *)body_new(&dw__item__descriptor);
        body_set_string(&order->items[i]->id, "i");
        body_set_string(&order->items[i]->name, "Soup");
        order->items[i]->quantity = 1;
        if (stations[i])
            body_set_string(&order->items[i]->station, stations[i]);
    }
    return evt_of(EVT_ORDER_CREATED, &created->base);
}

static void an_order_goes_once_to_each_station_that_has_work_with_it(
        void **unused)
{
    static const char *const stations[] = { "grill", NULL, "bar", "grill" };
    struct evt *evt = order_for(stations, 4);

    (void)unused;
    expect(evt, "kitchen\nkitchen/grill\nkitchen/bar\nwaiters\ntable/5\n"
                "order/o1\n");
    evt_unref(evt);
}

static void many_stations_never_push_out_table_and_order(void **unused)
{
    static const char *const stations[] = { "a", "b", "c", "d", "e", "f", "g",
        "h", "i", "j", "k", "l", "m", "n", "o", "p", "q" };
    struct evt *evt = order_for(stations, 17);

    (void)unused;
    assert_int_equal(EVT_STATIONS, 16);
    expect(evt, "kitchen\nkitchen/a\nkitchen/b\nkitchen/c\nkitchen/d\n"
                "kitchen/e\nkitchen/f\nkitchen/g\nkitchen/h\nkitchen/i\n"
                "kitchen/j\nkitchen/k\nkitchen/l\nkitchen/m\nkitchen/n\n"
                "kitchen/o\nkitchen/p\nwaiters\ntable/5\norder/o1\n");
    assert_int_equal(evt->room_count, EVT_ROOMS);
    evt_unref(evt);
}

static void an_id_that_cannot_be_a_room_leads_nowhere(void **unused)
{
    static const char *const wrong[] = { "", "+", "#", "5/6", "a b", "\xc3\xa9",
        "123456789012345678901234567890123" };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct evt *evt =
                evt_of(EVT_SERVICE_CALL_CREATED, story_call(wrong[i], NULL));

        expect(evt, "waiters\n");
        evt_unref(evt);
    }
}

static void work_goes_to_the_device_that_shall_do_it(void **unused)
{
    Dw__PrintRequested *job =
            (void *)filled_body(&dw__print_requested__descriptor);
    struct evt *evt;

    (void)unused;
    assert_true(body_set_string(&job->printer, "printer-1"));
    evt = evt_of(EVT_PRINT_REQUESTED, &job->base);
    expect(evt, "kitchen\ndevice/printer-1\n");
    free(job->printer);
    job->printer = NULL;
    expect(evt, "kitchen\n");
    evt_unref(evt);
}

static void a_page_goes_to_the_table_where_its_pagers_listen(void **unused)
{
    Dw__PageSent *page = (void *)filled_body(&dw__page_sent__descriptor);
    struct evt *evt;

    (void)unused;
    assert_true(body_set_string(&page->table->id, "12"));
    evt = evt_of(EVT_PAGE_SENT, &page->base);
    expect(evt, "waiters\ntable/12\n");
    evt_unref(evt);
}

static void a_state_is_known_by_what_it_is_the_state_of(void **unused)
{
    Dw__TableUpdated *table =
            (void *)filled_body(&dw__table_updated__descriptor);
    struct evt *evt, *online;

    (void)unused;
    assert_true(body_set_string(&table->table->id, "12"));
    evt = evt_of(EVT_TABLE_UPDATED, &table->base);
    route_evt(evt);
    assert_string_equal(evt->key, "12");
    online = filled_evt(EVT_DEVICE_ONLINE);
    /* A pager's own table is not what its presence is about. */
    body_set_string(
            &((Dw__DeviceOnline *)(void *)online->body)->device_id, "pager-5");
    route_evt(online);
    assert_string_equal(online->key, "pager-5");
    evt_unref(evt);
    evt_unref(online);
}

static void every_state_has_a_key(void **unused)
{
    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        struct evt *evt = filled_evt((enum evt_id)what);

        route_evt(evt);
        if (evt_kinds[what].keep == KEEP_LAST)
            assert_string_equal(evt->key, FILLED_TEXT);
        evt_unref(evt);
    }
}

/* --- as the journal keeps it --- */

static void what_is_written_is_read_again(void **unused)
{
    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        struct evt *evt = filled_evt((enum evt_id)what);
        struct evt *again = filled_evt((enum evt_id)what);
        char text[ROUTE_TEXT_CHARS + 1];

        route_evt(evt);
        route_print(evt, text);
        route_parse(text, again);
        assert_int_equal(again->room_count, evt->room_count);
        assert_memory_equal(again->rooms, evt->rooms,
                evt->room_count * sizeof(evt->rooms[0]));
        evt_unref(evt);
        evt_unref(again);
    }
}

static void the_longest_list_of_rooms_can_be_written(void **unused)
{
    struct evt *evt = filled_evt(EVT_ORDER_CREATED);
    char text[ROUTE_TEXT_CHARS + 1], id[ID_CHARS + 1];

    (void)unused;
    memset(id, 'x', ID_CHARS);
    id[ID_CHARS] = '\0';
    for (int i = 0; i < EVT_ROOMS; i++)
        assert_true(room_make(ROOM_INDEX_STATION, id, &evt->rooms[i]));
    evt->room_count = EVT_ROOMS;
    route_print(evt, text);
    assert_int_equal(strlen(text), EVT_ROOMS * (strlen("kitchen/\n") + 32));
    route_parse(text, evt);
    assert_int_equal(evt->room_count, EVT_ROOMS);
    evt->room_count = 0;
    route_print(evt, text);
    assert_string_equal(text, "");
    evt_unref(evt);
}

static void what_is_no_room_any_more_is_left_out(void **unused)
{
    struct evt *evt = filled_evt(EVT_ORDER_CREATED);
    char text[ROUTE_TEXT_CHARS + 1];
    char more[(EVT_ROOMS + 1) * 16];
    size_t len = 0;

    (void)unused;
    route_parse("kitchen\nballroom\ntable/\n\ntable/5", evt);
    route_print(evt, text);
    assert_string_equal(text, "kitchen\ntable/5\n");
    route_parse("", evt);
    assert_int_equal(evt->room_count, 0);
    for (int i = 0; i <= EVT_ROOMS; i++)
        len += (size_t)snprintf(
                more + len, sizeof(more) - len, "table/%d\n", i);
    route_parse(more, evt);
    assert_int_equal(evt->room_count, EVT_ROOMS);
    evt_unref(evt);
}

/* --- who is there --- */

/* Clients are only compared, never looked into. */
static char people[100];

static struct hub_client *client(int i)
{
    return (struct hub_client *)(void *)&people[i];
}

static bool is_there(const struct route *route, const char *room, int i)
{
    struct room where = room_of(room);
    uint32_t count;
    struct hub_client **clients = route_clients(route, &where, &count);

    while (count > 0)
        if (clients[--count] == client(i))
            return true;
    return false;
}

static uint32_t count_in(const struct route *route, const char *room)
{
    struct room where = room_of(room);
    uint32_t count;

    route_clients(route, &where, &count);
    return count;
}

static void join(struct route *route, const char *room, int i)
{
    struct room where = room_of(room);

    assert_int_equal(route_join(route, &where, client(i)), ERR_OK);
}

static void leave(struct route *route, const char *room, int i)
{
    struct room where = room_of(room);

    route_leave(route, &where, client(i));
}

static void who_joins_a_room_is_in_that_room_only(void **unused)
{
    struct route route;
    struct room nowhere = room_of("admin");
    uint32_t count = 7;

    (void)unused;
    route_init(&route);
    assert_null(route_clients(&route, &nowhere, &count));
    assert_int_equal(count, 0);
    join(&route, "table/5", 1);
    join(&route, "kitchen", 1);
    join(&route, "table/5", 2);
    assert_true(is_there(&route, "table/5", 1));
    assert_true(is_there(&route, "table/5", 2));
    assert_true(is_there(&route, "kitchen", 1));
    assert_false(is_there(&route, "kitchen", 2));
    assert_false(is_there(&route, "table/55", 1));
    assert_false(is_there(&route, "order/5", 1));
    assert_false(is_there(&route, "kitchen/5", 1));
    route_finish(&route);
}

static void who_leaves_is_gone_and_the_others_stay(void **unused)
{
    struct route route;

    (void)unused;
    route_init(&route);
    for (int i = 0; i < 100; i++)
        join(&route, "waiters", i);
    for (int i = 0; i < 100; i += 3)
        leave(&route, "waiters", i);
    for (int i = 0; i < 100; i++)
        assert_int_equal(is_there(&route, "waiters", i), i % 3 != 0);
    assert_int_equal(count_in(&route, "waiters"), 66);
    leave(&route, "waiters", 0);
    leave(&route, "admin", 1);
    assert_int_equal(count_in(&route, "waiters"), 66);
    route_finish(&route);
}

static void an_empty_room_costs_nothing(void **unused)
{
    struct route route;

    (void)unused;
    route_init(&route);
    for (int i = 0; i < 50; i++) {
        char room[16];

        snprintf(room, sizeof(room), "table/%d", i);
        join(&route, room, i);
        leave(&route, room, i);
    }
    assert_null(route.rooms);
    join(&route, "table/5", 1);
    assert_true(is_there(&route, "table/5", 1));
    route_finish(&route);
    assert_null(route.rooms);
    route_finish(&route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_reaches_every_kind_of_room_in_its_row),
        cmocka_unit_test(
                an_order_goes_to_kitchen_waiters_its_table_and_its_own_room),
        cmocka_unit_test(an_order_without_a_table_goes_to_no_table),
        cmocka_unit_test(
                an_order_goes_once_to_each_station_that_has_work_with_it),
        cmocka_unit_test(many_stations_never_push_out_table_and_order),
        cmocka_unit_test(an_id_that_cannot_be_a_room_leads_nowhere),
        cmocka_unit_test(work_goes_to_the_device_that_shall_do_it),
        cmocka_unit_test(a_page_goes_to_the_table_where_its_pagers_listen),
        cmocka_unit_test(a_state_is_known_by_what_it_is_the_state_of),
        cmocka_unit_test(every_state_has_a_key),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(the_longest_list_of_rooms_can_be_written),
        cmocka_unit_test(what_is_no_room_any_more_is_left_out),
        cmocka_unit_test(who_joins_a_room_is_in_that_room_only),
        cmocka_unit_test(who_leaves_is_gone_and_the_others_stay),
        cmocka_unit_test(an_empty_room_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
