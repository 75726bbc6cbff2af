#include "devices/port/posix/pull_job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/port/posix/pull_bench.h"

static void an_offered_job_is_drawn_as_wide_as_the_paper(void **unused)
{
    struct pull_job job = { 0 };

    (void)unused;
    bench_offer(&job, 1000);
    assert_int_equal(job.step, PULL_OFFERED);
    assert_int_equal(job.paper.width, 384);
    assert_memory_equal(job.paper.png, "\x89PNG", 4);
    assert_non_null(
            memmem(job.paper.text, job.paper.text_len, "onion soup", 10));
    pull_job_close(&job);
}

static void what_is_not_taken_in_time_nobody_ever_had(void **unused)
{
    struct pull_job job = { 0 };

    (void)unused;
    bench_offer(&job, 1000);
    assert_int_equal(pull_job_look(&job, 1000 + PULL_TAKE_MS - 1), OUT_WAIT);
    assert_int_equal(pull_job_look(&job, 1000 + PULL_TAKE_MS), OUT_REFUSED);
    pull_job_take(&job, 1000 + PULL_TAKE_MS);
    assert_int_equal(job.step, PULL_ENDED);
    pull_job_close(&job);
}

static void what_was_taken_and_not_told_of_is_gone(void **unused)
{
    struct pull_job job = { 0 };

    (void)unused;
    bench_offer(&job, 1000);
    pull_job_take(&job, 2000);
    assert_int_equal(pull_job_look(&job, 2000 + PULL_PRINT_MS - 1), OUT_WAIT);
    assert_int_equal(pull_job_look(&job, 2000 + PULL_PRINT_MS), OUT_GONE);
    pull_job_end(&job, OUT_DONE);
    assert_int_equal(pull_job_look(&job, 2000 + PULL_PRINT_MS), OUT_GONE);
    pull_job_close(&job);
}

static void the_first_word_of_a_job_is_the_last(void **unused)
{
    struct pull_job job = { 0 };

    (void)unused;
    bench_offer(&job, 1000);
    pull_job_take(&job, 1000);
    pull_job_end(&job, OUT_DONE);
    pull_job_end(&job, OUT_GONE);
    assert_int_equal(pull_job_look(&job, 1000), OUT_DONE);
    assert_false(pull_job_is(&job, job.token));
    pull_job_close(&job);
}

static void a_token_is_of_one_sending(void **unused)
{
    struct pull_job job = { 0 };
    char token[STAR_TOKEN_BYTES];

    (void)unused;
    bench_offer(&job, 1000);
    memcpy(token, job.token, sizeof(token));
    assert_true(pull_job_is(&job, token));
    assert_false(pull_job_is(&job, NULL));
    bench_offer(&job, 2000);
    assert_false(pull_job_is(&job, token));
    assert_true(pull_job_is(&job, job.token));
    pull_job_close(&job);
    assert_false(pull_job_is(&job, token));
    assert_false(pull_job_is(&job, ""));
}

static void what_cannot_be_drawn_is_refused(void **unused)
{
    struct pull_job job = { 0 };
    const struct profile *profile = profile_find("generic-58");

    (void)unused;
    pull_job_begin(&job, "o41-kitchen-order");
    assert_false(pull_job_offer(&job, profile, NULL, 1000));
    assert_int_equal(pull_job_look(&job, 1000), OUT_REFUSED);
    /* More paper than there is: twenty metres of blanks, and a letter. */
    pull_job_begin(&job, "o41-kitchen-order");
    for (int i = 0; i < 5000; i++)
        assert_int_equal(pull_job_write(&job, (const uint8_t *)"x\n", 2), 2);
    assert_false(pull_job_offer(&job, profile, NULL, 1000));
    assert_int_equal(pull_job_look(&job, 1000), OUT_REFUSED);
    pull_job_close(&job);
}

static void bytes_have_a_limit_and_come_before_the_offer(void **unused)
{
    static uint8_t many[PULL_JOB_BYTES];
    struct pull_job job = { 0 };

    (void)unused;
    assert_int_equal(pull_job_write(&job, many, 1), -1);
    pull_job_begin(&job, "o41-kitchen-order");
    assert_int_equal(pull_job_write(&job, many, sizeof(many)), sizeof(many));
    assert_int_equal(pull_job_write(&job, many, 1), -1);
    pull_job_close(&job);
    bench_offer(&job, 1000);
    assert_int_equal(pull_job_write(&job, many, 1), -1);
    pull_job_close(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offered_job_is_drawn_as_wide_as_the_paper),
        cmocka_unit_test(what_is_not_taken_in_time_nobody_ever_had),
        cmocka_unit_test(what_was_taken_and_not_told_of_is_gone),
        cmocka_unit_test(the_first_word_of_a_job_is_the_last),
        cmocka_unit_test(a_token_is_of_one_sending),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
        cmocka_unit_test(bytes_have_a_limit_and_come_before_the_offer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
