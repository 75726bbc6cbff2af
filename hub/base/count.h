/*
 * count: what happened since the start, for /metrics. Never reset.
 */
#ifndef HUB_BASE_COUNT_H
#define HUB_BASE_COUNT_H

#include <stdint.h>

#include "hub/base/err.h"

enum count {
#define COUNT(id, ...) COUNT_##id,
#include "hub/base/count.def"
#undef COUNT
    COUNT_COUNT
};

struct buf;

void count_add(enum count which, uint64_t n);
uint64_t count_of(enum count which);

/* Count a refusal under its code as well. */
void count_refused(enum err code);

/* Write all counters in Prometheus' text format. */
void count_print(struct buf *out);

#endif
