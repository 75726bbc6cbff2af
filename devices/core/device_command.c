/* What the hub asks of any device, whatever its kind. */
#include <string.h>

#include "devices/core/device_parts.h"

#define CONFIG_KEY   "config"
#define ASSIGNED_KEY "assigned"

#define IDENTIFY_S      10
#define IDENTIFY_MOST_S 300

void device_load_wishes(struct device *device)
{
    uint8_t bytes[ASSIGNMENT_BYTES];
    size_t len;

    _Static_assert(SETTINGS_BYTES <= ASSIGNMENT_BYTES, "the longer of both");
    len = device->platform->load(
            device->platform->ctx, CONFIG_KEY, bytes, sizeof(bytes));
    settings_read(&device->settings, bytes, len);
    len = device->platform->load(
            device->platform->ctx, ASSIGNED_KEY, bytes, sizeof(bytes));
    assignment_read(&device->assigned, bytes, len);
}

bool device_is_command(const Dw__Notification *note)
{
    return note->body_case == DW__NOTIFICATION__BODY_DEVICE_ASSIGNED ||
           note->body_case ==
                   DW__NOTIFICATION__BODY_DEVICE_IDENTIFY_REQUESTED ||
           note->body_case == DW__NOTIFICATION__BODY_DEVICE_CONFIGURED;
}

static bool is_ours(const struct device *device, const char *device_id)
{
    return strcmp(device_id, device->config.id) == 0;
}

static bool identify(struct device *device, const Dw__DeviceIdentify *wish)
{
    uint32_t seconds = wish->has_seconds ? wish->seconds : IDENTIFY_S;

    if (!is_ours(device, wish->device_id) || seconds > IDENTIFY_MOST_S)
        return false;
    device_identify(device, seconds);
    return true;
}

/* Only a newer one; the hub is told which it has, also if it had it already:
 * it would not have said it. */
static bool configure(struct device *device, const Dw__DeviceConfigured *wish)
{
    struct device_settings settings;
    uint8_t bytes[SETTINGS_BYTES];

    if (!is_ours(device, wish->device_id) || !settings_of(&settings, wish))
        return false;
    if (settings.rev <= device->settings.rev)
        return true;
    device->settings = settings;
    device->sleep.hint_s = 0;
    if (!device_keep(
                device, CONFIG_KEY, bytes, settings_write(bytes, &settings)))
        device->counts.unkept++; /* after a loss of power it is said again */
    device_show(
            device, "configured rev=%llu", (unsigned long long)settings.rev);
    device_plan_telemetry(device);
    device_announce(device);
    return true;
}

static bool assign(struct device *device, const Dw__DeviceAssigned *wish)
{
    struct assignment assigned;
    uint8_t bytes[ASSIGNMENT_BYTES];

    if (!is_ours(device, wish->device_id) || !assignment_of(&assigned, wish))
        return false;
    if (assignment_is_same(&assigned, &device->assigned))
        return true;
    device->assigned = assigned;
    if (!device_keep(device, ASSIGNED_KEY, bytes,
                assignment_write(bytes, &assigned)))
        device->counts.unkept++;
    if (assignment_is_free(&assigned))
        device_show(device, "free");
    else
        device_show(device, "assigned table=%s order=%s",
                assigned.table[0] ? assigned.table : "-",
                assigned.order[0] ? assigned.order : "-");
    if (device->kind->on_assigned)
        device->kind->on_assigned(device);
    return true;
}

bool device_command(struct device *device, const Dw__Notification *note)
{
    bool is_done = false;

    if (note->body_case == DW__NOTIFICATION__BODY_DEVICE_IDENTIFY_REQUESTED)
        is_done = identify(device, note->device_identify_requested);
    else if (note->body_case == DW__NOTIFICATION__BODY_DEVICE_CONFIGURED)
        is_done = configure(device, note->device_configured);
    else if (note->body_case == DW__NOTIFICATION__BODY_DEVICE_ASSIGNED)
        is_done = assign(device, note->device_assigned);
    if (is_done)
        device_done(device, note->id.data, NULL);
    return is_done;
}
