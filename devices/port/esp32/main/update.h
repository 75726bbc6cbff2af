/*
 * update: new firmware over HTTPS, from CONFIG_DW_OTA_URL ("": never), in the
 * slot that does not run.
 *
 * Once a day a task looks at the head of what is offered there and fetches it
 * if its version is another one (logic/ota_gate.h). It runs when the caller
 * starts the board anew, and stays only if the caller says so.
 */
#ifndef DEVICES_PORT_ESP32_MAIN_UPDATE_H
#define DEVICES_PORT_ESP32_MAIN_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/port/esp32/logic/ota_gate.h"

/* At the start; is this firmware on trial? */
void update_start(struct ota_gate *gate, uint64_t now_ms);

/* Carry out what the gate says; OTA_BACK does not return. */
void update_follow(enum ota_verdict verdict);

/* Look for new firmware now, in a task of its own, with an address. Posts
 * UPDATE if some was stored. `ca`, borrowed for ever: who vouches for the
 * server. One at a time; false: not now. */
bool update_look(const char *ca);

/* When to look next; UINT64_MAX: never. */
uint64_t update_due_ms(uint64_t now_ms, bool has_looked, uint32_t random);

/* The version that runs. */
const char *update_version(void);

#endif
