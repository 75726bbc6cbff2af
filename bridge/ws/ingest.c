#include "bridge/ws/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/wires/split.h"
#include "bridge/ws/closes.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "bridge/ws/session.h"
#include "hub/base/count.h"

#define HTTP_BATCH      100             /* most events in one POST */
#define BATCH_KEY_CHARS (KEY_CHARS - 4) /* with an event's number behind it */

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

bool ingest_is_too_fast(struct conn *conn, const char *what)
{
    const struct principal *from = &conn->principal;
    struct ws *ws = conn->ws;
    char name[8 + 2 * (ID_CHARS + 1) + SUBJECT_CHARS + 1];
    int64_t now_ms = steady_ms(ws);
    uint64_t who;

    /* The same name at two sites, or at two tables, is two people. */
    snprintf(name, sizeof(name), "%s %s/%s/%s", what, conn->site->name,
            from->table, from->subject);
    who = hash_sip(ws->rate_key, name, strlen(name));
    return !rate_take(rate_of(&ws->rates, who ^ from->roles,
                              role_per_second(from->roles), now_ms),
            now_ms);
}

enum err ingest_may(struct conn *conn, size_t len, struct fault *fault)
{
    if (ingest_is_too_fast(conn, "say"))
        return fault_set(fault, ERR_RATE, NULL, NULL);
    if (len > role_message_bytes(conn->principal.roles))
        return fault_set(fault, ERR_TOO_LARGE, NULL, NULL);
    return ERR_OK;
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

bool ingest_begin(struct conn *conn, uint32_t count)
{
    struct request *request = conn->request;
    struct fault fault;

    request->outcomes = calloc(count, sizeof(*request->outcomes));
    if (!request->outcomes) {
        fault_set(&fault, ERR_NO_MEMORY, NULL, NULL);
        http_answer_fault(conn, &fault);
        return false;
    }
    request->hub = conn->site->hub;
    request->count = request->unknown = count;
    return true;
}

static void know(struct request *request, struct outcome *outcome)
{
    if (!outcome->is_known)
        request->unknown--;
    outcome->is_known = true;
}

void ingest_refuse(struct conn *conn, uint32_t index)
{
    struct outcome *outcome = &conn->request->outcomes[index];

    count_refused(outcome->fault.code);
    know(conn->request, outcome);
}

void ingest_submit(struct conn *conn, uint32_t index, struct heard *heard)
{
    struct request *request = conn->request;
    struct outcome *outcome = &request->outcomes[index];
    enum authority authority = conn->ws->options.authority;
    struct submission submission = { .from = &conn->principal,
        .what = heard->what,
        .body = heard->body,
        .outlet = &outlet,
        .owner = conn,
        .ticket = index };

    heard->body = NULL;
    choose_key(request, index, heard);
    submission.key = heard->key[0] ? heard->key : NULL;
    outcome->is_pending =
            authority_is_command(authority, &conn->principal, heard->what);
    if (authority_submit(conn->site->hub, authority, &submission, wall_ms(),
                &outcome->fault) != ERR_OK)
        know(request, outcome);
}

/* --- out --- */

void ingest_answer(struct conn *conn, void (*answer)(struct conn *conn))
{
    if (conn->request->unknown)
        http_hold(conn, answer);
    else
        answer(conn);
}

void ingest_put(struct buf *out, const struct outcome *outcome)
{
    const struct settlement *settlement = &outcome->settlement;
    char id[ULID_CHARS + 1], epoch[EPOCH_CHARS + 1];

    ulid_print(&settlement->id, id);
    epoch_print(settlement->epoch, epoch);
    buf_printf(out,
            "\"id\":\"%s\",\"seq\":%llu,\"epoch\":\"%s\",\"duplicate\":%s%s",
            id, (unsigned long long)settlement->seq, epoch,
            settlement->duplicate ? "true" : "false",
            outcome->is_pending ? ",\"pending\":true" : "");
}

/* --- POST /api/events: one event, or an array of them --- */

static void put_outcome(struct buf *out, const struct outcome *outcome)
{
    if (outcome->fault.code != ERR_OK) {
        dialect_put_fault_until(
                out, &outcome->fault, retry_ms_answered(outcome->fault.code));
        return;
    }
    buf_putc(out, '{');
    ingest_put(out, outcome);
    buf_putc(out, '}');
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

/*
 * Into pieces: the body itself, or the elements of an array. Not ERR_OK:
 * fault says why.
 */
static enum err split(struct request *request, struct piece pieces[HTTP_BATCH],
        size_t *count, struct fault *fault)
{
    const char *text = request->body.data;
    size_t len = request->body.len;
    enum err err;

    pieces[0] = (struct piece){ text, len };
    *count = 1;
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
    *count = split_array(text, len, pieces, HTTP_BATCH);
    if (*count == 0 || *count > HTTP_BATCH)
        return fault_set(fault, ERR_BAD_REQUEST, NULL,
                "an array holds 1 to %d events", HTTP_BATCH);
    return ERR_OK;
}

static void state(struct conn *conn, uint32_t index, const struct piece *piece)
{
    struct outcome *outcome = &conn->request->outcomes[index];
    struct heard heard;

    if (ingest_may(conn, piece->len, &outcome->fault) == ERR_OK &&
            dialect_hear_message(conn->request->dialect, NULL, piece->text,
                    piece->len, &heard, &outcome->fault) == ERR_OK)
        ingest_submit(conn, index, &heard);
    else
        ingest_refuse(conn, index);
}

void ingest_run(struct conn *conn)
{
    struct piece pieces[HTTP_BATCH];
    struct fault fault = { 0 };
    size_t count;

    if (split(conn->request, pieces, &count, &fault) != ERR_OK) {
        count_refused(fault.code);
        http_answer_fault(conn, &fault);
        return;
    }
    if (!ingest_begin(conn, (uint32_t)count))
        return;
    for (uint32_t i = 0; i < count; i++)
        state(conn, i, &pieces[i]);
    ingest_answer(conn, answer);
}
