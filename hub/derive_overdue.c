#include "hub/derive_overdue.h"

#include <assert.h>
#include <string.h>

#include "hub/base/steady.h"
#include "hub/derive_parts.h"
#include "hub/evt/body.h"
#include "hub/state.h"

#define LOOK_MS  250  /* between two looks */
#define FIRST_MS 5000 /* the shortest of the deadlines below */
#define NEVER    INT64_MAX

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word

bool overdue_tick(
        struct overdue *overdue, const struct state *state, int64_t passed_ms)
{
    int64_t first_ms = passed_ms + FIRST_MS;

    if (overdue->jobs_version != state->jobs_version &&
            overdue->due_ms > first_ms)
        overdue->due_ms = first_ms;
    overdue->jobs_version = state->jobs_version;
    return overdue->is_due || passed_ms >= overdue->due_ms;
}

/* --- the deadlines --- */

#define ANY_STAGE STAGE(UNSPECIFIED)

enum printer_is { ANYHOW, ONLINE, AWAY };
enum since { ITS_LAST_STEP, ITS_FIRST_OFFER };

/* What is said of a job that has waited for so long in a stage; the first row
 * by which there is something to say counts. */
static const struct deadline {
    const char *reason;
    Dw__JobStage stage;
    enum printer_is printer;
    enum since since;
    int64_t after_ms; /* 0: the time for which print.requested is good */
    enum evt_id say;
} deadlines[] = {
    { "waited too long", ANY_STAGE, ANYHOW, ITS_FIRST_OFFER, 0,
            EVT_PRINT_EXPIRED },
    { "not accepted", STAGE(REQUESTED), ONLINE, ITS_LAST_STEP, FIRST_MS,
            EVT_PRINT_REROUTED },
    { "offline", STAGE(REQUESTED), AWAY, ITS_LAST_STEP, 10000,
            EVT_PRINT_REROUTED },
    { STATE_NO_PRINTER, STAGE(REQUESTED), ANYHOW, ITS_FIRST_OFFER, 15000,
            EVT_PRINT_FAILED },
    { STATE_NO_ANSWER, STAGE(RELEASED), ANYHOW, ITS_LAST_STEP, 20000,
            EVT_PRINT_UNCONFIRMED },
};

/* Of what waits, in a journal that has lost its end: it may have been released
 * since, to whichever printer. */
static const struct deadline in_doubt = { .reason = "records are lost",
    .say = EVT_PRINT_UNCONFIRMED };

static bool has_printer(const Dw__PrintJob *job)
{
    return job->request->printer && job->request->printer[0];
}

static bool is_online(const struct state *state, const Dw__PrintJob *job)
{
    const char *id = job->request->printer;
    const Dw__Device *device = id ? shelf_find(&state->devices, id) : NULL;

    return device && device->online;
}

static bool concerns(const struct deadline *row, const struct state *state,
        const Dw__PrintJob *job)
{
    if (row->stage != ANY_STAGE && row->stage != job->stage)
        return false;
    return row->printer == ANYHOW ||
           (row->printer == ONLINE) == is_online(state, job);
}

/* How much longer it may wait by this row; not more than 0: no longer. */
static int64_t left(const struct steady *steady, const struct deadline *row,
        const Dw__PrintJob *job)
{
    int64_t since_ms = row->since == ITS_LAST_STEP ? job->changed_at_ms
                                                   : job->requested_at_ms;
    int64_t after_ms = row->after_ms
                               ? row->after_ms
                               : evt_kinds[EVT_PRINT_REQUESTED].ttl_s * 1000ll;

    return after_ms - steady_age(steady, since_ms);
}

/* --- looking --- */

struct look {
    const struct state *state;
    const struct steady *steady;
    bool has_printers;
    int64_t left_ms; /* until the next job may be overdue */
};

static void wait_for(struct look *look, int64_t left_ms)
{
    if (left_ms < look->left_ms)
        look->left_ms = left_ms;
}

/* NULL: nothing yet. The row for nobody counts once the printer that has the
 * offer has had its time, too, and in a house that has printers at all, or had
 * one when the job was made. */
static const struct deadline *find_overdue(
        struct look *look, const Dw__PrintJob *job)
{
    bool has_offer = false; /* that may still be accepted */

    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
        const struct deadline *row = &deadlines[i];
        int64_t left_ms;

        if (!concerns(row, look->state, job))
            continue;
        left_ms = left(look->steady, row, job);
        if (row->say == EVT_PRINT_FAILED && !look->has_printers &&
                !has_printer(job))
            continue;
        if (left_ms > 0) {
            wait_for(look, left_ms);
            has_offer = has_offer || row->say == EVT_PRINT_REROUTED;
            continue;
        }
        if (row->say == EVT_PRINT_REROUTED &&
                !state_next_printer(look->state, job))
            continue;
        if (row->say != EVT_PRINT_FAILED || !has_offer)
            return row;
    }
    return NULL;
}

static void say(const struct look *look, const struct deadline *row,
        const Dw__PrintJob *job, derive_emit *emit, void *context)
{
    const Dw__PrintRequested *request = job->request;
    ProtobufCMessage *body = derive_new_body(row->say);
    const char *printer = has_printer(job) ? request->printer : NULL;

    body_complete_text(body, "job_id", request->job_id);
    body_complete_text(body, "order_id", request->order->id);
    body_complete_text(body, "reason", row->reason);
    if (row->say == EVT_PRINT_REROUTED) {
        body_complete_text(body, "from_printer", printer);
        printer = state_next_printer(look->state, job)->id;
    }
    body_complete_text(body, "printer", printer);
    emit(context, row->say, body);
}

/* What was released its printer still answers for. */
static bool may_be_out_since(const struct look *look, const Dw__PrintJob *job)
{
    return state_job_waits(job) && (look->has_printers || has_printer(job));
}

void overdue_look(struct overdue *overdue, const struct state *state,
        const struct steady *steady, derive_emit *emit, void *context)
{
    const struct shelf_entry *entry = shelf_first(&state->jobs);
    struct look look = { state, steady, state_has_printers(state), NEVER };
    uint32_t said = 0;

    for (; entry && said < PRINT_SAID; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);
        const struct deadline *row = find_overdue(&look, job);

        if (overdue->is_in_doubt && may_be_out_since(&look, job))
            row = &in_doubt;
        if (!row)
            continue;
        say(&look, row, job, emit, context);
        said++;
    }
    overdue->is_due = entry != NULL;
    overdue->is_in_doubt = overdue->is_in_doubt && overdue->is_due;
    overdue->due_ms =
            look.left_ms == NEVER
                    ? NEVER
                    : steady_now(steady) +
                              (look.left_ms > LOOK_MS ? look.left_ms : LOOK_MS);
}
