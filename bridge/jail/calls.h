/*
 * calls: the jail's system calls, by the rows of jail.def.
 */
#ifndef BRIDGE_JAIL_CALLS_H
#define BRIDGE_JAIL_CALLS_H

#include <stdint.h>

#include "hub/base/err.h"

/*
 * From here on this process, all its threads and all that it starts have the
 * calls of these traits (enum jail_whom) and no others. Where the kernel has
 * no seccomp it is ERR_OK, and the log says so. ERR_IO: not possible.
 */
enum err calls_enter(uint32_t traits);

#endif
