/* Paper: which printer is offered a job, is told to print it, and what becomes
 * of a job that a printer does not take or loses. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/derive_ticket.h"
#include "hub/evt/body.h"

#define COPIES 64 /* of a job that are told apart */

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static const Dw__PrintJob *job_of(state_t *state, evt_t *evt)
{
    return shelf_find(&state->jobs, body_text(evt->body, "job_id"));
}

void derive_emit_step(enum evt_id what, const Dw__PrintJob *job,
        const char *reason, derive_emit *emit, void *context)
{
    Dw__PrintStep *step = derive_new_body(what);

    body_set_string(&step->job_id, job->request->job_id);
    body_set_string(&step->order_id, job->request->order->id);
    if (job->request->printer)
        body_set_string(&step->printer, job->request->printer);
    if (reason)
        body_set_string(&step->reason, reason);
    step->attempt = job->request->attempt;
    step->has_attempt = 1;
    emit(context, what, &step->base);
}

/* To another printer than the one that has it. */
static void emit_way(enum evt_id what, const Dw__PrintJob *job,
        const char *printer, const char *reason, derive_emit *emit,
        void *context)
{
    Dw__PrintStep *step = derive_new_body(what);

    body_set_string(&step->job_id, job->request->job_id);
    body_set_string(&step->order_id, job->request->order->id);
    body_set_string(&step->printer, printer);
    if (job->request->printer && job->request->printer[0])
        body_set_string(&step->from_printer, job->request->printer);
    if (reason)
        body_set_string(&step->reason, reason);
    emit(context, what, &step->base);
}

static void emit_offer(const Dw__PrintJob *job, const char *printer,
        derive_emit *emit, void *context)
{
    Dw__PrintRequested *again = (void *)body_copy(&job->request->base);

    assert(again);
    body_set_string(&again->printer, printer);
    again->attempt++;
    again->has_attempt = 1;
    emit(context, EVT_PRINT_REQUESTED, &again->base);
}

/* --- offered, stored, released --- */

/* Of an offer that it does not count any more validate knows; this asks again,
 * as it is what a ticket comes out once by. */
void derive_release(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PrintStep *step = (const void *)evt->body;
    const Dw__PrintJob *job = job_of(state, evt);

    if (job && state_job_takes(job, step->printer, step->attempt))
        derive_emit_step(row->then, job, NULL, emit, context);
}

/* --- another printer --- */

/* What it failed to print goes to the next one; what may be out does not. */
void derive_reroute(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PrintJob *job = job_of(state, evt);
    const Dw__Device *next;

    if (!job || job->stage != STAGE(FAILED) || !state_job_is_wanted(state, job))
        return;
    next = state_next_printer(state, job);
    if (next)
        emit_way(row->then, job, next->id, job->reason, emit, context);
}

void derive_reoffer(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PrintJob *job = job_of(state, evt);

    (void)row;
    if (job && job->request->printer)
        emit_offer(job, job->request->printer, emit, context);
}

/* --- a printer comes up --- */

static bool serves(const Dw__PrintJob *job, const Dw__DeviceOnline *online)
{
    return is_same(online->station, job->request->station) ||
           is_same(online->station, STATE_CATCH_ALL);
}

/* May it be offered to this one, and does nobody else have it? */
static bool may_have(const Dw__PrintJob *job, const Dw__DeviceOnline *online)
{
    const char *printer = job->request->printer;

    if (!state_job_waits(job))
        return false;
    if (is_same(printer, online->device_id))
        return state_job_may_be_retried(job);
    if (!serves(job, online))
        return false;
    return !printer || printer[0] == '\0' || job->stage == STAGE(FAILED);
}

/* It was told to print, and the order may have been lost with its power. */
static bool may_not_have_heard(const Dw__PrintJob *job)
{
    return job->stage == STAGE(RELEASED) ||
           (job->stage == STAGE(UNKNOWN) &&
                   is_same(job->reason, STATE_NO_ANSWER));
}

/* Is there anybody who still needs the ticket to cook from? */
static bool is_to_be_cooked(state_t *state, const Dw__PrintJob *job)
{
    const Dw__Order *order =
            shelf_find(&state->orders, job->request->order->id);

    return state_job_is_wanted(state, job) &&
           (!order || order->status < DW__ORDER_STATUS__ORDER_STATUS_SERVED);
}

static bool is_stale(state_t *state, const Dw__PrintJob *job, evt_t *now)
{
    if (job->request->kind == DW__TICKET_KIND__TICKET_KIND_SUMMARY)
        return true; /* what is on it may have changed: it is made anew */
    return job->request->kind != DW__TICKET_KIND__TICKET_KIND_VOID &&
           now->ts_ms - job->requested_at_ms > state->print_stale_ms;
}

enum plan derive_plan(state_t *state, const Dw__PrintJob *job, evt_t *evt)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const char *printer = job->request->printer;
    bool is_there = is_same(printer, online->device_id);

    if (is_there && may_not_have_heard(job))
        return state_job_is_wanted(state, job) ? PLAN_RELEASE : PLAN_KEEP;
    if (!may_have(job, online))
        return PLAN_KEEP;
    if (!is_to_be_cooked(state, job))
        return PLAN_CLOSE;
    if (is_stale(state, job, evt))
        return PLAN_FOLD;
    return is_there || !printer || printer[0] == '\0' ? PLAN_OFFER : PLAN_MOVE;
}

const struct shelf_entry *derive_first_job(state_t *state, evt_t *evt)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;

    return strcmp(online->kind, "printer") == 0 ? shelf_first(&state->jobs)
                                                : NULL;
}

/* Offered again, it knows by the job's id what it has printed already. What is
 * late comes first, in one. */
void derive_offers(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const struct shelf_entry *entry = derive_first_job(state, evt);
    Dw__PrintRequested *summary = derive_summary_of(state, evt);

    if (summary)
        emit(context, row->then, &summary->base);
    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);

        if (derive_plan(state, job, evt) == PLAN_OFFER)
            emit_offer(job, online->device_id, emit, context);
    }
}

void derive_moves(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const struct shelf_entry *entry = derive_first_job(state, evt);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);

        if (derive_plan(state, job, evt) == PLAN_MOVE)
            emit_way(row->then, job, online->device_id, job->reason, emit,
                    context);
    }
}

/* Nothing at a printer that has heard it: the job is known there by its id. */
void derive_releases(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const struct shelf_entry *entry = derive_first_job(state, evt);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);

        if (derive_plan(state, job, evt) == PLAN_RELEASE)
            derive_emit_step(row->then, job, NULL, emit, context);
    }
}

/* --- a second copy --- */

/* If the house wants that, another printer makes a copy of what may be out. Of
 * a copy none is made: somebody has to look. */
void derive_copy(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PrintJob *job = job_of(state, evt);
    const Dw__Device *next;

    if (!state->print_copies || !job || job->stage != STAGE(UNKNOWN) ||
            job->request->copy_of || !state_job_is_wanted(state, job))
        return;
    next = state_next_printer(state, job);
    if (next)
        emit_way(row->then, job, next->id, job->reason, emit, context);
}

static bool is_taken(state_t *state, const char *order_id, const char *id)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order_id);

    for (size_t i = 0; of && i < of->n_deliveries; i++)
        if (is_same(of->deliveries[i]->delivery_id, id))
            return true;
    return shelf_find(&state->jobs, id);
}

/* What the ledger had to leave out may have been a copy: then the event's
 * number makes one that there was not. */
static void name_copy(
        state_t *state, evt_t *evt, const char *of, Dw__PrintRequested *copy)
{
    const Dw__OrderDeliveries *known = state_deliveries(state, copy->order->id);
    char id[SHELF_ID_CHARS + 1];
    int n = known && known->left_out > 0 ? COPIES : 0;

    do {
        if (n++ < COPIES)
            snprintf(
                    id, sizeof(id), "%.*s-r%d", (int)state_job_base(of), of, n);
        else
            snprintf(id, sizeof(id), "%.*s-r%llu", (int)state_job_base(of), of,
                    (unsigned long long)evt->seq);
    } while (n <= COPIES &&
             (is_same(of, id) || is_taken(state, copy->order->id, id)));
    body_set_string(&copy->copy_of, of);
    body_set_string(&copy->job_id, id);
}

/* Of what is printed already, with what is on it by now; handed over, or
 * NULL: its order is over. */
static Dw__PrintRequested *print_again(
        state_t *state, const Dw__PrintStep *step)
{
    char station[ID_CHARS + 1];
    const Dw__Order *order =
            step->order_id ? shelf_find(&state->orders, step->order_id) : NULL;

    if (!order || !state_job_station(step->job_id, order->id, station))
        return NULL;
    return derive_new_ticket(state, order, station);
}

void derive_reprint(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PrintStep *step = (const void *)evt->body;
    Dw__PrintRequested *copy =
            state->reprinted
                    ? (void *)body_copy(&state->reprinted->request->base)
                    : print_again(state, step);

    if (!copy)
        return;
    name_copy(state, evt, step->job_id, copy);
    if (step->printer)
        body_set_string(&copy->printer, step->printer);
    copy->attempt = 1;
    copy->has_attempt = 1;
    emit(context, row->then, &copy->base);
}

/* --- an id that the printer has used before --- */

/* The event's number makes one that there was not. It stands in front of that
 * of a copy, so the station stays where it was. */
void derive_anew(row_t *row, state_t *state, evt_t *evt, derive_emit *emit,
        void *context)
{
    const Dw__PrintJob *used = state->reprinted;
    char id[SHELF_ID_CHARS + 1];
    Dw__PrintRequested *again;
    size_t base;

    if (!used || !state_job_is_wanted(state, used))
        return;
    base = state_job_base(used->request->job_id);
    snprintf(id, sizeof(id), "%.*s_%llu%s", (int)base, used->request->job_id,
            (unsigned long long)evt->seq, used->request->job_id + base);
    again = (void *)body_copy(&used->request->base);
    assert(again);
    body_set_string(&again->job_id, id);
    again->attempt = 1;
    again->has_attempt = 1;
    emit(context, row->then, &again->base);
}
