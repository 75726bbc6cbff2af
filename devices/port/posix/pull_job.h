/*
 * pull_job: the one job of a printer that fetches its jobs itself, or is sent
 * them whole: from its bytes to what the printer says became of it.
 *
 *   bytes -> offered -> taken -> ended
 *               |         '- nothing was said of it in time: gone
 *               '- not taken in time: refused, nobody ever had it
 *
 * Bytes have left only when it was taken. What ends it ends it once. No
 * sockets, and time is an argument.
 */
#ifndef DEVICES_PORT_POSIX_PULL_JOB_H
#define DEVICES_PORT_POSIX_PULL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/printer.h"
#include "devices/port/posix/pull_paper.h"
#include "devices/port/posix/star.h"

/* A printer that polls does so within this, or has gone. */
#define PULL_CALL_MS 15000

/* So long an offered job may wait to be taken. */
#define PULL_TAKE_MS 20000

/* So long one that was taken may be without a word. */
#define PULL_PRINT_MS 30000

/* Longest ticket that is drawn. */
#define PULL_JOB_BYTES (1024 * 1024)

enum pull_step {
    PULL_NONE,
    PULL_BYTES,
    PULL_OFFERED,
    PULL_TAKEN,
    PULL_ENDED,
};

struct pull_job {
    enum pull_step step;
    enum print_out_state end; /* of PULL_ENDED */
    char token[STAR_TOKEN_BYTES];
    uint32_t number;   /* of sendings; from anywhere, so that no token is said
                          twice */
    uint32_t print_ms; /* in place of PULL_PRINT_MS; 0: that */
    uint64_t since_ms;
    uint8_t *bytes;
    size_t len;
    struct pull_paper paper; /* from PULL_OFFERED on */
};

/* A zeroed struct has no job. Begin this one, with a token of its own. */
void pull_job_begin(struct pull_job *job, const char *job_id);

/* As print_out.write says: all are taken. */
int pull_job_write(struct pull_job *job, const uint8_t *bytes, size_t len);

/* All bytes are there: draw and offer it, if it was not. False: it cannot be
 * drawn, and is refused. */
bool pull_job_offer(struct pull_job *job, const struct profile *profile,
        const struct glyphs *glyphs, uint64_t now_ms);

/* Is this the token of the job that is offered or taken? */
bool pull_job_is(const struct pull_job *job, const char *token);

/* The printer has it now, or may have. */
void pull_job_take(struct pull_job *job, uint64_t now_ms);

/* What became of it: OUT_DONE, OUT_GONE or OUT_REFUSED; nothing if it is
 * neither offered nor taken. */
void pull_job_end(struct pull_job *job, enum print_out_state end);

/* As print_out.finish says. */
enum print_out_state pull_job_look(struct pull_job *job, uint64_t now_ms);

/* There is none any more; whoever asks for it gets nothing. */
void pull_job_close(struct pull_job *job);

#endif
