#include "hub/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/story.h"

static struct story story;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
            NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "6"),
            NULL);
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

static enum err say(uint32_t mask, enum evt_id what, const char *order)
{
    return story_say(&story, mask, what, story_about(what, order), NULL);
}

static void each_role_may_say_what_its_row_says(void **state)
{
    static const struct {
        uint32_t role;
        enum evt_id what;
        enum err err;
    } cases[] = {
        { ROLE_KITCHEN, EVT_KITCHEN_PREPARING, ERR_OK },
        { ROLE_WAITER, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_ADMIN, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_POS, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_DEVICE, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { 0, EVT_KITCHEN_READY, ERR_FORBIDDEN },
        { ROLE_KITCHEN, EVT_ORDER_SERVED, ERR_FORBIDDEN },
        { ROLE_WAITER, EVT_ORDER_SERVED, ERR_OK },
        { ROLE_KITCHEN, EVT_ORDER_CANCELLED, ERR_FORBIDDEN },
        { ROLE_WAITER | ROLE_KITCHEN, EVT_ORDER_COMPLETED, ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (say(cases[i].role, cases[i].what, "41") != cases[i].err)
            fail_msg("case %zu: %s", i, story.fault.text);
}

static void a_refusal_for_want_of_rights_says_nothing_more(void **state)
{
    struct fault known;

    (void)state;
    assert_int_equal(say(ROLE_WAITER, EVT_KITCHEN_READY, "41"), ERR_FORBIDDEN);
    known = story.fault;
    assert_int_equal(say(ROLE_WAITER, EVT_KITCHEN_READY, "99"), ERR_FORBIDDEN);
    assert_memory_equal(&known, &story.fault, sizeof(known));
}

static void a_table_speaks_for_itself_only(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("50", "5"), NULL),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("51", "6"), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ORDER_CREATED,
                             story_order("52", NULL), NULL),
            ERR_FORBIDDEN);
    assert_int_equal(say(ROLE_TABLE, EVT_ORDER_CANCEL_REQUESTED, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_TABLE, EVT_ORDER_CANCEL_REQUESTED, "42"), ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                             story_call("5", NULL), NULL),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                             story_call("6", NULL), NULL),
            ERR_FORBIDDEN);
}

static void an_order_is_created_once(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("41", "5"), "other-key"),
            ERR_CONFLICT);
    assert_string_equal(story.fault.field, "order.id");
}

static void an_order_needs_items_in_their_ranges(void **state)
{
    ProtobufCMessage *body = story_order("60", "5");
    Dw__OrderCreated *created = (void *)body;

    (void)state;
    created->order->items[0]->quantity = 0;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OUT_OF_RANGE);
    assert_string_equal(story.fault.field, "order.items[0].quantity");

    body = story_order("60", "5");
    created = (void *)body;
    body_free(&created->order->items[0]->base);
    free(created->order->items);
    created->order->items = NULL;
    created->order->n_items = 0;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "order.items");
}

static void an_id_with_a_slash_never_gets_in(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("4/1", "5"), NULL),
            ERR_BAD_ID);
    assert_string_equal(story.fault.field, "order.id");
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("60", "+"), NULL),
            ERR_BAD_ID);
    assert_string_equal(story.fault.field, "order.table.id");
}

static void a_status_is_only_ever_raised(void **state)
{
    (void)state;
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_READY, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_PREPARING, "41"), ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.text,
            "order 41 is ready: kitchen.preparing is not possible");
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_READY, "41"), ERR_IMPOSSIBLE);
    assert_int_equal(say(ROLE_WAITER, EVT_ORDER_COMPLETED, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CANCELLED, "41"), ERR_IMPOSSIBLE);
}

static void the_kitchen_answers_only_what_it_was_asked(void **state)
{
    (void)state;
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_ACCEPTED, "41"),
            ERR_IMPOSSIBLE);
    assert_int_equal(
            say(ROLE_WAITER, EVT_ORDER_CANCEL_REQUESTED, "41"), ERR_OK);
    assert_int_equal(
            say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_REJECTED, "41"), ERR_OK);
    assert_int_equal(say(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_ACCEPTED, "41"),
            ERR_IMPOSSIBLE);
}

static void what_is_not_open_cannot_be_closed(void **state)
{
    static const struct {
        enum evt_id what;
        uint32_t role;
        const char *id;
        const char *field;
    } cases[] = {
        { EVT_ALERT_ACKNOWLEDGED, ROLE_WAITER, "alert_id", "alertId" },
        { EVT_PAGE_ACKED, ROLE_WAITER, "page_id", "pageId" },
        { EVT_PRINT_PRINTED, ROLE_HUB, "job_id", "jobId" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body = body_new(evt_kinds[cases[i].what].body);

        body_complete_text(body, cases[i].id, "nothing");
        assert_int_equal(
                story_say(&story, cases[i].role, cases[i].what, body, NULL),
                ERR_NOT_FOUND);
        assert_string_equal(story.fault.field, cases[i].field);
    }
}

static void a_body_is_completed_from_the_picture(void **state)
{
    struct hub_client *client = story_listener(&story, ROLE_ADMIN, "kitchen");
    struct delivery delivery;

    (void)state;
    say(ROLE_KITCHEN, EVT_KITCHEN_READY, "41");
    story_commit(&story);
    assert_true(hub_next(story.hub, client, &delivery));
    assert_string_equal(body_text(delivery.evt->body, "table.id"), "5");
    assert_string_equal(body_text(delivery.evt->body, "order_number"), "41");
    assert_int_equal(delivery.evt->room_count, 4);
    evt_unref(delivery.evt);
    hub_detach(story.hub, client);
}

static void a_wrong_clock_does_not_date_an_order(void **state)
{
    ProtobufCMessage *body = story_order("70", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    struct hub_client *client = story_listener(&story, ROLE_ADMIN, "kitchen");
    struct delivery delivery;

    (void)state;
    order->has_created_at_ms = 1;
    order->created_at_ms = story.now_ms + 60000; /* tomorrow's order */
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL);
    story_commit(&story);
    assert_true(hub_next(story.hub, client, &delivery));
    order = ((Dw__OrderCreated *)(void *)delivery.evt->body)->order;
    assert_int_equal(order->created_at_ms, story.now_ms);
    evt_unref(delivery.evt);
    hub_detach(story.hub, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(each_role_may_say_what_its_row_says),
        T(a_refusal_for_want_of_rights_says_nothing_more),
        T(a_table_speaks_for_itself_only),
        T(an_order_is_created_once),
        T(an_order_needs_items_in_their_ranges),
        T(an_id_with_a_slash_never_gets_in),
        T(a_status_is_only_ever_raised),
        T(the_kitchen_answers_only_what_it_was_asked),
        T(what_is_not_open_cannot_be_closed),
        T(a_body_is_completed_from_the_picture),
        T(a_wrong_clock_does_not_date_an_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
