/*
 * base: what every benchmark needs: clocks, figures of a process, an end.
 *
 * A benchmark that cannot go on says why and exits; there is nothing to
 * recover. Whatever it has started ends with it (child.h).
 */
#ifndef BENCH_BASE_H
#define BENCH_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * First of all: room for many sockets, no death by a closed one, and an end
 * after `seconds`, come what may.
 */
void bench_start(unsigned seconds);

/* Say why and exit with 1. */
_Noreturn void bench_fail(const char *format, ...)
        __attribute__((format(printf, 1, 2)));

/* A number from the command line, from `least` to `most`, or bench_fail. */
uint32_t bench_number(const char *text, uint32_t least, uint32_t most);

/* Microseconds of a clock that never jumps. */
int64_t bench_now_us(void);

/* Microseconds of processor time that a process has used, exactly. */
int64_t bench_cpu_us(pid_t pid);

/* Memory of a process that is resident, in bytes. */
uint64_t bench_rss(pid_t pid);

/* The middle of `count` numbers, which are put in order. */
double bench_median(double *numbers, size_t count);

#endif
