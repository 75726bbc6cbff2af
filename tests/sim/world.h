/*
 * world: a restaurant's evening, made of a seed and nothing else.
 *
 * One hub, the production one, on a simulated disk; those who say something,
 * those who listen, a broker and some devices, on links that lose, delay and
 * break; and faults, by chance. After the evening all faults end and everybody
 * catches up; then nothing may be missing. The judge looks on all the time.
 * One thread, no clock, no sockets, no files: the same seed, the same trace.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/sim/agenda.h"
#include "tests/sim/broker.h"
#include "tests/sim/client.h"
#include "tests/sim/device.h"
#include "tests/sim/dice.h"
#include "tests/sim/house.h"
#include "tests/sim/judge.h"
#include "tests/sim/link.h"
#include "tests/sim/sayer.h"

#define WORLD_CLIENTS 50
#define WORLD_SAYERS  10
#define WORLD_TABLES  5

enum plant {
    PLANT_NONE,
#define PLANT(id, name, rule) PLANT_##id,
#include "tests/sim/plants.def"
#undef PLANT
    PLANT_COUNT
};

struct plant_row {
    const char *name; /* "" for none */
    const char *rule;
};

extern const struct plant_row plants[PLANT_COUNT];

/* How often what goes wrong: a mean pause in ms, 0: never. */
struct weather {
    int64_t crash, stop, full, failing, clock, cut, stall, broker, power;
    bool forgets;  /* the journal keeps little */
    bool copies;   /* what may be on paper is printed again elsewhere */
    bool has_mqtt; /* there are a broker and devices */
};

/* What happened, to be added up. */
struct tally {
    uint64_t events, acks, refusals, repeats; /* repeats: answered again */
    uint64_t crashes, stops, failures, fulls, clocks;
    uint64_t cuts, stalls, closed, deliveries, resumes, pictures;
    uint64_t broker_kills, power_losses, messages, prints, jobs, escalations;
};

struct world {
    uint64_t seed;
    enum plant plant;
    bool planted; /* it has happened */
    struct agenda agenda;
    int64_t now_ms;
    int64_t ahead_ms;   /* the wall clock's error */
    bool is_calm;       /* no more faults: everybody catches up */
    bool is_over;       /* what is on the agenda is only let go of */
    bool is_quiet;      /* says nothing of what is wrong */
    const char *broken; /* the rule that was, or NULL */
    struct weather weather;
    struct dice fate;
    struct tally tally;
    struct house house;
    struct sayer sayers[WORLD_SAYERS];
    struct floor floor;
    struct client clients[WORLD_CLIENTS];
    struct link *link;
    struct broker broker;
    struct gear *gears;
    struct judge judge;
};

/* Play it. `text` gets the trace, NULL: nobody. *world says what came of it. */
void world_play(struct world *world, uint64_t seed, enum plant plant,
        bool is_quiet, FILE *text);

/* What the hub's clock says. */
int64_t world_wall(const struct world *world);

/* In so many ms from now. */
void world_in(struct world *world, int64_t pause_ms, agenda_act *act, void *who,
        uint64_t number);

/* Is this the moment for the fault that was planted? Once, and with a chance
 * of some per mille for each time that it is asked. */
bool world_plants(struct world *world, enum plant plant, uint32_t per_mille);

#endif
