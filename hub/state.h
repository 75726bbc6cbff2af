/*
 * state: the picture of the restaurant, as the events make it.
 *
 * state_apply is the only thing that changes it and cannot fail, so that
 * reading the journal again gives the same picture. validate, derive and
 * route read it and change nothing. What each event does stands in one table
 * in state.c; one file a subject does it.
 */
#ifndef HUB_STATE_H
#define HUB_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/evt/evt.h"
#include "hub/evt/shelf.h"
#include "schemas/picture.pb-c.h"

#define ORDER_STATUSES 9 /* UNSPECIFIED to CANCELLED */

struct state {
    struct shelf orders;  /* Dw__Order: open */
    struct shelf closed;  /* Dw__Order: the last ones completed, cancelled */
    struct shelf tables;  /* Dw__Table */
    struct shelf calls;   /* Dw__ServiceCall: open */
    struct shelf alerts;  /* Dw__Alert: not acknowledged */
    struct shelf jobs;    /* Dw__PrintJob: not printed */
    struct shelf pages;   /* Dw__Page: not acknowledged */
    struct shelf devices; /* Dw__Device */
    uint32_t by_status[ORDER_STATUSES]; /* open orders */
};

/* Open orders are not limited here: validate refuses more. */
void state_init(struct state *state);
void state_finish(struct state *state);

/* Change the picture as the event says. */
void state_apply(struct state *state, const struct evt *evt);

/* Open, or closed not long ago; NULL: unknown. */
const Dw__Order *state_order(const struct state *state, const char *id);
bool state_order_is_open(const Dw__Order *order);

/*
 * The order state machine: what the event makes of an order, or UNSPECIFIED
 * when it may not happen to an order in this status. For order.status_changed
 * see state_order_may_become.
 */
Dw__OrderStatus state_order_next(Dw__OrderStatus status, enum evt_id what);

/* The lattice: a status is only ever raised; cancelled until completed. */
bool state_order_may_become(Dw__OrderStatus from, Dw__OrderStatus to);

/* The status as it stands in JSON: "preparing". */
const char *state_order_status_name(Dw__OrderStatus status);

/* The open call of this table for this reason (NULL: none given), or NULL. */
const Dw__ServiceCall *state_open_call(
        const struct state *state, const char *table, const char *reason);

/* The open alert about this call, or NULL. */
const Dw__Alert *state_alert_of_call(
        const struct state *state, const char *call_id);

/* The printer to use for a station: online before offline; NULL: none. */
const Dw__Device *state_printer(const struct state *state, const char *station);

/* Print jobs neither printed nor failed. */
uint32_t state_jobs_waiting(const struct state *state);

void state_stats(const struct state *state, Dw__KitchenStats *stats);

/*
 * What listeners of these rooms may see, redacted for the view; handed over
 * (body_free). NULL: out of memory.
 */
Dw__Picture *state_picture(const struct state *state, enum view view,
        const struct room *rooms, uint32_t count);

/* All of it, as bytes and back, for the journal's snapshot. */
void state_pack(const struct state *state, struct buf *out);
enum err state_unpack(struct state *state, const void *data, size_t len);

/* --- for state_*.c only: what state.c's table calls --- */

void state_order_created(struct state *state, const struct evt *evt);
void state_order_updated(struct state *state, const struct evt *evt);
void state_order_status(struct state *state, const struct evt *evt);
void state_order_step(struct state *state, const struct evt *evt);
void state_order_items(struct state *state, const struct evt *evt);
void state_order_cancel(struct state *state, const struct evt *evt);
void state_table_updated(struct state *state, const struct evt *evt);
void state_call_created(struct state *state, const struct evt *evt);
void state_call_handled(struct state *state, const struct evt *evt);
void state_alert_created(struct state *state, const struct evt *evt);
void state_alert_acknowledged(struct state *state, const struct evt *evt);
void state_print_requested(struct state *state, const struct evt *evt);
void state_print_done(struct state *state, const struct evt *evt);
void state_print_failed(struct state *state, const struct evt *evt);
void state_page_sent(struct state *state, const struct evt *evt);
void state_page_acked(struct state *state, const struct evt *evt);
void state_device_online(struct state *state, const struct evt *evt);
void state_device_offline(struct state *state, const struct evt *evt);

/* The order is over: forget its pages, and its jobs but for a void slip. */
void state_delivery_order_closed(struct state *state, const char *order_id);

/* The food has left the kitchen: forget the order's pages. */
void state_pages_cleared(struct state *state, const char *order_id);

#endif
