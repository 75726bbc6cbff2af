/*
 * spool: a printer's jobs and what became of them, on disk.
 *
 * A job without a result is a file <number>.<job id>.<attempt>.job in the
 * store, in the order of arrival. `ledger` is a text file to which every step
 * is appended and synced:
 *
 *   Q <job> <attempt> .        offered, and stored
 *   R <job> .                  released
 *   S <job> .                  started
 *   P <job> <fact> .           printed
 *   U <job> <fact> .           uncertain
 *   F <job> <fact> <reason> .  failed
 *   T <job> .                  the hub knows the result; not synced
 *   X <job> .                  out of date, and forgotten
 *
 * The last line of a job holds. A line without its dot was cut off by a loss
 * of power and does not count: nothing had followed from it. The newest
 * SPOOL_LEDGER jobs are remembered; older ones are long over their time.
 */
#ifndef DEVICES_PORT_POSIX_SPOOL_H
#define DEVICES_PORT_POSIX_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/kinds/printer.h"
#include "devices/port/posix/store.h"

#define SPOOL_LEDGER 1024 /* jobs remembered */
#define SPOOL_JOBS   256  /* of them without a result */

struct spool_entry {
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark mark;
    uint64_t number; /* order of arrival, and the file's name */
    bool told;       /* the hub has the result */
    bool said;       /* untold() has returned it in this run */
};

struct spool {
    struct store *store;
    int ledger;     /* -1: closed */
    bool torn;      /* the ledger ends in half a line */
    uint32_t lines; /* in the ledger file */
    uint32_t count;
    uint64_t last_number;
    struct spool_entry entries[SPOOL_LEDGER];
};

/*
 * Read what is in `store`, borrowed for the spool's life. False: the ledger
 * cannot be read or written; errno says why.
 */
bool spool_open(struct spool *spool, struct store *store);

/* A closed spool is fine. */
void spool_close(struct spool *spool);

/* The spool as the printer sees it; lives as long as `spool`. */
struct print_spool spool_of(struct spool *spool);

#endif
