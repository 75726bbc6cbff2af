/*
 * keys: the one key of the device, between its pin and ground. What a press is
 * (bounces, short, double, long) is the core's business.
 *
 * Its line is watched by level, as only that wakes a board from light sleep: it
 * posts KEY when the level has changed, and is deaf until keys_read.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_KEYS_H
#define DEVICES_PORT_ESP32_MAIN_KEYS_H

#include <stdbool.h>

/* True also without a key (CONFIG_DW_GPIO_KEY below 0). */
bool keys_start(void);

/* Is it down now? Listens again, for the other level. */
bool keys_read(void);

#endif
