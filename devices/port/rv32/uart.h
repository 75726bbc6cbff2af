/*
 * uart: the serial line of the emulated board (an NS16550), whole frames at a
 * time. Waiting sleeps until a byte comes.
 */
#ifndef DEVICES_PORT_RV32_UART_H
#define DEVICES_PORT_RV32_UART_H

#include "devices/port/rv32/frame.h"

void uart_init(void);

void uart_put(const struct frame *frame);

/* Wait for a frame. One that is too long is read to its end and left empty. */
void uart_get(struct frame *frame);

/* The machine begins anew, as after a loss of power. */
_Noreturn void uart_reset_machine(void);

#endif
