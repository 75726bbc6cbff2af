/*
 * derive: what follows from an event.
 *
 * One table of consequences. A consequence is an event of its own that enters
 * at validate like any other and names its cause. A kind of event never
 * follows from itself, not even over several steps.
 */
#ifndef HUB_DERIVE_H
#define HUB_DERIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/evt/evt.h"
#include "schemas/picture.pb-c.h"

struct state;

/* Does the row apply to events that were stated, that were derived, or both? */
enum evt_origin { GIVEN = 1, DERIVED = 2, ANY = GIVEN | DERIVED };

/* Takes the body in any case. */
typedef void derive_emit(
        void *context, enum evt_id what, ProtobufCMessage *body);

struct derive_row {
    enum evt_id when;
    enum evt_origin of;
    Dw__OrderStatus status; /* only with this status; UNSPECIFIED: any */
    enum evt_id then;
    uint32_t debounce_ms; /* at most one in this time; 0: at once */
    void (*make)(const struct derive_row *row, const struct state *state,
            const struct evt *evt, derive_emit *emit, void *context);
};

extern const struct derive_row derive_rows[];
extern const uint32_t derive_row_count;

/* Does the row apply to this event? */
bool derive_applies(const struct derive_row *row, const struct evt *evt);

/*
 * How the device is to behave, as it stands in the picture, with a number that
 * it does not have yet if it needs one; handed over. NULL: it behaves so
 * already, or may as it likes.
 */
Dw__DeviceConfigured *derive_config_of(
        const struct state *state, const Dw__Device *device);

#endif
