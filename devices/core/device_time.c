/* What time it is, as far as anybody has said. */
#include "devices/core/device_parts.h"

/* Messages wait in the broker, so the highest difference is the true one. */
void device_learn_time(struct device *device, const Dw__Notification *note)
{
    uint64_t ahead;

    if (!note->has_ts_ms || note->ts_ms < device->now_ms)
        return;
    ahead = note->ts_ms - device->now_ms;
    if (!device->server_heard || ahead > device->server_ahead_ms)
        device->server_ahead_ms = ahead;
    device->server_heard = true;
}

/* A hub whose clock was set back says so with its next answer. */
void device_set_time(struct device *device, uint64_t ts_ms)
{
    if (ts_ms < device->now_ms)
        return;
    device->server_ahead_ms = ts_ms - device->now_ms;
    device->server_heard = true;
    device->server_sure = true;
}

bool device_knows_time(const struct device *device)
{
    return device->server_sure ||
           device->platform->wall_ms(device->platform->ctx) != 0;
}

uint64_t device_wall_ms(const struct device *device)
{
    uint64_t wall = device->platform->wall_ms(device->platform->ctx);

    if (wall == 0 && device->server_heard)
        wall = device->now_ms + device->server_ahead_ms;
    return wall;
}

uint64_t device_end_ms(
        const struct device *device, const Dw__Notification *note)
{
    uint64_t wall = device_wall_ms(device);

    if (!note->has_exp_ms || note->exp_ms == 0 || wall == 0)
        return UINT64_MAX;
    if (note->exp_ms <= wall)
        return device->now_ms;
    if (note->exp_ms - wall > UINT64_MAX - device->now_ms)
        return UINT64_MAX;
    return device->now_ms + (note->exp_ms - wall);
}

uint64_t device_age_ms(
        const struct device *device, const Dw__Notification *note)
{
    uint64_t wall = device_wall_ms(device);

    if (!note->has_ts_ms || wall <= note->ts_ms)
        return 0;
    return wall - note->ts_ms;
}

bool device_is_late(const struct device *device, const Dw__Notification *note)
{
    return device_end_ms(device, note) <= device->now_ms;
}
