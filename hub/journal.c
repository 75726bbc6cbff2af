#include "hub/journal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/count.h"
#include "hub/base/log.h"
#include "hub/journal_engine.h"
#include "hub/journal_reserve.h"

#define ROW_BYTES      (EVT_BODY_BYTES + 1024)
#define POSITIONS      8
#define FORGET_AT_ONCE 2000

/* Made once, with the journal. */
struct birth {
    uint32_t epoch;
    uint32_t unused;
    struct hash_key key;
};

struct position {
    char name[16];
    uint64_t seq;
    bool changed; /* since it was last written */
};

struct journal {
    const struct journal_engine *engine;
    void *store;
    struct birth birth;
    uint64_t last;      /* uncommitted ones included */
    uint64_t committed; /* what `last` falls back to */
    bool is_open;       /* a transaction */
    bool is_out;        /* the disk has no room for it */
    struct reserve reserve;
    enum space space;
    uint64_t lost;
    struct buf row;
    struct position positions[POSITIONS];
};

/* --- a record as bytes: fixed part, rooms, body --- */

struct head {
    uint32_t crc; /* over seq, id, source, key and all that follows */
    uint32_t wire;
    struct ulid cause;
    int64_t ts_ms, exp_ms;
    uint64_t given_hash;
    uint32_t rooms_len;
    uint32_t body_len;
};

static uint32_t checksum(const struct row *row)
{
    uint32_t crc = hash_crc32c(0, &row->seq, sizeof(row->seq));

    crc = hash_crc32c(crc, row->id.bytes, sizeof(row->id.bytes));
    crc = hash_crc32c(crc, row->source, strlen(row->source) + 1);
    crc = hash_crc32c(crc, row->key, strlen(row->key) + 1);
    return hash_crc32c(
            crc, (const char *)row->data + sizeof(crc), row->len - sizeof(crc));
}

static bool encode(
        struct buf *out, const struct record *record, struct row *row)
{
    struct head head = {
        .wire = record->wire,
        .cause = record->cause,
        .ts_ms = record->ts_ms,
        .exp_ms = record->exp_ms,
        .given_hash = record->given_hash,
        .rooms_len = (uint32_t)strlen(record->rooms),
        .body_len = (uint32_t)record->body_len,
    };

    buf_clear(out);
    buf_put(out, &head, sizeof(head));
    buf_put(out, record->rooms, head.rooms_len + 1);
    buf_put(out, record->body, record->body_len);
    if (out->failed)
        return false;
    *row = (struct row){
        .seq = record->seq,
        .id = record->id,
        .source = record->source,
        .key = record->key,
        .data = out->data,
        .len = out->len,
    };
    head.crc = checksum(row);
    memcpy(out->data, &head.crc, sizeof(head.crc));
    return true;
}

static bool decode(const struct row *row, struct record *record)
{
    struct head head;
    const char *rest;

    if (row->len < sizeof(head) || !row->source || !row->key)
        return false;
    memcpy(&head, row->data, sizeof(head));
    rest = (const char *)row->data + sizeof(head);
    if (head.crc != checksum(row) ||
            row->len != sizeof(head) + head.rooms_len + 1 + head.body_len)
        return false;
    *record = (struct record){
        .seq = row->seq,
        .id = row->id,
        .cause = head.cause,
        .wire = head.wire,
        .ts_ms = head.ts_ms,
        .exp_ms = head.exp_ms,
        .source = row->source,
        .key = row->key,
        .rooms = rest,
        .given_hash = head.given_hash,
        .body = rest + head.rooms_len + 1,
        .body_len = head.body_len,
    };
    return true;
}

/* --- room --- */

/* Lost is the transaction, whole: what that comes to is seen when it is given
 * up. */
static enum err note(struct journal *journal, enum err err)
{
    journal->is_out = journal->is_out || err == ERR_FULL;
    return err;
}

/* Without a reserve each turn is tried. */
static void lower_space(struct journal *journal)
{
    journal->is_out = false;
    if (!reserve_is_there(&journal->reserve))
        return;
    if (journal->space == SPACE_OK) {
        log_error("journal: the disk is full: its reserve is given up, for the "
                  "orders that are there already");
        reserve_give_up(&journal->reserve);
        journal->space = SPACE_RESERVE;
    } else if (journal->space == SPACE_RESERVE) {
        log_error("journal: the disk is full, and so is its reserve: nothing "
                  "is stored");
        journal->space = SPACE_FULL;
    }
}

enum space journal_space(const struct journal *journal)
{
    return journal->space;
}

void journal_look_at_space(struct journal *journal)
{
    if (journal->space == SPACE_OK) {
        if (reserve_is_the_last(&journal->reserve))
            lower_space(journal);
    } else if (reserve_hold(&journal->reserve) == ERR_OK) {
        log_info("journal: there is room again: everything is stored");
        journal->space = SPACE_OK;
    } else if (journal->space == SPACE_FULL &&
               reserve_has_some(&journal->reserve)) {
        log_info("journal: there is some room again, for the orders that are "
                 "there already");
        journal->space = SPACE_RESERVE;
    }
}

static enum err open_reserve(struct journal *journal, const char *path)
{
    enum err err = reserve_open(&journal->reserve, path);

    if (err == ERR_FULL) {
        log_error("journal: no room for a reserve: only what is of orders that "
                  "are there already is stored");
        journal->space = SPACE_RESERVE;
    }
    return err == ERR_NO_MEMORY ? err : ERR_OK;
}

/* --- opening --- */

static enum err begin(struct journal *journal)
{
    enum err err = ERR_OK;

    if (!journal->is_open)
        err = journal->engine->begin(journal->store);
    journal->is_open = err == ERR_OK;
    return err;
}

static enum err put_birth(struct journal *journal)
{
    enum err err = begin(journal);

    if (err == ERR_OK)
        err = journal->engine->put(journal->store, "birth", &journal->birth,
                sizeof(journal->birth));
    if (err == ERR_OK)
        return journal_commit(journal);
    note(journal, err);
    journal_rollback(journal);
    return err;
}

static enum err give_birth(struct journal *journal, uint64_t seed)
{
    struct hash_key from = { seed, ~seed };

    journal->birth = (struct birth){
        .epoch = (uint32_t)hash_sip(from, "epoch", 5),
        .key = { hash_sip(from, "k0", 2), hash_sip(from, "k1", 2) },
    };
    return put_birth(journal);
}

/*
 * Numbers that somebody has seen will be given again: so that nobody takes the
 * new for the old, a new epoch begins. The key stays: keys that were used are
 * known by it. Nothing may be stored before that is.
 */
static enum err begin_epoch(struct journal *journal, uint64_t seed)
{
    struct hash_key from = { seed, journal->birth.epoch };
    uint32_t old = journal->birth.epoch;
    enum err err;

    for (uint32_t n = 0; journal->birth.epoch == old; n++)
        journal->birth.epoch = (uint32_t)hash_sip(from, &n, sizeof(n));
    err = put_birth(journal);
    if (err == ERR_FULL)
        err = put_birth(journal); /* in the reserve */
    log_error("journal: a new epoch begins: every client takes a snapshot");
    count_add(COUNT_LOST, journal->lost);
    return err;
}

static enum err load_birth(struct journal *journal, uint64_t seed)
{
    void *data;
    size_t len;
    enum err err = journal->engine->get(journal->store, "birth", &data, &len);

    if (err != ERR_OK)
        return err;
    if (!data)
        return give_birth(journal, seed);
    if (len == sizeof(journal->birth))
        memcpy(&journal->birth, data, len);
    free(data);
    if (len == sizeof(journal->birth))
        return ERR_OK;
    log_error("journal: not a journal of this version");
    return ERR_IO;
}

enum err journal_open(struct journal **journal, const char *path, uint64_t seed)
{
    struct journal *made = calloc(1, sizeof(*made));
    uint64_t first;
    enum err err;

    if (!made)
        return ERR_NO_MEMORY;
    made->engine = &journal_sqlite;
    made->reserve.fd = -1;
    buf_init(&made->row, ROW_BYTES);
    err = made->engine->open(&made->store, path);
    if (err == ERR_OK)
        err = open_reserve(made, path);
    if (err == ERR_OK)
        err = load_birth(made, seed);
    if (err != ERR_OK)
        goto fail;
    made->engine->range(made->store, &first, &made->last);
    made->committed = made->last;
    made->lost = made->engine->lost(made->store);
    if (made->lost > 0)
        err = begin_epoch(made, seed);
    if (err != ERR_OK)
        goto fail;
    *journal = made;
    return ERR_OK;

fail:
    journal_close(made);
    return err;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    if (journal->store) {
        journal_rollback(journal);
        journal->engine->close(journal->store);
    }
    reserve_close(&journal->reserve);
    buf_finish(&journal->row);
    free(journal);
}

uint32_t journal_epoch(const struct journal *journal)
{
    return journal->birth.epoch;
}

uint64_t journal_lost(const struct journal *journal)
{
    return journal->lost;
}

struct hash_key journal_hash_key(const struct journal *journal)
{
    return journal->birth.key;
}

uint64_t journal_last(const struct journal *journal)
{
    return journal->last;
}

bool journal_is_open(const struct journal *journal)
{
    return journal->is_open;
}

/* --- writing --- */

enum err journal_append(struct journal *journal, struct record *record)
{
    struct row row;
    enum err err = begin(journal);

    if (err != ERR_OK)
        return err;
    record->seq = journal->last + 1;
    if (!encode(&journal->row, record, &row))
        return ERR_TOO_LARGE;
    err = journal->engine->append(journal->store, &row);
    if (err == ERR_OK)
        journal->last = record->seq;
    return note(journal, err);
}

/* An alias as bytes. */
struct alias {
    uint32_t crc; /* as a record's */
    uint32_t unused;
    uint64_t given_hash;
};

enum err journal_alias(struct journal *journal, const char *source,
        const char *key, const struct journal_found *found)
{
    struct alias alias = { .given_hash = found->given_hash };
    struct row row = {
        .seq = found->seq,
        .id = found->id,
        .source = source,
        .key = key,
        .data = &alias,
        .len = sizeof(alias),
    };
    enum err err = begin(journal);

    if (err != ERR_OK)
        return err;
    alias.crc = checksum(&row);
    return note(journal, journal->engine->alias(journal->store, &row));
}

static enum err write_position(
        struct journal *journal, const struct position *position)
{
    char name[32];

    snprintf(name, sizeof(name), "position.%s", position->name);
    return journal->engine->put(
            journal->store, name, &position->seq, sizeof(position->seq));
}

enum err journal_commit(struct journal *journal)
{
    enum err err = ERR_OK;

    if (!journal->is_open)
        return ERR_OK;
    for (int i = 0; i < POSITIONS && err == ERR_OK; i++)
        if (journal->positions[i].changed)
            err = write_position(journal, &journal->positions[i]);
    if (err == ERR_OK)
        err = journal->engine->commit(journal->store);
    note(journal, err);
    if (err == ERR_OK) {
        for (int i = 0; i < POSITIONS; i++)
            journal->positions[i].changed = false;
        journal->is_open = false;
        journal->committed = journal->last;
        count_add(COUNT_COMMITS, 1);
        return ERR_OK;
    }
    count_add(COUNT_COMMIT_FAILED, 1);
    if (err != ERR_IO)
        journal_rollback(journal);
    return err;
}

void journal_rollback(struct journal *journal)
{
    if (!journal->is_open)
        return;
    journal->engine->rollback(journal->store);
    journal->is_open = false;
    journal->last = journal->committed;
    if (journal->is_out)
        lower_space(journal);
}

/* --- reading --- */

struct reading {
    bool (*on_record)(void *context, const struct record *record);
    void *context;
    bool is_bad;
    uint32_t wire; /* read_back: of this event only */
    /* Of what is read in a row: */
    struct journal *journal;
    uint64_t at;      /* the number before, or where it begins */
    uint32_t count;   /* how many there were */
    bool has_stopped; /* on_record wants no more */
};

static bool is_damaged(struct reading *reading, const struct row *row)
{
    reading->is_bad = true;
    count_add(COUNT_BAD_RECORD, 1);
    log_error("journal: record %llu is damaged", (unsigned long long)row->seq);
    return false;
}

static bool on_row(void *context, const struct row *row)
{
    struct reading *reading = context;
    struct record record;

    if (decode(row, &record))
        return reading->on_record(reading->context, &record);
    return is_damaged(reading, row);
}

static bool is_missing(struct reading *reading, uint64_t seq)
{
    reading->is_bad = true;
    count_add(COUNT_BAD_RECORD, 1);
    log_error("journal: record %llu is missing", (unsigned long long)seq);
    return false;
}

/* Only what is older than all that is there may be gone. */
static bool on_next_row(void *context, const struct row *row)
{
    struct reading *reading = context;
    uint64_t next = reading->at + 1;

    if (row->seq != next &&
            (reading->count > 0 || row->seq < next ||
                    row->seq != journal_first(reading->journal)))
        return is_missing(reading, next);
    reading->at = row->seq;
    reading->count++;
    reading->has_stopped = !on_row(reading, row);
    return !reading->has_stopped;
}

enum err journal_read(struct journal *journal, uint64_t after, uint32_t limit,
        bool (*on_record)(void *context, const struct record *record),
        void *context)
{
    struct reading reading = { .on_record = on_record,
        .context = context,
        .journal = journal,
        .at = after };
    enum err err = journal->engine->read(
            journal->store, after, limit, on_next_row, &reading);

    if (err == ERR_OK && !reading.is_bad && !reading.has_stopped &&
            reading.count < limit && reading.at < journal->committed)
        is_missing(&reading, reading.at + 1);
    return reading.is_bad ? ERR_IO : err;
}

/* Checksums cost more than all the rest: others are passed over unread. */
static bool on_row_back(void *context, const struct row *row)
{
    struct reading *reading = context;
    struct head head;

    if (row->seq != reading->at - 1 &&
            (reading->count > 0 ||
                    reading->at - 1 <= reading->journal->committed))
        return is_missing(reading, reading->at - 1);
    reading->at = row->seq;
    reading->count++;
    if (row->len >= sizeof(head)) {
        memcpy(&head, row->data, sizeof(head));
        if (head.wire != reading->wire)
            return true;
    }
    return on_row(context, row);
}

enum err journal_read_back(struct journal *journal, uint64_t upto,
        uint32_t distance, uint32_t wire,
        bool (*on_record)(void *context, const struct record *record),
        void *context)
{
    struct reading reading = { .on_record = on_record,
        .context = context,
        .wire = wire,
        .journal = journal,
        .at = upto + 1 };
    enum err err = journal->engine->read_back(
            journal->store, upto, distance, on_row_back, &reading);

    return reading.is_bad ? ERR_IO : err;
}

static bool on_found(void *context, const struct record *record)
{
    *(struct journal_found *)context = (struct journal_found){
        .id = record->id,
        .seq = record->seq,
        .given_hash = record->given_hash,
    };
    return false;
}

static bool on_alias(void *context, const struct row *row)
{
    struct reading *reading = context;
    struct alias alias;

    if (row->len != sizeof(alias) || !row->source || !row->key)
        return is_damaged(reading, row);
    memcpy(&alias, row->data, sizeof(alias));
    if (alias.crc != checksum(row))
        return is_damaged(reading, row);
    *(struct journal_found *)reading->context = (struct journal_found){
        .id = row->id,
        .seq = row->seq,
        .given_hash = alias.given_hash,
    };
    return false;
}

enum err journal_find(struct journal *journal, const char *source,
        const char *key, struct journal_found *found)
{
    struct reading reading = { .on_record = on_found, .context = found };
    enum err err = journal->engine->find(
            journal->store, source, key, on_row, &reading);

    if (err == ERR_NOT_FOUND)
        err = journal->engine->find_alias(
                journal->store, source, key, on_alias, &reading);
    return reading.is_bad ? ERR_IO : err;
}

bool journal_has_id(struct journal *journal, const struct ulid *id)
{
    return journal->engine->has_id(journal->store, id);
}

bool journal_has_under(
        struct journal *journal, const char *source, const char *start)
{
    return journal->engine->has_under(journal->store, source, start);
}

uint64_t journal_first(struct journal *journal)
{
    uint64_t first, last;

    journal->engine->range(journal->store, &first, &last);
    return first;
}

/* --- snapshots: the seq, then the data, then a checksum over both --- */

enum err journal_save_snapshot(
        struct journal *journal, const void *data, size_t len, uint64_t seq)
{
    struct buf whole;
    uint32_t crc;
    enum err err = begin(journal);

    if (err != ERR_OK)
        return err;
    buf_init(&whole, len + 16);
    buf_put(&whole, &seq, sizeof(seq));
    buf_put(&whole, data, len);
    crc = hash_crc32c(0, whole.data, whole.len);
    buf_put(&whole, &crc, sizeof(crc));
    if (whole.failed)
        err = ERR_NO_MEMORY;
    else
        err = journal->engine->put(
                journal->store, "snapshot", whole.data, whole.len);
    buf_finish(&whole);
    return note(journal, err);
}

static bool is_whole(const char *data, size_t len)
{
    uint32_t crc;

    if (len < sizeof(uint64_t) + sizeof(crc))
        return false;
    memcpy(&crc, data + len - sizeof(crc), sizeof(crc));
    return crc == hash_crc32c(0, data, len - sizeof(crc));
}

enum err journal_load_snapshot(
        struct journal *journal, void **data, size_t *len, uint64_t *seq)
{
    enum err err = journal->engine->get(journal->store, "snapshot", data, len);

    *seq = 0;
    if (err != ERR_OK || !*data)
        return err;
    if (!is_whole(*data, *len)) {
        log_error("journal: the snapshot is damaged");
        free(*data);
        *data = NULL;
        return ERR_IO;
    }
    memcpy(seq, *data, sizeof(*seq));
    *len -= sizeof(*seq) + sizeof(uint32_t);
    memmove(*data, (char *)*data + sizeof(*seq), *len);
    return ERR_OK;
}

/* --- positions --- */

static struct position *find_position(struct journal *journal, const char *name)
{
    for (int i = 0; i < POSITIONS; i++)
        if (strcmp(journal->positions[i].name, name) == 0)
            return &journal->positions[i];
    return NULL;
}

/* The slot of a name, with what is on disk; NULL when all are taken. */
static struct position *load_position(struct journal *journal, const char *name)
{
    struct position *position = find_position(journal, name);
    char stored[32];
    void *data;
    size_t len;

    if (position)
        return position;
    assert(strlen(name) < sizeof(position->name));
    position = find_position(journal, "");
    if (!position)
        return NULL;
    snprintf(position->name, sizeof(position->name), "%s", name);
    snprintf(stored, sizeof(stored), "position.%s", position->name);
    if (journal->engine->get(journal->store, stored, &data, &len) == ERR_OK &&
            data) {
        if (len == sizeof(position->seq))
            memcpy(&position->seq, data, len);
        free(data);
    }
    return position;
}

enum err journal_set_position(
        struct journal *journal, const char *name, uint64_t seq)
{
    struct position *position = load_position(journal, name);

    if (!position)
        return ERR_LIMIT;
    position->changed = position->changed || position->seq != seq;
    position->seq = seq;
    return ERR_OK;
}

uint64_t journal_position(struct journal *journal, const char *name)
{
    struct position *position = load_position(journal, name);

    return position ? position->seq : 0;
}

/* --- what lasts for a while --- */

enum err journal_last_for(
        struct journal *journal, const struct lasting *lasting)
{
    enum err err = begin(journal);

    if (err == ERR_OK)
        err = journal->engine->last(journal->store, lasting);
    return note(journal, err);
}

enum err journal_unlast(struct journal *journal, const char *name)
{
    enum err err = begin(journal);

    if (err == ERR_OK)
        err = journal->engine->unlast(journal->store, name);
    return note(journal, err);
}

enum err journal_each_lasting(struct journal *journal,
        void (*on_each)(void *context, const struct lasting *lasting),
        void *context)
{
    return journal->engine->each_lasting(journal->store, on_each, context);
}

/* --- upkeep --- */

static enum err forget(struct journal *journal, uint64_t keep, uint64_t upto)
{
    uint64_t first = 0, last = 0;
    enum err err = ERR_OK;

    if (keep == 0)
        keep = 1; /* after a restart the last one tells the next number */
    journal->engine->range(journal->store, &first, &last);
    if (last > keep && upto > last - keep)
        upto = last - keep;
    if (last > keep && first > 0 && first <= upto)
        err = journal->engine->forget(journal->store, upto, FORGET_AT_ONCE);
    if (err == ERR_OK)
        err = journal->engine->forget_aliases(
                journal->store, keep, FORGET_AT_ONCE);
    return err;
}

enum err journal_upkeep(
        struct journal *journal, uint64_t keep, uint64_t upto, bool is_idle)
{
    enum err err = ERR_OK;

    if (journal->is_open || journal->space == SPACE_FULL)
        return ERR_OK;
    if (journal->space == SPACE_OK)
        err = forget(journal, keep, upto);
    if (err == ERR_OK)
        err = journal->engine->checkpoint(journal->store, is_idle);
    if (err == ERR_FULL && journal->space == SPACE_OK)
        lower_space(journal);
    return err;
}

uint64_t journal_bytes(const struct journal *journal)
{
    return journal->engine->bytes(journal->store);
}
