#include "hub/hub_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/mqtt/roster.h" /* how many it has */
#include "hub/evt/body.h"
#include "schemas/order.pb-c.h"
#include "tests/support/made.h"
#include "tests/support/place.h"
#include "tests/support/story.h"

#define DAY_MS     (24 * 60 * 60 * 1000ll)
#define PACK_BYTES (16u << 20)

static struct story story;
static struct place place;

static int begin(void **state)
{
    (void)state;
    place_make(&place);
    story_begin(&story, place_file(&place, "journal"));
    story.is_forgetful = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    story_commit(&story);
    story_end(&story);
    place_remove(&place);
    return 0;
}

static void restart(void)
{
    int64_t now_ms = story.now_ms;

    assert_int_equal(story_commit(&story), ERR_OK);
    story_end(&story);
    story_begin(&story, place_file(&place, "journal"));
    story.now_ms = now_ms;
    story.is_forgetful = true;
}

/* By somebody whom nobody revokes. */
static enum err say(uint32_t mask, enum evt_id what, ProtobufCMessage *body)
{
    struct principal from = story_principal(mask, "5");
    enum err err;

    snprintf(from.subject, sizeof(from.subject), "office");
    err = story_say_as(&story, &from, what, body, NULL);
    story.now_ms += 1000;
    return err;
}

/* Somebody whose token was made now. */
static struct principal bearer(uint32_t mask, const char *own)
{
    struct principal who = story_principal(mask, own);

    who.issued_at_ms = story.now_ms;
    return who;
}

static bool enters(const struct principal *who)
{
    enum err err = hub_may_enter(story.hub, who);

    assert_true(err == ERR_OK || err == ERR_UNAUTHORIZED);
    return err == ERR_OK;
}

static enum err revoke_token(const char *id)
{
    return say(ROLE_ADMIN, EVT_TOKEN_REVOKED,
            made_body(EVT_TOKEN_REVOKED, "token_id", id, NULL));
}

static enum err revoke_subject(const char *subject, int64_t before_ms)
{
    char moment[24];

    snprintf(moment, sizeof(moment), "%lld", (long long)before_ms);
    return say(ROLE_ADMIN, EVT_TOKEN_REVOKED,
            made_body(EVT_TOKEN_REVOKED, "subject", subject, "before_at_ms",
                    moment, NULL));
}

/* --- revocations --- */

static void a_revoked_token_opens_nothing_and_any_other_does(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    struct principal other = who;

    (void)state;
    snprintf(who.token_id, sizeof(who.token_id), "t1");
    snprintf(other.token_id, sizeof(other.token_id), "t2");
    assert_true(enters(&who));
    assert_int_equal(revoke_token("t1"), ERR_OK);
    assert_false(enters(&who));
    assert_true(enters(&other));
    restart();
    assert_false(enters(&who));
    assert_true(enters(&other));
}

static void what_a_subject_was_given_until_then_opens_nothing(void **state)
{
    struct principal early = bearer(ROLE_WAITER, "");
    struct principal late = early, other = early;

    (void)state;
    late.issued_at_ms++;
    snprintf(other.subject, sizeof(other.subject), "somebody");
    story.now_ms += 5000;
    assert_int_equal(revoke_subject("tester", early.issued_at_ms), ERR_OK);
    assert_false(enters(&early));
    assert_true(enters(&late));
    assert_true(enters(&other));
}

/* Its issuer may have made it before, by a clock that is ahead of ours. */
static void a_clock_that_is_ahead_saves_nobody_from_a_revocation(void **state)
{
    struct principal early = bearer(ROLE_WAITER, ""), late;
    int64_t before_ms = early.issued_at_ms;

    (void)state;
    early.skew_ms = 30000;
    late = early;
    early.issued_at_ms += 30000;
    late.issued_at_ms += 30001;
    story.now_ms += 60000;
    assert_int_equal(revoke_subject("tester", before_ms), ERR_OK);
    assert_false(enters(&early));
    assert_true(enters(&late));
}

static void of_several_moments_for_a_subject_the_last_counts(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");
    int64_t last_ms = story.now_ms;

    (void)state;
    story.now_ms += 5000;
    assert_int_equal(revoke_subject("tester", last_ms), ERR_OK);
    assert_int_equal(revoke_subject("tester", last_ms - 5000), ERR_OK);
    assert_false(enters(&who));
    restart();
    assert_false(enters(&who));
    who.issued_at_ms = last_ms + 1;
    assert_true(enters(&who));
}

static void without_a_moment_it_is_all_that_was_made_until_now(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");

    (void)state;
    assert_int_equal(
            say(ROLE_ADMIN, EVT_TOKEN_REVOKED,
                    made_body(EVT_TOKEN_REVOKED, "subject", "tester", NULL)),
            ERR_OK);
    assert_false(enters(&who));
    who.issued_at_ms = story.now_ms;
    assert_true(enters(&who));
}

static void one_may_revoke_a_token_and_its_subject_at_once(void **state)
{
    struct principal by_token = bearer(ROLE_WAITER, "");
    struct principal by_subject = by_token;

    (void)state;
    snprintf(by_token.subject, sizeof(by_token.subject), "somebody");
    snprintf(by_token.token_id, sizeof(by_token.token_id), "t1");
    assert_int_equal(say(ROLE_ADMIN, EVT_TOKEN_REVOKED,
                             made_body(EVT_TOKEN_REVOKED, "subject", "tester",
                                     "token_id", "t1", NULL)),
            ERR_OK);
    assert_false(enters(&by_token));
    assert_false(enters(&by_subject));
}

static void the_hub_itself_is_never_shut_out(void **state)
{
    const struct principal hub = { .roles = ROLE_HUB, .subject = "hub" };

    (void)state;
    assert_int_equal(revoke_subject("hub", story.now_ms), ERR_OK);
    assert_true(enters(&hub));
}

static void an_expired_token_opens_nothing(void **state)
{
    struct principal who = bearer(ROLE_WAITER, "");

    (void)state;
    who.expires_at_ms = story.now_ms + 1;
    hub_tick(story.hub, story.now_ms);
    assert_true(enters(&who));
    hub_tick(story.hub, story.now_ms + 1);
    assert_false(enters(&who));
}

/* A revocation that may still matter is not forgotten for the next one. */
static void there_is_an_end_to_revocations_and_none_is_forgotten(void **state)
{
    struct principal first = bearer(ROLE_WAITER, "");
    char id[16];

    (void)state;
    snprintf(first.token_id, sizeof(first.token_id), "t0");
    for (int i = 0; i < REVOCATIONS_MAX; i++) {
        snprintf(id, sizeof(id), "t%d", i);
        assert_int_equal(
                i % 2 ? revoke_subject(id, story.now_ms) : revoke_token(id),
                ERR_OK);
        if (i % 1000 == 0)
            assert_int_equal(story_commit(&story), ERR_OK);
    }
    assert_int_equal(revoke_token("more"), ERR_LIMIT);
    assert_int_equal(revoke_subject("more", story.now_ms), ERR_LIMIT);
    assert_int_equal(revoke_token("t0"), ERR_OK); /* it is there */
    assert_int_equal(revoke_subject("t1", story.now_ms), ERR_OK);
    assert_false(enters(&first));
    /* Two have been said again: so long, they will matter longer. */
    story.now_ms += REVOCATIONS_LAST_MS - 5000;
    assert_int_equal(revoke_token("more"), ERR_OK);
    assert_false(enters(&first));
    story.now_ms += DAY_MS;
    assert_int_equal(revoke_token("still-more"), ERR_OK);
    assert_int_equal(shelf_count(&story.hub->state.doors.tokens), 2);
    assert_int_equal(shelf_count(&story.hub->state.doors.subjects), 0);
}

/* --- credentials --- */

static enum err enrol(enum evt_id what, const char *id)
{
    return say(ROLE_HUB, what,
            made_body(what, "device_id", id, "kind", "printer", NULL));
}

/* A credential says not when it was made: whoever makes it does. */
static void a_credential_made_anew_is_not_the_one_revoked(void **state)
{
    struct principal till = story_principal(ROLE_BACKEND, "");

    (void)state;
    assert_int_equal(revoke_subject("tester", story.now_ms), ERR_OK);
    assert_false(enters(&till));
    assert_int_equal(enrol(EVT_DEVICE_PROVISIONED, "tester"), ERR_OK);
    assert_true(enters(&till));
    restart();
    assert_true(enters(&till));
    assert_int_equal(revoke_subject("tester", story.now_ms), ERR_OK);
    assert_false(enters(&till));
}

/* The broker lets a retired credential in no more; a token it has not. */
static void a_retired_device_s_tokens_open_nothing(void **state)
{
    struct principal token = bearer(ROLE_DEVICE, "p1");
    struct principal credential = story_principal(ROLE_DEVICE, "p1");

    (void)state;
    assert_int_equal(enrol(EVT_DEVICE_RETIRED, "p1"), ERR_OK);
    assert_false(enters(&token));
    assert_true(enters(&credential));
    assert_int_equal(enrol(EVT_DEVICE_PROVISIONED, "p1"), ERR_OK);
    assert_false(enters(&token));
    token.issued_at_ms = story.now_ms;
    assert_true(enters(&token));
}

/* As many as the broker can have in its list come after it. */
static void that_a_device_was_retired_is_not_forgotten(void **state)
{
    struct principal token = bearer(ROLE_DEVICE, "p1");
    char id[16];

    (void)state;
    assert_int_equal(enrol(EVT_DEVICE_RETIRED, "p1"), ERR_OK);
    for (int i = 0; i < ROSTER_MEMBERS + ROSTER_PAST; i++) {
        snprintf(id, sizeof(id), "d%d", i);
        assert_int_equal(enrol(EVT_DEVICE_PROVISIONED, id), ERR_OK);
        if (i % 1000 == 0)
            assert_int_equal(story_commit(&story), ERR_OK);
    }
    assert_false(enters(&token));
}

static void a_retired_device_is_given_no_work(void **state)
{
    struct principal printer = story_principal(ROLE_DEVICE, "p1");

    (void)state;
    assert_int_equal(story_say_as(&story, &printer, EVT_DEVICE_ONLINE,
                             story_online("printer", 1), NULL),
            ERR_OK);
    assert_non_null(state_printer(&story.hub->state, "kitchen"));
    assert_int_equal(enrol(EVT_DEVICE_RETIRED, "p1"), ERR_OK);
    assert_null(state_printer(&story.hub->state, "kitchen"));
}

/* --- sittings --- */

static const struct ending {
    enum evt_id what;
    uint32_t said_by;
    bool ends_keys; /* those of whom only a key is known have gone, too */
} endings[] = {
    { EVT_TABLE_CHECKOUT_COMPLETED, ROLE_POS, true },
    { EVT_TABLE_FORCE_RESET, ROLE_WAITER, true },
    { EVT_SESSION_ENDED, ROLE_POS, true },
    { EVT_TABLE_MOVED, ROLE_WAITER, false },
    { EVT_TABLE_MERGED, ROLE_WAITER, false },
};

#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

static void end_sitting(const struct ending *ending, const char *table)
{
    bool moves =
            ending->what == EVT_TABLE_MOVED || ending->what == EVT_TABLE_MERGED;

    assert_int_equal(
            say(ending->said_by, ending->what,
                    moves ? made_body(ending->what, "table.id", table,
                                    "to_table.id", "9", NULL)
                          : made_body(ending->what, "table.id", table, NULL)),
            ERR_OK);
}

static void a_guest_s_token_is_of_one_sitting(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENDINGS; i++) {
        struct principal before = bearer(ROLE_TABLE, "5");
        struct principal neighbour = bearer(ROLE_TABLE, "6");
        struct principal waiter = bearer(ROLE_WAITER, "");
        struct principal after;

        story.now_ms += 1000;
        assert_true(enters(&before));
        end_sitting(&endings[i], "5");
        after = bearer(ROLE_TABLE, "5");
        assert_false(enters(&before));
        assert_true(enters(&after));
        assert_true(enters(&neighbour));
        assert_true(enters(&waiter));
        restart();
        assert_false(enters(&before));
        assert_true(enters(&after));
    }
}

/* It may be of any sitting: so of none. */
static void a_guest_s_token_without_a_moment_is_of_no_sitting(void **state)
{
    struct principal who = story_principal(ROLE_TABLE, "5");

    (void)state;
    assert_true(enters(&who));
    end_sitting(&endings[0], "5");
    assert_false(enters(&who));
}

static ProtobufCMessage *order_of(const char *id, const char *key)
{
    Dw__OrderCreated *created = (void *)story_order(id, "5");

    created->order->session = (void *)body_new(&dw__session__descriptor);
    body_set_string(&created->order->session->key, key);
    return &created->base;
}

static struct principal key_guest(const char *key)
{
    struct principal who = story_principal(ROLE_TABLE, "");

    snprintf(who.session, sizeof(who.session), "%s", key);
    return who;
}

static void whoever_has_only_a_key_goes_with_the_orders_of_that_key(
        void **state)
{
    (void)state;
    for (size_t i = 0; i < ENDINGS; i++) {
        char key[8], open[8], closed[8];
        struct principal who, other = key_guest("other");

        snprintf(key, sizeof(key), "k%zu", i);
        snprintf(open, sizeof(open), "o%zu", i);
        snprintf(closed, sizeof(closed), "c%zu", i);
        who = key_guest(key);
        assert_int_equal(
                say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of(open, key)),
                ERR_OK);
        assert_int_equal(
                say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of(closed, key)),
                ERR_OK);
        assert_int_equal(say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
                                 story_about(EVT_ORDER_COMPLETED, closed)),
                ERR_OK);
        assert_true(enters(&who));
        end_sitting(&endings[i], "5");
        assert_int_equal(enters(&who), !endings[i].ends_keys);
        assert_true(enters(&other));
        restart();
        assert_int_equal(enters(&who), !endings[i].ends_keys);
    }
}

/* Guests who have moved are not those who sit there next. */
static void who_has_moved_goes_not_with_those_who_came_after(void **state)
{
    struct principal who = key_guest("k1");

    (void)state;
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of("41", "k1")), ERR_OK);
    assert_int_equal(say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
                             story_about(EVT_ORDER_COMPLETED, "41")),
            ERR_OK);
    end_sitting(&endings[3], "5");
    end_sitting(&endings[0], "5");
    assert_true(enters(&who));
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of("42", "k1")), ERR_OK);
    end_sitting(&endings[0], "5");
    assert_false(enters(&who));
}

static void orders_that_nobody_knows_any_more_are_forgotten_here_too(
        void **state)
{
    struct doors *doors = &story.hub->state.doors;

    (void)state;
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of("41", "k1")), ERR_OK);
    end_sitting(&endings[0], "5");
    assert_int_equal(shelf_count(&doors->orders), 1);
    shelf_drop(&story.hub->state.orders, "41");
    end_sitting(&endings[0], "6");
    assert_int_equal(shelf_count(&doors->orders), 0);
    assert_int_equal(story_commit(&story), ERR_OK);
}

/* As many as there are tables: what ended last is known. */
static void of_too_many_tables_those_longest_empty_are_forgotten(void **state)
{
    const struct shelf *sittings = &story.hub->state.doors.sittings;
    char id[16];

    (void)state;
    end_sitting(&endings[0], "5");
    for (int i = 0; i < 999; i++) {
        snprintf(id, sizeof(id), "t%d", i);
        end_sitting(&endings[2], id);
    }
    end_sitting(&endings[0], "5");
    end_sitting(&endings[0], "one-more");
    assert_int_equal(shelf_count(sittings), 1000);
    assert_non_null(shelf_find(sittings, "5"));
    assert_null(shelf_find(sittings, "t0"));
}

/* --- what guests see of those before them --- */

static Dw__Picture *look(uint32_t mask)
{
    struct room room;

    assert_true(room_make(ROOM_INDEX_TABLE, "5", &room));
    return hub_picture(story.hub, mask, &room, 1);
}

static void guests_see_nothing_that_those_before_them_have_left(void **state)
{
    Dw__Picture *guests, *staff;

    (void)state;
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "5")),
            ERR_OK);
    assert_int_equal(say(ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
                             story_call("5", "bill")),
            ERR_OK);
    guests = look(ROLE_TABLE);
    assert_int_equal(guests->n_orders, 1);
    assert_int_equal(guests->n_calls, 1);
    assert_int_equal(guests->n_alerts, 1);
    hub_picture_free(guests);

    end_sitting(&endings[0], "5");
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "5")),
            ERR_OK);
    guests = look(ROLE_TABLE);
    staff = look(ROLE_WAITER);
    assert_int_equal(guests->n_orders, 1);
    assert_string_equal(guests->orders[0]->id, "42");
    assert_int_equal(guests->n_calls, 0);
    assert_int_equal(guests->n_alerts, 0);
    assert_int_equal(staff->n_orders, 2);
    assert_int_equal(staff->n_calls, 1);
    assert_int_equal(staff->n_alerts, 1);
    hub_picture_free(guests);
    hub_picture_free(staff);
}

static size_t guests_see_calls(void)
{
    Dw__Picture *guests = look(ROLE_TABLE);
    size_t count = guests->n_calls;

    assert_int_equal(guests->n_alerts, count);
    hub_picture_free(guests);
    return count;
}

static void call(const char *reason)
{
    assert_int_equal(say(ROLE_BACKEND, EVT_SERVICE_CALL_CREATED,
                             story_call("5", reason)),
            ERR_OK);
}

/* A call is of whoever has called last, by the order in which it happened. */
static void guests_see_their_own_calls_whatever_the_clock_says(void **state)
{
    const int64_t hour_ms = 60 * 60 * 1000;

    (void)state;
    story.now_ms += hour_ms;
    call("bill");
    story.now_ms += hour_ms;
    end_sitting(&endings[0], "5");
    story.now_ms -= 2 * hour_ms;
    assert_int_equal(guests_see_calls(), 0);
    call("water");
    assert_int_equal(guests_see_calls(), 1);
    restart();
    assert_int_equal(guests_see_calls(), 1);
    end_sitting(&endings[2], "5");
    assert_int_equal(guests_see_calls(), 0);
}

static void a_call_that_is_made_again_is_of_the_guests_there(void **state)
{
    Dw__Picture *guests;

    (void)state;
    call("bill");
    end_sitting(&endings[0], "5");
    call("bill");
    guests = look(ROLE_TABLE);
    assert_int_equal(guests->n_calls, 1);
    assert_int_equal(guests->calls[0]->count, 2);
    hub_picture_free(guests);
}

static void what_moves_to_a_table_is_of_its_guests(void **state)
{
    Dw__Picture *guests;

    (void)state;
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order("41", "6")),
            ERR_OK);
    end_sitting(&endings[0], "5");
    assert_int_equal(say(ROLE_WAITER, EVT_TABLE_MOVED,
                             made_body(EVT_TABLE_MOVED, "table.id", "6",
                                     "to_table.id", "5", NULL)),
            ERR_OK);
    guests = look(ROLE_TABLE);
    assert_int_equal(guests->n_orders, 1);
    hub_picture_free(guests);
}

/* --- snapshots --- */

static void say_all(void)
{
    assert_int_equal(revoke_token("t1"), ERR_OK);
    assert_int_equal(revoke_subject("anna b", story.now_ms), ERR_OK);
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, order_of("41", "k1")), ERR_OK);
    call("bill");
    end_sitting(&endings[0], "5");
    assert_int_equal(
            say(ROLE_BACKEND, EVT_ORDER_CREATED, story_order("42", "6")),
            ERR_OK);
    assert_int_equal(say(ROLE_BACKEND, EVT_ORDER_COMPLETED,
                             story_about(EVT_ORDER_COMPLETED, "42")),
            ERR_OK);
    assert_int_equal(
            say(ROLE_WAITER, EVT_TABLE_ACTIVATED,
                    made_body(EVT_TABLE_ACTIVATED, "table.id", "6", NULL)),
            ERR_OK);
    assert_int_equal(enrol(EVT_DEVICE_PROVISIONED, "p1"), ERR_OK);
    assert_int_equal(enrol(EVT_DEVICE_RETIRED, "p1"), ERR_OK);
}

static void a_snapshot_has_all_that_is_remembered(void **state)
{
    struct buf packed, again;
    struct state other;

    (void)state;
    say_all();
    buf_init(&packed, PACK_BYTES);
    buf_init(&again, PACK_BYTES);
    state_pack(&story.hub->state, &packed);
    state_init(&other);
    assert_int_equal(state_unpack(&other, packed.data, packed.len), ERR_OK);
    assert_int_equal(shelf_count(&other.doors.tokens), 1);
    assert_int_equal(shelf_count(&other.doors.subjects), 1);
    assert_int_equal(shelf_count(&other.doors.sittings), 2);
    assert_true(state_sitting(&other, "6")->began_seq > 0);
    assert_int_equal(shelf_count(&other.doors.calls), 1);
    assert_int_equal(shelf_count(&other.doors.alerts), 1);
    assert_int_equal(shelf_count(&other.doors.past), 1);
    assert_int_equal(shelf_count(&other.doors.sessions), 1);
    assert_int_equal(shelf_count(&other.doors.orders), 1);
    assert_int_equal(shelf_count(&other.doors.enrolments), 1);
    state_pack(&other, &again);
    assert_int_equal(packed.len, again.len);
    assert_memory_equal(packed.data, again.data, packed.len);
    state_finish(&other);
    buf_finish(&packed);
    buf_finish(&again);
}

static void a_snapshot_from_before_there_were_doors_is_read(void **state)
{
    Dw__Picture picture = DW__PICTURE__INIT;
    uint8_t packed[64];
    struct state other;

    (void)state;
    state_init(&other);
    assert_int_equal(
            state_unpack(&other, packed, dw__picture__pack(&picture, packed)),
            ERR_OK);
    assert_int_equal(shelf_count(&other.doors.tokens), 0);
    state_finish(&other);
}

static void nobody_is_shown_who_was_refused(void **state)
{
    static const enum room_index kinds[] = { ROOM_INDEX_ADMIN, ROOM_INDEX_ALL };

    (void)state;
    say_all();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        Dw__Picture *picture;
        struct room room;

        assert_true(room_make(kinds[i], "", &room));
        picture = hub_picture(story.hub, ROLE_HUB, &room, 1);
        assert_null(picture->doors);
        hub_picture_free(picture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_revoked_token_opens_nothing_and_any_other_does),
        T(what_a_subject_was_given_until_then_opens_nothing),
        T(a_clock_that_is_ahead_saves_nobody_from_a_revocation),
        T(of_several_moments_for_a_subject_the_last_counts),
        T(without_a_moment_it_is_all_that_was_made_until_now),
        T(one_may_revoke_a_token_and_its_subject_at_once),
        T(the_hub_itself_is_never_shut_out),
        T(an_expired_token_opens_nothing),
        T(there_is_an_end_to_revocations_and_none_is_forgotten),
        T(a_credential_made_anew_is_not_the_one_revoked),
        T(a_retired_device_s_tokens_open_nothing),
        T(that_a_device_was_retired_is_not_forgotten),
        T(a_retired_device_is_given_no_work),
        T(a_guest_s_token_is_of_one_sitting),
        T(a_guest_s_token_without_a_moment_is_of_no_sitting),
        T(whoever_has_only_a_key_goes_with_the_orders_of_that_key),
        T(who_has_moved_goes_not_with_those_who_came_after),
        T(orders_that_nobody_knows_any_more_are_forgotten_here_too),
        T(of_too_many_tables_those_longest_empty_are_forgotten),
        T(guests_see_nothing_that_those_before_them_have_left),
        T(guests_see_their_own_calls_whatever_the_clock_says),
        T(a_call_that_is_made_again_is_of_the_guests_there),
        T(what_moves_to_a_table_is_of_its_guests),
        T(a_snapshot_has_all_that_is_remembered),
        T(a_snapshot_from_before_there_were_doors_is_read),
        T(nobody_is_shown_who_was_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
