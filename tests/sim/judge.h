/*
 * judge: says which promise was broken.
 *
 * It keeps a book of its own: what the journal had when it was committed. It
 * is told what was promised to whom and what everybody has heard, and compares
 * that with the book by the catalogue's data; after each start of the hub it
 * compares the book with what the disk still has, and the hub's picture with
 * the one that the book makes. Shares no code with the hub's ways out.
 */
#ifndef TESTS_SIM_JUDGE_H
#define TESTS_SIM_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"
#include "hub/state.h"
#include "tests/sim/table.h"

struct world;
struct ear;
struct client;

#define JUDGE_ROOMS 1024
#define ENTRY_ROOMS EVT_ROOMS

/* A committed event. */
struct entry {
    struct evt *evt;             /* a reference */
    uint64_t sum;                /* over all that the journal has of it */
    char key[KEY_CHARS + 1];     /* its idempotency key */
    uint16_t rooms[ENTRY_ROOMS]; /* as numbers */
    uint32_t room_count;
};

struct judge {
    struct entry *book; /* book[seq]; 0 is none */
    uint64_t head, size;
    uint64_t first; /* the oldest that the journal still has */
    uint64_t told;  /* the highest seq that anybody has been told */
    uint32_t epoch; /* 0: nobody was told yet */
    struct room rooms[JUDGE_ROOMS]; /* by number; 0 is none */
    uint32_t room_count;
    struct table room_numbers;
    struct table keys;    /* (source, key): seq of its effect */
    struct table answers; /* (source, key): seq that was promised */
    struct table jobs;    /* print jobs: how often they came out */
    struct table orders;  /* the seq at which one was first heard of */
    struct table newest;  /* (kind, key of state): the last seq of it */
    uint64_t sittings[JUDGE_ROOMS]; /* by a table's room: the seq with which
                                       one last began or ended */
    uint64_t ends[JUDGE_ROOMS];     /* the same, but ended */
    struct state state;             /* the picture that the book makes */
};

void judge_begin(struct world *world);
void judge_end(struct world *world);

/* --- what it is told --- */

/* The hub has committed. */
void judge_committed(struct world *world);

/* The hub is up again. */
void judge_restarted(struct world *world);

/* Somebody is being told that his request is done. */
void judge_promised(struct world *world, const char *source, const char *key,
        const struct settlement *settlement);

/* … that it is refused, for good. */
void judge_refused(struct world *world, const char *source, const char *key,
        bool is_guest, enum err err);

/* An event leaves the house. */
void judge_told(struct world *world, const struct evt *evt);

/* The hub's answer to a join, and the picture that goes with it. `was` is the
 * seq of the cursor, if there was one. */
void judge_let_in(struct world *world, const struct principal *who,
        const struct room *rooms, uint32_t count, bool had_cursor, uint64_t was,
        const struct joined *joined, const Dw__Picture *picture);

/* --- what listeners heard --- */

/* It is in these rooms from now on. */
void judge_joined(struct world *world, struct ear *ear,
        const struct room *rooms, uint32_t count, bool recovered, uint64_t seq);
void judge_heard(struct world *world, struct ear *ear, const struct evt *evt,
        uint32_t room, enum view view);

/* The server says that this is the highest of its rooms. */
void judge_top(struct world *world, const struct ear *ear, uint64_t top);

/* Somebody comes in who was not there before. */
void judge_new_guest(struct world *world, struct ear *ear);
void ear_finish(struct ear *ear);

/* Bytes of a job have come out of a printer. */
void judge_printed(struct world *world, const char *job_id);

/* --- at the end --- */

/* Has the listener all that it should? Whom the house must not let in should
 * have nothing. */
bool judge_is_content(const struct world *world, const struct client *client);
void judge_close(struct world *world);

/* A rule is broken: the world ends. */
void judge_blame(struct world *world, const char *rule, const char *what,
        uint64_t a, uint64_t b);

uint32_t judge_room(struct world *world, const struct room *room);

#endif
