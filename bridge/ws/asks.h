/*
 * asks: which events a client was asked to acknowledge and has not yet. Knows
 * no socket and no clock: time is an argument, monotonic.
 *
 * Bounded: ASKS_MAX at once. What an answer is called on the wire is the
 * event's seq, so that the packet is the same for all, and an answer that comes
 * late, over a new connection or to a daemon started anew, is still of it.
 */
#ifndef BRIDGE_WS_ASKS_H
#define BRIDGE_WS_ASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASKS_MAX 256

struct ask {
    uint64_t seq;
    int64_t at_ms;
};

/* Zeroed: nothing was asked. */
struct asks {
    uint64_t last; /* everything up to there was told, or was not for it */
    uint32_t count;
    struct ask all[ASKS_MAX]; /* who was asked first stands first */
};

/* Asked now; asked again, its time begins anew. False: too many are open. */
bool asks_add(struct asks *asks, uint64_t seq, int64_t now_ms);

/* Is this one open? */
bool asks_has(const struct asks *asks, uint64_t seq);

/* It is no more. One that is not open is fine. */
void asks_take(struct asks *asks, uint64_t seq);

/* The first that has been open for so long, or 0. */
uint64_t asks_due(const struct asks *asks, int64_t now_ms, uint32_t timeout_ms);

/* Of everything up to this seq it is known what became of it. */
uint64_t asks_settled(const struct asks *asks);

/* What the arguments of an acknowledgement, without brackets, begin with. */
enum ask_word {
    ASK_NOTHING, /* no text: it was received */
    ASK_KNOWN,   /* *word is one that a listener may say; static */
    ASK_UNKNOWN,
};

enum ask_word ask_read(const char *args, size_t len, const char **word);

#endif
