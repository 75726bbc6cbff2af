#include "devices/kinds/printer_parts.h"

#include <stdio.h>
#include <string.h>

#include "schemas/envelope.pb-c.h"

const struct print_equipment *printer_equipment(const struct device *device)
{
    return device->config.equipment;
}

const Dw__Notification *printer_read_job(
        struct device *device, const char *job_id)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    size_t len =
            spool->read(spool->ctx, job_id, printer->job, sizeof(printer->job));
    const Dw__Notification *note =
            len ? device_decode(device, printer->job, len) : NULL;

    return note && note->body_case == DW__NOTIFICATION__BODY_PRINT_REQUESTED
                   ? note
                   : NULL;
}

bool printer_can_judge(
        const struct device *device, const Dw__Notification *note)
{
    return device_knows_time(device) || !note->has_exp_ms || note->exp_ms == 0;
}

static bool tell_accepted(struct device *device, const char *job_id,
        const struct print_mark *mark)
{
    Dw__PrintStep accepted = DW__PRINT_STEP__INIT;
    const Dw__Notification *note = printer_read_job(device, job_id);
    const struct fact fact = { .topic = FACT_ACK,
        .class = FACT_SPOOLED,
        .field = DW__ENVELOPE__BODY_PRINT_ACCEPTED,
        .body = &accepted.base };

    accepted.job_id = (char *)job_id; /* these are only read */
    accepted.printer = (char *)device->config.id;
    if (note)
        accepted.order_id = note->print_requested->order->id;
    accepted.has_attempt = true;
    accepted.attempt = mark->attempt;
    return device_say(device, &fact);
}

static bool tell_printed(struct device *device, const char *job_id,
        const struct print_mark *mark)
{
    Dw__PrintPrinted printed = DW__PRINT_PRINTED__INIT;
    const struct fact fact = { .topic = FACT_ACK,
        .class = FACT_SPOOLED,
        .id = mark->fact_id,
        .field = DW__ENVELOPE__BODY_PRINT_PRINTED,
        .body = &printed.base };

    printed.job_id = (char *)job_id; /* only read */
    return device_say(device, &fact);
}

/* What is in no spool the hub has a deadline for. */
bool printer_tell_failed(struct device *device, const char *job_id,
        uint32_t attempt, const char *reason, const uint8_t *fact_id)
{
    Dw__PrintFailed failed = DW__PRINT_FAILED__INIT;
    const struct fact fact = { .topic = FACT_ACK,
        .class = FACT_SPOOLED,
        .id = fact_id,
        .field = DW__ENVELOPE__BODY_PRINT_FAILED,
        .body = &failed.base };

    failed.job_id = (char *)job_id; /* these are only read */
    failed.reason = (char *)reason;
    failed.has_attempt = true;
    failed.attempt = attempt;
    return device_say(device, &fact);
}

bool printer_tell(struct device *device, const char *job_id,
        const struct print_mark *mark)
{
    switch (mark->stage) {
    case PRINT_OFFERED:
        return tell_accepted(device, job_id, mark);
    case PRINT_PRINTED:
        return tell_printed(device, job_id, mark);
    case PRINT_UNCERTAIN:
        return printer_tell_failed(
                device, job_id, mark->attempt, "uncertain", mark->fact_id);
    case PRINT_FAILED:
        return printer_tell_failed(
                device, job_id, mark->attempt, mark->reason, mark->fact_id);
    case PRINT_UNKNOWN:
    case PRINT_RELEASED:
    case PRINT_STARTED:
        break;
    }
    return true;
}

void printer_tell_untold(struct device *device)
{
    const struct print_spool *spool = &printer_equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark mark;

    while (device->outbox.count < DEVICE_FACTS &&
            spool->untold(spool->ctx, job_id, &mark))
        printer_tell(device, job_id, &mark);
}

bool printer_conclude(struct device *device, const char *job_id,
        enum print_stage stage, const char *reason)
{
    const struct print_spool *spool = &printer_equipment(device)->spool;
    struct print_mark mark = { .stage = stage };

    snprintf(mark.reason, sizeof(mark.reason), "%s", reason ? reason : "");
    device_make_id(device, mark.fact_id);
    if (!spool->mark(spool->ctx, job_id, &mark) && stage == PRINT_FAILED)
        return false;
    if (stage == PRINT_PRINTED)
        device_show(device, "printed job=%s", job_id);
    else
        device_show(device, "failed job=%s reason=%s", job_id,
                stage == PRINT_UNCERTAIN ? "uncertain" : mark.reason);
    return true;
}

/* What is known of the paper, each time that it becomes known. */
static void tell_trouble(struct device *device, uint32_t field)
{
    Dw__DeviceTrouble trouble = DW__DEVICE_TROUBLE__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_STATE,
        .field = field,
        .body = &trouble.base };

    trouble.device_id = (char *)device->config.id; /* these are only read */
    trouble.kind = (char *)device->kind->name;
    device_say(device, &fact);
}

void printer_tell_status(
        struct device *device, const struct print_status *status)
{
    struct printer *printer = device->state;

    if (status->cover_open)
        return; /* it hides the paper */
    if (status->paper_out && !printer->said.paper_out) {
        device_show(device, "paper out");
        tell_trouble(device, DW__ENVELOPE__BODY_DEVICE_PAPER_OUT);
    } else if (status->paper_low && !printer->said.paper_low) {
        device_show(device, "paper low");
        tell_trouble(device, DW__ENVELOPE__BODY_DEVICE_PAPER_LOW);
    }
    printer->said = *status;
}
