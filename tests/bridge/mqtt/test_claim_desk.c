#include "bridge/mqtt/claim_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/mqtt/enrol.h"

#define NOW_MS 1700000000000

static const struct sites sites = { .names = { "main", "harbour" },
    .count = 2 };

struct scene {
    char dir[64];
    struct claim_desk desk;
    struct buf answer;
};

static int begin(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    snprintf(scene->dir, sizeof(scene->dir), "/tmp/test_claim_desk.XXXXXX");
    scene->desk = (struct claim_desk){
        .data_dir = scene->dir, .host = "192.0.2.1", .port = 8883, .tls = true
    };
    buf_init(&scene->answer, 1024);
    *state = scene;
    return mkdtemp(scene->dir) ? 0 : -1;
}

static int end(void **state)
{
    static const char *const names[] = { "broker/" ROSTER_FILE,
        "broker/" CLAIMS_FILE, "broker/passwd", "broker/acl", "broker/lock",
        "broker", "" };
    struct scene *scene = *state;
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", scene->dir, names[i]);
        remove(path);
    }
    buf_finish(&scene->answer);
    free(scene);
    return 0;
}

static struct enrolment about(struct scene *scene, const char *kind)
{
    return (struct enrolment){ .data_dir = scene->dir,
        .sites = &sites,
        .site = "harbour",
        .kind = kind,
        .id = "p1",
        .table = "5",
        .now_ms = NOW_MS };
}

static void make(
        struct scene *scene, const char *kind, char code[CODE_TEXT_CHARS + 1])
{
    const struct enrolment enrolment = about(scene, kind);
    struct fault fault = { 0 };

    assert_int_equal(
            enrol_by_code(&enrolment, NOW_MS + 1000, code, &fault), ERR_OK);
}

static enum err ask(struct scene *scene, const char *code)
{
    enum err err;

    buf_clear(&scene->answer);
    err = claim_desk_ask(&scene->desk, code, NOW_MS, &scene->answer);
    buf_putc(&scene->answer, '\0');
    return err;
}

static void a_code_is_a_credential_once(void **state)
{
    struct scene *scene = *state;
    char code[CODE_TEXT_CHARS + 1], broker[128];
    const struct member *member;
    struct roster roster;

    make(scene, "pager", code);
    snprintf(broker, sizeof(broker), "%s/broker", scene->dir);
    assert_int_equal(roster_look(&roster, broker), ERR_OK);
    assert_null(roster_find(&roster, "harbour.p1"));
    roster_close(&roster);

    assert_int_equal(ask(scene, code), ERR_OK);
    assert_non_null(strstr(scene->answer.data,
            "{\"client_id\":\"harbour.p1\",\"username\":\"harbour.p1\","
            "\"password\":\""));
    assert_non_null(strstr(scene->answer.data,
            "\"site\":\"harbour\",\"id\":\"p1\",\"kind\":\"pager\","
            "\"table\":\"5\",\"mqtt\":{\"host\":\"192.0.2.1\","
            "\"port\":8883,\"tls\":true}}"));
    assert_int_equal(roster_look(&roster, broker), ERR_OK);
    member = roster_find(&roster, "harbour.p1");
    assert_non_null(member);
    assert_true(member->at_ms == NOW_MS && member->hash[0]);
    roster_close(&roster);

    assert_int_equal(ask(scene, code), ERR_FORBIDDEN);
}

static void whatever_is_wrong_the_answer_is_the_same(void **state)
{
    struct scene *scene = *state;
    char code[CODE_TEXT_CHARS + 1];
    struct enrolment enrolment = about(scene, "pager");
    struct credential made;
    struct fault fault = { 0 };

    assert_int_equal(ask(scene, ""), ERR_FORBIDDEN);
    assert_int_equal(ask(scene, "AAAAA-AAAAA"), ERR_FORBIDDEN);
    make(scene, "pager", code);
    enrolment.kind = "printer"; /* meanwhile it has become something else */
    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    assert_int_equal(ask(scene, code), ERR_FORBIDDEN);
    assert_int_equal(scene->answer.len, 1);
}

static void a_code_of_who_was_retired_is_worth_nothing(void **state)
{
    struct scene *scene = *state;
    char code[CODE_TEXT_CHARS + 1];
    const struct enrolment enrolment = about(scene, "pager");
    struct credential made;
    struct fault fault = { 0 };

    assert_int_equal(enrol(&enrolment, &made, &fault), ERR_OK);
    make(scene, "pager", code);
    assert_int_equal(enrol_retire(&enrolment, &fault), ERR_OK);
    assert_int_equal(ask(scene, code), ERR_FORBIDDEN);
}

static void an_open_answer_leaves_the_host_to_who_asked(void **state)
{
    struct scene *scene = *state;
    char code[CODE_TEXT_CHARS + 1];

    scene->desk.host = "";
    scene->desk.tls = false;
    make(scene, "pager", code);
    assert_int_equal(ask(scene, code), ERR_OK);
    assert_non_null(strstr(
            scene->answer.data, "\"mqtt\":{\"port\":8883,\"tls\":false}}"));
}

static void so_many_tries_a_minute_and_no_more(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < CLAIM_TRIES; i++)
        assert_int_equal(ask(scene, "no code"), ERR_FORBIDDEN);
    assert_int_equal(ask(scene, "no code"), ERR_RATE);
    assert_int_equal(claim_desk_ask(&scene->desk, "no code", NOW_MS + 60000,
                             &scene->answer),
            ERR_FORBIDDEN);
}

/* The daemon waits for nobody. */
static void a_list_that_is_being_changed_is_asked_for_later(void **state)
{
    struct scene *scene = *state;
    char code[CODE_TEXT_CHARS + 1];
    struct roster roster;

    make(scene, "pager", code);
    assert_int_equal(roster_open(&roster, scene->dir), ERR_OK);
    assert_int_equal(ask(scene, code), ERR_BUSY);
    roster_close(&roster);
    assert_int_equal(ask(scene, code), ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_code_is_a_credential_once),
        TEST(whatever_is_wrong_the_answer_is_the_same),
        TEST(a_code_of_who_was_retired_is_worth_nothing),
        TEST(an_open_answer_leaves_the_host_to_who_asked),
        TEST(so_many_tries_a_minute_and_no_more),
        TEST(a_list_that_is_being_changed_is_asked_for_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
