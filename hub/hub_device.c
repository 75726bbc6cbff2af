/*
 * What devices say of themselves again and again, and need not be journalled
 * each time; and what they are to know of us.
 */
#include <string.h>

#include "hub/derive.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "schemas/device.pb-c.h"

#define TELEMETRY_MS                                                           \
    9000 /* between two of a device that are stored: it may be                 \
            told to say so every ten seconds */
#define TELLS_A_TICK 20
#define ASLEEP_MS    30000 /* and twice as long as it sleeps: then it is gone */

/* When to wake again, in seconds. */
#define SOON_S  2
#define MEALS_S 10
#define NEARLY_MS                                                              \
    (5 * 60 * 1000) /* an order that is being prepared may be ready any        \
                       moment */

/* --- no news --- */

static const Dw__Device *device_of(
        const struct hub *hub, const struct statement *statement)
{
    const char *id = body_text(statement->body, "device_id");

    return id ? shelf_find(&hub->state.devices, id) : NULL;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* One that was asleep says that it is there: all of it is known. Else, as after
 * a start, when nobody knows what it has heard, it comes anew. */
static bool is_waking(const struct hub *hub, const struct statement *statement,
        const Dw__Device *known)
{
    const Dw__DeviceOnline *said = (const void *)statement->body;

    return known->online && hub_knows_sleeper(hub, known->id) &&
           said->boot == known->boot && said->sleep_s == known->sleep_s &&
           said->config_rev == known->config_rev &&
           is_same(said->kind, known->kind) &&
           is_same(said->station, known->station) &&
           is_same(said->firmware, known->firmware) &&
           is_same(body_text(&said->base, "table.id"),
                   body_text(&known->base, "table.id"));
}

/* A clock that was set back is no reason to hear nothing. */
static bool is_too_often(
        const struct statement *statement, const Dw__Device *known)
{
    int64_t age_ms = statement->now_ms - known->telemetry_at_ms;

    return known->telemetry && age_ms >= 0 && age_ms < TELEMETRY_MS;
}

bool hub_is_no_news(struct hub *hub, const struct statement *statement)
{
    const Dw__Device *known = statement->from->roles & ROLE_DEVICE
                                      ? device_of(hub, statement)
                                      : NULL;

    if (!known)
        return false;
    if (statement->what == EVT_DEVICE_TELEMETRY)
        return is_too_often(statement, known);
    if (statement->what != EVT_DEVICE_ONLINE ||
            !is_waking(hub, statement, known))
        return false;
    hub_expect_no_more(hub, known->id);
    hub_wake_sleeper(hub, known->id);
    return true;
}

/* --- asleep --- */

void hub_tell_asleep(
        struct hub *hub, const char *id, uint32_t boot, uint32_t wake_s)
{
    const Dw__Device *device = shelf_find(&hub->state.devices, id);

    if (!device || !device->online || boot < device->boot)
        return;
    hub_expect(hub, id, boot, 2000ll * wake_s + ASLEEP_MS);
    hub_lay_sleeper(hub, id);
}

/* --- when to wake --- */

static bool is_done(const Dw__Item *item)
{
    return item->has_status &&
           (item->status == DW__ITEM_STATUS__ITEM_STATUS_READY ||
                   item->status == DW__ITEM_STATUS__ITEM_STATUS_SERVED ||
                   item->status == DW__ITEM_STATUS__ITEM_STATUS_CANCELLED);
}

static bool is_nearly_ready(const struct hub *hub, const Dw__Order *order)
{
    size_t done = 0;

    if (order->status >= DW__ORDER_STATUS__ORDER_STATUS_READY)
        return false; /* there is a page for that */
    while (done < order->n_items && is_done(order->items[done]))
        done++;
    if (done > 0 && done == order->n_items)
        return true;
    return order->status == DW__ORDER_STATUS__ORDER_STATUS_PREPARING &&
           steady_age(&hub->steady, order->created_at_ms) >= NEARLY_MS;
}

static bool is_waited_for(const Dw__Device *device, const Dw__Order *order)
{
    const char *at = body_text(&device->base, "table.id");

    return state_is_assigned(device, order->id, order->table) ||
           (at && order->table && is_same(at, order->table->id));
}

static uint32_t for_orders(
        const struct hub *hub, const Dw__Device *device, uint32_t usual_s)
{
    const struct shelf_entry *entry = shelf_first(&hub->state.orders);
    uint32_t next_s = usual_s;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Order *order = shelf_message(entry);

        if (!is_waited_for(device, order))
            continue;
        if (is_nearly_ready(hub, order))
            return SOON_S;
        next_s = MEALS_S;
    }
    return next_s;
}

uint32_t hub_next_wake(const struct hub *hub, const char *id)
{
    const Dw__Device *device = shelf_find(&hub->state.devices, id);
    uint32_t usual_s, next_s;

    if (!device || device->sleep_s == 0)
        return 0;
    usual_s = device->config && device->config->has_sleep_s
                      ? device->config->sleep_s
                      : device->sleep_s;
    if (usual_s == 0)
        return 0; /* it is to listen, as soon as it knows */
    next_s = hub_has_page(hub, id) ? SOON_S : for_orders(hub, device, usual_s);
    return next_s < usual_s ? next_s : usual_s;
}

/* --- the restaurant's clock --- */

void hub_tell_zone(struct hub *hub, int32_t utc_offset_min)
{
    if (hub->options.utc_offset_min == utc_offset_min)
        return;
    hub->options.utc_offset_min = utc_offset_min;
    hub->state.utc_offset_min = utc_offset_min;
    hub->is_zone_new = true;
}

/* Those that are there; the others when they come. */
void hub_watch_zone(struct hub *hub)
{
    const struct shelf_entry *entry = shelf_first(&hub->state.devices);
    int left = TELLS_A_TICK;

    if (!hub->is_zone_new || hub->failed != ERR_OK ||
            !hub_takes(hub, EVT_DEVICE_CONFIGURED))
        return;
    for (; entry && left > 0; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);
        Dw__DeviceConfigured *again;

        if (!device->online || !device->config ||
                device->config->utc_offset_min == hub->state.utc_offset_min)
            continue;
        again = derive_config_of(&hub->state, device);
        hub_say(hub, EVT_DEVICE_CONFIGURED, &again->base, hub->now_ms);
        left--;
    }
    hub->is_zone_new = left == 0;
}
