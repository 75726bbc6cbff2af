#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/evt/body.h"
#include "tests/support/made.h"
#include "tests/support/press.h"

#define JOB "41-grill-order"

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

static void expect_stage(const char *job, Dw__JobStage stage)
{
    const Dw__PrintJob *found = press_job(&press, job);

    assert_non_null(found);
    assert_int_equal(found->stage, stage);
}

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word

static uint32_t attempt_of(const char *job)
{
    const Dw__PrintJob *found = press_job(&press, job);

    assert_non_null(found);
    return found->request->attempt;
}

static void accept(const char *printer, const char *job)
{
    assert_int_equal(press_answer(&press, printer, EVT_PRINT_ACCEPTED, job,
                             attempt_of(job), NULL),
            ERR_OK);
}

static enum err fail_with(
        const char *printer, const char *job, const char *reason)
{
    return press_answer(&press, printer, EVT_PRINT_FAILED, job, 0, reason);
}

/* --- two phases --- */

static void what_is_offered_is_released_once_it_is_stored(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, JOB), 1);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 0);
    accept("p1", JOB);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, JOB), 1);
    assert_string_equal(
            press_text(&press, EVT_PRINT_RELEASED, JOB, "printer"), "p1");
    assert_true(made_is(
            press_last(&press, EVT_PRINT_RELEASED, JOB)->body, "attempt", "1"));
    expect_stage(JOB, STAGE(RELEASED));
    assert_int_equal(
            press_answer(&press, "p1", EVT_PRINT_PRINTED, JOB, 0, NULL),
            ERR_OK);
    assert_null(press_job(&press, JOB));
}

static void a_release_goes_to_the_printer_itself(void **state)
{
    const struct evt *evt;
    struct room room;

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    evt = press_last(&press, EVT_PRINT_RELEASED, JOB);
    assert_true(room_parse("device/p1", strlen("device/p1"), &room));
    assert_true(evt_room_index(evt, &room) >= 0);
    assert_true(ulid_is_none(&evt->cause) == false);
}

static void a_stale_offer_is_not_released(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_up(&press, "p1", "grill"); /* offered again: attempt 2 */
    assert_int_equal(attempt_of(JOB), 2);
    assert_int_equal(
            press_answer(&press, "p1", EVT_PRINT_ACCEPTED, JOB, 1, NULL),
            ERR_IMPOSSIBLE);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 0);
    accept("p1", JOB);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, JOB), 1);
}

static void a_printer_that_lost_the_job_to_another_gets_no_release(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "kitchen");
    press_order(&press, "41", "grill");
    press_wait(&press, 5200);
    assert_string_equal(
            press_text(&press, EVT_PRINT_REROUTED, JOB, "printer"), "p2");
    assert_int_equal(
            press_answer(&press, "p1", EVT_PRINT_ACCEPTED, JOB, 1, NULL),
            ERR_IMPOSSIBLE);
    assert_int_equal(
            press_answer(&press, "p1", EVT_PRINT_ACCEPTED, JOB, 2, NULL),
            ERR_IMPOSSIBLE);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 0);
    accept("p2", JOB);
    assert_string_equal(
            press_text(&press, EVT_PRINT_RELEASED, JOB, "printer"), "p2");
}

static void who_never_had_the_job_says_nothing_of_it(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "kitchen");
    press_order(&press, "41", "grill");
    assert_int_equal(
            press_answer(&press, "p2", EVT_PRINT_ACCEPTED, JOB, 1, NULL),
            ERR_FORBIDDEN);
    assert_int_equal(fail_with("p2", JOB, "offline"), ERR_FORBIDDEN);
}

/* Or what it prints of one order would stand in the ledger of another. */
static void a_job_is_of_the_order_that_it_was_made_for(void **state)
{
    struct principal from = story_principal(ROLE_DEVICE, "p1");
    Dw__PrintPrinted *printed =
            (void *)body_new(&dw__print_printed__descriptor);

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_order(&press, "42", "grill");
    body_set_string(&printed->job_id, "41-grill-order");
    body_set_string(&printed->order_id, "42");
    assert_int_equal(story_say_as(&press.story, &from, EVT_PRINT_PRINTED,
                             &printed->base, NULL),
            ERR_IMPOSSIBLE);
    assert_string_equal(press.story.fault.field, "orderId");
}

static void what_was_released_is_released_again_and_never_offered(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    press_forget(&press);
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, JOB), 1);
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 0);
    assert_true(made_is(
            press_last(&press, EVT_PRINT_RELEASED, JOB)->body, "attempt", "1"));
    press_down(&press, "p1");
    press_wait(&press, 60000);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    expect_stage(JOB, STAGE(UNKNOWN));
    press_up(&press, "p1", "grill"); /* it may not have heard it */
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, JOB), 2);
    expect_stage(JOB, STAGE(UNKNOWN));
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 0);
}

/* --- failed --- */

static void what_was_not_printed_goes_to_the_next_printer_at_once(void **state)
{
    const Dw__PrintJob *job;

    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "kitchen");
    press_up(&press, "p3", "grill");
    press_up(&press, "p4", "bar");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    assert_int_equal(fail_with("p1", JOB, "paper_out"), ERR_OK);
    assert_string_equal(
            press_text(&press, EVT_PRINT_REROUTED, JOB, "printer"), "p3");
    assert_string_equal(
            press_text(&press, EVT_PRINT_REROUTED, JOB, "from_printer"), "p1");
    assert_string_equal(
            press_text(&press, EVT_PRINT_REROUTED, JOB, "reason"), "paper_out");
    job = press_job(&press, JOB);
    assert_string_equal(job->request->printer, "p3");
    assert_string_equal(job->request->rerouted_from, "p1");
    assert_int_equal(job->request->attempt, 2);
    assert_int_equal(fail_with("p3", JOB, "cover_open"), ERR_OK);
    assert_string_equal(press_job(&press, JOB)->request->printer, "p2");
    assert_int_equal(fail_with("p2", JOB, "paper_out"), ERR_OK);
    expect_stage(JOB, STAGE(FAILED)); /* not the bar's, and not in a circle */
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 2);
}

static void a_printer_that_is_well_again_is_offered_what_it_failed(void **state)
{
    static const struct {
        const char *reason;
        uint32_t offers;
    } cases[] = { { "paper_out", 1 }, { "cover_open", 1 }, { "offline", 1 },
        { "spool_full", 1 }, { "unsupported", 0 }, { "uncertain", 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char id[16], job[48];

        snprintf(id, sizeof(id), "o%zu", i);
        snprintf(job, sizeof(job), "%s-grill-order", id);
        press_up(&press, "p1", "grill");
        press_order(&press, id, "grill");
        accept("p1", job);
        fail_with("p1", job, cases[i].reason);
        press_forget(&press);
        press_up(&press, "p1", "grill");
        if (press_times(&press, EVT_PRINT_REQUESTED, job) != cases[i].offers)
            fail_msg("%s", cases[i].reason);
    }
}

static void what_may_be_on_paper_is_not_printed_again_by_itself(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    assert_int_equal(fail_with("p1", JOB, "uncertain"), ERR_OK);
    expect_stage(JOB, STAGE(UNKNOWN));
    press_wait(&press, 60000);
    press_up(&press, "p1", "grill");
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 1);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 1);
    assert_int_equal(
            press_answer(&press, "p1", EVT_PRINT_PRINTED, JOB, 0, NULL),
            ERR_OK);
    assert_null(press_job(&press, JOB));
}

static void a_printer_that_lost_its_spool_is_not_believed(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    assert_int_equal(fail_with("p1", JOB, "unknown_job"), ERR_OK);
    expect_stage(JOB, STAGE(UNKNOWN));
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
}

static void whoever_comes_takes_what_nobody_took(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_down(&press, "p1");
    press_order(&press, "41", "grill");
    press_wait(&press, 15500);
    expect_stage(JOB, STAGE(FAILED));
    press_up(&press, "p2", "kitchen");
    assert_string_equal(
            press_text(&press, EVT_PRINT_REROUTED, JOB, "printer"), "p2");
    accept("p2", JOB);
    expect_stage(JOB, STAGE(RELEASED));
    press_up(&press, "p1", "grill");
    assert_string_equal(press_job(&press, JOB)->request->printer, "p2");
}

static void a_late_yes_to_what_nobody_took_counts(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_wait(&press, 15500);
    expect_stage(JOB, STAGE(FAILED));
    accept("p1", JOB);
    expect_stage(JOB, STAGE(RELEASED));
}

static enum err fail_attempt(
        const char *printer, uint32_t attempt, const char *reason)
{
    return press_answer(
            &press, printer, EVT_PRINT_FAILED, JOB, attempt, reason);
}

static void what_became_of_an_older_offer_says_nothing_of_the_newer(
        void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "kitchen");
    press_order(&press, "41", "grill");
    press_up(&press, "p1", "grill"); /* offered again: attempt 2 */
    assert_int_equal(fail_attempt("p1", 1, "paper_out"), ERR_IMPOSSIBLE);
    assert_string_equal(press.story.fault.field, "attempt");
    expect_stage(JOB, STAGE(REQUESTED));
    accept("p1", JOB);
    assert_int_equal(fail_attempt("p1", 1, "paper_out"), ERR_IMPOSSIBLE);
    assert_int_equal(fail_attempt("p1", 1, "unknown_job"), ERR_IMPOSSIBLE);
    expect_stage(JOB, STAGE(RELEASED));
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 0);
    assert_int_equal(fail_attempt("p1", 2, "paper_out"), ERR_OK);
    assert_string_equal(press_job(&press, JOB)->request->printer, "p2");
}

static void what_failed_at_one_printer_has_not_at_the_next(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_up(&press, "p3", "kitchen");
    press_order(&press, "41", "grill");
    press_wait(&press, 5200);
    accept("p2", JOB);
    assert_int_equal(fail_attempt("p1", 1, "offline"), ERR_IMPOSSIBLE);
    assert_int_equal(fail_attempt("p1", 2, "offline"), ERR_IMPOSSIBLE);
    assert_int_equal(fail_attempt("p1", 1, "uncertain"), ERR_IMPOSSIBLE);
    expect_stage(JOB, STAGE(RELEASED));
    assert_string_equal(press_job(&press, JOB)->request->printer, "p2");
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 1);
}

/* Nothing else would keep it from being printed once more elsewhere. */
static void what_may_be_out_may_be_out_whichever_offer_it_was(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    press_down(&press, "p2");
    assert_int_equal(fail_attempt("p1", 1, "paper_out"), ERR_OK);
    press_up(&press, "p1", "grill");
    assert_int_equal(attempt_of(JOB), 2);
    assert_int_equal(fail_attempt("p1", 1, "uncertain"), ERR_OK);
    expect_stage(JOB, STAGE(UNKNOWN));
    press_wait(&press, 60000);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
}

/* --- ids that come again --- */

static enum err say_printed(const char *printer, const char *job)
{
    return press_answer(&press, printer, EVT_PRINT_PRINTED, job, 0, NULL);
}

/* The id of the job that was offered last; borrowed until press_forget. */
static const char *newest(void)
{
    return press_text(&press, EVT_PRINT_REQUESTED, NULL, "job_id");
}

static void expect_anew(const char *before, const char *printer)
{
    const char *id = newest();
    size_t len = strlen(before);
    const Dw__PrintJob *job;

    assert_null(press_job(&press, before));
    assert_string_equal(press_text(&press, EVT_PRINT_EXPIRED, before, "reason"),
            "id used before");
    assert_int_equal(strncmp(id, before, len), 0);
    assert_int_equal(id[len], '_');
    assert_true(strspn(id + len + 1, "0123456789") == strlen(id + len + 1));
    job = press_job(&press, id);
    assert_non_null(job);
    assert_int_equal(job->stage, STAGE(REQUESTED));
    assert_string_equal(job->request->printer, printer);
    assert_int_equal(job->request->attempt, 1);
    assert_int_equal(job->request->order->n_items, 1);
    assert_null(job->request->copy_of);
}

static void print_newest(const char *printer)
{
    char id[97];

    snprintf(id, sizeof(id), "%s", newest());
    accept(printer, id);
    assert_int_equal(say_printed(printer, id), ERR_OK);
    assert_null(press_job(&press, id));
    assert_int_equal(press_times(&press, EVT_PRINT_PRINTED, id), 1);
}

/* A back end counts to 999 and begins anew; the printer knows the job. */
static void an_order_number_that_comes_again_costs_no_ticket(void **state)
{
    char id[16];

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    press_say(&press, EVT_ORDER_COMPLETED,
            story_about(EVT_ORDER_COMPLETED, "41"));
    for (int i = 1000; i < 2000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        press_order(&press, id, "bar");
        press_say(&press, EVT_ORDER_COMPLETED,
                story_about(EVT_ORDER_COMPLETED, id));
        press_forget(&press);
    }
    press_order(&press, "41", "grill");
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    assert_int_equal(press_times(&press, EVT_PRINT_PRINTED, NULL), 0);
    expect_anew(JOB, "p1");
    assert_int_equal(say_printed("p1", JOB), ERR_NOT_FOUND); /* once more */
    assert_int_equal(press_jobs(&press), 1);
    print_newest("p1");
    assert_int_equal(press_jobs(&press), 0);
}

/* Whichever offer it answers, and however late. */
static void what_nobody_was_told_to_print_is_not_printed(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_up(&press, "p1", "grill");
    press_up(&press, "p1", "grill");
    assert_int_equal(attempt_of(JOB), 3);
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    expect_anew(JOB, "p1");

    press_order(&press, "42", "grill");
    press_wait(&press, 15500);
    expect_stage("42-grill-order", STAGE(FAILED));
    assert_int_equal(say_printed("p1", "42-grill-order"), ERR_OK);
    expect_anew("42-grill-order", "p1");

    press_order(&press, "43", "grill");
    assert_int_equal(fail_with("p1", "43-grill-order", "uncertain"), ERR_OK);
    assert_int_equal(
            press_times(&press, EVT_PRINT_FAILED, "43-grill-order"), 0);
    expect_anew("43-grill-order", "p1");
}

static void what_came_out_under_its_new_id_is_known_by_it(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    print_newest("p1");
    press_say(&press, EVT_ORDER_CANCELLED,
            story_about(EVT_ORDER_CANCELLED, "41"));
    assert_string_equal(newest(), "41-grill-void");
    assert_int_equal(press_job(&press, newest())->request->order->n_items, 1);
    assert_int_equal(say_printed("p1", "41-grill-void"), ERR_OK);
    expect_anew("41-grill-void", "p1");
    print_newest("p1");
}

/* A printer that says so of everything is not asked for ever. */
static void a_second_id_that_was_used_before_is_for_somebody_to_see(
        void **state)
{
    char id[97];

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    snprintf(id, sizeof(id), "%s", newest());
    press_forget(&press);
    for (int i = 0; i < 3; i++) { /* said again it is no better */
        assert_int_equal(say_printed("p1", id), ERR_OK);
        expect_stage(id, STAGE(UNKNOWN));
        assert_string_equal(press_job(&press, id)->reason, "printed before");
    }
    press_up(&press, "p1", "grill");
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 0);
    assert_int_equal(press_times(&press, EVT_PRINT_PRINTED, NULL), 0);
}

/* Told so already, what it says of an older offer may be true. */
static void what_was_released_once_may_have_come_out_then(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    fail_with("p1", JOB, "offline");
    press_up(&press, "p1", "grill");
    expect_stage(JOB, STAGE(REQUESTED));
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    assert_null(press_job(&press, JOB));
    assert_int_equal(press_times(&press, EVT_PRINT_PRINTED, JOB), 1);
    assert_int_equal(say_printed("p1", JOB), ERR_NOT_FOUND);
    assert_int_equal(press_jobs(&press), 0);
}

/* Nor does a printer say so by itself. */
static void of_what_was_released_the_id_is_the_jobs_own(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    assert_int_equal(press_answer(&press, "p1", EVT_PRINT_EXPIRED, JOB, 0,
                             "id used before"),
            ERR_IMPOSSIBLE);
    expect_stage(JOB, STAGE(RELEASED));
}

/* What the ledger had to leave out may have been that it was released. */
static void where_nobody_knows_whether_it_was_released_somebody_looks(
        void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    for (int i = 0; i < 80; i++) {
        struct principal screen = story_principal(ROLE_DEVICE, "s1");
        char id[16];

        snprintf(id, sizeof(id), "d%d", i);
        story_say_as(&press.story, &screen, EVT_DELIVERY_RECEIPT,
                made_body(EVT_DELIVERY_RECEIPT, "delivery_id", id, "order_id",
                        "41", "progress", "shown", NULL),
                NULL);
    }
    assert_int_equal(say_printed("p1", JOB), ERR_OK);
    expect_stage(JOB, STAGE(UNKNOWN));
    assert_string_equal(press_job(&press, JOB)->reason, "printed before");
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 1);
}

/* --- copies --- */

static enum err reprint(const char *job, const char *printer)
{
    ProtobufCMessage *body =
            made_body(EVT_PRINT_REPRINTED, "job_id", job, NULL);
    enum err err;

    body_complete_text(body, "printer", printer);
    err = story_say(
            &press.story, ROLE_KITCHEN, EVT_PRINT_REPRINTED, body, NULL);
    press_wait(&press, 100);
    return err;
}

static void somebody_who_asks_gets_a_copy_that_says_so(void **state)
{
    const Dw__PrintJob *copy;

    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "kitchen");
    press_order(&press, "41", "grill");
    assert_int_equal(reprint(JOB, NULL), ERR_IMPOSSIBLE);
    accept("p1", JOB);
    assert_int_equal(reprint(JOB, NULL), ERR_IMPOSSIBLE);
    fail_with("p1", JOB, "uncertain");
    assert_int_equal(reprint(JOB, "nobody"), ERR_NOT_FOUND);
    assert_int_equal(reprint(JOB, NULL), ERR_OK);
    assert_null(press_job(&press, JOB));
    copy = press_job(&press, JOB "-r1");
    assert_non_null(copy);
    assert_string_equal(copy->request->copy_of, JOB);
    assert_string_equal(copy->request->printer, "p1");
    assert_int_equal(copy->request->order->n_items, 1);
    assert_int_equal(copy->request->attempt, 1);
    assert_int_equal(copy->n_tried, 0);
    accept("p1", JOB "-r1");
    fail_with("p1", JOB "-r1", "uncertain");
    assert_int_equal(reprint(JOB "-r1", "p2"), ERR_OK);
    copy = press_job(&press, JOB "-r2");
    assert_non_null(copy);
    assert_string_equal(copy->request->printer, "p2");
    assert_string_equal(copy->request->copy_of, JOB "-r1");
}

static void print_job(const char *printer, const char *job)
{
    accept(printer, job);
    assert_int_equal(
            press_answer(&press, printer, EVT_PRINT_PRINTED, job, 0, NULL),
            ERR_OK);
    assert_null(press_job(&press, job));
}

/* "Fell into the soup." */
static void a_printed_ticket_can_be_had_again_as_it_is_now(void **state)
{
    const Dw__PrintJob *copy;

    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "bar");
    press_order(&press, "41", "grill");
    print_job("p1", JOB);
    press_say(&press, EVT_ORDER_ITEMS_ADDED,
            made_body(EVT_ORDER_ITEMS_ADDED, "order_id", "41", "items[0].id",
                    "i2", "items[0].name", "Tea", "items[0].quantity", "3",
                    "items[0].station", "grill", "items[1].id", "i3",
                    "items[1].name", "Beer", "items[1].quantity", "1",
                    "items[1].station", "bar", NULL));
    assert_int_equal(reprint(JOB, NULL), ERR_OK);
    copy = press_job(&press, JOB "-r1");
    assert_non_null(copy);
    assert_string_equal(copy->request->copy_of, JOB);
    assert_string_equal(copy->request->printer, "p1");
    assert_string_equal(copy->request->station, "grill");
    assert_int_equal(copy->request->kind, DW__TICKET_KIND__TICKET_KIND_ORDER);
    assert_int_equal(copy->request->order->n_items, 2);
    assert_string_equal(copy->request->order->items[0]->name, "Soup");
    assert_string_equal(copy->request->order->items[1]->name, "Tea");
    assert_string_equal(
            press_text(&press, EVT_PRINT_REPRINTED, JOB, "order_id"), "41");
    assert_string_equal(
            press_text(&press, EVT_PRINT_REPRINTED, JOB, "from_printer"), "p1");
    print_job("p1", JOB "-r1"); /* and that one fell after it */
    assert_int_equal(reprint(JOB "-r1", "p2"), ERR_OK);
    copy = press_job(&press, JOB "-r2");
    assert_non_null(copy);
    assert_string_equal(copy->request->copy_of, JOB "-r1");
    assert_string_equal(copy->request->printer, "p2");
}

static void a_copy_comes_out_elsewhere_if_its_printer_is_gone(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    print_job("p1", JOB);
    press_up(&press, "p2", "grill");
    press_down(&press, "p1");
    assert_int_equal(reprint(JOB, NULL), ERR_OK);
    assert_string_equal(press_job(&press, JOB "-r1")->request->printer, "p2");
}

static void who_asks_twice_with_one_key_gets_one_copy(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    print_job("p1", JOB);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
                story_say(&press.story, ROLE_MANAGER, EVT_PRINT_REPRINTED,
                        made_body(EVT_PRINT_REPRINTED, "job_id", JOB, NULL),
                        "soup"),
                ERR_OK);
    press_wait(&press, 100);
    assert_int_equal(press_times(&press, EVT_PRINT_REPRINTED, NULL), 1);
    assert_non_null(press_job(&press, JOB "-r1"));
    assert_null(press_job(&press, JOB "-r2"));
}

static void who_presses_twice_gets_one_copy_until_that_is_printed(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    print_job("p1", JOB);
    assert_int_equal(reprint(JOB, NULL), ERR_OK);
    assert_int_equal(reprint(JOB, NULL), ERR_OK); /* the same, said again */
    press_wait(&press, 11000);
    assert_int_equal(reprint(JOB, NULL), ERR_IMPOSSIBLE);
    assert_non_null(strstr(press.story.fault.text, JOB "-r1"));
    assert_int_equal(press_times(&press, EVT_PRINT_REPRINTED, NULL), 1);
    print_job("p1", JOB "-r1");
    assert_int_equal(reprint(JOB, NULL), ERR_OK);
    assert_non_null(press_job(&press, JOB "-r2"));
}

static void of_what_is_over_or_not_known_there_is_no_copy(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_order(&press, "42", "grill");
    print_job("p1", JOB);
    print_job("p1", "42-grill-order");
    assert_int_equal(reprint("41-bar-order", NULL), ERR_NOT_FOUND);
    assert_int_equal(reprint("41", NULL), ERR_NOT_FOUND);
    assert_int_equal(reprint(JOB, "nobody"), ERR_NOT_FOUND);
    assert_int_equal(story_say(&press.story, ROLE_KITCHEN, EVT_PRINT_REPRINTED,
                             made_body(EVT_PRINT_REPRINTED, "job_id", JOB,
                                     "order_id", "42", NULL),
                             NULL),
            ERR_NOT_FOUND);
    press_say(&press, EVT_ORDER_CANCELLED,
            story_about(EVT_ORDER_CANCELLED, "41"));
    print_job("p1", "41-grill-void");
    assert_int_equal(reprint(JOB, NULL), ERR_IMPOSSIBLE);
    assert_int_equal(reprint("41-grill-void", NULL), ERR_NOT_FOUND);
    press_say(&press, EVT_ORDER_ITEM_STATUS_CHANGED,
            made_body(EVT_ORDER_ITEM_STATUS_CHANGED, "order_id", "42",
                    "item_id", "i1", "status", "5", NULL));
    assert_int_equal(reprint("42-grill-order", NULL), ERR_IMPOSSIBLE);
    assert_int_equal(press_times(&press, EVT_PRINT_REPRINTED, NULL), 0);
}

static void the_id_of_a_copy_may_have_been_used_before_too(void **state)
{
    const Dw__PrintJob *copy;
    const char *id;

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    fail_with("p1", JOB, "uncertain");
    assert_int_equal(reprint(JOB, NULL), ERR_OK);
    assert_int_equal(say_printed("p1", JOB "-r1"), ERR_OK);
    assert_null(press_job(&press, JOB "-r1"));
    id = newest();
    assert_int_equal(strncmp(id, JOB "_", strlen(JOB "_")), 0);
    assert_string_equal(id + strlen(id) - 3, "-r1");
    copy = press_job(&press, id);
    assert_string_equal(copy->request->copy_of, JOB);
    print_newest("p1");
    assert_int_equal(reprint(id, NULL), ERR_OK); /* its station is known */
    assert_int_equal(press_job(&press, newest())->request->order->n_items, 1);
}

/* The number of a copy. */
static unsigned long number_of(const char *job)
{
    return strtoul(job + strlen(JOB "-r"), NULL, 10);
}

/* A printer prints no job's id twice. */
static void the_id_of_a_copy_is_new_however_many_there_were(void **state)
{
    char job[64] = JOB;

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    print_job("p1", JOB);
    for (int i = 0; i < 150; i++) {
        char before[64];

        snprintf(before, sizeof(before), "%s", job);
        press_forget(&press);
        assert_int_equal(reprint(before, NULL), ERR_OK);
        snprintf(job, sizeof(job), "%s",
                press_text(&press, EVT_PRINT_REQUESTED, NULL, "job_id"));
        assert_string_not_equal(job, before);
        assert_int_equal(strncmp(job, JOB "-r", strlen(JOB "-r")), 0);
        if (i >= 64) /* its number is the event's: higher than any before */
            assert_true(number_of(job) > (i > 64 ? number_of(before) : 64));
        print_job("p1", job);
    }
}

static void a_house_that_wants_it_gets_a_copy_elsewhere_unasked(void **state)
{
    const Dw__PrintJob *copy;

    (void)state;
    press_end(&press);
    press_begin(&press, NULL, true, 0);
    press_up(&press, "p1", "grill");
    press_order(&press, "40", "grill");
    accept("p1", "40-grill-order");
    fail_with("p1", "40-grill-order", "uncertain");
    expect_stage("40-grill-order", STAGE(UNKNOWN)); /* there is no other one */
    press_up(&press, "p2", "kitchen");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    press_wait(&press, 20500);
    assert_int_equal(press_times(&press, EVT_PRINT_UNCONFIRMED, JOB), 1);
    assert_null(press_job(&press, JOB));
    copy = press_job(&press, JOB "-r1");
    assert_non_null(copy);
    assert_string_equal(copy->request->printer, "p2");
    accept("p2", JOB "-r1");
    fail_with("p2", JOB "-r1", "uncertain");
    expect_stage(JOB "-r1", STAGE(UNKNOWN));
    assert_int_equal(press_times(&press, EVT_PRINT_REPRINTED, NULL), 1);
}

static void waiters_and_guests_ask_for_no_copies(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB);
    fail_with("p1", JOB, "uncertain");
    assert_int_equal(
            story_say(&press.story, ROLE_WAITER, EVT_PRINT_REPRINTED,
                    made_body(EVT_PRINT_REPRINTED, "job_id", JOB, NULL), NULL),
            ERR_FORBIDDEN);
    expect_stage(JOB, STAGE(UNKNOWN));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_offered_is_released_once_it_is_stored),
        TEST(a_release_goes_to_the_printer_itself),
        TEST(a_stale_offer_is_not_released),
        TEST(a_printer_that_lost_the_job_to_another_gets_no_release),
        TEST(who_never_had_the_job_says_nothing_of_it),
        TEST(a_job_is_of_the_order_that_it_was_made_for),
        TEST(what_was_released_is_released_again_and_never_offered),
        TEST(what_was_not_printed_goes_to_the_next_printer_at_once),
        TEST(a_printer_that_is_well_again_is_offered_what_it_failed),
        TEST(what_may_be_on_paper_is_not_printed_again_by_itself),
        TEST(a_printer_that_lost_its_spool_is_not_believed),
        TEST(whoever_comes_takes_what_nobody_took),
        TEST(a_late_yes_to_what_nobody_took_counts),
        TEST(what_became_of_an_older_offer_says_nothing_of_the_newer),
        TEST(what_failed_at_one_printer_has_not_at_the_next),
        TEST(what_may_be_out_may_be_out_whichever_offer_it_was),
        TEST(an_order_number_that_comes_again_costs_no_ticket),
        TEST(what_nobody_was_told_to_print_is_not_printed),
        TEST(what_came_out_under_its_new_id_is_known_by_it),
        TEST(a_second_id_that_was_used_before_is_for_somebody_to_see),
        TEST(what_was_released_once_may_have_come_out_then),
        TEST(of_what_was_released_the_id_is_the_jobs_own),
        TEST(where_nobody_knows_whether_it_was_released_somebody_looks),
        TEST(somebody_who_asks_gets_a_copy_that_says_so),
        TEST(a_printed_ticket_can_be_had_again_as_it_is_now),
        TEST(a_copy_comes_out_elsewhere_if_its_printer_is_gone),
        TEST(who_asks_twice_with_one_key_gets_one_copy),
        TEST(who_presses_twice_gets_one_copy_until_that_is_printed),
        TEST(of_what_is_over_or_not_known_there_is_no_copy),
        TEST(the_id_of_a_copy_may_have_been_used_before_too),
        TEST(the_id_of_a_copy_is_new_however_many_there_were),
        TEST(a_house_that_wants_it_gets_a_copy_elsewhere_unasked),
        TEST(waiters_and_guests_ask_for_no_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
