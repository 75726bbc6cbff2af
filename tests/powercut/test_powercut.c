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

#include "hub/journal.h"
#include "tests/support/place.h"

#include "tests/powercut/numbered.h"

#define ROUNDS       30
#define MOST_REPORTS 60    /* before the plug is pulled */
#define DEADLINE_MS  20000 /* for one report */

/* --- the child --- */

static void must(enum err err)
{
    if (err != ERR_OK)
        _exit(2);
}

/* Until the plug is pulled. */
static void work(const char *path, int report)
{
    struct journal *journal;

    must(journal_open(&journal, path, 1));
    for (uint64_t turn = 1;; turn++) {
        uint64_t last;

        must(take_turn(journal, turn));
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                whatever_was_reported_as_committed_is_there_after_every_cut),
    };

    choose_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
