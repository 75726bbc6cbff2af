#include "hub/validate_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/story.h"

#define LATER_MS 60000 /* what is said again is no echo by then */

static struct story story;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5"),
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

static enum err say_body(uint32_t mask, enum evt_id what, void *body)
{
    story.now_ms += LATER_MS;
    return story_say(&story, mask, what, body, NULL);
}

static enum err say(uint32_t mask, enum evt_id what)
{
    return say_body(mask, what, story_about(what, "41"));
}

/* 0 or NULL: not given. */
static enum err say_status(Dw__OrderStatus status, const char *word)
{
    Dw__OrderStatusChanged *changed =
            (void *)story_about(EVT_ORDER_STATUS_CHANGED, "41");

    changed->has_status = status != 0;
    changed->status = status;
    if (word)
        body_set_string(&changed->status_word, word);
    return say_body(ROLE_BACKEND, EVT_ORDER_STATUS_CHANGED, changed);
}

static enum err recall(Dw__OrderStatus to, const char *reason)
{
    Dw__TicketRecalled *recalled =
            (void *)story_about(EVT_TICKET_RECALLED, "41");

    recalled->has_status = to != 0;
    recalled->status = to;
    if (reason)
        body_set_string(&recalled->reason, reason);
    return say_body(ROLE_KITCHEN, EVT_TICKET_RECALLED, recalled);
}

static enum err say_item(
        uint32_t mask, const char *id, Dw__ItemStatus status, const char *word)
{
    Dw__OrderItemStatusChanged *changed =
            (void *)story_about(EVT_ORDER_ITEM_STATUS_CHANGED, "41");

    body_set_string(&changed->item_id, id);
    changed->has_status = status != 0;
    changed->status = status;
    if (word)
        body_set_string(&changed->status_word, word);
    return say_body(mask, EVT_ORDER_ITEM_STATUS_CHANGED, changed);
}

static enum err say_priority(uint32_t mask, Dw__Priority priority)
{
    Dw__KitchenPriorityChanged *changed =
            (void *)story_about(EVT_KITCHEN_PRIORITY_CHANGED, "41");

    changed->priority = priority;
    return say_body(mask, EVT_KITCHEN_PRIORITY_CHANGED, changed);
}

static enum err say_station(const char *id)
{
    Dw__KitchenStationAssigned *assigned =
            (void *)story_about(EVT_KITCHEN_STATION_ASSIGNED, "41");

    assigned->station = (void *)body_new(&dw__station__descriptor);
    body_set_string(&assigned->station->id, id);
    return say_body(ROLE_KITCHEN, EVT_KITCHEN_STATION_ASSIGNED, assigned);
}

#define IS(status)   DW__ORDER_STATUS__ORDER_STATUS_##status
#define ITEM(status) DW__ITEM_STATUS__ITEM_STATUS_##status

static void a_change_of_status_says_to_which(void **state)
{
    (void)state;
    assert_int_equal(say_status(0, NULL), ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "status");
    assert_int_equal(say_status(0, ""), ERR_MISSING_FIELD);
    assert_int_equal(say_status(0, "plating"), ERR_OK);
}

static void the_known_status_takes_back_a_word_but_never_lowers(void **state)
{
    (void)state;
    assert_int_equal(say_status(IS(PREPARING), NULL), ERR_OK);
    assert_int_equal(say_status(IS(PREPARING), NULL), ERR_IMPOSSIBLE);
    assert_int_equal(say_status(0, "plating"), ERR_OK);
    assert_int_equal(say_status(IS(CONFIRMED), NULL), ERR_IMPOSSIBLE);
    assert_int_equal(say_status(IS(PREPARING), NULL), ERR_OK);
    assert_int_equal(say_status(IS(PREPARING), NULL), ERR_IMPOSSIBLE);
}

static void an_order_that_is_over_still_has_its_words(void **state)
{
    (void)state;
    assert_int_equal(say_status(IS(COMPLETED), NULL), ERR_OK);
    assert_int_equal(say_status(0, "refunded"), ERR_OK);
    assert_int_equal(say_status(IS(COMPLETED), NULL), ERR_IMPOSSIBLE);
}

static void an_update_names_its_order(void **state)
{
    Dw__OrderUpdated *updated =
            (void *)body_new(&dw__order_updated__descriptor);

    (void)state;
    updated->order = (void *)body_new(&dw__order__descriptor);
    assert_int_equal(say_body(ROLE_BACKEND, EVT_ORDER_UPDATED, updated),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "order.id");
}

static void a_recall_goes_down_but_not_to_the_beginning(void **state)
{
    static const struct {
        Dw__OrderStatus from, to;
        enum err err;
        const char *field;
    } cases[] = {
        { 0, 0, ERR_IMPOSSIBLE, "orderId" }, /* nothing is cooked yet */
        { IS(ACKNOWLEDGED), IS(CONFIRMED), ERR_IMPOSSIBLE, "orderId" },
        { IS(PREPARING), 0, ERR_IMPOSSIBLE, "status" },
        { IS(PREPARING), IS(CONFIRMED), ERR_OK, NULL },
        { IS(READY), IS(PENDING), ERR_IMPOSSIBLE, "status" },
        { IS(READY), IS(READY), ERR_IMPOSSIBLE, "status" },
        { IS(READY), IS(SERVED), ERR_IMPOSSIBLE, "status" },
        { IS(READY), IS(ACKNOWLEDGED), ERR_OK, NULL },
        { IS(SERVED), IS(READY), ERR_OK, NULL },
        { IS(SERVED), 0, ERR_OK, NULL },
        { IS(COMPLETED), 0, ERR_IMPOSSIBLE, "orderId" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].from)
            say_status(cases[i].from, NULL); /* it may be there already */
        if (recall(cases[i].to, "cold") != cases[i].err)
            fail_msg("case %zu: %s", i, story.fault.text);
        if (cases[i].field)
            assert_string_equal(story.fault.field, cases[i].field);
    }
}

static void a_recall_needs_a_reason_and_a_right_idea_of_the_order(void **state)
{
    Dw__TicketRecalled *recalled;

    (void)state;
    say_status(IS(READY), NULL);
    assert_int_equal(recall(0, NULL), ERR_MISSING_FIELD);
    assert_int_equal(recall(0, ""), ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "reason");
    recalled = (void *)story_about(EVT_TICKET_RECALLED, "41");
    body_set_string(&recalled->reason, "cold");
    recalled->has_previous = 1;
    recalled->previous = IS(SERVED);
    assert_int_equal(say_body(ROLE_KITCHEN, EVT_TICKET_RECALLED, recalled),
            ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.field, "previous");
}

static void an_item_that_is_done_does_not_go_back(void **state)
{
    (void)state;
    assert_int_equal(
            say_item(ROLE_KITCHEN, "i2", ITEM(READY), NULL), ERR_NOT_FOUND);
    assert_string_equal(story.fault.field, "itemId");
    assert_int_equal(say_item(ROLE_KITCHEN, "i1", 0, NULL), ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "status");
    assert_int_equal(say_item(ROLE_KITCHEN, "i1", ITEM(READY), NULL), ERR_OK);
    assert_int_equal(
            say_item(ROLE_KITCHEN, "i1", ITEM(READY), NULL), ERR_IMPOSSIBLE);
    assert_int_equal(
            say_item(ROLE_KITCHEN, "i1", ITEM(PREPARING), NULL), ERR_OK);
    assert_int_equal(say_item(ROLE_KITCHEN, "i1", 0, "resting"), ERR_OK);
    assert_int_equal(
            say_item(ROLE_KITCHEN, "i1", ITEM(PREPARING), NULL), ERR_OK);
    assert_int_equal(say_item(ROLE_WAITER, "i1", ITEM(SERVED), NULL), ERR_OK);
    assert_int_equal(
            say_item(ROLE_KITCHEN, "i1", ITEM(READY), NULL), ERR_IMPOSSIBLE);
    assert_int_equal(say_item(ROLE_KITCHEN, "i1", ITEM(CANCELLED), NULL),
            ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.field, "itemId");
}

static void waiters_serve_items_and_cook_none(void **state)
{
    (void)state;
    assert_int_equal(
            say_item(ROLE_WAITER, "i1", ITEM(READY), NULL), ERR_FORBIDDEN);
    assert_int_equal(say_item(ROLE_WAITER, "i1", 0, "resting"), ERR_FORBIDDEN);
    assert_int_equal(
            say_item(ROLE_TABLE, "i1", ITEM(SERVED), NULL), ERR_FORBIDDEN);
    assert_int_equal(
            say_item(ROLE_WAITER | ROLE_KITCHEN, "i1", ITEM(READY), NULL),
            ERR_OK);
    assert_int_equal(say_item(ROLE_WAITER, "i1", ITEM(SERVED), NULL), ERR_OK);
}

static void waiters_hurry_the_kitchen_only_so_much(void **state)
{
    (void)state;
    assert_int_equal(say_priority(ROLE_WAITER, DW__PRIORITY__PRIORITY_VIP),
            ERR_FORBIDDEN);
    assert_int_equal(
            say_priority(ROLE_WAITER, DW__PRIORITY__PRIORITY_EXPRESS), ERR_OK);
    assert_int_equal(
            say_priority(ROLE_KITCHEN, DW__PRIORITY__PRIORITY_VIP), ERR_OK);
    assert_int_equal(
            say_priority(ROLE_ADMIN, DW__PRIORITY__PRIORITY_NORMAL), ERR_OK);
}

static void guests_cancel_until_somebody_cooks(void **state)
{
    (void)state;
    assert_int_equal(say(ROLE_TABLE, EVT_ORDER_CANCEL_REQUESTED), ERR_OK);
    assert_int_equal(say_status(IS(PREPARING), NULL), ERR_OK);
    assert_int_equal(
            say(ROLE_TABLE, EVT_ORDER_CANCEL_REQUESTED), ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.field, "orderId");
    assert_int_equal(say(ROLE_WAITER, EVT_ORDER_CANCEL_REQUESTED), ERR_OK);
}

static void guests_do_not_say_that_they_have_paid(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        ProtobufCMessage *body = story_order("50", "5");
        Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

        order->has_payment_status = i != 1;
        order->payment_status =
                i == 0 ? DW__PAYMENT_STATUS__PAYMENT_STATUS_PAID
                       : DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING;
        order->items[0]->has_status = i == 1;
        order->items[0]->status = ITEM(SERVED);
        assert_int_equal(say_body(ROLE_TABLE, EVT_ORDER_CREATED, body),
                i < 2 ? ERR_FORBIDDEN : ERR_OK);
    }
}

static void a_station_is_given_its_part_once(void **state)
{
    (void)state;
    assert_int_equal(say_station("grill"), ERR_OK);
    assert_int_equal(say_station("grill"), ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.field, "station.id");
    assert_int_equal(say_station("bar"), ERR_OK); /* passed on, no more */
}

static void an_order_gets_no_station_too_many(void **state)
{
    ProtobufCMessage *body = story_order("50", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    Dw__KitchenStationAssigned *assigned =
            (void *)story_about(EVT_KITCHEN_STATION_ASSIGNED, "50");

    (void)state;
    order->items =
            realloc(order->items, (EVT_STATIONS + 1) * sizeof(*order->items));
    assert_non_null(order->items);
    for (int i = 1; i <= EVT_STATIONS; i++) {
        char name[16];

        snprintf(name, sizeof(name), "s%d", i);
        order->items[i] = (void *)body_copy(&order->items[0]->base);
        body_set_string(&order->items[i]->id, name);
        body_set_string(&order->items[i]->station, name);
        order->n_items++;
    }
    assert_int_equal(say_body(ROLE_BACKEND, EVT_ORDER_CREATED, body), ERR_OK);
    assigned->station = (void *)body_new(&dw__station__descriptor);
    body_set_string(&assigned->station->id, "grill");
    assert_int_equal(
            say_body(ROLE_KITCHEN, EVT_KITCHEN_STATION_ASSIGNED, assigned),
            ERR_OUT_OF_RANGE);
    assert_string_equal(story.fault.field, "station.id");
}

static void nothing_more_happens_to_an_order_that_is_over(void **state)
{
    Dw__CourseFired *fired = (void *)story_about(EVT_COURSE_FIRED, "41");

    (void)state;
    fired->course = 2;
    assert_int_equal(say_body(ROLE_WAITER, EVT_COURSE_FIRED, fired), ERR_OK);
    assert_int_equal(say_status(IS(CANCELLED), NULL), ERR_OK);
    fired = (void *)story_about(EVT_COURSE_FIRED, "41");
    fired->course = 3;
    assert_int_equal(
            say_body(ROLE_WAITER, EVT_COURSE_FIRED, fired), ERR_IMPOSSIBLE);
    assert_int_equal(
            say_item(ROLE_KITCHEN, "i1", ITEM(READY), NULL), ERR_IMPOSSIBLE);
    assert_int_equal(say_station("grill"), ERR_IMPOSSIBLE);
    assert_int_equal(say_priority(ROLE_KITCHEN, DW__PRIORITY__PRIORITY_VIP),
            ERR_IMPOSSIBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_change_of_status_says_to_which),
        T(the_known_status_takes_back_a_word_but_never_lowers),
        T(an_order_that_is_over_still_has_its_words),
        T(an_update_names_its_order),
        T(a_recall_goes_down_but_not_to_the_beginning),
        T(a_recall_needs_a_reason_and_a_right_idea_of_the_order),
        T(an_item_that_is_done_does_not_go_back),
        T(waiters_serve_items_and_cook_none),
        T(waiters_hurry_the_kitchen_only_so_much),
        T(guests_cancel_until_somebody_cooks),
        T(guests_do_not_say_that_they_have_paid),
        T(a_station_is_given_its_part_once),
        T(an_order_gets_no_station_too_many),
        T(nothing_more_happens_to_an_order_that_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
