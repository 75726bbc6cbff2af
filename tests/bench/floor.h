/*
 * floor: the least that a fan-out can cost: a process that does nothing but
 * one send() for each event to each of its sockets.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/load.h"

struct floor {
    pid_t pid;
    int control; /* one byte to it is one event */
};

/*
 * Start it, with `count` sockets to `crowd` and frames of `frame_bytes`, 64
 * to 32768. The crowd reads them as it reads the daemon's.
 */
void floor_start(struct floor *floor, struct crowd *crowd, uint32_t count,
        uint32_t frame_bytes);

void floor_stop(struct floor *floor);

struct source floor_source(struct floor *floor);

#endif
