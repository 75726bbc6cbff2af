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
#define AGAIN_MS 100 /* longer than it takes to read its files */

static enum err check_id(const char *field, const char *id, struct fault *fault)
{
    if (id_is_valid(id, strlen(id)))
        return ERR_OK;
    return fault_set(fault, ERR_BAD_ID, field, NULL);
}

static enum err read_dialect(const struct enrolment *enrolment,
        enum member_id kind, enum dialect_id *dialect, struct fault *fault)
{
    const char *name = enrolment->dialect;

    *dialect = DIALECT_NATIVE;
    if (!name)
        return ERR_OK;
    if (!member_kind_speaks(kind))
        return fault_set(fault, ERR_BAD_REQUEST, "dialect",
                "only a producer speaks a dialect");
    return tongue_parse(name, strlen(name), dialect, fault);
}

/* The name of who is enrolled, and of where. */
static enum err check_ids(
        const struct enrolment *enrolment, struct fault *fault)
{
    enum err err = check_id("id", enrolment->id, fault);

    if (err == ERR_OK)
        err = check_id("site", enrolment->site, fault);
    if (err == ERR_OK && strcmp(enrolment->id, HUB_CLIENT_ID) == 0)
        err = fault_set(
                fault, ERR_BAD_ID, "id", "%s is the hub itself", enrolment->id);
    return err;
}

static enum err read_kind(const struct enrolment *enrolment,
        enum member_id *kind, struct fault *fault)
{
    char names[FAULT_TEXT_CHARS + 1] = "";
    size_t at = 0;

    *kind = member_kind_find(enrolment->kind);
    if (member_kind_is_open(*kind))
        return ERR_OK;
    for (int i = 0; i < MEMBER_COUNT && at < sizeof(names); i++)
        if (member_kind_is_open((enum member_id)i))
            at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
                    at ? ", " : "", member_kinds[i].name);
    return fault_set(
            fault, ERR_BAD_REQUEST, "kind", "a kind is one of %s", names);
}

/* A user's name may have characters that no id has. */
static void write_by(const char *by, char out[ID_CHARS + 1])
{
    snprintf(out, ID_CHARS + 1, "%s", by ? by : "");
    for (char *c = out; *c; c++)
        if (!id_is_valid(c, 1))
            *c = '_';
}

/* Its own topics are made of its name. */
static enum err check_name(
        const struct enrolment *from, enum member_id kind, struct fault *fault)
{
    if (kind != MEMBER_STAR || member_star_mac(from->id))
        return ERR_OK;
    return fault_set(fault, ERR_BAD_ID, "id",
            "a star is called PRINTER-MAC: the printer that serves it, and "
            "12 hex digits in lower case");
}

/* Who it will be, without a password yet. */
static enum err make_member(const struct enrolment *from, struct member *member,
        struct fault *fault)
{
    enum err err = check_ids(from, fault);

    *member = (struct member){ .retired = false };
    if (err == ERR_OK && from->table)
        err = check_id("table", from->table, fault);
    if (err == ERR_OK)
        err = read_kind(from, &member->kind, fault);
    if (err == ERR_OK)
        err = check_name(from, member->kind, fault);
    if (err == ERR_OK)
        err = read_dialect(from, member->kind, &member->dialect, fault);
    if (err != ERR_OK)
        return err;
    sites_login(from->sites, from->site, from->id, member->login);
    snprintf(member->site, sizeof(member->site), "%s", from->site);
    snprintf(member->table, sizeof(member->table), "%s",
            from->table ? from->table : "");
    write_by(from->by, member->by);
    return ERR_OK;
}

/*
 * A running broker reads its files again; connections stay as long as their
 * passwords are good. One that is just starting would end by the signal, and
 * may have read the old files.
 */
static void tell_broker(const char *dir)
{
    const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
    const struct timespec again = { .tv_nsec = AGAIN_MS * 1000000L };
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
    /* A signal that comes while it reads, because the daemon has told it, too,
     * is forgotten; the second one comes when that is over. */
    for (int i = 0; pid != 0 && i < 2; i++) {
        if (i > 0)
            nanosleep(&again, NULL);
        if (kill(pid, SIGHUP) == 0)
            continue;
        log_warn("broker: cannot tell process %ld of the new credential: %s",
                (long)pid, strerror(errno));
        return;
    }
}

/* Its maker's topics know no restaurant: one with this address is enough. */
static enum err check_mac(const struct roster *roster,
        const struct member *member, struct fault *fault)
{
    const char *address = member_star_mac(member_topic_id(member));

    for (uint32_t i = 0; member->kind == MEMBER_STAR && i < roster->count;
            i++) {
        const struct member *other = &roster->members[i];
        const char *others = member_star_mac(member_topic_id(other));

        if (other->kind == MEMBER_STAR && !other->retired && !other->past &&
                others && strcmp(others, address) == 0 &&
                strcmp(other->login, member->login) != 0)
            return fault_set(fault, ERR_CONFLICT, "id",
                    "this printer is enrolled as %s", other->login);
    }
    return ERR_OK;
}

/* Would it take the login of another kind, or of another restaurant? */
static enum err check_known(const struct roster *roster,
        const struct member *member, struct fault *fault)
{
    const struct member *known = roster_find(roster, member->login);

    if (!known || known->retired)
        return check_mac(roster, member, fault);
    if (strcmp(known->site, member->site) != 0 &&
            roster_has_hub(roster, known->site))
        return fault_set(fault, ERR_CONFLICT, "site",
                "%s is enrolled at %s; name all restaurants as the daemon "
                "does",
                member->login, known->site);
    if (known->kind != member->kind)
        return fault_set(fault, ERR_CONFLICT, "id", "%s is enrolled as a %s",
                member->login, member_kinds[known->kind].name);
    return ERR_OK;
}

static enum err limit_reached(struct fault *fault)
{
    return fault_set(fault, ERR_LIMIT, "id",
            "%d are enrolled, and that is the limit", ROSTER_MEMBERS);
}

/* Into the list, changed now. */
static enum err put(struct roster *roster, struct member *member,
        int64_t now_ms, struct fault *fault)
{
    enum err err;

    member->at_ms = roster_next_ms(roster, now_ms);
    err = roster_change(roster, member);
    if (err == ERR_FULL)
        return limit_reached(fault);
    if (err == ERR_OK)
        err = roster_save(roster);
    return err == ERR_OK ? ERR_OK : fault_set(fault, err, NULL, NULL);
}

/* With a new password, that only `made` gets to know. */
static enum err admit(struct roster *roster, struct member *member,
        int64_t now_ms, struct credential *made, struct fault *fault)
{
    enum err err = check_known(roster, member, fault);

    if (err != ERR_OK)
        return err;
    snprintf(made->client_id, sizeof(made->client_id), "%s", member->login);
    err = passwd_make(made->password);
    if (err == ERR_OK)
        err = passwd_hash_new(made->password, member->hash);
    if (err != ERR_OK)
        return fault_set(fault, err, NULL, NULL);
    return put(roster, member, now_ms, fault);
}

static enum err open_roster(
        struct roster *roster, const char *data_dir, struct fault *fault)
{
    enum err err = roster_open(roster, data_dir);

    return err == ERR_OK ? ERR_OK : fault_set(fault, err, NULL, NULL);
}

enum err enrol(const struct enrolment *enrolment, struct credential *credential,
        struct fault *fault)
{
    struct credential made = { 0 };
    struct member member;
    struct roster roster;
    enum err err = make_member(enrolment, &member, fault);

    if (err == ERR_OK)
        err = open_roster(&roster, enrolment->data_dir, fault);
    if (err != ERR_OK)
        return err;
    err = admit(&roster, &member, enrolment->now_ms, &made, fault);
    roster_close(&roster); /* telling may take a while */
    if (err == ERR_OK) {
        tell_broker(roster.dir);
        *credential = made;
    }
    explicit_bzero(&made, sizeof(made));
    return err;
}

enum err enrol_by_code(const struct enrolment *enrolment, int64_t until_ms,
        char code[CODE_TEXT_CHARS + 1], struct fault *fault)
{
    struct member member;
    struct roster roster;
    enum err err = make_member(enrolment, &member, fault);

    if (err == ERR_OK)
        err = open_roster(&roster, enrolment->data_dir, fault);
    if (err != ERR_OK)
        return err;
    err = check_known(&roster, &member, fault);
    if (err == ERR_OK) {
        member.at_ms = enrolment->now_ms;
        err = claims_put(
                roster.dir, &member, until_ms, enrolment->now_ms, code);
        if (err == ERR_FULL)
            err = fault_set(fault, ERR_LIMIT, "id",
                    "%d codes wait, and that is the limit", CLAIMS_MOST);
        else if (err != ERR_OK)
            fault_set(fault, err, NULL, NULL);
    }
    roster_close(&roster);
    return err;
}

enum err enrol_take_code(const char *data_dir, const char *code, int64_t now_ms,
        struct member *member, struct credential *credential)
{
    struct fault fault;
    struct roster roster;
    enum err err = roster_open_now(&roster, data_dir);

    if (err != ERR_OK)
        return err;
    err = claims_take(roster.dir, code, now_ms, member);
    if (err == ERR_OK)
        err = admit(&roster, member, now_ms, credential, &fault);
    roster_close(&roster);
    return err;
}

/* Whoever it was, without what lets it in. */
static enum err retire(struct roster *roster, const struct enrolment *about,
        const char *login, struct fault *fault)
{
    const struct member *known = roster_find(roster, login);
    struct member member;

    if (!known || known->retired || known->kind == MEMBER_HUB ||
            strcmp(known->site, about->site) != 0)
        return fault_set(
                fault, ERR_NOT_FOUND, "id", "%s is not enrolled", login);
    member = *known;
    member.retired = true;
    member.hash[0] = '\0';
    write_by(about->by, member.by);
    return put(roster, &member, about->now_ms, fault);
}

enum err enrol_retire(const struct enrolment *enrolment, struct fault *fault)
{
    char login[LOGIN_CHARS + 1];
    struct roster roster;
    enum err err = check_ids(enrolment, fault), forgotten;

    if (err == ERR_OK)
        err = open_roster(&roster, enrolment->data_dir, fault);
    if (err != ERR_OK)
        return err;
    sites_login(enrolment->sites, enrolment->site, enrolment->id, login);
    forgotten = claims_drop(roster.dir, login, enrolment->now_ms);
    err = retire(&roster, enrolment, login, fault);
    roster_close(&roster);
    if (err == ERR_OK)
        tell_broker(roster.dir);
    if (err == ERR_OK && forgotten != ERR_OK)
        err = fault_set(fault, forgotten, NULL, NULL);
    return err;
}
