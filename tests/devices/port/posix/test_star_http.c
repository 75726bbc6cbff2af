#include "devices/port/posix/star_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/port/posix/pull_bench.h"

#define MAC   "00:11:62:aa:bb:cc"
#define OTHER "00:11:62:aa:bb:cd"
#define NOW   100000

static struct star_http http;

static int start(void **state)
{
    (void)state;
    memset(&http, 0, sizeof(http));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pull_job_close(&http.job);
    return 0;
}

static unsigned poll_as(
        const char *mac, const char *code, bool printing, uint64_t now_ms)
{
    char body[256];

    snprintf(body, sizeof(body),
            "{\"printerMAC\":\"%s\",\"statusCode\":\"%s\","
            "\"printingInProgress\":%s}",
            mac, code, printing ? "true" : "false");
    return star_http_poll(&http, body, strlen(body), now_ms);
}

static unsigned fetch(const char *mac, const char *token, const char *type)
{
    bool is_text;

    return star_http_fetch(&http, mac, token, type, NOW, &is_text);
}

static bool is_offered(void)
{
    return strstr(http.answer, "\"jobReady\":true") != NULL;
}

/* It polls, and has fetched the job. */
static void hand_out(void)
{
    assert_int_equal(poll_as(MAC, "200%20OK", false, NOW), 200);
    bench_offer(&http.job, NOW);
    assert_int_equal(poll_as(MAC, "200%20OK", false, NOW), 200);
    assert_true(is_offered());
    assert_int_equal(fetch(MAC, http.job.token, "image/png"), 200);
}

static void a_job_goes_from_poll_to_confirmation(void **unused)
{
    char expected[256];

    (void)unused;
    assert_int_equal(poll_as(MAC, "200%20OK", false, NOW), 200);
    assert_string_equal(http.answer, "{\"jobReady\":false}");
    bench_offer(&http.job, NOW);
    assert_int_equal(poll_as(MAC, "200%20OK", false, NOW), 200);
    snprintf(expected, sizeof(expected),
            "{\"jobReady\":true,\"mediaTypes\":[\"image/png\",\"text/plain\"],"
            "\"jobToken\":\"%s\",\"deleteMethod\":\"DELETE\"}",
            http.job.token);
    assert_string_equal(http.answer, expected);
    assert_int_equal(fetch(MAC, http.job.token, "image/png"), 200);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_WAIT);
    assert_int_equal(
            star_http_confirm(&http, MAC, http.job.token, "200 OK"), 200);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_DONE);
}

static void a_result_ends_its_own_job_and_that_once(void **unused)
{
    (void)unused;
    hand_out();
    assert_int_equal(star_http_confirm(&http, MAC, "1-1", "200 OK"), 200);
    assert_int_equal(star_http_confirm(&http, MAC, NULL, "200 OK"), 200);
    assert_int_equal(
            star_http_confirm(&http, OTHER, http.job.token, "200 OK"), 403);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_WAIT);
    star_http_confirm(&http, MAC, http.job.token, "200 OK");
    star_http_confirm(&http, MAC, http.job.token, "410");
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_DONE);
}

static void what_was_fetched_is_not_offered_again(void **unused)
{
    (void)unused;
    hand_out();
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    assert_false(is_offered());
    assert_int_equal(fetch(MAC, http.job.token, "image/png"), 404);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_WAIT);
}

static void a_download_that_broke_may_be_repeated_at_once(void **unused)
{
    (void)unused;
    hand_out();
    assert_int_equal(fetch(MAC, http.job.token, "image/png"), 200);
}

static void a_trouble_after_the_download_leaves_it_unknown(void **unused)
{
    (void)unused;
    hand_out();
    assert_int_equal(poll_as(MAC, "200", true, NOW), 200);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_WAIT);
    assert_int_equal(poll_as(MAC, "410 Out of paper", false, NOW), 200);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_GONE);
    assert_true(http.status.paper_out);
    star_http_confirm(&http, MAC, http.job.token, "200 OK");
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_GONE);
}

static void a_trouble_before_it_takes_the_job_back(void **unused)
{
    (void)unused;
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    bench_offer(&http.job, NOW);
    assert_int_equal(poll_as(MAC, "420 Cover open", false, NOW), 200);
    assert_false(is_offered());
    assert_true(http.status.cover_open);
    assert_int_equal(fetch(MAC, http.job.token, "image/png"), 404);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_REFUSED);
}

static void the_word_of_a_printer_decides_what_a_failure_is(void **unused)
{
    (void)unused;
    hand_out();
    star_http_confirm(&http, MAC, http.job.token, "510 Incompatible");
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_REFUSED);
    hand_out();
    star_http_confirm(&http, MAC, http.job.token, "420 Cover open");
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_GONE);
    assert_true(http.status.cover_open);
    hand_out();
    star_http_confirm(&http, MAC, http.job.token, "what?");
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_GONE);
    hand_out();
    star_http_confirm(&http, MAC, http.job.token, NULL);
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_GONE);
}

static void nobody_prints_what_it_never_fetched(void **unused)
{
    (void)unused;
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    bench_offer(&http.job, NOW);
    assert_int_equal(fetch(MAC, http.job.token, "application/pdf"), 415);
    star_http_confirm(&http, MAC, http.job.token, "520 Download");
    assert_int_equal(pull_job_look(&http.job, NOW), OUT_REFUSED);
}

static void a_job_is_fetched_by_its_printer_and_token_only(void **unused)
{
    (void)unused;
    assert_int_equal(fetch(MAC, http.job.token, NULL), 404);
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    assert_int_equal(fetch(MAC, "", NULL), 404);
    bench_offer(&http.job, NOW);
    assert_int_equal(fetch(NULL, http.job.token, NULL), 404);
    assert_int_equal(fetch(OTHER, http.job.token, NULL), 404);
    assert_int_equal(fetch(MAC, "1-1", NULL), 404);
    assert_int_equal(fetch(MAC, NULL, NULL), 404);
    assert_int_equal(http.job.step, PULL_OFFERED);
    assert_int_equal(fetch("001162AABBCC", http.job.token, NULL), 200);
}

static void another_printer_waits_until_the_first_is_silent(void **unused)
{
    (void)unused;
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    assert_int_equal(poll_as(OTHER, "200", false, NOW + 59999), 403);
    assert_int_equal(poll_as(OTHER, "200", false, NOW + 60000), 200);
    assert_int_equal(poll_as(MAC, "200", false, NOW + 60001), 403);
    bench_offer(&http.job, NOW + 60002);
    fetch(OTHER, http.job.token, NULL);
    assert_int_equal(poll_as(MAC, "200", false, NOW + 600000), 403);
}

static void who_polls_no_more_is_not_there(void **unused)
{
    (void)unused;
    assert_false(star_http_is_there(&http, NOW));
    assert_int_equal(poll_as(MAC, "410", false, NOW), 200);
    assert_true(star_http_is_there(&http, NOW + PULL_CALL_MS - 1));
    assert_false(star_http_is_there(&http, NOW + PULL_CALL_MS));
}

static void text_is_offered_alone_where_it_was_asked_for(void **unused)
{
    bool is_text = false;

    (void)unused;
    http.only_text = true;
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    bench_offer(&http.job, NOW);
    assert_int_equal(poll_as(MAC, "200", false, NOW), 200);
    assert_non_null(strstr(http.answer, "\"mediaTypes\":[\"text/plain\"]"));
    assert_int_equal(fetch(MAC, http.job.token, "image/png"), 415);
    assert_int_equal(
            star_http_fetch(&http, MAC, http.job.token, NULL, NOW, &is_text),
            200);
    assert_true(is_text);
}

static void a_poll_that_says_nothing_is_refused(void **unused)
{
    (void)unused;
    assert_int_equal(star_http_poll(&http, "", 0, NOW), 400);
    assert_int_equal(star_http_poll(&http, "{}", 2, NOW), 400);
    assert_int_equal(poll_as(MAC, "none", false, NOW), 400);
    assert_int_equal(poll_as("no-address", "200", false, NOW), 403);
    assert_false(star_http_is_there(&http, NOW));
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_job_goes_from_poll_to_confirmation),
        STORY(a_result_ends_its_own_job_and_that_once),
        STORY(what_was_fetched_is_not_offered_again),
        STORY(a_download_that_broke_may_be_repeated_at_once),
        STORY(a_trouble_after_the_download_leaves_it_unknown),
        STORY(a_trouble_before_it_takes_the_job_back),
        STORY(the_word_of_a_printer_decides_what_a_failure_is),
        STORY(nobody_prints_what_it_never_fetched),
        STORY(a_job_is_fetched_by_its_printer_and_token_only),
        STORY(another_printer_waits_until_the_first_is_silent),
        STORY(who_polls_no_more_is_not_there),
        STORY(text_is_offered_alone_where_it_was_asked_for),
        STORY(a_poll_that_says_nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
