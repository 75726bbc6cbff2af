#include "bridge/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hub/base/log.h"

/* "/run/…", or "@…" for a name that is in no file system. */
static int open_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t len = path ? strlen(path) : 0;
    int fd;

    if (len < 2 || len >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, len);
    if (*path == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
                                       len)) == 0)
        return fd;
    log_warn("the service manager cannot be reached");
    if (fd >= 0)
        close(fd);
    return -1;
}

void notify_open(struct notify *notify)
{
    const char *usec = getenv("WATCHDOG_USEC");

    *notify = (struct notify){ .fd = open_socket(getenv("NOTIFY_SOCKET")) };
    if (usec) /* twice as often as it has to be */
        notify->every_ms = strtoull(usec, NULL, 10) / 1000 / 2;
    unsetenv("NOTIFY_SOCKET"); /* it is nobody's business that we start */
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void notify_say(const struct notify *notify, const char *state)
{
    if (notify->fd >= 0 &&
            send(notify->fd, state, strlen(state), MSG_NOSIGNAL) < 0)
        log_debug("the service manager does not listen");
}

void notify_alive(struct notify *notify, uint64_t now_ms)
{
    if (notify->every_ms == 0 || now_ms < notify->next_ms)
        return;
    notify->next_ms = now_ms + notify->every_ms;
    notify_say(notify, "WATCHDOG=1");
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}
