/* Pagers that sleep: what they are told when they wake, as the transport asks
 * for it. With ladders and without: who is told does not depend on them. */
#include "hub/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/escalate.h"
#include "hub/evt/body.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define SLEEP_S 30

static struct story story;
static struct hub_client *follower;
static uint32_t said[EVT_COUNT]; /* since it was asked for */
static struct ladders ladders;
static const char *path;
static bool has_ladders;

static void open_hub(void)
{
    struct hub_options options = { .path = path ? path : ":memory:",
        .seed = 42,
        .ladders = has_ladders ? &ladders : NULL };

    assert_int_equal(hub_open(&story.hub, &options, story.now_ms), ERR_OK);
    follower = story_follower(&story);
}

static void close_hub(void)
{
    hub_detach(story.hub, follower);
    story_commit(&story);
    hub_close(story.hub);
}

static int begin_with(bool with_ladders, const char *file)
{
    path = file;
    has_ladders = with_ladders;
    ladders_init(&ladders);
    story = (struct story){ .now_ms = STORY_START_MS, .is_forgetful = true };
    memset(said, 0, sizeof(said));
    open_hub();
    return 0;
}

static int begin(void **state)
{
    (void)state;
    return begin_with(true, NULL);
}

static int begin_quiet(void **state)
{
    (void)state;
    return begin_with(false, NULL);
}

static int end(void **state)
{
    (void)state;
    close_hub();
    return 0;
}

static void listen(void)
{
    struct delivery delivery;

    while (hub_next(story.hub, follower, &delivery)) {
        said[delivery.evt->what]++;
        evt_unref(delivery.evt);
    }
}

static uint32_t count_said(enum evt_id what)
{
    uint32_t count;

    listen();
    count = said[what];
    said[what] = 0;
    return count;
}

static void pass(int64_t ms)
{
    for (int64_t end_ms = story.now_ms + ms; story.now_ms < end_ms;) {
        story.now_ms += 500;
        hub_tick(story.hub, story.now_ms);
        assert_int_equal(story_commit(&story), ERR_OK);
        listen();
    }
}

static void device_says(
        const char *id, enum evt_id what, ProtobufCMessage *body)
{
    struct principal device = story_principal(ROLE_DEVICE, id);

    if (story_say_as(&story, &device, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

/* It stands on table 5, and has acted on this configuration. */
static void wake_with(const char *id, const char *config_rev)
{
    device_says(id, EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "7",
                    "table.id", "5", "sleep_s", "30", "config_rev", config_rev,
                    NULL));
}

static void wake(const char *id)
{
    wake_with(id, "0");
}

static void lie_down(const char *id)
{
    hub_tell_asleep(story.hub, id, 7, SLEEP_S);
}

static void say(enum evt_id what, ProtobufCMessage *body)
{
    if (story_say(&story, ROLE_BACKEND, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void page(const char *id)
{
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", id, "table.id", "5",
                               "text", "Come", NULL));
}

static void clear(const char *id)
{
    say(EVT_PAGE_CLEARED, made_body(EVT_PAGE_CLEARED, "page_id", id, NULL));
}

static void receive(const char *device, const char *id)
{
    device_says(device, EVT_PAGE_RECEIVED,
            made_body(EVT_PAGE_RECEIVED, "page_id", id, NULL));
}

/* "g1 page.sent p3; …": what the transport is handed. */
static void expect_mail(const char *expected)
{
    struct delivery mail;
    char device[ID_CHARS + 1], text[512] = "";
    size_t len = 0;

    while (hub_next_mail(story.hub, device, &mail)) {
        const char *page_id = body_text(mail.evt->body, "page_id");

        assert_int_equal(mail.view, VIEW_DEVICE);
        assert_true(mail.room < mail.evt->room_count);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s%s%s",
                len ? "; " : "", device, evt_kinds[mail.evt->what].name,
                page_id ? " " : "", page_id ? page_id : "");
        evt_unref(mail.evt);
    }
    assert_string_equal(text, expected);
}

static void fall_asleep(const char *id)
{
    wake(id);
    expect_mail("");
    lie_down(id);
}

/* --- pages --- */

static void a_pager_gets_exactly_one_current_command_when_it_wakes(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    pass(5000);
    page("p2");
    pass(5000);
    page("p3");
    pass(5000);
    clear("p3");
    pass(5000);
    page("p4");
    pass(10000);
    expect_mail(""); /* it sleeps */
    assert_int_equal(hub_next_wake(story.hub, "g1"), 2);
    wake("g1");
    expect_mail("g1 page.sent p4");
    receive("g1", "p4");
    assert_int_equal(hub_next_wake(story.hub, "g1"), SLEEP_S);
    pass(3000);
    expect_mail("");
    lie_down("g1");
    wake("g1");
    expect_mail("");
}

static void what_is_over_before_it_wakes_it_never_hears_of(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    clear("p1");
    wake("g1");
    expect_mail("");
}

static void of_two_pages_the_older_one_counts_when_the_newer_is_over(
        void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    page("p2");
    clear("p2");
    wake("g1");
    expect_mail("g1 page.sent p1");
}

static void once_the_newer_one_was_answered_it_is_told_of_the_older(
        void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    page("p2");
    wake("g1");
    expect_mail("g1 page.sent p2");
    device_says("g1", EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "p2", NULL));
    expect_mail("g1 page.sent p1");
}

static void a_page_that_is_too_old_is_not_told(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    for (int i = 0; i < 25; i++) { /* ten minutes and more: it is there */
        pass(28000);
        lie_down("g1");
    }
    wake("g1");
    expect_mail("");
}

static void while_it_is_awake_it_hears_everything_at_once(void **state)
{
    (void)state;
    wake("g1");
    page("p1");
    expect_mail("g1 page.sent p1");
    receive("g1", "p1");
    page("p2");
    expect_mail("g1 page.sent p2");
    receive("g1", "p2");
    clear("p2");
    expect_mail("g1 page.cleared p2");
    say(EVT_PAGE_ACKED, made_body(EVT_PAGE_ACKED, "page_id", "p1", NULL));
    expect_mail("g1 page.acked p1");
}

static void what_it_has_answered_itself_it_is_not_told(void **state)
{
    (void)state;
    wake("g1");
    page("p1");
    expect_mail("g1 page.sent p1");
    device_says("g1", EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "p1", NULL));
    expect_mail("");
}

/* It hears no room but its own topic: of another's table it is told nothing. */
static void each_pager_has_its_own_mail(void **state)
{
    (void)state;
    fall_asleep("g1");
    fall_asleep("g2");
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", "p1", "device_id",
                               "g2", "text", "Come", NULL));
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", "p2", "table.id",
                               "6", "text", "Come", NULL));
    wake("g1");
    wake("g2");
    expect_mail("g2 page.sent p1");
    receive("g2", "p1");
    say(EVT_PAGE_ACKED, made_body(EVT_PAGE_ACKED, "page_id", "p1", NULL));
    expect_mail("g2 page.cleared p1");
}

/* --- what gets lost --- */

static void a_page_that_it_does_not_take_is_told_in_three_wakings(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    for (int i = 0; i < 3; i++) {
        pass(30000);
        assert_int_equal(count_said(EVT_PAGE_LOST), 0);
        wake("g1");
        expect_mail("g1 page.sent p1");
        pass(20000); /* however long it is awake, it is offered once */
        expect_mail("");
        assert_int_equal(count_said(EVT_PAGE_LOST), 0);
        lie_down("g1");
    }
    pass(500);
    assert_int_equal(count_said(EVT_PAGE_LOST), 1);
    wake("g1");
    expect_mail("");
    pass(20000);
    assert_int_equal(count_said(EVT_PAGE_LOST), 0);
}

static void while_it_sleeps_no_page_is_offered_or_lost(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    count_said(EVT_PAGE_SENT);
    pass(29000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    assert_int_equal(count_said(EVT_PAGE_LOST), 0);
}

static void a_link_that_is_lost_takes_nothing_with_it(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    say(EVT_DEVICE_IDENTIFY_REQUESTED,
            made_body(EVT_DEVICE_IDENTIFY_REQUESTED, "device_id", "g1", NULL));
    wake("g1");
    expect_mail("g1 device.identify_requested; g1 page.sent p1");
    hub_lose_mail(story.hub);
    lie_down("g1");
    wake("g1");
    expect_mail("g1 device.identify_requested; g1 page.sent p1");
}

/* It knows nothing of the hub's link, and stays as long as it rings. */
static void who_rings_meanwhile_hears_what_is_over(void **state)
{
    (void)state;
    wake("g1");
    page("p1");
    expect_mail("g1 page.sent p1");
    receive("g1", "p1");
    for (int i = 0; i < 5; i++)
        hub_lose_mail(story.hub);
    expect_mail("");
    clear("p1");
    expect_mail("g1 page.cleared p1");
    hub_lose_mail(story.hub);
    expect_mail("g1 page.cleared p1");
    page("p2");
    expect_mail("g1 page.sent p2"); /* and nobody knows whether it has it */
    hub_lose_mail(story.hub);
    clear("p2");
    expect_mail("g1 page.cleared p1; g1 page.cleared p2");
}

static void a_link_that_is_lost_often_loses_no_page(void **state)
{
    (void)state;
    fall_asleep("g1");
    page("p1");
    wake("g1");
    for (int i = 0; i < 5; i++) {
        expect_mail("g1 page.sent p1");
        hub_lose_mail(story.hub);
    }
    lie_down("g1");
    pass(500);
    assert_int_equal(count_said(EVT_PAGE_LOST), 0);
}

/* --- other words --- */

static void of_each_word_it_hears_the_last_one(void **state)
{
    static const char *const tables[] = { "7", "8", "9" };

    (void)state;
    fall_asleep("g1");
    for (int i = 0; i < 3; i++)
        say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id",
                                         "g1", "table.id", tables[i], NULL));
    say(EVT_DEVICE_IDENTIFY_REQUESTED,
            made_body(EVT_DEVICE_IDENTIFY_REQUESTED, "device_id", "g1",
                    "seconds", "10", NULL));
    wake("g1");
    expect_mail("g1 device.assigned; g1 device.identify_requested");
    pass(3000);
    lie_down("g1");
    wake("g1");
    expect_mail("");
}

/* Who hears it stays for three seconds: this one was on its way. */
static void what_is_said_as_it_goes_it_hears_at_its_next_waking(void **state)
{
    (void)state;
    wake("g1");
    say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1",
                                     "table.id", "7", NULL));
    expect_mail("g1 device.assigned");
    lie_down("g1");
    wake("g1");
    expect_mail("g1 device.assigned");
    pass(3000);
    lie_down("g1");
    wake("g1");
    expect_mail("");
}

static void what_is_always_said_as_it_goes_is_given_up(void **state)
{
    (void)state;
    wake("g1");
    say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1",
                                     "table.id", "7", NULL));
    for (int i = 0; i < 3; i++) {
        expect_mail("g1 device.assigned");
        lie_down("g1");
        wake("g1");
    }
    expect_mail("");
}

static void nobody_is_looked_for_any_more_when_it_wakes_late(void **state)
{
    (void)state;
    fall_asleep("g1");
    say(EVT_DEVICE_IDENTIFY_REQUESTED,
            made_body(EVT_DEVICE_IDENTIFY_REQUESTED, "device_id", "g1", NULL));
    pass(61000);
    wake("g1");
    expect_mail("");
}

static void how_to_behave_it_is_told_until_it_says_that_it_does(void **state)
{
    (void)state;
    fall_asleep("g1");
    say(EVT_DEVICE_CONFIGURED, made_body(EVT_DEVICE_CONFIGURED, "device_id",
                                       "g1", "sleep_s", "60", NULL));
    wake("g1");
    expect_mail("g1 device.configured");
    lie_down("g1");
    wake("g1");
    expect_mail("g1 device.configured");
    lie_down("g1");
    wake_with("g1", "1");
    expect_mail("");
    lie_down("g1");
    wake_with("g1", "1");
    expect_mail("");
}

static void who_never_behaves_so_is_not_told_for_ever(void **state)
{
    uint32_t told = 0;

    (void)state;
    fall_asleep("g1");
    say(EVT_DEVICE_CONFIGURED,
            made_body(EVT_DEVICE_CONFIGURED, "device_id", "g1", NULL));
    for (int i = 0; i < 6; i++) {
        struct delivery mail;
        char device[ID_CHARS + 1];

        wake("g1");
        while (hub_next_mail(story.hub, device, &mail)) {
            evt_unref(mail.evt);
            told++;
        }
        lie_down("g1");
    }
    assert_int_equal(told, 3);
}

/* --- who is there --- */

static void its_waking_is_no_news(void **state)
{
    uint64_t head;

    (void)state;
    fall_asleep("g1");
    head = hub_head(story.hub);
    story.settled_count = 0;
    for (int i = 0; i < 20; i++) {
        pass(30000);
        wake("g1");
        lie_down("g1");
    }
    assert_int_equal(hub_head(story.hub), head);
    assert_int_equal(story.settled_count, 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(story.settled[i].err, ERR_OK);
        assert_true(story.settled[i].duplicate);
    }
}

static void another_boot_and_whatever_else_is_new_is_news(void **state)
{
    static const char *const values[][2] = { { "boot", "8" },
        { "table.id", "6" }, { "firmware", "2.0" }, { "sleep_s", "60" },
        { "config_rev", "3" } };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        fall_asleep("g1");
        count_said(EVT_DEVICE_ONLINE);
        device_says("g1", EVT_DEVICE_ONLINE,
                made_body(EVT_DEVICE_ONLINE, "kind", "pager",
                        strcmp(values[i][0], "boot") ? "boot" : "table.id",
                        strcmp(values[i][0], "boot") ? "7" : "5", values[i][0],
                        values[i][1],
                        strcmp(values[i][0], "sleep_s") ? "sleep_s"
                                                        : "config_rev",
                        strcmp(values[i][0], "sleep_s") ? "30" : "0", NULL));
        if (count_said(EVT_DEVICE_ONLINE) != 1)
            fail_msg("%s", values[i][0]);
    }
}

static void it_is_gone_when_it_does_not_wake(void **state)
{
    (void)state;
    fall_asleep("g1");
    pass(2 * SLEEP_S * 1000 + 29000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
    pass(2000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 1);
    count_said(EVT_DEVICE_ONLINE);
    wake("g1");
    assert_int_equal(count_said(EVT_DEVICE_ONLINE), 1);
}

static void it_is_not_gone_while_nobody_hears_of_it(void **state)
{
    (void)state;
    fall_asleep("g1");
    hub_tell_link(story.hub, false);
    pass(300000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
    hub_tell_link(story.hub, true);
    pass(60000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
    pass(31000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 1);
}

static void what_it_says_of_another_boot_is_old(void **state)
{
    (void)state;
    wake("g1");
    hub_tell_asleep(story.hub, "g1", 6, 1);
    hub_tell_asleep(story.hub, "g9", 1, 1);
    page("p1");
    expect_mail("g1 page.sent p1");
    pass(60000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
}

/* --- what is published --- */

static void nothing_is_published_to_one_that_sleeps(void **state)
{
    (void)state;
    device_says("g2", EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "7", NULL));
    wake("g1");
    assert_true(hub_keeps_mail(story.hub, "g1", EVT_PAGE_SENT));
    assert_true(hub_keeps_mail(story.hub, "g1", EVT_DEVICE_ASSIGNED));
    assert_false(hub_keeps_mail(story.hub, "g1", EVT_PRINT_REQUESTED));
    assert_false(hub_keeps_mail(story.hub, "g2", EVT_PAGE_SENT));
    assert_false(hub_keeps_mail(story.hub, "g9", EVT_PAGE_SENT));
    device_says("g1", EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "8", NULL));
    assert_false(hub_keeps_mail(story.hub, "g1", EVT_PAGE_SENT));
    page("p1");
    expect_mail("");
}

static struct place place;

static void begin_on_disk(void)
{
    close_hub();
    place_make(&place);
    begin_with(true, place_file(&place, "journal"));
}

static void start_anew(void)
{
    close_hub();
    open_hub();
}

static void end_on_disk(void)
{
    close_hub();
    place_remove(&place);
    begin(NULL);
}

/* Nobody knows what it has heard: it is told what counts. */
static void after_a_restart_it_comes_anew_and_is_told_what_counts(void **state)
{
    (void)state;
    begin_on_disk();
    fall_asleep("g1");
    page("p1");
    page("p2");
    start_anew();
    lie_down("g1"); /* the broker has kept that */
    pass(25000);
    count_said(EVT_DEVICE_OFFLINE);
    wake("g1");
    assert_int_equal(count_said(EVT_DEVICE_ONLINE), 1);
    expect_mail("g1 page.sent p2");
    receive("g1", "p2");
    lie_down("g1");
    wake("g1");
    assert_int_equal(count_said(EVT_DEVICE_ONLINE), 0);
    expect_mail("");
    end_on_disk();
}

/* It does not know that the hub began anew, and says nothing until then. */
static void one_that_rings_hears_also_after_a_restart_what_is_over(void **state)
{
    (void)state;
    begin_on_disk();
    wake("g1");
    wake("g2");
    page("p1");
    expect_mail("g1 page.sent p1; g2 page.sent p1");
    receive("g1", "p1");
    start_anew();
    lie_down("g2"); /* as the broker has it */
    clear("p1");
    expect_mail("g1 page.cleared p1");
    page("p2");
    expect_mail("g1 page.sent p2");
    lie_down("g1");
    count_said(EVT_DEVICE_ONLINE);
    wake("g1");
    assert_int_equal(count_said(EVT_DEVICE_ONLINE), 1);
    expect_mail("g1 page.sent p2");
    end_on_disk();
}

static void who_came_back_is_told_so_also_after_a_restart(void **state)
{
    (void)state;
    begin_on_disk();
    fall_asleep("g1");
    say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1",
                                     "table.id", "7", NULL));
    wake("g1");
    expect_mail("g1 device.assigned");
    pass(3000);
    lie_down("g1");
    say(EVT_DEVICE_ASSIGNED,
            made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1", NULL));
    start_anew();
    wake("g1");
    expect_mail("g1 device.assigned");
    end_on_disk();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define Q(name) cmocka_unit_test_setup_teardown(name, begin_quiet, end)
    const struct CMUnitTest tests[] = {
        T(a_pager_gets_exactly_one_current_command_when_it_wakes),
        Q(a_pager_gets_exactly_one_current_command_when_it_wakes),
        T(what_is_over_before_it_wakes_it_never_hears_of),
        T(of_two_pages_the_older_one_counts_when_the_newer_is_over),
        T(once_the_newer_one_was_answered_it_is_told_of_the_older),
        T(a_page_that_is_too_old_is_not_told),
        T(while_it_is_awake_it_hears_everything_at_once),
        T(what_it_has_answered_itself_it_is_not_told),
        T(each_pager_has_its_own_mail),
        T(a_page_that_it_does_not_take_is_told_in_three_wakings),
        Q(a_page_that_it_does_not_take_is_told_in_three_wakings),
        T(while_it_sleeps_no_page_is_offered_or_lost),
        T(a_link_that_is_lost_takes_nothing_with_it),
        T(who_rings_meanwhile_hears_what_is_over),
        T(a_link_that_is_lost_often_loses_no_page),
        T(of_each_word_it_hears_the_last_one),
        T(what_is_said_as_it_goes_it_hears_at_its_next_waking),
        T(what_is_always_said_as_it_goes_is_given_up),
        T(nobody_is_looked_for_any_more_when_it_wakes_late),
        T(how_to_behave_it_is_told_until_it_says_that_it_does),
        T(who_never_behaves_so_is_not_told_for_ever),
        T(its_waking_is_no_news),
        T(another_boot_and_whatever_else_is_new_is_news),
        T(it_is_gone_when_it_does_not_wake),
        Q(it_is_gone_when_it_does_not_wake),
        T(it_is_not_gone_while_nobody_hears_of_it),
        Q(it_is_not_gone_while_nobody_hears_of_it),
        T(what_it_says_of_another_boot_is_old),
        T(nothing_is_published_to_one_that_sleeps),
        T(after_a_restart_it_comes_anew_and_is_told_what_counts),
        T(one_that_rings_hears_also_after_a_restart_what_is_over),
        T(who_came_back_is_told_so_also_after_a_restart),
    };
#undef T
#undef Q

    return cmocka_run_group_tests(tests, NULL, NULL);
}
