#include "hub/derive_overdue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/steady.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/press.h"

#define JOB  "41-grill-order"
#define HOUR (60 * 60 * 1000)

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word

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

static void accept(const char *printer, const char *job, uint32_t attempt)
{
    assert_int_equal(press_answer(&press, printer, EVT_PRINT_ACCEPTED, job,
                             attempt, NULL),
            ERR_OK);
}

static Dw__JobStage stage_of(const char *job)
{
    const Dw__PrintJob *found = press_job(&press, job);

    return found ? found->stage : STAGE(UNSPECIFIED);
}

static void a_printer_has_five_seconds_to_take_a_job(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    press_wait(&press, 4900);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    press_wait(&press, 400);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, JOB), 1);
    assert_string_equal(press_text(&press, EVT_PRINT_REROUTED, JOB, "reason"),
            "not accepted");
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, JOB), 2);
    assert_string_equal(
            press_text(&press, EVT_PRINT_REQUESTED, JOB, "printer"), "p2");
    assert_string_equal(
            press_text(&press, EVT_PRINT_REQUESTED, JOB, "rerouted_from"),
            "p1");
}

static void one_that_is_away_has_ten(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "kitchen");
    press_down(&press, "p1");
    press_order(&press, "41", "grill");
    press_wait(&press, 9900);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    press_wait(&press, 400);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, JOB), 1);
    assert_string_equal(
            press_text(&press, EVT_PRINT_REROUTED, JOB, "printer"), "p2");
}

static void what_nobody_takes_is_said_to_have_failed(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_wait(&press, 14900);
    assert_int_equal(stage_of(JOB), STAGE(REQUESTED));
    press_wait(&press, 400);
    assert_int_equal(stage_of(JOB), STAGE(FAILED));
    assert_string_equal(
            press_text(&press, EVT_PRINT_FAILED, JOB, "reason"), "no_printer");
    press_wait(&press, 60000);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 1);
}

static void each_printer_of_the_chain_has_its_time(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_up(&press, "p3", "kitchen");
    press_up(&press, "p4", "kitchen");
    press_order(&press, "41", "grill");
    press_wait(&press, 19800);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 3);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 0);
    press_wait(&press, 1500);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 1);
}

static void a_house_without_printers_hears_only_the_end(void **state)
{
    (void)state;
    press_order(&press, "41", "grill");
    press_wait_long(&press, 2 * HOUR - 2000);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 0);
    assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
    assert_int_equal(press_jobs(&press), 1);
    press_wait_long(&press, 4000);
    assert_int_equal(
            press_times(&press, EVT_PRINT_EXPIRED, "41-kitchen-order"), 1);
    assert_int_equal(press_jobs(&press), 0);
}

/* Its last printer was taken away: for the next order there is none, but this
 * one somebody waits for. */
static void what_was_at_the_only_printer_when_it_retired_is_said(void **state)
{
    Dw__DeviceEnrolled *retired =
            (void *)body_new(&dw__device_enrolled__descriptor);

    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    body_set_string(&retired->device_id, "p1");
    body_set_string(&retired->kind, "printer");
    assert_int_equal(story_say(&press.story, ROLE_HUB, EVT_DEVICE_RETIRED,
                             &retired->base, NULL),
            ERR_OK);
    press_order(&press, "42", "grill");
    press_wait(&press, 16000);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, JOB), 1);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 1);
}

static void a_released_job_has_twenty_seconds(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB, 1);
    press_wait(&press, 19900);
    assert_int_equal(stage_of(JOB), STAGE(RELEASED));
    press_wait(&press, 400);
    assert_int_equal(stage_of(JOB), STAGE(UNKNOWN));
    assert_string_equal(
            press_text(&press, EVT_PRINT_UNCONFIRMED, JOB, "reason"),
            "no answer");
    press_wait(&press, 60000);
    assert_int_equal(press_times(&press, EVT_PRINT_UNCONFIRMED, NULL), 1);
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 1);
}

/* It waited in a queue for a printer that is online, or went with the broker:
 * by the time it comes it does nothing any more. */
static void a_release_that_is_lost_is_said_again_when_the_printer_comes(
        void **state)
{
    const struct evt *evt;

    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB, 1);
    evt = press_last(&press, EVT_PRINT_RELEASED, JOB);
    assert_int_equal(evt->exp_ms - evt->ts_ms, 60000);
    press_wait(&press, 20400);
    assert_int_equal(stage_of(JOB), STAGE(UNKNOWN));
    press_wait_long(&press, HOUR);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, JOB), 1);

    press_up(&press, "p1", "grill");
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, JOB), 2);
    evt = press_last(&press, EVT_PRINT_RELEASED, JOB);
    assert_int_equal(evt->exp_ms, press.story.now_ms + 60000);
    assert_true(made_is(evt->body, "attempt", "1"));
    assert_int_equal(stage_of(JOB), STAGE(UNKNOWN));
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 1);
    press_answer(&press, "p1", EVT_PRINT_PRINTED, JOB, 0, NULL);
    assert_int_equal(press_jobs(&press), 0);
}

static void a_printer_at_work_has_more_time_for_the_next(void **state)
{
    (void)state;
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_order(&press, "42", "grill");
    accept("p1", "41-grill-order", 1);
    accept("p1", "42-grill-order", 1);
    press_wait(&press, 15000);
    press_answer(&press, "p1", EVT_PRINT_PRINTED, "41-grill-order", 0, NULL);
    press_wait(&press, 15000);
    assert_int_equal(stage_of("42-grill-order"), STAGE(RELEASED));
    press_wait(&press, 6000);
    assert_int_equal(stage_of("42-grill-order"), STAGE(UNKNOWN));
}

static void a_clock_that_is_set_makes_nothing_overdue(void **state)
{
    static const int64_t steps[] = { 3 * HOUR, -3 * HOUR, -HOUR, 26 * HOUR };

    (void)state;
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        char id[16], offered[48], told[48];

        snprintf(id, sizeof(id), "a%zu", i);
        snprintf(offered, sizeof(offered), "%s-grill-order", id);
        press_order(&press, id, "grill");
        snprintf(id, sizeof(id), "b%zu", i);
        snprintf(told, sizeof(told), "%s-grill-order", id);
        press_order(&press, id, "grill");
        accept("p1", told, 1);
        press_wait(&press, 1000);
        press_forget(&press);
        press_set_clock(&press, steps[i]);
        press_wait(&press, 3500);
        assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, NULL), 0);
        assert_int_equal(press_times(&press, EVT_PRINT_EXPIRED, NULL), 0);
        assert_int_equal(stage_of(told), STAGE(RELEASED));
        press_wait(&press, 1500);
        assert_int_equal(press_times(&press, EVT_PRINT_REROUTED, offered), 1);
        press_wait(&press, 15000);
        assert_int_equal(stage_of(told), STAGE(UNKNOWN));
        press_forget(&press);
    }
}

/* Also a hub that stood still hears what was said meanwhile before it judges.
 */
static void after_a_restart_the_clock_counts(void **state)
{
    struct place place;

    (void)state;
    place_make(&place);
    press_end(&press);
    press_begin(&press, place_file(&place, "journal"), false, 0);
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_order(&press, "41", "grill");
    accept("p1", JOB, 1);
    press_order(&press, "42", "grill");
    press_restart(&press, 30000);
    press_wait(&press, 100);
    assert_int_equal(stage_of(JOB), STAGE(UNKNOWN));
    assert_string_equal(
            press_job(&press, "42-grill-order")->request->printer, "p2");
    assert_int_equal(press_job(&press, "42-grill-order")->n_tried, 1);
    press_restart(&press, 0);
    assert_int_equal(press_job(&press, "42-grill-order")->n_tried, 1);
    press_end(&press);
    place_remove(&place);
    press_begin(&press, NULL, false, 0);
}

/* What had become of the jobs since then is lost with it. */
static void after_records_are_lost_nobody_knows_what_came_out(void **state)
{
    struct place place;

    (void)state;
    press_end(&press);
    place_make(&place);
    press_begin(&press, place_file(&place, "journal"), false, 0);
    press_up(&press, "p1", "grill");
    press_down(&press, "p1");
    press_order(&press, "41", "grill");
    press_restart(&press, 1000);
    press_wait(&press, 1000);
    assert_int_equal(stage_of(JOB), STAGE(REQUESTED));
    press_lose(&press, 1000);
    press_wait(&press, 1000);
    assert_int_equal(stage_of(JOB), STAGE(UNKNOWN));
    press_forget(&press);
    press_up(&press, "p1", "grill");
    press_up(&press, "p2", "grill");
    press_wait(&press, 60000);
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 0);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 0);
    press_order(&press, "42", "grill");
    assert_int_equal(stage_of("42-grill-order"), STAGE(REQUESTED));
    place_remove(&place);
}

/* Whether the order is a new one or was lost and is said again. */
static void after_records_are_lost_printed_already_may_be_so(void **state)
{
    struct place place;

    (void)state;
    press_end(&press);
    place_make(&place);
    press_begin(&press, place_file(&place, "journal"), false, 0);
    press_up(&press, "p1", "grill");
    press_order(&press, "41", "grill");
    press_lose(&press, 1000);
    press_up(&press, "p1", "grill");
    press_order(&press, "42", "grill");
    press_forget(&press);
    assert_int_equal(
            press_answer(&press, "p1", EVT_PRINT_PRINTED, JOB, 0, NULL),
            ERR_OK); /* before anybody has looked what is overdue */
    assert_int_equal(press_answer(&press, "p1", EVT_PRINT_PRINTED,
                             "42-grill-order", 0, NULL),
            ERR_OK);
    assert_int_equal(stage_of(JOB), STAGE(UNKNOWN));
    assert_int_equal(stage_of("42-grill-order"), STAGE(UNKNOWN));
    press_wait(&press, 60000);
    assert_int_equal(press_times(&press, EVT_PRINT_REQUESTED, NULL), 0);
    assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, NULL), 0);
    place_remove(&place);
}

static void one_dead_printer_delays_no_other(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[16];

        snprintf(name, sizeof(name), "p%d", i);
        press_up(&press, name, name); /* of a station each */
    }
    for (int i = 0; i < 200; i++) {
        char id[16], station[16], job[64];

        snprintf(id, sizeof(id), "o%d", i);
        snprintf(station, sizeof(station), "p%d", i % 20);
        snprintf(job, sizeof(job), "o%d-%s-order", i, station);
        press_order(&press, id, station);
        if (i % 20 == 0)
            continue;
        accept(station, job, 1);
        assert_int_equal(press_times(&press, EVT_PRINT_RELEASED, job), 1);
        press_answer(&press, station, EVT_PRINT_PRINTED, job, 0, NULL);
    }
    assert_int_equal(press_jobs(&press), 10);
    press_wait(&press, 20000);
    assert_int_equal(press_times(&press, EVT_PRINT_FAILED, NULL), 10);
}

/* --- what is looked at --- */

struct saying {
    uint32_t count;
};

static void count_one(void *context, enum evt_id what, ProtobufCMessage *body)
{
    struct saying *saying = context;

    (void)what;
    saying->count++;
    body_free(body);
}

static void put_job(struct state *state, uint32_t n, int64_t at_ms)
{
    Dw__PrintJob *job = (void *)body_new(&dw__print_job__descriptor);
    Dw__PrintRequested *request =
            (void *)body_new(&dw__print_requested__descriptor);
    char id[16];

    snprintf(id, sizeof(id), "j%u", n);
    job->request = request;
    body_set_string(&request->job_id, id);
    body_set_string(&request->station, "kitchen");
    request->kind = DW__TICKET_KIND__TICKET_KIND_ORDER;
    request->order = (void *)body_new(&dw__order__descriptor);
    body_set_string(&request->order->id, id);
    job->stage = STAGE(REQUESTED);
    job->changed_at_ms = job->requested_at_ms = at_ms;
    job->has_requested_at_ms = 1;
    shelf_put(&state->jobs, id, &job->base);
    state->jobs_version++;
}

/* Nothing is looked at before something may be overdue, and of much that is a
 * part is said at a time. */
static void it_looks_only_when_something_may_be_overdue(void **unused)
{
    struct overdue overdue = { 0 };
    struct saying saying = { 0 };
    int64_t now_ms = STORY_START_MS;
    struct steady steady;
    struct state state;
    int looks = 0;

    (void)unused;
    state_init(&state);
    steady_init(&steady, now_ms);
    for (uint32_t i = 0; i < 2 * PRINT_SAID + 1; i++)
        put_job(&state, i, now_ms);
    for (; now_ms < STORY_START_MS + 2 * HOUR; now_ms += 1000) {
        steady_tick(&steady, now_ms, NULL);
        if (!overdue_tick(&overdue, &state, steady_now(&steady)))
            continue;
        overdue_look(&overdue, &state, &steady, count_one, &saying);
        looks++;
    }
    assert_true(looks <= 2);
    assert_int_equal(saying.count, 0);
    steady_tick(&steady, now_ms, NULL);
    assert_true(overdue_tick(&overdue, &state, steady_now(&steady)));
    overdue_look(&overdue, &state, &steady, count_one, &saying);
    assert_int_equal(saying.count, PRINT_SAID);
    assert_true(overdue_tick(&overdue, &state, steady_now(&steady) + 100));
    state_finish(&state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_printer_has_five_seconds_to_take_a_job),
        TEST(one_that_is_away_has_ten),
        TEST(what_nobody_takes_is_said_to_have_failed),
        TEST(each_printer_of_the_chain_has_its_time),
        TEST(a_house_without_printers_hears_only_the_end),
        TEST(what_was_at_the_only_printer_when_it_retired_is_said),
        TEST(a_released_job_has_twenty_seconds),
        TEST(a_release_that_is_lost_is_said_again_when_the_printer_comes),
        TEST(a_printer_at_work_has_more_time_for_the_next),
        TEST(a_clock_that_is_set_makes_nothing_overdue),
        TEST(after_a_restart_the_clock_counts),
        TEST(after_records_are_lost_nobody_knows_what_came_out),
        TEST(after_records_are_lost_printed_already_may_be_so),
        TEST(one_dead_printer_delays_no_other),
        cmocka_unit_test(it_looks_only_when_something_may_be_overdue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
