#include "devices/port/posix/virtual_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WAITING 4 /* connections */

static bool read_address(
        struct virtual_line *line, const char *address, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&line->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&line->address;

    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        line->address_len = sizeof(*v4);
    } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        line->address_len = sizeof(*v6);
    } else {
        errno = EINVAL;
        return false;
    }
    return true;
}

static bool listen_there(struct virtual_line *line)
{
    int on = 1, bytes = MACHINE_BUFFER;
    struct sockaddr *address = (struct sockaddr *)&line->address;
    int fd = socket(line->address.ss_family,
            SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* A printer takes little ahead, so that who sends notices when it stops. */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    if (bind(fd, address, line->address_len) != 0 || listen(fd, WAITING) != 0 ||
            getsockname(fd, address, &line->address_len) != 0) {
        int saved = errno;

        close(fd);
        errno = saved;
        return false;
    }
    line->listener = fd;
    return true;
}

bool line_open(struct virtual_line *line, const char *address, uint16_t port,
        struct machine *machine)
{
    *line = (struct virtual_line){
        .machine = machine, .listener = -1, .fd = -1
    };
    return read_address(line, address, port) && listen_there(line);
}

uint16_t line_port(const struct virtual_line *line)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&line->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&line->address;

    return ntohs(
            line->address.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
}

void line_say(void *ctx, const uint8_t *bytes, size_t len)
{
    struct virtual_line *line = ctx;

    /* Who does not read its answers loses them. */
    if (line->fd >= 0 && send(line->fd, bytes, len,
                                 MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
        line->lost++;
}

/* --- the connection --- */

static void hang_up(struct virtual_line *line, bool breaks)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    if (line->fd < 0)
        return;
    if (breaks)
        setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(line->fd);
    line->fd = -1;
    machine_disconnect(line->machine);
}

static void accept_one(struct virtual_line *line, uint64_t now_ms)
{
    int on = 1;
    int fd = accept4(line->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (machine_door(line->machine, now_ms) == DOOR_BUSY) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    line->fd = fd;
    machine_connect(line->machine, now_ms);
}

static void receive(struct virtual_line *line, uint64_t now_ms)
{
    uint8_t bytes[MACHINE_BUFFER];
    size_t room = machine_room(line->machine, now_ms);
    ssize_t n;

    if (room == 0)
        return;
    n = recv(line->fd, bytes, room, MSG_DONTWAIT);
    if (n > 0)
        machine_take(line->machine, bytes, (size_t)n, now_ms);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        hang_up(line, false);
}

/* --- turns --- */

void line_watch(const struct virtual_line *line, uint64_t now_ms, int *listener,
        int *fd, short *events)
{
    *listener = line->fd < 0 ? line->listener : -1;
    *fd = line->fd;
    *events = machine_room(line->machine, now_ms) > 0 ? POLLIN : 0;
}

void line_turn(struct virtual_line *line, short events, uint64_t now_ms)
{
    if (line->fd < 0 && line->listener >= 0)
        accept_one(line, now_ms);
    if (line->fd >= 0)
        receive(line, now_ms);
    /* Broken while nothing is taken; what had arrived is lost with it. */
    if (line->fd >= 0 && events & POLLERR)
        hang_up(line, false);
}

void line_follow(struct virtual_line *line, uint64_t now_ms)
{
    bool is_shut = machine_door(line->machine, now_ms) == DOOR_SHUT;

    if (line->fd >= 0 && line->machine->line != LINE_STAYS)
        hang_up(line, line->machine->line == LINE_BREAKS);
    if (is_shut && line->listener >= 0) {
        close(line->listener);
        line->listener = -1;
    }
    if (!is_shut && line->listener < 0)
        listen_there(line); /* if not now, then at the next turn */
}

void line_close(struct virtual_line *line)
{
    hang_up(line, false);
    if (line->listener >= 0)
        close(line->listener);
    line->listener = -1;
}
