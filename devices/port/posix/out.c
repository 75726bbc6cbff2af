#include "devices/port/posix/out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A printer that never stops talking does not stop us. */
#define DRAIN_READS 64
#define HEAR_BYTES  4096 /* in one call */

static const struct out_way *const ways[] = { &out_tcp, &out_usb, &out_serial,
    &out_cups, &out_cloudprnt, &out_star_mqtt, &out_epson_sdp, &out_file,
    &out_stdout };

#define WAYS (sizeof(ways) / sizeof(ways[0]))

bool out_parse(struct out *out, const char *text)
{
    *out = (struct out){ .fd = -1 };

    for (size_t i = 0; i < WAYS; i++) {
        size_t len = strlen(ways[i]->prefix);

        if (strncmp(text, ways[i]->prefix, len) != 0)
            continue;
        if (!ways[i]->parse(out, text + len))
            return false;
        out->way = ways[i];
        return true;
    }
    return false;
}

const char *out_form(uint32_t index, const char **about)
{
    if (index >= WAYS)
        return NULL;
    *about = ways[index]->about;
    return ways[index]->form;
}

const char *out_begin(struct out *out, const struct out_with *with)
{
    out->with = *with;
    return out->way->begin ? out->way->begin(out) : NULL;
}

const char *out_topic(const struct out *out)
{
    return out->way && out->way->topic ? out->way->topic(out) : NULL;
}

void out_join(struct out *out, const struct out_link *link)
{
    out->link = *link;
}

void out_heard(struct out *out, const char *topic, const void *data, size_t len)
{
    if (out->way && out->way->heard)
        out->way->heard(out, topic, data, len);
}

static void close_out(void *ctx)
{
    struct out *out = ctx;

    if (out->way->close)
        out->way->close(out);
    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
    out->connecting = false;
    out->blocked = false;
    talk_begin(&out->talk);
}

static enum print_out_state open_out(void *ctx, const char *job_id)
{
    struct out *out = ctx;

    return out->way->open(out, job_id);
}

/* --- what it says --- */

enum heard {
    HEARD_BYTE,
    HEARD_NOTHING,
    HEARD_END,
};

/* usblp also says 0 of an empty packet: it has gone if it hangs up. */
static bool has_gone(const struct out *out)
{
    struct pollfd poll_fd = { .fd = out->fd, .events = POLLIN };

    return out->way != &out_usb ||
           (poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & (POLLERR | POLLHUP));
}

static enum heard hear(struct out *out, uint8_t *byte)
{
    ssize_t n = read(out->fd, byte, 1);

    if (n == 1)
        return HEARD_BYTE;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return HEARD_NOTHING;
    return n < 0 || has_gone(out) ? HEARD_END : HEARD_NOTHING;
}

static enum print_out_state ask(struct out *out)
{
    int taken;

    if (out->talk.asked)
        return OUT_DONE;
    /* So few bytes: all or none. */
    taken = out->way->write(out, talk_questions, sizeof(talk_questions));
    out->talk.asked = taken == sizeof(talk_questions);
    if (taken == 0)
        return OUT_WAIT;
    return out->talk.asked ? OUT_DONE : OUT_GONE;
}

static enum print_out_state check_out(void *ctx, struct print_status *status)
{
    struct out *out = ctx;
    enum print_out_state asked;
    uint8_t byte;

    if (out->way->check)
        return out->way->check(out, status);
    if (!out->way->talks)
        return OUT_DONE;
    asked = ask(out);
    if (asked != OUT_DONE)
        return asked;
    for (int i = 0; i < HEAR_BYTES; i++) {
        switch (hear(out, &byte)) {
        case HEARD_NOTHING:
            return OUT_WAIT;
        case HEARD_END:
            return OUT_GONE;
        case HEARD_BYTE:
            break;
        }
        if (talk_status(&out->talk, byte, status))
            return OUT_DONE;
    }
    return OUT_WAIT;
}

static int write_out(void *ctx, const uint8_t *bytes, size_t len)
{
    struct out *out = ctx;

    return out->way->write(out, bytes, len);
}

static enum print_out_state hear_confirmation(
        struct out *out, enum print_confirm confirm, uint32_t number)
{
    enum print_out_state state = OUT_WAIT;
    uint8_t byte;

    for (int i = 0; i < HEAR_BYTES && state == OUT_WAIT; i++) {
        switch (hear(out, &byte)) {
        case HEARD_NOTHING:
            return OUT_WAIT;
        case HEARD_END:
            return OUT_GONE;
        case HEARD_BYTE:
            break;
        }
        state = talk_confirm(&out->talk, byte, confirm, number);
    }
    return state;
}

static enum print_out_state finish_out(
        void *ctx, enum print_confirm confirm, uint32_t number)
{
    struct out *out = ctx;

    if (out->way->talks && confirm != CONFIRM_DRAINED)
        return hear_confirmation(out, confirm, number);
    return out->way->is_through(out);
}

struct print_out out_of(struct out *out)
{
    return (struct print_out){ .ctx = out,
        .open = open_out,
        .check = check_out,
        .write = write_out,
        .finish = finish_out,
        .close = close_out,
        .knows = out->way->check != NULL,
        .finish_ms = out->way->finish_ms,
        .call_ms = out->way->call_ms };
}

/* --- the loop --- */

uint32_t out_watch(const struct out *out, struct pollfd *fds)
{
    if (!out->way)
        return 0;
    if (out->way->watch)
        return out->way->watch(out, fds);
    if (!out->blocked || out->fd < 0)
        return 0;
    /* Only where it helps: answers are asked for by the clock, since what
     * else a printer says would wake us for nothing. */
    fds[0] = (struct pollfd){ .fd = out->fd, .events = POLLOUT };
    return 1;
}

void out_turn(struct out *out, uint64_t now_ms)
{
    if (out->way && out->way->turn)
        out->way->turn(out, now_ms);
}

uint64_t out_due_ms(const struct out *out)
{
    return out->way && out->way->due_ms ? out->way->due_ms(out) : UINT64_MAX;
}

void out_finish(struct out *out)
{
    if (!out->way)
        return;
    close_out(out);
    if (out->way->finish)
        out->way->finish(out);
    *out = (struct out){ .fd = -1 };
}

/* --- what ways share --- */

int out_write_fd(struct out *out, const uint8_t *bytes, size_t len)
{
    ssize_t n = write(out->fd, bytes, len);

    out->blocked = n < 0 && errno == EAGAIN;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n < 0 ? -1 : (int)n;
}

void out_drain(struct out *out)
{
    uint8_t bytes[256];

    for (int i = 0; i < DRAIN_READS; i++)
        if (read(out->fd, bytes, sizeof(bytes)) <= 0)
            return;
}
