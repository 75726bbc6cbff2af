/* A listener that reads the past more slowly than the journal lets go of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "hub/evt/cursor.h"
#include "hub/hub_parts.h"
#include "tests/support/story.h"

#define KEPT 100

static struct story story;

static int begin(void **unused)
{
    const struct hub_options options = {
        .path = ":memory:", .seed = 7, .keep_events = KEPT
    };

    (void)unused;
    story_begin(&story, NULL);
    story.is_forgetful = true;
    hub_close(story.hub);
    return hub_open(&story.hub, &options, story.now_ms) == ERR_OK ? 0 : -1;
}

static int end(void **unused)
{
    (void)unused;
    story_end(&story);
    return 0;
}

static void say_orders(uint32_t count)
{
    static uint32_t last;
    char id[16];

    for (uint32_t i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "o-%u", ++last);
        assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                                 story_order(id, "5"), NULL),
                ERR_OK);
        assert_int_equal(story_commit(&story), ERR_OK);
    }
}

/* The journal's upkeep, as often as it takes. */
static void let_go(void)
{
    for (int i = 0; i < 100; i++)
        hub_keep_up(story.hub, story.now_ms += 1100);
}

static struct hub_client *come_back(const char *cursor)
{
    const struct room room = { .kind = ROOM_INDEX_KITCHEN };
    struct principal cook = story_principal(ROLE_KITCHEN, "");
    struct hub_client *client;
    struct joined joined;
    struct fault fault = { 0 };

    assert_int_equal(
            hub_attach(story.hub, &cook, &story_outlet, &story, &client),
            ERR_OK);
    assert_int_equal(hub_join(story.hub, client, &room, 1, cursor, story.now_ms,
                             &joined, &fault),
            ERR_OK);
    assert_true(joined.recovered);
    return client;
}

static void what_is_forgotten_while_it_is_read_asks_for_a_snapshot(
        void **unused)
{
    char cursor[CURSOR_CHARS + 1];
    struct hub_client *client;
    uint32_t read = 0;

    (void)unused;
    say_orders(1);
    hub_print_cursor(story.hub, hub_head(story.hub), cursor);
    say_orders(20);
    client = come_back(cursor);
    assert_int_equal(story_next(&story, client, NULL, NULL), EVT_ORDER_CREATED);
    say_orders(30 * KEPT); /* so many that there is a snapshot */
    let_go();
    assert_true(journal_first(story.hub->journal) > 1 + 20);
    while (read < 100 * KEPT &&
            story_next(&story, client, NULL, NULL) != EVT_NONE)
        read++;
    assert_int_equal(hub_client_state(client), ERR_RESYNC);
    assert_int_equal(err_kinds[ERR_RESYNC].close, 4412);
    hub_detach(story.hub, client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                what_is_forgotten_while_it_is_read_asks_for_a_snapshot, begin,
                end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
