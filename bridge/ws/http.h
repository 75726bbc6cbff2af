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

#include "bridge/wires/engineio.h"
#include "bridge/ws/routes.h"
#include "hub/base/buf.h"
#include "hub/base/err.h"
#include "hub/hub.h"

struct conn;
struct ws;

#define HTTP_PATH_CHARS 255
#define HTTP_QUERY_MAX  4096 /* all headers together are no longer */

struct outcome;
struct replay;

struct request {
    int method; /* LWSHUMETH_… */
    char path[HTTP_PATH_CHARS + 1];
    const struct route *route; /* NULL: of a page, or of nothing */
    struct eio *eio;           /* the session whose held GET this is, or NULL */
    char id[ID_CHARS + 1];     /* that of the path, or "" */
    enum dialect_id dialect;   /* of the query */
    char key[KEY_CHARS + 1];   /* Idempotency-Key, or "" */
    int64_t since_ms;          /* monotonic */
    struct buf body;           /* of the request, as far as it has arrived */
    struct buf answer;         /* head and body, complete; empty: not yet */
    bool held;                 /* answered from ws_flush */
    bool hang_up;              /* after the answer */
    bool is_last;              /* hang up, whatever comes of it */
    void (*resume)(struct conn *conn); /* called by ws_flush while held */
    struct hub *hub;                   /* that it deals with, or NULL */
    /* Statements; see ingest.h. */
    bool is_batch;
    uint32_t count;   /* of outcomes */
    uint32_t unknown; /* of them not known yet */
    struct outcome *outcomes;
    struct replay *replay; /* see replay.c */
};

/* Path without its query. False: too long. */
bool http_path(struct conn *conn, char out[HTTP_PATH_CHARS + 1]);

/*
 * What stands in the query under `name`, with its "=" ("rooms="), or "".
 * False: it is longer than `out`.
 */
bool http_query(struct conn *conn, const char *name, char *out, size_t size);

/* --- called by the border --- */

/* Is what a new connection says first a request that the library would
 * misread? Then it has been answered, and is to be closed; misread.c. */
bool http_refuse_misread(const struct ws *ws, int fd);

/* All of these return what the library wants: -1 hang up. */

int http_begin(struct conn *conn);
int http_body(struct conn *conn, const void *data, size_t len);
int http_body_end(struct conn *conn);
int http_writable(struct conn *conn);

/* NULL request is fine. */
void request_destroy(struct conn *conn);

void replay_destroy(struct conn *conn); /* for that alone */

/* ws_flush: look whether what is held can go. */
void http_resume(struct conn *conn);

/* What is held has been answered: it goes when the socket can take it. */
void http_let_go(struct conn *conn);

/* Deadlines of requests. */
void http_sweep(struct conn *conn, int64_t steady_now_ms);

/* Answer a handshake; the connection is closed after it. */
void http_refuse_upgrade(struct conn *conn, const struct fault *fault);

/* The same, of Engine.IO. */
void http_refuse_engine(struct conn *conn, enum eio_error error);

/* The same as bytes, for what is no connection yet. */
void http_put_fault(struct buf *out, const struct fault *fault);
void http_put_engine_error(struct buf *out, enum eio_error error);

/* --- for the routes; answers are in answer.c --- */

/* Compose the answer; `headers` are whole lines, or "". */
void http_answer(struct conn *conn, unsigned status, const char *type,
        const char *headers, const void *body, size_t len);
void http_answer_json(struct conn *conn, unsigned status, struct buf *body);
void http_answer_fault(struct conn *conn, const struct fault *fault);

/* The same with a status of its own; counted as refused. */
void http_answer_code(struct conn *conn, unsigned status, enum err code,
        const char *field, const char *text);

/* 405, with the methods that there are. */
void http_answer_method(struct conn *conn, uint32_t methods);

/* Answer later, from ws_flush, where `resume` is called until it answers. */
void http_hold(struct conn *conn, void (*resume)(struct conn *conn));

/* A valid token, or the request is answered 401 and false. */
bool http_wants_token(struct conn *conn);

/* The routes. Each answers or holds. Where a route states something, who it is
 * has been asked. */
void ingest_run(struct conn *conn);   /* POST /api/events; ingest.c */
void replay_run(struct conn *conn);   /* GET /api/events; replay.c */
void snapshot_run(struct conn *conn); /* GET /api/snapshot; snapshot.c */
void rest_run(struct conn *conn);     /* what changes something; rest.c */
void link_run(struct conn *conn);     /* POST /api/link; link.c */
void claim_run(struct conn *conn);    /* POST /api/enrol; claim.c */
void list_run(struct conn *conn);     /* a part of the picture */
void one_run(struct conn *conn);      /* one of a part */
void deliveries_run(struct conn *conn);
void health_run(struct conn *conn);   /* GET /healthz …; figures.c */
void ready_run(struct conn *conn);
void metrics_run(struct conn *conn);

#endif
