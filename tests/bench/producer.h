/*
 * producer: a back end that publishes orders over MQTT and counts receipts.
 *
 * Its socket is opened early: libmosquitto wants a low descriptor.
 */
#ifndef BENCH_PRODUCER_H
#define BENCH_PRODUCER_H

#include <stdint.h>

#include "tests/bench/daemon.h"
#include "tests/bench/load.h"

struct mosquitto;

struct producer {
    struct mosquitto *client;
    char user[64];
    uint64_t published;
    uint64_t receipts; /* each is a yes: a no ends the benchmark */
    uint64_t orders;   /* created since the start */
    uint64_t closed;   /* of them completed */
    uint64_t updates;
    bool is_ready; /* subscribed to its receipts */
};

/* Enrol, connect, subscribe. */
void producer_open(struct producer *producer, const struct daemon *daemon);

void producer_close(struct producer *producer);

/*
 * For load_run; `pid` is the daemon's. New orders, each of which makes a print
 * job too; or changes of those that are open, from which nothing follows.
 */
struct source producer_orders(struct producer *producer, pid_t pid);
struct source producer_updates(struct producer *producer, pid_t pid);

/*
 * Complete every order, so that the picture stays as small as a restaurant's,
 * and rest until what follows from that has been said.
 */
void producer_clear(struct producer *producer, struct crowd *crowd);

#endif
