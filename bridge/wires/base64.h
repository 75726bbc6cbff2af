/*
 * base64: the standard alphabet with padding (RFC 4648, section 4). Strict:
 * nothing but the one text that encoding gives is decoded, so that the same
 * bytes have one spelling.
 */
#ifndef BRIDGE_WIRES_BASE64_H
#define BRIDGE_WIRES_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/base/buf.h"

/* How many characters base64_put adds for `len` bytes. */
size_t base64_chars(size_t len);

void base64_put(struct buf *out, const void *data, size_t len);

/*
 * Add the bytes that text[0..len) stands for. False: it is no base64, or `out`
 * has no room, and is `failed` then; `out` holds what it held.
 */
bool base64_decode(struct buf *out, const char *text, size_t len);

#endif
