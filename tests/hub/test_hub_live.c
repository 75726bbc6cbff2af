#include "hub/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "schemas/people.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;
static struct hub_client *admin;

static struct hub_client *come_by(
        const struct outlet *outlet, uint32_t mask, const char *subject)
{
    struct principal principal = { .roles = mask };
    struct hub_client *client;

    snprintf(principal.subject, sizeof(principal.subject), "%s", subject);
    assert_int_equal(
            hub_attach(story.hub, &principal, outlet, &story, &client), ERR_OK);
    return client;
}

static struct hub_client *come(uint32_t mask, const char *subject)
{
    return come_by(&story_outlet, mask, subject);
}

static void wait(int64_t ms)
{
    story.now_ms += ms;
    hub_tick(story.hub, story.now_ms);
    story_commit(&story);
}

static void watch(struct hub_client *client)
{
    struct joined joined;
    struct room room;

    assert_true(room_make(ROOM_INDEX_ADMIN, "", &room));
    assert_int_equal(hub_join(story.hub, client, &room, 1, NULL, story.now_ms,
                             &joined, &story.fault),
            ERR_OK);
}

/* The next users.live, or NULL. */
static struct evt *live(void)
{
    return story_said(&story, admin, EVT_USERS_LIVE);
}

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    wait(0);
    admin = come(ROLE_ADMIN, "boss");
    watch(admin);
    wait(500);
    evt_unref(live());
    return 0;
}

static int end(void **state)
{
    (void)state;
    hub_detach(story.hub, admin);
    story_commit(&story);
    story_end(&story);
    return 0;
}

static enum err note(
        struct hub_client *client, enum evt_id what, ProtobufCMessage *body)
{
    return hub_note(story.hub, client, what, body, story.now_ms, &story.fault);
}

static ProtobufCMessage *path(const char *text)
{
    return made_body(EVT_USER_NAVIGATED, "path", text, NULL);
}

static void whoever_watches_sees_at_once_who_is_there(void **state)
{
    struct hub_client *second = come(ROLE_ADMIN, "boss");
    struct evt *evt;

    (void)state;
    wait(500);
    evt_unref(live());
    wait(500);
    assert_null(live());
    watch(second);
    wait(500);
    evt = live();
    assert_non_null(evt);
    assert_true(made_is(evt->body, "users[0].user_id", "boss"));
    assert_true(made_is(evt->body, "users[0].connections", "2"));
    evt_unref(evt);
    hub_detach(story.hub, second);
}

static void who_only_looks_something_up_is_neither_seen_nor_watching(
        void **state)
{
    struct outlet outlet = story_outlet;
    struct hub_client *unseen;
    uint64_t head;

    (void)state;
    outlet.is_unseen = true;
    unseen = come_by(&outlet, ROLE_ADMIN, "poll");
    watch(unseen);
    wait(500);
    assert_null(live());
    hub_detach(story.hub, admin); /* now nobody watches */
    head = hub_head(story.hub);
    wait(500);
    assert_int_equal(hub_head(story.hub), head);
    hub_detach(story.hub, unseen);
    wait(500);
    assert_int_equal(hub_head(story.hub), head);
    admin = come(ROLE_ADMIN, "boss");
}

static void a_user_is_one_however_many_windows_there_are(void **state)
{
    struct hub_client *first, *second;
    char since[24], seen[24];
    struct evt *evt;

    (void)state;
    first = come(ROLE_WAITER, "ana");
    snprintf(since, sizeof(since), "%lld", (long long)story.now_ms);
    wait(100);
    second = come(ROLE_KITCHEN, "ana");
    assert_int_equal(note(second, EVT_USER_NAVIGATED, path("/old")), ERR_OK);
    story.now_ms += 100;
    assert_int_equal(note(first, EVT_USER_NAVIGATED, path("/new")), ERR_OK);
    story.now_ms += 100;
    assert_int_equal(
            note(second, EVT_SOCKET_PING, made_body(EVT_SOCKET_PING, NULL)),
            ERR_OK);
    snprintf(seen, sizeof(seen), "%lld", (long long)story.now_ms);
    wait(500);
    evt = live();
    assert_non_null(evt);
    assert_int_equal(((Dw__UsersLive *)(void *)evt->body)->n_users, 2);
    assert_true(made_is(evt->body, "users[0].user_id", "ana"));
    assert_true(made_is(evt->body, "users[0].connections", "2"));
    assert_true(made_is(evt->body, "users[0].path", "/new"));
    assert_true(made_is(evt->body, "users[0].since_at_ms", since));
    assert_true(made_is(evt->body, "users[0].seen_at_ms", seen));
    assert_int_equal(
            ((Dw__UsersLive *)(void *)evt->body)->users[0]->n_roles, 2);
    assert_string_equal(
            ((Dw__UsersLive *)(void *)evt->body)->users[0]->roles[0],
            "kitchen");
    assert_true(made_is(evt->body, "users[1].user_id", "boss"));
    evt_unref(evt);
    hub_detach(story.hub, first);
    hub_detach(story.hub, second);
    wait(500);
    evt = live();
    assert_non_null(evt);
    assert_int_equal(((Dw__UsersLive *)(void *)evt->body)->n_users, 1);
    evt_unref(evt);
}

static void a_crowd_makes_one_event(void **state)
{
    struct hub_client *crowd[20];

    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[16];

        snprintf(name, sizeof(name), "u%d", i);
        crowd[i] = come(ROLE_WAITER, name);
        wait(10);
    }
    assert_null(live());
    wait(500);
    evt_unref(live());
    assert_null(live());
    for (int i = 0; i < 20; i++)
        hub_detach(story.hub, crowd[i]);
}

static void machines_and_the_nameless_are_nobody(void **state)
{
    struct hub_client *nobody[] = { come(ROLE_DEVICE, "p1"),
        come(ROLE_HUB, "hub"), come(ROLE_WAITER, ""),
        come(ROLE_WAITER, "ana@example.org") };

    (void)state;
    wait(500);
    assert_null(live());
    for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
        hub_detach(story.hub, nobody[i]);
}

static void what_nobody_watches_is_not_said(void **state)
{
    struct hub_client *ana;
    uint64_t head;

    (void)state;
    hub_detach(story.hub, admin);
    head = hub_head(story.hub);
    ana = come(ROLE_WAITER, "ana");
    wait(500);
    assert_int_equal(hub_head(story.hub), head);
    hub_detach(story.hub, ana);
    wait(500);
    assert_int_equal(hub_head(story.hub), head);
    admin = come(ROLE_ADMIN, "boss");
}

static void a_clock_that_was_set_back_holds_nothing_up(void **state)
{
    struct hub_client *ana = come(ROLE_WAITER, "ana");

    (void)state;
    wait(-3600000);
    evt_unref(live());
    hub_detach(story.hub, ana);
}

/* However many there are, what is said of them fits into an event. */
static void more_than_an_event_holds_are_cut(void **state)
{
    enum { CROWD = 400 };
    struct hub_client *crowd[CROWD];
    char text[201];
    struct evt *evt;

    (void)state;
    memset(text, 'x', 200);
    text[200] = '\0';
    for (int i = 0; i < CROWD; i++) {
        char name[16];

        snprintf(name, sizeof(name), "u%03d", i);
        crowd[i] = come(ROLE_WAITER, name);
        assert_int_equal(
                note(crowd[i], EVT_USER_NAVIGATED, path(text)), ERR_OK);
    }
    wait(500);
    evt = live();
    assert_non_null(evt);
    assert_in_range(((Dw__UsersLive *)(void *)evt->body)->n_users, 100, 200);
    assert_true(evt->packed_len <= EVT_BODY_BYTES);
    evt_unref(evt);
    for (int i = 0; i < CROWD; i++)
        hub_detach(story.hub, crowd[i]);
}

static void only_what_is_between_the_two_may_be_noted(void **state)
{
    struct hub_client *ana = come(ROLE_WAITER, "ana");
    struct hub_client *printer = come(ROLE_DEVICE, "p1");

    (void)state;
    assert_int_equal(note(ana, EVT_ORDER_CREATED, story_order("41", "5")),
            ERR_FORBIDDEN);
    assert_string_equal(story.fault.field, "event");
    assert_int_equal(note(ana, EVT_SOCKET_HEARTBEAT,
                             made_body(EVT_SOCKET_HEARTBEAT, NULL)),
            ERR_FORBIDDEN);
    assert_int_equal(
            note(printer, EVT_USER_NAVIGATED, path("/")), ERR_FORBIDDEN);
    assert_int_equal(
            note(ana, EVT_USER_NAVIGATED, made_body(EVT_USER_NAVIGATED, NULL)),
            ERR_MISSING_FIELD);
    assert_string_equal(story.fault.field, "path");
    assert_int_equal(
            note(ana, EVT_USER_UPDATED,
                    made_body(EVT_USER_UPDATED, "user_id", "eve", NULL)),
            ERR_OK);
    hub_detach(story.hub, ana);
    hub_detach(story.hub, printer);
}

static void what_is_between_the_two_is_never_an_event(void **state)
{
    uint64_t head = hub_head(story.hub);

    (void)state;
    for (int what = 0; what < EVT_COUNT; what++) {
        if (!evt_kinds[what].transient)
            continue;
        assert_int_equal(story_say(&story, UINT32_MAX, (enum evt_id)what,
                                 body_new(evt_kinds[what].body), NULL),
                ERR_FORBIDDEN);
        assert_string_equal(story.fault.field, "event");
    }
    story_commit(&story);
    assert_int_equal(hub_head(story.hub), head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(whoever_watches_sees_at_once_who_is_there),
        T(who_only_looks_something_up_is_neither_seen_nor_watching),
        T(a_user_is_one_however_many_windows_there_are),
        T(a_crowd_makes_one_event),
        T(machines_and_the_nameless_are_nobody),
        T(what_nobody_watches_is_not_said),
        T(a_clock_that_was_set_back_holds_nothing_up),
        T(more_than_an_event_holds_are_cut),
        T(only_what_is_between_the_two_may_be_noted),
        T(what_is_between_the_two_is_never_an_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
