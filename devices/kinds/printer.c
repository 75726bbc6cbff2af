#include "devices/kinds/printer.h"

#include <stdio.h>
#include <string.h>

#include "devices/kinds/escpos.h"
#include "devices/kinds/kinds.h"
#include "devices/kinds/ticket.h"
#include "schemas/envelope.pb-c.h"

#define CONNECT_MS   3000
#define STALL_MS     10000 /* no byte taken */
#define FINISH_MS    30000 /* all bytes taken, not yet through */
#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 15000

/* A printer that cannot be reached for so long is reported. */
#define AWAY_MS (2 * 60 * 1000)

/* While the output is busy it is asked at least so often. */
#define POLL_MS 50

/* The ticket of the longest message, in commands and bytes. */
#define TICKET_BYTES (8 * DEVICE_MESSAGE_BYTES)

enum step {
    STEP_IDLE,
    STEP_OPENING,
    STEP_SENDING,
    STEP_FINISHING,
};

struct printer {
    enum step step;
    char job_id[PRINT_JOB_ID_BYTES]; /* of all steps but STEP_IDLE */
    uint64_t deadline_ms;
    uint64_t retry_at_ms;
    uint32_t retry_ms;
    uint64_t away_since_ms; /* 0: reached at the last attempt */
    bool gave_up;           /* jobs failed as "offline" and may come again */
    size_t len;
    size_t sent;
    uint8_t job[DEVICE_MESSAGE_BYTES];
    uint8_t bytes[TICKET_BYTES];
};

static const struct print_equipment *equipment(const struct device *device)
{
    return device->config.equipment;
}

/* --- telling --- */

static bool tell(struct device *device, const char *job_id,
        const struct print_mark *mark)
{
    Dw__PrintPrinted printed = DW__PRINT_PRINTED__INIT;
    Dw__PrintFailed failed = DW__PRINT_FAILED__INIT;
    struct fact fact = { .topic = FACT_ACK, .id = mark->fact_id };

    printed.job_id = (char *)job_id; /* these are only read */
    failed.job_id = (char *)job_id;
    if (mark->stage == PRINT_PRINTED) {
        fact.field = DW__ENVELOPE__BODY_PRINT_PRINTED;
        fact.body = &printed.base;
    } else {
        failed.reason = mark->stage == PRINT_UNCERTAIN ? (char *)"uncertain"
                                                       : (char *)mark->reason;
        fact.field = DW__ENVELOPE__BODY_PRINT_FAILED;
        fact.body = &failed.base;
    }
    return device_say(device, &fact);
}

/* Results wait in the spool until the outbox has room for them. */
static void tell_untold(struct device *device)
{
    const struct print_spool *spool = &equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark mark;

    while (device->outbox.count < DEVICE_FACTS &&
            spool->untold(spool->ctx, job_id, &mark))
        tell(device, job_id, &mark);
}

static void conclude(struct device *device, const char *job_id,
        enum print_stage stage, const char *reason)
{
    const struct print_spool *spool = &equipment(device)->spool;
    struct print_mark mark = { .stage = stage };

    snprintf(mark.reason, sizeof(mark.reason), "%s", reason ? reason : "");
    device_make_id(device, mark.fact_id);
    /* If this cannot be kept, the job stays "started" on disk: after a
     * restart it is uncertain, which is true. */
    spool->mark(spool->ctx, job_id, &mark);
    if (stage == PRINT_PRINTED)
        device_show(device, "printed job=%s", job_id);
    else
        device_show(device, "failed job=%s reason=%s", job_id,
                stage == PRINT_UNCERTAIN ? "uncertain" : mark.reason);
    tell_untold(device);
}

/* --- one job --- */

static void stop(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_out *out = &equipment(device)->out;

    out->close(out->ctx);
    printer->step = STEP_IDLE;
}

static void end_job(
        struct device *device, enum print_stage stage, const char *reason)
{
    struct printer *printer = device->state;

    stop(device);
    conclude(device, printer->job_id, stage, reason);
}

/* Nothing was sent yet: the job stays first in the queue. */
static void try_later(struct device *device)
{
    struct printer *printer = device->state;
    uint32_t random = device->platform->random(device->platform->ctx);

    stop(device);
    if (printer->away_since_ms == 0) {
        printer->away_since_ms = device->now_ms;
        printer->retry_ms = RETRY_MIN_MS;
        device_show(device, "printer away");
    }
    printer->retry_at_ms =
            device->now_ms + RETRY_MIN_MS / 2 + random % printer->retry_ms;
    printer->retry_ms = printer->retry_ms * 2 < RETRY_MAX_MS
                                ? printer->retry_ms * 2
                                : RETRY_MAX_MS;
}

static void put_line(void *ctx, unsigned style, const char *text)
{
    escpos_line(ctx, style, text);
}

/* The ticket's bytes; false if it does not fit. */
static bool render(struct device *device, const Dw__Notification *note)
{
    struct printer *printer = device->state;
    const struct print_equipment *with = equipment(device);
    struct escpos escpos;
    const struct ticket_paper paper = { .profile = with->profile,
        .columns = with->profile->columns,
        .utc_offset_s = with->utc_offset_s,
        .time_ms = note->ts_ms,
        .line = put_line,
        .ctx = &escpos };

    escpos_begin(
            &escpos, with->profile, printer->bytes, sizeof(printer->bytes));
    ticket_layout(&paper, note->print_requested);
    printer->len = escpos_end(&escpos);
    printer->sent = 0;
    return printer->len > 0;
}

/* Read, check and lay out the job. NULL: go ahead; else why it fails. */
static const char *prepare(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &equipment(device)->spool;
    const Dw__Notification *note;
    size_t len = spool->read(
            spool->ctx, printer->job_id, printer->job, sizeof(printer->job));

    note = len ? device_decode(device, printer->job, len) : NULL;
    if (!note || note->body_case != DW__NOTIFICATION__BODY_PRINT_REQUESTED)
        return "unreadable";
    if (device_is_late(device, note))
        return "expired";
    if (printer->away_since_ms &&
            device->now_ms - printer->away_since_ms >= AWAY_MS) {
        printer->gave_up = true;
        return "offline";
    }
    return render(device, note) ? NULL : "unsupported";
}

static void begin(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &equipment(device)->spool;
    const char *reason;

    if (!spool->oldest(spool->ctx, PRINT_QUEUED, printer->job_id)) {
        printer->away_since_ms = 0; /* nobody is waiting for it */
        printer->retry_at_ms = 0;
        return;
    }
    if (device->now_ms < printer->retry_at_ms)
        return;
    reason = prepare(device);
    if (reason) {
        conclude(device, printer->job_id, PRINT_FAILED, reason);
        device_wake(device, device->now_ms);
        return;
    }
    printer->step = STEP_OPENING;
    printer->deadline_ms = device->now_ms + CONNECT_MS;
}

static void step_opening(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_equipment *with = equipment(device);
    const struct print_mark started = { .stage = PRINT_STARTED };

    switch (with->out.open(with->out.ctx)) {
    case OUT_WAIT:
        if (device->now_ms >= printer->deadline_ms)
            try_later(device);
        return;
    case OUT_GONE:
        try_later(device);
        return;
    case OUT_DONE:
        break;
    }
    if (!with->spool.mark(with->spool.ctx, printer->job_id, &started)) {
        try_later(device);
        return;
    }
    printer->away_since_ms = 0;
    printer->step = STEP_SENDING;
    printer->deadline_ms = device->now_ms + STALL_MS;
}

static void step_sending(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_out *out = &equipment(device)->out;
    int taken = out->write(out->ctx, printer->bytes + printer->sent,
            printer->len - printer->sent);

    if (taken < 0 || (taken == 0 && device->now_ms >= printer->deadline_ms)) {
        end_job(device, PRINT_UNCERTAIN, NULL);
        return;
    }
    if (taken == 0)
        return;
    printer->sent += (size_t)taken;
    printer->deadline_ms = device->now_ms + STALL_MS;
    if (printer->sent == printer->len) {
        printer->step = STEP_FINISHING;
        printer->deadline_ms = device->now_ms + FINISH_MS;
    }
}

static void step_finishing(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_equipment *with = equipment(device);

    switch (with->out.finish(with->out.ctx, with->profile->answers)) {
    case OUT_WAIT:
        if (device->now_ms >= printer->deadline_ms)
            end_job(device, PRINT_UNCERTAIN, NULL);
        return;
    case OUT_GONE:
        end_job(device, PRINT_UNCERTAIN, NULL);
        return;
    case OUT_DONE:
        end_job(device, PRINT_PRINTED, NULL);
        if (printer->gave_up) /* it works again: the hub offers the rest */
            device_announce(device);
        printer->gave_up = false;
        return;
    }
}

/* One step; true if the next may follow at once. */
static bool advance(struct device *device)
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

static void on_tick(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];

    while (advance(device))
        ;
    tell_untold(device);
    if (printer->step != STEP_IDLE)
        device_wake(device, device->now_ms + POLL_MS);
    else if (spool->oldest(spool->ctx, PRINT_QUEUED, job_id))
        device_wake(device, printer->retry_at_ms);
}

/* --- jobs coming in --- */

/* Tell again what is known of a job that was offered again. */
static void repeat_result(struct device *device, const char *job_id,
        const struct print_mark *mark)
{
    if (device->outbox.count < DEVICE_FACTS)
        tell(device, job_id, mark);
}

static enum device_take store(struct device *device, const char *job_id,
        const struct device_message *message)
{
    const struct print_spool *spool = &equipment(device)->spool;
    struct print_mark full = { .stage = PRINT_FAILED, .reason = "spool_full" };

    switch (spool->put(spool->ctx, job_id, message->bytes, message->len)) {
    case PUT_STORED:
        device_wake(device, device->now_ms);
        return DEVICE_TAKEN;
    case PUT_FULL:
        device_make_id(device, full.fact_id);
        device_show(device, "failed job=%s reason=spool_full", job_id);
        return tell(device, job_id, &full) ? DEVICE_TAKEN : DEVICE_NOT_NOW;
    case PUT_FAILED:
        break;
    }
    return DEVICE_NOT_NOW;
}

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    const struct print_spool *spool = &equipment(device)->spool;
    const char *job_id;
    struct print_mark mark;

    if (message->note->body_case != DW__NOTIFICATION__BODY_PRINT_REQUESTED)
        return DEVICE_TAKEN;
    job_id = message->note->print_requested->job_id;
    if (strlen(job_id) >= PRINT_JOB_ID_BYTES ||
            strspn(job_id, PRINT_JOB_ID_CHARS) != strlen(job_id) ||
            job_id[0] == '\0') {
        device->counts.bad++; /* nobody to answer to without an id */
        return DEVICE_TAKEN;
    }

    mark = spool->look(spool->ctx, job_id);
    switch (mark.stage) {
    case PRINT_QUEUED:
    case PRINT_STARTED:
        return DEVICE_TAKEN;
    case PRINT_PRINTED:
    case PRINT_UNCERTAIN:
        repeat_result(device, job_id, &mark);
        return DEVICE_TAKEN;
    case PRINT_UNKNOWN:
    case PRINT_FAILED:
        break;
    }
    return store(device, job_id, message);
}

/* A job that was under way when the power went: nobody can know. */
static void on_start(struct device *device)
{
    const struct print_spool *spool = &equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];

    while (spool->oldest(spool->ctx, PRINT_STARTED, job_id))
        conclude(device, job_id, PRINT_UNCERTAIN, NULL);
    device_wake(device, device->now_ms);
}

static void on_told(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    const struct print_spool *spool = &equipment(device)->spool;

    spool->told(spool->ctx, id);
    device_wake(device, device->now_ms);
}

const struct device_kind printer_kind = {
    .name = "printer",
    .about = "prints the tickets of its station",
    .listen = { "dev/%d/job" },
    .state_bytes = sizeof(struct printer),
    .on_start = on_start,
    .on_message = on_message,
    .on_tick = on_tick,
    .on_told = on_told,
};
