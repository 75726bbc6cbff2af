/*
 * A socket with receipts: what it is asked, what it answers, and what is said
 * where it does not. A port without sockets; a hub; the moments are arguments.
 */
#include "bridge/ws/sio_dialects.h"

#include <stdio.h>
#include <stdlib.h>

#include "bridge/ws/sio_dialects_parts.h"
#include "hub/base/count.h"
#include "hub/hub_parts.h"
#include "schemas/watch.pb-c.h"
#include "tests/bridge/ws/engine.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define RECEIPT_MS 10000

struct world {
    struct engine engine;
    struct place place;
    struct story story;
    struct hub_client *follower;
    struct sio_dialects house;
    struct sio_service service;
    struct eio_place at;
    struct eio *eio; /* the last one that came */
    char pid[SIO_PID_CHARS + 1];
    char epoch[EPOCH_CHARS + 1];
    char heard[512]; /* of the receipts, a line each */
};

static struct world world;

static void point_at_hub(void)
{
    world.engine.ws.sites[0] =
            (struct ws_site){ .name = "main", .hub = world.story.hub };
    world.engine.ws.site_count = 1;
    world.follower = story_follower(&world.story);
}

static int begin(void **unused)
{
    (void)unused;
    memset(&world, 0, sizeof(world));
    engine_start(&world.engine);
    place_make(&world.place);
    story_begin(&world.story, place_file(&world.place, "journal"));
    world.story.is_forgetful = true;
    world.story.now_ms = wall_ms(); /* who comes back is asked how long ago */
    point_at_hub();
    epoch_print(hub_epoch(world.story.hub), world.epoch);
    world.house = (struct sio_dialects){
        .strict_payload = true, .recovery_ms = 60000, .receipt_ms = RECEIPT_MS
    };
    world.service = (struct sio_service){ .app = &sio_dialects_app,
        .context = &world.house,
        .connect_timeout_ms = 45000 };
    world.at = (struct eio_place){ .path = "/socket.io/",
        .calls = &sio_calls,
        .app = &world.service,
        .options = { 25000, 20000, 65536 } };
    return 0;
}

/* Its peer is gone. */
static void cut(struct eio *eio)
{
    eio_end(eio, EIO_BY_PEER, ERR_OK);
    eio->reason = EIO_BY_PEER; /* so that it does not linger */
    eio_finish(eio);
}

static int end(void **unused)
{
    (void)unused;
    if (world.eio)
        cut(world.eio);
    engine_stop(&world.engine);
    hub_detach(world.story.hub, world.follower);
    story_end(&world.story);
    place_remove(&world.place);
    return 0;
}

static const char *take(void)
{
    return engine_take(&world.engine, world.eio, false);
}

static void say(const char *text)
{
    engine_say(world.eio, text);
}

/* Somebody with a good token, whatever that looks like, asks to be let in. */
static void knock(uint32_t mask, const char *auth)
{
    char text[300];
    struct eio_shown *shown = calloc(1, sizeof(*shown));

    assert_non_null(shown);
    shown->principal = story_principal(mask, "5");
    snprintf(shown->principal.subject, SUBJECT_CHARS, "cook-1");
    shown->site = &world.engine.ws.sites[0];
    world.eio = eio_create(&world.engine.ws, &world.at, NULL);
    assert_non_null(world.eio);
    world.eio->shown = shown;
    world.eio->token_given = true;
    snprintf(text, sizeof(text), "0%s", auth);
    say(text);
}

static void come(uint32_t mask, const char *auth)
{
    const char *pid;

    knock(mask, auth);
    pid = strstr(take(), "\"pid\":\"");
    if (pid)
        snprintf(world.pid, sizeof(world.pid), "%.*s", SIO_PID_CHARS, pid + 7);
    eio_resume(&world.engine.ws);
}

#define RECEIPTS "{\"dialect\":\"kds\",\"receipts\":true}"

/* In its room. */
static void come_as(uint32_t mask, const char *auth, const char *room)
{
    char text[64];

    come(mask, auth);
    snprintf(text, sizeof(text), "2[\"%s\"]", room);
    say(text);
    assert_string_equal(take(), "");
}

static void come_with_receipts(void)
{
    come_as(ROLE_KITCHEN, RECEIPTS, "join:kitchen");
}

/* What it shows after a cut. */
static const char *kept(uint64_t offset)
{
    static char auth[200];

    snprintf(auth, sizeof(auth),
            "{\"dialect\":\"kds\",\"receipts\":true,\"pid\":\"%s\","
            "\"offset\":\"%s.%llu\"}",
            world.pid, world.epoch, (unsigned long long)offset);
    return auth;
}

/* It is who it was. */
static void come_back(uint64_t offset)
{
    char pid[SIO_PID_CHARS + 1];

    memcpy(pid, world.pid, sizeof(pid));
    come(ROLE_KITCHEN, kept(offset));
    assert_string_equal(world.pid, pid);
}

static uint64_t create(const char *id)
{
    uint64_t seq;

    assert_int_equal(story_commit(&world.story), ERR_OK);
    assert_int_equal(story_say(&world.story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order(id, "5"), NULL),
            ERR_OK);
    seq = world.story.hub->turn[0]->seq;
    assert_int_equal(story_commit(&world.story), ERR_OK);
    return seq;
}

static void answer(uint64_t seq, const char *args)
{
    char text[100];

    snprintf(text, sizeof(text), "3%llu[%s]", (unsigned long long)seq, args);
    say(text);
}

/* It is that late for the socket; a wall clock has nothing to do with it. */
static void wait_until(int64_t ms)
{
    sio_calls.sweep(world.eio->owner, steady_ms(&world.engine.ws) + ms,
            world.story.now_ms);
}

/* The receipts since the last time: "seq order progress reason\n". */
static const char *receipts(void)
{
    struct evt *evt;
    size_t len = 0;

    assert_int_equal(story_commit(&world.story), ERR_OK);
    world.heard[0] = '\0';
    while ((evt = story_said(
                    &world.story, world.follower, EVT_DELIVERY_RECEIPT))) {
        const Dw__DeliveryReceipt *body = (const void *)evt->body;

        assert_string_equal(body->recipient, "cook-1");
        len += (size_t)snprintf(world.heard + len, sizeof(world.heard) - len,
                "%s %s %s\n", body->order_id, body->progress,
                body->reason ? body->reason : "-");
        assert_true(len < sizeof(world.heard));
        evt_unref(evt);
    }
    return world.heard;
}

/* It is told of this order as a question, and then where that stands. */
static void expect_question(const char *said, uint64_t seq)
{
    char text[64];
    const char *at;

    snprintf(text, sizeof(text), "42%llu[\"order:new\",{",
            (unsigned long long)seq);
    at = strstr(said, text);
    if (!at)
        fail_msg("not asked about %llu: %s", (unsigned long long)seq, said);
    at = strchr(at, '\x1e');
    assert_non_null(at);
    snprintf(text, sizeof(text), "42[\"_dw\",\"%s.%llu", world.epoch,
            (unsigned long long)seq);
    assert_memory_equal(at + 1, text, strlen(text));
}

/* --- asking --- */

static void who_wants_receipts_is_asked_and_told_where_that_stands(
        void **unused)
{
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    expect_question(take(), seq);
    assert_string_equal(take(), "");
    assert_string_equal(receipts(), "");
}

static void without_recovery_there_is_no_offset(void **unused)
{
    const char *said;

    (void)unused;
    world.house.recovery_ms = 0;
    come_with_receipts();
    create("1");
    said = take();
    assert_non_null(strstr(said, "[\"order:new\",{"));
    assert_null(strstr(said, "_dw"));
    assert_null(strstr(said, world.epoch));
}

static void what_has_no_receipts_is_told_as_ever(void **unused)
{
    const char *said;

    (void)unused;
    come_as(ROLE_KITCHEN, RECEIPTS, "join:kitchen");
    create("1");
    take();
    world.story.now_ms += 5000;
    hub_tick(world.story.hub, world.story.now_ms);
    assert_int_equal(story_commit(&world.story), ERR_OK);
    said = take();
    assert_non_null(strstr(said, "42[\"kitchen:stats_update\",{"));
    assert_null(strstr(said, "_dw"));
}

static void who_does_not_want_them_is_told_as_ever(void **unused)
{
    static const char *const auths[] = { "{\"dialect\":\"kds\"}",
        "{\"dialect\":\"kds\",\"receipts\":false}",
        "{\"dialect\":\"kds\",\"receipts\":\"true\"}",
        "{\"dialect\":\"kds\",\"receipts\":1}" };

    (void)unused;
    for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
        char id[2] = { (char)('1' + i), '\0' };
        uint64_t seq;

        come_as(ROLE_KITCHEN, auths[i], "join:kitchen");
        seq = create(id);
        assert_memory_equal(take(), "42[\"order:new\",{", 16);
        answer(seq, "");
        wait_until(1000 * RECEIPT_MS);
        cut(world.eio);
        world.eio = NULL;
        assert_string_equal(receipts(), "");
    }
}

static void guests_are_not_asked(void **unused)
{
    uint64_t seq;
    const char *said;

    (void)unused;
    come(ROLE_TABLE, RECEIPTS);
    say("2[\"join:table\",5]");
    take();
    seq = create("1");
    said = take();
    assert_memory_equal(said, "42[\"", 4);
    answer(seq, "\"shown\"");
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

/* --- answers --- */

static void a_callback_is_a_receipt_and_its_word_says_more(void **unused)
{
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    take();
    answer(seq, "");
    assert_string_equal(receipts(), "1 received -\n");
    seq = create("2");
    take();
    answer(seq, "\"shown\"");
    assert_string_equal(receipts(), "2 shown -\n");
    wait_until(10 * RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

static void an_unknown_word_is_counted_and_means_received(void **unused)
{
    uint64_t before = count_of(COUNT_UNKNOWN_WORDS), seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    take();
    answer(seq, "\"eaten\"");
    assert_string_equal(receipts(), "1 received -\n");
    assert_int_equal(count_of(COUNT_UNKNOWN_WORDS), before + 1);
}

static void a_callback_with_bytes_is_one_like_any_other(void **unused)
{
    char text[100];
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    take();
    snprintf(text, sizeof(text), "61-%llu[{\"_placeholder\":true,\"num\":0}]",
            (unsigned long long)seq);
    say(text);
    assert_string_equal(receipts(), "");
    engine_say_bytes(world.eio, "abc", 3);
    assert_string_equal(receipts(), "1 received -\n");
}

static void an_answer_to_nothing_is_counted_and_no_more(void **unused)
{
    uint64_t before = count_of(COUNT_REFUSED), seq = create("0");

    (void)unused;
    come_with_receipts();
    answer(seq, "");
    answer(0, "");
    answer(9007199254740991, "");
    assert_int_equal(count_of(COUNT_REFUSED), before + 3);
    assert_int_equal(world.eio->state, EIO_LIVES);
    assert_string_equal(receipts(), "");
}

static void it_answers_of_a_room_that_it_has_left_since(void **unused)
{
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    take();
    say("2[\"leave:kitchen\"]");
    answer(seq, "\"done\"");
    assert_string_equal(receipts(), "1 done -\n");
}

/* --- no answer --- */

static void who_does_not_answer_in_time_is_not_known_to_have_it(void **unused)
{
    (void)unused;
    come_with_receipts();
    create("1");
    take();
    wait_until(RECEIPT_MS - 1);
    assert_string_equal(receipts(), "");
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "1 unknown no acknowledgement in time\n");
    wait_until(3 * RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

static void a_late_answer_is_a_receipt_still(void **unused)
{
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    take();
    wait_until(RECEIPT_MS);
    receipts();
    answer(seq, "\"done\"");
    assert_string_equal(receipts(), "1 done -\n");
    answer(seq, "\"done\"");
    assert_string_equal(receipts(), "");
}

static void what_cannot_be_stored_is_said_later(void **unused)
{
    (void)unused;
    come_with_receipts();
    create("1");
    take();
    world.story.hub->failed = ERR_FULL;
    wait_until(RECEIPT_MS);
    world.story.hub->failed = ERR_OK;
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "1 unknown no acknowledgement in time\n");
}

static void who_is_cut_off_is_not_known_to_have_it(void **unused)
{
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    create("2");
    take();
    answer(seq, "");
    cut(world.eio);
    world.eio = NULL;
    assert_string_equal(
            receipts(), "1 received -\n2 unknown connection lost\n");
}

static void when_we_stop_nothing_is_said(void **unused)
{
    (void)unused;
    come_with_receipts();
    create("1");
    take();
    world.engine.ws.stopping = true;
    cut(world.eio);
    world.eio = NULL;
    assert_string_equal(receipts(), "");
}

/* Beyond that it is told, and nobody waits for an answer. */
static void so_many_questions_are_open_and_no_more(void **unused)
{
    uint64_t first = 0, seq;
    char id[12];

    (void)unused;
    come_with_receipts();
    for (int i = 1; i <= ASKS_MAX; i++) {
        snprintf(id, sizeof(id), "%d", i);
        seq = create(id);
        first = first ? first : seq;
        expect_question(take(), seq);
        receipts(); /* whoever follows does not fall behind */
    }
    seq = create("1001");
    assert_memory_equal(take(), "42[\"order:new\",{", 16);
    assert_string_equal(
            receipts(), "1001 sent too many are not acknowledged\n");
    answer(seq, "\"shown\""); /* one that was not asked for, but is true */
    assert_string_equal(receipts(), "1001 shown -\n");
    answer(first, "");
    assert_string_equal(receipts(), "1 received -\n");
    seq = create("1002");
    expect_question(take(), seq);
}

/* --- coming back --- */

static void who_comes_back_is_asked_again_what_it_has_not_heard(void **unused)
{
    uint64_t first, second;

    (void)unused;
    come_with_receipts();
    first = create("1");
    expect_question(take(), first);
    second = create("2"); /* on its way, and lost */
    take();
    cut(world.eio);
    assert_string_equal(receipts(),
            "1 unknown connection lost\n2 unknown connection lost\n");
    come_back(first);
    assert_int_equal(world.eio->state, EIO_LIVES);
    answer(first, "\"done\""); /* late, over another connection */
    answer(second, "");
    assert_string_equal(receipts(), "1 done -\n2 received -\n");
}

static void what_is_missed_is_asked_before_the_answer(void **unused)
{
    uint64_t first, second;
    char said[4096];

    (void)unused;
    come_with_receipts();
    first = create("1");
    take();
    answer(first, "");
    cut(world.eio);
    second = create("2");
    receipts();
    knock(ROLE_KITCHEN, kept(first));
    snprintf(said, sizeof(said), "%s", take());
    expect_question(said, second);
    assert_non_null(strstr(said, "40{\"sid\":"));
    assert_true(strstr(said, "40{\"sid\":") > strstr(said, "order:new"));
    answer(second, "\"shown\"");
    assert_string_equal(receipts(), "2 shown -\n");
    eio_resume(&world.engine.ws);
}

/* Whoever takes its place has what was open. */
static void a_connection_that_we_have_not_noticed_to_be_gone_hands_over(
        void **unused)
{
    struct eio *before;
    uint64_t seq;

    (void)unused;
    come_with_receipts();
    seq = create("1");
    take();
    before = world.eio;
    come_back(seq);
    assert_int_equal(before->state, EIO_ENDS);
    cut(before);
    assert_string_equal(receipts(), "");
    answer(seq, "\"felt\"");
    assert_string_equal(receipts(), "1 felt -\n");
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

/* As after a kill: nobody has said that it goes. */
static void kill_the_daemon(void)
{
    char path[PLACE_CHARS + 33];

    world.engine.ws.stopping = true; /* its objects go without a word */
    cut(world.eio);
    world.engine.ws.stopping = false;
    world.eio = NULL;
    hub_detach(world.story.hub, world.follower);
    snprintf(path, sizeof(path), "%s", place_file(&world.place, "journal"));
    journal_rollback(world.story.hub->journal);
    world.story.hub->failed = ERR_IO; /* closing writes nothing more */
    hub_close(world.story.hub);
    assert_int_equal(hub_open(&world.story.hub,
                             &(struct hub_options){ .path = path, .seed = 1 },
                             world.story.now_ms),
            ERR_OK);
    point_at_hub();
}

static void what_was_open_when_the_daemon_died_is_open_again(void **unused)
{
    uint64_t first, second, third;

    (void)unused;
    come_with_receipts();
    first = create("1");
    second = create("2");
    third = create("3");
    take();
    answer(first, "");
    assert_string_equal(receipts(), "1 received -\n");
    kill_the_daemon();
    come_back(third);
    assert_int_equal(world.eio->state, EIO_LIVES);
    answer(second, "\"done\"");
    assert_string_equal(receipts(), "2 done -\n");
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "3 unknown no acknowledgement in time\n");
    wait_until(2 * RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

static void who_never_had_receipts_is_not_asked_about_the_past(void **unused)
{
    uint64_t seq;

    (void)unused;
    come_as(ROLE_KITCHEN, "{\"dialect\":\"kds\"}", "join:kitchen");
    seq = create("1");
    take();
    kill_the_daemon();
    come_back(seq);
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

/* An event of which it has heard one way to say it, and is not to hear more. */
static void come_back_with_a_part(uint64_t seq)
{
    char auth[200];

    snprintf(auth, sizeof(auth),
            "{\"dialect\":\"kds\",\"receipts\":true,\"pid\":\"%s\","
            "\"offset\":\"%s.%llu.1\"}",
            world.pid, world.epoch, (unsigned long long)seq);
    come(ROLE_KITCHEN, auth);
}

static void what_it_has_heard_and_answered_is_not_asked_again(void **unused)
{
    uint64_t seq;

    (void)unused;
    world.engine.ws.options.unsaid = UNSAID_KDS_KITCHEN_CREATED;
    come_with_receipts();
    seq = create("1");
    take();
    answer(seq, "\"shown\"");
    assert_string_equal(receipts(), "1 shown -\n");
    cut(world.eio);
    come_back_with_a_part(seq);
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "");
}

static void what_it_has_heard_and_not_answered_is_open_again(void **unused)
{
    uint64_t seq;

    (void)unused;
    world.engine.ws.options.unsaid = UNSAID_KDS_KITCHEN_CREATED;
    come_with_receipts();
    seq = create("1");
    take();
    kill_the_daemon();
    come_back_with_a_part(seq);
    wait_until(RECEIPT_MS);
    assert_string_equal(receipts(), "1 unknown no acknowledgement in time\n");
    answer(seq, "\"done\"");
    assert_string_equal(receipts(), "1 done -\n");
}

/* However many share a subject: they have not gone, we have. */
static void when_we_stop_all_may_come_back(void **unused)
{
    char first[SIO_PID_CHARS + 1];
    struct hub_kept kept;
    char name[KEEP_NAME_CHARS + 1];

    (void)unused;
    for (int i = 0; i <= KEEPS_LEFT; i++) {
        come_with_receipts();
        if (i == 0)
            memcpy(first, world.pid, sizeof(first));
        world.engine.ws.stopping = true;
        cut(world.eio);
        world.engine.ws.stopping = false;
    }
    world.eio = NULL;
    snprintf(name, sizeof(name), "sio/%s", first);
    assert_true(hub_kept(world.story.hub, name, wall_ms(), &kept));
    assert_null(kept.holder);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(who_wants_receipts_is_asked_and_told_where_that_stands),
        TEST(without_recovery_there_is_no_offset),
        TEST(what_has_no_receipts_is_told_as_ever),
        TEST(who_does_not_want_them_is_told_as_ever),
        TEST(guests_are_not_asked),
        TEST(a_callback_is_a_receipt_and_its_word_says_more),
        TEST(an_unknown_word_is_counted_and_means_received),
        TEST(a_callback_with_bytes_is_one_like_any_other),
        TEST(an_answer_to_nothing_is_counted_and_no_more),
        TEST(it_answers_of_a_room_that_it_has_left_since),
        TEST(who_does_not_answer_in_time_is_not_known_to_have_it),
        TEST(a_late_answer_is_a_receipt_still),
        TEST(what_cannot_be_stored_is_said_later),
        TEST(who_is_cut_off_is_not_known_to_have_it),
        TEST(when_we_stop_nothing_is_said),
        TEST(so_many_questions_are_open_and_no_more),
        TEST(who_comes_back_is_asked_again_what_it_has_not_heard),
        TEST(what_is_missed_is_asked_before_the_answer),
        TEST(a_connection_that_we_have_not_noticed_to_be_gone_hands_over),
        TEST(what_was_open_when_the_daemon_died_is_open_again),
        TEST(who_never_had_receipts_is_not_asked_about_the_past),
        TEST(what_it_has_heard_and_answered_is_not_asked_again),
        TEST(what_it_has_heard_and_not_answered_is_open_again),
        TEST(when_we_stop_all_may_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
