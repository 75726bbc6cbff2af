/*
 * reference: the reference server of Socket.IO, in a process of its own.
 */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/load.h"

struct reference {
    pid_t pid;
    int control; /* one byte to it is one command */
    int out;
    uint16_t port;
};

/* Start it; what it emits are frames of `frame_bytes`. */
void reference_start(struct reference *reference, uint32_t frame_bytes);

void reference_stop(struct reference *reference);

/* Let it give back what it does not need: only then its memory says much. */
void reference_collect(struct reference *reference);

/* For load_run: each event is one order to everybody in the kitchen. */
struct source reference_source(struct reference *reference);

#endif
