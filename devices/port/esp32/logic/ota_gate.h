/*
 * ota_gate: is the new firmware any good?
 *
 * It is on trial until the hub has answered it: it has found its Wi-Fi, its
 * broker, its credential and its hub then, and could be replaced again. If that
 * does not happen in OTA_TRIAL_MS, or it dies before, the one before it runs
 * again, and the same version is not taken a second time.
 */
#ifndef DEVICES_PORT_ESP32_LOGIC_OTA_GATE_H
#define DEVICES_PORT_ESP32_LOGIC_OTA_GATE_H

#include <stdbool.h>
#include <stdint.h>

#define OTA_TRIAL_MS (10 * 60 * 1000)

enum ota_verdict {
    OTA_NOTHING, /* no trial, or its verdict was given before */
    OTA_WAIT,
    OTA_KEEP, /* it is good */
    OTA_BACK, /* start the one before it */
};

struct ota_gate {
    bool is_on_trial;
    uint64_t end_ms;
};

/* At the start; `is_on_trial`: this firmware runs for the first time. */
void ota_gate_start(struct ota_gate *gate, bool is_on_trial, uint64_t now_ms);

/* Now and then; `is_answered`: the link stands, and the hub has given a receipt
 * for what was said since the start. A verdict is given once. */
enum ota_verdict ota_gate_ask(
        struct ota_gate *gate, bool is_answered, uint64_t now_ms);

/*
 * Shall the firmware that is offered be taken? Versions are names that are the
 * same or not; `refused`: of the one that did not stand its trial, or NULL.
 */
bool ota_is_wanted(
        const char *running, const char *offered, const char *refused);

#endif
