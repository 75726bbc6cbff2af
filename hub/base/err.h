/*
 * err: what can go wrong, and the answer to whoever caused it.
 *
 * Functions return enum err, ERR_OK is 0, results come out by pointer. On
 * failure nothing has changed, and the caller owns what it owned before.
 */
#ifndef HUB_BASE_ERR_H
#define HUB_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

enum err {
#define ERR(id, ...) ERR_##id,
#include "hub/base/err.def"
#undef ERR
    ERR_COUNT
};

struct err_kind {
    const char *name; /* on the wire: "missing_field" */
    const char *text; /* a sentence, where the fault has none of its own */
    uint16_t close;   /* WebSocket close code; 0: closes nothing */
    uint16_t http;    /* status of an HTTP answer */
    bool retry;       /* may the peer try the same again */
};

extern const struct err_kind err_kinds[ERR_COUNT];

#define FAULT_FIELD_CHARS 63
#define FAULT_TEXT_CHARS  159

/* An answer to bad input: code, field, sentence. Zeroed: no fault. */
struct fault {
    enum err code;
    char field[FAULT_FIELD_CHARS + 1]; /* "order.items[2].name", or "" */
    char text[FAULT_TEXT_CHARS + 1];   /* plain ASCII, never the peer's words
                                          unescaped */
};

/*
 * Fill in a fault and return its code, so that a check can end with it.
 * `field` may be NULL. Without `format` the text is the code's own sentence.
 * Bytes outside of printable ASCII become '?'.
 */
enum err fault_set(struct fault *fault, enum err code, const char *field,
        const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
