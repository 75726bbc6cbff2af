/*
 * divide: numbers of 64 bits, divided in little code. The compiler's own
 * functions are fast and take three kilobytes of flash; times in milliseconds
 * are divided a few times a second at most.
 */
#ifndef DEVICES_PORT_RV32_DIVIDE_H
#define DEVICES_PORT_RV32_DIVIDE_H

#include <stdint.h>

/* `divisor` is not 0. */
uint64_t divide(uint64_t number, uint64_t divisor, uint64_t *rest);

#endif
