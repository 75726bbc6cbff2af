/*
 * star_json: one member of a JSON object, looked up by its name. What printers
 * post is flat where it matters; what lies deeper is stepped over.
 */
#ifndef DEVICES_PORT_POSIX_STAR_JSON_H
#define DEVICES_PORT_POSIX_STAR_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Is text[0..len) one object, by its brackets, strings and commas? */
bool star_json_is_object(const char *text, size_t len);

/*
 * The first member of this name of such an object, into out[0..cap) with a NUL:
 * a string without its quotes and escapes (what is not ASCII by an escape is
 * '?'), or a number, true or false as it is written. False: none, it is null,
 * an object or an array, or it is longer.
 */
bool star_json_get(
        const char *text, size_t len, const char *name, char *out, size_t cap);

#endif
