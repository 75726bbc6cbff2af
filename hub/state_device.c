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

static bool serves(const Dw__Device *device, const char *station)
{
    return strcmp(device->kind, "printer") == 0 && device->station &&
           strcmp(device->station, station) == 0;
}

const Dw__Device *state_printer(const struct state *state, const char *station)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    const Dw__Device *fallback = NULL;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Device *device = shelf_message(entry);

        if (!serves(device, station))
            continue;
        if (device->online)
            return device;
        if (!fallback)
            fallback = device;
    }
    return fallback;
}

/* --- what they were given to do --- */

/* Nobody wants a ticket of hours ago; the oldest stand first. */
static void forget_stale_jobs(struct state *state, int64_t now_ms)
{
    struct shelf_entry *entry = shelf_first(&state->jobs);

    while (entry) {
        const Dw__PrintJob *job = shelf_message(entry);

        if (now_ms - job->changed_at_ms <=
                evt_kinds[EVT_PRINT_REQUESTED].ttl_s * 1000ll)
            break;
        entry = shelf_next(entry);
        shelf_drop(&state->jobs, job->request->job_id);
    }
}

void state_print_requested(struct state *state, const struct evt *evt)
{
    const Dw__PrintRequested *request = (const void *)evt->body;
    Dw__PrintJob *job = (void *)body_new(&dw__print_job__descriptor);

    assert(job);
    forget_stale_jobs(state, evt->ts_ms);
    job->request = (void *)body_copy(&request->base);
    assert(job->request);
    job->stage = DW__JOB_STAGE__JOB_STAGE_REQUESTED;
    job->changed_at_ms = evt->ts_ms;
    shelf_put(&state->jobs, request->job_id, &job->base);
}

void state_print_done(struct state *state, const struct evt *evt)
{
    shelf_drop(&state->jobs, body_text(evt->body, "job_id"));
}

void state_print_failed(struct state *state, const struct evt *evt)
{
    Dw__PrintJob *job =
            shelf_find(&state->jobs, body_text(evt->body, "job_id"));
    const char *reason = body_text(evt->body, "reason");

    if (!job)
        return;
    job->stage = DW__JOB_STAGE__JOB_STAGE_FAILED;
    body_set_string(&job->reason, reason ? reason : "unconfirmed");
    job->changed_at_ms = evt->ts_ms;
}

void state_print_rerouted(struct state *state, const struct evt *evt)
{
    const Dw__PrintStep *step = (const void *)evt->body;
    Dw__PrintJob *job = shelf_find(&state->jobs, step->job_id);

    if (!job || !step->printer)
        return;
    body_set_string(&job->request->printer, step->printer);
    job->changed_at_ms = evt->ts_ms;
}

uint32_t state_jobs_waiting(const struct state *state)
{
    const struct shelf_entry *entry = shelf_first(&state->jobs);
    uint32_t count = 0;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__PrintJob *job = shelf_message(entry);

        count += job->stage == DW__JOB_STAGE__JOB_STAGE_REQUESTED;
    }
    return count;
}

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

void state_delivery_order_closed(struct state *state, const char *order_id)
{
    struct shelf_entry *entry = shelf_first(&state->jobs);

    state_pages_cleared(state, order_id);
    while (entry) {
        const Dw__PrintJob *job = shelf_message(entry);

        entry = shelf_next(entry);
        if (job->request->kind != DW__TICKET_KIND__TICKET_KIND_VOID &&
                strcmp(job->request->order->id, order_id) == 0)
            shelf_drop(&state->jobs, job->request->job_id);
    }
}
