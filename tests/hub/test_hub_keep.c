/* What is kept for those who may come back, in memory and over a restart. */
#include "hub/hub.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/hub_parts.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define LASTS 1000 /* ms */
#define ME    1    /* owners */
#define YOU   2

struct world {
    struct place place;
    struct story story;
};

static int holder;

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    place_make(&world->place);
    story_begin(&world->story, place_file(&world->place, "journal"));
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    story_end(&world->story);
    place_remove(&world->place);
    free(world);
    return 0;
}

static enum err keep(struct world *world, const char *name, const char *text)
{
    return hub_keep(world->story.hub, name, text, strlen(text), LASTS, &holder);
}

static void expect(struct world *world, const char *name, const char *text)
{
    struct hub_kept kept;

    assert_true(hub_kept(world->story.hub, name, world->story.now_ms, &kept));
    assert_int_equal(kept.len, strlen(text));
    assert_memory_equal(kept.data, text, kept.len);
}

static bool is_there(struct world *world, const char *name)
{
    struct hub_kept kept;

    return hub_kept(world->story.hub, name, world->story.now_ms, &kept);
}

/* As after a kill: what was not committed is gone. */
static void open_again(struct world *world)
{
    char path[PLACE_CHARS + 33];

    snprintf(path, sizeof(path), "%s", place_file(&world->place, "journal"));
    journal_rollback(world->story.hub->journal);
    world->story.hub->failed = ERR_IO; /* closing writes nothing more */
    hub_close(world->story.hub);
    assert_int_equal(hub_open(&world->story.hub,
                             &(struct hub_options){ .path = path, .seed = 1 },
                             world->story.now_ms),
            ERR_OK);
}

static void what_is_held_stays(void **state)
{
    struct world *world = *state;
    struct hub_kept kept;

    assert_false(is_there(world, "a"));
    assert_int_equal(keep(world, "a", "one"), ERR_OK);
    assert_int_equal(keep(world, "b", ""), ERR_OK);
    assert_int_equal(keep(world, "a", "other"), ERR_OK);
    world->story.now_ms += 100 * LASTS;
    hub_tick(world->story.hub, world->story.now_ms);
    expect(world, "a", "other");
    expect(world, "b", "");
    assert_true(hub_kept(world->story.hub, "a", 0, &kept));
    assert_ptr_equal(kept.holder, &holder);
}

static void what_is_let_go_ends_to_the_millisecond(void **state)
{
    struct world *world = *state;
    struct hub_kept kept;

    keep(world, "a", "one");
    hub_let_go(world->story.hub, "a", ME, world->story.now_ms);
    hub_let_go(world->story.hub, "nobody", ME, world->story.now_ms);
    world->story.now_ms += LASTS - 1;
    assert_true(hub_kept(world->story.hub, "a", world->story.now_ms, &kept));
    assert_null(kept.holder);
    world->story.now_ms++;
    assert_false(is_there(world, "a"));
}

static void who_takes_it_again_has_it(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    hub_let_go(world->story.hub, "a", ME, world->story.now_ms);
    keep(world, "a", "two");
    world->story.now_ms += 2 * LASTS;
    expect(world, "a", "two");
}

static void a_clock_set_back_keeps_nothing_for_ever(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    hub_let_go(world->story.hub, "a", ME, world->story.now_ms);
    world->story.now_ms -= 1;
    assert_false(is_there(world, "a"));
}

static void what_is_over_is_forgotten_on_disk_too(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    hub_let_go(world->story.hub, "a", ME, world->story.now_ms);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    world->story.now_ms += 10 * LASTS;
    hub_tick(world->story.hub, world->story.now_ms);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_null(world->story.hub->keeps.all);
    world->story.now_ms -= 10 * LASTS;
    open_again(world);
    assert_false(is_there(world, "a"));
}

static void what_nobody_wants_any_more_is_gone_at_once(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    story_commit(&world->story);
    hub_unkeep(world->story.hub, "a");
    hub_unkeep(world->story.hub, "nobody");
    assert_false(is_there(world, "a"));
    story_commit(&world->story);
    open_again(world);
    assert_false(is_there(world, "a"));
    keep(world, "a", "again");
    expect(world, "a", "again");
}

static void what_goes_and_comes_in_one_turn_is_there(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    hub_unkeep(world->story.hub, "a");
    keep(world, "a", "two");
    story_commit(&world->story);
    open_again(world);
    expect(world, "a", "two");
}

/* Nobody noted when who was there has gone. */
static void after_a_kill_the_time_of_who_was_there_counts_from_the_start(
        void **state)
{
    struct world *world = *state;

    keep(world, "held", "one");
    keep(world, "gone", "two");
    hub_let_go(world->story.hub, "gone", ME, world->story.now_ms);
    story_commit(&world->story);
    keep(world, "late", "three");
    world->story.now_ms += LASTS - 1;
    open_again(world);
    expect(world, "held", "one");
    expect(world, "gone", "two");
    assert_false(is_there(world, "late"));
    world->story.now_ms += 1;
    assert_false(is_there(world, "gone"));
    world->story.now_ms += LASTS - 2;
    expect(world, "held", "one");
    world->story.now_ms += 1;
    assert_false(is_there(world, "held"));
}

static void keeping_makes_no_turn_that_others_wait_for(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    assert_false(hub_is_open(world->story.hub));
    assert_int_equal(story_say(&world->story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("41", "5"), "k"),
            ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_int_equal(world->story.settled_count, 1);
    assert_false(journal_is_open(world->story.hub->journal));
    open_again(world);
    expect(world, "a", "one");
}

static bool is_stored(struct world *world, const char *name)
{
    struct hub_kept kept;

    assert_true(hub_kept(world->story.hub, name, world->story.now_ms, &kept));
    return kept.is_stored;
}

static void what_is_kept_says_whether_it_is_on_disk(void **state)
{
    struct world *world = *state;

    keep(world, "a", "one");
    assert_false(is_stored(world, "a"));
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_true(is_stored(world, "a"));
    hub_let_go(world->story.hub, "a", ME, world->story.now_ms);
    assert_false(is_stored(world, "a"));
    assert_int_equal(story_commit(&world->story), ERR_OK);
    assert_true(is_stored(world, "a"));
    open_again(world);
    assert_true(is_stored(world, "a"));
}

/* Alone, and with an event beside it. That a later turn is stored says nothing
 * of it. */
static void what_a_full_disk_has_refused_is_never_said_to_be_on_it(void **state)
{
    struct world *world = *state;

    for (int with_event = 0; with_event < 2; with_event++) {
        keep(world, "b", "before");
        assert_int_equal(story_commit(&world->story), ERR_OK);
        keep(world, "a", "one");
        if (with_event)
            assert_int_equal(
                    story_say(&world->story, ROLE_BACKEND, EVT_ORDER_CREATED,
                            story_order("41", "5"), NULL),
                    ERR_OK);
        disk.write_error = SQLITE_FULL;
        story_commit(&world->story);
        disk.write_error = 0;
        assert_false(is_stored(world, "a"));
        assert_true(is_stored(world, "b"));
        world->story.now_ms += 1000; /* there is room again */
        hub_tick(world->story.hub, world->story.now_ms);
        keep(world, "b", "after");
        assert_int_equal(story_commit(&world->story), ERR_OK);
        assert_false(is_stored(world, "a"));
        assert_true(is_stored(world, "b"));
    }
    open_again(world);
    assert_false(is_there(world, "a"));
}

static void one_has_its_limit_and_all_have(void **state)
{
    struct world *world = *state;
    char *large = calloc(1, KEEP_BYTES + 1);
    char name[16];

    assert_non_null(large);
    assert_int_equal(hub_keep(world->story.hub, "a", large, KEEP_BYTES + 1,
                             LASTS, &holder),
            ERR_TOO_LARGE);
    assert_int_equal(
            hub_keep(world->story.hub, "a", large, KEEP_BYTES, LASTS, &holder),
            ERR_OK);
    free(large);
    for (int i = 1; i < KEEPS_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(keep(world, name, "x"), ERR_OK);
    }
    assert_int_equal(keep(world, "one more", "x"), ERR_LIMIT);
    assert_int_equal(keep(world, "n1", "y"), ERR_OK);
    assert_int_equal(story_commit(&world->story), ERR_OK);
}

/* Keeps something new and lets go of it: "<prefix>1", "<prefix>2"… */
static void come_and_go(
        struct world *world, const char *prefix, uint64_t whose, int count)
{
    char name[16];

    for (int i = 1; i <= count; i++) {
        snprintf(name, sizeof(name), "%s%d", prefix, i);
        assert_int_equal(keep(world, name, "x"), ERR_OK);
        hub_let_go(world->story.hub, name, whose, world->story.now_ms);
    }
}

static void of_one_owner_so_many_stay_and_the_oldest_goes_first(void **state)
{
    struct world *world = *state;

    come_and_go(world, "you", YOU, 3);
    come_and_go(world, "me", ME, KEEPS_LEFT);
    assert_true(is_there(world, "me1"));
    come_and_go(world, "more", ME, 2);
    assert_false(is_there(world, "me1"));
    assert_false(is_there(world, "me2"));
    assert_true(is_there(world, "me3"));
    assert_true(is_there(world, "more1"));
    assert_true(is_there(world, "you1"));
}

static void what_is_held_or_held_again_is_not_counted(void **state)
{
    struct world *world = *state;

    keep(world, "held", "x");
    come_and_go(world, "me", ME, KEEPS_LEFT);
    keep(world, "me1", "y"); /* it is back */
    come_and_go(world, "one", ME, 1);
    assert_true(is_there(world, "held"));
    assert_true(is_there(world, "me2"));
    hub_let_go(world->story.hub, "me1", ME, world->story.now_ms);
    assert_false(is_there(world, "me2")); /* now the oldest */
    expect(world, "me1", "y");
    hub_unkeep(world->story.hub, "me1");
    come_and_go(world, "two", ME, 1);
    assert_true(is_there(world, "me3"));
}

static void of_nobody_all_stay(void **state)
{
    struct world *world = *state;

    come_and_go(world, "all", 0, KEEPS_LEFT + 1);
    assert_true(is_there(world, "all1"));
    come_and_go(world, "me", ME, 1);
    hub_let_go(world->story.hub, "me1", 0, world->story.now_ms);
    come_and_go(world, "more", ME, KEEPS_LEFT);
    assert_true(is_there(world, "me1"));
    assert_true(is_there(world, "more1"));
}

static void what_is_let_go_twice_counts_once_as_the_last(void **state)
{
    struct world *world = *state;

    come_and_go(world, "me", ME, KEEPS_LEFT);
    hub_let_go(world->story.hub, "me1", ME, world->story.now_ms);
    assert_true(is_there(world, "me2"));
    come_and_go(world, "more", ME, 1);
    assert_true(is_there(world, "me1"));
    assert_false(is_there(world, "me2"));
}

static void what_is_over_is_not_counted_any_more(void **state)
{
    struct world *world = *state;

    come_and_go(world, "me", ME, KEEPS_LEFT);
    world->story.now_ms += 100 * LASTS;
    hub_tick(world->story.hub, world->story.now_ms);
    come_and_go(world, "more", ME, KEEPS_LEFT);
    assert_true(is_there(world, "more1"));
    assert_false(is_there(world, "me64"));
}

/* However often one comes and goes, there is room for others, and what was
 * dropped is gone on disk, too. */
static void nobody_fills_it_by_coming_and_going(void **state)
{
    struct world *world = *state;
    char prefix[8];

    come_and_go(world, "you", YOU, 1);
    for (int i = 0; i < 2 * KEEPS_MAX / KEEPS_LEFT; i++) {
        snprintf(prefix, sizeof(prefix), "%d-", i);
        come_and_go(world, prefix, ME, KEEPS_LEFT);
        if (i % 64 == 0)
            assert_int_equal(story_commit(&world->story), ERR_OK);
    }
    assert_int_equal(keep(world, "one more", "x"), ERR_OK);
    assert_true(is_there(world, "you1"));
    assert_int_equal(story_commit(&world->story), ERR_OK);
    open_again(world);
    assert_true(is_there(world, "you1"));
    assert_false(is_there(world, "0-1"));
    assert_true(is_there(world, "1023-1"));
}

/* They were within the limit before; with who came back they are again. */
static void what_was_kept_before_the_start_is_not_counted(void **state)
{
    struct world *world = *state;

    come_and_go(world, "me", ME, KEEPS_LEFT);
    assert_int_equal(story_commit(&world->story), ERR_OK);
    open_again(world);
    come_and_go(world, "new", ME, KEEPS_LEFT);
    assert_true(is_there(world, "me1"));
    come_and_go(world, "me", ME, 1);
    assert_false(is_there(world, "new1"));
    assert_true(is_there(world, "me1"));
    assert_true(is_there(world, "me2"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_held_stays),
        TEST(what_is_let_go_ends_to_the_millisecond),
        TEST(who_takes_it_again_has_it),
        TEST(a_clock_set_back_keeps_nothing_for_ever),
        TEST(what_is_over_is_forgotten_on_disk_too),
        TEST(what_nobody_wants_any_more_is_gone_at_once),
        TEST(what_goes_and_comes_in_one_turn_is_there),
        TEST(after_a_kill_the_time_of_who_was_there_counts_from_the_start),
        TEST(keeping_makes_no_turn_that_others_wait_for),
        TEST(what_is_kept_says_whether_it_is_on_disk),
        TEST(what_a_full_disk_has_refused_is_never_said_to_be_on_it),
        TEST(one_has_its_limit_and_all_have),
        TEST(of_one_owner_so_many_stay_and_the_oldest_goes_first),
        TEST(what_is_held_or_held_again_is_not_counted),
        TEST(of_nobody_all_stay),
        TEST(what_is_let_go_twice_counts_once_as_the_last),
        TEST(what_is_over_is_not_counted_any_more),
        TEST(nobody_fills_it_by_coming_and_going),
        TEST(what_was_kept_before_the_start_is_not_counted),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
