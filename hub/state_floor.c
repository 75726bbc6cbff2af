#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

#define COUNT_MAX 1000000 /* as fields.def allows: more cannot be told */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* --- tables --- */

static void count_change(struct state *state, const struct evt *evt)
{
    state->tables_version++;
    state->tables_updated_at_ms = evt->ts_ms;
}

const Dw__Table *state_table_numbered(
        const struct state *state, uint32_t number)
{
    const struct shelf_entry *entry = shelf_first(&state->tables);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Table *table = shelf_message(entry);

        if (table->has_number && table->number == number)
            return table;
    }
    return NULL;
}

static void drop_word(Dw__Table *table)
{
    free(table->status_word);
    table->status_word = NULL;
}

Dw__Table *state_table_with(const struct state *state, const Dw__Table *said)
{
    const Dw__Table *known = shelf_find(&state->tables, said->id);
    Dw__Table *table = (void *)body_copy(known ? &known->base : &said->base);

    assert(table);
    if (!known)
        return table;
    if (said->has_status)
        drop_word(table); /* stood for a status until now */
    body_merge(&table->base, &said->base);
    return table;
}

static void merge_table(struct state *state, const Dw__Table *said)
{
    shelf_put(&state->tables, said->id, &state_table_with(state, said)->base);
}

/* What the hub derived says nothing new. */
void state_table_updated(struct state *state, const struct evt *evt)
{
    const Dw__TableUpdated *updated = (const void *)evt->body;

    if (!ulid_is_none(&evt->cause))
        return;
    merge_table(state, updated->table);
    count_change(state, evt);
}

void state_layout_updated(struct state *state, const struct evt *evt)
{
    const Dw__TableLayoutUpdated *updated = (const void *)evt->body;

    if (state->layout)
        body_free(&state->layout->base);
    state->layout = (void *)body_copy(&updated->layout->base);
    assert(state->layout);
    for (size_t i = 0; i < updated->n_tables; i++)
        merge_table(state, updated->tables[i]);
    count_change(state, evt);
}

/* A table is known from when it is first spoken of. */
static Dw__Table *name_table(struct state *state, const Dw__TableRef *ref)
{
    Dw__Table *table = shelf_find(&state->tables, ref->id);

    if (!table) {
        table = (void *)body_new(&dw__table__descriptor);
        assert(table);
        body_set_string(&table->id, ref->id);
        shelf_put(&state->tables, ref->id, &table->base);
    }
    if (!table->has_number && ref->has_number) {
        table->number = ref->number;
        table->has_number = 1;
    }
    return table;
}

static void set_status(Dw__Table *table, Dw__TableStatus status)
{
    table->status = status;
    table->has_status = 1;
    drop_word(table);
}

static Dw__Covers *covers_of(Dw__Table *table, const struct evt *evt)
{
    if (!table->covers) {
        table->covers = (void *)body_new(&dw__covers__descriptor);
        assert(table->covers);
    }
    table->covers->last_updated_at_ms = evt->ts_ms;
    table->covers->has_last_updated_at_ms = 1;
    return table->covers;
}

static uint32_t count_on(uint32_t known, uint32_t more)
{
    return known + more < COUNT_MAX ? known + more : COUNT_MAX;
}

static void start_sitting(Dw__Table *table, const struct evt *evt)
{
    Dw__Covers *covers = covers_of(table, evt);

    covers->sessions = count_on(covers->sessions, 1);
    covers->has_sessions = 1;
    covers->last_session_at_ms = evt->ts_ms;
    covers->has_last_session_at_ms = 1;
}

static void empty_covers(Dw__Table *table, const struct evt *evt)
{
    Dw__Covers *covers = covers_of(table, evt);

    covers->current = covers->sessions = 0;
    covers->has_current = covers->has_sessions = 1;
}

void state_table_step(struct state *state, const struct evt *evt)
{
    static const Dw__TableStatus becomes[EVT_COUNT] = {
        [EVT_TABLE_ACTIVATED] = DW__TABLE_STATUS__TABLE_STATUS_OCCUPIED,
        [EVT_TABLE_CHECKOUT_STARTED] =
                DW__TABLE_STATUS__TABLE_STATUS_BILL_REQUESTED,
        [EVT_TABLE_CHECKOUT_COMPLETED] = DW__TABLE_STATUS__TABLE_STATUS_PAID,
        [EVT_TABLE_FORCE_RESET] = DW__TABLE_STATUS__TABLE_STATUS_FREE,
    };
    const Dw__TableStep *step = (const void *)evt->body;
    Dw__Table *table = name_table(state, step->table);

    set_status(table, becomes[evt->what]);
    if (evt->what == EVT_TABLE_ACTIVATED) {
        start_sitting(table, evt);
        state_begin_sitting(state, step->table->id, evt);
    }
    if (evt->what == EVT_TABLE_FORCE_RESET)
        empty_covers(table, evt);
    if (evt->what == EVT_TABLE_CHECKOUT_COMPLETED ||
            evt->what == EVT_TABLE_FORCE_RESET)
        state_end_sitting(state, step->table->id, true, evt);
    count_change(state, evt);
}

/* --- moving --- */

struct move {
    const char *from;
    const Dw__TableRef *to;
    bool any; /* has something been moved? */
};

static enum err move_ref(void *context, const struct body_part *part)
{
    struct move *move = context;

    if (!same_text(body_text(*part->at, "id"), move->from))
        return ERR_OK;
    body_free(*part->at);
    *part->at = body_copy(&move->to->base);
    assert(*part->at);
    move->any = true;
    return ERR_OK;
}

/* Does the message stand at the table? Then it moves. */
static bool move_message(ProtobufCMessage *message, const Dw__TableMoved *moved)
{
    struct move move = { moved->table->id, moved->to_table, false };

    body_each_part(message, &dw__table_ref__descriptor, move_ref, &move);
    return move.any;
}

static void move_shelf(struct shelf *shelf, const Dw__TableMoved *moved)
{
    struct shelf_entry *entry = shelf_first(shelf);

    for (; entry; entry = shelf_next(entry))
        move_message(shelf_message(entry), moved);
}

static void move_orders(
        struct state *state, const Dw__TableMoved *moved, const struct evt *evt)
{
    struct shelf_entry *entry = shelf_first(&state->orders);

    for (; entry; entry = shelf_next(entry)) {
        Dw__Order *order = shelf_message(entry);

        if (move_message(&order->base, moved))
            state_touch_order(state, order, evt);
    }
}

static bool is_free(const Dw__Table *table)
{
    return !table->status_word &&
           (!table->has_status ||
                   table->status == DW__TABLE_STATUS__TABLE_STATUS_FREE);
}

/* Whoever sat at the one sits at the other. */
static void move_guests(Dw__Table *from, Dw__Table *to, const struct evt *evt)
{
    if (is_free(to) && !is_free(from)) {
        set_status(to, from->status);
        to->has_status = from->has_status;
        if (from->status_word)
            body_set_string(&to->status_word, from->status_word);
    }
    if (from->covers) {
        Dw__Covers *covers = covers_of(to, evt);

        covers->current = count_on(covers->current, from->covers->current);
        covers->sessions = count_on(covers->sessions, from->covers->sessions);
        covers->has_current = covers->has_sessions = 1;
        empty_covers(from, evt);
    }
    set_status(from, DW__TABLE_STATUS__TABLE_STATUS_FREE);
}

void state_table_moved(struct state *state, const struct evt *evt)
{
    const Dw__TableMoved *moved = (const void *)evt->body;
    Dw__Table *from, *to;

    name_table(state, moved->table);
    to = name_table(state, moved->to_table);
    /* On a full shelf the second may have taken the place of the first. */
    from = shelf_find(&state->tables, moved->table->id);
    if (from && from != to)
        move_guests(from, to, evt);
    move_orders(state, moved, evt);
    move_shelf(&state->calls, moved);
    move_shelf(&state->alerts, moved);
    move_shelf(&state->pages, moved);
    state_end_sitting(state, moved->table->id, false, evt);
    count_change(state, evt);
}

void state_tables_metadata(const struct state *state,
        Dw__TablesMetadata *metadata, Dw__CoverTotals *totals)
{
    const struct shelf_entry *entry = shelf_first(&state->tables);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Covers *covers =
                ((const Dw__Table *)shelf_message(entry))->covers;

        if (!covers)
            continue;
        totals->current += covers->current;
        totals->total += covers->total;
        totals->sessions += covers->sessions;
    }
    metadata->version = state->tables_version;
    metadata->updated_at_ms = state->tables_updated_at_ms;
    metadata->cover_totals = totals;
}

/* --- calls --- */

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

const Dw__ServiceCall *state_any_call(
        const struct state *state, const char *table)
{
    const struct shelf_entry *entry = shelf_first(&state->calls);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__ServiceCall *call = shelf_message(entry);

        if (strcmp(call->table->id, table) == 0)
            return call;
    }
    return NULL;
}

void state_call_created(struct state *state, const struct evt *evt)
{
    const Dw__ServiceCallCreated *created = (const void *)evt->body;

    shelf_drop(&state->doors.calls, created->call->id);
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

    shelf_drop(&state->doors.alerts, created->alert->id);
    shelf_put(&state->alerts, created->alert->id,
            body_copy(&created->alert->base));
}

/* The whole alert stands in it; that it is acknowledged has an event of its
 * own, which follows. What the hub derived ends it. */
void state_alert_updated(struct state *state, const struct evt *evt)
{
    const Dw__AlertUpdated *updated = (const void *)evt->body;
    Dw__Alert *alert;

    if (!updated->alert || !shelf_find(&state->alerts, updated->alert_id))
        return;
    if (!ulid_is_none(&evt->cause)) {
        shelf_drop(&state->alerts, updated->alert_id);
        return;
    }
    alert = (void *)body_copy(&updated->alert->base);
    assert(alert);
    alert->acknowledged = 0;
    alert->has_acknowledged = 1;
    shelf_put(&state->alerts, updated->alert_id, &alert->base);
}

void state_alert_acknowledged(struct state *state, const struct evt *evt)
{
    const Dw__AlertAcknowledged *acknowledged = (const void *)evt->body;

    shelf_drop(&state->alerts, acknowledged->alert_id);
}
