/*
 * steps: escalations as the hub says them, for tests of what rings for them.
 */
#ifndef TESTS_DEVICES_KINDS_STEPS_H
#define TESTS_DEVICES_KINDS_STEPS_H

#include "tests/devices/desk.h"

/* What is said of an escalation; zeroed: of e1, about an order o1. */
struct said {
    const char *id;
    const char *target; /* NULL: it is resolved */
    const char *station;
    const char *about;
    uint32_t step; /* 0: it is raised */
    uint64_t ts_ms;
};

static inline void say_step(struct desk *desk, const char *topic,
        const struct said *said, uint64_t now_ms)
{
    Dw__EscalationStep body = DW__ESCALATION_STEP__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope__BodyCase body_case =
            !said->target ? DW__ENVELOPE__BODY_ESCALATION_RESOLVED
            : said->step  ? DW__ENVELOPE__BODY_ESCALATION_STEPPED
                          : DW__ENVELOPE__BODY_ESCALATION_RAISED;
    Dw__Envelope envelope = desk_envelope(desk, id, body_case);

    body.id = (char *)(said->id ? said->id : "e1");
    body.order_id = (char *)"o1";
    body.about = (char *)(said->about ? said->about : "order");
    body.target = (char *)said->target;
    body.station = (char *)said->station;
    body.has_step = said->target != NULL;
    body.step = said->step;
    envelope.escalation_raised = &body; /* all three lie there */
    envelope.has_ts_ms = said->ts_ms != 0;
    envelope.ts_ms = said->ts_ms;
    desk_deliver(desk, topic, &envelope, now_ms);
}

static inline void say_cancelled(struct desk *desk, const char *topic,
        const char *order_id, uint64_t now_ms)
{
    Dw__OrderCancelled body = DW__ORDER_CANCELLED__INIT;
    uint8_t id[DEVICE_ID_BYTES];
    Dw__Envelope envelope =
            desk_envelope(desk, id, DW__ENVELOPE__BODY_ORDER_CANCELLED);

    body.order_id = (char *)order_id;
    envelope.order_cancelled = &body;
    desk_deliver(desk, topic, &envelope, now_ms);
}

#endif
