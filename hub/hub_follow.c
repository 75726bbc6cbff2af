/* What follows from an event: queued, and worked off one by one. */
#include "hub/base/log.h"
#include "hub/derive.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"

const struct principal the_hub = {
    .roles = ROLE_HUB,
    .subject = "hub",
};

static bool has_kind(const struct kinds *kinds, enum evt_id what)
{
    return kinds->words[what / 64] >> what % 64 & 1;
}

void hub_add_kind(struct kinds *kinds, enum evt_id what)
{
    kinds->words[what / 64] |= 1ull << what % 64;
}

struct emitting {
    struct hub *hub;
    struct ulid cause;
    struct kinds before;
};

static void queue_consequence(
        void *context, enum evt_id what, ProtobufCMessage *body)
{
    struct emitting *emitting = context;
    struct hub *hub = emitting->hub;

    if (!hub_reserve((void **)&hub->queue, hub->queue_first + hub->queue_count,
                &hub->queue_size, sizeof(*hub->queue), TURN_MAX)) {
        log_error("hub: no room for what follows: %s", evt_kinds[what].name);
        body_free(body);
        return;
    }
    hub->queue[hub->queue_first + hub->queue_count++] =
            (struct consequence){ what, body, emitting->cause,
                emitting->before };
}

void hub_queue(struct hub *hub, const struct evt *cause, struct kinds before,
        enum evt_id what, ProtobufCMessage *body)
{
    struct emitting emitting = { hub, cause->id, before };

    queue_consequence(&emitting, what, body);
}

/* Start the clock, or let it run and remember the newest cause. */
static void debounce(
        struct hub *hub, const struct derive_row *row, const struct evt *evt)
{
    struct due *due = &hub->due[row->then];

    if (due->at_ms == 0)
        due->at_ms = evt->ts_ms + row->debounce_ms;
    due->row = row;
    due->cause = evt->id;
    due->cause_what = evt->what;
}

void hub_derive(struct hub *hub, const struct evt *evt, struct kinds before)
{
    struct emitting emitting = { hub, evt->id, before };

    hub_add_kind(&emitting.before, evt->what);
    for (uint32_t i = 0; i < derive_row_count; i++) {
        const struct derive_row *row = &derive_rows[i];

        if (!derive_applies(row, evt) || has_kind(&emitting.before, row->then))
            continue;
        if (row->debounce_ms > 0)
            debounce(hub, row, evt);
        else
            row->make(row, &hub->state, evt, queue_consequence, &emitting);
    }
}

void hub_owe(struct hub *hub, const struct evt *evt)
{
    hub->due[evt->what].at_ms = 0;
    for (uint32_t i = 0; i < derive_row_count; i++) {
        const struct derive_row *row = &derive_rows[i];

        if (row->debounce_ms > 0 && derive_applies(row, evt))
            debounce(hub, row, evt);
    }
}

/* One consequence in: checked like any other event, but for its right and
 * for being possible, which its cause was. */
static enum err enter_consequence(struct hub *hub,
        const struct consequence *next, const char *key, int64_t now_ms)
{
    struct statement statement =
            hub_statement(hub, &the_hub, next->what, next->body, now_ms);
    struct fault fault = { 0 };
    struct evt *evt;
    enum err err;

    statement.is_derived = true;
    err = validate_body(&statement, &hub->state, &fault);
    if (err != ERR_OK) {
        log_error("hub: derived %s is not valid: %s %s",
                evt_kinds[next->what].name, fault.field, fault.text);
        body_free(next->body);
        return ERR_OK;
    }
    err = hub_make_evt(hub, &statement, &evt);
    if (err == ERR_TOO_LARGE) {
        log_error("hub: derived %s is too large", evt_kinds[next->what].name);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    evt->cause = next->cause;
    return hub_enter(hub, evt, key, 0, next->before);
}

enum err hub_work_off(struct hub *hub, int64_t now_ms)
{
    enum err err = ERR_OK;

    while (hub->queue_count > 0 && err == ERR_OK) {
        struct consequence next = hub->queue[hub->queue_first++];

        hub->queue_count--;
        err = enter_consequence(hub, &next, "", now_ms);
    }
    if (hub->queue_count == 0)
        hub->queue_first = 0;
    return err;
}

void hub_say(struct hub *hub, enum evt_id what, ProtobufCMessage *body,
        int64_t now_ms)
{
    struct emitting emitting = { .hub = hub };

    queue_consequence(&emitting, what, body);
    hub_fail_turn(hub, hub_work_off(hub, now_ms));
}

enum err hub_say_of(struct hub *hub, const struct evt *cause, enum evt_id what,
        ProtobufCMessage *body, const char *key, int64_t now_ms)
{
    struct consequence next = {
        .what = what, .body = body, .cause = cause->id
    };
    enum err err;

    hub_add_kind(&next.before, cause->what);
    err = enter_consequence(hub, &next, key, now_ms);
    if (err == ERR_OK)
        err = hub_work_off(hub, now_ms);
    return hub_fail_turn(hub, err);
}

void hub_enter_due(struct hub *hub, struct due *due, int64_t now_ms)
{
    struct emitting emitting = { .hub = hub, .cause = due->cause };
    struct evt cause = { .what = due->cause_what, .id = due->cause };

    hub_add_kind(&emitting.before, due->cause_what);
    due->at_ms = 0;
    due->row->make(due->row, &hub->state, &cause, queue_consequence, &emitting);
    hub_fail_turn(hub, hub_work_off(hub, now_ms));
}

void hub_watch_prints(struct hub *hub, int64_t now_ms)
{
    struct emitting emitting = { .hub = hub };

    if (!overdue_tick(&hub->prints, &hub->state, steady_now(&hub->steady)) ||
            !hub_takes(hub, EVT_PRINT_FAILED))
        return;
    overdue_look(&hub->prints, &hub->state, &hub->steady, queue_consequence,
            &emitting);
    hub_fail_turn(hub, hub_work_off(hub, now_ms));
}
