/*
 * Power loss: some two hundred events are committed on a disk in memory; then
 * the power goes before each single step of that run, with what had not been
 * synced there, gone, reordered or torn. Each time everything that was
 * reported has to be there, whole, and the journal has to go on. The same with
 * a second loss while it recovers from the first.
 *
 * POWERCUT_SEED repeats a run; POWERCUT_LONG=1 plays many more states.
 */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/journal.h"
#include "tests/support/tape.h"

#include "tests/powercut/numbered.h"

#define EVENTS      200
#define UPKEEP_EACH 6  /* turns: a checkpoint, if the log has grown */
#define AGAIN_EACH  96 /* states: also cut while it recovers */
#define WHOLE_EACH  32 /* states: SQLite looks at all of it */
#define LONG_ROUNDS 12 /* of the states by chance */
#define PATH        "/tape/journal"

static struct tape_reel run, recovery;
static struct tape_image kept[TAPE_FILES]; /* of the state being looked at */
static uint64_t luck;                      /* of writes that are kept or not */

struct counted {
    uint32_t states, again, gone; /* gone: less than was written */
};

/* --- the run --- */

static void play_run(void)
{
    struct journal *journal;

    tape_wipe();
    tape_record(&run);
    assert_int_equal(journal_open(&journal, PATH, 1), ERR_OK);
    for (uint64_t turn = 1; journal_last(journal) < EVENTS; turn++) {
        assert_int_equal(take_turn(journal, turn), ERR_OK);
        tape_mark(journal_last(journal));
        assert_int_equal(
                journal_upkeep(journal, UINT64_MAX, 0, turn % UPKEEP_EACH == 0),
                ERR_OK);
    }
    journal_close(journal);
    tape_record(NULL);
}

/* --- one state --- */

static void expect_integrity(void)
{
    sqlite3_stmt *check;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL,
                             NULL, NULL),
            SQLITE_OK);
    assert_int_equal(
            sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL),
            SQLITE_OK);
    assert_int_equal(sqlite3_step(check), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(check, 0), "ok");
    sqlite3_finalize(check);
    sqlite3_close(db);
}

/* All that was reported is there, and it goes on. */
static uint64_t expect_goes_on(uint64_t reported)
{
    struct journal *journal;
    uint64_t last;

    assert_int_equal(journal_open(&journal, PATH, 1), ERR_OK);
    last = expect_all_in(journal, reported);
    assert_int_equal(take_turn(journal, 1), ERR_OK);
    journal_close(journal);
    return last;
}

/* The power goes again while it opens what the first loss has left. */
static void cut_again(uint64_t reported, struct counted *counted)
{
    struct journal *journal;

    tape_record(&recovery);
    assert_int_equal(journal_open(&journal, PATH, 1), ERR_OK);
    assert_int_equal(journal_upkeep(journal, UINT64_MAX, 0, true), ERR_OK);
    journal_close(journal);
    tape_record(NULL);
    for (uint32_t at = 0; at <= recovery.count; at++) {
        tape_cut(&recovery, at, TAPE_SOME_TORN, &luck);
        expect_all(PATH, reported);
        counted->again++;
    }
    tape_finish(&recovery);
}

static void cut(uint32_t at, enum tape_cut how, struct counted *counted)
{
    uint64_t reported = tape_cut(&run, at, how, &luck);

    counted->states++;
    tape_keep(kept);
    counted->gone += expect_goes_on(reported) < EVENTS;
    if (counted->states % WHOLE_EACH == 0) {
        tape_put_back(kept);
        expect_integrity();
    }
    if (counted->states % AGAIN_EACH == 0) {
        tape_put_back(kept);
        cut_again(reported, counted);
    }
}

/* --- tests --- */

static void whenever_the_power_goes_all_that_was_reported_is_there(
        void **unused)
{
    uint32_t rounds = getenv("POWERCUT_LONG") ? LONG_ROUNDS : 1;
    struct counted counted = { 0 };

    (void)unused;
    luck = seed * 2 + 1;
    play_run();
    for (uint32_t at = 0; at <= run.count; at++)
        for (int how = 0; how < TAPE_CUTS; how++)
            for (uint32_t i = 0; i < (how < TAPE_SOME ? 1 : rounds); i++)
                cut(at, (enum tape_cut)how, &counted);
    printf("power loss: %u steps, %u states, %u of them cut short, "
           "%u more while recovering\n",
            run.count, counted.states, counted.gone, counted.again);
    assert_true(counted.gone > 0);
    tape_finish(&run);
    tape_let_go(kept);
    tape_wipe();
}

/* Or the test above could not fail. */
static void on_a_disk_that_only_says_it_syncs_reported_events_are_lost(
        void **unused)
{
    (void)unused;
    luck = 1;
    tape_fault.lies = true;
    play_run();
    tape_fault.lies = false;
    assert_true(tape_cut(&run, run.count, TAPE_DROPPED, &luck) >= EVENTS);
    assert_true(expect_all(PATH, 0) < EVENTS);
    tape_finish(&run);
    tape_wipe();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
                whenever_the_power_goes_all_that_was_reported_is_there),
        cmocka_unit_test(
                on_a_disk_that_only_says_it_syncs_reported_events_are_lost),
    };

    choose_seed();
    return cmocka_run_group_tests(tests, tape_install, NULL);
}
