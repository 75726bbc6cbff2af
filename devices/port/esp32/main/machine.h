/*
 * machine: this board as the core's platform.
 *
 * No wall clock: a board wakes in 1970, and what the house's network says the
 * time is, nobody vouches for. The hub tells it.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_MACHINE_H
#define DEVICES_PORT_ESP32_MAIN_MACHINE_H

#include <stdint.h>

#include "devices/core/device.h"

extern const struct device_platform machine_platform;

/* Since the start; goes on in light sleep. */
uint64_t machine_now_ms(void);

/* Until when the core rests, as it said last; 0: it does not. */
uint64_t machine_rest_ms(void);

/* The kind that was configured. */
const struct device_kind *machine_kind(void);

#endif
