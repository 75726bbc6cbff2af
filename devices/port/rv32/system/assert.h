/*
 * assert, for a board that has nobody to read the sentence: its words would
 * cost more flash than what they say. Found before the C library's own.
 */
#ifndef DEVICES_PORT_RV32_SYSTEM_ASSERT_H
#define DEVICES_PORT_RV32_SYSTEM_ASSERT_H

/* main.c: says BROKEN and stops. */
_Noreturn void board_broken(void);

#define assert(good) ((good) ? (void)0 : board_broken())

#endif
