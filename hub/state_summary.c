/* Figures about the orders in the picture. */
#include "hub/state.h"

#include <assert.h>

#include "hub/evt/body.h"

/* Short names. */
#define PENDING      DW__ORDER_STATUS__ORDER_STATUS_PENDING
#define CONFIRMED    DW__ORDER_STATUS__ORDER_STATUS_CONFIRMED
#define ACKNOWLEDGED DW__ORDER_STATUS__ORDER_STATUS_ACKNOWLEDGED
#define PREPARING    DW__ORDER_STATUS__ORDER_STATUS_PREPARING
#define READY        DW__ORDER_STATUS__ORDER_STATUS_READY
#define SERVED       DW__ORDER_STATUS__ORDER_STATUS_SERVED
#define COMPLETED    DW__ORDER_STATUS__ORDER_STATUS_COMPLETED
#define CANCELLED    DW__ORDER_STATUS__ORDER_STATUS_CANCELLED

void state_stats(const struct state *state, Dw__KitchenStats *stats)
{
    const uint32_t *count = state->by_status;

    stats->pending = count[PENDING] + count[CONFIRMED] + count[ACKNOWLEDGED];
    stats->preparing = count[PREPARING];
    stats->ready = count[READY];
    stats->total = stats->pending + stats->preparing + stats->ready;
}

/* Add one order's part to the summary. */
static void sum_up(Dw__OrdersSummary *summary, const Dw__Order *order)
{
    Dw__OrdersByPayment *payment = summary->by_payment_status;
    uint32_t *counts[] = { &payment->pending, &payment->pending, &payment->paid,
        &payment->cancelled }; /* by Dw__PaymentStatus */
    Dw__PaymentStatus status =
            order->has_payment_status
                    ? order->payment_status
                    : DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING;

    summary->total++;
    ++*counts[status];
    summary->pending_payment +=
            order->status != CANCELLED &&
            status == DW__PAYMENT_STATUS__PAYMENT_STATUS_PENDING;
    if (!order->has_created_at_ms)
        return;
    if (!summary->has_oldest_order_at_ms ||
            order->created_at_ms < summary->oldest_order_at_ms)
        summary->oldest_order_at_ms = order->created_at_ms;
    if (!summary->has_latest_order_at_ms ||
            order->created_at_ms > summary->latest_order_at_ms)
        summary->latest_order_at_ms = order->created_at_ms;
    summary->has_oldest_order_at_ms = summary->has_latest_order_at_ms = 1;
}

static void sum_up_shelf(Dw__OrdersSummary *summary, const struct shelf *shelf,
        uint32_t by_status[ORDER_STATUSES])
{
    const struct shelf_entry *entry = shelf_first(shelf);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Order *order = shelf_message(entry);

        sum_up(summary, order);
        by_status[order->status]++;
    }
}

Dw__OrdersSummary *state_summary(const struct state *state)
{
    Dw__OrdersSummary *summary =
            (void *)body_new(&dw__orders_summary__descriptor);
    Dw__OrdersByStatus *status =
            (void *)body_new(&dw__orders_by_status__descriptor);
    Dw__OrdersByPayment *payment =
            (void *)body_new(&dw__orders_by_payment__descriptor);
    uint32_t counts[ORDER_STATUSES] = { 0 };

    assert(summary && status && payment);
    summary->by_status = status;
    summary->by_payment_status = payment;
    sum_up_shelf(summary, &state->orders, counts);
    sum_up_shelf(summary, &state->closed, counts);
    status->pending = counts[PENDING];
    status->confirmed = counts[CONFIRMED];
    status->acknowledged = counts[ACKNOWLEDGED];
    status->preparing = counts[PREPARING];
    status->ready = counts[READY];
    status->served = counts[SERVED];
    status->completed = counts[COMPLETED];
    status->cancelled = counts[CANCELLED];
    status->has_pending = status->has_confirmed = status->has_acknowledged =
            status->has_preparing = status->has_ready = status->has_served =
                    status->has_completed = status->has_cancelled = 1;
    payment->has_pending = payment->has_paid = payment->has_cancelled = 1;
    return summary;
}

void state_orders_metadata(const struct state *state, Dw__Metadata *metadata)
{
    metadata->version = state->orders_version;
    metadata->updated_at_ms = state->orders_updated_at_ms;
}
