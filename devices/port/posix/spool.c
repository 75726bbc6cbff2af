#include "devices/port/posix/spool.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* A job is at most DEVICE_MESSAGE_BYTES. */
#define VALUE_BYTES (64 * 1024)
#define QUERY_BYTES (16 * 1024)

/* A job's stage on disk. */
static const struct {
    char letter;
    enum print_stage stage;
} letters[] = {
    { 'Q', PRINT_OFFERED },
    { 'R', PRINT_RELEASED },
    { 'S', PRINT_STARTED },
    { 'P', PRINT_PRINTED },
    { 'U', PRINT_UNCERTAIN },
    { 'F', PRINT_FAILED },
};

#define LETTERS (sizeof(letters) / sizeof(letters[0]))

#define WAITS "stage IN ('Q', 'R', 'S')"
#define OVER  "stage IN ('P', 'U', 'F')"

/* May the hub not know of it? */
#define IS_NEWS "stage IN ('Q', 'P', 'U', 'F') AND told = 0"

static const char *const sql[SPOOL_STATEMENTS] = {
    [SPOOL_LOOK] = "SELECT stage, attempt, reason, fact FROM job"
                   " WHERE job_id = ?1",
    /* Whatever led here, one that was begun is not begun anew. */
    [SPOOL_PUT] = "INSERT INTO job(number, news, job_id, attempt, bytes, stage)"
                  " VALUES(?1, ?1, ?2, ?3, ?4, 'Q')"
                  " ON CONFLICT(job_id) DO UPDATE SET number = ?1, news = ?1,"
                  " attempt = ?3, bytes = ?4, stage = 'Q', reason = '',"
                  " fact = x'', told = 0 WHERE stage IN ('Q', 'R', 'F')",
    [SPOOL_MARK] = "UPDATE job SET stage = ?1 WHERE job_id = ?2",
    [SPOOL_END] = "UPDATE job SET stage = ?1, reason = ?3, fact = ?4,"
                  " news = ?5, told = 0, bytes = NULL WHERE job_id = ?2",
    [SPOOL_DROP] = "DELETE FROM job WHERE job_id = ?1",
    [SPOOL_OLDEST] = "SELECT job_id FROM job WHERE stage = ?1 ORDER BY number",
    [SPOOL_READ] = "SELECT bytes FROM job WHERE job_id = ?1",
    [SPOOL_UNTOLD] =
            "SELECT job_id, stage, attempt, reason, fact, news"
            " FROM job WHERE news > ?1 AND " IS_NEWS " ORDER BY news LIMIT 1",
    [SPOOL_TOLD] = "UPDATE job SET told = 1 WHERE fact = ?1 AND " OVER,
    [SPOOL_WAITING] =
            "SELECT count(*) FROM job WHERE " WAITS " AND job_id <> ?1",
    [SPOOL_FORGET] = "DELETE FROM job WHERE number IN (SELECT number FROM job"
                     " WHERE " OVER " AND job_id <> ?1 ORDER BY number"
                     " LIMIT max(0, (SELECT count(*) FROM job) + 1 - ?2))",
    [SPOOL_LAST] = "SELECT max(max(number), max(news)) FROM job",
};

static const char schema[] =
        "PRAGMA locking_mode = EXCLUSIVE;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 256;"
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;"
        "BEGIN IMMEDIATE;"
        "CREATE TABLE IF NOT EXISTS job("
        " number INTEGER PRIMARY KEY," /* in the order of arrival */
        " news INTEGER NOT NULL,"      /* likewise of what is to be told */
        " job_id TEXT NOT NULL UNIQUE,"
        " attempt INTEGER NOT NULL,"
        " stage TEXT NOT NULL,"
        " reason TEXT NOT NULL DEFAULT '',"
        " fact BLOB NOT NULL DEFAULT x'',"
        " told INTEGER NOT NULL DEFAULT 0,"
        " bytes BLOB);"
        "CREATE INDEX IF NOT EXISTS job_stage ON job(stage, number);"
        "CREATE INDEX IF NOT EXISTS job_news ON job(news);"
        "COMMIT;";

static const char *letter_of(enum print_stage stage)
{
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].stage == stage)
            return &letters[i].letter;
    return &letters[0].letter;
}

/* A letter that nobody wrote is of a job that must not be printed. */
static enum print_stage stage_of(const unsigned char *text)
{
    for (size_t i = 0; text && i < LETTERS; i++)
        if (text[0] == (unsigned char)letters[i].letter)
            return letters[i].stage;
    return PRINT_STARTED;
}

static bool is_result(enum print_stage stage)
{
    return stage >= PRINT_PRINTED;
}

/* --- statements --- */

/* The world's fault, said once until something can be written again. */
static int judge(struct spool *spool, int rc)
{
    bool is_bad = rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW;

    if (is_bad && !spool->failing)
        fprintf(stderr, "dumbwaiter: " SPOOL_FILE ": %s\n",
                sqlite3_errmsg(spool->db));
    spool->failing = spool->failing || is_bad;
    return rc;
}

static int step(struct spool *spool, sqlite3_stmt *statement)
{
    return judge(spool, sqlite3_step(statement));
}

static void done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

/* Run a bound statement that gives no rows; true: some row has changed. */
static bool run(struct spool *spool, sqlite3_stmt *statement)
{
    int rc = step(spool, statement);

    done(statement);
    if (rc != SQLITE_DONE || sqlite3_changes(spool->db) == 0)
        return false;
    spool->failing = false;
    return true;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_letter(sqlite3_stmt *statement, int at, enum print_stage stage)
{
    sqlite3_bind_text(statement, at, letter_of(stage), 1, SQLITE_STATIC);
}

static void copy_text(char *out, size_t cap, sqlite3_stmt *statement, int at)
{
    const unsigned char *text = sqlite3_column_text(statement, at);

    snprintf(out, cap, "%s", text ? (const char *)text : "");
}

/* Columns stage, attempt, reason and fact, the first of them at `at`. */
static struct print_mark mark_at(sqlite3_stmt *statement, int at)
{
    struct print_mark mark = { 0 };

    mark.stage = stage_of(sqlite3_column_text(statement, at));
    mark.attempt = (uint32_t)sqlite3_column_int64(statement, at + 1);
    copy_text(mark.reason, sizeof(mark.reason), statement, at + 2);
    if (sqlite3_column_bytes(statement, at + 3) == sizeof(mark.fact_id))
        memcpy(mark.fact_id, sqlite3_column_blob(statement, at + 3),
                sizeof(mark.fact_id));
    return mark;
}

/* --- results that the disk has not taken --- */

static struct spool_held *find_held(struct spool *spool, const char *job_id)
{
    for (uint32_t i = 0; i < spool->held_count; i++)
        if (strcmp(spool->held[i].job_id, job_id) == 0)
            return &spool->held[i];
    return NULL;
}

static struct print_mark look(void *ctx, const char *job_id);

static void hold(
        struct spool *spool, const char *job_id, const struct print_mark *mark)
{
    struct spool_held *held = find_held(spool, job_id);
    struct print_mark before;

    if (!held && spool->held_count == SPOOL_HELD)
        return; /* as nothing is started then, this is none of ours */
    before = look(spool, job_id);
    if (before.stage == PRINT_UNKNOWN)
        return;
    if (!held)
        held = &spool->held[spool->held_count++];
    *held = (struct spool_held){ .mark = *mark };
    held->mark.attempt = before.attempt;
    snprintf(held->job_id, sizeof(held->job_id), "%s", job_id);
}

/* --- moving a job on --- */

static bool store_end(
        struct spool *spool, const char *job_id, const struct print_mark *mark)
{
    sqlite3_stmt *end = spool->statements[SPOOL_END];

    bind_letter(end, 1, mark->stage);
    bind_text(end, 2, job_id);
    bind_text(end, 3, mark->stage == PRINT_FAILED ? mark->reason : "");
    sqlite3_bind_blob(
            end, 4, mark->fact_id, sizeof(mark->fact_id), SQLITE_STATIC);
    sqlite3_bind_int64(end, 5, (sqlite3_int64)++spool->last);
    return run(spool, end);
}

static bool store_stage(
        struct spool *spool, const char *job_id, enum print_stage stage)
{
    sqlite3_stmt *mark = spool->statements[SPOOL_MARK];

    bind_letter(mark, 1, stage);
    bind_text(mark, 2, job_id);
    return run(spool, mark);
}

static bool drop(struct spool *spool, const char *job_id)
{
    sqlite3_stmt *statement = spool->statements[SPOOL_DROP];

    bind_text(statement, 1, job_id);
    return run(spool, statement);
}

/* Whenever something is written it is tried whether these can be. What was
 * said of them in this run is said once more: the hub knows its id. */
static void settle(struct spool *spool)
{
    while (spool->held_count > 0) {
        struct spool_held *newest = &spool->held[spool->held_count - 1];

        if (!store_end(spool, newest->job_id, &newest->mark))
            return;
        spool->held_count--;
    }
}

/* --- opening --- */

static void harden(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, QUERY_BYTES);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
}

static int prepare(struct spool *spool)
{
    int rc = SQLITE_OK;

    for (int i = 0; i < SPOOL_STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(spool->db, sql[i], -1,
                SQLITE_PREPARE_PERSISTENT, &spool->statements[i], NULL);
    return rc;
}

static int read_last(struct spool *spool)
{
    sqlite3_stmt *last = spool->statements[SPOOL_LAST];
    int rc = sqlite3_step(last);

    if (rc == SQLITE_ROW)
        spool->last = (uint64_t)sqlite3_column_int64(last, 0);
    done(last);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

const char *spool_open(struct spool *spool, const char *path)
{
    char file[PATH_MAX];
    int rc = SQLITE_CANTOPEN;

    memset(spool, 0, sizeof(*spool));
    if ((size_t)snprintf(file, sizeof(file), "%s/" SPOOL_FILE, path) <
            sizeof(file))
        rc = sqlite3_open_v2(file, &spool->db,
                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                        SQLITE_OPEN_NOMUTEX,
                NULL);
    if (rc == SQLITE_OK) {
        harden(spool->db);
        rc = sqlite3_exec(spool->db, schema, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK)
        rc = prepare(spool);
    if (rc == SQLITE_OK)
        rc = read_last(spool);
    if (rc == SQLITE_OK)
        return NULL;
    spool_close(spool);
    return sqlite3_errstr(rc);
}

void spool_close(struct spool *spool)
{
    if (spool->db)
        settle(spool);
    for (int i = 0; i < SPOOL_STATEMENTS; i++)
        sqlite3_finalize(spool->statements[i]);
    sqlite3_close(spool->db);
    memset(spool, 0, sizeof(*spool));
}

/* --- what the printer asks --- */

/* What cannot be read counts as started: nothing of it is printed or told. */
static struct print_mark look(void *ctx, const char *job_id)
{
    struct spool *spool = ctx;
    sqlite3_stmt *statement = spool->statements[SPOOL_LOOK];
    struct spool_held *held = find_held(spool, job_id);
    struct print_mark mark = { .stage = PRINT_STARTED };
    int rc;

    if (held)
        return held->mark;
    bind_text(statement, 1, job_id);
    rc = step(spool, statement);
    if (rc == SQLITE_ROW)
        mark = mark_at(statement, 0);
    else if (rc == SQLITE_DONE)
        mark.stage = PRINT_UNKNOWN;
    done(statement);
    return mark;
}

/* How many wait besides this one? UINT32_MAX: nobody knows. */
static uint32_t waiting(struct spool *spool, const char *job_id)
{
    sqlite3_stmt *statement = spool->statements[SPOOL_WAITING];
    uint32_t count = UINT32_MAX;

    bind_text(statement, 1, job_id);
    if (step(spool, statement) == SQLITE_ROW)
        count = (uint32_t)sqlite3_column_int64(statement, 0);
    done(statement);
    return count;
}

/* The jobs that have been over for longest make room for one more. */
static bool make_room(struct spool *spool, const char *job_id)
{
    sqlite3_stmt *statement = spool->statements[SPOOL_FORGET];
    int rc;

    bind_text(statement, 1, job_id);
    sqlite3_bind_int64(statement, 2, SPOOL_ROWS);
    rc = step(spool, statement);
    done(statement);
    return rc == SQLITE_DONE;
}

static enum print_put put(void *ctx, const char *job_id, uint32_t attempt,
        const uint8_t *bytes, size_t len)
{
    struct spool *spool = ctx;
    sqlite3_stmt *statement = spool->statements[SPOOL_PUT];
    uint32_t others;

    settle(spool);
    others = waiting(spool, job_id);
    if (others == UINT32_MAX || len > VALUE_BYTES)
        return PUT_FAILED;
    if (others >= SPOOL_JOBS)
        return PUT_FULL;
    if (!make_room(spool, job_id))
        return PUT_FAILED;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)++spool->last);
    bind_text(statement, 2, job_id);
    sqlite3_bind_int64(statement, 3, attempt);
    sqlite3_bind_blob(statement, 4, bytes, (int)len, SQLITE_STATIC);
    return run(spool, statement) ? PUT_STORED : PUT_FAILED;
}

static bool mark(void *ctx, const char *job_id, const struct print_mark *to)
{
    struct spool *spool = ctx;

    settle(spool);
    if (to->stage == PRINT_UNKNOWN)
        return drop(spool, job_id);
    if (!is_result(to->stage))
        /* Its result must find a place. */
        return (to->stage != PRINT_STARTED || spool->held_count < SPOOL_HELD) &&
               store_stage(spool, job_id, to->stage);
    if (store_end(spool, job_id, to))
        return true;
    if (to->stage != PRINT_FAILED)
        hold(spool, job_id, to);
    return false;
}

static bool oldest(
        void *ctx, enum print_stage stage, char job_id[PRINT_JOB_ID_BYTES])
{
    struct spool *spool = ctx;
    sqlite3_stmt *statement = spool->statements[SPOOL_OLDEST];
    bool found = false;

    bind_letter(statement, 1, stage);
    while (!found && step(spool, statement) == SQLITE_ROW) {
        copy_text(job_id, PRINT_JOB_ID_BYTES, statement, 0);
        found = !find_held(spool, job_id);
    }
    done(statement);
    return found;
}

static size_t read_job(void *ctx, const char *job_id, uint8_t *out, size_t cap)
{
    struct spool *spool = ctx;
    sqlite3_stmt *statement = spool->statements[SPOOL_READ];
    const void *bytes = NULL;
    size_t len = 0;

    bind_text(statement, 1, job_id);
    if (step(spool, statement) == SQLITE_ROW) {
        bytes = sqlite3_column_blob(statement, 0);
        len = (size_t)sqlite3_column_bytes(statement, 0);
    }
    if (!bytes || len > cap)
        len = 0;
    else
        memcpy(out, bytes, len);
    done(statement);
    return len;
}

static bool untold_held(struct spool *spool, char job_id[PRINT_JOB_ID_BYTES],
        struct print_mark *mark)
{
    for (uint32_t i = 0; i < spool->held_count; i++) {
        struct spool_held *held = &spool->held[i];

        if (held->said)
            continue;
        held->said = true;
        memcpy(job_id, held->job_id, PRINT_JOB_ID_BYTES);
        *mark = held->mark;
        return true;
    }
    return false;
}

static bool untold(
        void *ctx, char job_id[PRINT_JOB_ID_BYTES], struct print_mark *mark)
{
    struct spool *spool = ctx;
    sqlite3_stmt *statement = spool->statements[SPOOL_UNTOLD];
    bool found;

    if (untold_held(spool, job_id, mark))
        return true;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)spool->said);
    found = step(spool, statement) == SQLITE_ROW;
    if (found) {
        copy_text(job_id, PRINT_JOB_ID_BYTES, statement, 0);
        *mark = mark_at(statement, 1);
        spool->said = (uint64_t)sqlite3_column_int64(statement, 5);
    }
    done(statement);
    return found;
}

/* If it is lost, the hub hears the fact once more. */
static void told(void *ctx, const uint8_t fact_id[DEVICE_ID_BYTES])
{
    struct spool *spool = ctx;
    sqlite3_stmt *statement = spool->statements[SPOOL_TOLD];

    sqlite3_bind_blob(statement, 1, fact_id, DEVICE_ID_BYTES, SQLITE_STATIC);
    run(spool, statement);
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
