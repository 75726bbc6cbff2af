/*
 * dialect_catalogue: the vocabulary for people and for other programs, made
 * from the same rows and descriptors that the code works by.
 */
#ifndef BRIDGE_DIALECT_CATALOGUE_H
#define BRIDGE_DIALECT_CATALOGUE_H

#include <stdbool.h>

#include "hub/base/buf.h"

#define CATALOGUE_BYTES (1024 * 1024)

/*
 * Append the catalogue as "json", "markdown", "ts" or "asyncapi"; `site` is
 * for addresses. False: there is no such format.
 */
bool dialect_catalogue(struct buf *out, const char *format, const char *site);

#endif
