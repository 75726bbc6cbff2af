/* The firmware: a board whose wire is the serial line. */
#include <assert.h>
#include <stdlib.h>

#include "devices/port/rv32/board.h"
#include "devices/port/rv32/uart.h"

/* The largest state of a kind. */
#define STATE_BYTES (12 * 1024)

/* One by one, so that a list of symbols says what each costs. */
static struct device device;
static uint8_t message[DEVICE_MESSAGE_BYTES];
static _Alignas(8) uint8_t arena[DEVICE_ARENA_BYTES];
static _Alignas(8) uint8_t state[STATE_BYTES];
static struct board board;
static struct frame heard;

/* From the linker: the stack grows down from its top, over what is free. */
extern uint32_t __heap_start[];
extern uint32_t __stack[];

#define PAINT 0xA5A5A5A5u

/* What is being used of the stack now stays; 64 words are for this function. */
static void paint_stack(void)
{
    volatile uint32_t *end = (uint32_t *)__builtin_frame_address(0) - 64;

    for (volatile uint32_t *at = __heap_start; at < end; at++)
        *at = PAINT;
}

static uint32_t stack_used(void *ctx)
{
    const volatile uint32_t *at = __heap_start;

    (void)ctx;
    while (at < __stack && *at == PAINT)
        at++;
    return (uint32_t)((const volatile uint8_t *)__stack -
                      (const volatile uint8_t *)at);
}

static void put(void *ctx, const struct frame *frame)
{
    (void)ctx;
    uart_put(frame);
}

/* Whoever cuts the power does so while the store is being written. */
static void answer(void *ctx, struct frame *frame)
{
    uint8_t type;

    (void)ctx;
    uart_get(frame);
    type = frame_open(frame);
    if (type == FRAME_OFF)
        uart_reset_machine();
    assert(type == FRAME_ANSWER);
}

/* There is no heap: what asks for one is told so. */
void *malloc(size_t size)
{
    (void)size;
    return NULL;
}

void free(void *memory)
{
    (void)memory;
}

/* A failed assertion ends here. */
void board_broken(void)
{
    frame_begin(&heard, FRAME_BROKEN);
    uart_put(&heard);
    do
        uart_get(&heard);
    while (frame_open(&heard) != FRAME_OFF);
    uart_reset_machine();
}

int main(void)
{
    const struct board_wire wire = {
        .put = put, .answer = answer, .stack = stack_used
    };
    const struct board_memory memory = { .device = &device,
        .memory = { .message = message,
                .message_bytes = sizeof(message),
                .arena = arena,
                .arena_bytes = sizeof(arena),
                .state = state },
        .state_bytes = sizeof(state) };

    paint_stack();
    uart_init();
    board_init(&board, &wire, &memory);
    for (;;) {
        uart_get(&heard);
        if (frame_open(&heard) == FRAME_OFF)
            uart_reset_machine();
        board_hear(&board, &heard);
    }
}
