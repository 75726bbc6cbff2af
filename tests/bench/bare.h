/*
 * bare: the least that storing can cost: SQLite, set as the daemon sets it,
 * with rows of bytes that nobody has looked at.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <stdint.h>

struct bare_cost {
    int64_t wall_us;
    int64_t cpu_us;
};

/* How long rows with such keys are, on average; nobody has the file open. */
uint32_t bare_row_bytes(const char *path, const char *keys);

/*
 * Write `rows` rows of `bytes` into a new file there, `batch` in each
 * transaction, and remove the file. Microseconds of time and of CPU.
 */
struct bare_cost bare_write(
        const char *path, uint32_t rows, uint32_t bytes, uint32_t batch);

#endif
