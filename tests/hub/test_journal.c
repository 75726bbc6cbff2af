#include "hub/journal.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "tests/support/place.h"

#define SEED 7

/* A journal on disk, as each test gets it: open and empty. */
struct desk {
    struct place place;
    struct journal *journal;
};

static void reopen(struct desk *desk)
{
    journal_close(desk->journal);
    desk->journal = NULL;
    assert_int_equal(journal_open(&desk->journal,
                             place_file(&desk->place, "journal"), SEED),
            ERR_OK);
}

static int begin(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    place_make(&desk->place);
    reopen(desk);
    *state = desk;
    return 0;
}

static int end(void **state)
{
    struct desk *desk = *state;

    journal_close(desk->journal);
    place_remove(&desk->place);
    free(desk);
    return 0;
}

/* Append the event number `n`: id, key and body tell it from others. */
static enum err append(struct journal *journal, uint32_t n)
{
    char key[32], body[32];
    struct record record = {
        .id = ulid_make(1000 + n, 1, n),
        .cause = ulid_make(0, 0, n / 2),
        .wire = 10 + n,
        .ts_ms = 1767225600000 + n,
        .exp_ms = 1767225600000 + 2 * n,
        .source = "till",
        .key = key,
        .rooms = "kitchen\ntable/5\n",
        .given_hash = 0x1234567890abcdef + n,
        .body = body,
    };

    snprintf(key, sizeof(key), "key-%u", n);
    record.body_len = (size_t)snprintf(body, sizeof(body), "body %u", n);
    return journal_append(journal, &record);
}

/* Append first to last and commit. */
static void fill(struct journal *journal, uint32_t first, uint32_t last)
{
    for (uint32_t n = first; n <= last; n++)
        assert_int_equal(append(journal, n), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
}

/* The numbers that were read, until `stop_at`. */
struct heard {
    uint64_t seqs[5000];
    uint32_t count;
    uint64_t stop_at;
};

static bool on_record(void *context, const struct record *record)
{
    struct heard *heard = context;

    assert_true(heard->count < 5000);
    heard->seqs[heard->count++] = record->seq;
    return record->seq != heard->stop_at;
}

/* Read, and expect first to last and nothing else. */
static void expect(struct journal *journal, uint64_t after, uint32_t limit,
        uint64_t first, uint64_t last)
{
    static struct heard heard;

    heard.count = 0;
    heard.stop_at = 0;
    assert_int_equal(
            journal_read(journal, after, limit, on_record, &heard), ERR_OK);
    assert_int_equal(heard.count, last + 1 - first);
    for (uint32_t i = 0; i < heard.count; i++)
        assert_int_equal(heard.seqs[i], first + i);
}

static void expect_nothing(struct journal *journal)
{
    expect(journal, 0, UINT32_MAX, 1, 0);
}

/* Change the file behind the journal's back; what is open is closed first. */
static void tamper(struct desk *desk, const char *statement)
{
    sqlite3 *db;

    journal_close(desk->journal);
    desk->journal = NULL;
    assert_int_equal(
            sqlite3_open(place_file(&desk->place, "journal"), &db), SQLITE_OK);
    if (sqlite3_exec(db, statement, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", statement, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_close(db);
    reopen(desk);
}

/* --- numbers, transactions --- */

static void a_new_journal_is_empty_and_knows_its_epoch(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal, *other;

    assert_int_equal(journal_last(journal), 0);
    assert_int_equal(journal_first(journal), 0);
    assert_false(journal_is_open(journal));
    assert_true(journal_bytes(journal) > 0);
    expect_nothing(journal);

    assert_int_equal(journal_open(&other, ":memory:", SEED + 1), ERR_OK);
    assert_int_not_equal(journal_epoch(journal), journal_epoch(other));
    assert_true(journal_hash_key(journal).k0 != journal_hash_key(other).k0);
    assert_true(journal_hash_key(journal).k0 != journal_hash_key(journal).k1);
    journal_close(other);
    journal_close(NULL);
}

static void numbers_go_up_by_one_from_one(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct record record = { .source = "", .key = "", .rooms = "" };

    for (uint32_t n = 1; n <= 20; n++) {
        record.id = ulid_make(0, 0, n);
        assert_int_equal(journal_append(journal, &record), ERR_OK);
        assert_int_equal(record.seq, n);
        assert_int_equal(journal_last(journal), n);
        assert_true(journal_is_open(journal));
        if (n % 3 == 0) {
            assert_int_equal(journal_commit(journal), ERR_OK);
            assert_false(journal_is_open(journal));
        }
    }
    assert_int_equal(journal_commit(journal), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
    assert_int_equal(journal_first(journal), 1);
    expect(journal, 0, UINT32_MAX, 1, 20);
}

static bool on_second(void *context, const struct record *record)
{
    struct ulid id = ulid_make(1002, 1, 2), cause = ulid_make(0, 0, 1);

    assert_int_equal(record->seq, 2);
    assert_memory_equal(&record->id, &id, sizeof(id));
    assert_memory_equal(&record->cause, &cause, sizeof(cause));
    assert_int_equal(record->wire, 12);
    assert_true(record->ts_ms == 1767225600002);
    assert_true(record->exp_ms == 1767225600004);
    assert_string_equal(record->source, "till");
    assert_string_equal(record->key, "key-2");
    assert_string_equal(record->rooms, "kitchen\ntable/5\n");
    assert_true(record->given_hash == 0x1234567890abcdef + 2);
    assert_int_equal(record->body_len, 6);
    assert_memory_equal(record->body, "body 2", 6);
    *(bool *)context = true;
    return false;
}

static void a_record_comes_back_as_it_was_given(void **state)
{
    struct desk *desk = *state;
    bool seen = false;

    fill(desk->journal, 1, 3);
    assert_int_equal(
            journal_read(desk->journal, 1, 10, on_second, &seen), ERR_OK);
    assert_true(seen);
    seen = false;
    reopen(desk);
    assert_int_equal(
            journal_read(desk->journal, 1, 10, on_second, &seen), ERR_OK);
    assert_true(seen);
}

static bool on_largest(void *context, const struct record *record)
{
    *(size_t *)context = record->body_len;
    assert_int_equal(strlen(record->rooms), 300);
    return true;
}

static void the_largest_body_fits_and_what_is_too_large_leaves_no_trace(
        void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    char *body = calloc(1, EVT_BODY_BYTES + 2000), rooms[301];
    struct record record = { .source = "", .key = "", .rooms = rooms };
    size_t seen = 0;

    assert_non_null(body);
    memset(rooms, 'r', sizeof(rooms) - 1);
    rooms[300] = '\0';
    record.body = body;
    record.body_len = EVT_BODY_BYTES + 2000;
    assert_int_equal(journal_append(journal, &record), ERR_TOO_LARGE);
    assert_int_equal(journal_last(journal), 0);
    record.body_len = EVT_BODY_BYTES;
    assert_int_equal(journal_append(journal, &record), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
    assert_int_equal(journal_read(journal, 0, 5, on_largest, &seen), ERR_OK);
    assert_int_equal(seen, EVT_BODY_BYTES);
    free(body);
}

static void rolled_back_it_is_as_if_nothing_had_been_appended(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct ulid id = ulid_make(1003, 1, 3);

    fill(journal, 1, 2);
    journal_rollback(journal);
    assert_int_equal(append(journal, 3), ERR_OK);
    assert_int_equal(append(journal, 4), ERR_OK);
    assert_true(journal_has_id(journal, &id));
    journal_rollback(journal);
    assert_false(journal_is_open(journal));
    assert_false(journal_has_id(journal, &id));
    assert_int_equal(journal_last(journal), 2);
    expect(journal, 0, UINT32_MAX, 1, 2);
    fill(journal, 3, 3);
    expect(journal, 0, UINT32_MAX, 1, 3);
}

static void closed_without_a_commit_nothing_was_kept(void **state)
{
    struct desk *desk = *state;

    fill(desk->journal, 1, 2);
    assert_int_equal(append(desk->journal, 3), ERR_OK);
    reopen(desk);
    assert_int_equal(journal_last(desk->journal), 2);
    expect(desk->journal, 0, UINT32_MAX, 1, 2);
}

static void opened_again_it_is_the_same_journal(void **state)
{
    struct desk *desk = *state;
    uint32_t epoch = journal_epoch(desk->journal);
    struct hash_key key = journal_hash_key(desk->journal), again;

    fill(desk->journal, 1, 5);
    journal_close(desk->journal);
    /* Another seed makes no other journal. */
    assert_int_equal(journal_open(&desk->journal,
                             place_file(&desk->place, "journal"), SEED + 1),
            ERR_OK);
    again = journal_hash_key(desk->journal);
    assert_int_equal(journal_epoch(desk->journal), epoch);
    assert_memory_equal(&key, &again, sizeof(key));
    assert_int_equal(journal_last(desk->journal), 5);
    fill(desk->journal, 6, 6);
    expect(desk->journal, 0, UINT32_MAX, 1, 6);
}

/* --- ids and keys --- */

static void an_event_is_found_by_source_and_key(void **state)
{
    struct desk *desk = *state;
    struct ulid id = ulid_make(1002, 1, 2);
    struct journal_found found = { 0 };

    fill(desk->journal, 1, 3);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(
                journal_find(desk->journal, "till", "key-2", &found), ERR_OK);
        assert_int_equal(found.seq, 2);
        assert_true(found.given_hash == 0x1234567890abcdef + 2);
        assert_memory_equal(&found.id, &id, sizeof(id));
        assert_int_equal(journal_find(desk->journal, "tills", "key-2", &found),
                ERR_NOT_FOUND);
        assert_int_equal(journal_find(desk->journal, "till", "key-4", &found),
                ERR_NOT_FOUND);
        assert_int_equal(
                journal_find(desk->journal, "till", "", &found), ERR_NOT_FOUND);
        reopen(desk);
    }
}

static void an_event_is_found_before_its_commit(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct journal_found found;

    assert_int_equal(append(journal, 1), ERR_OK);
    assert_int_equal(journal_find(journal, "till", "key-1", &found), ERR_OK);
    assert_int_equal(found.seq, 1);
}

static void the_same_key_twice_is_a_conflict_and_takes_no_number(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct record record = {
        .id = ulid_make(1, 1, 1), .source = "till", .key = "key-1", .rooms = ""
    };

    assert_int_equal(append(journal, 1), ERR_OK);
    assert_int_equal(journal_append(journal, &record), ERR_CONFLICT);
    assert_int_equal(journal_last(journal), 1);
    assert_true(journal_is_open(journal));
    /* Of another source it is another key. */
    record.source = "web";
    assert_int_equal(journal_append(journal, &record), ERR_OK);
    assert_int_equal(record.seq, 2);
    assert_int_equal(append(journal, 3), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
    expect(journal, 0, UINT32_MAX, 1, 3);
}

static void events_without_a_key_never_collide(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct record record = { .source = "hub", .key = "", .rooms = "" };
    struct journal_found found;

    for (uint32_t n = 1; n <= 3; n++) {
        record.id = ulid_make(0, 0, n);
        assert_int_equal(journal_append(journal, &record), ERR_OK);
    }
    assert_int_equal(journal_commit(journal), ERR_OK);
    assert_int_equal(journal_find(journal, "hub", "", &found), ERR_NOT_FOUND);
    expect(journal, 0, UINT32_MAX, 1, 3);
}

static void a_key_is_found_by_how_it_begins(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct record none = {
        .id = ulid_make(1, 1, 1), .source = "till", .key = "", .rooms = ""
    };

    assert_int_equal(journal_append(journal, &none), ERR_OK);
    assert_false(journal_has_under(journal, "till", ""));
    assert_false(journal_has_under(journal, "till", "key-"));
    fill(journal, 12, 12); /* key-12 */
    assert_true(journal_has_under(journal, "till", "key-"));
    assert_true(journal_has_under(journal, "till", "key-1"));
    assert_true(journal_has_under(journal, "till", "key-12"));
    assert_false(journal_has_under(journal, "till", "key-11"));
    assert_false(journal_has_under(journal, "till", "key-2"));
    assert_false(journal_has_under(journal, "till", "key-120"));
    assert_false(journal_has_under(journal, "web", "key-"));
}

static void an_id_is_given_once(void **state)
{
    struct desk *desk = *state;
    struct record record = {
        .id = ulid_make(1002, 1, 2), .source = "web", .key = "", .rooms = ""
    };
    struct ulid other = ulid_make(1004, 1, 4);

    fill(desk->journal, 1, 3);
    assert_true(journal_has_id(desk->journal, &record.id));
    assert_false(journal_has_id(desk->journal, &other));
    assert_int_equal(journal_append(desk->journal, &record), ERR_CONFLICT);
    reopen(desk);
    assert_true(journal_has_id(desk->journal, &record.id));
    assert_int_equal(journal_append(desk->journal, &record), ERR_CONFLICT);
    assert_int_equal(journal_last(desk->journal), 3);
}

/* --- reading --- */

static void reading_starts_after_a_number_and_ends_at_a_limit(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    static struct heard heard;

    fill(journal, 1, 10);
    expect(journal, 0, 3, 1, 3);
    expect(journal, 4, 3, 5, 7);
    expect(journal, 8, UINT32_MAX, 9, 10);
    expect(journal, 10, UINT32_MAX, 1, 0);
    expect(journal, 999, UINT32_MAX, 1, 0);
    expect(journal, 0, 0, 1, 0);

    heard = (struct heard){ .stop_at = 4 };
    assert_int_equal(
            journal_read(journal, 1, UINT32_MAX, on_record, &heard), ERR_OK);
    assert_int_equal(heard.count, 3);
    /* And it may be read again from the beginning. */
    expect(journal, 0, UINT32_MAX, 1, 10);
}

/* --- damage --- */

/* Records before number 3 are read, that one is not, none after it. */
static void expect_three_is_damaged(struct journal *journal)
{
    static struct heard heard;
    uint64_t bad = count_of(COUNT_BAD_RECORD);

    heard = (struct heard){ 0 };
    assert_int_equal(
            journal_read(journal, 0, UINT32_MAX, on_record, &heard), ERR_IO);
    assert_int_equal(heard.count, 2);
    assert_int_equal(count_of(COUNT_BAD_RECORD), bad + 1);
}

/*
 * Flip a bit of the byte `at` in the value that `select` gives and `update`
 * writes. False: the value is no longer than that.
 */
static bool flip(struct desk *desk, const char *select, const char *update,
        size_t at, int bit)
{
    uint8_t bytes[512];
    sqlite3_stmt *statement;
    sqlite3 *db;
    size_t len;

    journal_close(desk->journal);
    desk->journal = NULL;
    sqlite3_open(place_file(&desk->place, "journal"), &db);
    sqlite3_prepare_v2(db, select, -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    len = (size_t)sqlite3_column_bytes(statement, 0);
    assert_in_range(len, 1, sizeof(bytes));
    memcpy(bytes, sqlite3_column_blob(statement, 0), len);
    sqlite3_finalize(statement);
    if (at < len) {
        bytes[at] ^= (uint8_t)(1 << bit);
        sqlite3_prepare_v2(db, update, -1, &statement, NULL);
        sqlite3_bind_blob(statement, 1, bytes, (int)len, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
        assert_int_equal(sqlite3_changes(db), 1);
    }
    sqlite3_close(db);
    reopen(desk);
    return at < len;
}

static bool flip_record(struct desk *desk, size_t at, int bit)
{
    return flip(desk, "SELECT data FROM record WHERE seq = 3",
            "UPDATE record SET data = ?1 WHERE seq = 3", at, bit);
}

static void a_flipped_bit_anywhere_in_a_record_is_noticed(void **state)
{
    struct desk *desk = *state;
    struct journal_found found;
    size_t at = 0;

    fill(desk->journal, 1, 5);
    for (; flip_record(desk, at, (int)at % 8); at++) {
        expect_three_is_damaged(desk->journal);
        assert_int_equal(
                journal_find(desk->journal, "till", "key-3", &found), ERR_IO);
        assert_int_equal(
                journal_find(desk->journal, "till", "key-4", &found), ERR_OK);
        flip_record(desk, at, (int)at % 8);
        expect(desk->journal, 0, UINT32_MAX, 1, 5);
    }
    assert_true(at > 70); /* each byte had its turn */
}

/* A hole is told from what is forgotten, and from the end. */
static void a_record_that_is_missing_is_noticed(void **state)
{
    struct desk *desk = *state;
    static struct heard heard;

    fill(desk->journal, 1, 6);
    tamper(desk, "DELETE FROM record WHERE seq = 3");
    expect_three_is_damaged(desk->journal); /* in the middle of what is read */
    heard = (struct heard){ 0 };
    assert_int_equal(journal_read(desk->journal, 2, 10, on_record, &heard),
            ERR_IO); /* at its beginning */
    assert_int_equal(heard.count, 0);
    assert_int_equal(
            journal_read_back(desk->journal, 6, 6, 16, on_record, &heard),
            ERR_IO);
    assert_int_equal(heard.count, 1); /* number 6, and the way down was whole */
    expect(desk->journal, 0, 2, 1, 2); /* whoever does not come so far */
    expect(desk->journal, 3, 10, 4, 6);

    tamper(desk, "DELETE FROM record WHERE seq = 1");
    tamper(desk, "DELETE FROM record WHERE seq = 2");
    expect(desk->journal, 0, 10, 4, 6); /* as if forgotten: it is the oldest */
    expect(desk->journal, 2, 10, 4, 6);
}

static void a_record_under_another_number_id_source_or_key_is_noticed(
        void **state)
{
    static const char *const changes[][2] = {
        { "UPDATE record SET id = zeroblob(16) WHERE seq = 3",
                "UPDATE record SET id = x'0000000003eb00010000000000000003'"
                " WHERE seq = 3" },
        { "UPDATE record SET id = x'00' WHERE seq = 3",
                "UPDATE record SET id = x'0000000003eb00010000000000000003'"
                " WHERE seq = 3" },
        { "UPDATE record SET source = 'bill' WHERE seq = 3",
                "UPDATE record SET source = 'till' WHERE seq = 3" },
        { "UPDATE record SET source = 'tillk', key = 'ey-3' WHERE seq = 3",
                "UPDATE record SET source = 'till', key = 'key-3'"
                " WHERE seq = 3" },
        { "UPDATE record SET key = '' WHERE seq = 3",
                "UPDATE record SET key = 'key-3' WHERE seq = 3" },
    };
    struct desk *desk = *state;

    fill(desk->journal, 1, 5);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        tamper(desk, changes[i][0]);
        expect_three_is_damaged(desk->journal);
        tamper(desk, changes[i][1]);
        expect(desk->journal, 0, UINT32_MAX, 1, 5);
    }
    tamper(desk, "DELETE FROM record WHERE seq > 4");
    tamper(desk, "DELETE FROM record WHERE seq = 4");
    tamper(desk, "UPDATE record SET seq = 103 WHERE seq = 3");
    expect_three_is_damaged(desk->journal);
}

static void a_record_cut_short_is_noticed(void **state)
{
    struct desk *desk = *state;

    fill(desk->journal, 1, 5);
    tamper(desk, "UPDATE record SET data = substr(data, 1, length(data) - 1)"
                 " WHERE seq = 3");
    expect_three_is_damaged(desk->journal);
    tamper(desk, "UPDATE record SET data = substr(data, 1, 3) WHERE seq = 3");
    expect_three_is_damaged(desk->journal);
    tamper(desk, "UPDATE record SET data = x'' WHERE seq = 3");
    expect_three_is_damaged(desk->journal);
}

/* --- snapshots --- */

static void expect_snapshot(
        struct journal *journal, const char *text, uint64_t as_of)
{
    void *data;
    size_t len;
    uint64_t seq;

    assert_int_equal(journal_load_snapshot(journal, &data, &len, &seq), ERR_OK);
    assert_int_equal(seq, as_of);
    assert_int_equal(len, text ? strlen(text) : 0);
    if (!text)
        assert_null(data);
    else if (len > 0)
        assert_memory_equal(data, text, len);
    free(data);
}

static void the_newest_snapshot_is_kept(void **state)
{
    struct desk *desk = *state;

    expect_snapshot(desk->journal, NULL, 0);
    fill(desk->journal, 1, 9);
    assert_int_equal(
            journal_save_snapshot(desk->journal, "five", 4, 5), ERR_OK);
    assert_int_equal(journal_commit(desk->journal), ERR_OK);
    assert_int_equal(
            journal_save_snapshot(desk->journal, "nine", 4, 9), ERR_OK);
    assert_int_equal(journal_commit(desk->journal), ERR_OK);
    expect_snapshot(desk->journal, "nine", 9);
    reopen(desk);
    expect_snapshot(desk->journal, "nine", 9);
    expect(desk->journal, 0, UINT32_MAX, 1, 9);
}

static void an_empty_snapshot_is_one_too(void **state)
{
    struct desk *desk = *state;
    void *data;
    size_t len;
    uint64_t seq;

    assert_int_equal(journal_save_snapshot(desk->journal, "", 0, 3), ERR_OK);
    assert_int_equal(journal_commit(desk->journal), ERR_OK);
    assert_int_equal(
            journal_load_snapshot(desk->journal, &data, &len, &seq), ERR_OK);
    assert_non_null(data);
    assert_int_equal(len, 0);
    assert_int_equal(seq, 3);
    free(data);
}

static void a_snapshot_shares_the_fate_of_its_transaction(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(append(desk->journal, 1), ERR_OK);
    assert_int_equal(journal_save_snapshot(desk->journal, "one", 3, 1), ERR_OK);
    journal_rollback(desk->journal);
    expect_snapshot(desk->journal, NULL, 0);
    assert_int_equal(journal_save_snapshot(desk->journal, "one", 3, 1), ERR_OK);
    reopen(desk);
    expect_snapshot(desk->journal, NULL, 0);
}

static void a_damaged_snapshot_is_not_handed_over(void **state)
{
    static const char *const select =
            "SELECT value FROM kept WHERE name = 'snapshot'";
    static const char *const update =
            "UPDATE kept SET value = ?1 WHERE name = 'snapshot'";
    struct desk *desk = *state;
    void *data;
    size_t len, at = 0;
    uint64_t seq;

    assert_int_equal(
            journal_save_snapshot(desk->journal, "soup", 4, 5), ERR_OK);
    assert_int_equal(journal_commit(desk->journal), ERR_OK);
    for (; flip(desk, select, update, at, 3); at++) {
        assert_int_equal(
                journal_load_snapshot(desk->journal, &data, &len, &seq),
                ERR_IO);
        assert_null(data);
        flip(desk, select, update, at, 3);
        expect_snapshot(desk->journal, "soup", 5);
    }
    assert_int_equal(at, 8 + 4 + 4);
    tamper(desk, "UPDATE kept SET value = x'00' WHERE name = 'snapshot'");
    assert_int_equal(
            journal_load_snapshot(desk->journal, &data, &len, &seq), ERR_IO);
}

/* --- positions --- */

static void a_position_is_kept_with_the_next_commit(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(journal_position(desk->journal, "mqtt"), 0);
    assert_int_equal(journal_set_position(desk->journal, "mqtt", 5), ERR_OK);
    assert_int_equal(journal_position(desk->journal, "mqtt"), 5);
    fill(desk->journal, 1, 1);
    assert_int_equal(journal_set_position(desk->journal, "web", 6), ERR_OK);
    reopen(desk);
    assert_int_equal(journal_position(desk->journal, "mqtt"), 5);
    assert_int_equal(journal_position(desk->journal, "web"), 0);
    assert_int_equal(journal_set_position(desk->journal, "mqtt", 7), ERR_OK);
    fill(desk->journal, 2, 2);
    reopen(desk);
    assert_int_equal(journal_position(desk->journal, "mqtt"), 7);
}

static void a_position_survives_a_rollback(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(append(desk->journal, 1), ERR_OK);
    assert_int_equal(journal_set_position(desk->journal, "mqtt", 5), ERR_OK);
    journal_rollback(desk->journal);
    fill(desk->journal, 1, 1);
    reopen(desk);
    assert_int_equal(journal_position(desk->journal, "mqtt"), 5);
}

static void there_are_eight_positions_and_no_more(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    char name[8];

    for (uint64_t i = 1; i <= 8; i++) {
        snprintf(name, sizeof(name), "p%d", (int)i);
        assert_int_equal(journal_set_position(journal, name, i), ERR_OK);
    }
    assert_int_equal(journal_set_position(journal, "p9", 9), ERR_LIMIT);
    assert_int_equal(journal_position(journal, "p9"), 0);
    assert_int_equal(journal_position(journal, "p1"), 1);
    assert_int_equal(journal_position(journal, "p8"), 8);
}

/* --- aliases --- */

/* Let the key stand for the event number `n` as well. */
static enum err add_alias(struct journal *journal, const char *source,
        const char *key, uint32_t n)
{
    struct journal_found found = { ulid_make(1000 + n, 1, n), n, 77 + n };

    return journal_alias(journal, source, key, &found);
}

static void expect_alias(struct journal *journal, const char *key, uint32_t n)
{
    struct ulid id = ulid_make(1000 + n, 1, n);
    struct journal_found found = { 0 };

    assert_int_equal(journal_find(journal, "bar", key, &found), ERR_OK);
    assert_int_equal(found.seq, n);
    assert_true(found.given_hash == 77 + n);
    assert_memory_equal(&found.id, &id, sizeof(id));
}

static void expect_no_alias(struct journal *journal, const char *key)
{
    struct journal_found found;

    assert_int_equal(journal_find(journal, "bar", key, &found), ERR_NOT_FOUND);
}

static void an_alias_stands_for_an_event_and_takes_no_number(void **state)
{
    struct desk *desk = *state;

    fill(desk->journal, 1, 3);
    assert_int_equal(add_alias(desk->journal, "bar", "again", 2), ERR_OK);
    assert_true(journal_is_open(desk->journal));
    expect_alias(desk->journal, "again", 2); /* before its commit */
    assert_int_equal(journal_commit(desk->journal), ERR_OK);
    assert_int_equal(journal_last(desk->journal), 3);
    expect_no_alias(desk->journal, "key-2");
    reopen(desk);
    expect_alias(desk->journal, "again", 2);
    expect(desk->journal, 0, UINT32_MAX, 1, 3);
    assert_int_equal(add_alias(desk->journal, "bar", "again", 3), ERR_CONFLICT);
}

static void an_alias_shares_the_fate_of_its_transaction(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;

    fill(journal, 1, 2);
    assert_int_equal(append(journal, 3), ERR_OK);
    assert_int_equal(add_alias(journal, "bar", "again", 3), ERR_OK);
    journal_rollback(journal);
    expect_no_alias(journal, "again");
}

static void an_alias_is_kept_as_long_as_its_event(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;

    fill(journal, 1, 10);
    assert_int_equal(add_alias(journal, "bar", "six", 6), ERR_OK);
    assert_int_equal(add_alias(journal, "bar", "seven", 7), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
    assert_int_equal(journal_upkeep(journal, 5, 10, false), ERR_OK);
    assert_int_equal(journal_first(journal), 6);
    expect_alias(journal, "six", 6);
    assert_int_equal(journal_upkeep(journal, 4, 10, false), ERR_OK);
    assert_int_equal(journal_first(journal), 7);
    expect_no_alias(journal, "six");
    expect_alias(journal, "seven", 7);
}

static void there_are_no_more_aliases_than_events_are_kept(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    char key[16];

    fill(journal, 1, 1);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof(key), "again-%d", i);
        assert_int_equal(add_alias(journal, "bar", key, 1), ERR_OK);
    }
    assert_int_equal(journal_commit(journal), ERR_OK);
    assert_int_equal(journal_upkeep(journal, UINT64_MAX, 1, false), ERR_OK);
    expect_alias(journal, "again-0", 1);
    assert_int_equal(journal_upkeep(journal, 4, 1, false), ERR_OK);
    expect_no_alias(journal, "again-5");
    expect_alias(journal, "again-6", 1);
    expect_alias(journal, "again-9", 1);
}

static void a_damaged_alias_is_noticed(void **state)
{
    static const char *const damages[] = {
        "UPDATE alias SET seq = 1",
        "UPDATE alias SET data = substr(data, 1, 15)",
        "UPDATE alias SET data = substr(data, 1, 15) || x'ff'",
    };
    struct desk *desk = *state;
    struct journal_found found;
    char key[16];

    fill(desk->journal, 1, 2);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        uint64_t bad = count_of(COUNT_BAD_RECORD);

        snprintf(key, sizeof(key), "again-%zu", i);
        assert_int_equal(add_alias(desk->journal, "bar", key, 2), ERR_OK);
        assert_int_equal(journal_commit(desk->journal), ERR_OK);
        expect_alias(desk->journal, key, 2);
        tamper(desk, damages[i]);
        assert_int_equal(
                journal_find(desk->journal, "bar", key, &found), ERR_IO);
        assert_int_equal(count_of(COUNT_BAD_RECORD), bad + 1);
        tamper(desk, "DELETE FROM alias");
    }
}

/* --- reading back --- */

/* append() gives each number an event of its own: 10 + n. */
static void reading_back_finds_one_event_within_a_distance(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    struct record other = { .wire = 15, .source = "", .key = "", .rooms = "" };
    static struct heard heard;

    fill(journal, 1, 10); /* number 5 is of event 15 */
    for (uint32_t n = 1; n <= 3; n++) {
        other.id = ulid_make(0, 0, n);
        assert_int_equal(journal_append(journal, &other), ERR_OK);
    }
    assert_int_equal(journal_commit(journal), ERR_OK);

    heard = (struct heard){ 0 };
    assert_int_equal(
            journal_read_back(journal, 12, 100, 15, on_record, &heard), ERR_OK);
    assert_int_equal(heard.count, 3);
    assert_int_equal(heard.seqs[0], 12);
    assert_int_equal(heard.seqs[1], 11);
    assert_int_equal(heard.seqs[2], 5);

    heard = (struct heard){ 0 };
    assert_int_equal(
            journal_read_back(journal, 12, 7, 15, on_record, &heard), ERR_OK);
    assert_int_equal(heard.count, 2);

    heard = (struct heard){ .stop_at = 12 };
    assert_int_equal(
            journal_read_back(journal, 12, 8, 15, on_record, &heard), ERR_OK);
    assert_int_equal(heard.count, 1);
}

static void reading_back_notices_what_is_damaged(void **state)
{
    struct desk *desk = *state;
    static struct heard heard;

    fill(desk->journal, 1, 5);
    tamper(desk, "UPDATE record SET source = 'x' WHERE seq = 3");
    heard = (struct heard){ 0 };
    assert_int_equal(
            journal_read_back(desk->journal, 5, 5, 12, on_record, &heard),
            ERR_OK);
    assert_int_equal(heard.count, 1);
    assert_int_equal(
            journal_read_back(desk->journal, 5, 5, 13, on_record, &heard),
            ERR_IO);
    assert_int_equal(heard.count, 1);
}

/* --- upkeep --- */

static void upkeep_forgets_the_oldest_and_keeps_as_many_as_it_is_told(
        void **state)
{
    struct desk *desk = *state;
    struct ulid id = ulid_make(1006, 1, 6);
    struct journal_found found;

    fill(desk->journal, 1, 10);
    assert_int_equal(journal_upkeep(desk->journal, 10, 10, true), ERR_OK);
    assert_int_equal(journal_first(desk->journal), 1);
    assert_int_equal(journal_upkeep(desk->journal, 4, 10, false), ERR_OK);
    assert_int_equal(journal_first(desk->journal), 7);
    expect(desk->journal, 0, UINT32_MAX, 7, 10);
    assert_int_equal(journal_find(desk->journal, "till", "key-6", &found),
            ERR_NOT_FOUND);
    assert_false(journal_has_id(desk->journal, &id));
    reopen(desk);
    expect(desk->journal, 0, UINT32_MAX, 7, 10);
    assert_int_equal(journal_last(desk->journal), 10);
}

static void upkeep_keeps_what_the_snapshot_does_not_hold(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;

    fill(journal, 1, 10);
    assert_int_equal(journal_upkeep(journal, 4, 0, true), ERR_OK);
    assert_int_equal(journal_first(journal), 1);
    assert_int_equal(journal_upkeep(journal, 4, 3, true), ERR_OK);
    assert_int_equal(journal_first(journal), 4);
}

static void upkeep_leaves_an_open_transaction_alone(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;

    fill(journal, 1, 5);
    assert_int_equal(append(journal, 6), ERR_OK);
    assert_int_equal(journal_upkeep(journal, 1, 5, true), ERR_OK);
    assert_int_equal(journal_first(journal), 1);
    assert_true(journal_is_open(journal));
    assert_int_equal(journal_commit(journal), ERR_OK);
    expect(journal, 0, UINT32_MAX, 1, 6);
}

static void upkeep_forgets_a_part_at_a_time(void **state)
{
    struct journal *journal = ((struct desk *)*state)->journal;
    uint64_t first = 1;
    int rounds = 0;

    fill(journal, 1, 4500);
    while (first < 4491 && rounds++ < 10) {
        assert_int_equal(journal_upkeep(journal, 10, 4500, true), ERR_OK);
        assert_true(journal_first(journal) > first);
        assert_true(journal_first(journal) <= first + 2000);
        first = journal_first(journal);
    }
    assert_int_equal(rounds, 3);
    expect(journal, 0, UINT32_MAX, 4491, 4500);
}

static void no_number_is_used_twice_even_if_nothing_is_to_be_kept(void **state)
{
    struct desk *desk = *state;

    fill(desk->journal, 1, 5);
    assert_int_equal(journal_upkeep(desk->journal, 0, 5, true), ERR_OK);
    reopen(desk);
    assert_int_equal(journal_last(desk->journal), 5);
    fill(desk->journal, 6, 6);
    assert_int_equal(journal_last(desk->journal), 6);
}

/* --- opening --- */

static void a_second_opener_is_told_that_the_journal_is_in_use(void **state)
{
    struct desk *desk = *state;
    struct journal *second = NULL;

    fill(desk->journal, 1, 1);
    assert_int_equal(
            journal_open(&second, place_file(&desk->place, "journal"), SEED),
            ERR_RUNNING);
    assert_null(second);
    fill(desk->journal, 2, 2);
    reopen(desk);
    expect(desk->journal, 0, UINT32_MAX, 1, 2);
}

static void what_is_no_journal_is_not_opened(void **state)
{
    struct desk *desk = *state;
    struct journal *other = NULL;
    FILE *file = fopen(place_file(&desk->place, "text"), "w");

    assert_non_null(file);
    for (int i = 0; i < 200; i++)
        fputs("This is a shopping list, and no database.\n", file);
    fclose(file);
    assert_int_equal(
            journal_open(&other, place_file(&desk->place, "text"), SEED),
            ERR_IO);
    assert_int_equal(journal_open(&other, desk->place.folder, SEED), ERR_IO);
    assert_int_equal(
            journal_open(&other, place_file(&desk->place, "no/such"), SEED),
            ERR_IO);
    assert_null(other);
}

static void a_journal_of_another_version_is_not_opened(void **state)
{
    struct desk *desk = *state;
    struct journal *other = NULL;
    sqlite3 *db;

    journal_close(desk->journal);
    desk->journal = NULL;
    sqlite3_open(place_file(&desk->place, "journal"), &db);
    assert_int_equal(sqlite3_exec(db,
                             "UPDATE kept SET value = x'01' WHERE name ="
                             " 'birth'",
                             NULL, NULL, NULL),
            SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(
            journal_open(&other, place_file(&desk->place, "journal"), SEED),
            ERR_IO);
    assert_null(other);
}

static void in_memory_it_works_as_on_disk_but_is_gone_when_closed(void **unused)
{
    struct journal *journal;

    (void)unused;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(journal_open(&journal, ":memory:", SEED), ERR_OK);
        expect_nothing(journal);
        fill(journal, 1, 5);
        assert_int_equal(append(journal, 6), ERR_OK);
        journal_rollback(journal);
        assert_int_equal(journal_upkeep(journal, 3, 5, true), ERR_OK);
        expect(journal, 0, UINT32_MAX, 3, 5);
        assert_int_equal(journal_bytes(journal), 0);
        journal_close(journal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_new_journal_is_empty_and_knows_its_epoch, begin, end),
        cmocka_unit_test_setup_teardown(
                numbers_go_up_by_one_from_one, begin, end),
        cmocka_unit_test_setup_teardown(
                a_record_comes_back_as_it_was_given, begin, end),
        cmocka_unit_test_setup_teardown(
                the_largest_body_fits_and_what_is_too_large_leaves_no_trace,
                begin, end),
        cmocka_unit_test_setup_teardown(
                rolled_back_it_is_as_if_nothing_had_been_appended, begin, end),
        cmocka_unit_test_setup_teardown(
                closed_without_a_commit_nothing_was_kept, begin, end),
        cmocka_unit_test_setup_teardown(
                opened_again_it_is_the_same_journal, begin, end),
        cmocka_unit_test_setup_teardown(
                an_event_is_found_by_source_and_key, begin, end),
        cmocka_unit_test_setup_teardown(
                an_event_is_found_before_its_commit, begin, end),
        cmocka_unit_test_setup_teardown(
                the_same_key_twice_is_a_conflict_and_takes_no_number, begin,
                end),
        cmocka_unit_test_setup_teardown(
                events_without_a_key_never_collide, begin, end),
        cmocka_unit_test_setup_teardown(
                a_key_is_found_by_how_it_begins, begin, end),
        cmocka_unit_test_setup_teardown(an_id_is_given_once, begin, end),
        cmocka_unit_test_setup_teardown(
                reading_starts_after_a_number_and_ends_at_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(
                a_flipped_bit_anywhere_in_a_record_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(
                a_record_that_is_missing_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(
                a_record_under_another_number_id_source_or_key_is_noticed,
                begin, end),
        cmocka_unit_test_setup_teardown(
                a_record_cut_short_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(
                the_newest_snapshot_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(
                an_empty_snapshot_is_one_too, begin, end),
        cmocka_unit_test_setup_teardown(
                a_snapshot_shares_the_fate_of_its_transaction, begin, end),
        cmocka_unit_test_setup_teardown(
                a_damaged_snapshot_is_not_handed_over, begin, end),
        cmocka_unit_test_setup_teardown(
                a_position_is_kept_with_the_next_commit, begin, end),
        cmocka_unit_test_setup_teardown(
                a_position_survives_a_rollback, begin, end),
        cmocka_unit_test_setup_teardown(
                there_are_eight_positions_and_no_more, begin, end),
        cmocka_unit_test_setup_teardown(
                upkeep_forgets_the_oldest_and_keeps_as_many_as_it_is_told,
                begin, end),
        cmocka_unit_test_setup_teardown(
                an_alias_stands_for_an_event_and_takes_no_number, begin, end),
        cmocka_unit_test_setup_teardown(
                an_alias_shares_the_fate_of_its_transaction, begin, end),
        cmocka_unit_test_setup_teardown(
                an_alias_is_kept_as_long_as_its_event, begin, end),
        cmocka_unit_test_setup_teardown(
                there_are_no_more_aliases_than_events_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_alias_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(
                reading_back_finds_one_event_within_a_distance, begin, end),
        cmocka_unit_test_setup_teardown(
                reading_back_notices_what_is_damaged, begin, end),
        cmocka_unit_test_setup_teardown(
                upkeep_keeps_what_the_snapshot_does_not_hold, begin, end),
        cmocka_unit_test_setup_teardown(
                upkeep_leaves_an_open_transaction_alone, begin, end),
        cmocka_unit_test_setup_teardown(
                upkeep_forgets_a_part_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(
                no_number_is_used_twice_even_if_nothing_is_to_be_kept, begin,
                end),
        cmocka_unit_test_setup_teardown(
                a_second_opener_is_told_that_the_journal_is_in_use, begin, end),
        cmocka_unit_test_setup_teardown(
                what_is_no_journal_is_not_opened, begin, end),
        cmocka_unit_test_setup_teardown(
                a_journal_of_another_version_is_not_opened, begin, end),
        cmocka_unit_test(in_memory_it_works_as_on_disk_but_is_gone_when_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
