/* What devices may be told, and which keys a bump bar has. */
#include "hub/validate.h"

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

static enum err device_says(
        const char *id, enum evt_id what, ProtobufCMessage *body)
{
    struct principal device = story_principal(ROLE_DEVICE, id);
    enum err err = story_say_as(&story, &device, what, body, NULL);

    story_commit(&story);
    return err;
}

static void come_online(const char *kind, const char *id, const char *station)
{
    assert_int_equal(device_says(id, EVT_DEVICE_ONLINE,
                             made_body(EVT_DEVICE_ONLINE, "kind", kind, "boot",
                                     "1", station ? "station" : "firmware",
                                     station ? station : "1.0", NULL)),
            ERR_OK);
}

static int begin(void **state)
{
    (void)state;
    story_begin(&story, NULL);
    follower = story_follower(&story);
    come_online("pager", "g1", NULL);
    come_online("printer", "p1", "grill");
    come_online("bumpbar", "b1", "grill");
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

static void expect_as(uint32_t mask, enum evt_id what, ProtobufCMessage *body,
        enum err err, const char *field)
{
    enum err got = story_say(&story, mask, what, body, NULL);

    story_commit(&story);
    if (got != err)
        fail_msg("%s: %s, not %s: %s", evt_kinds[what].name,
                err_kinds[got].name, err_kinds[err].name, story.fault.text);
    if (field)
        assert_string_equal(story.fault.field, field);
}

static void expect(enum evt_id what, ProtobufCMessage *body, enum err err,
        const char *field)
{
    expect_as(ROLE_BACKEND, what, body, err, field);
}

static void expect_said(enum evt_id what, const char *path, const char *value)
{
    struct evt *evt = story_said(&story, follower, what);

    assert_non_null(evt);
    if (!made_is(evt->body, path, value))
        fail_msg("%s is not %s", path, value);
    evt_unref(evt);
}

static void order(const char *id, const char *table)
{
    expect(EVT_ORDER_CREATED, story_order(id, table), ERR_OK, NULL);
}

#define ASSIGNED(...)                                                          \
    EVT_DEVICE_ASSIGNED, made_body(EVT_DEVICE_ASSIGNED, __VA_ARGS__, NULL)
#define CONFIGURED(...)                                                        \
    EVT_DEVICE_CONFIGURED, made_body(EVT_DEVICE_CONFIGURED, __VA_ARGS__, NULL)

static void a_pager_is_handed_out_for_a_table_or_for_an_order_that_is_open(
        void **state)
{
    (void)state;
    order("41", "5");
    expect(ASSIGNED("device_id", "g1", "table.number", "7"), ERR_OK, NULL);
    expect_said(EVT_DEVICE_ASSIGNED, "table.id", "7");
    expect(ASSIGNED("device_id", "g1", "order_id", "41"), ERR_OK, NULL);
    expect_said(EVT_DEVICE_ASSIGNED, "table.id", "5");
    expect(ASSIGNED("device_id", "g1"), ERR_OK, NULL);
    expect(ASSIGNED("device_id", "g1", "order_id", "42"), ERR_NOT_FOUND,
            "orderId");
    expect(EVT_ORDER_COMPLETED, story_about(EVT_ORDER_COMPLETED, "41"), ERR_OK,
            NULL);
    expect(ASSIGNED("device_id", "g1", "order_id", "41"), ERR_IMPOSSIBLE,
            "orderId");
}

static void nothing_but_a_pager_that_is_known_is_handed_out(void **state)
{
    (void)state;
    expect(ASSIGNED("device_id", "p1", "table.id", "5"), ERR_IMPOSSIBLE,
            "deviceId");
    expect(ASSIGNED("device_id", "g9", "table.id", "5"), ERR_NOT_FOUND,
            "deviceId");
}

static void a_waiter_takes_no_pager_from_the_guests_of_another(void **state)
{
    struct principal waiter = story_principal(ROLE_WAITER, NULL);
    struct {
        const char *of;
        enum err err;
    } cases[] = { { "6", ERR_FORBIDDEN }, { "5", ERR_OK } };

    (void)state;
    snprintf(waiter.tables, sizeof(waiter.tables), "5");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect(ASSIGNED("device_id", "g1", "table.id", cases[i].of), ERR_OK,
                NULL);
        assert_int_equal(story_say_as(&story, &waiter,
                                 ASSIGNED("device_id", "g1"), NULL),
                cases[i].err);
        story_commit(&story);
    }
    assert_int_equal(
            story_say_as(&story, &waiter,
                    ASSIGNED("device_id", "g1", "table.id", "5"), NULL),
            ERR_OK);
    story_commit(&story);
}

/* … whom it was handed out to without saying where they sit. */
static void nor_one_that_waits_for_an_order_of_another(void **state)
{
    struct principal waiter = story_principal(ROLE_WAITER, NULL);

    (void)state;
    snprintf(waiter.tables, sizeof(waiter.tables), "5");
    expect(EVT_ORDER_CREATED, story_order("o6", "6"), ERR_OK, NULL);
    expect(ASSIGNED("device_id", "g1", "order_id", "o6"), ERR_OK, NULL);
    assert_int_equal(
            story_say_as(&story, &waiter, ASSIGNED("device_id", "g1"), NULL),
            ERR_FORBIDDEN);
    story_commit(&story);
}

static void the_hub_counts_what_a_device_is_to_do(void **state)
{
    (void)state;
    expect(CONFIGURED("device_id", "g1", "sleep_s", "30", "rev", "900",
                   "utc_offset_min", "60"),
            ERR_OK, NULL);
    expect_said(EVT_DEVICE_CONFIGURED, "rev", "1");
    expect(CONFIGURED("device_id", "g1", "sleep_s", "0"), ERR_OK, NULL);
    expect_said(EVT_DEVICE_CONFIGURED, "rev", "2");
    assert_int_equal(device_says("g1", EVT_DEVICE_ONLINE,
                             made_body(EVT_DEVICE_ONLINE, "kind", "pager",
                                     "boot", "2", "config_rev", "40", NULL)),
            ERR_OK);
    expect(CONFIGURED("device_id", "g1", "sleep_s", "60"), ERR_OK, NULL);
    expect_said(EVT_DEVICE_CONFIGURED, "rev", "41");
}

static void the_restaurants_clock_is_the_hubs(void **state)
{
    (void)state;
    hub_tell_zone(story.hub, -210);
    expect(CONFIGURED("device_id", "g1", "utc_offset_min", "60"), ERR_OK, NULL);
    expect_said(EVT_DEVICE_CONFIGURED, "utc_offset_min", "-210");
}

static void what_no_device_can_do_it_is_not_told(void **state)
{
    (void)state;
    expect(CONFIGURED("device_id", "g9"), ERR_NOT_FOUND, "deviceId");
    expect(CONFIGURED("device_id", "g1", "telemetry_s", "9"), ERR_OUT_OF_RANGE,
            "telemetryS");
    expect(CONFIGURED("device_id", "g1", "telemetry_s", "10"), ERR_OK, NULL);
    expect(CONFIGURED("device_id", "g1", "telemetry_s", "0"), ERR_OK, NULL);
    expect(CONFIGURED("device_id", "p1", "sleep_s", "30"), ERR_IMPOSSIBLE,
            "sleepS");
    expect(CONFIGURED("device_id", "p1", "telemetry_s", "60"), ERR_OK, NULL);
    expect(EVT_DEVICE_IDENTIFY_REQUESTED,
            made_body(EVT_DEVICE_IDENTIFY_REQUESTED, "device_id", "g9", NULL),
            ERR_NOT_FOUND, "deviceId");
    expect_as(ROLE_WAITER, EVT_DEVICE_IDENTIFY_REQUESTED,
            made_body(EVT_DEVICE_IDENTIFY_REQUESTED, "device_id", "g1", NULL),
            ERR_OK, NULL);
}

static void a_bump_bar_says_its_keys_where_it_stands(void **state)
{
    static const char *const keys[] = { "1", "9", "bump", "recall", "next",
        "previous", "up", "down" };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_int_equal(device_says("b1", EVT_DEVICE_KEY_PRESSED,
                                 made_body(EVT_DEVICE_KEY_PRESSED, "key_name",
                                         keys[i], "station", "bar", NULL)),
                ERR_OK);
        expect_said(EVT_DEVICE_KEY_PRESSED, "station", "grill");
    }
    assert_int_equal(
            device_says("b1", EVT_DEVICE_KEY_PRESSED,
                    made_body(EVT_DEVICE_KEY_PRESSED, "key_name", "0", NULL)),
            ERR_OUT_OF_RANGE);
}

static void nothing_else_has_such_keys(void **state)
{
    (void)state;
    assert_int_equal(device_says("g1", EVT_DEVICE_KEY_PRESSED,
                             made_body(EVT_DEVICE_KEY_PRESSED, "key_name",
                                     "bump", "kind", "bumpbar", NULL)),
            ERR_IMPOSSIBLE);
    assert_int_equal(device_says("b9", EVT_DEVICE_KEY_PRESSED,
                             made_body(EVT_DEVICE_KEY_PRESSED, "key_name",
                                     "bump", NULL)),
            ERR_NOT_FOUND);
}

static void a_page_is_for_a_table_or_for_a_pager(void **state)
{
    (void)state;
    expect(EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", "p", "text", "Come", NULL),
            ERR_MISSING_FIELD, "table");
    expect(EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", "p", "text", "Come",
                    "device_id", "g9", NULL),
            ERR_NOT_FOUND, "deviceId");
    expect(EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", "p", "text", "Come",
                    "device_id", "g1", NULL),
            ERR_OK, NULL);
    expect(EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", "q", "text", "Come", "table.id",
                    "5", NULL),
            ERR_OK, NULL);
}

/* Who stands on no table may be anywhere, but not in another's place. */
static void a_page_for_a_pager_is_answered_by_that_one(void **state)
{
    (void)state;
    come_online("pager", "g2", NULL);
    expect(EVT_PAGE_SENT,
            made_body(EVT_PAGE_SENT, "page_id", "p", "text", "Come",
                    "device_id", "g1", NULL),
            ERR_OK, NULL);
    assert_int_equal(device_says("g2", EVT_PAGE_ACKED,
                             made_body(EVT_PAGE_ACKED, "page_id", "p", NULL)),
            ERR_FORBIDDEN);
    assert_int_equal(device_says("g1", EVT_PAGE_ACKED,
                             made_body(EVT_PAGE_ACKED, "page_id", "p", NULL)),
            ERR_OK);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_pager_is_handed_out_for_a_table_or_for_an_order_that_is_open),
        T(nothing_but_a_pager_that_is_known_is_handed_out),
        T(a_waiter_takes_no_pager_from_the_guests_of_another),
        T(nor_one_that_waits_for_an_order_of_another),
        T(the_hub_counts_what_a_device_is_to_do),
        T(the_restaurants_clock_is_the_hubs),
        T(what_no_device_can_do_it_is_not_told),
        T(a_bump_bar_says_its_keys_where_it_stands),
        T(nothing_else_has_such_keys),
        T(a_page_is_for_a_table_or_for_a_pager),
        T(a_page_for_a_pager_is_answered_by_that_one),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
