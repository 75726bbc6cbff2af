/*
 * socketio: what do a client that waits and a delivery cost on Socket.IO?
 *
 * The daemon and the reference server for Node (reference.js), with the same
 * clients, who join the kitchen with the verbs of `kebab`; in turns where
 * processor time is compared. The reference only emits, and each of its orders
 * is a frame as long as the daemon's; it knows no journal, no rights and no
 * picture.
 */
#include <poll.h>
#include <stdio.h>

#include "tests/bench/base.h"
#include "tests/bench/pollers.h"
#include "tests/bench/producer.h"
#include "tests/bench/reference.h"

#define LIMIT_S      300
#define ROUNDS       5
#define WINDOW       64 /* orders under way in a burst */
#define FIRST_EVENTS 50
#define SETTLE_MS    1500

struct bench {
    uint32_t few, all; /* clients that wait */
    uint32_t clients, events;
    char token[1024];
    struct daemon daemon;
    struct producer producer;
    struct reference reference;
};

static double each(double whole, uint64_t count)
{
    return whole / (double)(count ? count : 1);
}

/* --- memory --- */

/* What has gone is given back, as far as that goes. */
static uint64_t memory(struct bench *bench, pid_t pid)
{
    if (pid == bench->reference.pid)
        reference_collect(&bench->reference);
    return bench_rss(pid);
}

static void rest(struct crowd *crowd, int ms)
{
    int64_t until_us = bench_now_us() + ms * 1000ll;
    struct pollfd wait = { .fd = crowd->epoll, .events = POLLIN };

    while (bench_now_us() < until_us) {
        poll(&wait, 1, 20);
        crowd_serve(crowd);
    }
}

/* KiB for each client by WebSocket, beyond the first ones. */
static double weigh_sockets(struct bench *bench, pid_t pid, uint16_t port)
{
    struct crowd crowd;
    uint64_t before, after;

    crowd_init(&crowd, bench->all, port, bench->token);
    crowd.is_socketio = true;
    crowd_join(&crowd, bench->few);
    rest(&crowd, SETTLE_MS);
    before = memory(bench, pid);
    crowd_join(&crowd, bench->all);
    rest(&crowd, SETTLE_MS);
    after = memory(bench, pid);
    crowd_finish(&crowd);
    return ((double)after - (double)before) / 1024 / (bench->all - bench->few);
}

/* … and by polling. */
static double weigh_pollers(struct bench *bench, pid_t pid, uint16_t port)
{
    struct pollers pollers;
    uint64_t before, after;

    pollers_init(&pollers, bench->all, port, bench->token);
    pollers_join(&pollers, bench->few);
    pollers_rest(&pollers, SETTLE_MS);
    before = memory(bench, pid);
    pollers_join(&pollers, bench->all);
    pollers_rest(&pollers, SETTLE_MS);
    after = memory(bench, pid);
    pollers_finish(&pollers);
    return ((double)after - (double)before) / 1024 / (bench->all - bench->few);
}

static void print_weights(const char *name, double ours, double reference)
{
    printf("  %-10s daemon %6.2f KiB, reference %6.2f KiB a client, ratio "
           "%.2f\n",
            name, ours, reference, ours / reference);
}

/* Processes of their own for each: what an earlier crowd left behind would be
 * used by the next one. */
static void begin(struct bench *bench, const char *const *argv, uint32_t bytes)
{
    daemon_start(&bench->daemon, argv[1], argv[2]);
    daemon_token(&bench->daemon, "kitchen", bench->token, sizeof(bench->token));
    reference_start(&bench->reference, bytes);
}

static void end(struct bench *bench)
{
    reference_stop(&bench->reference);
    daemon_stop(&bench->daemon);
}

static void weigh(struct bench *bench, const char *const *argv)
{
    double ours, reference;

    printf("idle: %u clients, beyond %u\n", bench->all, bench->few);
    begin(bench, argv, 0);
    ours = weigh_sockets(bench, bench->daemon.pid, bench->daemon.port);
    reference =
            weigh_sockets(bench, bench->reference.pid, bench->reference.port);
    print_weights("WebSocket:", ours, reference);
    end(bench);
    begin(bench, argv, 0);
    ours = weigh_pollers(bench, bench->daemon.pid, bench->daemon.port);
    reference =
            weigh_pollers(bench, bench->reference.pid, bench->reference.port);
    print_weights("polling:", ours, reference);
    end(bench);
}

/* --- deliveries --- */

static double cost(const struct measure *measure)
{
    return each((double)measure->cpu_us, measure->frames);
}

static void print_line(const char *name, const struct measure *measure)
{
    printf("  %-10s %6.2f us CPU a delivery, %8.0f deliveries/s\n", name,
            cost(measure),
            1e6 / each((double)measure->wall_us, measure->frames));
}

static struct measure run_alone(struct bench *bench, uint32_t window)
{
    struct source ours = producer_orders(&bench->producer, bench->daemon.pid);
    struct measure measure = load_run(&ours, NULL, bench->events, window);

    producer_clear(&bench->producer, NULL);
    return measure;
}

static void compare(struct bench *bench, struct crowd *crowd,
        struct crowd *other, uint32_t window, double own_us)
{
    struct source ours = producer_orders(&bench->producer, bench->daemon.pid);
    struct source theirs = reference_source(&bench->reference);
    struct measure a = { 0 }, b = { 0 };
    double ratios[ROUNDS], ratio, net_us;

    for (int round = 0; round < ROUNDS; round++) {
        struct measure one = load_run(&ours, crowd, bench->events, window);
        struct measure two;

        producer_clear(&bench->producer, crowd);
        two = load_run(&theirs, other, bench->events, window);
        ratios[round] = cost(&one) / cost(&two);
        a = load_sum(a, one);
        b = load_sum(b, two);
    }
    ratio = bench_median(ratios, ROUNDS);
    net_us = each((double)a.cpu_us - own_us * a.events, a.frames);
    printf(" %u order%s under way\n", window, window > 1 ? "s" : "");
    print_line("daemon", &a);
    print_line("reference", &b);
    printf("  ratio of CPU a delivery %.3f; without what an order costs with "
           "no listener (%.0f us): %.3f\n",
            ratio, own_us, net_us / cost(&b));
}

static void deliver(struct bench *bench, const char *const *argv)
{
    struct crowd crowd, other;
    struct source ours;
    struct measure first;
    double one_us, burst_us;

    begin(bench, argv, 0);
    reference_stop(&bench->reference); /* it does not know the length yet */
    producer_open(&bench->producer, &bench->daemon);
    ours = producer_orders(&bench->producer, bench->daemon.pid);
    run_alone(bench, WINDOW);
    one_us = each((double)run_alone(bench, 1).cpu_us, bench->events);
    burst_us = each((double)run_alone(bench, WINDOW).cpu_us, bench->events);
    crowd_init(&crowd, bench->clients, bench->daemon.port, bench->token);
    crowd.is_socketio = true;
    crowd_join(&crowd, bench->clients);
    first = load_run(&ours, &crowd, FIRST_EVENTS, WINDOW);
    producer_clear(&bench->producer, &crowd);
    reference_start(&bench->reference, (uint32_t)(first.bytes / first.frames));
    crowd_init(&other, bench->clients, bench->reference.port, bench->token);
    other.is_socketio = true;
    crowd_join(&other, bench->clients);
    ours = reference_source(&bench->reference);
    load_run(&ours, &other, FIRST_EVENTS, WINDOW); /* compiled by now */
    printf("delivery: %u clients, %u rounds of %u orders, %.1f deliveries an "
           "order and client, frames of %llu bytes\n",
            bench->clients, ROUNDS, bench->events,
            (double)first.frames / first.events / bench->clients,
            (unsigned long long)(first.bytes / first.frames));
    compare(bench, &crowd, &other, 1, one_us);
    compare(bench, &crowd, &other, WINDOW, burst_us);
    crowd_finish(&crowd);
    crowd_finish(&other);
    producer_close(&bench->producer);
    end(bench);
}

int main(int argc, char **argv)
{
    static struct bench bench;

    bench_start(LIMIT_S);
    if (argc != 7)
        bench_fail("usage: socketio PROGRAM FOLDER FEW ALL CLIENTS EVENTS");
    bench.few = bench_number(argv[3], 1, 4000);
    bench.all = bench_number(argv[4], bench.few + 1, 8000);
    bench.clients = bench_number(argv[5], 1, 4000);
    bench.events = bench_number(argv[6], 10, 2000);
    weigh(&bench, (const char *const *)argv);
    deliver(&bench, (const char *const *)argv);
    return 0;
}
