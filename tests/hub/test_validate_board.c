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
#include "schemas/people.pb-c.h"
#include "tests/support/scene.h"

static ProtobufCMessage *message(const char *text)
{
    return made_body(EVT_MESSAGE_CREATED, "message.text", text, NULL);
}

static void a_message_is_completed_by_who_writes_it_and_when(void **state)
{
    char moment[24];

    (void)state;
    assert_int_equal(
            try(ROLE_WAITER, EVT_MESSAGE_CREATED, message("hi")), ERR_OK);
    snprintf(moment, sizeof(moment), "%lld", (long long)story.now_ms);
    {
        struct evt *evt = said(EVT_MESSAGE_CREATED);

        assert_true(made_is(evt->body, "message.id", "m1"));
        assert_true(made_is(evt->body, "message.channel", "board"));
        assert_true(made_is(evt->body, "message.author.id", "tester"));
        assert_true(made_is(evt->body, "message.created_at_ms", moment));
        evt_unref(evt);
    }
}

static void a_message_is_pinned_only_if_somebody_says_so(void **state)
{
    (void)state;
    say(EVT_MESSAGE_CREATED, message("hi"));
    expect(EVT_MESSAGE_CREATED, "message.pinned", "0");
    say(EVT_MESSAGE_CREATED, made_body(EVT_MESSAGE_CREATED, "message.text",
                                     "hi", "message.pinned", "1", NULL));
    expect(EVT_MESSAGE_CREATED, "message.pinned", "1");
}

/* A subject may be an address: that is nobody's id. */
static void an_author_whose_name_is_no_id_is_left_out(void **state)
{
    struct principal waiter = story_principal(ROLE_WAITER, "");

    (void)state;
    snprintf(waiter.subject, sizeof(waiter.subject), "ana@example.org");
    assert_int_equal(story_say_as(&story, &waiter, EVT_MESSAGE_CREATED,
                             message("hi"), NULL),
            ERR_OK);
    story_commit(&story);
    expect(EVT_MESSAGE_CREATED, "message.author", NULL);
}

static void an_edit_changes_what_it_says_and_no_more(void **state)
{
    char created[24], edited[24];
    struct evt *evt;

    (void)state;
    say(EVT_MESSAGE_CREATED,
            made_body(EVT_MESSAGE_CREATED, "message.text", "hi",
                    "message.channel", "kitchen", "message.pinned", "1", NULL));
    snprintf(created, sizeof(created), "%lld", (long long)story.now_ms);
    say(EVT_MESSAGE_UPDATED,
            made_body(EVT_MESSAGE_UPDATED, "message.id", "m1", "message.text",
                    "ho", "message.channel", "support", "message.user_id",
                    "eve", "message.author.id", "eve", NULL));
    snprintf(edited, sizeof(edited), "%lld", (long long)story.now_ms);
    evt = said(EVT_MESSAGE_UPDATED);
    assert_true(made_is(evt->body, "message.text", "ho"));
    assert_true(made_is(evt->body, "message.channel", "kitchen"));
    assert_true(made_is(evt->body, "message.user_id", NULL));
    assert_true(made_is(evt->body, "message.author.id", "tester"));
    assert_true(made_is(evt->body, "message.pinned", "1"));
    assert_true(made_is(evt->body, "message.created_at_ms", created));
    assert_true(made_is(evt->body, "message.edited_at_ms", edited));
    evt_unref(evt);
}

static void a_pin_needs_no_more_than_the_id(void **state)
{
    (void)state;
    say(EVT_MESSAGE_CREATED, message("hi"));
    say(EVT_MESSAGE_PINNED,
            made_body(EVT_MESSAGE_PINNED, "message.id", "m1", NULL));
    {
        struct evt *evt = said(EVT_MESSAGE_PINNED);

        assert_true(made_is(evt->body, "message.pinned", "1"));
        assert_true(made_is(evt->body, "message.text", "hi"));
        assert_true(made_is(evt->body, "message.edited_at_ms", NULL));
        evt_unref(evt);
    }
    say(EVT_MESSAGE_PINNED, made_body(EVT_MESSAGE_PINNED, "message.id", "m1",
                                    "message.pinned", "0", NULL));
    expect(EVT_MESSAGE_PINNED, "message.pinned", "0");
}

/* Whoever has read it has to hear that it is gone. */
static void a_message_is_deleted_where_it_was_written(void **state)
{
    struct room room;
    struct evt *evt;

    (void)state;
    say(EVT_MESSAGE_CREATED, made_body(EVT_MESSAGE_CREATED, "message.text",
                                     "hi", "message.channel", "support",
                                     "message.user_id", "ana", NULL));
    say(EVT_MESSAGE_DELETED, made_body(EVT_MESSAGE_DELETED, "id", "m1",
                                     "channel", "board", NULL));
    evt = said(EVT_MESSAGE_DELETED);
    assert_true(made_is(evt->body, "channel", "support"));
    assert_true(room_make(ROOM_INDEX_USER, "ana", &room));
    assert_true(evt_room_index(evt, &room) >= 0);
    evt_unref(evt);
    assert_int_equal(try(ROLE_BACKEND, EVT_MESSAGE_DELETED,
                             made_body(EVT_MESSAGE_DELETED, "id", "m1", NULL)),
            ERR_NOT_FOUND);
    assert_string_equal(story.fault.field, "id");
}

static void what_cannot_be_is_refused_with_its_field(void **state)
{
    static const struct {
        enum evt_id what;
        const char *path, *value;
        enum err err;
        const char *field;
    } cases[] = {
        { EVT_MESSAGE_CREATED, "message.id", "x", ERR_MISSING_FIELD,
                "message.text" },
        { EVT_MESSAGE_CREATED, "message.channel", "moon", ERR_OUT_OF_RANGE,
                "message.channel" },
        { EVT_MESSAGE_UPDATED, "message.text", "x", ERR_MISSING_FIELD,
                "message.id" },
        { EVT_MESSAGE_UPDATED, "message.id", "m99", ERR_NOT_FOUND,
                "message.id" },
        { EVT_MESSAGE_PINNED, "message.id", "m99", ERR_NOT_FOUND,
                "message.id" },
        { EVT_MESSAGE_DELETED, "id", "m99", ERR_NOT_FOUND, "id" },
        { EVT_MESSAGE_ALL_DELETED, "channel", "moon", ERR_OUT_OF_RANGE,
                "channel" },
        { EVT_NOTIFICATION, "title", "x", ERR_MISSING_FIELD, "userId" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(try(ROLE_BACKEND, cases[i].what,
                                 made_body(cases[i].what, cases[i].path,
                                         cases[i].value, NULL)),
                cases[i].err);
        assert_string_equal(story.fault.field, cases[i].field);
    }
    assert_int_equal(try(ROLE_BACKEND, EVT_NOTIFICATION,
                             made_body(EVT_NOTIFICATION, "title", "x", "role",
                                     "guest", NULL)),
            ERR_OUT_OF_RANGE);
    assert_string_equal(story.fault.field, "role");
    assert_int_equal(try(ROLE_BACKEND, EVT_MESSAGE_CREATED,
                             made_body(EVT_MESSAGE_CREATED, "message.text", "x",
                                     "message.channel", "support", NULL)),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "message.userId");
}

/* A back end may count its messages in the same way. */
static void an_id_that_is_made_up_is_nobody_elses(void **state)
{
    (void)state;
    say(EVT_MESSAGE_CREATED, made_body(EVT_MESSAGE_CREATED, "message.id", "m2",
                                     "message.text", "hi", NULL));
    say(EVT_MESSAGE_CREATED, message("ho"));
    expect(EVT_MESSAGE_CREATED, "message.id", "m2");
    expect(EVT_MESSAGE_CREATED, "message.id", "m2-1");
}

static void a_message_is_written_once(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(
                try(ROLE_BACKEND, EVT_MESSAGE_CREATED,
                        made_body(EVT_MESSAGE_CREATED, "message.id", "x",
                                "message.text", i ? "two" : "one", NULL)),
                i ? ERR_CONFLICT : ERR_OK);
    assert_string_equal(story.fault.field, "message.id");
}

/* To the house, as himself, and with no id of his choice. */
static void a_guest_writes_to_the_house_only(void **state)
{
    static const struct {
        const char *path, *value;
        enum err err;
    } cases[] = {
        { "message.channel", "support", ERR_OK },
        { "message.user_id", "tester", ERR_OK },
        { "message.author.id", "tester", ERR_OK },
        { "message.channel", "board", ERR_FORBIDDEN },
        { "message.channel", "kitchen", ERR_FORBIDDEN },
        { "message.user_id", "eve", ERR_FORBIDDEN },
        { "message.author.id", "eve", ERR_FORBIDDEN },
        { "message.id", "m1", ERR_FORBIDDEN },
        { "message.pinned", "1", ERR_FORBIDDEN },
        { "message.pinned", "0", ERR_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(try(ROLE_USER, EVT_MESSAGE_CREATED,
                                 made_body(EVT_MESSAGE_CREATED, "message.text",
                                         "help", "message.channel", "support",
                                         cases[i].path, cases[i].value, NULL)),
                cases[i].err);
        if (cases[i].err == ERR_OK)
            expect(EVT_MESSAGE_CREATED, "message.user_id", "tester");
    }
    assert_int_equal(
            try(ROLE_USER, EVT_MESSAGE_CREATED, message("hi")), ERR_FORBIDDEN);
    assert_int_equal(try(ROLE_USER, EVT_MESSAGE_DELETED,
                             made_body(EVT_MESSAGE_DELETED, "id", "m1", NULL)),
            ERR_FORBIDDEN);
}

static void a_notification_is_completed(void **state)
{
    (void)state;
    say(EVT_NOTIFICATION, made_body(EVT_NOTIFICATION, "title", "News",
                                  "user_id", "ana", NULL));
    {
        struct evt *evt = said(EVT_NOTIFICATION);

        assert_true(made_is(evt->body, "id", "n1"));
        assert_true(made_is(evt->body, "level", "1"));
        evt_unref(evt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_message_is_completed_by_who_writes_it_and_when),
        T(a_message_is_pinned_only_if_somebody_says_so),
        T(an_author_whose_name_is_no_id_is_left_out),
        T(an_edit_changes_what_it_says_and_no_more),
        T(a_pin_needs_no_more_than_the_id),
        T(a_message_is_deleted_where_it_was_written),
        T(what_cannot_be_is_refused_with_its_field),
        T(an_id_that_is_made_up_is_nobody_elses),
        T(a_message_is_written_once),
        T(a_guest_writes_to_the_house_only),
        T(a_notification_is_completed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
