/*
 * The wire of dialect env: {"event","payload","ts"} in both directions, on a
 * raw WebSocket. There is no answer to what was understood: it is heard as
 * the event that it became. `id`, `seq` and `replay` are ours besides, and
 * `seq` at a heartbeat is that of the last event before it: who never got that
 * one has lost it, and connects again. A client that does not know them loses
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/parts.h"
#include "bridge/wires/wires.h"
#include "schemas/people.pb-c.h"
#include "schemas/picture.pb-c.h"

/* --- hearing --- */

static enum err hear(
        const uint8_t *data, size_t len, struct said *said, struct fault *fault)
{
    *said = (struct said){ .verb = VERB_PUBLISH };
    return dialect_hear_message(
            DIALECT_ENV, NULL, (const char *)data, len, &said->heard, fault);
}

/* --- envelopes --- */

static void put_start(struct buf *out, const char *event)
{
    buf_puts(out, "{\"event\":");
    buf_put_json(out, event);
    buf_puts(out, ",\"payload\":");
}

/* `seq` and `retry_ms` are ours besides; 0: it has none. */
static void put_end(
        struct buf *out, int64_t at_ms, uint64_t seq, uint32_t retry_ms)
{
    char time[ISO_CHARS + 1];

    dialect_print_time(at_ms, time);
    buf_printf(out, ",\"ts\":\"%s\"", time);
    if (seq > 0)
        buf_printf(out, ",\"seq\":%llu", (unsigned long long)seq);
    if (retry_ms > 0)
        buf_printf(out, ",\"retryAfterMs\":%u", retry_ms);
    buf_putc(out, '}');
}

/* One that belongs to the connection, not to the journal. */
static void say_own(struct buf *out, enum evt_id what,
        const ProtobufCMessage *body, enum view view, int64_t now_ms,
        uint64_t seq)
{
    const struct say_row *rows[SAY_ROWS];

    if (dialect_rows(DIALECT_ENV, what, 0, 0, rows) == 0)
        return;
    put_start(out, rows[0]->name);
    dialect_put_said(out, rows[0], body, view);
    put_end(out, now_ms, seq, 0);
}

/* --- ready --- */

static const char *const ready_lists[] = { "tables", "alerts", NULL };

/* The picture's parts in their places; all of it borrowed. A listener who sees
 * no more of the orders than his own is told nothing of their sum. */
struct ready_body {
    Dw__SocketReady ready;
    Dw__ReadyOrders orders;
    Dw__ReadyTables tables;
    Dw__ReadyAlerts alerts;
};

static void fill_ready(struct ready_body *body, const Dw__Picture *picture)
{
    dw__socket_ready__init(&body->ready);
    dw__ready_orders__init(&body->orders);
    dw__ready_tables__init(&body->tables);
    dw__ready_alerts__init(&body->alerts);
    if (picture->orders_metadata || picture->summary)
        body->ready.orders = &body->orders;
    body->ready.tables = &body->tables;
    body->ready.alerts = &body->alerts;
    body->orders.metadata = picture->orders_metadata;
    body->orders.summary = picture->summary;
    body->tables.metadata = picture->tables_metadata;
    body->tables.layout = picture->layout;
    body->tables.tables = picture->tables;
    body->tables.n_tables = picture->n_tables;
    body->alerts.active = picture->alerts;
    body->alerts.n_active = picture->n_alerts;
}

static void say_ready(struct buf *out, const struct wire_ready *ready)
{
    struct ready_body body;
    char *name = strdup(ready->connection_id);

    if (!name) {
        out->failed = true;
        return;
    }
    fill_ready(&body, ready->picture);
    body.ready.connection_id = name;
    body.ready.issued_at_ms = ready->now_ms;
    say_own(out, EVT_SOCKET_READY, &body.ready.base, ready->view, ready->now_ms,
            0);
    free(name);
}

static void say_heartbeat(struct buf *out, const struct wire_beat *beat)
{
    Dw__SocketHeartbeat body = DW__SOCKET_HEARTBEAT__INIT;
    char *name = strdup(beat->connection_id);

    if (!name) {
        out->failed = true;
        return;
    }
    body.connection_id = name;
    body.sent_at_ms = beat->now_ms;
    say_own(out, EVT_SOCKET_HEARTBEAT, &body.base, VIEW_FULL, beat->now_ms,
            beat->told);
    free(name);
}

/* --- answers --- */

static void say_error(
        struct buf *out, uint32_t ref, const struct wire_error *error)
{
    (void)ref;
    put_start(out, "error");
    dialect_put_fault(out, error->fault);
    put_end(out, error->now_ms, 0, error->retry_ms);
}

static void say_joined(
        struct buf *out, uint32_t ref, const struct wire_joined *joined)
{
    (void)out;
    (void)ref;
    (void)joined;
}

static void say_published(
        struct buf *out, uint32_t ref, const struct wire_published *published)
{
    (void)out;
    (void)ref;
    (void)published;
}

static void say_ok(struct buf *out, uint32_t ref)
{
    (void)out;
    (void)ref;
}

/* --- events --- */

static void put_event(struct buf *out, const struct evt *evt,
        const struct say_row *row, const struct evt_form *payload)
{
    char id[ULID_CHARS + 1], time[ISO_CHARS + 1];

    ulid_print(&evt->id, id);
    dialect_print_time(evt->ts_ms, time);
    put_start(out, row->name);
    buf_put(out, payload->data, payload->len);
    buf_printf(out, ",\"ts\":\"%s\",\"id\":\"%s\",\"seq\":%llu", time, id,
            (unsigned long long)evt->seq);
    buf_printf(out, ",\"replay\":%s}", evt->replay ? "true" : "false");
}

/* The same in every room. */
static const struct evt_form *say_event(
        struct evt *evt, enum view view, uint32_t room)
{
    uint32_t key = evt_form_key(FORM_ENV, view, 0);
    const struct evt_form *form = evt_form_find(evt, key);
    const struct say_row *rows[SAY_ROWS];
    struct buf out;

    (void)room;
    if (form)
        return form;
    buf_init(&out, FORM_BYTES);
    if (dialect_rows(DIALECT_ENV, evt->what, ~0u, 0, rows) > 0) {
        const struct evt_form *payload = dialect_say(evt, rows[0], view);

        if (!payload)
            return NULL;
        put_event(&out, evt, rows[0], payload);
    }
    if (!out.failed)
        form = evt_form_keep(evt, key, out.len ? out.data : "", out.len);
    buf_finish(&out);
    return form;
}

const struct wire wire_env = {
    .name = "env",
    .path = "/api/socket",
    .text = true,
    .joins_all = true,
    .lists = ready_lists,
    .dialect = DIALECT_ENV,
    .hear = hear,
    .say_ready = say_ready,
    .say_joined = say_joined,
    .say_published = say_published,
    .say_ok = say_ok,
    .say_error = say_error,
    .say_heartbeat = say_heartbeat,
    .say_event = say_event,
};
