/* What a token's stations and tables leave of its rights; in whose name one
 * speaks; and what is refused looks the same, whatever the reason. */
#include "hub/hub_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/doors.pb-c.h"
#include "schemas/floor.pb-c.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;

static void create(const char *id, const char *table, const char *station)
{
    ProtobufCMessage *body = story_order(id, table);
    Dw__Order *order = ((Dw__OrderCreated *)(void *)body)->order;

    if (station)
        body_set_string(&order->items[0]->station, station);
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED, body, NULL),
            ERR_OK);
}

static void put_table(const char *id, const char *zone)
{
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_TABLE_UPDATED,
                             made_body(EVT_TABLE_UPDATED, "table.id", id,
                                     "table.zone", zone, NULL),
                             NULL),
            ERR_OK);
}

/* 41 at table 5 of the terrace for the grill, 42 at 6 inside for the bar, 43
 * at no table and for no station. */
static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    put_table("5", "terrace");
    put_table("6", "inside");
    create("41", "5", "grill");
    create("42", "6", "bar");
    create("43", NULL, NULL);
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

static struct principal cook(const char *stations)
{
    struct principal who = story_principal(ROLE_KITCHEN, "");

    snprintf(who.stations, sizeof(who.stations), "%s", stations);
    return who;
}

static struct principal waiter(const char *tables)
{
    struct principal who = story_principal(ROLE_WAITER, "");

    snprintf(who.tables, sizeof(who.tables), "%s", tables);
    return who;
}

static bool joins(const struct principal *who, const char *name)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_may_join(story.hub, who, &room);
}

/* --- listening --- */

static void a_cook_with_stations_listens_to_those(void **state)
{
    static const struct {
        const char *stations, *room;
        bool may;
    } cases[] = {
        { "grill", "kitchen", true },
        { "grill", "kitchen/grill", true },
        { "grill", "kitchen/bar", false },
        { "grill", "kitchen/gril", false },
        { "grill", "kitchen/grill2", false },
        { "bar grill", "kitchen/grill", true },
        { "bar  grill", "kitchen/grill", true },
        { "", "kitchen/bar", true },
        { "grill", "order/41", true },
        { "grill", "order/42", false },
        { "grill", "order/43", false },
        { "grill", "order/99", false },
        { "bar grill", "order/42", true },
        { "", "order/42", true },
        { "grill", "table/5", false },
        { "grill", "waiters", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = cook(cases[i].stations);

        if (joins(&who, cases[i].room) != cases[i].may)
            fail_msg("case %zu: %s", i, cases[i].room);
    }
}

static void a_waiter_with_tables_listens_to_those(void **state)
{
    static const struct {
        const char *tables, *room;
        bool may;
    } cases[] = {
        { "5", "waiters", true },
        { "5", "table/5", true },
        { "5", "table/6", false },
        { "5", "table/55", false },
        { "5 6", "table/6", true },
        { "zone:terrace", "table/5", true },
        { "zone:terrace", "table/6", false },
        { "zone:terrac", "table/5", false },
        { "zone:", "table/5", false },
        { "terrace", "table/5", false },
        { "zone:terrace 6", "table/6", true },
        { "", "table/6", true },
        { "5", "order/41", true },
        { "5", "order/42", false },
        { "5", "order/43", false },
        { "5", "order/99", false },
        { "zone:inside", "order/42", true },
        { "", "order/99", true },
        { "5", "kitchen/grill", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = waiter(cases[i].tables);

        if (joins(&who, cases[i].room) != cases[i].may)
            fail_msg("case %zu: %s", i, cases[i].room);
    }
}

static void rights_of_several_roles_are_added(void **state)
{
    struct principal who = waiter("5");

    (void)state;
    who.roles |= ROLE_KITCHEN;
    snprintf(who.stations, sizeof(who.stations), "bar");
    assert_true(joins(&who, "order/41"));
    assert_true(joins(&who, "order/42"));
    assert_false(joins(&who, "order/43"));
    assert_false(joins(&who, "table/6"));
    who.roles |= ROLE_MANAGER;
    assert_true(joins(&who, "order/43"));
    assert_true(joins(&who, "table/6"));
}

/* What is said of tables stands in a token for any role; it counts for one. */
static void a_scope_is_of_the_role_that_has_it(void **state)
{
    struct principal who = story_principal(ROLE_KITCHEN, "");

    (void)state;
    snprintf(who.tables, sizeof(who.tables), "5");
    assert_true(joins(&who, "order/42"));
    who.roles = ROLE_POS;
    assert_true(joins(&who, "table/6"));
}

/* --- speaking --- */

static enum err say(
        const struct principal *who, enum evt_id what, ProtobufCMessage *body)
{
    enum err err = story_say_as(&story, who, what, body, NULL);

    if (err == ERR_FORBIDDEN) {
        assert_string_equal(story.fault.field, "");
        assert_string_equal(story.fault.text, err_kinds[ERR_FORBIDDEN].text);
    }
    return err;
}

static ProtobufCMessage *item_is(
        const char *order, const char *status, const char *station)
{
    ProtobufCMessage *body = made_body(EVT_ORDER_ITEM_STATUS_CHANGED,
            "order_id", order, "item_id", "i1", "status", status, NULL);

    if (station)
        body_replace_text(body, "station", station);
    return body;
}

static void a_cook_with_stations_speaks_of_the_items_there(void **state)
{
    static const struct {
        const char *stations, *order, *station;
        enum err err;
    } cases[] = {
        { "grill", "41", NULL, ERR_OK },
        { "grill", "41", "grill", ERR_OK },
        { "grill", "41", "bar", ERR_FORBIDDEN },
        { "grill", "42", NULL, ERR_FORBIDDEN },
        { "grill", "42", "grill", ERR_FORBIDDEN }, /* it is not there */
        { "grill", "43", NULL, ERR_FORBIDDEN },
        { "grill", "99", NULL, ERR_FORBIDDEN },
        { "bar grill", "42", NULL, ERR_OK },
        { "", "43", NULL, ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = cook(cases[i].stations);

        end(NULL);
        begin(NULL);
        if (say(&who, EVT_ORDER_ITEM_STATUS_CHANGED,
                    item_is(cases[i].order, "2", cases[i].station)) !=
                cases[i].err)
            fail_msg("case %zu: %s", i, story.fault.text);
    }
}

static void an_item_that_is_not_named_is_nobody_s(void **state)
{
    struct principal who = cook("grill");

    (void)state;
    assert_int_equal(
            say(&who, EVT_ORDER_ITEM_STATUS_CHANGED,
                    body_new(evt_kinds[EVT_ORDER_ITEM_STATUS_CHANGED].body)),
            ERR_FORBIDDEN);
}

/* The order as a whole is of all stations. */
static void a_cook_with_stations_speaks_of_any_order(void **state)
{
    struct principal who = cook("grill");

    (void)state;
    assert_int_equal(say(&who, EVT_KITCHEN_PREPARING,
                             story_about(EVT_KITCHEN_PREPARING, "42")),
            ERR_OK);
}

static void a_waiter_with_tables_speaks_of_what_is_there(void **state)
{
    static const struct {
        enum evt_id what;
        const char *path, *value, *path2, *value2;
        enum err err;
    } cases[] = {
        { EVT_ORDER_CONFIRMED, "order_id", "41", NULL, NULL, ERR_OK },
        { EVT_ORDER_CONFIRMED, "order_id", "42", NULL, NULL, ERR_FORBIDDEN },
        { EVT_ORDER_CONFIRMED, "order_id", "43", NULL, NULL, ERR_FORBIDDEN },
        { EVT_ORDER_CONFIRMED, "order_id", "99", NULL, NULL, ERR_FORBIDDEN },
        { EVT_ORDER_CONFIRMED, "order_id", "42", "table.id", "5",
                ERR_FORBIDDEN },
        { EVT_ORDER_CONFIRMED, "order_id", "41", "table.id", "6",
                ERR_FORBIDDEN },
        { EVT_TABLE_ACTIVATED, "table.id", "5", NULL, NULL, ERR_OK },
        { EVT_TABLE_ACTIVATED, "table.id", "6", NULL, NULL, ERR_FORBIDDEN },
        { EVT_TABLE_ACTIVATED, "table.number", "6", NULL, NULL, ERR_FORBIDDEN },
        { EVT_TABLE_MOVED, "table.id", "5", "to_table.id", "6", ERR_FORBIDDEN },
        { EVT_TABLE_MOVED, "table.id", "6", "to_table.id", "5", ERR_FORBIDDEN },
        { EVT_TABLE_MOVED, "table.id", "5", "to_table.id", "7", ERR_OK },
        { EVT_TABLE_FORCE_RESET, "table.id", "6", NULL, NULL, ERR_FORBIDDEN },
        /* It cannot make a table its own. */
        { EVT_TABLE_UPDATED, "table.id", "6", "table.zone", "terrace",
                ERR_FORBIDDEN },
        { EVT_TABLE_UPDATED, "table.id", "8", "table.zone", "terrace",
                ERR_FORBIDDEN },
        { EVT_SERVICE_CALL_CREATED, "call.table.id", "5", NULL, NULL, ERR_OK },
        { EVT_SERVICE_CALL_CREATED, "call.table.id", "6", NULL, NULL,
                ERR_FORBIDDEN },
        { EVT_PAGE_SENT, "table.id", "6", "text", "Hello", ERR_FORBIDDEN },
        { EVT_CLIENT_MUTED, "user_id", "anna", NULL, NULL, ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = waiter("zone:terrace 7");
        ProtobufCMessage *body =
                cases[i].path2 ? made_body(cases[i].what, cases[i].path,
                                         cases[i].value, cases[i].path2,
                                         cases[i].value2, NULL)
                               : made_body(cases[i].what, cases[i].path,
                                         cases[i].value, NULL);

        end(NULL);
        begin(NULL);
        body_complete_text(body, "page_id", "p1");
        body_complete_text(body, "room", "kitchen");
        if (say(&who, cases[i].what, body) != cases[i].err)
            fail_msg("case %zu: %s %s", i, story.fault.field, story.fault.text);
    }
}

static void a_waiter_with_tables_takes_orders_there_only(void **state)
{
    struct principal who = waiter("5");

    (void)state;
    assert_int_equal(
            say(&who, EVT_ORDER_CREATED, story_order("50", "5")), ERR_OK);
    assert_int_equal(say(&who, EVT_ORDER_CREATED, story_order("51", "6")),
            ERR_FORBIDDEN);
    assert_int_equal(say(&who, EVT_ORDER_CREATED, story_order("52", NULL)),
            ERR_FORBIDDEN);
    /* An order that is there stays where it is. */
    assert_int_equal(say(&who, EVT_ORDER_CREATED, story_order("42", "5")),
            ERR_FORBIDDEN);
}

/* Calls, alerts and pages lead to a table by their ids. */
static void an_id_of_another_table_is_refused(void **state)
{
    struct principal who = waiter("5");
    const struct shelf *calls = &story.hub->state.calls;
    const struct shelf *alerts = &story.hub->state.alerts;

    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
                             story_call("6", NULL), NULL),
            ERR_OK);
    assert_int_equal(say(&who, EVT_SERVICE_CALL_HANDLED,
                             made_body(EVT_SERVICE_CALL_HANDLED, "call.id",
                                     shelf_id(shelf_first(calls)),
                                     "call.table.id", "5", NULL)),
            ERR_FORBIDDEN);
    assert_int_equal(say(&who, EVT_ALERT_ACKNOWLEDGED,
                             made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id",
                                     shelf_id(shelf_first(alerts)), NULL)),
            ERR_FORBIDDEN);
    assert_int_equal(story_say(&story, ROLE_KITCHEN, EVT_KITCHEN_READY,
                             story_about(EVT_KITCHEN_READY, "42"), NULL),
            ERR_OK);
    assert_int_equal(
            say(&who, EVT_PAGE_CLEARED,
                    made_body(EVT_PAGE_CLEARED, "page_id",
                            shelf_id(shelf_first(&story.hub->state.pages)),
                            NULL)),
            ERR_FORBIDDEN);
    assert_int_equal(shelf_count(calls), 1);
    assert_int_equal(shelf_count(alerts), 1);
}

/* --- in whose name --- */

static void only_who_stands_for_several_people_names_one(void **state)
{
    static const struct {
        uint32_t roles;
        enum evt_id what;
        const char *path, *name;
        enum err err;
    } cases[] = {
        { ROLE_TABLE, EVT_TABLE_CHECKOUT_STARTED, "actor.id", "tester",
                ERR_FORBIDDEN },
        { ROLE_ADMIN, EVT_TABLE_FORCE_RESET, "actor.id", "tester", ERR_OK },
        { ROLE_ADMIN, EVT_TABLE_FORCE_RESET, "actor.id", "anna",
                ERR_FORBIDDEN },
        { ROLE_ADMIN | ROLE_MANAGER, EVT_TABLE_FORCE_RESET, "actor.id", "anna",
                ERR_OK },
        { ROLE_WAITER, EVT_TABLE_FORCE_RESET, "actor.id", "anna", ERR_OK },
        { ROLE_ADMIN, EVT_SESSION_ENDED, "actor.id", "anna", ERR_FORBIDDEN },
        { ROLE_POS, EVT_SESSION_ENDED, "actor.id", "anna", ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = story_principal(cases[i].roles, "5");
        enum err err = say(&who, cases[i].what,
                made_body(cases[i].what, "table.id", "5", cases[i].path,
                        cases[i].name, NULL));

        if (err != cases[i].err)
            fail_msg("case %zu: %s", i, story.fault.text);
    }
}

static void guests_say_not_who_has_handled_their_call(void **state)
{
    struct principal who = story_principal(ROLE_TABLE, "5");

    (void)state;
    assert_int_equal(
            say(&who, EVT_SERVICE_CALL_CREATED,
                    made_body(EVT_SERVICE_CALL_CREATED, "call.table.id", "5",
                            "call.by.id", "tester", NULL)),
            ERR_FORBIDDEN);
}

/* --- shutting doors --- */

static struct evt *said(enum evt_id what, const char *path, const char *value)
{
    struct hub_client *client = story_follower(&story);
    struct principal who = story_principal(ROLE_ADMIN, "");
    struct evt *evt;

    assert_int_equal(
            say(&who, what, made_body(what, path, value, NULL)), ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    evt = story_said(&story, client, what);
    assert_non_null(evt);
    hub_detach(story.hub, client);
    return evt;
}

static void whoever_shuts_a_door_stands_in_it(void **state)
{
    struct evt *revoked = said(EVT_TOKEN_REVOKED, "token_id", "t1");
    struct evt *ended = said(EVT_SESSION_ENDED, "table.id", "5");

    (void)state;
    assert_string_equal(revoked->src, "tester");
    assert_true(made_is(revoked->body, "by.id", "tester"));
    assert_int_equal(((Dw__TokenRevoked *)(void *)revoked->body)->before_at_ms,
            story.now_ms);
    assert_true(made_is(ended->body, "actor.id", "tester"));
    assert_true(made_is(ended->body, "table.id", "5"));
    evt_unref(revoked);
    evt_unref(ended);
}

/* A person has an id; whoever has another kind of name stands in the journal.
 */
static void a_subject_that_is_no_id_is_left_out(void **state)
{
    struct principal who = story_principal(ROLE_ADMIN, "");

    (void)state;
    snprintf(who.subject, sizeof(who.subject), "the office");
    assert_int_equal(
            say(&who, EVT_TOKEN_REVOKED,
                    made_body(EVT_TOKEN_REVOKED, "token_id", "t1", NULL)),
            ERR_OK);
}

static void a_revocation_says_what_and_until_when(void **state)
{
    static const struct {
        const char *path, *value, *path2, *value2;
        const char *field;
        enum err err;
    } cases[] = {
        { "reason", "lost", "reason", "lost", "tokenId", ERR_MISSING_FIELD },
        { "subject", "", "reason", "lost", "subject", ERR_OUT_OF_RANGE },
        { "token_id", "", "reason", "lost", "tokenId", ERR_BAD_ID },
        { "subject", "anna", "before_at_ms", "1767225600001", "beforeAt",
                ERR_OUT_OF_RANGE },
        { "subject", "anna", "before_at_ms", "1767225600000", "", ERR_OK },
        { "subject", "anna", "by.id", "bert", "", ERR_FORBIDDEN },
        { "subject", "anna", "by.id", "tester", "", ERR_OK },
    };
    struct principal who = story_principal(ROLE_ADMIN, "");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum err err = say(&who, EVT_TOKEN_REVOKED,
                made_body(EVT_TOKEN_REVOKED, cases[i].path, cases[i].value,
                        cases[i].path2, cases[i].value2, NULL));

        if (err != cases[i].err || strcmp(story.fault.field, cases[i].field))
            fail_msg("case %zu: %s %s", i, story.fault.field, story.fault.text);
    }
}

static void doors_are_shut_by_few(void **state)
{
    static const struct {
        uint32_t roles;
        enum err revokes, ends;
    } cases[] = {
        { ROLE_ADMIN, ERR_OK, ERR_OK },
        { ROLE_BACKEND, ERR_OK, ERR_OK },
        { ROLE_POS, ERR_FORBIDDEN, ERR_OK },
        { ROLE_MANAGER, ERR_FORBIDDEN, ERR_FORBIDDEN },
        { ROLE_WAITER, ERR_FORBIDDEN, ERR_FORBIDDEN },
        { ROLE_KITCHEN, ERR_FORBIDDEN, ERR_FORBIDDEN },
        { ROLE_TABLE, ERR_FORBIDDEN, ERR_FORBIDDEN },
        { ROLE_DEVICE, ERR_FORBIDDEN, ERR_FORBIDDEN },
        { 0, ERR_FORBIDDEN, ERR_FORBIDDEN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct principal who = story_principal(cases[i].roles, "5");

        who.issued_at_ms = story.now_ms;
        assert_int_equal(
                say(&who, EVT_TOKEN_REVOKED,
                        made_body(EVT_TOKEN_REVOKED, "token_id", "t1", NULL)),
                cases[i].revokes);
        assert_int_equal(
                say(&who, EVT_SESSION_ENDED,
                        made_body(EVT_SESSION_ENDED, "table.id", "9", NULL)),
                cases[i].ends);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_cook_with_stations_listens_to_those),
        T(a_waiter_with_tables_listens_to_those),
        T(rights_of_several_roles_are_added),
        T(a_scope_is_of_the_role_that_has_it),
        T(a_cook_with_stations_speaks_of_the_items_there),
        T(an_item_that_is_not_named_is_nobody_s),
        T(a_cook_with_stations_speaks_of_any_order),
        T(a_waiter_with_tables_speaks_of_what_is_there),
        T(a_waiter_with_tables_takes_orders_there_only),
        T(an_id_of_another_table_is_refused),
        T(only_who_stands_for_several_people_names_one),
        T(guests_say_not_who_has_handled_their_call),
        T(whoever_shuts_a_door_stands_in_it),
        T(a_subject_that_is_no_id_is_left_out),
        T(a_revocation_says_what_and_until_when),
        T(doors_are_shut_by_few),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
