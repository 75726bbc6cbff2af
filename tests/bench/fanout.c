/*
 * fanout: what does it cost to tell an event to many?
 *
 * Orders go to the daemon over MQTT and come out at N WebSocket clients in
 * the kitchen's room. Beside it, in turns, a bare program that only sends.
 */
#include <stdio.h>

#include "tests/bench/base.h"
#include "tests/bench/floor.h"
#include "tests/bench/producer.h"
#include "tests/bench/trace.h"

#define ROUNDS       3
#define WINDOW       64  /* orders under way in a burst */
#define TRACED       100 /* orders while system calls are counted */
#define LIMIT_S      300
#define FIRST_EVENTS 50
#define SENDS        "sendto,sendmsg,write,writev"

struct bench {
    const char *folder;
    uint32_t clients;
    uint32_t events; /* orders in a round */
    struct daemon daemon;
    struct producer producer;
    struct crowd crowd; /* of the daemon */
    struct floor floor;
    struct crowd floor_crowd;
};

/* Both at the same load, in turns; and the ratios, from the rounds' middle. */
struct pair {
    struct measure daemon, floor;
    double cpu[ROUNDS], wall[ROUNDS];
};

static double each(int64_t us, uint64_t count)
{
    return (double)us / (double)(count ? count : 1);
}

static void run_round(
        struct bench *bench, struct pair *pair, uint32_t window, uint32_t round)
{
    struct source ours = producer_orders(&bench->producer, bench->daemon.pid);
    struct source bare = floor_source(&bench->floor);
    struct measure daemon, floor;

    daemon = load_run(&ours, &bench->crowd, bench->events, window);
    producer_clear(&bench->producer, &bench->crowd);
    floor = load_run(&bare, &bench->floor_crowd, bench->events, window);
    pair->cpu[round] = each(daemon.cpu_us, daemon.frames) /
                       each(floor.cpu_us, floor.frames);
    pair->wall[round] = each(daemon.wall_us, daemon.frames) /
                        each(floor.wall_us, floor.frames);
    pair->daemon = load_sum(pair->daemon, daemon);
    pair->floor = load_sum(pair->floor, floor);
}

/* What an order costs the daemon when nobody listens. */
static struct measure run_alone(struct bench *bench, uint32_t window)
{
    struct source ours = producer_orders(&bench->producer, bench->daemon.pid);
    struct measure measure = { 0 };

    for (int round = 0; round < ROUNDS; round++) {
        measure =
                load_sum(measure, load_run(&ours, NULL, bench->events, window));
        producer_clear(&bench->producer, NULL);
    }
    return measure;
}

static void print_line(const char *name, const struct measure *measure)
{
    printf("  %-8s %7.2f us CPU a delivery, %8.0f deliveries/s, "
           "%7.2f ms an order\n",
            name, each(measure->cpu_us, measure->frames),
            1e6 / each(measure->wall_us, measure->frames),
            each(measure->wall_us, measure->events) / 1000);
}

static void print_pair(
        const char *title, struct pair *pair, const struct measure *alone)
{
    double own_us = each(alone->cpu_us, alone->events);
    double more_us =
            (double)pair->daemon.cpu_us - own_us * (double)pair->daemon.events;

    printf("%s\n", title);
    print_line("daemon", &pair->daemon);
    print_line("floor", &pair->floor);
    printf("  ratio of CPU a delivery   %.2f\n",
            bench_median(pair->cpu, ROUNDS));
    printf("  without what an order costs with no listener (%.0f us): %.2f\n",
            own_us,
            more_us / (double)pair->daemon.frames /
                    each(pair->floor.cpu_us, pair->floor.frames));
    printf("  ratio of time a delivery  %.2f\n",
            bench_median(pair->wall, ROUNDS));
}

/* Of these sendto() is the WebSockets; MQTT and the journal write(). */
static void count_sends(struct bench *bench, uint32_t window)
{
    struct source ours = producer_orders(&bench->producer, bench->daemon.pid);
    struct measure measure;
    struct trace trace;

    trace_start(&trace, bench->folder, bench->daemon.pid, SENDS);
    measure = load_run(&ours, &bench->crowd, TRACED, window);
    if (!trace_stop(&trace))
        printf("  sends a delivery: not counted, strace is not allowed\n");
    else
        printf("  %.3f sendto() a delivery; all writes, MQTT and journal "
               "too: %.3f\n",
                (double)trace_count(&trace, "sendto") / (double)measure.frames,
                (double)trace_count(&trace, "total") / (double)measure.frames);
    producer_clear(&bench->producer, &bench->crowd);
}

static void run(struct bench *bench, const char *title, uint32_t window,
        const struct measure *alone)
{
    struct pair pair = { 0 };

    for (uint32_t round = 0; round < ROUNDS; round++)
        run_round(bench, &pair, window, round);
    print_pair(title, &pair, alone);
    count_sends(bench, window);
}

/* The crowds; the floor's frames are as long as the daemon's are. */
static void gather(struct bench *bench, const char *token)
{
    struct source ours = producer_orders(&bench->producer, bench->daemon.pid);
    struct measure first;

    crowd_init(&bench->crowd, bench->clients, bench->daemon.port, token);
    crowd_join(&bench->crowd, bench->clients);
    first = load_run(&ours, &bench->crowd, FIRST_EVENTS, WINDOW);
    producer_clear(&bench->producer, &bench->crowd);
    crowd_init(&bench->floor_crowd, bench->clients, 0, NULL);
    floor_start(&bench->floor, &bench->floor_crowd, bench->clients,
            (uint32_t)(first.bytes / first.frames));
    printf("fanout: %u clients, %u rounds of %u orders, %.1f deliveries an "
           "order and client, frames of %llu bytes\n",
            bench->clients, ROUNDS, bench->events,
            (double)first.frames / first.events / bench->clients,
            (unsigned long long)(first.bytes / first.frames));
}

int main(int argc, char **argv)
{
    struct bench bench = { 0 };
    struct measure alone_one, alone_burst;
    char token[1024];

    bench_start(LIMIT_S);
    if (argc != 5)
        bench_fail("usage: fanout PROGRAM FOLDER CLIENTS EVENTS");
    bench.folder = argv[2];
    bench.clients = bench_number(argv[3], 1, 4000);
    bench.events = bench_number(argv[4], 10, 2000);
    daemon_start(&bench.daemon, argv[1], bench.folder);
    daemon_token(&bench.daemon, "kitchen", token, sizeof(token));
    producer_open(&bench.producer, &bench.daemon);
    alone_one = run_alone(&bench, 1);
    alone_burst = run_alone(&bench, WINDOW);
    gather(&bench, token);
    run(&bench, "one order at a time", 1, &alone_one);
    run(&bench, "in bursts: 64 orders under way", WINDOW, &alone_burst);
    floor_stop(&bench.floor);
    crowd_finish(&bench.crowd);
    crowd_finish(&bench.floor_crowd);
    producer_close(&bench.producer);
    daemon_stop(&bench.daemon);
    return 0;
}
