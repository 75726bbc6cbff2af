#include "devices/port/posix/spool.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

static char path[SCRATCH_BYTES];
static struct store store;
static struct spool spool;
static struct print_spool ops;

static void open_again(void)
{
    spool_close(&spool);
    assert_true(spool_open(&spool, &store));
    ops = spool_of(&spool);
}

static int start(void **state)
{
    (void)state;
    scratch_make(path);
    spool.ledger = -1;
    if (store_open(&store, path) != STORE_OPEN)
        return -1;
    open_again();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    spool_close(&spool);
    store_close(&store);
    scratch_clear(path);
    return 0;
}

static void put_attempt(const char *job_id, uint32_t attempt)
{
    assert_int_equal(ops.put(ops.ctx, job_id, attempt, (const uint8_t *)job_id,
                             strlen(job_id)),
            PUT_STORED);
}

static void put(const char *job_id)
{
    put_attempt(job_id, 1);
}

static bool mark(const char *job_id, enum print_stage stage, uint8_t fact)
{
    struct print_mark to = { .stage = stage, .fact_id = { fact } };

    if (stage == PRINT_FAILED)
        memcpy(to.reason, "offline", 8);
    return ops.mark(ops.ctx, job_id, &to);
}

static enum print_stage stage_of(const char *job_id)
{
    return ops.look(ops.ctx, job_id).stage;
}

static void append_to_ledger(const char *text)
{
    char name[SCRATCH_BYTES + 16];
    FILE *file;

    spool_close(&spool);
    snprintf(name, sizeof(name), "%s/ledger", path);
    file = fopen(name, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void every_stage_outlives_a_restart(void **unused)
{
    uint8_t bytes[16];

    (void)unused;
    put("offered");
    put("released");
    put("started");
    put("printed");
    put("uncertain");
    put("failed");
    assert_true(mark("released", PRINT_RELEASED, 0));
    assert_true(mark("started", PRINT_STARTED, 0));
    assert_true(mark("printed", PRINT_PRINTED, 1));
    assert_true(mark("uncertain", PRINT_UNCERTAIN, 2));
    assert_true(mark("failed", PRINT_FAILED, 3));
    for (int i = 0; i < 2; i++) {
        open_again();
        assert_int_equal(stage_of("offered"), PRINT_OFFERED);
        assert_int_equal(stage_of("released"), PRINT_RELEASED);
        assert_int_equal(stage_of("started"), PRINT_STARTED);
        assert_int_equal(stage_of("printed"), PRINT_PRINTED);
        assert_int_equal(stage_of("uncertain"), PRINT_UNCERTAIN);
        assert_int_equal(stage_of("failed"), PRINT_FAILED);
        assert_int_equal(stage_of("other"), PRINT_UNKNOWN);
    }
    assert_string_equal(ops.look(ops.ctx, "failed").reason, "offline");
    assert_int_equal(ops.look(ops.ctx, "failed").fact_id[0], 3);
    assert_int_equal(ops.read(ops.ctx, "offered", bytes, sizeof(bytes)), 7);
    assert_memory_equal(bytes, "offered", 7);
}

static void the_order_of_arrival_outlives_a_restart(void **unused)
{
    char job_id[PRINT_JOB_ID_BYTES];

    (void)unused;
    put("b");
    put("a");
    open_again();
    put("c");
    assert_true(ops.oldest(ops.ctx, PRINT_OFFERED, job_id));
    assert_string_equal(job_id, "b");
    assert_true(mark("b", PRINT_PRINTED, 1));
    assert_true(ops.oldest(ops.ctx, PRINT_OFFERED, job_id));
    assert_string_equal(job_id, "a");
    assert_true(mark("a", PRINT_PRINTED, 1));
    assert_true(ops.oldest(ops.ctx, PRINT_OFFERED, job_id));
    assert_string_equal(job_id, "c");
}

static void a_line_cut_off_by_a_loss_of_power_does_not_count(void **unused)
{
    (void)unused;
    put("j1");
    put("j12");
    append_to_ledger("S j1");
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    append_to_ledger("S j1\nP j12 0123\ngarbage\n\xff\n S j1 .\n");
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_int_equal(stage_of("j12"), PRINT_OFFERED);
    append_to_ledger("S j12 .\n");
    open_again();
    assert_int_equal(stage_of("j12"), PRINT_STARTED);
}

static void an_offer_without_its_file_is_no_job(void **unused)
{
    (void)unused;
    append_to_ledger("Q ghost 1 .\n");
    open_again();
    assert_int_equal(stage_of("ghost"), PRINT_UNKNOWN);
}

static void a_file_that_the_ledger_does_not_know_goes(void **unused)
{
    static const char name[] = "00000000000000000007.stray.1.job";
    char bytes[8];

    (void)unused;
    assert_true(store_put(&store, name, "x", 1));
    open_again();
    assert_int_equal(stage_of("stray"), PRINT_UNKNOWN);
    assert_int_equal(store_get(&store, name, bytes, sizeof(bytes)), 0);
}

static void each_result_is_offered_once_a_run_until_it_is_told(void **unused)
{
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark result;

    (void)unused;
    put("j1");
    put("j2");
    assert_true(mark("j1", PRINT_STARTED, 0));
    assert_true(mark("j2", PRINT_STARTED, 0));
    assert_false(ops.untold(ops.ctx, job_id, &result));
    assert_true(mark("j1", PRINT_PRINTED, 7));
    assert_true(ops.untold(ops.ctx, job_id, &result));
    assert_string_equal(job_id, "j1");
    assert_int_equal(result.fact_id[0], 7);
    assert_false(ops.untold(ops.ctx, job_id, &result));
    open_again();
    assert_true(ops.untold(ops.ctx, job_id, &result));
    ops.told(ops.ctx, result.fact_id);
    open_again();
    assert_false(ops.untold(ops.ctx, job_id, &result));
}

static void an_offer_stored_is_news_once_a_run(void **unused)
{
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark offer;

    (void)unused;
    put_attempt("j1", 3);
    for (int i = 0; i < 2; i++) {
        assert_true(ops.untold(ops.ctx, job_id, &offer));
        assert_int_equal(offer.stage, PRINT_OFFERED);
        assert_int_equal(offer.attempt, 3);
        assert_false(ops.untold(ops.ctx, job_id, &offer));
        open_again();
    }
    /* Its result is other news. */
    assert_true(ops.untold(ops.ctx, job_id, &offer));
    assert_true(mark("j1", PRINT_PRINTED, 7));
    assert_true(ops.untold(ops.ctx, job_id, &offer));
    assert_int_equal(offer.stage, PRINT_PRINTED);
}

static uint32_t files(void)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, NULL);
    uint32_t jobs = 0;

    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        jobs += strstr(names[i]->d_name, ".job") != NULL;
        free(names[i]);
    }
    free(names);
    return jobs;
}

static void a_newer_offer_takes_the_place_of_an_older_one(void **unused)
{
    char bytes[8] = "";

    (void)unused;
    put_attempt("j1", 1);
    assert_true(mark("j1", PRINT_RELEASED, 0));
    assert_int_equal(
            ops.put(ops.ctx, "j1", 2, (const uint8_t *)"new", 3), PUT_STORED);
    assert_int_equal(files(), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stage_of("j1"), PRINT_OFFERED);
        assert_int_equal(ops.look(ops.ctx, "j1").attempt, 2);
        assert_int_equal(
                ops.read(ops.ctx, "j1", (uint8_t *)bytes, sizeof(bytes)), 3);
        assert_string_equal(bytes, "new");
        open_again();
    }
}

/* The power went between the newer file and its line in the ledger, or between
 * that and the end of the older file. */
static void of_two_offers_on_disk_the_ledger_says_which(void **unused)
{
    char bytes[8] = "";

    (void)unused;
    put_attempt("j1", 1);
    assert_true(mark("j1", PRINT_RELEASED, 0));
    assert_true(store_put(&store, "00000000000000000009.j1.2.job", "new", 3));
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_RELEASED);
    assert_int_equal(
            ops.read(ops.ctx, "j1", (uint8_t *)bytes, sizeof(bytes)), 2);
    assert_int_equal(files(), 1);

    assert_true(store_put(&store, "00000000000000000019.j1.2.job", "new", 3));
    append_to_ledger("Q j1 2 .\n");
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_int_equal(
            ops.read(ops.ctx, "j1", (uint8_t *)bytes, sizeof(bytes)), 3);
    assert_int_equal(files(), 1);
}

static void the_number_of_an_offer_outlives_its_end(void **unused)
{
    (void)unused;
    put_attempt("j1", 7);
    assert_true(mark("j1", PRINT_FAILED, 1));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stage_of("j1"), PRINT_FAILED);
        assert_int_equal(ops.look(ops.ctx, "j1").attempt, 7);
        open_again();
    }
}

static void what_is_forgotten_is_gone_and_makes_room(void **unused)
{
    char job_id[16];

    (void)unused;
    for (int i = 0; i < SPOOL_JOBS; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        put(job_id);
    }
    assert_int_equal(
            ops.put(ops.ctx, "more", 1, (const uint8_t *)"x", 1), PUT_FULL);
    put_attempt("j0", 2); /* it has its place already */
    assert_true(mark("j7", PRINT_UNKNOWN, 0));
    assert_int_equal(stage_of("j7"), PRINT_UNKNOWN);
    put("more");
    assert_int_equal(files(), SPOOL_JOBS);
    open_again();
    assert_int_equal(stage_of("j7"), PRINT_UNKNOWN);
    assert_int_equal(stage_of("more"), PRINT_OFFERED);
}

static void a_failed_job_can_be_offered_anew_and_comes_last(void **unused)
{
    char job_id[PRINT_JOB_ID_BYTES];

    (void)unused;
    put("j1");
    assert_true(mark("j1", PRINT_FAILED, 1));
    put("j2");
    put("j1");
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_true(ops.oldest(ops.ctx, PRINT_OFFERED, job_id));
    assert_string_equal(job_id, "j2");
}

static void only_the_newest_jobs_are_remembered(void **unused)
{
    char job_id[16];

    (void)unused;
    for (int i = 0; i <= SPOOL_LEDGER; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        put(job_id);
        assert_true(mark(job_id, PRINT_PRINTED, (uint8_t)i));
    }
    assert_int_equal(stage_of("j0"), PRINT_UNKNOWN);
    assert_int_equal(stage_of("j1"), PRINT_PRINTED);
    open_again();
    assert_int_equal(stage_of("j0"), PRINT_UNKNOWN);
    assert_int_equal(stage_of("j1"), PRINT_PRINTED);
    assert_int_equal(stage_of(job_id), PRINT_PRINTED);
}

static void on_a_full_disk_nothing_starts_but_a_result_holds(void **unused)
{
    int full = open("/dev/full", O_WRONLY);
    int ledger = spool.ledger;

    (void)unused;
    put("j1");
    put("j2");
    assert_true(mark("j2", PRINT_STARTED, 0));
    spool.ledger = full;
    assert_false(mark("j1", PRINT_RELEASED, 0));
    assert_false(mark("j1", PRINT_STARTED, 0));
    assert_false(mark("j1", PRINT_FAILED, 2)); /* another would print it too */
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_false(mark("j2", PRINT_PRINTED, 1));
    assert_int_equal(stage_of("j2"), PRINT_PRINTED);
    assert_int_equal(
            ops.put(ops.ctx, "j3", 1, (const uint8_t *)"x", 1), PUT_FAILED);
    assert_int_equal(stage_of("j3"), PRINT_UNKNOWN);
    spool.ledger = ledger;
    close(full);
    open_again();
    assert_int_equal(stage_of("j2"), PRINT_STARTED); /* so: uncertain */
    assert_int_equal(stage_of("j3"), PRINT_UNKNOWN);
}

/* The ledger may grow by `more` bytes; the disk is full behind them. */
static void fill_disk(off_t more)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur =
            more < 0 ? limit.rlim_max
                     : (rlim_t)(lseek(spool.ledger, 0, SEEK_END) + more);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void half_a_line_never_swallows_the_next_one(void **unused)
{
    (void)unused;
    put("j1");
    put("j2");
    assert_true(mark("j2", PRINT_STARTED, 0));
    fill_disk(5);
    mark("j2", PRINT_PRINTED, 1); /* not even a line feed fits behind it */
    fill_disk(-1);
    assert_true(mark("j1", PRINT_STARTED, 0));
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_STARTED);
    assert_int_equal(stage_of("j2"), PRINT_STARTED);
}

static void a_ledger_written_anew_without_a_sync_is_the_ledger(void **unused)
{
    struct store real = store;

    (void)unused;
    put("j1");
    spool.lines = 1u << 30;
    store.dir = open(path, O_PATH | O_DIRECTORY); /* cannot be synced */
    assert_int_equal(
            ops.put(ops.ctx, "j2", 1, (const uint8_t *)"x", 1), PUT_FAILED);
    close(store.dir);
    store = real;
    assert_true(mark("j1", PRINT_STARTED, 0));
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_STARTED);
}

static void a_ledger_of_nothing_but_waiting_jobs_can_be_read(void **unused)
{
    static char text[SPOOL_LEDGER * 24];
    size_t len = 0;

    (void)unused;
    put("j1");
    for (int i = 0; i <= SPOOL_LEDGER; i++)
        len += (size_t)snprintf(
                text + len, sizeof(text) - len, "Q ghost%d 1 .\n", i);
    append_to_ledger(text);
    open_again();
    assert_int_equal(stage_of("ghost7"), PRINT_UNKNOWN);
    put("j2");
    assert_int_equal(stage_of("j2"), PRINT_OFFERED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(every_stage_outlives_a_restart),
        TEST(the_order_of_arrival_outlives_a_restart),
        TEST(a_line_cut_off_by_a_loss_of_power_does_not_count),
        TEST(an_offer_without_its_file_is_no_job),
        TEST(a_file_that_the_ledger_does_not_know_goes),
        TEST(each_result_is_offered_once_a_run_until_it_is_told),
        TEST(an_offer_stored_is_news_once_a_run),
        TEST(a_newer_offer_takes_the_place_of_an_older_one),
        TEST(of_two_offers_on_disk_the_ledger_says_which),
        TEST(the_number_of_an_offer_outlives_its_end),
        TEST(what_is_forgotten_is_gone_and_makes_room),
        TEST(a_failed_job_can_be_offered_anew_and_comes_last),
        TEST(only_the_newest_jobs_are_remembered),
        TEST(on_a_full_disk_nothing_starts_but_a_result_holds),
        TEST(half_a_line_never_swallows_the_next_one),
        TEST(a_ledger_written_anew_without_a_sync_is_the_ledger),
        TEST(a_ledger_of_nothing_but_waiting_jobs_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
