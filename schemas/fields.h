/*
 * fields: what may stand in a field, by its name in the .proto files.
 *
 * A name means the same in every message, so its rule stands once, in
 * fields.def. Which type a field has and whether it must be there is said by
 * the message; here stand range, length, grammar, and who does not see it.
 */
#ifndef SCHEMAS_FIELDS_H
#define SCHEMAS_FIELDS_H

#include <stdint.h>

#include "schemas/roles.h"

enum grammar {
    GRAMMAR_TEXT, /* any UTF-8 without control characters; see .lines */
    GRAMMAR_ID,   /* A-Z a-z 0-9 _ - */
    GRAMMAR_WORD, /* a-z 0-9 _ . : - */
};

struct field_rule {
    const char *name;
    enum grammar grammar; /* strings */
    uint32_t max_chars;   /* strings: longest, in bytes; empty is refused
                             for ids and words */
    int64_t min, max;     /* numbers, both inclusive */
    uint32_t max_items;   /* repeated: most elements */
    uint32_t hide;        /* HIDE_…: views without this field */
    uint8_t lines;        /* strings: 1 if a line feed may stand in it */
};

#define HIDE_STAFF    (1u << VIEW_STAFF)
#define HIDE_CUSTOMER (1u << VIEW_CUSTOMER)
#define HIDE_DEVICE   (1u << VIEW_DEVICE)

/* The rule of a field's name, or NULL. Found by bisection. */
const struct field_rule *field_rule_find(const char *name);

/* The rows, in alphabetical order. */
extern const struct field_rule field_rules[];
extern const uint32_t field_rule_count;

#endif
