#include <setjmp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "devices/port/rv32/board.h"
#include "tests/devices/suite/line.h"

#define STATE_BYTES (64 * 1024)

struct direct {
    struct board board;
    struct device device;
    uint8_t message[DEVICE_MESSAGE_BYTES];
    alignas(16) uint8_t arena[DEVICE_ARENA_BYTES];
    alignas(16) uint8_t state[STATE_BYTES];
    line_listener *listener; /* NULL: what the board says goes nowhere */
    void *arg;
    enum frame_type last;
    struct frame answer;
    jmp_buf off;
};

static void put(void *ctx, const struct frame *frame)
{
    struct direct *direct = ctx;
    struct frame heard = *frame;
    enum frame_type type = (enum frame_type)frame_open(&heard);

    direct->last = type;
    if (!direct->listener)
        return;
    switch (direct->listener(direct->arg, type, &heard)) {
    case LINE_GO_ON:
        break;
    case LINE_ANSWER:
        direct->answer = heard;
        break;
    case LINE_OFF:
        longjmp(direct->off, 1);
    }
}

static void answer(void *ctx, struct frame *frame)
{
    struct direct *direct = ctx;

    *frame = direct->answer;
    frame_open(frame);
}

static bool power(void *ctx)
{
    struct direct *direct = ctx;
    const struct board_wire wire = { direct, put, answer, NULL };
    const struct board_memory memory = { .device = &direct->device,
        .memory = { .message = direct->message,
                .message_bytes = sizeof(direct->message),
                .arena = direct->arena,
                .arena_bytes = sizeof(direct->arena),
                .state = direct->state },
        .state_bytes = sizeof(direct->state) };

    memset(&direct->device, 0xA5, sizeof(direct->device));
    memset(direct->state, 0xA5, sizeof(direct->state));
    direct->listener = NULL;
    board_init(&direct->board, &wire, &memory);
    return true;
}

static enum line_end send_frame(void *ctx, const struct frame *frame,
        line_listener *listener, void *arg)
{
    struct direct *direct = ctx;
    struct frame heard = *frame;

    direct->listener = listener;
    direct->arg = arg;
    if (setjmp(direct->off) != 0)
        return LINE_CUT;
    board_hear(&direct->board, &heard);
    return direct->last == FRAME_DONE ? LINE_DONE : LINE_BROKEN;
}

static void close_line(void *ctx)
{
    free(ctx);
}

bool line_open_direct(struct line *line)
{
    struct direct *direct = calloc(1, sizeof(*direct));

    *line = (struct line){ direct, power, send_frame, close_line };
    return direct && power(direct);
}
