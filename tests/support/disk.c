#include "tests/support/disk.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct disk disk;

/* SQLite has several sets of methods; all write and sync alike. */
#define METHOD_SETS 4

static struct {
    const sqlite3_io_methods *real;
    sqlite3_io_methods own;
} sets[METHOD_SETS];

static int (*real_write)(sqlite3_file *, const void *, int, sqlite3_int64);
static int (*real_sync)(sqlite3_file *, int);
static sqlite3_vfs *real_vfs;
static sqlite3_vfs own_vfs;

static int on_write(
        sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
    if (disk.write_error)
        return disk.write_error;
    disk.writes++;
    disk.unsynced++;
    return real_write(file, data, len, at);
}

static int on_sync(sqlite3_file *file, int flags)
{
    if (disk.sync_error)
        return disk.sync_error;
    disk.syncs++;
    disk.unsynced = 0;
    return real_sync(file, flags);
}

static const sqlite3_io_methods *replace(const sqlite3_io_methods *real)
{
    int i = 0;

    while (sets[i].real && sets[i].real != real)
        assert(++i < METHOD_SETS);
    if (!sets[i].real) {
        assert(!real_write || real_write == real->xWrite);
        real_write = real->xWrite;
        real_sync = real->xSync;
        sets[i].real = real;
        sets[i].own = *real;
        sets[i].own.xWrite = on_write;
        sets[i].own.xSync = on_sync;
    }
    return &sets[i].own;
}

/* The journal's mark is a hint, which no commit waits for. */
static bool is_mark(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    return len > 5 && strcmp(name + len - 5, "-mark") == 0;
}

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
        int flags, int *out_flags)
{
    int rc = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);

    (void)vfs;
    if (rc == SQLITE_OK && file->pMethods && !is_mark(name))
        file->pMethods = replace(file->pMethods);
    return rc;
}

int disk_install(void **unused)
{
    (void)unused;
    real_vfs = sqlite3_vfs_find(NULL);
    own_vfs = *real_vfs;
    own_vfs.zName = "test";
    own_vfs.xOpen = on_open;
    return sqlite3_vfs_register(&own_vfs, 1) != SQLITE_OK;
}
