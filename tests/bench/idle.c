/*
 * idle: what does a client cost that only waits?
 *
 * Clients join the kitchen's room and nothing happens. They are counted in
 * two sizes, so that what grows faster than their number shows.
 */
#include <poll.h>
#include <stdio.h>

#include "tests/bench/base.h"
#include "tests/bench/crowd.h"
#include "tests/bench/daemon.h"

#define LIMIT_S   240
#define SETTLE_MS 1000
#define WATCH_MS  25000 /* in which each client has one heartbeat */

struct look {
    uint32_t clients;
    uint64_t rss;
    double join_us; /* CPU for each that has come since the last look */
    double cpu_ms;  /* a second */
    double beats;   /* a second */
};

static void rest(struct crowd *crowd, int ms)
{
    int64_t until_us = bench_now_us() + ms * 1000ll;
    struct pollfd wait = { .fd = crowd->epoll, .events = POLLIN };

    while (bench_now_us() < until_us) {
        poll(&wait, 1, 20);
        crowd_serve(crowd);
    }
}

static struct look look(
        const struct daemon *daemon, struct crowd *crowd, uint32_t clients)
{
    struct look look = { .clients = clients };
    uint32_t fresh = clients - crowd->joined;
    int64_t cpu_us = bench_cpu_us(daemon->pid);
    uint64_t beats;

    crowd_join(crowd, clients);
    look.join_us =
            fresh ? (double)(bench_cpu_us(daemon->pid) - cpu_us) / fresh : 0;
    rest(crowd, SETTLE_MS);
    look.rss = bench_rss(daemon->pid);
    beats = crowd->pings;
    cpu_us = bench_cpu_us(daemon->pid);
    rest(crowd, WATCH_MS);
    look.cpu_ms = (double)(bench_cpu_us(daemon->pid) - cpu_us) / WATCH_MS;
    look.beats = (double)(crowd->pings - beats) * 1000 / WATCH_MS;
    return look;
}

static void print_look(const struct look *look, const struct look *none)
{
    double clients = look->clients ? look->clients : 1;

    printf("  %5u clients: %5.1f MiB, %5.2f ms CPU and %5.1f heartbeats "
           "a second\n",
            look->clients, (double)look->rss / (1 << 20), look->cpu_ms,
            look->beats);
    if (look->clients > 0)
        printf("                 each: %.2f KiB, %.2f us CPU a second, "
               "%.0f us CPU to join\n",
                (double)(look->rss - none->rss) / 1024 / clients,
                (look->cpu_ms - none->cpu_ms) * 1000 / clients, look->join_us);
}

static void print_ratios(
        const struct look *none, const struct look *few, const struct look *all)
{
    printf("  ratio of clients           %.2f\n",
            (double)all->clients / few->clients);
    printf("  ratio of their memory      %.2f\n",
            (double)(all->rss - none->rss) / (double)(few->rss - none->rss));
    printf("  ratio of their CPU         %.2f\n",
            (all->cpu_ms - none->cpu_ms) / (few->cpu_ms - none->cpu_ms));
    printf("  ratio of CPU to join       %.2f\n", all->join_us / few->join_us);
}

int main(int argc, char **argv)
{
    struct look none, few, all;
    struct daemon daemon;
    struct crowd crowd;
    char token[1024];
    uint32_t few_clients, all_clients;

    bench_start(LIMIT_S);
    if (argc != 5)
        bench_fail("usage: idle PROGRAM FOLDER CLIENTS MORE_CLIENTS");
    few_clients = bench_number(argv[3], 1, 10000);
    all_clients = bench_number(argv[4], few_clients, 10000);
    daemon_start(&daemon, argv[1], argv[2]);
    daemon_token(&daemon, "kitchen", token, sizeof(token));
    crowd_init(&crowd, all_clients, daemon.port, token);
    none = look(&daemon, &crowd, 0);
    few = look(&daemon, &crowd, few_clients);
    all = look(&daemon, &crowd, all_clients);
    printf("idle: joined clients, %d s each\n", WATCH_MS / 1000);
    print_look(&none, &none);
    print_look(&few, &none);
    print_look(&all, &none);
    print_ratios(&none, &few, &all);
    crowd_finish(&crowd);
    daemon_stop(&daemon);
    return 0;
}
