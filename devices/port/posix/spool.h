/*
 * spool: a printer's jobs and what became of them, on disk: one SQLite file,
 * `spool.db`, one row a job, one connection.
 *
 * Each step is one statement and so one transaction, synced before the call
 * returns (WAL, synchronous=FULL). When a statement fails nothing has changed
 * for whoever asks; what the disk itself makes of it is seen at the next start,
 * and each answer is safe: "released" and "started" only where the hub had said
 * so, a result only where there was one.
 *
 * Of a job with a result the bytes go and the row stays. The newest SPOOL_ROWS
 * jobs are remembered; older ones are long over their time.
 */
#ifndef DEVICES_PORT_POSIX_SPOOL_H
#define DEVICES_PORT_POSIX_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/kinds/printer.h"

#define SPOOL_FILE "spool.db"
#define SPOOL_ROWS 1024 /* jobs remembered */
#define SPOOL_JOBS 256  /* of them without a result */
#define SPOOL_HELD 8    /* results that the disk has not taken */

struct sqlite3;
struct sqlite3_stmt;

enum spool_statement {
    SPOOL_LOOK,
    SPOOL_PUT,
    SPOOL_MARK,
    SPOOL_END,
    SPOOL_DROP,
    SPOOL_OLDEST,
    SPOOL_READ,
    SPOOL_UNTOLD,
    SPOOL_TOLD,
    SPOOL_WAITING,
    SPOOL_FORGET,
    SPOOL_LAST,
    SPOOL_STATEMENTS
};

/* A result that holds all the same: bytes were sent. */
struct spool_held {
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark mark;
    bool said; /* untold() has returned it */
};

struct spool {
    struct sqlite3 *db; /* NULL: closed */
    struct sqlite3_stmt *statements[SPOOL_STATEMENTS];
    uint64_t last; /* newest number given: to jobs, and to news of them */
    uint64_t said; /* news up to this were returned in this run */
    bool failing;  /* it was said that the disk does, and nothing since */
    struct spool_held held[SPOOL_HELD];
    uint32_t held_count;
};

/*
 * Open what is in the directory `path`, which nobody else uses meanwhile, or
 * begin. NULL, or why it cannot be read or written.
 */
const char *spool_open(struct spool *spool, const char *path);

/* A closed or zeroed spool is fine. */
void spool_close(struct spool *spool);

/* The spool as the printer sees it; lives as long as `spool`. */
struct print_spool spool_of(struct spool *spool);

#endif
