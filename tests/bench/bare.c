#include "tests/bench/bare.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/base.h"

#define ROW_BYTES 65536

static const char setup[] = "PRAGMA locking_mode = EXCLUSIVE;"
                            "PRAGMA journal_mode = WAL;"
                            "PRAGMA synchronous = FULL;"
                            "PRAGMA wal_autocheckpoint = 0;"
                            "CREATE TABLE record("
                            " seq INTEGER PRIMARY KEY, data BLOB NOT NULL);";

static void must(sqlite3 *db, int rc)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        bench_fail("sqlite: %s", db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

uint32_t bare_row_bytes(const char *path, const char *keys)
{
    sqlite3_stmt *statement;
    uint32_t bytes;
    sqlite3 *db;

    must(NULL, sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL));
    must(db, sqlite3_prepare_v2(db,
                     "SELECT avg(length(id) + length(source) + length(key) +"
                     " length(data)) FROM record WHERE key LIKE ?1",
                     -1, &statement, NULL));
    sqlite3_bind_text(statement, 1, keys, -1, SQLITE_STATIC);
    must(db, sqlite3_step(statement));
    bytes = (uint32_t)sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    if (bytes == 0)
        bench_fail("%s: no rows of %s", path, keys);
    return bytes;
}

static void insert(
        sqlite3 *db, sqlite3_stmt *statement, uint32_t seq, uint32_t bytes)
{
    static uint8_t data[ROW_BYTES];

    memset(data, (int)(seq & 0xff), bytes);
    sqlite3_bind_int64(statement, 1, seq);
    sqlite3_bind_blob(statement, 2, data, (int)bytes, SQLITE_STATIC);
    must(db, sqlite3_step(statement));
    sqlite3_reset(statement);
}

static struct bare_cost write_all(
        sqlite3 *db, uint32_t rows, uint32_t bytes, uint32_t batch)
{
    sqlite3_stmt *statement;
    struct bare_cost cost;

    must(db, sqlite3_prepare_v2(db, "INSERT INTO record VALUES(?1, ?2)", -1,
                     &statement, NULL));
    cost = (struct bare_cost){ -bench_now_us(), -bench_cpu_us(getpid()) };
    for (uint32_t i = 0; i < rows; i++) {
        if (i % batch == 0)
            must(db, sqlite3_exec(db, "BEGIN IMMEDIATE", 0, 0, 0));
        insert(db, statement, i + 1, bytes);
        if (i % batch == batch - 1 || i == rows - 1)
            must(db, sqlite3_exec(db, "COMMIT", 0, 0, 0));
    }
    cost.wall_us += bench_now_us();
    cost.cpu_us += bench_cpu_us(getpid());
    sqlite3_finalize(statement);
    return cost;
}

static void remove_all(const char *path)
{
    char log[300];

    snprintf(log, sizeof(log), "%s-wal", path);
    unlink(log);
    unlink(path);
}

struct bare_cost bare_write(
        const char *path, uint32_t rows, uint32_t bytes, uint32_t batch)
{
    struct bare_cost cost;
    sqlite3 *db;

    if (bytes > ROW_BYTES)
        bench_fail("rows of %u bytes", bytes);
    remove_all(path);
    must(NULL, sqlite3_open(path, &db));
    must(db, sqlite3_exec(db, setup, 0, 0, 0));
    cost = write_all(db, rows, bytes, batch);
    sqlite3_close(db);
    remove_all(path);
    return cost;
}
