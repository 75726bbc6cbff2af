/* Orders and the kitchen: the other words for what happened, the whole order,
 * figures. */
#include "hub/derive_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/floor.pb-c.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"

/* --- what a back end says with the whole order --- */

static void add_item(Dw__OrderItemsAdded *added, const Dw__Item *item)
{
    Dw__Item **items =
            realloc(added->items, (added->n_items + 1) * sizeof(*items));

    assert(items);
    added->items = items;
    items[added->n_items] = (void *)body_copy(&item->base);
    assert(items[added->n_items]);
    added->n_items++;
}

/* Items that the order does not have: the event did not add them, because
 * they are printed and told on their own. */
void derive_new_items(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *said =
            ((const Dw__OrderUpdated *)(const void *)evt->body)->order;
    const Dw__Order *order = derive_order(state, evt);
    Dw__OrderItemsAdded *added;

    if (!order)
        return;
    added = derive_new_body(row->then);
    for (size_t i = 0; i < said->n_items; i++)
        if (!state_order_item(order, said->items[i]->id))
            add_item(added, said->items[i]);
    if (added->n_items == 0) {
        body_free(&added->base);
        return;
    }
    body_set_string(&added->order_id, order->id);
    if (said->totals)
        body_complete_part(&added->base, "totals", &said->totals->base);
    emit(context, row->then, &added->base);
}

void derive_new_status(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__Order *said =
            ((const Dw__OrderUpdated *)(const void *)evt->body)->order;
    const Dw__Order *order = derive_order(state, evt);
    Dw__OrderStatusChanged *changed;

    if (!order || !state_order_may_become(order->status, said->status))
        return;
    changed = derive_new_body(row->then);
    body_set_string(&changed->order_id, order->id);
    changed->status = said->status;
    changed->has_status = 1;
    emit(context, row->then, &changed->base);
}

/* --- the same, in another word; validate fills it in --- */

static void say_again(row_t *row, evt_t *evt, derive_emit *emit, void *context)
{
    ProtobufCMessage *body = derive_new_body(row->then);

    body_complete_text(body, "order_id", body_text(evt->body, "order_id"));
    body_complete_text(body, "reason", body_text(evt->body, "reason"));
    emit(context, row->then, body);
}

/* A recalled order is not begun anew: only a step up has its word. */
void derive_word(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);

    if (order && state_order_was(state, order) < order->status)
        say_again(row, evt, emit, context);
}

void derive_cancelled(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    (void)state;
    say_again(row, evt, emit, context);
}

void derive_status(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    Dw__OrderStatusChanged *changed;

    if (!order)
        return;
    changed = derive_new_body(row->then);
    body_set_string(&changed->order_id, order->id);
    changed->status = order->status;
    changed->previous = state_order_was(state, order);
    changed->version = order->version;
    changed->has_status = changed->has_previous = changed->has_version = 1;
    emit(context, row->then, &changed->base);
}

/* --- stations --- */

static bool names(Dw__Item **items, size_t count, const char *station)
{
    for (size_t i = 0; i < count; i++)
        if (items[i]->station && strcmp(items[i]->station, station) == 0)
            return true;
    return false;
}

/* Each station that the new items name and that had nothing of the order. */
void derive_stations(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    size_t first = 0;

    if (order && evt->what == EVT_ORDER_ITEMS_ADDED) {
        size_t added =
                ((const Dw__OrderItemsAdded *)(const void *)evt->body)->n_items;

        first = order->n_items > added ? order->n_items - added : 0;
    }
    for (size_t i = first; order && i < order->n_items; i++) {
        const char *station = order->items[i]->station;
        Dw__KitchenStationAssigned *assigned;

        if (!station || names(order->items, i, station))
            continue;
        assigned = derive_new_body(row->then);
        body_set_string(&assigned->order_id, order->id);
        assigned->station = (void *)body_new(&dw__station__descriptor);
        assert(assigned->station);
        body_set_string(&assigned->station->id, station);
        emit(context, row->then, &assigned->base);
    }
}

/* --- the whole order, and all of them --- */

void derive_emit_updated(
        const Dw__Order *order, derive_emit *emit, void *context)
{
    Dw__OrderUpdated *updated = derive_new_body(EVT_ORDER_UPDATED);

    updated->order = (void *)body_copy(&order->base);
    updated->metadata = (void *)body_new(&dw__metadata__descriptor);
    assert(updated->order && updated->metadata);
    updated->metadata->version = order->version;
    updated->metadata->updated_at_ms = order->updated_at_ms;
    emit(context, EVT_ORDER_UPDATED, &updated->base);
}

void derive_updated(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);

    (void)row;
    if (order)
        derive_emit_updated(order, emit, context);
}

void derive_stats(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    Dw__KitchenStats *stats = derive_new_body(row->then);

    (void)evt;
    state_stats(state, stats);
    emit(context, row->then, &stats->base);
}

void derive_summary(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    Dw__OrderSummaryUpdated *updated = derive_new_body(row->then);

    (void)evt;
    updated->summary = state_summary(state);
    updated->metadata = (void *)body_new(&dw__metadata__descriptor);
    assert(updated->metadata);
    state_orders_metadata(state, updated->metadata);
    emit(context, row->then, &updated->base);
}

/* --- people --- */

/* For a house whose waiters are told of each order, if it wants that. */
void derive_order_alert(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    Dw__AlertCreated *created;
    char message[120];

    if (!order || !state->alerts_new_orders)
        return;
    created = derive_new_body(row->then);
    created->alert = (void *)body_new(&dw__alert__descriptor);
    assert(created->alert);
    snprintf(message, sizeof(message), "New order %s",
            order->number ? order->number : order->id);
    body_set_string(&created->alert->type, "pedido_entrante");
    body_set_string(&created->alert->message, message);
    if (order->table)
        created->alert->table = (void *)body_copy(&order->table->base);
    emit(context, row->then, &created->base);
}
