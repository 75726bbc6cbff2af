/*
 * line: how frames get to a board and back: by a call, or into an emulator.
 */
#ifndef TESTS_DEVICES_SUITE_LINE_H
#define TESTS_DEVICES_SUITE_LINE_H

#include <stdbool.h>

#include "devices/port/rv32/frame.h"

enum line_end {
    LINE_DONE,   /* the board has said DONE */
    LINE_CUT,    /* the listener has cut the power: call power() */
    LINE_BROKEN, /* it has said nothing for long, or nonsense, or BROKEN */
};

/* What the listener wants. */
enum line_wish {
    LINE_GO_ON,
    LINE_ANSWER, /* it has written the ANSWER over the frame */
    LINE_OFF,
};

/* Hears each frame of the board, the last being DONE; its letter is read. */
typedef enum line_wish line_listener(
        void *arg, enum frame_type type, struct frame *frame);

struct line {
    void *ctx;
    /* On, with nothing in memory; when it is on, off first. */
    bool (*power)(void *ctx);
    enum line_end (*send)(void *ctx, const struct frame *frame,
            line_listener *listener, void *arg);
    void (*close)(void *ctx);
};

/* The board in this process. There is one. */
bool line_open_direct(struct line *line);

/* The firmware in FILE, in an emulator of its own. */
bool line_open_emulator(struct line *line, const char *file);

#endif
