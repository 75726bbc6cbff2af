#include "hub/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    [EVT_ORDER_ITEM_STATUS_CHANGED] = { PENDING, SERVED, STAYS },
    [EVT_KITCHEN_PRIORITY_CHANGED] = { PENDING, SERVED, STAYS },
    [EVT_KITCHEN_STATION_ASSIGNED] = { PENDING, SERVED, STAYS },
    [EVT_COURSE_FIRED] = { PENDING, SERVED, STAYS },
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

Dw__Item *state_order_item(const Dw__Order *order, const char *id)
{
    for (size_t i = 0; i < order->n_items; i++)
        if (order->items[i]->id && strcmp(order->items[i]->id, id) == 0)
            return order->items[i];
    return NULL;
}

Dw__OrderStatus state_order_was(
        const struct state *state, const Dw__Order *order)
{
    return strcmp(state->was.id, order->id) == 0 ? state->was.status
                                                 : order->status;
}

/* --- changing --- */

static Dw__Order *open_order(struct state *state, const struct evt *evt)
{
    const char *id = about_order(evt->body);

    return id ? shelf_find(&state->orders, id) : NULL;
}

static void count_change(struct state *state, const struct evt *evt)
{
    state->orders_version++;
    state->orders_updated_at_ms = evt->ts_ms;
}

void state_touch_order(
        struct state *state, Dw__Order *order, const struct evt *evt)
{
    order->updated_at_ms = evt->ts_ms;
    order->has_updated_at_ms = 1;
    order->version++;
    order->has_version = 1;
    count_change(state, evt);
}

static void remember_status(struct state *state, const Dw__Order *order)
{
    snprintf(state->was.id, sizeof(state->was.id), "%s", order->id);
    state->was.status = order->status;
}

/* What is on paper may be another thing now. */
static void remember_items(struct state *state, const Dw__Order *order)
{
    state->before = (void *)body_copy(&order->base);
    assert(state->before);
}

static void forget_word(char **word)
{
    free(*word);
    *word = NULL;
}

/* A full shelf is about to let go of its oldest. */
static void forget_with_oldest(struct state *state)
{
    if (shelf_count(&state->closed) >= state->closed.max)
        state_delivery_order_gone(state, shelf_id(shelf_first(&state->closed)));
}

static void close_order(struct state *state, const char *id)
{
    ProtobufCMessage *order = shelf_take(&state->orders, id);
    const Dw__Order *closed = (const Dw__Order *)(const void *)order;

    state_pages_cleared(state, closed->id);
    forget_with_oldest(state);
    shelf_put(&state->closed, closed->id, order);
}

/* Raise the status; a late or repeated event leaves it as it is. */
static void raise_status(struct state *state, Dw__Order *order,
        Dw__OrderStatus to, const struct evt *evt)
{
    remember_status(state, order);
    if (!state_order_may_become(order->status, to))
        return;
    state->by_status[order->status]--;
    order->status = to;
    forget_word(&order->status_word);
    state_touch_order(state, order, evt);
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
    count_change(state, evt);
}

/* Items that are new come with an event of their own, which follows. */
static void drop_new_items(Dw__Order *order, const Dw__Order *known)
{
    size_t kept = 0;

    for (size_t i = 0; i < order->n_items; i++) {
        Dw__Item *item = order->items[i];

        if (item->id && state_order_item(known, item->id))
            order->items[kept++] = item;
        else
            body_free(&item->base);
    }
    order->n_items = kept;
}

/* From outside it replaces what is known, except for the status and for new
 * items, which have events of their own. What the hub derived says nothing
 * new. */
void state_order_updated(struct state *state, const struct evt *evt)
{
    const Dw__OrderUpdated *updated = (const void *)evt->body;
    Dw__Order *known = open_order(state, evt);
    Dw__Order *order;

    if (!known || !ulid_is_none(&evt->cause))
        return;
    order = (void *)body_copy(&updated->order->base);
    assert(order);
    drop_new_items(order, known);
    order->status = known->status;
    order->has_status = 1;
    order->created_at_ms = known->created_at_ms;
    order->has_created_at_ms = known->has_created_at_ms;
    order->version = known->version;
    state_touch_order(state, order, evt);
    remember_items(state, known);
    shelf_put(&state->orders, order->id, &order->base);
}

/* A word that nobody knows: kept beside the status until the next known one.
 * An order that is over has its word, too. */
static void keep_word(
        struct state *state, const char *word, const struct evt *evt)
{
    const char *id = about_order(evt->body);
    Dw__Order *order = open_order(state, evt);

    if (!order)
        order = shelf_find(&state->closed, id);
    if (!order)
        return;
    remember_status(state, order);
    body_set_string(&order->status_word, word);
    state_touch_order(state, order, evt);
}

void state_order_status(struct state *state, const struct evt *evt)
{
    const Dw__OrderStatusChanged *changed = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);

    if (!changed->has_status) {
        if (changed->status_word)
            keep_word(state, changed->status_word, evt);
        return;
    }
    if (!order)
        return;
    if (changed->status == order->status && order->status_word) {
        forget_word(&order->status_word);
        state_touch_order(state, order, evt);
    }
    raise_status(state, order, changed->status, evt);
}

void state_order_step(struct state *state, const struct evt *evt)
{
    Dw__Order *order = open_order(state, evt);

    if (order)
        raise_status(
                state, order, state_order_next(order->status, evt->what), evt);
}

/* The only way down. */
void state_order_recalled(struct state *state, const struct evt *evt)
{
    const Dw__TicketRecalled *recalled = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);

    if (!order || recalled->status >= order->status)
        return;
    remember_status(state, order);
    state->by_status[order->status]--;
    order->status = recalled->status;
    state->by_status[order->status]++;
    order->has_kitchen_completed_at_ms = 0;
    forget_word(&order->status_word);
    state_touch_order(state, order, evt);
    state_pages_cleared(state, order->id);
}

void state_order_kitchen_completed(struct state *state, const struct evt *evt)
{
    Dw__Order *order = open_order(state, evt);

    if (!order)
        return;
    order->kitchen_completed_at_ms = evt->ts_ms;
    order->has_kitchen_completed_at_ms = 1;
    state_touch_order(state, order, evt);
    state_pages_cleared(state, order->id);
}

/* Items that are there already are not there twice; two new ones of one id are
 * two: some take the dish's for it. */
static void add_items(Dw__Order *order, Dw__Item **more, size_t count)
{
    Dw__Order before = *order; /* borrows all it has */
    Dw__Item **items = realloc(
            order->items, (order->n_items + count) * sizeof(*items) + 1);

    assert(items);
    order->items = before.items = items;
    for (size_t i = 0; i < count; i++) {
        if (more[i]->id && state_order_item(&before, more[i]->id))
            continue;
        items[order->n_items] = (void *)body_copy(&more[i]->base);
        assert(items[order->n_items]);
        order->n_items++;
    }
}

void state_order_items(struct state *state, const struct evt *evt)
{
    const Dw__OrderItemsAdded *added = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);
    size_t before;

    if (!order)
        return;
    before = order->n_items;
    add_items(order, added->items, added->n_items);
    if (order->n_items == before)
        return;
    if (added->totals) {
        if (order->totals)
            body_free(&order->totals->base);
        order->totals = (void *)body_copy(&added->totals->base);
    }
    order->has_kitchen_completed_at_ms = 0; /* there is more to cook */
    state_touch_order(state, order, evt);
}

void state_order_item_status(struct state *state, const struct evt *evt)
{
    const Dw__OrderItemStatusChanged *changed = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);
    Dw__Item *item = order ? state_order_item(order, changed->item_id) : NULL;

    if (!item)
        return;
    if (changed->has_status) {
        remember_items(state, order);
        item->status = changed->status;
        item->has_status = 1;
        forget_word(&item->status_word);
    } else if (changed->status_word) {
        body_set_string(&item->status_word, changed->status_word);
    }
    state_touch_order(state, order, evt);
}

void state_order_priority(struct state *state, const struct evt *evt)
{
    const Dw__KitchenPriorityChanged *changed = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);

    if (!order)
        return;
    order->priority = changed->priority;
    order->has_priority = 1;
    state_touch_order(state, order, evt);
}

/* For the items that have no station. What the hub derived follows from the
 * stations that they have. */
void state_order_station(struct state *state, const struct evt *evt)
{
    const Dw__KitchenStationAssigned *assigned = (const void *)evt->body;
    Dw__Order *order = open_order(state, evt);

    if (!order || !ulid_is_none(&evt->cause))
        return;
    for (size_t i = 0; i < order->n_items; i++)
        if (!order->items[i]->station)
            body_set_string(&order->items[i]->station, assigned->station->id);
    state_touch_order(state, order, evt);
}

void state_order_course(struct state *state, const struct evt *evt)
{
    Dw__Order *order = open_order(state, evt);

    if (order)
        state_touch_order(state, order, evt);
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
    state_touch_order(state, order, evt);
}

/* A kitchen that numbers its tickets says so when it first speaks of one. The
 * order's id stands for a number where there is none. */
void state_order_ticket(struct state *state, const struct evt *evt)
{
    const char *ticket = body_text(evt->body, "kitchen_order_id");
    Dw__Order *order = ticket ? open_order(state, evt) : NULL;

    if (order && strcmp(ticket, order->id) != 0)
        body_set_string(&order->kitchen_order_id, ticket);
}
