#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"

/* Short names for the table. */
#define PENDING      DW__ORDER_STATUS__ORDER_STATUS_PENDING
#define CONFIRMED    DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED
#define ACKNOWLEDGED DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED
#define PREPARING    DW__ORDER_STATUS__ORDER_STATUS_PREPARING
#define READY        DW__ORDER_STATUS__ORDER_STATUS_READY
#define SERVED       DW__ORDER_STATUS__ORDER_STATUS_SERVED
#define COMPLETED    DW__ORDER_STATUS__ORDER_STATUS_COMPLETED
#define CANCELLED    DW__ORDER_STATUS__ORDER_STATUS_CANCELLED
#define IMPOSSIBLE   DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED

#define STAYS IMPOSSIBLE /* in the column `becomes` */

/* In which statuses an event may happen to an order, and what it makes of
 * it; events without a row never do. */
static const struct {
    Dw__OrderStatus first, last; /* both inclusive */
    Dw__OrderStatus becomes;
} steps[EVT_COUNT] = {
    [EVT_ORDER_UPDATED] = { PENDING, SERVED, STAYS },
    [EVT_ORDER_ITEMS_ADDED] = { PENDING, SERVED, STAYS },
    [EVT_ORDER_CANCEL_REQUESTED] = { PENDING, READY, STAYS },
    [EVT_KITCHEN_CANCEL_ACCEPTED] = { PENDING, READY, STAYS },
    [EVT_KITCHEN_CANCEL_REJECTED] = { PENDING, READY, STAYS },
    [EVT_ORDER_CONFIRMED] = { PENDING, PENDING, CONFIRMED },
    [EVT_KITCHEN_ACKNOWLEDGED] = { PENDING, CONFIRMED, ACKNOWLEDGED },
    [EVT_KITCHEN_PREPARING] = { PENDING, ACKNOWLEDGED, PREPARING },
    [EVT_KITCHEN_READY] = { PENDING, PREPARING, READY },
    [EVT_KITCHEN_COMPLETED] = { PREPARING, SERVED, STAYS },
    [EVT_ORDER_SERVED] = { PENDING, READY, SERVED },
    [EVT_ORDER_COMPLETED] = { PENDING, SERVED, COMPLETED },
    [EVT_ORDER_CANCELLED] = { PENDING, SERVED, CANCELLED },
};

static const char *const status_names[ORDER_STATUSES] = { "unspecified",
    "pending", "confirmed", "acknowledged", "preparing", "ready", "served",
    "completed", "cancelled" };

Dw__OrderStatus state_order_next(Dw__OrderStatus status, enum evt_id what)
{
    if (status < steps[what].first || status > steps[what].last)
        return IMPOSSIBLE;
    return steps[what].becomes == STAYS ? status : steps[what].becomes;
}

bool state_order_may_become(Dw__OrderStatus from, Dw__OrderStatus to)
{
    return from < COMPLETED && to > from;
}

const char *state_order_status_name(Dw__OrderStatus status)
{
    return status_names[status];
}

bool state_order_is_open(const Dw__Order *order)
{
    return order->status < COMPLETED;
}

const Dw__Order *state_order(const struct state *state, const char *id)
{
    const Dw__Order *order = shelf_find(&state->orders, id);

    return order ? order : shelf_find(&state->closed, id);
}

static Dw__Order *open_order(struct state *state, const struct evt *evt)
{
    const char *id = about_order(evt->body);

    return id ? shelf_find(&state->orders, id) : NULL;
}

static void touch(Dw__Order *order, const struct evt *evt)
{
    order->updated_at_ms = evt->ts_ms;
    order->has_updated_at_ms = 1;
    order->version++;
    order->has_version = 1;
}

static void close_order(struct state *state, const char *id)
{
    ProtobufCMessage *order = shelf_take(&state->orders, id);
    const Dw__Order *closed = (const Dw__Order *)(const void *)order;

    state_delivery_order_closed(state, closed->id);
    shelf_put(&state->closed, closed->id, order);
}

/* Raise the status; a late or repeated event leaves it as it is. */
static void raise_status(struct state *state, Dw__Order *order,
        Dw__OrderStatus to, const struct evt *evt)
{
    if (to == IMPOSSIBLE || !state_order_may_become(order->status, to))
        return;
    state->by_status[order->status]--;
    order->status = to;
    touch(order, evt);
    if (to >= COMPLETED) {
        close_order(state, order->id);
        return;
    }
    state->by_status[to]++;
    if (to == SERVED)
        state_pages_cleared(state, order->id);
}

void state_order_created(struct state *state, const struct evt *evt)
{
    const Dw__OrderCreated *created = (const void *)evt->body;
    Dw__Order *order = (void *)body_copy(&created->order->base);

    assert(order);
    state->by_status[order->status]++;
    shelf_put(&state->orders, order->id, &order->base);
}

/* From outside it replaces what is known, except for the status, which has
 * events of its own. What the hub derived says nothing new. */
void state_order_updated(struct state *state, const struct evt *evt)
{
    const Dw__OrderUpdated *updated = (const void *)evt->body;
    Dw__Order *known = open_order(state, evt);
    Dw__Order *order;

    if (!known || !ulid_is_none(&evt->cause))
        return;
    order = (void *)body_copy(&updated->order->base);
    assert(order);
    order->status = known->status;
    order->has_status = 1;
    order->created_at_ms = known->created_at_ms;
    order->has_created_at_ms = known->has_created_at_ms;
    order->version = known->version;
    touch(order, evt);
    shelf_put(&state->orders, order->id, &order->base);
}

void state_order_status(struct state *state, const struct evt *evt)
{
    const Dw__OrderStatusChanged *changed = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);

    if (order)
        raise_status(state, order, changed->status, evt);
}

void state_order_step(struct state *state, const struct evt *evt)
{
    Dw__Order *order = open_order(state, evt);

    if (!order)
        return;
    if (evt->what == EVT_KITCHEN_COMPLETED) {
        order->kitchen_completed_at_ms = evt->ts_ms;
        order->has_kitchen_completed_at_ms = 1;
        touch(order, evt);
        state_pages_cleared(state, order->id);
    }
    raise_status(state, order, state_order_next(order->status, evt->what), evt);
}

void state_order_items(struct state *state, const struct evt *evt)
{
    const Dw__OrderItemsAdded *added = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);
    Dw__Item **items;

    if (!order)
        return;
    items = realloc(order->items,
            (order->n_items + added->n_items) * sizeof(*items) + 1);
    assert(items);
    order->items = items;
    for (size_t i = 0; i < added->n_items; i++) {
        items[order->n_items] = (void *)body_copy(&added->items[i]->base);
        assert(items[order->n_items]);
        order->n_items++;
    }
    if (added->totals) {
        if (order->totals)
            body_free(&order->totals->base);
        order->totals = (void *)body_copy(&added->totals->base);
    }
    order->has_kitchen_completed_at_ms = 0; /* there is more to cook */
    touch(order, evt);
}

/* Asked for: the reason is kept until the kitchen has answered. */
void state_order_cancel(struct state *state, const struct evt *evt)
{
    Dw__Order *order = open_order(state, evt);

    if (!order)
        return;
    if (evt->what == EVT_ORDER_CANCEL_REQUESTED) {
        body_set_string(&order->cancel_reason, body_text(evt->body, "reason"));
    } else {
        free(order->cancel_reason);
        order->cancel_reason = NULL;
    }
    touch(order, evt);
}

void state_stats(const struct state *state, Dw__KitchenStats *stats)
{
    const uint32_t *count = state->by_status;

    stats->pending = count[PENDING] + count[CONFIRMED] + count[ACKNOWLEDGED];
    stats->preparing = count[PREPARING];
    stats->ready = count[READY];
    stats->total = stats->pending + stats->preparing + stats->ready;
}
