#include "devices/kinds/kinds.h"
#include "schemas/envelope.pb-c.h"

/* One press of a finger can make several contacts. */
#define BOUNCE_MS 300

/* A waiter who comes later than this was not called by this press. */
#define KEEP_MS (2 * 60 * 1000)

struct button {
    uint64_t deaf_until_ms;
};

static void on_input(struct device *device, enum device_input input)
{
    struct button *button = device->state;
    Dw__ServiceCallCreated body = DW__SERVICE_CALL_CREATED__INIT;
    Dw__ServiceCall call = DW__SERVICE_CALL__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_CALL,
        .field = DW__ENVELOPE__BODY_SERVICE_CALL_CREATED,
        .body = &body.base,
        .keep_ms = KEEP_MS };

    if (input != INPUT_KEY || device->now_ms < button->deaf_until_ms)
        return;
    button->deaf_until_ms = device->now_ms + BOUNCE_MS;

    table.id = (char *)device->config.table; /* only read */
    call.table = &table;
    call.reason = (char *)device->config.reason;
    body.call = &call;
    if (device_say(device, &fact))
        device_show(device, "pressed table=%s", device->config.table);
}

const struct device_kind button_kind = {
    .name = "button",
    .about = "calls a waiter to its table when pressed",
    .needs_table = true,
    .state_bytes = sizeof(struct button),
    .on_input = on_input,
};
