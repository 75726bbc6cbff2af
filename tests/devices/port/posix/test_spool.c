#include "devices/port/posix/spool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/devices/scratch.h"

static char path[SCRATCH_BYTES];
static struct spool spool;
static struct print_spool ops;

static void open_again(void)
{
    spool_close(&spool);
    assert_null(spool_open(&spool, path));
    ops = spool_of(&spool);
}

static int start(void **state)
{
    (void)state;
    scratch_make(path);
    open_again();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    spool_close(&spool);
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

static void a_newer_offer_takes_the_place_of_an_older_one(void **unused)
{
    char bytes[8] = "";

    (void)unused;
    put_attempt("j1", 1);
    assert_true(mark("j1", PRINT_RELEASED, 0));
    assert_int_equal(
            ops.put(ops.ctx, "j1", 2, (const uint8_t *)"new", 3), PUT_STORED);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stage_of("j1"), PRINT_OFFERED);
        assert_int_equal(ops.look(ops.ctx, "j1").attempt, 2);
        assert_int_equal(
                ops.read(ops.ctx, "j1", (uint8_t *)bytes, sizeof(bytes)), 3);
        assert_string_equal(bytes, "new");
        open_again();
    }
}

static void what_was_begun_is_never_stored_anew(void **unused)
{
    static const enum print_stage begun[] = { PRINT_STARTED, PRINT_PRINTED,
        PRINT_UNCERTAIN };

    (void)unused;
    put("j1");
    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
        assert_true(mark("j1", begun[i], 1));
        assert_int_equal(
                ops.put(ops.ctx, "j1", 2, (const uint8_t *)"x", 1), PUT_FAILED);
        assert_int_equal(stage_of("j1"), begun[i]);
        assert_int_equal(ops.look(ops.ctx, "j1").attempt, 1);
    }
}

static void a_job_that_is_not_there_is_not_moved_on(void **unused)
{
    uint8_t bytes[8];

    (void)unused;
    assert_false(mark("ghost", PRINT_RELEASED, 0));
    assert_false(mark("ghost", PRINT_PRINTED, 1));
    assert_false(mark("ghost", PRINT_UNKNOWN, 0));
    assert_int_equal(stage_of("ghost"), PRINT_UNKNOWN);
    assert_int_equal(ops.read(ops.ctx, "ghost", bytes, sizeof(bytes)), 0);
}

static void of_a_job_that_is_over_the_bytes_are_gone(void **unused)
{
    uint8_t bytes[8];

    (void)unused;
    put("j1");
    assert_int_equal(ops.read(ops.ctx, "j1", bytes, 1), 0); /* no half job */
    assert_int_equal(ops.read(ops.ctx, "j1", bytes, sizeof(bytes)), 2);
    assert_true(mark("j1", PRINT_PRINTED, 1));
    assert_int_equal(ops.read(ops.ctx, "j1", bytes, sizeof(bytes)), 0);
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
    char job_id[16] = "";

    (void)unused;
    for (int i = 0; i <= SPOOL_ROWS; i++) {
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

/* A full disk, as files may not grow beyond `bytes`; RLIM_INFINITY: it has
 * room again. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void on_a_full_disk_nothing_starts_but_a_result_holds(void **unused)
{
    (void)unused;
    put("j1");
    put("j2");
    assert_true(mark("j2", PRINT_STARTED, 0));
    limit_files(1);
    assert_false(mark("j1", PRINT_RELEASED, 0));
    assert_false(mark("j1", PRINT_STARTED, 0));
    assert_false(mark("j1", PRINT_FAILED, 2)); /* another would print it too */
    assert_false(mark("j1", PRINT_UNKNOWN, 0));
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_false(mark("j2", PRINT_PRINTED, 1));
    assert_int_equal(stage_of("j2"), PRINT_PRINTED);
    assert_int_equal(
            ops.put(ops.ctx, "j3", 1, (const uint8_t *)"x", 1), PUT_FAILED);
    assert_int_equal(
            ops.put(ops.ctx, "j1", 2, (const uint8_t *)"x", 1), PUT_FAILED);
    assert_int_equal(ops.look(ops.ctx, "j1").attempt, 1);
    assert_int_equal(stage_of("j3"), PRINT_UNKNOWN);
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_OFFERED);
    assert_int_equal(stage_of("j2"), PRINT_STARTED); /* so: uncertain */
    assert_int_equal(stage_of("j3"), PRINT_UNKNOWN);
    limit_files(RLIM_INFINITY);
    put("j3");
}

static void a_result_that_the_disk_did_not_take_is_told_and_stored_later(
        void **unused)
{
    char job_id[PRINT_JOB_ID_BYTES];
    struct print_mark result;

    (void)unused;
    put_attempt("j1", 5);
    assert_true(ops.untold(ops.ctx, job_id, &result));
    assert_true(mark("j1", PRINT_STARTED, 0));
    limit_files(1);
    assert_false(mark("j1", PRINT_PRINTED, 7));
    assert_true(ops.untold(ops.ctx, job_id, &result));
    assert_string_equal(job_id, "j1");
    assert_int_equal(result.stage, PRINT_PRINTED);
    assert_int_equal(result.fact_id[0], 7);
    assert_int_equal(result.attempt, 5);
    assert_false(ops.untold(ops.ctx, job_id, &result));
    assert_false(ops.oldest(ops.ctx, PRINT_STARTED, job_id));
    limit_files(RLIM_INFINITY);
    put("j2");
    open_again();
    assert_int_equal(stage_of("j1"), PRINT_PRINTED);
    assert_int_equal(ops.look(ops.ctx, "j1").fact_id[0], 7);
}

/* Else there would be a result that nobody remembers. */
static void nothing_starts_while_too_many_results_wait_for_the_disk(
        void **unused)
{
    char job_id[16];

    (void)unused;
    for (int i = 0; i <= SPOOL_HELD; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        put(job_id);
        assert_true(mark(job_id, PRINT_STARTED, 0));
    }
    put("more");
    limit_files(1);
    for (int i = 0; i < SPOOL_HELD; i++) {
        snprintf(job_id, sizeof(job_id), "j%d", i);
        assert_false(mark(job_id, PRINT_PRINTED, 1));
        assert_int_equal(stage_of(job_id), PRINT_PRINTED);
    }
    assert_false(mark("more", PRINT_STARTED, 0));
    limit_files(RLIM_INFINITY);
    assert_true(mark("more", PRINT_STARTED, 0));
    assert_int_equal(spool.held_count, 0);
}

static void a_second_process_does_not_get_in(void **unused)
{
    struct spool other;
    int status = -1;
    pid_t child = fork();

    (void)unused;
    if (child == 0)
        _exit(spool_open(&other, path) ? 7 : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void what_is_no_spool_is_refused_and_left_alone(void **unused)
{
    char name[SCRATCH_BYTES + 16];
    char text[64] = "";
    FILE *file;

    (void)unused;
    spool_close(&spool);
    snprintf(name, sizeof(name), "%s/" SPOOL_FILE, path);
    file = fopen(name, "w");
    assert_non_null(file);
    for (int i = 0; i < 100; i++)
        fputs("somebody else's words\n", file);
    fclose(file);
    assert_non_null(spool_open(&spool, path));
    assert_null(spool.db);
    file = fopen(name, "r");
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "somebody else's words\n");
    assert_int_equal(remove(name), 0);
    open_again();
}

/* --- the power goes --- */

#define STEPS 9

/* What a printer does with two jobs, a step at a time. */
static void do_step(int n)
{
    switch (n) {
    case 0:
        put("a");
        break;
    case 1:
        assert_true(mark("a", PRINT_RELEASED, 0));
        break;
    case 2:
        put("b");
        break;
    case 3:
        assert_true(mark("a", PRINT_STARTED, 0));
        break;
    case 4:
        assert_true(mark("b", PRINT_FAILED, 1));
        break;
    case 5:
        assert_true(mark("a", PRINT_PRINTED, 2));
        break;
    case 6:
        put_attempt("b", 2);
        break;
    case 7:
        ops.told(ops.ctx, (uint8_t[DEVICE_ID_BYTES]){ 2 });
        break;
    default:
        assert_true(mark("b", PRINT_RELEASED, 0));
        break;
    }
}

/* What must be there once so many steps are done: of a, of b and its offer,
 * and how much is to be told. */
static const struct {
    enum print_stage a, b;
    uint32_t attempt, news;
} after[STEPS + 1] = {
    { PRINT_UNKNOWN, PRINT_UNKNOWN, 0, 0 },
    { PRINT_OFFERED, PRINT_UNKNOWN, 0, 1 },
    { PRINT_RELEASED, PRINT_UNKNOWN, 0, 0 },
    { PRINT_RELEASED, PRINT_OFFERED, 1, 1 },
    { PRINT_STARTED, PRINT_OFFERED, 1, 1 },
    { PRINT_STARTED, PRINT_FAILED, 1, 1 },
    { PRINT_PRINTED, PRINT_FAILED, 1, 2 },
    { PRINT_PRINTED, PRINT_OFFERED, 2, 2 },
    { PRINT_PRINTED, PRINT_OFFERED, 2, 1 },
    { PRINT_PRINTED, PRINT_RELEASED, 2, 0 },
};

#define FILE_MOST (1 << 20)

static size_t read_file(const char *folder, const char *file, char *out)
{
    char name[SCRATCH_BYTES + 32];
    FILE *from;
    size_t len;

    snprintf(name, sizeof(name), "%s/%s", folder, file);
    from = fopen(name, "r");
    if (!from)
        return 0;
    len = fread(out, 1, FILE_MOST, from);
    fclose(from);
    assert_true(len < FILE_MOST);
    return len;
}

static void write_file(
        const char *folder, const char *file, const char *data, size_t len)
{
    char name[SCRATCH_BYTES + 32];
    FILE *to;

    snprintf(name, sizeof(name), "%s/%s", folder, file);
    to = fopen(name, "w");
    assert_non_null(to);
    assert_int_equal(fwrite(data, 1, len, to), len);
    assert_int_equal(fclose(to), 0);
}

/* Does the spool in `folder` know of just so many steps? */
static void assert_steps(const char *folder, int n)
{
    struct spool cut;
    struct print_spool its;
    struct print_mark b, any;
    char job_id[PRINT_JOB_ID_BYTES];
    uint32_t news = 0;

    assert_null(spool_open(&cut, folder));
    its = spool_of(&cut);
    assert_int_equal(its.look(its.ctx, "a").stage, after[n].a);
    b = its.look(its.ctx, "b");
    assert_int_equal(b.stage, after[n].b);
    assert_int_equal(b.attempt, after[n].attempt);
    while (its.untold(its.ctx, job_id, &any))
        news++;
    assert_int_equal(news, after[n].news);
    spool_close(&cut);
}

/* Of a step that was not over any part may be on disk, up to any byte; of one
 * that was, all is. */
static void wherever_the_power_goes_what_was_said_to_be_stored_is(void **unused)
{
    static char db[FILE_MOST], log[FILE_MOST];
    char cut[SCRATCH_BYTES];
    size_t before = 0;

    (void)unused;
    scratch_make(cut);
    for (int n = 0; n < STEPS; n++) {
        size_t db_len, log_len;

        before = read_file(path, SPOOL_FILE "-wal", log);
        do_step(n);
        db_len = read_file(path, SPOOL_FILE, db);
        log_len = read_file(path, SPOOL_FILE "-wal", log);
        assert_true(log_len > before);
        for (size_t len = before; len < log_len; len += 509) {
            write_file(cut, SPOOL_FILE, db, db_len);
            write_file(cut, SPOOL_FILE "-wal", log, len);
            assert_steps(cut, n);
        }
        write_file(cut, SPOOL_FILE, db, db_len);
        write_file(cut, SPOOL_FILE "-wal", log, log_len);
        assert_steps(cut, n + 1);
    }
    scratch_clear(cut);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(every_stage_outlives_a_restart),
        TEST(the_order_of_arrival_outlives_a_restart),
        TEST(each_result_is_offered_once_a_run_until_it_is_told),
        TEST(an_offer_stored_is_news_once_a_run),
        TEST(a_newer_offer_takes_the_place_of_an_older_one),
        TEST(what_was_begun_is_never_stored_anew),
        TEST(a_job_that_is_not_there_is_not_moved_on),
        TEST(of_a_job_that_is_over_the_bytes_are_gone),
        TEST(the_number_of_an_offer_outlives_its_end),
        TEST(what_is_forgotten_is_gone_and_makes_room),
        TEST(a_failed_job_can_be_offered_anew_and_comes_last),
        TEST(only_the_newest_jobs_are_remembered),
        TEST(on_a_full_disk_nothing_starts_but_a_result_holds),
        TEST(a_result_that_the_disk_did_not_take_is_told_and_stored_later),
        TEST(nothing_starts_while_too_many_results_wait_for_the_disk),
        TEST(a_second_process_does_not_get_in),
        TEST(what_is_no_spool_is_refused_and_left_alone),
        TEST(wherever_the_power_goes_what_was_said_to_be_stored_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
