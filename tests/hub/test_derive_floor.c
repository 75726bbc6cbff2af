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
#include "hub/evt/shelf.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/scene.h"

/* An order that is ready, with its page. */
static void make_ready(const char *id, const char *table)
{
    say(EVT_ORDER_CREATED, story_order(id, table));
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, id));
}

static uint32_t count_said(enum evt_id what)
{
    struct delivery delivery;
    uint32_t count = 0;

    while (hub_next(story.hub, follower, &delivery)) {
        count += delivery.evt->what == what;
        evt_unref(delivery.evt);
    }
    return count;
}

static void drain(void)
{
    count_said(EVT_NONE);
}

static size_t count_pages(void)
{
    Dw__Picture *picture = look("waiters", ROLE_HUB);
    size_t count = picture->n_pages;

    hub_picture_free(picture);
    return count;
}

/* Whichever word it is said in. */
static void a_pager_is_told_that_its_food_is_gone(void **state)
{
    static const enum evt_id gone[] = { EVT_ORDER_SERVED, EVT_ORDER_COMPLETED,
        EVT_ORDER_CANCELLED, EVT_KITCHEN_COMPLETED, EVT_ORDER_STATUS_CHANGED };
    struct room table;

    (void)state;
    assert_true(room_make(ROOM_INDEX_TABLE, "5", &table));
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        ProtobufCMessage *body;
        char id[8];
        struct evt *evt;

        snprintf(id, sizeof(id), "o-%zu", i);
        make_ready(id, "5");
        drain();
        body = gone[i] == EVT_ORDER_STATUS_CHANGED
                       ? made_body(gone[i], "order_id", id, "status", "6", NULL)
                       : story_about(gone[i], id);
        say(gone[i], body);
        evt = said(EVT_PAGE_CLEARED);
        assert_true(made_is(evt->body, "order_id", id));
        assert_true(made_is(evt->body, "table.id", "5"));
        assert_true(evt_room_index(evt, &table) >= 0);
        evt_unref(evt);
        assert_int_equal(count_said(EVT_PAGE_CLEARED), 0);
        assert_int_equal(count_pages(), 0);
    }
}

static void each_page_of_the_order_is_cleared(void **state)
{
    struct evt *evt;

    (void)state;
    make_ready("41", "5");
    make_ready("42", "5");
    say(EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", "by-hand", "order_id", "41",
                    "table.id", "5", "text", "Your cake", NULL));
    say(EVT_ORDER_SERVED, story_about(EVT_ORDER_SERVED, "41"));
    expect(EVT_PAGE_CLEARED, "page_id", "41-ready-2");
    evt = said(EVT_PAGE_CLEARED);
    assert_true(made_is(evt->body, "page_id", "by-hand"));
    evt_unref(evt);
    assert_int_equal(count_said(EVT_PAGE_CLEARED), 0);
    assert_int_equal(count_pages(), 1);
}

static void a_page_that_was_answered_is_not_cleared_again(void **state)
{
    (void)state;
    make_ready("41", "5");
    say(EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "41-ready-2", NULL));
    say(EVT_ORDER_SERVED, story_about(EVT_ORDER_SERVED, "41"));
    assert_int_equal(count_said(EVT_PAGE_CLEARED), 0);
}

static void a_page_may_be_cleared_by_hand(void **state)
{
    (void)state;
    make_ready("41", "5");
    assert_int_equal(
            try(ROLE_WAITER, EVT_PAGE_CLEARED,
                    made_body(EVT_PAGE_CLEARED, "page_id", "41-ready-2", NULL)),
            ERR_OK);
    assert_int_equal(count_pages(), 0);
    expect(EVT_PAGE_CLEARED, "order_id", "41");
}

static void a_page_that_came_or_was_lost_is_still_open(void **state)
{
    (void)state;
    make_ready("41", "5");
    assert_int_equal(try(ROLE_HUB, EVT_PAGE_RECEIVED,
                             made_body(EVT_PAGE_RECEIVED, "page_id",
                                     "41-ready-2", NULL)),
            ERR_OK);
    assert_int_equal(
            try(ROLE_HUB, EVT_PAGE_LOST,
                    made_body(EVT_PAGE_LOST, "page_id", "41-ready-2", NULL)),
            ERR_OK);
    assert_int_equal(count_pages(), 1);
}

/* A pager's message has to be short, and nobody reads out a UUID. */
static void a_page_names_an_order_that_people_can_name(void **state)
{
    static const struct {
        const char *id, *number, *text;
    } cases[] = {
        { "41", NULL, "Order 41 is ready" },
        { "123e4567-e89b-12d3-a456-426614174000", NULL, "Your order is ready" },
        { "123e4567-e89b-12d3-a456-426614174001", "A-17",
                "Order A-17 is ready" },
        { "42", "number 12345", "Order number 12345 is ready" },
        { "43", "number 123456", "Your order is ready" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *body = story_order(cases[i].id, "5");

        if (cases[i].number)
            body_set_string(&((Dw__OrderCreated *)(void *)body)->order->number,
                    cases[i].number);
        say(EVT_ORDER_CREATED, body);
        say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, cases[i].id));
        expect(EVT_PAGE_SENT, "text", cases[i].text);
    }
}

static void recall(const char *id)
{
    say(EVT_TICKET_RECALLED, made_body(EVT_TICKET_RECALLED, "order_id", id,
                                     "reason", "cold", NULL));
}

/* The page of the order that is said next; whoever wants its id copies it. */
static void next_page(const char *order_id, char id[SHELF_ID_CHARS + 1])
{
    struct evt *evt = said(EVT_PAGE_SENT);

    assert_true(made_is(evt->body, "order_id", order_id));
    snprintf(id, SHELF_ID_CHARS + 1, "%s", body_text(evt->body, "page_id"));
    evt_unref(evt);
}

static void a_recalled_order_is_paged_anew_when_it_is_ready_again(void **state)
{
    char first[SHELF_ID_CHARS + 1], second[SHELF_ID_CHARS + 1];
    struct evt *evt, *recalled;

    (void)state;
    make_ready("41", "5");
    next_page("41", first);
    recall("41");
    recalled = said(EVT_TICKET_RECALLED);
    evt = said(EVT_PAGE_CLEARED);
    assert_true(made_is(evt->body, "page_id", first));
    assert_true(made_is(evt->body, "order_id", "41"));
    assert_true(made_is(evt->body, "table.id", "5"));
    assert_memory_equal(&evt->cause, &recalled->id, sizeof(evt->cause));
    evt_unref(evt);
    evt_unref(recalled);
    assert_int_equal(count_said(EVT_PAGE_CLEARED), 0);
    assert_int_equal(count_pages(), 0);

    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    next_page("41", second);
    assert_string_not_equal(first, second);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    assert_int_equal(count_pages(), 1);
}

/* There is nothing to clear then; the guest is told all the same. */
static void a_page_answered_before_the_recall_is_not_the_next_one(void **state)
{
    char first[SHELF_ID_CHARS + 1], second[SHELF_ID_CHARS + 1];

    (void)state;
    make_ready("41", "5");
    next_page("41", first);
    say(EVT_PAGE_ACKED, made_body(EVT_PAGE_ACKED, "page_id", first, NULL));
    recall("41");
    assert_int_equal(count_said(EVT_PAGE_CLEARED), 0);
    say(EVT_ORDER_STATUS_CHANGED,
            made_body(EVT_ORDER_STATUS_CHANGED, "order_id", "41", "status", "5",
                    NULL));
    next_page("41", second);
    assert_string_not_equal(first, second);
}

static void a_recall_lets_go_of_no_other_order_s_pages(void **state)
{
    (void)state;
    make_ready("41", "5");
    make_ready("42", "5");
    recall("41");
    expect(EVT_PAGE_CLEARED, "order_id", "41");
    assert_int_equal(count_said(EVT_PAGE_CLEARED), 0);
    assert_int_equal(count_pages(), 1);
}

/* A pager that comes up knows by the id what it has shown already. */
static void a_page_that_is_offered_again_keeps_its_id(void **state)
{
    char first[SHELF_ID_CHARS + 1], offered[SHELF_ID_CHARS + 1];
    struct principal pager = story_principal(ROLE_DEVICE, "g1");

    (void)state;
    make_ready("41", "5");
    recall("41");
    drain();
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    next_page("41", first);
    say(EVT_KITCHEN_PRIORITY_CHANGED,
            made_body(EVT_KITCHEN_PRIORITY_CHANGED, "order_id", "41",
                    "priority", "3", NULL));
    for (uint32_t boot = 1; boot <= 2; boot++) {
        assert_int_equal(story_say_as(&story, &pager, EVT_DEVICE_ONLINE,
                                 story_online("pager", boot), NULL),
                ERR_OK);
        story_commit(&story);
        next_page("41", offered);
        assert_string_equal(first, offered);
    }
    assert_int_equal(count_pages(), 1);
}

/* --- alerts --- */

static void an_update_may_acknowledge(void **state)
{
    struct evt *evt;

    (void)state;
    say(EVT_SERVICE_CALL_CREATED, story_call("5", "bill"));
    evt = said(EVT_ALERT_CREATED);
    say(EVT_ALERT_UPDATED, made_body(EVT_ALERT_UPDATED, "alert_id",
                                   body_text(evt->body, "alert.id"),
                                   "acknowledged", "1", NULL));
    evt_unref(evt);
    expect(EVT_ALERT_UPDATED, "alert.acknowledged", "1");
    expect(EVT_ALERT_ACKNOWLEDGED, "table.id", "5");
    expect(EVT_SERVICE_CALL_HANDLED, "call.table.id", "5");
    assert_int_equal(count_said(EVT_ALERT_ACKNOWLEDGED), 0);
}

/* The two say the same. */
static void an_acknowledgement_is_not_told_as_an_update_too(void **state)
{
    (void)state;
    say(EVT_ALERT_CREATED,
            made_body(EVT_ALERT_CREATED, "alert.id", "a1", "alert.type", "help",
                    "alert.message", "Help", NULL));
    say(EVT_ALERT_ACKNOWLEDGED,
            made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id", "a1", NULL));
    assert_int_equal(count_said(EVT_ALERT_UPDATED), 0);
}

/* --- an alert that calls for a waiter is a call --- */

static ProtobufCMessage *summons(const char *table)
{
    return made_body(EVT_ALERT_CREATED, "alert.type", "llamar_mozo",
            "alert.message", "Water", "alert.table.id", table, NULL);
}

/* The one text of the next event of the kind. */
static void keep(
        enum evt_id what, const char *path, char text[SHELF_ID_CHARS + 1])
{
    struct evt *evt = said(what);

    snprintf(text, SHELF_ID_CHARS + 1, "%s", body_text(evt->body, path));
    evt_unref(evt);
}

static void count_open(size_t calls, size_t alerts)
{
    Dw__Picture *picture = look("waiters", ROLE_HUB);

    assert_int_equal(picture->n_calls, calls);
    assert_int_equal(picture->n_alerts, alerts);
    hub_picture_free(picture);
}

static void an_alert_that_calls_for_a_waiter_is_a_call(void **state)
{
    char alert[SHELF_ID_CHARS + 1], of[SHELF_ID_CHARS + 1];
    struct evt *evt;

    (void)state;
    say(EVT_ALERT_CREATED, summons("5"));
    evt = said(EVT_ALERT_CREATED);
    snprintf(alert, sizeof(alert), "call-%llu", (unsigned long long)evt->seq);
    assert_true(made_is(evt->body, "alert.call_id", alert));
    snprintf(of, sizeof(of), "%s", alert);
    evt_unref(evt);
    evt = said(EVT_SERVICE_CALL_CREATED);
    assert_true(made_is(evt->body, "call.id", of));
    assert_true(made_is(evt->body, "call.table.id", "5"));
    assert_true(made_is(evt->body, "call.table.number", "5"));
    assert_true(made_is(evt->body, "call.reason", NULL));
    assert_true(made_is(evt->body, "call.count", "1"));
    assert_true(made_is(evt->body, "call.status", "1"));
    assert_false(ulid_is_none(&evt->cause));
    evt_unref(evt);
    assert_int_equal(count_said(EVT_ALERT_CREATED), 0); /* no loop */
    count_open(1, 1);
}

static void its_acknowledgement_handles_the_call(void **state)
{
    char alert[SHELF_ID_CHARS + 1], call[SHELF_ID_CHARS + 1];

    (void)state;
    say(EVT_ALERT_CREATED, summons("5"));
    keep(EVT_ALERT_CREATED, "alert.id", alert);
    keep(EVT_SERVICE_CALL_CREATED, "call.id", call);
    say(EVT_ALERT_ACKNOWLEDGED,
            made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id", alert, NULL));
    expect(EVT_ALERT_ACKNOWLEDGED, "call_id", call);
    expect(EVT_SERVICE_CALL_HANDLED, "call.id", call);
    assert_int_equal(count_said(EVT_ALERT_ACKNOWLEDGED), 0);
    count_open(0, 0);
}

static void handling_the_call_acknowledges_the_alert(void **state)
{
    char alert[SHELF_ID_CHARS + 1], call[SHELF_ID_CHARS + 1];

    (void)state;
    say(EVT_ALERT_CREATED, summons("5"));
    keep(EVT_ALERT_CREATED, "alert.id", alert);
    keep(EVT_SERVICE_CALL_CREATED, "call.id", call);
    say(EVT_SERVICE_CALL_HANDLED, made_body(EVT_SERVICE_CALL_HANDLED, "call.id",
                                          call, "call.table", "", NULL));
    expect(EVT_ALERT_ACKNOWLEDGED, "alert_id", alert);
    assert_int_equal(count_said(EVT_SERVICE_CALL_HANDLED), 0);
    count_open(0, 0);
}

/* A call with a reason is another one. */
static void an_alert_counts_up_the_call_that_is_open(void **state)
{
    char call[SHELF_ID_CHARS + 1];
    struct evt *evt;

    (void)state;
    say(EVT_SERVICE_CALL_CREATED, story_call("5", "bill"));
    say(EVT_SERVICE_CALL_CREATED, story_call("6", NULL));
    drain();
    say(EVT_SERVICE_CALL_CREATED, story_call("5", NULL));
    keep(EVT_SERVICE_CALL_CREATED, "call.id", call);
    drain();
    for (int i = 2; i < 4; i++) {
        say(EVT_ALERT_CREATED, summons("5"));
        expect(EVT_ALERT_CREATED, "alert.call_id", call);
        evt = said(EVT_SERVICE_CALL_CREATED);
        assert_true(made_is(evt->body, "call.id", call));
        assert_true(made_is(evt->body, "call.count", i == 2 ? "2" : "3"));
        evt_unref(evt);
    }
    count_open(3, 5);
}

/* Whoever goes to the table goes there once: the picture has nothing open, and
 * each screen is told of its own alert. */
static void all_alerts_of_a_call_end_with_it(void **state)
{
    char alert[2][SHELF_ID_CHARS + 1], call[SHELF_ID_CHARS + 1];

    (void)state;
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 2; i++) {
            say(EVT_ALERT_CREATED, summons("5"));
            keep(EVT_ALERT_CREATED, "alert.id", alert[i]);
            keep(EVT_SERVICE_CALL_CREATED, "call.id", call);
        }
        if (way == 0) {
            say(EVT_SERVICE_CALL_HANDLED,
                    made_body(EVT_SERVICE_CALL_HANDLED, "call.id", call,
                            "call.table", "", NULL));
            expect(EVT_ALERT_ACKNOWLEDGED, "alert_id", alert[0]);
            expect(EVT_ALERT_ACKNOWLEDGED, "alert_id", alert[1]);
        } else {
            struct evt *evt;

            say(EVT_ALERT_ACKNOWLEDGED, made_body(EVT_ALERT_ACKNOWLEDGED,
                                                "alert_id", alert[1], NULL));
            expect(EVT_SERVICE_CALL_HANDLED, "call.id", call);
            evt = said(EVT_ALERT_UPDATED);
            assert_true(made_is(evt->body, "alert_id", alert[0]));
            assert_true(made_is(evt->body, "acknowledged", "1"));
            assert_true(made_is(evt->body, "alert.acknowledged", "1"));
            evt_unref(evt);
            assert_int_equal(count_said(EVT_ALERT_ACKNOWLEDGED), 0);
        }
        count_open(0, 0);
    }
}

/* Of no table, of another kind, or about a call that is said besides. */
static void not_every_alert_is_a_call(void **state)
{
    (void)state;
    say(EVT_ALERT_CREATED,
            made_body(EVT_ALERT_CREATED, "alert.type", "llamar_mozo",
                    "alert.message", "Water", NULL));
    say(EVT_ALERT_CREATED,
            made_body(EVT_ALERT_CREATED, "alert.type", "pago_aprobado",
                    "alert.message", "Paid", "alert.table.id", "5", NULL));
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = summons("5");

        assert_int_equal(count_said(EVT_SERVICE_CALL_CREATED), 0);
        body_set_string(
                &((Dw__AlertCreated *)(void *)body)->alert->call_id, "c1");
        say(EVT_ALERT_CREATED, body);
        assert_int_equal(count_said(EVT_SERVICE_CALL_CREATED), 0);
        say(EVT_SERVICE_CALL_CREATED,
                made_body(EVT_SERVICE_CALL_CREATED, "call.id", "c1",
                        "call.table.id", "5", NULL));
        expect(EVT_SERVICE_CALL_CREATED, "call.count", i ? "2" : "1");
    }
}

/* A guest's own table, and no other. */
static void a_guest_calls_by_an_alert_as_well(void **state)
{
    (void)state;
    assert_int_equal(
            try(ROLE_TABLE, EVT_ALERT_CREATED, summons("6")), ERR_FORBIDDEN);
    assert_int_equal(try(ROLE_TABLE, EVT_ALERT_CREATED, summons("5")), ERR_OK);
    expect(EVT_SERVICE_CALL_CREATED, "call.table.id", "5");
}

static void a_reset_ends_what_is_open_at_the_table(void **state)
{
    static const enum evt_id ends[] = { EVT_SERVICE_CALL_HANDLED,
        EVT_ALERT_ACKNOWLEDGED, EVT_PAGE_CLEARED };
    static const uint32_t counts[] = { 1, 2, 1 };
    struct delivery delivery;
    uint32_t said_of[EVT_COUNT] = { 0 };
    Dw__Picture *picture;

    (void)state;
    for (int i = 0; i < 2; i++) {
        make_ready(i ? "41" : "42", i ? "5" : "6");
        say(EVT_SERVICE_CALL_CREATED, story_call(i ? "5" : "6", NULL));
        say(EVT_ALERT_CREATED, made_body(EVT_ALERT_CREATED, "alert.type",
                                       "help", "alert.message", "Help",
                                       "alert.table.id", i ? "5" : "6", NULL));
    }
    drain();
    say(EVT_TABLE_FORCE_RESET,
            made_body(EVT_TABLE_FORCE_RESET, "table.id", "5", NULL));
    while (hub_next(story.hub, follower, &delivery)) {
        said_of[delivery.evt->what]++;
        evt_unref(delivery.evt);
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        assert_int_equal(said_of[ends[i]], counts[i]);
    picture = look("waiters", ROLE_HUB);
    assert_int_equal(picture->n_calls, 1);
    assert_int_equal(picture->n_alerts, 2);
    assert_int_equal(picture->n_pages, 1);
    assert_string_equal(picture->pages[0]->sent->table->id, "6");
    hub_picture_free(picture);
}

/* --- print jobs --- */

static const char *only_job(Dw__Picture **picture)
{
    *picture = look("kitchen", ROLE_HUB);
    return (*picture)->n_jobs == 1 ? (*picture)->jobs[0]->request->job_id
                                   : NULL;
}

static void a_job_is_moved_given_up_or_doubtful(void **state)
{
    Dw__Picture *picture;
    char id[100];

    (void)state;
    say(EVT_ORDER_CREATED, story_order("41", "5"));
    snprintf(id, sizeof(id), "%s", only_job(&picture));
    hub_picture_free(picture);
    assert_int_equal(try(ROLE_HUB, EVT_PRINT_REROUTED,
                             made_body(EVT_PRINT_REROUTED, "job_id", id,
                                     "printer", "p2", NULL)),
            ERR_OK);
    assert_string_equal(only_job(&picture), id);
    assert_string_equal(picture->jobs[0]->request->printer, "p2");
    hub_picture_free(picture);
    assert_int_equal(try(ROLE_HUB, EVT_PRINT_UNCONFIRMED,
                             made_body(EVT_PRINT_UNCONFIRMED, "job_id", id,
                                     "reason", "no_answer", NULL)),
            ERR_OK);
    expect(EVT_PRINT_UNCONFIRMED, "order_id", "41");
    assert_string_equal(only_job(&picture), id);
    assert_int_equal(picture->jobs[0]->stage, DW__JOB_STAGE__JOB_STAGE_UNKNOWN);
    assert_string_equal(picture->jobs[0]->reason, "no_answer");
    hub_picture_free(picture);
    assert_int_equal(try(ROLE_HUB, EVT_PRINT_EXPIRED,
                             made_body(EVT_PRINT_EXPIRED, "job_id", id, NULL)),
            ERR_OK);
    assert_null(only_job(&picture));
    hub_picture_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_pager_is_told_that_its_food_is_gone),
        T(each_page_of_the_order_is_cleared),
        T(a_page_that_was_answered_is_not_cleared_again),
        T(a_page_may_be_cleared_by_hand),
        T(a_page_that_came_or_was_lost_is_still_open),
        T(a_page_names_an_order_that_people_can_name),
        T(a_recalled_order_is_paged_anew_when_it_is_ready_again),
        T(a_page_answered_before_the_recall_is_not_the_next_one),
        T(a_recall_lets_go_of_no_other_order_s_pages),
        T(a_page_that_is_offered_again_keeps_its_id),
        T(an_update_may_acknowledge),
        T(an_acknowledgement_is_not_told_as_an_update_too),
        T(an_alert_that_calls_for_a_waiter_is_a_call),
        T(its_acknowledgement_handles_the_call),
        T(handling_the_call_acknowledges_the_alert),
        T(an_alert_counts_up_the_call_that_is_open),
        T(all_alerts_of_a_call_end_with_it),
        T(not_every_alert_is_a_call),
        T(a_guest_calls_by_an_alert_as_well),
        T(a_reset_ends_what_is_open_at_the_table),
        T(a_job_is_moved_given_up_or_doubtful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
