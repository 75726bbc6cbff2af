#include "devices/port/posix/pull_job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A token of before the last start must be none of ours. */
static uint32_t first_number(void)
{
    uint32_t number = 0;

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = 0;
    return number ? number : 1;
}

void pull_job_begin(struct pull_job *job, const char *job_id)
{
    pull_job_close(job);
    job->number = job->number ? job->number + 1 : first_number();
    star_token(job->token, job_id, job->number);
    job->step = PULL_BYTES;
}

int pull_job_write(struct pull_job *job, const uint8_t *bytes, size_t len)
{
    uint8_t *more;

    if (job->step != PULL_BYTES || len > PULL_JOB_BYTES - job->len)
        return -1;
    more = realloc(job->bytes, job->len + len);
    if (!more)
        return -1;
    job->bytes = more;
    memcpy(more + job->len, bytes, len);
    job->len += len;
    return (int)len;
}

bool pull_job_offer(struct pull_job *job, const struct profile *profile,
        const struct glyphs *glyphs, uint64_t now_ms)
{
    if (job->step != PULL_BYTES)
        return true;
    job->since_ms = now_ms;
    job->step = PULL_OFFERED;
    if (pull_paper_draw(&job->paper, profile, glyphs, job->bytes, job->len))
        return true;
    pull_job_end(job, OUT_REFUSED);
    return false;
}

bool pull_job_is(const struct pull_job *job, const char *token)
{
    return (job->step == PULL_OFFERED || job->step == PULL_TAKEN) && token &&
           star_is_same(token, job->token);
}

void pull_job_take(struct pull_job *job, uint64_t now_ms)
{
    if (job->step != PULL_OFFERED)
        return;
    job->step = PULL_TAKEN;
    job->since_ms = now_ms;
}

void pull_job_end(struct pull_job *job, enum print_out_state end)
{
    if (job->step != PULL_OFFERED && job->step != PULL_TAKEN)
        return;
    job->step = PULL_ENDED;
    job->end = end;
}

enum print_out_state pull_job_look(struct pull_job *job, uint64_t now_ms)
{
    uint64_t waits_ms = now_ms - job->since_ms;

    if (job->step == PULL_OFFERED && waits_ms >= PULL_TAKE_MS)
        pull_job_end(job, OUT_REFUSED);
    else if (job->step == PULL_TAKEN &&
             waits_ms >= (job->print_ms ? job->print_ms : PULL_PRINT_MS))
        pull_job_end(job, OUT_GONE);
    return job->step == PULL_ENDED ? job->end : OUT_WAIT;
}

void pull_job_close(struct pull_job *job)
{
    uint32_t number = job->number, print_ms = job->print_ms;

    pull_paper_finish(&job->paper);
    free(job->bytes);
    memset(job, 0, sizeof(*job));
    job->number = number;
    job->print_ms = print_ms;
}
