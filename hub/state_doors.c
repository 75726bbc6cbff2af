/* What takes rights away: tokens that were revoked, sittings that are over,
 * credentials that were made anew or retired. */
#include "hub/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

#define SITTINGS_MAX   1000 /* as many as tables */
#define SESSIONS_MAX   4096
#define ENROLMENTS_MAX 4096 /* more than the broker's list ever has */

void state_doors_init(struct doors *doors)
{
    /* What validate lets in has room; what orders, calls and alerts there are
     * is limited. */
    shelf_init(&doors->tokens, REVOCATIONS_MAX);
    shelf_init(&doors->subjects, REVOCATIONS_MAX);
    shelf_init(&doors->sittings, SITTINGS_MAX);
    shelf_init(&doors->sessions, SESSIONS_MAX);
    shelf_init(&doors->orders, UINT32_MAX);
    shelf_init(&doors->calls, UINT32_MAX);
    shelf_init(&doors->alerts, UINT32_MAX);
    shelf_init(&doors->past, UINT32_MAX);
    shelf_init(&doors->enrolments, ENROLMENTS_MAX);
}

void state_doors_finish(struct doors *doors)
{
    shelf_finish(&doors->tokens);
    shelf_finish(&doors->subjects);
    shelf_finish(&doors->sittings);
    shelf_finish(&doors->sessions);
    shelf_finish(&doors->orders);
    shelf_finish(&doors->calls);
    shelf_finish(&doors->alerts);
    shelf_finish(&doors->past);
    shelf_finish(&doors->enrolments);
}

/* The newest stands last, so that a full shelf lets go of what is longest ago.
 * Takes the message. */
static void put_last(
        struct shelf *shelf, const char *id, ProtobufCMessage *message)
{
    shelf_drop(shelf, id);
    shelf_put(shelf, id, message);
}

/* --- revocations --- */

static bool is_stale(const Dw__TokenRevoked *revoked, int64_t now_ms)
{
    return now_ms - revoked->before_at_ms > REVOCATIONS_LAST_MS;
}

static void drop_stale(struct shelf *shelf, int64_t now_ms)
{
    struct shelf_entry *entry = shelf_first(shelf);

    while (entry) {
        const struct shelf_entry *seen = entry;

        entry = shelf_next(entry);
        if (is_stale(shelf_message(seen), now_ms))
            shelf_drop(shelf, shelf_id(seen));
    }
}

static uint32_t count_fresh(const struct shelf *shelf, int64_t now_ms)
{
    const struct shelf_entry *entry = shelf_first(shelf);
    uint32_t count = 0;

    for (; entry; entry = shelf_next(entry))
        count += !is_stale(shelf_message(entry), now_ms);
    return count;
}

bool state_can_revoke(const struct state *state,
        const Dw__TokenRevoked *revoked, int64_t now_ms)
{
    const struct doors *doors = &state->doors;
    const char *token = revoked->token_id, *subject = revoked->subject;
    uint32_t more = (token && !shelf_find(&doors->tokens, token)) +
                    (subject && !shelf_find(&doors->subjects, subject));

    if (shelf_count(&doors->tokens) + shelf_count(&doors->subjects) + more <=
            REVOCATIONS_MAX)
        return true;
    return count_fresh(&doors->tokens, now_ms) +
                   count_fresh(&doors->subjects, now_ms) + more <=
           REVOCATIONS_MAX;
}

static Dw__TokenRevoked *new_revocation(int64_t before_ms)
{
    Dw__TokenRevoked *made = (void *)body_new(&dw__token_revoked__descriptor);

    assert(made);
    made->before_at_ms = before_ms;
    made->has_before_at_ms = 1;
    return made;
}

/* A token's own end is so long after the last moment that it may have been
 * made, which is now; of several moments for a subject the last one counts. */
void state_token_revoked(struct state *state, const struct evt *evt)
{
    const Dw__TokenRevoked *revoked = (const void *)evt->body;
    const Dw__TokenRevoked *known;
    struct doors *doors = &state->doors;
    Dw__TokenRevoked *made;

    drop_stale(&doors->tokens, evt->ts_ms);
    drop_stale(&doors->subjects, evt->ts_ms);
    if (revoked->token_id) {
        made = new_revocation(evt->ts_ms);
        body_set_string(&made->token_id, revoked->token_id);
        shelf_put(&doors->tokens, made->token_id, &made->base);
    }
    if (!revoked->subject)
        return;
    known = shelf_find(&doors->subjects, revoked->subject);
    if (known && known->before_at_ms >= revoked->before_at_ms)
        return;
    made = new_revocation(revoked->before_at_ms);
    body_set_string(&made->subject, revoked->subject);
    shelf_put(&doors->subjects, made->subject, &made->base);
}

/* --- credentials of the broker --- */

static Dw__Enrolment *enrolment_of(struct state *state, const struct evt *evt)
{
    const Dw__DeviceEnrolled *said = (const void *)evt->body;
    struct shelf *shelf = &state->doors.enrolments;
    Dw__Enrolment *enrolment = (void *)shelf_take(shelf, said->device_id);

    if (!enrolment) {
        enrolment = (void *)body_new(&dw__enrolment__descriptor);
        assert(enrolment);
        body_set_string(&enrolment->device_id, said->device_id);
    }
    shelf_put(shelf, enrolment->device_id, &enrolment->base);
    return enrolment;
}

void state_device_provisioned(struct state *state, const struct evt *evt)
{
    Dw__Enrolment *enrolment = enrolment_of(state, evt);

    enrolment->provisioned_at_ms = evt->ts_ms;
    enrolment->has_provisioned_at_ms = 1;
}

/* Nor is it there to be given work. */
void state_device_retired(struct state *state, const struct evt *evt)
{
    Dw__Enrolment *enrolment = enrolment_of(state, evt);

    enrolment->retired_at_ms = evt->ts_ms;
    enrolment->has_retired_at_ms = 1;
    shelf_drop(&state->devices, enrolment->device_id);
}

/* When it was made what it shows, at the earliest; 0: nobody knows. */
static int64_t made_at_ms(
        const struct state *state, const struct principal *who)
{
    const Dw__Enrolment *enrolment;

    if (who->issued_at_ms != 0)
        return who->issued_at_ms - who->skew_ms;
    enrolment = shelf_find(&state->doors.enrolments, who->subject);
    return enrolment ? enrolment->provisioned_at_ms : 0;
}

/* That a credential is worth nothing the broker knows: it lets nobody in. But
 * what the broker says of it then, that it has gone, is to be heard. */
static bool is_retired(const struct state *state, const struct principal *who)
{
    const Dw__Enrolment *enrolment;

    if (!who->device[0] || who->issued_at_ms == 0)
        return false;
    enrolment = shelf_find(&state->doors.enrolments, who->device);
    return enrolment && made_at_ms(state, who) <= enrolment->retired_at_ms;
}

bool state_is_revoked(const struct state *state, const struct principal *who)
{
    const struct doors *doors = &state->doors;
    const Dw__TokenRevoked *subject;

    if (who->token_id[0] && shelf_find(&doors->tokens, who->token_id))
        return true;
    subject = shelf_find(&doors->subjects, who->subject);
    if (subject && made_at_ms(state, who) <= subject->before_at_ms)
        return true;
    return is_retired(state, who);
}

/* --- sittings --- */

static Dw__Ended *new_ended(const char *id, const struct evt *evt)
{
    Dw__Ended *ended = (void *)body_new(&dw__ended__descriptor);

    assert(ended);
    body_set_string(&ended->id, id);
    ended->ended_at_ms = evt->ts_ms;
    ended->ended_seq = (int64_t)evt->seq;
    ended->has_ended_seq = 1;
    return ended;
}

/* What the picture has forgotten need not be remembered here: it stands on
 * neither shelf (`more` may be NULL). */
static void drop_forgotten(struct shelf *remembered, const struct shelf *known,
        const struct shelf *more)
{
    struct shelf_entry *entry = shelf_first(remembered);

    while (entry) {
        const struct shelf_entry *seen = entry;
        const char *id = shelf_id(seen);

        entry = shelf_next(entry);
        if (!shelf_find(known, id) && (!more || !shelf_find(more, id)))
            shelf_drop(remembered, id);
    }
}

static void drop_all_forgotten(struct state *state)
{
    struct doors *doors = &state->doors;

    drop_forgotten(&doors->orders, &state->orders, &state->closed);
    drop_forgotten(&doors->past, &state->closed, NULL);
    drop_forgotten(&doors->calls, &state->calls, NULL);
    drop_forgotten(&doors->alerts, &state->alerts, NULL);
}

/* What stands on the shelf and at the table is of those before. */
static void end_all(struct shelf *ended, const struct shelf *shelf,
        const char *table, const struct evt *evt)
{
    const struct shelf_entry *entry = shelf_first(shelf);

    for (; entry; entry = shelf_next(entry)) {
        const char *id = shelf_id(entry);
        const char *at = body_text(shelf_message(entry), "table.id");

        if (at && strcmp(at, table) == 0 && !shelf_find(ended, id))
            shelf_put(ended, id, &new_ended(id, evt)->base);
    }
}

/* Those of an earlier sitting have been taken along then. */
static void end_orders(struct state *state, const struct shelf *orders,
        const char *table, bool is_over, const struct evt *evt)
{
    const struct shelf_entry *entry = shelf_first(orders);
    struct doors *doors = &state->doors;

    for (; entry; entry = shelf_next(entry)) {
        const Dw__Order *order = shelf_message(entry);
        const char *key = order->session ? order->session->key : NULL;

        if (!order->table || !order->table->id ||
                strcmp(order->table->id, table) != 0 ||
                shelf_find(&doors->orders, order->id))
            continue;
        shelf_put(&doors->orders, order->id, &new_ended(order->id, evt)->base);
        if (key && is_over)
            put_last(&doors->sessions, key, &new_ended(key, evt)->base);
    }
}

void state_end_sitting(struct state *state, const char *table, bool is_over,
        const struct evt *evt)
{
    Dw__Sitting *sitting = (void *)body_new(&dw__sitting__descriptor);

    assert(sitting);
    body_set_string(&sitting->table_id, table);
    sitting->ended_at_ms = evt->ts_ms;
    sitting->ended_seq = (int64_t)evt->seq;
    sitting->has_ended_seq = 1;
    put_last(&state->doors.sittings, table, &sitting->base);
    drop_all_forgotten(state);
    end_orders(state, &state->orders, table, is_over, evt);
    end_orders(state, &state->closed, table, is_over, evt);
    end_all(&state->doors.calls, &state->calls, table, evt);
    end_all(&state->doors.alerts, &state->alerts, table, evt);
}

void state_begin_sitting(
        struct state *state, const char *table, const struct evt *evt)
{
    struct shelf *sittings = &state->doors.sittings;
    Dw__Sitting *sitting = (void *)shelf_take(sittings, table);

    if (!sitting) {
        sitting = (void *)body_new(&dw__sitting__descriptor);
        assert(sitting);
        body_set_string(&sitting->table_id, table);
    }
    sitting->began_seq = (int64_t)evt->seq;
    sitting->has_began_seq = 1;
    shelf_put(sittings, table, &sitting->base);
    drop_all_forgotten(state);
    end_all(&state->doors.past, &state->closed, table, evt);
}

void state_session_ended(struct state *state, const struct evt *evt)
{
    const Dw__SessionEnded *ended = (const void *)evt->body;

    state_end_sitting(state, ended->table->id, true, evt);
}

const Dw__Sitting *state_sitting(const struct state *state, const char *table)
{
    return shelf_find(&state->doors.sittings, table);
}

const Dw__Ended *state_order_ended(const struct state *state, const char *id)
{
    return shelf_find(&state->doors.orders, id);
}

bool state_is_past_order(const struct state *state, const char *id)
{
    return state_order_ended(state, id) || shelf_find(&state->doors.past, id);
}

bool state_is_past_call(const struct state *state, const char *id)
{
    return shelf_find(&state->doors.calls, id) != NULL;
}

bool state_is_past_alert(const struct state *state, const char *id)
{
    return shelf_find(&state->doors.alerts, id) != NULL;
}

bool state_are_guests(uint32_t mask)
{
    return (mask & ROLE_TABLE) && !(mask & room_kinds[ROOM_INDEX_ORDER].join);
}

/* A token is of the sitting that was open when it was made, or that began
 * next. One without a moment may be of any. */
bool state_is_over(
        const struct state *state, const struct principal *who, uint64_t *seq)
{
    const Dw__Sitting *sitting = NULL;
    const Dw__Ended *session = NULL;

    if (!(who->roles & ROLE_TABLE))
        return false;
    if (who->table[0])
        sitting = state_sitting(state, who->table);
    if (who->session[0])
        session = shelf_find(&state->doors.sessions, who->session);
    if (sitting && who->issued_at_ms < sitting->ended_at_ms)
        *seq = (uint64_t)sitting->ended_seq;
    else if (session)
        *seq = (uint64_t)session->ended_seq;
    else
        return false;
    return true;
}

/* --- in the journal's snapshot --- */

/* Room for all that stands on two shelves (`more` may be NULL). */
static void *list(
        const struct shelf *shelf, const struct shelf *more, size_t *count)
{
    const struct shelf *shelves[] = { shelf, more };
    size_t size = shelf_count(shelf) + (more ? shelf_count(more) : 0);
    void **messages = malloc((size + 1) * sizeof(void *));

    assert(messages);
    *count = 0;
    for (int i = 0; i < 2 && shelves[i]; i++) {
        const struct shelf_entry *entry = shelf_first(shelves[i]);

        for (; entry; entry = shelf_next(entry))
            messages[(*count)++] = shelf_message(entry);
    }
    return messages;
}

void state_doors_list(const struct doors *doors, Dw__Doors *listed)
{
    listed->revocations =
            list(&doors->tokens, &doors->subjects, &listed->n_revocations);
    listed->sittings = list(&doors->sittings, NULL, &listed->n_sittings);
    listed->ended_sessions =
            list(&doors->sessions, NULL, &listed->n_ended_sessions);
    listed->ended_orders = list(&doors->orders, NULL, &listed->n_ended_orders);
    listed->enrolments = list(&doors->enrolments, NULL, &listed->n_enrolments);
    listed->ended_calls = list(&doors->calls, NULL, &listed->n_ended_calls);
    listed->ended_alerts = list(&doors->alerts, NULL, &listed->n_ended_alerts);
    listed->past_orders = list(&doors->past, NULL, &listed->n_past_orders);
}

void state_doors_unlist(Dw__Doors *listed)
{
    free(listed->revocations);
    free(listed->sittings);
    free(listed->ended_sessions);
    free(listed->ended_orders);
    free(listed->enrolments);
    free(listed->ended_calls);
    free(listed->ended_alerts);
    free(listed->past_orders);
}

#define RESTORE(shelf, messages, count, id)                                    \
    for (size_t i = 0; i < (count); i++)                                       \
    shelf_put((shelf), (messages)[i]->id, body_copy(&(messages)[i]->base))

void state_doors_restore(struct doors *doors, const Dw__Doors *listed)
{
    if (!listed)
        return;
    for (size_t i = 0; i < listed->n_revocations; i++) {
        const Dw__TokenRevoked *revoked = listed->revocations[i];

        if (revoked->token_id)
            shelf_put(&doors->tokens, revoked->token_id,
                    body_copy(&revoked->base));
        else if (revoked->subject)
            shelf_put(&doors->subjects, revoked->subject,
                    body_copy(&revoked->base));
    }
    RESTORE(&doors->sittings, listed->sittings, listed->n_sittings, table_id);
    RESTORE(&doors->sessions, listed->ended_sessions, listed->n_ended_sessions,
            id);
    RESTORE(&doors->orders, listed->ended_orders, listed->n_ended_orders, id);
    RESTORE(&doors->enrolments, listed->enrolments, listed->n_enrolments,
            device_id);
    RESTORE(&doors->calls, listed->ended_calls, listed->n_ended_calls, id);
    RESTORE(&doors->alerts, listed->ended_alerts, listed->n_ended_alerts, id);
    RESTORE(&doors->past, listed->past_orders, listed->n_past_orders, id);
}
