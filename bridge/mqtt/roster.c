#include "bridge/mqtt/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "hub/base/log.h"

#define LOCK_WAIT_MS 5000
#define LOCK_STEP_MS 20
#define LIST_BYTES   ((ROSTER_MEMBERS + ROSTER_PAST + 1) * MEMBER_BYTES)

static bool is_hub(const struct member *member)
{
    return member->kind == MEMBER_HUB;
}

/* --- the list --- */

static enum err parse_list(struct roster *roster, const char *text, size_t len)
{
    const char *end = text + len;

    for (int number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((newline ? newline : end) - text);
        struct member member;

        if (line > 1) {
            if (!member_parse(text, line, &member)) {
                log_error("broker: %s/" ROSTER_FILE ", line %d: not as we "
                          "wrote it",
                        roster->dir, number);
                return ERR_CONFIG;
            }
            if (roster_put(roster, &member) != ERR_OK)
                return ERR_IO;
        }
        text += line + (newline ? 1 : 0);
    }
    return ERR_OK;
}

static enum err read_list(struct roster *roster)
{
    struct buf text;
    enum err err;

    buf_init(&text, LIST_BYTES);
    err = files_read(roster->dir, ROSTER_FILE, &text);
    if (err == ERR_OK)
        err = parse_list(roster, text.data, text.len);
    else if (err == ERR_NOT_FOUND)
        err = ERR_OK;
    buf_finish(&text);
    return err;
}

/* Two who enrol at once must not lose one another's entry. */
static enum err take_lock(struct roster *roster, int wait_ms)
{
    const struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };
    char path[BROKER_PATH_BYTES];

    if (files_path(roster->dir, "lock", path) != ERR_OK)
        return ERR_IO;
    roster->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (roster->lock < 0) {
        log_error("broker: cannot open %s: %s", path, strerror(errno));
        return ERR_IO;
    }
    for (int ms = 0; flock(roster->lock, LOCK_EX | LOCK_NB) != 0;
            ms += LOCK_STEP_MS) {
        if (ms >= wait_ms)
            return ERR_BUSY;
        nanosleep(&step, NULL);
    }
    return ERR_OK;
}

static enum err open_list(
        struct roster *roster, const char *data_dir, int wait_ms)
{
    enum err err;

    *roster = (struct roster){ .lock = -1 };
    err = files_make_dir(data_dir, roster->dir);
    if (err == ERR_OK)
        err = take_lock(roster, wait_ms);
    if (err == ERR_OK)
        err = read_list(roster);
    if (err != ERR_OK)
        roster_close(roster);
    return err;
}

enum err roster_open(struct roster *roster, const char *data_dir)
{
    return open_list(roster, data_dir, LOCK_WAIT_MS);
}

enum err roster_open_now(struct roster *roster, const char *data_dir)
{
    return open_list(roster, data_dir, 0);
}

enum err roster_look(struct roster *roster, const char *dir)
{
    *roster = (struct roster){ .lock = -1 };
    snprintf(roster->dir, sizeof(roster->dir), "%s", dir);
    return read_list(roster);
}

void roster_close(struct roster *roster)
{
    if (roster->lock >= 0)
        close(roster->lock);
    free(roster->members);
    roster->lock = -1;
    roster->members = NULL;
    roster->count = 0;
}

static struct member *find(const struct roster *roster, const char *login)
{
    for (uint32_t i = 0; i < roster->count; i++)
        if (!roster->members[i].past &&
                strcmp(roster->members[i].login, login) == 0)
            return &roster->members[i];
    return NULL;
}

const struct member *roster_find(const struct roster *roster, const char *login)
{
    return find(roster, login);
}

bool roster_has_hub(const struct roster *roster, const char *site)
{
    for (uint32_t i = 0; i < roster->count; i++)
        if (is_hub(&roster->members[i]) &&
                strcmp(roster->members[i].site, site) == 0)
            return true;
    return false;
}

void roster_drop_hubs(struct roster *roster)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < roster->count; i++)
        if (!is_hub(&roster->members[i]))
            roster->members[kept++] = roster->members[i];
    roster->count = kept;
}

int64_t roster_next_ms(const struct roster *roster, int64_t now_ms)
{
    int64_t next_ms = now_ms > 0 ? now_ms : 1;

    for (uint32_t i = 0; i < roster->count; i++)
        if (roster->members[i].at_ms >= next_ms)
            next_ms = roster->members[i].at_ms + 1;
    return next_ms;
}

/* Forget what is past for longest, if there is so much of it. */
static void forget_past(struct roster *roster, uint32_t many)
{
    uint32_t past = 0, oldest = roster->count;

    for (uint32_t i = 0; i < roster->count; i++) {
        const struct member *member = &roster->members[i];

        if (!member->retired && !member->past)
            continue;
        past++;
        if (oldest == roster->count ||
                member->at_ms < roster->members[oldest].at_ms)
            oldest = i;
    }
    if (past < many)
        return;
    roster->count--;
    memmove(&roster->members[oldest], &roster->members[oldest + 1],
            (roster->count - oldest) * sizeof(*roster->members));
}

static enum err append(struct roster *roster, const struct member *member)
{
    struct member *grown = realloc(
            roster->members, (roster->count + 1) * sizeof(*roster->members));

    if (!grown)
        return ERR_NO_MEMORY;
    roster->members = grown;
    roster->members[roster->count++] = *member;
    return ERR_OK;
}

/* How many can log in. */
static uint32_t count_members(const struct roster *roster)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < roster->count; i++)
        count += !roster->members[i].retired && !roster->members[i].past;
    return count;
}

enum err roster_put(struct roster *roster, const struct member *member)
{
    struct member *known = member->past ? NULL : find(roster, member->login);
    bool is_past = member->past || member->retired;

    if (!is_past && (!known || known->retired) &&
            count_members(roster) == ROSTER_MEMBERS)
        return ERR_FULL;
    if (is_past)
        forget_past(roster, ROSTER_PAST);
    known = member->past ? NULL : find(roster, member->login);
    if (!known)
        return append(roster, member);
    *known = *member;
    return ERR_OK;
}

enum err roster_change(struct roster *roster, const struct member *member)
{
    const struct member *known = find(roster, member->login);
    struct member past;
    enum err err = ERR_OK;

    if (known && known->at_ms) {
        past = *known;
        past.past = true;
        past.hash[0] = '\0';
        err = roster_put(roster, &past);
    }
    return err == ERR_OK ? roster_put(roster, member) : err;
}

static enum err save(const struct roster *roster, const char *name,
        void (*put)(const struct roster *, struct buf *))
{
    struct buf text;
    enum err err;

    buf_init(&text, 4 * LIST_BYTES); /* the access list is longer */
    put(roster, &text);
    err = text.failed ? ERR_NO_MEMORY
                      : files_replace(roster->dir, name, text.data, text.len);
    buf_finish(&text);
    return err;
}

enum err roster_save(const struct roster *roster)
{
    /* The list comes first: what is generated from it can be made again. The
     * broker may read at any moment: whoever it lets in has its rights, or
     * would miss what is retained without a word. */
    enum err err = save(roster, ROSTER_FILE, roster_put_json);

    if (err == ERR_OK)
        err = save(roster, "acl", roster_put_acl);
    if (err == ERR_OK)
        err = save(roster, "passwd", roster_put_passwd);
    return err;
}
