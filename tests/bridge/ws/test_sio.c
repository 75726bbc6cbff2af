#include "bridge/ws/sio.h"

#include <stdlib.h>

#include "tests/bridge/ws/engine.h"

/* --- an app that keeps a diary --- */

struct diary {
    char text[512]; /* what happened, a line each */
    struct sio_socket *last;
    const char *greets;  /* emitted by connect; NULL: nothing */
    int pulled;          /* of what it is told then */
    const char *refuses; /* all that come; NULL: nobody */
    bool leaves;         /* as soon as it hears an event */
    bool comes_back;     /* it has missed something, which is said first */
};

static struct diary diary;

static void note(const char *format, ...)
{
    size_t len = strlen(diary.text);
    va_list args;

    va_start(args, format);
    vsnprintf(diary.text + len, sizeof(diary.text) - len, format, args);
    va_end(args);
}

static void note_bytes(const struct piece *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        note(" +%.*s", (int)bytes[i].len, bytes[i].text);
    note("\n");
}

static enum err on_connect(void *context, struct sio_socket *socket,
        const char *auth, size_t len, void **owner, char *refusal)
{
    (void)context;
    *owner = diary.last = socket;
    note("connect %s %.*s\n", sio_nsp(socket), (int)len, auth);
    if (diary.greets)
        sio_emit(socket, diary.greets, strlen(diary.greets), NULL, 0);
    if (diary.comes_back) {
        sio_name(socket, "the-sid-that-it-had.", "the-pid-that-it-has...");
        sio_hold(socket);
    }
    if (!diary.refuses)
        return ERR_OK;
    snprintf(refusal, SIO_REFUSAL_CHARS + 1, "%s", diary.refuses);
    return ERR_UNAUTHORIZED;
}

static void on_event(void *owner, const struct sio_event *event, int64_t ack,
        const struct piece *bytes, uint32_t count)
{
    note("%s %s %lld", sio_nsp(owner), event->name, (long long)ack);
    for (uint32_t i = 0; i < event->count; i++)
        note(" %.*s", (int)event->args[i].len, event->args[i].text);
    note_bytes(bytes, count);
    if (diary.leaves)
        sio_disconnect(owner, false);
}

static void on_acked(void *owner, uint64_t id, const char *args, size_t len,
        const struct piece *bytes, uint32_t count)
{
    note("%s ack %llu %.*s", sio_nsp(owner), (unsigned long long)id, (int)len,
            args);
    note_bytes(bytes, count);
}

/* One event that was missed, the answer, and one that was not. */
static bool on_pull(void *owner, struct eio_sink *sink)
{
    static const char *const said[] = { "2[\"missed\"]", NULL, "2[\"new\"]" };

    if (!diary.comes_back || diary.pulled == 3)
        return true;
    for (; diary.pulled != 1; diary.pulled++) {
        if (diary.pulled == 3)
            return true;
        eio_sink_put(
                sink, said[diary.pulled], strlen(said[diary.pulled]), false);
    }
    assert_true(sio_put_answer(owner, sink));
    diary.pulled++;
    eio_wake(sio_eio(owner));
    return true;
}

static void on_disconnected(void *owner, enum eio_reason reason)
{
    note("disconnected %s %d\n", sio_nsp(owner), reason);
}

static const struct sio_app app = { .connect = on_connect,
    .event = on_event,
    .acked = on_acked,
    .pull = on_pull,
    .disconnected = on_disconnected };

struct world {
    struct engine engine;
    struct sio_service service;
    struct eio_place place;
    struct eio *eio;
};

static void begin(struct world *world)
{
    memset(world, 0, sizeof(*world));
    memset(&diary, 0, sizeof(diary));
    engine_start(&world->engine);
    world->service =
            (struct sio_service){ .app = &app, .connect_timeout_ms = 45000 };
    world->place = (struct eio_place){ .path = "/socket.io/",
        .calls = &sio_calls,
        .app = &world->service,
        .options = { 25000, 20000, 1000, 0 } };
    world->eio = eio_create(&world->engine.ws, &world->place, NULL);
    assert_non_null(world->eio);
}

/* Its peer goes, if nothing has ended it before. */
static void end(struct world *world)
{
    eio_end(world->eio, EIO_BY_PEER, ERR_OK);
    world->eio->reason = EIO_BY_PEER; /* so that it does not linger */
    eio_finish(world->eio);
    engine_stop(&world->engine);
}

static const char *take(struct world *world)
{
    return engine_take(&world->engine, world->eio, false);
}

/* In the main namespace, with all that was said about it forgotten. */
static void begin_connected(struct world *world)
{
    begin(world);
    engine_say(world->eio, "0");
    take(world);
    eio_resume(&world->engine.ws);
    diary.text[0] = '\0';
}

/* --- CONNECT --- */

static void a_namespace_lets_in_and_says_who_the_socket_is(void **unused)
{
    struct world world;
    char answer[64];

    (void)unused;
    begin(&world);
    engine_say(world.eio, "0{\"token\":\"abc\"}");
    assert_string_equal(diary.text, "connect / {\"token\":\"abc\"}\n");
    snprintf(answer, sizeof(answer), "40{\"sid\":\"%s\"}", sio_sid(diary.last));
    assert_string_equal(take(&world), answer);
    assert_int_equal(strlen(sio_sid(diary.last)), 20);
    assert_false(world.eio->is_trusted); /* its app has said nothing */
    end(&world);
}

static void the_answer_leaves_before_what_the_app_says_and_alone(void **unused)
{
    struct world world;
    char answer[64];

    (void)unused;
    begin(&world);
    diary.greets = "\"hello\",1";
    engine_say(world.eio, "0/custom,");
    snprintf(answer, sizeof(answer), "40/custom,{\"sid\":\"%s\"}",
            sio_sid(diary.last));
    assert_string_equal(take(&world), answer);
    assert_string_equal(take(&world), "");
    eio_resume(&world.engine.ws);
    assert_string_equal(take(&world), "42/custom,[\"hello\",1]");
    end(&world);
}

static void who_comes_back_hears_what_it_has_missed_before_the_answer(
        void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    diary.comes_back = true;
    engine_say(world.eio, "0");
    assert_string_equal(take(&world), "42[\"missed\"]\x1e"
                                      "40{\"sid\":\"the-sid-that-it-had.\","
                                      "\"pid\":\"the-pid-that-it-has...\"}");
    assert_string_equal(take(&world), ""); /* and what is new in a later turn */
    eio_resume(&world.engine.ws);
    assert_string_equal(take(&world), "42[\"new\"]");
    end(&world);
}

static void before_the_answer_it_says_and_hears_nothing_else(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    diary.comes_back = true;
    engine_say(world.eio, "0");
    sio_emit(diary.last, "\"early\"", 7, NULL, 0);
    engine_say(world.eio, "2[\"early\"]");
    assert_int_equal(world.eio->state, EIO_ENDS);
    assert_null(strstr(take(&world), "early"));
    assert_null(strstr(diary.text, "early"));
    end(&world);
}

/* A callback that it was handed before it went may be called at any time. */
static void before_the_answer_it_hears_what_it_asked_before(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    diary.comes_back = true;
    engine_say(world.eio, "0");
    diary.text[0] = '\0';
    engine_say(world.eio, "34711[\"done\"]");
    assert_string_equal(diary.text, "/ ack 4711 \"done\"\n");
    assert_int_equal(world.eio->state, EIO_LIVES);
    end(&world);
}

static void who_is_refused_hears_the_reason_and_nothing_else(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    diary.greets = "\"hello\"";
    diary.refuses = "not \"you\"";
    engine_say(world.eio, "0/x,");
    assert_string_equal(take(&world), "44/x,{\"message\":\"not \\\"you\\\"\"}");
    assert_int_equal(world.eio->state, EIO_LIVES);
    assert_false(world.eio->is_trusted);
    end(&world);
}

static void one_refused_may_try_again(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    diary.refuses = "no";
    engine_say(world.eio, "0");
    take(&world);
    diary.refuses = NULL;
    engine_say(world.eio, "0");
    assert_memory_equal(take(&world), "40{\"sid\"", 8);
    end(&world);
}

static void a_session_has_so_many_namespaces_and_no_more(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    engine_say(world.eio, "0");
    engine_say(world.eio, "0/a,");
    engine_say(world.eio, "0/b,");
    engine_say(world.eio, "0/c,");
    for (int i = 0; i < SIO_NAMESPACES; i++) {
        take(&world);
        eio_resume(&world.engine.ws);
    }
    engine_say(world.eio, "0/d,");
    assert_string_equal(
            take(&world), "44/d,{\"message\":\"Too many namespaces\"}");
    engine_say(world.eio, "1/b,");
    engine_say(world.eio, "0/d,");
    assert_memory_equal(take(&world), "40/d,{", 6);
    end(&world);
}

static void without_a_namespace_it_ends_at_its_time(void **unused)
{
    struct world world;
    int64_t now;

    (void)unused;
    begin(&world);
    now = steady_ms(&world.engine.ws);
    sio_calls.sweep(world.eio->owner, now + 45000 - 1, 0);
    assert_int_equal(world.eio->state, EIO_LIVES);
    sio_calls.sweep(world.eio->owner, now + 45000, 0);
    assert_int_equal(world.eio->state, EIO_ENDS);
    end(&world);
}

static void with_one_it_does_not(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    sio_calls.sweep(world.eio->owner, steady_ms(&world.engine.ws) + 100000, 0);
    assert_int_equal(world.eio->state, EIO_LIVES);
    end(&world);
}

/* --- events --- */

static void an_event_arrives_with_the_very_text_of_its_arguments(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "2[\"order\", {\"b\":1,\"a\":2.0} ,\"\\u00e4\"]");
    assert_string_equal(
            diary.text, "/ order -1 {\"b\":1,\"a\":2.0} \"\\u00e4\"\n");
    end(&world);
}

static void an_event_with_an_id_is_acknowledged_with_it(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "212[\"ask\"]");
    assert_string_equal(diary.text, "/ ask 12\n");
    sio_ack(diary.last, 12, "true", 4, NULL, 0);
    sio_ack(diary.last, 13, "", 0, NULL, 0);
    sio_ack(diary.last, -1, "nobody asked", 12, NULL, 0);
    assert_string_equal(take(&world), "4312[true]\x1e"
                                      "4313[]");
    end(&world);
}

static void what_the_app_asks_is_answered_by_its_id(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    sio_ask(diary.last, 7, "\"sure?\"", 7, NULL, 0);
    assert_string_equal(take(&world), "427[\"sure?\"]");
    engine_say(world.eio, "37[ \"yes\",{\"a\":[1]}]");
    engine_say(world.eio, "38[]");
    assert_string_equal(diary.text, "/ ack 7  \"yes\",{\"a\":[1]}\n/ ack 8 \n");
    end(&world);
}

/* --- bytes --- */

static void an_event_waits_for_its_bytes(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "52-[\"file\",{\"_placeholder\":true,\"num\":0},"
                          "{\"_placeholder\":true,\"num\":1}]");
    engine_say_bytes(world.eio, "abc", 3);
    assert_string_equal(diary.text, "");
    engine_say_bytes(world.eio, "", 0);
    assert_string_equal(diary.text,
            "/ file -1 {\"_placeholder\":true,\"num\":0} "
            "{\"_placeholder\":true,\"num\":1} +abc +\n");
    end(&world);
}

static void bytes_follow_what_is_said_of_them(void **unused)
{
    static const char args[] = "\"x\",{\"_placeholder\":true,\"num\":0}";
    struct piece piece = { "\1\2\3\4", 4 };
    struct world world;

    (void)unused;
    begin_connected(&world);
    sio_emit(diary.last, args, strlen(args), &piece, 1);
    sio_ack(diary.last, 5, args + 4, strlen(args) - 4, &piece, 1);
    assert_string_equal(take(&world),
            "451-[\"x\",{\"_placeholder\":true,\"num\":0}]\x1e"
            "bAQIDBA==\x1e"
            "461-5[{\"_placeholder\":true,\"num\":0}]\x1e"
            "bAQIDBA==");
    end(&world);
}

static void an_acknowledgement_with_bytes_waits_for_them(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "61-9[{\"_placeholder\":true,\"num\":0}]");
    engine_say_bytes(world.eio, "abc", 3);
    assert_string_equal(
            diary.text, "/ ack 9 {\"_placeholder\":true,\"num\":0} +abc\n");
    end(&world);
}

static void bytes_that_never_come_end_the_session(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
    sio_calls.sweep(world.eio->owner, steady_ms(&world.engine.ws) + 45000, 0);
    assert_int_equal(world.eio->state, EIO_ENDS);
    end(&world);
}

static void bytes_have_a_limit_in_all(void **unused)
{
    static const char large[600];
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "52-[\"x\",{\"_placeholder\":true,\"num\":0},"
                          "{\"_placeholder\":true,\"num\":1}]");
    engine_say_bytes(world.eio, large, sizeof(large));
    assert_int_equal(world.eio->state, EIO_LIVES);
    engine_say_bytes(world.eio, large, sizeof(large));
    assert_int_equal(world.eio->close_code, 1009);
    assert_string_equal(diary.text, "");
    end(&world);
}

/* --- how much JSON --- */

static void json_has_the_daemons_limits_unless_others_are_given(void **unused)
{
    static const char deep[] = "2[\"x\",[[[[[[[[1]]]]]]]]]";
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, deep);
    assert_int_equal(world.eio->close_code, 1009);
    assert_string_equal(diary.text, "");
    end(&world);

    begin_connected(&world);
    world.service.limits = &json_wide;
    engine_say(world.eio, deep);
    assert_string_equal(diary.text, "/ x -1 [[[[[[[[1]]]]]]]]\n");
    end(&world);
}

static void the_limits_hold_for_connect_and_for_what_bytes_belong_to(
        void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.service.limits = &json_wide;
    engine_say(world.eio, "0{\"a\":[[[[[[[[1]]]]]]]]}");
    assert_string_equal(diary.text, "connect / {\"a\":[[[[[[[[1]]]]]]]]}\n");
    diary.text[0] = '\0';
    engine_say(world.eio, "51-[\"x\",[[[[[[[["
                          "{\"_placeholder\":true,\"num\":0}]]]]]]]]]");
    engine_say_bytes(world.eio, "abc", 3);
    assert_string_equal(diary.text, "/ x -1 [[[[[[[["
                                    "{\"_placeholder\":true,\"num\":0}"
                                    "]]]]]]]] +abc\n");
    end(&world);
}

/* --- wrong orders --- */

static void what_comes_out_of_order_ends_the_session(void **unused)
{
    static const char *const wrong[] = { "0", "9", "", "2", "2{\"a\":1}",
        "2[1]", "2[\"x\"", "2/other,[\"x\"]", "3[]", "3/other,1[]", "1/other,",
        "4{\"message\":\"x\"}",
        ("51-/other,[\"x\",{\"_placeholder\":true,"
         "\"num\":0}]"),
        "2[\"connect\"]" };
    struct world world;

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        begin_connected(&world);
        engine_say(world.eio, wrong[i]);
        assert_int_equal(world.eio->state, EIO_ENDS);
        assert_int_equal(world.eio->reason, EIO_BY_ERROR);
        assert_int_equal(world.eio->close_code, 4400);
        assert_string_equal(diary.text, "");
        end(&world);
    }
}

static void nothing_is_heard_before_connect(void **unused)
{
    static const char *const early[] = { "2[\"x\"]", "1", "30[]",
        "51-[\"x\",{\"_placeholder\":true,\"num\":0}]" };
    struct world world;

    (void)unused;
    for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
        begin(&world);
        engine_say(world.eio, early[i]);
        assert_int_equal(world.eio->state, EIO_ENDS);
        assert_string_equal(diary.text, "");
        end(&world);
    }
}

static void bytes_that_belong_to_nothing_end_the_session(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say_bytes(world.eio, "abc", 3);
    assert_int_equal(world.eio->state, EIO_ENDS);
    end(&world);
}

static void a_text_between_a_packet_and_its_bytes_ends_the_session(
        void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
    engine_say(world.eio, "2[\"y\"]");
    assert_int_equal(world.eio->state, EIO_ENDS);
    assert_string_equal(diary.text, "");
    end(&world);
}

/* --- the end --- */

static void who_leaves_a_namespace_may_come_again(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "1");
    assert_string_equal(diary.text, "disconnected / 4\n"); /* for good */
    assert_int_equal(world.eio->state, EIO_LIVES);
    engine_say(world.eio, "0");
    assert_memory_equal(take(&world), "40{", 3);
    end(&world);
}

static void an_app_may_put_out_from_within_its_calls(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    diary.leaves = true;
    engine_say(world.eio, "2[\"x\"]");
    assert_string_equal(diary.text, "/ x -1\ndisconnected / 2\n");
    assert_string_equal(take(&world), "41");
    engine_say(world.eio, "2[\"x\"]");
    assert_int_equal(world.eio->state, EIO_ENDS);
    end(&world);
}

static void an_app_may_end_the_session_and_all_its_sockets(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "0/a,");
    diary.text[0] = '\0';
    sio_disconnect(diary.last, true);
    assert_int_equal(world.eio->state, EIO_ENDS);
    eio_finish(world.eio);
    assert_string_equal(diary.text, "disconnected / 2\ndisconnected /a 2\n");
    assert_int_equal(world.eio->state, EIO_LINGERS);
    assert_non_null(strstr(take(&world), "41/a,"));
    eio_destroy(world.eio);
    engine_stop(&world.engine);
}

static void the_end_of_a_session_is_told_to_every_socket(void **unused)
{
    struct world world;

    (void)unused;
    begin_connected(&world);
    engine_say(world.eio, "0/a,");
    engine_say(world.eio, "51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
    diary.text[0] = '\0';
    end(&world);
    assert_string_equal(diary.text, "disconnected / 0\ndisconnected /a 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_namespace_lets_in_and_says_who_the_socket_is),
        cmocka_unit_test(the_answer_leaves_before_what_the_app_says_and_alone),
        cmocka_unit_test(
                who_comes_back_hears_what_it_has_missed_before_the_answer),
        cmocka_unit_test(before_the_answer_it_says_and_hears_nothing_else),
        cmocka_unit_test(before_the_answer_it_hears_what_it_asked_before),
        cmocka_unit_test(who_is_refused_hears_the_reason_and_nothing_else),
        cmocka_unit_test(one_refused_may_try_again),
        cmocka_unit_test(a_session_has_so_many_namespaces_and_no_more),
        cmocka_unit_test(without_a_namespace_it_ends_at_its_time),
        cmocka_unit_test(with_one_it_does_not),
        cmocka_unit_test(an_event_arrives_with_the_very_text_of_its_arguments),
        cmocka_unit_test(an_event_with_an_id_is_acknowledged_with_it),
        cmocka_unit_test(what_the_app_asks_is_answered_by_its_id),
        cmocka_unit_test(an_event_waits_for_its_bytes),
        cmocka_unit_test(bytes_follow_what_is_said_of_them),
        cmocka_unit_test(an_acknowledgement_with_bytes_waits_for_them),
        cmocka_unit_test(bytes_that_never_come_end_the_session),
        cmocka_unit_test(bytes_have_a_limit_in_all),
        cmocka_unit_test(json_has_the_daemons_limits_unless_others_are_given),
        cmocka_unit_test(
                the_limits_hold_for_connect_and_for_what_bytes_belong_to),
        cmocka_unit_test(what_comes_out_of_order_ends_the_session),
        cmocka_unit_test(nothing_is_heard_before_connect),
        cmocka_unit_test(bytes_that_belong_to_nothing_end_the_session),
        cmocka_unit_test(
                a_text_between_a_packet_and_its_bytes_ends_the_session),
        cmocka_unit_test(who_leaves_a_namespace_may_come_again),
        cmocka_unit_test(an_app_may_put_out_from_within_its_calls),
        cmocka_unit_test(an_app_may_end_the_session_and_all_its_sockets),
        cmocka_unit_test(the_end_of_a_session_is_told_to_every_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
