#include "bridge/jail/calls.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "bridge/jail/jail.h"
#include "hub/base/log.h"

#define MORE_NAMESPACES                                                        \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |             \
            CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

enum verdict { ALLOWED, LACKING, KILLED };

struct row {
    enum verdict verdict;
    uint32_t whom;
    int number;
    const char *name;
    bool has_condition;
    unsigned argument;
    uint64_t mask, value;
};

#define CALL(who, call)                                                        \
    { ALLOWED, JAIL_##who, SCMP_SYS(call), #call, false, 0, 0, 0 },
#define CALL_IF(who, call, argument, mask, value)                              \
    { ALLOWED, JAIL_##who, SCMP_SYS(call), #call, true, argument, mask, value },
#define LACKS(who, call)                                                       \
    { LACKING, JAIL_##who, SCMP_SYS(call), #call, false, 0, 0, 0 },
#define KILLS(call) { KILLED, JAIL_ALL, SCMP_SYS(call), #call, false, 0, 0, 0 },
#define PLACE(who, access, path)

static const struct row rows[] = {
#include "bridge/jail/jail.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Is this call allowed whatever its arguments? */
static bool is_free(int number, uint32_t traits)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].number == number && rows[i].verdict == ALLOWED &&
                !rows[i].has_condition && (rows[i].whom & traits))
            return true;
    return false;
}

static uint32_t action_of(enum verdict verdict)
{
    switch (verdict) {
    case ALLOWED:
        return SCMP_ACT_ALLOW;
    case LACKING:
        return SCMP_ACT_ERRNO(ENOSYS);
    default:
        return SCMP_ACT_KILL_PROCESS;
    }
}

/* 0 or a negative errno. A call that this machine never had is no error. */
static int add(scmp_filter_ctx filter, const struct row *row, uint32_t traits)
{
    const struct scmp_arg_cmp condition = { .arg = row->argument,
        .op = SCMP_CMP_MASKED_EQ,
        .datum_a = row->mask,
        .datum_b = row->value };
    bool is_moot = row->has_condition || row->verdict != ALLOWED;
    int rc;

    if (!(row->whom & traits) || (is_moot && is_free(row->number, traits)))
        return 0;
    rc = seccomp_rule_add_array(filter, action_of(row->verdict), row->number,
            row->has_condition, &condition);
    return rc == -EDOM ? 0 : rc;
}

static int load(scmp_filter_ctx filter, uint32_t traits)
{
    int rc = 0;

    /* Refusals are for the kernel's log; all threads; a tree, not a list. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (size_t i = 0; i < ROWS && rc == 0; i++) {
        rc = add(filter, &rows[i], traits);
        if (rc != 0)
            log_error("jail: %s: %s", rows[i].name, strerror(-rc));
    }
    return rc == 0 ? seccomp_load(filter) : rc;
}

enum err calls_enter(uint32_t traits)
{
    scmp_filter_ctx filter;
    int rc;

    if (sizeof(void *) < 8) { /* they have other calls, for large numbers */
        log_warn("jail: system calls are filtered on 64 bits alone");
        return ERR_OK;
    }
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return ERR_NO_MEMORY;
    rc = load(filter, traits);
    seccomp_release(filter);
    if (rc == 0)
        return ERR_OK;
    if (rc == -EINVAL || rc == -ENOSYS || rc == -ECANCELED) {
        log_warn("jail: this kernel filters no system calls (%s)",
                strerror(-rc));
        return ERR_OK;
    }
    log_error("jail: system calls cannot be filtered: %s", strerror(-rc));
    return ERR_IO;
}
