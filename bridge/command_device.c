#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bridge/command.h"
#include "devices/port/posix/device_main.h"

/* A demo's devices end with it, also when it was killed. */
static void end_with_parent(void)
{
    const char *parent = getenv("DUMBWAITER_PARENT");

    if (!parent)
        return;
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (strtol(parent, NULL, 10) != (long)getppid())
        _exit(EXIT_SUCCESS); /* it is gone already */
}

int command_device(int argc, char **argv)
{
    end_with_parent();
    return device_main(argc, argv);
}
