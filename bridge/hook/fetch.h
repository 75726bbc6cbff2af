/*
 * fetch: one HTTP GET with a token, by libcurl, waiting for it: for commands,
 * never in the daemon.
 *
 * Follows no redirect: whoever it would lead to would get the token.
 */
#ifndef BRIDGE_HOOK_FETCH_H
#define BRIDGE_HOOK_FETCH_H

#include "hub/base/buf.h"
#include "hub/base/err.h"

#define FETCH_DEADLINE_MS 5000 /* from the name's look-up to the last byte */

struct fetch_options {
    const char *url;   /* http:// or https:// */
    const char *token; /* a bearer's */
    const char *cert;  /* that the server shows, or who vouches for it, PEM:
                          then nobody else is believed, whatever the server is
                          called; NULL: as the system does */
};

struct fetch_answer {
    long status;        /* HTTP's */
    const char *reason; /* why there was no answer, or ""; lives for ever */
};

/*
 * Append the body of the answer, whatever its status is, to `out`, up to that
 * buffer's limit. ERR_UNAVAILABLE: nobody has answered in time, or with more.
 * ERR_TOO_LARGE: the token fits no header. ERR_NO_MEMORY.
 */
enum err fetch(const struct fetch_options *options, struct buf *out,
        struct fetch_answer *answer);

#endif
