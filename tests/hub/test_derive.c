#include "hub/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "hub/evt/evt.h"
#include "hub/state.h"
#include "schemas/device.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

/* Rows, and where a walk along them began. */
struct walk {
    const struct derive_row *rows;
    uint32_t count;
    enum evt_id start;
};

/* Does a way that is not cut lead to the start again, or nowhere to an end? As
 * hub_follow.c walks: no kind comes twice on a way, but what is debounced
 * knows only its own cause. */
static bool leads_back(const struct walk *walk, enum evt_id what,
        enum evt_origin origin, const bool before[EVT_COUNT], int depth)
{
    bool passed[EVT_COUNT], cause[EVT_COUNT] = { false };

    memcpy(passed, before, sizeof(passed));
    passed[what] = cause[what] = true;
    for (uint32_t i = 0; i < walk->count; i++) {
        const struct derive_row *row = &walk->rows[i];

        if (row->when != what || !(row->of & origin) || passed[row->then])
            continue;
        if (row->then == walk->start || depth == EVT_COUNT ||
                leads_back(walk, row->then, DERIVED,
                        row->debounce_ms ? cause : passed, depth + 1))
            return true;
    }
    return false;
}

static bool any_leads_back(const struct derive_row *rows, uint32_t count)
{
    static const bool nothing[EVT_COUNT];

    for (int what = 0; what < EVT_COUNT; what++) {
        struct walk walk = { rows, count, (enum evt_id)what };

        if (leads_back(&walk, walk.start, GIVEN, nothing, 0) ||
                leads_back(&walk, walk.start, DERIVED, nothing, 0))
            return true;
    }
    return false;
}

static void no_consequence_leads_back_to_its_cause(void **state)
{
    (void)state;
    assert_false(any_leads_back(derive_rows, derive_row_count));
}

/* The test above can fail: what is debounced twice has forgotten how it
 * began. */
static void a_circle_over_what_is_debounced_is_found(void **state)
{
    static const struct derive_row circle[] = {
        { EVT_ORDER_CREATED, ANY, 0, EVT_KITCHEN_STATS, 500, NULL },
        { EVT_KITCHEN_STATS, ANY, 0, EVT_ORDER_UPDATED, 500, NULL },
        { EVT_ORDER_UPDATED, ANY, 0, EVT_ORDER_CREATED, 0, NULL },
    };
    static const struct derive_row cut[] = {
        { EVT_ORDER_CREATED, ANY, 0, EVT_KITCHEN_STATS, 0, NULL },
        { EVT_KITCHEN_STATS, ANY, 0, EVT_ORDER_UPDATED, 0, NULL },
        { EVT_ORDER_UPDATED, ANY, 0, EVT_ORDER_CREATED, 0, NULL },
    };

    (void)state;
    assert_true(any_leads_back(circle, 3));
    assert_false(any_leads_back(cut, 3));
}

static void only_the_hub_may_state_what_it_alone_derives(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < derive_row_count; i++) {
        const struct derive_row *row = &derive_rows[i];

        assert_true(row->when < EVT_COUNT && row->then < EVT_COUNT);
        assert_non_null(row->make);
        assert_true(row->of & ANY);
        if (!(evt_kinds[row->then].from & ROLE_HUB))
            fail_msg("the hub may not say %s", evt_kinds[row->then].name);
    }
}

static void a_row_with_a_status_asks_for_it(void **state)
{
    Dw__OrderStatusChanged *body =
            (void *)body_new(&dw__order_status_changed__descriptor);
    struct evt evt = { .what = EVT_ORDER_STATUS_CHANGED, .body = &body->base };
    int applying[ORDER_STATUSES] = { 0 };

    (void)state;
    for (int status = 1; status < ORDER_STATUSES; status++) {
        body->status = (Dw__OrderStatus)status;
        for (uint32_t i = 0; i < derive_row_count; i++)
            applying[status] += derive_rows[i].status != 0 &&
                                derive_applies(&derive_rows[i], &evt);
    }
    assert_int_equal(applying[DW__ORDER_STATUS__ORDER_STATUS_PENDING], 0);
    for (int status = 2; status < ORDER_STATUSES; status++)
        assert_int_equal(applying[status], 1);
    body_free(&body->base);
}

static void say_ready(Dw__OrderStatusChanged *changed)
{
    changed->has_status = 1;
    changed->status = DW__ORDER_STATUS__ORDER_STATUS_READY;
}

/* What follows when a back end says it in one word, and in the other. */
static void both_words_for_a_status_are_told_once(void **state)
{
    static const enum evt_id given[] = { EVT_KITCHEN_READY,
        EVT_ORDER_STATUS_CHANGED };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct story story;
        struct hub_client *listener;
        ProtobufCMessage *body = story_about(given[i], "41");
        int told[EVT_COUNT + 1] = { 0 };
        enum evt_id next;

        if (given[i] == EVT_ORDER_STATUS_CHANGED)
            say_ready((void *)body);
        story_begin(&story, NULL);
        story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                story_order("41", "5"), NULL);
        story_commit(&story);
        listener = story_listener(&story, ROLE_WAITER, "waiters");
        assert_int_equal(
                story_say(&story, ROLE_BACKEND, given[i], body, NULL), ERR_OK);
        story_commit(&story);
        while ((next = story_next(&story, listener, NULL, NULL)) != EVT_NONE)
            told[next]++;
        assert_int_equal(told[EVT_KITCHEN_READY], 1);
        assert_int_equal(told[EVT_ORDER_STATUS_CHANGED], 1);
        assert_int_equal(told[EVT_ORDER_UPDATED], 1);
        assert_int_equal(told[EVT_PAGE_SENT], 1);
        hub_detach(story.hub, listener);
        story_end(&story);
    }
}

static void put(char *text, const char *more)
{
    memcpy(text + strlen(text), more, strlen(more) + 1);
}

/* A call's reason is cut between characters: half of one is no text. */
static void a_long_reason_leaves_no_call_without_its_alert(void **state)
{
    (void)state;
    for (int ascii = 0; ascii < 4; ascii++) {
        struct hub_client *listener;
        struct story story;
        char reason[201] = "";
        enum evt_id next;
        int alerts = 0;

        for (int i = 0; i < ascii; i++)
            put(reason, "x");
        for (int i = 0; i < 45; i++)
            put(reason, "\xf0\x9f\x8d\x95");
        story_begin(&story, NULL);
        listener = story_listener(&story, ROLE_WAITER, "waiters");
        assert_int_equal(
                story_say(&story, ROLE_WAITER, EVT_SERVICE_CALL_CREATED,
                        story_call("5", reason), NULL),
                ERR_OK);
        story_commit(&story);
        while ((next = story_next(&story, listener, NULL, NULL)) != EVT_NONE)
            alerts += next == EVT_ALERT_CREATED;
        assert_int_equal(alerts, 1);
        hub_detach(story.hub, listener);
        story_end(&story);
    }
}

/* As many stations as an order may have, each with a printer, and an item of
 * none. */
static void every_item_is_on_some_ticket(void **state)
{
    ProtobufCMessage *body = story_order("41", "5");
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;
    struct hub_client *listener;
    struct delivery delivery;
    struct story story;
    size_t printed = 0;

    (void)state;
    story_begin(&story, NULL);
    order->items =
            realloc(order->items, (EVT_STATIONS + 1) * sizeof(*order->items));
    assert_non_null(order->items);
    for (int i = 1; i <= EVT_STATIONS; i++) {
        Dw__DeviceOnline *online = (void *)story_online("printer", 1);
        struct principal printer;
        char name[16];

        snprintf(name, sizeof(name), "s%d", i);
        printer = story_principal(ROLE_DEVICE, name);
        body_set_string(&online->station, name);
        assert_int_equal(story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
                                 &online->base, NULL),
                ERR_OK);
        order->items[i] = (void *)body_copy(&order->items[0]->base);
        body_set_string(&order->items[i]->id, name);
        body_set_string(&order->items[i]->station, name);
        order->n_items++;
    }
    story_commit(&story);
    listener = story_listener(&story, ROLE_ADMIN, "kitchen");
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
    story_commit(&story);
    while (hub_next(story.hub, listener, &delivery)) {
        if (delivery.evt->what == EVT_PRINT_REQUESTED)
            printed += ((Dw__PrintRequested *)(void *)delivery.evt->body)
                               ->order->n_items;
        evt_unref(delivery.evt);
    }
    assert_int_equal(printed, EVT_STATIONS + 1);
    hub_detach(story.hub, listener);
    story_end(&story);
}

static const char longest_id[] = "123e4567-e89b-12d3-a456-426614174000";

/* An order, a table and a station of the longest ids, and what follows by the
 * kitchen's and the back end's words. */
static void tell_all_of_an_order(struct story *story)
{
    static const enum evt_id steps[] = { EVT_ORDER_CONFIRMED,
        EVT_KITCHEN_PREPARING, EVT_ORDER_CANCEL_REQUESTED,
        EVT_KITCHEN_CANCEL_REJECTED, EVT_KITCHEN_READY, EVT_KITCHEN_COMPLETED,
        EVT_ORDER_SERVED, EVT_ORDER_COMPLETED };
    ProtobufCMessage *body = story_order(longest_id, longest_id);
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

    body_set_string(&order->items[0]->station, longest_id);
    assert_int_equal(
            story_say(story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        assert_int_equal(story_say(story, ROLE_BACKEND, steps[i],
                                 story_about(steps[i], longest_id), NULL),
                ERR_OK);
    assert_int_equal(story_say(story, ROLE_BACKEND, EVT_ALERT_CREATED,
                             made_body(EVT_ALERT_CREATED, "alert.type",
                                     ALERT_OF_CALL, "alert.message", "Water",
                                     "alert.table.id", longest_id, NULL),
                             NULL),
            ERR_OK);
    assert_int_equal(story_say(story, ROLE_BACKEND, EVT_TABLE_FORCE_RESET,
                             made_body(EVT_TABLE_FORCE_RESET, "table.id",
                                     longest_id, NULL),
                             NULL),
            ERR_OK);
    story_commit(story);
}

/* Whatever is made of ids fits where it stands, an order's number among it:
 * what does not is logged and lost. */
static void nothing_is_lost_of_the_longest_ids(void **state)
{
    static const struct {
        enum evt_id what;
        int times;
    } expected[] = { { EVT_KITCHEN_STATION_ASSIGNED, 1 },
        { EVT_PRINT_REQUESTED, 1 }, { EVT_ORDER_STATUS_CHANGED, 5 },
        { EVT_ORDER_UPDATED, 7 }, { EVT_PAGE_SENT, 1 }, { EVT_PAGE_CLEARED, 1 },
        { EVT_SERVICE_CALL_CREATED, 1 }, { EVT_SERVICE_CALL_HANDLED, 1 },
        { EVT_ALERT_ACKNOWLEDGED, 1 }, { EVT_TABLE_UPDATED, 1 } };
    Dw__DeviceOnline *online = (void *)story_online("printer", 1);
    struct principal printer = story_principal(ROLE_DEVICE, longest_id);
    struct hub_client *follower;
    int told[EVT_COUNT + 1] = { 0 };
    struct delivery delivery;
    struct story story;

    (void)state;
    story_begin(&story, NULL);
    body_set_string(&online->station, longest_id);
    assert_int_equal(story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
                             &online->base, NULL),
            ERR_OK);
    story_commit(&story);
    follower = story_follower(&story);
    tell_all_of_an_order(&story);
    while (hub_next(story.hub, follower, &delivery)) {
        struct fault fault;

        told[delivery.evt->what]++;
        assert_int_equal(body_check(delivery.evt->body, &fault), ERR_OK);
        evt_unref(delivery.evt);
    }
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        if (told[expected[i].what] != expected[i].times)
            fail_msg("%d times %s", told[expected[i].what],
                    evt_kinds[expected[i].what].name);
    hub_detach(story.hub, follower);
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_consequence_leads_back_to_its_cause),
        cmocka_unit_test(a_circle_over_what_is_debounced_is_found),
        cmocka_unit_test(only_the_hub_may_state_what_it_alone_derives),
        cmocka_unit_test(a_row_with_a_status_asks_for_it),
        cmocka_unit_test(both_words_for_a_status_are_told_once),
        cmocka_unit_test(a_long_reason_leaves_no_call_without_its_alert),
        cmocka_unit_test(every_item_is_on_some_ticket),
        cmocka_unit_test(nothing_is_lost_of_the_longest_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
