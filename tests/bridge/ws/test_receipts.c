/* What is said of what a listener was handed and did not acknowledge. A hub in
 * memory; the moments are arguments. */
#include "bridge/ws/receipts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/hub_parts.h"
#include "schemas/watch.pb-c.h"
#include "tests/support/story.h"

#define TIMEOUT_MS 10000

static struct story story;
static struct hub_client *follower;
static struct asks asks;
static struct asked asked;

static int begin(void **unused)
{
    (void)unused;
    memset(&story, 0, sizeof(story));
    memset(&asks, 0, sizeof(asks));
    story_begin(&story, NULL);
    story.is_forgetful = true;
    follower = story_follower(&story);
    asked = (struct asked){ story.hub,
        story_listener(&story, ROLE_KITCHEN, "kitchen"), &asks };
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    hub_detach(story.hub, asked.client);
    hub_detach(story.hub, follower);
    story_end(&story);
    return 0;
}

/* Its seq; it was handed out and asked about at this moment. */
static uint64_t ask_about_order(const char *id, int64_t at_ms)
{
    uint64_t seq;

    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order(id, "5"), NULL),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    while (story_next(&story, asked.client, &seq, NULL) != EVT_ORDER_CREATED)
        ;
    assert_true(asks_add(&asks, seq, at_ms));
    return seq;
}

/* The next receipt, "progress: reason"; "": there is none. */
static const char *next_receipt(void)
{
    static char text[160];
    struct evt *evt;

    assert_int_equal(story_commit(&story), ERR_OK);
    evt = story_said(&story, follower, EVT_DELIVERY_RECEIPT);
    text[0] = '\0';
    if (evt) {
        const Dw__DeliveryReceipt *body = (const void *)evt->body;

        snprintf(text, sizeof(text), "%s: %s", body->progress,
                body->reason ? body->reason : "");
    }
    evt_unref(evt);
    return text;
}

static void who_is_late_is_unknown_and_asked_no_more(void **unused)
{
    (void)unused;
    ask_about_order("41", 1000);
    ask_about_order("42", 2000);
    receipts_sweep(&asked, TIMEOUT_MS, 1000 + TIMEOUT_MS - 1, story.now_ms);
    assert_string_equal(next_receipt(), "");
    receipts_sweep(&asked, TIMEOUT_MS, 1000 + TIMEOUT_MS, story.now_ms);
    assert_string_equal(next_receipt(), "unknown: no acknowledgement in time");
    assert_string_equal(next_receipt(), "");
    assert_int_equal(asks.count, 1);
}

static void who_goes_leaves_all_that_is_open_unknown(void **unused)
{
    (void)unused;
    ask_about_order("41", 1000);
    ask_about_order("42", 1000);
    receipts_end(&asked, story.now_ms);
    assert_string_equal(next_receipt(), "unknown: connection lost");
    assert_string_equal(next_receipt(), "unknown: connection lost");
    assert_string_equal(next_receipt(), "");
}

static void what_nobody_could_be_asked_was_sent(void **unused)
{
    uint64_t seq = ask_about_order("41", 1000);

    (void)unused;
    receipts_too_many(&asked, seq, story.now_ms);
    assert_string_equal(next_receipt(), "sent: too many are not acknowledged");
}

static void what_the_hub_cannot_take_now_stays_open(void **unused)
{
    uint64_t seq = ask_about_order("41", 1000);

    (void)unused;
    story.hub->failed = ERR_FULL;
    receipts_sweep(&asked, TIMEOUT_MS, 1000 + TIMEOUT_MS, story.now_ms);
    assert_true(asks_has(&asks, seq));
    story.hub->failed = ERR_OK;
    receipts_sweep(&asked, TIMEOUT_MS, 1000 + TIMEOUT_MS, story.now_ms);
    assert_false(asks_has(&asks, seq));
    assert_string_equal(next_receipt(), "unknown: no acknowledgement in time");
}

#define STORY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(who_is_late_is_unknown_and_asked_no_more),
        STORY_TEST(who_goes_leaves_all_that_is_open_unknown),
        STORY_TEST(what_nobody_could_be_asked_was_sent),
        STORY_TEST(what_the_hub_cannot_take_now_stays_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
