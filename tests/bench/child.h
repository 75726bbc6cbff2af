/*
 * child: processes that a benchmark starts, each stopped by its id.
 *
 * Those still running when the benchmark exits are stopped then; when it dies
 * without exiting, the kernel tells them.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stddef.h>
#include <sys/types.h>

/* Run a program. `out`: the reading end of its output, or NULL to keep ours. */
pid_t child_start(const char *const *argv, int *out);

/* fork(), and the child is known. 0: we are the child, and must _exit. */
pid_t child_fork(void);

/* Signal, then wait up to 20 s for the end; then kill. */
void child_stop(pid_t pid, int signal);

/* Run to the end, which must be a good one; its output, NUL-terminated. */
void child_output(const char *const *argv, char *text, size_t size);

/* Read up to a line's end, which must come within `ms`. */
void child_line(int out, char *text, size_t size, int ms);

#endif
