#include "hub/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "hub/evt/evt.h"
#include "hub/state.h"
#include "schemas/order.pb-c.h"
#include "tests/support/story.h"

/* A node of the graph: a kind of event, given or derived. */
static bool leads_to(
        enum evt_id from, enum origin origin, enum evt_id target, int depth)
{
    if (depth > EVT_COUNT)
        return true; /* a circle that does not even pass the target */
    for (uint32_t i = 0; i < derive_row_count; i++) {
        const struct derive_row *row = &derive_rows[i];

        if (row->when != from || !(row->of & origin))
            continue;
        /* Rows may lead to a kind that a sibling has led from: the same
         * event under its two names. The walk leaves those out, because no
         * kind follows from itself. */
        if (row->then == target)
            return true;
        if (leads_to(row->then, DERIVED, target, depth + 1))
            return true;
    }
    return false;
}

static void no_consequence_leads_back_to_its_cause(void **state)
{
    (void)state;
    for (int what = 0; what < EVT_COUNT; what++)
        if (leads_to((enum evt_id)what, DERIVED, (enum evt_id)what, 0))
            fail_msg("%s leads back to itself", evt_kinds[what].name);
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
            ((Dw__OrderStatusChanged *)(void *)body)->status =
                    DW__ORDER_STATUS__ORDER_STATUS_READY;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_consequence_leads_back_to_its_cause),
        cmocka_unit_test(only_the_hub_may_state_what_it_alone_derives),
        cmocka_unit_test(a_row_with_a_status_asks_for_it),
        cmocka_unit_test(both_words_for_a_status_are_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
