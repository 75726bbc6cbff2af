#include "devices/port/esp32/logic/ota_gate.h"

#include <stddef.h>
#include <string.h>

void ota_gate_start(struct ota_gate *gate, bool is_on_trial, uint64_t now_ms)
{
    gate->is_on_trial = is_on_trial;
    gate->end_ms = now_ms + OTA_TRIAL_MS;
}

enum ota_verdict ota_gate_ask(
        struct ota_gate *gate, bool is_answered, uint64_t now_ms)
{
    if (!gate->is_on_trial)
        return OTA_NOTHING;
    if (!is_answered && now_ms < gate->end_ms)
        return OTA_WAIT;
    gate->is_on_trial = false;
    return is_answered ? OTA_KEEP : OTA_BACK;
}

bool ota_is_wanted(
        const char *running, const char *offered, const char *refused)
{
    if (offered[0] == '\0' || strcmp(offered, running) == 0)
        return false;
    return refused == NULL || strcmp(offered, refused) != 0;
}
