/*
 * star_http: Star CloudPRNT over HTTP, without the sockets: a printer polls
 * (POST) and says how it is, fetches its job (GET) and says what became of it
 * (DELETE).
 *
 * One printer: the first that polls, until it has been silent for a minute.
 * A job that was fetched is not offered again, whatever becomes of it; fetched
 * again it is only by who has said nothing in between. A printer that polls
 * and has a trouble after it fetched its job has not printed all of it.
 */
#ifndef DEVICES_PORT_POSIX_STAR_HTTP_H
#define DEVICES_PORT_POSIX_STAR_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/port/posix/pull_job.h"
#include "devices/port/posix/star.h"

struct star_http {
    struct pull_job job;
    char mac[STAR_MAC_BYTES]; /* "": nobody has polled */
    uint64_t polled_ms;
    bool polled_since; /* since it fetched the job */
    bool only_text;    /* jobs are text, not pictures */
    struct print_status status;
    char answer[256]; /* to a poll */
};

/* Does a printer call, and what does it say of itself? */
bool star_http_is_there(const struct star_http *http, uint64_t now_ms);

/* It polls. The HTTP status; 200: `answer` is what it is told. */
unsigned star_http_poll(
        struct star_http *http, const char *body, size_t len, uint64_t now_ms);

/*
 * It fetches: parts of the query, each may be NULL. The HTTP status; 200: the
 * job, which it has from now on, of the type that `is_text` says.
 */
unsigned star_http_fetch(struct star_http *http, const char *mac,
        const char *token, const char *type, uint64_t now_ms, bool *is_text);

/* It says what became of a job. The HTTP status. */
unsigned star_http_confirm(struct star_http *http, const char *mac,
        const char *token, const char *code);

#endif
