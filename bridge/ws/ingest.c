/* POST /api/events: one event, or an array of them. */
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "bridge/ws/split.h"
#include "hub/base/count.h"

#define BATCH_FACTOR    8 /* an array may be so many messages' size */
#define BATCH_KEY_CHARS (KEY_CHARS - 4) /* with an event's number behind it */

size_t ingest_body_max(struct conn *conn)
{
    return (size_t)role_message_bytes(conn->principal.roles) * BATCH_FACTOR;
}

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct conn *conn = owner;
    struct request *request = conn->request;
    struct outcome *outcome;

    if (!request || ticket >= request->count)
        return;
    outcome = &request->outcomes[ticket];
    if (outcome->is_known)
        return;
    outcome->is_known = true;
    request->unknown--;
    outcome->settlement = *settlement;
    if (settlement->err != ERR_OK)
        fault_set(&outcome->fault, settlement->err, NULL, NULL);
    conn_wake(conn);
}

static void on_wake(void *owner)
{
    (void)owner; /* it listens to nothing */
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

/* --- in --- */

/* As many events a second as it might say on a WebSocket, however often it
 * connects. */
static bool is_too_fast(struct conn *conn)
{
    const struct principal *from = &conn->principal;
    struct ws *ws = conn->ws;
    uint64_t who = hash_sip(ws->rate_key, from->subject, strlen(from->subject));
    int64_t now_ms = steady_ms(ws);

    return !rate_take(rate_of(&ws->rates, who ^ from->roles,
                              role_per_second(from->roles), now_ms),
            now_ms);
}

static enum err hear(struct conn *conn, const struct piece *piece,
        struct heard *heard, struct fault *fault)
{
    const struct principal *from = &conn->principal;
    enum err err;

    if (is_too_fast(conn))
        err = fault_set(fault, ERR_RATE, NULL, NULL);
    else if (piece->len > role_message_bytes(from->roles))
        err = fault_set(fault, ERR_TOO_LARGE, NULL, NULL);
    else
        err = dialect_hear_message(NULL, piece->text, piece->len, heard, fault);
    if (err != ERR_OK)
        count_refused(err);
    return err;
}

/* A header's key stands for the whole body: number what it consists of. */
static void choose_key(
        const struct request *request, uint32_t index, struct heard *heard)
{
    if (heard->key[0] || !request->key[0])
        return;
    if (!request->is_batch)
        snprintf(heard->key, sizeof(heard->key), "%s", request->key);
    else
        snprintf(heard->key, sizeof(heard->key), "%.*s-%u", BATCH_KEY_CHARS,
                request->key, index);
}

static void submit(struct conn *conn, uint32_t index, const struct piece *piece)
{
    struct request *request = conn->request;
    struct outcome *outcome = &request->outcomes[index];
    struct heard heard = { 0 };
    struct submission submission = { .from = &conn->principal,
        .outlet = &outlet,
        .owner = conn,
        .ticket = index };

    if (hear(conn, piece, &heard, &outcome->fault) == ERR_OK) {
        choose_key(request, index, &heard);
        submission.what = heard.what;
        submission.body = heard.body;
        submission.key = heard.key[0] ? heard.key : NULL;
        if (hub_submit(conn->ws->hub, &submission, wall_ms(),
                    &outcome->fault) == ERR_OK)
            return;
    }
    if (!outcome->is_known)
        request->unknown--;
    outcome->is_known = true;
}

/* --- out --- */

static void put_outcome(struct buf *out, const struct outcome *outcome)
{
    const struct settlement *settlement = &outcome->settlement;
    char id[ULID_CHARS + 1], epoch[EPOCH_CHARS + 1];

    if (outcome->fault.code != ERR_OK) {
        dialect_put_fault(out, &outcome->fault);
        return;
    }
    ulid_print(&settlement->id, id);
    epoch_print(settlement->epoch, epoch);
    buf_printf(out,
            "{\"id\":\"%s\",\"seq\":%llu,\"epoch\":\"%s\",\"duplicate\":%s}",
            id, (unsigned long long)settlement->seq, epoch,
            settlement->duplicate ? "true" : "false");
}

static void answer(struct conn *conn)
{
    struct request *request = conn->request;
    struct buf body;

    if (request->unknown || request->answer.len)
        return;
    if (!request->is_batch && request->outcomes[0].fault.code != ERR_OK) {
        http_answer_fault(conn, &request->outcomes[0].fault);
        return;
    }
    buf_init(&body, ANSWER_MAX);
    if (request->is_batch)
        buf_putc(&body, '[');
    for (uint32_t i = 0; i < request->count; i++) {
        if (i)
            buf_putc(&body, ',');
        put_outcome(&body, &request->outcomes[i]);
    }
    if (request->is_batch)
        buf_putc(&body, ']');
    http_answer_json(conn, 200, &body);
    buf_finish(&body);
}

/* --- the route --- */

/*
 * Into pieces: the body itself, or the elements of an array. Not ERR_OK:
 * fault says why.
 */
static enum err split(struct request *request, struct piece pieces[HTTP_BATCH],
        struct fault *fault)
{
    const char *text = request->body.data;
    size_t len = request->body.len, count;
    enum err err;

    if (!len)
        return fault_set(fault, ERR_BAD_REQUEST, NULL, "the body is empty");
    pieces[0] = (struct piece){ text, len };
    request->count = 1;
    request->is_batch = split_is_array(text, len);
    if (!request->is_batch)
        return ERR_OK;
    err = json_gate(text, len, fault);
    if (err != ERR_OK)
        return err;
    /* Cut off, two keys could become the same. */
    if (strlen(request->key) > BATCH_KEY_CHARS)
        return fault_set(fault, ERR_BAD_REQUEST, "Idempotency-Key",
                "for an array it has at most %d characters", BATCH_KEY_CHARS);
    count = split_array(text, len, pieces, HTTP_BATCH);
    if (count == 0 || count > HTTP_BATCH)
        return fault_set(fault, ERR_BAD_REQUEST, NULL,
                "an array holds 1 to %d events", HTTP_BATCH);
    request->count = (uint32_t)count;
    return ERR_OK;
}

void ingest_run(struct conn *conn)
{
    struct piece pieces[HTTP_BATCH];
    struct request *request = conn->request;
    struct fault fault = { 0 };

    if (!conn->principal.roles && !http_wants_token(conn))
        return;
    if (split(request, pieces, &fault) != ERR_OK) {
        count_refused(fault.code);
        http_answer_fault(conn, &fault);
        return;
    }
    request->outcomes = calloc(request->count, sizeof(*request->outcomes));
    if (!request->outcomes) {
        fault_set(&fault, ERR_NO_MEMORY, NULL, NULL);
        http_answer_fault(conn, &fault);
        return;
    }
    request->unknown = request->count;
    for (uint32_t i = 0; i < request->count; i++)
        submit(conn, i, &pieces[i]);
    if (request->unknown)
        http_hold(conn, answer);
    else
        answer(conn);
}
