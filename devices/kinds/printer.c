#include "devices/kinds/printer.h"

#include <stdio.h>
#include <string.h>

#include "devices/kinds/kinds.h"
#include "devices/kinds/printer_parts.h"

/* While the output is busy it is asked at least so often. */
#define POLL_MS 50

/* Offers that nobody releases are looked through so often. */
#define SWEEP_MS 60000

/* A test page is for whoever stands before the printer now. */
#define TEST_MS 60000

/* What was missed, or found no room, is asked for again so often at most. */
#define ASK_MS 30000

/* The results of before come first: the hub offers what it knows to have
 * failed. */
static void announce(struct device *device)
{
    struct printer *printer = device->state;

    if (!printer->announce || device->outbox.count >= DEVICE_FACTS)
        return;
    printer->announce = false;
    device_announce(device);
}

/* Offers that are over their time were printed elsewhere, or never will be:
 * the hub has said so long ago. */
static void sweep(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    const struct print_mark gone = { .stage = PRINT_UNKNOWN };
    char job_id[PRINT_JOB_ID_BYTES];

    printer->sweep_ms = device->now_ms + SWEEP_MS;
    while (spool->oldest(spool->ctx, PRINT_OFFERED, job_id)) {
        const Dw__Notification *note = printer_read_job(device, job_id);

        if (note && !device_is_late(device, note))
            return;
        if (!spool->mark(spool->ctx, job_id, &gone))
            return;
    }
}

/* The hub says again what was missed, when the printer is announced. */
static void ask_again(struct device *device)
{
    struct printer *printer = device->state;

    if (!printer->missed || !device_knows_time(device) ||
            device->now_ms < printer->ask_ms)
        return;
    printer->missed = false;
    printer->ask_ms = device->now_ms + ASK_MS;
    printer->announce = true;
}

/* The hub offers again what found no room, once all that had some is out. */
static void tell_room(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];

    if (printer->room_ms == 0 ||
            spool->oldest(spool->ctx, PRINT_RELEASED, job_id))
        return;
    if (device->now_ms < printer->room_ms) {
        device_wake(device, printer->room_ms);
        return;
    }
    printer->room_ms = 0;
    printer->announce = true;
}

static void plan(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    char job_id[PRINT_JOB_ID_BYTES];
    bool waits = spool->oldest(spool->ctx, PRINT_RELEASED, job_id);

    if (printer->step != STEP_IDLE)
        device_wake(device, device->now_ms + POLL_MS);
    else if (waits || printer->gave_up || printer->test_until_ms)
        device_wake(device, printer->retry_at_ms);
    if (waits && printer->step < STEP_SENDING) {
        uint64_t at_ms = printer_give_up_at(device);

        device_wake(device,
                at_ms > device->now_ms ? at_ms : device->now_ms + POLL_MS);
    }
}

static void on_tick(struct device *device)
{
    struct printer *printer = device->state;

    printer_give_up(device);
    while (printer_advance(device))
        ;
    if (device->now_ms >= printer->sweep_ms)
        sweep(device);
    ask_again(device);
    tell_room(device);
    printer_tell_untold(device);
    announce(device);
    plan(device);
}

/* --- jobs coming in --- */

/* Nothing of it is kept, so that it may come again. What cannot be said is
 * not waited for: the hub has a deadline for each of its questions. */
static enum device_take refuse(struct device *device, const char *job_id,
        uint32_t attempt, const char *reason)
{
    device_show(device, "failed job=%s reason=%s", job_id, reason);
    if (device->outbox.count < DEVICE_FACTS)
        printer_tell_failed(device, job_id, attempt, reason, NULL);
    return DEVICE_TAKEN;
}

/* Tell again what is known of a job that was offered or released again; what
 * finds no room was told before, and waits there. */
static enum device_take repeat(struct device *device, const char *job_id,
        const struct print_mark *mark)
{
    if (device->outbox.count < DEVICE_FACTS)
        printer_tell(device, job_id, mark);
    return DEVICE_TAKEN;
}

/* The newer offer counts, so the older one must not come out any more. */
static enum device_take turn_down(struct device *device, const char *job_id,
        uint32_t attempt, enum print_stage stage, const char *reason)
{
    if (stage == PRINT_RELEASED &&
            !printer_conclude(device, job_id, PRINT_FAILED, reason))
        return DEVICE_NOT_NOW;
    return refuse(device, job_id, attempt, reason);
}

/* An offer that is newer than what there is of the job, which is in `stage`. */
static enum device_take store(struct device *device, const char *job_id,
        enum print_stage stage, const struct device_message *message)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    uint32_t attempt = message->note->print_requested->attempt;

    if (device_is_late(device, message->note))
        return turn_down(device, job_id, attempt, stage, "expired");
    if (printer->gave_up)
        return turn_down(device, job_id, attempt, stage, printer->trouble);
    switch (spool->put(
            spool->ctx, job_id, attempt, message->bytes, message->len)) {
    case PUT_STORED:
        device_wake(device, device->now_ms); /* to say so */
        return DEVICE_TAKEN;
    case PUT_FULL:
        printer->room_ms = device->now_ms + ASK_MS;
        return refuse(device, job_id, attempt, "spool_full");
    case PUT_FAILED:
        break;
    }
    return DEVICE_NOT_NOW;
}

static enum device_take on_offer(struct device *device, const char *job_id,
        const struct device_message *message)
{
    const struct print_spool *spool = &printer_equipment(device)->spool;
    uint32_t attempt = message->note->print_requested->attempt;
    const struct print_mark mark = spool->look(spool->ctx, job_id);

    switch (mark.stage) {
    case PRINT_UNKNOWN:
        return store(device, job_id, mark.stage, message);
    case PRINT_OFFERED:
    case PRINT_RELEASED:
    case PRINT_FAILED:
        if (attempt <= mark.attempt)
            break;
        printer_put_off(device, job_id);
        return store(device, job_id, mark.stage, message);
    case PRINT_STARTED:
    case PRINT_PRINTED:
    case PRINT_UNCERTAIN:
        break;
    }
    return repeat(device, job_id, &mark);
}

static enum device_take on_release(
        struct device *device, const char *job_id, const Dw__PrintStep *release)
{
    const struct print_spool *spool = &printer_equipment(device)->spool;
    const struct print_mark mark = spool->look(spool->ctx, job_id);
    const struct print_mark released = { .stage = PRINT_RELEASED };

    if (mark.stage == PRINT_UNKNOWN)
        return refuse(device, job_id, release->attempt, "unknown_job");
    if (mark.stage != PRINT_OFFERED)
        return repeat(device, job_id, &mark);
    if (release->attempt < mark.attempt)
        return DEVICE_TAKEN;             /* of an offer that is no more */
    if (release->attempt > mark.attempt) /* who has stored that one? */
        return refuse(device, job_id, release->attempt, "unknown_job");
    if (!spool->mark(spool->ctx, job_id, &released))
        return DEVICE_NOT_NOW;
    device_wake(device, device->now_ms);
    return DEVICE_TAKEN;
}

static bool is_job_id(const char *job_id)
{
    return job_id[0] != '\0' && strlen(job_id) < PRINT_JOB_ID_BYTES &&
           strspn(job_id, PRINT_JOB_ID_CHARS) == strlen(job_id);
}

/* By the clock here and by the hub's, if that is known: releases are good for
 * so short a time that the one here may well be wrong by more. */
static bool is_over(
        const struct device *device, const Dw__Notification *release)
{
    return device_is_late(device, release) &&
           !(device->server_sure &&
                   release->exp_ms > device->now_ms + device->server_ahead_ms);
}

/* A release over its time does nothing, nor does one of which nobody knows
 * whether it is; but it is asked for again. */
static bool is_in_time(struct device *device, const Dw__Notification *release)
{
    struct printer *printer = device->state;

    if (is_over(device, release))
        device->counts.late++;
    else if (printer_can_judge(device, release))
        return true;
    printer->missed = true;
    return false;
}

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    const Dw__Notification *note = message->note;
    bool is_offer = note->body_case == DW__NOTIFICATION__BODY_PRINT_REQUESTED;
    char job_id[PRINT_JOB_ID_BYTES];
    const char *id;

    if (!is_offer && note->body_case != DW__NOTIFICATION__BODY_PRINT_RELEASED)
        return DEVICE_TAKEN;
    id = is_offer ? note->print_requested->job_id
                  : note->print_released->job_id;
    if (!is_job_id(id)) {
        device->counts.bad++; /* nobody to answer to without an id */
        return DEVICE_TAKEN;
    }
    if (!is_offer && !is_in_time(device, note))
        return DEVICE_TAKEN;
    /* Reading a stored job overwrites the message. */
    snprintf(job_id, sizeof(job_id), "%s", id);
    return is_offer ? on_offer(device, job_id, message)
                    : on_release(device, job_id, note->print_released);
}

/* A job that was under way when the power went: nobody can know. One that the
 * disk does not let go of is left where it is. */
static void on_start(struct device *device)
{
    struct printer *printer = device->state;
    const struct print_spool *spool = &printer_equipment(device)->spool;
    char before[PRINT_JOB_ID_BYTES] = "";
    char job_id[PRINT_JOB_ID_BYTES];

    printer->number = device->platform->random(device->platform->ctx);
    while (spool->oldest(spool->ctx, PRINT_STARTED, job_id) &&
            strcmp(job_id, before) != 0) {
        printer_conclude(device, job_id, PRINT_UNCERTAIN, NULL);
        memcpy(before, job_id, sizeof(before));
    }
    sweep(device);
    device_wake(device, device->now_ms);
}

static void on_told(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    const struct print_spool *spool = &printer_equipment(device)->spool;

    spool->told(spool->ctx, id);
    device_wake(device, device->now_ms);
}

static void on_identify(struct device *device, uint32_t seconds)
{
    printer_want_test(device, seconds > 0 ? device->now_ms + TEST_MS : 0);
    device_wake(device, device->now_ms);
}

const struct device_kind printer_kind = {
    .name = "printer",
    .about = "prints the tickets of its station",
    .listen = { "dev/%d/job", "dev/%d/cmd" },
    .never_sleeps = true,
    .state_bytes = sizeof(struct printer),
    .on_start = on_start,
    .on_message = on_message,
    .on_identify = on_identify,
    .on_tick = on_tick,
    .on_told = on_told,
};
