/*
 * printer: a ticket printer. It prints each job once, or says that it did
 * not, or that nobody can know.
 *
 *   offered --released--> released --ready--> started --all out--> printed
 *      |                     |                   +- interrupted --> uncertain
 *      +- out of date: gone  |                   +- no byte taken --> failed
 *                            +- too late, blocked, no such layout --> failed
 *
 * A job is offered, stored and accepted, and then it waits: only the hub knows
 * whether another printer has it by now. It is printed when it is released, by
 * the number of the offer that is stored; a release of an older offer is none.
 * A newer offer takes the place of one that has not begun.
 *
 * A job is in the spool before its message is acknowledged, "released" before
 * that message is, "started" before the first byte leaves, and a result before
 * it is told. After "started" a job is never sent again by itself: a ticket
 * cooked twice is worse than one that a human has to look for. Of a failed job
 * nothing was ever sent, so a newer offer of it is a new job.
 *
 * A release of an offer that is not the one here is of a job that somebody else
 * has stored, who may print it: it is answered with "unknown_job".
 *
 * A printer that is blocked (no paper, open, not reachable) for `give_up_ms`
 * fails what is released to it, and what is offered from then on, so that
 * another one can have it. It is asked until it is well, and then announced, so
 * that the hub offers again what it likes. A release that is retained does
 * nothing, nor does one that is over its time, by the clock here and the hub's;
 * but for that one, too, it is announced, so that the hub says it again.
 *
 * As long as nobody has said what time it is nothing that has an end is
 * printed, and a release that has one counts as over its time.
 *
 * device.identify_requested asks for a test page: in no spool, behind all jobs
 * that are released, one at a time, within a minute or not at all.
 *
 * No ticket opens a cash drawer.
 *
 * Spool and output are the port's. Neither may wait.
 */
#ifndef DEVICES_KINDS_PRINTER_H
#define DEVICES_KINDS_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/device.h"
#include "devices/paper/glyphs.h"
#include "devices/paper/profile.h"

struct ticket_templates;

/* A job's id is 1 to 96 of these, so that it may be a file's name. */
#define PRINT_JOB_ID_BYTES 97
#define PRINT_JOB_ID_CHARS                                                     \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define PRINT_REASON_BYTES 16

/* Below what the hub waits for a result of a released job. */
#define PRINT_GIVE_UP_MS 10000

enum print_stage {
    PRINT_UNKNOWN, /* never heard of, or long ago */
    PRINT_OFFERED,
    PRINT_RELEASED,
    PRINT_STARTED,
    PRINT_PRINTED,
    PRINT_UNCERTAIN,
    PRINT_FAILED, /* and nothing of it was sent */
};

/* Where a job stands. */
struct print_mark {
    enum print_stage stage;
    uint32_t attempt;                 /* of the offer that is or was stored */
    char reason[PRINT_REASON_BYTES];  /* of PRINT_FAILED */
    uint8_t fact_id[DEVICE_ID_BYTES]; /* the result is told under this id */
};

enum print_put {
    PUT_STORED,
    PUT_FULL,   /* as many jobs as the spool takes wait already */
    PUT_FAILED, /* the disk does not take it */
};

/* What must survive a loss of power. Job ids are checked by the printer. */
struct print_spool {
    void *ctx;

    /* Where the job stands. */
    struct print_mark (*look)(void *ctx, const char *job_id);

    /*
     * Store a job as offered, last of all, in place of what there was of it;
     * on disk when this returns PUT_STORED, else nothing has changed.
     */
    enum print_put (*put)(void *ctx, const char *job_id, uint32_t attempt,
            const uint8_t *bytes, size_t len);

    /*
     * Move a job on; `mark`'s attempt is not looked at. On disk when this
     * returns true. If not, "printed" and "uncertain" hold for this run all
     * the same, since bytes were sent; with any other the job stays where it
     * was. PRINT_UNKNOWN: forget it.
     */
    bool (*mark)(void *ctx, const char *job_id, const struct print_mark *mark);

    /* The oldest job of a stage, or false. */
    bool (*oldest)(
            void *ctx, enum print_stage stage, char job_id[PRINT_JOB_ID_BYTES]);

    /* The bytes of a job without a result; returns their number, 0 if
     * unreadable. */
    size_t (*read)(void *ctx, const char *job_id, uint8_t *out, size_t cap);

    /* Next offer stored or result that the hub may not have heard of; each
     * once a run, or false. */
    bool (*untold)(void *ctx, char job_id[PRINT_JOB_ID_BYTES],
            struct print_mark *mark);

    /* The hub has the result with this id. */
    void (*told)(void *ctx, const uint8_t fact_id[DEVICE_ID_BYTES]);
};

enum print_out_state {
    OUT_WAIT, /* not yet: ask again when the descriptor is ready, or soon */
    OUT_DONE,
    OUT_GONE,    /* refused or broken; close it */
    OUT_REFUSED, /* likewise, and nothing of the job will ever be printed */
};

/* What a printer says of itself. */
struct print_status {
    bool paper_out;
    bool paper_low;
    bool cover_open;
    bool failed; /* the cutter, the head, or it says only that it is off */
};

/* The printer itself. */
struct print_out {
    void *ctx;

    /* Begin or go on connecting, for this job; "": only to ask how it is, or
     * for what is no job. */
    enum print_out_state (*open)(void *ctx, const char *job_id);

    /* Ask how it is, or go on waiting for the answer: OUT_DONE, `status` is
     * all that it has said. Nothing of it is printed. */
    enum print_out_state (*check)(void *ctx, struct print_status *status);

    /* Bytes taken, 0: none now, -1: broken. */
    int (*write)(void *ctx, const uint8_t *bytes, size_t len);

    /*
     * Is it through? How that is known is the printer's (profiles.def); with
     * CONFIRM_PROCESS_ID the answer has the number that escpos_end was given.
     * What is said once this was closed counts for nothing.
     */
    enum print_out_state (*finish)(
            void *ctx, enum print_confirm confirm, uint32_t number);

    void (*close)(void *ctx);

    bool knows;         /* check answers whatever the profile says */
    uint32_t finish_ms; /* longest wait for finish; 0: 30 s */
    uint32_t call_ms;   /* within this a printer calls that comes by itself, and
                           open is done; 0: it is called */
};

/* device_config.equipment of a printer; borrowed for its life. */
struct print_equipment {
    struct print_spool spool;
    struct print_out out;
    const struct profile *profile;
    const struct glyphs *glyphs; /* NULL: only what code pages have */
    const struct ticket_templates *templates; /* NULL: the built-in ones */
    const char *language;  /* of the captions; NULL: English */
    const char *qr_prefix; /* as struct ticket_paper has it */
    uint32_t columns;      /* 0: the profile's */
    bool buzz;             /* sound the buzzer for a new order */
    int32_t utc_offset_s;
    uint32_t give_up_ms; /* blocked so long, jobs fail; 0: PRINT_GIVE_UP_MS */
};

/*
 * The bytes of a test page of the printer with this name, in out[0..cap), that
 * ends as a ticket with this number does. Returns how many; 0: they do not fit.
 */
size_t printer_test_page(const struct print_equipment *with, const char *name,
        uint32_t number, uint8_t *out, size_t cap);

#endif
