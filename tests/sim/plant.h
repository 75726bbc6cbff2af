/*
 * plant: what the faults do that a world is made to have on purpose, so that
 * the judge can be seen to find them. Those that are one line stand where they
 * happen; see world_plants.
 */
#ifndef TESTS_SIM_PLANT_H
#define TESTS_SIM_PLANT_H

#include <stdbool.h>

struct evt;
struct record;
struct world;

/* A new record, as the journal has it: change it. False: it is not there. */
bool plant_in_record(struct world *world, struct record *record);

/* Another event of the same number and words, handed over. */
struct evt *plant_forged(const struct evt *evt);

/* The evening is over: something goes from the picture about which nothing was
 * said. As the picture makes it so, the judge's is the same. */
void plant_in_pictures(struct world *world);

#endif
