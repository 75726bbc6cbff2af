/*
 * validate: may this event be? Known, allowed, well formed, possible.
 *
 * Also completes a body from the picture: the table of an order, the open
 * call of a table, the device that is speaking, moments that were not given.
 * Changes nothing but the statement that it is given.
 */
#ifndef HUB_VALIDATE_H
#define HUB_VALIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/evt.h"
#include "hub/evt/principal.h"

struct state;

/* Who says what, and when. */
struct statement {
    const struct principal *from;
    enum evt_id what;
    ProtobufCMessage *body;
    uint64_t seq; /* the number it will get: part of ids we make */
    int64_t now_ms;
    uint32_t max_orders;
    bool is_derived; /* follows from an event that was checked */
};

/*
 * First of all: a table that is named by its number alone gets its id from the
 * picture, or else the number's digits, and the other way round; one of no
 * name at all is left out. ERR_MISSING_FIELD: it must not be.
 */
enum err validate_resolve(const struct statement *statement,
        const struct state *state, struct fault *fault);

/* May somebody with these roles say this about what the body names? */
enum err validate_right(const struct statement *statement,
        const struct state *state, struct fault *fault);

/* Next: what a printer says that cannot be so is put into the words for what
 * it does tell. Changes the kind and the body. */
void validate_reword(struct statement *statement, const struct state *state);

/* All the rest, in order: well formed, completed, possible. */
enum err validate_body(const struct statement *statement,
        const struct state *state, struct fault *fault);

/* May this principal listen in this room? */
bool validate_join(const struct principal *principal, const struct room *room,
        const struct state *state);

#endif
