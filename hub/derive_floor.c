/* The floor: pages, calls, alerts, tables; and what is not on the menu. */
#include "hub/derive_parts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/utf8.h"
#include "hub/evt/body.h"
#include "hub/state.h"

#define ORDERS_MOVED 20 /* told of one by one when guests move */
#define NUMBER_SHOWN                                                           \
    12 /* bytes of an order's number that a page has room for */

/* --- pages --- */

/* A number that nobody would read out is left out. */
static void print_page(const Dw__Order *order, char *text, size_t size)
{
    const char *number = order->number ? order->number : order->id;

    if (strlen(number) <= NUMBER_SHOWN)
        snprintf(text, size, "Order %s is ready", number);
    else
        snprintf(text, size, "Your order is ready");
}

/* Each time that an order becomes ready is a page of its own: whoever has
 * answered the one before a recall is told anew. */
static Dw__PageSent *new_page(const Dw__Order *order)
{
    Dw__PageSent *page = derive_new_body(EVT_PAGE_SENT);
    char text[80], id[SHELF_ID_CHARS + 1];

    snprintf(id, sizeof(id), "%s-ready-%u", order->id, order->version);
    print_page(order, text, sizeof(text));
    body_set_string(&page->page_id, id);
    body_set_string(&page->text, text);
    body_set_string(&page->order_id, order->id);
    if (order->table)
        page->table = (void *)body_copy(&order->table->base);
    page->priority = order->priority;
    page->has_priority = order->has_priority;
    return page;
}

/* One for the pagers of its table, and one for each that was handed out. */
void derive_page(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    const Dw__Order *order = derive_order(state, evt);

    if (!order)
        return;
    if (order->table)
        emit(context, row->then, &new_page(order)->base);
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);
        char id[SHELF_ID_CHARS + 1];
        Dw__PageSent *page;

        if (!state_is_assigned(device, order->id, order->table))
            continue;
        page = new_page(order);
        snprintf(id, sizeof(id), "%s-ready-%u-%s", order->id, order->version,
                device->id);
        body_set_string(&page->page_id, id);
        body_set_string(&page->device_id, device->id);
        emit(context, row->then, &page->base);
    }
}

/* A pager came up: of the pages for it that nobody has acknowledged yet the
 * newest; what it says of the older ones is out of date. It knows by the page's
 * id what it has shown already. */
void derive_pages(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const Dw__Device *device = shelf_find(&state->devices, online->device_id);
    int64_t ttl_ms = evt_kinds[row->then].ttl_s * 1000ll;
    const Dw__Page *page = device ? state_newest_page(state, device) : NULL;
    ProtobufCMessage *again;

    if (!page || evt->ts_ms - page->sent_at_ms > ttl_ms)
        return;
    again = body_copy(&page->sent->base);
    assert(again);
    emit(context, row->then, again);
}

static void emit_cleared(const Dw__Page *page, const char *reason,
        derive_emit *emit, void *context)
{
    Dw__PageStep *step = derive_new_body(EVT_PAGE_CLEARED);

    body_set_string(&step->page_id, page->sent->page_id);
    if (page->sent->order_id)
        body_set_string(&step->order_id, page->sent->order_id);
    if (page->sent->table)
        step->table = (void *)body_copy(&page->sent->table->base);
    if (page->sent->device_id)
        body_set_string(&step->device_id, page->sent->device_id);
    body_set_string(&step->reason, reason);
    emit(context, EVT_PAGE_CLEARED, &step->base);
}

/* The picture has let go of them; pagers have not yet. */
void derive_cleared(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const struct shelf_entry *entry = shelf_first(&state->cleared);

    (void)row;
    for (; entry; entry = shelf_next(entry))
        emit_cleared(
                shelf_message(entry), evt_kinds[evt->what].name, emit, context);
}

/* The page that was answered is over wherever its table is heard. A pager that
 * was handed out hears what is said to it alone; and the order's other pages
 * are over, too. */
void derive_answered(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PageAcked *acked = (const void *)evt->body;
    const struct shelf_entry *entry = shelf_first(&state->cleared);

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);
        const char *device = page->sent->device_id;

        if (strcmp(page->sent->page_id, acked->page_id) == 0 &&
                (!device || (acked->device_id &&
                                    strcmp(device, acked->device_id) == 0)))
            continue;
        emit_cleared(page, evt_kinds[evt->what].name, emit, context);
    }
}

/* --- calls and alerts --- */

/* As many bytes of the text as are whole characters and fit. */
static int whole_chars(const char *text, size_t most)
{
    size_t len = 0, size;

    while ((size = utf8_char(text + len, strlen(text + len))) > 0 &&
            len + size <= most)
        len += size;
    return (int)len;
}

/* A second press raises the call's count and no second alert. */
void derive_alert(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__ServiceCall *call =
            ((const Dw__ServiceCallCreated *)(const void *)evt->body)->call;
    const char *reason = call->reason ? call->reason : "";
    Dw__AlertCreated *created;
    char message[200];

    if (state_alert_of_call(state, call->id))
        return;
    created = derive_new_body(row->then);
    created->alert = (void *)body_new(&dw__alert__descriptor);
    assert(created->alert);
    snprintf(message, sizeof(message), "Table %s calls%s%.*s", call->table->id,
            reason[0] ? ": " : "", whole_chars(reason, 120), reason);
    body_set_string(&created->alert->type, ALERT_OF_CALL);
    body_set_string(&created->alert->message, message);
    body_set_string(&created->alert->call_id, call->id);
    created->alert->table = (void *)body_copy(&call->table->base);
    emit(context, row->then, &created->base);
}

/* Which call it is stands in the alert: one that is open, or a new one. */
void derive_call(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Alert *alert =
            ((const Dw__AlertCreated *)(const void *)evt->body)->alert;
    Dw__ServiceCallCreated *created;

    (void)state;
    if (strcmp(alert->type, ALERT_OF_CALL) != 0 || !alert->table)
        return;
    created = derive_new_body(row->then);
    created->call = (void *)body_new(&dw__service_call__descriptor);
    assert(created->call);
    body_set_string(&created->call->id, alert->call_id);
    created->call->table = (void *)body_copy(&alert->table->base);
    emit(context, row->then, &created->base);
}

static bool is_about_call(const Dw__Alert *alert, const char *call_id)
{
    return alert->call_id && call_id && strcmp(alert->call_id, call_id) == 0;
}

static void emit_acknowledged(
        const char *alert_id, derive_emit *emit, void *context)
{
    Dw__AlertAcknowledged *acknowledged =
            derive_new_body(EVT_ALERT_ACKNOWLEDGED);

    body_set_string(&acknowledged->alert_id, alert_id);
    emit(context, EVT_ALERT_ACKNOWLEDGED, &acknowledged->base);
}

/* Each press of an alert is one of its own, and all are about one call. */
void derive_acknowledged(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *call_id = body_text(evt->body, "call.id");
    const struct shelf_entry *entry = shelf_first(&state->alerts);

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Alert *alert = shelf_message(entry);

        if (is_about_call(alert, call_id))
            emit_acknowledged(alert->id, emit, context);
    }
}

/* The call's other alerts end with the one that was acknowledged. They are told
 * of as updated, because no kind follows from itself. */
void derive_alerts_closed(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *call_id = body_text(evt->body, "call_id");
    const struct shelf_entry *entry = shelf_first(&state->alerts);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Alert *alert = shelf_message(entry);
        Dw__AlertUpdated *updated;

        if (!is_about_call(alert, call_id))
            continue;
        updated = derive_new_body(row->then);
        body_set_string(&updated->alert_id, alert->id);
        updated->acknowledged = updated->has_acknowledged = 1;
        emit(context, row->then, &updated->base);
    }
}

void derive_handled(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const char *call_id = body_text(evt->body, "call_id");
    const Dw__ServiceCall *call =
            call_id ? shelf_find(&state->calls, call_id) : NULL;
    Dw__ServiceCallHandled *handled;

    if (!call)
        return;
    handled = derive_new_body(row->then);
    handled->call = (void *)body_copy(&call->base);
    assert(handled->call);
    emit(context, row->then, &handled->base);
}

/* An update may say it, too. */
void derive_acknowledged_too(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__AlertUpdated *updated = (const void *)evt->body;

    (void)row;
    (void)state;
    if (updated->acknowledged)
        emit_acknowledged(updated->alert_id, emit, context);
}

/* --- tables --- */

static void emit_table(
        state_t *state, const char *id, derive_emit *emit, void *context)
{
    const Dw__Table *table = shelf_find(&state->tables, id);
    Dw__TableUpdated *updated;

    if (!table)
        return;
    updated = derive_new_body(EVT_TABLE_UPDATED);
    updated->table = (void *)body_copy(&table->base);
    updated->metadata = (void *)body_new(&dw__metadata__descriptor);
    assert(updated->table && updated->metadata);
    updated->metadata->version = state->tables_version;
    updated->metadata->updated_at_ms = state->tables_updated_at_ms;
    emit(context, EVT_TABLE_UPDATED, &updated->base);
}

void derive_table(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    (void)row;
    emit_table(state, body_text(evt->body, "table.id"), emit, context);
}

void derive_both_tables(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    (void)row;
    emit_table(state, body_text(evt->body, "table.id"), emit, context);
    emit_table(state, body_text(evt->body, "to_table.id"), emit, context);
}

static bool is_at(const Dw__TableRef *table, const char *id)
{
    return table && strcmp(table->id, id) == 0;
}

void derive_orders_there(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *id = body_text(evt->body, "to_table.id");
    const struct shelf_entry *entry = shelf_first(&state->orders);
    int left = ORDERS_MOVED;

    (void)row;
    for (; entry && left > 0; entry = shelf_next(entry)) {
        const Dw__Order *order = shelf_message(entry);

        if (!is_at(order->table, id))
            continue;
        derive_emit_updated(order, emit, context);
        left--;
    }
}

void derive_calls_ended(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *id = body_text(evt->body, "table.id");
    const struct shelf_entry *entry = shelf_first(&state->calls);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__ServiceCall *call = shelf_message(entry);
        Dw__ServiceCallHandled *handled;

        if (!is_at(call->table, id))
            continue;
        handled = derive_new_body(row->then);
        handled->call = (void *)body_copy(&call->base);
        assert(handled->call);
        emit(context, row->then, &handled->base);
    }
}

void derive_alerts_ended(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *id = body_text(evt->body, "table.id");
    const struct shelf_entry *entry = shelf_first(&state->alerts);

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Alert *alert = shelf_message(entry);

        if (is_at(alert->table, id))
            emit_acknowledged(alert->id, emit, context);
    }
}

void derive_pages_ended(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *id = body_text(evt->body, "table.id");
    const struct shelf_entry *entry = shelf_first(&state->pages);

    (void)row;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);

        if (is_at(page->sent->table, id))
            emit_cleared(page, evt_kinds[evt->what].name, emit, context);
    }
}

/* --- the menu --- */

/* The picture has it as it was until this event is applied. */
void derive_availability(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__MenuItem *said = (const void *)evt->body;
    Dw__ItemAvailabilityChanged *changed;

    if (!said->has_available ||
            state_is_available(state, said->id) == (bool)said->available)
        return;
    changed = derive_new_body(row->then);
    body_set_string(&changed->id, said->id);
    if (said->name)
        body_set_string(&changed->name, said->name);
    changed->available = said->available;
    emit(context, row->then, &changed->base);
}
