/* A printer of Epson's that fetches its jobs (Server Direct Print): it posts
 * "is there anything?" and then what became of it. The answer to the former is
 * the ticket, so that it is taken from then on. */
#include "devices/port/posix/out_way.h"

#include <stdlib.h>
#include <string.h>

#include "devices/port/posix/epson.h"
#include "devices/port/posix/pull.h"
#include "devices/port/posix/pull_job.h"

#define PRINT_MS  (EPSON_TRY_MS + 15000)
#define FINISH_MS (PULL_TAKE_MS + PRINT_MS + 5000)

/* How it was after a job; then it may be well again, and would not say so. */
#define STATUS_MS 30000

#define KIND_BYTES 16

struct own {
    struct pull *pull;
    struct pull_job job;
    uint64_t now_ms;
    uint64_t called_ms; /* 0: never */
    struct print_status status;
    uint64_t until_ms; /* the status is good; UINT64_MAX: until the next */
    char *ticket;      /* the newest answer */
    bool is_open;
};

static bool parse_epson(struct out *out, const char *rest)
{
    if (!out_parse_host(out, rest, strlen(rest)))
        return false;
    out->own = calloc(1, sizeof(struct own));
    return out->own != NULL;
}

/* --- what comes --- */

static void hand_out(struct own *own, struct pull_answer *answer)
{
    own->called_ms = own->now_ms;
    if (own->job.step != PULL_OFFERED)
        return;
    free(own->ticket);
    own->ticket = epson_ticket(own->job.token, &own->job.paper);
    if (!own->ticket)
        return;
    answer->bytes = own->ticket;
    answer->len = strlen(own->ticket);
    pull_job_take(&own->job, own->now_ms);
}

static void take_result(struct own *own, const char *xml)
{
    struct epson_result result;

    if (!epson_read_result(&result, xml) ||
            !pull_job_is(&own->job, result.token) ||
            own->job.step != PULL_TAKEN)
        return;
    own->status = result.status;
    if (own->until_ms != UINT64_MAX)
        own->until_ms = own->now_ms + STATUS_MS;
    if (result.end != OUT_WAIT)
        pull_job_end(&own->job, result.end);
}

static void take_form(struct own *own, const struct pull_request *request,
        struct pull_answer *answer)
{
    static char text[PULL_BODY_BYTES + 1];
    char kind[KIND_BYTES];

    if (!epson_form(request->body, request->len, "ConnectionType", kind,
                sizeof(kind))) {
        answer->status = 400;
        return;
    }
    answer->status = 200;
    answer->type = "text/xml; charset=utf-8";
    if (strcmp(kind, "GetRequest") == 0)
        hand_out(own, answer);
    else if (strcmp(kind, "SetResponse") == 0 &&
             epson_form(request->body, request->len, "ResponseFile", text,
                     sizeof(text)))
        take_result(own, text);
    else if (strcmp(kind, "SetStatus") == 0 &&
             epson_form(request->body, request->len, "Status", text,
                     sizeof(text)) &&
             epson_read_status(&own->status, text))
        own->until_ms = UINT64_MAX;
}

static void request_comes(void *ctx, const struct pull_request *request,
        struct pull_answer *answer)
{
    if (request->method == PULL_POST)
        take_form(((struct out *)ctx)->own, request, answer);
}

static const char *begin_epson(struct out *out)
{
    struct own *own = out->own;
    const struct pull_to to = { out, request_comes };
    const char *wrong = pull_check(out->host, out->with.profile,
            out->with.password, out->with.is_open);

    if (wrong)
        return wrong;
    own->job.print_ms = PRINT_MS;
    own->pull =
            pull_open(out->host, out->port, out->with.password, &to, &wrong);
    return own->pull ? NULL : wrong;
}

/* --- a job --- */

static enum print_out_state open_epson(struct out *out, const char *job_id)
{
    struct own *own = out->own;

    if (!own->is_open)
        pull_job_begin(&own->job, job_id);
    own->is_open = true;
    return own->called_ms && own->now_ms - own->called_ms < PULL_CALL_MS
                   ? OUT_DONE
                   : OUT_WAIT;
}

static enum print_out_state check_epson(
        struct out *out, struct print_status *status)
{
    struct own *own = out->own;

    *status = (struct print_status){ 0 };
    if (own->now_ms < own->until_ms)
        *status = own->status;
    return OUT_DONE;
}

static int write_epson(struct out *out, const uint8_t *bytes, size_t len)
{
    return pull_job_write(&((struct own *)out->own)->job, bytes, len);
}

static enum print_out_state is_through(struct out *out)
{
    struct own *own = out->own;

    pull_job_offer(&own->job, out->with.profile, out->with.glyphs, own->now_ms);
    return pull_job_look(&own->job, own->now_ms);
}

static void close_epson(struct out *out)
{
    struct own *own = out->own;

    pull_job_close(&own->job);
    own->is_open = false;
}

/* --- the loop --- */

static uint32_t watch_epson(const struct out *out, struct pollfd *fds)
{
    const struct own *own = out->own;

    return pull_watch(own->pull, fds);
}

static void turn_epson(struct out *out, uint64_t now_ms)
{
    struct own *own = out->own;

    own->now_ms = now_ms;
    pull_turn(own->pull);
}

static uint64_t due_ms(const struct out *out)
{
    const struct own *own = out->own;

    return pull_due_ms(own->pull, own->now_ms);
}

static void finish_epson(struct out *out)
{
    struct own *own = out->own;

    pull_close(own->pull);
    pull_job_close(&own->job);
    free(own->ticket);
    free(own);
    out->own = NULL;
}

const struct out_way out_epson_sdp = {
    .prefix = "epson-sdp:",
    .form = "epson-sdp:ADDRESS:PORT",
    .about = "Epson Server Direct Print: the printer polls this address",
    .finish_ms = FINISH_MS,
    .call_ms = PULL_CALL_MS,
    .parse = parse_epson,
    .begin = begin_epson,
    .open = open_epson,
    .check = check_epson,
    .write = write_epson,
    .is_through = is_through,
    .close = close_epson,
    .watch = watch_epson,
    .turn = turn_epson,
    .due_ms = due_ms,
    .finish = finish_epson,
};
