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
#include "schemas/people.pb-c.h"
#include "tests/support/filled.h"
#include "tests/support/made.h"
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

/* NULL: take it away. */
static void give(char **field, const char *text)
{
    if (text) {
        assert_true(body_set_string(field, text));
        return;
    }
    free(*field);
    *field = NULL;
}

/* --- where to --- */

/* Words by which events choose among the rooms of their row. */
static const char *const words[] = { NULL, "board", "kitchen", "waiters",
    "support", "waiter", "pool", "admin" };

/* A filled body with this word in place of those that are none. */
static struct evt *worded_evt(enum evt_id what, const char *word)
{
    ProtobufCMessage *body = filled_body(evt_kinds[what].body);

    switch (what) {
    case EVT_MESSAGE_CREATED:
    case EVT_MESSAGE_UPDATED:
    case EVT_MESSAGE_PINNED:
        give(&((Dw__MessageChanged *)(void *)body)->message->channel, word);
        break;
    case EVT_MESSAGE_DELETED:
        give(&((Dw__MessageDeleted *)(void *)body)->channel, word);
        break;
    case EVT_MESSAGE_ALL_DELETED:
        give(&((Dw__MessageAllDeleted *)(void *)body)->channel, word);
        break;
    case EVT_NOTIFICATION:
        give(&((Dw__Notice *)(void *)body)->role, word);
        if (word)
            give(&((Dw__Notice *)(void *)body)->user_id, NULL);
        break;
    case EVT_PAGE_SENT: /* for a pager, or for a table */
        if (word)
            give(&((Dw__PageSent *)(void *)body)->device_id, NULL);
        break;
    default:
        break;
    }
    return evt_of(what, body);
}

static uint32_t reached(struct evt *evt)
{
    uint32_t kinds = 0;

    route_evt(evt);
    for (int i = 0; i < evt->room_count; i++)
        kinds |= 1u << evt->rooms[i].kind;
    evt_unref(evt);
    return kinds;
}

/* Does its row promise a kind of room that its body can never name? Only of
 * all messages of a user's nobody tells that one user. */
static void every_event_reaches_every_kind_of_room_in_its_row(void **unused)
{
    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        uint32_t kinds = what == EVT_MESSAGE_ALL_DELETED ? ROOM_USER : 0;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            kinds |= reached(worded_evt((enum evt_id)what, words[i]));
        if (kinds != evt_kinds[what].to)
            fail_msg("%s: %x, not %x", evt_kinds[what].name, kinds,
                    evt_kinds[what].to);
    }
}

static void an_order_goes_to_kitchen_waiters_its_table_and_its_own_room(
        void **unused)
{
    struct evt *evt = evt_of(EVT_ORDER_CREATED, story_order("o1", "5"));

    (void)unused;
    expect(evt, "kitchen\nwaiters\nrestaurant\ntable/5\norder/o1\nall\n");
    /* and not twice */
    expect(evt, "kitchen\nwaiters\nrestaurant\ntable/5\norder/o1\nall\n");
    evt_unref(evt);
}

static void an_order_without_a_table_goes_to_no_table(void **unused)
{
    struct evt *evt = evt_of(EVT_ORDER_CREATED, story_order("o1", NULL));

    (void)unused;
    expect(evt, "kitchen\nwaiters\nrestaurant\norder/o1\nall\n");
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
    expect(evt, "kitchen\nkitchen/grill\nkitchen/bar\nwaiters\nrestaurant\n"
                "table/5\norder/o1\nall\n");
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
                "kitchen/o\nkitchen/p\nwaiters\nrestaurant\ntable/5\n"
                "order/o1\nall\n");
    assert_true(evt->room_count < EVT_ROOMS);
    evt_unref(evt);
}

static void an_id_that_cannot_be_a_room_leads_nowhere(void **unused)
{
    static const char *const wrong[] = { "", "+", "#", "5/6", "a b", "\xc3\xa9",
        "1234567890123456789012345678901234567" };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct evt *evt =
                evt_of(EVT_SERVICE_CALL_CREATED, story_call(wrong[i], NULL));

        expect(evt, "waiters\nrestaurant\nall\n");
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
    give(&page->device_id, NULL);
    evt = evt_of(EVT_PAGE_SENT, &page->base);
    expect(evt, "waiters\nrestaurant\ntable/12\n");
    evt_unref(evt);
}

static void a_page_for_a_pager_goes_to_that_and_not_to_the_table(void **unused)
{
    Dw__PageSent *page = (void *)filled_body(&dw__page_sent__descriptor);
    struct evt *evt;

    (void)unused;
    assert_true(body_set_string(&page->table->id, "12"));
    assert_true(body_set_string(&page->device_id, "pager-7"));
    evt = evt_of(EVT_PAGE_SENT, &page->base);
    expect(evt, "waiters\nrestaurant\ndevice/pager-7\n");
    evt_unref(evt);
}

static void a_device_is_told_of_itself(void **unused)
{
    static const enum evt_id told[] = { EVT_DEVICE_CONFIGURED,
        EVT_DEVICE_IDENTIFY_REQUESTED };
    struct evt *evt;

    (void)unused;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        evt = evt_of(told[i], made_body(told[i], "device_id", "pager-7", NULL));
        expect(evt, "device/pager-7\nadmin\n");
        evt_unref(evt);
    }
    evt = evt_of(
            EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id",
                                         "pager-7", "table.id", "5", NULL));
    expect(evt, "waiters\ndevice/pager-7\nadmin\n");
    evt_unref(evt);
}

static void a_sitting_is_told_of_its_orders(void **unused)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";
    Dw__OrderCreated *created = (void *)story_order("o1", "5");
    struct evt *evt;

    (void)unused;
    created->order->session = (void *)body_new(&dw__session__descriptor);
    evt = evt_of(EVT_ORDER_CREATED, &created->base);
    expect(evt, "kitchen\nwaiters\nrestaurant\ntable/5\norder/o1\nall\n");
    body_set_string(&created->order->session->key, key);
    expect(evt, "kitchen\nwaiters\nrestaurant\ntable/5\norder/o1\n"
                "session/0123456789abcdef0123456789abcdef\nall\n");
    evt_unref(evt);
    evt = evt_of(EVT_ORDER_STATUS_CHANGED,
            made_body(EVT_ORDER_STATUS_CHANGED, "order_id", "o1", "session.key",
                    "k1", NULL));
    expect(evt, "kitchen\nwaiters\nrestaurant\norder/o1\nsession/k1\n");
    evt_unref(evt);
}

/* Route it; then it is gone. */
static void expect_of(
        enum evt_id what, ProtobufCMessage *body, const char *rooms)
{
    struct evt *evt = evt_of(what, body);

    expect(evt, rooms);
    evt_unref(evt);
}

static void added_items_go_to_the_stations_that_cook_them(void **unused)
{
    (void)unused;
    expect_of(EVT_ORDER_ITEMS_ADDED,
            made_body(EVT_ORDER_ITEMS_ADDED, "order_id", "o1", "items[0].name",
                    "Soup", "items[0].station", "grill", "items[1].name",
                    "Beer", "items[1].station", "bar", NULL),
            "kitchen\nkitchen/grill\nkitchen/bar\nwaiters\nrestaurant\n"
            "order/o1\n");
    expect_of(EVT_KITCHEN_STATION_ASSIGNED,
            made_body(EVT_KITCHEN_STATION_ASSIGNED, "order_id", "o1",
                    "station.id", "grill", NULL),
            "kitchen\nkitchen/grill\n");
}

static void guests_who_move_are_heard_of_at_both_tables(void **unused)
{
    (void)unused;
    expect_of(EVT_TABLE_MOVED,
            made_body(
                    EVT_TABLE_MOVED, "table.id", "5", "to_table.id", "7", NULL),
            "kitchen\nwaiters\nrestaurant\ntable/5\ntable/7\nall\n");
}

static void a_message_goes_to_the_rooms_of_its_channel(void **unused)
{
    static const struct {
        const char *channel, *rooms;
    } cases[] = {
        { NULL, "kitchen\nwaiters\nrestaurant\nall\n" },
        { "board", "kitchen\nwaiters\nrestaurant\nall\n" },
        { "kitchen", "kitchen\nrestaurant\nall\n" },
        { "waiters", "waiters\nrestaurant\nall\n" },
        { "support", "waiters\nuser/ana\nadmin\n" },
        { "nowhere", "" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body = made_body(EVT_MESSAGE_CREATED, "message.text",
                "hi", "message.user_id", "ana", NULL);

        give(&((Dw__MessageChanged *)(void *)body)->message->channel,
                cases[i].channel);
        expect_of(EVT_MESSAGE_CREATED, body, cases[i].rooms);
    }
}

static void a_notification_goes_to_its_user_or_else_to_its_role(void **unused)
{
    static const struct {
        const char *user, *role, *rooms;
    } cases[] = {
        { "ana", NULL, "user/ana\n" },
        { "ana", "kitchen", "user/ana\n" },
        { NULL, "kitchen", "kitchen\n" },
        { NULL, "waiter", "waiters\n" },
        { NULL, "pool", "pool\n" },
        { NULL, "admin", "admin\n" },
        { NULL, NULL, "" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body =
                made_body(EVT_NOTIFICATION, "title", "News", NULL);

        give(&((Dw__Notice *)(void *)body)->user_id, cases[i].user);
        give(&((Dw__Notice *)(void *)body)->role, cases[i].role);
        expect_of(EVT_NOTIFICATION, body, cases[i].rooms);
    }
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

/* But for those of which there is one. */
static void every_state_has_a_key(void **unused)
{
    (void)unused;
    for (int what = 0; what < EVT_COUNT; what++) {
        struct evt *evt = filled_evt((enum evt_id)what);
        bool is_one = what == EVT_ORDER_SUMMARY_UPDATED ||
                      what == EVT_TABLE_LAYOUT_UPDATED;

        route_evt(evt);
        if (evt_kinds[what].keep == KEEP_LAST)
            assert_true(is_one ? evt->key[0] == '\0'
                               : strncmp(evt->key, FILLED_TEXT,
                                         strlen(FILLED_TEXT)) == 0);
        evt_unref(evt);
    }
}

static void a_screen_is_muted_in_each_room_by_itself(void **unused)
{
    struct evt *evt = evt_of(
            EVT_CLIENT_MUTED, made_body(EVT_CLIENT_MUTED, "user_id", "ana",
                                      "room", "kitchen/grill", NULL));
    struct evt *whole = evt_of(EVT_CLIENT_MUTED,
            made_body(EVT_CLIENT_MUTED, "user_id", "ana", NULL));

    (void)unused;
    route_evt(evt);
    route_evt(whole);
    assert_string_equal(evt->key, "ana kitchen/grill");
    assert_string_equal(whole->key, "ana");
    evt_unref(evt);
    evt_unref(whole);
}

static void the_longest_key_is_whole(void **unused)
{
    char user[ID_CHARS + 1], room[ROOM_CHARS + 1];
    struct evt *evt;

    (void)unused;
    memset(user, 'u', ID_CHARS);
    user[ID_CHARS] = '\0';
    memset(room, 'r', ROOM_CHARS);
    room[ROOM_CHARS] = '\0';
    evt = evt_of(EVT_CLIENT_MUTED,
            made_body(EVT_CLIENT_MUTED, "user_id", user, "room", room, NULL));
    route_evt(evt);
    assert_int_equal(strlen(evt->key), ID_CHARS + 1 + ROOM_CHARS);
    evt_unref(evt);
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
    assert_int_equal(
            strlen(text), EVT_ROOMS * (strlen("kitchen/\n") + ID_CHARS));
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
        cmocka_unit_test(a_page_for_a_pager_goes_to_that_and_not_to_the_table),
        cmocka_unit_test(a_device_is_told_of_itself),
        cmocka_unit_test(a_sitting_is_told_of_its_orders),
        cmocka_unit_test(added_items_go_to_the_stations_that_cook_them),
        cmocka_unit_test(guests_who_move_are_heard_of_at_both_tables),
        cmocka_unit_test(a_message_goes_to_the_rooms_of_its_channel),
        cmocka_unit_test(a_notification_goes_to_its_user_or_else_to_its_role),
        cmocka_unit_test(a_state_is_known_by_what_it_is_the_state_of),
        cmocka_unit_test(every_state_has_a_key),
        cmocka_unit_test(a_screen_is_muted_in_each_room_by_itself),
        cmocka_unit_test(the_longest_key_is_whole),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(the_longest_list_of_rooms_can_be_written),
        cmocka_unit_test(what_is_no_room_any_more_is_left_out),
        cmocka_unit_test(who_joins_a_room_is_in_that_room_only),
        cmocka_unit_test(who_leaves_is_gone_and_the_others_stay),
        cmocka_unit_test(an_empty_room_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
