/* Paper: which printer gets which items of an order. */
#include "hub/derive_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/order.pb-c.h"

#define TICKETS (EVT_STATIONS + 1) /* an order is split into; see CATCH_ALL */
#define CATCH_ALL                                                              \
    "kitchen" /* where items without a station of their own                    \
                 printer go: no item goes nowhere */

/* The station whose printer prints the item. */
static const char *station_of(state_t *state, const Dw__Item *item)
{
    return item->station && state_printer(state, item->station) ? item->station
                                                                : CATCH_ALL;
}

/* A job for the items of one station; the order is a copy without others. */
static Dw__PrintRequested *new_job(state_t *state, const Dw__Order *order,
        Dw__Item **items, size_t count, const char *station)
{
    const Dw__Device *printer = state_printer(state, station);
    Dw__PrintRequested *job = derive_new_body(EVT_PRINT_REQUESTED);
    Dw__Order ticket = *order;

    ticket.items = malloc(count * sizeof(*items));
    assert(ticket.items);
    ticket.n_items = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(station_of(state, items[i]), station) == 0)
            ticket.items[ticket.n_items++] = items[i];
    job->order = (void *)body_copy(&ticket.base);
    assert(job->order);
    free(ticket.items);
    body_set_string(&job->station, station);
    if (printer)
        body_set_string(&job->printer, printer->id);
    job->attempt = 1;
    job->has_attempt = 1;
    return job;
}

/* One ticket for each station that has something to do. */
static void emit_tickets(state_t *state, const Dw__Order *order,
        Dw__Item **items, size_t count, Dw__TicketKind kind, const char *mark,
        derive_emit *emit, void *context)
{
    const char *stations[TICKETS];
    size_t known = 0;

    for (size_t i = 0; i < count; i++) {
        const char *station = station_of(state, items[i]);
        char id[SHELF_ID_CHARS + 1];
        Dw__PrintRequested *job;
        size_t n = 0;

        while (n < known && strcmp(stations[n], station) != 0)
            n++;
        if (n < known || known == TICKETS)
            continue;
        stations[known++] = station;
        job = new_job(state, order, items, count, station);
        snprintf(id, sizeof(id), "%s-%s-%s", order->id, station, mark);
        body_set_string(&job->job_id, id);
        job->kind = kind;
        emit(context, EVT_PRINT_REQUESTED, &job->base);
    }
}

void derive_ticket(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);

    (void)row;
    if (order)
        emit_tickets(state, order, order->items, order->n_items,
                DW__TICKET_KIND__TICKET_KIND_ORDER, "order", emit, context);
}

/* Only what was added. */
void derive_add_on(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__OrderItemsAdded *added = (const void *)evt->body;
    const Dw__Order *order = derive_order(state, evt);
    char mark[24];

    (void)row;
    if (!order)
        return;
    snprintf(mark, sizeof(mark), "add%u", order->version);
    emit_tickets(state, order, added->items, added->n_items,
            DW__TICKET_KIND__TICKET_KIND_ADD_ON, mark, emit, context);
}

void derive_void(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);

    (void)row;
    if (order)
        emit_tickets(state, order, order->items, order->n_items,
                DW__TICKET_KIND__TICKET_KIND_VOID, "void", emit, context);
}

/* May the job be offered again without a doubt? A printer that was away has
 * printed nothing of it. */
static bool may_be_offered(const Dw__PrintJob *job)
{
    if (job->stage == DW__JOB_STAGE__JOB_STAGE_REQUESTED)
        return true;
    return job->stage == DW__JOB_STAGE__JOB_STAGE_FAILED && job->reason &&
           (strcmp(job->reason, "offline") == 0 ||
                   strcmp(job->reason, "spool_full") == 0);
}

/* Is the job waiting for this printer, or for any printer of its station? */
static bool waits_for(const Dw__PrintJob *job, const Dw__DeviceOnline *online)
{
    const Dw__PrintRequested *request = job->request;

    if (!may_be_offered(job))
        return false;
    if (request->printer && request->printer[0])
        return strcmp(request->printer, online->device_id) == 0;
    return online->station && strcmp(request->station, online->station) == 0;
}

/* A printer came up: offer it what waits. It knows by the job's id what it
 * has printed already. */
void derive_offers(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const struct shelf_entry *entry = shelf_first(&state->jobs);

    if (strcmp(online->kind, "printer") != 0)
        return;
    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);
        Dw__PrintRequested *again;

        if (!waits_for(job, online))
            continue;
        again = (void *)body_copy(&job->request->base);
        assert(again);
        body_set_string(&again->printer, online->device_id);
        again->attempt++;
        again->has_attempt = 1;
        emit(context, row->then, &again->base);
    }
}
