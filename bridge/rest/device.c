#include "bridge/rest/device.h"

#include <inttypes.h>
#include <string.h>

#include "bridge/dialect/dialect.h"
#include "schemas/picture.pb-c.h"

#define STAGE(word) DW__JOB_STAGE__JOB_STAGE_##word
#define HOUR_MIN    60

static void put_text(struct buf *out, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_put_json(out, text);
}

static void put_time(struct buf *out, const char *name, int64_t at_ms)
{
    char time[ISO_CHARS + 1];

    dialect_print_time(at_ms, time);
    put_text(out, name, time);
}

static void put_table(struct buf *out, const char *name,
        const Dw__TableRef *table, enum view view)
{
    if (!table)
        return;
    buf_printf(out, "%s:", name);
    dialect_put_json(out, &table->base, view);
}

/* One that sleeps hears nothing but now and then. */
static const char *state_of(const Dw__Device *device)
{
    if (!device->online)
        return "offline";
    return device->sleep_s > 0 ? "asleep" : "online";
}

/* --- how it is --- */

static void put_telemetry(struct buf *out, const Dw__DeviceTelemetry *said)
{
    if (!said)
        return;
    if (said->has_battery_percent)
        buf_printf(out, ",\"battery\":%" PRIu32, said->battery_percent);
    if (said->has_charging)
        buf_printf(out, ",\"charging\":%s", said->charging ? "true" : "false");
    if (said->has_rssi_dbm)
        buf_printf(out, ",\"rssi\":%" PRId32, said->rssi_dbm);
    if (said->has_queued)
        buf_printf(out, ",\"queued\":%" PRIu32, said->queued);
}

static int64_t last_seen_ms(const Dw__Device *device)
{
    return device->telemetry_at_ms > device->changed_at_ms
                   ? device->telemetry_at_ms
                   : device->changed_at_ms;
}

/* --- what is expected of it --- */

static void put_minute(struct buf *out, const char *name, uint32_t minute)
{
    buf_printf(out, ",\"%s\":\"%02u:%02u\"", name, minute / HOUR_MIN,
            minute % HOUR_MIN);
}

static void put_config(struct buf *out, const Dw__Device *device)
{
    const Dw__DeviceConfigured *config = device->config;

    if (!config)
        return;
    buf_printf(out, ",\"config\":{\"rev\":%" PRIu64 ",\"taken\":%s",
            config->rev, device->config_rev == config->rev ? "true" : "false");
    if (config->mute_from_min != config->mute_to_min) {
        put_minute(out, "muteFrom", config->mute_from_min);
        put_minute(out, "muteTo", config->mute_to_min);
    }
    if (config->has_sleep_s)
        buf_printf(out, ",\"sleepSeconds\":%" PRIu32, config->sleep_s);
    if (config->has_telemetry_s)
        buf_printf(out, ",\"telemetrySeconds\":%" PRIu32, config->telemetry_s);
    buf_putc(out, '}');
}

static void put_assigned(
        struct buf *out, const Dw__DeviceAssigned *assigned, enum view view)
{
    if (!assigned || (!assigned->table && !assigned->order_id))
        return;
    buf_puts(out, ",\"assigned\":{");
    put_table(out, "\"table\"", assigned->table, view);
    if (assigned->order_id) {
        buf_printf(out, "%s\"orderId\":", assigned->table ? "," : "");
        buf_put_json(out, assigned->order_id);
        put_text(out, "orderNumber", assigned->order_number);
    }
    buf_putc(out, '}');
}

/* --- a printer's tickets --- */

static bool is_at(const Dw__PrintJob *job, const Dw__Device *device)
{
    const char *printer = job->request->printer;

    return printer && strcmp(printer, device->id) == 0;
}

static bool is_waiting(const Dw__PrintJob *job)
{
    return job->stage == STAGE(REQUESTED) || job->stage == STAGE(ACCEPTED) ||
           job->stage == STAGE(RELEASED);
}

static bool is_in_doubt(const Dw__PrintJob *job)
{
    return job->stage == STAGE(FAILED) || job->stage == STAGE(UNKNOWN);
}

/* How many wait, and why the last one of those that did not come out, or
 * perhaps did not, has not. */
static void put_tickets(
        struct buf *out, const Dw__Device *device, const Dw__Picture *picture)
{
    const Dw__PrintJob *failed = NULL;
    uint32_t waiting = 0;

    if (strcmp(device->kind, "printer") != 0)
        return;
    for (size_t i = 0; i < picture->n_jobs; i++) {
        const Dw__PrintJob *job = picture->jobs[i];

        if (!is_at(job, device))
            continue;
        waiting += is_waiting(job);
        if (is_in_doubt(job) &&
                (!failed || job->changed_at_ms >= failed->changed_at_ms))
            failed = job;
    }
    buf_printf(out, ",\"queue\":%" PRIu32, waiting);
    if (failed)
        put_text(out, "trouble", failed->reason ? failed->reason : "unknown");
}

void device_put(struct buf *out, const Dw__Device *device,
        const Dw__Picture *picture, enum view view)
{
    buf_puts(out, "\"id\":");
    buf_put_json(out, device->id);
    put_text(out, "kind", device->kind);
    put_text(out, "state", state_of(device));
    buf_printf(out, ",\"online\":%s,\"boot\":%" PRIu32,
            device->online ? "true" : "false", device->boot);
    put_table(out, ",\"table\"", device->table, view);
    put_text(out, "station", device->station);
    put_text(out, "firmware", device->firmware);
    put_telemetry(out, device->telemetry);
    put_time(out, "since", device->changed_at_ms);
    put_time(out, "lastSeen", last_seen_ms(device));
    put_assigned(out, device->assigned, view);
    put_config(out, device);
    put_tickets(out, device, picture);
}
