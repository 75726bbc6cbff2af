#include "bridge/ws/sio_shelf.h"

#include <stdio.h>
#include <stdlib.h>

#include "bridge/ws/sio_parts.h"
#include "tests/bridge/ws/engine.h"

#define KEEP_MS 1000

/* --- boxes --- */

/* Somebody who holds one; boxes do not look into it. */
static struct sio_socket *const somebody = (struct sio_socket *)&(char[1]){ 0 };

static const struct piece none;

static struct piece piece(const char *text)
{
    return (struct piece){ text, strlen(text) };
}

static struct sio_shelf *make_shelf(void)
{
    struct sio_shelf *shelf = sio_shelf_create(KEEP_MS);

    assert_non_null(shelf);
    return shelf;
}

static struct sio_box *make_box(struct sio_shelf *shelf, const char *sid)
{
    struct sio_box *box = sio_box_create(shelf, "/", sid, somebody);

    assert_non_null(box);
    return box;
}

/* Everything is let go of, and nothing is counted any more. */
static void finish(struct sio_shelf *shelf)
{
    while (!TAILQ_EMPTY(&shelf->away))
        sio_box_forget(TAILQ_FIRST(&shelf->away));
    assert_int_equal(shelf->bytes, 0);
    assert_int_equal(shelf->away_count, 0);
    sio_shelf_destroy(shelf);
}

static void say_at(struct sio_box *box, const char *args, int64_t now_ms)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    sio_box_say(box, &out, args, strlen(args), NULL, 0, now_ms);
    buf_finish(&out);
}

static void say(struct sio_box *box, const char *args)
{
    say_at(box, args, 0);
}

/* An event of `len` bytes and a little more. */
static void say_long(struct sio_box *box, size_t len)
{
    char *args = malloc(len + 1);

    assert_non_null(args);
    memset(args, '1', len);
    args[len] = '\0';
    say(box, args);
    free(args);
}

static struct sio_box *find_at(struct sio_shelf *shelf,
        const struct sio_box *box, const char *offset, int64_t now_ms)
{
    uint64_t heard;

    return sio_shelf_find(
            shelf, "/", piece(box->pid), piece(offset), now_ms, &heard);
}

static bool is_found(const struct sio_box *box, const char *offset)
{
    return find_at(box->shelf, box, offset, 0) == box;
}

/* How many are kept behind this one. */
static uint32_t kept_after(const struct sio_box *box, uint64_t number)
{
    const struct sio_kept *kept = sio_box_after(box, number);
    uint32_t count = 0;

    for (; kept; kept = TAILQ_NEXT(kept, next))
        count++;
    return count;
}

static void assert_text(const struct sio_kept *kept, const char *text)
{
    assert_non_null(kept);
    assert_int_equal(kept->parts[0].len, strlen(text));
    assert_memory_equal(kept->parts[0].text, text, strlen(text));
}

static void an_event_has_its_offset_behind_its_last_argument(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box =
            sio_box_create(shelf, "/x", "AbcdefghIJKLMNOPQRST", somebody);
    struct buf out;

    (void)unused;
    say(box, "\"first\"");
    buf_init(&out, 1000);
    sio_box_say(box, &out, "\"order\",{\"a\":1}", 15, NULL, 0, 0);
    buf_putc(&out, '\0');
    assert_string_equal(out.data, "2/x,[\"order\",{\"a\":1},\"Abcdefgh.2\"]");
    assert_text(sio_box_after(box, 0), "2/x,[\"first\",\"Abcdefgh.1\"]");
    buf_finish(&out);
    sio_box_forget(box);
    finish(shelf);
}

static void who_shows_an_offset_has_missed_what_came_behind_it(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    uint64_t heard = 77;

    (void)unused;
    say(box, "\"one\"");
    say(box, "\"two\"");
    say(box, "\"three\"");
    assert_ptr_equal(sio_shelf_find(shelf, "/", piece(box->pid),
                             piece("AAAAAAAA.1"), 0, &heard),
            box);
    assert_int_equal(heard, 1);
    assert_text(sio_box_after(box, heard), "2[\"two\",\"AAAAAAAA.2\"]");
    assert_int_equal(kept_after(box, heard), 2);
    assert_null(sio_box_after(box, 3));
    sio_box_forget(box);
    finish(shelf);
}

static void who_shows_no_offset_has_heard_nothing(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    uint64_t heard = 77;

    (void)unused;
    say(box, "\"one\"");
    assert_ptr_equal(
            sio_shelf_find(shelf, "/", piece(box->pid), none, 0, &heard), box);
    assert_int_equal(heard, 0);
    sio_box_forget(box);
    finish(shelf);
}

static void an_offset_that_was_never_given_out_is_unknown(void **unused)
{
    static const char *const offsets[] = { "x", "AAAAAAAA", "AAAAAAAA.",
        "AAAAAAAA.0", "AAAAAAAA.01", "AAAAAAAA.3", "AAAAAAAA.-1", "AAAAAAAA.1x",
        "AAAAAAAA.1 ", "AAAAAAAA.\\u0031", "AAAAAAAB.1", "AAAAAAAA/1",
        "AAAAAAAA.18446744073709551617", "AAAAAAAA.999999999999999999" };
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    say(box, "\"one\"");
    say(box, "\"two\"");
    for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++)
        assert_false(is_found(box, offsets[i]));
    assert_true(is_found(box, "AAAAAAAA.2"));
    sio_box_forget(box);
    finish(shelf);
}

static void a_pid_is_known_whole_and_in_its_namespace(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    struct sio_box *other = make_box(shelf, "BBBBBBBBbbbbbbbbbbbb");
    struct piece shorter = { box->pid, SIO_PID_CHARS - 1 };
    uint64_t heard;

    (void)unused;
    assert_int_equal(strlen(box->pid), SIO_PID_CHARS);
    assert_string_not_equal(box->pid, other->pid);
    assert_true(is_found(box, ""));
    assert_null(sio_shelf_find(shelf, "/x", piece(box->pid), none, 0, &heard));
    assert_null(sio_shelf_find(shelf, "/", shorter, none, 0, &heard));
    assert_null(sio_shelf_find(shelf, "/", none, none, 0, &heard));
    sio_box_forget(box);
    sio_box_forget(other);
    finish(shelf);
}

static void bytes_are_kept_with_their_event(void **unused)
{
    static const char args[] = "\"x\",{\"_placeholder\":true,\"num\":0},"
                               "{\"_placeholder\":true,\"num\":1}";
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    struct piece bytes[] = { { "\0\1", 2 }, { NULL, 0 } };
    const struct sio_kept *kept;
    struct buf out;

    (void)unused;
    buf_init(&out, 1000);
    sio_box_say(box, &out, args, strlen(args), bytes, 2, 0);
    kept = sio_box_after(box, 0);
    assert_memory_equal(kept->parts[0].text, "52-[\"x\",", 8);
    assert_int_equal(kept->count, 2);
    assert_int_equal(kept->parts[1].len, 2);
    assert_memory_equal(kept->parts[1].text, "\0\1", 2);
    assert_int_equal(kept->parts[2].len, 0);
    buf_finish(&out);
    sio_box_forget(box);
    finish(shelf);
}

/* --- limits --- */

static void of_too_many_events_the_oldest_goes(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    for (int i = 0; i < SIO_SHELF_PACKETS; i++)
        say(box, "1");
    assert_true(is_found(box, ""));
    say(box, "1");
    assert_false(is_found(box, ""));
    assert_true(is_found(box, "AAAAAAAA.1"));
    assert_int_equal(kept_after(box, 1), SIO_SHELF_PACKETS);
    sio_box_forget(box);
    finish(shelf);
}

static void of_too_many_bytes_the_oldest_event_goes(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    say_long(box, SIO_SHELF_BYTES / 2 - 1000);
    say_long(box, SIO_SHELF_BYTES / 2 - 1000);
    assert_true(is_found(box, ""));
    say_long(box, 3000);
    assert_false(is_found(box, ""));
    assert_true(is_found(box, "AAAAAAAA.1"));
    assert_in_range(box->bytes, 1, SIO_SHELF_BYTES);
    sio_box_forget(box);
    finish(shelf);
}

static void what_is_too_large_is_a_hole_for_who_has_not_heard_it(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    say(box, "1");
    say_long(box, SIO_SHELF_BYTES);
    say(box, "1");
    assert_false(is_found(box, ""));
    assert_false(is_found(box, "AAAAAAAA.1"));
    assert_true(is_found(box, "AAAAAAAA.2"));
    assert_int_equal(kept_after(box, 2), 1);
    sio_box_forget(box);
    finish(shelf);
}

static void of_too_many_that_are_away_the_first_goes(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *boxes[SIO_SHELF_AWAY + 1];
    char pid[SIO_PID_CHARS + 1], sid[SIO_SID_CHARS + 1];
    uint64_t heard;

    (void)unused;
    for (int i = 0; i <= SIO_SHELF_AWAY; i++) {
        snprintf(sid, sizeof(sid), "%020d", i);
        boxes[i] = make_box(shelf, sid);
    }
    memcpy(pid, boxes[0]->pid, sizeof(pid));
    for (int i = 0; i < SIO_SHELF_AWAY; i++)
        sio_box_let_go(boxes[i], 0);
    assert_ptr_equal(
            sio_shelf_find(shelf, "/", piece(pid), none, 0, &heard), boxes[0]);
    sio_box_let_go(boxes[SIO_SHELF_AWAY], 0);
    assert_int_equal(shelf->away_count, SIO_SHELF_AWAY);
    assert_null(sio_shelf_find(shelf, "/", piece(pid), none, 0, &heard));
    assert_true(is_found(boxes[1], ""));
    finish(shelf);
}

static void when_all_is_full_who_is_away_goes_and_who_is_there_stays(
        void **unused)
{
    enum { COUNT = SIO_SHELF_BYTES_ALL / SIO_SHELF_BYTES };
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *boxes[COUNT + 2];

    (void)unused;
    for (int i = 0; i < COUNT + 2; i++)
        boxes[i] = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    for (int i = 0; i < COUNT; i++)
        say_long(boxes[i], SIO_SHELF_BYTES - 1000);
    sio_box_let_go(boxes[1], 0);
    say_long(boxes[COUNT], SIO_SHELF_BYTES - 1000); /* in the place of 1 */
    assert_int_equal(shelf->away_count, 0);
    assert_true(is_found(boxes[COUNT], ""));
    assert_true(is_found(boxes[0], ""));
    say_long(boxes[COUNT + 1], SIO_SHELF_BYTES - 1000); /* nobody is away */
    assert_false(is_found(boxes[COUNT + 1], ""));
    assert_true(is_found(boxes[COUNT + 1], "AAAAAAAA.1"));
    assert_in_range(shelf->bytes, 1, SIO_SHELF_BYTES_ALL);
    boxes[1] = NULL;
    for (int i = 0; i < COUNT + 2; i++)
        sio_box_forget(boxes[i]);
    finish(shelf);
}

/* --- time --- */

static void who_stays_away_too_long_is_unknown(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    uint64_t heard;
    char pid[SIO_PID_CHARS + 1];

    (void)unused;
    memcpy(pid, box->pid, sizeof(pid));
    say_at(box, "1", 100);
    sio_box_let_go(box, 500);
    assert_ptr_equal(find_at(shelf, box, "", 500 + KEEP_MS - 1), box);
    assert_null(sio_shelf_find(
            shelf, "/", piece(pid), none, 500 + KEEP_MS, &heard));
    finish(shelf);
}

static void whoever_is_there_is_not_forgotten(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    sio_box_let_go(box, 0);
    sio_box_hold(box, somebody);
    assert_ptr_equal(find_at(shelf, box, "", 10 * KEEP_MS), box);
    sio_box_forget(box);
    finish(shelf);
}

static void old_events_of_who_is_there_go(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    say_at(box, "1", 0);
    say_at(box, "1", 10);
    sio_box_sweep(box, KEEP_MS - 1);
    assert_int_equal(box->count, 2);
    sio_box_sweep(box, KEEP_MS);
    assert_int_equal(box->count, 1);
    sio_box_sweep(box, KEEP_MS + 10);
    assert_int_equal(box->bytes, 0);
    assert_false(is_found(box, "AAAAAAAA.1"));
    assert_true(is_found(box, "AAAAAAAA.2")); /* it has heard them all */
    sio_box_forget(box);
    finish(shelf);
}

static void who_is_put_back_has_been_away_since_then(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *first = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");
    struct sio_box *second = make_box(shelf, "BBBBBBBBbbbbbbbbbbbb");

    (void)unused;
    sio_box_let_go(first, 0);
    sio_box_let_go(second, 10);
    sio_box_hold(first, somebody);
    sio_box_let_go(first, first->away_ms);
    sio_shelf_sweep(shelf, KEEP_MS);
    assert_int_equal(shelf->away_count, 1);
    assert_ptr_equal(TAILQ_FIRST(&shelf->away), second);
    finish(shelf);
}

/* --- what is said meanwhile, or was never said --- */

static void an_event_for_one_who_is_away_waits(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    assert_false(sio_shelf_say(shelf, box->sid, "1", 1, NULL, 0, 0));
    sio_box_let_go(box, 0);
    assert_false(sio_shelf_say(shelf, "nobody", "1", 1, NULL, 0, 0));
    assert_true(sio_shelf_say(shelf, box->sid, "\"news\"", 6, NULL, 0, 5));
    assert_text(sio_box_after(box, 0), "2[\"news\",\"AAAAAAAA.1\"]");
    assert_false(sio_shelf_say(
            shelf, "AAAAAAAAaaaaaaaaaaaa", "1", 1, NULL, 0, KEEP_MS));
    finish(shelf);
}

static void what_was_never_said_is_not_kept(void **unused)
{
    struct sio_shelf *shelf = make_shelf();
    struct sio_box *box = make_box(shelf, "AAAAAAAAaaaaaaaaaaaa");

    (void)unused;
    say(box, "1");
    say(box, "2");
    say(box, "3");
    sio_box_unsay(box, 1);
    assert_int_equal(kept_after(box, 0), 1);
    assert_false(is_found(box, "AAAAAAAA.2"));
    say(box, "\"new\"");
    assert_text(sio_box_after(box, 1), "2[\"new\",\"AAAAAAAA.2\"]");
    sio_box_forget(box);
    finish(shelf);
}

/* --- sockets --- */

/* An app that says who came, and greets who is new. */
static struct {
    char text[256];
    struct sio_socket *last;
    const char *greets;
    bool refuses;
} app_told;

static enum err on_connect(void *context, struct sio_socket *socket,
        const char *auth, size_t len, void **owner, char *refusal)
{
    size_t at = strlen(app_told.text);

    (void)context, (void)auth, (void)len;
    *owner = app_told.last = socket;
    snprintf(app_told.text + at, sizeof(app_told.text) - at, "%s%s ",
            sio_is_recovered(socket) ? "back" : "new", sio_nsp(socket));
    if (app_told.greets)
        sio_emit(socket, app_told.greets, strlen(app_told.greets), NULL, 0);
    snprintf(refusal, SIO_REFUSAL_CHARS, "no");
    return app_told.refuses ? ERR_FORBIDDEN : ERR_OK;
}

static void on_event(void *owner, const struct sio_event *event, int64_t ack,
        const struct piece *bytes, uint32_t count)
{
    (void)event, (void)bytes, (void)count;
    sio_ack(owner, ack, "true", 4, NULL, 0);
}

static void on_disconnected(void *owner, enum eio_reason reason)
{
    size_t at = strlen(app_told.text);

    (void)reason;
    snprintf(app_told.text + at, sizeof(app_told.text) - at, "gone%s ",
            sio_nsp(owner));
}

static const struct sio_app app = {
    .connect = on_connect, .event = on_event, .disconnected = on_disconnected
};

struct world {
    struct engine engine;
    struct sio_service service;
    struct eio_place place;
    char sid[SIO_SID_CHARS + 1]; /* of who came last */
    char pid[SIO_PID_CHARS + 1];
};

static void begin(struct world *world)
{
    memset(world, 0, sizeof(*world));
    memset(&app_told, 0, sizeof(app_told));
    engine_start(&world->engine);
    world->service = (struct sio_service){
        .app = &app, .connect_timeout_ms = 45000, .shelf = make_shelf()
    };
    world->place = (struct eio_place){ .path = "/socket.io/",
        .calls = &sio_calls,
        .app = &world->service,
        .options = { 25000, 20000, 1000 } };
}

static void end(struct world *world)
{
    finish(world->service.shelf);
    engine_stop(&world->engine);
}

static const char *take(struct world *world, struct eio *eio)
{
    const char *text;

    eio_resume(&world->engine.ws);
    text = engine_take(&world->engine, eio, false);
    return text;
}

/* A session that asks for the main namespace. */
static struct eio *come(struct world *world, const char *auth)
{
    struct eio *eio = eio_create(&world->engine.ws, &world->place, NULL);
    char text[300];

    assert_non_null(eio);
    snprintf(text, sizeof(text), "0%s", auth);
    engine_say(eio, text);
    return eio;
}

/* … and is new there. */
static struct eio *come_new(struct world *world)
{
    struct eio *eio = come(world, "");

    memcpy(world->sid, sio_sid(app_told.last), sizeof(world->sid));
    memcpy(world->pid, app_told.last->pid, sizeof(world->pid));
    take(world, eio);
    app_told.text[0] = '\0';
    return eio;
}

/* … and has been there, and has heard so many. */
static struct eio *come_back(struct world *world, unsigned heard)
{
    char auth[200];

    if (heard > 0)
        snprintf(auth, sizeof(auth),
                "{\"pid\":\"%s\",\"offset\":\"%.8s.%u\",\"token\":\"t\"}",
                world->pid, world->sid, heard);
    else
        snprintf(auth, sizeof(auth), "{\"pid\":\"%s\"}", world->pid);
    return come(world, auth);
}

static void leave(struct eio *eio)
{
    eio_end(eio, EIO_BY_PEER, ERR_OK);
    eio->reason = EIO_BY_PEER; /* so that it does not linger */
    eio_finish(eio);
}

static void emit(const char *args)
{
    sio_emit(app_told.last, args, strlen(args), NULL, 0);
}

/* What is taken is this, with the offsets' part that is random as "S" and the
 * answer's sid and pid as "SID" and "PID". */
static void assert_taken(
        struct world *world, struct eio *eio, const char *expected)
{
    const char *text = take(world, eio);
    char out[600] = "";
    size_t at = 0;

    while (*text && at < sizeof(out) - 4) {
        if (strncmp(text, world->sid, SIO_SID_CHARS) == 0) {
            at += (size_t)snprintf(out + at, 4, "SID");
            text += SIO_SID_CHARS;
        } else if (strncmp(text, world->sid, SIO_OFFSET_SID) == 0) {
            out[at++] = 'S';
            text += SIO_OFFSET_SID;
        } else if (strncmp(text, world->pid, SIO_PID_CHARS) == 0) {
            at += (size_t)snprintf(out + at, 4, "PID");
            text += SIO_PID_CHARS;
        } else {
            out[at++] = *text++;
        }
    }
    assert_string_equal(out, expected);
}

#define ANSWER "40{\"sid\":\"SID\",\"pid\":\"PID\"}"

static void only_events_that_nobody_acknowledges_have_an_offset(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    assert_int_equal(strlen(world.pid), SIO_PID_CHARS);
    emit("\"a\"");
    sio_ask(app_told.last, 3, "\"b\"", 3, NULL, 0);
    engine_say(eio, "51-5[\"x\",{\"_placeholder\":true,\"num\":0}]");
    engine_say_bytes(eio, "abc", 3);
    emit("\"c\"");
    assert_taken(&world, eio,
            "42[\"a\",\"S.1\"]\x1e"
            "423[\"b\"]\x1e"
            "435[true]\x1e"
            "42[\"c\",\"S.2\"]");
    leave(eio);
    end(&world);
}

static void who_comes_back_hears_what_it_has_missed_and_then_the_answer(
        void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    emit("\"b\"");
    emit("\"c\"");
    leave(eio);
    eio = come_back(&world, 1);
    assert_string_equal(app_told.text, "gone/ back/ ");
    assert_taken(&world, eio,
            "42[\"b\",\"S.2\"]\x1e"
            "42[\"c\",\"S.3\"]\x1e" ANSWER);
    emit("\"d\"");
    assert_taken(&world, eio, "42[\"d\",\"S.4\"]");
    leave(eio);
    end(&world);
}

static void what_the_app_says_to_who_comes_back_follows_the_answer(
        void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    leave(eio);
    app_told.greets = "\"welcome\"";
    eio = come_back(&world, 0);
    assert_taken(&world, eio, "42[\"a\",\"S.1\"]\x1e" ANSWER);
    assert_taken(&world, eio, "42[\"welcome\",\"S.2\"]");
    leave(eio);
    end(&world);
}

static void what_was_said_while_it_was_away_is_missed_too(void **unused)
{
    struct world world;
    struct eio *eio;
    int64_t now_ms;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    now_ms = steady_ms(&world.engine.ws);
    leave(eio);
    assert_true(sio_shelf_say(
            world.service.shelf, world.sid, "\"b\"", 3, NULL, 0, now_ms));
    eio = come_back(&world, 1);
    assert_taken(&world, eio, "42[\"b\",\"S.2\"]\x1e" ANSWER);
    leave(eio);
    end(&world);
}

static void a_session_lets_go_of_what_it_said_long_ago(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    take(&world, eio);
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws) + KEEP_MS - 1, 0);
    assert_int_equal(app_told.last->box->count, 1);
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws) + KEEP_MS, 0);
    assert_int_equal(world.service.shelf->bytes, 0);
    leave(eio);
    end(&world);
}

static void who_is_away_too_long_is_let_go_of_by_any_session(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    leave(come_new(&world));
    eio = come(&world, "");
    assert_int_equal(world.service.shelf->away_count, 1);
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws) + KEEP_MS, 0);
    assert_int_equal(world.service.shelf->away_count, 0);
    leave(eio);
    end(&world);
}

static void bytes_come_back_behind_their_event(void **unused)
{
    static const char args[] = "\"x\",{\"_placeholder\":true,\"num\":0}";
    struct piece bytes = { "\1\2\3\4", 4 };
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    sio_emit(app_told.last, args, strlen(args), &bytes, 1);
    leave(eio);
    eio = come_back(&world, 0);
    assert_taken(&world, eio,
            "451-[\"x\",{\"_placeholder\":true,\"num\":0},\"S.1\"]\x1e"
            "bAQIDBA==\x1e" ANSWER);
    leave(eio);
    end(&world);
}

static void assert_new(struct world *world, struct eio *eio)
{
    assert_non_null(strstr(app_told.text, "new/ "));
    assert_string_not_equal(sio_sid(app_told.last), world->sid);
    assert_string_not_equal(app_told.last->pid, world->pid);
    assert_memory_equal(take(world, eio), "40{\"sid\":\"", 10);
    leave(eio);
}

static void who_has_said_goodbye_is_new(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    engine_say(eio, "1");
    leave(eio);
    assert_new(&world, come_back(&world, 1));
    end(&world);
}

static void who_was_put_out_is_new(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    sio_disconnect(app_told.last, false);
    leave(eio);
    assert_new(&world, come_back(&world, 1));
    end(&world);
}

static void whose_offset_is_none_is_new(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    leave(eio);
    assert_new(&world, come_back(&world, 2));
    end(&world);
}

static void a_pid_counts_only_where_the_client_puts_it(void **unused)
{
    static const char *const forms[] = { "{\"a\":{\"pid\":\"%s\"}}",
        "{\"a\":[\"pid\",\"%s\"]}", "{\"a\":\"pid\",\"b\":\"%s\"}",
        "{\"a\\\"pid\":\"%s\"}", "{\"pid\":[\"%s\"]}" };
    struct world world;
    struct eio *eio;
    char auth[200];

    (void)unused;
    begin(&world);
    leave(come_new(&world));
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        snprintf(auth, sizeof(auth), forms[i], world.pid);
        app_told.text[0] = '\0';
        assert_new(&world, come(&world, auth));
    }
    snprintf(auth, sizeof(auth),
            "{ \"a\" : [ {\"x\":\"\\\"\"} , 1 ] , \"pid\" : \"%s\" }",
            world.pid);
    app_told.text[0] = '\0';
    eio = come(&world, auth);
    assert_string_equal(app_told.text, "back/ ");
    leave(eio);
    end(&world);
}

/* Its client has kept some of what came before, or nothing: who knows? */
static void who_shows_the_same_offset_again_is_sent_back_to_count(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    emit("\"b\"");
    leave(eio);
    eio = come_back(&world, 0);
    leave(eio); /* before the answer came to it */
    eio = come_back(&world, 0);
    emit("\"c\"");
    assert_taken(&world, eio, ANSWER);
    assert_taken(&world, eio, "2");
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws), 0);
    assert_int_equal(eio->state, EIO_LIVES);
    eio_heard(eio, &(struct eio_packet){ .type = EIO_PONG });
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws), 0);
    assert_int_equal(eio->state, EIO_ENDS);
    leave(eio);
    eio = come_back(&world, 1); /* it had kept one */
    assert_taken(&world, eio,
            "42[\"b\",\"S.2\"]\x1e"
            "42[\"c\",\"S.3\"]\x1e" ANSWER);
    leave(eio);
    end(&world);
}

static void who_had_kept_nothing_is_told_all_after_that(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    leave(eio);
    leave(come_back(&world, 0));
    eio = come_back(&world, 0);
    take(&world, eio);
    take(&world, eio);
    eio_heard(eio, &(struct eio_packet){ .type = EIO_PONG });
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws), 0);
    leave(eio);
    eio = come_back(&world, 0);
    assert_taken(&world, eio, "42[\"a\",\"S.1\"]\x1e" ANSWER);
    leave(eio);
    end(&world);
}

static void who_has_missed_nothing_is_not_sent_back(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    leave(come_new(&world));
    leave(come_back(&world, 0));
    eio = come_back(&world, 0);
    emit("\"a\"");
    take(&world, eio);
    assert_taken(&world, eio, "42[\"a\",\"S.1\"]");
    sio_calls.sweep(eio->owner, steady_ms(&world.engine.ws), 0);
    assert_int_equal(eio->state, EIO_LIVES);
    leave(eio);
    end(&world);
}

static void a_connection_of_then_ends_when_its_socket_comes_by_another(
        void **unused)
{
    struct world world;
    struct eio *former, *eio;

    (void)unused;
    begin(&world);
    former = come_new(&world);
    emit("\"a\"");
    eio = come_back(&world, 0);
    assert_int_equal(former->state, EIO_ENDS);
    leave(former);
    assert_string_equal(app_told.text, "back/ gone/ ");
    assert_taken(&world, eio, "42[\"a\",\"S.1\"]\x1e" ANSWER);
    leave(eio);
    eio = come_back(&world, 1); /* the former has not taken it along */
    assert_taken(&world, eio, ANSWER);
    leave(eio);
    end(&world);
}

static void who_is_refused_may_come_back_later(void **unused)
{
    struct world world;
    struct eio *eio;

    (void)unused;
    begin(&world);
    eio = come_new(&world);
    emit("\"a\"");
    leave(eio);
    app_told.refuses = true;
    app_told.greets = "\"never said\"";
    eio = come_back(&world, 0);
    assert_string_equal(take(&world, eio), "44{\"message\":\"no\"}");
    leave(eio);
    assert_int_equal(world.service.shelf->away_count, 1);
    app_told.refuses = false;
    app_told.greets = NULL;
    eio = come_back(&world, 0);
    assert_taken(&world, eio, "42[\"a\",\"S.1\"]\x1e" ANSWER);
    leave(eio);
    end(&world);
}

static void who_is_refused_takes_nothing_from_who_is_there(void **unused)
{
    struct world world;
    struct eio *former, *eio;
    struct sio_socket *socket;

    (void)unused;
    begin(&world);
    former = come_new(&world);
    socket = app_told.last;
    app_told.refuses = true;
    eio = come_back(&world, 0);
    assert_string_equal(take(&world, eio), "44{\"message\":\"no\"}");
    leave(eio);
    assert_int_equal(former->state, EIO_LIVES);
    app_told.last = socket;
    emit("\"a\"");
    assert_taken(&world, former, "42[\"a\",\"S.1\"]");
    leave(former);
    end(&world);
}

static void what_does_not_fit_before_the_answer_is_a_new_beginning(
        void **unused)
{
    struct world world;
    struct eio *eio;
    char *args = malloc(SIO_SHELF_BYTES);
    size_t len = SIO_SHELF_BYTES - 1000;
    char text[100];

    (void)unused;
    assert_non_null(args);
    memset(args, '1', len);
    begin(&world);
    eio = come_new(&world);
    sio_emit(app_told.last, args, len, NULL, 0);
    leave(eio);
    eio = eio_create(&world.engine.ws, &world.place, NULL);
    engine_say(eio, "0/x,");
    sio_emit(app_told.last, args, 3000, NULL, 0); /* it waits in front */
    app_told.text[0] = '\0';
    snprintf(text, sizeof(text), "0{\"pid\":\"%s\"}", world.pid);
    engine_say(eio, text);
    assert_string_equal(app_told.text, "new/ ");
    assert_int_equal(eio->state, EIO_LIVES);
    leave(eio);
    free(args);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_has_its_offset_behind_its_last_argument),
        cmocka_unit_test(who_shows_an_offset_has_missed_what_came_behind_it),
        cmocka_unit_test(who_shows_no_offset_has_heard_nothing),
        cmocka_unit_test(an_offset_that_was_never_given_out_is_unknown),
        cmocka_unit_test(a_pid_is_known_whole_and_in_its_namespace),
        cmocka_unit_test(bytes_are_kept_with_their_event),
        cmocka_unit_test(of_too_many_events_the_oldest_goes),
        cmocka_unit_test(of_too_many_bytes_the_oldest_event_goes),
        cmocka_unit_test(what_is_too_large_is_a_hole_for_who_has_not_heard_it),
        cmocka_unit_test(of_too_many_that_are_away_the_first_goes),
        cmocka_unit_test(
                when_all_is_full_who_is_away_goes_and_who_is_there_stays),
        cmocka_unit_test(who_stays_away_too_long_is_unknown),
        cmocka_unit_test(whoever_is_there_is_not_forgotten),
        cmocka_unit_test(old_events_of_who_is_there_go),
        cmocka_unit_test(who_is_put_back_has_been_away_since_then),
        cmocka_unit_test(an_event_for_one_who_is_away_waits),
        cmocka_unit_test(what_was_never_said_is_not_kept),
        cmocka_unit_test(only_events_that_nobody_acknowledges_have_an_offset),
        cmocka_unit_test(
                who_comes_back_hears_what_it_has_missed_and_then_the_answer),
        cmocka_unit_test(
                what_the_app_says_to_who_comes_back_follows_the_answer),
        cmocka_unit_test(what_was_said_while_it_was_away_is_missed_too),
        cmocka_unit_test(a_session_lets_go_of_what_it_said_long_ago),
        cmocka_unit_test(who_is_away_too_long_is_let_go_of_by_any_session),
        cmocka_unit_test(bytes_come_back_behind_their_event),
        cmocka_unit_test(who_has_said_goodbye_is_new),
        cmocka_unit_test(who_was_put_out_is_new),
        cmocka_unit_test(whose_offset_is_none_is_new),
        cmocka_unit_test(a_pid_counts_only_where_the_client_puts_it),
        cmocka_unit_test(who_shows_the_same_offset_again_is_sent_back_to_count),
        cmocka_unit_test(who_had_kept_nothing_is_told_all_after_that),
        cmocka_unit_test(who_has_missed_nothing_is_not_sent_back),
        cmocka_unit_test(
                a_connection_of_then_ends_when_its_socket_comes_by_another),
        cmocka_unit_test(who_is_refused_may_come_back_later),
        cmocka_unit_test(who_is_refused_takes_nothing_from_who_is_there),
        cmocka_unit_test(
                what_does_not_fit_before_the_answer_is_a_new_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
