#include "devices/port/posix/star_mqtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/devices/port/posix/pull_bench.h"

#define FROM "star/cloudprnt/to-server/00:11:62:aa:bb:cc/"
#define NOW  100000

static struct star_mqtt mqtt;

static int start(void **state)
{
    (void)state;
    return star_mqtt_init(&mqtt, "001162AABBCC", 12) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    pull_job_close(&mqtt.job);
    return 0;
}

static void hear(const char *method, const char *payload, uint64_t now_ms)
{
    char topic[STAR_TOPIC_BYTES];

    snprintf(topic, sizeof(topic), FROM "%s", method);
    star_mqtt_hear(&mqtt, topic, payload, strlen(payload), now_ms);
}

static void hear_result(const char *token, bool succeeded, const char *code)
{
    char payload[256];

    snprintf(payload, sizeof(payload),
            "{\"title\":\"print-result\",\"jobToken\":\"%s\","
            "\"printSucceeded\":%s,\"statusCode\":\"%s\"}",
            token, succeeded ? "true" : "false", code);
    hear("print-result", payload, NOW);
}

static void send(void)
{
    bench_offer(&mqtt.job, NOW);
    pull_job_take(&mqtt.job, NOW);
}

static enum print_out_state look(void)
{
    return star_mqtt_look(&mqtt, NOW);
}

static void topics_are_the_makers(void **unused)
{
    char topic[STAR_TOPIC_BYTES];

    (void)unused;
    star_mqtt_topic(&mqtt, "print-job", topic);
    assert_string_equal(
            topic, "star/cloudprnt/to-device/00:11:62:aa:bb:cc/print-job");
    assert_string_equal(mqtt.hears, FROM "+");
    assert_false(star_mqtt_init(&mqtt, "#", 1));
}

static void only_an_answer_says_how_it_is(void **unused)
{
    (void)unused;
    hear("client-status", "{\"statusCode\":\"410\"}", NOW);
    assert_false(mqtt.answered);
    mqtt.asked = true;
    hear("client-status", "{\"statusCode\":\"\"}", NOW);
    hear("client-status", "nonsense", NOW);
    hear("client-other", "{\"statusCode\":\"200\"}", NOW);
    assert_false(mqtt.answered);
    hear("client-status", "{\"statusCode\":\"420%20Cover%20open\"}", NOW);
    assert_true(mqtt.answered && mqtt.status.cover_open);
}

static void a_result_ends_its_own_job_and_that_once(void **unused)
{
    (void)unused;
    send();
    hear_result("1-1", true, "200 OK");
    hear_result("", true, "200 OK");
    assert_int_equal(look(), OUT_WAIT);
    hear_result(mqtt.job.token, true, "200 OK");
    hear_result(mqtt.job.token, false, "410");
    assert_int_equal(look(), OUT_DONE);
}

static unsigned fetch(const char *token, const char *type, uint64_t now_ms)
{
    bool is_text;

    return star_mqtt_fetch(&mqtt, token, type, false, now_ms, &is_text);
}

static void what_it_never_fetched_it_has_not_printed(void **unused)
{
    (void)unused;
    bench_offer(&mqtt.job, NOW);
    hear_result(mqtt.job.token, false, "540 Known token");
    assert_int_equal(look(), OUT_WAIT);
    assert_int_equal(fetch(mqtt.job.token, "application/pdf", NOW), 415);
    hear_result(mqtt.job.token, false, "520 Download");
    assert_int_equal(look(), OUT_REFUSED);
    assert_int_equal(fetch(mqtt.job.token, NULL, NOW), 404);
    bench_offer(&mqtt.job, NOW);
    assert_int_equal(star_mqtt_look(&mqtt, NOW + PULL_TAKE_MS), OUT_REFUSED);
    assert_int_equal(fetch(mqtt.job.token, NULL, NOW), 404);
}

static void a_download_is_repeated_at_once_or_never(void **unused)
{
    (void)unused;
    bench_offer(&mqtt.job, NOW);
    assert_int_equal(fetch("1-1", NULL, NOW), 404);
    assert_int_equal(fetch(NULL, NULL, NOW), 404);
    assert_int_equal(fetch(mqtt.job.token, "image/png", NOW), 200);
    assert_int_equal(fetch(mqtt.job.token, "image/png", NOW + 4999), 200);
    assert_int_equal(fetch(mqtt.job.token, "image/png", NOW + 5000), 404);
    hear_result(mqtt.job.token, true, "200 OK");
    assert_int_equal(look(), OUT_DONE);
}

static void a_failure_within_a_job_leaves_it_unknown(void **unused)
{
    (void)unused;
    send();
    hear_result(mqtt.job.token, false, "410 Out of paper");
    assert_int_equal(look(), OUT_GONE);
    assert_true(mqtt.status.paper_out);
    send();
    hear_result(mqtt.job.token, false, "200 OK"); /* which of both? */
    assert_int_equal(look(), OUT_GONE);
}

static void what_it_could_not_use_was_never_printed(void **unused)
{
    (void)unused;
    send();
    hear_result(mqtt.job.token, false, "510 Incompatible media type");
    assert_int_equal(look(), OUT_REFUSED);
}

/* The broker may deliver a job twice; the second one is refused. */
static void that_it_had_the_job_already_says_nothing_of_the_job(void **unused)
{
    (void)unused;
    send();
    hear_result(mqtt.job.token, false, "540 Known token");
    assert_int_equal(look(), OUT_WAIT);
    hear_result(mqtt.job.token, true, "200 OK");
    assert_int_equal(look(), OUT_DONE);
}

static void who_has_gone_may_come_back_with_a_word(void **unused)
{
    (void)unused;
    send();
    hear("client-will", "{\"title\":\"client-will\"}", NOW);
    assert_int_equal(star_mqtt_look(&mqtt, NOW + 9999), OUT_WAIT);
    hear_result(mqtt.job.token, true, "200");
    assert_int_equal(star_mqtt_look(&mqtt, NOW + 10000), OUT_DONE);
}

static void who_has_gone_for_good_took_its_job_along(void **unused)
{
    (void)unused;
    send();
    hear("client-will", "{\"title\":\"client-will\"}", NOW);
    assert_int_equal(star_mqtt_look(&mqtt, NOW + 10000), OUT_GONE);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(topics_are_the_makers),
        STORY(only_an_answer_says_how_it_is),
        STORY(a_result_ends_its_own_job_and_that_once),
        STORY(what_it_never_fetched_it_has_not_printed),
        STORY(a_download_is_repeated_at_once_or_never),
        STORY(a_failure_within_a_job_leaves_it_unknown),
        STORY(what_it_could_not_use_was_never_printed),
        STORY(that_it_had_the_job_already_says_nothing_of_the_job),
        STORY(who_has_gone_may_come_back_with_a_word),
        STORY(who_has_gone_for_good_took_its_job_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
