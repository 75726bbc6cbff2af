#include "hub/validate.h"

#include <stdio.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/fields.h"
#include "schemas/order.pb-c.h"

#define ORDER_BYTES 16384

/* --- allowed --- */

static bool is_same(const char *a, const char *b)
{
    return a && b && a[0] != '\0' && strcmp(a, b) == 0;
}

/* Guests order; how far it is they do not say. */
static bool is_order_of_guests(const ProtobufCMessage *body)
{
    const Dw__Order *order =
            ((const Dw__OrderCreated *)(const void *)body)->order;

    return order && !order->cancel_reason &&
           !order->has_kitchen_completed_at_ms &&
           (!order->has_status ||
                   order->status == DW__ORDER_STATUS__ORDER_STATUS_PENDING);
}

/* Is what the body names the table's own? New orders name the table, later
 * events name an order that must be of it: one that is not known is refused
 * like somebody else's. Ids of alerts and calls are not for guests to give:
 * they could be those of another table. */
static bool is_own_table(const struct principal *from, enum evt_id what,
        const ProtobufCMessage *body, const struct state *state)
{
    const char *table = about_table(body);
    const char *order_id = about_order(body);
    const Dw__Order *order = order_id ? state_order(state, order_id) : NULL;

    if (table && !is_same(table, from->table))
        return false;
    if (order && !(order->table && is_same(order->table->id, from->table)))
        return false;
    if (what == EVT_ORDER_CREATED)
        return table && is_order_of_guests(body);
    if (order_id)
        return order != NULL;
    return table && !body_text(body, "alert.id") &&
           !body_text(body, "alert.call_id");
}

/* Does the device stand on another table than that of the call or page? One
 * that has not said where it stands may be anywhere. */
static bool is_elsewhere(const struct principal *from,
        const ProtobufCMessage *body, const struct state *state)
{
    const Dw__Device *device = shelf_find(&state->devices, from->device);
    const char *page_id = body_text(body, "page_id");
    const Dw__Page *page = page_id ? shelf_find(&state->pages, page_id) : NULL;
    const char *table =
            page ? page->sent->table->id : body_text(body, "call.table.id");

    return device && device->table && table &&
           !is_same(device->table->id, table);
}

/* A device speaks for itself: ids in the body must be absent or its own, a job
 * must have been given to it, a call or page be of its table. */
static bool is_own_device(const struct principal *from,
        const ProtobufCMessage *body, const struct state *state)
{
    const char *device = body_text(body, "device_id");
    const char *printer = body_text(body, "printer");
    const char *job_id = body_text(body, "job_id");
    const Dw__PrintJob *job = job_id ? shelf_find(&state->jobs, job_id) : NULL;

    if ((device && !is_same(device, from->device)) ||
            (printer && !is_same(printer, from->device)) ||
            is_elsewhere(from, body, state))
        return false;
    return !job || is_same(job->request->printer, from->device);
}

enum err validate_right(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const struct evt_kind *kind = &evt_kinds[statement->what];
    const struct principal *from = statement->from;
    uint32_t own = kind->from_own & from->roles;

    if (kind->from & from->roles)
        return ERR_OK;
    if ((own & ROLE_TABLE) &&
            is_own_table(from, statement->what, statement->body, state))
        return ERR_OK;
    if ((own & ROLE_DEVICE) && is_own_device(from, statement->body, state))
        return ERR_OK;
    return fault_set(fault, ERR_FORBIDDEN, NULL, NULL);
}

bool validate_join(const struct principal *principal, const struct room *room,
        const struct state *state)
{
    const struct room_kind *kind = &room_kinds[room->kind];
    uint32_t own = kind->join_own & principal->roles;
    const Dw__Order *order;

    if (kind->join & principal->roles)
        return true;
    switch (room->kind) {
    case ROOM_INDEX_TABLE:
        return (own & ROLE_TABLE) && is_same(room->id, principal->table);
    case ROOM_INDEX_DEVICE:
        return (own & ROLE_DEVICE) && is_same(room->id, principal->device);
    case ROOM_INDEX_ORDER:
        order = state_order(state, room->id);
        return (own & ROLE_TABLE) && order && order->table &&
               is_same(order->table->id, principal->table);
    default:
        return false;
    }
}

/* --- possible --- */

struct stations {
    const char *ids[EVT_STATIONS];
    size_t count;
};

/* Add those of some items. False: more than one order can be for. */
static bool add_stations(
        struct stations *stations, Dw__Item **items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *id = items[i]->station;
        size_t n = 0;

        while (id && n < stations->count && strcmp(stations->ids[n], id) != 0)
            n++;
        if (!id || n < stations->count)
            continue;
        if (stations->count == EVT_STATIONS)
            return false;
        stations->ids[stations->count++] = id;
    }
    return true;
}

static enum err has_too_many_stations(struct fault *fault, const char *field)
{
    return fault_set(fault, ERR_OUT_OF_RANGE, field,
            "an order is for at most %d stations", EVT_STATIONS);
}

/* Later events carry the whole order: it has to leave room for them. */
static enum err fits(const struct statement *statement, const Dw__Order *order,
        struct fault *fault)
{
    struct stations stations = { .count = 0 };

    if (protobuf_c_message_get_packed_size(statement->body) > ORDER_BYTES)
        return fault_set(fault, ERR_TOO_LARGE, "order",
                "is larger than %d bytes", ORDER_BYTES);
    if (!add_stations(&stations, order->items, order->n_items))
        return has_too_many_stations(fault, "order.items");
    return ERR_OK;
}

static enum err is_new_order(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__OrderCreated *created = (const void *)statement->body;

    if (state_order(state, created->order->id))
        return fault_set(fault, ERR_CONFLICT, "order.id",
                "order %s is known already", created->order->id);
    if (!state_order_is_open(created->order))
        return fault_set(fault, ERR_IMPOSSIBLE, "order.status",
                "a new order cannot be over already");
    if (created->order->n_items == 0)
        return fault_set(fault, ERR_MISSING_FIELD, "order.items", "is missing");
    if (shelf_count(&state->orders) >= statement->max_orders)
        return fault_set(fault, ERR_BUSY, NULL, "too many orders are open");
    return fits(statement, created->order, fault);
}

static bool has_item(const Dw__Order *order, const char *id)
{
    for (size_t i = 0; i < order->n_items; i++)
        if (strcmp(order->items[i]->id, id) == 0)
            return true;
    return false;
}

static enum err may_add_items(const Dw__OrderItemsAdded *added,
        const Dw__Order *order, struct fault *fault)
{
    uint32_t most = field_rule_find("items")->max_items;
    struct stations stations = { .count = 0 };

    if (added->n_items == 0)
        return fault_set(fault, ERR_MISSING_FIELD, "items", "is missing");
    if (order->n_items + added->n_items > most)
        return fault_set(fault, ERR_OUT_OF_RANGE, "items",
                "the order would have more than %u items", most);
    if (protobuf_c_message_get_packed_size(&order->base) +
                    protobuf_c_message_get_packed_size(&added->base) >
            ORDER_BYTES)
        return fault_set(fault, ERR_TOO_LARGE, "items",
                "the order would be larger than %d bytes", ORDER_BYTES);
    if (!add_stations(&stations, order->items, order->n_items) ||
            !add_stations(&stations, added->items, added->n_items))
        return has_too_many_stations(fault, "items");
    for (size_t i = 0; i < added->n_items; i++)
        if (has_item(order, added->items[i]->id))
            return fault_set(fault, ERR_CONFLICT, "items",
                    "item %s is in the order already", added->items[i]->id);
    return ERR_OK;
}

/* Events that name an order: is it there, and may this happen to it now? */
static enum err may_follow(const struct statement *statement,
        const struct state *state, const char *order_id, struct fault *fault)
{
    const Dw__Order *order = state_order(state, order_id);
    const char *name = evt_kinds[statement->what].name;
    bool may;

    if (!order)
        return fault_set(fault, ERR_NOT_FOUND, "orderId",
                "there is no order %s", order_id);
    if (statement->what == EVT_ORDER_STATUS_CHANGED)
        may = state_order_may_become(order->status,
                ((const Dw__OrderStatusChanged *)(const void *)statement->body)
                        ->status);
    else
        may = state_order_next(order->status, statement->what) !=
              DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED;
    if (!may)
        return fault_set(fault, ERR_IMPOSSIBLE, "orderId",
                "order %s is %s: %s is not possible", order_id,
                state_order_status_name(order->status), name);
    if ((statement->what == EVT_KITCHEN_CANCEL_ACCEPTED ||
                statement->what == EVT_KITCHEN_CANCEL_REJECTED) &&
            !order->cancel_reason)
        return fault_set(fault, ERR_IMPOSSIBLE, "orderId",
                "nobody has asked to cancel order %s", order_id);
    if (statement->what == EVT_ORDER_ITEMS_ADDED)
        return may_add_items((const void *)statement->body, order, fault);
    if (statement->what == EVT_ORDER_UPDATED)
        return fits(statement,
                ((const Dw__OrderUpdated *)(const void *)statement->body)
                        ->order,
                fault);
    return ERR_OK;
}

static enum err is_known(const struct shelf *shelf, const char *id,
        const char *field, struct fault *fault)
{
    if (id && shelf_find(shelf, id))
        return ERR_OK;
    return fault_set(
            fault, ERR_NOT_FOUND, field, "nothing open is known by this id");
}

/* A will that comes late says nothing about the boot that followed. */
static enum err may_go_offline(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *id = body_text(statement->body, "device_id");
    const Dw__Device *device = id ? shelf_find(&state->devices, id) : NULL;
    const Dw__DeviceOffline *offline = (const void *)statement->body;

    if (!device)
        return fault_set(fault, ERR_NOT_FOUND, "deviceId", "no such device");
    if (!device->online || offline->boot < device->boot)
        return fault_set(fault, ERR_IMPOSSIBLE, "boot",
                "the device is at boot %u and %s", device->boot,
                device->online ? "online" : "offline");
    return ERR_OK;
}

static enum err is_possible(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const ProtobufCMessage *body = statement->body;
    const char *order_id = body_text(body, "order_id");

    switch (statement->what) {
    case EVT_ORDER_CREATED:
        return is_new_order(statement, state, fault);
    case EVT_ORDER_UPDATED:
        return may_follow(statement, state, body_text(body, "order.id"), fault);
    case EVT_SERVICE_CALL_HANDLED:
        return is_known(
                &state->calls, body_text(body, "call.id"), "call.id", fault);
    case EVT_ALERT_ACKNOWLEDGED:
        return is_known(
                &state->alerts, body_text(body, "alert_id"), "alertId", fault);
    case EVT_PRINT_PRINTED:
    case EVT_PRINT_FAILED:
        return is_known(
                &state->jobs, body_text(body, "job_id"), "jobId", fault);
    case EVT_PAGE_ACKED:
        return is_known(
                &state->pages, body_text(body, "page_id"), "pageId", fault);
    case EVT_PAGE_SENT:
        return ERR_OK;
    case EVT_DEVICE_ONLINE:
        return body_text(body, "device_id")
                       ? ERR_OK
                       : fault_set(fault, ERR_MISSING_FIELD, "deviceId",
                                 "is missing");
    case EVT_DEVICE_OFFLINE:
        return may_go_offline(statement, state, fault);
    default:
        return order_id ? may_follow(statement, state, order_id, fault)
                        : ERR_OK;
    }
}

enum err validate_body(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    enum err err = body_check(statement->body, fault);

    if (err != ERR_OK)
        return err;
    validate_complete(statement, state);
    return statement->is_derived ? ERR_OK
                                 : is_possible(statement, state, fault);
}
