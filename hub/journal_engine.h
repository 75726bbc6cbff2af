/*
 * journal_engine: where a journal's bytes lie.
 *
 * An engine keeps numbered rows and named values; appends and puts are atomic
 * and durable with commit, in order. It looks into nothing. The one there is,
 * journal_sqlite, keeps a file; a replicated log has to offer the same.
 */
#ifndef HUB_JOURNAL_ENGINE_H
#define HUB_JOURNAL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/evt/ulid.h"

/* Pointers are borrowed for the call. */
struct row {
    uint64_t seq;
    struct ulid id;     /* unique */
    const char *source; /* (source, key) is unique where key is not "" */
    const char *key;
    const void *data;
    size_t len;
};

typedef bool row_fn(void *context, const struct row *row);

/* Something that lasts for a while. */
struct lasting {
    const char *name; /* unique */
    const void *data;
    size_t len;
    uint32_t lasts_ms; /* once it is let go of */
    int64_t ends_ms;   /* 0: it has not been */
};

typedef void lasting_fn(void *context, const struct lasting *lasting);

/*
 * `self` is what open handed over. Errors: ERR_FULL (no room; the transaction
 * is lost), ERR_IO (outcome unknown), ERR_NOT_FOUND, ERR_CONFLICT.
 */
struct journal_engine {
    enum err (*open)(void **self, const char *path); /* also ERR_RUNNING */
    void (*close)(void *self);

    enum err (*begin)(void *self);
    enum err (*append)(void *self, const struct row *row);
    enum err (*put)(void *self, const char *name, const void *data, size_t len);
    enum err (*last)(void *self, const struct lasting *lasting);
    enum err (*unlast)(void *self, const char *name); /* not there: fine */
    enum err (*commit)(void *self);
    void (*rollback)(void *self);

    /* `on_row` sees the row, if there is one. */
    enum err (*find)(void *self, const char *source, const char *key,
            row_fn *on_row, void *context);
    bool (*has_id)(void *self, const struct ulid *id);
    /* Is there a row of this source whose key begins so? */
    bool (*has_under)(void *self, const char *source, const char *start);
    /* Rows with seq > after, oldest first, until `limit` or false. */
    enum err (*read)(void *self, uint64_t after, uint32_t limit, row_fn *on_row,
            void *context);
    /* Rows with seq <= upto, newest first, until `limit` or false. */
    enum err (*read_back)(void *self, uint64_t upto, uint32_t limit,
            row_fn *on_row, void *context);
    /* Hands over the value (free), or NULL where there is none. */
    enum err (*get)(void *self, const char *name, void **data, size_t *len);
    enum err (*each_lasting)(void *self, lasting_fn *on_each, void *context);
    void (*range)(void *self, uint64_t *first, uint64_t *last);

    /* One more (source, key) for a row that is there; of its own kind: find
     * does not see it, and its data are its own. ERR_CONFLICT: taken. */
    enum err (*alias)(void *self, const struct row *row);
    enum err (*find_alias)(void *self, const char *source, const char *key,
            row_fn *on_row, void *context);

    /* Forget rows up to and including `upto`, at most `limit` of them. */
    enum err (*forget)(void *self, uint64_t upto, uint32_t limit);
    /* Forget aliases of rows that are gone, and the oldest beyond `keep`; at
     * most `limit` of them. */
    enum err (*forget_aliases)(void *self, uint64_t keep, uint32_t limit);
    /* Fold the log into the file when it is large, or when there is time. */
    enum err (*checkpoint)(void *self, bool is_idle);
    uint64_t (*bytes)(const void *self);
    /* Rows at the end that were committed once and are not there any more, as
     * it was found when it was opened; what is left fits together. Found again
     * at the next open, until something is committed. */
    uint64_t (*lost)(const void *self);
};

extern const struct journal_engine journal_sqlite;

#endif
