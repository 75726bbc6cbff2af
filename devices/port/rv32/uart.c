#include "devices/port/rv32/uart.h"

/* The board "virt" of the emulator: where its parts are. */
#define UART 0x10000000u
#define PLIC 0x0C000000u
#define TEST 0x00100000u

#define UART_DATA       (*(volatile uint8_t *)(UART + 0))
#define UART_INTERRUPTS (*(volatile uint8_t *)(UART + 1))
#define UART_FIFO       (*(volatile uint8_t *)(UART + 2))
#define UART_STATUS     (*(volatile uint8_t *)(UART + 5))
#define HAS_BYTE        0x01
#define HAS_ROOM        0x20

#define UART_SOURCE    10u
#define PLIC_PRIORITY  (*(volatile uint32_t *)(PLIC + 4 * UART_SOURCE))
#define PLIC_ENABLE    (*(volatile uint32_t *)(PLIC + 0x2000))
#define PLIC_THRESHOLD (*(volatile uint32_t *)(PLIC + 0x200000))
#define PLIC_CLAIM     (*(volatile uint32_t *)(PLIC + 0x200004))

#define EXTERNAL (1u << 11) /* of mie: interrupts from the PLIC */

#define TEST_COMMAND (*(volatile uint32_t *)TEST)
#define TEST_RESET   0x7777u

/* No interrupt is ever taken: one that waits only ends `wfi`. */
void uart_init(void)
{
    UART_FIFO = 0x01;
    UART_INTERRUPTS = 0x01;
    PLIC_PRIORITY = 1;
    PLIC_ENABLE = 1u << UART_SOURCE;
    PLIC_THRESHOLD = 0;
    __asm__ volatile(".option push\n"
                     ".option arch, +zicsr\n"
                     "csrs mie, %0\n"
                     ".option pop" ::"r"(EXTERNAL));
}

static void put_byte(uint8_t byte)
{
    while (!(UART_STATUS & HAS_ROOM))
        ;
    UART_DATA = byte;
}

static uint8_t get_byte(void)
{
    while (!(UART_STATUS & HAS_BYTE)) {
        uint32_t source = PLIC_CLAIM;

        if (source)
            PLIC_CLAIM = source;
        else
            __asm__ volatile("wfi");
    }
    return UART_DATA;
}

void uart_put(const struct frame *frame)
{
    put_byte((uint8_t)frame->len);
    put_byte((uint8_t)(frame->len >> 8));
    for (size_t i = 0; i < frame->len; i++)
        put_byte(frame->bytes[i]);
}

void uart_get(struct frame *frame)
{
    size_t len = get_byte();

    len |= (size_t)get_byte() << 8;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = get_byte();

        if (i < sizeof(frame->bytes))
            frame->bytes[i] = byte;
    }
    frame->len = len <= sizeof(frame->bytes) ? len : 0;
}

_Noreturn void uart_reset_machine(void)
{
    TEST_COMMAND = TEST_RESET;
    for (;;)
        __asm__ volatile("wfi");
}
