/* What a pager has to hold: the messages of its table in protobuf, as they are
 * at MQTT pb/table/<id>. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/dialect/dialect.h"
#include "tests/support/story.h"

#define SHORT_BYTES   256 /* a table called by a number or a short name */
#define LONGEST_BYTES 512 /* any ids; half of what a small pager takes in */

static const char longest[] = "123e4567-e89b-12d3-a456-426614174000";

/* Bytes of what is said of the order, to the devices of its table. */
static size_t measure(const char *order, const char *table, enum evt_id what)
{
    struct hub_client *follower;
    struct story story;
    struct room room;
    struct evt *evt;
    size_t len;
    int at;

    story_begin(&story, NULL);
    follower = story_follower(&story);
    story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
            story_order(order, table), NULL);
    story_say(&story, ROLE_BACKEND, EVT_KITCHEN_READY,
            story_about(EVT_KITCHEN_READY, order), NULL);
    story_say(&story, ROLE_BACKEND, EVT_KITCHEN_COMPLETED,
            story_about(EVT_KITCHEN_COMPLETED, order), NULL);
    story_commit(&story);
    evt = story_said(&story, follower, what);
    assert_non_null(evt);
    assert_true(room_make(ROOM_INDEX_TABLE, table, &room));
    at = evt_room_index(evt, &room);
    assert_true(at >= 0);
    len = dialect_say_envelope(evt, VIEW_DEVICE, (uint32_t)at)->len;
    evt_unref(evt);
    hub_detach(story.hub, follower);
    story_end(&story);
    return len;
}

static void a_pagers_messages_are_short(void **state)
{
    static const enum evt_id read[] = { EVT_KITCHEN_READY, EVT_PAGE_SENT,
        EVT_KITCHEN_COMPLETED, EVT_PAGE_CLEARED };

    (void)state;
    for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
        assert_in_range(measure(longest, "terrace5", read[i]), 1, SHORT_BYTES);
        assert_in_range(measure(longest, longest, read[i]), 1, LONGEST_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pagers_messages_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
