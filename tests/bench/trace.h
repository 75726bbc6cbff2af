/*
 * trace: how many system calls of some kinds a process makes.
 *
 * Counted by strace, which slows the process down: not while anything else is
 * measured. Where strace is missing or not allowed, nothing is counted.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct trace {
    pid_t pid; /* of strace; 0: not counting */
    char file[300];
};

/* Count `calls`, separated by commas. The summary goes through `folder`. */
void trace_start(
        struct trace *trace, const char *folder, pid_t pid, const char *calls);

/* False: nothing was counted. */
bool trace_stop(struct trace *trace);

/* How many of one call, or of all with "total", after trace_stop. */
uint64_t trace_count(const struct trace *trace, const char *call);

#endif
