#include "tests/bench/floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/base.h"
#include "tests/bench/child.h"

#define SOCKETS     4096
#define FRAME_BYTES 32768
#define SOCKET_SENT (64 * 1024) /* as much as the daemon lets a client keep */

/* --- the process itself --- */

static void make_frame(uint8_t *frame, uint32_t len)
{
    static const char start[] =
            "{\"op\":\"event\",\"event\":\"order.created\",";

    memset(frame, 'x', len);
    frame[0] = 0x81;
    frame[1] = 126;
    frame[2] = (uint8_t)((len - 4) >> 8);
    frame[3] = (uint8_t)(len - 4);
    memcpy(frame + 4, start, sizeof(start) - 1);
}

static int dial(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), bytes = SOCKET_SENT, on = 1;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        _exit(1);
    return fd;
}

static void send_event(
        const int *sockets, uint32_t count, const uint8_t *frame, uint32_t len)
{
    for (uint32_t i = 0; i < count; i++)
        if (send(sockets[i], frame, len, 0) != (ssize_t)len)
            _exit(1);
}

static _Noreturn void work(const struct sockaddr_in *address, int control,
        uint32_t count, uint32_t len)
{
    static int sockets[SOCKETS];
    static uint8_t frame[FRAME_BYTES];
    char orders[64];
    ssize_t got;

    make_frame(frame, len);
    for (uint32_t i = 0; i < count; i++)
        sockets[i] = dial(address);
    while ((got = read(control, orders, sizeof(orders))) > 0)
        for (ssize_t i = 0; i < got; i++)
            send_event(sockets, count, frame, len);
    _exit(0);
}

/* --- its other side --- */

void floor_start(struct floor *floor, struct crowd *crowd, uint32_t count,
        uint32_t frame_bytes)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), ends[2];

    if (count > SOCKETS || frame_bytes > FRAME_BYTES || frame_bytes < 130)
        bench_fail("the floor cannot do %u x %u", count, frame_bytes);
    if (pipe(ends) != 0 ||
            bind(listener, (struct sockaddr *)&address, size) != 0 ||
            listen(listener, 4096) != 0 ||
            getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        bench_fail("the floor cannot listen");
    floor->control = ends[1];
    floor->pid = child_fork();
    if (floor->pid == 0) {
        close(ends[1]);
        work(&address, ends[0], count, frame_bytes);
    }
    close(ends[0]);
    for (uint32_t i = 0; i < count; i++)
        crowd_adopt(crowd, accept(listener, NULL, NULL));
    close(listener);
}

void floor_stop(struct floor *floor)
{
    close(floor->control);
    child_stop(floor->pid, SIGTERM);
}

static void publish(void *self)
{
    struct floor *floor = self;

    if (write(floor->control, "x", 1) != 1)
        bench_fail("the floor has gone");
}

static uint64_t unsettled(void *self)
{
    (void)self;
    return 0;
}

static struct pollfd watch(void *self)
{
    (void)self;
    return (struct pollfd){ .fd = -1 };
}

static void serve(void *self)
{
    (void)self;
}

struct source floor_source(struct floor *floor)
{
    return (struct source){ floor, floor->pid, publish, unsettled, watch,
        serve };
}
