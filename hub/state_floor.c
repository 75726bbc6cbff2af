#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

void state_table_updated(struct state *state, const struct evt *evt)
{
    const Dw__TableUpdated *updated = (const void *)evt->body;

    shelf_put(&state->tables, updated->table->id,
            body_copy(&updated->table->base));
}

/* --- calls --- */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

const Dw__ServiceCall *state_open_call(
        const struct state *state, const char *table, const char *reason)
{
    const struct shelf_entry *entry = shelf_first(&state->calls);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__ServiceCall *call = shelf_message(entry);

        if (strcmp(call->table->id, table) == 0 &&
                same_text(call->reason, reason))
            return call;
    }
    return NULL;
}

void state_call_created(struct state *state, const struct evt *evt)
{
    const Dw__ServiceCallCreated *created = (const void *)evt->body;

    shelf_put(
            &state->calls, created->call->id, body_copy(&created->call->base));
}

void state_call_handled(struct state *state, const struct evt *evt)
{
    const Dw__ServiceCallHandled *handled = (const void *)evt->body;

    shelf_drop(&state->calls, handled->call->id);
}

/* --- alerts --- */

const Dw__Alert *state_alert_of_call(
        const struct state *state, const char *call_id)
{
    const struct shelf_entry *entry = shelf_first(&state->alerts);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Alert *alert = shelf_message(entry);

        if (alert->call_id && strcmp(alert->call_id, call_id) == 0)
            return alert;
    }
    return NULL;
}

void state_alert_created(struct state *state, const struct evt *evt)
{
    const Dw__AlertCreated *created = (const void *)evt->body;

    shelf_put(&state->alerts, created->alert->id,
            body_copy(&created->alert->base));
}

void state_alert_acknowledged(struct state *state, const struct evt *evt)
{
    const Dw__AlertAcknowledged *acknowledged = (const void *)evt->body;

    shelf_drop(&state->alerts, acknowledged->alert_id);
}
