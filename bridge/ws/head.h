/*
 * head: can the head of this request be read in one way only?
 *
 * libwebsockets reads more than HTTP allows. Where a proxy before us might
 * read something else, two requests become one or one becomes two: so
 * whatever is not plain is answered 400 and the connection ends. What the
 * library does not let us see (a lone LF, a folded line) cannot be refused
 * here; that nothing is read behind it in the same piece is what
 * conn_is_pipelined is for.
 */
#ifndef BRIDGE_WS_HEAD_H
#define BRIDGE_WS_HEAD_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>

#include "hub/hub.h"

struct conn;

/* Does this header stand there, be it empty? */
bool head_has(struct lws *wsi, enum lws_token_indexes which);

/* NULL: in one way only. Else a sentence that says what is wrong; *field is the
 * header's name, or NULL. */
const char *head_fault(struct conn *conn, const char **field);

/* Is it HTTP/1.0, whose connections carry one request? */
bool head_is_old(struct conn *conn);

/*
 * The length of the body: 0 if there is none. False: it cannot be told; the
 * caller answers *status.
 */
bool head_length(
        struct conn *conn, size_t *len, unsigned *status, const char **why);

/* Does it keep its body back until it is told to go on? */
bool head_waits(struct conn *conn);

/* Its Idempotency-Key, or "". False: it is none. */
bool head_key(struct conn *conn, char out[KEY_CHARS + 1]);

#endif
