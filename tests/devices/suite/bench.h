/*
 * bench: plays a story with a board and a broker, and writes down what is seen.
 *
 * The network, the store, the clock, the people and the hub are all here, and
 * of a seed; so the same board behaves the same, byte by byte, wherever it is.
 */
#ifndef TESTS_DEVICES_SUITE_BENCH_H
#define TESTS_DEVICES_SUITE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/devices/suite/broker.h"
#include "tests/devices/suite/line.h"
#include "tests/devices/suite/story.h"

/* Where the power is lost: at that write of the store, counted from 1. */
struct bench_cut {
    uint32_t write; /* 0: never */
    bool after;     /* the write was done still */
};

struct bench_figures {
    uint32_t writes;      /* of the store */
    uint32_t stack_bytes; /* of the board; 0: not known */
    uint32_t state_bytes; /* of the kind */
};

struct bench;

/* The line and broker are borrowed; the power is on. */
struct bench *bench_create(struct line *line, struct broker *broker);
void bench_destroy(struct bench *bench);

/* False: something that shall be true is not; bench_wrong says what. */
bool bench_play(struct bench *bench, const struct story *story,
        const struct bench_cut *cut, struct bench_figures *figures);

/* What was seen in the last one, and what was wrong. */
const char *bench_seen(const struct bench *bench);
const char *bench_wrong(const struct bench *bench);

#endif
