/*
 * failing_sync: loaded in front of the C library (LD_PRELOAD): from SIGUSR1 on
 * nothing can be synced to the disk (EIO).
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int fdatasync(int fd);
int fsync(int fd);

static volatile sig_atomic_t is_broken;

static void on_signal(int number)
{
    (void)number;
    is_broken = 1;
}

/* Not for the children. */
__attribute__((constructor)) static void begin(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    unsetenv("LD_PRELOAD");
}

static int sync_or_fail(const char *name, int fd)
{
    int (*call)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    if (!is_broken)
        return call(fd);
    errno = EIO;
    return -1;
}

int fdatasync(int fd)
{
    return sync_or_fail("fdatasync", fd);
}

int fsync(int fd)
{
    return sync_or_fail("fsync", fd);
}
