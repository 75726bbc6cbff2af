#include <string.h>

#include "devices/kinds/kinds.h"
#include "schemas/envelope.pb-c.h"

/* One press of a finger can make several contacts. */
#define BOUNCE_MS 300

/* A waiter who comes later than this was not called by this press. */
#define KEEP_MS (2 * 60 * 1000)

struct button {
    uint64_t deaf_until_ms;
};

/* What is called for, or NULL: that press is no call. */
static const char *reason_of(
        const struct device_config *config, enum device_input input)
{
    switch (input) {
    case INPUT_KEY:
        return config->reason;
    case INPUT_DOUBLE:
        return config->reason_double;
    case INPUT_LONG:
        return config->reason_long;
    case INPUT_DOWN:
    case INPUT_UP:
        break;
    }
    return NULL;
}

static bool call(struct device *device, const char *reason)
{
    Dw__ServiceCallCreated body = DW__SERVICE_CALL_CREATED__INIT;
    Dw__ServiceCall call = DW__SERVICE_CALL__INIT;
    Dw__TableRef table = DW__TABLE_REF__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_CALL,
        .field = DW__ENVELOPE__BODY_SERVICE_CALL_CREATED,
        .body = &body.base,
        .keep_ms = KEEP_MS };

    table.id = (char *)device->config.table; /* these are only read */
    call.table = &table;
    call.reason = (char *)reason;
    body.call = &call;
    return device_say(device, &fact);
}

/* The light blinks while a call waits for the hub. */
static void refresh(struct device *device)
{
    bool waits = outbox_find_same(&device->outbox, FACT_CALL,
            DW__ENVELOPE__BODY_SERVICE_CALL_CREATED);

    device_play(device, waits ? PATTERN_WAITING : PATTERN_NONE);
}

static void on_input(struct device *device, enum device_input input)
{
    struct button *button = device->state;
    const char *reason = reason_of(&device->config, input);

    if (!reason || device->now_ms < button->deaf_until_ms)
        return;
    button->deaf_until_ms = device->now_ms + BOUNCE_MS;
    if (call(device, reason)) {
        device_show(device, "pressed table=%s", device->config.table);
        device_play_once(device, PATTERN_PRESSED);
    } else {
        device_play_once(device, PATTERN_REFUSED);
    }
    refresh(device);
}

/* Who waits sees that somebody knows. */
static void on_told(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    bool was_call = device->signal.lasting.id == PATTERN_WAITING;

    (void)id;
    refresh(device);
    if (was_call && device->signal.lasting.id == PATTERN_NONE)
        device_play_once(device, PATTERN_HEARD);
}

static void on_refused(struct device *device, const uint8_t id[DEVICE_ID_BYTES])
{
    (void)id;
    refresh(device);
    device_play_once(device, PATTERN_REFUSED);
}

const struct device_kind button_kind = {
    .name = "button",
    .about = "calls a waiter to its table when pressed: once, twice or long",
    .needs_table = true,
    .keeps_light = true,
    .state_bytes = sizeof(struct button),
    .on_start = refresh,
    .on_input = on_input,
    .on_tick = refresh,
    .on_told = on_told,
    .on_refused = on_refused,
};
