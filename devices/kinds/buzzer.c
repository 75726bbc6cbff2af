#include <string.h>

#include "devices/kinds/kinds.h"

#define BUZZ_MS 4000
#define FRESH_MS                                                               \
    120000 /* an order of before that is no news: after an                     \
              outage nobody wants to hear last night's */

struct buzzer {
    uint64_t until_ms; /* 0: silent */
};

/* Is anything of the order made at our station? */
static bool concerns(const struct device *device, const Dw__Order *order)
{
    const char *station = device->config.station;
    bool any_station = false;

    for (size_t i = 0; station && i < order->n_items; i++) {
        const char *at = order->items[i]->station;

        if (at && at[0]) {
            any_station = true;
            if (strcmp(at, station) == 0)
                return true;
        }
    }
    return !any_station;
}

static enum device_take on_message(
        struct device *device, const struct device_message *message)
{
    struct buzzer *buzzer = device->state;
    const Dw__Order *order;

    if (message->note->body_case != DW__NOTIFICATION__BODY_ORDER_CREATED)
        return DEVICE_TAKEN;
    order = message->note->order_created->order;
    if (!concerns(device, order) ||
            device_age_ms(device, message->note) > FRESH_MS)
        return DEVICE_TAKEN;

    device_show(device, "buzz order=%s",
            order->number && order->number[0] ? order->number : order->id);
    device->platform->buzz(device->platform->ctx, true);
    buzzer->until_ms = device->now_ms + BUZZ_MS;
    device_wake(device, buzzer->until_ms);
    return DEVICE_TAKEN;
}

static void on_tick(struct device *device)
{
    struct buzzer *buzzer = device->state;

    if (buzzer->until_ms == 0)
        return;
    if (device->now_ms < buzzer->until_ms) {
        device_wake(device, buzzer->until_ms);
        return;
    }
    buzzer->until_ms = 0;
    device->platform->buzz(device->platform->ctx, false);
}

const struct device_kind buzzer_kind = {
    .name = "buzzer",
    .about = "rings for every new order",
    .listen = { "pb/kitchen" },
    .state_bytes = sizeof(struct buzzer),
    .on_message = on_message,
    .on_tick = on_tick,
};
