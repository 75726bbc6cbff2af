/*
 * printer_parts: what the files of the printer share, and nobody else:
 * printer.c (what comes in, and when), printer_tell.c (what is said) and
 * printer_print.c (one job at a printer that may be blocked).
 */
#ifndef DEVICES_KINDS_PRINTER_PARTS_H
#define DEVICES_KINDS_PRINTER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/printer.h"

/* The longest ticket in commands and bytes; where letters are sent as dots
 * they take most of it. */
#define TICKET_BYTES (32 * DEVICE_MESSAGE_BYTES)

enum step {
    STEP_IDLE,
    STEP_OPENING,
    STEP_CHECKING,
    STEP_SENDING,
    STEP_FINISHING,
};

struct printer {
    enum step step;
    char job_id[PRINT_JOB_ID_BYTES]; /* that is under way; "": none: a test
                                        page, or the question how it is */
    bool is_test;                    /* the former */
    uint64_t test_until_ms;          /* one is wanted until then; 0: none */
    uint64_t deadline_ms;
    uint64_t retry_at_ms;
    uint32_t retry_ms;
    const char *trouble; /* why it is blocked, or NULL */
    uint64_t blocked_ms; /* since when */
    bool gave_up;        /* jobs failed, and may come again when it is well */
    bool announce;       /* it is well */
    bool missed;         /* a release came too late, or nobody knew whether */
    uint64_t ask_ms;     /* not before this it is asked for again */
    uint64_t room_ms;    /* not before this it says that there is room
                            again; 0: there always was */
    struct print_status said; /* what the hub was told of it */
    uint64_t sweep_ms;        /* the next time */
    uint32_t number;          /* of the ticket, counts up: escpos_end; from
                                 anywhere, so that no answer of before fits */
    size_t len;
    size_t sent;
    uint8_t job[DEVICE_MESSAGE_BYTES];
    uint8_t bytes[TICKET_BYTES];
};

const struct print_equipment *printer_equipment(const struct device *device);

/* The job as it was offered, until the next message is decoded; or NULL. */
const Dw__Notification *printer_read_job(
        struct device *device, const char *job_id);

/* Can it be told whether the message is over its time? */
bool printer_can_judge(
        const struct device *device, const Dw__Notification *note);

/* --- telling --- */

/* Where a job stands, if that is anything to tell. False: no room to say it. */
bool printer_tell(struct device *device, const char *job_id,
        const struct print_mark *mark);

/* Why nothing came of this offer, as a fact of its own or under a result's id.
 * False: no room to say it. */
bool printer_tell_failed(struct device *device, const char *job_id,
        uint32_t attempt, const char *reason, const uint8_t *fact_id);

/* What is to be told waits in the spool until the outbox has room for it. */
void printer_tell_untold(struct device *device);

/*
 * The end of a job; false: it cannot be stored, and so is none. Of one that
 * "failed" without the disk knowing, another printer would print a copy, and
 * this one too after its next start. If "printed" cannot be kept, the job stays
 * "started" on disk: after a restart it is uncertain, which is true.
 */
bool printer_conclude(struct device *device, const char *job_id,
        enum print_stage stage, const char *reason);

/* What is known of the paper, each time that it becomes known. */
void printer_tell_status(
        struct device *device, const struct print_status *status);

/* --- printing --- */

/* One step of a job or of asking how it is; true if the next may follow. */
bool printer_advance(struct device *device);

/* If this job was to be sent next, it is not yet. */
void printer_put_off(struct device *device, const char *job_id);

/* Print a test page when it is its turn, if that is before `until_ms`; 0: one
 * that has not begun is not wanted any more. */
void printer_want_test(struct device *device, uint64_t until_ms);

/* It has been blocked for too long: what was released to it fails. */
void printer_give_up(struct device *device);

/* When that is; UINT64_MAX: it is not blocked. */
uint64_t printer_give_up_at(const struct device *device);

#endif
