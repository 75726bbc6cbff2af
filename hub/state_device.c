#include "hub/state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/evt/body.h"

/* --- who is there --- */

static void set_part(ProtobufCMessage **part, const ProtobufCMessage *said)
{
    ProtobufCMessage *copy = said ? body_copy(said) : NULL;

    assert(copy || !said);
    if (*part)
        body_free(*part);
    *part = copy;
}

/* What was said of it, and not by it just now, stays. */
static void keep_known(Dw__Device *device, const Dw__Device *known)
{
    if (known->telemetry)
        set_part((void *)&device->telemetry, &known->telemetry->base);
    device->telemetry_at_ms = known->telemetry_at_ms;
    device->has_telemetry_at_ms = known->has_telemetry_at_ms;
    if (known->assigned)
        set_part((void *)&device->assigned, &known->assigned->base);
    if (known->config)
        set_part((void *)&device->config, &known->config->base);
}

void state_device_online(struct state *state, const struct evt *evt)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
    const Dw__Device *known = shelf_find(&state->devices, online->device_id);
    Dw__Device *device = (void *)body_new(&dw__device__descriptor);

    assert(device);
    body_set_string(&device->id, online->device_id);
    body_set_string(&device->kind, online->kind);
    device->online = 1;
    device->boot = online->boot;
    device->changed_at_ms = evt->ts_ms;
    if (online->table)
        device->table = (void *)body_copy(&online->table->base);
    if (online->station)
        body_set_string(&device->station, online->station);
    if (online->firmware)
        body_set_string(&device->firmware, online->firmware);
    device->config_rev = online->config_rev;
    device->has_config_rev = online->has_config_rev;
    device->sleep_s = online->sleep_s;
    device->has_sleep_s = online->has_sleep_s;
    if (known)
        keep_known(device, known);
    shelf_put(&state->devices, device->id, &device->base);
}

void state_device_offline(struct state *state, const struct evt *evt)
{
    const Dw__DeviceOffline *offline = (const void *)evt->body;
    Dw__Device *device = shelf_find(&state->devices, offline->device_id);

    if (!device)
        return;
    device->online = 0;
    device->changed_at_ms = evt->ts_ms;
}

/* --- how it is, and how it shall be --- */

void state_device_telemetry(struct state *state, const struct evt *evt)
{
    const Dw__DeviceTelemetry *said = (const void *)evt->body;
    Dw__Device *device = shelf_find(&state->devices, said->device_id);

    if (!device)
        return;
    set_part((void *)&device->telemetry, &said->base);
    device->telemetry_at_ms = evt->ts_ms;
    device->has_telemetry_at_ms = 1;
}

void state_device_configured(struct state *state, const struct evt *evt)
{
    const Dw__DeviceConfigured *said = (const void *)evt->body;
    Dw__Device *device = shelf_find(&state->devices, said->device_id);

    if (device)
        set_part((void *)&device->config, &said->base);
}

bool state_is_handed_out(const Dw__Device *device)
{
    const Dw__DeviceAssigned *assigned = device->assigned;

    return assigned && (assigned->table || assigned->order_id);
}

bool state_is_assigned(const Dw__Device *device, const char *order_id,
        const Dw__TableRef *table)
{
    const Dw__DeviceAssigned *assigned = device->assigned;

    if (!state_is_handed_out(device))
        return false;
    if (assigned->order_id)
        return order_id && strcmp(assigned->order_id, order_id) == 0;
    return table && strcmp(assigned->table->id, table->id) == 0;
}

/* Whoever has it now has not waited for what it was to ring for. */
static void end_pages(struct state *state, const Dw__Device *device)
{
    struct shelf_entry *entry = shelf_first(&state->pages);

    while (entry) {
        const Dw__PageSent *sent =
                ((const Dw__Page *)shelf_message(entry))->sent;

        entry = shelf_next(entry);
        if (sent->device_id && strcmp(sent->device_id, device->id) == 0 &&
                !state_is_assigned(device, sent->order_id, sent->table))
            state_page_cleared(state, sent->page_id);
    }
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_said_again(
        const Dw__Device *device, const Dw__DeviceAssigned *said)
{
    const Dw__DeviceAssigned *known = device->assigned;

    return is_same(known ? known->order_id : NULL, said->order_id) &&
           is_same(known ? body_text(&known->base, "table.id") : NULL,
                   body_text(&said->base, "table.id"));
}

void state_device_assigned(struct state *state, const struct evt *evt)
{
    const Dw__DeviceAssigned *said = (const void *)evt->body;
    Dw__Device *device = shelf_find(&state->devices, said->device_id);
    bool is_news = device && !is_said_again(device, said);

    if (!device)
        return;
    set_part((void *)&device->assigned, &said->base); /* also that it is free */
    if (is_news)
        end_pages(state, device);
}

/* --- what is on its way to them --- */

void state_page_sent(struct state *state, const struct evt *evt)
{
    const Dw__PageSent *sent = (const void *)evt->body;
    const Dw__Page *before = shelf_find(&state->pages, sent->page_id);
    Dw__Page *page = (void *)body_new(&dw__page__descriptor);

    assert(page);
    page->sent = (void *)body_copy(&sent->base);
    assert(page->sent);
    page->sent_at_ms = before ? before->sent_at_ms : evt->ts_ms;
    shelf_put(&state->pages, sent->page_id, &page->base);
}

bool state_page_is_for(const Dw__PageSent *sent, const Dw__Device *device)
{
    if (strcmp(device->kind, "pager") != 0)
        return false;
    if (sent->device_id)
        return strcmp(sent->device_id, device->id) == 0;
    return sent->table && device->table && device->table->id &&
           strcmp(sent->table->id, device->table->id) == 0;
}

const Dw__Page *state_newest_page(
        const struct state *state, const Dw__Device *device)
{
    const struct shelf_entry *entry = shelf_first(&state->pages);
    const Dw__Page *newest = NULL;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);

        if (state_page_is_for(page->sent, device))
            newest = page;
    }
    return newest;
}

static bool is_of(const Dw__PageSent *sent, const char *order_id)
{
    return sent->order_id && strcmp(sent->order_id, order_id) == 0;
}

const Dw__Page *state_page_of_table(
        const struct state *state, const char *order_id)
{
    const struct shelf_entry *entry = shelf_first(&state->pages);

    for (; entry && order_id; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);

        if (!page->sent->device_id && is_of(page->sent, order_id))
            return page;
    }
    return NULL;
}

void state_page_cleared(struct state *state, const char *page_id)
{
    char id[SHELF_ID_CHARS + 1];

    snprintf(id, sizeof(id), "%s", page_id); /* may be the page's own */
    shelf_put(&state->cleared, id, shelf_take(&state->pages, id));
}

void state_page_closed(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->pages, body_text(evt->body, "page_id"));
}

void state_pages_cleared(struct state *state, const char *order_id)
{
    struct shelf_entry *entry = shelf_first(&state->pages);

    while (entry) {
        const Dw__PageSent *sent =
                ((const Dw__Page *)shelf_message(entry))->sent;

        entry = shelf_next(entry);
        if (is_of(sent, order_id))
            state_page_cleared(state, sent->page_id);
    }
}

/* An order's food is fetched once: that of the pager that was handed out ends
 * with that of the table, and the other way round. */
static void end_others(struct state *state, const Dw__PageSent *acked)
{
    struct shelf_entry *entry = shelf_first(&state->pages);

    while (entry) {
        const Dw__PageSent *sent =
                ((const Dw__Page *)shelf_message(entry))->sent;

        entry = shelf_next(entry);
        if (is_of(sent, acked->order_id) &&
                (sent->device_id || acked->device_id))
            state_page_cleared(state, sent->page_id);
    }
}

void state_page_acked(struct state *state, const struct evt *evt)
{
    const char *page_id = body_text(evt->body, "page_id");
    const Dw__Page *page = shelf_find(&state->pages, page_id);

    if (!page)
        return;
    state_page_cleared(state, page_id); /* has it from now on */
    if (page->sent->order_id)
        end_others(state, page->sent);
}
