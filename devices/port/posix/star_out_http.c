/* A printer that speaks Star CloudPRNT, or another that polls in its words,
 * and fetches its jobs here. */
#include "devices/port/posix/out_way.h"

#include <stdlib.h>
#include <string.h>

#include "devices/port/posix/pull.h"
#include "devices/port/posix/star_http.h"

/* The job has its own limits, and these are below it. */
#define FINISH_MS (PULL_TAKE_MS + PULL_PRINT_MS + 5000)

struct cloudprnt {
    struct pull *pull;
    struct star_http http;
    uint64_t now_ms;
    bool is_open;
};

static bool parse_cloudprnt(struct out *out, const char *rest)
{
    if (!out_parse_host(out, rest, strlen(rest)))
        return false;
    out->own = calloc(1, sizeof(struct cloudprnt));
    return out->own != NULL;
}

/* --- what comes --- */

static void poll_comes(struct cloudprnt *own,
        const struct pull_request *request, struct pull_answer *answer)
{
    answer->status = star_http_poll(
            &own->http, request->body, request->len, own->now_ms);
    if (answer->status != 200)
        return;
    answer->type = "application/json";
    answer->bytes = own->http.answer;
    answer->len = strlen(own->http.answer);
}

static void fetch_comes(struct cloudprnt *own,
        const struct pull_request *request, struct pull_answer *answer)
{
    bool is_text;

    answer->status = star_http_fetch(&own->http, pull_query(request, "mac"),
            pull_query(request, "token"), pull_query(request, "type"),
            own->now_ms, &is_text);
    if (answer->status == 200)
        pull_answer_paper(answer, &own->http.job.paper, is_text);
}

static void request_comes(void *ctx, const struct pull_request *request,
        struct pull_answer *answer)
{
    struct cloudprnt *own = ((struct out *)ctx)->own;

    switch (request->method) {
    case PULL_POST:
        poll_comes(own, request, answer);
        break;
    case PULL_GET:
        fetch_comes(own, request, answer);
        break;
    case PULL_DELETE:
        answer->status = star_http_confirm(&own->http,
                pull_query(request, "mac"), pull_query(request, "token"),
                pull_query(request, "code"));
        break;
    }
}

static const char *begin_cloudprnt(struct out *out)
{
    struct cloudprnt *own = out->own;
    const struct pull_to to = { out, request_comes };
    const char *wrong = pull_check(out->host, out->with.profile,
            out->with.password, out->with.is_open);

    if (wrong)
        return wrong;
    own->http.only_text = out->with.is_plain;
    own->pull =
            pull_open(out->host, out->port, out->with.password, &to, &wrong);
    return own->pull ? NULL : wrong;
}

/* --- a job --- */

static enum print_out_state open_cloudprnt(struct out *out, const char *job_id)
{
    struct cloudprnt *own = out->own;

    if (!own->is_open)
        pull_job_begin(&own->http.job, job_id);
    own->is_open = true;
    return star_http_is_there(&own->http, own->now_ms) ? OUT_DONE : OUT_WAIT;
}

static enum print_out_state check_cloudprnt(
        struct out *out, struct print_status *status)
{
    *status = ((struct cloudprnt *)out->own)->http.status;
    return OUT_DONE;
}

static int write_cloudprnt(struct out *out, const uint8_t *bytes, size_t len)
{
    return pull_job_write(
            &((struct cloudprnt *)out->own)->http.job, bytes, len);
}

static enum print_out_state is_through(struct out *out)
{
    struct cloudprnt *own = out->own;
    struct pull_job *job = &own->http.job;

    pull_job_offer(job, out->with.profile, out->with.glyphs, own->now_ms);
    return pull_job_look(job, own->now_ms);
}

static void close_cloudprnt(struct out *out)
{
    struct cloudprnt *own = out->own;

    pull_job_close(&own->http.job);
    own->is_open = false;
}

/* --- the loop --- */

static uint32_t watch_cloudprnt(const struct out *out, struct pollfd *fds)
{
    const struct cloudprnt *own = out->own;

    return pull_watch(own->pull, fds);
}

static void turn_cloudprnt(struct out *out, uint64_t now_ms)
{
    struct cloudprnt *own = out->own;

    own->now_ms = now_ms;
    pull_turn(own->pull);
}

static uint64_t due_ms(const struct out *out)
{
    const struct cloudprnt *own = out->own;

    return pull_due_ms(own->pull, own->now_ms);
}

static void finish_cloudprnt(struct out *out)
{
    struct cloudprnt *own = out->own;

    pull_close(own->pull);
    pull_job_close(&own->http.job);
    free(own);
    out->own = NULL;
}

const struct out_way out_cloudprnt = {
    .prefix = "cloudprnt:",
    .form = "cloudprnt:ADDRESS:PORT",
    .about = "Star CloudPRNT: the printer polls this address over HTTP",
    .finish_ms = FINISH_MS,
    .call_ms = PULL_CALL_MS,
    .parse = parse_cloudprnt,
    .begin = begin_cloudprnt,
    .open = open_cloudprnt,
    .check = check_cloudprnt,
    .write = write_cloudprnt,
    .is_through = is_through,
    .close = close_cloudprnt,
    .watch = watch_cloudprnt,
    .turn = turn_cloudprnt,
    .due_ms = due_ms,
    .finish = finish_cloudprnt,
};
