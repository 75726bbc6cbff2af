#include "hub/state.h"

#include <assert.h>
#include <string.h>

#include "hub/evt/body.h"

/* --- who is there --- */

void state_device_online(struct state *state, const struct evt *evt)
{
    const Dw__DeviceOnline *online = (const void *)evt->body;
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

const Dw__Page *state_newest_page(const struct state *state, const char *table)
{
    const struct shelf_entry *entry = shelf_first(&state->pages);
    const Dw__Page *newest = NULL;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Page *page = shelf_message(entry);

        if (strcmp(page->sent->table->id, table) == 0)
            newest = page;
    }
    return newest;
}

void state_page_closed(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->pages, body_text(evt->body, "page_id"));
}

void state_pages_cleared(struct state *state, const char *order_id)
{
    struct shelf_entry *entry = shelf_first(&state->pages);

    while (entry) {
        const Dw__Page *page = shelf_message(entry);
        const char *of = page->sent->order_id;

        entry = shelf_next(entry);
        if (of && strcmp(of, order_id) == 0)
            shelf_put(&state->cleared, page->sent->page_id,
                    shelf_take(&state->pages, page->sent->page_id));
    }
}
