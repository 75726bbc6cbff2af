/*
 * fault: what the virtual printer can suffer from, as a table.
 */
#ifndef DEVICES_VIRTUAL_FAULT_H
#define DEVICES_VIRTUAL_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_MOST 1000000 /* of any number */

enum fault_id {
#define FAULT(id, ...) FAULT_##id,
#include "devices/virtual/faults.def"
#undef FAULT
    FAULT_COUNT
};

struct fault_kind {
    const char *name;
    const char *number; /* what its number is of; NULL: it has none */
    uint32_t standard;
    bool once;
    const char *help;
};

extern const struct fault_kind fault_kinds[FAULT_COUNT];

/* Read "NAME", "NAME=N" or "NAME N". False: there is no such fault, or it has
 * no such number. */
bool fault_read(const char *text, enum fault_id *id, uint32_t *number);

#endif
