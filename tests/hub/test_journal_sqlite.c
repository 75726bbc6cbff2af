#include "hub/journal_engine.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/journal.h"
#include "tests/support/crammed.h"
#include "tests/support/disk.h"
#include "tests/support/place.h"

/* --- a store on it --- */

struct desk {
    struct place place;
    void *store;
};

static int begin(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    assert_non_null(desk);
    memset(&disk, 0, sizeof(disk));
    place_make(&desk->place);
    assert_int_equal(journal_sqlite.open(
                             &desk->store, place_file(&desk->place, "journal")),
            ERR_OK);
    *state = desk;
    return 0;
}

static int end(void **state)
{
    struct desk *desk = *state;

    memset(&disk, 0, sizeof(disk));
    crammed_end();
    journal_sqlite.close(desk->store);
    place_remove(&desk->place);
    free(desk);
    return 0;
}

static void reopen(struct desk *desk)
{
    journal_sqlite.close(desk->store);
    desk->store = NULL;
    assert_int_equal(journal_sqlite.open(
                             &desk->store, place_file(&desk->place, "journal")),
            ERR_OK);
}

static enum err append(void *store, uint64_t seq)
{
    char data[2] = { (char)('z' - seq % 26), (char)seq };
    struct row row = { .seq = seq,
        .id = ulid_make(0, 0, seq),
        .source = "till",
        .key = "",
        .data = data,
        .len = sizeof(data) };

    return journal_sqlite.append(store, &row);
}

static enum err append_and_commit(void *store, uint64_t seq)
{
    enum err err = journal_sqlite.begin(store);

    if (err == ERR_OK)
        err = append(store, seq);
    return err == ERR_OK ? journal_sqlite.commit(store) : err;
}

static void expect_range(void *store, uint64_t first, uint64_t last)
{
    uint64_t from, to;

    journal_sqlite.range(store, &from, &to);
    assert_int_equal(from, first);
    assert_int_equal(to, last);
}

/* --- tests --- */

static void a_commit_returns_only_when_all_is_on_disk(void **state)
{
    struct desk *desk = *state;

    for (uint64_t seq = 1; seq <= 20; seq++) {
        uint32_t writes = disk.writes, syncs = disk.syncs;

        assert_int_equal(append_and_commit(desk->store, seq), ERR_OK);
        assert_true(disk.writes > writes);
        assert_true(disk.syncs > syncs);
        assert_int_equal(disk.unsynced, 0);
    }
}

static void a_turn_of_many_events_is_synced_once(void **state)
{
    struct desk *desk = *state;
    uint32_t syncs;

    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    syncs = disk.syncs;
    assert_int_equal(journal_sqlite.begin(desk->store), ERR_OK);
    for (uint64_t seq = 2; seq <= 200; seq++)
        assert_int_equal(append(desk->store, seq), ERR_OK);
    assert_int_equal(disk.syncs, syncs);
    assert_int_equal(journal_sqlite.commit(desk->store), ERR_OK);
    assert_int_equal(disk.syncs, syncs + 1);
}

static void a_full_disk_refuses_and_recovers_by_itself(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    disk.write_error = SQLITE_FULL;
    assert_int_equal(append_and_commit(desk->store, 2), ERR_FULL);
    expect_range(desk->store, 1, 1);
    assert_int_equal(append_and_commit(desk->store, 2), ERR_FULL);
    disk.write_error = 0;
    assert_int_equal(append_and_commit(desk->store, 2), ERR_OK);
    expect_range(desk->store, 1, 2);
    reopen(desk);
    expect_range(desk->store, 1, 2);
}

/* A quota or the like; SQLite calls it an error of writing. */
static void who_may_have_no_more_of_a_disk_finds_it_full(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    crammed_begin(1);
    assert_int_equal(append_and_commit(desk->store, 2), ERR_FULL);
    expect_range(desk->store, 1, 1);
    assert_int_equal(append_and_commit(desk->store, 2), ERR_FULL);
    crammed_end();
    assert_int_equal(append_and_commit(desk->store, 2), ERR_OK);
    reopen(desk);
    expect_range(desk->store, 1, 2);
}

static void a_disk_that_fails_to_write_is_an_error_of_its_own(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    disk.write_error = SQLITE_IOERR_WRITE;
    assert_int_equal(append_and_commit(desk->store, 2), ERR_IO);
    disk.write_error = 0;
    reopen(desk);
    expect_range(desk->store, 1, 1);
}

/* The record may be on disk or not; nobody may be told either. */
static void a_commit_that_cannot_be_synced_is_of_unknown_outcome(void **state)
{
    struct desk *desk = *state;
    uint64_t first, last;

    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    disk.sync_error = SQLITE_IOERR_FSYNC;
    assert_int_equal(append_and_commit(desk->store, 2), ERR_IO);
    disk.sync_error = 0;
    reopen(desk);
    journal_sqlite.range(desk->store, &first, &last);
    assert_int_equal(first, 1);
    assert_in_range(last, 1, 2);
    assert_int_equal(append_and_commit(desk->store, last + 1), ERR_OK);
}

static void a_position_is_not_forgotten_when_the_disk_was_full(void **state)
{
    struct desk *desk = *state;
    struct record record = { .source = "", .key = "", .rooms = "" };
    struct journal *journal;

    assert_int_equal(
            journal_open(&journal, place_file(&desk->place, "second"), 1),
            ERR_OK);
    assert_int_equal(journal_set_position(journal, "mqtt", 5), ERR_OK);
    assert_int_equal(journal_append(journal, &record), ERR_OK);
    disk.write_error = SQLITE_FULL;
    assert_int_equal(journal_commit(journal), ERR_FULL);
    assert_false(journal_is_open(journal));
    assert_int_equal(journal_last(journal), 0);

    disk.write_error = 0;
    assert_int_equal(journal_append(journal, &record), ERR_OK);
    assert_int_equal(record.seq, 1);
    assert_int_equal(journal_commit(journal), ERR_OK);
    journal_close(journal);
    assert_int_equal(
            journal_open(&journal, place_file(&desk->place, "second"), 1),
            ERR_OK);
    assert_int_equal(journal_position(journal, "mqtt"), 5);
    journal_close(journal);
}

static void values_are_replaced_and_what_is_not_there_is_null(void **state)
{
    struct desk *desk = *state;
    void *data;
    size_t len;

    assert_int_equal(
            journal_sqlite.get(desk->store, "epoch", &data, &len), ERR_OK);
    assert_null(data);
    assert_int_equal(len, 0);
    assert_int_equal(journal_sqlite.put(desk->store, "epoch", "a", 1), ERR_OK);
    assert_int_equal(
            journal_sqlite.put(desk->store, "epoch", "b\0c", 3), ERR_OK);
    assert_int_equal(
            journal_sqlite.get(desk->store, "epoch", &data, &len), ERR_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(data, "b\0c", 3);
    free(data);
}

static void a_text_is_never_a_statement(void **state)
{
    static const char *const evil = "x'; DROP TABLE record; --";
    struct desk *desk = *state;
    struct row row = {
        .seq = 1, .source = evil, .key = evil, .data = evil, .len = strlen(evil)
    };

    assert_int_equal(journal_sqlite.append(desk->store, &row), ERR_OK);
    assert_int_equal(journal_sqlite.put(desk->store, evil, evil, 3), ERR_OK);
    expect_range(desk->store, 1, 1);
}

static bool on_row(void *context, const struct row *row)
{
    uint64_t *sum = context;

    assert_int_equal(row->len, 2);
    assert_int_equal(((const char *)row->data)[1], row->seq);
    *sum = *sum * 10 + row->seq;
    return row->seq != 4;
}

static void rows_are_read_oldest_first_until_told_to_stop(void **state)
{
    static const uint64_t seqs[] = { 3, 1, 5, 2, 4 };
    struct desk *desk = *state;
    uint64_t sum = 0;

    for (int i = 0; i < 5; i++)
        assert_int_equal(append_and_commit(desk->store, seqs[i]), ERR_OK);
    assert_int_equal(
            journal_sqlite.read(desk->store, 0, 100, on_row, &sum), ERR_OK);
    assert_int_equal(sum, 1234);
}

static void rows_are_forgotten_up_to_a_number_and_not_too_many_at_once(
        void **state)
{
    struct desk *desk = *state;

    expect_range(desk->store, 0, 0);
    assert_int_equal(journal_sqlite.forget(desk->store, 5, 3), ERR_OK);
    for (uint64_t seq = 1; seq <= 10; seq++)
        assert_int_equal(append_and_commit(desk->store, seq), ERR_OK);
    assert_int_equal(journal_sqlite.forget(desk->store, 5, 3), ERR_OK);
    expect_range(desk->store, 4, 10);
    assert_int_equal(journal_sqlite.forget(desk->store, 5, 3), ERR_OK);
    expect_range(desk->store, 6, 10);
    assert_int_equal(journal_sqlite.forget(desk->store, 5, 3), ERR_OK);
    expect_range(desk->store, 6, 10);
}

static void rolling_back_nothing_is_fine(void **state)
{
    struct desk *desk = *state;

    journal_sqlite.rollback(desk->store);
    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    journal_sqlite.rollback(desk->store);
    expect_range(desk->store, 1, 1);
}

/* Write until the log has grown by `bytes`. */
static void grow_log(void *store, uint64_t bytes)
{
    static char value[60000];
    uint64_t before = journal_sqlite.bytes(store);

    for (int i = 0; i < 2000; i++) {
        if (journal_sqlite.bytes(store) >= before + bytes)
            return;
        memset(value, i, sizeof(value)); /* the same again is not written */
        assert_int_equal(
                journal_sqlite.put(store, "value", value, sizeof(value)),
                ERR_OK);
    }
    fail_msg("the log does not grow");
}

static void the_log_is_folded_in_when_there_is_time_and_used_again(void **state)
{
    struct desk *desk = *state;
    uint64_t bytes;

    grow_log(desk->store, 400 * 1024);
    assert_int_equal(journal_sqlite.checkpoint(desk->store, true), ERR_OK);
    bytes = journal_sqlite.bytes(desk->store);
    /* As much again goes where the first lay. */
    for (int i = 0; i < 4; i++)
        assert_int_equal(
                journal_sqlite.put(desk->store, "value", "abc", 3), ERR_OK);
    assert_true(journal_sqlite.bytes(desk->store) <= bytes + 4096);
}

static void a_log_that_a_quota_does_not_let_in_stays_where_it_is(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(append_and_commit(desk->store, 1), ERR_OK);
    grow_log(desk->store, 400 * 1024);
    crammed_begin(1);
    assert_int_equal(journal_sqlite.checkpoint(desk->store, true), ERR_FULL);
    crammed_end();
    expect_range(desk->store, 1, 1);
    assert_int_equal(journal_sqlite.checkpoint(desk->store, true), ERR_OK);
}

static void without_time_the_log_grows_but_not_without_bound(void **state)
{
    struct desk *desk = *state;
    uint32_t writes;

    grow_log(desk->store, 1024 * 1024);
    writes = disk.writes;
    assert_int_equal(journal_sqlite.checkpoint(desk->store, false), ERR_OK);
    assert_int_equal(disk.writes, writes);
    grow_log(desk->store, 16 * 1024 * 1024);
    writes = disk.writes;
    assert_int_equal(journal_sqlite.checkpoint(desk->store, false), ERR_OK);
    assert_true(disk.writes > writes);
}

static void a_log_that_has_become_large_is_given_back_to_the_disk(void **state)
{
    struct desk *desk = *state;

    grow_log(desk->store, 65 * 1024 * 1024);
    assert_int_equal(journal_sqlite.checkpoint(desk->store, false), ERR_OK);
    assert_true(journal_sqlite.bytes(desk->store) < 1024 * 1024);
    expect_range(desk->store, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_commit_returns_only_when_all_is_on_disk, begin, end),
        cmocka_unit_test_setup_teardown(
                a_turn_of_many_events_is_synced_once, begin, end),
        cmocka_unit_test_setup_teardown(
                a_full_disk_refuses_and_recovers_by_itself, begin, end),
        cmocka_unit_test_setup_teardown(
                who_may_have_no_more_of_a_disk_finds_it_full, begin, end),
        cmocka_unit_test_setup_teardown(
                a_disk_that_fails_to_write_is_an_error_of_its_own, begin, end),
        cmocka_unit_test_setup_teardown(
                a_commit_that_cannot_be_synced_is_of_unknown_outcome, begin,
                end),
        cmocka_unit_test_setup_teardown(
                a_position_is_not_forgotten_when_the_disk_was_full, begin, end),
        cmocka_unit_test_setup_teardown(
                values_are_replaced_and_what_is_not_there_is_null, begin, end),
        cmocka_unit_test_setup_teardown(
                a_text_is_never_a_statement, begin, end),
        cmocka_unit_test_setup_teardown(
                rows_are_read_oldest_first_until_told_to_stop, begin, end),
        cmocka_unit_test_setup_teardown(
                rows_are_forgotten_up_to_a_number_and_not_too_many_at_once,
                begin, end),
        cmocka_unit_test_setup_teardown(
                rolling_back_nothing_is_fine, begin, end),
        cmocka_unit_test_setup_teardown(
                the_log_is_folded_in_when_there_is_time_and_used_again, begin,
                end),
        cmocka_unit_test_setup_teardown(
                a_log_that_a_quota_does_not_let_in_stays_where_it_is, begin,
                end),
        cmocka_unit_test_setup_teardown(
                without_time_the_log_grows_but_not_without_bound, begin, end),
        cmocka_unit_test_setup_teardown(
                a_log_that_has_become_large_is_given_back_to_the_disk, begin,
                end),
    };

    return cmocka_run_group_tests(tests, disk_install, NULL);
}
