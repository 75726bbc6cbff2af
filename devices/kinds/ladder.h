/*
 * ladder: what somebody should have noticed and has not, as far as this device
 * is asked for: the escalations that are open, each for LADDER_MS at most.
 *
 * One that is over (resolved anywhere, its order cancelled, its time up) does
 * not ring again, in whatever order its messages come.
 */
#ifndef DEVICES_KINDS_LADDER_H
#define DEVICES_KINDS_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/core/device.h"

#define LADDER_MS    (5 * 60 * 1000)
#define LADDER_OPEN  8
#define LADDER_ENDED 16
#define LADDER_ID    97 /* the longest id of the schema, with its NUL */

enum ladder_ask {
    LADDER_NOT_US,
    LADDER_GO_ON, /* those of the steps before are to go on */
    LADDER_US,
};

struct ladder_open {
    char id[LADDER_ID];
    uint8_t order[DEVICE_ID_BYTES]; /* done_name of the order; 0: of none */
    uint32_t step;
    uint64_t until_ms;
    bool is_manager;                 /* it has come to the manager */
    bool is_quiet;                   /* answered here: until its next step */
    uint8_t answer[DEVICE_ID_BYTES]; /* the id of that */
};

/* Zeroed: nothing open. */
struct ladder {
    struct ladder_open open[LADDER_OPEN]; /* oldest first */
    uint32_t count;
    uint8_t ended[LADDER_ENDED][DEVICE_ID_BYTES]; /* ring of done_name */
    uint32_t ended_next;
};

/*
 * Take escalation.raised, .stepped, .resolved or order.cancelled; `ask`: who is
 * asked for. True: it rings anew, or for somebody else now.
 */
bool ladder_take(struct ladder *ladder, const struct device *device,
        const Dw__Notification *note, enum ladder_ask ask);

/* The step of an escalation, or NULL: another message. */
const Dw__EscalationStep *ladder_step(const Dw__Notification *note);

/* End what has rung long enough. */
void ladder_expire(struct ladder *ladder, uint64_t now_ms);

/* The newest that rings, or NULL. */
struct ladder_open *ladder_ringing(struct ladder *ladder);

/* What all that rings sounds like; PATTERN_NONE: nothing does. */
enum pattern_id ladder_pattern(const struct ladder *ladder);

/* When the next one has rung long enough; UINT64_MAX: none. */
uint64_t ladder_due_ms(const struct ladder *ladder);

#endif
