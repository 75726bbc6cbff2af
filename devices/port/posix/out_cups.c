/*
 * A queue of CUPS, raw: bytes go through it as they are. Each question is a
 * connection of its own to cupsd.
 *
 * "Done" is what CUPS calls completed: its backend has got rid of all bytes.
 * Whatever else becomes of a job, or that CUPS does not remember it, is known
 * to nobody; but of one that it never began, or has not taken whole, nothing is
 * printed. A job that is not completed in time is taken back, so that it does
 * not come out tomorrow.
 */
#include "devices/port/posix/out_way.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/port/posix/out_ipp.h"

#define CUPS_SOCKET    "/run/cups/cups.sock"
#define LOOK_MS        500
#define TAKE_BACK_MS   20000             /* since CUPS has it */
#define FINISH_MS      40000             /* with all that is asked then */
#define DOCUMENT_BYTES (2 * 1024 * 1024) /* more than any ticket */
#define ANSWER_BYTES   8192

enum phase {
    PHASE_IDLE,
    PHASE_PRINTER, /* how is it? */
    PHASE_SEND,
    PHASE_WATCH,
    PHASE_TAKE_BACK,
    PHASE_LAST_LOOK,
};

struct cups {
    enum phase phase;
    bool asking; /* a question is under way */
    uint8_t request[IPP_REQUEST_BYTES];
    size_t request_len;
    size_t sent; /* of the request and the document behind it */
    uint8_t answer[ANSWER_BYTES];
    size_t answer_len;
    uint8_t *document;
    size_t document_len;
    char name[PRINT_JOB_ID_BYTES];
    uint32_t job;
    uint64_t now_ms;
    uint64_t since_ms; /* it has the job */
    uint64_t look_ms;
    struct print_status status;
};

/* "QUEUE" on this machine, or "//HOST:PORT/QUEUE". */
static bool parse_cups(struct out *out, const char *rest)
{
    const char *slash;

    out->path = rest;
    if (strncmp(rest, "//", 2) == 0) {
        slash = strchr(rest + 2, '/');
        if (!slash ||
                !out_parse_host(out, rest + 2, (size_t)(slash - rest - 2)))
            return false;
        out->path = slash + 1;
    }
    if (!ipp_queue_is_valid(out->path))
        return false;
    out->own = calloc(1, sizeof(struct cups));
    return out->own != NULL;
}

/* --- a question and its answer --- */

static void hang_up(struct out *out)
{
    struct cups *cups = out->own;

    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
    out->connecting = false;
    out->blocked = false;
    cups->asking = false;
}

static enum print_out_state connect_here(struct out *out)
{
    const struct sockaddr_un here = { .sun_family = AF_UNIX,
        .sun_path = CUPS_SOCKET };

    if (out->fd >= 0)
        return OUT_DONE;
    out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return out->fd >= 0 && connect(out->fd, (const struct sockaddr *)&here,
                                   sizeof(here)) == 0
                   ? OUT_DONE
                   : OUT_GONE;
}

static size_t whole(const struct cups *cups)
{
    return cups->request_len +
           (cups->phase == PHASE_SEND ? cups->document_len : 0);
}

/* The next piece of the request, or of the document behind it. */
static enum print_out_state send_some(struct out *out)
{
    struct cups *cups = out->own;

    while (cups->sent < whole(cups)) {
        bool is_head = cups->sent < cups->request_len;
        const uint8_t *from =
                is_head ? cups->request + cups->sent
                        : cups->document + (cups->sent - cups->request_len);
        size_t len = (is_head ? cups->request_len : whole(cups)) - cups->sent;
        ssize_t n = send(out->fd, from, len, MSG_NOSIGNAL);

        out->blocked = n < 0 && errno == EAGAIN;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? OUT_WAIT : OUT_GONE;
        cups->sent += (size_t)n;
    }
    return OUT_DONE;
}

/* It hangs up behind its answer. */
static enum print_out_state receive(struct out *out)
{
    struct cups *cups = out->own;

    for (;;) {
        ssize_t n = recv(out->fd, cups->answer + cups->answer_len,
                sizeof(cups->answer) - cups->answer_len, 0);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? OUT_WAIT : OUT_GONE;
        if (n == 0)
            return cups->answer_len > 0 ? OUT_DONE : OUT_GONE;
        cups->answer_len += (size_t)n;
        if (cups->answer_len == sizeof(cups->answer))
            return OUT_GONE; /* nothing that it was asked is so long */
    }
}

static void begin_question(struct out *out, enum ipp_operation operation)
{
    struct cups *cups = out->own;
    const struct ipp_request request = { .operation = operation,
        .queue = out->path,
        .job_name = cups->name,
        .job = cups->job,
        .document_bytes = operation == IPP_PRINT_JOB ? cups->document_len : 0 };

    cups->request_len = ipp_write(&request, cups->request);
    cups->sent = 0;
    cups->answer_len = 0;
    cups->asking = true;
}

/* Ask, or go on asking. OUT_DONE: `answer` is there. */
static enum print_out_state ask(struct out *out, enum ipp_operation operation,
        struct ipp_answer *answer)
{
    struct cups *cups = out->own;
    enum print_out_state state;

    if (!cups->asking)
        begin_question(out, operation);
    state = out->host[0] ? out_connect(out) : connect_here(out);
    if (state == OUT_DONE)
        state = send_some(out);
    if (state == OUT_DONE)
        state = receive(out);
    if (state == OUT_WAIT)
        return state;
    hang_up(out);
    if (state == OUT_DONE && !ipp_read(answer, cups->answer, cups->answer_len))
        state = OUT_GONE;
    return state;
}

/* --- before a job --- */

static void forget(struct out *out)
{
    struct cups *cups = out->own;
    uint64_t now_ms = cups->now_ms;

    if (cups->asking)
        hang_up(out);
    free(cups->document);
    memset(cups, 0, sizeof(*cups));
    cups->now_ms = now_ms;
}

static enum print_out_state open_cups(struct out *out, const char *job_id)
{
    struct cups *cups = out->own;
    struct ipp_answer answer;
    enum print_out_state state;
    size_t len = strlen(job_id);

    if (len >= sizeof(cups->name))
        return OUT_GONE;
    memcpy(cups->name, job_id, len + 1);
    cups->phase = PHASE_PRINTER;
    state = ask(out, IPP_GET_PRINTER, &answer);
    if (state != OUT_DONE)
        return state;
    cups->status = answer.status;
    return answer.is_ok && !answer.refuses_jobs ? OUT_DONE : OUT_GONE;
}

static enum print_out_state check_cups(
        struct out *out, struct print_status *status)
{
    *status = ((struct cups *)out->own)->status;
    return OUT_DONE;
}

/* --- a job --- */

/* CUPS is told beforehand how long it is: so it is collected. */
static int write_cups(struct out *out, const uint8_t *bytes, size_t len)
{
    struct cups *cups = out->own;
    uint8_t *more;

    if (len > DOCUMENT_BYTES - cups->document_len)
        return -1;
    more = realloc(cups->document, cups->document_len + len);
    if (!more)
        return -1;
    cups->document = more;
    memcpy(more + cups->document_len, bytes, len);
    cups->document_len += len;
    return (int)len;
}

/* cupsd does nothing with a document that is not whole. */
static enum print_out_state send_job(struct out *out)
{
    struct cups *cups = out->own;
    struct ipp_answer answer;
    enum print_out_state state;

    cups->phase = PHASE_SEND;
    state = ask(out, IPP_PRINT_JOB, &answer);
    if (state == OUT_WAIT)
        return state;
    if (state != OUT_DONE)
        return cups->sent < whole(cups) ? OUT_REFUSED : OUT_GONE;
    if (!answer.is_ok)
        return OUT_REFUSED;
    if (answer.job == 0)
        return OUT_GONE;
    cups->job = answer.job;
    cups->phase = PHASE_WATCH;
    cups->since_ms = cups->now_ms;
    return OUT_WAIT;
}

static enum print_out_state judge(const struct ipp_answer *answer)
{
    if (!answer->is_ok)
        return OUT_GONE;
    switch (answer->state) {
    case IPP_JOB_COMPLETED:
        return OUT_DONE;
    case IPP_JOB_CANCELED:
    case IPP_JOB_ABORTED:
        return answer->never_processed ? OUT_REFUSED : OUT_GONE;
    case IPP_JOB_PENDING:
    case IPP_JOB_HELD:
    case IPP_JOB_PROCESSING:
    case IPP_JOB_STOPPED:
        return OUT_WAIT;
    case IPP_JOB_UNKNOWN:
        break;
    }
    return OUT_GONE;
}

static enum print_out_state look(struct out *out)
{
    struct cups *cups = out->own;
    struct ipp_answer answer;
    enum print_out_state state;

    if (!cups->asking && cups->now_ms < cups->look_ms)
        return OUT_WAIT;
    state = ask(out, IPP_GET_JOB, &answer);
    if (state != OUT_DONE)
        return state;
    cups->look_ms = cups->now_ms + LOOK_MS;
    state = judge(&answer);
    if (state == OUT_WAIT && cups->phase == PHASE_WATCH &&
            cups->now_ms - cups->since_ms >= TAKE_BACK_MS)
        cups->phase = PHASE_TAKE_BACK;
    return state;
}

/* It may be completed meanwhile, and is no more to be cancelled: so what it
 * answers says less than one more look. */
static enum print_out_state take_back(struct out *out)
{
    struct cups *cups = out->own;
    struct ipp_answer answer;
    enum print_out_state state = ask(out, IPP_CANCEL_JOB, &answer);

    if (state != OUT_DONE)
        return state;
    cups->phase = PHASE_LAST_LOOK;
    cups->look_ms = 0;
    return OUT_WAIT;
}

static enum print_out_state is_through(struct out *out)
{
    struct cups *cups = out->own;

    switch (cups->phase) {
    case PHASE_IDLE:
    case PHASE_PRINTER:
    case PHASE_SEND:
        return send_job(out);
    case PHASE_TAKE_BACK:
        return take_back(out);
    case PHASE_WATCH:
    case PHASE_LAST_LOOK:
        break;
    }
    return look(out);
}

static void turn_cups(struct out *out, uint64_t now_ms)
{
    ((struct cups *)out->own)->now_ms = now_ms;
}

static void finish_cups(struct out *out)
{
    free(out->own);
    out->own = NULL;
}

const struct out_way out_cups = {
    .prefix = "cups:",
    .form = "cups:QUEUE or cups://HOST:PORT/QUEUE",
    .about = "a raw queue of CUPS",
    .finish_ms = FINISH_MS,
    .parse = parse_cups,
    .open = open_cups,
    .check = check_cups,
    .write = write_cups,
    .is_through = is_through,
    .close = forget,
    .turn = turn_cups,
    .finish = finish_cups,
};
