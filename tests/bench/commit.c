/*
 * commit: what does it cost to have an event on disk before anybody is told?
 *
 * A producer changes orders over MQTT and counts receipts; one change is one
 * row of the journal. Beside it, in turns, SQLite alone with as many rows of
 * the same size.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "tests/bench/bare.h"
#include "tests/bench/base.h"
#include "tests/bench/producer.h"
#include "tests/bench/trace.h"

#define ROUNDS  3
#define ONE     4   /* one at a time there are so many times fewer events */
#define WINDOW  256 /* events under way in a burst */
#define OPEN    20  /* orders that are changed */
#define FIRST   200 /* events from which the size of a row is learned */
#define REST_MS 1200
#define LIMIT_S 240

struct bench {
    const char *program;
    const char *folder;
    char bare[300];
    uint32_t events; /* in a round of bursts */
    uint32_t row_bytes;
    struct daemon daemon;
    struct producer producer;
};

/* One way of writing, all rounds. Rates are events or rows a second. */
struct way {
    uint32_t window;
    uint32_t events;
    uint64_t rows, commits; /* of the daemon */
    struct measure daemon;
    int64_t broker_us;
    struct bare_cost batched;
    double rates[ROUNDS], singles[ROUNDS], batches[ROUNDS];
};

static double rate(uint32_t events, int64_t us)
{
    return events * 1e6 / (double)us;
}

static void open_orders(struct bench *bench)
{
    struct source orders = producer_orders(&bench->producer, bench->daemon.pid);

    load_run(&orders, NULL, OPEN, OPEN);
    load_rest(&orders, NULL, REST_MS);
}

/* A daemon of its own, to see how long the rows are. */
static void learn_row(struct bench *bench)
{
    struct source updates;
    char folder[280], path[300];

    snprintf(folder, sizeof(folder), "%s/first", bench->folder);
    mkdir(folder, 0700);
    daemon_start(&bench->daemon, bench->program, folder);
    producer_open(&bench->producer, &bench->daemon);
    open_orders(bench);
    updates = producer_updates(&bench->producer, bench->daemon.pid);
    load_run(&updates, NULL, FIRST, WINDOW);
    producer_close(&bench->producer);
    daemon_stop(&bench->daemon);
    snprintf(path, sizeof(path), "%s/journal.db", bench->daemon.data);
    bench->row_bytes = bare_row_bytes(path, "order.updated-%");
}

static struct measure run_daemon(struct bench *bench, struct way *way)
{
    struct source updates =
            producer_updates(&bench->producer, bench->daemon.pid);
    uint64_t head = daemon_metric(
            &bench->daemon, "dumbwaiter_journal_head{site=\"main\"}");
    uint64_t commits =
            daemon_metric(&bench->daemon, "dumbwaiter_journal_commits_total");
    int64_t broker_us = bench_cpu_us(bench->daemon.broker);
    struct measure measure = load_run(&updates, NULL, way->events, way->window);

    way->broker_us += bench_cpu_us(bench->daemon.broker) - broker_us;
    way->commits +=
            daemon_metric(&bench->daemon, "dumbwaiter_journal_commits_total") -
            commits;
    way->rows += daemon_metric(&bench->daemon,
                         "dumbwaiter_journal_head{site=\"main\"}") -
                 head;
    load_rest(&updates, NULL, REST_MS);
    return measure;
}

/* The bare loop's batches are as large as the daemon's turns have been. */
static void run_bare(struct bench *bench, struct way *way, uint32_t round)
{
    uint32_t batch = (uint32_t)((way->rows + way->commits / 2) / way->commits);
    struct bare_cost single =
            bare_write(bench->bare, way->events, bench->row_bytes, 1);
    struct bare_cost batched = bare_write(
            bench->bare, way->events, bench->row_bytes, batch ? batch : 1);

    way->singles[round] = rate(way->events, single.wall_us);
    way->batches[round] = rate(way->events, batched.wall_us);
    way->batched.wall_us += batched.wall_us;
    way->batched.cpu_us += batched.cpu_us;
}

static void run_round(struct bench *bench, struct way *way, uint32_t round)
{
    struct measure measure = run_daemon(bench, way);

    way->daemon = load_sum(way->daemon, measure);
    way->rates[round] = rate(way->events, measure.wall_us);
    run_bare(bench, way, round);
}

static void count_syncs(struct bench *bench, const struct way *way)
{
    struct way traced = { .window = way->window, .events = way->events };
    struct trace trace;

    trace_start(&trace, bench->folder, bench->daemon.pid, "fdatasync,fsync");
    run_daemon(bench, &traced);
    if (trace_stop(&trace))
        printf("  fdatasync()                %.2f a commit, checkpoints "
               "included; while counted, %.1f rows a commit\n",
                (double)trace_count(&trace, "total") / (double)traced.commits,
                (double)traced.rows / (double)traced.commits);
    else
        printf("  fdatasync(): not counted, strace is not allowed\n");
}

static double median_ratio(const double *above, const double *below)
{
    double ratios[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        ratios[i] = above[i] / below[i];
    return bench_median(ratios, ROUNDS);
}

static void print_way(const char *title, struct way *way)
{
    double events = way->daemon.events;
    double single = median_ratio(way->rates, way->singles);
    double batch = median_ratio(way->rates, way->batches);

    printf("%s\n", title);
    printf("  daemon               %8.0f events/s, %5.1f us CPU an event "
           "(its broker %.0f), %.1f rows a commit\n",
            bench_median(way->rates, ROUNDS),
            (double)way->daemon.cpu_us / events,
            (double)way->broker_us / events,
            (double)way->rows / (double)way->commits);
    printf("  SQLite, same batches %8.0f rows/s,   %5.1f us CPU a row\n",
            bench_median(way->batches, ROUNDS),
            (double)way->batched.cpu_us / events);
    printf("  SQLite, row by row   %8.0f rows/s\n",
            bench_median(way->singles, ROUNDS));
    printf("  ratio of CPU               %.2f\n",
            (double)way->daemon.cpu_us / (double)way->batched.cpu_us);
    printf("  ratio of rates             %.2f of the same batches, "
           "%.2f of row by row\n",
            batch, single);
}

static void run(struct bench *bench, const char *title, uint32_t events,
        uint32_t window)
{
    struct way way = { .window = window, .events = events };

    for (uint32_t round = 0; round < ROUNDS; round++)
        run_round(bench, &way, round);
    print_way(title, &way);
    count_syncs(bench, &way);
}

int main(int argc, char **argv)
{
    struct bench bench = { 0 };

    bench_start(LIMIT_S);
    if (argc != 4)
        bench_fail("usage: commit PROGRAM FOLDER EVENTS");
    bench.program = argv[1];
    bench.folder = argv[2];
    bench.events = bench_number(argv[3], 100, 20000);
    snprintf(bench.bare, sizeof(bench.bare), "%s/bare.db", bench.folder);
    learn_row(&bench);
    daemon_start(&bench.daemon, bench.program, bench.folder);
    producer_open(&bench.producer, &bench.daemon);
    open_orders(&bench);
    printf("commit: %u rounds, rows of %u bytes\n", ROUNDS, bench.row_bytes);
    run(&bench, "one event at a time", bench.events / ONE, 1);
    run(&bench, "in bursts: 256 events under way", bench.events, WINDOW);
    producer_close(&bench.producer);
    daemon_stop(&bench.daemon);
    return 0;
}
