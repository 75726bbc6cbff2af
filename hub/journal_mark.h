/*
 * journal_mark: a few bytes beside a journal's file that say how far it went.
 *
 * SQLite ends its log at the first frame whose checksum is wrong, and does not
 * tell a turned bit from a write that was torn by a power loss: what was
 * committed behind it is gone without a word. The mark has the number of the
 * last row that was committed. It is written after each commit and synced now
 * and then, so it may lag behind the journal, but is never ahead of it: a
 * journal that ends before its mark has lost something. It is a hint and no
 * more: where it cannot be written or read, nothing else fails.
 */
#ifndef HUB_JOURNAL_MARK_H
#define HUB_JOURNAL_MARK_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3_file;

struct tidemark {
    struct sqlite3_file *file; /* NULL: there is none */
    char *path;
    uint64_t seq;   /* that it says; 0: nothing that can be understood */
    bool is_synced; /* as it is */
};

/* Beside the database of this path, on the same disk as SQLite's; "" : in
 * memory, it stays without. Pair with tidemark_close. */
void tidemark_open(struct tidemark *mark, const char *database_path);
void tidemark_close(struct tidemark *mark);

/* Row `seq` is committed, and so are all before it. */
void tidemark_set(struct tidemark *mark, uint64_t seq);

/* Power losses are rare: once a second is enough. */
void tidemark_sync(struct tidemark *mark);

#endif
