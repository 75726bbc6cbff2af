/*
 * closes: what the end of a WebSocket asks of its client, and when it may come
 * again. The table is closes.def.
 *
 * A hint is a floor: the client waits as long as it says, and then as long as
 * its own back-off says. It stands in the reason of the close frame as
 * "retry-after=1200", in milliseconds, and nothing else ever stands there.
 */
#ifndef BRIDGE_WS_CLOSES_H
#define BRIDGE_WS_CLOSES_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/err.h"

enum close_action {
    CLOSE_STOP,     /* it would end the same way again */
    CLOSE_TOKEN,    /* a new token first, then from where it was */
    CLOSE_RESUME,   /* again, from where it was */
    CLOSE_LATER,    /* the same, but not before the hint */
    CLOSE_SNAPSHOT, /* again, with nothing: take the whole picture */
    CLOSE_ACTIONS
};

struct close_kind {
    uint16_t code;
    enum close_action action;
    bool hints; /* is a hint given with it? */
    const char *text;
};

#define CLOSE_INTERNAL 1011

/* How they are called in README.md: "stop", "token", … */
extern const char *const close_actions[CLOSE_ACTIONS];

/* By number, or NULL: none that we say. */
const struct close_kind *close_find(uint16_t code);

/* All of them, one after the other; NULL behind the last. */
const struct close_kind *close_at(uint32_t index);

/* The code that ends a connection for this. */
uint16_t close_code_of(enum err why);

#define RETRY_MS 1000 /* where nobody knows better */

/* May the same be tried again, and when? 0: it may not. */
uint32_t retry_ms_of(enum err why);

/* The same as an answer has it, after which the connection goes on: a limit is
 * not reached for a moment only. */
uint32_t retry_ms_answered(enum err why);

/*
 * When the how-manieth of all connections, from 0 on, is to come back after a
 * restart: each has a moment of its own, so that 5,000 take ten seconds.
 */
#define RESTART_FIRST_MS 200
#define RESTART_EACH_MS  2
uint32_t retry_ms_after_restart(uint32_t index);

/* The reason that goes with a code: a hint, if the code has hints and it is
 * not 0. Returns `out`. */
#define CLOSE_REASON_CHARS 23
const char *close_print_reason(
        uint16_t code, uint32_t retry_ms, char out[CLOSE_REASON_CHARS + 1]);

#endif
