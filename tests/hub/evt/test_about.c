#include "hub/evt/about.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/evt/body.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_found_by_both_of_its_names),
        cmocka_unit_test(a_table_is_found_wherever_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
