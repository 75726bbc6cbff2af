/*
 * catalogue: the vocabulary for people and for other programs, made
 * from the same rows and descriptors that the code works by. Nothing here
 * names an event.
 */
#ifndef BRIDGE_CATALOGUE_CATALOGUE_H
#define BRIDGE_CATALOGUE_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/buf.h"

/* Longest catalogue, in bytes. */
#define CATALOGUE_BYTES (4 * 1024 * 1024)

/* Where the daemon is found on its own machine, for addresses. */
struct catalogue_place {
    const char *site;
    int64_t http_port;
    int64_t mqtt_port;
};

/*
 * Append the catalogue as "json", "markdown", "ts" or "asyncapi".
 * False: there is no such format.
 */
bool dialect_catalogue(struct buf *out, const char *format,
        const struct catalogue_place *place);

#endif
