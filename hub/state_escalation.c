/* What nobody has noticed yet, and rooms where somebody should be. */
#include "hub/state.h"

#include <assert.h>

#include "hub/evt/body.h"

/* A step higher keeps the moment of the first one. */
void state_escalation_said(struct state *state, const struct evt *evt)
{
    const Dw__EscalationStep *step = (const void *)evt->body;
    const Dw__Escalation *before = shelf_find(&state->escalations, step->id);
    Dw__Escalation *escalation = (void *)body_new(&dw__escalation__descriptor);

    assert(escalation);
    escalation->last = (void *)body_copy(&step->base);
    assert(escalation->last);
    escalation->raised_at_ms = before ? before->raised_at_ms : evt->ts_ms;
    shelf_put(&state->escalations, step->id, &escalation->base);
}

void state_escalation_over(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->escalations, body_text(evt->body, "id"));
}

void state_room_empty(struct state *state, const struct evt *evt)
{
    ProtobufCMessage *copy = body_copy(evt->body);

    assert(copy);
    shelf_put(&state->empty_rooms, body_text(copy, "room"), copy);
}

void state_room_covered(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->empty_rooms, body_text(evt->body, "room"));
}
