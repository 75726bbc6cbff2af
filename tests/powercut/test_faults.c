/*
 * A hub whose disk fails at one call, whose memory runs out at one call, whose
 * file has a bit turned. It may refuse, it may stop; what it said is stored is
 * there afterwards, and what it said has failed is not.
 *
 * POWERCUT_SEED repeats a run, POWERCUT_LONG=1 tries each call instead of
 * every few; POWERCUT_AT=n POWERCUT_LOUD=1 begins with the n-th allocation and
 * shows what the sanitizers say. Memory is refused to all of the process,
 * SQLite included.
 */
#include <dlfcn.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/place.h"
#include "tests/support/story.h"
#include "tests/support/tape.h"

#include "tests/powercut/numbered.h"

#define ORDERS     12
#define PATH       "/tape/journal"
#define FLIPS      300
#define FLIPS_LONG 5000

/* How a starved child ends; a sanitizer that speaks ends it with another. */
enum { ENDS_WELL = 10, ENDS_FED, ENDS_STOPPED, ENDS_IN_UTHASH = 255 };

static bool is_long;

/* --- memory that runs out: these come before the C library's own --- */

static long refuse_at; /* this allocation of the hub from now; 0: none */
static bool is_in_hub; /* what the test itself wants it gets */

/* They are called before the sanitizers are ready. */
#define EARLY __attribute__((no_sanitize("address", "undefined")))

EARLY static bool is_refused(void)
{
    return is_in_hub && refuse_at > 0 && --refuse_at == 0;
}

EARLY static void *next_of(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

EARLY void *malloc(size_t len)
{
    static void *(*real)(size_t);

    if (!real)
        real = (void *(*)(size_t))next_of("malloc");
    return is_refused() ? NULL : real(len);
}

EARLY void *calloc(size_t count, size_t len)
{
    static void *(*real)(size_t, size_t);

    if (!real)
        real = (void *(*)(size_t, size_t))next_of("calloc");
    return is_refused() ? NULL : real(count, len);
}

EARLY void *realloc(void *old, size_t len)
{
    static void *(*real)(void *, size_t);

    if (!real)
        real = (void *(*)(void *, size_t))next_of("realloc");
    return is_refused() ? NULL : real(old, len);
}

/* --- an evening, and who was told what --- */

struct told {
    uint64_t seq; /* said to be stored */
    struct ulid id;
    bool is_failed; /* said to have failed: nothing of it happened */
    char key[16];
};

struct evening {
    struct hub *hub;
    struct told told[ORDERS * 2];
    uint32_t count;
    int report; /* a pipe for those who die; -1: none */
    bool stopped;
};

static void on_settled(
        void *owner, uint64_t ticket, const struct settlement *settlement)
{
    struct evening *evening = owner;
    struct told *told = &evening->told[ticket];

    told->seq = settlement->err == ERR_OK ? settlement->seq : 0;
    told->id = settlement->id;
    told->is_failed = settlement->err != ERR_OK;
    if (evening->report >= 0 &&
            write(evening->report, told, sizeof(*told)) != sizeof(*told))
        _exit(3);
}

static void on_wake(void *owner)
{
    (void)owner;
}

static const struct outlet outlet = { .settled = on_settled, .wake = on_wake };

static void say(struct evening *evening, uint32_t n, enum evt_id what,
        ProtobufCMessage *body)
{
    struct principal from = story_principal(ROLE_BACKEND, "");
    struct told *told = &evening->told[n];
    struct submission submission = { .from = &from,
        .what = what,
        .body = body,
        .key = told->key,
        .outlet = &outlet,
        .owner = evening,
        .ticket = n };
    struct fault fault;

    snprintf(told->key, sizeof(told->key), "key-%u", n);
    is_in_hub = true;
    told->is_failed = hub_submit(evening->hub, &submission, STORY_START_MS + n,
                              &fault) != ERR_OK;
    is_in_hub = false;
    evening->count = n + 1;
}

/* As the daemon does: after ERR_IO it acknowledges nothing and is gone. */
static bool end_turn(struct evening *evening, uint32_t n)
{
    enum err err;

    is_in_hub = true;
    err = hub_commit(evening->hub, STORY_START_MS + n);
    if (err == ERR_OK || err == ERR_UNAVAILABLE)
        hub_tick(evening->hub, STORY_START_MS + 2000 * (int64_t)n);
    else
        evening->stopped = true;
    is_in_hub = false;
    return !evening->stopped;
}

/* Orders come and are ready; two things are said in each turn. */
static void play(struct evening *evening, const char *path)
{
    struct hub_options options = { .path = path, .seed = 42 };
    char id[16];
    enum err err;

    is_in_hub = true;
    err = hub_open(&evening->hub, &options, STORY_START_MS);
    is_in_hub = false;
    if (err != ERR_OK) {
        evening->stopped = true;
        return;
    }
    for (uint32_t n = 0; n < ORDERS * 2; n += 2) {
        snprintf(id, sizeof(id), "O-%u", n);
        say(evening, n, EVT_ORDER_CREATED, story_order(id, "5"));
        say(evening, n + 1, EVT_KITCHEN_READY,
                story_about(EVT_KITCHEN_READY, id));
        if (!end_turn(evening, n))
            return;
    }
}

/* --- what has to be there --- */

static uint32_t expect_told_is_true(
        const struct told *told, uint32_t count, const char *path, uint32_t n)
{
    struct journal *journal;
    struct journal_found found;
    uint32_t stored = 0;

    assert_int_equal(journal_open(&journal, path, 1), ERR_OK);
    for (uint32_t i = 0; i < count; i++) {
        enum err err = journal_find(journal, "tester", told[i].key, &found);

        if (told[i].seq != 0 && (err != ERR_OK || found.seq != told[i].seq))
            fail_msg("call %u: %s was stored as %llu, and is not there (seed "
                     "%llu)",
                    n, told[i].key, (unsigned long long)told[i].seq,
                    (unsigned long long)seed);
        if (told[i].is_failed && err != ERR_NOT_FOUND)
            fail_msg("call %u: %s has failed, and is there (seed %llu)", n,
                    told[i].key, (unsigned long long)seed);
        stored += told[i].seq != 0;
    }
    journal_close(journal);
    return stored;
}

/* The picture can be made of it, and it goes on. */
static void expect_hub_goes_on(const char *path)
{
    struct story story;

    story_begin(&story, path);
    assert_int_equal(story_say(&story, ROLE_BACKEND, EVT_ORDER_CREATED,
                             story_order("after", "5"), "after"),
            ERR_OK);
    assert_int_equal(story_commit(&story), ERR_OK);
    story_end(&story);
}

/* --- the disk fails once --- */

struct tally {
    uint32_t runs, stopped, refused, stored;
};

static void fail_at(uint32_t call, bool is_full, bool stays, struct tally *sum)
{
    struct evening evening = { .report = -1 };
    uint32_t failed = 0;

    tape_wipe();
    tape_fault = (struct tape_fault){
        .at = call, .is_full = is_full, .stays = stays
    };
    play(&evening, PATH);
    hub_close(evening.hub);
    tape_fault = (struct tape_fault){ 0 };
    for (uint32_t i = 0; i < evening.count; i++)
        failed += evening.told[i].is_failed;
    sum->runs++;
    sum->stopped += evening.stopped;
    sum->refused += failed;
    sum->stored += expect_told_is_true(evening.told, evening.count, PATH, call);
    expect_hub_goes_on(PATH);
}

static uint32_t count_calls(void)
{
    struct evening evening = { .report = -1 };

    tape_wipe();
    tape_fault = (struct tape_fault){ 0 };
    play(&evening, PATH);
    hub_close(evening.hub);
    assert_false(evening.stopped);
    assert_int_equal(evening.count, ORDERS * 2);
    return tape_fault.calls;
}

static void whichever_call_of_the_disk_fails_nothing_false_is_said(
        void **unused)
{
    uint32_t calls = count_calls();
    uint32_t step = is_long ? 1 : 3;
    struct tally sum = { 0 };

    (void)unused;
    for (uint32_t call = 1 + chance("first", 0, step); call <= calls;
            call += step)
        for (int how = 0; how < 4; how++)
            fail_at(call, how & 1, how & 2, &sum);
    printf("disk: %u calls, %u runs in which one failed or all from it on, "
           "%u stopped, %u refused, %u stored and there\n",
            calls, sum.runs, sum.stopped, sum.refused, sum.stored);
    assert_true(sum.stopped > 0 && sum.refused > 0 && sum.stored > 0);
    tape_wipe();
}

/* --- memory runs out --- */

static void starve(const char *path, long at, int report)
{
    static struct evening evening;

    if (!getenv("POWERCUT_LOUD") && !freopen("/dev/null", "w", stderr))
        _exit(4);
    evening.report = report;
    refuse_at = at;
    play(&evening, path);
    _exit(refuse_at > 0       ? ENDS_FED
            : evening.stopped ? ENDS_STOPPED
                              : ENDS_WELL);
}

static bool has_stopped(int status)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGABRT;
    return WEXITSTATUS(status) == ENDS_STOPPED ||
           WEXITSTATUS(status) == ENDS_IN_UTHASH;
}

/* False: the evening ended before that many. */
static bool starve_at(long at, struct tally *sum)
{
    struct told told[ORDERS * 2];
    uint32_t count = 0;
    struct place place;
    int ends[2], status;
    pid_t child;

    place_make(&place);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        starve(place_file(&place, "journal"), at, ends[1]);
    }
    close(ends[1]);
    while (count < ORDERS * 2 &&
            read(ends[0], &told[count], sizeof(*told)) == sizeof(*told))
        count++;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    /* Assertions, and uthash's exit(-1), are ways to stop; all else is a
     * crash. */
    if (!has_stopped(status) &&
            !(WIFEXITED(status) && (WEXITSTATUS(status) == ENDS_WELL ||
                                           WEXITSTATUS(status) == ENDS_FED)))
        fail_msg("allocation %ld: the child ended with %x (seed %llu)", at,
                (unsigned)status, (unsigned long long)seed);
    sum->runs++;
    sum->stopped += has_stopped(status);
    for (uint32_t i = 0; i < count; i++)
        sum->refused += told[i].is_failed;
    sum->stored += expect_told_is_true(
            told, count, place_file(&place, "journal"), (uint32_t)at);
    place_remove(&place);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == ENDS_FED);
}

static void whichever_allocation_fails_nothing_false_is_said(void **unused)
{
    long step = is_long ? 1 : 97;
    const char *only = getenv("POWERCUT_AT"); /* to look at one of them */
    long at = only ? strtol(only, NULL, 10)
                   : 1 + (long)chance("allocation", 0, (uint32_t)step);
    struct tally sum = { 0 };

    (void)unused;
    while (starve_at(at, &sum))
        at += step;
    printf("memory: %ld allocations, %u runs in which one failed, %u stopped, "
           "%u refused, %u stored and there\n",
            at, sum.runs, sum.stopped, sum.refused, sum.stored);
    assert_true(sum.runs > 20 && sum.stored > 0);
}

/* --- a bit turns --- */

struct flips {
    uint32_t refused, stopped, short_by, gaps, same;
};

struct flip_reading {
    uint64_t last, count;
    bool is_wrong, has_gap;
};

static bool on_flipped(void *context, const struct record *record)
{
    struct flip_reading *reading = context;

    reading->is_wrong = reading->is_wrong || !is_event(record);
    reading->has_gap = reading->has_gap || record->seq != reading->last + 1;
    reading->last = record->seq;
    reading->count++;
    return true;
}

static void flip(const char *end, uint32_t n)
{
    struct tape_image *file = tape_file(end);
    uint64_t bit = (uint64_t)chance(end, n, (uint32_t)file->len) * 8 +
                   chance("bit", n, 8);

    file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* What becomes of it when it is read. */
static void read_flipped(
        struct journal *journal, struct flips *flips, uint64_t whole)
{
    struct flip_reading reading = { 0 };
    enum err err = journal_read(journal, 0, UINT32_MAX, on_flipped, &reading);

    assert_false(reading.is_wrong); /* never another event than was stored */
    if (err != ERR_OK)
        flips->stopped++;
    else if (reading.has_gap)
        flips->gaps++;
    else if (reading.count < whole)
        flips->short_by++;
    else
        flips->same++;
    journal_close(journal);
}

/* Turned before it is opened, or afterwards: then it knows its last number,
 * and what it reads is all or an error. */
static void flip_in(
        const char *end, bool is_late, struct flips *flips, uint64_t whole)
{
    uint32_t rounds = is_long ? FLIPS_LONG : FLIPS;
    struct tape_image kept[TAPE_FILES] = { 0 };

    tape_keep(kept);
    for (uint32_t n = 0; n < rounds; n++) {
        struct journal *journal;

        tape_put_back(kept);
        if (!is_late)
            flip(end, n);
        if (journal_open(&journal, PATH, 1) != ERR_OK) {
            flips->refused++;
            continue;
        }
        if (is_late)
            flip(end, n);
        read_flipped(journal, flips, whole);
    }
    tape_put_back(kept);
    tape_let_go(kept);
    printf("bit flips in %s %s: %u; refused to open %u, stopped reading %u, "
           "end "
           "missing %u, gap %u, no harm %u\n",
            end, is_late ? "while it is open" : "before", rounds,
            flips->refused, flips->stopped, flips->short_by, flips->gaps,
            flips->same);
}

static void a_turned_bit_never_makes_another_event_or_a_gap(void **unused)
{
    static const char *const ends[] = { "/journal", "-wal" };
    struct tape_image kept[TAPE_FILES] = { 0 };
    struct flips flips[2][2] = { 0 };
    struct journal *journal;
    uint64_t whole;

    (void)unused;
    tape_wipe();
    assert_int_equal(journal_open(&journal, PATH, 1), ERR_OK);
    for (uint64_t turn = 1; turn <= 40; turn++)
        assert_int_equal(take_turn(journal, turn), ERR_OK);
    whole = journal_last(journal);
    tape_keep(kept); /* as after a crash: all of it is in the log */
    journal_close(journal);
    for (int i = 0; i < 2; i++) {
        for (int late = 0; late < 2; late++) {
            flip_in(ends[i], late, &flips[i][late], whole);
            assert_int_equal(flips[i][late].gaps, 0);
        }
        assert_int_equal(flips[i][1].short_by, 0);
        tape_put_back(kept);
    }
    assert_true(flips[0][0].stopped > 0 && flips[0][0].same > 0);
    tape_let_go(kept);
    tape_wipe();
}

/* --- the groups --- */

static int loud_stderr = -1;

/* What the disk does is logged, each time. */
static int begin_quietly(void **state)
{
    if (!getenv("POWERCUT_LOUD")) {
        loud_stderr = dup(STDERR_FILENO);
        if (loud_stderr < 0 || !freopen("/dev/null", "w", stderr))
            return -1;
    }
    return tape_install(state);
}

/* How many have passed is said there, too. */
static int end_loudly(void **state)
{
    (void)state;
    fflush(stderr);
    return loud_stderr >= 0 && dup2(loud_stderr, STDERR_FILENO) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest on_tape[] = {
        cmocka_unit_test(
                whichever_call_of_the_disk_fails_nothing_false_is_said),
        cmocka_unit_test(a_turned_bit_never_makes_another_event_or_a_gap),
    };
    const struct CMUnitTest on_disk[] = {
        cmocka_unit_test(whichever_allocation_fails_nothing_false_is_said),
    };
    int failed;

    is_long = getenv("POWERCUT_LONG") != NULL;
    choose_seed();
    failed = cmocka_run_group_tests_name("a real disk", on_disk, NULL, NULL);
    return failed + cmocka_run_group_tests_name("a disk in memory", on_tape,
                            begin_quietly, end_loudly);
}
