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
#include "hub/state.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;
static struct hub_client *follower;

/* Table "window" has number 7; of 5 nobody has spoken. */
static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story_say(&story, ROLE_BACKEND, EVT_TABLE_UPDATED,
            made_body(EVT_TABLE_UPDATED, "table.id", "window", "table.number",
                    "7", NULL),
            NULL);
    story_commit(&story);
    follower = story_follower(&story);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hub_detach(story.hub, follower);
    story_commit(&story);
    story_end(&story);
    return 0;
}

static enum err say(enum evt_id what, ProtobufCMessage *body)
{
    enum err err = story_say(&story, ROLE_BACKEND, what, body, NULL);

    story_commit(&story);
    return err;
}

static void expect(enum evt_id what, const char *path, const char *value)
{
    struct evt *evt = story_said(&story, follower, what);

    assert_non_null(evt);
    assert_true(made_is(evt->body, path, value));
    evt_unref(evt);
}

static ProtobufCMessage *call(const char *name, const char *value)
{
    return made_body(EVT_SERVICE_CALL_CREATED, name, value, NULL);
}

static void a_number_is_as_good_as_the_id(void **state)
{
    (void)state;
    assert_int_equal(
            say(EVT_SERVICE_CALL_CREATED, call("call.table.number", "7")),
            ERR_OK);
    expect(EVT_SERVICE_CALL_CREATED, "call.table.id", "window");
    assert_int_equal(
            say(EVT_SERVICE_CALL_CREATED, call("call.table.id", "window")),
            ERR_OK);
    expect(EVT_SERVICE_CALL_CREATED, "call.table.number", "7");
}

static void an_unknown_table_is_called_by_its_digits(void **state)
{
    static const struct {
        const char *id, *number;
    } cases[] = { { "5", "5" }, { "99999", "99999" }, { "100000", NULL },
        { "5a", NULL }, { "12345678901234567890123456789012", NULL } };

    (void)state;
    assert_int_equal(
            say(EVT_SERVICE_CALL_CREATED, call("call.table.number", "5")),
            ERR_OK);
    expect(EVT_SERVICE_CALL_CREATED, "call.table.id", "5");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(say(EVT_SERVICE_CALL_CREATED,
                                 call("call.table.id", cases[i].id)),
                ERR_OK);
        expect(EVT_SERVICE_CALL_CREATED, "call.table.number", cases[i].number);
    }
}

static void what_is_given_is_not_changed(void **state)
{
    (void)state;
    assert_int_equal(
            say(EVT_SERVICE_CALL_CREATED,
                    made_body(EVT_SERVICE_CALL_CREATED, "call.table.id",
                            "window", "call.table.number", "8", NULL)),
            ERR_OK);
    expect(EVT_SERVICE_CALL_CREATED, "call.table.number", "8");
}

static void a_table_that_must_be_named_is_named(void **state)
{
    static const struct {
        enum evt_id what;
        const char *part, *field;
    } cases[] = {
        { EVT_SERVICE_CALL_CREATED, "call.table", "call.table.id" },
        { EVT_TABLE_ACTIVATED, "table", "table.id" },
        { EVT_TABLE_UPDATED, "table", "table.id" },
        { EVT_TABLE_LAYOUT_UPDATED, "tables[0]", "tables[0].id" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(say(cases[i].what, made_body(cases[i].what,
                                                    cases[i].part, "", NULL)),
                ERR_MISSING_FIELD);
        assert_string_equal(story.fault.field, cases[i].field);
    }
    assert_int_equal(say(EVT_TABLE_MOVED, made_body(EVT_TABLE_MOVED, "table.id",
                                                  "5", "to_table", "", NULL)),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "toTable.id");
}

/* Whoever handles it may know no more than its id, and may say so twice. */
static void a_call_that_is_handled_is_where_it_was_made(void **state)
{
    struct settlement first;

    (void)state;
    for (int i = 0; i < 2; i++) {
        ProtobufCMessage *handled = made_body(EVT_SERVICE_CALL_HANDLED,
                "call.id", "c1", "call.table", "", NULL);

        if (i == 0)
            assert_int_equal(
                    say(EVT_SERVICE_CALL_CREATED,
                            made_body(EVT_SERVICE_CALL_CREATED, "call.id", "c1",
                                    "call.table.id", "window", NULL)),
                    ERR_OK);
        assert_int_equal(story_say(&story, ROLE_BACKEND,
                                 EVT_SERVICE_CALL_HANDLED, handled, "key-1"),
                ERR_OK);
        story_commit(&story);
        if (i == 0)
            first = story.settled[story.settled_count - 1];
    }
    assert_int_equal(story.settled[story.settled_count - 1].seq, first.seq);
    expect(EVT_SERVICE_CALL_HANDLED, "call.table.id", "window");
    assert_int_equal(say(EVT_SERVICE_CALL_HANDLED,
                             made_body(EVT_SERVICE_CALL_HANDLED, "call.id",
                                     "another", "call.table", "", NULL)),
            ERR_NOT_FOUND);
    assert_int_equal(
            say(EVT_SERVICE_CALL_HANDLED, made_body(EVT_SERVICE_CALL_HANDLED,
                                                  "call.table", "", NULL)),
            ERR_MISSING_FIELD);
}

static void a_nameless_table_that_need_not_be_is_none(void **state)
{
    Dw__OrderCreated *created = (void *)story_order("41", NULL);

    (void)state;
    created->order->table = (void *)body_new(&dw__table_ref__descriptor);
    assert_int_equal(say(EVT_ORDER_CREATED, &created->base), ERR_OK);
    expect(EVT_ORDER_CREATED, "order.table", NULL);
}

/* Rights are asked about the table that is meant. */
static void guests_may_name_their_table_by_its_number(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                             call("call.table.number", "5"), NULL),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_SERVICE_CALL_CREATED,
                             call("call.table.number", "7"), NULL),
            ERR_FORBIDDEN);
    story_commit(&story);
}

static void what_may_be_said_is_asked_about_the_same_table(void **state)
{
    struct principal guest = story_principal(ROLE_TABLE, "5");
    ProtobufCMessage *own = call("call.table.number", "5");
    ProtobufCMessage *other = call("call.table.number", "7");
    ProtobufCMessage *hole = body_new(&dw__service_call_created__descriptor);
    struct fault fault;

    (void)state;
    assert_int_equal(hub_may_say(story.hub, &guest, EVT_SERVICE_CALL_CREATED,
                             own, &fault),
            ERR_OK);
    assert_true(made_is(own, "call.table.id", NULL)); /* only borrowed */
    assert_int_equal(hub_may_say(story.hub, &guest, EVT_SERVICE_CALL_CREATED,
                             other, &fault),
            ERR_FORBIDDEN);
    assert_int_equal(hub_may_say(story.hub, &guest, EVT_SERVICE_CALL_CREATED,
                             hole, &fault),
            ERR_MISSING_FIELD);
    body_free(own);
    body_free(other);
    body_free(hole);
}

/* A retry is known by what was given, not by what was made of it. */
static void the_same_key_gets_the_same_answer_when_tables_have_got_names(
        void **state)
{
    struct settlement first;

    (void)state;
    story_say(&story, ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
            call("call.table.number", "9"), "key-1");
    story_commit(&story);
    first = story.settled[story.settled_count - 1];
    assert_int_equal(
            say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id",
                                           "nine", "table.number", "9", NULL)),
            ERR_OK);
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
                             call("call.table.number", "9"), "key-1"),
            ERR_OK);
    story_commit(&story);
    assert_true(story.settled[story.settled_count - 1].duplicate);
    assert_int_equal(story.settled[story.settled_count - 1].seq, first.seq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_number_is_as_good_as_the_id),
        T(an_unknown_table_is_called_by_its_digits),
        T(what_is_given_is_not_changed),
        T(a_table_that_must_be_named_is_named),
        T(a_call_that_is_handled_is_where_it_was_made),
        T(a_nameless_table_that_need_not_be_is_none),
        T(guests_may_name_their_table_by_its_number),
        T(what_may_be_said_is_asked_about_the_same_table),
        T(the_same_key_gets_the_same_answer_when_tables_have_got_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
