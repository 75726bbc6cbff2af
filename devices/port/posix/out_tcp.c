/* A printer on the network that takes raw bytes on a port, mostly 9100. Each
 * job has a connection of its own, so that others get their turn. */
#include "devices/port/posix/out_way.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One that has gone without a word is known to be after 5 + 3 * 5 seconds,
 * before the wait for its last word is over. */
#define IDLE_S  5
#define PROBE_S 5
#define PROBES  3

bool out_parse_host(struct out *out, const char *text, size_t len)
{
    const char *colon = memrchr(text, ':', len);
    size_t host_len = colon ? (size_t)(colon - text) : 0;
    char *end = NULL;
    long port;

    if (host_len == 0 || host_len >= sizeof(out->host) || colon[1] < '0' ||
            colon[1] > '9')
        return false;
    port = strtol(colon + 1, &end, 10);
    if (end != text + len || port < 1 || port > 65535)
        return false;
    if (text[0] == '[' && text[host_len - 1] == ']') { /* an IPv6 number */
        text++;
        host_len -= 2;
    }
    memcpy(out->host, text, host_len);
    out->host[host_len] = '\0';
    snprintf(out->port, sizeof(out->port), "%ld", port);
    return host_len > 0;
}

static bool parse_tcp(struct out *out, const char *rest)
{
    return out_parse_host(out, rest, strlen(rest));
}

/* --- opening --- */

/* The next address of the host, in turn. */
static const struct addrinfo *choose(
        const struct addrinfo *list, uint32_t failures)
{
    const struct addrinfo *one = list;
    uint32_t count = 0;

    for (; one; one = one->ai_next)
        count++;
    one = list;
    for (uint32_t i = failures % count; i > 0; i--)
        one = one->ai_next;
    return one;
}

static void set_option(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

static void set_socket(int fd)
{
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* The next one takes the same address. */
static enum print_out_state is_reached(struct out *out)
{
    out->failures--;
    out->connecting = false;
    out->blocked = false;
    return OUT_DONE;
}

/* It counts as failed until it is reached. */
static enum print_out_state begin(struct out *out)
{
    const struct addrinfo wanted = { .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    const struct addrinfo *one;
    enum print_out_state state = OUT_GONE;

    if (getaddrinfo(out->host, out->port, &wanted, &list) != 0)
        return OUT_GONE;
    one = choose(list, out->failures++);
    out->fd = socket(one->ai_family,
            one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol);
    if (out->fd >= 0) {
        set_socket(out->fd);
        if (connect(out->fd, one->ai_addr, one->ai_addrlen) == 0) {
            state = is_reached(out);
        } else if (errno == EINPROGRESS) {
            out->connecting = true;
            out->blocked = true;
            state = OUT_WAIT;
        }
    }
    freeaddrinfo(list);
    return state;
}

static enum print_out_state go_on(struct out *out)
{
    struct pollfd poll_fd = { .fd = out->fd, .events = POLLOUT };
    int error = 0;
    socklen_t len = sizeof(error);

    if (poll(&poll_fd, 1, 0) == 0)
        return OUT_WAIT;
    if (getsockopt(out->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error)
        return OUT_GONE;
    return is_reached(out);
}

enum print_out_state out_connect(struct out *out)
{
    if (out->connecting)
        return go_on(out);
    return out->fd >= 0 ? OUT_DONE : begin(out);
}

static enum print_out_state open_tcp(struct out *out, const char *job_id)
{
    (void)job_id;
    return out_connect(out);
}

/* --- a job --- */

static int write_tcp(struct out *out, const uint8_t *bytes, size_t len)
{
    size_t some = len < INT_MAX ? len : INT_MAX;
    ssize_t n = send(out->fd, bytes, some, MSG_NOSIGNAL);

    out->blocked = n < 0 && errno == EAGAIN;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n < 0 ? -1 : (int)n;
}

/* Without an answer the most one can know is that all bytes arrived there. */
static enum print_out_state have_arrived(struct out *out)
{
    int unsent = 0;
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(out->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error ||
            ioctl(out->fd, SIOCOUTQ, &unsent) != 0)
        return OUT_GONE;
    return unsent == 0 ? OUT_DONE : OUT_WAIT;
}

/* Closed over unread bytes a connection is reset, and the printer may throw
 * away what it has not printed yet. */
static void read_away(struct out *out)
{
    uint8_t unread[4096];

    if (out->fd >= 0)
        (void)!recv(out->fd, unread, sizeof(unread), MSG_DONTWAIT);
}

const struct out_way out_tcp = {
    .prefix = "tcp://",
    .form = "tcp://HOST:PORT",
    .about = "a printer on the network, mostly at port 9100",
    .talks = true,
    .parse = parse_tcp,
    .open = open_tcp,
    .write = write_tcp,
    .is_through = have_arrived,
    .close = read_away,
};
