/*
 * virtual_options: the command line of `dumbwaiter virtual-printer`.
 */
#ifndef DEVICES_PORT_POSIX_VIRTUAL_OPTIONS_H
#define DEVICES_PORT_POSIX_VIRTUAL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/paper/profile.h"
#include "devices/virtual/fault.h"

#define VIRTUAL_GO_ON (-1)

struct virtual_options {
    const char *address;
    uint32_t port;          /* 0: any that is free */
    const char *paper;      /* a folder; NULL: none */
    struct profile profile; /* as wide as the options want it */
    uint32_t columns, dots; /* 0: the profile's */
    uint32_t speed;         /* mm of paper a second; 0: at once */
    bool quiet;
    bool faults[FAULT_COUNT];
    uint32_t numbers[FAULT_COUNT];
};

/*
 * Read argv[1..argc), whose strings are borrowed. VIRTUAL_GO_ON, or the exit
 * code: help was asked for, or something is wrong and has been said.
 */
int virtual_options_read(
        struct virtual_options *options, int argc, char **argv);

#endif
