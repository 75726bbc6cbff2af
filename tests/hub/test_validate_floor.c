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
#include "hub/hub_parts.h"
#include "schemas/floor.pb-c.h"
#include "tests/support/scene.h"

/* --- calls --- */

static ProtobufCMessage *call(const char *id, const char *table)
{
    ProtobufCMessage *body = made_body(EVT_SERVICE_CALL_CREATED,
            "call.table.id", table, "call.reason", "bill", NULL);

    if (id)
        body_set_string(
                &((Dw__ServiceCallCreated *)(void *)body)->call->id, id);
    return body;
}

static ProtobufCMessage *handled(
        const char *id, const char *table, const char *reason)
{
    ProtobufCMessage *body =
            made_body(EVT_SERVICE_CALL_HANDLED, "call.table.id", table, NULL);
    Dw__ServiceCall *of = ((Dw__ServiceCallHandled *)(void *)body)->call;

    if (id)
        body_set_string(&of->id, id);
    if (reason)
        body_set_string(&of->reason, reason);
    return body;
}

static void only_a_back_end_names_its_calls(void **state)
{
    (void)state;
    say(EVT_SERVICE_CALL_CREATED, call("theirs", "5"));
    expect(EVT_SERVICE_CALL_CREATED, "call.id", "theirs");
    assert_int_equal(
            try(ROLE_WAITER, EVT_SERVICE_CALL_CREATED, call("mine", "6")),
            ERR_OK);
    {
        struct evt *evt = said(EVT_SERVICE_CALL_CREATED);

        assert_memory_equal(body_text(evt->body, "call.id"), "call-", 5);
        evt_unref(evt);
    }
}

/* One open call a table and reason, whoever presses. */
static void a_call_that_is_open_keeps_its_id(void **state)
{
    struct evt *evt;

    (void)state;
    say(EVT_SERVICE_CALL_CREATED, call("first", "5"));
    evt_unref(said(EVT_SERVICE_CALL_CREATED));
    say(EVT_SERVICE_CALL_CREATED, call("second", "5"));
    evt = said(EVT_SERVICE_CALL_CREATED);
    assert_true(made_is(evt->body, "call.id", "first"));
    assert_true(made_is(evt->body, "call.count", "2"));
    evt_unref(evt);
    say(EVT_SERVICE_CALL_CREATED, call("first", "9"));
    evt = said(EVT_SERVICE_CALL_CREATED);
    assert_true(made_is(evt->body, "call.table.id", "5"));
    assert_true(made_is(evt->body, "call.count", "3"));
    evt_unref(evt);
}

static void a_call_is_handled_by_its_id_or_by_its_table(void **state)
{
    static const struct {
        uint32_t role;
        const char *id, *table, *reason;
        enum err err;
    } cases[] = {
        { ROLE_WAITER, "theirs", "9", NULL, ERR_OK },
        { ROLE_WAITER, NULL, "5", "bill", ERR_OK },
        { ROLE_WAITER, NULL, "5", NULL, ERR_OK },
        { ROLE_WAITER, NULL, "5", "water", ERR_NOT_FOUND },
        { ROLE_WAITER, NULL, "9", NULL, ERR_NOT_FOUND },
        { ROLE_WAITER, "unknown", "5", NULL, ERR_NOT_FOUND },
        { ROLE_BACKEND, "unknown", "5", NULL, ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        say(EVT_SERVICE_CALL_CREATED, call("theirs", "5"));
        assert_int_equal(
                try(cases[i].role, EVT_SERVICE_CALL_HANDLED,
                        handled(cases[i].id, cases[i].table, cases[i].reason)),
                cases[i].err);
        if (cases[i].err == ERR_OK)
            expect(EVT_SERVICE_CALL_HANDLED, "call.id", "theirs");
        else
            assert_string_equal(story.fault.field, "call.id");
    }
}

static void make_alert(void)
{
    say(EVT_ALERT_CREATED,
            made_body(EVT_ALERT_CREATED, "alert.id", "a1", "alert.type", "help",
                    "alert.message", "Help", "alert.table.id", "5", NULL));
}

/* One more could not be told of. */
static void a_call_is_counted_as_far_as_can_be_told(void **state)
{
    Dw__ServiceCall *open;

    (void)state;
    say(EVT_SERVICE_CALL_CREATED, call("first", "5"));
    open = shelf_find(&story.hub->state.calls, "first");
    open->count = 999999;
    for (int i = 0; i < 2; i++) {
        say(EVT_SERVICE_CALL_CREATED, call("first", "5"));
        open = shelf_find(&story.hub->state.calls, "first");
        assert_int_equal(open->count, 1000000);
    }
}

/* The lists are for the whole house: the oldest go when they are full. */
static void guests_have_so_many_calls_and_alerts_open(void **state)
{
    static const enum evt_id kinds[] = { EVT_SERVICE_CALL_CREATED,
        EVT_ALERT_CREATED };

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        for (int i = 0; i <= 40; i++) {
            ProtobufCMessage *body;
            char reason[16];

            snprintf(reason, sizeof(reason), "reason %d", i);
            body = kind ? made_body(EVT_ALERT_CREATED, "alert.type", "help",
                                  "alert.message", reason, "alert.table.id",
                                  "5", NULL)
                        : made_body(EVT_SERVICE_CALL_CREATED, "call.table.id",
                                  "5", "call.reason", reason, NULL);
            assert_int_equal(try(ROLE_TABLE, kinds[kind], body),
                    i < (kind ? 0 : 20) ? ERR_OK : ERR_LIMIT);
        }
    }
    /* Each call has its alert. What is open may be asked for again, and staff
     * is not counted. */
    assert_int_equal(
            try(ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                    made_body(EVT_SERVICE_CALL_CREATED, "call.table.id", "5",
                            "call.reason", "reason 3", NULL)),
            ERR_OK);
    assert_int_equal(
            try(ROLE_WAITER, EVT_SERVICE_CALL_CREATED, call(NULL, "5")),
            ERR_OK);
    make_alert();
    /* Another table's guests have their own. */
    {
        struct principal other = story_principal(ROLE_TABLE, "6");

        assert_int_equal(story_say_as(&story, &other, EVT_SERVICE_CALL_CREATED,
                                 call(NULL, "6"), NULL),
                ERR_OK);
    }
}

/* --- alerts --- */

static void an_update_carries_the_whole_alert(void **state)
{
    struct evt *evt;

    (void)state;
    make_alert();
    say(EVT_ALERT_UPDATED,
            made_body(EVT_ALERT_UPDATED, "alert_id", "a1", "alert.type", "help",
                    "alert.message", "Help!", "alert.table.id", "9", NULL));
    evt = said(EVT_ALERT_UPDATED);
    assert_true(made_is(evt->body, "acknowledged", "0"));
    assert_true(made_is(evt->body, "alert.id", "a1"));
    assert_true(made_is(evt->body, "alert.message", "Help!"));
    assert_true(made_is(evt->body, "alert.table.id", "5"));
    evt_unref(evt);
    assert_null(story_said(&story, follower, EVT_ALERT_ACKNOWLEDGED));
    assert_int_equal(
            try(ROLE_WAITER, EVT_ALERT_UPDATED,
                    made_body(EVT_ALERT_UPDATED, "alert_id", "a9", NULL)),
            ERR_NOT_FOUND);
    assert_string_equal(story.fault.field, "alertId");
}

/* --- ids --- */

/* A back end may count in the same way: what is open there stays. */
static void ids_that_are_made_up_are_nobody_elses(void **state)
{
    char id[ID_CHARS + 1], other[ID_CHARS + 4];
    unsigned long long next;
    struct evt *evt;

    (void)state;
    /* Of a call comes its alert, of an alert here nothing. */
    next = hub_head(story.hub) + 3;
    snprintf(id, sizeof(id), "call-%llu", next);
    say(EVT_SERVICE_CALL_CREATED, call(id, "5"));
    say(EVT_SERVICE_CALL_CREATED, call(NULL, "6"));
    evt_unref(said(EVT_SERVICE_CALL_CREATED));
    evt = said(EVT_SERVICE_CALL_CREATED);
    assert_int_equal(evt->seq, next);
    snprintf(other, sizeof(other), "%s-1", id);
    assert_true(made_is(evt->body, "call.id", other));
    assert_true(made_is(evt->body, "call.table.id", "6"));
    evt_unref(evt);

    while (story_next(&story, follower, NULL, NULL) != EVT_NONE)
        ;
    next = hub_head(story.hub) + 2;
    snprintf(id, sizeof(id), "alert-%llu", next);
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *body = made_body(EVT_ALERT_CREATED, "alert.type",
                "help", "alert.message", "Help", NULL);

        if (i == 0)
            body_set_string(&((Dw__AlertCreated *)(void *)body)->alert->id, id);
        say(EVT_ALERT_CREATED, body);
        evt = said(EVT_ALERT_CREATED);
        snprintf(other, sizeof(other), "%s%s", id, i ? "-1" : "");
        assert_true(made_is(evt->body, "alert.id", other));
        evt_unref(evt);
    }
}

/* --- pages, jobs, devices --- */

static void a_page_has_as_many_bytes_as_a_pager_shows(void **state)
{
    char text[122];

    (void)state;
    memset(text, 'x', 121);
    text[121] = '\0';
    for (int i = 0; i < 2; i++)
        assert_int_equal(
                try(ROLE_WAITER, EVT_PAGE_SENT,
                        made_body(EVT_PAGE_SENT, "page_id", "p1", "table.id",
                                "5", "text", text + 1 - i, NULL)),
                i ? ERR_OUT_OF_RANGE : ERR_OK);
    assert_string_equal(story.fault.field, "text");
}

static void what_is_not_there_needs_no_answer(void **state)
{
    static const struct {
        enum evt_id what;
        const char *path, *field;
    } cases[] = {
        { EVT_PAGE_RECEIVED, "page_id", "pageId" },
        { EVT_PAGE_CLEARED, "page_id", "pageId" },
        { EVT_PAGE_LOST, "page_id", "pageId" },
        { EVT_PRINT_UNCONFIRMED, "job_id", "jobId" },
        { EVT_PRINT_EXPIRED, "job_id", "jobId" },
        { EVT_PRINT_SENT, "job_id", "jobId" },
        { EVT_DEVICE_DEGRADED, "device_id", "deviceId" },
        { EVT_DEVICE_BATTERY_LOW, "device_id", "deviceId" },
        { EVT_DEVICE_PAPER_LOW, "device_id", "deviceId" },
        { EVT_DEVICE_PAPER_OUT, "device_id", "deviceId" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
                try(ROLE_HUB, cases[i].what,
                        made_body(cases[i].what, cases[i].path, "x", NULL)),
                ERR_NOT_FOUND);
        assert_string_equal(story.fault.field, cases[i].field);
    }
    assert_int_equal(
            try(ROLE_HUB, EVT_PRINT_REROUTED,
                    made_body(EVT_PRINT_REROUTED, "job_id", "x", NULL)),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "printer");
}

static enum err say_as(
        const struct principal *who, enum evt_id what, ProtobufCMessage *body)
{
    enum err err;

    story.now_ms += 60000;
    err = story_say_as(&story, who, what, body, NULL);
    story_commit(&story);
    return err;
}

static void a_device_in_trouble_says_only_what(void **state)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p1");
    struct evt *evt;

    (void)state;
    assert_int_equal(
            say_as(&printer, EVT_DEVICE_ONLINE, story_online("printer", 1)),
            ERR_OK);
    assert_int_equal(say_as(&printer, EVT_DEVICE_PAPER_LOW,
                             made_body(EVT_DEVICE_PAPER_LOW, NULL)),
            ERR_OK);
    evt = said(EVT_DEVICE_PAPER_LOW);
    assert_true(made_is(evt->body, "device_id", "p1"));
    assert_true(made_is(evt->body, "kind", "printer"));
    evt_unref(evt);
    assert_int_equal(
            say_as(&printer, EVT_DEVICE_PAPER_LOW,
                    made_body(EVT_DEVICE_PAPER_LOW, "device_id", "p2", NULL)),
            ERR_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(only_a_back_end_names_its_calls),
        T(a_call_that_is_open_keeps_its_id),
        T(a_call_is_handled_by_its_id_or_by_its_table),
        T(a_call_is_counted_as_far_as_can_be_told),
        T(guests_have_so_many_calls_and_alerts_open),
        T(an_update_carries_the_whole_alert),
        T(ids_that_are_made_up_are_nobody_elses),
        T(a_page_has_as_many_bytes_as_a_pager_shows),
        T(what_is_not_there_needs_no_answer),
        T(a_device_in_trouble_says_only_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
