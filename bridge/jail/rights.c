#include "bridge/jail/rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridge/jail/jail.h"
#include "hub/base/log.h"

#define BIT(capability) (UINT64_C(1) << (capability))
#define KEPT_FOR_START  BIT(CAP_NET_BIND_SERVICE)
#define KEPT_BY_ROOT    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER))

/*
 * Keep those of `wanted` that are there. Where there is nothing to give up, a
 * service manager may have forbidden even the attempt.
 */
static bool keep(uint64_t wanted)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3];
    struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = { 0 };

    if (syscall(SYS_capget, &header, have) != 0)
        return false;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        kept[i].permitted = have[i].permitted & (uint32_t)(wanted >> 32 * i);
        kept[i].effective = kept[i].permitted;
    }
    return memcmp(kept, have, sizeof(have)) == 0 ||
           syscall(SYS_capset, &header, kept) == 0;
}

static enum err failed(const char *what)
{
    log_error("process.user: cannot %s: %s", what, strerror(errno));
    return ERR_IO;
}

/* Not what is in it: root would walk there at somebody else's bidding. */
static enum err give_data(const struct passwd *user, const char *data_dir)
{
    struct stat about;
    bool is_new = mkdir(data_dir, 0700) == 0;

    if (!is_new && errno != EEXIST)
        return failed("make the data directory");
    if (lstat(data_dir, &about) != 0)
        return failed("look at the data directory");
    if (about.st_uid == user->pw_uid)
        return ERR_OK;
    if (is_new && lchown(data_dir, user->pw_uid, user->pw_gid) == 0)
        return ERR_OK;
    log_error("%s belongs to somebody else than %s (process.user): chown -R it",
            data_dir, user->pw_name);
    return ERR_CONFIG;
}

static enum err leave_root(const struct passwd *user)
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return failed("keep capabilities");
    if (initgroups(user->pw_name, user->pw_gid) != 0 ||
            setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
            setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return failed("leave root");
    if (!keep(KEPT_FOR_START))
        return failed("give up capabilities");
    if (jail_is_tested) /* its leak check traces its own process */
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (setuid(0) == 0) {
        log_error("process.user: root could be had back");
        return ERR_IO;
    }
    return ERR_OK;
}

enum err rights_become(const char *name, const char *data_dir)
{
    const struct passwd *user;
    enum err err;

    if (geteuid() != 0)
        return ERR_OK;
    if (!*name) {
        log_warn("running as root; process.user names whom to become");
        return ERR_OK;
    }
    user = getpwnam(name);
    if (!user || user->pw_uid == 0) {
        log_error("process.user: %s is %s", name,
                user ? "root, too" : "no user of this machine");
        return ERR_CONFIG;
    }
    err = give_data(user, data_dir);
    return err == ERR_OK ? leave_root(user) : err;
}

void rights_drop(void)
{
    bool is_root = geteuid() == 0;

    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (!is_root || !(KEPT_BY_ROOT & BIT(i)))
            prctl(PR_CAPBSET_DROP, i, 0, 0, 0); /* only root can */
    if (!keep(is_root ? KEPT_BY_ROOT : 0))
        log_warn("jail: capabilities stay: %s", strerror(errno));
}
