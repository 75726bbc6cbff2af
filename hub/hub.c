#include "hub/hub.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/count.h"
#include "hub/base/log.h"
#include "hub/derive.h"
#include "hub/evt/body.h"
#include "hub/hub_parts.h"
#include "hub/validate.h"

#define MAX_ORDERS     10000
#define KEEP_EVENTS    1000000
#define PENDING_MAX    4096  /* submissions in one turn */
#define TURN_MAX       65536 /* events in one turn, derived ones included */
#define SNAPSHOT_EVERY 5000  /* events */
#define SNAPSHOT_BYTES (64u * 1024 * 1024)
#define UPKEEP_MS      1000

static const struct principal the_hub = {
    .roles = ROLE_HUB,
    .subject = "hub",
};

/* --- small things --- */

static bool has_kind(const struct kinds *kinds, enum evt_id what)
{
    return kinds->words[what / 64] >> what % 64 & 1;
}

static void add_kind(struct kinds *kinds, enum evt_id what)
{
    kinds->words[what / 64] |= 1ull << what % 64;
}

/* Room for one more in an array that doubles, up to `max`. */
static bool reserve(
        void **array, uint32_t count, uint32_t *size, size_t each, uint32_t max)
{
    uint32_t wanted = *size ? *size * 2 : 64;
    void *grown;

    if (count < *size)
        return true;
    if (count >= max)
        return false;
    grown = realloc(*array, (wanted < max ? wanted : max) * each);
    if (!grown)
        return false;
    *array = grown;
    *size = wanted < max ? wanted : max;
    return true;
}

/* An id that follows from what the event is made of, and from a secret. */
static struct ulid make_id(
        const struct hub *hub, int64_t now_ms, const void *data, size_t len)
{
    struct hash_key key = journal_hash_key(hub->journal);
    struct hash_key other = { key.k1, key.k0 };

    return ulid_make(
            now_ms, hash_sip(other, data, len), hash_sip(key, data, len));
}

static struct ulid id_of_seq(
        const struct hub *hub, uint64_t seq, int64_t now_ms)
{
    return make_id(hub, now_ms, &seq, sizeof(seq));
}

static bool key_is_valid(const char *key)
{
    size_t len = strlen(key);

    return len <= KEY_CHARS &&
           strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789_-.:") == len;
}

/* --- opening: the journal is read into the picture --- */

struct evt *hub_evt_of(const struct hub *hub, const struct record *record)
{
    enum evt_id what = evt_find_wire(record->wire);
    ProtobufCMessage *body;
    struct evt *evt;

    if (what == EVT_NONE)
        return NULL;
    body = body_unpack(evt_kinds[what].body, record->body, record->body_len);
    if (!body || evt_create(what, body, &evt) != ERR_OK)
        return NULL;
    route_evt(evt);
    route_parse(record->rooms, evt);
    evt->id = record->id;
    evt->cause = record->cause;
    evt->seq = record->seq;
    evt->epoch = journal_epoch(hub->journal);
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
    evt_unref(evt);
    return true;
}

static enum err load(struct hub *hub)
{
    void *data = NULL;
    size_t len;
    enum err err;

    state_init(&hub->state, hub->options.max_orders);
    err = journal_load_snapshot(hub->journal, &data, &len, &hub->snapshot);
    if (err == ERR_OK && data)
        err = state_unpack(&hub->state, data, len);
    free(data);
    if (err == ERR_OK)
        err = journal_read(
                hub->journal, hub->snapshot, UINT32_MAX, apply_record, hub);
    hub->head = journal_last(hub->journal);
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
    if (made->options.keep_events == 0)
        made->options.keep_events = KEEP_EVENTS;
    made->writable = true;
    made->now_ms = now_ms;
    made->upkeep_at_ms = now_ms + UPKEEP_MS;
    route_init(&made->route);
    err = journal_open(&made->journal, options->path, options->seed);
    if (err == ERR_OK)
        err = load(made);
    if (err != ERR_OK) {
        hub_close(made);
        return err;
    }
    *hub = made;
    return ERR_OK;
}

static void forget_turn(struct hub *hub)
{
    for (uint32_t i = 0; i < hub->turn_count; i++)
        evt_unref(hub->turn[i]);
    hub->turn_count = 0;
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
    if (hub->journal && hub->failed == ERR_OK &&
            hub_commit(hub, hub->now_ms) == ERR_OK)
        save_snapshot(hub);
    forget_turn(hub);
    for (int i = 0; i < RECENT; i++)
        evt_unref(hub->recent[i]);
    journal_close(hub->journal);
    state_finish(&hub->state);
    route_finish(&hub->route);
    free(hub->turn);
    free(hub->pending);
    free(hub->queue);
    free(hub);
}

/* --- the walk --- */

static enum err append(
        struct hub *hub, struct evt *evt, const char *key, uint64_t given_hash)
{
    char rooms[ROUTE_TEXT_CHARS + 1];
    struct record record = {
        .id = evt->id,
        .cause = evt->cause,
        .wire = evt_kinds[evt->what].wire,
        .ts_ms = evt->ts_ms,
        .exp_ms = evt->exp_ms,
        .source = evt->src,
        .key = key,
        .rooms = rooms,
        .given_hash = given_hash,
        .body = evt->packed,
        .body_len = evt->packed_len,
    };
    enum err err;

    route_print(evt, rooms);
    err = journal_append(hub->journal, &record);
    evt->seq = record.seq;
    evt->epoch = journal_epoch(hub->journal);
    return err;
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

    if (!reserve((void **)&hub->queue, hub->queue_first + hub->queue_count,
                &hub->queue_size, sizeof(*hub->queue), TURN_MAX)) {
        log_error("hub: no room for what follows: %s", evt_kinds[what].name);
        body_free(body);
        return;
    }
    hub->queue[hub->queue_first + hub->queue_count++] =
            (struct consequence){ what, body, emitting->cause,
                emitting->before };
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

static void derive(struct hub *hub, const struct evt *evt, struct kinds before)
{
    struct emitting emitting = { hub, evt->id, before };

    add_kind(&emitting.before, evt->what);
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

/* Journal, state, derive. Takes the event. */
static enum err enter(struct hub *hub, struct evt *evt, const char *key,
        uint64_t given_hash, struct kinds before)
{
    enum err err;

    if (!reserve((void **)&hub->turn, hub->turn_count, &hub->turn_size,
                sizeof(*hub->turn), TURN_MAX)) {
        evt_unref(evt);
        return ERR_BUSY;
    }
    route_evt(evt);
    err = append(hub, evt, key, given_hash);
    if (err != ERR_OK) {
        evt_unref(evt);
        return err;
    }
    hub->turn[hub->turn_count++] = evt;
    state_apply(&hub->state, evt);
    derive(hub, evt, before);
    count_add(COUNT_ACCEPTED, 1);
    return ERR_OK;
}

static enum err make_evt(
        struct hub *hub, const struct statement *statement, struct evt **evt)
{
    enum err err = evt_create(statement->what, statement->body, evt);

    if (err != ERR_OK)
        return err;
    (*evt)->ts_ms = statement->now_ms;
    (*evt)->exp_ms =
            statement->now_ms + evt_kinds[statement->what].ttl_s * 1000ll;
    snprintf((*evt)->src, sizeof((*evt)->src), "%s", statement->from->subject);
    (*evt)->id = id_of_seq(hub, statement->seq, statement->now_ms);
    return ERR_OK;
}

static struct statement new_statement(const struct hub *hub,
        const struct principal *from, enum evt_id what, ProtobufCMessage *body,
        int64_t now_ms)
{
    return (struct statement){
        .from = from,
        .what = what,
        .body = body,
        .seq = journal_last(hub->journal) + 1,
        .now_ms = now_ms,
        .max_orders = hub->options.max_orders,
    };
}

/* The transaction cannot be completed any more; hub_commit undoes it. */
static enum err fail_turn(struct hub *hub, enum err err)
{
    if (err == ERR_FULL || err == ERR_IO || err == ERR_NO_MEMORY) {
        hub->failed = err == ERR_IO ? ERR_IO : ERR_FULL;
        hub->writable = false;
    }
    return err;
}

/* One consequence in: checked like any other event, but for its right and
 * for being possible, which its cause was. */
static enum err enter_consequence(
        struct hub *hub, const struct consequence *next, int64_t now_ms)
{
    struct statement statement =
            new_statement(hub, &the_hub, next->what, next->body, now_ms);
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
    err = make_evt(hub, &statement, &evt);
    if (err == ERR_TOO_LARGE) {
        log_error("hub: derived %s is too large", evt_kinds[next->what].name);
        return ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    evt->cause = next->cause;
    count_add(COUNT_DERIVED, 1);
    return enter(hub, evt, "", 0, next->before);
}

static enum err work_off(struct hub *hub, int64_t now_ms)
{
    enum err err = ERR_OK;

    while (hub->queue_count > 0 && err == ERR_OK) {
        struct consequence next = hub->queue[hub->queue_first++];

        hub->queue_count--;
        err = enter_consequence(hub, &next, now_ms);
    }
    if (hub->queue_count == 0)
        hub->queue_first = 0;
    return err;
}

static void settle_later(struct hub *hub, const struct submission *submission,
        const struct settlement *settlement)
{
    if (submission->outlet)
        hub->pending[hub->pending_count++] =
                (struct pending){ submission->outlet, submission->owner,
                    submission->ticket, *settlement };
}

/* Was this key used before? ERR_NOT_FOUND: no; the event may be made. */
static enum err find_duplicate(struct hub *hub,
        const struct submission *submission, uint64_t given_hash,
        struct fault *fault)
{
    struct journal_found found;
    struct settlement settlement;
    struct ulid id;
    enum err err;

    if (!submission->key || submission->key[0] == '\0')
        return ERR_NOT_FOUND;
    if (!key_is_valid(submission->key))
        return fault_set(fault, ERR_BAD_REQUEST, "id",
                "a key is up to %d characters of A-Z a-z 0-9 _ - . :",
                KEY_CHARS);
    err = journal_find(
            hub->journal, submission->from->subject, submission->key, &found);
    if (err == ERR_NOT_FOUND) {
        if (ulid_parse(submission->key, strlen(submission->key), &id) &&
                journal_has_id(hub->journal, &id))
            return fault_set(fault, ERR_CONFLICT, "id",
                    "this id belongs to somebody else's event");
        return ERR_NOT_FOUND;
    }
    if (err != ERR_OK)
        return fail_turn(hub, err);
    if (found.given_hash != given_hash)
        return fault_set(fault, ERR_CONFLICT, "id",
                "this id was used for something else");
    settlement = (struct settlement){ ERR_OK, true, found.id, found.seq,
        journal_epoch(hub->journal) };
    settle_later(hub, submission, &settlement);
    count_add(COUNT_DUPLICATE, 1);
    return ERR_OK;
}

static uint64_t hash_body(
        const struct hub *hub, enum evt_id what, const ProtobufCMessage *body)
{
    size_t len = protobuf_c_message_get_packed_size(body);
    uint8_t *packed = malloc(len + 1);
    uint64_t hash;

    assert(packed);
    protobuf_c_message_pack(body, packed);
    packed[len] = (uint8_t)evt_kinds[what].wire;
    hash = hash_sip(journal_hash_key(hub->journal), packed, len + 1);
    free(packed);
    return hash;
}

/* Checked, and not seen before: in with it. Takes the statement's body. */
static enum err enter_first(struct hub *hub,
        const struct submission *submission, struct statement *statement,
        uint64_t given_hash)
{
    struct kinds none = { { 0 } };
    struct settlement settlement;
    const char *key = submission->key ? submission->key : "";
    struct evt *evt;
    enum err err = make_evt(hub, statement, &evt);

    if (err != ERR_OK)
        return err;
    ulid_parse(key, strlen(key), &evt->id);
    settlement = (struct settlement){ .id = evt->id };
    err = enter(hub, evt, key, given_hash, none);
    if (err != ERR_OK)
        return err;
    settlement.seq = statement->seq;
    settlement.epoch = journal_epoch(hub->journal);
    settle_later(hub, submission, &settlement);
    return work_off(hub, statement->now_ms);
}

static enum err submit(struct hub *hub, const struct submission *submission,
        int64_t now_ms, struct fault *fault)
{
    struct statement statement = new_statement(
            hub, submission->from, submission->what, submission->body, now_ms);
    uint64_t given_hash;
    enum err err;

    if (hub->failed != ERR_OK)
        err = ERR_UNAVAILABLE;
    else if (hub->turn_count > TURN_MAX / 2 ||
             !reserve((void **)&hub->pending, hub->pending_count,
                     &hub->pending_size, sizeof(*hub->pending), PENDING_MAX))
        err = ERR_BUSY;
    else
        err = validate_right(&statement, &hub->state, fault);
    if (err != ERR_OK)
        goto done;
    given_hash = hash_body(hub, submission->what, submission->body);
    err = find_duplicate(hub, submission, given_hash, fault);
    if (err != ERR_NOT_FOUND)
        goto done;
    err = validate_body(&statement, &hub->state, fault);
    if (err != ERR_OK)
        goto done;
    err = enter_first(hub, submission, &statement, given_hash);
    if (err == ERR_OK)
        return ERR_OK;
    return fail_turn(hub, err);

done:
    body_free(submission->body);
    return err;
}

enum err hub_submit(struct hub *hub, const struct submission *submission,
        int64_t now_ms, struct fault *fault)
{
    enum err err;

    *fault = (struct fault){ 0 };
    hub->now_ms = now_ms;
    err = submit(hub, submission, now_ms, fault);
    if (err == ERR_OK)
        return ERR_OK;
    if (err == ERR_IO || err == ERR_FULL || err == ERR_NO_MEMORY)
        err = ERR_UNAVAILABLE;
    if (fault->code != err)
        fault_set(fault, err, NULL, NULL);
    count_refused(err);
    return err;
}

bool hub_is_open(const struct hub *hub)
{
    return journal_is_open(hub->journal) || hub->pending_count > 0 ||
           hub->failed != ERR_OK;
}

/* --- the end of a turn --- */

/* Tell everyone; outlets only make a note, so the list stays as it is. */
static void settle(struct hub *hub, enum err err)
{
    uint32_t count = hub->pending_count;

    for (uint32_t i = 0; i < count; i++) {
        struct pending *pending = &hub->pending[i];

        if (err != ERR_OK)
            pending->settlement = (struct settlement){ .err = err };
        if (pending->outlet)
            pending->outlet->settled(
                    pending->owner, pending->ticket, &pending->settlement);
    }
    hub->pending_count = 0;
}

/* Nothing of this turn has happened: the picture is as the journal has it. */
static enum err undo(struct hub *hub)
{
    journal_rollback(hub->journal);
    forget_turn(hub);
    memset(hub->due, 0, sizeof(hub->due));
    state_finish(&hub->state);
    hub->failed = load(hub);
    settle(hub, ERR_UNAVAILABLE);
    return hub->failed == ERR_OK ? ERR_UNAVAILABLE : ERR_IO;
}

/* --- what was committed a moment ago --- */

static void forget_recent(struct hub *hub, uint64_t upto)
{
    for (; hub->recent_from <= upto; hub->recent_from++) {
        struct evt **slot = &hub->recent[hub->recent_from % RECENT];

        if (!*slot)
            continue;
        hub->recent_bytes -= evt_bytes(*slot);
        evt_unref(*slot);
        *slot = NULL;
    }
}

/* Keep it for clients that a burst has left behind. Takes the reference. */
static void keep_recent(struct hub *hub, struct evt *evt)
{
    if (hub->recent_bytes == 0)
        hub->recent_from = evt->seq;
    if (evt->seq >= hub->recent_from + RECENT)
        forget_recent(hub, evt->seq - RECENT);
    hub->recent[evt->seq % RECENT] = evt;
    hub->recent_bytes += evt_bytes(evt);
    while (hub->recent_bytes > RECENT_BYTES && hub->recent_from < evt->seq)
        forget_recent(hub, hub->recent_from);
}

struct evt *hub_recent(const struct hub *hub, uint64_t seq)
{
    struct evt *evt = hub->recent[seq % RECENT];

    return evt && evt->seq == seq ? evt : NULL;
}

static void publish_turn(struct hub *hub, int64_t now_ms)
{
    hub->head = journal_last(hub->journal);
    for (uint32_t i = 0; i < hub->turn_count; i++) {
        hub_fan_out(hub, hub->turn[i], now_ms);
        keep_recent(hub, hub->turn[i]);
    }
    hub->turn_count = 0;
}

enum err hub_commit(struct hub *hub, int64_t now_ms)
{
    bool was_open = journal_is_open(hub->journal);
    enum err err = hub->failed;

    hub->now_ms = now_ms;
    if (err == ERR_OK)
        err = journal_commit(hub->journal);
    if (err == ERR_IO) {
        hub->failed = ERR_IO;
        hub->writable = false;
        return ERR_IO;
    }
    if (err != ERR_OK) {
        hub->writable = false;
        return undo(hub);
    }
    hub->writable = hub->writable || was_open;
    publish_turn(hub, now_ms);
    settle(hub, ERR_OK);
    hub_wake_clients(hub);
    return ERR_OK;
}

static void enter_due(struct hub *hub, struct due *due, int64_t now_ms)
{
    struct emitting emitting = { .hub = hub, .cause = due->cause };
    struct evt cause = { .what = due->cause_what, .id = due->cause };

    add_kind(&emitting.before, due->cause_what);
    due->at_ms = 0;
    due->row->make(due->row, &hub->state, &cause, queue_consequence, &emitting);
    fail_turn(hub, work_off(hub, now_ms));
}

/* A snapshot now and then, so that a start reads a short tail. */
static void keep_up(struct hub *hub, int64_t now_ms)
{
    enum err err = ERR_OK;

    if (journal_is_open(hub->journal) || now_ms < hub->upkeep_at_ms)
        return;
    hub->upkeep_at_ms = now_ms + UPKEEP_MS;
    if (hub->head >= hub->snapshot + SNAPSHOT_EVERY)
        err = save_snapshot(hub);
    if (err == ERR_OK)
        err = journal_upkeep(
                hub->journal, hub->options.keep_events, hub->snapshot, true);
    if (err == ERR_IO)
        hub->failed = ERR_IO;
}

void hub_tick(struct hub *hub, int64_t now_ms)
{
    hub->now_ms = now_ms;
    for (int i = 0; i < EVT_COUNT && hub->failed == ERR_OK; i++)
        if (hub->due[i].at_ms != 0 && now_ms >= hub->due[i].at_ms)
            enter_due(hub, &hub->due[i], now_ms);
    hub_check_clients(hub, now_ms);
    if (hub->failed == ERR_OK)
        keep_up(hub, now_ms);
}

void hub_forget(struct hub *hub, const void *owner)
{
    for (uint32_t i = 0; i < hub->pending_count; i++)
        if (hub->pending[i].owner == owner)
            hub->pending[i].outlet = NULL;
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
        .writable = hub->writable && hub->failed == ERR_OK,
    };
}
