/* What devices are told, and the keys of a bump bar: what may be, and what of
 * it was not given. */
#include "hub/validate_parts.h"

#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/device.pb-c.h"

#define TELEMETRY_LEAST_S 10

static const Dw__Device *device_of(
        const struct statement *statement, const struct state *state)
{
    const char *id = body_text(statement->body, "device_id");

    return id ? shelf_find(&state->devices, id) : NULL;
}

static enum err is_known(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    return device_of(statement, state) ? ERR_OK
                                       : fault_set(fault, ERR_NOT_FOUND,
                                                 "deviceId", "no such device");
}

/* --- handed out --- */

/* Tables need not be known: not each back end tells of them. */
enum err device_may_be_assigned(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__DeviceAssigned *assigned = (const void *)statement->body;
    const char *order_id = assigned->order_id;
    const Dw__Order *order = order_id ? state_order(state, order_id) : NULL;
    enum err err = is_known(statement, state, fault);

    if (err != ERR_OK)
        return err;
    if (strcmp(device_of(statement, state)->kind, "pager") != 0)
        return fault_set(fault, ERR_IMPOSSIBLE, "deviceId",
                "only a pager is handed out");
    if (order_id && !order)
        return fault_set(fault, ERR_NOT_FOUND, "orderId", "no such order");
    if (order && !state_order_is_open(order))
        return fault_set(fault, ERR_IMPOSSIBLE, "orderId",
                "the order is over: %s",
                state_order_status_name(order->status));
    return ERR_OK;
}

/* --- configured --- */

/* A device acts on what is newer than what it has: one that has a higher
 * number, of a hub that has lost its journal, is to act on it, too. */
void device_complete_configured(
        const struct statement *statement, const struct state *state)
{
    Dw__DeviceConfigured *configured = (void *)statement->body;
    const Dw__Device *device = device_of(statement, state);
    uint64_t rev = device && device->config ? device->config->rev : 0;

    if (statement->is_derived)
        return;
    if (device && device->config_rev > rev)
        rev = device->config_rev;
    configured->rev = rev + 1;
    configured->has_rev = 1;
    configured->utc_offset_min = state->utc_offset_min;
    configured->has_utc_offset_min = 1;
}

/* What rings, or prints, for a room has to listen there. */
static bool may_sleep(const Dw__Device *device)
{
    return strcmp(device->kind, "pager") == 0 ||
           strcmp(device->kind, "button") == 0;
}

enum err device_may_be_configured(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__DeviceConfigured *configured = (const void *)statement->body;
    enum err err = is_known(statement, state, fault);

    if (err != ERR_OK)
        return err;
    if (configured->telemetry_s > 0 &&
            configured->telemetry_s < TELEMETRY_LEAST_S)
        return fault_set(fault, ERR_OUT_OF_RANGE, "telemetryS",
                "is 0, or at least %d", TELEMETRY_LEAST_S);
    if (configured->sleep_s > 0 && !may_sleep(device_of(statement, state)))
        return fault_set(fault, ERR_IMPOSSIBLE, "sleepS",
                "only pagers and buttons sleep");
    return ERR_OK;
}

/* --- keys --- */

static bool is_key(const char *name)
{
    static const char *const names[] = { "1", "2", "3", "4", "5", "6", "7", "8",
        "9", "bump", "recall", "next", "previous", "up", "down" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* It stands where the picture has it, whatever is said with the key. */
void device_complete_key(
        const struct statement *statement, const struct state *state)
{
    const Dw__Device *device;

    floor_complete_device(statement, state);
    device = device_of(statement, state);
    if (device && device->station)
        body_replace_text(statement->body, "station", device->station);
}

enum err device_may_press(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Device *device = device_of(statement, state);
    enum err err = is_known(statement, state, fault);

    if (err != ERR_OK)
        return err;
    if (strcmp(device->kind, "bumpbar") != 0)
        return fault_set(fault, ERR_IMPOSSIBLE, "deviceId",
                "only a bump bar has such keys");
    if (!is_key(body_text(statement->body, "key_name")))
        return fault_set(fault, ERR_OUT_OF_RANGE, "keyName",
                "is 1 to 9, bump, recall, next, previous, up or down");
    return ERR_OK;
}
