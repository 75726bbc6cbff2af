#include "tests/support/crammed.h"

#include <assert.h>
#include <signal.h>
#include <sys/resource.h>

static void limit(rlim_t bytes)
{
    struct rlimit files;
    int rc = getrlimit(RLIMIT_FSIZE, &files);

    assert(rc == 0);
    files.rlim_cur = bytes < files.rlim_max ? bytes : files.rlim_max;
    rc = setrlimit(RLIMIT_FSIZE, &files);
    assert(rc == 0);
}

void crammed_begin(uint64_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    limit(bytes);
}

void crammed_end(void)
{
    limit(RLIM_INFINITY);
}
