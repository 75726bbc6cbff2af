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

#define PENDING_MAX 4096 /* submissions in one turn */

/* --- small things --- */

bool hub_reserve(
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

/* An id that follows from the event's number, and from a secret. */
static struct ulid make_id(const struct hub *hub, uint64_t seq, int64_t now_ms)
{
    struct hash_key key = journal_hash_key(hub->journal);
    struct hash_key other = { key.k1, key.k0 };

    return ulid_make(now_ms, hash_sip(other, &seq, sizeof(seq)),
            hash_sip(key, &seq, sizeof(seq)));
}

static bool key_is_valid(const char *key)
{
    size_t len = strlen(key);

    return len <= KEY_CHARS &&
           strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789_-.:") == len;
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
    evt->seal = cursor_seal(hub->cursor_key, evt->epoch, evt->seq);
    return err;
}

enum err hub_enter(struct hub *hub, struct evt *evt, const char *key,
        uint64_t given_hash, struct kinds before)
{
    enum err err;

    if (!hub_reserve((void **)&hub->turn, hub->turn_count, &hub->turn_size,
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
    hub->turn_bytes += evt->packed_len;
    hub_mark(hub, evt);
    state_apply(&hub->state, evt);
    hub_derive(hub, evt, before);
    hub_note_waiting(hub, evt, before);
    hub_note_presence(hub, evt);
    return ERR_OK;
}

enum err hub_make_evt(
        struct hub *hub, const struct statement *statement, struct evt **evt)
{
    enum err err = evt_create(statement->what, statement->body, evt);

    if (err != ERR_OK)
        return err;
    (*evt)->ts_ms = statement->now_ms;
    (*evt)->exp_ms =
            statement->now_ms + evt_kinds[statement->what].ttl_s * 1000ll;
    snprintf((*evt)->src, sizeof((*evt)->src), "%s", statement->from->subject);
    (*evt)->id = make_id(hub, statement->seq, statement->now_ms);
    return ERR_OK;
}

struct statement hub_statement(const struct hub *hub,
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

enum err hub_fail_turn(struct hub *hub, enum err err)
{
    if (err == ERR_FULL || err == ERR_IO || err == ERR_NO_MEMORY) {
        hub->failed = err == ERR_IO ? ERR_IO : ERR_FULL;
        hub->writable = false;
    }
    return err;
}

bool hub_takes(const struct hub *hub, enum evt_id what)
{
    enum space space = journal_space(hub->journal);

    return space == SPACE_OK ||
           (space == SPACE_RESERVE && evt_kinds[what].vital);
}

enum err hub_expect_space(
        const struct hub *hub, enum evt_id what, struct fault *fault)
{
    if (hub_takes(hub, what))
        return ERR_OK;
    if (journal_space(hub->journal) == SPACE_FULL)
        return fault_set(fault, ERR_UNAVAILABLE, NULL,
                "the disk is full: nothing can be stored at present; try "
                "again");
    return fault_set(fault, ERR_UNAVAILABLE, NULL,
            "the disk is full: only what becomes of orders that are there "
            "already is stored at present; try again");
}

/* Also of who is not told: it is counted. */
static void settle_later(struct hub *hub, const struct submission *submission,
        const struct settlement *settlement, enum count as)
{
    hub->pending[hub->pending_count++] = (struct pending){ submission->outlet,
        submission->owner, submission->ticket, *settlement, as };
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
        return hub_fail_turn(hub, err);
    if (found.given_hash != given_hash)
        return fault_set(fault, ERR_CONFLICT, "id",
                "this id was used for something else");
    settlement = (struct settlement){ ERR_OK, true, found.id, found.seq,
        journal_epoch(hub->journal) };
    settle_later(hub, submission, &settlement, COUNT_DUPLICATE);
    return ERR_OK;
}

/* Pair with free(given->packed). */
static void keep_given(const struct hub *hub, const struct statement *said,
        struct given *given)
{
    size_t len = protobuf_c_message_get_packed_size(said->body);
    uint8_t *packed = malloc(len + 1);

    assert(packed);
    protobuf_c_message_pack(said->body, packed);
    packed[len] = (uint8_t)evt_kinds[said->what].wire;
    *given = (struct given){ said->what, packed, len,
        hash_sip(journal_hash_key(hub->journal), packed, len + 1) };
}

/* Checked, and not seen before: in with it. Takes the statement's body. */
static enum err enter_first(struct hub *hub,
        const struct submission *submission, struct statement *statement,
        uint64_t given_hash, struct kinds before)
{
    struct settlement settlement;
    const char *key = submission->key ? submission->key : "";
    struct ulid id;
    struct evt *evt;
    enum err err = hub_make_evt(hub, statement, &evt);

    statement->body = NULL;
    if (err != ERR_OK)
        return err;
    if (ulid_parse(key, strlen(key), &id) && !ulid_is_none(&id))
        evt->id = id;
    settlement = (struct settlement){ .id = evt->id };
    err = hub_enter(hub, evt, key, given_hash, before);
    if (err != ERR_OK)
        return err;
    settlement.seq = statement->seq;
    settlement.epoch = journal_epoch(hub->journal);
    err = hub_work_off(hub, statement->now_ms);
    if (err == ERR_OK)
        settle_later(hub, submission, &settlement, COUNT_COUNT);
    return err;
}

/* It is an event that is there: the answer is that one's, now and whenever
 * the key comes again. */
static enum err answer_again(struct hub *hub,
        const struct submission *submission, uint64_t given_hash,
        const struct evt *known)
{
    struct journal_found found = { known->id, known->seq, given_hash };
    struct settlement settlement = { ERR_OK, true, known->id, known->seq,
        known->epoch };
    enum err err = ERR_OK;

    if (submission->key && submission->key[0] != '\0')
        err = journal_alias(hub->journal, submission->from->subject,
                submission->key, &found);
    if (err != ERR_OK)
        return err;
    settle_later(hub, submission, &settlement, COUNT_SUPPRESSED);
    return ERR_OK;
}

/* It may come to nothing, or is no news: there is no event to name. */
static void answer_held(
        struct hub *hub, const struct submission *submission, bool is_no_news)
{
    struct settlement settlement = { .err = ERR_OK,
        .duplicate = is_no_news,
        .epoch = journal_epoch(hub->journal) };

    settle_later(hub, submission, &settlement,
            is_no_news ? COUNT_SUPPRESSED : COUNT_COUNT);
}

/* What need not follow: an alert that names its call stands beside it. */
static struct kinds said_besides(const struct statement *statement)
{
    struct kinds kinds = { { 0 } };

    if (body_text(statement->body, "alert.call_id"))
        hub_add_kind(&kinds, EVT_SERVICE_CALL_CREATED);
    return kinds;
}

/* The key is new; is the event? What is stated need not be derived any more.
 * Takes the statement's body if it is. */
static enum err take_in(struct hub *hub, const struct submission *submission,
        struct statement *statement, const struct given *given,
        struct fault *fault)
{
    struct kinds before = said_besides(statement);
    const struct evt *known;
    enum err err;

    validate_reword(statement, &hub->state);
    err = validate_body(statement, &hub->state, fault);
    switch (hub_again(hub, statement, given, err, &known)) {
    case AGAIN_SAME:
        err = answer_again(hub, submission, given->hash, known);
        break;
    case AGAIN_MORE:
        memset(&before, 0xff, sizeof(before)); /* nothing follows */
        err = enter_first(hub, submission, statement, given->hash, before);
        break;
    case AGAIN_UPDATE:
        err = enter_first(hub, submission, statement, given->hash, before);
        break;
    case AGAIN_NOT:
        if (err == ERR_OK && hub_is_no_news(hub, statement))
            answer_held(hub, submission, true);
        else if (err == ERR_OK && hub_hold_back(hub, statement))
            answer_held(hub, submission, false);
        else if (err == ERR_OK)
            err = enter_first(hub, submission, statement, given->hash, before);
        break;
    }
    if (err == ERR_OK)
        hub->due[submission->what].at_ms = 0;
    return err;
}

/* Who may not come in learns nothing of what it says. */
static enum err may_say(
        struct hub *hub, struct statement *statement, struct fault *fault)
{
    enum err err = hub_may_enter(hub, statement->from);

    if (err != ERR_OK)
        fault_set(fault, err, NULL, NULL);
    else
        err = validate_resolve(statement, &hub->state, fault);
    if (err == ERR_OK)
        err = validate_right(statement, &hub->state, fault);
    if (err == ERR_UNAUTHORIZED || err == ERR_FORBIDDEN)
        hub_log_refusal(hub, statement->from, "say",
                evt_kinds[statement->what].name, err);
    return err;
}

/* What it is about: a request, about what is to be done. */
static enum evt_id at_stake(const struct statement *statement)
{
    const char *command = statement->what == EVT_COMMAND_REQUESTED
                                  ? body_text(statement->body, "command")
                                  : NULL;
    enum evt_id what = command ? evt_find(command) : EVT_NONE;

    return what == EVT_NONE ? statement->what : what;
}

static enum err submit(struct hub *hub, const struct submission *submission,
        int64_t now_ms, struct fault *fault)
{
    struct statement statement = hub_statement(
            hub, submission->from, submission->what, submission->body, now_ms);
    struct given given = { 0 };
    enum err err;

    if (evt_kinds[submission->what].transient)
        err = fault_set(fault, ERR_FORBIDDEN, "event",
                "this is between a connection and the hub alone");
    else if (hub->failed != ERR_OK)
        err = ERR_UNAVAILABLE;
    else if (hub->turn_count > TURN_MAX / 2 || hub->turn_bytes > TURN_BYTES ||
             !hub_reserve((void **)&hub->pending, hub->pending_count,
                     &hub->pending_size, sizeof(*hub->pending), PENDING_MAX))
        err = ERR_BUSY;
    else
        err = ERR_OK;
    if (err != ERR_OK)
        goto done;
    keep_given(hub, &statement, &given);
    err = may_say(hub, &statement, fault);
    if (err != ERR_OK)
        goto done;
    err = find_duplicate(hub, submission, given.hash, fault);
    if (err != ERR_NOT_FOUND)
        goto done;
    err = hub_expect_space(hub, at_stake(&statement), fault);
    if (err == ERR_OK)
        err = hub_fail_turn(
                hub, take_in(hub, submission, &statement, &given, fault));

done:
    free(given.packed);
    body_free(statement.body);
    return err;
}

enum err hub_submit(struct hub *hub, const struct submission *submission,
        int64_t now_ms, struct fault *fault)
{
    enum err err;

    *fault = (struct fault){ 0 };
    hub->now_ms = now_ms;
    err = submit(hub, submission, now_ms, fault);
    if (err == ERR_OK) {
        *fault = (struct fault){ 0 }; /* what was said again had one */
        return ERR_OK;
    }
    if (err == ERR_IO || err == ERR_FULL || err == ERR_NO_MEMORY)
        err = ERR_UNAVAILABLE;
    if (fault->code != err)
        fault_set(fault, err, NULL, NULL);
    count_refused(err);
    return err;
}

enum err hub_may_say(struct hub *hub, const struct principal *from,
        enum evt_id what, ProtobufCMessage *body, struct fault *fault)
{
    struct statement statement =
            hub_statement(hub, from, what, body, hub->now_ms);
    enum err err;

    *fault = (struct fault){ 0 };
    statement.body = body_copy(body); /* tables get their names there */
    if (!statement.body) {            /* one with holes cannot be copied */
        err = body_check(body, fault);
        return err != ERR_OK ? err
                             : fault_set(fault, ERR_NO_MEMORY, NULL, NULL);
    }
    err = may_say(hub, &statement, fault);
    if (err == ERR_OK)
        err = body_check(body, fault);
    body_free(statement.body);
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

        if (err != ERR_OK) {
            pending->settlement = (struct settlement){ .err = err };
            count_refused(err);
        } else if (pending->as != COUNT_COUNT) {
            count_add(pending->as, 1);
        }
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
    hub_forget_turn(hub);
    memset(hub->due, 0, sizeof(hub->due));
    state_finish(&hub->state);
    hub->failed = hub_load(hub);
    settle(hub, ERR_UNAVAILABLE);
    return hub->failed == ERR_OK ? ERR_UNAVAILABLE : ERR_IO;
}

static void publish_turn(struct hub *hub, int64_t now_ms)
{
    hub->head = journal_last(hub->journal);
    count_add(COUNT_ACCEPTED, hub->turn_count);
    for (uint32_t i = 0; i < hub->turn_count; i++) {
        count_add(COUNT_DERIVED, !ulid_is_none(&hub->turn[i]->cause));
        hub_fan_out(hub, hub->turn[i], now_ms);
        hub_mail(hub, hub->turn[i]);
        hub_note_taken(hub, hub->turn[i]);
        hub_keep_history(hub, hub->turn[i]);
        hub_keep_recent(hub, hub->turn[i]);
    }
    hub->turn_count = 0;
    hub->turn_bytes = 0;
}

static enum err store(struct hub *hub)
{
    enum err err = hub_write_kept(hub);

    if (err == ERR_OK)
        err = journal_commit(hub->journal);
    if (err != ERR_OK)
        hub_lose_kept(hub);
    return err;
}

enum err hub_commit(struct hub *hub, int64_t now_ms)
{
    bool was_open = journal_is_open(hub->journal);
    enum err err = hub->failed;

    hub->now_ms = now_ms;
    if (err == ERR_OK)
        err = store(hub);
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

void hub_clock(struct hub *hub, int64_t ahead_ms)
{
    hub->ahead_ms = ahead_ms;
    hub->knows_ahead = true;
}

int64_t hub_passed(const struct hub *hub)
{
    return steady_at(&hub->steady, hub->now_ms);
}

/* The wall clock may be set back; waiting for it again would be long. */
static bool is_due(const struct due *due, int64_t now_ms)
{
    return due->at_ms != 0 &&
           (now_ms >= due->at_ms ||
                   now_ms < due->at_ms - due->row->debounce_ms);
}

/* Figures wait until there is room for them: they are owed. */
static void tell_due(struct hub *hub, int64_t now_ms)
{
    for (int i = 0; i < EVT_COUNT && hub->failed == ERR_OK; i++)
        if (is_due(&hub->due[i], now_ms) && hub_takes(hub, (enum evt_id)i))
            hub_enter_due(hub, &hub->due[i], now_ms);
    if (hub->failed == ERR_OK && hub_takes(hub, EVT_USERS_LIVE))
        hub_live_tick(hub, now_ms);
}

void hub_tick(struct hub *hub, int64_t now_ms)
{
    hub->now_ms = now_ms;
    steady_tick(&hub->steady, now_ms, hub->knows_ahead ? &hub->ahead_ms : NULL);
    tell_due(hub, now_ms);
    if (hub->failed == ERR_OK)
        hub_watch_prints(hub, now_ms);
    hub_escalate(hub);
    hub_watch_presence(hub);
    hub_watch_sleepers(hub);
    hub_watch_zone(hub);
    if (now_ms - hub->checked_ms >= HUB_CHECK_MS || now_ms < hub->checked_ms) {
        hub->checked_ms = now_ms;
        hub_check_clients(hub, now_ms);
        hub_trim_recent(hub, now_ms);
        hub_look_at_space(hub);
    }
    hub_wake_clients(hub);
    hub_sweep_kept(hub, now_ms);
    if (hub->failed == ERR_OK)
        hub_keep_up(hub, now_ms);
}

void hub_forget(struct hub *hub, const void *owner)
{
    for (uint32_t i = 0; i < hub->pending_count; i++)
        if (hub->pending[i].owner == owner)
            hub->pending[i].outlet = NULL;
}
