/*
 * pull_bench: a job for a printer that fetches, made of a line and a cut.
 */
#ifndef TESTS_DEVICES_PORT_POSIX_PULL_BENCH_H
#define TESTS_DEVICES_PORT_POSIX_PULL_BENCH_H

#include "devices/port/posix/pull_job.h"

#define BENCH_TICKET "TABLE 5\nonion soup\n\x1dVB\x03"

/* Offer it, drawn without a font. */
static inline void bench_offer(struct pull_job *job, uint64_t now_ms)
{
    pull_job_begin(job, "o41-kitchen-order");
    pull_job_write(
            job, (const uint8_t *)BENCH_TICKET, sizeof(BENCH_TICKET) - 1);
    pull_job_offer(job, profile_find("generic-58"), NULL, now_ms);
}

#endif
