/* Orders and the kitchen: what was not given. */
#include "hub/validate_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/about.h"
#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/fields.h"
#include "schemas/kitchen.pb-c.h"
#include "schemas/order.pb-c.h"

/* --- items and money --- */

static bool has_item(Dw__Item **items, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (items[i]->id && strcmp(items[i]->id, id) == 0)
            return true;
    return false;
}

/* Its place in the list, or the next number that no item has: neither one of
 * the list nor one of the order as it is known (NULL: it is new). */
static void number_item(Dw__Item *item, size_t place, Dw__Item **items,
        size_t count, const Dw__Order *known)
{
    char id[24];

    do
        snprintf(id, sizeof(id), "%zu", place++);
    while (has_item(items, count, id) ||
            (known && has_item(known->items, known->n_items, id)));
    body_set_string(&item->id, id);
}

/* `first`: how many items stand before these. */
static void complete_items(
        Dw__Item **items, size_t count, size_t first, const Dw__Order *known)
{
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->has_quantity)
            items[i]->quantity = 1;
        items[i]->has_quantity = 1;
        if (!items[i]->id)
            number_item(items[i], first + i + 1, items, count, known);
    }
}

/* What they cost. False: not every item has a price. */
static bool add_up(Dw__Item **items, size_t count, int64_t *cents)
{
    *cents = 0;
    for (size_t i = 0; i < count; i++) {
        const Dw__Item *item = items[i];
        int64_t each = item->unit_price_cents;

        if (!item->has_unit_price_cents)
            return false;
        for (size_t n = 0; n < item->n_modifiers; n++)
            if (item->modifiers[n]->has_price_cents)
                each += item->modifiers[n]->price_cents;
        *cents += each * item->quantity;
    }
    return true;
}

/* A sum of prices may be more than what a price may be. */
static bool is_money(int64_t cents)
{
    const struct field_rule *rule = field_rule_find("total_cents");

    return cents >= rule->min && cents <= rule->max;
}

/* What is to be paid, where only what it costs was given. */
static void complete_final(Dw__Totals *totals)
{
    int64_t cents = totals->total_cents + totals->tip_cents;

    if (totals->has_final_cents || !is_money(cents))
        return;
    totals->final_cents = cents;
    totals->has_final_cents = 1;
}

/* What was given stays; what was not follows from what the items cost. */
static void complete_totals(Dw__Order *order)
{
    Dw__Totals totals = DW__TOTALS__INIT;
    int64_t sum;

    if (order->totals)
        totals = *order->totals;
    if (totals.has_total_cents) {
        complete_final(order->totals);
        return;
    }
    if (!add_up(order->items, order->n_items, &sum))
        return;
    if (!totals.has_subtotal_cents)
        totals.subtotal_cents = sum;
    totals.total_cents =
            totals.subtotal_cents - totals.discount_cents + totals.tax_cents;
    if (!totals.has_final_cents)
        totals.final_cents = totals.total_cents + totals.tip_cents;
    if (!is_money(totals.subtotal_cents) || !is_money(totals.total_cents) ||
            !is_money(totals.final_cents))
        return;
    totals.has_subtotal_cents = totals.has_total_cents =
            totals.has_final_cents = 1;
    if (order->totals)
        *order->totals = totals; /* with the strings that it owns */
    else
        order->totals = (void *)body_copy(&totals.base);
}

/* The totals once there are items for so much more; handed over. NULL: they
 * are not known. */
static Dw__Totals *shifted_totals(const Dw__Totals *known, int64_t cents)
{
    Dw__Totals *totals;

    if (!known || !known->has_total_cents)
        return NULL;
    if (!is_money(known->subtotal_cents + cents) ||
            !is_money(known->total_cents + cents) ||
            !is_money(known->final_cents + cents))
        return NULL;
    totals = (void *)body_copy(&known->base);
    assert(totals);
    totals->subtotal_cents += cents;
    totals->total_cents += cents;
    totals->final_cents += cents;
    return totals;
}

/* --- completed: a new order --- */

/* From the event's number, unless somebody else counts in the same way. */
static void complete_order_id(const struct statement *statement,
        const struct state *state, Dw__Order *order)
{
    char id[ID_CHARS + 1];
    unsigned more = 0;

    if (order->id)
        return;
    snprintf(id, sizeof(id), "o%llu", (unsigned long long)statement->seq);
    while (state_order(state, id))
        snprintf(id, sizeof(id), "o%llu-%u", (unsigned long long)statement->seq,
                ++more);
    body_set_string(&order->id, id);
}

/* A known status and a word that nobody knows: the status is what counts. */
static void drop_word(bool has_status, char **word)
{
    if (!has_status)
        return;
    free(*word);
    *word = NULL;
}

static void complete_words(Dw__Order *order)
{
    drop_word(order->has_status, &order->status_word);
    drop_word(order->has_payment_status, &order->payment_status_word);
    if (!order->has_status)
        order->status = DW__ORDER_STATUS__ORDER_STATUS_PENDING;
    order->has_status = 1;
    if (!order->has_priority)
        order->priority = DW__PRIORITY__PRIORITY_NORMAL;
    order->has_priority = 1;
    if (!order->has_payment_status)
        order->payment_status = DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING;
    order->has_payment_status = 1;
}

/* What guests order is of their sitting. */
static void complete_session(Dw__Order *order, const struct principal *from)
{
    Dw__Session session = DW__SESSION__INIT;

    if (from->session[0] == '\0')
        return;
    session.key = (char *)(uintptr_t)from->session;
    body_complete_part(&order->base, "session", &session.base);
    body_complete_text(&order->session->base, "key", from->session);
}

void order_complete_created(
        const struct statement *statement, const struct state *state)
{
    Dw__Order *order = ((Dw__OrderCreated *)(void *)statement->body)->order;
    int64_t now_ms = statement->now_ms;

    complete_order_id(statement, state, order);
    complete_words(order);
    complete_session(order, statement->from);
    body_complete_text(&order->base, "number", order->id);
    body_complete_text(&order->base, "kitchen_order_id", order->id);
    body_complete_moment(
            &order->base, "created_at_ms", now_ms - VALIDATE_OLDEST_MS, now_ms);
    body_complete_moment(
            &order->base, "updated_at_ms", now_ms - VALIDATE_OLDEST_MS, now_ms);
    if (!order->has_version)
        order->version = 1;
    order->has_version = 1;
    complete_items(order->items, order->n_items, 0, NULL);
    complete_totals(order);
}

/* --- completed: an update --- */

/* An item that nobody gave an id is the one of the same name. */
static void find_items(Dw__Order *said, const Dw__Order *known)
{
    for (size_t i = 0; i < said->n_items; i++)
        for (size_t n = 0; n < known->n_items && !said->items[i]->id; n++) {
            const Dw__Item *item = known->items[n];

            if (strcmp(item->name, said->items[i]->name) == 0 &&
                    !has_item(said->items, said->n_items, item->id))
                body_set_string(&said->items[i]->id, item->id);
        }
}

/* Of an item, an update changes not what has events of its own. */
static void keep_steps(Dw__Item *said, const Dw__Item *known)
{
    drop_word(said->has_status, &said->status_word);
    body_complete_text(&said->base, "station", known->station);
    if (order_item_is_done(known) ||
            (!said->has_status && !said->status_word)) {
        said->status = known->status;
        said->has_status = known->has_status;
        body_complete_text(&said->base, "status_word", known->status_word);
    }
}

/* Other items without other totals: what they cost more or less. */
static void follow_totals(Dw__Order *said, const Dw__Order *known)
{
    int64_t now, before;

    if (said->totals || said->n_items == 0)
        return;
    if (add_up(said->items, said->n_items, &now) &&
            add_up(known->items, known->n_items, &before))
        said->totals = shifted_totals(known->totals, now - before);
}

/* Parts that are one thing: never half of what is known, half of what was
 * said. */
static Dw__Order *merge(const Dw__Order *known, const Dw__Order *said)
{
    Dw__Order *merged = (void *)body_copy(&known->base);

    assert(merged);
    if (said->totals)
        body_replace_part(&merged->base, "totals", &said->totals->base);
    if (said->table)
        body_replace_part(&merged->base, "table", &said->table->base);
    if (said->session)
        body_replace_part(&merged->base, "session", &said->session->base);
    body_merge(&merged->base, &said->base);
    return merged;
}

/* What the order is once it is updated: what was not said stays, and a status
 * is not lowered. A higher one stands in the event and follows from it. */
static Dw__Order *updated_order(
        Dw__Order *said, const Dw__Order *known, int64_t now_ms)
{
    bool is_same = said->has_status && said->status == known->status;
    Dw__Order *order;

    drop_word(said->has_status, &said->status_word);
    find_items(said, known);
    complete_items(said->items, said->n_items, 0, known);
    for (size_t i = 0; i < said->n_items; i++) {
        const Dw__Item *item = state_order_item(known, said->items[i]->id);

        if (item)
            keep_steps(said->items[i], item);
    }
    follow_totals(said, known);
    order = merge(known, said);
    complete_totals(order);
    drop_word(is_same, &order->status_word);
    drop_word(said->has_payment_status, &order->payment_status_word);
    if (!state_order_may_become(known->status, order->status))
        order->status = known->status;
    order->created_at_ms = known->created_at_ms;
    order->has_created_at_ms = known->has_created_at_ms;
    order->updated_at_ms = now_ms;
    order->has_updated_at_ms = 1;
    order->version = known->version + 1;
    order->has_version = 1;
    return order;
}

/* The event shows the same order as the picture will. */
void order_complete_updated(
        const struct statement *statement, const struct state *state)
{
    Dw__OrderUpdated *updated = (void *)statement->body;
    Dw__Metadata metadata = DW__METADATA__INIT;
    const Dw__Order *known =
            updated->order->id ? state_order(state, updated->order->id) : NULL;
    Dw__Order *order;

    if (!known || statement->is_derived)
        return;
    order = updated_order(updated->order, known, statement->now_ms);
    body_free(&updated->order->base);
    updated->order = order;
    metadata.version = order->version;
    metadata.updated_at_ms = order->updated_at_ms;
    body_replace_part(statement->body, "metadata", &metadata.base);
}

/* The hub counts, as it does for tables: what somebody else has counted would
 * go up and down. */
void order_complete_summary(
        const struct statement *statement, const struct state *state)
{
    Dw__Metadata metadata = DW__METADATA__INIT;

    state_orders_metadata(state, &metadata);
    body_replace_part(statement->body, "metadata", &metadata.base);
}

/* --- completed: steps --- */

void order_complete_status(
        const struct statement *statement, const struct state *state)
{
    Dw__OrderStatusChanged *changed = (void *)statement->body;
    const Dw__Order *order = state_order(state, changed->order_id);

    drop_word(changed->has_status, &changed->status_word);
    if (!order)
        return;
    if (!changed->has_previous)
        changed->previous = order->status;
    changed->has_previous = 1;
    if (!changed->has_version)
        changed->version = order->version + 1;
    changed->has_version = 1;
    if (order->session)
        body_complete_part(statement->body, "session", &order->session->base);
}

/* The whole order stands in the event, as it is once that has happened. What
 * the hub derived has happened already. It is this order and no other: its
 * guests are shown it. */
void order_complete_whole(
        const struct statement *statement, const struct state *state)
{
    const Dw__Order *order = state_order(state, about_order(statement->body));
    const char *shown = body_text(statement->body, "order.id");
    Dw__OrderStatus next;
    Dw__Order after;

    if (!order)
        return;
    next = state_order_next(order->status, statement->what);
    after = *order; /* borrows all it has */
    if (next != DW__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED) {
        after.status = next;
        after.status_word = NULL;
        after.updated_at_ms = statement->now_ms;
        after.version++;
    }
    if (shown && strcmp(shown, order->id) == 0)
        return;
    body_replace_part(statement->body, "order", &after.base);
}

/* Why, whoever asked has said. */
void order_complete_accepted(
        const struct statement *statement, const struct state *state)
{
    const Dw__Order *order = state_order(state, about_order(statement->body));

    if (order && order->cancel_reason)
        body_complete_text(statement->body, "reason", order->cancel_reason);
}

void order_complete_items_added(
        const struct statement *statement, const struct state *state)
{
    Dw__OrderItemsAdded *added = (void *)statement->body;
    const Dw__Order *order = state_order(state, added->order_id);
    int64_t cents;

    if (!order)
        return;
    complete_items(added->items, added->n_items, order->n_items, order);
    if (order->customer)
        body_complete_part(statement->body, "customer", &order->customer->base);
    if (!added->totals && add_up(added->items, added->n_items, &cents))
        added->totals = shifted_totals(order->totals, cents);
}

void order_complete_item_status(
        const struct statement *statement, const struct state *state)
{
    Dw__OrderItemStatusChanged *changed = (void *)statement->body;
    const Dw__Order *order = state_order(state, changed->order_id);
    const Dw__Item *item =
            order ? state_order_item(order, changed->item_id) : NULL;

    drop_word(changed->has_status, &changed->status_word);
    if (item)
        body_complete_text(statement->body, "station", item->station);
}

void order_complete_kitchen_completed(
        const struct statement *statement, const struct state *state)
{
    Dw__KitchenCompleted *completed = (void *)statement->body;
    const Dw__Order *order = state_order(state, completed->order_id);
    int64_t most = field_rule_find("prep_time_ms")->max;
    int64_t took;

    if (!order || completed->has_prep_time_ms || !order->has_created_at_ms)
        return;
    took = statement->now_ms - order->created_at_ms;
    completed->prep_time_ms = (uint32_t)(took < 0      ? 0
                                         : took > most ? most
                                                       : took);
    completed->has_prep_time_ms = 1;
}

/* Whoever speaks; not every subject can stand as an id. */
static void complete_actor(ProtobufCMessage *body, const struct principal *from)
{
    Dw__Person person = DW__PERSON__INIT;
    const char *role = "hub";

    for (int i = ROLE_COUNT - 1; i >= 0; i--)
        if (from->roles & 1u << i)
            role = roles[i].name;
    person.id = (char *)(uintptr_t)role;
    if (id_is_valid(from->subject, strlen(from->subject)))
        person.id = (char *)(uintptr_t)from->subject;
    else if (from->subject[0])
        person.name = (char *)(uintptr_t)from->subject;
    body_complete_part(body, "actor", &person.base);
}

void order_complete_recalled(
        const struct statement *statement, const struct state *state)
{
    Dw__TicketRecalled *recalled = (void *)statement->body;
    const Dw__Order *order = state_order(state, recalled->order_id);

    complete_actor(statement->body, statement->from);
    if (!recalled->has_status)
        recalled->status = DW__ORDER_STATUS__ORDER_STATUS_PREPARING;
    recalled->has_status = 1;
    if (order && !recalled->has_previous)
        recalled->previous = order->status;
    recalled->has_previous = recalled->has_previous || order;
}
