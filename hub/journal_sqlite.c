#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/log.h"
#include "hub/base/space.h"
#include "hub/journal_engine.h"
#include "hub/journal_mark.h"

/* Our own checkpoints: a passive one when there is time, a restart that keeps
 * the log file from growing, and one that gives the space back. */
#define IDLE_LOG_BYTES     (256 * 1024)
#define RESTART_LOG_BYTES  (16 * 1024 * 1024)
#define TRUNCATE_LOG_BYTES (64 * 1024 * 1024)
#define VALUE_BYTES        (64 * 1024 * 1024)

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    APPEND,
    FIND,
    HAS_ID,
    HAS_UNDER,
    READ,
    READ_BACK,
    ALIAS,
    FIND_ALIAS,
    PUT,
    GET,
    LAST,
    UNLAST,
    EACH_LASTING,
    RANGE,
    FORGET,
    FORGET_ALIASES,
    CHECK,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [APPEND] = "INSERT INTO record(seq, id, source, key, data)"
               " VALUES(?1, ?2, ?3, ?4, ?5)",
    [FIND] = "SELECT seq, id, source, key, data FROM record"
             " WHERE source = ?1 AND key = ?2 AND key <> ''",
    [HAS_ID] = "SELECT 1 FROM record WHERE id = ?1",
    /* No key has a "~". */
    [HAS_UNDER] = "SELECT 1 FROM record WHERE source = ?1 AND key <> ''"
                  " AND key >= ?2 AND key < ?2 || '~' LIMIT 1",
    [READ] = "SELECT seq, id, source, key, data FROM record"
             " WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    [READ_BACK] = "SELECT seq, id, source, key, data FROM record"
                  " WHERE seq <= ?1 ORDER BY seq DESC LIMIT ?2",
    [ALIAS] = "INSERT INTO alias(seq, id, source, key, data)"
              " VALUES(?1, ?2, ?3, ?4, ?5)",
    [FIND_ALIAS] = "SELECT seq, id, source, key, data FROM alias"
                   " WHERE source = ?1 AND key = ?2",
    [PUT] = "INSERT INTO kept(name, value) VALUES(?1, ?2)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
    [GET] = "SELECT value FROM kept WHERE name = ?1",
    [LAST] = "INSERT INTO lasting(name, lasts, ends, value)"
             " VALUES(?1, ?2, ?3, ?4) ON CONFLICT(name) DO UPDATE SET"
             " lasts = excluded.lasts, ends = excluded.ends,"
             " value = excluded.value",
    [UNLAST] = "DELETE FROM lasting WHERE name = ?1",
    [EACH_LASTING] = "SELECT name, lasts, ends, value FROM lasting",
    [RANGE] = "SELECT (SELECT min(seq) FROM record),"
              " (SELECT max(seq) FROM record)",
    [FORGET] = "DELETE FROM record WHERE seq <= ?1 AND seq <"
               " (SELECT min(seq) FROM record) + ?2",
    /* Older aliases are of older rows, but for a few seconds. */
    [FORGET_ALIASES] = "DELETE FROM alias WHERE"
                       " n < (SELECT min(n) FROM alias) + ?2 AND"
                       " (seq < (SELECT min(seq) FROM record) OR"
                       " n <= (SELECT max(n) FROM alias) - ?1)",
    [CHECK] = "PRAGMA integrity_check(1)",
};

static const char *const schema =
        "PRAGMA locking_mode = EXCLUSIVE;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;"
        "BEGIN IMMEDIATE;"
        "CREATE TABLE IF NOT EXISTS record("
        " seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
        " source TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL);"
        "CREATE UNIQUE INDEX IF NOT EXISTS record_key"
        " ON record(source, key) WHERE key <> '';"
        "CREATE TABLE IF NOT EXISTS alias("
        " n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, id BLOB NOT NULL,"
        " source TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL,"
        " UNIQUE(source, key));"
        "CREATE TABLE IF NOT EXISTS kept("
        " name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS lasting("
        " name TEXT PRIMARY KEY, lasts INTEGER NOT NULL,"
        " ends INTEGER NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;"
        "COMMIT;";

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    char *log_path;     /* of the write-ahead log; "" in memory */
    uint64_t log_bytes; /* after the last commit */
    struct tidemark mark;
    uint64_t committed; /* the last row */
    uint64_t appended;  /* the same, or of the open transaction */
    uint64_t lost;      /* rows that were here once */
    bool is_full;       /* it was said that the disk is, and nothing since */
};

/* Beyond a quota is no room either; SQLite calls it a write that failed. Of
 * what was said just now; before it errno was 0. */
static int name_failure(const struct store *store, int rc)
{
    if ((rc & 0xff) == SQLITE_IOERR && space_is_lacking(errno) &&
            sqlite3_extended_errcode(store->db) == SQLITE_IOERR_WRITE)
        return SQLITE_FULL;
    return rc;
}

/* SQLite's words become ours; logged here and nowhere else. Of a disk that
 * stays full it is said once. */
static enum err translate(struct store *store, int rc, const char *what)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
        return ERR_OK;
    if ((rc & 0xff) == SQLITE_CONSTRAINT)
        return ERR_CONFLICT;
    if ((rc & 0xff) == SQLITE_FULL && store->is_full)
        return ERR_FULL;
    store->is_full = (rc & 0xff) == SQLITE_FULL;
    log_error("journal: %s: %s (%d)", what,
            store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(rc), rc);
    if ((rc & 0xff) == SQLITE_FULL)
        return ERR_FULL;
    if ((rc & 0xff) == SQLITE_BUSY)
        return ERR_RUNNING;
    return (rc & 0xff) == SQLITE_NOMEM ? ERR_NO_MEMORY : ERR_IO;
}

/* Run a bound statement that gives no rows, and make it ready again. */
static enum err run(struct store *store, enum statement which)
{
    int rc;

    errno = 0;
    rc = name_failure(store, sqlite3_step(store->statements[which]));
    sqlite3_reset(store->statements[which]);
    sqlite3_clear_bindings(store->statements[which]);
    return translate(store, rc, sql[which]);
}

static int on_wal(void *self, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct store *)self)->log_bytes = (uint64_t)pages * 4096;
    return SQLITE_OK;
}

static void store_close(void *self)
{
    struct store *store = self;

    if (!store)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    tidemark_close(&store->mark);
    sqlite3_close(store->db);
    free(store->log_path);
    free(store);
}

static void harden(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 16 * 1024);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
}

static int open_database(struct store *store, const char *path)
{
    int rc = sqlite3_open_v2(path, &store->db,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
            NULL);

    if (rc != SQLITE_OK)
        return rc;
    harden(store->db);
    rc = sqlite3_exec(store->db, schema, NULL, NULL, NULL);
    for (int i = 0; i < STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(store->db, sql[i], -1,
                SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
    return rc;
}

static void store_range(void *self, uint64_t *first, uint64_t *last);

/* A log that ends too early leaves pages of later ones in the file: what is
 * left may not fit together. */
static enum err expect_whole(struct store *store)
{
    sqlite3_stmt *check = store->statements[CHECK];
    const char *said = NULL;
    enum err err = ERR_IO;

    if (sqlite3_step(check) == SQLITE_ROW)
        said = (const char *)sqlite3_column_text(check, 0);
    if (said && strcmp(said, "ok") == 0)
        err = ERR_OK;
    else
        log_error("journal: what is left of it is damaged: %s",
                said ? said : sqlite3_errmsg(store->db));
    sqlite3_reset(check);
    return err;
}

/* Does it go as far as it went? The mark stays until the next commit. */
static enum err compare_mark(struct store *store)
{
    uint64_t first;

    tidemark_open(&store->mark, sqlite3_db_filename(store->db, "main"));
    store_range(store, &first, &store->committed);
    store->appended = store->committed;
    if (store->mark.seq <= store->committed)
        return ERR_OK;
    store->lost = store->mark.seq - store->committed;
    log_error("journal: it ends at %llu, and went on to %llu once: %llu of its "
              "records are lost",
            (unsigned long long)store->committed,
            (unsigned long long)store->mark.seq,
            (unsigned long long)store->lost);
    return expect_whole(store);
}

static enum err store_open(void **self, const char *path)
{
    struct store *store = calloc(1, sizeof(*store));
    enum err err;

    if (!store)
        return ERR_NO_MEMORY;
    err = translate(store, open_database(store, path), path);
    if (err == ERR_OK)
        err = compare_mark(store);
    if (err != ERR_OK) {
        store_close(store);
        return err;
    }
    store->log_path = sqlite3_db_filename(store->db, "main")
                              ? strdup(sqlite3_filename_wal(
                                        sqlite3_db_filename(store->db, "main")))
                              : NULL;
    sqlite3_wal_hook(store->db, on_wal, store);
    *self = store;
    return ERR_OK;
}

static enum err store_begin(void *self)
{
    return run(self, BEGIN);
}

static void store_rollback(void *self)
{
    struct store *store = self;

    /* SQLite may have rolled back by itself after a failure. */
    if (!sqlite3_get_autocommit(store->db))
        run(store, ROLLBACK);
    store->appended = store->committed;
}

static enum err store_commit(void *self)
{
    struct store *store = self;
    enum err err = run(store, COMMIT);

    if (err == ERR_OK) {
        store->is_full = false;
        store->committed = store->appended;
        tidemark_set(&store->mark, store->committed);
    } else if (err == ERR_FULL) {
        store_rollback(store);
    }
    return err;
}

static enum err insert(
        struct store *store, enum statement which, const struct row *row)
{
    sqlite3_stmt *statement = store->statements[which];

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)row->seq);
    sqlite3_bind_blob(
            statement, 2, row->id.bytes, sizeof(row->id.bytes), SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, row->source, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, row->key, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(statement, 5, row->data, row->len, SQLITE_STATIC);
    return run(store, which);
}

static enum err store_append(void *self, const struct row *row)
{
    struct store *store = self;
    enum err err = insert(store, APPEND, row);

    if (err == ERR_OK && row->seq > store->appended)
        store->appended = row->seq;
    return err;
}

static enum err store_alias(void *self, const struct row *row)
{
    return insert(self, ALIAS, row);
}

static struct row row_of(sqlite3_stmt *statement)
{
    struct row row = {
        .seq = (uint64_t)sqlite3_column_int64(statement, 0),
        .source = (const char *)sqlite3_column_text(statement, 2),
        .key = (const char *)sqlite3_column_text(statement, 3),
        .data = sqlite3_column_blob(statement, 4),
        .len = (size_t)sqlite3_column_bytes(statement, 4),
    };

    if (sqlite3_column_bytes(statement, 1) == (int)sizeof(row.id.bytes))
        memcpy(row.id.bytes, sqlite3_column_blob(statement, 1),
                sizeof(row.id.bytes));
    return row;
}

static enum err find(struct store *store, enum statement which,
        const char *source, const char *key, row_fn *on_row, void *context)
{
    sqlite3_stmt *statement = store->statements[which];
    int rc;

    sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, key, -1, SQLITE_STATIC);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        struct row row = row_of(statement);

        on_row(context, &row);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_DONE ? ERR_NOT_FOUND : translate(store, rc, "find");
}

static enum err store_find(void *self, const char *source, const char *key,
        row_fn *on_row, void *context)
{
    return find(self, FIND, source, key, on_row, context);
}

static enum err store_find_alias(void *self, const char *source,
        const char *key, row_fn *on_row, void *context)
{
    return find(self, FIND_ALIAS, source, key, on_row, context);
}

static bool store_has_id(void *self, const struct ulid *id)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[HAS_ID];
    int rc;

    sqlite3_bind_blob(
            statement, 1, id->bytes, sizeof(id->bytes), SQLITE_STATIC);
    rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_ROW;
}

static bool store_has_under(void *self, const char *source, const char *start)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[HAS_UNDER];
    int rc;

    sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, start, -1, SQLITE_STATIC);
    rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_ROW;
}

static enum err read_rows(struct store *store, enum statement which,
        uint64_t from, uint32_t limit, row_fn *on_row, void *context)
{
    sqlite3_stmt *statement = store->statements[which];
    bool go_on = true;
    int rc;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)from);
    sqlite3_bind_int64(statement, 2, limit);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW && go_on) {
        struct row row = row_of(statement);

        go_on = on_row(context, &row);
    }
    sqlite3_reset(statement);
    return translate(store, rc, "read");
}

static enum err store_read(void *self, uint64_t after, uint32_t limit,
        row_fn *on_row, void *context)
{
    return read_rows(self, READ, after, limit, on_row, context);
}

static enum err store_read_back(void *self, uint64_t upto, uint32_t limit,
        row_fn *on_row, void *context)
{
    return read_rows(self, READ_BACK, upto, limit, on_row, context);
}

static enum err store_put(
        void *self, const char *name, const void *data, size_t len)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[PUT];

    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(statement, 2, data, len, SQLITE_STATIC);
    return run(store, PUT);
}

static enum err store_get(
        void *self, const char *name, void **data, size_t *len)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[GET];
    int rc;

    *data = NULL;
    *len = 0;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        *len = (size_t)sqlite3_column_bytes(statement, 0);
        *data = malloc(*len ? *len : 1);
        if (*data && *len)
            memcpy(*data, sqlite3_column_blob(statement, 0), *len);
    }
    sqlite3_reset(statement);
    if (rc == SQLITE_ROW && !*data)
        return ERR_NO_MEMORY;
    return translate(store, rc, "get");
}

static enum err store_last(void *self, const struct lasting *lasting)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[LAST];

    sqlite3_bind_text(statement, 1, lasting->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, lasting->lasts_ms);
    sqlite3_bind_int64(statement, 3, lasting->ends_ms);
    sqlite3_bind_blob64(
            statement, 4, lasting->data, lasting->len, SQLITE_STATIC);
    return run(store, LAST);
}

static enum err store_unlast(void *self, const char *name)
{
    struct store *store = self;

    sqlite3_bind_text(store->statements[UNLAST], 1, name, -1, SQLITE_STATIC);
    return run(store, UNLAST);
}

static enum err store_each_lasting(
        void *self, lasting_fn *on_each, void *context)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[EACH_LASTING];
    int rc;

    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct lasting lasting = {
            .name = (const char *)sqlite3_column_text(statement, 0),
            .lasts_ms = (uint32_t)sqlite3_column_int64(statement, 1),
            .ends_ms = sqlite3_column_int64(statement, 2),
            .data = sqlite3_column_blob(statement, 3),
            .len = (size_t)sqlite3_column_bytes(statement, 3),
        };

        if (lasting.name)
            on_each(context, &lasting);
    }
    sqlite3_reset(statement);
    return translate(store, rc, "lasting");
}

static void store_range(void *self, uint64_t *first, uint64_t *last)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[RANGE];

    *first = *last = 0;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *first = (uint64_t)sqlite3_column_int64(statement, 0);
        *last = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
}

static enum err store_forget(void *self, uint64_t upto, uint32_t limit)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[FORGET];

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)upto);
    sqlite3_bind_int64(statement, 2, limit);
    return run(store, FORGET);
}

static enum err store_forget_aliases(void *self, uint64_t keep, uint32_t limit)
{
    struct store *store = self;
    sqlite3_stmt *statement = store->statements[FORGET_ALIASES];

    sqlite3_bind_int64(
            statement, 1, keep < INT64_MAX ? (sqlite3_int64)keep : INT64_MAX);
    sqlite3_bind_int64(statement, 2, limit);
    return run(store, FORGET_ALIASES);
}

static enum err store_checkpoint(void *self, bool is_idle)
{
    struct store *store = self;
    int mode = SQLITE_CHECKPOINT_PASSIVE;
    int rc;

    if (is_idle)
        tidemark_sync(&store->mark);
    if (store->log_bytes > TRUNCATE_LOG_BYTES)
        mode = SQLITE_CHECKPOINT_TRUNCATE;
    else if (store->log_bytes > RESTART_LOG_BYTES)
        mode = SQLITE_CHECKPOINT_RESTART;
    else if (!is_idle || store->log_bytes < IDLE_LOG_BYTES)
        return ERR_OK;
    errno = 0;
    rc = name_failure(store,
            sqlite3_wal_checkpoint_v2(store->db, NULL, mode, NULL, NULL));
    if (rc == SQLITE_OK)
        store->log_bytes = 0;
    return translate(store, rc, "checkpoint");
}

static uint64_t file_bytes(const char *path)
{
    struct stat info;

    return path && path[0] && stat(path, &info) == 0 ? (uint64_t)info.st_size
                                                     : 0;
}

static uint64_t store_bytes(const void *self)
{
    const struct store *store = self;

    return file_bytes(sqlite3_db_filename(store->db, "main")) +
           file_bytes(store->log_path);
}

static uint64_t store_lost(const void *self)
{
    return ((const struct store *)self)->lost;
}

const struct journal_engine journal_sqlite = {
    .open = store_open,
    .close = store_close,
    .begin = store_begin,
    .append = store_append,
    .put = store_put,
    .last = store_last,
    .unlast = store_unlast,
    .commit = store_commit,
    .rollback = store_rollback,
    .find = store_find,
    .has_id = store_has_id,
    .has_under = store_has_under,
    .read = store_read,
    .read_back = store_read_back,
    .alias = store_alias,
    .find_alias = store_find_alias,
    .get = store_get,
    .each_lasting = store_each_lasting,
    .range = store_range,
    .forget = store_forget,
    .forget_aliases = store_forget_aliases,
    .checkpoint = store_checkpoint,
    .bytes = store_bytes,
    .lost = store_lost,
};
