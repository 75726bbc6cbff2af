#include "bridge/mqtt/enrol.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/mqtt/broker.h"
#include "bridge/mqtt/child.h"
#include "bridge/mqtt/roster.h"
#include "bridge/mqtt/tongues.h"
#include "hub/base/log.h"

#define START_MS 5000 /* longest that a broker may take to start */
#define STEP_MS  20

static enum err check_id(const char *field, const char *id, struct fault *fault)
{
    if (id_is_valid(id, strlen(id)))
        return ERR_OK;
    return fault_set(fault, ERR_BAD_ID, field, NULL);
}

static enum err read_dialect(const struct enrolment *enrolment,
        enum dialect_id *dialect, struct fault *fault)
{
    const char *name = enrolment->dialect;

    *dialect = DIALECT_NATIVE;
    if (!name)
        return ERR_OK;
    if (!member_kind_speaks(enrolment->kind))
        return fault_set(fault, ERR_BAD_REQUEST, "dialect",
                "only a producer speaks a dialect");
    return tongue_parse(name, strlen(name), dialect, fault);
}

static enum err check(const struct enrolment *enrolment,
        enum dialect_id *dialect, struct fault *fault)
{
    const char *id = enrolment->id;
    enum err err = check_id("id", id, fault);

    if (err == ERR_OK)
        err = check_id("site", enrolment->site, fault);
    if (err == ERR_OK && enrolment->table)
        err = check_id("table", enrolment->table, fault);
    if (err != ERR_OK)
        return err;
    if (strcmp(id, HUB_CLIENT_ID) == 0)
        return fault_set(fault, ERR_BAD_ID, "id", "%s is the hub itself", id);
    if (!member_kind_is_known(enrolment->kind))
        return fault_set(fault, ERR_BAD_REQUEST, "kind",
                "a kind is printer, pager, buzzer, button or producer");
    return read_dialect(enrolment, dialect, fault);
}

/*
 * A running broker reads its files again; its connections stay. One that is
 * just starting would end by the signal, and may have read the old files.
 */
static void tell_broker(const char *dir)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
    pid_t pid = child_find(dir);

    for (int ms = 0; pid != 0 && !child_catches(pid, SIGHUP); ms += STEP_MS) {
        if (ms >= START_MS) {
            log_warn("broker: process %ld does not hear of the new credential",
                    (long)pid);
            return;
        }
        nanosleep(&step, NULL);
        pid = child_find(dir);
    }
    if (pid != 0 && kill(pid, SIGHUP) != 0)
        log_warn("broker: cannot tell process %ld of the new credential: %s",
                (long)pid, strerror(errno));
}

/* Would it take the login of another kind, or of another restaurant? */
static enum err check_known(const struct roster *roster,
        const struct member *member, struct fault *fault)
{
    const struct member *known = roster_find(roster, member->login);

    if (!known)
        return ERR_OK;
    if (strcmp(known->site, member->site) != 0 &&
            roster_has_hub(roster, known->site))
        return fault_set(fault, ERR_CONFLICT, "site",
                "%s is enrolled at %s; name all restaurants as the daemon "
                "does",
                member->login, known->site);
    if (strcmp(known->kind, member->kind) != 0)
        return fault_set(fault, ERR_CONFLICT, "id", "%s is enrolled as a %s",
                member->login, known->kind);
    return ERR_OK;
}

static enum err add(
        struct roster *roster, const struct member *member, struct fault *fault)
{
    enum err err = check_known(roster, member, fault);

    if (err != ERR_OK)
        return err;
    err = roster_put(roster, member);
    if (err == ERR_FULL)
        return fault_set(fault, ERR_LIMIT, "id",
                "%d are enrolled, and that is the limit", ROSTER_MEMBERS);
    if (err == ERR_OK)
        err = roster_save(roster);
    return err == ERR_OK ? ERR_OK : fault_set(fault, err, NULL, NULL);
}

/* Who it will be, with a password that only `made` gets to know. */
static enum err make_member(const struct enrolment *from, struct member *member,
        struct credential *made)
{
    enum err err = passwd_make(made->password);

    sites_login(from->sites, from->site, from->id, member->login);
    snprintf(made->client_id, sizeof(made->client_id), "%s", member->login);
    snprintf(member->kind, sizeof(member->kind), "%s", from->kind);
    snprintf(member->site, sizeof(member->site), "%s", from->site);
    snprintf(member->table, sizeof(member->table), "%s",
            from->table ? from->table : "");
    return err == ERR_OK ? passwd_hash_new(made->password, member->hash) : err;
}

enum err enrol(const struct enrolment *enrolment, struct credential *credential,
        struct fault *fault)
{
    struct member member = { 0 };
    struct credential made = { 0 };
    struct roster roster;
    enum err err = check(enrolment, &member.dialect, fault);

    if (err != ERR_OK)
        return err;
    err = make_member(enrolment, &member, &made);
    if (err == ERR_OK)
        err = roster_open(&roster, enrolment->data_dir);
    if (err != ERR_OK)
        return fault_set(fault, err, NULL, NULL);

    err = add(&roster, &member, fault);
    roster_close(&roster); /* telling may take a while */
    if (err == ERR_OK) {
        tell_broker(roster.dir);
        *credential = made;
    }
    return err;
}
