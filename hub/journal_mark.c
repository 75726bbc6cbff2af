#include "hub/journal_mark.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/hash.h"
#include "hub/base/log.h"

#define SUFFIX "-mark"

/* As it lies there: in one sector, so that no write of it is torn. */
struct said {
    uint64_t seq;
    uint32_t crc;
    uint32_t unused;
};

static uint32_t checksum(uint64_t seq)
{
    uint32_t crc = hash_crc32c(0, SUFFIX, sizeof(SUFFIX));

    return hash_crc32c(crc, &seq, sizeof(seq));
}

/* SQLite's files have two zeros behind their names. */
static char *make_path(const char *database_path)
{
    size_t len = strlen(database_path);
    char *path = calloc(1, len + sizeof(SUFFIX) + 1);

    if (path) {
        memcpy(path, database_path, len);
        memcpy(path + len, SUFFIX, sizeof(SUFFIX));
    }
    return path;
}

static void give_up(struct tidemark *mark, const char *did, int rc)
{
    log_warn("journal: %s cannot be %s (%d): nobody will notice if the end of "
             "the journal is lost",
            mark->path ? mark->path : "its mark", did, rc);
    tidemark_close(mark);
}

static uint64_t read_seq(struct tidemark *mark)
{
    struct said said;
    int rc = mark->file->pMethods->xRead(mark->file, &said, sizeof(said), 0);

    if (rc == SQLITE_IOERR_SHORT_READ)
        return 0; /* it is new */
    if (rc == SQLITE_OK && said.crc == checksum(said.seq))
        return said.seq;
    log_warn("journal: %s is damaged (%d)", mark->path, rc);
    return 0;
}

void tidemark_open(struct tidemark *mark, const char *database_path)
{
    /* As a journal of SQLite's: with the rights of the database, no locks. */
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                      SQLITE_OPEN_MAIN_JOURNAL;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int rc = SQLITE_NOMEM;

    *mark = (struct tidemark){ .is_synced = true };
    if (!database_path || database_path[0] == '\0')
        return;
    mark->path = make_path(database_path);
    mark->file = calloc(1, (size_t)vfs->szOsFile);
    if (mark->path && mark->file)
        rc = vfs->xOpen(vfs, mark->path, mark->file, flags, NULL);
    if (rc == SQLITE_OK)
        mark->seq = read_seq(mark);
    else
        give_up(mark, "opened", rc);
}

void tidemark_close(struct tidemark *mark)
{
    if (mark->file && mark->file->pMethods)
        mark->file->pMethods->xClose(mark->file);
    free(mark->file);
    free(mark->path);
    *mark = (struct tidemark){ .is_synced = true };
}

void tidemark_set(struct tidemark *mark, uint64_t seq)
{
    struct said said = { .seq = seq, .crc = checksum(seq) };
    int rc;

    if (!mark->file || mark->seq == seq)
        return;
    rc = mark->file->pMethods->xWrite(mark->file, &said, sizeof(said), 0);
    mark->is_synced = false;
    mark->seq = seq;
    if (rc == SQLITE_FULL)
        mark->seq = 0; /* where there is room again it is made up for */
    else if (rc != SQLITE_OK)
        give_up(mark, "written", rc);
}

void tidemark_sync(struct tidemark *mark)
{
    int rc;

    if (!mark->file || mark->is_synced)
        return;
    rc = mark->file->pMethods->xSync(mark->file, SQLITE_SYNC_NORMAL);
    mark->is_synced = true;
    if (rc != SQLITE_OK)
        give_up(mark, "synced", rc);
}
