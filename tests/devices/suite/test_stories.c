/* The stories with a board in this process. */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/devices/suite/bench.h"

#define STORIES_MOST 128

struct desk {
    struct line line;
    struct broker broker;
    struct bench *bench;
};

static void set_up(struct desk *desk)
{
    assert_true(line_open_direct(&desk->line));
    assert_true(broker_open_model(&desk->broker));
    desk->bench = bench_create(&desk->line, &desk->broker);
}

static void tear_down(struct desk *desk)
{
    bench_destroy(desk->bench);
    desk->broker.close(desk->broker.ctx);
    desk->line.close(desk->line.ctx);
}

static uint32_t play(struct desk *desk, const struct story *story,
        const struct bench_cut *cut)
{
    struct bench_figures figures;

    if (!bench_play(desk->bench, story, cut, &figures)) {
        print_error("%s\n%s\npower lost %s write %u\n", bench_seen(desk->bench),
                bench_wrong(desk->bench), cut->after ? "after" : "before",
                (unsigned)cut->write);
        fail();
    }
    return figures.writes;
}

static void a_story(void **state)
{
    const struct story *story = *state;
    struct bench_cut cut = { 0 };
    struct desk desk;
    uint32_t writes;

    set_up(&desk);
    writes = play(&desk, story, &cut);
    assert_true(!story->cut || writes > 1);
    for (cut.write = 1; story->cut && cut.write <= writes; cut.write++)
        for (int after = 0; after < 2; after++) {
            cut.after = after != 0;
            play(&desk, story, &cut);
        }
    tear_down(&desk);
}

/* A suite that takes everything for true would be none. */
static void a_story_that_is_not_true_fails(void **unused)
{
    static const struct story_step steps[] = {
        { .what = STEP_NETWORK, .at_ms = 100, .number = 1 },
        { .what = STEP_SEEN, .text = "show ring" },
        { .what = STEP_END },
    };
    static const struct story_step noisy[] = {
        { .what = STEP_NETWORK, .at_ms = 100, .number = 1 },
        { .what = STEP_NOT_SEEN, .text = "show online" },
        { .what = STEP_END },
    };
    static const struct story_step short_one[] = {
        { .what = STEP_NETWORK, .at_ms = 100, .number = 1 },
        { .what = STEP_END },
    };
    const struct story unseen = { .name = "", .kind = "pager", .steps = steps };
    const struct story seen = { .name = "", .kind = "pager", .steps = noisy };
    const struct story unsaid = {
        .name = "", .kind = "pager", .once = { "hears ack" }, .steps = steps + 2
    };
    const struct story other = { .name = "",
        .kind = "pager",
        .last = { "hears info", "boot=2" },
        .steps = short_one };
    const struct story unknown = {
        .name = "", .kind = "printer", .steps = steps
    };
    const struct story *const wrong[] = { &unseen, &seen, &unsaid, &other,
        &unknown };
    const struct bench_cut never = { 0 };
    struct bench_figures figures;
    struct desk desk;

    (void)unused;
    set_up(&desk);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(bench_play(desk.bench, wrong[i], &never, &figures));
    tear_down(&desk);
}

int main(void)
{
    struct CMUnitTest tests[STORIES_MOST] = {
        cmocka_unit_test(a_story_that_is_not_true_fails),
    };
    size_t count = 1;

    for (const struct story *story = stories; story->name; story++) {
        assert(count < STORIES_MOST);
        tests[count++] = (struct CMUnitTest){ .name = story->name,
            .test_func = a_story,
            .initial_state = (void *)story };
    }
    return _cmocka_run_group_tests("stories", tests, count, NULL, NULL);
}
