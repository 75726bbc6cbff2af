/*
 * outlet: what the hub asks of whoever submits or listens: two functions.
 *
 * Both only make a note and return: neither may call the hub, nor block.
 */
#ifndef HUB_OUTLET_H
#define HUB_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/ulid.h"

/* What came of a submission that hub_submit had accepted. */
struct settlement {
    enum err err;   /* ERR_OK: on disk. Else nothing of it happened */
    bool duplicate; /* the key had been used, or the same was said or derived
                       a moment ago: the answer of that event */
    struct ulid id;
    uint64_t seq;
    uint32_t epoch;
};

struct outlet {
    /*
     * The submission is on disk, or failed. Called once for each hub_submit
     * that returned ERR_OK with this owner and ticket, from hub_commit.
     */
    void (*settled)(
            void *owner, uint64_t ticket, const struct settlement *settlement);
    /* hub_next has something for this client, or it has to be closed. */
    void (*wake)(void *owner);
    /* It only looks something up: nobody is told that it is there, and where
     * it looks is no recovery. */
    bool is_unseen;
};

#endif
