/* Tables, calls, alerts, and what devices do: what may happen, and what of it
 * was not given. */
#include "hub/validate_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/state.h"
#include "schemas/members.h"

#define PAGE_TEXT_BYTES 120     /* as much as a pager shows */
#define CALL_PREFIX     "call-" /* of the ids that calls get here */
#define COUNT_MAX       1000000 /* as fields.def allows: more cannot be told */
#define GUESTS_OPEN     20      /* calls, and alerts, of one table's guests */

/* --- completed: tables --- */

/* The hub counts: what somebody else has counted would go up and down. */
static void complete_metadata(const struct statement *statement,
        const struct state *state, Dw__Metadata **metadata)
{
    if (!*metadata)
        *metadata = (void *)body_new(&dw__metadata__descriptor);
    assert(*metadata);
    (*metadata)->version = state->tables_version + 1;
    (*metadata)->updated_at_ms = statement->now_ms;
}

/* A known status and a word that nobody knows: the status is what counts. */
static void complete_whole(const struct state *state, Dw__Table **table)
{
    Dw__Table *whole;

    if ((*table)->has_status) {
        free((*table)->status_word);
        (*table)->status_word = NULL;
    }
    whole = state_table_with(state, *table);
    body_free(&(*table)->base);
    *table = whole;
}

void floor_complete_table(
        const struct statement *statement, const struct state *state)
{
    Dw__TableUpdated *updated = (void *)statement->body;

    if (statement->is_derived)
        return;
    complete_whole(state, &updated->table);
    complete_metadata(statement, state, &updated->metadata);
}

void floor_complete_layout(
        const struct statement *statement, const struct state *state)
{
    Dw__TableLayoutUpdated *updated = (void *)statement->body;

    for (size_t i = 0; i < updated->n_tables; i++)
        complete_whole(state, &updated->tables[i]);
    complete_metadata(statement, state, &updated->metadata);
}

/* --- completed: calls --- */

static void complete_from_call(
        Dw__ServiceCall *call, const Dw__ServiceCall *open)
{
    body_set_string(&call->id, open->id);
    validate_put_table(&call->base, open->table);
    if (open->reason)
        body_set_string(&call->reason, open->reason);
    call->created_at_ms = open->created_at_ms;
}

static bool is_of_backend(const struct statement *statement)
{
    return (statement->from->roles & ROLE_BACKEND) != 0;
}

/* One open call a table and reason: a second press counts up the first. Only
 * a back end has ids of its own, and the alert that the hub derived it from. */
void floor_complete_call(
        const struct statement *statement, const struct state *state)
{
    Dw__ServiceCall *call =
            ((Dw__ServiceCallCreated *)(void *)statement->body)->call;
    bool is_named =
            call->id && (is_of_backend(statement) || statement->is_derived);
    const Dw__ServiceCall *open =
            is_named ? shelf_find(&state->calls, call->id) : NULL;
    char id[ID_CHARS + 1];

    validate_make_id(statement, &state->calls, CALL_PREFIX, id);
    if (!open)
        open = state_open_call(state, call->table->id, call->reason);
    call->created_at_ms = statement->now_ms;
    call->has_created_at_ms = 1;
    if (open)
        complete_from_call(call, open);
    else if (!is_named)
        body_set_string(&call->id, id);
    call->count = !open                     ? 1
                  : open->count < COUNT_MAX ? open->count + 1
                                            : COUNT_MAX;
    call->has_count = 1;
    call->status = DW__CALL_STATUS__CALL_STATUS_PENDING;
    call->has_status = 1;
}

/* By its id; without one by its table, and its reason if that is given. A back
 * end's id may be its own, of a call that somebody else has made. */
static const Dw__ServiceCall *find_call(const struct statement *statement,
        const struct state *state, const Dw__ServiceCall *call)
{
    const Dw__ServiceCall *open =
            call->id ? shelf_find(&state->calls, call->id) : NULL;

    if (open || !call->table->id || (call->id && !is_of_backend(statement)))
        return open;
    return call->reason ? state_open_call(state, call->table->id, call->reason)
                        : state_any_call(state, call->table->id);
}

/* Whatever was given besides, it is this call. */
void floor_complete_handled(
        const struct statement *statement, const struct state *state)
{
    Dw__ServiceCall *call =
            ((Dw__ServiceCallHandled *)(void *)statement->body)->call;
    const Dw__ServiceCall *open = find_call(statement, state, call);

    if (open) {
        complete_from_call(call, open);
        call->has_created_at_ms = 1;
        call->count = open->count;
        call->has_count = 1;
    }
    call->status = DW__CALL_STATUS__CALL_STATUS_HANDLED;
    call->has_status = 1;
    body_complete_moment(&call->base, "handled_at_ms",
            statement->now_ms - VALIDATE_OLDEST_MS, statement->now_ms);
}

/* --- completed: alerts --- */

/* Whoever calls for a waiter without more counts up the call without a reason
 * that is open, or makes a new one, which follows. */
static void complete_call_of_alert(const struct statement *statement,
        const struct state *state, Dw__Alert *alert)
{
    const Dw__ServiceCall *open;
    char id[ID_CHARS + 1];

    if (strcmp(alert->type, ALERT_OF_CALL) != 0 || !alert->table)
        return;
    open = state_open_call(state, alert->table->id, NULL);
    validate_make_id(statement, &state->calls, CALL_PREFIX, id);
    body_complete_text(&alert->base, "call_id", open ? open->id : id);
}

void floor_complete_alert(
        const struct statement *statement, const struct state *state)
{
    Dw__Alert *alert = ((Dw__AlertCreated *)(void *)statement->body)->alert;
    char id[ID_CHARS + 1];

    validate_make_id(statement, &state->alerts, "alert-", id);
    body_complete_text(&alert->base, "id", id);
    complete_call_of_alert(statement, state, alert);
    body_complete_moment(&alert->base, "created_at_ms",
            statement->now_ms - VALIDATE_OLDEST_MS, statement->now_ms);
    alert->acknowledged = 0;
    alert->has_acknowledged = 1;
}

/* What it is about stays; what it says may change. */
static Dw__Alert *alert_with(const Dw__Alert *known, const Dw__Alert *said)
{
    Dw__Alert *alert = (void *)body_copy(&known->base);

    assert(alert);
    if (said) {
        body_set_string(&alert->type, said->type);
        body_set_string(&alert->message, said->message);
    }
    return alert;
}

/* The whole alert stands in it. */
void floor_complete_alert_updated(
        const struct statement *statement, const struct state *state)
{
    Dw__AlertUpdated *updated = (void *)statement->body;
    const Dw__Alert *known = shelf_find(&state->alerts, updated->alert_id);
    Dw__Alert *alert;

    if (!known)
        return;
    if (!updated->has_acknowledged)
        updated->acknowledged = updated->alert && updated->alert->acknowledged;
    updated->has_acknowledged = 1;
    alert = alert_with(known, updated->alert);
    alert->acknowledged = updated->acknowledged;
    alert->has_acknowledged = 1;
    if (updated->alert)
        body_free(&updated->alert->base);
    updated->alert = alert;
}

void floor_complete_acknowledged(
        const struct statement *statement, const struct state *state)
{
    Dw__AlertAcknowledged *acknowledged = (void *)statement->body;
    const char *id = acknowledged->alert_id;
    const Dw__Alert *alert = shelf_find(&state->alerts, id);
    const Dw__Escalation *escalation = shelf_find(&state->escalations, id);

    if (alert) {
        validate_put_table(statement->body, alert->table);
        body_complete_text(statement->body, "call_id", alert->call_id);
    } else if (escalation) {
        validate_put_table(statement->body, escalation->last->table);
    }
    acknowledged->acknowledged = 1;
    acknowledged->has_acknowledged = 1;
}

/* --- completed: devices --- */

static const char *own_device(const struct statement *statement)
{
    return statement->from->device[0] ? statement->from->device : NULL;
}

/* Of an escalation only where it is: with its order, the pager on the table
 * would take it for the answer to its own page. */
void floor_complete_page(
        const struct statement *statement, const struct state *state)
{
    ProtobufCMessage *body = statement->body;
    const char *id = body_text(body, "page_id");
    const Dw__Page *page = id ? shelf_find(&state->pages, id) : NULL;
    const Dw__Escalation *escalation =
            id ? shelf_find(&state->escalations, id) : NULL;

    if (page) {
        body_complete_text(body, "order_id", page->sent->order_id);
        validate_put_table(body, page->sent->table);
    } else if (escalation) {
        validate_put_table(body, escalation->last->table);
    }
    body_complete_text(body, "device_id", own_device(statement));
}

/* Over where it rings, if that is a pager that was handed out. */
void floor_complete_page_over(
        const struct statement *statement, const struct state *state)
{
    const char *id = body_text(statement->body, "page_id");
    const Dw__Page *page = id ? shelf_find(&state->pages, id) : NULL;

    floor_complete_page(statement, state);
    if (page)
        body_complete_text(statement->body, "device_id", page->sent->device_id);
}

/* A device speaks for itself. */
void floor_complete_receipt(
        const struct statement *statement, const struct state *state)
{
    (void)state;
    body_complete_text(statement->body, "recipient", own_device(statement));
}

void floor_complete_device(
        const struct statement *statement, const struct state *state)
{
    ProtobufCMessage *body = statement->body;
    const Dw__Device *device;
    const char *id, *kind;

    body_complete_text(body, "device_id", own_device(statement));
    id = body_text(body, "device_id");
    device = id ? shelf_find(&state->devices, id) : NULL;
    if (device)
        body_complete_text(body, "kind", device->kind);
    kind = body_text(body, "kind");
    if (kind && strcmp(kind, "printer") == 0)
        body_complete_text(body, "station", "kitchen");
}

/* --- possible --- */

enum err floor_may_move(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__TableMoved *moved = (const void *)statement->body;

    (void)state;
    if (strcmp(moved->table->id, moved->to_table->id) != 0)
        return ERR_OK;
    return fault_set(
            fault, ERR_IMPOSSIBLE, "toTable.id", "this is where it is already");
}

/* Staff has the whole list, guests and buttons a part of it each. */
static enum err has_room(const struct statement *statement,
        const struct shelf *shelf, const Dw__TableRef *table, const char *field,
        struct fault *fault)
{
    const struct shelf_entry *entry = shelf_first(shelf);
    uint32_t open = 0;

    if (!validate_is_of_own(statement) || !table)
        return ERR_OK;
    for (; entry; entry = shelf_next(entry)) {
        const char *at = body_text(shelf_message(entry), "table.id");

        open += at && strcmp(at, table->id) == 0;
    }
    if (open < GUESTS_OPEN)
        return ERR_OK;
    return fault_set(fault, ERR_LIMIT, field,
            "so much is open at this table already: %u", open);
}

enum err floor_may_call(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__ServiceCall *call =
            ((const Dw__ServiceCallCreated *)(const void *)statement->body)
                    ->call;

    if (shelf_find(&state->calls, call->id))
        return ERR_OK;
    return has_room(statement, &state->calls, call->table, "call", fault);
}

enum err floor_may_alert(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const Dw__Alert *alert =
            ((const Dw__AlertCreated *)(const void *)statement->body)->alert;

    return has_room(statement, &state->alerts, alert->table, "alert", fault);
}

static enum err is_known(const struct shelf *shelf, const char *id,
        const char *field, struct fault *fault)
{
    if (id && shelf_find(shelf, id))
        return ERR_OK;
    return fault_set(
            fault, ERR_NOT_FOUND, field, "nothing open is known by this id");
}

enum err floor_may_handle_call(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    return is_known(&state->calls, body_text(statement->body, "call.id"),
            "call.id", fault);
}

/* One may say so of an escalation, too, by its id. */
enum err floor_may_change_alert(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    if (statement->what == EVT_ALERT_ACKNOWLEDGED &&
            shelf_find(&state->escalations,
                    body_text(statement->body, "alert_id")))
        return ERR_OK;
    return is_known(&state->alerts, body_text(statement->body, "alert_id"),
            "alertId", fault);
}

enum err floor_may_page(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *device = body_text(statement->body, "device_id");

    if (!device && !body_text(statement->body, "table.id"))
        return fault_set(fault, ERR_MISSING_FIELD, "table",
                "a page is for a table, or for a pager: deviceId");
    if (device && !shelf_find(&state->devices, device))
        return fault_set(fault, ERR_NOT_FOUND, "deviceId", "no such device");
    if (strlen(body_text(statement->body, "text")) <= PAGE_TEXT_BYTES)
        return ERR_OK;
    return fault_set(fault, ERR_OUT_OF_RANGE, "text",
            "a page has at most %d bytes", PAGE_TEXT_BYTES);
}

/* A pager that a waiter carries speaks for the waiter; what stands on a table,
 * was handed out to guests or hangs in the kitchen is in anybody's reach. */
static bool is_of_waiter(
        const struct statement *statement, const struct state *state)
{
    const Dw__Device *device =
            shelf_find(&state->devices, statement->from->device);
    enum member_id kind =
            device ? member_kind_find(device->kind) : MEMBER_COUNT;

    return kind < MEMBER_COUNT && (member_kinds[kind].roams & ROOM_WAITERS) &&
           !(device->table && device->table->id) &&
           !state_is_handed_out(device);
}

/* The key of such a pager answers an escalation, by its id. */
enum err floor_may_answer_page(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *id = body_text(statement->body, "page_id");

    if (statement->what == EVT_PAGE_ACKED && !shelf_find(&state->pages, id) &&
            shelf_find(&state->escalations, id))
        return !validate_is_of_own(statement) || is_of_waiter(statement, state)
                       ? ERR_OK
                       : fault_set(fault, ERR_FORBIDDEN, "pageId", NULL);
    return is_known(&state->pages, id, "pageId", fault);
}

enum err floor_may_go_online(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    (void)state;
    return body_text(statement->body, "device_id")
                   ? ERR_OK
                   : fault_set(fault, ERR_MISSING_FIELD, "deviceId",
                             "is missing");
}

/* A will that comes late says nothing about the boot that followed. */
enum err floor_may_go_offline(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *id = body_text(statement->body, "device_id");
    const Dw__Device *device = id ? shelf_find(&state->devices, id) : NULL;
    const Dw__DeviceOffline *offline = (const void *)statement->body;

    if (!device)
        return fault_set(fault, ERR_NOT_FOUND, "deviceId", "no such device");
    if (!device->online || offline->boot < device->boot)
        return fault_set(fault, ERR_IMPOSSIBLE, "boot",
                "the device is at boot %u and %s", device->boot,
                device->online ? "online" : "offline");
    return ERR_OK;
}

enum err floor_may_be_in_trouble(const struct statement *statement,
        const struct state *state, struct fault *fault)
{
    const char *id = body_text(statement->body, "device_id");

    if (id && shelf_find(&state->devices, id))
        return ERR_OK;
    return fault_set(fault, ERR_NOT_FOUND, "deviceId", "no such device");
}
