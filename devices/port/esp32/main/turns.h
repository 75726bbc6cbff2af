/*
 * turns: running the device, from when it is set up to when the power goes:
 * wait until something happens, tell the core, then see to it that there is the
 * network and the link that it wants now.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_TURNS_H
#define DEVICES_PORT_ESP32_MAIN_TURNS_H

#include <stdbool.h>

struct device;

/* Once; `device` has been started, and `ca` says who vouches for firmware, PEM;
 * both borrowed for ever. */
void turns_start(struct device *device, const char *ca);

/* One turn: ten minutes at most. */
void turns_take(void);

#endif
