/*
 * numbered: events of which each is known by its number, and what must be true
 * of a journal of them after whatever happened. A seed says how long they are.
 * Include it last.
 */
#ifndef TESTS_POWERCUT_NUMBERED_H
#define TESTS_POWERCUT_NUMBERED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/hash.h"
#include "hub/journal.h"

#define BODY_BYTES    3000 /* longest body */
#define MOST_IN_TURN  5    /* events in one transaction */
#define SNAPSHOT_EACH 7    /* turns */

static uint64_t seed;

/* POWERCUT_SEED, or by chance; printed. */
static inline void choose_seed(void)
{
    const char *given = getenv("POWERCUT_SEED");

    seed = given ? strtoull(given, NULL, 10) : (uint64_t)getpid();
    printf("POWERCUT_SEED=%llu\n", (unsigned long long)seed);
}

/* From 0 to most - 1, the same for the same n and seed. */
static inline uint32_t chance(const char *what, uint64_t n, uint32_t most)
{
    struct hash_key key = { seed, hash_crc32c(0, what, strlen(what)) };

    return (uint32_t)(hash_sip(key, &n, sizeof(n)) % most);
}

struct event {
    char key[32];
    uint8_t body[BODY_BYTES];
    struct record record;
};

/* What event number n is. */
static inline void make_event(struct event *event, uint64_t n)
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

/* One turn: some events, now and then a snapshot, one commit. */
static inline enum err take_turn(struct journal *journal, uint64_t turn)
{
    uint32_t count = 1 + chance("turn", journal_last(journal), MOST_IN_TURN);
    struct event event;
    enum err err = ERR_OK;

    while (count-- > 0 && err == ERR_OK) {
        make_event(&event, journal_last(journal) + 1);
        err = journal_append(journal, &event.record);
    }
    if (err == ERR_OK && turn % SNAPSHOT_EACH == 0)
        err = journal_save_snapshot(
                journal, event.body, event.record.body_len, event.record.seq);
    if (err == ERR_OK)
        err = journal_set_position(journal, "told", journal_last(journal));
    return err == ERR_OK ? journal_commit(journal) : err;
}

/* Is it the event of its number? */
static inline bool is_event(const struct record *record)
{
    struct event event;

    make_event(&event, record->seq);
    return memcmp(&record->id, &event.record.id, sizeof(record->id)) == 0 &&
           strcmp(record->key, event.key) == 0 &&
           record->wire == event.record.wire &&
           record->body_len == event.record.body_len &&
           memcmp(record->body, event.body, record->body_len) == 0;
}

/* Each record is the event of its number, and they come without a gap. */
static inline bool on_record(void *context, const struct record *record)
{
    uint64_t *last = context;

    assert_int_equal(record->seq, *last + 1);
    assert_true(is_event(record));
    *last = record->seq;
    return true;
}

static inline void expect_snapshot_is_whole(struct journal *journal)
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
static inline uint64_t expect_all_in(struct journal *journal, uint64_t reported)
{
    struct journal_found found;
    struct event event;
    uint64_t last = 0;

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
    if (reported == 0)
        return last;
    make_event(&event, reported);
    assert_int_equal(journal_find(journal, "till", event.key, &found), ERR_OK);
    assert_int_equal(found.seq, reported);
    return last;
}

static inline uint64_t expect_all(const char *path, uint64_t reported)
{
    struct journal *journal;
    uint64_t last;

    assert_int_equal(journal_open(&journal, path, 1), ERR_OK);
    last = expect_all_in(journal, reported);
    journal_close(journal);
    return last;
}

#endif
