#include "bridge/mqtt/admit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "bridge/mqtt/enrol.h"
#include "hub/evt/body.h"
#include "hub/hub.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

static const struct sites sites = { .names = { "main", "harbour" },
    .count = 2 };

struct scene {
    struct story story;
    struct place place;
    struct members members;
    struct admit admit;
    char dir[64];
};

static int begin(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    snprintf(scene->dir, sizeof(scene->dir), "/tmp/test_admit.XXXXXX");
    if (!mkdtemp(scene->dir))
        return -1;
    place_make(&scene->place);
    story_begin(&scene->story, place_file(&scene->place, "journal"));
    assert_int_equal(members_follow(&scene->members, scene->dir), ERR_OK);
    admit_init(&scene->admit, scene->story.hub, "main", &scene->members);
    *state = scene;
    return 0;
}

static int end(void **state)
{
    static const char *const names[] = { "broker/" ROSTER_FILE,
        "broker/" CLAIMS_FILE, "broker/passwd", "broker/acl", "broker/lock",
        "broker", "" };
    struct scene *scene = *state;
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", scene->dir, names[i]);
        remove(path);
    }
    hub_forget(scene->story.hub, &scene->admit);
    members_finish(&scene->members);
    story_end(&scene->story);
    place_remove(&scene->place);
    free(scene);
    return 0;
}

static struct enrolment about(
        struct scene *scene, const char *kind, const char *id)
{
    return (struct enrolment){ .data_dir = scene->dir,
        .sites = &sites,
        .site = "main",
        .kind = kind,
        .id = id,
        .by = "ann.b",
        .now_ms = scene->story.now_ms };
}

static void enrol_at(
        struct scene *scene, const char *site, const char *kind, const char *id)
{
    struct enrolment enrolment = about(scene, kind, id);
    struct credential made;
    struct fault fault = { 0 };

    enrolment.site = site;
    enrolment.table = strcmp(kind, "pager") == 0 ? "5" : NULL;
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
}

static void retire(struct scene *scene, const char *id)
{
    const struct enrolment enrolment = about(scene, "", id);
    struct fault fault = { 0 };

    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_OK);
}

static void look(struct scene *scene)
{
    admit_look(&scene->admit, scene->story.now_ms);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
}

static uint64_t head(const struct scene *scene)
{
    return hub_head(scene->story.hub);
}

/* What the last events were, newest last: "device.provisioned p1 by ann_b". */
struct listener {
    struct hub_client *client;
    char heard[1024];
};

static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet outlet = { .wake = on_wake };

static const char *heard_since(
        struct scene *scene, struct listener *listener, uint64_t seq)
{
    const struct principal hub = { .roles = ROLE_HUB, .subject = "hub" };
    struct delivery delivery;
    size_t at = 0;

    assert_int_equal(hub_attach(scene->story.hub, &hub, &outlet, listener,
                             &listener->client),
            ERR_OK);
    assert_int_equal(
            hub_join_all(scene->story.hub, listener->client, seq), ERR_OK);
    listener->heard[0] = '\0';
    while (hub_next(scene->story.hub, listener->client, &delivery)) {
        const ProtobufCMessage *body = delivery.evt->body;
        const char *by = body_text(body, "by.id");

        at += (size_t)snprintf(listener->heard + at,
                sizeof(listener->heard) - at, "%s %s%s%s\n",
                evt_kinds[delivery.evt->what].name,
                body_text(body, "device_id"), by ? " by " : "", by ? by : "");
        evt_unref(delivery.evt);
    }
    hub_detach(scene->story.hub, listener->client);
    return listener->heard;
}

static void the_hub_is_told_who_is_enrolled_and_by_whom(void **state)
{
    struct scene *scene = *state;
    struct listener listener;

    look(scene);
    assert_int_equal(head(scene), 0);
    enrol_at(scene, "main", "pager", "p1");
    enrol_at(scene, "harbour", "pager", "p2");
    enrol_at(scene, "main", "producer", "till");
    look(scene);
    look(scene);
    assert_string_equal(heard_since(scene, &listener, 0),
            "device.provisioned p1 by ann_b\n"
            "device.provisioned till by ann_b\n");
}

static void a_new_password_is_told_again(void **state)
{
    struct scene *scene = *state;
    struct listener listener;

    enrol_at(scene, "main", "printer", "p1");
    look(scene);
    enrol_at(scene, "main", "printer", "p1");
    look(scene);
    assert_string_equal(heard_since(scene, &listener, 0),
            "device.provisioned p1 by ann_b\n"
            "device.provisioned p1 by ann_b\n");
}

static void go_online(struct scene *scene, const char *id)
{
    const struct principal from = story_principal(ROLE_DEVICE, id);

    assert_int_equal(story_say_as(&scene->story, &from, EVT_DEVICE_ONLINE,
                             story_online("printer", 7), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
}

static void who_is_retired_is_gone_for_the_hub_too(void **state)
{
    struct scene *scene = *state;
    struct listener listener;
    struct hub_figures figures;

    enrol_at(scene, "main", "printer", "p1");
    look(scene);
    go_online(scene, "p1");
    hub_figures(scene->story.hub, &figures);
    assert_int_equal(figures.devices_online, 1);
    retire(scene, "p1");
    look(scene);
    assert_string_equal(heard_since(scene, &listener, 2),
            "device.offline p1\n"
            "device.retired p1 by ann_b\n");
    hub_figures(scene->story.hub, &figures);
    assert_int_equal(figures.devices_online, 0);
}

static void what_was_done_while_nobody_looked_is_told_once(void **state)
{
    struct scene *scene = *state;
    struct listener listener;
    struct admit next;
    uint64_t before;

    enrol_at(scene, "main", "printer", "p1");
    enrol_at(scene, "main", "printer", "p2");
    retire(scene, "p1");
    look(scene);
    before = head(scene);
    assert_string_equal(heard_since(scene, &listener, 0),
            "device.provisioned p1 by ann_b\n"
            "device.provisioned p2 by ann_b\n"
            "device.retired p1 by ann_b\n");
    admit_init(&next, scene->story.hub, "main", &scene->members);
    admit_look(&next, scene->story.now_ms);
    assert_int_equal(story_commit(&scene->story), ERR_OK);
    assert_int_equal(head(scene), before);
}

static void what_the_disk_did_not_take_is_told_again(void **state)
{
    struct scene *scene = *state;
    struct listener listener;

    enrol_at(scene, "main", "printer", "p1");
    disk.write_error = SQLITE_FULL;
    admit_look(&scene->admit, scene->story.now_ms);
    assert_int_equal(story_commit(&scene->story), ERR_UNAVAILABLE);
    disk.write_error = 0;
    scene->story.now_ms += 60000; /* it is tried again after a while */
    hub_tick(scene->story.hub, scene->story.now_ms);
    look(scene);
    assert_string_equal(heard_since(scene, &listener, 0),
            "device.provisioned p1 by ann_b\n");
}

static void only_devices_that_are_gone_have_something_to_clear(void **state)
{
    struct scene *scene = *state;
    const struct member *member;

    enrol_at(scene, "main", "printer", "p1");
    enrol_at(scene, "main", "printer", "p2");
    enrol_at(scene, "main", "producer", "till");
    retire(scene, "p2");
    retire(scene, "till");
    retire(scene, "p1");
    look(scene);
    member = admit_next_retired(&scene->admit, 0);
    assert_string_equal(member->login, "p2");
    member = admit_next_retired(&scene->admit, member->at_ms);
    assert_string_equal(member->login, "p1");
    assert_null(admit_next_retired(&scene->admit, member->at_ms));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_hub_is_told_who_is_enrolled_and_by_whom),
        TEST(a_new_password_is_told_again),
        TEST(who_is_retired_is_gone_for_the_hub_too),
        TEST(what_was_done_while_nobody_looked_is_told_once),
        TEST(what_the_disk_did_not_take_is_told_again),
        TEST(only_devices_that_are_gone_have_something_to_clear),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
