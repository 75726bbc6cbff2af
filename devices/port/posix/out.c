#include "devices/port/posix/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Status bits of the answer to GS r 1: the paper is at its end. */
#define PAPER_OUT 0x0C

/* Set in what a printer says unasked, clear in that answer. */
#define OTHER_STATUS 0x90

/* The first byte of a status record of four; the others look like answers. */
#define RECORD_MASK  0x93
#define RECORD_FIRST 0x10
#define RECORD_REST  3

/* What the printer answers at once to DLE EOT n looks so. */
#define STATUS_FIRST 0x12

/* The questions, and what a bit of an answer says; in the order asked. */
#define DLE 0x10
#define EOT 0x04

enum question { ASK_PRINTER, ASK_CAUSE, ASK_PAPER };

static const uint8_t questions[] = { DLE, EOT, 1, DLE, EOT, 2, DLE, EOT, 4 };

#define PRINTER_OFF 0x08
#define COVER_OPEN  0x04
#define PAPER_STOP  0x20
#define FAULT       0x40
#define PAPER_LOW   0x0C
#define PAPER_END   0x60

static bool parse_tcp(struct out *out, const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t host_len = colon ? (size_t)(colon - text) : 0;
    char *end = NULL;
    long port = colon ? strtol(colon + 1, &end, 10) : 0;

    if (host_len == 0 || host_len >= sizeof(out->host) || *end != '\0' ||
            port < 1 || port > 65535)
        return false;
    if (text[0] == '[' && text[host_len - 1] == ']') { /* an IPv6 number */
        text++;
        host_len -= 2;
    }
    memcpy(out->host, text, host_len);
    out->host[host_len] = '\0';
    snprintf(out->port, sizeof(out->port), "%ld", port);
    out->kind = OUT_TCP;
    return host_len > 0;
}

bool out_parse(struct out *out, const char *text)
{
    *out = (struct out){ .fd = -1 };

    if (strcmp(text, "-") == 0) {
        out->kind = OUT_STDOUT;
        return true;
    }
    if (strncmp(text, "tcp://", 6) == 0)
        return parse_tcp(out, text + 6);
    if (strncmp(text, "file:", 5) == 0 && text[5]) {
        out->kind = OUT_FILE;
        out->path = text + 5;
        return true;
    }
    return false;
}

static void close_out(void *ctx)
{
    struct out *out = ctx;
    uint8_t unread[4096];

    /* Closed over unread bytes a connection is reset, and the printer may
     * throw away what it has not printed yet. */
    if (out->fd >= 0 && out->kind == OUT_TCP)
        (void)!recv(out->fd, unread, sizeof(unread), MSG_DONTWAIT);
    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
    out->connecting = false;
    out->blocked = false;
    out->skip = 0;
    out->asked = false;
    out->answered = 0;
}

/* --- opening --- */

/* The next address of the host, in turn. */
static const struct addrinfo *choose(
        const struct addrinfo *list, uint32_t attempt)
{
    const struct addrinfo *one = list;
    uint32_t count = 0;

    for (; one; one = one->ai_next)
        count++;
    one = list;
    for (uint32_t i = attempt % count; i > 0; i--)
        one = one->ai_next;
    return one;
}

static void set_socket(int fd)
{
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static enum print_out_state begin_tcp(struct out *out)
{
    const struct addrinfo wanted = { .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    const struct addrinfo *one;
    enum print_out_state state = OUT_GONE;

    if (getaddrinfo(out->host, out->port, &wanted, &list) != 0)
        return OUT_GONE;
    one = choose(list, out->attempts++);
    out->fd = socket(one->ai_family,
            one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol);
    if (out->fd >= 0) {
        set_socket(out->fd);
        if (connect(out->fd, one->ai_addr, one->ai_addrlen) == 0) {
            state = OUT_DONE;
        } else if (errno == EINPROGRESS) {
            out->connecting = true;
            out->blocked = true;
            state = OUT_WAIT;
        }
    }
    freeaddrinfo(list);
    return state;
}

static enum print_out_state go_on_tcp(struct out *out)
{
    struct pollfd poll_fd = { .fd = out->fd, .events = POLLOUT };
    int error = 0;
    socklen_t len = sizeof(error);

    if (poll(&poll_fd, 1, 0) == 0)
        return OUT_WAIT;
    if (getsockopt(out->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error)
        return OUT_GONE;
    out->connecting = false;
    out->blocked = false;
    return OUT_DONE;
}

static enum print_out_state open_out(void *ctx)
{
    struct out *out = ctx;

    if (out->connecting)
        return go_on_tcp(out);
    if (out->fd >= 0)
        return OUT_DONE;
    switch (out->kind) {
    case OUT_TCP:
        return begin_tcp(out);
    case OUT_FILE:
        out->fd = open(out->path,
                O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
        break;
    case OUT_STDOUT:
        out->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        break;
    }
    return out->fd >= 0 ? OUT_DONE : OUT_GONE;
}

/* --- asking --- */

/* Part of a record that a printer says unasked? */
static bool is_record(struct out *out, uint8_t byte)
{
    if (out->skip > 0) {
        out->skip--;
        return true;
    }
    if ((byte & RECORD_MASK) == RECORD_FIRST)
        out->skip = RECORD_REST;
    return out->skip > 0;
}

static void read_status(const struct out *out, struct print_status *status)
{
    uint8_t cause = out->answers[ASK_CAUSE];
    uint8_t paper = out->answers[ASK_PAPER];

    status->cover_open = cause & COVER_OPEN;
    status->paper_out = cause & PAPER_STOP || paper & PAPER_END;
    status->paper_low = paper & PAPER_LOW;
    status->failed = cause & FAULT || out->answers[ASK_PRINTER] & PRINTER_OFF;
}

/* Only over a network: a file or a device that is written to says nothing. */
static enum print_out_state check_out(void *ctx, struct print_status *status)
{
    struct out *out = ctx;
    uint8_t byte;
    ssize_t n;

    if (out->kind != OUT_TCP)
        return OUT_DONE;
    if (!out->asked && send(out->fd, questions, sizeof(questions),
                               MSG_NOSIGNAL) != sizeof(questions))
        return OUT_GONE;
    out->asked = true;
    while (out->answered < OUT_QUESTIONS) {
        n = recv(out->fd, &byte, 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return OUT_WAIT;
        if (n != 1)
            return OUT_GONE;
        if (!is_record(out, byte) && (byte & RECORD_MASK) == STATUS_FIRST)
            out->answers[out->answered++] = byte;
    }
    read_status(out, status);
    return OUT_DONE;
}

/* --- writing --- */

static int write_out(void *ctx, const uint8_t *bytes, size_t len)
{
    struct out *out = ctx;
    size_t some = len < INT_MAX ? len : INT_MAX;
    ssize_t n = out->kind == OUT_TCP ? send(out->fd, bytes, some, MSG_NOSIGNAL)
                                     : write(out->fd, bytes, some);

    out->blocked = n < 0 && errno == EAGAIN;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n < 0 ? -1 : (int)n;
}

/* Part of what a printer says unasked? */
static bool is_unasked(struct out *out, uint8_t byte)
{
    return is_record(out, byte) || byte & OTHER_STATUS;
}

/* The printer says that it has worked through all before the question. */
static enum print_out_state read_answer(struct out *out)
{
    uint8_t answer;
    ssize_t n;

    do {
        n = recv(out->fd, &answer, 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return OUT_WAIT;
        if (n != 1)
            return OUT_GONE;
    } while (is_unasked(out, answer));
    return answer & PAPER_OUT ? OUT_GONE : OUT_DONE;
}

/* Without an answer the most one can know is that all bytes arrived there. */
static enum print_out_state drained(const struct out *out)
{
    int unsent = 0;
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(out->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error ||
            ioctl(out->fd, SIOCOUTQ, &unsent) != 0)
        return OUT_GONE;
    return unsent == 0 ? OUT_DONE : OUT_WAIT;
}

static enum print_out_state finish_out(void *ctx, bool answers)
{
    struct out *out = ctx;

    if (out->kind == OUT_TCP)
        return answers ? read_answer(out) : drained(out);
    /* Pipes and devices cannot be synced, and need not. */
    if (fsync(out->fd) != 0 && errno != EINVAL && errno != EROFS)
        return OUT_GONE;
    return OUT_DONE;
}

struct print_out out_of(struct out *out)
{
    return (struct print_out){ .ctx = out,
        .open = open_out,
        .check = check_out,
        .write = write_out,
        .finish = finish_out,
        .close = close_out };
}

int out_watch(const struct out *out, short *events)
{
    /* Only where it helps: answers are asked for by the clock, since what
     * else a printer says would wake us for nothing. */
    *events = POLLOUT;
    return out->blocked ? out->fd : -1;
}
