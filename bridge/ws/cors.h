/*
 * cors: which pages may use this port, and what browsers are told about it.
 *
 * One list for everything. A page of a listed origin may do whatever our own
 * pages may, and is named in the answer. "*" is for REST and Engine.IO alone,
 * and then nobody is named and no credentials of a browser go with it; there
 * are none here: a token is shown, cookies are neither set nor read.
 */
#ifndef BRIDGE_WS_CORS_H
#define BRIDGE_WS_CORS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct conn;

enum page {
    PAGE_NONE,   /* no page: there is no Origin */
    PAGE_OWN,    /* one of this port */
    PAGE_LISTED, /* of an origin that is listed */
    PAGE_ANY,    /* of another one, and "*" is listed */
    PAGE_OTHER,  /* of another one, or of none that can be told */
};

/* Whose request is it? */
enum page cors_page(struct conn *conn);

/* May it open a plain WebSocket? And ask for anything else? */
bool cors_may_connect(struct conn *conn);
bool cors_may_ask(struct conn *conn);

/* The lines of an answer's head that tell a browser so; nothing for others. */
void cors_put(struct conn *conn, struct buf *out);

/* Does the browser only want to know whether its page may? */
bool cors_is_preflight(struct conn *conn);

/* Answer that, for a path that knows `methods` (1 << LWSHUMETH_…). */
void cors_answer(struct conn *conn, uint32_t methods);

#endif
