/* Print jobs: where each one stands, and which printers are there for it. */
#include "hub/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

#define TRIED_MAX 8 /* printers; then a job goes to no other one */

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* --- which printers --- */

static bool is_printer(const Dw__Device *device)
{
    return strcmp(device->kind, "printer") == 0;
}

static bool serves(const Dw__Device *device, const char *station)
{
    return is_printer(device) && is_same(device->station, station);
}

const Dw__Device *state_printer(const struct state *state, const char *station)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    const Dw__Device *fallback = NULL;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (!serves(device, station))
            continue;
        if (device->online)
            return device;
        if (!fallback)
            fallback = device;
    }
    return fallback;
}

bool state_has_printers(const struct state *state)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);

    while (entry && !is_printer(shelf_message(entry)))
        entry = shelf_next(entry);
    return entry;
}

bool state_job_was_at(const Dw__PrintJob *job, const char *printer)
{
    for (size_t i = 0; i < job->n_tried; i++)
        if (is_same(job->tried[i], printer))
            return true;
    return false;
}

/* Online, of this station, and new to the job. */
static const Dw__Device *other_printer(
        const struct state *state, const Dw__PrintJob *job, const char *station)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (serves(device, station) && device->online &&
                !is_same(device->id, job->request->printer) &&
                !state_job_was_at(job, device->id))
            return device;
    }
    return NULL;
}

const Dw__Device *state_next_printer(
        const struct state *state, const Dw__PrintJob *job)
{
    const Dw__Device *next;

    if (job->n_tried >= TRIED_MAX)
        return NULL;
    next = other_printer(state, job, job->request->station);
    return next ? next : other_printer(state, job, STATE_CATCH_ALL);
}

/* --- what may be done with a job --- */

bool state_job_is_of(const Dw__PrintJob *job, const char *order_id)
{
    return job->request->kind != DW__TICKET_KIND__TICKET_KIND_SUMMARY &&
           is_same(job->request->order->id, order_id);
}

/* A void slip is for an order that is over, a summary for several. */
bool state_job_is_wanted(const struct state *state, const Dw__PrintJob *job)
{
    return job->request->kind == DW__TICKET_KIND__TICKET_KIND_VOID ||
           job->request->kind == DW__TICKET_KIND__TICKET_KIND_SUMMARY ||
           shelf_find(&state->orders, job->request->order->id);
}

bool state_job_waits(const Dw__PrintJob *job)
{
    return job->stage == STAGE(REQUESTED) || job->stage == STAGE(FAILED);
}

/* Why the same printer may do it another time. */
bool state_job_may_be_retried(const Dw__PrintJob *job)
{
    static const char *const passing[] = { "offline", "spool_full", "paper_out",
        "cover_open", STATE_NO_PRINTER };

    if (job->stage == STAGE(REQUESTED))
        return true;
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
        if (job->stage == STAGE(FAILED) && is_same(job->reason, passing[i]))
            return true;
    return false;
}

/* Released already: said once more it is released once more, which changes
 * nothing at the printer. Given up because nobody took it: now somebody does.
 */
bool state_job_takes(
        const Dw__PrintJob *job, const char *printer, uint32_t attempt)
{
    return is_same(job->request->printer, printer) &&
           job->request->attempt == attempt &&
           (job->stage == STAGE(REQUESTED) || job->stage == STAGE(ACCEPTED) ||
                   job->stage == STAGE(RELEASED) ||
                   (job->stage == STAGE(FAILED) &&
                           is_same(job->reason, STATE_NO_PRINTER)));
}

bool state_job_may_be_on_paper(const Dw__PrintJob *job)
{
    return job->stage == STAGE(ACCEPTED) || job->stage == STAGE(RELEASED) ||
           job->stage == STAGE(UNKNOWN);
}

/* What was accepted is released in the same turn: the ledger has heard of it.
 * One in doubt may have been, unless that is why it is in doubt. */
enum known state_job_was_released(
        const struct state *state, const Dw__PrintJob *job)
{
    const Dw__PrintRequested *request = job->request;

    if (job->stage == STAGE(RELEASED) ||
            (job->stage == STAGE(UNKNOWN) &&
                    !is_same(job->reason, STATE_PRINTED_BEFORE)))
        return KNOWN_YES;
    return state_delivery_was(state, request->order->id, request->job_id,
            DW__PROGRESS__PROGRESS_RECEIVED);
}

size_t state_job_base(const char *job_id)
{
    const char *dash = strrchr(job_id, '-');

    return dash && dash[1] == 'r' &&
                           strspn(dash + 2, "0123456789") == strlen(dash + 2)
                   ? (size_t)(dash - job_id)
                   : strlen(job_id);
}

/* Ids of orders and stations may have dashes, the mark behind them has none but
 * that of a copy: derive_new_job. */
bool state_job_station(
        const char *job_id, const char *order_id, char station[ID_CHARS + 1])
{
    size_t len = strlen(order_id);
    const char *begin = job_id + len + 1;
    const char *end;

    if (strncmp(job_id, order_id, len) != 0 || job_id[len] != '-')
        return false;
    end = strrchr(begin, '-');
    if (end && end[1] == 'r' && end > begin &&
            strspn(end + 2, "0123456789") == strlen(end + 2))
        end = memrchr(begin, '-', (size_t)(end - begin));
    if (!end || end == begin || end - begin > ID_CHARS ||
            strncmp(end, "-void", 5) == 0)
        return false;
    snprintf(station, ID_CHARS + 1, "%.*s", (int)(end - begin), begin);
    return true;
}

static bool find_printed_of(const struct state *state, const char *order_id,
        const char *job_id, struct printed *printed)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order_id);

    for (size_t i = 0; of && i < of->n_deliveries; i++) {
        const Dw__Delivery *delivery = of->deliveries[i];

        if (delivery->kind != DW__RECIPIENT_KIND__RECIPIENT_KIND_PRINTER ||
                delivery->progress != DW__PROGRESS__PROGRESS_PRINTED ||
                !is_same(delivery->delivery_id, job_id) ||
                !delivery->recipient ||
                !state_job_station(job_id, order_id, printed->station))
            continue;
        printed->order_id = of->order_id;
        printed->printer = delivery->recipient;
        return true;
    }
    return false;
}

bool state_find_printed(
        const struct state *state, const char *job_id, struct printed *printed)
{
    char order_id[SHELF_ID_CHARS + 1];
    const char *dash = strchr(job_id, '-');

    for (; dash; dash = strchr(dash + 1, '-')) {
        snprintf(order_id, sizeof(order_id), "%.*s", (int)(dash - job_id),
                job_id);
        if (find_printed_of(state, order_id, job_id, printed))
            return true;
    }
    return false;
}

/* --- those of an order --- */

struct job_walk state_walk_jobs(const struct state *state, const char *order_id)
{
    const Dw__OrderDeliveries *of = state_deliveries(state, order_id);

    if (of && of->left_out == 0)
        return (struct job_walk){ .state = state, .of = of };
    return (struct job_walk){
        .state = state, .order_id = order_id, .entry = shelf_first(&state->jobs)
    };
}

/* Was the delivery before this one of the same job, at another printer? */
static bool is_known(const Dw__OrderDeliveries *of, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(of->deliveries[i]->delivery_id,
                    of->deliveries[at]->delivery_id) == 0)
            return true;
    return false;
}

static const Dw__PrintJob *next_of_ledger(struct job_walk *walk)
{
    const Dw__PrintJob *job = NULL;

    for (; !job && walk->at < walk->of->n_deliveries; walk->at++) {
        const Dw__Delivery *delivery = walk->of->deliveries[walk->at];

        if (delivery->kind == DW__RECIPIENT_KIND__RECIPIENT_KIND_PRINTER &&
                !is_known(walk->of, walk->at))
            job = shelf_find(&walk->state->jobs, delivery->delivery_id);
        if (job && !state_job_is_of(job, walk->of->order_id))
            job = NULL;
    }
    return job;
}

const Dw__PrintJob *state_next_job(struct job_walk *walk)
{
    const Dw__PrintJob *job = NULL;

    if (walk->of)
        return next_of_ledger(walk);
    while (!job && walk->entry) {
        job = shelf_message(walk->entry);
        walk->entry = shelf_next(walk->entry);
        if (!state_job_is_of(job, walk->order_id))
            job = NULL;
    }
    return job;
}

uint32_t state_jobs_waiting(const struct state *state)
{
    const struct shelf_entry *entry = shelf_first(&state->jobs);
    uint32_t count = 0;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);

        count += job->stage == STAGE(REQUESTED) ||
                 job->stage == STAGE(ACCEPTED) || job->stage == STAGE(RELEASED);
    }
    return count;
}

/* --- what becomes of it --- */

static Dw__PrintJob *job_of(struct state *state, const struct evt *evt)
{
    state->jobs_version++;
    return shelf_find(&state->jobs, body_text(evt->body, "job_id"));
}

static void set_stage(
        Dw__PrintJob *job, Dw__JobStage stage, const struct evt *evt)
{
    const char *reason = body_text(evt->body, "reason");

    free(job->reason);
    job->reason = NULL;
    if (reason)
        body_set_string(&job->reason, reason);
    job->stage = stage;
    job->changed_at_ms = evt->ts_ms;
}

static void copy_tried(Dw__PrintJob *job, const Dw__PrintJob *before)
{
    job->tried = calloc(TRIED_MAX, sizeof(*job->tried));
    assert(job->tried);
    for (; job->n_tried < before->n_tried; job->n_tried++)
        body_set_string(&job->tried[job->n_tried], before->tried[job->n_tried]);
}

/* Offered again, it is as old as before. */
void state_print_requested(struct state *state, const struct evt *evt)
{
    const Dw__PrintRequested *request = (const void *)evt->body;
    const Dw__PrintJob *before = job_of(state, evt);
    Dw__PrintJob *job = (void *)body_new(&dw__print_job__descriptor);

    assert(job);
    job->request = (void *)body_copy(&request->base);
    assert(job->request);
    job->stage = STAGE(REQUESTED);
    job->changed_at_ms = evt->ts_ms;
    job->requested_at_ms = before && before->has_requested_at_ms
                                   ? before->requested_at_ms
                                   : evt->ts_ms;
    job->has_requested_at_ms = 1;
    if (before && before->n_tried > 0)
        copy_tried(job, before);
    shelf_put(&state->jobs, request->job_id, &job->base);
}

void state_print_accepted(struct state *state, const struct evt *evt)
{
    const Dw__PrintStep *step = (const void *)evt->body;
    Dw__PrintJob *job = job_of(state, evt);

    if (job && state_job_takes(job, step->printer, step->attempt) &&
            job->stage != STAGE(RELEASED))
        set_stage(job, STAGE(ACCEPTED), evt);
}

/* One of which nobody knows stays so until its printer says more. */
void state_print_released(struct state *state, const struct evt *evt)
{
    Dw__PrintJob *job = job_of(state, evt);

    if (job && job->stage != STAGE(UNKNOWN))
        set_stage(job, STAGE(RELEASED), evt);
}

/* A printer that says anything of one job is at work: the others that it was
 * told to print have waited no longer than since then. */
static void is_at_work(
        struct state *state, const char *printer, const struct evt *evt)
{
    const struct shelf_entry *entry = shelf_first(&state->jobs);

    for (; entry; entry = shelf_next(entry)) {
        Dw__PrintJob *job = shelf_message(entry);

        if (job->stage == STAGE(RELEASED) &&
                is_same(job->request->printer, printer))
            job->changed_at_ms = evt->ts_ms;
    }
}

void state_print_printed(struct state *state, const struct evt *evt)
{
    const char *printer = body_text(evt->body, "printer");

    state->jobs_version++;
    shelf_drop(&state->jobs, body_text(evt->body, "job_id"));
    if (printer)
        is_at_work(state, printer, evt);
}

/* One of another id takes its place, if it is only the id. */
void state_print_expired(struct state *state, const struct evt *evt)
{
    const char *id = body_text(evt->body, "job_id");

    state->jobs_version++;
    if (is_same(body_text(evt->body, "reason"), STATE_ID_USED))
        state->reprinted = (void *)shelf_take(&state->jobs, id);
    else
        shelf_drop(&state->jobs, id);
}

/* A printer that does not know what it was told to print has lost its spool,
 * and with it what it has printed. */
void state_print_failed(struct state *state, const struct evt *evt)
{
    const char *reason = body_text(evt->body, "reason");
    Dw__PrintJob *job = job_of(state, evt);
    bool is_unknown;

    if (!job)
        return;
    is_unknown =
            is_same(reason, "uncertain") ||
            (is_same(reason, "unknown_job") && state_job_may_be_on_paper(job));
    set_stage(job, is_unknown ? STAGE(UNKNOWN) : STAGE(FAILED), evt);
}

void state_print_unconfirmed(struct state *state, const struct evt *evt)
{
    Dw__PrintJob *job = job_of(state, evt);

    if (job)
        set_stage(job, STAGE(UNKNOWN), evt);
}

/* It is not at a printer until the offer that follows. */
void state_print_rerouted(struct state *state, const struct evt *evt)
{
    const Dw__PrintStep *step = (const void *)evt->body;
    Dw__PrintJob *job = job_of(state, evt);
    Dw__PrintRequested *request;

    if (!job || !step->printer)
        return;
    request = job->request;
    if (request->printer && request->printer[0] && job->n_tried < TRIED_MAX &&
            !state_job_was_at(job, request->printer)) {
        job->tried =
                realloc(job->tried, (job->n_tried + 1) * sizeof(*job->tried));
        assert(job->tried);
        job->tried[job->n_tried] = NULL;
        body_set_string(&job->tried[job->n_tried++], request->printer);
    }
    if (request->printer && request->printer[0])
        body_set_string(&request->rerouted_from, request->printer);
    body_set_string(&request->printer, step->printer);
    set_stage(job, STAGE(REQUESTED), evt);
}

/* The copy takes its place. */
void state_print_reprinted(struct state *state, const struct evt *evt)
{
    state->jobs_version++;
    state->reprinted =
            (void *)shelf_take(&state->jobs, body_text(evt->body, "job_id"));
}
