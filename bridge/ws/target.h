/*
 * target: the address of a request as it was sent, before libwebsockets has
 * resolved its escapes. Text in, parts of it out; knows no sockets.
 */
#ifndef BRIDGE_WS_TARGET_H
#define BRIDGE_WS_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct target {
    const char *path; /* borrowed, from its "/" on */
    size_t path_len;
    const char *query; /* behind the "?" */
    size_t query_len;
    bool is_whole; /* its end has arrived */
};

/* The address in the first line of text[0..len). False: no request begins
 * there, or none yet. */
bool target_read(const char *text, size_t len, struct target *target);

/*
 * Would the library take it for something else? It resolves escapes before it
 * looks where the address ends: one that stands for a NUL makes it hang up
 * without a word, one for a line end begins a header, and one that is none is
 * answered with a page of its own.
 */
bool target_is_misread(const struct target *target);

#endif
