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
#include "schemas/dialects.h"

#define LOCK_WAIT_MS 5000
#define LOCK_STEP_MS 20

#define KIND_HUB      "hub"
#define KIND_PRODUCER "producer"

/*
 * Who may do what below dw/1/<site>/. $i is the id in topics, $t the table or
 * any. "device" stands for each of the device kinds.
 */
static const struct grant {
    const char *kind, *access, *topic;
} grants[] = {
    { KIND_HUB, "readwrite", "#" },
    { KIND_PRODUCER, "write", "in/$i/#" },
    { KIND_PRODUCER, "read", "receipt/$i" },
    { KIND_PRODUCER, "read", "cmd/#" },
    { KIND_PRODUCER, "read", "json/#" },
    { KIND_PRODUCER, "read", "state/#" },
    { KIND_PRODUCER, "read", "hub/#" },
    { "device", "read", "dev/$i/cmd" },
    { "device", "read", "dev/$i/cfg" },
    { "device", "read", "dev/$i/job" },
    { "device", "read", "hub/state" },
    { "device", "write", "dev/$i/state" },
    { "device", "write", "dev/$i/info" },
    { "device", "write", "dev/$i/ack" },
    { "device", "write", "dev/$i/evt" },
    { "device", "write", "dev/$i/tele" },
    { "device", "write", "dev/$i/log" },
    { "pager", "read", "pb/table/$t" },
    { "buzzer", "read", "pb/kitchen" },
    { "nobody", "read", "json/#" },
    { "nobody", "read", "state/#" },
    { "nobody", "read", "hub/#" },
};

static const char *const device_kinds[] = { "printer", "pager", "buzzer",
    "button" };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_device(const char *kind)
{
    for (size_t i = 0; i < COUNT_OF(device_kinds); i++)
        if (strcmp(kind, device_kinds[i]) == 0)
            return true;
    return false;
}

static bool is_hub(const struct member *member)
{
    return strcmp(member->kind, KIND_HUB) == 0;
}

bool member_kind_speaks(const char *kind)
{
    return strcmp(kind, KIND_PRODUCER) == 0;
}

bool member_kind_is_known(const char *kind)
{
    return is_device(kind) || member_kind_speaks(kind);
}

/* --- the list --- */

void roster_put_json(const struct roster *roster, struct buf *out)
{
    buf_puts(out, "[\n");
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct member *member = &roster->members[i];

        buf_printf(out,
                "{\"id\":\"%s\",\"kind\":\"%s\",\"site\":\"%s\","
                "\"table\":\"%s\",",
                member->login, member->kind, member->site, member->table);
        if (member->dialect != DIALECT_NATIVE)
            buf_printf(
                    out, "\"dialect\":\"%s\",", dialects[member->dialect].name);
        buf_printf(out, "\"hash\":\"%s\"}%s\n", member->hash,
                i + 1 < roster->count ? "," : "");
    }
    buf_puts(out, "]\n");
}

/* Step over `word`, if the text goes on with it. */
static bool skip(const char **at, const char *end, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

/* Copy what stands before the next quote, which has no escapes. */
static bool take(const char **at, const char *end, char *out, size_t size)
{
    const char *quote = memchr(*at, '"', (size_t)(end - *at));
    size_t len = quote ? (size_t)(quote - *at) : size;

    if (len >= size)
        return false;
    memcpy(out, *at, len);
    out[len] = '\0';
    *at = quote;
    return true;
}

static bool is_hash(const char *text)
{
    return text[strspn(text, "$+/=0123456789abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

/* "<id>", or "<site>.<id>" of that very site. */
static const char *topic_id(const struct member *member)
{
    const char *dot = strchr(member->login, '.');

    return dot ? dot + 1 : member->login;
}

static bool login_is_sound(const struct member *member)
{
    const char *id = topic_id(member);
    size_t len = (size_t)(id - member->login);

    return id_is_valid(id, strlen(id)) &&
           (len == 0 ||
                   (strlen(member->site) == len - 1 &&
                           memcmp(member->login, member->site, len - 1) == 0));
}

static bool member_is_sound(const struct member *member)
{
    return login_is_sound(member) &&
           id_is_valid(member->site, strlen(member->site)) &&
           (!member->table[0] ||
                   id_is_valid(member->table, strlen(member->table))) &&
           (is_hub(member) || member_kind_is_known(member->kind)) &&
           (member->dialect == DIALECT_NATIVE ||
                   member_kind_speaks(member->kind)) &&
           is_hash(member->hash);
}

/* "<dialect>","… Where there is none, it is our own. */
static bool take_dialect(
        const char **at, const char *end, enum dialect_id *dialect)
{
    char name[MEMBER_KIND_CHARS + 1];

    *dialect = DIALECT_NATIVE;
    if (!skip(at, end, "dialect\":\""))
        return true;
    if (!take(at, end, name, sizeof(name)) || !skip(at, end, "\",\""))
        return false;
    *dialect = dialect_find(name);
    return *dialect != DIALECT_COUNT;
}

bool member_parse(const char *line, size_t len, struct member *member)
{
    struct member m = { 0 };
    const char *at = line, *end = line + len;

    if (!skip(&at, end, "{\"id\":\"") ||
            !take(&at, end, m.login, sizeof(m.login)) ||
            !skip(&at, end, "\",\"kind\":\"") ||
            !take(&at, end, m.kind, sizeof(m.kind)) ||
            !skip(&at, end, "\",\"site\":\"") ||
            !take(&at, end, m.site, sizeof(m.site)) ||
            !skip(&at, end, "\",\"table\":\"") ||
            !take(&at, end, m.table, sizeof(m.table)) ||
            !skip(&at, end, "\",\"") || !take_dialect(&at, end, &m.dialect) ||
            !skip(&at, end, "hash\":\"") ||
            !take(&at, end, m.hash, sizeof(m.hash)) || !skip(&at, end, "\"}"))
        return false;
    skip(&at, end, ",");
    if (at != end || !member_is_sound(&m))
        return false;
    *member = m;
    return true;
}

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

    buf_init(&text, BROKER_FILE_BYTES);
    err = files_read(roster->dir, ROSTER_FILE, &text);
    if (err == ERR_OK)
        err = parse_list(roster, text.data, text.len);
    else if (err == ERR_NOT_FOUND)
        err = ERR_OK;
    buf_finish(&text);
    return err;
}

/* Two who enrol at once must not lose one another's entry. */
static enum err take_lock(struct roster *roster)
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
    for (int ms = 0; ms < LOCK_WAIT_MS; ms += LOCK_STEP_MS) {
        if (flock(roster->lock, LOCK_EX | LOCK_NB) == 0)
            return ERR_OK;
        nanosleep(&step, NULL);
    }
    return ERR_BUSY;
}

enum err roster_open(struct roster *roster, const char *data_dir)
{
    enum err err;

    *roster = (struct roster){ .lock = -1 };
    err = files_make_dir(data_dir, roster->dir);
    if (err == ERR_OK)
        err = take_lock(roster);
    if (err == ERR_OK)
        err = read_list(roster);
    if (err != ERR_OK)
        roster_close(roster);
    return err;
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

const struct member *roster_find(const struct roster *roster, const char *login)
{
    for (uint32_t i = 0; i < roster->count; i++)
        if (strcmp(roster->members[i].login, login) == 0)
            return &roster->members[i];
    return NULL;
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

enum err roster_put(struct roster *roster, const struct member *member)
{
    struct member *grown;

    for (uint32_t i = 0; i < roster->count; i++)
        if (strcmp(roster->members[i].login, member->login) == 0) {
            roster->members[i] = *member;
            return ERR_OK;
        }
    if (roster->count == ROSTER_MEMBERS)
        return ERR_FULL;
    grown = realloc(
            roster->members, (roster->count + 1) * sizeof(*roster->members));
    if (!grown)
        return ERR_NO_MEMORY;
    roster->members = grown;
    roster->members[roster->count++] = *member;
    return ERR_OK;
}

/* --- what the broker reads --- */

void roster_put_passwd(const struct roster *roster, struct buf *out)
{
    for (uint32_t i = 0; i < roster->count; i++)
        buf_printf(out, "%s:%s\n", roster->members[i].login,
                roster->members[i].hash);
}

static void put_grant(
        struct buf *out, const struct grant *grant, const struct member *member)
{
    buf_printf(out, "topic %s dw/1/%s/", grant->access, member->site);
    for (const char *c = grant->topic; *c; c++) {
        if (*c != '$') {
            buf_putc(out, *c);
            continue;
        }
        c++;
        if (*c == 'i')
            buf_puts(out, topic_id(member));
        else
            buf_puts(out, member->table[0] ? member->table : "+");
    }
    buf_putc(out, '\n');
}

static void put_grants(
        struct buf *out, const char *kind, const struct member *member)
{
    for (size_t i = 0; i < COUNT_OF(grants); i++)
        if (strcmp(grants[i].kind, kind) == 0)
            put_grant(out, &grants[i], member);
}

static void put_member(struct buf *out, const struct member *member)
{
    buf_printf(out, "\nuser %s\n", member->login);
    if (is_device(member->kind))
        put_grants(out, "device", member);
    put_grants(out, member->kind, member);
    buf_puts(out, "topic deny $CONTROL/#\n");
}

void roster_put_acl(const struct roster *roster, struct buf *out)
{
    /* What stands before the first user is for those without a name. */
    for (uint32_t i = 0; i < roster->count; i++)
        if (is_hub(&roster->members[i]))
            put_grants(out, "nobody", &roster->members[i]);
    for (uint32_t i = 0; i < roster->count; i++)
        put_member(out, &roster->members[i]);
}

static enum err save(const struct roster *roster, const char *name,
        void (*put)(const struct roster *, struct buf *))
{
    struct buf text;
    enum err err;

    buf_init(&text, BROKER_FILE_BYTES * 4);
    put(roster, &text);
    err = text.failed ? ERR_NO_MEMORY
                      : files_replace(roster->dir, name, text.data, text.len);
    buf_finish(&text);
    return err;
}

enum err roster_save(const struct roster *roster)
{
    /* The list comes first: what is generated from it can be made again. */
    enum err err = save(roster, ROSTER_FILE, roster_put_json);

    if (err == ERR_OK)
        err = save(roster, "passwd", roster_put_passwd);
    if (err == ERR_OK)
        err = save(roster, "acl", roster_put_acl);
    return err;
}
