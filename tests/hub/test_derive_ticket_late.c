#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/derive_ticket.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/press.h"

#define MINUTE (60 * 1000)
#define HOUR   (60 * MINUTE)

static struct press press;

static int begin(void **state)
{
    (void)state;
    press_begin(&press, NULL, false, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    press_end(&press);
    return 0;
}

static void say(enum evt_id what, const char *id)
{
    assert_int_equal(press_say(&press, what, story_about(what, id)), ERR_OK);
}

static void go_away(void)
{
    press_up(&press, "p1", "kitchen");
    press_down(&press, "p1");
}

static void come_back(void)
{
    press_forget(&press);
    press_up(&press, "p1", "kitchen");
}

/* The only summary that is open, or NULL. */
static const Dw__PrintRequested *summary(void)
{
    const struct evt *evt = NULL;

    for (uint32_t i = 0; i < press.count; i++) {
        const Dw__PrintRequested *job = (const void *)press.heard[i]->body;

        if (press.heard[i]->what != EVT_PRINT_REQUESTED ||
                job->kind != DW__TICKET_KIND__TICKET_KIND_SUMMARY)
            continue;
        assert_null(evt);
        evt = press.heard[i];
    }
    return evt ? (const void *)evt->body : NULL;
}

static const char *why_expired(const char *job)
{
    assert_true(press_times(&press, EVT_PRINT_EXPIRED, job) <= 1);
    return press_text(&press, EVT_PRINT_EXPIRED, job, "reason");
}

static void what_is_done_meanwhile_is_not_printed(void **state)
{
    (void)state;
    go_away();
    press_order(&press, "41", NULL);
    press_order(&press, "42", NULL);
    press_order(&press, "43", NULL);
    say(EVT_ORDER_SERVED, "41");
    press_forget(&press);
    say(EVT_ORDER_COMPLETED, "42");
    assert_string_equal(why_expired("42-kitchen-order"), "order closed");
    come_back();
    assert_string_equal(why_expired("41-kitchen-order"), "order closed");
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 1);
    assert_int_equal(
            press_times(&press, EVT_PRINT_REQUESTED, "43-kitchen-order"), 1);
    assert_int_equal(press_jobs(&press), 1);
}

/* The ledger, which knows an order's jobs, has room for 64 deliveries. */
static void what_the_ledger_left_out_is_not_forgotten(void **state)
{
    (void)state;
    go_away();
    press_order(&press, "41", NULL);
    for (int i = 0; i < 70; i++) {
        Dw__DeliveryReceipt *receipt =
                (void *)body_new(&dw__delivery_receipt__descriptor);
        char recipient[16];

        snprintf(recipient, sizeof(recipient), "s%d", i);
        body_set_string(&receipt->delivery_id, recipient);
        body_set_string(&receipt->recipient, recipient);
        body_set_string(&receipt->order_id, "41");
        body_set_string(&receipt->progress, "sent");
        assert_int_equal(story_say(&press.story, ROLE_HUB, EVT_DELIVERY_RECEIPT,
                                 &receipt->base, NULL),
                ERR_OK);
    }
    say(EVT_ORDER_COMPLETED, "41");
    assert_string_equal(why_expired("41-kitchen-order"), "order closed");
    assert_int_equal(press_jobs(&press), 0);
}

static void late_ones_come_as_one_summary_oldest_first(void **state)
{
    const Dw__PrintRequested *job;

    (void)state;
    go_away();
    press_order(&press, "41", NULL);
    press_wait_long(&press, 5 * MINUTE);
    press_order(&press, "42", "grill");
    press_wait_long(&press, 11 * MINUTE);
    press_order(&press, "43", NULL);
    come_back();
    job = summary();
    assert_non_null(job);
    assert_string_equal(job->printer, "p1");
    assert_true(strncmp(job->job_id, "summary-p1-", 11) == 0);
    assert_int_equal(job->slip->n_summary_orders, 2);
    assert_string_equal(job->slip->summary_orders[0]->order_id, "41");
    assert_string_equal(job->slip->summary_orders[1]->order_id, "42");
    assert_string_equal(job->slip->summary_orders[0]->dishes[0], "2 Soup");
    assert_string_equal(job->slip->summary_orders[0]->table->id, "5");
    assert_int_equal(job->slip->left_out, 0);
    assert_string_equal(why_expired("41-kitchen-order"), "in summary");
    assert_string_equal(why_expired("42-kitchen-order"), "in summary");
    assert_int_equal(
            press_times(&press, EVT_PRINT_REQUESTED, "43-kitchen-order"), 1);
    assert_int_equal(press_jobs(&press), 2);
    assert_int_equal(press_answer(&press, "p1", EVT_PRINT_ACCEPTED, job->job_id,
                             1, NULL),
            ERR_OK);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 1);
}

static void add_line(char *text, size_t size, const char *line)
{
    size_t len = strlen(text);

    snprintf(text + len, size - len, "%s%s", len > 0 ? " " : "", line);
}

static void a_summary_says_what_is_wanted_by_now(void **state)
{
    Dw__OrderUpdated *updated =
            (void *)body_new(&dw__order_updated__descriptor);
    Dw__OrderCreated *created = (void *)story_order("41", "5");
    const Dw__SummaryOrder *line;

    (void)state;
    go_away();
    press_order(&press, "41", NULL);
    updated->order = (void *)body_copy(&created->order->base);
    body_free(&created->base);
    updated->order->items[0]->quantity = 5;
    body_set_string(&updated->order->items[0]->notes, "no\nsalt");
    assert_int_equal(
            press_say(&press, EVT_ORDER_UPDATED, &updated->base), ERR_OK);
    press_wait_long(&press, 11 * MINUTE);
    come_back();
    assert_non_null(summary());
    assert_int_equal(summary()->slip->n_summary_orders, 1);
    line = summary()->slip->summary_orders[0];
    assert_int_equal(line->n_dishes, 1);
    assert_string_equal(line->dishes[0], "5 Soup (no salt)");
    assert_int_equal(press_jobs(&press), 1);
}

/* Whoever cooks from it has no other ticket. */
static void a_summary_leaves_no_allergen_out(void **state)
{
    Dw__OrderCreated *created = (void *)story_order("41", "5");
    Dw__Item *item = created->order->items[0];
    const Dw__SummaryOrder *line;
    char name[81], text[1024] = "";

    (void)state;
    go_away();
    memset(name, 'n', 80);
    name[80] = '\0';
    body_set_string(&item->name, name);
    item->allergens = calloc(2, sizeof(char *));
    assert_non_null(item->allergens);
    body_set_string(&item->allergens[item->n_allergens++], "celery");
    body_set_string(&item->allergens[item->n_allergens++], "peanuts");
    body_set_string(&item->notes, "well done, without the sauce, with salad");
    assert_int_equal(
            press_say(&press, EVT_ORDER_CREATED, &created->base), ERR_OK);
    press_wait_long(&press, 11 * MINUTE);
    come_back();
    assert_non_null(summary());
    line = summary()->slip->summary_orders[0];
    for (size_t i = 0; i < line->n_dishes; i++) {
        assert_true(strlen(line->dishes[i]) <= 96);
        add_line(text, sizeof(text), line->dishes[i]);
    }
    assert_non_null(strstr(text, name));
    assert_non_null(strstr(text, "! celery, ! peanuts"));
    assert_non_null(strstr(text, "with salad)"));
}

/* On paper as a line, it is on paper. */
static void what_is_in_a_summary_is_taken_back_by_a_void(void **state)
{
    (void)state;
    go_away();
    press_order(&press, "41", NULL);
    press_wait_long(&press, 11 * MINUTE);
    come_back();
    press_answer(&press, "p1", EVT_PRINT_ACCEPTED, summary()->job_id, 1, NULL);
    say(EVT_ORDER_CANCELLED, "41");
    assert_int_equal(
            press_times(&press, EVT_PRINT_REQUESTED, "41-kitchen-void"), 1);
}

/* Also one that had no printer, or another one, before. */
static void a_void_slip_goes_where_the_summary_came_out(void **state)
{
    (void)state;
    press_order(&press, "41", NULL);
    press_wait_long(&press, 11 * MINUTE);
    press_up(&press, "p7", "kitchen");
    assert_string_equal(summary()->printer, "p7");
    say(EVT_ORDER_CANCELLED, "41");
    assert_string_equal(press_text(&press, EVT_PRINT_REQUESTED,
                                "41-kitchen-void", "printer"),
            "p7");
}

static void a_summary_that_nobody_printed_becomes_part_of_the_next(void **state)
{
    char first[64];

    (void)state;
    go_away();
    press_order(&press, "41", NULL);
    press_order(&press, "42", NULL);
    press_wait_long(&press, 11 * MINUTE);
    come_back();
    snprintf(first, sizeof(first), "%s", summary()->job_id);
    press_down(&press, "p1");
    press_order(&press, "43", NULL);
    say(EVT_ORDER_SERVED, "41");
    press_wait_long(&press, 11 * MINUTE);
    come_back();
    assert_string_equal(why_expired(first), "in summary");
    assert_int_equal(summary()->slip->n_summary_orders, 2);
    assert_string_equal(summary()->slip->summary_orders[0]->order_id, "42");
    assert_string_equal(summary()->slip->summary_orders[1]->order_id, "43");
    assert_int_equal(press_jobs(&press), 1);
}

static void an_option_says_when_a_ticket_is_late(void **state)
{
    (void)state;
    press_end(&press);
    press_begin(&press, NULL, false, 30000);
    go_away();
    press_order(&press, "41", NULL);
    press_wait_long(&press, 31000);
    come_back();
    assert_non_null(summary());
}

/* Of 200 orders of six hours: one summary, and the tickets of those that came
 * last. What became too old was said to. */
static void six_hours_of_silence_end_in_a_page_not_a_roll(void **state)
{
    uint32_t offers, expired;

    (void)state;
    go_away();
    for (int i = 0; i < 200; i++) {
        char id[16];

        snprintf(id, sizeof(id), "o%d", i);
        press_order(&press, id, NULL);
        if (i % 3 == 0)
            say(EVT_ORDER_SERVED, id);
        if (i % 7 == 0)
            say(EVT_ORDER_COMPLETED, id);
        press_wait_long(&press, 108 * 1000); /* 6 h / 200 */
    }
    expired = press_times(&press, EVT_PRINT_EXPIRED, NULL);
    assert_true(expired > 100);
    come_back();
    offers = press_times(&press, EVT_PRINT_REQUESTED, NULL);
    assert_non_null(summary());
    assert_true(offers > 1 && offers <= 1 + 10 * MINUTE / (108 * 1000) + 1);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    assert_int_equal(press_jobs(&press), offers);
    expired += press_times(&press, EVT_PRINT_EXPIRED, NULL);
    assert_int_equal(expired + offers - 1, 200);
    assert_true(
            protobuf_c_message_get_packed_size(&summary()->base) < 24 * 1024);
}

static void a_summary_has_an_end(void **state)
{
    const Dw__PrintRequested *job;

    (void)state;
    go_away();
    for (int i = 0; i < 300; i++) {
        char id[16];

        snprintf(id, sizeof(id), "o%d", i);
        press_order(&press, id, NULL);
        press.story.now_ms += 10;
    }
    press_wait_long(&press, 11 * MINUTE);
    come_back();
    job = summary();
    assert_non_null(job);
    assert_true(job->slip->n_summary_orders <= 100);
    assert_int_equal(job->slip->n_summary_orders + job->slip->left_out, 300);
    assert_string_equal(job->slip->summary_orders[0]->order_id, "o0");
    assert_int_equal(press_times(&press, EVT_PRINT_EXPIRED, NULL), 300);
    assert_true(protobuf_c_message_get_packed_size(&job->base) < 24 * 1024);
}

static void what_fails_after_its_order_is_over_is_let_go_of(void **state)
{
    (void)state;
    press_up(&press, "p1", "kitchen");
    press_up(&press, "p2", "kitchen");
    press_order(&press, "41", NULL);
    press_answer(&press, "p1", EVT_PRINT_ACCEPTED, "41-kitchen-order", 1, NULL);
    say(EVT_ORDER_COMPLETED, "41");
    assert_int_equal(press_jobs(&press), 1);
    press_answer(
            &press, "p1", EVT_PRINT_FAILED, "41-kitchen-order", 0, "paper_out");
    assert_string_equal(why_expired("41-kitchen-order"), "order closed");
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    assert_int_equal(press_jobs(&press), 0);
}

/* --- a full shelf --- */

static uint32_t gone;
static char gone_first[32], gone_last[32];

static void note_gone(void *context, enum evt_id what, ProtobufCMessage *body)
{
    (void)context;
    assert_int_equal(what, EVT_PRINT_EXPIRED);
    if (gone++ == 0)
        snprintf(gone_first, sizeof(gone_first), "%s",
                body_text(body, "job_id"));
    snprintf(gone_last, sizeof(gone_last), "%s", body_text(body, "job_id"));
    body_free(body);
}

static void put_job(struct state *state, uint32_t n)
{
    Dw__PrintRequested *job =
            (void *)body_new(&dw__print_requested__descriptor);
    struct evt evt = { .what = EVT_PRINT_REQUESTED, .body = &job->base };
    char id[32];

    snprintf(id, sizeof(id), "j%u", n);
    body_set_string(&job->job_id, id);
    body_set_string(&job->station, "kitchen");
    job->kind = DW__TICKET_KIND__TICKET_KIND_ORDER;
    job->order = (void *)body_new(&dw__order__descriptor);
    body_set_string(&job->order->id, id);
    state_apply(state, &evt);
    derive_make_room(NULL, state, &evt, note_gone, NULL);
    body_free(&job->base);
}

static void nothing_goes_off_a_full_shelf_without_a_word(void **unused)
{
    struct state state;

    (void)unused;
    state_init(&state);
    gone = 0;
    for (uint32_t i = 0; i < STATE_JOBS_MAX + 3; i++)
        put_job(&state, i);
    assert_int_equal(gone, 3);
    assert_string_equal(gone_first, "j0");
    assert_string_equal(gone_last, "j2");
    assert_int_equal(state.jobs.let_go, 0);
    state_finish(&state);
}

static void text_is_cut_between_characters(void **unused)
{
    char out[6];

    (void)unused;
    derive_cut(out, sizeof(out), "abcd\xc3\xa9z");
    assert_string_equal(out, "abcd");
    derive_cut(out, sizeof(out), "abc\xc3\xa9z");
    assert_string_equal(out, "abc\xc3\xa9");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_done_meanwhile_is_not_printed),
        TEST(what_the_ledger_left_out_is_not_forgotten),
        TEST(late_ones_come_as_one_summary_oldest_first),
        TEST(a_summary_says_what_is_wanted_by_now),
        TEST(a_summary_leaves_no_allergen_out),
        TEST(what_is_in_a_summary_is_taken_back_by_a_void),
        TEST(a_void_slip_goes_where_the_summary_came_out),
        TEST(a_summary_that_nobody_printed_becomes_part_of_the_next),
        TEST(an_option_says_when_a_ticket_is_late),
        TEST(six_hours_of_silence_end_in_a_page_not_a_roll),
        TEST(a_summary_has_an_end),
        TEST(what_fails_after_its_order_is_over_is_let_go_of),
        cmocka_unit_test(nothing_goes_off_a_full_shelf_without_a_word),
        cmocka_unit_test(text_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
