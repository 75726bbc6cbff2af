/*
 * gate: which JSON is let in, looked at before anything reads it into a tree.
 *
 * RFC 8259 exactly, valid UTF-8, no NUL and no C0 control even escaped (but
 * \n, \t and \r), no key twice in an object, nothing after the value, numbers
 * of 17 significant digits, 40 characters and less than 1e308. How large it may
 * be is an argument. Keeps nothing, knows no dialect.
 */
#ifndef BRIDGE_DIALECT_GATE_H
#define BRIDGE_DIALECT_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"

#define JSON_DEPTH_MAX 64 /* that a limit may say */

struct json_limits {
    uint32_t depth;        /* of arrays and objects, 0 to JSON_DEPTH_MAX */
    uint32_t string_bytes; /* of a string or key, its escapes resolved */
    uint32_t keys;         /* of an object; each is compared with all of it */
    uint32_t elements;     /* of an array */
};

/* What the daemon hears: depth 8, strings of 2 KiB, 64 keys, 256 elements. */
extern const struct json_limits json_strict;

/* For whoever only passes on what others say: depth 64 and 1024 keys; strings
 * and arrays are as long as the text may be. */
extern const struct json_limits json_wide;

/*
 * Is text[0..len) one JSON value within these limits? Time is linear in `len`;
 * memory is what it needs for the keys of objects that are open, and none for
 * up to 512 of them. ERR_BAD_JSON, ERR_BAD_UTF8, ERR_DUPLICATE_KEY;
 * ERR_TOO_LARGE: over a limit; ERR_NO_MEMORY.
 */
enum err json_gate_within(const char *text, size_t len,
        const struct json_limits *limits, struct fault *fault);

/* The same within json_strict, for which memory is always there. */
enum err json_gate(const char *text, size_t len, struct fault *fault);

#endif
