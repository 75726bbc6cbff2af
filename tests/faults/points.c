/*
 * points: failpoint.c and the moments at which the daemon comes by its broker:
 * `fork`, when the process that starts it is made, and `order`, when that one
 * is told to.
 */
#include "tests/e2e/lib/failpoint.c"

#include <sys/socket.h>
#include <sys/types.h>

/* Not of the child: there it is not the daemon any more. */
pid_t fork(void)
{
    pid_t (*call)(void) = real("fork");
    pid_t pid;

    pass("before", "fork");
    pid = call();
    if (pid != 0)
        pass("after", "fork");
    return pid;
}

/* Nothing else of the daemon's goes out in packets that keep their order. */
static bool is_order(int fd, const char *data, size_t len)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return len == 1 && *data == 'S' &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    static ssize_t (*call)(int, const void *, size_t, int);
    ssize_t sent;

    if (!call)
        call = (ssize_t(*)(int, const void *, size_t, int))real("send");
    if (!is_order(fd, data, len))
        return call(fd, data, len, flags);
    pass("before", "order");
    sent = call(fd, data, len, flags);
    pass("after", "order");
    return sent;
}
