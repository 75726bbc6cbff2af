/*
 * device: printers, pagers, a buzzer and a button: the production core and
 * kinds of devices/, on machines whose power goes.
 *
 * What survives is the small store, and a printer's spool; what came out on
 * paper is counted by the judge. Printers run out of paper, and are away.
 */
#ifndef TESTS_SIM_DEVICE_H
#define TESTS_SIM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/dice.h"

struct world;
struct message;

#define GEARS 6

struct gear; /* in device.c: its outbox is another one than the hub's */

void gears_begin(struct world *world);
void gears_end(struct world *world);

const char *gear_id(const struct world *world, uint32_t index);

/* Is no printer at work any more? */
bool gears_are_done(const struct world *world);

/* What the broker does. */
void gear_heard(struct world *world, uint32_t index, uint32_t mid,
        struct message *message);
void gear_published(struct world *world, uint32_t index, int token);
void gear_lost(struct world *world, uint32_t index);

/* The power of one goes, a printer has no paper, or is away. */
void gears_trouble(struct world *world, struct dice *dice);

/* Paper for all. */
void gears_calm(struct world *world);

#endif
