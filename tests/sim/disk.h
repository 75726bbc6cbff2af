/*
 * disk: the simulated disk below the hub's journal, on tests/support/tape.
 *
 * It keeps what was synced and, when the power goes, some of the rest. It can
 * be full (nothing is written, all else works), and it can fail.
 */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/dice.h"

#define DISK_PATH "/sim/journal"

/* Once a process. */
void disk_install(void);

/* An empty disk of a new world. Nothing may be open on it. */
void disk_begin(uint64_t seed);
void disk_end(void);

void disk_set_full(bool is_full);
void disk_set_lying(bool lies);

/* From the call after the next `calls` on nothing works any more; 0: it works
 * again. */
void disk_fail_after(uint32_t calls);

/* Steps since the last cut: to cut before one of them. */
uint32_t disk_steps(void);

/* Whatever is on the way does not get there any more. Between this and
 * disk_cut whoever works on it may be closed. */
void disk_stop(void);

/* As it is when the process dies before step `at`; or, with `is_power`, when
 * the power goes. Then it is written to again. */
void disk_cut(uint32_t at, bool is_power, struct dice *dice);

#endif
