/* The disk is full, or has lost something: what is taken, what is said. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "hub/journal_mark.h"
#include "hub/journal_reserve.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/crammed.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

/* Of a file that grows: enough for the journal, not for a reserve. */
#define CRAMMED (512u * 1024)

struct world {
    struct place place;
    struct story story;
    uint64_t accepted, refused, head; /* at the beginning */
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    memset(&disk, 0, sizeof(disk));
    place_make(&world->place);
    story_begin(&world->story, place_file(&world->place, "journal"));
    world->accepted = count_of(COUNT_ACCEPTED);
    world->refused = count_of(COUNT_REFUSED);
    world->head = hub_head(world->story.hub);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    memset(&disk, 0, sizeof(disk));
    crammed_end();
    story_end(&world->story);
    place_remove(&world->place);
    free(world);
    return 0;
}

static enum err say(struct world *world, enum evt_id what, const char *order,
        const char *key)
{
    ProtobufCMessage *body = what == EVT_ORDER_CREATED
                                     ? story_order(order, "5")
                                     : story_about(what, order);

    return story_say(&world->story, ROLE_BACKEND, what, body, key);
}

static void store(struct world *world, enum evt_id what, const char *order,
        const char *key)
{
    world->story.settled_count = 0;
    assert_int_equal(say(world, what, order, key), ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_int_equal(world->story.settled[0].err, ERR_OK);
}

static void refuse(struct world *world, enum evt_id what, const char *order,
        const char *why)
{
    assert_int_equal(say(world, what, order, NULL), ERR_UNAVAILABLE);
    assert_int_equal(world->story.fault.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(world->story.fault.text, why));
    assert_true(err_kinds[ERR_UNAVAILABLE].retry);
}

static enum space space_of(struct world *world)
{
    struct hub_figures figures;

    hub_figures(world->story.hub, &figures);
    assert_int_equal(figures.writable, figures.space == SPACE_OK);
    return figures.space;
}

static void wait_a_second(struct world *world)
{
    world->story.now_ms += 1000;
    hub_tick(world->story.hub, world->story.now_ms);
}

/* A turn finds that somebody else has taken all there was. */
static void fill(struct world *world)
{
    crammed_begin(CRAMMED);
    disk.write_error = SQLITE_FULL;
    world->story.settled_count = 0;
    assert_int_equal(say(world, EVT_ORDER_CREATED, "last", NULL), ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_UNAVAILABLE);
    assert_int_equal(world->story.settled[0].err, ERR_UNAVAILABLE);
    disk.write_error = 0; /* what was the reserve is room now */
}

static void fill_the_reserve(struct world *world, const char *order)
{
    fill(world);
    disk.write_error = SQLITE_FULL;
    world->story.settled_count = 0;
    assert_int_equal(say(world, EVT_KITCHEN_ACKNOWLEDGED, order, NULL), ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_UNAVAILABLE);
}

/* --- tests --- */

static void in_the_reserve_orders_that_are_there_go_on_and_no_others_begin(
        void **state)
{
    struct world *world = *state;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    assert_int_equal(space_of(world), SPACE_OK);
    fill(world);
    assert_int_equal(space_of(world), SPACE_RESERVE);
    refuse(world, EVT_ORDER_CREATED, "42", "only what becomes of orders");
    store(world, EVT_KITCHEN_ACKNOWLEDGED, "41", NULL);
    store(world, EVT_KITCHEN_PREPARING, "41", NULL);
    wait_a_second(world);
    store(world, EVT_KITCHEN_READY, "41", NULL);
    store(world, EVT_ORDER_SERVED, "41", NULL);
    refuse(world, EVT_ORDER_CREATED, "42", "only what becomes of orders");
    assert_int_equal(space_of(world), SPACE_RESERVE);
}

static void when_there_is_room_again_all_is_taken_and_nobody_need_ask(
        void **state)
{
    struct world *world = *state;
    struct stat info;

    fill(world);
    wait_a_second(world);
    assert_int_equal(space_of(world), SPACE_RESERVE);
    assert_int_equal(
            stat(place_file(&world->place, "journal-reserve"), &info), 0);
    assert_int_equal(info.st_blocks, 0);
    crammed_end();
    refuse(world, EVT_ORDER_CREATED, "42", "only");
    wait_a_second(world);
    assert_int_equal(space_of(world), SPACE_OK);
    assert_int_equal(
            stat(place_file(&world->place, "journal-reserve"), &info), 0);
    assert_true(info.st_blocks > 0);
    store(world, EVT_ORDER_CREATED, "42", NULL);
}

static void what_follows_from_it_happens_too_but_figures_are_owed(void **state)
{
    struct world *world = *state;
    struct hub_client *follower;
    struct evt *evt;

    assert_int_equal(story_say(&world->story, ROLE_DEVICE, EVT_DEVICE_ONLINE,
                             story_online("pager", 1), NULL),
            ERR_OK);
    store(world, EVT_ORDER_CREATED, "41", NULL);
    fill(world);
    follower = story_follower(&world->story);
    store(world, EVT_KITCHEN_READY, "41", NULL);
    evt = story_said(&world->story, follower, EVT_ORDER_STATUS_CHANGED);
    assert_non_null(evt);
    evt_unref(evt);
    evt = story_said(&world->story, follower, EVT_PAGE_SENT);
    assert_non_null(evt);
    evt_unref(evt);
    for (int n = 0; n < 5; n++)
        wait_a_second(world);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_null(story_said(&world->story, follower, EVT_KITCHEN_STATS));
    crammed_end();
    wait_a_second(world); /* there is room */
    wait_a_second(world);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    evt = story_said(&world->story, follower, EVT_KITCHEN_STATS);
    assert_non_null(evt);
    evt_unref(evt);
    hub_detach(world->story.hub, follower);
}

static void a_printer_that_comes_in_the_reserve_is_given_its_tickets(
        void **state)
{
    struct world *world = *state;
    struct hub_client *follower;
    struct evt *evt;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    fill(world);
    follower = story_follower(&world->story);
    assert_int_equal(story_say(&world->story, ROLE_DEVICE, EVT_DEVICE_ONLINE,
                             story_online("printer", 1), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    evt = story_said(&world->story, follower, EVT_PRINT_REQUESTED);
    hub_detach(world->story.hub, follower);
    assert_non_null(evt);
    evt_unref(evt);
}

static void when_the_reserve_is_used_up_nothing_is_taken(void **state)
{
    struct world *world = *state;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    fill_the_reserve(world, "41");
    assert_int_equal(space_of(world), SPACE_FULL);
    refuse(world, EVT_ORDER_CREATED, "42", "nothing can be stored");
    refuse(world, EVT_KITCHEN_ACKNOWLEDGED, "41", "nothing can be stored");
    disk.write_error = 0;
    wait_a_second(world);
    assert_int_equal(space_of(world), SPACE_FULL);
}

static void some_room_is_for_orders_first_and_more_of_it_for_all(void **state)
{
    struct world *world = *state;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    fill_the_reserve(world, "41");
    disk.write_error = 0;
    crammed_begin(RESERVE_BYTES);
    wait_a_second(world);
    assert_int_equal(space_of(world), SPACE_RESERVE);
    refuse(world, EVT_ORDER_CREATED, "42", "only");
    store(world, EVT_KITCHEN_ACKNOWLEDGED, "41", NULL);
    crammed_end();
    wait_a_second(world);
    assert_int_equal(space_of(world), SPACE_OK);
}

static void what_is_stored_already_is_answered_however_full_it_is(void **state)
{
    struct world *world = *state;
    uint64_t seq;

    store(world, EVT_ORDER_CREATED, "41", "key");
    seq = world->story.settled[0].seq;
    for (int n = 0; n < 2; n++) {
        n == 0 ? fill(world) : fill_the_reserve(world, "41");
        world->story.settled_count = 0;
        assert_int_equal(say(world, EVT_ORDER_CREATED, "41", "key"), ERR_OK);
        disk.write_error = 0;
        assert_int_equal(story_commit(&world->story), ERR_OK);
        assert_int_equal(world->story.settled[0].seq, seq);
        assert_true(world->story.settled[0].duplicate);
        crammed_end();
        wait_a_second(world);
        assert_int_equal(space_of(world), SPACE_OK);
    }
}

static ProtobufCMessage *request(enum evt_id what)
{
    Dw__CommandRequested *command =
            (void *)body_new(&dw__command_requested__descriptor);

    body_set_string(&command->command, evt_kinds[what].name);
    body_set_string(&command->payload, "{}");
    return &command->base;
}

static void a_request_counts_as_what_it_asks_for(void **state)
{
    struct world *world = *state;

    fill(world);
    assert_int_equal(story_say(&world->story, ROLE_HUB, EVT_COMMAND_REQUESTED,
                             request(EVT_KITCHEN_READY), NULL),
            ERR_OK);
    assert_int_equal(story_say(&world->story, ROLE_HUB, EVT_COMMAND_REQUESTED,
                             request(EVT_ORDER_CREATED), NULL),
            ERR_UNAVAILABLE);
    assert_int_equal(story_commit(&world->story), ERR_OK);
}

/* Nothing is counted twice, and what is not stored is not counted as such. */
static void every_refusal_is_counted_and_what_is_accepted_is_stored(
        void **state)
{
    struct world *world = *state;
    uint64_t duplicates = count_of(COUNT_DUPLICATE);

    store(world, EVT_ORDER_CREATED, "41", "key");
    fill(world);
    for (int n = 0; n < 10; n++)
        refuse(world, EVT_ORDER_CREATED, "42", "only");
    store(world, EVT_KITCHEN_ACKNOWLEDGED, "41", NULL);
    disk.write_error = SQLITE_FULL;
    world->story.settled_count = 0;
    assert_int_equal(say(world, EVT_KITCHEN_READY, "41", NULL), ERR_OK);
    assert_int_equal(say(world, EVT_ORDER_CREATED, "41", "key"), ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_UNAVAILABLE);
    assert_int_equal(world->story.settled_count, 2);
    refuse(world, EVT_KITCHEN_READY, "41", "nothing");
    assert_int_equal(count_of(COUNT_REFUSED) - world->refused, 1 + 10 + 2 + 1);
    assert_int_equal(count_of(COUNT_DUPLICATE), duplicates);
    assert_int_equal(count_of(COUNT_ACCEPTED) - world->accepted,
            hub_head(world->story.hub) - world->head);
}

static void nobody_is_told_that_a_receipt_is_stored_when_nothing_is(
        void **state)
{
    struct world *world = *state;
    struct delivery delivery;
    struct hub_client *screen =
            story_listener(&world->story, ROLE_KITCHEN, "kitchen");
    uint64_t seq;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    assert_true(hub_next(world->story.hub, screen, &delivery));
    seq = delivery.evt->seq;
    evt_unref(delivery.evt);
    fill(world);
    assert_int_equal(hub_acknowledge(world->story.hub, screen, seq, "received",
                             NULL, world->story.now_ms, &world->story.fault),
            ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    disk.write_error = SQLITE_FULL;
    assert_int_equal(say(world, EVT_KITCHEN_ACKNOWLEDGED, "41", NULL), ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_UNAVAILABLE);
    assert_int_equal(hub_acknowledge(world->story.hub, screen, seq, "shown",
                             NULL, world->story.now_ms, &world->story.fault),
            ERR_UNAVAILABLE);
    hub_detach(world->story.hub, screen);
}

static void a_start_without_room_begins_in_the_reserve(void **state)
{
    struct world *world = *state;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    fill(world);
    story_end(&world->story);
    story_begin(&world->story, place_file(&world->place, "journal"));
    assert_int_equal(space_of(world), SPACE_RESERVE);
    refuse(world, EVT_ORDER_CREATED, "42", "only");
    store(world, EVT_KITCHEN_READY, "41", NULL);
    crammed_end();
    wait_a_second(world);
    assert_int_equal(space_of(world), SPACE_OK);
    store(world, EVT_ORDER_CREATED, "42", NULL);
}

static void a_turn_that_holds_too_many_bytes_takes_no_more(void **state)
{
    struct world *world = *state;

    assert_int_equal(say(world, EVT_ORDER_CREATED, "41", NULL), ERR_OK);
    assert_in_range(world->story.hub->turn_bytes, 10, 10000);
    world->story.hub->turn_bytes += TURN_BYTES;
    assert_int_equal(say(world, EVT_ORDER_CREATED, "42", NULL), ERR_BUSY);
    assert_true(err_kinds[ERR_BUSY].retry);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_int_equal(world->story.hub->turn_bytes, 0);
    store(world, EVT_ORDER_CREATED, "42", NULL);
}

static void what_there_is_a_reserve_for_is_of_orders_that_are_there(
        void **state)
{
    static const enum evt_id not_vital[] = { EVT_ORDER_CREATED,
        EVT_ORDER_UPDATED, EVT_ORDER_ITEMS_ADDED, EVT_SERVICE_CALL_CREATED,
        EVT_ALERT_CREATED, EVT_NOTIFICATION, EVT_KITCHEN_STATS,
        EVT_ORDER_SUMMARY_UPDATED, EVT_USERS_LIVE, EVT_PRINT_REQUESTED };

    (void)state;
    for (size_t i = 0; i < sizeof(not_vital) / sizeof(not_vital[0]); i++)
        assert_false(evt_kinds[not_vital[i]].vital);
    for (int i = 0; i < EVT_COUNT; i++) {
        if (!evt_kinds[i].vital)
            continue;
        assert_int_not_equal(evt_kinds[i].keep, KEEP_NONE);
        assert_false(evt_kinds[i].transient);
    }
}

static void what_was_lost_is_said_and_nobody_goes_on_from_there(void **state)
{
    struct world *world = *state;
    struct principal cook = story_principal(ROLE_KITCHEN, "");
    char cursor[CURSOR_CHARS + 1];
    struct hub_figures figures;
    struct hub_client *client;
    struct joined joined;
    struct room kitchen;
    struct tidemark mark;

    store(world, EVT_ORDER_CREATED, "41", NULL);
    hub_print_cursor(world->story.hub, 1, cursor);
    story_end(&world->story);
    tidemark_open(&mark, place_file(&world->place, "journal"));
    tidemark_set(&mark, mark.seq + 1000);
    tidemark_close(&mark);
    story_begin(&world->story, place_file(&world->place, "journal"));
    hub_figures(world->story.hub, &figures);
    assert_in_range(figures.lost, 990, 1000);
    assert_true(figures.writable);
    assert_true(room_parse("kitchen", 7, &kitchen));
    assert_int_equal(hub_attach(world->story.hub, &cook, &story_outlet,
                             &world->story, &client),
            ERR_OK);
    assert_int_equal(hub_join(world->story.hub, client, &kitchen, 1, cursor,
                             world->story.now_ms, &joined, &world->story.fault),
            ERR_OK);
    assert_false(joined.recovered);
    hub_detach(world->story.hub, client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(in_the_reserve_orders_that_are_there_go_on_and_no_others_begin),
        TEST(when_there_is_room_again_all_is_taken_and_nobody_need_ask),
        TEST(what_follows_from_it_happens_too_but_figures_are_owed),
        TEST(a_printer_that_comes_in_the_reserve_is_given_its_tickets),
        TEST(when_the_reserve_is_used_up_nothing_is_taken),
        TEST(some_room_is_for_orders_first_and_more_of_it_for_all),
        TEST(what_is_stored_already_is_answered_however_full_it_is),
        TEST(a_request_counts_as_what_it_asks_for),
        TEST(every_refusal_is_counted_and_what_is_accepted_is_stored),
        TEST(nobody_is_told_that_a_receipt_is_stored_when_nothing_is),
        TEST(a_start_without_room_begins_in_the_reserve),
        TEST(a_turn_that_holds_too_many_bytes_takes_no_more),
        TEST(what_there_is_a_reserve_for_is_of_orders_that_are_there),
        TEST(what_was_lost_is_said_and_nobody_goes_on_from_there),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
