#include "devices/kinds/printer_parts.h"

#include <string.h>

#include "devices/paper/escpos.h"
#include "devices/ticket/ticket.h"

#define CONNECT_MS   3000
#define ANSWER_MS    3000  /* how it is */
#define STALL_MS     10000 /* no byte taken */
#define FINISH_MS    30000 /* all bytes taken, not yet through */
#define CLOCK_MS     250   /* does somebody know the time by now? */
#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 5000

/* Jobs of a blocked printer that fail before messages are read again. */
#define FAIL_AT_ONCE 8

/* --- a printer that is blocked --- */

static void stop(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_out *out = &printer_equipment(device)->out;

    out->close(out->ctx);
    printer->step = STEP_IDLE;
    printer->is_test = false;
}

static bool is_job(const struct printer *printer)
{
    return printer->job_id[0] != '\0';
}

void printer_put_off(struct device *device, const char *job_id)
{
    const struct printer *printer = device->state;

    if ((printer->step == STEP_OPENING || printer->step == STEP_CHECKING) &&
            strcmp(printer->job_id, job_id) == 0)
        stop(device);
}

/* Nothing was sent yet: the job stays first in the queue. */
static void try_later(struct device *device, const char *trouble)
{
    struct printer *printer = device->state;
    uint32_t random = device->platform->random(device->platform->ctx);

    stop(device);
    if (!printer->trouble) {
        printer->blocked_ms = device->now_ms;
        printer->retry_ms = RETRY_MIN_MS;
    }
    if (!printer->trouble || strcmp(printer->trouble, trouble) != 0)
        device_show(device, "blocked reason=%s", trouble);
    printer->trouble = trouble;
    printer->retry_at_ms =
            device->now_ms + RETRY_MIN_MS / 2 + random % printer->retry_ms;
    printer->retry_ms = printer->retry_ms * 2 < RETRY_MAX_MS
                                ? printer->retry_ms * 2
                                : RETRY_MAX_MS;
}

uint64_t printer_give_up_at(const struct device *device)
{
    const struct printer *printer = device->state;
    uint32_t ms = printer_equipment(device)->give_up_ms;

    return printer->trouble ? printer->blocked_ms + (ms ? ms : PRINT_GIVE_UP_MS)
                            : UINT64_MAX;
}

void printer_give_up(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];

    if (device->now_ms < printer_give_up_at(device) ||
            printer->step >= STEP_SENDING)
        return;
    for (int i = 0; i < FAIL_AT_ONCE &&
                    spool->oldest(spool->ctx, PRINT_RELEASED, job_id);
            i++) {
        if (!printer_conclude(device, job_id, PRINT_FAILED, printer->trouble))
            return;
        printer->gave_up = true;
        if (is_job(printer) && printer->step != STEP_IDLE)
            stop(device);
    }
}

/* It takes jobs; those that failed may come again. */
static void is_well(struct device *device)
{
    struct printer *printer = device->state;

    if (printer->trouble)
        device_show(device, "well again");
    printer->announce = printer->announce || printer->gave_up;
    printer->trouble = NULL;
    printer->gave_up = false;
    printer->retry_at_ms = 0;
}

void printer_want_test(struct device *device, uint64_t until_ms)
{
    struct printer *printer = device->state;

    if (until_ms == 0 && printer->is_test && printer->step < STEP_SENDING)
        stop(device);
    printer->test_until_ms = until_ms;
}

/* --- one job --- */

static void end_job(struct device *device, enum print_stage stage)
{
    struct printer *printer = device->state;
    bool is_test = printer->is_test;

    stop(device);
    if (is_job(printer))
        printer_conclude(device, printer->job_id, stage, NULL);
    else if (is_test)
        device_show(device, "%s",
                stage == PRINT_PRINTED ? "printed a test page"
                                       : "the test page was broken off");
}

/* Nothing of it was or will be printed, so nobody has to look for a ticket,
 * unless the disk does not know that. */
static void end_unprinted(struct device *device)
{
    struct printer *printer = device->state;
    bool was_job = is_job(printer);

    if (was_job && !printer_conclude(
                           device, printer->job_id, PRINT_FAILED, "offline")) {
        end_job(device, PRINT_UNCERTAIN);
        return;
    }
    try_later(device, "offline");
    printer->gave_up = printer->gave_up || was_job;
}

/* It took none or not all of the bytes. */
static void break_off(struct device *device)
{
    const struct printer *printer = device->state;

    if (printer->sent > 0)
        end_job(device, PRINT_UNCERTAIN);
    else
        end_unprinted(device);
}

/* What a ticket or a test page is laid out on. */
static struct ticket_paper paper_of(
        const struct print_equipment *with, const struct paper_sink *sink)
{
    return (struct ticket_paper){ .profile = with->profile,
        .glyphs = with->glyphs,
        .sink = sink,
        .templates = with->templates,
        .language = with->language,
        .qr_prefix = with->qr_prefix,
        .columns = with->columns ? with->columns : with->profile->columns,
        .utc_offset_s = with->utc_offset_s };
}

/* Somebody has to begin something: not for what is known already. */
static bool is_loud(
        const struct print_equipment *with, const Dw__PrintRequested *job)
{
    return with->buzz && job->kind == DW__TICKET_KIND__TICKET_KIND_ORDER &&
           !job->copy_of;
}

/* The ticket's bytes; false if they do not fit. */
static bool render(struct device *device, const Dw__Notification *note)
{
    struct printer *printer = device->state;
    const struct print_equipment *with = printer_equipment(device);
    struct escpos escpos;
    const struct paper_sink sink = escpos_sink(&escpos);
    struct ticket_paper paper = paper_of(with, &sink);

    paper.time_ms = note->ts_ms;
    escpos_begin(&escpos, with->profile, with->glyphs, printer->bytes,
            sizeof(printer->bytes));
    if (is_loud(with, note->print_requested))
        sink.buzz(sink.ctx);
    printer->len = ticket_layout(&paper, note->print_requested)
                           ? escpos_end(&escpos, ++printer->number)
                           : 0;
    printer->sent = 0;
    return printer->len > 0;
}

size_t printer_test_page(const struct print_equipment *with, const char *name,
        uint32_t number, uint8_t *out, size_t cap)
{
    struct escpos escpos;
    const struct paper_sink sink = escpos_sink(&escpos);
    const struct ticket_paper paper = paper_of(with, &sink);

    escpos_begin(&escpos, with->profile, with->glyphs, out, cap);
    return ticket_test_page(&paper, name) ? escpos_end(&escpos, number) : 0;
}

static bool render_test(struct device *device)
{
    struct printer *printer = device->state;

    printer->sent = 0;
    printer->len =
            printer_test_page(printer_equipment(device), device->config.id,
                    ++printer->number, printer->bytes, sizeof(printer->bytes));
    return printer->len > 0;
}

/* Read, check and lay out the job. NULL: go ahead; else why it fails. */
static const char *prepare(struct device *device)
{
    struct printer *printer = device->state;
    const Dw__Notification *note = printer_read_job(device, printer->job_id);

    if (!note)
        return "unreadable";
    if (device_is_late(device, note))
        return "expired";
    return render(device, note) ? NULL : "unsupported";
}

/* A ticket of which nobody knows how old it is waits for the hub's word. */
static bool waits_for_time(struct device *device)
{
    const struct printer *printer = device->state;
    const Dw__Notification *note;

    if (device_knows_time(device) || !is_job(printer))
        return false;
    note = printer_read_job(device, printer->job_id);
    return note && !printer_can_judge(device, note);
}

/* What is next: the oldest job, a test page, or to ask how it is. False: none
 * of them. */
static bool choose(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;

    if (device->now_ms >= printer->test_until_ms)
        printer->test_until_ms = 0;
    printer->is_test = false;
    if (spool->oldest(spool->ctx, PRINT_RELEASED, printer->job_id))
        return true;
    printer->job_id[0] = '\0';
    printer->is_test = printer->test_until_ms != 0;
    return printer->is_test || printer->gave_up;
}

static void fail(struct device *device, const char *reason)
{
    struct printer *printer = device->state;

    if (printer_conclude(device, printer->job_id, PRINT_FAILED, reason))
        device_wake(device, device->now_ms);
    else
        try_later(device, "spool");
}

/* Begin what is next. */
static void begin(struct device *device)
{
    struct printer *printer = device->state;
    const char *reason;

    if (!choose(device)) {
        printer->trouble = NULL; /* nobody is waiting for it */
        printer->retry_at_ms = 0;
        return;
    }
    if (device->now_ms < printer->retry_at_ms)
        return;
    if (waits_for_time(device)) {
        printer->retry_at_ms = device->now_ms + CLOCK_MS;
        return;
    }
    reason = is_job(printer) ? prepare(device) : NULL;
    if (reason) {
        fail(device, reason);
        return;
    }
    if (printer->is_test && !render_test(device)) {
        device_show(device, "a test page does not fit");
        printer->test_until_ms = 0;
        return;
    }
    printer->step = STEP_OPENING;
    printer->deadline_ms = device->now_ms + CONNECT_MS;
}

static void step_opening(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_out *out = &printer_equipment(device)->out;

    switch (out->open(out->ctx, printer->job_id)) {
    case OUT_WAIT:
        if (device->now_ms >= printer->deadline_ms)
            try_later(device, "offline");
        return;
    case OUT_GONE:
    case OUT_REFUSED:
        try_later(device, "offline");
        return;
    case OUT_DONE:
        printer->step = STEP_CHECKING;
        printer->deadline_ms = device->now_ms + ANSWER_MS;
        return;
    }
}

/* Why it cannot print, or NULL. An open cover hides the paper. */
static const char *find_trouble(const struct print_status *status)
{
    if (status->cover_open)
        return "cover_open";
    if (status->paper_out)
        return "paper_out";
    return status->failed ? "offline" : NULL;
}

static void start_job(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    const struct print_mark started = { .stage = PRINT_STARTED };

    if (is_job(printer) &&
            !spool->mark(spool->ctx, printer->job_id, &started)) {
        try_later(device, "spool");
        return;
    }
    is_well(device);
    if (!is_job(printer) && !printer->is_test) {
        stop(device);
        return;
    }
    if (printer->is_test)
        printer->test_until_ms = 0; /* whatever becomes of it */
    printer->step = STEP_SENDING;
    printer->deadline_ms = device->now_ms + STALL_MS;
}

static void step_checking(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_equipment *with = printer_equipment(device);
    struct print_status status = { 0 };
    const char *trouble;

    switch (with->profile->asks || with->out.knows
                    ? with->out.check(with->out.ctx, &status)
                    : OUT_DONE) {
    case OUT_WAIT:
        if (device->now_ms >= printer->deadline_ms)
            try_later(device, "offline");
        return;
    case OUT_GONE:
    case OUT_REFUSED:
        try_later(device, "offline");
        return;
    case OUT_DONE:
        break;
    }
    printer_tell_status(device, &status);
    trouble = find_trouble(&status);
    if (trouble)
        try_later(device, trouble);
    else
        start_job(device);
}

static void step_sending(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_out *out = &printer_equipment(device)->out;
    int taken = out->write(out->ctx, printer->bytes + printer->sent,
            printer->len - printer->sent);

    if (taken < 0 || (taken == 0 && device->now_ms >= printer->deadline_ms)) {
        break_off(device);
        return;
    }
    if (taken == 0)
        return;
    printer->sent += (size_t)taken;
    printer->deadline_ms = device->now_ms + STALL_MS;
    if (printer->sent == printer->len) {
        printer->step = STEP_FINISHING;
        printer->deadline_ms =
                device->now_ms + (out->finish_ms ? out->finish_ms : FINISH_MS);
    }
}

static void step_finishing(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_equipment *with = printer_equipment(device);

    switch (with->out.finish(
            with->out.ctx, with->profile->confirm, printer->number)) {
    case OUT_WAIT:
        if (device->now_ms >= printer->deadline_ms)
            end_job(device, PRINT_UNCERTAIN);
        return;
    case OUT_GONE:
        end_job(device, PRINT_UNCERTAIN);
        return;
    case OUT_REFUSED:
        end_unprinted(device);
        return;
    case OUT_DONE:
        end_job(device, PRINT_PRINTED);
        return;
    }
}

bool printer_advance(struct device *device)
{
    struct printer *printer = device->state;
    enum step before = printer->step;
    size_t sent = printer->sent;

    switch (before) {
    case STEP_IDLE:
        begin(device);
        break;
    case STEP_OPENING:
        step_opening(device);
        break;
    case STEP_CHECKING:
        step_checking(device);
        break;
    case STEP_SENDING:
        step_sending(device);
        break;
    case STEP_FINISHING:
        step_finishing(device);
        break;
    }
    return printer->step != before ? printer->step != STEP_IDLE
                                   : printer->sent > sent;
}
