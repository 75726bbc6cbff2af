/* A journal on a disk in memory, whose end is lost in one way or another. */
#include "hub/journal_mark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/count.h"
#include "hub/journal.h"
#include "tests/support/tape.h"

#define PATH   "/tape/journal"
#define EVENTS 40
#define FLIPS  400
#define SEED   7 /* of each start another, but here the same */

static uint64_t luck = 88172645463325252ull;

static uint32_t draw(uint32_t below)
{
    luck ^= luck << 13;
    luck ^= luck >> 7;
    luck ^= luck << 17;
    return (uint32_t)(luck >> 33) % below;
}

static struct journal *open_journal(void)
{
    struct journal *journal;

    assert_int_equal(journal_open(&journal, PATH, SEED), ERR_OK);
    return journal;
}

static enum err append(struct journal *journal)
{
    static const char body[700] = "soup";
    uint64_t n = journal_last(journal) + 1;
    struct record record = { .id = ulid_make((int64_t)n, luck, n),
        .source = "till",
        .key = "",
        .rooms = "kitchen\n",
        .body = body,
        .body_len = sizeof(body) };
    enum err err = journal_append(journal, &record);

    return err == ERR_OK ? journal_commit(journal) : err;
}

static void append_many(struct journal *journal, int count)
{
    while (count-- > 0)
        assert_int_equal(append(journal), ERR_OK);
}

/* As it is after kill -9: nothing is folded in, the log is as it was. */
static void make_killed_after(
        struct tape_image kept[TAPE_FILES], uint32_t *epoch, bool is_folded)
{
    struct journal *journal;

    tape_wipe();
    journal = open_journal();
    append_many(journal, EVENTS);
    if (is_folded)
        assert_int_equal(journal_upkeep(journal, UINT64_MAX, 0, true), ERR_OK);
    *epoch = journal_epoch(journal);
    tape_keep(kept);
    journal_close(journal);
    tape_put_back(kept);
}

static void make_killed(struct tape_image kept[TAPE_FILES], uint32_t *epoch)
{
    make_killed_after(kept, epoch, false);
}

static void flip(const char *end)
{
    struct tape_image *file = tape_file(end);

    assert_non_null(file);
    file->data[draw((uint32_t)file->len)] ^= (uint8_t)(1u << draw(8));
}

/* Once told, it goes on, and it is not told again. */
static void expect_goes_on(uint64_t last, uint32_t epoch)
{
    struct journal *journal = open_journal();

    assert_int_equal(journal_lost(journal), 0);
    assert_int_equal(journal_last(journal), last);
    assert_int_equal(journal_epoch(journal), epoch);
    append_many(journal, 3);
    journal_close(journal);
    journal = open_journal();
    assert_int_equal(journal_lost(journal), 0);
    assert_int_equal(journal_last(journal), last + 3);
    journal_close(journal);
}

/* --- tests --- */

struct flips {
    uint32_t refused, losses;
    uint64_t lost;
};

static bool on_record(void *context, const struct record *record)
{
    uint64_t *last = context;

    assert_int_equal(record->seq, *last + 1);
    *last = record->seq;
    return true;
}

/* Opened or refused: it is not quiet about it, and not about more. */
static void flip_once(uint32_t epoch, struct flips *flips)
{
    struct journal *journal;
    uint64_t last, lost, read = 0;
    uint32_t now;

    flip("-wal");
    if (journal_open(&journal, PATH, SEED) != ERR_OK) {
        flips->refused++;
        return;
    }
    last = journal_last(journal);
    lost = journal_lost(journal);
    now = journal_epoch(journal);
    assert_int_equal(
            journal_read(journal, 0, UINT32_MAX, on_record, &read), ERR_OK);
    assert_int_equal(read, last);
    journal_close(journal);
    assert_int_equal(last + lost, EVENTS);
    if (lost > 0 && last > 0)
        assert_int_not_equal(now, epoch);
    flips->lost += lost;
    flips->losses += lost > 0;
    expect_goes_on(last, now);
}

static void flip_many(bool is_folded, struct flips *flips)
{
    struct tape_image kept[TAPE_FILES] = { 0 };
    uint64_t before = count_of(COUNT_LOST);
    uint32_t epoch;

    *flips = (struct flips){ 0 };
    make_killed_after(kept, &epoch, is_folded);
    for (int n = 0; n < FLIPS; n++) {
        tape_put_back(kept);
        flip_once(epoch, flips);
    }
    tape_let_go(kept);
    assert_int_equal(count_of(COUNT_LOST) - before, flips->lost);
    printf("%d bits turned in a log that was %sfolded in: events lost %u "
           "times, refused %u\n",
            FLIPS, is_folded ? "" : "not ", flips->losses, flips->refused);
}

static void a_turned_bit_in_the_log_never_costs_events_in_silence(void **unused)
{
    struct flips flips;

    (void)unused;
    flip_many(false, &flips);
    assert_true(flips.losses > FLIPS / 2);
    assert_int_equal(flips.refused, 0);
}

/* What is left of it lies over what is in the file: it fits, or is refused. */
static void nor_does_it_in_one_that_lies_in_the_file_already(void **unused)
{
    struct flips flips;

    (void)unused;
    flip_many(true, &flips);
    assert_true(flips.losses + flips.refused > FLIPS / 2);
}

/* Of what was not said to be stored nothing is lost. */
static void whenever_the_power_goes_nothing_is_said_to_be_lost(void **unused)
{
    struct tape_reel reel = { 0 };
    struct journal *journal;

    (void)unused;
    tape_wipe();
    tape_record(&reel);
    journal = open_journal();
    for (int n = 0; n < EVENTS; n++) {
        append_many(journal, 1);
        if (n % 5 == 0)
            assert_int_equal(
                    journal_upkeep(journal, UINT64_MAX, 0, true), ERR_OK);
    }
    journal_close(journal);
    tape_record(NULL);
    for (uint32_t at = 0; at <= reel.count; at++)
        for (int how = 0; how < TAPE_CUTS; how++) {
            tape_cut(&reel, at, (enum tape_cut)how, &luck);
            journal = open_journal();
            assert_int_equal(journal_lost(journal), 0);
            journal_close(journal);
        }
    tape_finish(&reel);
}

static void make_torn(uint32_t *epoch)
{
    struct tape_image kept[TAPE_FILES] = { 0 };
    struct tape_image *log;

    make_killed(kept, epoch);
    log = tape_file("-wal");
    log->data[log->len * 3 / 4] ^= 1;
    tape_let_go(kept);
}

/* The power goes while it begins another epoch. */
static void what_is_lost_is_never_forgotten_before_a_new_epoch_has_begun(
        void **unused)
{
    struct tape_reel reel = { 0 };
    struct journal *journal;
    uint32_t epoch, again = 0;

    (void)unused;
    make_torn(&epoch);
    tape_record(&reel);
    journal = open_journal();
    assert_true(journal_lost(journal) > 0);
    journal_close(journal);
    tape_record(NULL);
    for (uint32_t at = 0; at <= reel.count; at++)
        for (int how = 0; how < TAPE_CUTS; how++) {
            tape_cut(&reel, at, (enum tape_cut)how, &luck);
            journal = open_journal();
            assert_int_not_equal(journal_epoch(journal), epoch);
            again += journal_lost(journal) > 0;
            journal_close(journal);
        }
    assert_true(again > 0);
    tape_finish(&reel);
}

static void keys_that_were_used_are_known_in_the_new_epoch(void **unused)
{
    struct journal *journal;
    struct hash_key before, after;
    uint32_t epoch;

    (void)unused;
    tape_wipe();
    journal = open_journal();
    before = journal_hash_key(journal);
    journal_close(journal);
    make_torn(&epoch);
    journal = open_journal();
    assert_true(journal_lost(journal) > 0);
    after = journal_hash_key(journal);
    assert_memory_equal(&before, &after, sizeof(before));
    journal_close(journal);
}

static void a_damaged_mark_or_none_says_nothing(void **unused)
{
    struct tape_image kept[TAPE_FILES] = { 0 };
    uint32_t epoch;

    (void)unused;
    make_killed(kept, &epoch);
    for (int n = 0; n < 64; n++) {
        tape_put_back(kept);
        flip("-mark");
        expect_goes_on(EVENTS, epoch);
    }
    tape_put_back(kept);
    tape_file("-mark")->len = 0;
    expect_goes_on(EVENTS, epoch);
    tape_let_go(kept);
}

/* The mark stays where it was. */
static void an_older_journal_put_back_is_one_that_has_lost_its_end(
        void **unused)
{
    struct tape_image older[TAPE_FILES] = { 0 }, mark[TAPE_FILES] = { 0 };
    struct journal *journal;
    uint32_t epoch, now;

    (void)unused;
    make_killed(older, &epoch);
    journal = open_journal();
    append_many(journal, 10);
    journal_close(journal);
    tape_keep(mark);
    tape_put_back(older);
    for (int i = 0; i < TAPE_FILES; i++)
        if (strcmp(mark[i].name, PATH "-mark") == 0)
            memcpy(tape_file("-mark")->data, mark[i].data, mark[i].len);
    journal = open_journal();
    assert_int_equal(journal_lost(journal), 10);
    assert_int_equal(journal_last(journal), EVENTS);
    now = journal_epoch(journal);
    assert_int_not_equal(now, epoch);
    journal_close(journal);
    expect_goes_on(EVENTS, now);
    tape_let_go(older);
    tape_let_go(mark);
}

static void a_journal_that_is_rolled_back_or_in_memory_is_not_marked(
        void **unused)
{
    struct tidemark mark;
    struct journal *journal;
    struct record record = { .source = "", .key = "", .rooms = "" };

    (void)unused;
    tape_wipe();
    journal = open_journal();
    append_many(journal, 2);
    assert_int_equal(journal_append(journal, &record), ERR_OK);
    journal_rollback(journal);
    assert_int_equal(journal_set_position(journal, "told", 2), ERR_OK);
    assert_int_equal(journal_save_snapshot(journal, "x", 1, 2), ERR_OK);
    assert_int_equal(journal_commit(journal), ERR_OK);
    journal_close(journal);
    journal = open_journal();
    assert_int_equal(journal_lost(journal), 0);
    journal_close(journal);
    tidemark_open(&mark, "");
    tidemark_set(&mark, 5);
    tidemark_sync(&mark);
    assert_null(mark.file);
    tidemark_close(&mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turned_bit_in_the_log_never_costs_events_in_silence),
        cmocka_unit_test(nor_does_it_in_one_that_lies_in_the_file_already),
        cmocka_unit_test(whenever_the_power_goes_nothing_is_said_to_be_lost),
        cmocka_unit_test(
                what_is_lost_is_never_forgotten_before_a_new_epoch_has_begun),
        cmocka_unit_test(keys_that_were_used_are_known_in_the_new_epoch),
        cmocka_unit_test(a_damaged_mark_or_none_says_nothing),
        cmocka_unit_test(
                an_older_journal_put_back_is_one_that_has_lost_its_end),
        cmocka_unit_test(
                a_journal_that_is_rolled_back_or_in_memory_is_not_marked),
    };

    return cmocka_run_group_tests(tests, tape_install, NULL);
}
