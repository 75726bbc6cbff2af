/*
 * journal: the ordered, durable list of all events.
 *
 * A record's number, `seq`, is given when it is appended and never used
 * again. Records carry a CRC-32C that is checked when they are read, and read
 * in a row they are all there: only the oldest are ever forgotten. (source,
 * key) names an event for as long as it is kept. Beside the records it keeps
 * the newest snapshot of the picture and a few named positions. Knows nothing
 * of what the records mean. Where the bytes lie is the engine's business
 * (journal_engine.h): an SQLite file today, a replicated log one day.
 */
#ifndef HUB_JOURNAL_H
#define HUB_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/err.h"
#include "hub/base/hash.h"
#include "hub/base/space.h"
#include "hub/evt/evt.h"

struct journal;

/* One event as it lies on disk. Pointers are borrowed. */
struct record {
    uint64_t seq;
    struct ulid id;
    struct ulid cause; /* none: all zero */
    uint32_t wire;     /* number of the event */
    int64_t ts_ms, exp_ms;
    const char *source;  /* who stated it */
    const char *key;     /* idempotency key, or "" */
    const char *rooms;   /* where it went, each room and a line feed */
    uint64_t given_hash; /* of the body as it was handed in, for conflicts */
    const void *body;    /* packed */
    size_t body_len;
};

struct journal_found {
    struct ulid id;
    uint64_t seq;
    uint64_t given_hash;
};

/* ERR_RUNNING: locked by another process. ERR_IO: the log says why. */
enum err journal_open(
        struct journal **journal, const char *path, uint64_t seed);

/* Rolls back what is open. NULL is fine. */
void journal_close(struct journal *journal);

/* Random; another one begins when records are found to be lost. */
uint32_t journal_epoch(const struct journal *journal);

/* How many records at the end were committed once and were not there any more
 * when it was opened. What they said was said to be stored. */
uint64_t journal_lost(const struct journal *journal);

/* Random, secret, made with the journal: for ids that nobody may steer. */
struct hash_key journal_hash_key(const struct journal *journal);

/* The number of the last record, uncommitted ones included. */
uint64_t journal_last(const struct journal *journal);

/* Is a transaction open? */
bool journal_is_open(const struct journal *journal);

/* The event under (source, key), or one that has it as an alias, with the hash
 * that was given with this key. ERR_NOT_FOUND. */
enum err journal_find(struct journal *journal, const char *source,
        const char *key, struct journal_found *found);

/* Is there an event of this id? */
bool journal_has_id(struct journal *journal, const struct ulid *id);

/* Is there an event of this source whose key begins so? Not by an alias. */
bool journal_has_under(
        struct journal *journal, const char *source, const char *start);

/*
 * Append; begins a transaction if none is open; sets record->seq.
 * ERR_CONFLICT: the id is there already. ERR_FULL: no room on disk; the
 * transaction is lost (journal_rollback it). ERR_TOO_LARGE. ERR_IO.
 */
enum err journal_append(struct journal *journal, struct record *record);

/*
 * (source, key) stands for the event `found`, too, for as long as that is
 * kept; given_hash is this key's own. No record, no number; begins a
 * transaction if none is open. ERR_CONFLICT: the key is an alias already.
 * ERR_FULL, ERR_IO: as above.
 */
enum err journal_alias(struct journal *journal, const char *source,
        const char *key, const struct journal_found *found);

/*
 * What the disk has room for. Beside the journal lies a reserve: when there is
 * no room it is given up, and it is SPACE_RESERVE from there on; when there is
 * none even so, SPACE_FULL. The journal takes whatever it is given all the
 * same: to leave the reserve to what it is for is up to the caller. Without a
 * reserve (in memory) it is always SPACE_OK.
 */
enum space journal_space(const struct journal *journal);

/* About twice a second: is there more room, or less? Makes the reserve anew
 * before it says SPACE_OK again. No transaction is open. */
void journal_look_at_space(struct journal *journal);

/* ERR_FULL: not committed, rolled back. ERR_IO: nobody knows. */
enum err journal_commit(struct journal *journal);
void journal_rollback(struct journal *journal);

/*
 * Give `on_record` each record with seq > after, oldest first, at most
 * `limit`; it returns false to stop early. ERR_IO: also for a record whose
 * checksum is wrong, and where one is missing between the oldest that is kept
 * and the last that was committed.
 */
enum err journal_read(struct journal *journal, uint64_t after, uint32_t limit,
        bool (*on_record)(void *context, const struct record *record),
        void *context);

/*
 * Give `on_record` the records of one event, newest first, out of the
 * `distance` that end with seq `upto`; it returns false to stop early. ERR_IO:
 * as above; of others than these only that they are there.
 */
enum err journal_read_back(struct journal *journal, uint64_t upto,
        uint32_t distance, uint32_t wire,
        bool (*on_record)(void *context, const struct record *record),
        void *context);

/* The newest snapshot, handed over (free), and the seq that it is as of;
 * *data is NULL when there is none. */
enum err journal_load_snapshot(
        struct journal *journal, void **data, size_t *len, uint64_t *seq);

/* Keep a snapshot as of `seq`; within the open or an own transaction. */
enum err journal_save_snapshot(
        struct journal *journal, const void *data, size_t len, uint64_t seq);

/*
 * Named positions, up to 8, names of up to 15 characters; 0: none. Written
 * with the next commit of a transaction. ERR_LIMIT: too many names.
 */
enum err journal_set_position(
        struct journal *journal, const char *name, uint64_t seq);
uint64_t journal_position(struct journal *journal, const char *name);

/*
 * Something with a name that lasts for a while, see hub_keep; what that means
 * is not the journal's business. Both begin a transaction if none is open.
 * ERR_FULL, ERR_IO: as journal_append.
 */
struct lasting;
enum err journal_last_for(
        struct journal *journal, const struct lasting *lasting);
enum err journal_unlast(struct journal *journal, const char *name);

/* All of them; `on_each` changes nothing. */
enum err journal_each_lasting(struct journal *journal,
        void (*on_each)(void *context, const struct lasting *lasting),
        void *context);

/* The oldest record that is kept, 0 when there is none. */
uint64_t journal_first(struct journal *journal);

/*
 * Upkeep between turns: checkpoints when the log file has grown, and at most
 * a few thousand deletions, so that `keep` records stay and none after `upto`
 * goes; of aliases no more than that either. Does nothing while a transaction
 * is open; in the reserve nothing is deleted, as that needs room first.
 */
enum err journal_upkeep(
        struct journal *journal, uint64_t keep, uint64_t upto, bool is_idle);

/* Bytes of the database and its log. */
uint64_t journal_bytes(const struct journal *journal);

#endif
