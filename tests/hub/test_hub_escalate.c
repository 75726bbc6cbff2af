/* What nobody notices: orders, pages, calls and jobs, and who is there, told
 * in moments. A tick every 100 ms, as in the program. */
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
#include "hub/hub_parts.h"
#include "hub/hub_watch.h"
#include "schemas/device.pb-c.h"
#include "schemas/order.pb-c.h"
#include "schemas/picture.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define TICK_MS 100
#define HEARD   20000
#define HOUR_MS (60ll * 60 * 1000)

static struct story story;
static struct hub_client *follower;
static struct hub_client *cook, *waiter;
static struct ladders ladders;
static const char *path;
static bool is_off;
static int64_t began_ms;
static struct evt *heard[HEARD];
static uint32_t heard_first, heard_count;

static void open_hub(void)
{
    struct hub_options options = { .path = path ? path : ":memory:",
        .seed = 42,
        .ladders = is_off ? NULL : &ladders };

    assert_int_equal(hub_open(&story.hub, &options, story.now_ms), ERR_OK);
    follower = story_follower(&story);
    cook = waiter = NULL;
}

static void leave(struct hub_client **client)
{
    hub_detach(story.hub, *client);
    *client = NULL;
}

static void close_hub(void)
{
    while (heard_first < heard_count)
        evt_unref(heard[heard_first++]);
    heard_first = heard_count = 0;
    leave(&cook);
    leave(&waiter);
    leave(&follower);
    story_commit(&story);
    hub_close(story.hub);
}

/* Nobody falls behind, and what the follower hears is kept until a test asks
 * for it. */
static void listen(void)
{
    struct hub_client *const others[] = { cook, waiter };
    struct delivery delivery;

    while (heard_count < HEARD && hub_next(story.hub, follower, &delivery))
        heard[heard_count++] = delivery.evt;
    for (int i = 0; i < 2; i++)
        while (others[i] && hub_next(story.hub, others[i], &delivery))
            evt_unref(delivery.evt);
}

/* The next one kept, handed over; NULL: there is none. */
static struct evt *take_heard(void)
{
    listen();
    if (heard_first < heard_count)
        return heard[heard_first++];
    heard_first = heard_count = 0;
    return NULL;
}

static void run(int64_t ms)
{
    for (int64_t end_ms = story.now_ms + ms; story.now_ms < end_ms;) {
        story.now_ms += TICK_MS;
        hub_tick(story.hub, story.now_ms);
        assert_int_equal(story_commit(&story), ERR_OK);
        listen();
    }
}

/* Where a cook and a waiter look at screens; nobody is missed. */
static int begin_empty(void **state)
{
    (void)state;
    path = NULL;
    ladders_init(&ladders);
    ladders.return_ms = 0;
    story = (struct story){ .now_ms = STORY_START_MS, .is_forgetful = true };
    open_hub();
    return 0;
}

static void somebody_comes(void)
{
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen");
    waiter = story_listener(&story, ROLE_WAITER, "waiters");
}

static int begin(void **state)
{
    begin_empty(state);
    somebody_comes();
    run(500);
    began_ms = story.now_ms;
    return 0;
}

static int end(void **state)
{
    (void)state;
    close_hub();
    return 0;
}

static void say_as(uint32_t mask, enum evt_id what, ProtobufCMessage *body)
{
    if (story_say(&story, mask, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s %s", evt_kinds[what].name, story.fault.field,
                story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void say(enum evt_id what, ProtobufCMessage *body)
{
    say_as(ROLE_BACKEND, what, body);
}

static void create(const char *id)
{
    say(EVT_ORDER_CREATED, story_order(id, "5"));
}

static void make_ready(const char *id)
{
    create(id);
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, id));
}

static void device_says(
        const char *id, enum evt_id what, ProtobufCMessage *body)
{
    struct principal device = story_principal(ROLE_DEVICE, id);

    if (story_say_as(&story, &device, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s %s", evt_kinds[what].name, story.fault.field,
                story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void come_online(const char *kind, const char *id, const char *station)
{
    ProtobufCMessage *body = story_online(kind, 1);

    if (station)
        body_complete_text(body, "station", station);
    device_says(id, EVT_DEVICE_ONLINE, body);
}

static bool is_of_watch(enum evt_id what)
{
    return what == EVT_ESCALATION_RAISED || what == EVT_ESCALATION_STEPPED ||
           what == EVT_ESCALATION_RESOLVED || what == EVT_ROOM_EMPTY ||
           what == EVT_ROOM_COVERED;
}

/* The next event of the kind, handed over; NULL: none. */
static struct evt *find_said(enum evt_id what)
{
    struct evt *evt;

    while ((evt = take_heard()) != NULL && evt->what != what)
        evt_unref(evt);
    return evt;
}

/* The next event of an escalation or room, handed over; NULL: none. */
static struct evt *next(void)
{
    struct evt *evt;

    while ((evt = take_heard()) != NULL && !is_of_watch(evt->what))
        evt_unref(evt);
    return evt;
}

/* All that was said since, as "order-41 raised station 20.0; …". */
static const char *told(void)
{
    static char text[2048];
    size_t len = 0;
    struct evt *evt;

    text[0] = '\0';
    while ((evt = next()) != NULL) {
        const char *about = body_text(evt->body, "id");
        const char *target = body_text(evt->body, "target");
        bool is_step = evt->what == EVT_ESCALATION_RAISED ||
                       evt->what == EVT_ESCALATION_STEPPED;

        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s",
                len ? "; " : "", about ? about : body_text(evt->body, "room"),
                strchr(evt_kinds[evt->what].name, '.') + 1);
        if (is_step)
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                    " %s %lld.%lld", target,
                    (long long)(evt->ts_ms - began_ms) / 1000,
                    (long long)(evt->ts_ms - began_ms) / 100 % 10);
        evt_unref(evt);
    }
    return text;
}

static void expect_told(const char *text)
{
    assert_string_equal(told(), text);
}

static struct evt *expect_next(enum evt_id what)
{
    struct evt *evt = next();

    if (!evt || evt->what != what)
        fail_msg("%s instead of %s",
                evt ? evt_kinds[evt->what].name : "nothing",
                evt_kinds[what].name);
    return evt;
}

/* How much of the kind was said. */
static uint32_t count_said(enum evt_id what)
{
    uint32_t count = 0;
    struct evt *evt;

    while ((evt = take_heard()) != NULL) {
        count += evt->what == what;
        evt_unref(evt);
    }
    return count;
}

static Dw__Picture *look(const char *name)
{
    struct room room;

    assert_true(room_parse(name, strlen(name), &room));
    return hub_picture(story.hub, ROLE_MANAGER, &room, 1);
}

static size_t count_open(void)
{
    Dw__Picture *picture = look("all");
    size_t count = picture->n_escalations;

    hub_picture_free(picture);
    return count;
}

/* --- orders --- */

static void an_order_that_nobody_acknowledges_climbs_the_ladder(void **state)
{
    (void)state;
    create("41");
    run(200000);
    expect_told("order-41 raised station 20.0; order-41 stepped kitchen 45.0; "
                "order-41 stepped waiters 90.0; order-41 stepped manager "
                "150.0");
    assert_int_equal(count_open(), 1);
}

static void what_is_said_says_what_it_is_about(void **state)
{
    struct evt *evt;
    char since[24];

    (void)state;
    snprintf(since, sizeof(since), "%lld", (long long)story.now_ms);
    create("41");
    run(46000);
    evt = expect_next(EVT_ESCALATION_RAISED);
    assert_true(made_is(evt->body, "id", "order-41"));
    assert_true(made_is(evt->body, "order_id", "41"));
    assert_true(made_is(evt->body, "table.id", "5"));
    assert_true(made_is(evt->body, "about", "order"));
    assert_true(made_is(evt->body, "room", "kitchen"));
    assert_true(made_is(evt->body, "step", "0"));
    assert_true(made_is(evt->body, "since_at_ms", since));
    assert_true(made_is(evt->body, "reason", "not acknowledged for 20 s"));
    assert_true(made_is(evt->body, "by.id", NULL));
    evt_unref(evt);
    evt = expect_next(EVT_ESCALATION_STEPPED);
    assert_true(made_is(evt->body, "step", "1"));
    assert_true(made_is(evt->body, "since_at_ms", since));
    evt_unref(evt);
}

static void an_acknowledgement_ends_it_in_the_same_turn(void **state)
{
    struct evt *evt;

    (void)state;
    create("41");
    run(50000);
    told();
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            made_body(EVT_KITCHEN_ACKNOWLEDGED, "order_id", "41", "chef.id",
                    "tester", "chef.name", "Ana", NULL));
    evt = expect_next(EVT_ESCALATION_RESOLVED);
    assert_true(made_is(evt->body, "id", "order-41"));
    assert_true(made_is(evt->body, "order_id", "41"));
    assert_true(made_is(evt->body, "table.id", "5"));
    assert_true(made_is(evt->body, "step", "1"));
    assert_true(made_is(evt->body, "reason", "kitchen.acknowledged"));
    assert_true(made_is(evt->body, "by.id", "tester"));
    assert_true(made_is(evt->body, "by.name", "Ana"));
    assert_false(ulid_is_none(&evt->cause));
    evt_unref(evt);
    assert_int_equal(count_open(), 0);
    run(200000);
    expect_told("");
}

static void whatever_takes_the_order_on_ends_it(void **state)
{
    static const struct {
        uint32_t mask;
        enum evt_id what;
        const char *status;
    } ways[] = {
        { ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED, NULL },
        { ROLE_KITCHEN, EVT_KITCHEN_PREPARING, NULL },
        { ROLE_KITCHEN, EVT_KITCHEN_READY, NULL },
        { ROLE_WAITER, EVT_ORDER_SERVED, NULL },
        { ROLE_BACKEND, EVT_ORDER_COMPLETED, NULL },
        { ROLE_BACKEND, EVT_ORDER_CANCELLED, NULL },
        { ROLE_BACKEND, EVT_ORDER_STATUS_CHANGED, "3" },
        { ROLE_BACKEND, EVT_ORDER_STATUS_CHANGED, "4" },
        { ROLE_BACKEND, EVT_ORDER_STATUS_CHANGED, "8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char id[8], expected[64];
        ProtobufCMessage *body;

        snprintf(id, sizeof(id), "o%zu", i);
        create(id);
        run(21000);
        told();
        body = ways[i].status ? made_body(ways[i].what, "order_id", id,
                                        "status", ways[i].status, NULL)
                              : story_about(ways[i].what, id);
        say_as(ways[i].mask, ways[i].what, body);
        snprintf(expected, sizeof(expected), "order-%s resolved", id);
        assert_int_equal(strncmp(told(), expected, strlen(expected)), 0);
    }
}

static void one_that_was_acknowledged_in_time_was_never_news(void **state)
{
    (void)state;
    create("41");
    run(19000);
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "41"));
    run(200000);
    expect_told("");
}

static void a_confirmation_is_no_acknowledgement_of_the_kitchen(void **state)
{
    (void)state;
    create("41");
    say_as(ROLE_WAITER, EVT_ORDER_CONFIRMED,
            story_about(EVT_ORDER_CONFIRMED, "41"));
    run(20000);
    expect_told("order-41 raised station 20.0");
}

static void what_is_recalled_waits_anew(void **state)
{
    (void)state;
    create("41");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_PREPARING,
            story_about(EVT_KITCHEN_PREPARING, "41"));
    run(30000);
    say_as(ROLE_KITCHEN, EVT_TICKET_RECALLED,
            made_body(EVT_TICKET_RECALLED, "order_id", "41", "status", "2",
                    "reason", "dropped", NULL));
    run(21000);
    expect_told("order-41 raised station 50.0");
}

static void one_may_say_of_an_escalation_that_one_knows(void **state)
{
    (void)state;
    create("41");
    run(46000);
    told();
    say_as(ROLE_WAITER, EVT_ALERT_ACKNOWLEDGED,
            made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id", "order-41", NULL));
    expect_told("order-41 resolved");
    assert_int_equal(count_open(), 0);
    run(200000);
    expect_told("");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "41"));
    expect_told("");
}

static void guests_do_not_silence_anything(void **state)
{
    (void)state;
    create("41");
    run(21000);
    assert_int_equal(story_say(&story, ROLE_TABLE, EVT_ALERT_ACKNOWLEDGED,
                             made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id",
                                     "order-41", NULL),
                             NULL),
            ERR_FORBIDDEN);
    assert_int_equal(count_open(), 1);
}

static void guests_hear_and_see_nothing_of_it(void **state)
{
    struct hub_client *guest = story_listener(&story, ROLE_TABLE, "table/5");
    struct delivery delivery;
    struct room room;
    Dw__Picture *picture;

    (void)state;
    assert_true(room_parse("table/5", 7, &room));
    create("41");
    run(21000);
    while (hub_next(story.hub, guest, &delivery)) {
        assert_false(is_of_watch(delivery.evt->what));
        evt_unref(delivery.evt);
    }
    picture = hub_picture(story.hub, ROLE_TABLE, &room, 1);
    assert_int_equal(picture->n_orders, 1);
    assert_int_equal(picture->n_escalations + picture->n_empty_rooms, 0);
    hub_picture_free(picture);
    hub_detach(story.hub, guest);
}

static enum err try_to_hush(const char *tables, const char *id)
{
    struct principal who = story_principal(ROLE_WAITER, "");
    enum err err;

    snprintf(who.tables, sizeof(who.tables), "%s", tables);
    err = story_say_as(&story, &who, EVT_ALERT_ACKNOWLEDGED,
            made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id", id, NULL), NULL);
    assert_int_equal(story_commit(&story), ERR_OK);
    return err;
}

static void a_waiter_of_other_tables_does_not_either(void **state)
{
    (void)state;
    create("41");
    run(21000);
    assert_int_equal(try_to_hush("6 7", "order-41"), ERR_FORBIDDEN);
    assert_int_equal(count_open(), 1);
    assert_int_equal(try_to_hush("5", "order-41"), ERR_OK);
    assert_int_equal(count_open(), 0);
    assert_int_equal(try_to_hush("5", "order-42"), ERR_NOT_FOUND);
}

/* The key of a pager: what is said of it, and by whom. */
static enum err press(const char *device, const char *id)
{
    struct principal who = story_principal(ROLE_DEVICE, device);
    enum err err = story_say_as(&story, &who, EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", id, NULL), NULL);

    assert_int_equal(story_commit(&story), ERR_OK);
    return err;
}

/* One that belongs to no table. */
static void carry(const char *kind, const char *id)
{
    device_says(id, EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", kind, "boot", "1", NULL));
}

static void the_key_of_a_waiters_pager_answers_an_escalation(void **state)
{
    struct evt *evt;

    (void)state;
    carry("pager", "w1");
    create("41");
    run(91000);
    told();
    assert_int_equal(press("w1", "order-42"), ERR_NOT_FOUND);
    assert_int_equal(press("w1", "order-41"), ERR_OK);
    evt = expect_next(EVT_ESCALATION_RESOLVED);
    assert_true(made_is(evt->body, "id", "order-41"));
    assert_true(made_is(evt->body, "reason", "page.acked"));
    assert_true(made_is(evt->body, "by.id", "w1"));
    evt_unref(evt);
    assert_int_equal(press("w1", "order-41"), ERR_NOT_FOUND);
    run(200000);
    expect_told("");
}

static void what_stands_on_a_table_or_hangs_in_the_kitchen_does_not(
        void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    carry("buzzer", "b1");
    carry("button", "k1");
    create("41");
    run(91000);
    assert_int_equal(press("g1", "order-41"), ERR_FORBIDDEN);
    assert_int_equal(press("b1", "order-41"), ERR_FORBIDDEN);
    assert_int_equal(press("k1", "order-41"), ERR_FORBIDDEN);
    assert_int_equal(press("nobody", "order-41"), ERR_FORBIDDEN);
    assert_int_equal(count_open(), 1);
}

/* In the hands of guests it is no waiter's; back on its shelf nobody has it. */
static void nor_does_a_pager_that_was_handed_out(void **state)
{
    (void)state;
    carry("pager", "g2");
    create("41");
    say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id", "g2",
                                     "order_id", "41", NULL));
    run(91000);
    assert_int_equal(press("g2", "order-41"), ERR_FORBIDDEN);
    assert_int_equal(count_open(), 1);
}

static void staff_may_answer_in_the_same_way(void **state)
{
    struct principal who = story_principal(ROLE_WAITER, "");
    ProtobufCMessage *body;

    (void)state;
    create("41");
    run(21000);
    snprintf(who.tables, sizeof(who.tables), "6 7");
    body = made_body(EVT_PAGE_ACKED, "page_id", "order-41", NULL);
    assert_int_equal(story_say_as(&story, &who, EVT_PAGE_ACKED, body, NULL),
            ERR_FORBIDDEN);
    assert_int_equal(count_open(), 1);
    say_as(ROLE_MANAGER, EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "order-41", NULL));
    assert_int_equal(count_open(), 0);
}

/* A back end may call its pages as it likes. */
static void a_page_that_is_called_like_an_escalation_is_a_page(void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    create("41");
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", "order-41",
                               "table.id", "5", "text", "come", NULL));
    run(21000);
    told();
    assert_int_equal(press("g1", "order-41"), ERR_OK);
    expect_told("ready-order-41 resolved");
    assert_int_equal(count_open(), 1);
}

static void a_long_id_does_not_hinder_anything(void **state)
{
    (void)state;
    create("0f8fad5b-d9cb-469f-a165-70867728950e");
    run(21000);
    assert_int_equal(count_open(), 1);
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED,
                    "0f8fad5b-d9cb-469f-a165-70867728950e"));
    assert_int_equal(count_open(), 0);
}

static void without_ladders_nothing_is_said(void **state)
{
    (void)state;
    close_hub();
    story_begin(&story, NULL);
    follower = story_follower(&story);
    create("41");
    run(200000);
    expect_told("");
}

static void a_class_without_a_ladder_says_nothing(void **state)
{
    struct fault fault;

    (void)state;
    close_hub();
    assert_int_equal(
            ladder_read(&ladders.of[ESCALATE_ORDER], "none", &fault), ERR_OK);
    open_hub();
    create("41");
    run(200000);
    expect_told("");
}

/* --- clocks and restarts --- */

static void a_clock_that_is_set_is_no_time_that_has_passed(void **state)
{
    (void)state;
    create("41");
    run(10000);
    story.now_ms += 5 * HOUR_MS;
    began_ms += 5 * HOUR_MS;
    run(7000);
    expect_told("");
    run(3100); /* of the tick in which it was set nobody knows */
    assert_int_equal(strncmp(told(), "order-41 raised station 2", 25), 0);
    story.now_ms -= 3 * HOUR_MS;
    began_ms -= 3 * HOUR_MS;
    run(20000);
    expect_told("");
    run(5100);
    assert_int_equal(strncmp(told(), "order-41 stepped kitchen 4", 26), 0);
}

/* Also when the turn is undone and the picture is made anew. */
static void those_who_wait_have_not_waited_since_another_clock(void **state)
{
    (void)state;
    create("41");
    run(1000);
    story.now_ms += 5 * HOUR_MS;
    run(1000);
    hub_load_waiting(story.hub);
    run(1000);
    expect_told("");
}

static void restart(int64_t away_ms)
{
    close_hub();
    story.now_ms += away_ms;
    open_hub();
    somebody_comes();
}

static void begin_on_disk(struct place *place)
{
    close_hub();
    place_make(place);
    path = place_file(place, "journal.db");
    open_hub();
    somebody_comes();
}

static void end_on_disk(struct place *place)
{
    close_hub();
    place_remove(place);
    path = NULL;
    open_hub();
}

static void a_ladder_goes_on_after_a_restart(void **state)
{
    struct place place;

    (void)state;
    begin_on_disk(&place);
    began_ms = story.now_ms;
    create("41");
    create("42");
    run(21000);
    told();
    restart(10000);
    run(13000);
    expect_told("");
    run(2000);
    expect_told("order-41 stepped kitchen 45.0; order-42 stepped kitchen 45.0");
    restart(4 * HOUR_MS);
    run(100);
    told();
    assert_int_equal(count_open(), 2);
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "41"));
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "42"));
    assert_int_equal(count_open(), 0);
    end_on_disk(&place);
}

static void after_a_restart_it_is_one_step_at_a_time(void **state)
{
    struct place place;

    (void)state;
    begin_on_disk(&place);
    create("41");
    restart(HOUR_MS);
    began_ms = story.now_ms;
    run(1000);
    expect_told("order-41 raised station 0.1; order-41 stepped kitchen 0.2; "
                "order-41 stepped waiters 0.3; order-41 stepped manager 0.4");
    end_on_disk(&place);
}

/* --- the others --- */

static void a_cancellation_without_an_answer_escalates(void **state)
{
    (void)state;
    create("41");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_PREPARING,
            story_about(EVT_KITCHEN_PREPARING, "41"));
    say_as(ROLE_WAITER, EVT_ORDER_CANCEL_REQUESTED,
            story_about(EVT_ORDER_CANCEL_REQUESTED, "41"));
    run(31000);
    expect_told("cancel-41 raised station 30.0");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_REJECTED,
            story_about(EVT_KITCHEN_CANCEL_REJECTED, "41"));
    expect_told("cancel-41 resolved");
    say_as(ROLE_WAITER, EVT_ORDER_CANCEL_REQUESTED,
            story_about(EVT_ORDER_CANCEL_REQUESTED, "41"));
    run(200000);
    expect_told("cancel-41 raised station 61.0; cancel-41 stepped kitchen "
                "76.0; cancel-41 stepped waiters 91.0; cancel-41 stepped "
                "manager 151.0");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_CANCEL_ACCEPTED,
            story_about(EVT_KITCHEN_CANCEL_ACCEPTED, "41"));
    expect_told("cancel-41 resolved");
}

static void an_open_call_escalates_until_it_is_handled(void **state)
{
    (void)state;
    say(EVT_SERVICE_CALL_CREATED, story_call("5", "bill"));
    run(160000);
    assert_int_equal(count_open(), 1);
    assert_int_equal(count_said(EVT_ESCALATION_STEPPED), 1);
    say_as(ROLE_WAITER, EVT_SERVICE_CALL_HANDLED,
            made_body(EVT_SERVICE_CALL_HANDLED, "call.table.id", "5", NULL));
    assert_int_equal(count_open(), 0);
}

static void acknowledging_its_alert_ends_a_call_too(void **state)
{
    struct evt *evt;

    (void)state;
    say(EVT_SERVICE_CALL_CREATED, story_call("5", NULL));
    evt = find_said(EVT_ALERT_CREATED);
    run(61000);
    assert_int_equal(count_open(), 1);
    say_as(ROLE_WAITER, EVT_ALERT_ACKNOWLEDGED,
            made_body(EVT_ALERT_ACKNOWLEDGED, "alert_id",
                    body_text(evt->body, "alert.id"), NULL));
    evt_unref(evt);
    assert_int_equal(count_open(), 0);
}

static void food_that_nobody_comes_for_escalates(void **state)
{
    struct evt *evt;

    (void)state;
    make_ready("41");
    run(61000);
    evt = expect_next(EVT_ESCALATION_RAISED);
    assert_true(made_is(evt->body, "about", "ready"));
    assert_true(made_is(evt->body, "order_id", "41"));
    assert_true(made_is(evt->body, "table.id", "5"));
    assert_true(made_is(evt->body, "target", "waiters"));
    evt_unref(evt);
    say_as(ROLE_WAITER, EVT_ORDER_SERVED, story_about(EVT_ORDER_SERVED, "41"));
    evt = expect_next(EVT_ESCALATION_RESOLVED);
    assert_true(made_is(evt->body, "order_id", "41"));
    assert_true(made_is(evt->body, "reason", "order.served"));
    evt_unref(evt);
}

static const char *page_id(void)
{
    static char id[SHELF_ID_CHARS + 1];
    Dw__Picture *picture = look("waiters");

    assert_int_equal(picture->n_pages, 1);
    snprintf(id, sizeof(id), "%s", picture->pages[0]->sent->page_id);
    hub_picture_free(picture);
    return id;
}

static void a_page_that_is_acknowledged_does_not(void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    make_ready("41");
    device_says("g1", EVT_PAGE_RECEIVED,
            made_body(EVT_PAGE_RECEIVED, "page_id", page_id(), NULL));
    run(61000);
    assert_int_equal(count_open(), 1);
    device_says("g1", EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", page_id(), NULL));
    assert_int_equal(count_open(), 0);
}

/* --- pages are offered again --- */

static void a_page_that_a_pager_does_not_have_is_offered_again(void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    make_ready("41");
    assert_int_equal(count_said(EVT_PAGE_SENT), 1);
    run(2900);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    run(200);
    assert_int_equal(count_said(EVT_PAGE_SENT), 1);
    run(6000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 2);
    run(2500);
    assert_int_equal(count_said(EVT_PAGE_LOST), 0);
    run(500);
    assert_int_equal(count_open(), 1);
    assert_int_equal(count_said(EVT_PAGE_LOST), 1);
    run(30000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
}

static void one_that_it_has_is_not(void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    make_ready("41");
    run(3500);
    assert_int_equal(count_said(EVT_PAGE_SENT), 2);
    device_says("g1", EVT_PAGE_RECEIVED,
            made_body(EVT_PAGE_RECEIVED, "page_id", page_id(), NULL));
    run(40000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    assert_int_equal(count_open(), 0);
}

static void after_a_restart_a_page_is_offered_again_too(void **state)
{
    struct place place;

    (void)state;
    begin_on_disk(&place);
    come_online("pager", "g1", NULL);
    make_ready("41");
    run(2000);
    restart(1000);
    run(2900);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    run(9000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 3);
    run(500);
    assert_int_equal(count_said(EVT_PAGE_LOST), 1);
    restart(1000);
    run(20000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    say(EVT_ORDER_SERVED, story_about(EVT_ORDER_SERVED, "41"));
    make_ready("42");
    device_says("g1", EVT_PAGE_RECEIVED,
            made_body(EVT_PAGE_RECEIVED, "page_id", page_id(), NULL));
    restart(1000);
    run(20000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    end_on_disk(&place);
}

static void a_pager_that_is_away_is_waited_for(void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    make_ready("41");
    device_says("g1", EVT_DEVICE_OFFLINE,
            made_body(EVT_DEVICE_OFFLINE, "boot", "1", NULL));
    run(30500);
    count_said(EVT_PAGE_SENT);
    run(20000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    come_online("pager", "g1", NULL);
    assert_int_equal(count_said(EVT_PAGE_SENT), 1);
    run(3500);
    assert_int_equal(count_said(EVT_PAGE_SENT), 1);
}

/* A pager that changes from one access point to another loses nothing. */
static void a_page_is_not_lost_while_its_pager_may_be_gone(void **state)
{
    (void)state;
    come_online("pager", "g1", NULL);
    make_ready("41");
    run(1000);
    device_says("g1", EVT_DEVICE_OFFLINE,
            made_body(EVT_DEVICE_OFFLINE, "boot", "1", NULL));
    run(25000);
    assert_int_equal(count_said(EVT_PAGE_LOST), 0);
    come_online("pager", "g1", NULL);
    assert_int_equal(count_said(EVT_PAGE_SENT), 1);
    run(13000);
    assert_int_equal(count_said(EVT_PAGE_LOST), 1);
}

static void a_pager_that_comes_back_gets_the_newest_page_alone(void **state)
{
    struct evt *evt;

    (void)state;
    make_ready("41");
    make_ready("42");
    count_said(EVT_PAGE_SENT);
    come_online("pager", "g1", NULL);
    evt = find_said(EVT_PAGE_SENT);
    assert_true(made_is(evt->body, "order_id", "42"));
    evt_unref(evt);
    assert_int_equal(count_said(EVT_PAGE_SENT), 0);
    run(20000);
    assert_int_equal(count_said(EVT_PAGE_SENT), 3);
}

/* --- pagers that were handed out --- */

static void begin_handed_out(void)
{
    device_says("g2", EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", "1", NULL));
    create("41");
    say(EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, "device_id", "g2",
                                     "order_id", "41", NULL));
    say(EVT_KITCHEN_READY, story_about(EVT_KITCHEN_READY, "41"));
}

/* The waiters have the table's page: it is the same food. */
static void one_order_escalates_once_whoever_is_paged(void **state)
{
    (void)state;
    begin_handed_out();
    device_says("g2", EVT_PAGE_RECEIVED,
            made_body(EVT_PAGE_RECEIVED, "page_id", "41-ready-2-g2", NULL));
    run(200000);
    assert_int_equal(count_open(), 1);
    assert_int_equal(count_said(EVT_PAGE_LOST), 0);
    device_says("g2", EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "41-ready-2-g2", NULL));
    assert_int_equal(count_open(), 0);
}

static void a_page_that_its_pager_does_not_take_escalates_besides(void **state)
{
    (void)state;
    begin_handed_out();
    assert_int_equal(count_said(EVT_PAGE_SENT), 2);
    run(14000);
    assert_int_equal(count_open(), 1);
    assert_int_equal(count_said(EVT_PAGE_LOST), 1);
}

/* --- devices that go --- */

static void go(const char *id)
{
    device_says(id, EVT_DEVICE_OFFLINE,
            made_body(EVT_DEVICE_OFFLINE, "boot", "1", NULL));
}

static uint32_t count_online(void)
{
    Dw__Picture *picture = look("kitchen");
    uint32_t count = 0;

    for (size_t i = 0; i < picture->n_devices; i++)
        count += picture->devices[i]->online != 0;
    hub_picture_free(picture);
    return count;
}

static void a_device_is_gone_when_it_was_away_for_long(void **state)
{
    static const struct {
        const char *kind;
        int64_t grace_ms;
    } kinds[] = { { "printer", 10000 }, { "buzzer", 10000 }, { "pager", 30000 },
        { "button", 60000 } };

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        come_online(kinds[i].kind, kinds[i].kind, NULL);
        go(kinds[i].kind);
        run(kinds[i].grace_ms - 200);
        assert_int_equal(count_online(), 1);
        assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
        run(300);
        assert_int_equal(count_online(), 0);
        assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 1);
    }
}

static void one_that_comes_back_was_never_gone(void **state)
{
    (void)state;
    come_online("printer", "p1", NULL);
    for (int i = 0; i < 3; i++) {
        go("p1");
        run(9000);
        come_online("printer", "p1", NULL);
    }
    run(60000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
    assert_int_equal(count_online(), 1);
}

static void one_that_speaks_is_there(void **state)
{
    (void)state;
    come_online("printer", "p1", NULL);
    go("p1");
    run(5000);
    device_says("p1", EVT_DEVICE_PAPER_LOW,
            made_body(EVT_DEVICE_PAPER_LOW, "percent", "5", NULL));
    run(60000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
}

static void what_is_said_to_be_gone_twice_has_the_time_that_it_had(void **state)
{
    (void)state;
    come_online("printer", "p1", NULL);
    go("p1");
    run(8000);
    go("p1");
    run(2500);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 1);
}

static void one_that_is_retired_is_gone_at_once(void **state)
{
    (void)state;
    come_online("printer", "p1", NULL);
    say_as(ROLE_HUB, EVT_DEVICE_OFFLINE,
            made_body(
                    EVT_DEVICE_OFFLINE, "device_id", "p1", "boot", "1", NULL));
    assert_int_equal(count_online(), 0);
}

static void devices_come(int count)
{
    for (int i = 0; i < count; i++) {
        char id[16];

        snprintf(id, sizeof(id), "g%d", i);
        come_online("pager", id, NULL);
    }
}

static void devices_go(int count)
{
    for (int i = 0; i < count; i++) {
        char id[16];

        snprintf(id, sizeof(id), "g%d", i);
        go(id);
    }
}

static void forty_that_go_at_once_are_one_trouble(void **state)
{
    struct evt *evt;

    (void)state;
    devices_come(40);
    devices_go(40);
    began_ms = story.now_ms;
    run(29000);
    assert_int_equal(count_said(EVT_DEVICE_DEGRADED), 0);
    run(2000);
    evt = find_said(EVT_DEVICE_DEGRADED);
    assert_true(made_is(evt->body, "device_id", "network"));
    evt_unref(evt);
    expect_told("device-network raised manager 30.1");
    assert_int_equal(count_open(), 1);
    devices_come(35);
    run(200);
    assert_int_equal(count_open(), 1);
    story.now_ms += 5 * HOUR_MS; /* the others have not come by that */
    run(200);
    come_online("pager", "g0", NULL);
    run(200);
    assert_int_equal(count_open(), 1);
    devices_come(36);
    run(200);
    expect_told("device-network resolved");
    assert_int_equal(count_open(), 0);
}

static void forty_that_come_back_in_time_are_none(void **state)
{
    (void)state;
    devices_come(40);
    devices_go(40);
    run(25000);
    devices_come(40);
    run(60000);
    expect_told("");
    assert_int_equal(count_online(), 40);
}

static void four_that_go_or_five_in_a_minute_are_none(void **state)
{
    (void)state;
    devices_come(5);
    devices_go(4);
    run(20000);
    go("g4");
    run(60000);
    expect_told("");
    assert_int_equal(count_online(), 0);
}

static void the_broker_is_one_trouble_too(void **state)
{
    struct evt *evt;

    (void)state;
    devices_come(10);
    devices_go(10);
    hub_tell_link(story.hub, false);
    began_ms = story.now_ms;
    run(9900);
    assert_int_equal(count_said(EVT_DEVICE_DEGRADED), 0);
    run(60000);
    evt = find_said(EVT_DEVICE_DEGRADED);
    assert_true(made_is(evt->body, "device_id", "broker"));
    assert_true(made_is(evt->body, "reason", "lost"));
    evt_unref(evt);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
    assert_int_equal(count_open(), 1);
    hub_tell_link(story.hub, true);
    run(200);
    assert_int_equal(count_open(), 0);
    run(25000);
    devices_come(10);
    run(60000);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 0);
    assert_int_equal(count_online(), 10);
}

static void a_broker_that_is_away_for_a_moment_is_no_news(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        hub_tell_link(story.hub, false);
        run(9000);
        hub_tell_link(story.hub, true);
        run(1000);
    }
    expect_told("");
}

/* --- paper --- */

static void fail_job(const char *reason)
{
    Dw__Picture *picture = look("kitchen");
    char id[SHELF_ID_CHARS + 1];

    assert_int_equal(picture->n_jobs, 1);
    snprintf(id, sizeof(id), "%s", picture->jobs[0]->request->job_id);
    hub_picture_free(picture);
    say_as(ROLE_HUB, EVT_PRINT_FAILED,
            made_body(EVT_PRINT_FAILED, "job_id", id, "reason", reason, NULL));
}

static void a_ticket_that_nobody_prints_escalates_at_once(void **state)
{
    struct evt *evt;

    (void)state;
    create("41");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "41"));
    fail_job("no_printer");
    run(200);
    evt = expect_next(EVT_ESCALATION_RAISED);
    assert_true(made_is(evt->body, "about", "print"));
    assert_true(made_is(evt->body, "order_id", "41"));
    assert_true(made_is(evt->body, "station", "kitchen"));
    assert_true(made_is(evt->body, "target", "kitchen"));
    assert_non_null(body_text(evt->body, "job_id"));
    evt_unref(evt);
    say(EVT_ORDER_COMPLETED, story_about(EVT_ORDER_COMPLETED, "41"));
    assert_int_equal(count_open(), 0);
}

/* --- who is there --- */

static void an_order_into_an_empty_kitchen_starts_at_the_top(void **state)
{
    (void)state;
    waiter = story_listener(&story, ROLE_WAITER, "waiters");
    run(6000);
    expect_told("");
    began_ms = story.now_ms;
    create("41");
    run(200);
    expect_told("kitchen empty; order-41 raised manager 0.1");
    create("42");
    run(200);
    expect_told("order-42 raised manager 0.3");
    run(200000);
    expect_told("");
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen");
    run(500);
    expect_told("kitchen covered");
    assert_int_equal(count_open(), 2);
    create("43");
    run(19000);
    expect_told("");
}

static void empty_rooms_are_in_the_picture(void **state)
{
    Dw__Picture *picture;

    (void)state;
    run(6000);
    create("41");
    run(200);
    picture = look("kitchen");
    assert_int_equal(picture->n_empty_rooms, 1);
    assert_string_equal(picture->empty_rooms[0]->room, "kitchen");
    hub_picture_free(picture);
}

static void a_kitchen_that_empties_takes_what_waits_to_the_top(void **state)
{
    (void)state;
    create("41");
    create("42");
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "42"));
    run(1000);
    leave(&cook);
    run(4000);
    expect_told("");
    run(1500);
    assert_int_equal(
            strncmp(told(), "kitchen empty; order-41 raised manager ", 39), 0);
}

static void who_is_away_for_a_moment_is_not_missed(void **state)
{
    (void)state;
    create("41");
    leave(&cook);
    run(4000);
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen");
    run(10000);
    expect_told("");
}

static void after_a_start_screens_have_time_to_come_back(void **state)
{
    (void)state;
    close_hub();
    ladders.return_ms = 15000;
    open_hub();
    create("41");
    run(14500);
    expect_told("");
    run(1000);
    assert_int_equal(
            strncmp(told(), "kitchen empty; order-41 raised manager ", 39), 0);
}

static void expect_order_is_seen(bool is_seen)
{
    run(6000);
    told();
    create("41");
    run(6000);
    assert_int_equal(count_open(), is_seen ? 0 : 1);
}

static void a_screen_of_the_whole_house_counts(void **state)
{
    (void)state;
    cook = story_listener(&story, ROLE_MANAGER, "restaurant");
    expect_order_is_seen(true);
}

static void whoever_only_looks_on_does_not(void **state)
{
    struct hub_client *till = story_listener(&story, ROLE_POS, "all");
    struct hub_client *backend =
            story_listener(&story, ROLE_BACKEND, "kitchen");

    (void)state;
    cook = story_listener(&story, ROLE_ADMIN, "kitchen");
    waiter = story_listener(&story, ROLE_WAITER, "all");
    expect_order_is_seen(false);
    hub_detach(story.hub, till);
    hub_detach(story.hub, backend);
}

static void a_printer_is_somebody(void **state)
{
    (void)state;
    come_online("printer", "p1", NULL);
    expect_order_is_seen(true);
}

static void a_buzzer_is_not(void **state)
{
    (void)state;
    come_online("buzzer", "b1", NULL);
    expect_order_is_seen(false);
}

static void a_call_where_no_waiter_is_starts_at_the_top(void **state)
{
    (void)state;
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen");
    run(6000);
    began_ms = story.now_ms;
    say(EVT_SERVICE_CALL_CREATED, story_call("5", NULL));
    run(500);
    assert_int_equal(strncmp(told(), "waiters empty; call-call-", 25), 0);
    assert_int_equal(count_open(), 1);
}

static void a_pager_on_the_table_is_somebody_for_its_page(void **state)
{
    (void)state;
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen");
    come_online("pager", "g1", NULL);
    run(6000);
    make_ready("41");
    device_says("g1", EVT_PAGE_RECEIVED,
            made_body(EVT_PAGE_RECEIVED, "page_id", page_id(), NULL));
    run(10000);
    assert_int_equal(count_open(), 0);
}

/* --- items that go nowhere --- */

static ProtobufCMessage *order_for(const char *station)
{
    return made_body(EVT_ORDER_CREATED, "order.id", "41", "order.table.id", "5",
            "order.items[0].name", "Soup", "order.items[0].station", "bar",
            "order.items[1].name", "Steak", "order.items[1].station", station,
            NULL);
}

static void an_item_without_an_output_is_told_to_everybody(void **state)
{
    struct evt *evt;

    (void)state;
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen/bar");
    run(6000);
    say(EVT_ORDER_CREATED, order_for("grill"));
    run(4800);
    expect_told("");
    run(400);
    evt = expect_next(EVT_ESCALATION_RAISED);
    assert_true(made_is(evt->body, "id", "order-41"));
    assert_true(made_is(evt->body, "target", "manager"));
    assert_true(made_is(evt->body, "reason", "no output: Steak (grill)"));
    evt_unref(evt);
    expect_told("");
}

static void an_item_with_a_printer_of_its_own_has_one(void **state)
{
    (void)state;
    cook = story_listener(&story, ROLE_KITCHEN, "kitchen/bar");
    come_online("printer", "p1", "grill");
    run(6000);
    say(EVT_ORDER_CREATED, order_for("grill"));
    run(10000);
    expect_told("");
}

static void the_catch_all_prints_what_no_other_printer_does(void **state)
{
    (void)state;
    come_online("printer", "p1", "kitchen");
    run(6000);
    say(EVT_ORDER_CREATED, order_for("grill"));
    run(10000);
    expect_told("");
}

static void what_is_no_id_is_nobodys_name(void **state)
{
    struct principal chef = story_principal(ROLE_KITCHEN, "");
    struct evt *evt;

    (void)state;
    snprintf(chef.subject, sizeof(chef.subject), "ana@kitchen.example");
    create("41");
    run(21000);
    told();
    assert_int_equal(story_say_as(&story, &chef, EVT_KITCHEN_ACKNOWLEDGED,
                             story_about(EVT_KITCHEN_ACKNOWLEDGED, "41"), NULL),
            ERR_OK);
    story_commit(&story);
    evt = expect_next(EVT_ESCALATION_RESOLVED);
    assert_true(made_is(evt->body, "by.id", NULL));
    evt_unref(evt);
}

static void a_buzzer_that_comes_up_is_told_of_the_newest_alone(void **state)
{
    (void)state;
    create("41");
    run(1000);
    create("42");
    run(25000);
    told();
    come_online("buzzer", "b1", NULL);
    come_online("buzzer", "b2", NULL);
    began_ms = story.now_ms;
    run(2000);
    expect_told("order-42 stepped station 0.1");
}

static void many_that_wait_are_told_in_time(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char id[8];

        snprintf(id, sizeof(id), "o%d", i);
        create(id);
        if (i % 10 == 9)
            run(100);
    }
    count_said(EVT_ESCALATION_RAISED);
    run(9900);
    assert_int_equal(count_said(EVT_ESCALATION_RAISED), 0);
    for (int i = 0; i < 100; i++) {
        run(100);
        assert_in_range(count_said(EVT_ESCALATION_RAISED), 0, 30);
    }
    run(300);
    assert_int_equal(count_open(), 1000);
}

/* --- what nobody ever ends --- */

static uint32_t watched(enum escalate_class about)
{
    return HASH_COUNT(story.hub->escalations.watches[about]);
}

static void create_many(int count)
{
    for (int i = 0; i < count; i++) {
        char id[16];

        snprintf(id, sizeof(id), "o%d", i);
        create(id);
    }
}

static void what_a_full_shelf_lets_go_of_is_over(void **state)
{
    struct evt *evt;

    (void)state;
    for (int i = 0; i < 1001; i++) {
        char id[16];

        snprintf(id, sizeof(id), "o%d", i);
        make_ready(id);
        if (i == 999)
            run(160000);
    }
    count_said(EVT_ESCALATION_RAISED);
    run(61000);
    evt = find_said(EVT_ESCALATION_RESOLVED);
    assert_non_null(evt);
    assert_true(made_is(evt->body, "order_id", "o0"));
    assert_true(made_is(evt->body, "reason", "over"));
    evt_unref(evt);
    assert_int_equal(count_said(EVT_ESCALATION_RESOLVED), 0);
    assert_int_equal(watched(ESCALATE_READY), 1000);
}

static void what_the_picture_has_let_go_of_is_not_told_again(void **state)
{
    struct place place;

    (void)state;
    begin_on_disk(&place);
    create_many(1200);
    run(200000);
    assert_int_equal(count_said(EVT_ESCALATION_RAISED), 1200);
    assert_int_equal(count_open(), 1000);
    restart(HOUR_MS);
    run(1000);
    assert_int_equal(count_said(EVT_ESCALATION_RAISED), 0);
    say_as(ROLE_KITCHEN, EVT_KITCHEN_ACKNOWLEDGED,
            story_about(EVT_KITCHEN_ACKNOWLEDGED, "o0"));
    expect_told("order-o0 resolved");
    end_on_disk(&place);
}

static void what_was_open_is_over_once_they_are_switched_off(void **state)
{
    struct place place;
    struct evt *evt;
    Dw__Picture *picture;

    (void)state;
    begin_on_disk(&place);
    create("41");
    run(21000);
    leave(&cook);
    run(6000);
    told();
    is_off = true;
    restart(1000);
    run(200);
    evt = expect_next(EVT_ESCALATION_RESOLVED);
    assert_true(made_is(evt->body, "id", "order-41"));
    assert_true(made_is(evt->body, "reason", "switched off"));
    evt_unref(evt);
    expect_told("kitchen covered");
    picture = look("kitchen");
    assert_int_equal(picture->n_escalations + picture->n_empty_rooms, 0);
    hub_picture_free(picture);
    run(60000);
    expect_told("");
    is_off = false;
    end_on_disk(&place);
}

static void a_buzzer_is_not_told_of_what_is_hours_old(void **state)
{
    (void)state;
    create("41");
    run(200000);
    for (int i = 0; i < 3600; i++) {
        story.now_ms += 2000;
        hub_tick(story.hub, story.now_ms);
        assert_int_equal(story_commit(&story), ERR_OK);
        listen();
    }
    told();
    assert_int_equal(count_open(), 1);
    come_online("buzzer", "b1", NULL);
    run(2000);
    expect_told("");
}

static void a_device_that_is_gone_is_so_after_a_full_disk_too(void **state)
{
    (void)state;
    come_online("buzzer", "b1", NULL);
    go("b1");
    run(9900);
    story.now_ms += TICK_MS;
    hub_tick(story.hub, story.now_ms);
    story.hub->failed = ERR_FULL; /* the turn is undone */
    assert_int_not_equal(story_commit(&story), ERR_OK);
    assert_int_equal(count_online(), 1);
    run(20000);
    assert_int_equal(count_online(), 0);
    assert_int_equal(count_said(EVT_DEVICE_OFFLINE), 1);
}

static void a_ticket_of_an_order_that_is_over_is_over(void **state)
{
    (void)state;
    create("41");
    fail_job("paper_out");
    run(200);
    told();
    say(EVT_ORDER_COMPLETED, story_about(EVT_ORDER_COMPLETED, "41"));
    assert_int_equal(count_open(), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define E(f) cmocka_unit_test_setup_teardown(f, begin_empty, end)
    const struct CMUnitTest tests[] = {
        T(an_order_that_nobody_acknowledges_climbs_the_ladder),
        T(what_is_said_says_what_it_is_about),
        T(an_acknowledgement_ends_it_in_the_same_turn),
        T(whatever_takes_the_order_on_ends_it),
        T(one_that_was_acknowledged_in_time_was_never_news),
        T(a_confirmation_is_no_acknowledgement_of_the_kitchen),
        T(what_is_recalled_waits_anew),
        T(one_may_say_of_an_escalation_that_one_knows),
        T(guests_do_not_silence_anything),
        T(guests_hear_and_see_nothing_of_it),
        T(a_waiter_of_other_tables_does_not_either),
        T(the_key_of_a_waiters_pager_answers_an_escalation),
        T(nor_does_a_pager_that_was_handed_out),
        T(what_stands_on_a_table_or_hangs_in_the_kitchen_does_not),
        T(staff_may_answer_in_the_same_way),
        T(a_page_that_is_called_like_an_escalation_is_a_page),
        T(a_long_id_does_not_hinder_anything),
        T(without_ladders_nothing_is_said),
        T(a_class_without_a_ladder_says_nothing),
        T(a_clock_that_is_set_is_no_time_that_has_passed),
        T(those_who_wait_have_not_waited_since_another_clock),
        T(a_ladder_goes_on_after_a_restart),
        T(after_a_restart_it_is_one_step_at_a_time),
        T(a_cancellation_without_an_answer_escalates),
        T(an_open_call_escalates_until_it_is_handled),
        T(acknowledging_its_alert_ends_a_call_too),
        T(food_that_nobody_comes_for_escalates),
        T(a_page_that_is_acknowledged_does_not),
        T(a_page_that_a_pager_does_not_have_is_offered_again),
        T(one_that_it_has_is_not),
        T(after_a_restart_a_page_is_offered_again_too),
        T(a_pager_that_is_away_is_waited_for),
        T(a_page_is_not_lost_while_its_pager_may_be_gone),
        T(a_pager_that_comes_back_gets_the_newest_page_alone),
        T(one_order_escalates_once_whoever_is_paged),
        T(a_page_that_its_pager_does_not_take_escalates_besides),
        T(a_device_is_gone_when_it_was_away_for_long),
        T(one_that_comes_back_was_never_gone),
        T(one_that_speaks_is_there),
        T(what_is_said_to_be_gone_twice_has_the_time_that_it_had),
        T(one_that_is_retired_is_gone_at_once),
        T(forty_that_go_at_once_are_one_trouble),
        T(forty_that_come_back_in_time_are_none),
        T(four_that_go_or_five_in_a_minute_are_none),
        T(the_broker_is_one_trouble_too),
        T(a_broker_that_is_away_for_a_moment_is_no_news),
        T(a_ticket_that_nobody_prints_escalates_at_once),
        E(an_order_into_an_empty_kitchen_starts_at_the_top),
        E(empty_rooms_are_in_the_picture),
        T(a_kitchen_that_empties_takes_what_waits_to_the_top),
        T(who_is_away_for_a_moment_is_not_missed),
        E(after_a_start_screens_have_time_to_come_back),
        E(a_screen_of_the_whole_house_counts),
        E(whoever_only_looks_on_does_not),
        E(a_printer_is_somebody),
        E(a_buzzer_is_not),
        E(a_call_where_no_waiter_is_starts_at_the_top),
        E(a_pager_on_the_table_is_somebody_for_its_page),
        E(an_item_without_an_output_is_told_to_everybody),
        E(an_item_with_a_printer_of_its_own_has_one),
        E(the_catch_all_prints_what_no_other_printer_does),
        T(what_is_no_id_is_nobodys_name),
        T(a_buzzer_that_comes_up_is_told_of_the_newest_alone),
        T(many_that_wait_are_told_in_time),
        T(what_a_full_shelf_lets_go_of_is_over),
        T(what_the_picture_has_let_go_of_is_not_told_again),
        T(what_was_open_is_over_once_they_are_switched_off),
        T(a_buzzer_is_not_told_of_what_is_hours_old),
        T(a_device_that_is_gone_is_so_after_a_full_disk_too),
        T(a_ticket_of_an_order_that_is_over_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
