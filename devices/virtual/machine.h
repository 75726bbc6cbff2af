/*
 * machine: a whole ticket printer without paper: what it takes from one
 * connection at a time, reads, prints, answers, and what goes wrong with it.
 *
 * Bytes that it takes wait in a buffer of a few kilobytes, as in a real one,
 * and are read as fast as the paper moves. DLE EOT is answered when it
 * arrives, wherever it stands, also among the dots of a picture; all other
 * questions in their turn. It has no sockets, no files and no clock: time is
 * an argument, in milliseconds, and never goes back.
 *
 * A sheet is whole when it was cut and nothing happened to it. A printer
 * without paper, with an open cover or without power has its sheet torn off,
 * and what comes after is not whole either. When a connection has ended, and
 * all of it is printed, somebody tears off what it left.
 */
#ifndef DEVICES_VIRTUAL_MACHINE_H
#define DEVICES_VIRTUAL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/virtual/fault.h"
#include "devices/virtual/head.h"
#include "devices/virtual/reader.h"
#include "devices/virtual/status.h"

#define MACHINE_BUFFER  4096
#define MACHINE_ENDS    8
#define MACHINE_IDLE_MS 90000 /* so long a connection may say nothing */
#define MACHINE_DARK_MS 2000  /* a loss of power */

/* Why a sheet came out; their words are machine_why. */
enum machine_why {
    WHY_CUT,
    WHY_LEFT, /* the connection ended without a cut */
    WHY_PAPER_OUT,
    WHY_COVER_OPEN,
    WHY_POWER,
    WHY_LONG, /* more than there is of it */
};

struct machine_to {
    void *ctx;

    /* To whoever is connected. */
    void (*say)(void *ctx, const uint8_t *bytes, size_t len);

    /* Paper: it has to be written down before this returns. */
    void (*sheet)(void *ctx, const struct sheet *sheet, enum machine_why why,
            bool is_whole);

    /* HEAD_DRAWER or HEAD_BUZZ. */
    void (*noise)(void *ctx, enum head_event event);
};

struct machine_config {
    const struct profile *profile;
    const struct glyphs *glyphs; /* NULL: letters are frames */
    uint32_t speed;              /* mm of paper a second; 0: at once */
};

/* What is to become of the connection. */
enum machine_line { LINE_STAYS, LINE_ENDS, LINE_BREAKS };

/* How it is to be reached. */
enum machine_door {
    DOOR_OPEN,
    DOOR_BUSY, /* take the connection and end it */
    DOOR_SHUT, /* there is nobody */
};

struct machine {
    struct machine_config config;
    struct machine_to to;
    struct reader_to reads;
    struct reader reader;
    struct head head;
    struct status status;

    uint8_t buffer[MACHINE_BUFFER]; /* ring */
    uint32_t first, count;
    uint64_t taken, done;        /* bytes, since the beginning */
    uint64_t ends[MACHINE_ENDS]; /* of `taken`: there a connection ended */
    uint32_t end_count;
    uint8_t heard[2]; /* the last bytes that arrived */

    bool connected;
    enum machine_line line;
    uint64_t busy_us;         /* until then the paper moves */
    uint64_t idle_ms;         /* since then nothing was taken */
    uint64_t dark_ms;         /* until then it is without power */
    uint64_t slow_ms;         /* bytes were given out up to then */
    uint8_t always;           /* what it says unasked: n of GS a */
    bool is_rest;             /* of a ticket that begins on another sheet */
    enum machine_why tearing; /* what is torn off now */

    struct fault_state {
        bool on;
        uint32_t number;
        uint64_t from; /* bytes taken, rows moved or ms, as its number is */
    } faults[FAULT_COUNT];

    uint32_t sheets, whole;
    uint32_t drawers, buzzes;
};

/* Pointers are borrowed for the machine's life. False: no memory. Pair with
 * machine_finish. */
bool machine_init(struct machine *machine, const struct machine_config *config,
        const struct machine_to *to);

void machine_finish(struct machine *machine);

enum machine_door machine_door(const struct machine *machine, uint64_t now_ms);

/* Only while there is none. */
void machine_connect(struct machine *machine, uint64_t now_ms);

void machine_disconnect(struct machine *machine);

/* Bytes that it would take now. */
size_t machine_room(const struct machine *machine, uint64_t now_ms);

/* Give it bytes, no more than it has room for. Look at `line` then. */
void machine_take(struct machine *machine, const uint8_t *bytes, size_t len,
        uint64_t now_ms);

/* Print what can be printed by now; look at `line` then. Returns when to call
 * again at the latest. */
uint64_t machine_turn(struct machine *machine, uint64_t now_ms);

void machine_fault(struct machine *machine, enum fault_id id, uint32_t number,
        uint64_t now_ms);

/* Take it back. */
void machine_mend(struct machine *machine, enum fault_id id, uint64_t now_ms);

const char *machine_why(enum machine_why why);

#endif
