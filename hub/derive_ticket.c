/* Paper: which printer gets which items of an order. */
#include "hub/derive_ticket.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/order.pb-c.h"

/* The station whose printer prints the item. */
static const char *station_of(state_t *state, const Dw__Item *item)
{
    return item->station && state_printer(state, item->station)
                   ? item->station
                   : STATE_CATCH_ALL;
}

Dw__PrintRequested *derive_new_job(const Dw__Order *order, Dw__TicketKind kind,
        const char *station, const char *mark)
{
    Dw__PrintRequested *job = derive_new_body(EVT_PRINT_REQUESTED);
    Dw__Order bare = *order;
    char id[SHELF_ID_CHARS + 1];

    bare.items = NULL;
    bare.n_items = 0;
    job->order = (void *)body_copy(&bare.base);
    assert(job->order);
    snprintf(id, sizeof(id), "%s-%s-%s", order->id, station, mark);
    body_set_string(&job->job_id, id);
    body_set_string(&job->station, station);
    job->kind = kind;
    job->attempt = 1;
    job->has_attempt = 1;
    return job;
}

void derive_add_item(Dw__Order *ticket, const Dw__Item *item)
{
    ticket->items = realloc(
            ticket->items, (ticket->n_items + 1) * sizeof(*ticket->items));
    assert(ticket->items);
    ticket->items[ticket->n_items] = (void *)body_copy(&item->base);
    assert(ticket->items[ticket->n_items]);
    ticket->n_items++;
}

/* --- orders and what is added to them --- */

/* What one ticket is made of. */
struct batch {
    Dw__TicketKind kind;
    const char *mark;
    Dw__Item **items;
    size_t count;
};

static void emit_ticket(state_t *state, const Dw__Order *order,
        const struct batch *batch, const char *station, derive_emit *emit,
        void *context)
{
    const Dw__Device *printer = state_printer(state, station);
    Dw__PrintRequested *job =
            derive_new_job(order, batch->kind, station, batch->mark);

    for (size_t i = 0; i < batch->count; i++)
        if (strcmp(station_of(state, batch->items[i]), station) == 0)
            derive_add_item(job->order, batch->items[i]);
    if (printer)
        body_set_string(&job->printer, printer->id);
    emit(context, EVT_PRINT_REQUESTED, &job->base);
}

/* One ticket for each station that has something to do. */
static void emit_tickets(state_t *state, const Dw__Order *order,
        const struct batch *batch, derive_emit *emit, void *context)
{
    const char *stations[TICKETS];
    size_t known = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const char *station = station_of(state, batch->items[i]);
        size_t n = 0;

        while (n < known && strcmp(stations[n], station) != 0)
            n++;
        if (n < known || known == TICKETS)
            continue;
        stations[known++] = station;
        emit_ticket(state, order, batch, station, emit, context);
    }
}

void derive_ticket(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__Order *order = derive_order(state, evt);

    (void)row;
    if (order)
        emit_tickets(state, order,
                &(struct batch){ DW__TICKET_KIND__TICKET_KIND_ORDER, "order",
                        order->items, order->n_items },
                emit, context);
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
    emit_tickets(state, order,
            &(struct batch){ DW__TICKET_KIND__TICKET_KIND_ADD_ON, mark,
                    added->items, added->n_items },
            emit, context);
}

/* --- what is on paper already --- */

static struct paper *find_paper(
        struct papers *papers, const char *station, const char *printer)
{
    struct paper *paper = papers->list;

    for (; paper < papers->list + papers->count; paper++)
        if (strcmp(paper->station, station) == 0 &&
                strcmp(paper->printer, printer) == 0)
            return paper;
    if (papers->count == PAPERS)
        return NULL;
    papers->count++;
    snprintf(paper->station, sizeof(paper->station), "%s", station);
    snprintf(paper->printer, sizeof(paper->printer), "%s", printer);
    return paper;
}

static void add_paper(struct papers *papers, const char *station,
        const char *printer, bool is_out)
{
    struct paper *paper = find_paper(papers, station, printer ? printer : "");

    if (paper)
        paper->is_out = paper->is_out || is_out;
}

static bool may_be_on_paper(const Dw__Delivery *delivery)
{
    return delivery->progress == DW__PROGRESS__PROGRESS_PRINTED ||
           delivery->progress == DW__PROGRESS__PROGRESS_UNKNOWN ||
           (delivery->progress == DW__PROGRESS__PROGRESS_EXPIRED &&
                   delivery->reason &&
                   strcmp(delivery->reason, STATE_IN_SUMMARY) == 0);
}

/* What has come out, as the ledger has it. */
static void add_printed(
        struct papers *papers, state_t *state, const Dw__Order *order)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order->id);
    char station[ID_CHARS + 1];

    for (size_t i = 0; of && i < of->n_deliveries; i++) {
        const Dw__Delivery *delivery = of->deliveries[i];

        if (delivery->kind == DW__RECIPIENT_KIND__RECIPIENT_KIND_PRINTER &&
                may_be_on_paper(delivery) &&
                state_job_station(delivery->delivery_id, order->id, station))
            add_paper(papers, station, delivery->recipient, true);
    }
}

/* What the ledger had to leave out may be on paper: to be on the safe side. */
static void add_forgotten(
        struct papers *papers, state_t *state, const Dw__Order *order)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order->id);

    if (!of || of->left_out == 0)
        return;
    for (size_t i = 0; i < order->n_items; i++) {
        const char *station = station_of(state, order->items[i]);
        const Dw__Device *printer = state_printer(state, station);

        if (printer)
            add_paper(papers, station, printer->id, true);
    }
}

void derive_find_papers(
        struct papers *papers, state_t *state, const Dw__Order *order)
{
    struct job_walk walk = state_walk_jobs(state, order->id);
    const Dw__PrintJob *job;

    papers->count = 0;
    memset(papers->list, 0, sizeof(papers->list));
    add_printed(papers, state, order);
    while ((job = state_next_job(&walk)))
        if (job->request->kind != DW__TICKET_KIND__TICKET_KIND_VOID)
            add_paper(papers, job->request->station, job->request->printer,
                    state_job_may_be_on_paper(job));
    add_forgotten(papers, state, order);
}

static bool has_station(const struct papers *papers, const char *station)
{
    for (size_t i = 0; i < papers->count; i++)
        if (strcmp(papers->list[i].station, station) == 0)
            return true;
    return false;
}

const char *derive_ticket_of(
        const struct papers *papers, state_t *state, const Dw__Item *item)
{
    if (item->station && has_station(papers, item->station))
        return item->station;
    return has_station(papers, STATE_CATCH_ALL) ? STATE_CATCH_ALL
                                                : station_of(state, item);
}

Dw__PrintRequested *derive_new_ticket(
        state_t *state, const Dw__Order *order, const char *station)
{
    Dw__PrintRequested *job = derive_new_job(
            order, DW__TICKET_KIND__TICKET_KIND_ORDER, station, "order");
    struct papers papers;

    derive_find_papers(&papers, state, order);
    for (size_t i = 0; i < order->n_items; i++) {
        const Dw__Item *item = order->items[i];

        if (item->status != DW__ITEM_STATUS__ITEM_STATUS_CANCELLED &&
                strcmp(derive_ticket_of(&papers, state, item), station) == 0)
            derive_add_item(job->order, item);
    }
    return job;
}
