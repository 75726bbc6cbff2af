#include "hub/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

#define KEY "0123456789abcdef0123456789abcdef"

static struct story story;

static void say(enum evt_id what, ProtobufCMessage *body)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, what, body, NULL), ERR_OK);
}

static ProtobufCMessage *order_of(const char *id, const char *key)
{
    Dw__OrderCreated *created = (void *)story_order(id, "5");

    created->order->session = (void *)body_new(&dw__session__descriptor);
    body_set_string(&created->order->session->key, key);
    return &created->base;
}

static void say_something(void)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p1");

    say(EVT_ORDER_CREATED, order_of("41", KEY));
    say(EVT_ORDER_CREATED, order_of("42", "other"));
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    say(EVT_SERVICE_CALL_CREATED, story_call("5", NULL));
    say(EVT_TABLE_ACTIVATED,
            made_body(EVT_TABLE_ACTIVATED, "table.id", "5", NULL));
    say(EVT_TABLE_LAYOUT_UPDATED, made_body(EVT_TABLE_LAYOUT_UPDATED,
                                          "layout.zones[0].id", "z", NULL));
    say(EVT_MENU_CREATED, made_body(EVT_MENU_CREATED, "id", "soup",
                                  "price_cents", "450", NULL));
    say(EVT_MESSAGE_CREATED,
            made_body(EVT_MESSAGE_CREATED, "message.text", "hi", NULL));
    say(EVT_MESSAGE_CREATED, made_body(EVT_MESSAGE_CREATED, "message.text",
                                     "help", "message.channel", "support",
                                     "message.user_id", "ana", NULL));
    say(EVT_USER_CREATED, made_body(EVT_USER_CREATED, "id", "ana", NULL));
    assert_int_equal(story_say(&story, ROLE_HUB, EVT_ESCALATION_RAISED,
                             made_body(EVT_ESCALATION_RAISED, "id", "order-41",
                                     "station", "grill", NULL),
                             NULL),
            ERR_OK);
    assert_int_equal(
            story_say(&story, ROLE_HUB, EVT_ROOM_EMPTY,
                    made_body(EVT_ROOM_EMPTY, "room", "kitchen", NULL), NULL),
            ERR_OK);
    assert_int_equal(story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
                             story_online("printer", 1), NULL),
            ERR_OK);
}

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    say_something();
    story_commit(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    story_end(&story);
    return 0;
}

static Dw__Picture *look(const char *name, uint32_t mask)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_picture(story.hub, mask, &room, 1);
}

/* How much of each there is, in the order of picture.proto. */
static void count(const Dw__Picture *picture, char *out, size_t size)
{
    snprintf(out, size,
            "%zu %zu %zu %zu %zu %zu %zu%s%s%s%s%s %zu %zu %zu %zu %zu",
            picture->n_orders, picture->n_tables, picture->n_calls,
            picture->n_alerts, picture->n_jobs, picture->n_pages,
            picture->n_devices, picture->stats ? " stats" : "",
            picture->summary ? " summary" : "",
            picture->orders_metadata ? " of_orders" : "",
            picture->tables_metadata ? " of_tables" : "",
            picture->layout ? " layout" : "", picture->n_menu,
            picture->n_messages, picture->n_accounts, picture->n_escalations,
            picture->n_empty_rooms);
}

static void each_room_sees_its_part(void **state)
{
    static const struct {
        const char *room, *sees;
    } cases[] = {
        { "all", "2 1 1 1 2 1 1 stats summary of_orders of_tables layout "
                 "1 1 1 1 1" },
        { "restaurant", "2 1 1 1 2 1 1 stats summary of_orders of_tables "
                        "layout 1 1 0 1 1" },
        { "kitchen", "2 0 0 0 2 0 1 stats summary of_orders 1 1 0 1 1" },
        { "kitchen/bar", "2 0 0 0 2 0 1 stats summary of_orders 1 1 0 0 0" },
        { "kitchen/grill", "2 0 0 0 2 0 1 stats summary of_orders 1 1 0 1 0" },
        { "waiters", "2 1 1 1 0 1 0 summary of_orders of_tables layout "
                     "1 1 0 1 1" },
        { "admin", "0 0 0 1 0 0 1 stats summary of_orders 0 1 1 1 1" },
        { "table/5", "2 1 1 1 0 1 0 0 0 0 0 0" },
        { "order/41", "1 0 0 0 0 0 0 0 0 0 0 0" },
        { "session/" KEY, "1 0 0 0 0 0 0 0 0 0 0 0" },
        { "session/none", "0 0 0 0 0 0 0 0 0 0 0 0" },
        { "user/ana", "0 0 0 0 0 0 0 0 1 0 0 0" },
        { "user/eve", "0 0 0 0 0 0 0 0 0 0 0 0" },
        { "guests", "0 0 0 0 0 0 0 1 0 0 0 0" },
        { "pool", "0 0 0 0 0 0 0 0 0 0 0 0" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Dw__Picture *picture = look(cases[i].room, ROLE_HUB);
        char sees[160];

        count(picture, sees, sizeof(sees));
        hub_picture_free(picture);
        if (strcmp(sees, cases[i].sees) != 0)
            fail_msg("%s sees %s", cases[i].room, sees);
    }
}

static void a_sitting_sees_its_orders_when_they_are_over_too(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_ORDER_COMPLETED, story_about(EVT_ORDER_COMPLETED, "41"));
    picture = look("session/" KEY, ROLE_TABLE);
    assert_int_equal(picture->n_orders, 1);
    assert_string_equal(picture->orders[0]->id, "41");
    assert_null(picture->orders[0]->session->key);
    hub_picture_free(picture);
}

static void the_whole_menu_is_seen_but_not_its_prices_by_cooks(void **state)
{
    Dw__Picture *cooks = look("kitchen", ROLE_KITCHEN);
    Dw__Picture *guests = look("guests", ROLE_TABLE);

    (void)state;
    assert_false(cooks->menu[0]->has_price_cents);
    assert_true(guests->menu[0]->has_price_cents);
    hub_picture_free(cooks);
    hub_picture_free(guests);
}

/* Through kitchen and waiters alike. */
static void a_message_seen_through_two_rooms_is_there_once(void **state)
{
    struct room rooms[2];
    Dw__Picture *picture;

    (void)state;
    assert_true(room_make(ROOM_INDEX_KITCHEN, "", &rooms[0]));
    assert_true(room_make(ROOM_INDEX_ALL, "", &rooms[1]));
    picture = hub_picture(story.hub, ROLE_HUB, rooms, 2);
    assert_int_equal(picture->n_messages, 1);
    assert_int_equal(picture->n_menu, 1);
    hub_picture_free(picture);
}

static void only_the_lists_that_are_named_are_there(void **state)
{
    static const char *const some[] = { "tables", "menu", NULL };
    static const char *const none[] = { NULL };
    Dw__Picture *picture;
    struct room room;
    char sees[160];

    (void)state;
    assert_true(room_make(ROOM_INDEX_ALL, "", &room));
    picture = hub_picture_of(story.hub, ROLE_HUB, &room, 1, some);
    count(picture, sees, sizeof(sees));
    assert_string_equal(sees, "0 1 0 0 0 0 0 stats summary of_orders of_tables "
                              "layout 1 0 0 0 0");
    hub_picture_free(picture);
    picture = hub_picture_of(story.hub, ROLE_HUB, &room, 1, none);
    count(picture, sees, sizeof(sees));
    assert_string_equal(sees, "0 0 0 0 0 0 0 stats summary of_orders of_tables "
                              "layout 0 0 0 0 0");
    hub_picture_free(picture);
}

/* Their names here are those of the message. */
static void every_list_can_be_named(void **state)
{
    const ProtobufCMessageDescriptor *type = &dw__picture__descriptor;
    struct room room;

    (void)state;
    assert_true(room_make(ROOM_INDEX_ALL, "", &room));
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const char *const one[] = { field->name, NULL };
        Dw__Picture *picture;

        if (field->label != PROTOBUF_C_LABEL_REPEATED)
            continue;
        picture = hub_picture_of(story.hub, ROLE_HUB, &room, 1, one);
        assert_true(*(const size_t *)((const char *)picture +
                                      field->quantifier_offset) > 0);
        hub_picture_free(picture);
    }
}

/* What the next start makes of the journal's snapshot. */
static void everything_is_in_the_snapshot(void **state)
{
    struct state first, second;
    Dw__Picture *picture = look("all", ROLE_HUB);
    size_t len = protobuf_c_message_get_packed_size(&picture->base);
    uint8_t *packed = malloc(len);
    struct buf a, b;
    struct room all;

    (void)state;
    assert_non_null(packed);
    protobuf_c_message_pack(&picture->base, packed);
    hub_picture_free(picture);
    buf_init(&a, 65536);
    buf_init(&b, 65536);
    state_init(&first);
    state_init(&second);
    assert_int_equal(state_unpack(&first, packed, len), ERR_OK);
    state_pack(&first, &a);
    assert_int_equal(state_unpack(&second, a.data, a.len), ERR_OK);
    state_pack(&second, &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_true(room_make(ROOM_INDEX_ALL, "", &all));
    picture = state_picture(&second, ROLE_HUB, &all, 1, NULL);
    assert_int_equal(protobuf_c_message_get_packed_size(&picture->base), len);
    assert_int_equal(picture->tables_metadata->version, 2);
    assert_string_equal(picture->layout->zones[0]->id, "z");
    hub_picture_free(picture);
    state_finish(&first);
    state_finish(&second);
    buf_finish(&a);
    buf_finish(&b);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(each_room_sees_its_part),
        T(a_sitting_sees_its_orders_when_they_are_over_too),
        T(the_whole_menu_is_seen_but_not_its_prices_by_cooks),
        T(a_message_seen_through_two_rooms_is_there_once),
        T(only_the_lists_that_are_named_are_there),
        T(every_list_can_be_named),
        T(everything_is_in_the_snapshot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
