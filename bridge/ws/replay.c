#include "bridge/ws/replay.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/ingest.h"
#include "bridge/ws/rooms.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000
#define ANSWER_BYTES  (2 * 1024 * 1024) /* of events; the rest is `more` */
#define KEPT_BYTES    (1024 * 1024)     /* of the last events, not yet said */
#define TURN_EVENTS   512               /* taken from the hub in one turn */
#define TURN_READS    8 /* times in one turn that nothing was for it */
#define FIRST_LOOK    4 /* times the limit, for the last events */

/* One event on its way into the answer. */
struct kept {
    struct delivery delivery;
    uint32_t rooms; /* room_bit: of all by which it is for the client */
};

struct replay {
    struct hub *hub;
    struct hub_client *client;
    struct rooms rooms;
    uint32_t limit;
    bool is_last; /* the last events: nobody has said since when */
    bool recovered;
    bool more;
    bool looks_far;
    uint64_t distance; /* is_last: how far back it looks */
    uint64_t seq;      /* the answer is complete up to here */
    struct kept *kept; /* is_last: a ring of `limit` */
    uint32_t first, count;
    size_t kept_bytes;
    uint32_t said;
    struct buf events; /* the answer's, with commas between */
};

/* --- listening --- */

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    (void)owner; /* it says nothing */
    (void)ticket;
    (void)settlement;
}

static void on_wake(void *owner)
{
    conn_wake(owner);
}

/* It comes and goes with its request. */
static const struct outlet outlet = {
    .settled = on_settled, .wake = on_wake, .is_unseen = true
};

static void drop_oldest(struct replay *replay)
{
    struct kept *kept = &replay->kept[replay->first];

    replay->kept_bytes -= evt_bytes(kept->delivery.evt);
    evt_unref(kept->delivery.evt);
    replay->first = (replay->first + 1) % replay->limit;
    replay->count--;
}

static void stop(struct replay *replay)
{
    while (replay->count > 0)
        drop_oldest(replay);
    if (replay->client)
        hub_detach(replay->hub, replay->client);
    replay->client = NULL;
}

void replay_destroy(struct conn *conn)
{
    struct replay *replay = conn->request->replay;

    if (!replay)
        return;
    conn->request->replay = NULL;
    conn->ws->replays--;
    stop(replay);
    free(replay->kept);
    buf_finish(&replay->events);
    free(replay);
}

/* A listener of these rooms from `after` on. */
static enum err listen_from(struct conn *conn, struct replay *replay,
        const char *after, struct joined *joined, struct fault *fault)
{
    enum err err;

    stop(replay);
    err = hub_attach(
            replay->hub, &conn->principal, &outlet, conn, &replay->client);
    if (err != ERR_OK) {
        replay->client = NULL;
        return fault_set(fault, err, NULL, NULL);
    }
    return hub_join(replay->hub, replay->client, replay->rooms.rooms,
            replay->rooms.count, after, wall_ms(), joined, fault);
}

/* As far back as it has to be, and as the journal goes. */
static enum err listen_back(
        struct conn *conn, struct replay *replay, struct fault *fault)
{
    uint64_t head = hub_head(replay->hub);
    char cursor[CURSOR_CHARS + 1];
    struct joined joined;
    enum err err;

    do {
        if (replay->distance > head)
            replay->distance = head;
        hub_print_cursor(replay->hub, head - replay->distance, cursor);
        err = listen_from(conn, replay, cursor, &joined, fault);
        if (err == ERR_OK && !joined.recovered)
            replay->distance /= 2;
    } while (err == ERR_OK && !joined.recovered && replay->distance > 0);
    replay->recovered = true;
    replay->seq = head;
    return err;
}

static enum err listen_after(struct conn *conn, struct replay *replay,
        const char *after, struct fault *fault)
{
    struct joined joined;
    enum err err = listen_from(conn, replay, after, &joined, fault);

    if (err != ERR_OK)
        return err;
    replay->recovered = joined.recovered;
    replay->seq = joined.seq;
    return ERR_OK;
}

/* --- saying --- */

/* How does the dialect call it? 0: it has no word for it. */
static uint32_t find_rows(const struct conn *conn, const struct kept *kept,
        const struct say_row *rows[SAY_ROWS])
{
    enum evt_id what = kept->delivery.evt->what;

    return dialect_rows(conn->request->dialect, what, kept->rooms,
            conn->ws->options.unsaid, rows);
}

static bool has_words(const struct conn *conn, const struct kept *kept)
{
    const struct say_row *rows[SAY_ROWS];

    return conn->request->dialect == DIALECT_NATIVE ||
           find_rows(conn, kept, rows) > 0;
}

static void say_ours(struct buf *out, const struct delivery *delivery)
{
    const struct evt_form *form =
            dialect_say_json(delivery->evt, delivery->view, delivery->room);

    if (form)
        buf_put(out, form->data, form->len);
    else
        out->failed = true;
}

static void say_theirs(
        const struct conn *conn, struct buf *out, const struct kept *kept)
{
    const struct delivery *delivery = &kept->delivery;
    const struct say_row *rows[SAY_ROWS];
    uint32_t count = find_rows(conn, kept, rows);

    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        dialect_put_envelope(
                out, delivery->evt, rows[i], delivery->view, delivery->room);
    }
}

static void say(
        const struct conn *conn, struct replay *replay, const struct kept *kept)
{
    if (replay->said++ > 0)
        buf_putc(&replay->events, ',');
    if (conn->request->dialect == DIALECT_NATIVE)
        say_ours(&replay->events, &kept->delivery);
    else
        say_theirs(conn, &replay->events, kept);
}

static bool is_full(const struct replay *replay)
{
    return replay->said == replay->limit || replay->events.len >= ANSWER_BYTES;
}

/* --- reading --- */

/* For later: who knows how many will follow. */
static void keep(struct replay *replay, const struct kept *kept)
{
    while (replay->count > 0 &&
            (replay->count == replay->limit || replay->kept_bytes > KEPT_BYTES))
        drop_oldest(replay);
    replay->kept[(replay->first + replay->count++) % replay->limit] = *kept;
    replay->kept_bytes += evt_bytes(kept->delivery.evt);
    evt_ref(kept->delivery.evt);
}

static void take(struct conn *conn, struct replay *replay, struct kept *kept)
{
    struct evt *evt = kept->delivery.evt;

    kept->rooms = hub_rooms_of(replay->client, evt);
    if (!replay->is_last)
        replay->seq = evt->seq;
    if (has_words(conn, kept)) {
        if (replay->is_last)
            keep(replay, kept);
        else
            say(conn, replay, kept);
    }
    evt_unref(evt);
}

/* Read on. True: up to what is committed, or until the answer is full. */
static bool read_on(struct conn *conn, struct replay *replay)
{
    uint32_t events = 0, reads = 0;
    struct kept kept;

    while (events < TURN_EVENTS && reads < TURN_READS) {
        if (is_full(replay)) {
            replay->more = hub_has_next(replay->client);
            return true;
        }
        if (hub_next(replay->hub, replay->client, &kept.delivery)) {
            take(conn, replay, &kept);
            events++;
        } else if (hub_has_next(replay->client)) {
            reads++; /* there was nothing for it so far */
        } else {
            replay->seq = hub_head(replay->hub);
            return true;
        }
    }
    conn_wake(conn); /* the others first */
    return false;
}

/* Were the last events not enough, and is there more to look at? */
static bool should_look_further(const struct replay *replay)
{
    return replay->count < replay->limit && !replay->looks_far &&
           replay->kept_bytes <= KEPT_BYTES &&
           replay->distance < hub_head(replay->hub);
}

static void say_kept(struct conn *conn, struct replay *replay)
{
    uint64_t seq = replay->seq;

    while (replay->count > 0 && !is_full(replay)) {
        const struct kept *kept = &replay->kept[replay->first];

        replay->seq = kept->delivery.evt->seq;
        say(conn, replay, kept);
        drop_oldest(replay);
    }
    replay->more = replay->count > 0;
    if (!replay->more)
        replay->seq = seq;
}

/* --- the answer --- */

static void answer_fault(struct conn *conn, const struct fault *fault)
{
    count_refused(fault->code);
    http_answer_fault(conn, fault);
}

static void answer(struct conn *conn, const struct replay *replay)
{
    char cursor[CURSOR_CHARS + 1];
    struct buf body;

    hub_print_cursor(replay->hub, replay->seq, cursor);
    buf_init(&body, ANSWER_MAX);
    buf_puts(&body, "{\"events\":[");
    buf_put(&body, replay->events.data, replay->events.len);
    buf_printf(&body, "],\"cursor\":\"%s\",\"recovered\":%s,\"more\":%s}",
            cursor, replay->recovered ? "true" : "false",
            replay->more ? "true" : "false");
    if (replay->events.failed)
        body.failed = true;
    http_answer_json(conn, 200, &body);
    buf_finish(&body);
}

/* From ws_flush, until there is an answer. */
static void go_on(struct conn *conn)
{
    struct replay *replay = conn->request->replay;
    struct fault fault = { 0 };

    if (conn->request->answer.len)
        return;
    if (!read_on(conn, replay))
        return;
    if (hub_client_state(replay->client) != ERR_OK) {
        fault_set(&fault, hub_client_state(replay->client), NULL, NULL);
    } else if (replay->is_last && should_look_further(replay)) {
        replay->looks_far = true;
        replay->distance = RESUME_DISTANCE;
        if (listen_back(conn, replay, &fault) == ERR_OK) {
            conn_wake(conn);
            return;
        }
    }
    if (fault.code != ERR_OK) {
        answer_fault(conn, &fault);
        return;
    }
    if (replay->is_last)
        say_kept(conn, replay);
    answer(conn, replay);
    replay_destroy(conn);
}

/* --- the request --- */

static bool read_limit(
        struct conn *conn, struct replay *replay, struct fault *fault)
{
    char text[8];
    bool fits = http_query(conn, "limit=", text, sizeof(text));

    replay->limit = LIMIT_DEFAULT;
    if (fits && !text[0])
        return true;
    if (fits && strspn(text, "0123456789") == strlen(text))
        replay->limit = (uint32_t)strtoul(text, NULL, 10);
    else
        replay->limit = 0;
    if (replay->limit >= 1 && replay->limit <= LIMIT_MAX)
        return true;
    fault_set(fault, ERR_OUT_OF_RANGE, "limit", "is 1 to %d", LIMIT_MAX);
    return false;
}

/* Not ERR_OK: fault says why. */
static enum err begin(
        struct conn *conn, struct replay *replay, struct fault *fault)
{
    char after[CURSOR_CHARS + 1];

    if (conn->ws->answers > ANSWERS_MAX || conn->ws->replays > REPLAYS_MAX)
        return fault_set(fault, ERR_BUSY, NULL, NULL);
    if (!read_limit(conn, replay, fault) ||
            rooms_asked(conn, &replay->rooms, fault) != ERR_OK)
        return fault->code;
    if (!http_query(conn, "after=", after, sizeof(after)))
        return fault_set(fault, ERR_BAD_REQUEST, "after",
                "this is no cursor that the hub has given");
    if (after[0])
        return listen_after(conn, replay, after, fault);
    replay->is_last = true;
    replay->distance = (uint64_t)replay->limit * FIRST_LOOK;
    replay->kept = calloc(replay->limit, sizeof(*replay->kept));
    if (!replay->kept)
        return fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    return listen_back(conn, replay, fault);
}

/* From ws_flush: what is told is on disk. */
static void start(struct conn *conn)
{
    struct request *request = conn->request;
    struct replay *replay = calloc(1, sizeof(*replay));
    struct fault fault = { 0 };

    if (!replay) {
        fault_set(&fault, ERR_NO_MEMORY, NULL, NULL);
        answer_fault(conn, &fault);
        return;
    }
    request->replay = replay;
    conn->ws->replays++;
    replay->hub = conn->site->hub;
    buf_init(&replay->events, ANSWER_MAX);
    if (begin(conn, replay, &fault) != ERR_OK) {
        answer_fault(conn, &fault);
    } else if (!replay->recovered) {
        answer(conn, replay);
    } else {
        request->resume = go_on;
        go_on(conn);
    }
}

void replay_run(struct conn *conn)
{
    struct fault fault;

    if (!http_wants_token(conn))
        return;
    if (ingest_is_too_fast(conn, "read")) {
        fault_set(&fault, ERR_RATE, NULL, NULL);
        answer_fault(conn, &fault);
        return;
    }
    http_hold(conn, start);
}

/* --- one event --- */

struct evt *replay_one(struct conn *conn, uint64_t seq)
{
    struct replay replay = { .hub = conn->site->hub };
    char cursor[CURSOR_CHARS + 1];
    struct delivery delivery;
    struct evt *found = NULL;
    struct joined joined;
    struct fault fault;

    hub_print_cursor(replay.hub, seq - 1, cursor);
    rooms_own(conn, &replay.rooms);
    if (listen_from(conn, &replay, cursor, &joined, &fault) == ERR_OK &&
            joined.recovered)
        while (!found && hub_next(replay.hub, replay.client, &delivery)) {
            if (delivery.evt->seq >= seq)
                found = delivery.evt;
            else
                evt_unref(delivery.evt);
        }
    stop(&replay);
    if (found && found->seq == seq)
        return found;
    evt_unref(found);
    return NULL;
}
