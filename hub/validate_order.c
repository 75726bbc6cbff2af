/* Orders and the kitchen: what may happen to an order. */
#include "hub/validate_parts.h"

#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/fields.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"

#define ORDER_BYTES 16384

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

enum err order_may_be_created(const struct statement *statement,
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
        if (state_order_item(order, added->items[i]->id))
            return fault_set(fault, ERR_CONFLICT, "items",
                    "item %s is in the order already", added->items[i]->id);
    return ERR_OK;
}

/* The order that the body names, if this may happen to it now. */
static enum err find_for(const struct statement *statement,
        const struct state *state, const Dw__Order **order, struct fault *fault)
{
    const char *id = about_order(statement->body);

    *order = id ? state_order(state, id) : NULL;
    if (!id)
        return fault_set(fault, ERR_MISSING_FIELD, "order.id", "is missing");
    if (!*order)
        return fault_set(
                fault, ERR_NOT_FOUND, "orderId", "there is no order %s", id);
    return ERR_OK;
}

static enum err is_impossible(const struct statement *statement,
        const Dw__Order *order, struct fault *fault)
{
    return fault_set(fault, ERR_IMPOSSIBLE, "orderId",
            "order %s is %s: %s is not possible", order->id,
            state_order_status_name(order->status),
            evt_kinds[statement->what].name);
}

/* The order that the body names, if it is in a status in which this may
 * happen to it. */
static enum err find_to_step(const struct statement *statement,
        const struct state *state, const Dw__Order **order, struct fault *fault)
{
    enum err err = find_for(statement, state, order, fault);

    if (err != ERR_OK)
        return err;
    if (state_order_next((*order)->status, statement->what) ==
            DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED)
        return is_impossible(statement, *order, fault);
    return ERR_OK;
}

enum err order_may_step(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Order *order;

    return find_to_step(statement, state, &order, fault);
}

static enum err has_a_status(
        bool has_status, const char *word, struct fault *fault)
{
    if (has_status || (word && word[0]))
        return ERR_OK;
    return fault_set(fault, ERR_MISSING_FIELD, "status", "is missing");
}

/* The known status again takes back a word that nobody knows. */
static bool takes_back(const Dw__Order *order, Dw__OrderStatus status)
{
    return order->status_word && order->status == status &&
           state_order_is_open(order);
}

enum err order_may_change_status(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__OrderStatusChanged *changed = (const void *)statement->body;
    const Dw__Order *order;
    enum err err = find_for(statement, state, &order, fault);

    if (err == ERR_OK)
        err = has_a_status(changed->has_status, changed->status_word, fault);
    if (err != ERR_OK || !changed->has_status)
        return err;
    if (!state_order_may_become(order->status, changed->status) &&
            !takes_back(order, changed->status))
        return is_impossible(statement, order, fault);
    return ERR_OK;
}

enum err order_may_be_recalled(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__TicketRecalled *recalled = (const void *)statement->body;
    const Dw__Order *order;
    enum err err = find_for(statement, state, &order, fault);

    if (err != ERR_OK)
        return err;
    if (recalled->reason[0] == '\0')
        return fault_set(fault, ERR_MISSING_FIELD, "reason", "is missing");
    if (!state_order_is_open(order) ||
            order->status < DW__ORDER_STATUS__ORDER_STATUS_PREPARING)
        return is_impossible(statement, order, fault);
    if (recalled->status >= order->status ||
            recalled->status < DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED)
        return fault_set(fault, ERR_IMPOSSIBLE, "status",
                "order %s is %s: it cannot go back to %s", order->id,
                state_order_status_name(order->status),
                state_order_status_name(recalled->status));
    if (recalled->previous != order->status)
        return fault_set(fault, ERR_IMPOSSIBLE, "previous", "order %s is %s",
                order->id, state_order_status_name(order->status));
    return ERR_OK;
}

/* Guests may change their mind until somebody has begun to cook. */
enum err order_may_be_asked_to_cancel(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    uint32_t may = evt_kinds[statement->what].from & statement->from->roles;
    const Dw__Order *order;
    enum err err = find_to_step(statement, state, &order, fault);

    if (err != ERR_OK)
        return err;
    if (!may && order->status >= DW__ORDER_STATUS__ORDER_STATUS_PREPARING)
        return is_impossible(statement, order, fault);
    return ERR_OK;
}

bool order_item_is_done(const Dw__Item *item)
{
    return item->has_status &&
           item->status >= DW__ITEM_STATUS__ITEM_STATUS_SERVED;
}

static const char *item_status_name(Dw__ItemStatus status)
{
    static const char *const names[] = { "unspecified", "pending", "preparing",
        "ready", "served", "cancelled" };

    return names[status];
}

enum err order_may_change_item(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__OrderItemStatusChanged *changed = (const void *)statement->body;
    const Dw__Order *order;
    const Dw__Item *item;
    enum err err = find_to_step(statement, state, &order, fault);

    if (err == ERR_OK)
        err = has_a_status(changed->has_status, changed->status_word, fault);
    if (err != ERR_OK)
        return err;
    item = state_order_item(order, changed->item_id);
    if (!item)
        return fault_set(fault, ERR_NOT_FOUND, "itemId",
                "order %s has no item %s", order->id, changed->item_id);
    if (changed->has_status && item->has_status &&
            (order_item_is_done(item) ||
                    (item->status == changed->status && !item->status_word)))
        return fault_set(fault, ERR_IMPOSSIBLE, "itemId", "item %s is %s",
                item->id, item_status_name(item->status));
    return ERR_OK;
}

/* A station that has its part of the order already is not given it again. */
enum err order_may_get_station(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__KitchenStationAssigned *assigned = (const void *)statement->body;
    struct stations stations = { .count = 0 };
    const Dw__Order *order;
    bool has_any_without = false, has_it = false;
    enum err err = find_to_step(statement, state, &order, fault);

    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < order->n_items; i++) {
        const char *id = order->items[i]->station;

        has_any_without = has_any_without || !id;
        has_it = has_it || (id && strcmp(id, assigned->station->id) == 0);
    }
    if (has_it && !has_any_without)
        return fault_set(fault, ERR_IMPOSSIBLE, "station.id",
                "order %s is at station %s already", order->id,
                assigned->station->id);
    add_stations(&stations, order->items, order->n_items);
    if (!has_it && has_any_without && stations.count == EVT_STATIONS)
        return has_too_many_stations(fault, "station.id");
    return ERR_OK;
}

enum err order_may_be_answered(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Order *order;
    enum err err = find_to_step(statement, state, &order, fault);

    if (err != ERR_OK)
        return err;
    if (!order->cancel_reason)
        return fault_set(fault, ERR_IMPOSSIBLE, "orderId",
                "nobody has asked to cancel order %s", order->id);
    return ERR_OK;
}

enum err order_may_get_items(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Order *order;
    enum err err = find_to_step(statement, state, &order, fault);

    if (err != ERR_OK)
        return err;
    return may_add_items((const void *)statement->body, order, fault);
}

enum err order_may_be_updated(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Order *order;
    enum err err = find_to_step(statement, state, &order, fault);

    if (err != ERR_OK)
        return err;
    return fits(statement,
            ((const Dw__OrderUpdated *)(const void *)statement->body)->order,
            fault);
}
