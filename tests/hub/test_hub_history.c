/* What was told last, told again; and by which rooms. */
#include "hub/hub.h"

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
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

static struct story story;
static struct place place;

static int begin(void **state)
{
    (void)state;
    place_make(&place);
    story_begin(&story, place_file(&place, "journal"));
    story.is_forgetful = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_end(&story);
    place_remove(&place);
    return 0;
}

static void restart(void)
{
    story_end(&story);
    story_begin(&story, place_file(&place, "journal"));
    story.is_forgetful = true;
}

static void order(int n, const char *table)
{
    char id[ID_CHARS + 1];

    snprintf(id, sizeof(id), "%d", n);
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order(id, table), NULL),
            ERR_OK);
}

/* Orders first to last, of table 5. */
static void orders(int first, int last)
{
    for (int n = first; n <= last; n++)
        order(n, "5");
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void free_all(struct delivery *deliveries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        evt_unref(deliveries[i].evt);
}

/* The orders in the history are first to last, oldest first. */
static void expect(struct hub_client *client, uint32_t max, int first, int last)
{
    struct delivery deliveries[HISTORY];
    uint64_t seq = 0;
    uint32_t count =
            hub_history(story.hub, client, EVT_ORDER_CREATED, deliveries, max);

    assert_int_equal(count, last + 1 - first);
    for (uint32_t i = 0; i < count; i++) {
        const struct evt *evt = deliveries[i].evt;

        assert_int_equal(evt->what, EVT_ORDER_CREATED);
        assert_int_equal(strtol(body_text(evt->body, "order.id"), NULL, 10),
                first + (int)i);
        assert_true(evt->replay);
        assert_true(evt->seq > seq && evt->seq <= hub_head(story.hub));
        seq = evt->seq;
    }
    free_all(deliveries, count);
}

static void it_has_the_last_fifty_oldest_first(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");

    (void)state;
    expect(kitchen, HISTORY, 1, 0);
    orders(1, 3);
    expect(kitchen, HISTORY, 1, 3);
    expect(kitchen, 2, 2, 3);
    expect(kitchen, 0, 1, 0);
    orders(4, HISTORY + 5);
    expect(kitchen, HISTORY, 6, HISTORY + 5);
    hub_detach(story.hub, kitchen);
}

static void it_comes_out_of_the_journal_after_a_restart(void **state)
{
    struct hub_client *kitchen;

    (void)state;
    orders(1, HISTORY + 5);
    restart();
    kitchen = story_listener(&story, ROLE_KITCHEN, "kitchen");
    expect(kitchen, HISTORY, 6, HISTORY + 5);
    orders(100, 100);
    {
        struct delivery deliveries[HISTORY];
        uint32_t count = hub_history(
                story.hub, kitchen, EVT_ORDER_CREATED, deliveries, HISTORY);

        assert_int_equal(count, HISTORY);
        assert_string_equal(
                body_text(deliveries[0].evt->body, "order.id"), "7");
        assert_string_equal(
                body_text(deliveries[HISTORY - 1].evt->body, "order.id"),
                "100");
        free_all(deliveries, count);
    }
    hub_detach(story.hub, kitchen);
}

static void what_is_not_committed_is_not_in_it(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");

    (void)state;
    orders(1, 2);
    order(3, "5");
    expect(kitchen, HISTORY, 1, 2); /* read from the journal meanwhile */
    assert_int_equal(story_commit(&story), ERR_OK);
    expect(kitchen, HISTORY, 1, 3);
    order(4, "5");
    hub_fail_turn(story.hub, ERR_FULL);
    assert_int_equal(story_commit(&story), ERR_UNAVAILABLE);
    expect(kitchen, HISTORY, 1, 3);
    hub_detach(story.hub, kitchen);
}

/* The live event's forms say that it is told for the first time. */
static void all_who_ask_share_one_copy_that_is_not_the_live_event(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");
    struct hub_client *waiters = story_listener(&story, ROLE_WAITER, "waiters");
    struct delivery live, one, other;

    (void)state;
    expect(kitchen, HISTORY, 1, 0);
    orders(1, 1);
    assert_true(hub_next(story.hub, kitchen, &live));
    assert_int_equal(
            hub_history(story.hub, kitchen, EVT_ORDER_CREATED, &one, 1), 1);
    assert_int_equal(
            hub_history(story.hub, waiters, EVT_ORDER_CREATED, &other, 1), 1);
    assert_ptr_equal(one.evt, other.evt);
    assert_ptr_not_equal(one.evt, live.evt);
    assert_false(live.evt->replay);
    assert_true(one.evt->replay);
    assert_int_equal(one.evt->seq, live.evt->seq);
    assert_int_equal(one.evt->epoch, live.evt->epoch);
    assert_true(one.evt->ts_ms == live.evt->ts_ms);
    assert_true(one.evt->exp_ms == live.evt->exp_ms);
    assert_string_equal(one.evt->src, live.evt->src);
    assert_string_equal(one.evt->key, live.evt->key);
    assert_memory_equal(&one.evt->id, &live.evt->id, sizeof(struct ulid));
    assert_int_equal(one.evt->packed_len, live.evt->packed_len);
    assert_memory_equal(
            one.evt->packed, live.evt->packed, live.evt->packed_len);

    /* Each by a room of its own, in its own view. */
    assert_int_equal(one.evt->rooms[one.room].kind, ROOM_INDEX_KITCHEN);
    assert_int_equal(one.view, VIEW_STAFF);
    assert_int_equal(other.evt->rooms[other.room].kind, ROOM_INDEX_WAITERS);
    assert_int_equal(other.view, VIEW_FULL);
    evt_unref(live.evt);
    evt_unref(one.evt);
    evt_unref(other.evt);
    hub_detach(story.hub, kitchen);
    hub_detach(story.hub, waiters);
}

/* The journal is not asked again. */
static void those_who_come_back_cost_no_disk(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");

    (void)state;
    expect(kitchen, HISTORY, 1, 0);
    orders(1, 8);
    assert_int_equal(
            journal_upkeep(story.hub->journal, 1, hub_head(story.hub), false),
            ERR_OK);
    assert_true(journal_first(story.hub->journal) > 8);
    expect(kitchen, HISTORY, 1, 8);
    hub_detach(story.hub, kitchen);
}

static void it_has_what_the_client_would_be_given_and_no_more(void **state)
{
    struct principal guest = story_principal(ROLE_TABLE, "5");
    struct hub_client *at_five = story_listener(&story, ROLE_TABLE, "table/5");
    struct hub_client *nowhere;
    struct delivery deliveries[HISTORY];

    (void)state;
    order(1, "5");
    order(2, "6");
    order(3, "5");
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_KITCHEN_ACKNOWLEDGED,
                             story_about(EVT_KITCHEN_ACKNOWLEDGED, "1"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(hub_history(story.hub, at_five, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            2);
    assert_string_equal(body_text(deliveries[0].evt->body, "order.id"), "1");
    assert_string_equal(body_text(deliveries[1].evt->body, "order.id"), "3");
    assert_int_equal(deliveries[0].view, VIEW_CUSTOMER);
    free_all(deliveries, 2);
    /* In its room, but not for its eyes. */
    assert_int_equal(
            hub_history(story.hub, at_five, EVT_PAGE_SENT, deliveries, HISTORY),
            0);
    assert_null(story.hub->histories[EVT_PAGE_SENT]);

    assert_int_equal(
            hub_attach(story.hub, &guest, &story_outlet, &story, &nowhere),
            ERR_OK);
    assert_int_equal(hub_history(story.hub, nowhere, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            0);
    hub_detach(story.hub, nowhere);
    hub_detach(story.hub, at_five);
}

static void guests_are_not_told_what_was_before_they_sat_down(void **state)
{
    struct hub_client *guests = story_listener(&story, ROLE_TABLE, "table/5");
    struct hub_client *staff = story_listener(&story, ROLE_WAITER, "table/5");
    struct delivery deliveries[HISTORY];

    (void)state;
    order(1, "5");
    story.now_ms += 1000;
    assert_int_equal(
            story_say(&story, ROLE_BACKEND, EVT_TABLE_ACTIVATED,
                    made_body(EVT_TABLE_ACTIVATED, "table.id", "5", NULL),
                    NULL),
            ERR_OK);
    order(2, "5");
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(hub_history(story.hub, staff, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            2);
    free_all(deliveries, 2);
    assert_int_equal(hub_history(story.hub, guests, EVT_ORDER_CREATED,
                             deliveries, HISTORY),
            1);
    assert_string_equal(body_text(deliveries[0].evt->body, "order.id"), "2");
    free_all(deliveries, 1);
    hub_detach(story.hub, guests);
    hub_detach(story.hub, staff);
}

/* A guest with an account has no table, and messages of his own. */
static void a_user_is_told_of_what_was_between_the_house_and_him(void **state)
{
    struct hub_client *user = story_listener(&story, ROLE_USER, "user/tester");
    struct delivery deliveries[HISTORY];

    (void)state;
    assert_int_equal(
            story_say(&story, ROLE_USER, EVT_MESSAGE_CREATED,
                    made_body(EVT_MESSAGE_CREATED, "message.text", "help",
                            "message.channel", "support", NULL),
                    NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    assert_int_equal(hub_history(story.hub, user, EVT_MESSAGE_CREATED,
                             deliveries, HISTORY),
            1);
    free_all(deliveries, 1);
    hub_detach(story.hub, user);
}

static void it_looks_back_only_so_far(void **state)
{
    struct hub_client *kitchen;

    (void)state;
    orders(1, 1);
    for (int i = 0; hub_head(story.hub) <= RESUME_DISTANCE; i++) {
        assert_int_equal(
                story_say(&story, ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
                        story_call("7", NULL), NULL),
                ERR_OK);
        if (i % 1000 == 0)
            assert_int_equal(story_commit(&story), ERR_OK);
    }
    assert_int_equal(story_commit(&story), ERR_OK);
    kitchen = story_listener(&story, ROLE_KITCHEN, "kitchen");
    expect(kitchen, HISTORY, 1, 0);
    hub_detach(story.hub, kitchen);
}

/* As transports do: something made of the event is kept with it. */
static void keep_form(struct evt *evt, size_t len)
{
    char *bytes = calloc(1, len);

    assert_non_null(bytes);
    assert_non_null(
            evt_form_keep(evt, evt_form_key(1, VIEW_FULL, 0), bytes, len));
    free(bytes);
}

static void it_takes_no_more_than_a_mebibyte(void **state)
{
    struct hub_client *kitchen =
            story_listener(&story, ROLE_KITCHEN, "kitchen");
    struct delivery deliveries[HISTORY];
    uint32_t count;

    (void)state;
    orders(1, 10);
    count = hub_history(
            story.hub, kitchen, EVT_ORDER_CREATED, deliveries, HISTORY);
    assert_int_equal(count, 10);
    for (uint32_t i = 0; i < count; i++)
        keep_form(deliveries[i].evt, 200 * 1024);
    free_all(deliveries, count);
    expect(kitchen, HISTORY, 6, 10);
    orders(11, 11);
    expect(kitchen, HISTORY, 6, 11);
    hub_detach(story.hub, kitchen);
}

/* --- by which rooms --- */

static struct hub_client *listener(
        uint32_t mask, const char *const *names, uint32_t count)
{
    struct hub_client *client = story_listener(&story, mask, names[0]);

    for (uint32_t i = 1; i < count; i++) {
        struct joined joined;
        struct room room;

        assert_true(room_parse(names[i], strlen(names[i]), &room));
        assert_int_equal(hub_join(story.hub, client, &room, 1, NULL,
                                 story.now_ms, &joined, &story.fault),
                ERR_OK);
    }
    return client;
}

static void an_event_is_for_a_client_by_all_rooms_that_both_have(void **state)
{
    static const char *const names[] = { "waiters", "table/5", "table/6",
        "all" };
    struct hub_client *waiter = listener(ROLE_WAITER, names, 4);
    struct delivery delivery;

    (void)state;
    orders(1, 1);
    assert_true(hub_next(story.hub, waiter, &delivery));
    assert_int_equal(delivery.evt->what, EVT_ORDER_CREATED);
    assert_int_equal(hub_rooms_of(waiter, delivery.evt),
            ROOM_WAITERS | ROOM_TABLE | ROOM_ALL);
    evt_unref(delivery.evt);
    hub_detach(story.hub, waiter);
}

static void rooms_joined_later_count_for_history_only(void **state)
{
    static const char *const early[] = { "waiters" }, *const late[] = { "all" };
    struct hub_client *waiter = listener(ROLE_WAITER, early, 1);
    struct joined joined;
    struct delivery delivery;
    struct room room;

    (void)state;
    orders(1, 1);
    assert_true(room_parse(late[0], strlen(late[0]), &room));
    assert_int_equal(hub_join(story.hub, waiter, &room, 1, NULL, story.now_ms,
                             &joined, &story.fault),
            ERR_OK);
    assert_true(hub_next(story.hub, waiter, &delivery));
    assert_int_equal(hub_rooms_of(waiter, delivery.evt), ROOM_WAITERS);
    hub_detach(story.hub, waiter);

    waiter = listener(ROLE_WAITER, late, 1);
    assert_int_equal(hub_rooms_of(waiter, delivery.evt), ROOM_ALL);
    evt_unref(delivery.evt);
    hub_detach(story.hub, waiter);
}

static void whoever_follows_everything_is_told_by_every_room(void **state)
{
    struct principal admin = story_principal(ROLE_ADMIN, "");
    struct hub_client *link;
    struct delivery delivery;

    (void)state;
    assert_int_equal(
            hub_attach(story.hub, &admin, &story_outlet, &story, &link),
            ERR_OK);
    assert_int_equal(hub_join_all(story.hub, link, 0), ERR_OK);
    orders(1, 1);
    assert_true(hub_next(story.hub, link, &delivery));
    assert_int_equal(hub_rooms_of(link, delivery.evt),
            ROOM_KITCHEN | ROOM_WAITERS | ROOM_RESTAURANT | ROOM_TABLE |
                    ROOM_ORDER | ROOM_ALL);
    evt_unref(delivery.evt);
    assert_int_equal(
            hub_history(story.hub, link, EVT_ORDER_CREATED, &delivery, 1), 1);
    evt_unref(delivery.evt);
    hub_detach(story.hub, link);
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_has_the_last_fifty_oldest_first),
        T(it_comes_out_of_the_journal_after_a_restart),
        T(what_is_not_committed_is_not_in_it),
        T(all_who_ask_share_one_copy_that_is_not_the_live_event),
        T(those_who_come_back_cost_no_disk),
        T(it_has_what_the_client_would_be_given_and_no_more),
        T(guests_are_not_told_what_was_before_they_sat_down),
        T(a_user_is_told_of_what_was_between_the_house_and_him),
        T(it_looks_back_only_so_far),
        T(it_takes_no_more_than_a_mebibyte),
        T(an_event_is_for_a_client_by_all_rooms_that_both_have),
        T(rooms_joined_later_count_for_history_only),
        T(whoever_follows_everything_is_told_by_every_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
