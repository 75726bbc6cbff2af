/*
 * Whoever was told "accepted" can pull the plug: a child appends and commits
 * numbered events and reports each committed one through a pipe until it is
 * killed in the middle of that; then everything reported has to be there.
 *
 * POWERCUT_SEED repeats a run. SIGKILL stops the process, not the machine:
 * that a commit has reached the disk is asked in test_journal_sqlite.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/hash.h"
#include "hub/journal.h"
#include "tests/support/place.h"

#define ROUNDS        30
#define MOST_REPORTS  60    /* before the plug is pulled */
#define MOST_IN_TURN  5     /* events in one transaction */
#define BODY_BYTES    3000  /* longest body */
#define DEADLINE_MS   20000 /* for one report */
#define SNAPSHOT_EACH 7     /* turns */

static uint64_t seed;

/* From 0 to most - 1, the same for the same n and seed. */
static uint32_t chance(const char *what, uint64_t n, uint32_t most)
{
    struct hash_key key = { seed, hash_crc32c(0, what, strlen(what)) };

    return (uint32_t)(hash_sip(key, &n, sizeof(n)) % most);
}

/* --- what event number n is --- */

struct event {
    char key[32];
    uint8_t body[BODY_BYTES];
    struct record record;
};

static void make_event(struct event *event, uint64_t n)
{
    size_t len = 1 + chance("length", n, BODY_BYTES);

    snprintf(event->key, sizeof(event->key), "event-%llu",
            (unsigned long long)n);
    for (size_t i = 0; i < len; i++)
        event->body[i] = (uint8_t)(n + i);
    event->record = (struct record){
        .id = ulid_make((int64_t)n, 0, n),
        .wire = (uint32_t)n,
        .source = "till",
        .key = event->key,
        .rooms = "kitchen\n",
        .body = event->body,
        .body_len = len,
    };
}

/* --- the child --- */

static void must(enum err err)
{
    if (err != ERR_OK)
        _exit(2);
}

/* One turn: some events, now and then a snapshot, one commit. */
static void take_turn(struct journal *journal, uint64_t turn)
{
    uint32_t count = 1 + chance("turn", journal_last(journal), MOST_IN_TURN);
    struct event event;

    while (count-- > 0) {
        make_event(&event, journal_last(journal) + 1);
        must(journal_append(journal, &event.record));
    }
    if (turn % SNAPSHOT_EACH == 0)
        must(journal_save_snapshot(
                journal, event.body, event.record.body_len, event.record.seq));
    must(journal_set_position(journal, "told", journal_last(journal)));
    must(journal_commit(journal));
}

/* Until the plug is pulled. */
static void work(const char *path, int report)
{
    struct journal *journal;

    must(journal_open(&journal, path, 1));
    for (uint64_t turn = 1;; turn++) {
        uint64_t last;

        take_turn(journal, turn);
        last = journal_last(journal);
        if (write(report, &last, sizeof(last)) != sizeof(last))
            _exit(3);
        must(journal_upkeep(journal, UINT64_MAX, 0, turn % 10 == 0));
    }
}

/* --- the parent --- */

/* The next report; 0: there is none and will be none. */
static uint64_t next_report(int from)
{
    struct pollfd ready = { .fd = from, .events = POLLIN };
    uint64_t seq;
    ssize_t len;

    if (poll(&ready, 1, DEADLINE_MS) != 1)
        return 0;
    do
        len = read(from, &seq, sizeof(seq));
    while (len < 0 && errno == EINTR);
    return len == sizeof(seq) ? seq : 0;
}

/* Start the child, kill it after some reports; the last that was reported. */
static uint64_t pull_the_plug(const char *path, uint32_t after)
{
    uint64_t seq, last = 0;
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work(path, ends[1]);
    }
    close(ends[1]);
    for (uint32_t i = 0; i < after && (seq = next_report(ends[0])) != 0; i++)
        last = seq;
    kill(child, SIGKILL);
    /* What it had said before it died counts as well. */
    while ((seq = next_report(ends[0])) != 0)
        last = seq;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(last > 0);
    return last;
}

/* Each record is the event of its number, and they come without a gap. */
static bool on_record(void *context, const struct record *record)
{
    uint64_t *last = context;
    struct event event;

    assert_int_equal(record->seq, *last + 1);
    make_event(&event, record->seq);
    assert_memory_equal(&record->id, &event.record.id, sizeof(record->id));
    assert_string_equal(record->key, event.key);
    assert_int_equal(record->wire, event.record.wire);
    assert_int_equal(record->body_len, event.record.body_len);
    assert_memory_equal(record->body, event.body, record->body_len);
    *last = record->seq;
    return true;
}

static void expect_snapshot_is_whole(struct journal *journal)
{
    struct event event;
    uint64_t seq;
    size_t len;
    void *data;

    assert_int_equal(journal_load_snapshot(journal, &data, &len, &seq), ERR_OK);
    assert_true(seq <= journal_last(journal));
    if (!data)
        return;
    make_event(&event, seq);
    assert_int_equal(len, event.record.body_len);
    assert_memory_equal(data, event.body, len);
    free(data);
}

/* Nothing reported is missing, nothing is half there. The last number. */
static uint64_t expect_all(const char *path, uint64_t reported)
{
    struct journal *journal;
    struct journal_found found;
    struct event event;
    uint64_t last = 0;

    assert_int_equal(journal_open(&journal, path, 1), ERR_OK);
    assert_int_equal(
            journal_read(journal, 0, UINT32_MAX, on_record, &last), ERR_OK);
    assert_int_equal(last, journal_last(journal));
    if (last < reported)
        fail_msg("%llu was reported, %llu is the last there is (seed %llu)",
                (unsigned long long)reported, (unsigned long long)last,
                (unsigned long long)seed);
    /* A turn is there as a whole or not at all. */
    assert_int_equal(journal_position(journal, "told"), last);
    expect_snapshot_is_whole(journal);
    make_event(&event, reported);
    assert_int_equal(journal_find(journal, "till", event.key, &found), ERR_OK);
    assert_int_equal(found.seq, reported);
    journal_close(journal);
    return last;
}

static void expect_integrity(const char *path)
{
    sqlite3_stmt *check;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
            sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL),
            SQLITE_OK);
    assert_int_equal(sqlite3_step(check), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(check, 0), "ok");
    sqlite3_finalize(check);
    sqlite3_close(db);
}

static void whatever_was_reported_as_committed_is_there_after_every_cut(
        void **unused)
{
    struct place place;
    const char *path;
    uint64_t last = 0;

    (void)unused;
    place_make(&place);
    path = place_file(&place, "journal");
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint32_t after = 1 + chance("cut", round, MOST_REPORTS);
        uint64_t reported = pull_the_plug(path, after);

        assert_true(reported > last);
        last = expect_all(path, reported);
    }
    expect_integrity(path);
    place_remove(&place);
}

int main(void)
{
    const char *given = getenv("POWERCUT_SEED");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                whatever_was_reported_as_committed_is_there_after_every_cut),
    };

    seed = given ? strtoull(given, NULL, 10) : (uint64_t)getpid();
    printf("POWERCUT_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
