/* Which devices Home Assistant is told of, and when what is kept is cleared. */
#include "bridge/mqtt/discovery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/device.pb-c.h"
#include "schemas/doors.pb-c.h"
#include "tests/support/story.h"

#define ORIGIN "{\"o\":{\"name\":\"dumbwaiter\",\"sw\":\"0\"}}"
#define CONFIG "homeassistant/device/main/p1/config"
#define ABOUT  "dw/1/main/dev/p1/about"

struct scene {
    struct story story;
    struct hub_client *follower;
    struct discovery discovery;
    char topic[TOPIC_CHARS + 1];
    char job_id[KEY_CHARS + 1]; /* of the last ticket that was asked for */
    struct buf text;
};

static void see_all(struct scene *scene)
{
    struct delivery delivery;

    while (hub_next(scene->story.hub, scene->follower, &delivery)) {
        discovery_see(&scene->discovery, delivery.evt);
        if (delivery.evt->what == EVT_PRINT_REQUESTED)
            snprintf(scene->job_id, sizeof(scene->job_id), "%s",
                    body_text(delivery.evt->body, "job_id"));
        evt_unref(delivery.evt);
    }
}

static struct scene *begin(bool is_on)
{
    static const struct home_place place = {
        .prefix = "homeassistant", .site = "main", .client = "ha"
    };
    const struct principal hub = { .roles = ROLE_HUB, .subject = "hub" };
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    story_begin(&scene->story, NULL);
    assert_int_equal(hub_attach(scene->story.hub, &hub, &story_outlet,
                             &scene->story, &scene->follower),
            ERR_OK);
    assert_int_equal(
            hub_join_all(scene->story.hub, scene->follower, 0), ERR_OK);
    discovery_init(&scene->discovery, scene->story.hub, &place, is_on);
    buf_init(&scene->text, 65536);
    return scene;
}

static void finish(struct scene *scene)
{
    buf_finish(&scene->text);
    discovery_finish(&scene->discovery);
    hub_detach(scene->story.hub, scene->follower);
    story_end(&scene->story);
    free(scene);
}

static void say(struct scene *scene, const char *id, enum evt_id what,
        ProtobufCMessage *body)
{
    struct principal from = story_principal(ROLE_DEVICE, id);

    if (story_say_as(&scene->story, &from, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", scene->story.fault.field, scene->story.fault.text);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    see_all(scene);
}

static void come(struct scene *scene, const char *id, const char *kind)
{
    Dw__DeviceOnline *online = (void *)body_new(&dw__device_online__descriptor);

    body_set_string(&online->device_id, id);
    body_set_string(&online->kind, kind);
    online->boot = 1;
    say(scene, id, EVT_DEVICE_ONLINE, &online->base);
}

static void go(struct scene *scene, const char *id)
{
    Dw__DeviceOffline *offline =
            (void *)body_new(&dw__device_offline__descriptor);

    body_set_string(&offline->device_id, id);
    offline->boot = 1;
    say(scene, id, EVT_DEVICE_OFFLINE, &offline->base);
}

static void run_out(struct scene *scene, const char *id)
{
    Dw__DeviceTrouble *trouble =
            (void *)body_new(&dw__device_trouble__descriptor);

    body_set_string(&trouble->device_id, id);
    say(scene, id, EVT_DEVICE_PAPER_OUT, &trouble->base);
}

/* An order comes, and its ticket comes out. */
static void print_one(struct scene *scene, const char *id)
{
    Dw__PrintStep *accepted = (void *)body_new(&dw__print_step__descriptor);
    Dw__PrintPrinted *printed =
            (void *)body_new(&dw__print_printed__descriptor);

    assert_int_equal(story_say(&scene->story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("41", "5"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    see_all(scene);
    body_set_string(&accepted->job_id, scene->job_id);
    body_set_string(&printed->job_id, scene->job_id);
    accepted->attempt = 1;
    accepted->has_attempt = 1;
    say(scene, id, EVT_PRINT_ACCEPTED, &accepted->base);
    say(scene, id, EVT_PRINT_PRINTED, &printed->base);
}

static bool next(struct scene *scene)
{
    if (!discovery_next(&scene->discovery, scene->topic, &scene->text))
        return false;
    buf_putc(&scene->text, '\0');
    scene->text.len--;
    assert_false(scene->text.failed);
    return true;
}

static void expect(struct scene *scene, const char *topic, const char *part)
{
    assert_true(next(scene));
    assert_string_equal(scene->topic, topic);
    if (!part)
        assert_int_equal(scene->text.len, 0);
    else if (!strstr(scene->text.data, part))
        fail_msg("%s", scene->text.data);
}

static void expect_no_more(struct scene *scene)
{
    if (next(scene))
        fail_msg("%s", scene->topic);
    discovery_told(&scene->discovery, scene->story.now_ms);
}

static void tell_all(struct scene *scene)
{
    while (next(scene))
        ;
    discovery_told(&scene->discovery, scene->story.now_ms);
}

static void keep(struct scene *scene, const char *topic, const char *text)
{
    assert_true(
            discovery_take(&scene->discovery, topic, text, strlen(text), true));
}

static void a_device_is_known_before_it_is_discovered(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p1", "pager");
    assert_true(discovery_waits(&scene->discovery));
    expect(scene, ABOUT, "\"online\":true");
    expect(scene, CONFIG, "\"connected\":");
    expect_no_more(scene);
    assert_false(discovery_waits(&scene->discovery));
    finish(scene);
}

static void only_what_has_changed_is_said_again(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p1", "pager");
    tell_all(scene);
    go(scene, "p1");
    expect(scene, ABOUT, "\"online\":false");
    expect_no_more(scene);
    finish(scene);
}

static void what_happens_while_it_is_told_is_told_too(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p1", "pager");
    expect(scene, ABOUT, "\"online\":true");
    discovery_told(&scene->discovery, scene->story.now_ms);
    go(scene, "p1");
    expect(scene, ABOUT, "\"online\":false");
    expect(scene, CONFIG, "\"connected\":");
    expect_no_more(scene);
    finish(scene);
}

static void after_a_lost_link_all_is_said_anew(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p1", "pager");
    tell_all(scene);
    discovery_restart(&scene->discovery, scene->follower);
    expect(scene, ABOUT, "\"online\":true");
    expect(scene, CONFIG, "\"connected\":");
    expect_no_more(scene);
    finish(scene);
}

static void paper_is_out_until_a_ticket_has_come_out(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p1", "printer");
    expect(scene, ABOUT, "\"paper\":\"ok\"");
    expect(scene, CONFIG, "\"paper\":");
    run_out(scene, "p1");
    expect(scene, ABOUT, "\"paper\":\"out\"");
    /* Also for who was not there. */
    discovery_restart(&scene->discovery, scene->follower);
    expect(scene, ABOUT, "\"paper\":\"out\"");
    expect(scene, CONFIG, "\"paper\":");
    expect_no_more(scene);
    print_one(scene, "p1");
    expect(scene, ABOUT, "\"paper\":\"ok\"");
    discovery_restart(&scene->discovery, scene->follower);
    expect(scene, ABOUT, "\"paper\":\"ok\"");
    finish(scene);
}

static void who_is_not_there_any_more_is_cleared(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p2", "pager");
    tell_all(scene);
    keep(scene, ABOUT, "{}");
    keep(scene, CONFIG, ORIGIN);
    keep(scene, "dw/1/main/dev/p2/about", "{}");
    expect(scene, ABOUT, NULL);
    expect(scene, CONFIG, NULL);
    expect_no_more(scene);
    assert_int_equal(scene->discovery.count, 1);
    finish(scene);
}

static void what_lies_in_another_place_is_cleared_there(void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    come(scene, "p1", "pager");
    tell_all(scene);
    keep(scene, "house/device/main/p1/config", ORIGIN);
    expect(scene, "house/device/main/p1/config", NULL);
    expect_no_more(scene);
    finish(scene);
}

static void somebody_elses_devices_stay(void **unused)
{
    struct scene *scene = begin(false);

    (void)unused;
    keep(scene, CONFIG, "{\"o\":{\"name\":\"other\"}}");
    expect_no_more(scene);
    finish(scene);
}

static void switched_off_all_is_cleared_and_nothing_said(void **unused)
{
    struct scene *scene = begin(false);

    (void)unused;
    come(scene, "p1", "pager");
    discovery_restart(&scene->discovery, scene->follower);
    expect_no_more(scene);
    keep(scene, ABOUT, "{}");
    keep(scene, CONFIG, ORIGIN);
    expect(scene, CONFIG, NULL);
    expect(scene, ABOUT, NULL);
    expect_no_more(scene);
    finish(scene);
}

static void more_strays_than_fit_are_asked_for_again(void **unused)
{
    struct scene *scene = begin(false);

    (void)unused;
    for (int i = 0; i <= DISCOVERY_STRAYS; i++) {
        char topic[TOPIC_CHARS + 1];

        snprintf(topic, sizeof(topic), "dw/1/main/dev/p%d/about", i);
        assert_int_equal(scene->discovery.is_behind, i > DISCOVERY_STRAYS);
        keep(scene, topic, "{}");
    }
    assert_true(scene->discovery.is_behind);
    finish(scene);
}

static void what_we_say_ourselves_comes_back_unheard(void **unused)
{
    struct scene *scene = begin(false);

    (void)unused;
    assert_true(discovery_take(&scene->discovery, ABOUT, "{}", 2, false));
    assert_true(discovery_take(&scene->discovery, ABOUT, "", 0, true));
    assert_true(discovery_take(
            &scene->discovery, CONFIG, ORIGIN, strlen(ORIGIN), false));
    assert_false(discovery_waits(&scene->discovery));
    finish(scene);
}

static void other_topics_are_for_others(void **unused)
{
    static const char *const others[] = { "dw/1/main/dev/p1/state",
        "dw/1/main/dev/p1/about/x", "dw/1/harbour/dev/p1/about",
        "dw/1/main/dev//about", "dw/1/main/in/pos/about",
        "homeassistant/device/harbour/p1/config" };
    struct scene *scene = begin(true);

    (void)unused;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(discovery_take(
                &scene->discovery, others[i], ORIGIN, strlen(ORIGIN), true));
    finish(scene);
}

static void it_is_told_twice_a_second_and_after_a_clock_that_jumps(
        void **unused)
{
    struct scene *scene = begin(true);

    (void)unused;
    assert_false(discovery_is_due(&scene->discovery, 5000));
    come(scene, "p1", "pager");
    discovery_told(&scene->discovery, 5000);
    assert_false(
            discovery_is_due(&scene->discovery, 5000 + DISCOVERY_PAUSE_MS - 1));
    assert_true(discovery_is_due(&scene->discovery, 5000 + DISCOVERY_PAUSE_MS));
    assert_true(discovery_is_due(&scene->discovery, 4999));
    finish(scene);
}

static void the_broker_is_asked_for_both(void **unused)
{
    struct scene *scene = begin(false);

    (void)unused;
    assert_true(discovery_filter(&scene->discovery, 0, scene->topic));
    assert_string_equal(scene->topic, "+/device/main/+/config");
    assert_true(discovery_filter(&scene->discovery, 1, scene->topic));
    assert_string_equal(scene->topic, "dw/1/main/dev/+/about");
    assert_false(discovery_filter(&scene->discovery, 2, scene->topic));
    finish(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_known_before_it_is_discovered),
        cmocka_unit_test(only_what_has_changed_is_said_again),
        cmocka_unit_test(what_happens_while_it_is_told_is_told_too),
        cmocka_unit_test(after_a_lost_link_all_is_said_anew),
        cmocka_unit_test(paper_is_out_until_a_ticket_has_come_out),
        cmocka_unit_test(who_is_not_there_any_more_is_cleared),
        cmocka_unit_test(what_lies_in_another_place_is_cleared_there),
        cmocka_unit_test(somebody_elses_devices_stay),
        cmocka_unit_test(switched_off_all_is_cleared_and_nothing_said),
        cmocka_unit_test(more_strays_than_fit_are_asked_for_again),
        cmocka_unit_test(what_we_say_ourselves_comes_back_unheard),
        cmocka_unit_test(other_topics_are_for_others),
        cmocka_unit_test(
                it_is_told_twice_a_second_and_after_a_clock_that_jumps),
        cmocka_unit_test(the_broker_is_asked_for_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
