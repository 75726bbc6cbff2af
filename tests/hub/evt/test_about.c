#include "hub/evt/about.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/rooms.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static void an_order_is_found_by_both_of_its_names(void **state)
{
    ProtobufCMessage *created = story_order("41", "5");
    ProtobufCMessage *ready = story_about(EVT_KITCHEN_READY, "42");
    ProtobufCMessage *call = story_call("7", NULL);

    (void)state;
    assert_string_equal(about_order(created), "41");
    assert_string_equal(about_order(ready), "42");
    assert_null(about_order(call));
    body_free(created);
    body_free(ready);
    body_free(call);
}

static void a_table_is_found_wherever_it_stands(void **state)
{
    ProtobufCMessage *created = story_order("41", "5");
    ProtobufCMessage *without = story_order("42", NULL);
    ProtobufCMessage *call = story_call("7", NULL);
    ProtobufCMessage *online = story_online("pager", 1);

    (void)state;
    assert_string_equal(about_table(created), "5");
    assert_null(about_table(without));
    assert_string_equal(about_table(call), "7");
    assert_string_equal(about_table(online), "5");
    body_free(created);
    body_free(without);
    body_free(call);
    body_free(online);
}

static void a_channel_is_read_in_its_rooms(void **state)
{
    (void)state;
    assert_int_equal(about_channel("kitchen"),
            ROOM_KITCHEN | ROOM_RESTAURANT | ROOM_ALL);
    assert_int_equal(
            about_channel("support"), ROOM_USER | ROOM_WAITERS | ROOM_ADMIN);
    assert_int_equal(about_channel(NULL), about_channel("board"));
    assert_int_equal(about_channel("moon"), 0);
    assert_int_equal(about_channel(""), 0);
}

/* A user that is named is told, whatever role stands beside it. */
static void a_word_says_to_whom_an_event_goes(void **state)
{
    ProtobufCMessage *order = story_order("41", "5");
    ProtobufCMessage *notice = made_body(
            EVT_NOTIFICATION, "title", "News", "role", "waiter", NULL);

    (void)state;
    assert_int_equal(about_rooms(EVT_ORDER_CREATED, order), UINT32_MAX);
    assert_int_equal(about_rooms(EVT_NOTIFICATION, notice), ROOM_WAITERS);
    body_complete_text(notice, "user_id", "ana");
    assert_int_equal(about_rooms(EVT_NOTIFICATION, notice), ROOM_USER);
    body_free(order);
    body_free(notice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_found_by_both_of_its_names),
        cmocka_unit_test(a_table_is_found_wherever_it_stands),
        cmocka_unit_test(a_channel_is_read_in_its_rooms),
        cmocka_unit_test(a_word_says_to_whom_an_event_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
