#include "hub/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "tests/support/scene.h"

static void expect_item(const char *path, const char *value)
{
    Dw__Picture *picture = look("kitchen", ROLE_HUB);

    assert_int_equal(picture->n_menu, 1);
    assert_true(made_is(&picture->menu[0]->base, path, value));
    hub_picture_free(picture);
}

static void what_is_not_said_of_a_dish_stays(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_MENU_CREATED, made_body(EVT_MENU_CREATED, "id", "soup", "name",
                                  "Soup", "price_cents", "450", NULL));
    say(EVT_MENU_UPDATED, made_body(EVT_MENU_UPDATED, "id", "soup", "station",
                                  "grill", NULL));
    expect_item("name", "Soup");
    expect_item("price_cents", "450");
    expect_item("station", "grill");
    expect(EVT_MENU_UPDATED, "name", "Soup");
    say(EVT_MENU_DELETED, made_body(EVT_MENU_DELETED, "id", "soup", NULL));
    expect(EVT_MENU_DELETED, "name", "Soup");
    picture = look("kitchen", ROLE_HUB);
    assert_int_equal(picture->n_menu, 0);
    hub_picture_free(picture);
}

static ProtobufCMessage *available(const char *value)
{
    return made_body(EVT_MENU_UPDATED, "id", "soup", "available", value, NULL);
}

static void that_a_dish_has_run_out_follows_from_the_menu(void **state)
{
    static const struct {
        const char *value;
        bool is_news;
    } cases[] = { { "1", false }, { "0", true }, { "0", false }, { "1", true },
        { "1", false } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct evt *evt;

        say(EVT_MENU_UPDATED, available(cases[i].value));
        evt_unref(said(EVT_MENU_UPDATED));
        evt = story_said(&story, follower, EVT_ITEM_AVAILABILITY_CHANGED);
        assert_int_equal(evt != NULL, cases[i].is_news);
        if (evt)
            assert_true(made_is(evt->body, "available", cases[i].value));
        evt_unref(evt);
        expect_item("available", cases[i].value);
    }
}

static void a_change_of_something_else_says_nothing_of_availability(
        void **state)
{
    (void)state;
    say(EVT_MENU_UPDATED, available("0"));
    evt_unref(said(EVT_ITEM_AVAILABILITY_CHANGED));
    say(EVT_MENU_UPDATED,
            made_body(EVT_MENU_UPDATED, "id", "soup", "name", "Soup", NULL));
    assert_null(story_said(&story, follower, EVT_ITEM_AVAILABILITY_CHANGED));
    expect_item("available", "0");
}

static void a_cook_may_say_that_a_dish_has_run_out(void **state)
{
    (void)state;
    assert_int_equal(try(ROLE_KITCHEN, EVT_ITEM_AVAILABILITY_CHANGED,
                             made_body(EVT_ITEM_AVAILABILITY_CHANGED, "id",
                                     "soup", "available", "0", NULL)),
            ERR_OK);
    expect_item("available", "0");
    expect_item("name", NULL);
}

static void write_to(const char *id, const char *channel)
{
    say(EVT_MESSAGE_CREATED, made_body(EVT_MESSAGE_CREATED, "message.id", id,
                                     "message.text", id, "message.channel",
                                     channel, "message.user_id", "ana", NULL));
}

static size_t count_in(const char *room)
{
    Dw__Picture *picture = look(room, ROLE_HUB);
    size_t count = picture->n_messages;

    hub_picture_free(picture);
    return count;
}

static void messages_stand_where_their_channel_is_read(void **state)
{
    static const struct {
        const char *room;
        size_t count;
    } cases[] = { { "kitchen", 2 }, { "kitchen/grill", 2 }, { "waiters", 2 },
        { "restaurant", 3 }, { "all", 3 }, { "admin", 1 }, { "user/ana", 1 },
        { "user/ben", 0 }, { "table/5", 0 }, { "guests", 0 } };

    (void)state;
    write_to("a", "board");
    write_to("b", "kitchen");
    write_to("c", "waiters");
    write_to("d", "support");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (count_in(cases[i].room) != cases[i].count)
            fail_msg("%s: %zu", cases[i].room, count_in(cases[i].room));
}

static void all_messages_are_not_those_of_users(void **state)
{
    (void)state;
    write_to("a", "board");
    write_to("b", "kitchen");
    write_to("d", "support");
    say(EVT_MESSAGE_ALL_DELETED,
            made_body(EVT_MESSAGE_ALL_DELETED, "channel", "kitchen", NULL));
    assert_int_equal(count_in("all"), 1);
    say(EVT_MESSAGE_ALL_DELETED, made_body(EVT_MESSAGE_ALL_DELETED, NULL));
    assert_int_equal(count_in("all"), 0);
    assert_int_equal(count_in("admin"), 1);
    say(EVT_MESSAGE_ALL_DELETED,
            made_body(EVT_MESSAGE_ALL_DELETED, "channel", "support", NULL));
    assert_int_equal(count_in("admin"), 0);
}

/* Guests write to the house; the house's own messages are not theirs to push
 * off. */
static void support_goes_first_when_there_is_too_much(void **state)
{
    char id[16];

    (void)state;
    story.is_forgetful = true;
    write_to("first", "board");
    for (int i = 0; i < 1005; i++) {
        snprintf(id, sizeof(id), "s%d", i);
        write_to(id, "support");
    }
    assert_int_equal(count_in("all"), 1);
    assert_int_equal(count_in("admin"), 999);
    say(EVT_MESSAGE_PINNED,
            made_body(EVT_MESSAGE_PINNED, "message.id", "first", NULL));
    assert_int_equal(count_in("admin"), 999);
    write_to("second", "board");
    assert_int_equal(count_in("all"), 2);
    assert_int_equal(count_in("admin"), 998);
}

static void accounts_come_and_go(void **state)
{
    Dw__Picture *picture;

    (void)state;
    say(EVT_USER_CREATED,
            made_body(EVT_USER_CREATED, "id", "ana", "username", "Ana", NULL));
    picture = look("admin", ROLE_HUB);
    assert_int_equal(picture->n_accounts, 1);
    assert_string_equal(picture->accounts[0]->username, "Ana");
    hub_picture_free(picture);
    say(EVT_USER_DELETED, made_body(EVT_USER_DELETED, "id", "ana", NULL));
    picture = look("admin", ROLE_HUB);
    assert_int_equal(picture->n_accounts, 0);
    hub_picture_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(what_is_not_said_of_a_dish_stays),
        T(that_a_dish_has_run_out_follows_from_the_menu),
        T(a_change_of_something_else_says_nothing_of_availability),
        T(a_cook_may_say_that_a_dish_has_run_out),
        T(messages_stand_where_their_channel_is_read),
        T(all_messages_are_not_those_of_users),
        T(support_goes_first_when_there_is_too_much),
        T(accounts_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
