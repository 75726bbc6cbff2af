/* Pagers that are handed out, from the counter and back; and what a device is
 * told when it comes up. */
#include "hub/derive.h"

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
#include "schemas/picture.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/story.h"

static struct story story;
static struct hub_client *follower;

static void device_says(
        const char *id, enum evt_id what, ProtobufCMessage *body)
{
    struct principal device = story_principal(ROLE_DEVICE, id);

    if (story_say_as(&story, &device, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void come(const char *id, const char *boot, const char *config_rev)
{
    device_says(id, EVT_DEVICE_ONLINE,
            made_body(EVT_DEVICE_ONLINE, "kind", "pager", "boot", boot,
                    "config_rev", config_rev, NULL));
}

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    story.is_forgetful = true;
    follower = story_follower(&story);
    come("g1", "1", "0");
    return 0;
}

static int end(void **state)
{
    (void)state;
    hub_detach(story.hub, follower);
    story_commit(&story);
    story_end(&story);
    return 0;
}

static void say(enum evt_id what, ProtobufCMessage *body)
{
    story.now_ms += 20000; /* nothing is said again */
    if (story_say(&story, ROLE_BACKEND, what, body, NULL) != ERR_OK)
        fail_msg("%s: %s", evt_kinds[what].name, story.fault.text);
    assert_int_equal(story_commit(&story), ERR_OK);
}

static void step(enum evt_id what, const char *order)
{
    say(what, story_about(what, order));
}

static void order(const char *id, const char *table)
{
    if (table)
        say(EVT_ORDER_CREATED, story_order(id, table));
    else
        say(EVT_ORDER_CREATED, made_body(EVT_ORDER_CREATED, "order.id", id,
                                       "order.items[0].name", "Soup",
                                       "order.items[0].quantity", "1", NULL));
}

static void assign(const char *id, const char *path, const char *value)
{
    say(EVT_DEVICE_ASSIGNED,
            made_body(EVT_DEVICE_ASSIGNED, "device_id", id, path, value, NULL));
}

/* "page.sent 41-ready-2-g1 g1; …": what was said of these kinds. */
static const char *told(const enum evt_id *kinds, size_t count)
{
    static char text[1024];
    struct delivery delivery;
    size_t len = 0;

    text[0] = '\0';
    while (hub_next(story.hub, follower, &delivery)) {
        const struct evt *evt = delivery.evt;
        const char *page = body_text(evt->body, "page_id");
        const char *device = body_text(evt->body, "device_id");

        for (size_t i = 0; i < count; i++)
            if (evt->what == kinds[i])
                len += (size_t)snprintf(text + len, sizeof(text) - len,
                        "%s%s %s %s", len ? "; " : "",
                        strchr(evt_kinds[evt->what].name, '.') + 1,
                        page ? page : "-", device ? device : "-");
        evt_unref(delivery.evt);
    }
    return text;
}

static void expect_pages(const char *text)
{
    static const enum evt_id kinds[] = { EVT_PAGE_SENT, EVT_PAGE_ACKED,
        EVT_PAGE_CLEARED };

    assert_string_equal(told(kinds, 3), text);
}

/* Who has it, as whoever is at this room sees it: "order 41", "table 5", "-".
 */
static void expect_has_as(
        uint32_t mask, const char *name, const char *id, const char *has)
{
    struct room room;
    Dw__Picture *picture;
    char text[80] = "unknown";

    assert_true(room_parse(name, strlen(name), &room));
    picture = hub_picture(story.hub, mask, &room, 1);
    for (size_t i = 0; i < picture->n_devices; i++) {
        const Dw__DeviceAssigned *assigned = picture->devices[i]->assigned;

        if (strcmp(picture->devices[i]->id, id) != 0)
            continue;
        if (!assigned)
            snprintf(text, sizeof(text), "-");
        else if (assigned->order_id)
            snprintf(text, sizeof(text), "order %s", assigned->order_id);
        else
            snprintf(text, sizeof(text), "table %s", assigned->table->id);
    }
    hub_picture_free(picture);
    assert_string_equal(text, has);
}

static void expect_has(const char *id, const char *has)
{
    expect_has_as(ROLE_ADMIN, "admin", id, has);
}

/* --- pages --- */

static void an_order_that_is_ready_rings_at_the_pager_that_has_it(void **state)
{
    (void)state;
    order("41", NULL);
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    expect_pages("sent 41-ready-2-g1 g1");
}

/* The table's own pagers hear of it as ever, and waiters, too. */
static void with_a_table_it_rings_there_as_well(void **state)
{
    (void)state;
    come("g2", "1", "0");
    order("41", "5");
    assign("g1", "order_id", "41");
    assign("g2", "table.id", "5");
    step(EVT_KITCHEN_READY, "41");
    expect_pages("sent 41-ready-2 -; sent 41-ready-2-g1 g1; "
                 "sent 41-ready-2-g2 g2");
}

static void for_another_order_it_does_not_ring(void **state)
{
    (void)state;
    order("41", "5");
    order("42", "5");
    assign("g1", "order_id", "42");
    step(EVT_KITCHEN_READY, "41");
    expect_pages("sent 41-ready-2 -");
}

static void whoever_answers_has_answered_for_all_of_the_order(void **state)
{
    (void)state;
    order("41", "5");
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    device_says("g1", EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "41-ready-2-g1", NULL));
    expect_pages("sent 41-ready-2 -; sent 41-ready-2-g1 g1; "
                 "acked 41-ready-2-g1 g1; cleared 41-ready-2 -");
}

/* It hears what is said to it alone. */
static void a_waiter_who_answers_silences_the_pager(void **state)
{
    (void)state;
    order("41", "5");
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    say(EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "41-ready-2", NULL));
    expect_pages("sent 41-ready-2 -; sent 41-ready-2-g1 g1; "
                 "acked 41-ready-2 -; cleared 41-ready-2-g1 g1");
}

static void also_where_the_pagers_own_page_is_answered(void **state)
{
    (void)state;
    order("41", NULL);
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    say(EVT_PAGE_ACKED,
            made_body(EVT_PAGE_ACKED, "page_id", "41-ready-2-g1", NULL));
    expect_pages("sent 41-ready-2-g1 g1; acked 41-ready-2-g1 -; "
                 "cleared 41-ready-2-g1 g1");
}

/* Two pages that a back end has made of one order are two. */
static void without_a_pager_that_was_handed_out_each_page_is_its_own(
        void **state)
{
    (void)state;
    order("41", "5");
    step(EVT_KITCHEN_READY, "41");
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", "p", "order_id",
                               "41", "table.id", "5", "text", "Come", NULL));
    say(EVT_PAGE_ACKED, made_body(EVT_PAGE_ACKED, "page_id", "p", NULL));
    expect_pages("sent 41-ready-2 -; sent p -; acked p -");
}

static void what_takes_the_food_away_silences_it_too(void **state)
{
    (void)state;
    order("41", NULL);
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    step(EVT_ORDER_SERVED, "41");
    expect_pages("sent 41-ready-2-g1 g1; cleared 41-ready-2-g1 g1");
}

static void a_pager_that_comes_up_is_told_of_its_newest_page(void **state)
{
    (void)state;
    order("41", NULL);
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    expect_pages("sent 41-ready-2-g1 g1");
    come("g1", "2", "0");
    expect_pages("sent 41-ready-2-g1 g1");
}

/* --- back again --- */

static void once_its_order_is_over_a_pager_is_free(void **state)
{
    static const enum evt_id ends[] = { EVT_ORDER_COMPLETED,
        EVT_ORDER_CANCELLED };
    static const enum evt_id kind = EVT_DEVICE_ASSIGNED;

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char id[8];

        snprintf(id, sizeof(id), "%zu", 41 + i);
        order(id, "5");
        assign("g1", "order_id", id);
        expect_has("g1", i ? "order 42" : "order 41");
        told(&kind, 1);
        step(ends[i], id);
        assert_string_equal(told(&kind, 1), "assigned - g1");
        expect_has("g1", "-");
    }
}

static void that_of_a_table_is_free_once_its_guests_have_paid(void **state)
{
    (void)state;
    come("g2", "1", "0");
    order("41", "5");
    assign("g1", "table.id", "5");
    assign("g2", "order_id", "41");
    say(EVT_TABLE_CHECKOUT_COMPLETED,
            made_body(EVT_TABLE_CHECKOUT_COMPLETED, "table.id", "5", NULL));
    expect_has("g1", "-");
    expect_has("g2", "order 41");
    say(EVT_TABLE_FORCE_RESET,
            made_body(EVT_TABLE_FORCE_RESET, "table.id", "5", NULL));
    expect_has("g2", "-");
}

static void guests_take_it_with_them_to_another_table(void **state)
{
    (void)state;
    assign("g1", "table.id", "5");
    say(EVT_TABLE_MOVED, made_body(EVT_TABLE_MOVED, "table.id", "5",
                                 "to_table.id", "6", NULL));
    expect_has("g1", "table 6");
}

static void who_gives_it_back_needs_no_page(void **state)
{
    (void)state;
    order("41", NULL);
    assign("g1", "order_id", "41");
    step(EVT_KITCHEN_READY, "41");
    expect_pages("sent 41-ready-2-g1 g1");
    say(EVT_DEVICE_ASSIGNED,
            made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1", NULL));
    expect_pages("cleared 41-ready-2-g1 g1");
    expect_has("g1", "-");
}

/* What it is told again when it comes up is no news. */
static void a_page_of_a_waiters_own_outlasts_its_coming_up(void **state)
{
    (void)state;
    order("41", NULL);
    assign("g1", "order_id", "41");
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", "p", "device_id",
                               "g1", "text", "Come", NULL));
    come("g1", "2", "0");
    expect_pages("sent p g1; sent p g1");
}

/* --- what it is told when it comes up --- */

static void a_device_that_comes_up_is_told_what_it_may_not_know(void **state)
{
    static const enum evt_id kinds[] = { EVT_DEVICE_CONFIGURED,
        EVT_DEVICE_ASSIGNED };
    struct evt *evt;

    (void)state;
    say(EVT_DEVICE_CONFIGURED, made_body(EVT_DEVICE_CONFIGURED, "device_id",
                                       "g1", "sleep_s", "30", NULL));
    assign("g1", "table.id", "5");
    told(kinds, 2);
    come("g1", "2", "0");
    assert_string_equal(told(kinds, 2), "configured - g1; assigned - g1");
    come("g1", "3", "1");
    assert_string_equal(told(kinds, 2), "assigned - g1");
    expect_has("g1", "table 5");
    come("g1", "4", "7"); /* of a hub that has lost its journal since */
    evt = story_said(&story, follower, EVT_DEVICE_CONFIGURED);
    assert_non_null(evt);
    assert_true(made_is(evt->body, "rev", "8"));
    assert_true(made_is(evt->body, "sleep_s", "30"));
    evt_unref(evt);
}

/* It may have missed that, and would let go of the page with the guests. */
static void one_that_came_back_is_told_so_before_it_is_paged(void **state)
{
    static const enum evt_id kinds[] = { EVT_PAGE_SENT, EVT_DEVICE_ASSIGNED };

    (void)state;
    assign("g1", "table.id", "5");
    say(EVT_DEVICE_ASSIGNED,
            made_body(EVT_DEVICE_ASSIGNED, "device_id", "g1", NULL));
    say(EVT_PAGE_SENT, made_body(EVT_PAGE_SENT, "page_id", "p", "device_id",
                               "g1", "text", "Come", NULL));
    told(kinds, 2);
    come("g1", "2", "0");
    assert_string_equal(told(kinds, 2), "assigned - g1; sent p g1");
    expect_has("g1", "-");
}

static void a_device_of_which_nobody_said_anything_is_told_nothing(void **state)
{
    static const enum evt_id kinds[] = { EVT_DEVICE_CONFIGURED,
        EVT_DEVICE_ASSIGNED };

    (void)state;
    come("g1", "2", "5");
    assert_string_equal(told(kinds, 2), "");
}

/* --- who sees it --- */

static void waiters_see_who_has_which_pager(void **state)
{
    (void)state;
    assign("g1", "table.id", "5");
    device_says("p1", EVT_DEVICE_ONLINE, story_online("printer", 1));
    expect_has_as(ROLE_WAITER, "waiters", "g1", "table 5");
    expect_has_as(ROLE_WAITER, "waiters", "p1", "unknown");
    expect_has_as(ROLE_KITCHEN, "kitchen", "g1", "-");
    expect_has_as(ROLE_ADMIN, "admin", "g1", "table 5");
}

static void how_a_device_is_an_admin_sees(void **state)
{
    static const struct {
        uint32_t mask;
        const char *room;
        const char *percent;
    } cases[] = { { ROLE_ADMIN, "admin", "74" },
        { ROLE_WAITER, "waiters", NULL }, { ROLE_KITCHEN, "kitchen", NULL } };

    (void)state;
    device_says("g1", EVT_DEVICE_TELEMETRY,
            made_body(EVT_DEVICE_TELEMETRY, "battery_percent", "74", NULL));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct room room;
        Dw__Picture *picture;

        room_parse(cases[i].room, strlen(cases[i].room), &room);
        picture = hub_picture(story.hub, cases[i].mask, &room, 1);
        assert_int_equal(picture->n_devices, 1);
        assert_true(made_is(&picture->devices[0]->base,
                "telemetry.battery_percent", cases[i].percent));
        assert_int_equal(picture->devices[0]->has_telemetry_at_ms,
                cases[i].percent != NULL);
        hub_picture_free(picture);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(an_order_that_is_ready_rings_at_the_pager_that_has_it),
        T(with_a_table_it_rings_there_as_well),
        T(for_another_order_it_does_not_ring),
        T(whoever_answers_has_answered_for_all_of_the_order),
        T(a_waiter_who_answers_silences_the_pager),
        T(also_where_the_pagers_own_page_is_answered),
        T(without_a_pager_that_was_handed_out_each_page_is_its_own),
        T(what_takes_the_food_away_silences_it_too),
        T(a_pager_that_comes_up_is_told_of_its_newest_page),
        T(once_its_order_is_over_a_pager_is_free),
        T(that_of_a_table_is_free_once_its_guests_have_paid),
        T(guests_take_it_with_them_to_another_table),
        T(who_gives_it_back_needs_no_page),
        T(a_page_of_a_waiters_own_outlasts_its_coming_up),
        T(a_device_that_comes_up_is_told_what_it_may_not_know),
        T(one_that_came_back_is_told_so_before_it_is_paged),
        T(a_device_of_which_nobody_said_anything_is_told_nothing),
        T(waiters_see_who_has_which_pager),
        T(how_a_device_is_an_admin_sees),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
