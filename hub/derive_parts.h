/*
 * derive_parts: what derive.c (the table) and derive_ticket.c share.
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

/* Makers of print.requested, for rows of the table. */
void derive_ticket(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context);
void derive_add_on(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context);
void derive_void(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context);
void derive_offers(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context);

#endif
