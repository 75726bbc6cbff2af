/*
 * http: requests that do not become a WebSocket, from routing to answer.
 *
 * An answer that may only be given after the commit is held: the request
 * then reads nothing more, and ws_flush, after hub_commit, lets it go.
 */
#ifndef BRIDGE_WS_HTTP_H
#define BRIDGE_WS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/hub.h"

struct conn;

#define HTTP_PATH_CHARS 255
#define HTTP_BATCH      100 /* most events in one POST */

/* One event of a POST: refused at once, waiting, or settled. */
struct outcome {
    bool is_known;
    struct fault fault; /* code ERR_OK: settled */
    struct settlement settlement;
};

struct request {
    int method; /* LWSHUMETH_… */
    char path[HTTP_PATH_CHARS + 1];
    char key[KEY_CHARS + 1]; /* Idempotency-Key, or "" */
    int64_t since_ms;        /* monotonic */
    struct buf body;         /* of the request, as far as it has arrived */
    struct buf answer;       /* head and body, complete; empty: not yet */
    bool held;               /* answered from ws_flush */
    bool hang_up;            /* after the answer */
    void (*resume)(struct conn *conn); /* called by ws_flush while held */
    bool is_batch;
    uint32_t count;   /* of outcomes */
    uint32_t unknown; /* of them not known yet */
    struct outcome *outcomes;
};

/* Path without its query. False: too long. */
bool http_path(struct conn *conn, char out[HTTP_PATH_CHARS + 1]);

/* --- called by the border; all return what the library wants: -1 hang up */

int http_begin(struct conn *conn);
int http_body(struct conn *conn, const void *data, size_t len);
int http_body_end(struct conn *conn);
int http_writable(struct conn *conn);

/* NULL request is fine. */
void request_destroy(struct conn *conn);

/* ws_flush: look whether what is held can go. */
void http_resume(struct conn *conn);

/* Deadlines of requests. */
void http_sweep(struct conn *conn, int64_t steady_now_ms);

/* Answer a handshake; the connection is closed after it. */
void http_refuse_upgrade(struct conn *conn, const struct fault *fault);

/* --- for the routes; answers are in answer.c --- */

/* Compose the answer; `headers` are whole lines, or "". */
void http_answer(struct conn *conn, unsigned status, const char *type,
        const char *headers, const void *body, size_t len);
void http_answer_json(struct conn *conn, unsigned status, struct buf *body);
void http_answer_fault(struct conn *conn, const struct fault *fault);

/* The same with a status of its own; counted as refused. */
void http_answer_code(struct conn *conn, unsigned status, enum err code,
        const char *field, const char *text);

/* Answer later, from ws_flush, where `resume` is called until it answers. */
void http_hold(struct conn *conn, void (*resume)(struct conn *conn));

/* A valid token, or the request is answered 401 and false. */
bool http_wants_token(struct conn *conn);

/* The routes. Each answers or holds. */
void ingest_run(struct conn *conn); /* POST /api/events; ingest.c */
size_t ingest_body_max(struct conn *conn);
void snapshot_run(struct conn *conn); /* GET /api/snapshot; snapshot.c */
void health_run(struct conn *conn);   /* GET /healthz …; figures.c */
void ready_run(struct conn *conn);
void metrics_run(struct conn *conn);

#endif
