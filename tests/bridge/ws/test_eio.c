#include "tests/bridge/ws/engine.h"

#include <stdlib.h>

/* --- an owner that keeps a diary --- */

struct diary {
    char heard[64];
    bool is_binary;
    enum err answer; /* to what it hears */
    uint32_t closed; /* how often */
    enum eio_reason reason;
    const char *next; /* that pull has to say; NULL: nothing */
    bool wants_turn;  /* pull writes nothing, and wants to be asked again */
};

static void *on_open(void *app, struct eio *eio, struct conn *conn)
{
    (void)eio;
    (void)conn;
    return app;
}

static enum err on_hear(void *owner, const char *data, size_t len, bool binary)
{
    struct diary *diary = owner;

    assert_true(len < sizeof(diary->heard));
    memcpy(diary->heard, data, len);
    diary->heard[len] = '\0';
    diary->is_binary = binary;
    return diary->answer;
}

static bool on_pull(void *owner, struct eio_sink *sink)
{
    struct diary *diary = owner;

    if (diary->wants_turn)
        return false;
    if (diary->next &&
            !eio_sink_put(sink, diary->next, strlen(diary->next), false))
        return false;
    diary->next = NULL;
    return true;
}

static void on_closed(void *owner, enum eio_reason reason)
{
    struct diary *diary = owner;

    diary->closed++;
    diary->reason = reason;
}

static const struct eio_calls calls = {
    .open = on_open, .hear = on_hear, .pull = on_pull, .closed = on_closed
};

struct world {
    struct engine engine;
    struct diary diary;
    struct eio_place place;
    struct eio *eio;
};

static void begin(struct world *world)
{
    memset(world, 0, sizeof(*world));
    engine_start(&world->engine);
    world->place = (struct eio_place){ .path = "/x/",
        .calls = &calls,
        .app = &world->diary,
        .options = { 25000, 20000, 100000, 0 } };
    world->eio = eio_create(&world->engine.ws, &world->place, NULL);
    assert_non_null(world->eio);
}

static void end(struct world *world)
{
    if (world->eio)
        eio_destroy(world->eio);
    engine_stop(&world->engine);
}

static const char *take(struct world *world)
{
    return engine_take(&world->engine, world->eio, false);
}

static void say(struct world *world, const char *text)
{
    eio_send(world->eio, text, strlen(text), false);
}

static void hear(struct world *world, enum eio_type type)
{
    eio_heard(world->eio, &(struct eio_packet){ .type = type, .data = "" });
}

/* --- the table --- */

static void a_session_is_found_by_its_id_and_by_no_other(void **unused)
{
    struct world world;
    const struct eio_table *table = &world.engine.ws.eios;

    (void)unused;
    begin(&world);
    assert_ptr_equal(eio_table_find(table, eio_sid(world.eio)), world.eio);
    assert_null(eio_table_find(table, ""));
    assert_null(eio_table_find(table, table->instance));
    end(&world);
}

static void an_id_is_the_instance_a_dot_and_128_random_bits(void **unused)
{
    struct world world;
    struct eio *other;

    (void)unused;
    begin(&world);
    other = eio_create(&world.engine.ws, &world.place, NULL);
    assert_int_equal(strlen(eio_sid(other)), 4 + 1 + 22);
    assert_memory_equal(eio_sid(other), world.engine.ws.eios.instance, 4);
    assert_int_equal(eio_sid(other)[4], '.');
    assert_string_not_equal(eio_sid(other) + 5, eio_sid(world.eio) + 5);
    eio_destroy(other);
    end(&world);
}

static void there_are_no_more_sessions_than_agreed(void **unused)
{
    struct eio *more[MOST - 1];
    struct world world;

    (void)unused;
    begin(&world);
    for (int i = 0; i < MOST - 1; i++)
        assert_non_null(
                more[i] = eio_create(&world.engine.ws, &world.place, NULL));
    assert_null(eio_create(&world.engine.ws, &world.place, NULL));
    eio_destroy(more[0]);
    more[0] = eio_create(&world.engine.ws, &world.place, NULL);
    assert_non_null(more[0]);
    for (int i = 0; i < MOST - 1; i++)
        eio_destroy(more[i]);
    end(&world);
}

static void an_owner_may_refuse(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.place.app = NULL;
    assert_null(eio_create(&world.engine.ws, &world.place, NULL));
    end(&world);
}

static void strangers_are_counted_by_address_until_they_are_trusted(
        void **unused)
{
    struct in6_addr other = { .s6_addr = { 1 } };
    struct world world;
    struct eio_table *table = &world.engine.ws.eios;

    (void)unused;
    begin(&world);
    assert_int_equal(eio_table_strangers(table, &world.eio->address), 1);
    assert_int_equal(eio_table_strangers(table, &other), 0);
    eio_trust(world.eio);
    eio_trust(world.eio);
    assert_int_equal(eio_table_strangers(table, &world.eio->address), 0);
    assert_int_equal(table->stranger_count, 0);
    end(&world);
}

/* --- what it says --- */

static void what_is_sent_leaves_in_order_in_one_payload(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    say(&world, "one");
    eio_send(world.eio, "\1\2\3\4", 4, true);
    say(&world, "two");
    assert_string_equal(take(&world), "4one\x1e"
                                      "bAQIDBA==\x1e"
                                      "4two");
    assert_string_equal(take(&world), "");
    end(&world);
}

static void a_websocket_gets_frames_and_bytes_as_bytes(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    say(&world, "one");
    eio_send(world.eio, "\1\2", 2, true);
    assert_memory_equal(engine_take(&world.engine, world.eio, true),
            "\x81\x04"
            "4one"
            "\x82\x02\1\2",
            10);
    end(&world);
}

static void who_takes_no_bytes_gets_base64_on_a_websocket_too(void **unused)
{
    struct world world;
    struct eio_sink sink = {
        .out = &world.engine.out, .is_socket = true, .is_base64 = true
    };

    (void)unused;
    begin(&world);
    assert_true(eio_sink_put(&sink, "\1\2", 2, true));
    assert_int_equal(world.engine.out.len, 7);
    assert_memory_equal(world.engine.out.data,
            "\x81\x05"
            "bAQI=",
            7);
    end(&world);
}

static void shared_bytes_are_the_frame_here_and_the_packet_there(void **unused)
{
    struct world world;
    struct buf *out = &world.engine.out;
    struct eio_sink socket = { .out = out, .is_socket = true };
    struct eio_sink payload = { .out = out };

    (void)unused;
    begin(&world);
    assert_true(eio_sink_put_shared(&socket,
            "\x81\x02"
            "4x",
            4, "4x", 2));
    assert_memory_equal(out->data,
            "\x81\x02"
            "4x",
            4);
    buf_clear(out);
    assert_true(eio_sink_put_shared(&payload,
            "\x81\x02"
            "4x",
            4, "4x", 2));
    assert_true(eio_sink_put_shared(&payload,
            "\x81\x02"
            "4y",
            4, "4y", 2));
    assert_int_equal(out->len, 5);
    assert_memory_equal(out->data,
            "4x\x1e"
            "4y",
            5);
    end(&world);
}

static void a_sink_takes_no_more_messages_than_it_may(void **unused)
{
    struct world world;
    struct buf *out = &world.engine.out;
    struct eio_sink sink = { .out = out, .most = 2 };

    (void)unused;
    begin(&world);
    assert_true(eio_sink_put(&sink, "a", 1, false));
    assert_true(eio_sink_put_shared(&sink, "", 0, "4b", 2));
    assert_false(eio_sink_put(&sink, "c", 1, false));
    assert_true(sink.is_full);
    assert_int_equal(out->len, 5);
    assert_memory_equal(out->data,
            "4a\x1e"
            "4b",
            5);
    end(&world);
}

static void one_message_always_fits_and_what_follows_waits(void **unused)
{
    static char large[EIO_BATCH_BYTES + 1];
    struct world world;

    (void)unused;
    begin(&world);
    memset(large, 'x', sizeof(large));
    eio_send(world.eio, large, sizeof(large), false);
    say(&world, "next");
    assert_int_equal(strlen(take(&world)), 1 + sizeof(large));
    assert_string_equal(take(&world), "4next");
    end(&world);
}

static void a_break_holds_what_follows_until_another_turn(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.diary.next = "pulled";
    say(&world, "answer");
    eio_break(world.eio);
    say(&world, "event");
    eio_wake(world.eio);
    assert_string_equal(take(&world), "4answer");
    assert_string_equal(take(&world), "");
    eio_resume(&world.engine.ws);
    assert_string_equal(take(&world), "4event\x1e"
                                      "4pulled");
    end(&world);
}

static void what_is_queued_leaves_before_what_is_pulled(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.diary.next = "pulled";
    assert_string_equal(take(&world), ""); /* nobody has woken it */
    eio_wake(world.eio);
    say(&world, "queued");
    assert_string_equal(take(&world), "4queued\x1e"
                                      "4pulled");
    end(&world);
}

static void who_wants_another_turn_gets_it(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.diary.wants_turn = true;
    eio_wake(world.eio);
    assert_string_equal(take(&world), "");
    world.diary.wants_turn = false;
    world.diary.next = "now";
    assert_true(world.eio->is_awake);
    assert_string_equal(take(&world), "4now");
    end(&world);
}

static void what_does_not_fit_ends_the_session(void **unused)
{
    static const char large[100000];
    struct world world;

    (void)unused;
    begin(&world);
    for (int i = 0; i < 10; i++)
        eio_send(world.eio, large, sizeof(large), true);
    assert_int_equal(world.eio->state, EIO_ENDS);
    assert_int_equal(world.eio->close_code, err_kinds[ERR_BUSY].close);
    assert_true(eio_queue_len(&world.eio->queue) <=
                EIO_QUEUE_SPARE + 2 * sizeof(large));
    eio_finish(world.eio);
    assert_int_equal(world.diary.reason, EIO_BY_ERROR);
    world.eio = NULL;
    end(&world);
}

static void what_was_queued_can_be_taken_back(void **unused)
{
    struct world world;
    size_t mark;

    (void)unused;
    begin(&world);
    say(&world, "kept");
    mark = eio_mark(world.eio);
    say(&world, "taken back");
    eio_break(world.eio);
    eio_undo(world.eio, mark);
    say(&world, "new");
    assert_string_equal(take(&world), "4kept\x1e"
                                      "4new");
    end(&world);
}

static void a_queue_keeps_its_order_while_it_moves(void **unused)
{
    struct eio_queue queue;
    struct eio_queued first;
    uint32_t put = 0, got = 0;

    (void)unused;
    eio_queue_init(&queue, 256);
    for (int round = 0; round < 1000; round++) {
        while (eio_queue_put(&queue, QUEUED_TEXT, &put, sizeof(put)))
            put++;
        for (int i = 0; i < 1 + round % 7; i++) {
            if (!eio_queue_peek(&queue, &first))
                break;
            assert_memory_equal(first.data, &got, sizeof(got));
            got++;
            eio_queue_pop(&queue);
        }
    }
    assert_true(got > 1000);
    while (eio_queue_peek(&queue, &first)) {
        assert_memory_equal(first.data, &got, sizeof(got));
        got++;
        eio_queue_pop(&queue);
    }
    assert_int_equal(got, put);
    assert_null(queue.bytes.data); /* idle, it keeps no memory */
    eio_queue_finish(&queue);
}

static void taking_back_leaves_what_is_there_and_what_has_gone(void **unused)
{
    struct eio_queue queue;
    struct eio_queued first;
    size_t len;

    (void)unused;
    eio_queue_init(&queue, 4096);
    eio_queue_put(&queue, QUEUED_TEXT, "a", 1);
    eio_queue_put(&queue, QUEUED_TEXT, "bcdefghijklmnopqrstuvw", 22);
    eio_queue_pop(&queue);
    len = eio_queue_len(&queue);
    eio_queue_put(&queue, QUEUED_TEXT, "x", 1);
    eio_queue_cut(&queue, len);
    assert_int_equal(eio_queue_len(&queue), len);
    assert_true(eio_queue_peek(&queue, &first));
    assert_int_equal(first.len, 22);
    assert_memory_equal(first.data, "bcd", 3);
    eio_queue_pop(&queue);
    assert_false(eio_queue_peek(&queue, &first));
    eio_queue_finish(&queue);
}

static void the_open_packet_says_what_was_agreed(void **unused)
{
    struct world world;
    char text[256];

    (void)unused;
    begin(&world);
    world.eio->says_hello = true;
    snprintf(text, sizeof(text),
            "0{\"sid\":\"%s\",\"upgrades\":[\"websocket\"],"
            "\"pingInterval\":25000,\"pingTimeout\":20000,"
            "\"maxPayload\":100000}",
            eio_sid(world.eio));
    assert_string_equal(take(&world), text);
    end(&world);
}

/* --- what it hears --- */

static void a_message_reaches_its_owner(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    engine_say(world.eio, "hello");
    assert_string_equal(world.diary.heard, "hello");
    assert_false(world.diary.is_binary);
    engine_say_bytes(world.eio, "bye", 3);
    assert_string_equal(world.diary.heard, "bye");
    assert_true(world.diary.is_binary);
    end(&world);
}

static void what_its_owner_refuses_ends_it_with_that_code(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.diary.answer = ERR_FORBIDDEN;
    engine_say(world.eio, "no");
    assert_int_equal(world.diary.closed, 0); /* not from within its call */
    assert_int_equal(world.eio->close_code, 4403);
    engine_say(world.eio, "unheard");
    assert_string_equal(world.diary.heard, "no");
    eio_finish(world.eio);
    assert_int_equal(world.diary.closed, 1);
    assert_int_equal(world.diary.reason, EIO_BY_ERROR);
    world.eio = NULL;
    end(&world);
}

static void speak(struct world *world, const char *text)
{
    engine_say(world->eio, text);
}

static void a_stranger_says_less_than_who_is_known(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    world.eio->message_bytes = 4;
    eio_allow(world.eio, 8);
    speak(&world, "12345678");
    assert_string_equal(world.diary.heard, "12345678");
    eio_allow(world.eio, 2); /* another of its bearers may say less */
    speak(&world, "1234");
    assert_string_equal(world.diary.heard, "1234");
    speak(&world, "123456789");
    assert_string_equal(world.diary.heard, "1234");
    assert_int_equal(world.eio->state, EIO_ENDS);
    assert_int_equal(world.eio->close_code, err_kinds[ERR_TOO_LARGE].close);
    end(&world);
}

static void until_it_is_known_a_session_says_what_strangers_may(void **unused)
{
    struct world world;
    struct eio *other;

    (void)unused;
    begin(&world);
    assert_int_equal(world.eio->message_bytes, world.place.options.max_payload);
    world.place.options.stranger_message = 100;
    other = eio_create(&world.engine.ws, &world.place, NULL);
    assert_int_equal(other->message_bytes, 100);
    eio_destroy(other);
    end(&world);
}

static void who_is_refused_is_told_by_its_close_code(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    eio_refuse(world.eio, ERR_RATE);
    assert_int_equal(world.eio->state, EIO_ENDS);
    assert_int_equal(world.eio->close_code, err_kinds[ERR_RATE].close);
    end(&world);
}

static void packets_that_mean_nothing_here_change_nothing(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    hear(&world, EIO_OPEN);
    hear(&world, EIO_UPGRADE);
    hear(&world, EIO_NOOP);
    hear(&world, EIO_PONG);
    assert_int_equal(world.eio->state, EIO_LIVES);
    end(&world);
}

static void a_client_that_pings_speaks_another_version(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    hear(&world, EIO_PING);
    assert_int_equal(world.eio->state, EIO_ENDS);
    assert_int_equal(world.eio->close_code, 4400);
    eio_destroy(world.eio);
    world.eio = NULL;
    end(&world);
}

/* --- the clock --- */

static void a_ping_comes_at_its_time_and_its_pong_puts_off_the_next(
        void **unused)
{
    struct world world;
    int64_t at;

    (void)unused;
    begin(&world);
    at = world.eio->ping_ms;
    eio_check(world.eio, at - 1);
    assert_string_equal(take(&world), "");
    eio_check(world.eio, at);
    assert_string_equal(take(&world), "2");
    eio_check(world.eio, at + 1000);
    assert_string_equal(take(&world), ""); /* one is enough */
    hear(&world, EIO_PONG);
    assert_false(world.eio->awaits_pong);
    assert_int_equal(world.eio->state, EIO_LIVES);
    end(&world);
}

static void a_ping_may_be_asked_for_behind_what_is_queued(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    assert_true(eio_is_answered(world.eio));
    eio_send(world.eio, "a", 1, false);
    eio_ping(world.eio);
    assert_false(eio_is_answered(world.eio));
    assert_string_equal(take(&world), "4a\x1e"
                                      "2");
    assert_false(eio_is_answered(world.eio));
    hear(&world, EIO_PONG);
    assert_true(eio_is_answered(world.eio));
    assert_false(world.eio->awaits_pong);
    end(&world);
}

/* The pong of the one says nothing of the other. */
static void two_pings_have_two_pongs(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    eio_check(world.eio, world.eio->ping_ms);
    assert_string_equal(take(&world), "2");
    eio_ping(world.eio);
    hear(&world, EIO_PONG);
    assert_false(eio_is_answered(world.eio));
    assert_string_equal(take(&world), "2");
    hear(&world, EIO_PONG);
    assert_true(eio_is_answered(world.eio));
    hear(&world, EIO_PONG);
    assert_true(eio_is_answered(world.eio));
    end(&world);
}

static void without_a_pong_it_ends_to_the_millisecond(void **unused)
{
    struct world world;
    int64_t at;

    (void)unused;
    begin(&world);
    at = world.eio->ping_ms;
    eio_check(world.eio, at);
    eio_check(world.eio, at + 20000 - 1);
    assert_int_equal(world.eio->state, EIO_LIVES);
    eio_check(world.eio, at + 20000);
    assert_int_equal(world.eio->state, EIO_ENDS);
    eio_finish(world.eio);
    assert_int_equal(world.diary.reason, EIO_BY_TIMEOUT);
    world.eio = NULL;
    end(&world);
}

/* --- the end --- */

static void the_last_words_to_who_polls_wait_for_its_next_request(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    say(&world, "first");
    eio_break(world.eio);
    say(&world, "last words");
    eio_close(world.eio);
    say(&world, "too late");
    eio_finish(world.eio);
    assert_int_equal(world.diary.closed, 1);
    assert_int_equal(world.diary.reason, EIO_BY_US);
    assert_int_equal(world.eio->state, EIO_LINGERS);
    assert_string_equal(take(&world), "4first\x1e"
                                      "4last words");
    end(&world);
}

static void who_does_not_come_for_the_last_words_is_forgotten(void **unused)
{
    struct world world;
    char sid[EIO_SID_CHARS + 1];

    (void)unused;
    begin(&world);
    snprintf(sid, sizeof(sid), "%s", eio_sid(world.eio));
    eio_close(world.eio);
    eio_finish(world.eio);
    eio_check(world.eio, world.eio->ended_ms + 1000);
    assert_non_null(eio_table_find(&world.engine.ws.eios, sid));
    eio_check(world.eio, world.eio->ended_ms + 60000);
    assert_null(eio_table_find(&world.engine.ws.eios, sid));
    world.eio = NULL;
    end(&world);
}

static void who_leaves_is_forgotten_at_once(void **unused)
{
    struct world world;

    (void)unused;
    begin(&world);
    hear(&world, EIO_CLOSE);
    eio_close(world.eio); /* the first reason counts */
    eio_finish(world.eio);
    assert_int_equal(world.diary.closed, 1);
    assert_int_equal(world.diary.reason, EIO_BY_PEER);
    assert_int_equal(world.engine.ws.eios.count, 0);
    world.eio = NULL;
    end(&world);
}

/* --- the steps of an upgrade --- */

static enum eio_probe_step step(
        enum eio_probe *probe, enum eio_type type, const char *data)
{
    struct eio_packet packet = {
        .type = type, .data = data, .len = strlen(data)
    };

    return eio_probe_hear(probe, &packet);
}

static void an_upgrade_is_a_probe_and_then_a_five(void **unused)
{
    enum eio_probe probe = PROBE_OPEN;

    (void)unused;
    assert_int_equal(step(&probe, EIO_PING, "probe"), PROBE_ANSWER);
    assert_int_equal(step(&probe, EIO_UPGRADE, ""), PROBE_SWITCH);
}

static void before_the_five_nothing_but_the_probe_is_heard(void **unused)
{
    static const struct {
        enum eio_type type;
        const char *data;
    } wrong[] = { { EIO_UPGRADE, "" }, { EIO_PING, "" }, { EIO_PING, "probE" },
        { EIO_PING, "probes" }, { EIO_PONG, "probe" }, { EIO_MESSAGE, "probe" },
        { EIO_CLOSE, "" } };

    (void)unused;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        enum eio_probe probe = PROBE_OPEN;

        assert_int_equal(
                step(&probe, wrong[i].type, wrong[i].data), PROBE_REFUSE);
    }
    for (size_t i = 1; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        enum eio_probe probe = PROBE_ANSWERED;

        assert_int_equal(
                step(&probe, wrong[i].type, wrong[i].data), PROBE_REFUSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_id_and_by_no_other),
        cmocka_unit_test(an_id_is_the_instance_a_dot_and_128_random_bits),
        cmocka_unit_test(there_are_no_more_sessions_than_agreed),
        cmocka_unit_test(an_owner_may_refuse),
        cmocka_unit_test(
                strangers_are_counted_by_address_until_they_are_trusted),
        cmocka_unit_test(what_is_sent_leaves_in_order_in_one_payload),
        cmocka_unit_test(a_websocket_gets_frames_and_bytes_as_bytes),
        cmocka_unit_test(who_takes_no_bytes_gets_base64_on_a_websocket_too),
        cmocka_unit_test(shared_bytes_are_the_frame_here_and_the_packet_there),
        cmocka_unit_test(a_sink_takes_no_more_messages_than_it_may),
        cmocka_unit_test(one_message_always_fits_and_what_follows_waits),
        cmocka_unit_test(a_break_holds_what_follows_until_another_turn),
        cmocka_unit_test(what_is_queued_leaves_before_what_is_pulled),
        cmocka_unit_test(who_wants_another_turn_gets_it),
        cmocka_unit_test(what_does_not_fit_ends_the_session),
        cmocka_unit_test(what_was_queued_can_be_taken_back),
        cmocka_unit_test(a_queue_keeps_its_order_while_it_moves),
        cmocka_unit_test(taking_back_leaves_what_is_there_and_what_has_gone),
        cmocka_unit_test(the_open_packet_says_what_was_agreed),
        cmocka_unit_test(a_message_reaches_its_owner),
        cmocka_unit_test(what_its_owner_refuses_ends_it_with_that_code),
        cmocka_unit_test(a_stranger_says_less_than_who_is_known),
        cmocka_unit_test(until_it_is_known_a_session_says_what_strangers_may),
        cmocka_unit_test(who_is_refused_is_told_by_its_close_code),
        cmocka_unit_test(packets_that_mean_nothing_here_change_nothing),
        cmocka_unit_test(a_client_that_pings_speaks_another_version),
        cmocka_unit_test(
                a_ping_comes_at_its_time_and_its_pong_puts_off_the_next),
        cmocka_unit_test(a_ping_may_be_asked_for_behind_what_is_queued),
        cmocka_unit_test(two_pings_have_two_pongs),
        cmocka_unit_test(without_a_pong_it_ends_to_the_millisecond),
        cmocka_unit_test(the_last_words_to_who_polls_wait_for_its_next_request),
        cmocka_unit_test(who_does_not_come_for_the_last_words_is_forgotten),
        cmocka_unit_test(who_leaves_is_forgotten_at_once),
        cmocka_unit_test(an_upgrade_is_a_probe_and_then_a_five),
        cmocka_unit_test(before_the_five_nothing_but_the_probe_is_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
