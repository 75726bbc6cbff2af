#include "bridge/jail/jail.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/jail/calls.h"
#include "bridge/jail/places.h"
#include "bridge/jail/rights.h"
#include "hub/base/log.h"

/* Address space of the daemon and of its broker, each. */
#define MOST_MEMORY ((rlim_t)8 << 30)

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
const bool jail_is_tested = true;
#else
const bool jail_is_tested = false;
#endif

void jail_add_file(struct jail *jail, const char *path)
{
    if (*path && jail->file_count < JAIL_FILES)
        jail->files[jail->file_count++] = path;
}

static uint32_t traits_of(const struct jail *jail)
{
    return (uint32_t)jail->whom | (jail_is_tested ? JAIL_TESTED : 0) |
           (geteuid() == 0 ? JAIL_ROOT : JAIL_OTHERS);
}

void jail_begin(uint32_t files)
{
    struct rlimit limit, none = { 0, 0 };

    umask(0077);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!jail_is_tested && getrlimit(RLIMIT_AS, &limit) == 0 &&
            limit.rlim_cur > MOST_MEMORY) {
        limit.rlim_cur = limit.rlim_max = MOST_MEMORY;
        setrlimit(RLIMIT_AS, &limit);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < files ? limit.rlim_max : files;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

enum err jail_enter(const struct jail *jail)
{
    uint32_t traits = traits_of(jail);
    enum err err = places_enter(jail, traits);

    rights_drop();
    if (!jail_is_tested) /* whose leak check traces its own process */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return err == ERR_OK ? calls_enter(traits) : err;
}
