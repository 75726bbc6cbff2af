/*
 * reader: ESC/POS as a printer reads it: byte by byte, in pieces of any size,
 * in memory of a fixed size. It knows how long each command is and nothing of
 * paper. What it does not know is counted and skipped; there is no input that
 * it cannot be fed.
 */
#ifndef DEVICES_VIRTUAL_READER_H
#define DEVICES_VIRTUAL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_ARGUMENTS 8

/* What follows the arguments. */
enum reader_form {
    FORM_FIXED,    /* nothing */
    FORM_CUT,      /* one byte more, with some m */
    FORM_EOT,      /* likewise, with some n */
    FORM_PULSE,    /* as many as its function has */
    FORM_RASTER,   /* '0' m xL xH yL yH: x * y bytes */
    FORM_COLUMNS,  /* m nL nH: n columns of one or three bytes */
    FORM_PARCEL,   /* function pL pH: p bytes */
    FORM_LARGE,    /* function p1 p2 p3 p4: p bytes */
    FORM_DOTS,     /* x y: x * y * 8 bytes */
    FORM_PAIR,     /* 72 bytes */
    FORM_ZERO,     /* up to a zero, or 32 bytes */
    FORM_BAR,      /* m: up to a zero, or n and n bytes */
    FORM_LETTERS,  /* y first last: for each letter x, x * y bytes */
    FORM_PICTURES, /* n: for each xL xH yL yH, x * y * 8 bytes */
};

enum reader_owner { OWNER_NOBODY, OWNER_HEAD, OWNER_STATUS };

enum command_id {
#define CMD(id, ...) CMD_##id,
#include "devices/virtual/commands.def"
#undef CMD
    CMD_COUNT
};

struct reader_command {
    uint8_t lead, verb;
    enum reader_form form;
    uint8_t arguments;
    enum reader_owner owner;
};

extern const struct reader_command reader_commands[CMD_COUNT];

/* Whom it reads to. None of them may feed the reader. */
struct reader_to {
    void *ctx;

    /* A letter, or one of HT LF FF CR CAN BEL. */
    void (*byte)(void *ctx, uint8_t byte);

    /* A command and its arguments; `data` bytes follow, 0: it is whole. Where
     * they end at a zero their number is not known, and this is 1. */
    void (*command)(void *ctx, enum command_id id,
            const uint8_t arguments[READER_ARGUMENTS], uint32_t data);

    /* The next of them. */
    void (*data)(void *ctx, enum command_id id, uint8_t byte);

    /* They were all. Only after at least one. */
    void (*end)(void *ctx, enum command_id id);
};

enum reader_state {
    READ_REST,
    READ_VERB,
    READ_ARGUMENTS,
    READ_MORE, /* arguments that others asked for */
    READ_DATA,
    READ_TO_ZERO,
    READ_GROUP, /* the size of the next group */
};

struct reader {
    const struct reader_to *to;
    enum reader_state state;
    uint8_t lead;
    enum command_id id;
    uint8_t arguments[READER_ARGUMENTS];
    uint32_t have, want; /* arguments */
    uint8_t group[4];
    uint32_t group_have;
    uint32_t groups;  /* left, this one counted */
    uint32_t left;    /* bytes of data */
    uint32_t unknown; /* commands and control characters skipped */
};

/* `to` is borrowed for the reader's life. */
void reader_init(struct reader *reader, const struct reader_to *to);

void reader_feed(struct reader *reader, uint8_t byte);

/* Forget a command that has begun. */
void reader_rest(struct reader *reader);

#endif
