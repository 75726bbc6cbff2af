#include "devices/port/posix/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_NAME "ledger"
#define LINE_BYTES  192
#define NAME_BYTES  160
#define ENTRY_LINES 3 /* of a job, in a ledger written anew */

/* The ledger is written anew when it has so many lines. */
#define LINES_MAX (8 * SPOOL_LEDGER)

static const struct {
    char letter;
    enum print_stage stage;
} letters[] = {
    { 'X', PRINT_UNKNOWN },
    { 'Q', PRINT_OFFERED },
    { 'R', PRINT_RELEASED },
    { 'S', PRINT_STARTED },
    { 'P', PRINT_PRINTED },
    { 'U', PRINT_UNCERTAIN },
    { 'F', PRINT_FAILED },
};

#define LETTERS (sizeof(letters) / sizeof(letters[0]))

static bool is_result(enum print_stage stage)
{
    return stage >= PRINT_PRINTED;
}

static bool waits(const struct spool_entry *entry)
{
    return entry->mark.stage > PRINT_UNKNOWN && !is_result(entry->mark.stage);
}

/* --- entries --- */

static struct spool_entry *find(struct spool *spool, const char *job_id)
{
    for (uint32_t i = 0; i < spool->count; i++)
        if (strcmp(spool->entries[i].job_id, job_id) == 0)
            return &spool->entries[i];
    return NULL;
}

/* Is `a` to be forgotten before `b`? */
static bool matters_less(
        const struct spool_entry *a, const struct spool_entry *b)
{
    return waits(a) == waits(b) ? a->number < b->number : waits(b);
}

/* Full: the job that has been over for longest is forgotten. SPOOL_JOBS is
 * below SPOOL_LEDGER, so only a damaged ledger has none that is over. */
static void make_room(struct spool *spool)
{
    struct spool_entry *least = &spool->entries[0];

    if (spool->count < SPOOL_LEDGER)
        return;
    for (uint32_t i = 1; i < spool->count; i++)
        if (matters_less(&spool->entries[i], least))
            least = &spool->entries[i];
    *least = spool->entries[--spool->count];
}

static void forget(struct spool *spool, struct spool_entry *entry)
{
    *entry = spool->entries[--spool->count];
}

static struct spool_entry *add(struct spool *spool, const char *job_id)
{
    struct spool_entry *entry = find(spool, job_id);

    if (!entry) {
        make_room(spool);
        entry = &spool->entries[spool->count++];
        memset(entry, 0, sizeof(*entry));
        snprintf(entry->job_id, sizeof(entry->job_id), "%s", job_id);
    }
    entry->number = ++spool->last_number;
    return entry;
}

static void file_name(const struct spool_entry *entry, char out[NAME_BYTES])
{
    snprintf(out, NAME_BYTES, "%020" PRIu64 ".%s.%" PRIu32 ".job",
            entry->number, entry->job_id, entry->mark.attempt);
}

static void remove_file(struct spool *spool, const struct spool_entry *entry)
{
    char name[NAME_BYTES];

    file_name(entry, name);
    store_remove(spool->store, name);
}

/* --- the ledger: lines out --- */

static char letter_of(enum print_stage stage)
{
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].stage == stage)
            return letters[i].letter;
    return '?';
}

static int format(
        const char *job_id, const struct print_mark *mark, char out[LINE_BYTES])
{
    char fact[2 * DEVICE_ID_BYTES + 1];

    if (mark->stage == PRINT_OFFERED)
        return snprintf(
                out, LINE_BYTES, "Q %s %" PRIu32 " .\n", job_id, mark->attempt);
    if (!is_result(mark->stage))
        return snprintf(
                out, LINE_BYTES, "%c %s .\n", letter_of(mark->stage), job_id);
    for (int i = 0; i < DEVICE_ID_BYTES; i++)
        snprintf(fact + 2 * i, 3, "%02x", mark->fact_id[i]);
    return snprintf(out, LINE_BYTES, "%c %s %s%s%s .\n", letter_of(mark->stage),
            job_id, fact, mark->stage == PRINT_FAILED ? " " : "",
            mark->stage == PRINT_FAILED ? mark->reason : "");
}

static bool write_line(struct spool *spool, const char *line, int len)
{
    ssize_t n;

    /* Half a line, cut off by a full disk, must not swallow this one. */
    if (spool->torn && write(spool->ledger, "\n", 1) != 1)
        return false;
    n = write(spool->ledger, line, (size_t)len);
    spool->torn = n > 0 && n < len;
    spool->lines++;
    return n == len;
}

static bool append(struct spool *spool, const char *line, int len)
{
    return write_line(spool, line, len) && fdatasync(spool->ledger) == 0;
}

static bool append_mark(
        struct spool *spool, const char *job_id, const struct print_mark *mark)
{
    char line[LINE_BYTES];
    int len = format(job_id, mark, line);

    return len < LINE_BYTES && append(spool, line, len);
}

/* --- the ledger: lines in --- */

static bool read_hex(const char *text, uint8_t out[DEVICE_ID_BYTES])
{
    for (int i = 0; i < DEVICE_ID_BYTES; i++) {
        unsigned byte;

        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        out[i] = (uint8_t)byte;
    }
    return strlen(text) == 2 * DEVICE_ID_BYTES;
}

static void take_mark(
        struct spool *spool, const char *job_id, const struct print_mark *mark)
{
    struct spool_entry *entry = find(spool, job_id);
    uint32_t attempt = entry ? entry->mark.attempt : 0;

    if (mark->stage == PRINT_UNKNOWN) {
        if (entry)
            forget(spool, entry);
        return;
    }
    if (!entry || mark->stage == PRINT_OFFERED)
        entry = add(spool, job_id);
    entry->mark = *mark;
    if (mark->stage != PRINT_OFFERED)
        entry->mark.attempt = attempt;
    entry->told = false;
}

/* What a letter of the ledger says; false: there is no such. */
static bool find_stage(char letter, enum print_stage *stage)
{
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].letter == letter) {
            *stage = letters[i].stage;
            return true;
        }
    return false;
}

static void take_line(struct spool *spool, const char *line)
{
    char job_id[PRINT_JOB_ID_BYTES] = "";
    char fact[2 * DEVICE_ID_BYTES + 1] = "";
    char reason[PRINT_REASON_BYTES] = "";
    char letter;
    struct print_mark mark = { 0 };
    struct spool_entry *entry;

    if (sscanf(line, "%c %96[A-Za-z0-9_-] %32[0-9a-f] %15[a-z_]", &letter,
                job_id, fact, reason) < 2)
        return;
    if (letter == 'T') {
        entry = find(spool, job_id);
        if (entry)
            entry->told = true;
        return;
    }
    if (!find_stage(letter, &mark.stage) ||
            (is_result(mark.stage) && !read_hex(fact, mark.fact_id)))
        return;
    if (mark.stage == PRINT_OFFERED)
        mark.attempt = (uint32_t)strtoul(fact, NULL, 10);
    memcpy(mark.reason, reason, sizeof(reason));
    take_mark(spool, job_id, &mark);
}

/* Not cut off by a loss of power or a full disk? */
static bool is_whole(const char *line)
{
    size_t len = strlen(line);

    return len > 3 && strcmp(line + len - 3, " .\n") == 0;
}

static bool read_ledger(struct spool *spool)
{
    int fd = openat(spool->store->dir, LEDGER_NAME, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    char line[LINE_BYTES];

    if (!file)
        return fd < 0 && errno == ENOENT;
    while (fgets(line, sizeof(line), file))
        if (is_whole(line))
            take_line(spool, line);
    fclose(file);
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct spool_entry *left = a;
    const struct spool_entry *right = b;

    return left->number < right->number ? -1 : left->number > right->number;
}

static bool open_ledger(struct spool *spool)
{
    if (spool->ledger >= 0)
        close(spool->ledger);
    spool->ledger = openat(
            spool->store->dir, LEDGER_NAME, O_WRONLY | O_APPEND | O_CLOEXEC);
    return spool->ledger >= 0;
}

/* What is remembered of a job: up to three lines. */
static size_t describe(const struct spool_entry *entry, char *out)
{
    struct print_mark offer = { .stage = PRINT_OFFERED,
        .attempt = entry->mark.attempt };
    size_t len = (size_t)format(entry->job_id, &offer, out);

    if (entry->mark.stage != PRINT_OFFERED)
        len += (size_t)format(entry->job_id, &entry->mark, out + len);
    if (entry->told)
        len += (size_t)snprintf(
                out + len, LINE_BYTES, "T %s .\n", entry->job_id);
    return len;
}

/* Write the ledger anew with what is remembered. */
static bool compact(struct spool *spool)
{
    static char text[SPOOL_LEDGER * LINE_BYTES * ENTRY_LINES];
    size_t len = 0;

    qsort(spool->entries, spool->count, sizeof(spool->entries[0]), by_number);
    for (uint32_t i = 0; i < spool->count; i++)
        len += describe(&spool->entries[i], text + len);
    if (!store_put(spool->store, LEDGER_NAME, text, len)) {
        int saved = errno;

        /* It may stand in the old one's place all the same: what is written
         * to the old one then would be gone. */
        open_ledger(spool);
        errno = saved;
        return false;
    }
    spool->torn = false;
    spool->lines = ENTRY_LINES * spool->count;
    return open_ledger(spool);
}

/* --- files --- */

/* A file says which number a job has. One of no job that waits goes, and so
 * does one of another offer than the ledger's: it was not acknowledged, or the
 * newer one was. */
static void take_file(struct spool *spool, const char *name, bool *kept)
{
    char job_id[PRINT_JOB_ID_BYTES];
    char again[NAME_BYTES];
    struct spool_entry *entry;
    struct spool_entry named = { 0 };

    if (sscanf(name, "%20" SCNu64 ".%96[A-Za-z0-9_-].%" SCNu32, &named.number,
                job_id, &named.mark.attempt) != 3)
        return;
    memcpy(named.job_id, job_id, sizeof(job_id));
    file_name(&named, again);
    if (strcmp(again, name) != 0)
        return;
    entry = find(spool, job_id);
    if (entry && waits(entry) && entry->mark.attempt == named.mark.attempt) {
        entry->number = named.number;
        kept[entry - spool->entries] = true;
    } else {
        store_remove(spool->store, name);
    }
    if (named.number > spool->last_number)
        spool->last_number = named.number;
}

static bool read_files(struct spool *spool)
{
    bool kept[SPOOL_LEDGER] = { false };
    int fd = openat(spool->store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *file;

    if (!dir)
        return false;
    while ((file = readdir(dir)))
        take_file(spool, file->d_name, kept);
    closedir(dir);

    /* An offer without its file was never acknowledged: it comes again. A job
     * that was released stays: it has to be reported. */
    for (uint32_t i = 0; i < spool->count; i++)
        if (spool->entries[i].mark.stage == PRINT_OFFERED && !kept[i])
            spool->entries[i].mark.stage = PRINT_UNKNOWN;
    return true;
}

static void drop_unknown(struct spool *spool)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < spool->count; i++)
        if (spool->entries[i].mark.stage != PRINT_UNKNOWN)
            spool->entries[count++] = spool->entries[i];
    spool->count = count;
}

bool spool_open(struct spool *spool, struct store *store)
{
    memset(spool, 0, sizeof(*spool));
    spool->store = store;
    spool->ledger = -1;

    if (!read_ledger(spool) || !read_files(spool))
        return false;
    drop_unknown(spool);
    return compact(spool);
}

void spool_close(struct spool *spool)
{
    if (spool->ledger >= 0)
        close(spool->ledger);
    spool->ledger = -1;
}

/* --- what the printer asks --- */

static struct print_mark look(void *ctx, const char *job_id)
{
    struct spool_entry *entry = find(ctx, job_id);

    return entry ? entry->mark : (struct print_mark){ 0 };
}

static uint32_t waiting(const struct spool *spool)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < spool->count; i++)
        count += waits(&spool->entries[i]);
    return count;
}

/* Room for this job? One that waits already takes no more. */
static bool has_room(struct spool *spool, const struct spool_entry *entry)
{
    return (entry && waits(entry)) || waiting(spool) < SPOOL_JOBS;
}

static enum print_put put(void *ctx, const char *job_id, uint32_t attempt,
        const uint8_t *bytes, size_t len)
{
    struct spool *spool = ctx;
    const struct print_mark offer = { .stage = PRINT_OFFERED,
        .attempt = attempt };
    struct spool_entry next = { .number = spool->last_number + 1,
        .mark = offer };
    struct spool_entry *entry = find(spool, job_id);
    struct spool_entry before = entry ? *entry : (struct spool_entry){ 0 };
    char name[NAME_BYTES];

    if (!has_room(spool, entry))
        return PUT_FULL;
    if (spool->lines >= LINES_MAX && !compact(spool))
        return PUT_FAILED;
    snprintf(next.job_id, sizeof(next.job_id), "%s", job_id);
    file_name(&next, name);
    if (!store_put(spool->store, name, bytes, len))
        return PUT_FAILED;
    if (!append_mark(spool, job_id, &offer)) {
        store_remove(spool->store, name);
        return PUT_FAILED;
    }
    if (waits(&before))
        remove_file(spool, &before);
    entry = add(spool, job_id);
    entry->mark = offer;
    entry->told = false;
    entry->said = false;
    return PUT_STORED;
}

/* Bytes may have been sent: this is so, whatever the disk says. */
static bool holds_anyway(enum print_stage stage)
{
    return stage == PRINT_PRINTED || stage == PRINT_UNCERTAIN;
}

static bool mark(void *ctx, const char *job_id, const struct print_mark *to)
{
    struct spool *spool = ctx;
    struct spool_entry *entry = find(spool, job_id);
    bool is_over = is_result(to->stage) || to->stage == PRINT_UNKNOWN;
    uint32_t attempt;
    bool kept;

    if (!entry)
        return false;
    kept = append_mark(spool, job_id, to);
    if (!kept && !holds_anyway(to->stage))
        return false;
    attempt = entry->mark.attempt;
    /* While the disk does not know the result, the file keeps the job from
     * being taken for a new one. */
    if (kept && is_over)
        remove_file(spool, entry);
    entry->mark = *to;
    entry->mark.attempt = attempt;
    entry->said = false;
    if (to->stage == PRINT_UNKNOWN)
        forget(spool, entry);
    return kept;
}

static bool oldest(
        void *ctx, enum print_stage stage, char job_id[PRINT_JOB_ID_BYTES])
{
    struct spool *spool = ctx;
    const struct spool_entry *found = NULL;

    for (uint32_t i = 0; i < spool->count; i++)
        if (spool->entries[i].mark.stage == stage &&
                (!found || spool->entries[i].number < found->number))
            found = &spool->entries[i];
    if (found)
        memcpy(job_id, found->job_id, PRINT_JOB_ID_BYTES);
    return found != NULL;
}

static size_t read_job(void *ctx, const char *job_id, uint8_t *out, size_t cap)
{
    struct spool *spool = ctx;
    struct spool_entry *entry = find(spool, job_id);
    char name[NAME_BYTES];

    if (!entry)
        return 0;
    file_name(entry, name);
    return store_get(spool->store, name, out, cap);
}

/* May the hub not know of it? */
static bool is_news(const struct spool_entry *entry)
{
    return entry->mark.stage == PRINT_OFFERED ||
           (is_result(entry->mark.stage) && !entry->told);
}

static bool untold(
        void *ctx, char job_id[PRINT_JOB_ID_BYTES], struct print_mark *mark)
{
    struct spool *spool = ctx;

    for (uint32_t i = 0; i < spool->count; i++) {
        struct spool_entry *entry = &spool->entries[i];

        if (!entry->said && is_news(entry)) {
            entry->said = true;
            memcpy(job_id, entry->job_id, PRINT_JOB_ID_BYTES);
            *mark = entry->mark;
            return true;
        }
    }
    return false;
}

static void told(void *ctx, const uint8_t fact_id[DEVICE_ID_BYTES])
{
    struct spool *spool = ctx;
    char line[LINE_BYTES];

    for (uint32_t i = 0; i < spool->count; i++) {
        struct spool_entry *entry = &spool->entries[i];

        if (is_result(entry->mark.stage) && !entry->told &&
                memcmp(entry->mark.fact_id, fact_id, DEVICE_ID_BYTES) == 0) {
            entry->told = true;
            /* Not synced: if it is lost, the hub hears the fact once more. */
            write_line(spool, line,
                    snprintf(line, sizeof(line), "T %s .\n", entry->job_id));
            return;
        }
    }
}

struct print_spool spool_of(struct spool *spool)
{
    return (struct print_spool){ .ctx = spool,
        .look = look,
        .put = put,
        .mark = mark,
        .oldest = oldest,
        .read = read_job,
        .untold = untold,
        .told = told };
}
