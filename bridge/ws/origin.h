/*
 * origin: where a page comes from: scheme, host and port, compared exactly.
 *
 * A browser says it of every page that asks for something elsewhere, and no
 * page can say anything else. Nothing is guessed: no suffixes, no wildcards,
 * no path, no user. Knows no requests and no list; see cors.h.
 */
#ifndef BRIDGE_WS_ORIGIN_H
#define BRIDGE_WS_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#define ORIGIN_SCHEME_CHARS 31
#define ORIGIN_HOST_CHARS   253
#define ORIGIN_CHARS        (ORIGIN_SCHEME_CHARS + 3 + ORIGIN_HOST_CHARS + 6)

struct origin {
    char scheme[ORIGIN_SCHEME_CHARS + 1]; /* small letters */
    char host[ORIGIN_HOST_CHARS + 1];     /* small letters; "[::1]" */
    uint16_t port; /* the scheme's own where none is given; else 0 */
};

/*
 * "https://menu.example" or "http://[::1]:3000". False: it is none, "null"
 * among others; *origin is then all zeros, which equals nothing.
 */
bool origin_read(const char *text, struct origin *origin);

/* That of the pages which are fetched from the host that a request names
 * ("hub:8080"). False: it names none. */
bool origin_of_host(
        const char *scheme, const char *host, struct origin *origin);

/* False if either is all zeros. */
bool origin_equal(const struct origin *a, const struct origin *b);

#endif
