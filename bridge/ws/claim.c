/*
 * POST /api/enrol {"code"}: a device fetches its credential for the broker.
 *
 * Nobody has said who he is here, so tries are few for each address. What a
 * code is worth is asked elsewhere; whatever is wrong, the answer is the same.
 */
#include <string.h>

#include "bridge/dialect/dialect.h"
#include "bridge/ws/http.h"
#include "bridge/ws/server.h"
#include "hub/base/count.h"

#define CODE_CHARS   31
#define TRIES_PER_S  1 /* of one address, and a few at once; see rate.h */
#define ANSWER_BYTES 1024

static void refuse(struct conn *conn, enum err err)
{
    struct fault fault;

    fault_set(&fault, err, NULL, NULL);
    count_refused(err);
    http_answer_fault(conn, &fault);
}

static bool is_too_often(const struct conn *conn)
{
    struct ws *ws = conn->ws;
    int64_t now_ms = steady_ms(ws);
    struct in6_addr network = crowd_network(&conn->address);
    uint64_t who = hash_sip(ws->rate_key, &network, sizeof(network));

    return !rate_take(rate_of(&ws->rates, who, TRIES_PER_S, now_ms), now_ms);
}

static enum err ask(struct conn *conn, struct buf *answer)
{
    const struct ws_options *options = &conn->ws->options;
    const struct buf *body = &conn->request->body;
    char code[CODE_CHARS + 1];
    enum err err = ERR_FORBIDDEN;

    if (is_too_often(conn))
        return ERR_RATE;
    if (dialect_read_member(body->data, body->len, "code", code, sizeof(code)))
        err = options->claim(options->context, code, answer);
    explicit_bzero(code, sizeof(code));
    return err;
}

void claim_run(struct conn *conn)
{
    struct buf answer;
    enum err err;

    if (!conn->ws->options.claim) {
        http_answer_code(
                conn, 404, ERR_NOT_FOUND, NULL, "no codes are exchanged here");
        return;
    }
    buf_init(&answer, ANSWER_BYTES);
    err = ask(conn, &answer);
    if (err == ERR_OK)
        http_answer_json(conn, 200, &answer);
    else
        refuse(conn, err);
    if (answer.data)
        explicit_bzero(answer.data, answer.len);
    buf_finish(&answer);
}
