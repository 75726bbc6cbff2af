/*
 * house: the process that the hub lives in: its turns, its end and its starts.
 *
 * A turn takes in all that has arrived, commits, and only then answers and
 * tells. A crash falls anywhere into the disk's steps of a turn: then nothing
 * of what the turn would have said has left the house.
 */
#ifndef TESTS_SIM_HOUSE_H
#define TESTS_SIM_HOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"
#include "tests/sim/dice.h"

struct world;
struct conn;

#define HOUSE_ASKED 512
#define HOUSE_WOKEN 128

/* Something that came in and wants an answer; one of them. */
struct letter {
    uint32_t sayer, request; /* who asks, and which of his requests it is */
    struct principal from;
    enum evt_id what;
    ProtobufCMessage *body; /* owned */
    char key[40];
};

struct asked {
    uint32_t sayer, request;
    char source[SUBJECT_CHARS + 1];
    char key[40];
    bool is_answered;
    enum err err;
    struct settlement settlement;
};

struct house {
    struct hub *hub; /* NULL: it is down */
    uint64_t life;   /* counts starts and ends */
    bool is_doomed;  /* it crashes in its next turn */
    bool is_power;   /* and with it goes the power */
    bool is_awaited; /* a turn is on the agenda */
    bool is_falling; /* nobody is told anything any more */
    struct dice dice;
    struct letter *letters[HOUSE_ASKED];
    uint32_t letter_count;
    struct asked asked[HOUSE_ASKED];
    uint32_t asked_count;
    struct conn *woken[HOUSE_WOKEN];
    uint32_t woken_count;
};

void house_begin(struct world *world);
void house_end(struct world *world);

/* It arrives, or meets a house that is down. Takes the letter. */
void house_hear(struct world *world, struct letter *letter);
void letter_free(struct letter *letter);

/* A turn, soon: something has come in. */
void house_await(struct world *world);

/* For hub_attach. Its owner is a struct conn. */
extern const struct outlet house_conn_outlet;

/* The conn is gone: it is woken no more. */
void house_forget_conn(struct world *world, struct conn *conn);

/* --- what goes wrong --- */

/* In its next turn, wherever in it. */
void house_doom(struct world *world, bool is_power);

/* A planned stop; comes again by itself. */
void house_stop(struct world *world);

#endif
