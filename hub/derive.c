#include "hub/derive.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/utf8.h"
#include "hub/derive_parts.h"
#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/order.pb-c.h"

void *derive_new_body(enum evt_id what)
{
    ProtobufCMessage *body = body_new(evt_kinds[what].body);

    assert(body);
    return body;
}

const Dw__Order *derive_order(state_t *state, evt_t *evt)
{
    const char *id = about_order(evt->body);

    return id ? state_order(state, id) : NULL;
}

/* --- orders --- */

/* The same order, another word for what happened; validate fills it in. */
static void make_step(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    ProtobufCMessage *body = derive_new_body(row->then);

    (void)state;
    body_complete_text(body, "order_id", body_text(evt->body, "order_id"));
    body_complete_text(body, "reason", body_text(evt->body, "reason"));
    emit(context, row->then, body);
}

static void make_status(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    Dw__OrderStatusChanged *changed;

    if (!order)
        return;
    changed = derive_new_body(row->then);
    body_set_string(&changed->order_id, order->id);
    changed->status = order->status;
    changed->version = order->version;
    changed->has_version = 1;
    emit(context, row->then, &changed->base);
}

static void make_updated(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    Dw__OrderUpdated *updated;

    if (!order)
        return;
    updated = derive_new_body(row->then);
    updated->order = (void *)body_copy(&order->base);
    updated->metadata = (void *)body_new(&dw__metadata__descriptor);
    assert(updated->order && updated->metadata);
    updated->metadata->version = order->version;
    updated->metadata->updated_at_ms = order->updated_at_ms;
    emit(context, row->then, &updated->base);
}

static void make_stats(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    Dw__KitchenStats *stats = derive_new_body(row->then);

    (void)evt;
    state_stats(state, stats);
    emit(context, row->then, &stats->base);
}

/* --- pages, calls, alerts --- */

static void make_page(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);
    char text[80], id[SHELF_ID_CHARS + 1];
    Dw__PageSent *page;

    if (!order || !order->table)
        return;
    page = derive_new_body(row->then);
    snprintf(id, sizeof(id), "%s-ready", order->id);
    snprintf(text, sizeof(text), "Order %s is ready",
            order->number ? order->number : order->id);
    body_set_string(&page->page_id, id);
    body_set_string(&page->text, text);
    body_set_string(&page->order_id, order->id);
    page->table = (void *)body_copy(&order->table->base);
    page->priority = order->priority;
    page->has_priority = order->has_priority;
    emit(context, row->then, &page->base);
}

/* A pager came up: its table's pages that nobody has acknowledged yet. It
 * knows by the page's id what it has shown already. */
static void make_pages(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const struct shelf_entry *entry = shelf_first(&state->pages);
    int64_t ttl_ms = evt_kinds[row->then].ttl_s * 1000ll;

    if (strcmp(online->kind, "pager") != 0 || !online->table)
        return;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);
        ProtobufCMessage *again;

        if (strcmp(page->sent->table->id, online->table->id) != 0 ||
                evt->ts_ms - page->sent_at_ms > ttl_ms)
            continue;
        again = body_copy(&page->sent->base);
        assert(again);
        emit(context, row->then, again);
    }
}

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
static void make_alert(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
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
    body_set_string(&created->alert->type, "llamar_mozo");
    body_set_string(&created->alert->message, message);
    body_set_string(&created->alert->call_id, call->id);
    created->alert->table = (void *)body_copy(&call->table->base);
    emit(context, row->then, &created->base);
}

static void make_acknowledged(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
{
    const char *call_id = body_text(evt->body, "call.id");
    const Dw__Alert *alert =
            call_id ? state_alert_of_call(state, call_id) : NULL;
    Dw__AlertAcknowledged *acknowledged;

    if (!alert)
        return;
    acknowledged = derive_new_body(row->then);
    body_set_string(&acknowledged->alert_id, alert->id);
    emit(context, row->then, &acknowledged->base);
}

static void make_handled(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context)
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

/* --- the table --- */

#define IS(status) DW__ORDER_STATUS__ORDER_STATUS_##status

const struct derive_row derive_rows[] = {
    /* A status that was stated is told in the word of its own, too. */
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(CONFIRMED), EVT_ORDER_CONFIRMED, 0,
            make_step },
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(ACKNOWLEDGED),
            EVT_KITCHEN_ACKNOWLEDGED, 0, make_step },
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(PREPARING), EVT_KITCHEN_PREPARING, 0,
            make_step },
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(READY), EVT_KITCHEN_READY, 0,
            make_step },
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(SERVED), EVT_ORDER_SERVED, 0,
            make_step },
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(COMPLETED), EVT_ORDER_COMPLETED, 0,
            make_step },
    { EVT_ORDER_STATUS_CHANGED, GIVEN, IS(CANCELLED), EVT_ORDER_CANCELLED, 0,
            make_step },
    { EVT_KITCHEN_CANCEL_ACCEPTED, GIVEN, 0, EVT_ORDER_CANCELLED, 0,
            make_step },

    /* And the other way round. */
    { EVT_ORDER_CONFIRMED, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0, make_status },
    { EVT_KITCHEN_ACKNOWLEDGED, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0,
            make_status },
    { EVT_KITCHEN_PREPARING, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0,
            make_status },
    { EVT_KITCHEN_READY, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0, make_status },
    { EVT_ORDER_SERVED, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0, make_status },
    { EVT_ORDER_COMPLETED, GIVEN, 0, EVT_ORDER_STATUS_CHANGED, 0, make_status },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_ORDER_STATUS_CHANGED, 0, make_status },

    /* The whole order after each change of it. */
    { EVT_ORDER_STATUS_CHANGED, ANY, 0, EVT_ORDER_UPDATED, 0, make_updated },
    { EVT_ORDER_ITEMS_ADDED, ANY, 0, EVT_ORDER_UPDATED, 0, make_updated },
    { EVT_ORDER_CANCEL_REQUESTED, ANY, 0, EVT_ORDER_UPDATED, 0, make_updated },
    { EVT_KITCHEN_CANCEL_REJECTED, ANY, 0, EVT_ORDER_UPDATED, 0, make_updated },

    /* Paper. */
    { EVT_ORDER_CREATED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_ticket },
    { EVT_ORDER_ITEMS_ADDED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_add_on },
    { EVT_ORDER_CANCELLED, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_void },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PRINT_REQUESTED, 0, derive_offers },

    /* People. */
    { EVT_KITCHEN_READY, ANY, 0, EVT_PAGE_SENT, 0, make_page },
    { EVT_DEVICE_ONLINE, ANY, 0, EVT_PAGE_SENT, 0, make_pages },
    { EVT_SERVICE_CALL_CREATED, ANY, 0, EVT_ALERT_CREATED, 0, make_alert },
    { EVT_SERVICE_CALL_HANDLED, GIVEN, 0, EVT_ALERT_ACKNOWLEDGED, 0,
            make_acknowledged },
    { EVT_ALERT_ACKNOWLEDGED, GIVEN, 0, EVT_SERVICE_CALL_HANDLED, 0,
            make_handled },

    /* Figures, once the kitchen has calmed down for a moment. */
    { EVT_ORDER_CREATED, ANY, 0, EVT_KITCHEN_STATS, 500, make_stats },
    { EVT_ORDER_STATUS_CHANGED, ANY, 0, EVT_KITCHEN_STATS, 500, make_stats },
};

const uint32_t derive_row_count = sizeof(derive_rows) / sizeof(derive_rows[0]);

bool derive_applies(const struct derive_row *row, const struct evt *evt)
{
    enum origin origin = ulid_is_none(&evt->cause) ? GIVEN : DERIVED;

    if (row->when != evt->what || !(row->of & origin))
        return false;
    return row->status == DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED ||
           ((const Dw__OrderStatusChanged *)(const void *)evt->body)->status ==
                   row->status;
}
