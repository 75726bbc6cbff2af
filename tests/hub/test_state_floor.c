#include "hub/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/picture.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

#define STATUS_FREE     "1"
#define STATUS_OCCUPIED "2"
#define STATUS_BILL     "4"
#define STATUS_PAID     "5"

static struct story story;
static struct hub_client *follower;

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
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

static void say(enum evt_id what, ProtobufCMessage *body)
{
    story.now_ms += 60000;
    assert_int_equal(story_say(&story, ROLE_BACKEND, what, body, NULL), ERR_OK);
    story_commit(&story);
}

static void step(enum evt_id what, const char *table)
{
    say(what, made_body(what, "table.id", table, NULL));
}

static Dw__Picture *look(const char *name)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_picture(story.hub, ROLE_HUB, &room, 1);
}

/* The path begins with tables[0]. */
static void expect(const char *table, const char *path, const char *value)
{
    char room[ROOM_CHARS + 1];
    Dw__Picture *picture;

    snprintf(room, sizeof(room), "table/%s", table);
    picture = look(room);
    assert_int_equal(picture->n_tables, 1);
    assert_true(made_is(&picture->tables[0]->base, path, value));
    hub_picture_free(picture);
}

static void what_is_not_said_of_a_table_stays(void **state)
{
    (void)state;
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.zone", "garden", "table.seats", "4",
                                   "table.covers.current", "3", NULL));
    say(EVT_TABLE_UPDATED,
            made_body(EVT_TABLE_UPDATED, "table.id", "5", "table.seats", "6",
                    "table.covers.total", "9", NULL));
    expect("5", "zone", "garden");
    expect("5", "seats", "6");
    expect("5", "covers.current", "3");
    expect("5", "covers.total", "9");
}

/* Whoever listens has no picture of its own to put it into. */
static void the_event_shows_the_whole_table(void **state)
{
    struct evt *evt;

    (void)state;
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.zone", "garden", NULL));
    evt_unref(story_said(&story, follower, EVT_TABLE_UPDATED));
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.seats", "6", NULL));
    evt = story_said(&story, follower, EVT_TABLE_UPDATED);
    assert_true(made_is(evt->body, "table.zone", "garden"));
    assert_true(made_is(evt->body, "metadata.version", "2"));
    evt_unref(evt);
}

static void a_word_for_a_status_stands_until_the_next_known_one(void **state)
{
    (void)state;
    step(EVT_TABLE_ACTIVATED, "5");
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.status_word", "on_fire", NULL));
    expect("5", "status_word", "on_fire");
    expect("5", "status", STATUS_OCCUPIED);
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.seats", "4", NULL));
    expect("5", "status_word", "on_fire");
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.status", STATUS_PAID, NULL));
    expect("5", "status_word", NULL);
    expect("5", "status", STATUS_PAID);
}

static void a_known_status_goes_before_a_word(void **state)
{
    struct evt *evt;

    (void)state;
    for (int i = 0; i < 2; i++) {
        say(EVT_TABLE_UPDATED,
                made_body(EVT_TABLE_UPDATED, "table.id", "5", "table.status",
                        STATUS_OCCUPIED, "table.status_word", "on_fire", NULL));
        evt = story_said(&story, follower, EVT_TABLE_UPDATED);
        assert_true(made_is(evt->body, "table.status", STATUS_OCCUPIED));
        assert_true(made_is(evt->body, "table.status_word", NULL));
        evt_unref(evt);
        expect("5", "status_word", NULL);
    }
}

static void a_sitting_has_its_stations(void **state)
{
    static const struct {
        enum evt_id what;
        const char *status;
    } cases[] = {
        { EVT_TABLE_ACTIVATED, STATUS_OCCUPIED },
        { EVT_TABLE_CHECKOUT_STARTED, STATUS_BILL },
        { EVT_TABLE_CHECKOUT_COMPLETED, STATUS_PAID },
        { EVT_TABLE_FORCE_RESET, STATUS_FREE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char version[8];
        struct evt *evt;

        snprintf(version, sizeof(version), "%zu", i + 1);
        step(cases[i].what, "5");
        expect("5", "status", cases[i].status);
        expect("5", "number", "5");
        evt = story_said(&story, follower, EVT_TABLE_UPDATED);
        assert_non_null(evt);
        assert_true(made_is(evt->body, "table.status", cases[i].status));
        assert_true(made_is(evt->body, "metadata.version", version));
        evt_unref(evt);
        assert_null(story_said(&story, follower, EVT_TABLE_UPDATED));
    }
}

static void sittings_are_counted_until_the_table_is_reset(void **state)
{
    char moment[24];

    (void)state;
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.covers.current", "3",
                                   "table.covers.total", "8", NULL));
    step(EVT_TABLE_ACTIVATED, "5");
    step(EVT_TABLE_ACTIVATED, "5");
    snprintf(moment, sizeof(moment), "%lld", (long long)story.now_ms);
    expect("5", "covers.sessions", "2");
    expect("5", "covers.last_session_at_ms", moment);
    step(EVT_TABLE_FORCE_RESET, "5");
    expect("5", "covers.sessions", "0");
    expect("5", "covers.current", "0");
    expect("5", "covers.total", "8");
}

static void a_layout_replaces_the_one_before_and_names_tables(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_TABLE_UPDATED, made_body(EVT_TABLE_UPDATED, "table.id", "5",
                                   "table.seats", "4", NULL));
    for (int i = 0; i < 2; i++)
        say(EVT_TABLE_LAYOUT_UPDATED,
                made_body(EVT_TABLE_LAYOUT_UPDATED, "layout.nodes[0].id",
                        i ? "b" : "a", "layout.nodes[0].x", "-3",
                        "tables[0].id", "5", "tables[0].zone", "garden",
                        "tables[1].number", "6", NULL));
    expect("5", "seats", "4");
    expect("5", "zone", "garden");
    expect("6", "number", "6");
    picture = look("waiters");
    assert_int_equal(picture->layout->n_nodes, 1);
    assert_string_equal(picture->layout->nodes[0]->id, "b");
    assert_int_equal(picture->layout->nodes[0]->x, -3);
    assert_int_equal(picture->tables_metadata->version, 3);
    assert_int_equal(picture->tables_metadata->updated_at_ms, story.now_ms);
    hub_picture_free(picture);
}

static void the_covers_of_all_tables_are_summed_up(void **state)
{
    Dw__Picture *picture;

    (void)state;
    for (int i = 0; i < 3; i++)
        say(EVT_TABLE_UPDATED,
                made_body(EVT_TABLE_UPDATED, "table.id", i ? "5" : "6",
                        "table.covers.current", "2", "table.covers.total",
                        i ? "10" : "20", NULL));
    step(EVT_TABLE_ACTIVATED, "6");
    picture = look("all");
    assert_int_equal(picture->tables_metadata->cover_totals->current, 4);
    assert_int_equal(picture->tables_metadata->cover_totals->total, 30);
    assert_int_equal(picture->tables_metadata->cover_totals->sessions, 1);
    hub_picture_free(picture);
}

/* Everything that can be open at a table. */
static void fill_table(const char *table)
{
    say(EVT_ORDER_CREATED, story_order("41", table));
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
    say(EVT_SERVICE_CALL_CREATED, story_call(table, "bill"));
    say(EVT_ALERT_CREATED,
            made_body(EVT_ALERT_CREATED, "alert.type", "help", "alert.message",
                    "Help", "alert.table.id", table, NULL));
}

static void expect_at(const char *table, size_t count)
{
    char room[ROOM_CHARS + 1];
    Dw__Picture *picture;

    snprintf(room, sizeof(room), "table/%s", table);
    picture = look(room);
    assert_int_equal(picture->n_orders, count);
    assert_int_equal(picture->n_calls, count);
    assert_int_equal(picture->n_alerts, 2 * count); /* one is of the call */
    assert_int_equal(picture->n_pages, count);
    hub_picture_free(picture);
}

static void guests_who_move_take_everything_with_them(void **state)
{
    static const enum evt_id moves[] = { EVT_TABLE_MOVED, EVT_TABLE_MERGED };
    const char *at[] = { "5", "7", "9" };

    (void)state;
    step(EVT_TABLE_ACTIVATED, "5");
    fill_table("5");
    expect_at("5", 1);
    for (int i = 0; i < 2; i++) {
        uint32_t updates = 0;
        struct evt *evt;

        while (story_next(&story, follower, NULL, NULL) != EVT_NONE)
            ;
        say(moves[i], made_body(moves[i], "table.id", at[i], "to_table.id",
                              at[i + 1], NULL));
        expect_at(at[i], 0);
        expect_at(at[i + 1], 1);
        expect(at[i], "status", STATUS_FREE);
        expect(at[i], "covers.sessions", "0");
        expect(at[i + 1], "status", STATUS_OCCUPIED);
        expect(at[i + 1], "covers.sessions", "1");
        expect(at[i + 1], "number", at[i + 1]);
        while ((evt = story_said(&story, follower, EVT_TABLE_UPDATED))) {
            assert_true(made_is(evt->body, "table.id", at[i + updates++]));
            evt_unref(evt);
        }
        assert_int_equal(updates, 2);
    }
}

static void each_order_that_has_moved_is_told(void **state)
{
    struct evt *evt;

    (void)state;
    fill_table("5");
    while (story_next(&story, follower, NULL, NULL) != EVT_NONE)
        ;
    say(EVT_TABLE_MOVED, made_body(EVT_TABLE_MOVED, "table.id", "5",
                                 "to_table.id", "7", NULL));
    evt = story_said(&story, follower, EVT_ORDER_UPDATED);
    assert_non_null(evt);
    assert_true(made_is(evt->body, "order.id", "41"));
    assert_true(made_is(evt->body, "order.table.id", "7"));
    evt_unref(evt);
    assert_null(story_said(&story, follower, EVT_ORDER_UPDATED));
}

static void two_tables_that_become_one_keep_their_guests(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        say(EVT_TABLE_UPDATED,
                made_body(EVT_TABLE_UPDATED, "table.id", i ? "7" : "5",
                        "table.covers.current", "3", "table.status",
                        i ? STATUS_BILL : STATUS_OCCUPIED, NULL));
    say(EVT_TABLE_MERGED, made_body(EVT_TABLE_MERGED, "table.id", "5",
                                  "to_table.id", "7", NULL));
    expect("5", "status", STATUS_FREE);
    expect("5", "covers.current", "0");
    expect("7", "status", STATUS_BILL);
    expect("7", "covers.current", "6");
}

/* As many as can be told; what cannot would be lost. */
static void more_guests_than_can_be_counted_are_as_many_as_can(void **state)
{
    struct evt *evt;

    (void)state;
    for (int i = 0; i < 2; i++)
        say(EVT_TABLE_UPDATED,
                made_body(EVT_TABLE_UPDATED, "table.id", i ? "7" : "5",
                        "table.covers.current", "1000000",
                        "table.covers.sessions", "1000000", NULL));
    while (story_next(&story, follower, NULL, NULL) != EVT_NONE)
        ;
    say(EVT_TABLE_MERGED, made_body(EVT_TABLE_MERGED, "table.id", "5",
                                  "to_table.id", "7", NULL));
    expect("7", "covers.current", "1000000");
    expect("7", "covers.sessions", "1000000");
    for (int i = 0; i < 2; i++) {
        evt = story_said(&story, follower, EVT_TABLE_UPDATED);
        assert_non_null(evt);
        assert_true(made_is(evt->body, "table.id", i ? "7" : "5"));
        evt_unref(evt);
    }
}

static void nobody_moves_to_where_he_sits(void **state)
{
    (void)state;
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_TABLE_MOVED,
                             made_body(EVT_TABLE_MOVED, "table.id", "5",
                                     "to_table.number", "5", NULL),
                             NULL),
            ERR_IMPOSSIBLE);
    assert_string_equal(story.fault.field, "toTable.id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(what_is_not_said_of_a_table_stays),
        T(the_event_shows_the_whole_table),
        T(a_word_for_a_status_stands_until_the_next_known_one),
        T(a_known_status_goes_before_a_word),
        T(a_sitting_has_its_stations),
        T(sittings_are_counted_until_the_table_is_reset),
        T(a_layout_replaces_the_one_before_and_names_tables),
        T(the_covers_of_all_tables_are_summed_up),
        T(guests_who_move_take_everything_with_them),
        T(each_order_that_has_moved_is_told),
        T(two_tables_that_become_one_keep_their_guests),
        T(more_guests_than_can_be_counted_are_as_many_as_can),
        T(nobody_moves_to_where_he_sits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
