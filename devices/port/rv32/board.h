/*
 * board: a device at the end of a wire. Frames (frames.def) tell it what
 * happened and when, frames say what it does; whoever holds the other end has
 * the network, the clock, the store and the people. It has nothing of its own
 * but memory, so a loss of power is nothing but a new beginning.
 *
 * It trusts the other end as a chip trusts its board: a frame that makes no
 * sense is answered with a DONE that is not good, and changes nothing.
 */
#ifndef DEVICES_PORT_RV32_BOARD_H
#define DEVICES_PORT_RV32_BOARD_H

#include "devices/core/device.h"
#include "devices/port/rv32/frame.h"

/* The kinds that are on the board; a name of NULL ends them. */
struct board_kind {
    const char *name;
    const struct device_kind *kind;
};

extern const struct board_kind board_kinds[];

/* The other end; ctx is the first argument of each. */
struct board_wire {
    void *ctx;
    void (*put)(void *ctx, const struct frame *frame);
    /* The answer to what was put last, opened and its letter read. Waits: the
     * store is at the other end. */
    void (*answer)(void *ctx, struct frame *answer);
    /* Bytes of the stack that were ever used; 0: not known. */
    uint32_t (*stack)(void *ctx);
};

/* The caller's, for the board's life. */
struct board_memory {
    struct device *device;
    struct device_memory memory;
    size_t state_bytes; /* what memory.state holds */
};

enum {
    BOARD_ID,
    BOARD_SITE,
    BOARD_TABLE,
    BOARD_STATION,
    BOARD_FIRMWARE,
    BOARD_REASON,
    BOARD_REASON_DOUBLE,
    BOARD_REASON_LONG,
    BOARD_TEXTS
};

struct board {
    struct board_wire wire;
    struct board_memory memory;
    struct device_platform platform;
    char texts[BOARD_TEXTS][97]; /* the longest id of the schema and its NUL */
    struct device_vitals vitals;
    bool knows_vitals;
    bool is_started;
    bool refuses;
    uint64_t wall_ms;
    uint32_t noise;
    uint32_t token;
    struct frame out;
};

/* Begin, and say HELLO. */
void board_init(struct board *board, const struct board_wire *wire,
        const struct board_memory *memory);

/* Do what `frame` says, and say DONE. */
void board_hear(struct board *board, struct frame *frame);

#endif
