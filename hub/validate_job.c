/* Print jobs: who may say what of them, and what was not said. */
#include "hub/validate.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "hub/validate_parts.h"

static const Dw__PrintJob *job_of(
        const struct statement *statement, const struct state *state)
{
    const char *id = body_text(statement->body, "job_id");

    return id ? shelf_find(&state->jobs, id) : NULL;
}

/* --- what cannot be so --- */

/* A printer prints nothing that it was not told to. If it says so all the same
 * it was told by another job of this id: orders' numbers come again, and it
 * remembers for longer than the hub. */
static bool is_of_another(
        const struct statement *statement, const Dw__PrintJob *job)
{
    const char *reason = body_text(statement->body, "reason");

    if (!job || !statement->from->device[0])
        return false;
    return statement->what == EVT_PRINT_PRINTED ||
           (statement->what == EVT_PRINT_FAILED && reason &&
                   strcmp(reason, "uncertain") == 0);
}

/* Once: a printer that says the same of a new id says so of anything. */
static bool was_renamed(const char *job_id)
{
    size_t end = state_job_base(job_id), at = end;

    while (at > 0 && job_id[at - 1] >= '0' && job_id[at - 1] <= '9')
        at--;
    return at > 0 && at < end && job_id[at - 1] == '_';
}

/* Is it certain that it has not come out, so that another id is all it needs?
 */
static bool is_id_to_blame(const struct state *state, const Dw__PrintJob *job)
{
    return !state->lacks_records && !was_renamed(job->request->job_id) &&
           state_job_was_released(state, job) == KNOWN_NO;
}

void validate_reword(struct statement *statement, const struct state *state)
{
    const Dw__PrintJob *job = job_of(statement, state);
    ProtobufCMessage *said = statement->body, *body;
    bool is_id;

    if (!is_of_another(statement, job) ||
            state_job_was_released(state, job) == KNOWN_YES)
        return;
    body = body_new(&dw__print_step__descriptor);
    assert(body);
    is_id = is_id_to_blame(state, job);
    body_complete_text(body, "job_id", body_text(said, "job_id"));
    body_complete_text(body, "order_id", body_text(said, "order_id"));
    body_complete_text(body, "printer", body_text(said, "printer"));
    body_complete_text(
            body, "reason", is_id ? STATE_ID_USED : STATE_PRINTED_BEFORE);
    body_free(said);
    statement->body = body;
    statement->what = is_id ? EVT_PRINT_EXPIRED : EVT_PRINT_UNCONFIRMED;
}

/* --- what was not given --- */

static void complete_way(const struct statement *statement,
        const struct state *state, const Dw__PrintJob *job)
{
    const Dw__Device *printer;

    body_complete_text(statement->body, "from_printer", job->request->printer);
    if (statement->what != EVT_PRINT_REPRINTED)
        return;
    printer = state_printer(state, job->request->station);
    if (printer)
        body_complete_text(statement->body, "printer", printer->id);
}

/* A copy of what is printed comes out where that did, or where its station's
 * tickets do by now. */
static void complete_printed(
        const struct statement *statement, const struct state *state)
{
    const char *id = body_text(statement->body, "job_id");
    struct printed printed;
    const Dw__Device *printer;

    if (!id || !state_find_printed(state, id, &printed))
        return;
    body_complete_text(statement->body, "order_id", printed.order_id);
    body_complete_text(statement->body, "from_printer", printed.printer);
    printer = shelf_find(&state->devices, printed.printer);
    if (!printer || !printer->online)
        printer = state_printer(state, printed.station);
    if (printer)
        body_complete_text(statement->body, "printer", printer->id);
}

/* A printer speaks for itself, also of what is at another one by now. */
void job_complete(const struct statement *statement, const struct state *state)
{
    const char *own = statement->from->device;
    const Dw__PrintJob *job = job_of(statement, state);
    bool is_way = statement->what == EVT_PRINT_REROUTED ||
                  statement->what == EVT_PRINT_REPRINTED;

    if (own[0])
        body_complete_text(statement->body, "printer", own);
    if (!job) {
        if (statement->what == EVT_PRINT_REPRINTED)
            complete_printed(statement, state);
        return;
    }
    body_complete_text(statement->body, "order_id", job->request->order->id);
    if (is_way)
        complete_way(statement, state, job);
    else
        body_complete_text(statement->body, "printer", job->request->printer);
}

/* --- possible --- */

static enum err is_known(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    if (job_of(statement, state))
        return ERR_OK;
    return fault_set(
            fault, ERR_NOT_FOUND, "jobId", "nothing open is known by this id");
}

static enum err is_here(const struct statement *statement,
        const Dw__PrintJob *job, struct fault *fault)
{
    const char *printer = body_text(statement->body, "printer");

    if (!statement->from->device[0] || !job->request->printer ||
            strcmp(printer, job->request->printer) == 0)
        return ERR_OK;
    return fault_set(fault, ERR_IMPOSSIBLE, "printer",
            "the job is at another printer by now");
}

/* The ledger goes by the order. */
static enum err is_of_its_order(const struct statement *statement,
        const Dw__PrintJob *job, struct fault *fault)
{
    const char *order_id = body_text(statement->body, "order_id");

    if (!order_id || strcmp(order_id, job->request->order->id) == 0)
        return ERR_OK;
    return fault_set(
            fault, ERR_IMPOSSIBLE, "orderId", "the job is for another order");
}

enum err job_may_be_answered(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    if (statement->what == EVT_PRINT_REROUTED &&
            !body_text(statement->body, "printer"))
        return fault_set(fault, ERR_MISSING_FIELD, "printer", "is missing");
    if (is_known(statement, state, fault) != ERR_OK ||
            is_of_its_order(statement, job_of(statement, state), fault) !=
                    ERR_OK)
        return fault->code;
    return is_here(statement, job_of(statement, state), fault);
}

/* Of what may have come out the id is its own. */
enum err job_may_expire(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *reason = body_text(statement->body, "reason");
    enum err err = job_may_be_answered(statement, state, fault);

    if (err != ERR_OK || !reason || strcmp(reason, STATE_ID_USED) != 0 ||
            is_id_to_blame(state, job_of(statement, state)))
        return err;
    return fault_set(fault, ERR_IMPOSSIBLE, "reason",
            "the job may have come out under this id");
}

static enum err set_stale(const Dw__PrintJob *job, struct fault *fault)
{
    return fault_set(fault, ERR_IMPOSSIBLE, "attempt",
            "this offer counts no more: the job is at attempt %u",
            job->request->attempt);
}

enum err job_may_be_accepted(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__PrintStep *step = (const void *)statement->body;
    const Dw__PrintJob *job = job_of(statement, state);
    enum err err = job_may_be_answered(statement, state, fault);

    if (err != ERR_OK || state_job_takes(job, step->printer, step->attempt))
        return err;
    return set_stale(job, fault);
}

/* What became of an older offer says nothing of the newer one. But whichever
 * offer it was: what may be on paper may be on paper. */
enum err job_may_have_failed(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__PrintFailed *failed = (const void *)statement->body;
    const Dw__PrintJob *job = job_of(statement, state);
    enum err err = job_may_be_answered(statement, state, fault);

    if (err != ERR_OK || !failed->has_attempt ||
            failed->attempt >= job->request->attempt ||
            strcmp(failed->reason, "uncertain") == 0)
        return err;
    return set_stale(job, fault);
}

static enum err is_printer(
        const char *id, const struct state *state, struct fault *fault)
{
    const Dw__Device *device = id ? shelf_find(&state->devices, id) : NULL;

    if (!id || (device && strcmp(device->kind, "printer") == 0))
        return ERR_OK;
    return fault_set(fault, ERR_NOT_FOUND, "printer", "no such printer");
}

static bool has_dishes(const Dw__Order *order, const char *station)
{
    for (size_t i = 0; i < order->n_items; i++) {
        const Dw__Item *item = order->items[i];
        bool is_here = strcmp(station, STATE_CATCH_ALL) == 0 ||
                       (item->station && strcmp(item->station, station) == 0);

        if (is_here && item->status != DW__ITEM_STATUS__ITEM_STATUS_CANCELLED)
            return true;
    }
    return false;
}

/* The copy that nobody has got yet, or NULL. */
static const char *find_copy(const struct state *state, const char *job_id)
{
    const struct shelf_entry *entry = shelf_first(&state->jobs);

    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintRequested *request =
                ((const Dw__PrintJob *)shelf_message(entry))->request;

        if (request->copy_of && strcmp(request->copy_of, job_id) == 0)
            return request->job_id;
    }
    return NULL;
}

/* It came out, and is gone: while somebody cooks from it there may be another
 * one; but who asks twice gets one. */
static enum err may_be_replaced(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *id = body_text(statement->body, "job_id");
    const char *order_id = body_text(statement->body, "order_id");
    struct printed printed;
    const Dw__Order *order;

    if (!id || !state_find_printed(state, id, &printed) || !order_id ||
            strcmp(order_id, printed.order_id) != 0)
        return fault_set(
                fault, ERR_NOT_FOUND, "jobId", "no ticket is known by this id");
    order = shelf_find(&state->orders, order_id);
    if (!order)
        return fault_set(fault, ERR_IMPOSSIBLE, "jobId", "its order is over");
    if (!has_dishes(order, printed.station))
        return fault_set(fault, ERR_IMPOSSIBLE, "jobId",
                "nothing of it is to be cooked any more");
    if (find_copy(state, id))
        return fault_set(fault, ERR_IMPOSSIBLE, "jobId",
                "there is a copy of it already, which is not printed: %s",
                find_copy(state, id));
    return ERR_OK;
}

/* What a printer has yet to answer for may come out by itself. */
enum err job_may_be_reprinted(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__PrintJob *job = job_of(statement, state);

    if (!job && may_be_replaced(statement, state, fault) != ERR_OK)
        return fault->code;
    if (job && job->stage != DW__JOB_STAGE__JOB_STAGE_FAILED &&
            job->stage != DW__JOB_STAGE__JOB_STAGE_UNKNOWN)
        return fault_set(fault, ERR_IMPOSSIBLE, "jobId",
                "it has not failed: it is about to be printed");
    return is_printer(body_text(statement->body, "printer"), state, fault);
}
