/*
 * printer: a ticket printer. It prints each job once, or says that it did
 * not, or that nobody can know.
 *
 *   queued --connected--> started --all out--> printed
 *     |                      +- interrupted --> uncertain
 *     +- too late, printer away, cannot be laid out --> failed
 *
 * A job is in the spool before its message is acknowledged, "started" is
 * there before the first byte leaves, and a result before it is told. After
 * "started" a job is never sent again by itself: a ticket cooked twice is
 * worse than one that a human has to look for. A failed job may be offered
 * again, since nothing of it was ever sent.
 *
 * Spool and output are the port's. Neither may wait.
 */
#ifndef DEVICES_KINDS_PRINTER_H
#define DEVICES_KINDS_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/core/device.h"
#include "devices/kinds/codepage.h"

/* A job's id is 1 to 96 of these, so that it may be a file's name. */
#define PRINT_JOB_ID_BYTES 97
#define PRINT_JOB_ID_CHARS                                                     \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define PRINT_REASON_BYTES 16

enum print_stage {
    PRINT_UNKNOWN, /* never heard of, or long ago */
    PRINT_QUEUED,
    PRINT_STARTED,
    PRINT_PRINTED,
    PRINT_UNCERTAIN,
    PRINT_FAILED, /* and nothing of it was sent */
};

/* Where a job stands. */
struct print_mark {
    enum print_stage stage;
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

    /* Store a job as queued; on disk when this returns PUT_STORED. */
    enum print_put (*put)(
            void *ctx, const char *job_id, const uint8_t *bytes, size_t len);

    /*
     * Move a job on; on disk when this returns true. If not, a result holds
     * for this run all the same; a job that cannot be started stays queued.
     */
    bool (*mark)(void *ctx, const char *job_id, const struct print_mark *mark);

    /* The oldest job of a stage, or false. */
    bool (*oldest)(
            void *ctx, enum print_stage stage, char job_id[PRINT_JOB_ID_BYTES]);

    /* The bytes of a queued job; returns their number, 0 if unreadable. */
    size_t (*read)(void *ctx, const char *job_id, uint8_t *out, size_t cap);

    /* Next result that the hub may not have; each once a run, or false. */
    bool (*untold)(void *ctx, char job_id[PRINT_JOB_ID_BYTES],
            struct print_mark *mark);

    /* The hub has the result with this id. */
    void (*told)(void *ctx, const uint8_t fact_id[DEVICE_ID_BYTES]);
};

enum print_out_state {
    OUT_WAIT, /* not yet: ask again when the descriptor is ready, or soon */
    OUT_DONE,
    OUT_GONE, /* refused or broken; close it */
};

/* The printer itself. */
struct print_out {
    void *ctx;

    /* Begin or go on connecting. */
    enum print_out_state (*open)(void *ctx);

    /* Bytes taken, 0: none now, -1: broken. */
    int (*write)(void *ctx, const uint8_t *bytes, size_t len);

    /* Has everything arrived? With `answers`, an answer is awaited. */
    enum print_out_state (*finish)(void *ctx, bool answers);

    void (*close)(void *ctx);
};

/* device_config.equipment of a printer; borrowed for its life. */
struct print_equipment {
    struct print_spool spool;
    struct print_out out;
    const struct profile *profile;
    int32_t utc_offset_s;
};

#endif
