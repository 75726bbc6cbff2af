/* What was not given is filled in from the picture. */
#include "hub/validate.h"

#include <stdio.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/order.pb-c.h"

#define OLDEST_MS                                                              \
    (12 * 60 * 60 * 1000ll) /* a creation time may lie so far                  \
                               back; older is a wrong clock */

static void complete_order(Dw__Order *order, int64_t now_ms)
{
    if (!order->has_status)
        order->status = DW__ORDER_STATUS__ORDER_STATUS_PENDING;
    order->has_status = 1;
    if (!order->has_priority)
        order->priority = DW__PRIORITY__PRIORITY_NORMAL;
    order->has_priority = 1;
    body_complete_text(&order->base, "number", order->id);
    body_complete_moment(
            &order->base, "created_at_ms", now_ms - OLDEST_MS, now_ms);
    body_complete_moment(
            &order->base, "updated_at_ms", now_ms - OLDEST_MS, now_ms);
    if (!order->has_version)
        order->version = 1;
    order->has_version = 1;
}

/* What an update does not change, because it has events of its own: so the
 * event shows the same order as the picture will. */
static void complete_updated(Dw__Order *order, const Dw__Order *known)
{
    order->status = known->status;
    order->has_status = 1;
    body_complete_text(&order->base, "cancel_reason", known->cancel_reason);
    if (!order->has_kitchen_completed_at_ms) {
        order->kitchen_completed_at_ms = known->kitchen_completed_at_ms;
        order->has_kitchen_completed_at_ms = known->has_kitchen_completed_at_ms;
    }
}

/* Where something is, the picture knows better than whoever looks at a screen:
 * at another table, guests would be told what is not theirs. */
static void complete_table(ProtobufCMessage *body, const Dw__TableRef *table)
{
    const char *given = body_text(body, "table.id");

    if (table && (!given || strcmp(given, table->id) != 0))
        body_replace_part(body, "table", &table->base);
}

/* What the picture knows of the order that the body names. */
static void complete_from_order(ProtobufCMessage *body, const Dw__Order *order)
{
    complete_table(body, order->table);
    body_complete_text(body, "kitchen_order_id", order->kitchen_order_id);
    body_complete_text(body, "order_number", order->number);
}

/* One open call a table and reason: a second press counts up the first. */
static void complete_call(const struct statement *statement,
        const struct state *state, Dw__ServiceCall *call)
{
    const Dw__ServiceCall *open =
            state_open_call(state, call->table->id, call->reason);
    char id[ID_CHARS + 1];

    snprintf(id, sizeof(id), "call-%llu", (unsigned long long)statement->seq);
    body_set_string(&call->id, open ? open->id : id);
    call->count = open ? open->count + 1 : 1;
    call->has_count = 1;
    call->status = DW__CALL_STATUS__CALL_STATUS_PENDING;
    call->has_status = 1;
    call->created_at_ms = open ? open->created_at_ms : statement->now_ms;
    call->has_created_at_ms = 1;
}

static void complete_alert(const struct statement *statement, Dw__Alert *alert)
{
    char id[ID_CHARS + 1];

    snprintf(id, sizeof(id), "alert-%llu", (unsigned long long)statement->seq);
    body_complete_text(&alert->base, "id", id);
    body_complete_moment(&alert->base, "created_at_ms",
            statement->now_ms - OLDEST_MS, statement->now_ms);
    alert->acknowledged = 0;
    alert->has_acknowledged = 1;
}

/* Handled: whatever was given besides its id, it is this call. */
static void complete_handled(const struct statement *statement,
        const struct state *state, Dw__ServiceCall *call)
{
    const Dw__ServiceCall *open =
            call->id ? shelf_find(&state->calls, call->id)
                     : state_open_call(state, call->table->id, call->reason);

    if (open) {
        body_complete_text(&call->base, "id", open->id);
        complete_table(&call->base, open->table);
        if (open->reason)
            body_set_string(&call->reason, open->reason);
        call->count = open->count;
        call->has_count = 1;
        call->created_at_ms = open->created_at_ms;
        call->has_created_at_ms = 1;
    }
    call->status = DW__CALL_STATUS__CALL_STATUS_HANDLED;
    call->has_status = 1;
    body_complete_moment(&call->base, "handled_at_ms",
            statement->now_ms - OLDEST_MS, statement->now_ms);
}

static void complete_page(const struct statement *statement,
        const struct state *state, ProtobufCMessage *body)
{
    const char *id = body_text(body, "page_id");
    const Dw__Page *page = id ? shelf_find(&state->pages, id) : NULL;

    if (page) {
        body_complete_text(body, "order_id", page->sent->order_id);
        complete_table(body, page->sent->table);
    }
    body_complete_text(body, "device_id",
            statement->from->device[0] ? statement->from->device : NULL);
}

static void complete_job(const struct state *state, ProtobufCMessage *body)
{
    const Dw__PrintJob *job =
            shelf_find(&state->jobs, body_text(body, "job_id"));

    if (job) {
        body_complete_text(body, "order_id", job->request->order->id);
        body_complete_text(body, "printer", job->request->printer);
    }
}

static void complete_device(
        const struct statement *statement, const struct state *state)
{
    ProtobufCMessage *body = statement->body;
    const Dw__Device *device;
    const char *id, *kind;

    if (statement->from->device[0])
        body_complete_text(body, "device_id", statement->from->device);
    id = body_text(body, "device_id");
    device = id ? shelf_find(&state->devices, id) : NULL;
    if (device)
        body_complete_text(body, "kind", device->kind);
    kind = body_text(body, "kind");
    if (kind && strcmp(kind, "printer") == 0)
        body_complete_text(body, "station", "kitchen");
}

void validate_complete(
        const struct statement *statement, const struct state *state)
{
    static const char *const moments[] = { "updated_at_ms", "confirmed_at_ms",
        "acknowledged_at_ms" };
    ProtobufCMessage *body = statement->body;
    const char *order_id = about_order(body);
    const Dw__Order *order = order_id ? state_order(state, order_id) : NULL;

    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
        body_complete_moment(body, moments[i], statement->now_ms - OLDEST_MS,
                statement->now_ms);
    if (order)
        complete_from_order(body, order);

    switch (statement->what) {
    case EVT_ORDER_CREATED:
        complete_order(
                ((Dw__OrderCreated *)(void *)body)->order, statement->now_ms);
        break;
    case EVT_ORDER_UPDATED:
        if (order && !statement->is_derived)
            complete_updated(((Dw__OrderUpdated *)(void *)body)->order, order);
        break;
    case EVT_ORDER_STATUS_CHANGED: {
        Dw__OrderStatusChanged *changed = (void *)body;

        if (order && !statement->is_derived && !changed->has_previous) {
            changed->previous = order->status;
            changed->has_previous = 1;
        }
        break;
    }
    case EVT_ORDER_SERVED:
    case EVT_ORDER_COMPLETED:
    case EVT_ORDER_CANCELLED:
        if (order)
            body_complete_part(body, "order", &order->base);
        break;
    case EVT_SERVICE_CALL_CREATED:
        complete_call(statement, state,
                ((Dw__ServiceCallCreated *)(void *)body)->call);
        break;
    case EVT_SERVICE_CALL_HANDLED:
        complete_handled(statement, state,
                ((Dw__ServiceCallHandled *)(void *)body)->call);
        break;
    case EVT_ALERT_CREATED:
        complete_alert(statement, ((Dw__AlertCreated *)(void *)body)->alert);
        break;
    case EVT_ALERT_ACKNOWLEDGED: {
        Dw__AlertAcknowledged *acknowledged = (void *)body;
        const Dw__Alert *alert =
                shelf_find(&state->alerts, acknowledged->alert_id);

        if (alert) {
            complete_table(body, alert->table);
            body_complete_text(body, "call_id", alert->call_id);
        }
        acknowledged->acknowledged = 1;
        acknowledged->has_acknowledged = 1;
        break;
    }
    case EVT_PAGE_ACKED:
        complete_page(statement, state, body);
        break;
    case EVT_PRINT_PRINTED:
    case EVT_PRINT_FAILED:
        complete_job(state, body);
        break;
    case EVT_DEVICE_ONLINE:
    case EVT_DEVICE_OFFLINE:
        complete_device(statement, state);
        break;
    default:
        break;
    }
}
