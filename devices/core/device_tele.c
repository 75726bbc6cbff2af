/* How the device is, and when it says so. */
#include "devices/core/device_parts.h"
#include "schemas/envelope.pb-c.h"

#define LOW_PERCENT   20
#define EMPTY_PERCENT 10
#define WELL_PERCENT  30

/* Three hundred devices come back together: they shall not all speak in the
 * same second. One that sleeps comes when it wakes, and goes again soon. */
#define SPREAD_MS       10000
#define SPREAD_AWAKE_MS 1000

/* A dock with a bad contact. */
#define GAP_MS 10000

/* The machine is asked so often, whatever happens. */
#define ASK_MS 10000

static uint32_t chance(struct device *device, uint32_t below)
{
    return device->platform->random(device->platform->ctx) % below;
}

static uint64_t period_ms(const struct device *device)
{
    uint32_t seconds = device->settings.telemetry_s
                               ? device->settings.telemetry_s
                               : DEVICE_TELEMETRY_S;

    return seconds * 1000ull;
}

/* At the first moment that is not `gap_ms` after the last time. */
static void hurry(struct device *device, uint64_t at_ms)
{
    struct device_telemetry *telemetry = &device->telemetry;

    if (telemetry->said_ms && at_ms < telemetry->said_ms + GAP_MS)
        at_ms = telemetry->said_ms + GAP_MS;
    if (at_ms < telemetry->due_ms)
        telemetry->due_ms = at_ms;
}

/* A sleeper says it once a period, not at each wake. */
void device_plan_telemetry(struct device *device)
{
    struct device_telemetry *telemetry = &device->telemetry;
    bool sleeps = device_sleep_s(device) > 0;

    if (!telemetry->is_known)
        return;
    if (sleeps && telemetry->said_ms &&
            device->now_ms < telemetry->said_ms + period_ms(device))
        telemetry->due_ms = telemetry->said_ms + period_ms(device);
    else
        hurry(device, device->now_ms + chance(device, sleeps ? SPREAD_AWAKE_MS
                                                             : SPREAD_MS));
}

bool device_is_docked(const struct device *device)
{
    return device->telemetry.is_known && device->telemetry.vitals.charging;
}

bool device_is_low(const struct device *device)
{
    return device->telemetry.is_known && !device->telemetry.vitals.charging &&
           device->telemetry.vitals.battery_percent <= LOW_PERCENT;
}

/* --- saying --- */

static bool say(struct device *device)
{
    const struct device_vitals *vitals = &device->telemetry.vitals;
    Dw__DeviceTelemetry body = DW__DEVICE_TELEMETRY__INIT;
    const struct fact fact = { .topic = FACT_TELE,
        .class = FACT_STATE,
        .field = DW__ENVELOPE__BODY_DEVICE_TELEMETRY,
        .body = &body.base,
        .keep_ms = (uint32_t)period_ms(device) };

    body.has_battery_percent = vitals->battery_percent <= 100;
    body.battery_percent = vitals->battery_percent;
    body.has_charging = body.has_battery_percent;
    body.charging = vitals->charging;
    body.has_rssi_dbm = vitals->rssi_dbm < 0;
    body.rssi_dbm = vitals->rssi_dbm;
    body.has_queued = true;
    body.queued = device->outbox.count;
    body.has_uptime_s = true;
    body.uptime_s = (uint32_t)((device->now_ms - device->start_ms) / 1000);
    body.has_free_bytes = vitals->free_bytes > 0;
    body.free_bytes = vitals->free_bytes;
    return device_say(device, &fact);
}

static void say_if_due(struct device *device)
{
    struct device_telemetry *telemetry = &device->telemetry;
    uint64_t period = period_ms(device);

    if (device->stage != DEVICE_ONLINE || device->now_ms < telemetry->due_ms)
        return;
    if (say(device))
        telemetry->said_ms = device->now_ms;
    telemetry->due_ms = device->now_ms + period - period / 10 +
                        chance(device, (uint32_t)(period / 5));
}

static bool warn(struct device *device, uint32_t percent)
{
    Dw__DeviceTrouble body = DW__DEVICE_TROUBLE__INIT;
    const struct fact fact = { .topic = FACT_EVT,
        .class = FACT_STATE,
        .field = DW__ENVELOPE__BODY_DEVICE_BATTERY_LOW,
        .body = &body.base };

    body.has_percent = true;
    body.percent = percent;
    if (!device_say(device, &fact))
        return false;
    device_show(device, "battery low percent=%lu", (unsigned long)percent);
    return true;
}

/* Each of the two is complained of once, until it is well again. */
static void watch_battery(struct device *device)
{
    struct device_telemetry *telemetry = &device->telemetry;
    uint32_t percent = telemetry->vitals.battery_percent;
    uint32_t now = percent <= EMPTY_PERCENT ? EMPTY_PERCENT
                   : percent <= LOW_PERCENT ? LOW_PERCENT
                                            : 0;

    if (telemetry->vitals.charging || percent > WELL_PERCENT)
        telemetry->warned = 0;
    else if (now && (!telemetry->warned || now < telemetry->warned) &&
             warn(device, percent)) {
        telemetry->warned = now;
        hurry(device, device->now_ms);
    }
}

void device_watch(struct device *device)
{
    struct device_telemetry *telemetry = &device->telemetry;
    bool was_known = telemetry->is_known;
    bool was_charging = telemetry->vitals.charging;

    telemetry->is_known =
            device->platform->vitals(device->platform->ctx, &telemetry->vitals);
    telemetry->asked_ms = device->now_ms;
    if (!telemetry->is_known)
        return;
    if (!was_known && device->stage == DEVICE_ONLINE)
        device_plan_telemetry(device);
    if (was_known && was_charging != telemetry->vitals.charging)
        hurry(device, device->now_ms);
    watch_battery(device);
    say_if_due(device);
}

uint64_t device_watch_due_ms(const struct device *device)
{
    const struct device_telemetry *telemetry = &device->telemetry;
    uint64_t due_ms = telemetry->asked_ms + ASK_MS;

    if (!telemetry->is_known || device->asleep_until_ms)
        return UINT64_MAX;
    if (device->stage == DEVICE_ONLINE && telemetry->due_ms < due_ms)
        due_ms = telemetry->due_ms;
    return due_ms;
}
