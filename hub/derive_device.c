/* What devices are told of themselves: how to behave, and whose pager it is. */
#include "hub/derive_parts.h"

#include <assert.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"

/* --- how to behave --- */

/* The same again has the same number: only a device that counts further than we
 * do, or another offset of the clock, wants a new one. */
Dw__DeviceConfigured *derive_config_of(
        const struct state *state, const Dw__Device *device)
{
    const Dw__DeviceConfigured *known = device->config;
    Dw__DeviceConfigured *again;
    bool is_as_it_was;

    if (!known)
        return NULL;
    is_as_it_was = known->utc_offset_min == state->utc_offset_min &&
                   device->config_rev <= known->rev;
    if (is_as_it_was && device->config_rev == known->rev)
        return NULL;
    again = (void *)body_copy(&known->base);
    assert(again);
    if (is_as_it_was)
        return again;
    if (device->config_rev > again->rev)
        again->rev = device->config_rev;
    again->rev++;
    again->utc_offset_min = state->utc_offset_min;
    again->has_utc_offset_min = 1;
    return again;
}

static const Dw__Device *who_came(state_t *state, evt_t *evt)
{
    return shelf_find(&state->devices, body_text(evt->body, "device_id"));
}

/* A device came up that does not behave so yet. */
void derive_configured(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__Device *device = who_came(state, evt);
    Dw__DeviceConfigured *again =
            device ? derive_config_of(state, device) : NULL;

    if (again)
        emit(context, row->then, &again->base);
}

/* --- whose pager it is --- */

/* It may not have heard so: a message has its end, and a store its losses. */
void derive_assigned(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Device *device = who_came(state, evt);
    ProtobufCMessage *again;

    if (!device || !device->assigned)
        return;
    again = body_copy(&device->assigned->base);
    assert(again);
    emit(context, row->then, again);
}

static void emit_assigned(const Dw__Device *device, const Dw__TableRef *table,
        derive_emit *emit, void *context)
{
    Dw__DeviceAssigned *assigned = derive_new_body(EVT_DEVICE_ASSIGNED);

    body_set_string(&assigned->device_id, device->id);
    if (table)
        assigned->table = (void *)body_copy(&table->base);
    emit(context, EVT_DEVICE_ASSIGNED, &assigned->base);
}

/* The order is over: the pager is free for the next one. */
void derive_returned(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    const Dw__Order *order = derive_order(state, evt);

    (void)row;
    for (; entry && order; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (device->assigned && state_is_assigned(device, order->id, NULL))
            emit_assigned(device, NULL, emit, context);
    }
}

static bool is_at(const Dw__Device *device, const char *table)
{
    const char *at = body_text(&device->base, "assigned.table.id");

    return at && table && strcmp(at, table) == 0;
}

/* Its guests have left, or paid: who has a pager for an order keeps it until
 * that is over, unless the table is empty for sure. */
void derive_returned_at(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    const char *table = body_text(evt->body, "table.id");

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (is_at(device, table) && (evt->what == EVT_TABLE_FORCE_RESET ||
                                            !device->assigned->order_id))
            emit_assigned(device, NULL, emit, context);
    }
}

/* Guests take their pager with them. That of an order goes where that is. */
void derive_moved(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    const Dw__TableMoved *moved = (const void *)evt->body;

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (is_at(device, moved->table->id) && !device->assigned->order_id)
            emit_assigned(device, moved->to_table, emit, context);
    }
}
