/*
 * derive_overdue: which print jobs have waited for too long, and what follows
 * from that.
 *
 * How long something waits the steady time says: a clock that is set by hours
 * makes nothing overdue. What was there before the start has waited as long as
 * the clock says. Nothing is looked at before the moment at which the next job
 * may be overdue. It changes nothing itself.
 */
#ifndef HUB_DERIVE_OVERDUE_H
#define HUB_DERIVE_OVERDUE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/derive.h"

struct state;
struct steady;

/* Zeroed it is ready. */
struct overdue {
    uint64_t jobs_version; /* the picture's, when it was last looked at */
    int64_t due_ms;        /* steady: when it is to be looked at again */
    bool is_due;           /* there may be more than one look could say */
    bool is_in_doubt;      /* the journal has lost records: what is there now
                              may have been printed since */
};

/* So much has passed. Cheap. Is there anything to look at? */
bool overdue_tick(
        struct overdue *overdue, const struct state *state, int64_t passed_ms);

/*
 * Say what is overdue, or in doubt: print.rerouted, print.failed,
 * print.unconfirmed, print.expired, each once for a job, PRINT_SAID at most;
 * the rest at the next tick. What is emitted may not change the picture before
 * this returns.
 */
#define PRINT_SAID 256
void overdue_look(struct overdue *overdue, const struct state *state,
        const struct steady *steady, derive_emit *emit, void *context);

#endif
