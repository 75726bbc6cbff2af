/*
 * derive_parts: what derive.c (the table) and the makers in derive_*.c share.
 */
#ifndef HUB_DERIVE_PARTS_H
#define HUB_DERIVE_PARTS_H

#include "hub/derive.h"
#include "hub/state.h"

typedef const struct derive_row row_t;
typedef const struct state state_t;
typedef const struct evt evt_t;

/* An empty body for the event; no memory: the process stops. */
void *derive_new_body(enum evt_id what);

/* The order that the event is about, or NULL. */
const Dw__Order *derive_order(state_t *state, evt_t *evt);

/* What a row calls. */
typedef void derive_make(row_t *row, state_t *state, evt_t *evt,
        derive_emit *emit, void *context);

/* Makers of what follows about orders: derive_order.c. */
derive_make derive_new_items, derive_new_status, derive_word, derive_cancelled,
        derive_status, derive_stations, derive_updated, derive_order_alert,
        derive_stats, derive_summary;

/* The whole order, as it is now. */
void derive_emit_updated(
        const Dw__Order *order, derive_emit *emit, void *context);

/* Makers of what follows on the floor: derive_floor.c. */
derive_make derive_page, derive_pages, derive_cleared, derive_answered,
        derive_alert, derive_call, derive_acknowledged, derive_acknowledged_too,
        derive_alerts_closed, derive_handled, derive_table, derive_both_tables,
        derive_orders_there, derive_calls_ended, derive_alerts_ended,
        derive_pages_ended, derive_availability;

/* Of what devices are told of themselves: derive_device.c. */
derive_make derive_configured, derive_assigned, derive_returned,
        derive_returned_at, derive_moved;

/* Makers of print jobs: derive_ticket.c. */
derive_make derive_ticket, derive_add_on, derive_change, derive_void;

/* Of what becomes of them: derive_ticket_offer.c. */
derive_make derive_release, derive_reroute, derive_reoffer, derive_offers,
        derive_moves, derive_releases, derive_copy, derive_reprint, derive_anew;

/* And of those that nobody needs: derive_ticket_late.c. */
derive_make derive_closed, derive_closed_job, derive_make_room, derive_expiries;

#endif
