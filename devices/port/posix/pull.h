/*
 * pull: where printers come to that fetch their jobs themselves: a small HTTP
 * server, over libmicrohttpd, for one printer and whoever else finds it.
 *
 * It is driven from the caller's poll loop and never waits: few connections,
 * each with a limit of time and memory, small bodies. With a password everybody
 * has to show it, by HTTP basic auth with any name, or as the last part of the
 * URL's path. TLS is for a proxy in front of it.
 */
#ifndef DEVICES_PORT_POSIX_PULL_H
#define DEVICES_PORT_POSIX_PULL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PULL_BODY_BYTES 16384

enum pull_method {
    PULL_GET,
    PULL_POST,
    PULL_DELETE,
};

struct pull_request {
    enum pull_method method;
    const char *path;
    const char *body; /* with a NUL behind it */
    size_t len;
    void *connection;
};

struct pull_answer {
    unsigned status;
    const char *type; /* NULL: no body */
    const void *bytes;
    size_t len;
};

/* Whoever answers. What an answer points to is copied after the call. */
struct pull_to {
    void *ctx;
    void (*answer)(void *ctx, const struct pull_request *request,
            struct pull_answer *answer);
};

struct pull;
struct pull_paper;
struct profile;

/* May it listen there, for a printer of this make? NULL, or why not: without a
 * password others must not get at the tickets, unless that was asked for. */
const char *pull_check(const char *host, const struct profile *profile,
        const char *password, bool is_open);

/*
 * Listen on a numeric address. `password` (NULL: none) and the texts are
 * borrowed for its life. NULL: `wrong` says why.
 */
struct pull *pull_open(const char *host, const char *port, const char *password,
        const struct pull_to *to, const char **wrong);

/* For this and the next three NULL is fine: nobody listens there. */
void pull_close(struct pull *pull);

uint32_t pull_watch(const struct pull *pull, struct pollfd *fds);

/* Take what has come, answer it, send. */
void pull_turn(struct pull *pull);

/* When pull_turn has to be called at the latest; UINT64_MAX: whenever. */
uint64_t pull_due_ms(const struct pull *pull, uint64_t now_ms);

/* 200, and a ticket as text or as a picture. */
void pull_answer_paper(struct pull_answer *answer,
        const struct pull_paper *paper, bool is_text);

/* A value of the URL's query, decoded, or NULL. Good for the call. */
const char *pull_query(const struct pull_request *request, const char *name);

#endif
