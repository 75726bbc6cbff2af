/* Opening and closing; the picture from the journal; snapshots; figures. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/count.h"
#include "hub/base/log.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"

#define MAX_ORDERS     10000
#define KEEP_EVENTS    1000000
#define PRINT_STALE_MS (10 * 60 * 1000)
#define SNAPSHOT_EVERY 5000 /* events */
#define SNAPSHOT_BYTES                                                         \
    (64u * 1024 * 1024 - 1024) /* less than a value of the                     \
                                  journal's engine */
#define UPKEEP_MS 1000

struct evt *hub_evt_of(const struct hub *hub, const struct record *record)
{
    enum evt_id what = evt_find_wire(record->wire);
    ProtobufCMessage *body;
    struct evt *evt;

    if (what == EVT_NONE)
        return NULL;
    body = body_unpack_own(
            evt_kinds[what].body, record->body, record->body_len);
    if (!body || evt_create(what, body, &evt) != ERR_OK)
        return NULL;
    route_evt(evt);
    route_parse(record->rooms, evt);
    evt->id = record->id;
    evt->cause = record->cause;
    evt->seq = record->seq;
    evt->epoch = journal_epoch(hub->journal);
    evt->seal = cursor_seal(hub->cursor_key, evt->epoch, evt->seq);
    evt->ts_ms = record->ts_ms;
    evt->exp_ms = record->exp_ms;
    snprintf(evt->src, sizeof(evt->src), "%s", record->source);
    evt->replay = true;
    return evt;
}

static bool apply_record(void *context, const struct record *record)
{
    struct hub *hub = context;
    struct evt *evt = hub_evt_of(hub, record);

    if (!evt) {
        log_warn("hub: event %llu of kind %u is not understood any more",
                (unsigned long long)record->seq, record->wire);
        return true;
    }
    state_apply(&hub->state, evt);
    hub_owe(hub, evt);
    evt_unref(evt);
    return true;
}

/* Does the tail begin where the snapshot ends? What that does not hold is not
 * forgotten, and the last record never is. */
static enum err expect_joint(struct hub *hub)
{
    uint64_t first = journal_first(hub->journal);
    uint64_t last = journal_last(hub->journal);

    if (last >= hub->snapshot && first <= hub->snapshot + 1)
        return ERR_OK;
    count_add(COUNT_BAD_RECORD, 1);
    log_error("hub: the journal has records %llu to %llu, the snapshot is as "
              "of %llu: records between them are missing",
            (unsigned long long)first, (unsigned long long)last,
            (unsigned long long)hub->snapshot);
    return ERR_IO;
}

enum err hub_load(struct hub *hub)
{
    void *data = NULL;
    size_t len;
    enum err err;

    state_init(&hub->state);
    hub->state.alerts_new_orders = hub->options.alert_new_orders;
    hub->state.print_copies = hub->options.print_copies;
    hub->state.print_stale_ms = hub->options.print_stale_ms;
    hub->state.utc_offset_min = hub->options.utc_offset_min;
    hub->state.lacks_records = journal_lost(hub->journal) > 0;
    hub->prints.due_ms = 0;
    err = journal_load_snapshot(hub->journal, &data, &len, &hub->snapshot);
    if (err == ERR_OK && data)
        err = state_unpack(&hub->state, data, len);
    free(data);
    if (err == ERR_OK)
        err = expect_joint(hub);
    if (err == ERR_OK)
        err = journal_read(
                hub->journal, hub->snapshot, UINT32_MAX, apply_record, hub);
    hub->head = journal_last(hub->journal);
    hub_load_waiting(hub);
    return err;
}

enum err hub_open(
        struct hub **hub, const struct hub_options *options, int64_t now_ms)
{
    struct hub *made = calloc(1, sizeof(*made));
    enum err err;

    if (!made)
        return ERR_NO_MEMORY;
    made->options = *options;
    if (made->options.max_orders == 0)
        made->options.max_orders = MAX_ORDERS;
    if (made->options.print_stale_ms == 0)
        made->options.print_stale_ms = PRINT_STALE_MS;
    if (made->options.keep_events == 0)
        made->options.keep_events = KEEP_EVENTS;
    made->writable = true;
    made->now_ms = now_ms;
    steady_init(&made->steady, now_ms);
    made->upkeep_at_ms = now_ms + UPKEEP_MS;
    route_init(&made->route);
    hub_begin_escalating(made);
    err = journal_open(&made->journal, options->path, options->seed);
    if (err == ERR_OK) {
        made->cursor_key = cursor_key(journal_hash_key(made->journal));
        err = hub_load(made);
    }
    if (err == ERR_OK) {
        hub_load_sleepers(made);
        made->is_zone_new = true; /* it may have changed since */
        made->prints.is_in_doubt = journal_lost(made->journal) > 0;
    }
    if (err == ERR_OK)
        err = hub_load_kept(made, now_ms);
    if (err != ERR_OK) {
        made->failed = err; /* closing must not keep this as the picture */
        hub_close(made);
        return err;
    }
    *hub = made;
    return ERR_OK;
}

void hub_forget_turn(struct hub *hub)
{
    for (uint32_t i = 0; i < hub->turn_count; i++)
        evt_unref(hub->turn[i]);
    hub->turn_count = 0;
    hub->turn_bytes = 0;
    while (hub->queue_count > 0) {
        body_free(hub->queue[hub->queue_first++].body);
        hub->queue_count--;
    }
    hub->queue_first = 0;
}

static enum err save_snapshot(struct hub *hub)
{
    struct buf packed;
    enum err err;

    buf_init(&packed, SNAPSHOT_BYTES);
    state_pack(&hub->state, &packed);
    err = packed.failed ? ERR_NO_MEMORY
                        : journal_save_snapshot(hub->journal, packed.data,
                                  packed.len, hub->head);
    buf_finish(&packed);
    if (err == ERR_OK)
        err = journal_commit(hub->journal);
    if (err == ERR_OK)
        hub->snapshot = hub->head;
    else if (err != ERR_IO)
        journal_rollback(hub->journal);
    return err;
}

void hub_close(struct hub *hub)
{
    if (!hub)
        return;
    assert(!hub->clients);
    /* Figures wait for a quiet moment: now it is quiet. */
    for (int i = 0; i < EVT_COUNT && hub->failed == ERR_OK; i++)
        if (hub->due[i].at_ms != 0 && hub_takes(hub, (enum evt_id)i))
            hub_enter_due(hub, &hub->due[i], hub->now_ms);
    if (hub->journal && hub->failed == ERR_OK &&
            hub_commit(hub, hub->now_ms) == ERR_OK &&
            journal_space(hub->journal) == SPACE_OK)
        save_snapshot(hub);
    hub_forget_turn(hub);
    hub_finish_recent(hub);
    hub_finish_history(hub);
    hub_finish_kept(hub);
    hub_finish_escalating(hub);
    hub_finish_presence(hub);
    hub_finish_sleepers(hub);
    journal_close(hub->journal);
    state_finish(&hub->state);
    route_finish(&hub->route);
    free(hub->turn);
    free(hub->pending);
    free(hub->queue);
    free(hub);
}

/* Once there is room again nobody need try first. */
void hub_look_at_space(struct hub *hub)
{
    enum space before = journal_space(hub->journal);

    if (hub->failed != ERR_OK || journal_is_open(hub->journal))
        return;
    journal_look_at_space(hub->journal);
    if (before != SPACE_OK && journal_space(hub->journal) == SPACE_OK)
        hub->writable = true;
}

/* A snapshot now and then, so that a start reads a short tail; in the reserve
 * there is no room for one. */
void hub_keep_up(struct hub *hub, int64_t now_ms)
{
    enum err err = ERR_OK;

    if (journal_is_open(hub->journal))
        return;
    if (now_ms < hub->upkeep_at_ms && now_ms >= hub->upkeep_at_ms - UPKEEP_MS)
        return; /* if it is before even that, the clock was set back */
    hub->upkeep_at_ms = now_ms + UPKEEP_MS;
    if (hub->head >= hub->snapshot + SNAPSHOT_EVERY &&
            journal_space(hub->journal) == SPACE_OK)
        err = save_snapshot(hub);
    if (err == ERR_NO_MEMORY)
        log_error("hub: no memory for a snapshot: the journal grows");
    if (err == ERR_OK || err == ERR_NO_MEMORY)
        err = journal_upkeep(
                hub->journal, hub->options.keep_events, hub->snapshot, true);
    if (err == ERR_IO)
        hub->failed = ERR_IO;
}

/* --- positions and figures --- */

void hub_remember(struct hub *hub, const char *name, uint64_t seq)
{
    if (journal_set_position(hub->journal, name, seq) != ERR_OK)
        log_error("hub: no room for another position: %s", name);
}

uint64_t hub_recall(struct hub *hub, const char *name)
{
    return journal_position(hub->journal, name);
}

uint32_t hub_epoch(const struct hub *hub)
{
    return journal_epoch(hub->journal);
}

uint64_t hub_head(const struct hub *hub)
{
    return hub->head;
}

static uint32_t devices_online(const struct state *state)
{
    const struct shelf_entry *entry = shelf_first(&state->devices);
    uint32_t count = 0;

    for (; entry; entry = shelf_next(entry))
        count += ((const Dw__Device *)shelf_message(entry))->online != 0;
    return count;
}

/* Where there is no reserve, the last turn tells. */
static enum space space_of(const struct hub *hub)
{
    enum space space = journal_space(hub->journal);
    bool is_stored = hub->writable && hub->failed == ERR_OK;

    return space == SPACE_OK && !is_stored ? SPACE_FULL : space;
}

void hub_figures(struct hub *hub, struct hub_figures *figures)
{
    *figures = (struct hub_figures){
        .head = hub->head,
        .clients = hub->client_count,
        .open_orders = shelf_count(&hub->state.orders),
        .tables = shelf_count(&hub->state.tables),
        .devices_online = devices_online(&hub->state),
        .jobs_waiting = state_jobs_waiting(&hub->state),
        .journal_bytes = journal_bytes(hub->journal),
        .writable = space_of(hub) == SPACE_OK,
        .space = space_of(hub),
        .lost = journal_lost(hub->journal),
    };
}
